"""State and counts of the marts, which dbt builds."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from orchestration.refreshes import Summary
from orchestration.warehouse.connection import WarehouseError, fetch_row, query, transaction
from orchestration.warehouse.rows import read_input_hash, write_input_hashes

_DBT_EVERY = timedelta(hours=20)  # a run at the same hour each day is always later
# Memory limit of dbt's process. Without one, DuckDB caches what it has read, up to most of the machine's memory. The
# pivot of `township_indicators_wide` cannot spill to disk, and failed with 2 GB at 386,000 reports.
_LEAST_GB = 2
_GB_PER_REPORT = 20e-6
_MOST_OF_LIMIT = 0.75  # of DuckDB's default, 80 % of the memory of the machine or container
_MEMORY = re.compile(r"([\d.]+) ([KMGT])iB")  # 18.8 GiB
_GB_OF = {"K": 1024 / 1e9, "M": 1024**2 / 1e9, "G": 1024**3 / 1e9, "T": 1024**4 / 1e9}


@dataclass(frozen=True, slots=True)
class WholeMarts:
    """What complete marts were built with.

    Attributes:
        project: version of the dbt project.
        built_by_dbt_at: when the run was requested in which dbt last built all marts, ISO 8601, UTC; None
            if unknown.
    """

    project: str
    built_by_dbt_at: str | None


def record_inputs(connection: duckdb.DuckDBPyConnection, inputs: str) -> None:
    """Record the inputs of the run that now begins; later arrivals belong to the next one."""
    write_input_hashes(connection, "inputs", {"raw": inputs})


def read_marts(connection: duckdb.DuckDBPyConnection) -> WholeMarts | None:
    """Return what the marts were built with; None if they are incomplete."""
    project = read_input_hash(connection, "project", "marts")
    return None if project is None else WholeMarts(project, read_input_hash(connection, "dbt", "marts"))


def needs_whole_build(whole: WholeMarts | None, project: str, *, is_asked_for: bool, now: datetime) -> bool:
    """Return whether dbt must build and all rows must be checked: once a day, and if more than rows has changed.

    Args:
        whole: what the marts were built with.
        project: current version of the dbt project.
        is_asked_for: whether the schedule, a rebuild or a selection of assets requires it.
        now: when the run was requested, so that its checks and its transform decide alike.
    """
    if whole is None or whole.project != project or whole.built_by_dbt_at is None or is_asked_for:
        return True
    return now - datetime.fromisoformat(whole.built_by_dbt_at) > _DBT_EVERY


def memory_for_dbt(connection: duckdb.DuckDBPyConnection) -> str:
    """Return the memory limit of dbt's DuckDB for this many reports, in whole GB: 2GB up to 100,000 reports."""
    sql = "select (select count(*) from raw.documents), current_setting('memory_limit')"
    reports, limit = fetch_row(connection, sql)
    needed = max(_LEAST_GB, math.ceil(reports * _GB_PER_REPORT))
    printed = _MEMORY.fullmatch(limit)
    if printed is not None:
        available = int(float(printed[1]) * _GB_OF[printed[2]] * _MOST_OF_LIMIT)
        needed = max(_LEAST_GB, min(needed, available))
    return f"{needed}GB"


def require_whole_build(connection: duckdb.DuckDBPyConnection) -> None:
    """Record that the next run must build, check and test all rows, although the marts are complete."""
    connection.execute("delete from raw.stage_runs where subject_id = 'marts' and stage = 'dbt'")


def mark_marts_incomplete(connection: duckdb.DuckDBPyConnection) -> None:
    """Record that the marts are being built and are incomplete."""
    connection.execute("delete from raw.stage_runs where subject_id = 'marts'")


def mark_marts_complete(connection: duckdb.DuckDBPyConnection, marts: WholeMarts) -> None:
    """Record that the marts are complete, with what they were built with and their inputs."""
    inputs = read_input_hash(connection, "inputs", "raw")
    noted = {"project": marts.project, "dbt": marts.built_by_dbt_at, "inputs": inputs}
    with transaction(connection):
        for stage, value in noted.items():
            if value is not None:
                write_input_hashes(connection, stage, {"marts": value})


def published_inputs(connection: duckdb.DuckDBPyConnection) -> str:
    """Return the inputs of the marts.

    Raises:
        WarehouseError: they are incomplete, because the last transform failed or was killed.
    """
    inputs = read_input_hash(connection, "inputs", "marts")
    if inputs is None:
        raise WarehouseError(
            "the marts are incomplete, because the last transform failed; nothing is published. "
            "`make run` rebuilds them"
        )
    return inputs


def summarise(connection: duckdb.DuckDBPyConnection) -> Summary:
    """Return the counts in the summary of a run."""
    statuses = query(connection, "select status, count(*) as n from raw.files group by 1 order by 1")
    reasons = query(
        connection,
        "select split_part(reason, ':', 1) as code, count(*) as n from raw.files "
        "where status = 'rejected' group by 1 order by 2 desc, 1",
    )
    (counts,) = query(
        connection,
        "select (select count(*) from marts.dim_report) as reports, "
        "(select count(distinct township_key) from marts.dim_report) as townships, "
        "(select count(*) from marts.fct_quantity) as quantities, "
        "(select count(indicator_id) from marts.fct_quantity) as with_indicator",
    ).to_dict("records")
    return Summary(
        files_seen=int(statuses["n"].sum()),
        files_by_status={status: int(n) for status, n in zip(statuses["status"], statuses["n"], strict=True)},
        reasons={code: int(n) for code, n in zip(reasons["code"], reasons["n"], strict=True)},
        **{str(name): int(value) for name, value in counts.items()},
    )
