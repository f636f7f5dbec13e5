"""Marts made again from what dbt compiled: what is written, and what is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.warehouse.compiled import (
    Model,
    load_compiled,
    remake_models,
    run_tests,
    save_compiled,
)
from orchestration.warehouse.connection import fingerprint_rows


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


MODELS = (
    Model("v", "staging.stg_figures", "view", "select * from raw.figures", ("raw.figures",)),
    # the order of its columns is another one than the table's, which a contract gives
    Model(
        "t", "marts.totals", "table",
        "select report_id, sum(value)::bigint as total from staging.stg_figures group by 1",
        ("staging.stg_figures",),
    ),
    Model("l", "marts.largest", "table", "select max(total)::integer as value from marts.totals", ("marts.totals",)),
)  # fmt: skip


def rows(connection: duckdb.DuckDBPyConnection, relation: str) -> list[Any]:
    return connection.execute(f"select * from {relation} order by all").fetchall()


def test_tables_get_the_rows_of_their_queries_and_keep_their_definition(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    remake_models(connection, MODELS)
    assert rows(connection, "marts.totals") == [(3, "a"), (3, "b")]
    assert rows(connection, "marts.largest") == [(3,)]
    connection.execute("insert into raw.figures values ('b', 4)")
    remake_models(connection, MODELS)
    assert rows(connection, "marts.totals") == [(3, "a"), (7, "b")]
    assert rows(connection, "marts.largest") == [(7,)]
    described = "select comment, is_nullable from duckdb_columns() where column_name = 'total'"
    assert connection.execute(described).fetchall() == [("sum", False)]


def test_a_table_whose_rows_are_the_same_is_not_written_nor_what_reads_it(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    remake_models(connection, MODELS)
    connection.execute("update marts.largest set value = -1")  # would be mended if it were made again
    connection.execute("insert into raw.figures values ('a', 0)")
    remake_models(connection, MODELS)
    assert rows(connection, "marts.largest") == [(-1,)]
    connection.execute("insert into raw.figures values ('a', 100)")
    remake_models(connection, MODELS)
    assert rows(connection, "marts.largest") == [(103,)]


def test_a_query_that_fails_leaves_its_table_as_it_was(connection: duckdb.DuckDBPyConnection) -> None:
    remake_models(connection, MODELS)
    connection.execute("insert into raw.figures values ('c', null)")
    with pytest.raises(duckdb.ConstraintException):
        remake_models(connection, MODELS)
    assert rows(connection, "marts.totals") == [(3, "a"), (3, "b")]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("(1, 'a'), (2, 'b')", "(2, 'b'), (1, 'a')", True),
        ("(1, 'a'), (2, 'b')", "(1, 'b'), (2, 'a')", False),
        ("(1, 'a'), (1, 'a')", "(1, 'a')", False),
        ("(1, null)", "(1, '')", False),
        ("(null, 'a')", "(0, 'a')", False),
        ("(1, 'a'), (1, 'a'), (2, 'b')", "(1, 'a'), (2, 'b'), (2, 'b')", False),
    ],
)
def test_fingerprints_of_rows(
    connection: duckdb.DuckDBPyConnection, one: str, other: str, same: bool
) -> None:
    for name, values in (("one", one), ("other", other)):
        connection.execute(
            f"create table {name} (number integer, word varchar); insert into {name} values {values}"
        )
    assert (fingerprint_rows(connection, "one") == fingerprint_rows(connection, "other")) == same


MANIFEST: dict[str, Any] = {
    "sources": {
        "source.p.raw.figures": {"resource_type": "source", "schema": "raw", "name": "figures"},
    },
    "nodes": {
        "model.p.m": {
            "unique_id": "model.p.m", "resource_type": "model", "schema": "marts", "name": "m", "alias": "m",
            "config": {"materialized": "table"}, "depends_on": {"nodes": ["source.p.raw.figures"]},
        },
        **{
            f"test.p.{name}": {
                "unique_id": f"test.p.{name}", "resource_type": "test", "name": name, "schema": "x",
                "config": {
                    "severity": severity, "fail_calc": "count(*)", "error_if": error_if, "warn_if": warn_if,
                    "limit": limit,
                },
                "depends_on": {"nodes": ["model.p.m"]},
            }
            for name, severity, error_if, warn_if, limit in (
                ("strict", "ERROR", "!= 0", "!= 0", None),
                ("lenient", "error", "> 5", "> 1", None),
                ("warning", "warn", "!= 0", "!= 0", None),
                ("limited", "error", "> 2", "!= 0", 1),
            )
        },
    },
}  # fmt: skip
SQL = "select * from raw.figures"


def test_what_dbt_compiled_is_kept_for_its_version_and_tests_judge_as_dbt_does(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "compiled.json"
    assert load_compiled(path, "v1") is None
    results = [{"unique_id": name, "compiled_code": SQL} for name in (*MANIFEST["nodes"], "exposure.p.e")]
    save_compiled(path, "v1", MANIFEST, results)
    assert load_compiled(path, "v2") is None
    compiled = load_compiled(path, "v1")
    assert compiled is not None
    assert compiled.models == (Model("model.p.m", "marts.m", "table", SQL, ("raw.figures",)),)
    judged = {
        one.test.name: (one.failures, one.failed, one.warned) for one in run_tests(connection, compiled.tests)
    }
    assert judged == {
        "strict": (3, True, False),
        "lenient": (3, False, True),
        "warning": (3, False, True),
        "limited": (1, False, True),
    }
    connection.execute("delete from raw.figures")
    assert {(one.failed, one.warned) for one in run_tests(connection, compiled.tests)} == {(False, False)}
