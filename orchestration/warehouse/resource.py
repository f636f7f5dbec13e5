"""The warehouse as a Dagster resource, held by one run at a time."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import dagster as dg
import duckdb
from pydantic import Field, PrivateAttr

from orchestration.warehouse.connection import open_warehouse, run_lock
from orchestration.warehouse.schema import create_raw_tables
from orchestration.warehouse.upgrade import upgrade_warehouse


class Warehouse(dg.ConfigurableResource):  # type: ignore[type-arg]  # not generic at run time
    """The DuckDB file of one installation, for one run at a time."""

    path: str = Field(description="The warehouse file; its folder is created.")
    wait_seconds: float = Field(
        60.0, description="How long to wait for another run, or for a reader of the file."
    )
    _in_run: bool = PrivateAttr(default=False)
    _opened: ExitStack | None = PrivateAttr(default=None)
    _connection: duckdb.DuckDBPyConnection | None = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Warehouse]:
        """Hold the run lock until the run ends, so that runs queue; upgrade a file of an earlier format."""
        with run_lock(Path(self.path), self.wait_seconds):
            upgrade = upgrade_warehouse(Path(self.path), self.wait_seconds)
            if upgrade and context.log:
                context.log.info(str(upgrade))
            self._in_run = True
            try:
                yield self
            finally:
                self._in_run = False
                self.release()

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open a connection for writing, with all raw tables created.

        Within a run the file stays open between steps, because opening and closing it takes a
        tenth of a second. After an error it is closed.
        """
        if self._connection is None:
            with ExitStack() as opening:
                connection = opening.enter_context(
                    open_warehouse(Path(self.path), wait_seconds=self.wait_seconds)
                )
                create_raw_tables(connection)
                self._connection, self._opened = connection, opening.pop_all()
        try:
            with self._connection.cursor() as cursor:
                yield cursor
        except BaseException:
            opened, self._opened, self._connection = self._opened, None, None
            # Closing may raise another error instead: that the file is damaged.
            if opened is None or not opened.__exit__(*sys.exc_info()):
                raise
        if not self._in_run:
            self.release()

    def release(self) -> None:
        """Close the file, so that another process can use it."""
        opened, self._opened, self._connection = self._opened, None, None
        if opened is not None:
            opened.close()
