"""Migrates a warehouse from an earlier format to the current one without loss.

A new file is written next to the old one and moved into place when complete; the old one is kept
under a name with its format. Data that exists only in the warehouse is copied: when files were seen,
all versions of reports, the texts of files that are gone. Data derived from texts is copied if
its columns are the same; otherwise the next run regenerates it. Columns are compared, not only
version numbers, so a column that is added to a record needs no code here.
"""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.pipeline.vocabulary import ReportKind, TextSource
from orchestration.warehouse.connection import WarehouseError, literal, open_warehouse, transaction, unusable
from orchestration.warehouse.schema import (
    FORMAT,
    changed_tables,
    create_raw_tables,
    find_columns,
    find_format,
    require_known_format,
)
from orchestration.warehouse.tables import RAW_TABLES, describe_columns

# Data that cannot be regenerated from the reports folder and the code.
KEPT_TABLES = ("files", "reports", "documents", "ocr_lines")
# Defaults of new columns that cannot be null. The row is read again if its file still exists.
_EMPTY = {
    "VARCHAR": "''",
    "INTEGER": "0",
    "BIGINT": "0",
    "DOUBLE": "0.0",
    "BOOLEAN": "false",
    "DATE": "date '1970-01-01'",
    "TIMESTAMP": "timestamp '1970-01-01'",
    "VARCHAR[]": "[]::varchar[]",
    "DOUBLE[]": "[]::double[]",
    "INTEGER[]": "[]::integer[]",
}
# What earlier versions took in was of this kind, and read from text.
_BEFORE = {
    ("documents", "report_kind"): f"'{ReportKind.RULE_OF_LAW}'",
    ("documents", "text_source"): f"'{TextSource.TEXT}'",
}


class UpgradeError(WarehouseError):
    """There was no space for the new file, or it could not be written; the old one is intact and in place."""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What an upgrade did.

    Attributes:
        found: format of the old file.
        kept: path of the old file.
        rows: number of copied rows by raw table.
        remade: raw tables that the next run regenerates.
    """

    found: str
    kept: Path
    rows: dict[str, int]
    remade: tuple[str, ...]

    def __str__(self) -> str:
        again = f"; the next run recreates {', '.join(self.remade)}" if self.remade else ""
        new = f"to {FORMAT}" if self.found != str(FORMAT) else "to its present columns"
        return (
            f"the warehouse was upgraded from format {self.found} {new}: "
            f"{self.rows['files']:,} files and {self.rows['documents']:,} texts kept{again}. "
            f"The old file is {self.kept}; delete it once all is well"
        )


def upgrade_warehouse(path: Path, wait_seconds: float = 60.0) -> Upgrade | None:
    """Migrate a warehouse of an earlier format to the current one; return None if not needed.

    The caller holds the run lock. If killed at any moment, either the old or the new file is in place.

    Raises:
        WarehouseError: the file is in use, of a newer format, or cannot be read.
        UpgradeError: there is no space for the new one.
    """
    new = path.with_name(f"{path.name}.upgrade")
    _remove(new)  # left by a killed upgrade
    if not path.exists():
        return None
    with open_warehouse(path, wait_seconds=wait_seconds) as connection:
        if not find_columns(connection):
            return None
        require_known_format(connection, path)
        found = find_format(connection)
        changed = changed_tables(connection)
        if found == FORMAT and not changed:
            return None
        connection.execute("checkpoint")  # a remaining log would be replayed into the new file
    try:
        rows, remade = _copy_rows(path, new, changed)
        kept = _keep_old(path, str(found or "unknown"))
        new.replace(path)
    except WarehouseError as error:  # a block that was not read when the file was opened
        raise unusable(path, str(error)) from error
    except (OSError, duckdb.Error) as error:
        raise UpgradeError(
            f"cannot upgrade {path} from format {found or 'unknown'} to {FORMAT}: {str(error).splitlines()[0]}. "
            "The file is unchanged; the next run or `make upgrade` tries again"
        ) from error
    finally:
        _remove(new)
    return Upgrade(str(found or "unknown"), kept, rows, remade)


def _remove(file: Path) -> None:
    """Remove a database file and its log, if they exist."""
    for leftover in (file, Path(f"{file}.wal")):
        leftover.unlink(missing_ok=True)


def _copy_rows(path: Path, new: Path, changed: set[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Write the new file; return the copied rows by table, and the tables that the next run must fill."""
    derived = [table for table in RAW_TABLES if table not in {*KEPT_TABLES, "stage_runs"}]
    # One changed table of a stage invalidates its others, because rows of one refer to numbers of another.
    remade = tuple(derived) if changed - {*KEPT_TABLES, "stage_runs"} else ()
    rows = {}
    with open_warehouse(new) as connection:
        create_raw_tables(connection)
        connection.execute(f"attach {literal(path)} as old (read_only)")
        there = find_columns(connection, "old")
        with transaction(connection):
            for table in RAW_TABLES:
                if table in remade or table not in there or table == "stage_runs":
                    continue
                rows[table] = _copy_table(connection, table, there[table])
            _copy_stage_runs(connection, changed, is_remade=bool(remade))
        connection.execute("detach old")
        connection.execute("checkpoint")
    with new.open("rb+") as file:
        os.fsync(file.fileno())
    return rows, remade


def _copy_table(connection: duckdb.DuckDBPyConnection, table: str, there: dict[str, tuple[str, bool]]) -> int:
    """Copy the common columns of a table; new columns are null, or empty if they cannot be null."""
    wanted = []
    for name, kind, _, nullable in describe_columns(table):
        unknown = _BEFORE.get((table, name)) or ("null" if nullable else _EMPTY[kind])
        if name not in there:
            value = unknown
        elif there[name][0] == kind:
            value = name if nullable or not there[name][1] else f"coalesce({name}, {unknown})"
        else:
            value = f"coalesce(try_cast({name} as {kind}), {unknown})"
        wanted.append(f"{value} as {name}")
    (count,) = connection.execute(
        f"insert into raw.{table} by name select {', '.join(wanted)} from old.raw.{table}"
    ).fetchone() or (0,)
    return int(count)


def _copy_stage_runs(connection: duckdb.DuckDBPyConnection, changed: set[str], *, is_remade: bool) -> None:
    """Copy the input hashes, except those of rows that the next run regenerates, which always include the marts."""
    kept = "stage not in ('format', 'inputs', 'project', 'dbt')"
    if changed & set(KEPT_TABLES):
        kept += " and stage != 'ingest'"
    if is_remade:
        kept += " and stage = 'ingest'"
    connection.execute(
        "insert into raw.stage_runs by name select stage, subject_id, fingerprint "
        f"from old.raw.stage_runs where {kept}"
    )


def _keep_old(path: Path, found: str) -> Path:
    """Link the old file under a second name with its format, so that the first can be replaced in one step."""
    kept = path.with_name(f"{path.name}.format-{found}")
    if kept.exists() and not kept.samefile(path):  # left by an earlier upgrade, before a downgrade
        kept = path.with_name(f"{kept.name}-{time.strftime('%Y%m%d-%H%M%S')}")
    if not kept.exists():
        try:
            os.link(path, kept)
        except OSError:  # a file system without links
            shutil.copyfile(path, kept)
    return kept
