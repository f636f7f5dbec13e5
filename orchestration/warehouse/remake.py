"""Tables of the warehouse made again from what dbt compiled, where what they read has changed.

A table is made again where a relation that it reads has changed, and written where its rows then differ. Where
rows of a model are made report by report, or county by county (`refreshed_by` in dbt_project.yml), only those of
the reports or counties in which something has changed are made. Views have nothing to make again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import duckdb

from orchestration.warehouse.compiled import Model
from orchestration.warehouse.connection import ROW_HASH, list_literals, transaction

# What outdated rows of a report in these raw tables are told by: stages write both in one transaction.
_INPUT_HASHES = "intermediate.int_report_input_hashes"
_WRITTEN_BY_REPORT = frozenset(
    ("raw.sections", "raw.sentences", "raw.section_terms", "raw.theme_mentions", "raw.quantities")
)
_TOWNSHIP_REPORTS = "intermediate.int_township_reports"
_KEYS = ("report_id", "township_key", "county_code", "report_year")
_MANY = 1000  # keys from which on all rows are made again
_TOTAL = "[count(*), coalesce(sum(row_hash::hugeint), 0)]"

# Of a relation that has changed: by key column, its values in changed rows. None where they are not known.
Changes = Mapping[str, frozenset[str | int] | None]


def remake_models(connection: duckdb.DuckDBPyConnection, models: tuple[Model, ...]) -> dict[str, str]:
    """Bring all models up to date.

    Raw tables count as changed, and a table as unchanged where its new rows are those that it has.

    Returns:
        By relation the condition for rows that may have changed; of relations that are not named, any may have.

    Raises:
        ValueError: a model is refreshed report by report and does not read what tells which reports.
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
    """A condition that all changed rows of a table fulfil, by the widest key known of them: county, township, report.

    The widest, so that rows which a test compares with each other all fulfil it where one of them has changed.
    """
    for key in ("county_code", "township_key", "report_id"):
        values = changes.get(key)
        if values is not None:
            return f"{key} in ({list_literals(values)})"
    return "true"


def _resolve_views(models: Iterable[Model]) -> dict[str, frozenset[str]]:
    """Of each model the tables that it reads, raw ones among them, also through views."""
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
    """The condition for rows of a model that may differ, in whose reports or counties its inputs have changed."""
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
        # where a report counts elsewhere now, the changes of this table name the place before
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
    """Give a table the rows of its query, writing those that differ; returns where, None if there were none.

    Rows are told apart by their hashes. Where counts and sums then do not agree with those of the query,
    because rows are there twice or two rows have one hash, all rows are written.

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
        wanted, had, kept, added = connection.execute(
            f"select (select {_TOTAL} from wanted), (select {_TOTAL} from had), "
            f"(select {_TOTAL} from had where row_hash in (select row_hash from wanted)), "
            f"(select {_TOTAL} from wanted where row_hash not in (select row_hash from had))"
        ).fetchall()[0]
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
    """The query of a model on rows alone that fulfil a condition, of inputs that have the column it asks for.

    What depends on rows of the same report or county needs no others. Left to itself, DuckDB keeps the rows of all
    reports where a query names an input twice.
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
    """A table's columns in the order of its contract, which the model's query may not have."""
    return [name for name, *_ in connection.execute(f"describe {relation}").fetchall()]


def _list_changes(connection: duckdb.DuckDBPyConnection, keys: list[str], old: str, new: str) -> Changes:
    """Values of the keys in rows that go and rows that come."""
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
    """Do for an incremental model what `refresh_by_report.sql` does; returns its reports, None if there were none."""
    hashes = _INPUT_HASHES
    _require_input_hashes(model, _WRITTEN_BY_REPORT)
    with transaction(connection):
        gone = connection.execute(
            f"delete from {model.relation} as built where not exists (select 1 from {hashes} as wanted "
            "where wanted.report_id = built.report_id and wanted.input_hash = built.input_hash) "
            "returning report_id"
        ).fetchall()
        due = connection.execute(
            f"select report_id from {hashes} where report_id not in (select report_id from {model.relation})"
        ).fetchall()
        if due:
            ids = list_literals(report_id for (report_id,) in due)
            connection.execute(
                f"insert into {model.relation} by name select * from ({model.sql}) where report_id in ({ids})"
            )
    reports = frozenset(report_id for (report_id,) in [*gone, *due])
    return {"report_id": reports} if reports else None
