"""Opening the DuckDB file: locks, waiting, damage, transactions, threads.

This module knows no tables; they are in `schema.py`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
from filelock import FileLock, Timeout

# Storage version: its dictionaries store text in half the time of the oldest version. DuckDB 1.3 and newer read it.
STORAGE_VERSION = "v1.3.0"

# Set on opening and not by `set`: if a signal interrupts that statement, DuckDB keeps the file locked.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    # Commits of this size go straight into the file; smaller ones are logged first and collected.
    # With the default of 16 MB, commits of some hundred reports would rewrite half-full blocks of earlier ones.
    "checkpoint_threshold": "64MB",
    # Keep memory for blocks while the file is open; otherwise it is returned and requested again and again.
    "block_allocator_memory": "1GB",
}

# Hash of a row of `… as one`. Hashed twice: DuckDB combines column hashes such that the sums of
# rows that exchange values would too often be equal.
ROW_HASH = "hash(hash(one))"


class WarehouseError(RuntimeError):
    """The warehouse cannot be used; the message says why and what to do."""


class WarehouseInUseError(WarehouseError):
    """Another process uses the warehouse; the file itself is not damaged."""


@contextmanager
def run_lock(warehouse: Path, wait_seconds: float) -> Iterator[None]:
    """Hold the run lock against other runs on the same warehouse; the system frees it when the process dies.

    Raises:
        WarehouseError: another run still holds the lock after `wait_seconds`.
    """
    warehouse.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(warehouse.with_suffix(".lock"))
    try:
        with lock.acquire(timeout=wait_seconds):
            yield
    except Timeout:
        raise WarehouseInUseError(
            f"another run has been using {warehouse} for more than {wait_seconds:g} s; try again later"
        ) from None


def is_locked(warehouse: Path) -> bool:
    """Return whether a run holds the run lock now."""
    if not warehouse.parent.is_dir():
        return False
    try:
        with FileLock(warehouse.with_suffix(".lock")).acquire(timeout=0):
            return False
    except Timeout:
        return True


@contextmanager
def open_warehouse(
    path: Path, *, read_only: bool = False, wait_seconds: float = 60.0
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a DuckDB file, waiting for other processes, and close it even after an error.

    Raises:
        WarehouseError: still locked after `wait_seconds` (names the holder), not a database,
            written by a newer DuckDB, or not readable; also if the block reads damaged data.
    """
    connection = _open(path, read_only=read_only, wait_seconds=wait_seconds)
    try:
        yield connection
    except duckdb.Error as error:
        if "corrupt" in str(error).lower():  # a block that was not read when the file was opened
            raise unusable(path, str(error).splitlines()[0]) from None
        raise
    finally:
        connection.close()


def _open(path: Path, *, read_only: bool, wait_seconds: float) -> duckdb.DuckDBPyConnection:
    """Open a file as soon as no other process has it open; create a missing one unless read-only."""
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            if not read_only and not path.exists():
                _create(path)
            return duckdb.connect(str(path), read_only=read_only, config=_CONFIG)
        except (duckdb.IOException, duckdb.ConnectionException, duckdb.InternalException) as error:
            reason = str(error).splitlines()[0]
            if "could not set lock" not in reason.lower():  # a damaged "block" is not a lock
                raise unusable(path, reason) from None
            if time.monotonic() > deadline:
                raise WarehouseInUseError(
                    f"the warehouse {path} is in use: {reason}. Close that reader, or query "
                    f"{path.parent / 'published' / path.name}, which is never locked"
                ) from None
            time.sleep(0.2)


def _create(path: Path) -> None:
    with duckdb.connect() as creator:
        _attach(creator, path, "created")


def unusable(path: Path, reason: str) -> WarehouseError:
    """Return the error for an unreadable file, with the remedy."""
    return WarehouseError(
        f"cannot read the warehouse {path}: {reason}. If the file is damaged or newer than this "
        "version, `make rebuild` recreates it from the raw files"
    )


def _attach(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> None:
    """Attach a file; create it if it is missing."""
    connection.execute(f"attach {literal(path)} as {name} (storage_version '{STORAGE_VERSION}')")


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit at the end of the block, or roll back on any exception."""
    connection.begin()
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


@contextmanager
def one_thread(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Run each query in the calling thread, while other processes or threads use the cores.

    If a query runs in a thread of DuckDB, the caller polls until it is done, which takes
    most of a core from the others.
    """
    connection.execute("set threads = 1")
    try:
        yield
    finally:
        connection.execute("reset threads")


@contextmanager
def registered(connection: duckdb.DuckDBPyConnection, **tables: pa.Table) -> Iterator[None]:
    """Let the queries of the block read Arrow tables under these names."""
    for name, table in tables.items():
        connection.register(name, table)
    yield  # after an error, the connection is closed
    for name in tables:
        connection.unregister(name)


def fetch_row(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any] | None = None
) -> tuple[Any, ...]:
    """Return the row of a query that always has one, such as a count."""
    row: tuple[Any, ...] | None = connection.execute(sql, dict(parameters or {})).fetchone()
    assert row is not None
    return row


def count_rows(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Return the number of rows of `schema.table`."""
    return int(fetch_row(connection, f"select count(*) from {table}")[0])


def fingerprint_rows(connection: duckdb.DuckDBPyConnection, relation: str) -> tuple[int, int]:
    """Return a fingerprint that is equal for equal rows in any order; others collide with probability 2^-64."""
    count, total = fetch_row(
        connection, f"select count(*), coalesce(sum({ROW_HASH}::hugeint), 0) from {relation} as one"
    )
    return int(count), int(total)


def query(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """Return the rows of a query as a data frame."""
    return connection.execute(sql, dict(parameters or {})).df()


def literal(value: Any) -> str:
    """Return a value as a SQL literal, for statements without parameters; a path as text."""
    return str(duckdb.ConstantExpression(str(value) if isinstance(value, Path) else value))


def list_literals(values: Iterable[str | int]) -> str:
    """Return constants for `in (…)`, so that DuckDB reads only matching rows; null, which equals nothing, if empty."""
    return ", ".join(sorted(map(literal, values))) or "null"


def find_file(connection: duckdb.DuckDBPyConnection) -> Path:
    """Return the file of an open database."""
    sql = "select path from duckdb_databases() where database_name = current_database()"
    return Path(fetch_row(connection, sql)[0])
