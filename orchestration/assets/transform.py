"""Stage transform: raw tables → staging views, intermediate models and marts, by dbt.

The models are in `dbt_project/`; here is only how Dagster sees and runs them.
"""

import contextlib
import json
import os
from collections.abc import Container, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliInvocation,
    DbtCliResource,
    dbt_assets,
)
from dagster_dbt.errors import DagsterDbtError
from packaging.version import Version

from orchestration.assets.charts import chart_metadata
from orchestration.assets.checks.results import check_metadata, describe_dbt_test, describe_offence
from orchestration.assets.common import OWNERS, Rebuild, asks_for_everything, began_at
from orchestration.assets.preview import table_metadata
from orchestration.lineage import ColumnSources, load_lineage, save_lineage, trace_columns
from orchestration.refreshes import fingerprint_dbt_project
from orchestration.settings import Settings
from orchestration.warehouse.compiled import (
    Compiled,
    load_compiled,
    run_tests,
    save_compiled,
)
from orchestration.warehouse.connection import query
from orchestration.warehouse.marts import (
    WholeMarts,
    mark_marts_complete,
    mark_marts_incomplete,
    needs_whole_build,
    read_marts,
)
from orchestration.warehouse.remake import remake_models
from orchestration.warehouse.resource import Warehouse

GROUP = "transform"
_SCHEMA = "dagster/column_schema"
_SOURCES_SHOWN = 4
_LINEAGE, _COMPILED = "column_lineage.json", "compiled.json"  # beside what else dbt leaves
_UNIQUE_ID = "dagster_dbt/unique_id"


class FazhiDbtTranslator(DagsterDbtTranslator):
    """All dbt models and seeds in one group, with the owners and kinds of the project.

    Attributes:
        schemas: columns of each asset. They are not part of its spec: the web UI would show them
            instead of those of the latest run, which say where each column comes from.
    """

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_source_tests_as_checks=False))
        self.schemas: dict[dg.AssetKey, dg.TableSchema] = {}

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: Any) -> dg.AssetSpec:
        """The spec dagster-dbt makes, with our group, owners and kinds."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        metadata = dict(spec.metadata)
        self.schemas[spec.key] = metadata.pop(_SCHEMA, dg.TableSchema([]))
        return spec.replace_attributes(
            group_name=GROUP, owners=OWNERS, kinds={"dbt", "duckdb"}, metadata=metadata
        )

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: Any
    ) -> dg.AssetCheckSpec | None:
        """The spec dagster-dbt makes of a test, with what it asks in both languages."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        if spec is None:
            return None
        return dg.AssetCheckSpec(
            spec.name,
            asset=spec.asset_key,
            description=str(describe_dbt_test(manifest["nodes"][unique_id])),
            additional_deps=spec.additional_deps,
            blocking=spec.blocking,
            metadata=spec.metadata,
            automation_condition=spec.automation_condition,
        )


