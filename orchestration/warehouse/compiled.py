"""The SQL that dbt compiled, run without dbt in small refreshes, which people wait for.

A dbt build saves the SQL of each model and test. This SQL stays the same until the dbt project
changes, so running it on other rows gives the same result as dbt. It saves dbt's own share of a
build, some fifty milliseconds for each of 200 nodes. This module stores the compiled SQL and runs its tests;
`remake` recomputes tables; `marts` decides which refreshes are small enough.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.warehouse.connection import fetch_row
from orchestration.whole_files import write_whole

_VERSION = 3  # of the file format
_ROWS_TO_TEST = re.compile(r"true /\* rows of (?P<relation>[\w.]+) \*/")  # macros/get_where_subquery.sql


@dataclass(frozen=True, slots=True)
class Model:
    """A model: `sql` selects its rows; `inputs` are the relations it reads.

    Attributes:
        refreshed_by: a column by which rows can be recomputed independently; None if there is none.
    """

    unique_id: str
    relation: str  # schema.name
    materialized: str
    sql: str
    inputs: tuple[str, ...]
    refreshed_by: str | None = None


@dataclass(frozen=True, slots=True)
class DbtTest:
    """A dbt test: `sql` finds offending rows; conditions as dbt writes them, `!= 0`."""

    unique_id: str
    name: str
    sql: str
    is_error: bool
    fail_calc: str
    error_if: str
    warn_if: str


@dataclass(frozen=True, slots=True)
class Compiled:
    """Models in dependency order, and tests, of one version of the dbt project."""

    project: str
    models: tuple[Model, ...]
    tests: tuple[DbtTest, ...]


@dataclass(frozen=True, slots=True)
class DbtTestResult:
    """The result of a test, by dbt's rules."""

    test: DbtTest
    failures: int
    failed: bool
    warned: bool


def save_compiled(
    path: Path, project: str, manifest: Mapping[str, Any], results: Sequence[Mapping[str, Any]]
) -> None:
    """Save the SQL compiled by a full dbt build.

    Args:
        path: the file that `load_compiled` reads.
        project: version of the dbt project.
        manifest: dbt's `manifest.json`.
        results: those of `run_results.json`, in dbt's order of execution.
    """
    nodes = {**manifest["nodes"], **manifest["sources"]}
    relations = {
        unique_id: f"{node['schema']}.{node.get('alias') or node['name']}"
        for unique_id, node in nodes.items()
        if node["resource_type"] in {"model", "seed", "source"}
    }
    # seeds and hooks have results too
    made = [(nodes[id_], result) for result in results if (id_ := result["unique_id"]) in nodes]
    models = [
        _keep_model(node, result, nodes, relations)
        for node, result in made
        if node["resource_type"] == "model"
    ]
    tests = [_keep_test(node, result) for node, result in made if node["resource_type"] == "test"]
    compiled = asdict(Compiled(project, tuple(models), tuple(tests)))
    write_whole(path, json.dumps({"version": _VERSION, **compiled}, ensure_ascii=False))


def _keep_model(
    node: Mapping[str, Any],
    result: Mapping[str, Any],
    nodes: Mapping[str, Mapping[str, Any]],
    relations: Mapping[str, str],
) -> Model:
    """Return a model of the manifest with its compiled SQL; `nodes` and `relations` are by unique_id."""
    return Model(
        node["unique_id"],
        relations[node["unique_id"]],
        node["config"]["materialized"],
        result["compiled_code"],
        tuple(sorted(relations[one] for one in _list_inputs(node, nodes))),
        node["config"].get("meta", {}).get("refreshed_by"),
    )


def _list_inputs(node: Mapping[str, Any], nodes: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Return what a model reads, directly or through ephemeral models, whose SQL is part of its own."""
    found: set[str] = set()
    for one in node["depends_on"]["nodes"]:
        is_inlined = nodes[one].get("config", {}).get("materialized") == "ephemeral"
        found |= _list_inputs(nodes[one], nodes) if is_inlined else {one}
    return found


def _keep_test(node: Mapping[str, Any], result: Mapping[str, Any]) -> DbtTest:
    config = node["config"]
    limit = f"\nlimit {config['limit']}" if config.get("limit") else ""
    return DbtTest(
        node["unique_id"],
        node["name"],
        result["compiled_code"] + limit,
        config["severity"].lower() == "error",
        config["fail_calc"],
        config["error_if"],
        config["warn_if"],
    )


def load_compiled(path: Path, project: str) -> Compiled | None:
    """Return the compiled SQL of this version of the dbt project; None if there is none."""
    if not path.is_file():
        return None
    record = json.loads(path.read_text(encoding="utf-8"))
    if record["version"] != _VERSION or record["project"] != project:
        return None
    models = tuple(Model(**{**one, "inputs": tuple(one["inputs"])}) for one in record["models"])
    tests = tuple(DbtTest(**one) for one in record["tests"])
    return Compiled(project, models, tests)


def run_tests(
    connection: duckdb.DuckDBPyConnection, tests: tuple[DbtTest, ...], changed: Mapping[str, str]
) -> Iterator[DbtTestResult]:
    """Run each test, on rows that may have changed.

    Args:
        changed: condition for these rows by relation, as `remake_models` returns it; other relations are tested whole.
    """
    for test in tests:
        sql = _ROWS_TO_TEST.sub(lambda found: changed.get(found["relation"], "true"), test.sql)
        failures, errs, warns = fetch_row(
            connection,
            f"select failures, failures {test.error_if}, failures {test.warn_if} "
            f"from (select {test.fail_calc} as failures from ({sql}))",
        )
        failed = test.is_error and bool(errs)
        yield DbtTestResult(test, int(failures), failed, bool(warns) and not failed)
