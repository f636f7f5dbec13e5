"""Schema `raw`: its format, tables and comments.

Columns and their types come from the records (`tables.py`), comments from the dbt sources.
"""

from __future__ import annotations

import duckdb
import yaml

from orchestration.settings import PROJECT_DIR
from orchestration.warehouse.connection import WarehouseError, transaction
from orchestration.warehouse.rows import write_fingerprints
from orchestration.warehouse.tables import RAW_TABLES, create_table_sql

FORMAT = 5  # of the raw tables; a change of their columns that `make rebuild` must follow raises it


def read_raw_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Read every value of the raw tables, so that damage anywhere in them shows; seconds for a year's reports."""
    for table in RAW_TABLES:
        connection.execute(f"select bit_xor(hash(t)) from raw.{table} t").fetchone()


def create_raw_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create schema `raw` with its commented tables where it is not there yet.

    Raises:
        WarehouseError: the file holds raw tables of another format.
    """
    if connection.execute("select 1 from duckdb_tables() where schema_name = 'raw' limit 1").fetchone():
        found = connection.execute("select fingerprint from raw.stage_runs where stage = 'format'").fetchone()
        if found != (str(FORMAT),):
            raise WarehouseError(
                f"the warehouse's raw tables have format {found[0] if found else 'unknown'}, this version reads "
                f"format {FORMAT}; `make rebuild` makes it again from the raw files"
            )
        return
    with transaction(connection):
        connection.execute("create schema if not exists raw")
        for table in RAW_TABLES:
            connection.execute(create_table_sql(table))
        for table, comments in _raw_comments().items():
            _comment_on(connection, "table", f"raw.{table}", comments[""])
            for column, comment in comments.items():
                if column:
                    _comment_on(connection, "column", f"raw.{table}.{column}", comment)
        write_fingerprints(connection, "format", {"raw": str(FORMAT)})


def _raw_comments() -> dict[str, dict[str, str]]:
    """Comments of raw tables ("" for the table) from the dbt sources, where they are written once."""
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
    quoted = comment.replace("'", "''")  # DDL takes no parameters
    connection.execute(f"comment on {kind} {name} is '{quoted}'")
