"""Rows of the raw tables: fetch those of some reports, replace them in one transaction.

`stale.py` decides which reports are stale; `files.py` writes files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

from orchestration.pipeline.failures import FAILED
from orchestration.pipeline.records import StageRun
from orchestration.warehouse.connection import fetch_row, registered, transaction
from orchestration.warehouse.tables import describe_columns, to_arrow
from orchestration.warehouse.unchecked import unchecked


def replace_keeping_first(
    connection: duckdb.DuckDBPyConnection, rows: pa.Table, table: str, key: str, first: str
) -> None:
    """Replace rows of a table by key, keeping the earlier value of column `first`."""
    with registered(connection, incoming_rows=rows):
        connection.execute(
            f"create or replace temp table kept as "
            f"select {key}, {first} from raw.{table} semi join incoming_rows using ({key})"
        )
        connection.execute(f"delete from raw.{table} where {key} in (select {key} from kept)")
        connection.execute(
            f"insert into raw.{table} by name select i.* replace (coalesce(k.{first}, i.{first}) as {first}) "
            f"from incoming_rows i left join kept k using ({key})"
        )
        connection.execute("drop table kept")


def is_current(connection: duckdb.DuckDBPyConnection, stage: str, version: str) -> bool:
    """Return whether a raw table that is written as a whole (`townships`, `terms`) has this version."""
    return read_input_hash(connection, stage, "raw") == version


def fetch_reports(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], report_ids: Sequence[str]
) -> pa.Table:
    """Return columns of a raw table for some reports, ordered by report and position.

    If the rows of these reports are adjacent, the rest of the table is not read.
    """
    order = (
        "report_id, position" if "position" in {name for name, *_ in describe_columns(table)} else "report_id"
    )
    ids = {"ids": list(report_ids)}
    wanted = "report_id in (select unnest($ids))"
    first, last = fetch_row(connection, f"select min(rowid), max(rowid) from raw.{table} where {wanted}", ids)
    reader = connection.execute(
        f"select {', '.join(columns)} from raw.{table} "
        f"where rowid between $first and $last and {wanted} order by {order}",
        {**ids, "first": first, "last": last},
    )
    result = reader.to_arrow_table()
    assert isinstance(result, pa.Table)
    return result


def write_reports(
    connection: duckdb.DuckDBPyConnection,
    stage: str,
    tables: Mapping[str, pa.Table],
    failures: pa.Table,
    input_hashes: Mapping[str, str],
) -> None:
    """Replace all rows of some reports in a stage's tables, in one transaction.

    Args:
        tables: Arrow tables by raw table; a report without rows in them loses its old ones.
        failures: reports on which the stage failed; they stay stale.
        input_hashes: by report_id, for every report of the batch.
    """
    with transaction(connection):
        ids = pa.table({"report_id": pa.array(list(input_hashes), type=pa.string())})
        for table, rows in tables.items():
            replace_rows(connection, table, "report_id", rows, ids)
        connection.execute(
            "delete from raw.failures where stage = $stage and report_id in (select unnest($ids))",
            {"stage": stage, "ids": list(input_hashes)},
        )
        insert_rows(connection, "failures", failures)
        failed = dict.fromkeys(failures["report_id"].to_pylist(), FAILED)
        write_input_hashes(connection, stage, {**input_hashes, **failed})
        write_input_hashes(connection, unchecked(stage), dict.fromkeys(input_hashes, ""))


def read_input_hash(connection: duckdb.DuckDBPyConnection, stage: str, subject: str) -> str | None:
    """Return the recorded input hash of a subject's rows in a stage; None if there is none."""
    row = connection.execute(
        "select fingerprint from raw.stage_runs where stage = $stage and subject_id = $subject",
        {"stage": stage, "subject": subject},
    ).fetchone()
    return str(row[0]) if row else None


def write_input_hashes(
    connection: duckdb.DuckDBPyConnection, stage: str, input_hashes: Mapping[str, str]
) -> None:
    """Record the input hashes of the rows of subjects in a stage."""
    rows = (StageRun(stage, subject, input_hash) for subject, input_hash in input_hashes.items())
    write_stage_runs(connection, to_arrow("stage_runs", rows))


def write_stage_runs(connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> None:
    """Replace rows of `raw.stage_runs` by stage and subject."""
    with registered(connection, incoming_runs=rows):
        connection.execute(
            "delete from raw.stage_runs r using incoming_runs i "
            "where (r.stage, r.subject_id) = (i.stage, i.subject_id)"
        )
    insert_rows(connection, "stage_runs", rows)


def replace_rows(
    connection: duckdb.DuckDBPyConnection, table: str, key: str, rows: pa.Table, keys: pa.Table | None = None
) -> None:
    """Replace the rows of a raw table whose `key` is among these rows, or among `keys`."""
    with registered(connection, replaced_keys=rows.select([key]) if keys is None else keys):
        connection.execute(f"delete from raw.{table} where {key} in (select {key} from replaced_keys)")
    insert_rows(connection, table, rows)


def insert_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Append rows to a raw table by column name."""
    with registered(connection, incoming_rows=rows):
        connection.execute(f"insert into raw.{table} by name select * from incoming_rows")


def rewrite_table(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Replace all rows of a raw table."""
    connection.execute(f"delete from raw.{table}")
    insert_rows(connection, table, rows)


def list_report_ids(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the ids of all reports, current or not."""
    return [row[0] for row in connection.execute("select report_id from raw.reports order by 1").fetchall()]
