"""Stage transform: raw tables → staging views, intermediate models and marts, by dbt.

The models are in `dbt_project/`; this module only runs them. `dbt_project.py` maps them to assets, and
`dbt_results.py` reports results of a build.
"""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import DbtCliInvocation, dbt_assets
from dagster_dbt.errors import DagsterDbtError

from orchestration.assets.common import Rebuild, asks_for_everything, began_at
from orchestration.assets.dbt_project import GROUP, Dbt, FazhiDbtTranslator
from orchestration.assets.dbt_results import describe_relation, describe_tests
from orchestration.assets.lineage import ColumnSources, load_lineage, trace_once
from orchestration.refreshes import fingerprint_dbt_project
from orchestration.settings import Settings
from orchestration.warehouse.compiled import Compiled, load_compiled, run_tests, save_compiled
from orchestration.warehouse.marts import (
    WholeMarts,
    mark_marts_complete,
    mark_marts_incomplete,
    memory_for_dbt,
    needs_whole_build,
    read_marts,
)
from orchestration.warehouse.remake import remake_models
from orchestration.warehouse.resource import Warehouse

_LINEAGE, _COMPILED = "column_lineage.json", "compiled.json"  # next to dbt's own files
_UNIQUE_ID = "dagster_dbt/unique_id"


@dataclass(frozen=True, slots=True)
class _Build:
    """The result of building the models and running the tests.

    Attributes:
        project: version of the dbt project.
        events: outputs and check results, like those of dagster-dbt.
        failure: the failure, if any; earlier events are kept.
        nodes: nodes of dbt's manifest, by unique_id.
        sql_of_tests: compiled SQL of each test, by unique_id.
        columns: column lineage of each relation.
        uncounted: views whose rows are not counted, because counting would compute them.
        built_by_dbt_at: as in `WholeMarts`.
    """

    project: str
    events: Sequence[Any]
    failure: Exception | None
    nodes: Mapping[str, Any]
    sql_of_tests: Mapping[str, str]
    columns: ColumnSources
    uncounted: frozenset[str]
    built_by_dbt_at: str | None


def build_dbt_assets(manifest: Path) -> dg.AssetsDefinition:
    """Return all seeds, models and tests of the project as assets and checks, run by one `dbt build`.

    Raises:
        FileNotFoundError: the project has not been parsed; the message says how to.
    """
    if not manifest.is_file():
        raise FileNotFoundError(f"no dbt manifest at {manifest}: `make parse` writes it")

    translator = FazhiDbtTranslator()

    @dbt_assets(manifest=manifest, dagster_dbt_translator=translator, name=GROUP)
    def transform(
        context: dg.AssetExecutionContext,
        dbt: Dbt,
        warehouse: Warehouse,
        rebuild: Rebuild,
        settings: dg.ResourceParam[Settings],
    ) -> Iterator[Any]:
        """Build the marts from the raw tables; a failed test fails the run before publishing."""
        os.environ.update(settings.environment())  # profiles.yml reads it in dbt's own process
        build = _build_marts(context, dbt, warehouse, rebuild, settings)
        checks = sum(isinstance(event, dg.AssetCheckResult) for event in build.events)
        tables = len(build.events) - checks
        context.log.info(f"{GROUP}: {tables} tables and views, {checks} dbt tests")
        with warehouse.connect() as connection:
            yield from _describe_events(context, connection, build, translator)
            if not (build.failure or context.is_subset):  # otherwise the next run builds all
                mark_marts_complete(connection, WholeMarts(build.project, build.built_by_dbt_at))
        if build.failure:
            raise build.failure

    return transform


def _build_marts(
    context: dg.AssetExecutionContext, dbt: Dbt, warehouse: Warehouse, rebuild: Rebuild, settings: Settings
) -> _Build:
    """Update all models: with previously compiled SQL if only rows changed, else with dbt."""
    project = fingerprint_dbt_project(settings)
    with warehouse.connect() as connection:
        whole = read_marts(connection)
        mark_marts_incomplete(connection)
    is_asked_for = context.is_subset or asks_for_everything(context.run, rebuild)
    if not needs_whole_build(whole, project, is_asked_for=is_asked_for, now=began_at(context)):
        built_at = whole.built_by_dbt_at if whole else None
        build = _remake_marts(context, warehouse, settings, project, built_at)
        if build is not None:
            return build
    # Facts keep rows of unchanged reports, but not rows of another version of the model.
    keeps_rows = whole is not None and whole.project == project and not rebuild.everything
    with warehouse.connect() as connection:
        os.environ["FAZHI_DBT_MEMORY"] = memory_for_dbt(connection)
    warehouse.release()  # dbt opens it in its own process
    return _build_with_dbt(context, dbt, settings, project, keeps_rows=keeps_rows)


