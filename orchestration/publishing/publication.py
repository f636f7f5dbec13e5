"""One publishing in progress: what its formats share, and what one has to tell another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import duckdb

from orchestration.publishing.describe import Mart, describe_marts


@dataclass
class Publication:
    """The warehouse while its marts are written out, each format in a thread of its own.

    Attributes:
        connection: to the warehouse, with no transaction open. Query a cursor of it: two threads that
            execute on one connection get each other's rows.
        pool: for queries beside each other, as many as there are cores.
        home_county: code of the county whose reports these are; None for a corpus of many.
        results: of each format that was started, by name; a format may wait for those before it.
    """

    connection: duckdb.DuckDBPyConnection
    pool: Executor
    home_county: str | None = None
    results: dict[str, Future[Any]] = field(default_factory=dict)

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for one thread."""
        with self.connection.cursor() as cursor:
            yield cursor

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
