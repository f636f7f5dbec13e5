"""The dbt project built on an invented corpus, once per session."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.unit.transform.dbt_runs import run_dbt
from tests.unit.transform.raw_corpus import build_corpus

Dbt = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """dbt(command, warehouse, *arguments): run dbt with each warehouse at the same path; at another, dbt reparses."""
    folder = tmp_path_factory.mktemp("dbt")

    def run(command: str, warehouse: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        place = warehouse.rename(folder / "fazhi.duckdb")
        try:
            return run_dbt(command, place, folder / "target", *arguments)
        finally:
            place.rename(warehouse)

    return run


@pytest.fixture(scope="session")
def built_warehouse(dbt: Dbt, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with the invented corpus, after a successful `dbt build`."""
    warehouse = tmp_path_factory.mktemp("transform") / "fazhi.duckdb"
    build_corpus().write(warehouse)
    built = dbt("build", warehouse)
    assert built.returncode == 0, built.stdout[-6000:]
    return warehouse


@pytest.fixture(scope="session")
def query(built_warehouse: Path) -> Iterator[Callable[..., list[tuple[Any, ...]]]]:
    """A function that returns the rows of a query on the built warehouse."""
    with duckdb.connect(str(built_warehouse), read_only=True) as connection:
        yield lambda sql, *parameters: connection.execute(sql, list(parameters)).fetchall()
