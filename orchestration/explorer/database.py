"""Reading the published copy: many readers at once, and always the file that is there now.

Publishing replaces the file, so a connection would go on showing the old one. Each read looks
whether the file is still the same; if not, the new one is attached in an engine of its own (DuckDB
gives back the open database for a path that it knows) and the old engine closes with its last reader.
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

MEMORY_LIMIT = "300MB"  # of the engine; texts for searches take some 270 MB, the rest some 150 MB
Row = dict[str, Any]
_STREAM_ROWS = 5_000
_LEAST_AT_ONCE = 4
_PARAMETER = re.compile(r"\$(\w+)")
Answer = TypeVar("Answer")

# a literal or nothing: what the page shows beside a table can be run as it stands
_LITERALS: dict[type, Callable[[Any], str]] = {
    type(None): lambda value: "null",
    bool: lambda value: "true" if value else "false",
    int: str,
    float: repr,
    str: lambda value: "'" + value.replace("'", "''") + "'",
    list: lambda value: "[" + ", ".join(to_literal(item) for item in value) + "]",
}


class NotPublishedError(RuntimeError):
    """There is no published copy yet, or it cannot be read; says what to do."""


@dataclass(slots=True)
class _Engine:
    """An engine on one version of the file."""

    connection: duckdb.DuckDBPyConnection
    identity: tuple[int, int, int]
    remembered: dict[Any, Any] = field(default_factory=dict)


class Reader:
    """One reader's cursor; not to be shared between threads."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, engine: _Engine) -> None:
        self._cursor = cursor
        self._engine = engine

    @property
    def version(self) -> str:
        """Of the published copy: another one means other rows."""
        return "-".join(f"{part:x}" for part in self._engine.identity)

    @property
    def cursor(self) -> duckdb.DuckDBPyConnection:
        """For what reads tuples or runs queries of its own."""
        return self._cursor

    def rows(self, sql: str, parameters: dict[str, Any] | None = None) -> list[Row]:
        """Rows of a query as dictionaries; parameters are written `$name`."""
        result = self._cursor.execute(sql, parameters or {})
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """Rows of a query as tuples, fetched bit by bit: for more than should be held at once."""
        result = self._cursor.execute(sql)
        while block := result.fetchmany(_STREAM_ROWS):
            yield from block

    def rows_among(
        self, ids: Collection[str], sql: str, parameters: dict[str, Any] | None = None
    ) -> list[Row]:
        """Rows of a query that joins `among`, a table of `report_id`: for more ids than a parameter should hold."""
        self._cursor.register("among", pa.table({"report_id": pa.array(list(ids), pa.string())}))
        try:
            return self.rows(sql, parameters)
        finally:
            self._cursor.unregister("among")

    def row(self, sql: str, parameters: dict[str, Any] | None = None) -> Row | None:
        """The first row; None without one."""
        found = self.rows(sql, parameters)
        return found[0] if found else None

    def value(self, sql: str, parameters: dict[str, Any] | None = None) -> Any:
        """First column of the first row; None without one."""
        row = self._cursor.execute(sql, parameters or {}).fetchone()
        return row[0] if row else None

    def has(self, relation: str, column: str = "") -> bool:
        """Whether the copy holds `schema.name`, with a column if one is named: older copies lack newer ones."""

        def list_columns(reader: Reader) -> set[tuple[str, str]]:
            sql = "select table_schema || '.' || table_name as relation, column_name from information_schema.columns"
            rows = reader.rows(sql)
            return {(row["relation"], row["column_name"]) for row in rows} | {
                (row["relation"], "") for row in rows
            }

        return (relation, column) in self.remember("columns", list_columns)

    def remember(self, key: Any, make: Callable[[Reader], Answer]) -> Answer:
        """What `make` gives, kept as long as the file is the same; for small answers that many pages need."""
        known = self._engine.remembered
        if key not in known:
            known[key] = make(self)
        answer: Answer = known[key]
        return answer


class PublishedCopy:
    """The published DuckDB file; thread-safe.

    Args:
        at_once: readers that are let in at a time, as many as there are cores by default, at least four.
    """

    def __init__(self, path: Path, memory_limit: str = MEMORY_LIMIT, at_once: int | None = None) -> None:
        self.path = path
        # more at once would not be faster, because each query takes all cores; they would only hold memory
        self._turns = threading.BoundedSemaphore(at_once or max(_LEAST_AT_ONCE, os.cpu_count() or 1))
        self._memory_limit = memory_limit
        self._lock = threading.Lock()
        self._engine: _Engine | None = None

    @contextlib.contextmanager
    def read(self, *, in_turn: bool = True) -> Iterator[Reader]:
        """A reader of the file that is there now; waits its turn where many read.

        Args:
            in_turn: not for what works in the background, and others wait for.

        Raises:
            NotPublishedError: there is none, or it is not a DuckDB file.
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
            raise NotPublishedError(f"{self.path} is not there: run `make run` first") from error
        identity = (status.st_dev, status.st_ino, status.st_mtime_ns)
        with self._lock:
            if self._engine is None or self._engine.identity != identity:
                # readers of the old engine hold it until they have finished
                self._engine = _Engine(self._attach(), identity)
            return self._engine

    def _attach(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(":memory:", config={"memory_limit": self._memory_limit})
        try:
            # views of the warehouse name their database, so it keeps its name
            connection.execute(f"attach {to_literal(str(self.path))} as fazhi (read_only)")
            connection.execute("set enable_external_access = false")
        except duckdb.Error as error:
            connection.close()
            raise NotPublishedError(f"{self.path} cannot be read: {error}") from error
        return connection


def to_literal(value: Any) -> str:
    """A value as SQL prints it.

    Raises:
        TypeError: for a type that no parameter of a page has.
    """
    if type(value) not in _LITERALS:
        raise TypeError(f"no SQL literal for {type(value).__name__}")
    return _LITERALS[type(value)](value)


def print_sql(sql: str, parameters: dict[str, Any]) -> str:
    """A query with its parameters written in, as it can be run."""
    return _PARAMETER.sub(lambda match: to_literal(parameters[match[1]]), sql)
