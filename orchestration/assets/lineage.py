"""Column lineage of dbt models, from the SQL that dbt compiled.

A dbt manifest in, column names out. `assets.dbt_results` shows them in Dagster; dbt runs the models.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
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
    relations = {**manifest["nodes"], **manifest["sources"]}
    traced: ColumnSources = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node.get("compiled_code"):
            parents = [relations[id_] for id_ in node["depends_on"]["nodes"] if id_ in relations]
            try:
                traced[_name(node)] = _trace_model(node, parents)
            except (SqlglotError, ValueError):  # lineage is optional: a build must not fail without it
                continue
    return traced


def _name(node: Mapping[str, Any]) -> str:
    """Return a model, seed or source as `schema.table`."""
    return f"{node['schema']}.{node.get('identifier') or node.get('alias') or node['name']}"


def _trace_model(
    node: Mapping[str, Any], parents: list[Mapping[str, Any]]
) -> dict[str, list[tuple[str, str]]]:
    """Return the sources of each documented column of a model, sorted; `parents` are the nodes that it reads."""
    query = _qualify_query(node, parents)
    scope = build_scope(query)
    known = {_name(parent) for parent in parents}
    traced = {}
    for column in node["columns"]:
        # not copied or trimmed for each column: the query is ours, and only the leaves are read
        traced_column = lineage(
            column, query, {}, scope=scope, dialect=_DIALECT, copy=False, trim_selects=False
        )
        sources = {
            (f"{leaf.source.db}.{leaf.source.name}", exp.to_column(leaf.name).name)
            for leaf in traced_column.walk()
            if not leaf.downstream and isinstance(leaf.source, exp.Table)
        }
        traced[column] = sorted(source for source in sources if source[0] in known)
    return traced


def _qualify_query(node: Mapping[str, Any], parents: list[Mapping[str, Any]]) -> exp.Expr:
    """Return the compiled query of a model with all columns and tables named in full, `*` resolved."""
    tables: dict[str, dict[str, dict[str, str]]] = {}
    for parent in parents:
        schema, _, table = _name(parent).partition(".")
        # only the names are needed, to resolve `select *`
        tables.setdefault(schema, {})[table] = dict.fromkeys(parent["columns"], "VARCHAR")
    return qualify(
        parse_one(node["compiled_code"], dialect=_DIALECT),
        dialect=_DIALECT,
        schema=MappingSchema({node["database"]: tables} if tables else None, dialect=_DIALECT),
        catalog=node["database"],
        validate_qualify_columns=False,
        identify=False,
    )


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
