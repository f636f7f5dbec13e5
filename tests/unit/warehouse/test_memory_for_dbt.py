"""How much memory dbt's DuckDB may use: by the number of reports, within the machine's memory."""

from __future__ import annotations

import duckdb
import pytest

from orchestration.warehouse.marts import memory_for_dbt


@pytest.mark.parametrize(
    ("reports", "machine", "memory"),
    [
        (0, "16GB", "2GB"),
        (100_000, "16GB", "2GB"),
        (115_800, "16GB", "3GB"),
        (386_000, "16GB", "8GB"),
        (386_000, "9GB", "6GB"),  # three quarters of DuckDB's own limit
        (386_000, "1GB", "2GB"),
        (386_000, "900MB", "2GB"),
    ],
)
def test_memory_grows_with_the_reports_within_the_machine(reports: int, machine: str, memory: str) -> None:
    with duckdb.connect(config={"memory_limit": machine}) as connection:
        connection.execute("create schema raw")
        connection.execute(f"create table raw.documents as select i as report_id from range({reports}) t(i)")
        found = memory_for_dbt(connection)
        assert found == memory
        connection.execute(f"set memory_limit = '{found}'")  # DuckDB accepts the value
