"""Dagster's SQLite storage of runs and events, with its connections kept open.

`dagster.yaml` selects this class. For each of the 700 events of a run, Dagster's own storage creates a
SQLAlchemy engine, opens the file again and waits for the disk, which takes nearly all of the
time of recording an event.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic.util import CommandError
from dagster import DagsterInstance, __version__
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event

_FILES_OPEN = 8  # the index and some runs; the web UI reads many runs


class _EventLog(SqliteEventLogStorage):
    """Dagster's event log in SQLite: the same files, but recently used ones stay open."""

    def __init__(self, base_dir: str) -> None:
        self._engines: dict[str, Engine] = {}  # by shard, the most recently used last
        self._tables: set[str] = set()  # known to exist: Dagster asks at each event; never dropped
        super().__init__(base_dir)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engines.pop(shard, None) or self._open(shard)
            self._engines[shard] = engine
            if len(self._engines) > _FILES_OPEN:
                self._engines.pop(next(iter(self._engines))).dispose()
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def _open(self, shard: str) -> Engine:
        arguments = {"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
        engine = create_engine(self.conn_string_for_shard(shard), pool_size=1, connect_args=arguments)
        event.listen(engine, "connect", _wait_for_no_disk)
        return engine

    def has_table(self, table_name: str) -> bool:
        """Return whether the table exists."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def dispose(self) -> None:
        """Close the files."""
        with self._db_lock:
            while self._engines:
                self._engines.popitem()[1].dispose()
        super().dispose()


def _wait_for_no_disk(connection: Any, _record: object) -> None:
    """Let the system choose when to write events to disk, because waiting takes 4 ms for each.

    The file is never damaged (it is in WAL mode), but a power failure may lose the last events.
    """
    connection.execute("pragma synchronous = normal")


class PooledSqliteStorage(DagsterSqliteStorage):
    """Dagster's storage of runs, events and schedules in SQLite, with an event log that keeps files open.

    Overrides private names of Dagster (`_connect`, `_event_log_storage`); a test checks that they exist.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = _EventLog(self._event_log_storage._base_dir)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Any) -> PooledSqliteStorage:
        """Create the storage as `dagster.yaml` configures it: `base_dir` is Dagster's home."""
        return cls.from_local(inst_data=inst_data, **config_value)


def migrate_storage(instance: DagsterInstance) -> bool:
    """Migrate records of an earlier Dagster version, like `dagster instance migrate`.

    Returns:
        Whether there was anything to do.

    Raises:
        RuntimeError: a newer Dagster wrote them; a downgrade is not possible.
    """
    storages = (instance.run_storage, instance.event_log_storage, instance.schedule_storage)
    try:
        versions = [storage.alembic_version() for storage in storages if storage]
        if all(version is None or version[0] == version[1] for version in versions):
            return False
        instance.upgrade()
    except CommandError as error:  # "Can't locate revision identified by …"
        raise RuntimeError(
            f"Dagster's records in {instance.root_directory} are from a newer Dagster than {__version__}: {error}. "
            "Use the newer version of this project, or move that folder away: it contains runs and logs, not figures"
        ) from error
    return True
