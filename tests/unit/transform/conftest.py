"""dbt built on the made-up corpus, once per session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from raw_corpus import build_corpus, run_dbt


@pytest.fixture(scope="session")
def built_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with the made-up corpus, after a green `dbt build`."""
    folder = tmp_path_factory.mktemp("transform")
    warehouse = folder / "fazhi.duckdb"
    build_corpus().write(warehouse)
    built = run_dbt("build", warehouse, folder / "target")
    assert built.returncode == 0, built.stdout[-6000:]
    return warehouse


@pytest.fixture(scope="session")
def query(built_warehouse: Path) -> Iterator[Callable[..., list[tuple[Any, ...]]]]:
    """A function that returns the rows of a query on the built warehouse."""
    with duckdb.connect(str(built_warehouse), read_only=True) as connection:
        yield lambda sql, *parameters: connection.execute(sql, list(parameters)).fetchall()
