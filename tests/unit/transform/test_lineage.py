"""Where a model's columns come from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from orchestration.assets.lineage import load_lineage, trace_columns, trace_once


def make_node(
    kind: str, schema: str, name: str, columns: str, sql: str = "", *parents: str
) -> dict[str, Any]:
    return {
        "resource_type": kind,
        "database": "fazhi",
        "schema": schema,
        "name": name,
        "columns": {column: {} for column in columns.split()},
        "compiled_code": sql,
        "depends_on": {"nodes": list(parents)},
    }


def trace(sql: str, columns: str) -> dict[str, list[tuple[str, str]]]:
    """Return columns of a model over raw.files (file_id, status) and staging.units (unit_id, unit, amount)."""
    manifest = {
        "sources": {"files": make_node("source", "raw", "files", "file_id status")},
        "nodes": {
            "units": make_node("seed", "staging", "units", "unit_id unit amount"),
            "model": make_node("model", "marts", "answer", columns, sql, "files", "units"),
        },
    }
    return trace_columns(manifest)["marts.answer"]


def test_columns_are_followed_through_subqueries_stars_and_expressions() -> None:
    sql = """
        with counted as (select * from fazhi.staging.units),
        joined as (
            select f.file_id, upper(counted.unit) || f.status as label, count(*) over () as rows
            from fazhi.raw.files as f inner join counted on f.file_id = counted.unit_id
        )
        select * from joined
    """
    assert trace(sql, "file_id label rows") == {
        "file_id": [("raw.files", "file_id")],
        "label": [("raw.files", "status"), ("staging.units", "unit")],
        "rows": [],
    }


def test_both_sides_of_a_union_are_sources_and_a_pivot_adds_no_unknown_table() -> None:
    union = "select file_id as id from fazhi.raw.files union all select unit_id from fazhi.staging.units"
    assert trace(union, "id") == {"id": [("raw.files", "file_id"), ("staging.units", "unit_id")]}
    pivot = """
        with wide as (
            pivot (select unit_id, unit, amount from fazhi.staging.units) on unit in ('m', 'kg')
            using max(amount) group by unit_id
        )
        select wide.unit_id, wide.m from wide
    """
    assert trace(pivot, "unit_id m") == {"unit_id": [], "m": []}


def test_sql_that_cannot_be_traced_leaves_only_its_model_out() -> None:
    manifest = {
        "sources": {},
        "nodes": {
            "bad": make_node("model", "marts", "bad", "a", "select from where ("),
            "lacks": make_node("model", "marts", "lacks", "a b", "select 1 as a"),
            "good": make_node("model", "marts", "good", "a", "select 1 as a"),
        },
    }
    traced = trace_columns(manifest)
    assert traced["marts.good"] == {"a": []}
    assert not {"marts.bad", "marts.lacks"} & traced.keys()


def test_a_trace_is_kept_for_its_version_of_the_project_only(tmp_path: Path) -> None:
    path = tmp_path / "column_lineage.json"
    nothing: dict[str, Any] = {"sources": {}, "nodes": {}}
    manifest = nothing | {"nodes": {"model": make_node("model", "marts", "answer", "id", "select 1 as id")}}
    assert load_lineage(path, "one") is None
    assert trace_once(path, "one", manifest) == {"marts.answer": {"id": []}}
    assert trace_once(path, "one", nothing) == load_lineage(path, "one") == {"marts.answer": {"id": []}}
    assert load_lineage(path, "two") is None
    assert trace_once(path, "two", nothing) == {}
    path.write_text("{")
    assert load_lineage(path, "two") is None
