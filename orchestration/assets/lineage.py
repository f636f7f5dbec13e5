"""Column lineage of dbt models, from the SQL that dbt compiled.

A dbt manifest in, column names out. `assets.dbt_results` shows them in Dagster; dbt runs the models.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope
from sqlglot.schema import MappingSchema

_DIALECT = "duckdb"
# sqlglot warns of each PIVOT that it cannot analyse.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

# model → column → its source (table, column) pairs, with tables as `schema.table`
ColumnSources = dict[str, dict[str, list[tuple[str, str]]]]


def trace_columns(manifest: Mapping[str, Any]) -> ColumnSources:
    """Trace every documented column of every model to columns of the tables that the model reads.

    Args:
        manifest: dbt's manifest after a build, with compiled SQL.

    Returns:
        By `schema.table` of the model. A column that counts rows or comes from a PIVOT has no
        source; a model whose SQL cannot be parsed, or lacks a documented column, is left out.
    """
    schema = _build_schema([*manifest["nodes"].values(), *manifest["sources"].values()])
    traced: ColumnSources = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node.get("compiled_code"):
            try:
                traced[_name(node)] = _trace_model(node, schema)
            except (SqlglotError, ValueError):  # lineage is optional: a build must not fail without it
                continue
    return traced


def _name(node: Mapping[str, Any]) -> str:
    """Return a model, seed or source as `schema.table`."""
    return f"{node['schema']}.{node.get('identifier') or node.get('alias') or node['name']}"


def _build_schema(nodes: Iterable[Mapping[str, Any]]) -> MappingSchema:
    """Return the documented columns of all relations, by which sqlglot resolves `select *`."""
    schema = MappingSchema(dialect=_DIALECT)
    for node in nodes:
        if node["resource_type"] in {"model", "seed", "source"}:
            schema.add_table(
                f"{node['database']}.{_name(node)}",
                dict.fromkeys(node["columns"], "VARCHAR"),
                dialect=_DIALECT,
            )
    return schema


def _trace_model(node: Mapping[str, Any], schema: MappingSchema) -> dict[str, list[tuple[str, str]]]:
    """Return the sources of each documented column of a model, sorted."""
    query = qualify(  # name all columns and tables in full
        parse_one(node["compiled_code"], dialect=_DIALECT),
        dialect=_DIALECT,
        schema=schema,
        catalog=node["database"],
        validate_qualify_columns=False,
        identify=False,
    )
    scope = build_scope(query)
    traced = {}
    for column in node["columns"]:
        # not copied or trimmed for each column: the query is ours, and only the leaves are read
        traced_column = lineage(
            column, query, {}, scope=scope, dialect=_DIALECT, copy=False, trim_selects=False
        )
        sources = {
            (f"{leaf.source.db}.{leaf.source.name}", exp.to_column(leaf.name).name)
            for leaf in traced_column.walk()
            # a PIVOT has no schema
            if not leaf.downstream and isinstance(leaf.source, exp.Table) and leaf.source.db
        }
        traced[column] = sorted(sources)
    return traced


def load_lineage(path: Path, project: str) -> ColumnSources | None:
    """Return what `trace_once` stored for this version of the dbt project; None if nothing."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # never written, or the run was killed
        return None
    return kept["models"] if kept["project"] == project else None


def trace_once(path: Path, project: str, manifest: Mapping[str, Any]) -> ColumnSources:
    """Return the lineage stored for this version of the dbt project; trace and store it if there is none."""
    traced = load_lineage(path, project)
    if traced is None:
        traced = trace_columns(manifest)
        path.write_text(json.dumps({"project": project, "models": traced}), encoding="utf-8")
    return traced