def _describe_events(
    context: dg.AssetExecutionContext,
    connection: duckdb.DuckDBPyConnection,
    build: _Build,
    translator: FazhiDbtTranslator,
) -> Iterator[Any]:
    """Yield the events of a build with metadata of their tables and tests for the Dagster UI.

    Rows are counted in a thread while Dagster records events.
    """
    with (
        connection.cursor() as cursor,
        connection.cursor() as offences,  # separate, because the counter uses the other one
        ThreadPoolExecutor(max_workers=1) as counter,
    ):
        described = {
            event.output_name: counter.submit(
                describe_relation,
                cursor,
                context.asset_key_for_output(event.output_name),
                translator,
                build.columns,
                build.uncounted,
            )
            for event in build.events
            if isinstance(event, dg.Output)
        }
        for event in describe_tests(build.events, build.nodes, build.sql_of_tests, offences):
            if isinstance(event, dg.Output):
                metadata = described[event.output_name].result()
                context.add_output_metadata(metadata, output_name=event.output_name)
            yield event


def _build_with_dbt(
    context: dg.AssetExecutionContext, dbt: Dbt, settings: Settings, project: str, *, keeps_rows: bool
) -> _Build:
    """Build and test with dbt; keep its compiled SQL for runs with only new rows."""
    context.log.info(f"{GROUP}: dbt builds the marts and tests them …")
    refresh = [] if keeps_rows else ["--full-refresh"]
    invocation = dbt.cli(
        ["build", "--exclude-resource-type", "unit_test", *refresh],
        context=context,
        target_path=settings.dbt_target / "runs" / context.run.run_id[:8],
    )
    events, failure = _read_to_the_end(invocation)
    results = _read_results(invocation)
    columns: ColumnSources = {}
    if not failure:
        compiled = invocation.get_artifact("manifest.json")
        columns = trace_once(settings.dbt_target / _LINEAGE, project, compiled)
        if not context.is_subset:
            save_compiled(settings.dbt_target / _COMPILED, project, compiled, results)
    return _Build(
        project,
        events,
        failure,
        nodes=invocation.manifest["nodes"],
        sql_of_tests={one["unique_id"]: one["compiled_code"] for one in results if one.get("compiled_code")},
        columns=columns,
        uncounted=frozenset(),
        built_by_dbt_at=began_at(context).isoformat(timespec="seconds"),
    )


def _remake_marts(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    settings: Settings,
    project: str,
    built_by_dbt_at: str | None,
) -> _Build | None:
    """Update the marts with previously compiled SQL; return None if there is none for this project version."""
    compiled = load_compiled(settings.dbt_target / _COMPILED, project)
    columns = load_lineage(settings.dbt_target / _LINEAGE, project)
    if compiled is None or columns is None:
        return None
    with warehouse.connect() as connection:
        events, failure = _remake(context, connection, compiled)
    return _Build(
        project,
        events,
        failure,
        nodes=json.loads(settings.manifest.read_text(encoding="utf-8"))["nodes"],
        sql_of_tests={test.unique_id: test.sql for test in compiled.tests},
        columns=columns,
        uncounted=frozenset(model.relation for model in compiled.models if model.materialized == "view"),
        built_by_dbt_at=built_by_dbt_at,
    )


def _remake(
    context: dg.AssetExecutionContext, connection: duckdb.DuckDBPyConnection, compiled: Compiled
) -> tuple[list[Any], dg.Failure | None]:
    """Run models and tests with compiled SQL; return the events that dagster-dbt would yield."""
    changed = remake_models(connection, compiled.models)
    checks = {
        spec.metadata[_UNIQUE_ID]: spec.key
        for spec in context.assets_def.check_specs
        if _UNIQUE_ID in spec.metadata
    }
    order = {model.relation: number for number, model in enumerate(compiled.models, start=1)}  # 0: seeds
    outputs = sorted(
        context.assets_def.keys_by_output_name.items(),
        key=lambda output: order.get(".".join(output[1].path[-2:]), 0),
    )
    events: list[Any] = [dg.Output(None, output_name=name) for name, _ in outputs]
    failed: list[str] = []
    for result in run_tests(connection, compiled.tests, changed):
        if result.failed:
            failed.append(f"{result.test.name} ({result.failures} rows)")
        if key := checks.get(result.test.unique_id):
            events.append(
                dg.AssetCheckResult(
                    passed=not (result.failed or result.warned),
                    asset_key=key.asset_key,
                    check_name=key.name,
                    severity=dg.AssetCheckSeverity.ERROR if result.failed else dg.AssetCheckSeverity.WARN,
                    metadata={
                        "unique_id": result.test.unique_id,
                        "dagster_dbt/failed_row_count": result.failures,
                    },
                )
            )
        elif result.warned:
            context.log.warning(f"dbt test {result.test.name}: {result.failures} rows")
    return events, dg.Failure(f"dbt tests failed: {', '.join(failed)}") if failed else None


def _read_to_the_end(invocation: DbtCliInvocation) -> tuple[list[Any], DagsterDbtError | None]:
    events: list[Any] = []
    try:
        # dbt's log lines, two per model and test, are in its own log; here they would hide important ones.
        with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
            for event in invocation.stream():
                events.append(event)  # noqa: PERF402  # keeps what came before a failure
    except DagsterDbtError as error:
        return events, error
    return events, None


def _read_results(invocation: DbtCliInvocation) -> list[dict[str, Any]]:
    """Return the results of models and tests; empty if dbt was interrupted."""
    try:
        results: list[dict[str, Any]] = invocation.get_artifact("run_results.json")["results"]
    except FileNotFoundError:
        return []
    return results
