"""One publishing in progress: what its formats share, and what one has to tell another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import duckdb

from orchestration.publishing.describe import Mart, describe_marts, mart_comments
from orchestration.publishing.unchanged import WrittenFiles
from orchestration.settings import COUNTY_WORKBOOKS
from orchestration.warehouse.connection import fingerprint_rows


@dataclass
class Publication:
    """The warehouse while its marts are written out, each format in a thread of its own.

    Attributes:
        connection: to the warehouse, with no transaction open. Query a cursor of it: two threads that
            execute on one connection get each other's rows.
        pool: for queries beside each other, as many as there are cores.
        contents: by mart, see `content`.
        written: files that need not be written again.
        home_county: code of the county whose reports these are; None for a corpus of many.
        county_workbooks: counties at most for which workbooks are written; else for the home county alone.
        workers: processes that write where there is much to write.
        results: of each format that was started, by name; a format may wait for those before it.
    """

    connection: duckdb.DuckDBPyConnection
    pool: Executor
    contents: Mapping[str, Future[str]]
    written: WrittenFiles
    home_county: str | None = None
    county_workbooks: int = COUNTY_WORKBOOKS
    workers: int = 1
    results: dict[str, Future[Any]] = field(default_factory=dict)

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for one thread."""
        with self.connection.cursor() as cursor:
            yield cursor

    def content(self, mart: str) -> str:
        """Equal for two publishings in which a mart has the same columns, comments and rows, in any order."""
        return self.contents[mart].result()

    @cached_property
    def marts(self) -> list[Mart]:
        """All marts described, with their rows as the Parquet files have them: a view is counted by writing it."""
        rows: Mapping[str, int] = self.results["parquet"].result()
        with self.cursor() as cursor:
            return describe_marts(cursor, rows)

    @property
    def csv_bytes(self) -> dict[str, int]:
        """Size of each CSV file, by mart."""
        sizes: dict[str, int] = self.results["csv"].result()
        return sizes

    @property
    def csv_zh_bytes(self) -> dict[str, int]:
        """Size of each CSV file in Chinese, by mart."""
        sizes: dict[str, int] = self.results["csv_zh"].result()
        return sizes


def fingerprint_marts(connection: duckdb.DuckDBPyConnection, pool: Executor) -> dict[str, Future[str]]:
    """What each mart holds, as `pool` finds it out: to be asked for before the pool gets work that waits for it."""

    def fingerprint(mart: str, comment: str) -> str:
        with connection.cursor() as cursor:
            columns = cursor.execute(
                "select column_name, data_type, comment from duckdb_columns() where schema_name = 'marts' "
                "and database_name = current_database() and table_name = $mart order by column_index",
                {"mart": mart},
            ).fetchall()
            rows = fingerprint_rows(cursor, f'marts."{mart}"')
        return f"{duckdb.__version__} {comment} {columns} {rows}"

    return {
        name: pool.submit(fingerprint, name, comment) for name, comment in mart_comments(connection).items()
    }
