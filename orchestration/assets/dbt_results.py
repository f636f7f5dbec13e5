"""Results of a dbt build for the Dagster UI: tests with their offending rows, tables with their columns."""

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
import duckdb

from orchestration.assets.charts import chart_metadata
from orchestration.assets.checks.results import check_metadata, describe_dbt_test, describe_offence
from orchestration.assets.dbt_project import SCHEMA, FazhiDbtTranslator
from orchestration.assets.lineage import ColumnSources
from orchestration.assets.preview import table_metadata
from orchestration.warehouse.connection import query

_SOURCES_SHOWN = 4


def describe_tests(
    events: Sequence[Any],
    nodes: Mapping[str, Any],
    sql_of_tests: Mapping[str, str],
    connection: duckdb.DuckDBPyConnection,
) -> Iterator[Any]:
    """Yield the events of a build; add meaning, expected, observed and first offending row to test results.

    Args:
        nodes: nodes of dbt's manifest.
        sql_of_tests: compiled SQL of each test, by unique_id.
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
    """Return the first row that a dbt test found; None if it could not run."""
    if not compiled:
        return None
    try:
        rows = query(connection, f"select * from ({compiled.rstrip().rstrip(';')}\n) limit 1", {})
    except duckdb.Error:  # its relation was not built
        return None
    return {str(name): value for name, value in rows.iloc[0].items()} if len(rows) else None


def describe_relation(
    connection: duckdb.DuckDBPyConnection,
    key: dg.AssetKey,
    translator: FazhiDbtTranslator,
    columns: ColumnSources,
    uncounted: Container[str],
) -> dict[str, Any]:
    """Return metadata of a table or view for the Dagster UI: row count, columns with lineage, a chart.

    Args:
        uncounted: relations whose rows are not counted.
    """
    relation = ".".join(key.path[-2:])
    return {
        **({} if relation in uncounted else table_metadata(connection, relation)),
        **chart_metadata(connection, relation),
        **schema_metadata(translator.schemas[key], columns.get(relation, {})),
    }


def schema_metadata(schema: dg.TableSchema, columns: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, Any]:
    """Return a table's columns with descriptions and lineage for the Dagster UI.

    `dagster/column_lineage` has the lineage for programs, but the open-source UI does not draw it.
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
        SCHEMA: dg.TableSchema(described),
    }


def _add_sources(description: str | None, sources: Sequence[Sequence[str]]) -> str:
    """Return a column's description with `← table.column`; only the first of many sources."""
    names = [f"`{table}.{name}`" for table, name in sources]
    shown = ", ".join(names[:_SOURCES_SHOWN])
    more = f" and {len(names) - _SOURCES_SHOWN} more" if len(names) > _SOURCES_SHOWN else ""
    return f"{description or ''}\n\n← {shown}{more}" if names else description or ""