class Dbt(DbtCliResource):
    """dbt's command line, without two costs of the original that each run would pay again.

    `_cli_version` would start `dbt --version`, `_initialize_dbt_core_adapter` would load dbt
    a second time in this process; both are private, so a test pins what they rely on.
    """

    @cached_property
    def _cli_version(self) -> Version:
        return Version(installed_version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:
        return None


def build_dbt_assets(manifest: Path) -> dg.AssetsDefinition:
    """All seeds, models and tests of the project as assets and checks, run by one `dbt build`.

    Raises:
        FileNotFoundError: the project has not been parsed; says how to.
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
        os.environ.update(settings.environment())  # what profiles.yml reads in dbt's own process
        project = fingerprint_dbt_project(settings)
        with warehouse.connect() as connection:
            whole = read_marts(connection)
            mark_marts_incomplete(connection)
        is_asked_for = context.is_subset or asks_for_everything(context.run, rebuild)
        compiled = None
        uncounted: set[str] = set()
        began = began_at(context)
        if not needs_whole_build(whole, project, is_asked_for=is_asked_for, now=began):
            compiled = load_compiled(settings.dbt_target / _COMPILED, project)
        lineage = settings.dbt_target / _LINEAGE
        columns = load_lineage(lineage, project)
        if compiled is not None and columns is not None:
            with warehouse.connect() as connection:
                events, failure = _remake(context, connection, compiled)
            # To count a view is to make its rows: only where dbt builds, which nobody waits for.
            uncounted = {model.relation for model in compiled.models if model.materialized == "view"}
            nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
            sql_of_tests = {test.unique_id: test.sql for test in compiled.tests}
            built_at = whole.built_by_dbt_at if whole else None
        else:
            warehouse.release()  # dbt opens it in a process of its own
            built_at = began.isoformat(timespec="seconds")
            # Facts keep the rows of reports that have not changed, but not those of another version of a model.
            keeps_rows = whole is not None and whole.project == project and not rebuild.everything
            context.log.info(f"{GROUP}: dbt builds the marts and tests them …")
            invocation = dbt.cli(
                [
                    "build",
                    "--exclude-resource-type",
                    "unit_test",
                    *([] if keeps_rows else ["--full-refresh"]),
                ],
                context=context,
                target_path=settings.dbt_target / "runs" / context.run_id[:8],
            )
            events, failure = _read_to_the_end(invocation)
            nodes, sql_of_tests = invocation.manifest["nodes"], _read_sql(invocation)
            columns = {} if failure else _trace_once(invocation, lineage, project)
            if not (failure or context.is_subset):
                _save_compiled(invocation, settings.dbt_target / _COMPILED, project)
        checks = [event for event in events if isinstance(event, dg.AssetCheckResult)]
        context.log.info(f"{GROUP}: {len(events) - len(checks)} tables and views, {len(checks)} dbt tests")
        # dbt has closed the file only now, so rows can be counted only now: beside Dagster's noting of events.
        with (
            warehouse.connect() as connection,
            connection.cursor() as cursor,
            connection.cursor() as offences,  # of its own: the other one is the counter's
            ThreadPoolExecutor(max_workers=1) as counter,
        ):
            described = {
                event.output_name: counter.submit(
                    describe_relation,
                    cursor,
                    context.asset_key_for_output(event.output_name),
                    translator,
                    columns,
                    uncounted,
                )
                for event in events
                if isinstance(event, dg.Output)
            }
            for event in describe_tests(events, nodes, sql_of_tests, offences):
                if isinstance(event, dg.Output):
                    metadata = described[event.output_name].result()
                    context.add_output_metadata(metadata, output_name=event.output_name)
                yield event
            if not (failure or context.is_subset):  # else the next run builds them all
                mark_marts_complete(connection, WholeMarts(project, built_at))
        if failure:
            raise failure

    return transform


def _remake(
    context: dg.AssetExecutionContext, connection: duckdb.DuckDBPyConnection, compiled: Compiled
) -> tuple[list[Any], dg.Failure | None]:
    """Models and tests by what dbt compiled; the events that dagster-dbt would give."""
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


def _save_compiled(invocation: DbtCliInvocation, path: Path, project: str) -> None:
    manifest, results = invocation.get_artifact("manifest.json"), invocation.get_artifact("run_results.json")
    save_compiled(path, project, manifest, results["results"])


def _read_to_the_end(invocation: DbtCliInvocation) -> tuple[list[Any], DagsterDbtError | None]:
    events: list[Any] = []
    try:
        # dbt's lines, two per model and test, are in its log; here they would bury what matters.
        with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
            for event in invocation.stream():
                events.append(event)  # noqa: PERF402  # keeps what came before a failure
    except DagsterDbtError as error:
        return events, error
    return events, None


def _read_sql(invocation: DbtCliInvocation) -> dict[str, str]:
    """What dbt compiled of models and tests, by unique_id; nothing where it broke off."""
    try:
        results = invocation.get_artifact("run_results.json")["results"]
    except FileNotFoundError:
        return {}
    return {one["unique_id"]: one["compiled_code"] for one in results if one.get("compiled_code")}


def describe_tests(
    events: Sequence[Any],
    nodes: Mapping[str, Any],
    sql_of_tests: Mapping[str, str],
    connection: duckdb.DuckDBPyConnection,
) -> Iterator[Any]:
    """The events of a build, results of tests with what they ask, expected and observed, the first offending row.

    Args:
        nodes: of dbt's manifest.
        sql_of_tests: what dbt compiled of each test, by unique_id.
    """
    for event in events:
        if not isinstance(event, dg.AssetCheckResult):
            yield event
            continue
        unique_id = str(event.metadata["unique_id"].value)
        count = event.metadata.get("dagster_dbt/failed_row_count")
        offending = int(str(count.value)) if count is not None else 0
        meaning = describe_dbt_test(nodes[unique_id])
        first = None if event.passed else _first_offending_row(sql_of_tests.get(unique_id), connection)
        metadata = {**event.metadata, **check_metadata(meaning, offending, first)}
        message = (
            None if event.passed else describe_offence(nodes[unique_id]["name"], meaning, offending, first)
        )
        yield event._replace(metadata=metadata, description=message or event.description)


def _first_offending_row(
    compiled: str | None, connection: duckdb.DuckDBPyConnection
) -> dict[str, Any] | None:
    """The first row that a test of dbt found; None where it could not run."""
    if not compiled:
        return None
    try:
        rows = query(connection, f"select * from ({compiled.rstrip().rstrip(';')}\n) limit 1", {})
    except duckdb.Error:  # what it asks of was not built
        return None
    return {str(name): value for name, value in rows.iloc[0].items()} if len(rows) else None


def _trace_once(invocation: DbtCliInvocation, path: Path, project: str) -> ColumnSources:
    """Where the columns of the models come from: traced after the first build of a dbt project, then kept."""
    traced = load_lineage(path, project)
    if traced is None:
        traced = trace_columns(invocation.get_artifact("manifest.json"))
        save_lineage(path, project, traced)
    return traced


def describe_relation(
    connection: duckdb.DuckDBPyConnection,
    key: dg.AssetKey,
    translator: FazhiDbtTranslator,
    columns: ColumnSources,
    uncounted: Container[str],
) -> dict[str, Any]:
    """What the Dagster UI shows of a table or view: rows, columns and where they come from, a chart.

    Args:
        uncounted: relations of which no rows are read.
    """
    relation = ".".join(key.path[-2:])
    return {
        **({} if relation in uncounted else table_metadata(connection, relation)),
        **chart_metadata(connection, relation),
        **schema_metadata(translator.schemas[key], columns.get(relation, {})),
    }


def schema_metadata(schema: dg.TableSchema, columns: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, Any]:
    """A table's columns, where they come from beside their descriptions, for the Dagster UI.

    `dagster/column_lineage` says the latter for programs; the open web UI draws no graph of it.
    """
    lineage = {
        column: [
            dg.TableColumnDep(asset_key=dg.AssetKey(table.split(".")), column_name=name)
            for table, name in sources
        ]
        for column, sources in columns.items()
    }
    described = [
        dg.TableColumn(
            column.name, column.type, _add_sources(column.description, columns.get(column.name, ()))
        )
        for column in schema.columns
    ]
    return {
        "dagster/column_lineage": dg.TableColumnLineage(lineage),
        _SCHEMA: dg.TableSchema(described),
    }


def _add_sources(description: str | None, sources: Sequence[Sequence[str]]) -> str:
    """A column's description with `← table.column`, of many sources the first ones."""
    names = [f"`{table}.{name}`" for table, name in sources]
    shown = ", ".join(names[:_SOURCES_SHOWN])
    more = f" and {len(names) - _SOURCES_SHOWN} more" if len(names) > _SOURCES_SHOWN else ""
    return f"{description or ''}\n\n← {shown}{more}" if names else description or ""
