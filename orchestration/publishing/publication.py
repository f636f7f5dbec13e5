"""State of a publishing in progress: what its formats share and tell each other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import duckdb

from orchestration.publishing.describe import Mart, describe_marts, mart_columns, mart_comments
from orchestration.publishing.unchanged import WrittenFiles
from orchestration.settings import COUNTY_WORKBOOKS
from orchestration.warehouse.connection import fetch_row, fingerprint_rows


@dataclass(frozen=True, slots=True)
class Content:
    """Content of a mart: its definition, and row count and sum of row hashes of its tables."""

    definition: str
    rows: Mapping[str, Future[tuple[int, int]]]

    def fingerprint(self) -> str:
        """Return the fingerprint; wait until it is known."""
        rows = {table: future.result() for table, future in self.rows.items()}
        return f"{self.definition} {rows}"


@dataclass
class Publication:
    """The warehouse while its marts are published, each format in its own thread.

    Attributes:
        connection: connection to the warehouse without an open transaction. Query only cursors of it, because two
            threads that execute on one connection get each other's rows.
        pool: pool for parallel queries, one thread per core.
        written: files that need not be written again.
        home_county: code of the county whose reports these are; None for a corpus of many.
        county_workbooks: maximum number of counties with workbooks; otherwise only the home county.
        workers: number of writing processes if there is much to write.
        contents: content by mart, see `content`; known once the copy is published.
        results: result of each started format, by name; a format may wait for earlier ones.
    """

    connection: duckdb.DuckDBPyConnection
    pool: Executor
    written: WrittenFiles
    home_county: str | None = None
    county_workbooks: int = COUNTY_WORKBOOKS
    workers: int = 1
    contents: Mapping[str, Content] = field(default_factory=dict)
    results: dict[str, Future[Any]] = field(default_factory=dict)

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Return a connection for one thread."""
        with self.connection.cursor() as cursor:
            yield cursor

    def content(self, mart: str) -> str:
        """Return a hash that is equal only if a mart has the same columns, comments and rows, in any order."""
        return self.contents[mart].fingerprint()

    @cached_property
    def marts(self) -> list[Mart]:
        """Return all marts with the row counts of the Parquet files, because a view is counted by writing it."""
        rows: Mapping[str, int] = self.results["parquet"].result()
        with self.cursor() as cursor:
            return describe_marts(cursor, rows)

    @property
    def csv_bytes(self) -> dict[str, int]:
        """Return the size of each CSV file by mart."""
        sizes: dict[str, int] = self.results["csv"].result()
        return sizes

    @property
    def csv_zh_bytes(self) -> dict[str, int]:
        """Return the size of each CSV file in Chinese by mart."""
        sizes: dict[str, int] = self.results["csv_zh"].result()
        return sizes


def fingerprint_marts(connection: duckdb.DuckDBPyConnection, pool: Executor) -> dict[str, Content]:
    """Start hashing the content of each mart in `pool`; call it before submitting work that waits for the result.

    The content of a view is that of its tables, because hashing these takes a fifth of the time of computing the view.
    """
    columns = mart_columns(connection)
    views = fetch_row(
        connection,
        "select md5(string_agg(sql, ' ' order by schema_name, view_name)) from duckdb_views() where not internal "
        "and database_name = current_database()",
    )

    def fingerprint(table: str) -> tuple[int, int]:
        with connection.cursor() as cursor:
            return fingerprint_rows(cursor, table)

    rows: dict[str, Future[tuple[int, int]]] = {}
    contents = {}
    for name, comment in mart_comments(connection).items():
        tables = _list_tables(connection, f'marts."{name}"')
        for table in tables:
            if table not in rows:
                rows[table] = pool.submit(fingerprint, table)
        definition = (
            f"{duckdb.__version__} {comment} {columns[name]} {'' if tables == [f'marts.{name}'] else views}"
        )
        contents[name] = Content(definition, {table: rows[table] for table in tables})
    return contents


def _list_tables(connection: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    """Return the base tables of a table or view.

    Read from the query plan, because `get_table_names` leaves wrong column types in views (DuckDB 1.5).
    """
    ((_, plan),) = connection.execute(f"explain (format json) from {relation}").fetchall()
    found: set[str] = set()
    operators = list(json.loads(plan))
    while operators:
        operator = operators.pop()
        operators += operator["children"]
        if table := operator["extra_info"].get("Table"):
            found.add(table.partition(".")[2])  # without the database name
    return sorted(found)
