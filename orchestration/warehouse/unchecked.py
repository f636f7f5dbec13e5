"""Which reports a stage has written that its checks have not passed since.

`write_reports` notes them in the transaction that writes the rows, so that a run that breaks off before its
checks leaves them to the next one.
"""

from __future__ import annotations

import duckdb

_MANY = 1000  # reports from which on all rows are looked at


def unchecked(stage: str) -> str:
    """The name in `raw.stage_runs` under which reports stand whose rows of a stage are unchecked."""
    return f"unchecked {stage}"


def list_unchecked(connection: duckdb.DuckDBPyConnection, stage: str) -> list[str] | None:
    """Reports whose rows of a stage are unchecked; None where they are so many that all are to be checked."""
    rows = connection.execute(
        f"select subject_id from raw.stage_runs where stage = $stage order by 1 limit {_MANY + 1}",
        {"stage": unchecked(stage)},
    ).fetchall()
    return None if len(rows) > _MANY else [report_id for (report_id,) in rows]


def mark_checked(connection: duckdb.DuckDBPyConnection, stage: str) -> None:
    """Note that all checks of a stage have passed."""
    connection.execute("delete from raw.stage_runs where stage = $stage", {"stage": unchecked(stage)})
