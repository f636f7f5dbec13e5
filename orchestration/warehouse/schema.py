"""Schema `raw`: its format, tables and comments.

Columns and their types come from the records (`tables.py`), comments from the dbt sources.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import duckdb
import yaml

from orchestration.settings import PROJECT_DIR
from orchestration.warehouse.connection import WarehouseError, find_file, literal, transaction
from orchestration.warehouse.rows import read_input_hash, write_input_hashes
from orchestration.warehouse.tables import RAW_TABLES, create_table_sql, describe_columns

# Format of the raw tables, raised once per release that changes their columns. `upgrade.py` migrates a file of an
# earlier format by comparing columns, so a new column needs no migration code.
FORMAT = 5


def read_raw_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Read every value of the raw tables to detect damage; takes seconds for a year's reports."""
    for table in RAW_TABLES:
        connection.execute(f"select bit_xor(hash(t)) from raw.{table} t").fetchone()


def create_raw_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create schema `raw` with its commented tables if it is missing.

    Raises:
        WarehouseError: the file has raw tables of another format.
    """
    if find_columns(connection):
        path = find_file(connection)
        require_known_format(connection, path)
        found, changed = find_format(connection), changed_tables(connection)
        if found != FORMAT or changed:
            raise WarehouseError(
                f"the raw tables of {path} have format {found or 'unknown'}"
                f"{' with other columns' if found == FORMAT else ''}; this version reads format {FORMAT}. "
                "`make upgrade` converts them and keeps the old file"
            )
        return
    with transaction(connection):
        connection.execute("create schema if not exists raw")
        for table in RAW_TABLES:
            connection.execute(create_table_sql(table))
        for table, comments in describe_raw_tables().items():
            _comment_on(connection, "table", f"raw.{table}", comments[""])
            for column, comment in comments.items():
                if column:
                    _comment_on(connection, "column", f"raw.{table}.{column}", comment)
        write_input_hashes(connection, "format", {"raw": str(FORMAT)})


def find_format(connection: duckdb.DuckDBPyConnection) -> int | None:
    """Return the format of the raw tables; None if not recorded."""
    if "stage_runs" not in find_columns(connection):
        return None
    found = read_input_hash(connection, "format", "raw") or ""
    return int(found) if found.isdigit() else None


def require_known_format(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Raises: WarehouseError if the raw tables have a newer format than this version knows."""
    found = find_format(connection)
    if found is not None and found > FORMAT:
        raise WarehouseError(
            f"the raw tables of {path} have format {found}, written by a newer version of this project; this one "
            f"reads format {FORMAT}. Use the newer version, or restore the file that its upgrade kept as "
            f"{path.name}.format-{FORMAT}; `make rebuild` sets the file aside and recreates it from the raw files"
        )


def find_columns(
    connection: duckdb.DuckDBPyConnection, database: str | None = None
) -> dict[str, dict[str, tuple[str, bool]]]:
    """Return type and nullability by table and column of schema `raw`, in an attached or the open database."""
    columns: dict[str, dict[str, tuple[str, bool]]] = {}
    for table, column, kind, nullable in connection.execute(
        "select table_name, column_name, data_type, is_nullable from duckdb_columns() "
        "where database_name = coalesce($database, current_database()) and schema_name = 'raw'",
        {"database": database},
    ).fetchall():
        columns.setdefault(table, {})[column] = (kind, nullable)
    return columns


def changed_tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Return raw tables whose columns differ from their records, and those that only one side has."""
    there = find_columns(connection)
    wanted = {
        table: {name: (kind, nullable) for name, kind, _, nullable in describe_columns(table)}
        for table in RAW_TABLES
    }
    return {table for table in there.keys() | wanted.keys() if there.get(table) != wanted.get(table)}


@cache
def describe_raw_tables() -> dict[str, dict[str, str]]:
    """Return descriptions of raw tables ("" for the table) and columns from the dbt sources, their only definition."""
    path = PROJECT_DIR / "dbt_project" / "models" / "staging" / "_sources.yml"
    (source,) = yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]
    return {
        table["name"]: {
            "": table["description"].strip(),
            **{column["name"]: column["description"].strip() for column in table["columns"]},
        }
        for table in source["tables"]
    }


def _comment_on(connection: duckdb.DuckDBPyConnection, kind: str, name: str, comment: str) -> None:
    connection.execute(f"comment on {kind} {name} is {literal(comment)}")
