"""What dbt compiled, made again without dbt: for refreshes of few reports, which people wait for.

A build by dbt leaves the SQL of each model and test; between two versions of the dbt project this SQL
stays the same, so that the same statements on other rows give what dbt would give. dbt's own share of a
build, some fifty milliseconds for each of 200 nodes, is saved. Here is what was compiled, and its tests;
tables are made again in `remake`. Which refreshes are small enough is decided in `marts`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.whole_files import write_whole

_VERSION = 3  # of the file
_ROWS_TO_TEST = re.compile(r"true /\* rows of (?P<relation>[\w.]+) \*/")  # macros/get_where_subquery.sql


@dataclass(frozen=True, slots=True)
class Model:
    """A model: `sql` selects its rows; `inputs` are the relations it reads.

    Attributes:
        refreshed_by: a column by which rows can be made again apart from all others; None where there is none.
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
    """Models, each after those that it reads, and tests of one version of the dbt project."""

    project: str
    models: tuple[Model, ...]
    tests: tuple[DbtTest, ...]


@dataclass(frozen=True, slots=True)
class DbtTestResult:
    """What a test found, by dbt's rules."""

    test: DbtTest
    failures: int
    failed: bool
    warned: bool


def save_compiled(
    path: Path, project: str, manifest: Mapping[str, Any], results: list[Mapping[str, Any]]
) -> None:
    """Write down what a whole build by dbt compiled.

    Args:
        path: the file that `load_compiled` reads.
        project: version of the dbt project.
        manifest: dbt's `manifest.json`.
        results: of `run_results.json`, in the order in which dbt made them.
    """
    nodes = {**manifest["nodes"], **manifest["sources"]}
    relations = {
        unique_id: f"{node['schema']}.{node.get('alias') or node['name']}"
        for unique_id, node in nodes.items()
        if node["resource_type"] in {"model", "seed", "source"}
    }
    # results are of seeds and hooks too
    made = [(nodes[id_], result) for result in results if (id_ := result["unique_id"]) in nodes]
    models = [
        _keep_model(node, result, relations) for node, result in made if node["resource_type"] == "model"
    ]
    tests = [_keep_test(node, result) for node, result in made if node["resource_type"] == "test"]
    compiled = asdict(Compiled(project, tuple(models), tuple(tests)))
    write_whole(path, json.dumps({"version": _VERSION, **compiled}, ensure_ascii=False))


def _keep_model(node: Mapping[str, Any], result: Mapping[str, Any], relations: Mapping[str, str]) -> Model:
    """A model of the manifest with what dbt compiled of it; `relations` are names by unique_id."""
    return Model(
        node["unique_id"],
        relations[node["unique_id"]],
        node["config"]["materialized"],
        result["compiled_code"],
        tuple(sorted(relations[one] for one in node["depends_on"]["nodes"])),
        node["config"].get("meta", {}).get("refreshed_by"),
    )


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
    """What was compiled of this version of the dbt project; None where nothing was."""
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
    """What each test finds, of a table or view in the rows that may have changed.

    Args:
        changed: by relation the condition for these rows, as `remake_models` returns it; all rows of others.
    """
    for test in tests:
        sql = _ROWS_TO_TEST.sub(lambda found: changed.get(found["relation"], "true"), test.sql)
        row = connection.execute(
            f"select failures, failures {test.error_if}, failures {test.warn_if} "
            f"from (select {test.fail_calc} as failures from ({sql}))"
        ).fetchone()
        assert row is not None
        failures, errs, warns = row
        failed = test.is_error and bool(errs)
        yield DbtTestResult(test, int(failures), failed, bool(warns) and not failed)
