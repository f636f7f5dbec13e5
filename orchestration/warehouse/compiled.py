"""What dbt compiled, made again without dbt: for refreshes of few reports, which people wait for.

A build by dbt leaves the SQL of each model and test; between two versions of the dbt project this SQL
stays the same, so that the same statements on other rows give what dbt would give. dbt's own share of a
build, some fifty milliseconds for each of 200 nodes, is saved. Tables are made again where their inputs
have changed, and written where their rows have; views have nothing to make again. Which refreshes are
small enough is decided in `assets.transform`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.warehouse.connection import ROW_HASH, transaction

_VERSION = 2  # of the file
_INPUT_HASHES = "intermediate.int_report_input_hashes"  # what incremental models tell outdated reports by
_TOTAL = "[count(*), coalesce(sum(row_hash::hugeint), 0)]"


@dataclass(frozen=True, slots=True)
class Model:
    """A model: `sql` selects its rows; `inputs` are the relations it reads."""

    unique_id: str
    relation: str  # schema.name
    materialized: str
    sql: str
    inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Test:
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
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class TestResult:
    """What a test found, by dbt's rules."""

    test: Test
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
    models, tests = [], []
    for result in results:
        node = nodes.get(result["unique_id"], {"resource_type": "other"})  # exposures, hooks
        if node["resource_type"] not in {"model", "test"}:
            continue
        config = node["config"]
        if node["resource_type"] == "model":
            models.append(
                Model(
                    node["unique_id"],
                    relations[node["unique_id"]],
                    config["materialized"],
                    result["compiled_code"],
                    tuple(sorted(relations[one] for one in node["depends_on"]["nodes"])),
                )
            )
        elif node["resource_type"] == "test":
            sql = result["compiled_code"] + (f"\nlimit {config['limit']}" if config.get("limit") else "")
            tests.append(
                Test(
                    node["unique_id"],
                    node["name"],
                    sql,
                    config["severity"].lower() == "error",
                    config["fail_calc"],
                    config["error_if"],
                    config["warn_if"],
                )
            )
    compiled = asdict(Compiled(project, tuple(models), tuple(tests)))
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps({"version": _VERSION, **compiled}, ensure_ascii=False), encoding="utf-8")
    temporary.replace(path)


def load_compiled(path: Path, project: str) -> Compiled | None:
    """What was compiled of this version of the dbt project; None where nothing was."""
    if not path.is_file():
        return None
    record = json.loads(path.read_text(encoding="utf-8"))
    if record["version"] != _VERSION or record["project"] != project:
        return None
    models = tuple(Model(**{**one, "inputs": tuple(one["inputs"])}) for one in record["models"])
    tests = tuple(Test(**one) for one in record["tests"])
    return Compiled(project, models, tests)


def remake_models(connection: duckdb.DuckDBPyConnection, models: tuple[Model, ...]) -> None:
    """Bring all models up to date.

    Raw tables count as changed, and a table as unchanged where its new rows are those that it has.
    """
    known = {model.relation for model in models}
    changed = {
        name for model in models for name in model.inputs if name not in known and name.startswith("raw.")
    }
    for model in models:
        if not changed.intersection(model.inputs):
            continue
        if model.materialized == "view" or (
            _append_reports(connection, model)
            if model.materialized == "incremental"
            else _update_rows(connection, model)
        ):
            changed.add(model.relation)


def _update_rows(connection: duckdb.DuckDBPyConnection, model: Model) -> bool:
    """Give a table the rows of its query, writing those that differ; returns whether there were any.

    Rows are told apart by their hashes. Where counts and sums then do not agree with those of the query,
    because rows are there twice or two rows have one hash, all rows are written.
    """
    relation, columns = model.relation, _list_columns(connection, model.relation)
    connection.execute(
        f"create or replace temp table wanted as select one.*, {ROW_HASH} as row_hash "
        f"from (select {columns} from ({model.sql})) as one"
    )
    connection.execute(
        f"create or replace temp table had as select rowid as row_number, {ROW_HASH} as row_hash "
        f"from {relation} as one"
    )
    try:
        wanted, had, kept, added = connection.execute(
            f"select (select {_TOTAL} from wanted), (select {_TOTAL} from had), "
            f"(select {_TOTAL} from had where row_hash in (select row_hash from wanted)), "
            f"(select {_TOTAL} from wanted where row_hash not in (select row_hash from had))"
        ).fetchall()[0]
        if wanted == had:
            return False
        with transaction(connection):
            if (kept[0] + added[0], kept[1] + added[1]) == tuple(wanted):
                connection.execute(
                    f"delete from {relation} where rowid in "
                    "(select row_number from had where row_hash not in (select row_hash from wanted))"
                )
                only_new = "where row_hash not in (select row_hash from had)"
            else:
                connection.execute(f"delete from {relation}")
                only_new = ""
            connection.execute(f"insert into {relation} select {columns} from wanted {only_new}")
        return True
    finally:
        connection.execute("drop table wanted")
        connection.execute("drop table had")


def _list_columns(connection: duckdb.DuckDBPyConnection, relation: str) -> str:
    """A table's columns in its order, which a contract gives, whatever that of the model's query."""
    described = connection.execute(f"describe {relation}").fetchall()
    return ", ".join(f'"{name}"' for name, *_ in described)


def _append_reports(connection: duckdb.DuckDBPyConnection, model: Model) -> bool:
    """Do for an incremental model what `refresh_by_report.sql` does; returns whether there was anything to do."""
    hashes = _INPUT_HASHES
    if hashes not in model.inputs:
        raise ValueError(f"{model.relation} is incremental and does not read {hashes}: see {__name__}")
    with transaction(connection):
        (gone,) = connection.execute(
            f"delete from {model.relation} as built where not exists (select 1 from {hashes} as wanted "
            "where wanted.report_id = built.report_id and wanted.input_hash = built.input_hash)"
        ).fetchall()[0]
        due = connection.execute(
            f"select report_id from {hashes} where report_id not in (select report_id from {model.relation})"
        ).fetchall()
        if due:
            # constants: DuckDB then reads the rows of these reports only
            ids = ", ".join(f"'{report_id}'" for (report_id,) in due)
            connection.execute(
                f"insert into {model.relation} by name select * from ({model.sql}) where report_id in ({ids})"
            )
    return bool(gone or due)


def run_tests(connection: duckdb.DuckDBPyConnection, tests: tuple[Test, ...]) -> Iterator[TestResult]:
    """What each test finds; also of those whose relations have not changed, for they take a millisecond."""
    for test in tests:
        row = connection.execute(
            f"select failures, failures {test.error_if}, failures {test.warn_if} "
            f"from (select {test.fail_calc} as failures from ({test.sql}))"
        ).fetchone()
        assert row is not None
        failures, errs, warns = row
        failed = test.is_error and bool(errs)
        yield TestResult(test, int(failures), failed, bool(warns) and not failed)
