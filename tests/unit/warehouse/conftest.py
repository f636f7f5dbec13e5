"""A warehouse with one raw table and the models that dbt would build from it."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        made.execute(
            "create schema raw; create schema marts; create schema staging; "
            "create table raw.figures (report_id varchar, value integer); "
            "insert into raw.figures values ('a', 1), ('a', 2), ('b', 3); "
            "create view staging.stg_figures as select * from raw.figures; "
            "create table marts.totals (total bigint not null, report_id varchar); "
            "comment on column marts.totals.total is 'sum'; "
            "create table marts.largest (value integer); "
        )
        yield made
