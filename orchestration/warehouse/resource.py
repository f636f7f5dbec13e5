"""The warehouse as a Dagster resource, held by one run at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import duckdb

from orchestration.warehouse.connection import open_warehouse, run_lock
from orchestration.warehouse.schema import create_raw_tables
from orchestration.warehouse.upgrade import upgrade_warehouse


class Warehouse(dg.ConfigurableResource):  # type: ignore[type-arg]  # not generic at run time
    """The DuckDB file of one installation, for one run at a time.

    Attributes:
        path: the warehouse file; its folder is created.
        wait_seconds: how long to wait for another run, or for a reader of the file.
    """

    path: str
    wait_seconds: float = 60.0

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Warehouse]:
        """Hold the run lock as long as the run lasts, so that runs queue; a file of an earlier format is upgraded."""
        with run_lock(Path(self.path), self.wait_seconds):
            upgrade = upgrade_warehouse(Path(self.path), self.wait_seconds)
            if upgrade and context.log:
                context.log.info(str(upgrade))
            yield self

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the warehouse for writing, with all raw tables in place."""
        with open_warehouse(Path(self.path), wait_seconds=self.wait_seconds) as connection:
            create_raw_tables(connection)
            yield connection
