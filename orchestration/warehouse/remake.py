"""Recomputes tables of the warehouse with the SQL that dbt compiled, where their inputs have changed.

A table is recomputed if a relation that it reads has changed, and written if its rows then differ. If the
rows of a model depend only on one report or county (`refreshed_by` in dbt_project.yml), only those of
changed reports or counties are recomputed. Views need no update.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import duckdb

from orchestration.warehouse.compiled import Model
from orchestration.warehouse.connection import ROW_HASH, fetch_row, list_literals, transaction

# Relations that show which reports are outdated in these raw tables; stages write both in one transaction.
_INPUT_HASHES = "intermediate.int_report_input_hashes"
_WRITTEN_BY_REPORT = frozenset(
    ("raw.sections", "raw.sentences", "raw.section_terms", "raw.theme_mentions", "raw.quantities")
)
_TOWNSHIP_REPORTS = "intermediate.int_township_reports"
_KEYS = ("report_id", "township_key", "county_code", "report_year")
_MANY = 1000  # with this many keys, all rows are recomputed
_TOTAL = "[count(*), coalesce(sum(row_hash::hugeint), 0)]"

# For a changed relation: by key column, the values in changed rows; None if unknown.
Changes = Mapping[str, frozenset[str | int] | None]


def remake_models(connection: duckdb.DuckDBPyConnection, models: tuple[Model, ...]) -> dict[str, str]:
    """Bring all models up to date.

    Raw tables count as changed, and a table as unchanged if its new rows equal the old ones.

    Returns:
        By relation the condition for rows that may have changed; in relations not named, any row may have.

    Raises:
        ValueError: a model is refreshed report by report but does not read the relation with changed reports.
    """
    reads = _resolve_views(models)
    changed: dict[str, Changes] = {
        name: {} for names in reads.values() for name in names if name.startswith("raw.")
    }
    for model in models:
        inputs = {name: changed[name] for name in reads[model.relation] if name in changed}
        if model.materialized == "view" or not inputs:
            continue
        if model.materialized == "incremental":
            changes = _append_reports(connection, model)
        else:
            changes = _update_rows(connection, model, _select_changed(connection, model, inputs))
        if changes is not None:
            changed[model.relation] = changes
    conditions = {
        model.relation: _describe_changes(changed[model.relation]) if model.relation in changed else "false"
        for model in models
        if model.materialized != "view"
    }
    for model in models:
        if model.materialized == "view" and _WRITTEN_BY_REPORT.issuperset(model.inputs) and model.inputs:
            conditions[model.relation] = conditions.get(_INPUT_HASHES, "true")
    return conditions


def _describe_changes(changes: Changes) -> str:
    """Return a condition for all changed rows of a table, by the widest known key: county, township, report.

    The widest key, so that all rows that a test compares match it if one of them has changed.
    """
    for key in ("county_code", "township_key", "report_id"):
        values = changes.get(key)
        if values is not None:
            return f"{key} in ({list_literals(values)})"
    return "true"


def _resolve_views(models: Iterable[Model]) -> dict[str, frozenset[str]]:
    """Return for each model the tables that it reads, including raw ones, directly or through views."""
    reads: dict[str, frozenset[str]] = {}
    views: set[str] = set()
    for model in models:
        reads[model.relation] = frozenset().union(
            *(reads[name] if name in views else {name} for name in model.inputs)
        )
        if model.materialized == "view":
            views.add(model.relation)
    return reads


def _select_changed(
    connection: duckdb.DuckDBPyConnection, model: Model, inputs: Mapping[str, Changes]
) -> str:
    """Return the condition for rows of a model whose reports or counties have changed inputs."""
    key = model.refreshed_by
    if key is None:
        return "true"
    _require_input_hashes(model, inputs)
    keys: set[str | int] = set()
    reports: set[str | int] = set()
    for name, changes in inputs.items():
        if name in _WRITTEN_BY_REPORT:
            continue
        found = changes.get(key) if key in changes else changes.get("report_id")
        if found is None:
            return "true"
        (keys if key in changes else reports).update(found)
    if reports:
        if _TOWNSHIP_REPORTS not in model.inputs:
            return "true"
        # if a report moved to another place, the changes of this table name the earlier place
        rows = connection.execute(
            f"select distinct {key} from {_TOWNSHIP_REPORTS} where report_id in ({list_literals(reports)})"
        ).fetchall()
        if (None,) in rows:
            return "true"
        keys.update(value for (value,) in rows)
    if not keys:
        return "false"
    return "true" if len(keys) > _MANY else f"{key} in ({list_literals(keys)})"


def _require_input_hashes(model: Model, inputs: Iterable[str]) -> None:
    if _INPUT_HASHES not in model.inputs and not _WRITTEN_BY_REPORT.isdisjoint(inputs):
        raise ValueError(
            f"{model.relation} is made report by report and does not read {_INPUT_HASHES}: see {__name__}"
        )


def _update_rows(connection: duckdb.DuckDBPyConnection, model: Model, which: str) -> Changes | None:
    """Update a table to the rows of its query, writing only those that differ; return their keys, or None.

    Rows are compared by hash. If counts and sums then differ from those of the query,
    because of duplicate rows or a hash collision, all rows are written.

    Args:
        which: the condition for rows that may differ.
    """
    if which == "false":
        return None
    relation, names = model.relation, _list_columns(connection, model.relation)
    columns = ", ".join(f'"{name}"' for name in names)
    connection.execute(
        f"create or replace temp table wanted as select one.*, {ROW_HASH} as row_hash "
        f"from (select {columns} from ({_select_inputs(connection, model, which)}) where {which}) as one"
    )
    connection.execute(
        f"create or replace temp table had as select rowid as row_number, {ROW_HASH} as row_hash "
        f"from {relation} as one where {which}"
    )
    try:
        wanted, had, kept, added = fetch_row(
            connection,
            f"select (select {_TOTAL} from wanted), (select {_TOTAL} from had), "
            f"(select {_TOTAL} from had where row_hash in (select row_hash from wanted)), "
            f"(select {_TOTAL} from wanted where row_hash not in (select row_hash from had))",
        )
        if wanted == had:
            return None
        old = "rowid in (select row_number from had where row_hash not in (select row_hash from wanted))"
        new = "row_hash not in (select row_hash from had)"
        changes: Changes = dict.fromkeys(_KEYS)
        if (kept[0] + added[0], kept[1] + added[1]) == tuple(wanted):
            keys = [key for key in _KEYS if key in names]
            changes = _list_changes(connection, keys, f"{relation} where {old}", f"wanted where {new}")
        else:
            old, new = which, "true"
        with transaction(connection):
            connection.execute(f"delete from {relation} where {old}")
            connection.execute(f"insert into {relation} select {columns} from wanted where {new}")
        return changes
    finally:
        connection.execute("drop table wanted")
        connection.execute("drop table had")


def _select_inputs(connection: duckdb.DuckDBPyConnection, model: Model, which: str) -> str:
    """Return the query of a model restricted to rows that match a condition, in inputs with its column.

    Rows that depend on the same report or county need no others. Without this, DuckDB materialises the rows of all
    reports if a query names an input twice.
    """
    sql = model.sql
    if which == "true":
        return sql
    for name in model.inputs:
        if model.refreshed_by in _list_columns(connection, name):
            quoted = '"{}"."{}"'.format(*name.split("."))  # as dbt writes it
            sql = sql.replace(quoted, f"(select * from {quoted} where {which})")
    return sql


def _list_columns(connection: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    """Return a table's columns in the order of its contract, which may differ from that of the model's query."""
    return [name for name, *_ in connection.execute(f"describe {relation}").fetchall()]


def _list_changes(connection: duckdb.DuckDBPyConnection, keys: list[str], old: str, new: str) -> Changes:
    """Return the key values in deleted and inserted rows."""
    if not keys:
        return {}
    columns = ", ".join(keys)
    rows = connection.execute(
        f"select distinct {columns} from (select {columns} from {old} union all select {columns} from {new}) "
        f"limit {_MANY + 1}"
    ).fetchall()
    if len(rows) > _MANY:
        return dict.fromkeys(keys)
    values = {key: frozenset(row[place] for row in rows) for place, key in enumerate(keys)}
    return {key: None if None in found else found for key, found in values.items()}


def _append_reports(connection: duckdb.DuckDBPyConnection, model: Model) -> Changes | None:
    """Update an incremental model like `refresh_by_report.sql`; return its changed reports, or None."""
    hashes = _INPUT_HASHES
    _require_input_hashes(model, _WRITTEN_BY_REPORT)
    with transaction(connection):
        gone = connection.execute(
            f"delete from {model.relation} as built where not exists (select 1 from {hashes} as wanted "
            "where wanted.report_id = built.report_id and wanted.input_hash = built.input_hash) "
            "returning report_id"
        ).fetchall()
        missing = connection.execute(
            f"select report_id from {hashes} where report_id not in (select report_id from {model.relation})"
        ).fetchall()
        if missing:
            ids = list_literals(report_id for (report_id,) in missing)
            connection.execute(
                f"insert into {model.relation} by name select * from ({model.sql}) where report_id in ({ids})"
            )
    reports = frozenset(report_id for (report_id,) in [*gone, *missing])
    return {"report_id": reports} if reports else None
