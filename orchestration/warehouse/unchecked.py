"""Reports that a stage has written and its checks have not passed yet.

`write_reports` records them in the transaction that writes the rows, so if a run is interrupted before its
checks, the next run checks them.
"""

from __future__ import annotations

import duckdb

_MANY = 1000  # with this many reports, all rows are checked


def unchecked(stage: str) -> str:
    """Return the stage name in `raw.stage_runs` for reports with unchecked rows of a stage."""
    return f"unchecked {stage}"


def list_unchecked(connection: duckdb.DuckDBPyConnection, stage: str) -> list[str] | None:
    """Return reports with unchecked rows of a stage; None if there are so many that all rows must be checked."""
    rows = connection.execute(
        f"select subject_id from raw.stage_runs where stage = $stage order by 1 limit {_MANY + 1}",
        {"stage": unchecked(stage)},
    ).fetchall()
    return None if len(rows) > _MANY else [report_id for (report_id,) in rows]


def mark_checked(connection: duckdb.DuckDBPyConnection, stage: str) -> None:
    """Record that all checks of a stage have passed."""
    connection.execute("delete from raw.stage_runs where stage = $stage", {"stage": unchecked(stage)})
