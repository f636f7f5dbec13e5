"""Reads the published copy: many readers at once, always of the current file.

Publishing replaces the file, so an existing connection would keep showing the old one. Each read checks
whether the file is still the same. If not, the new one is attached in a new DuckDB instance (DuckDB
returns the open database for a path that it knows), and the old instance closes with its last reader.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from orchestration.warehouse.connection import literal

MEMORY_LIMIT = "300MB"  # of DuckDB; texts for searches take some 270 MB, the rest some 150 MB
Row = dict[str, Any]
_STREAM_ROWS = 5_000
_LEAST_AT_ONCE = 4
_PARAMETER = re.compile(r"\$(\w+)")
Answer = TypeVar("Answer")


class NotPublishedError(RuntimeError):
    """There is no published copy yet, or it cannot be read; the message says what to do."""


@dataclass(slots=True)
class _Engine:
    """A DuckDB instance on one version of the file."""

    connection: duckdb.DuckDBPyConnection
    identity: tuple[int, int, int]
    remembered: dict[Any, Any] = field(default_factory=dict)


class Reader:
    """One reader's cursor; must not be shared between threads."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, engine: _Engine) -> None:
        self._cursor = cursor
        self._engine = engine

    @property
    def version(self) -> str:
        """Return the version of the published copy; it changes with the rows."""
        return "-".join(f"{part:x}" for part in self._engine.identity)

    @property
    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return the cursor, to read tuples or run other queries."""
        return self._cursor

    def rows(self, sql: str, parameters: dict[str, Any] | None = None) -> list[Row]:
        """Return the rows of a query as dictionaries; parameters are written `$name`."""
        result = self._cursor.execute(sql, parameters or {})
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query as tuples, fetched in parts, for results that should not be in memory at once."""
        result = self._cursor.execute(sql)
        while block := result.fetchmany(_STREAM_ROWS):
            yield from block

    def rows_among(
        self, ids: Collection[str], sql: str, parameters: dict[str, Any] | None = None
    ) -> list[Row]:
        """Return the rows of a query that joins `among`, a table of `report_id`, for many ids."""
        self._cursor.register("among", pa.table({"report_id": pa.array(list(ids), pa.string())}))
        try:
            return self.rows(sql, parameters)
        finally:
            self._cursor.unregister("among")

    def row(self, sql: str, parameters: dict[str, Any] | None = None) -> Row | None:
        """Return the first row; None if there is none."""
        found = self.rows(sql, parameters)
        return found[0] if found else None

    def value(self, sql: str, parameters: dict[str, Any] | None = None) -> Any:
        """Return the first column of the first row; None if there is none."""
        row = self._cursor.execute(sql, parameters or {}).fetchone()
        return row[0] if row else None

    def remember(self, key: Any, make: Callable[[Reader], Answer]) -> Answer:
        """Return the result of `make`, cached until the file changes; for small results that many pages need."""
        known = self._engine.remembered
        if key not in known:
            known[key] = make(self)
        answer: Answer = known[key]
        return answer


class PublishedCopy:
    """The published DuckDB file; thread-safe.

    Args:
        at_once: maximum number of concurrent readers; by default one per core, at least four.
    """

    def __init__(self, path: Path, memory_limit: str = MEMORY_LIMIT, at_once: int | None = None) -> None:
        self.path = path
        # more would not be faster, because each query uses all cores, but would take more memory
        self._turns = threading.BoundedSemaphore(at_once or max(_LEAST_AT_ONCE, os.cpu_count() or 1))
        self._memory_limit = memory_limit
        self._lock = threading.Lock()
        self._engine: _Engine | None = None

    @contextlib.contextmanager
    def read(self, *, in_turn: bool = True) -> Iterator[Reader]:
        """Open a reader of the current file; waits its turn if there are many readers.

        Args:
            in_turn: False for background work that others wait for.

        Raises:
            NotPublishedError: there is no file, or it is not a DuckDB file.
        """
        with self._turns if in_turn else contextlib.nullcontext():
            engine = self._current()
            cursor = engine.connection.cursor()
            try:
                cursor.execute("use fazhi")
                yield Reader(cursor, engine)
            finally:
                cursor.close()

    def _current(self) -> _Engine:
        try:
            status = self.path.stat()
        except OSError as error:
            raise NotPublishedError(f"{self.path} does not exist: run `make run` first") from error
        identity = (status.st_dev, status.st_ino, status.st_mtime_ns)
        with self._lock:
            if self._engine is None or self._engine.identity != identity:
                # readers of the old instance keep it until they finish
                self._engine = _Engine(self._attach(), identity)
            return self._engine

    def _attach(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(":memory:", config={"memory_limit": self._memory_limit})
        try:
            # views of the warehouse name their database, so it keeps its name
            connection.execute(f"attach {literal(self.path)} as fazhi (read_only)")
            connection.execute("set enable_external_access = false")
        except duckdb.Error as error:
            connection.close()
            raise NotPublishedError(f"{self.path} cannot be read: {error}") from error
        return connection


def print_sql(sql: str, parameters: dict[str, Any]) -> str:
    """Return a runnable query with its parameters inserted."""
    return _PARAMETER.sub(lambda match: literal(parameters[match[1]]), sql)
