"""Stage transform: raw tables → staging views, intermediate models and marts, by dbt.

The models are in `dbt_project/`; here is only how Dagster sees and runs them.
"""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
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

from orchestration.assets.checks.results import check_metadata, describe_dbt_test, describe_offence
from orchestration.assets.common import OWNERS, Rebuild
from orchestration.assets.preview import table_metadata
from orchestration.lineage import ColumnSources, load_lineage, save_lineage, trace_columns
from orchestration.publishing.charts import bar_chart, matrix_chart, trend_chart
from orchestration.refreshes import fingerprint_dbt_project
from orchestration.settings import Settings
from orchestration.warehouse.charts import (
    disclosure_by_domain,
    most_reported_trend,
    reports_by_province_and_year,
)
from orchestration.warehouse.connection import query
from orchestration.warehouse.marts import mark_marts_complete, mark_marts_incomplete
from orchestration.warehouse.resource import Warehouse

GROUP = "transform"
_SCHEMA = "dagster/column_schema"
_SOURCES_SHOWN = 4


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
            built_with = mark_marts_incomplete(connection)
        # Facts keep the rows of reports that have not changed, but not those of another version of a model.
        keeps_rows = built_with == project and not rebuild.everything
        invocation = dbt.cli(
            ["build", "--exclude-resource-type", "unit_test", *([] if keeps_rows else ["--full-refresh"])],
            context=context,
            target_path=settings.dbt_target / "runs" / context.run_id[:8],
        )
        events, failure = _read_to_the_end(invocation)
        checks = [event for event in events if isinstance(event, dg.AssetCheckResult)]
        context.log.info(f"{GROUP}: {len(events) - len(checks)} tables and views, {len(checks)} dbt tests")
        lineage = settings.dbt_target / "column_lineage.json"
        columns = {} if failure else _trace_once(invocation, lineage, project)
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
                )
                for event in events
                if isinstance(event, dg.Output)
            }
            for event in describe_tests(events, invocation, offences):
                if isinstance(event, dg.Output):
                    metadata = described[event.output_name].result()
                    context.add_output_metadata(metadata, output_name=event.output_name)
                yield event
            if failure is None:
                mark_marts_complete(connection, project)
        if failure:
            raise failure

    return transform


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


def describe_tests(
    events: Sequence[Any], invocation: DbtCliInvocation, connection: duckdb.DuckDBPyConnection
) -> Iterator[Any]:
    """The events of a build, results of tests with what they ask, expected and observed, the first offending row."""
    nodes = invocation.manifest["nodes"]
    for event in events:
        if not isinstance(event, dg.AssetCheckResult):
            yield event
            continue
        unique_id = str(event.metadata["unique_id"].value)
        count = event.metadata.get("dagster_dbt/failed_row_count")
        offending = int(str(count.value)) if count is not None else 0
        meaning = describe_dbt_test(nodes[unique_id])
        first = None if event.passed else _first_offending_row(unique_id, invocation, connection)
        metadata = {**event.metadata, **check_metadata(meaning, offending, first)}
        message = (
            None if event.passed else describe_offence(nodes[unique_id]["name"], meaning, offending, first)
        )
        yield event._replace(metadata=metadata, description=message or event.description)


def _first_offending_row(
    unique_id: str, invocation: DbtCliInvocation, connection: duckdb.DuckDBPyConnection
) -> dict[str, Any] | None:
    """The first row that a test of dbt found; None where it could not run."""
    results = invocation.get_artifact("run_results.json")["results"]
    compiled = next((one.get("compiled_code") for one in results if one["unique_id"] == unique_id), None)
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
) -> dict[str, Any]:
    """What the Dagster UI shows of a table or view: rows, columns and where they come from, a chart."""
    relation = ".".join(key.path[-2:])
    return {
        **table_metadata(connection, relation),
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


def chart_metadata(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, Any]:
    """A chart of `schema.table` for the Dagster UI, where a picture tells more."""
    chart = _CHARTS[table](connection) if table in _CHARTS else None
    return {"chart": dg.MetadataValue.md(chart)} if chart else {}


def _chart_reports(connection: duckdb.DuckDBPyConnection) -> str | None:
    rows = reports_by_province_and_year(connection)
    if not rows:
        return None
    return matrix_chart(
        "Township reports by province and year 各省各年度乡镇报告数",
        "current reports with a year; the years are those the reports are about",
        list(dict.fromkeys(province for province, _, _ in rows)),
        [str(year) for year in sorted({year for _, year, _ in rows})],
        {(province, str(year)): reports for province, year, reports in rows},
    )


def _chart_disclosure(connection: duckdb.DuckDBPyConnection) -> str | None:
    rows = disclosure_by_domain(connection)
    if not rows:
        return None
    return bar_chart(
        "Indicators disclosed by domain 各领域公开指标比例",
        f"share of the catalogue's indicators that a report states, mean of {rows[0][3]:,} reports",
        [
            (
                domain,
                disclosed / indicators,
                f"{disclosed / indicators:.0%} ({disclosed:.1f} of {indicators})",
            )
            for domain, disclosed, indicators, _ in rows
        ],
    )


def _chart_trend(connection: duckdb.DuckDBPyConnection) -> str | None:
    rows = most_reported_trend(connection)
    if not rows:
        return None
    name, unit = rows[0][:2]
    return trend_chart(
        f"{name}（{unit}）: the indicator most often reported 公布最多的指标",
        "median and middle half of the townships; figures: "
        + ", ".join(f"{row[2]} {row[6]:,}" for row in rows),
        [(year, low, median, high) for _, _, year, low, median, high, _ in rows],
    )


_CHARTS: dict[str, Callable[[duckdb.DuckDBPyConnection], str | None]] = {
    "marts.dim_report": _chart_reports,
    "marts.domain_disclosure": _chart_disclosure,
    "marts.indicator_trends": _chart_trend,
}
