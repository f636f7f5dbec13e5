"""Compiled dbt models and tests are kept and run as dbt would run them; fingerprints of rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.warehouse.compiled import DbtTest, Model, load_compiled, run_tests, save_compiled
from orchestration.warehouse.connection import fingerprint_rows


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


def test_compiled_models_are_kept_per_version_and_tests_judge_as_in_dbt(
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
        one.test.name: (one.failures, one.failed, one.warned)
        for one in run_tests(connection, compiled.tests, {})
    }
    assert judged == {
        "strict": (3, True, False),
        "lenient": (3, False, True),
        "warning": (3, False, True),
        "limited": (1, False, True),
    }
    connection.execute("delete from raw.figures")
    assert {(one.failed, one.warned) for one in run_tests(connection, compiled.tests, {})} == {(False, False)}


def test_a_test_reads_the_rows_that_may_have_changed(connection: duckdb.DuckDBPyConnection) -> None:
    sql = "select * from (select * from raw.figures where true /* rows of raw.figures */) as rows_to_test"
    tests = (DbtTest("t", "t", sql, True, "count(*)", "!= 0", "!= 0"),)

    def count(changed: dict[str, str]) -> list[int]:
        return [result.failures for result in run_tests(connection, tests, changed)]

    assert count({}) == count({"raw.others": "false"}) == [3]
    assert count({"raw.figures": "report_id in ('b')"}) == [1]
    assert count({"raw.figures": "false"}) == [0]
