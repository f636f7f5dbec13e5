"""Marts remade from compiled dbt models: which rows are written and which are not."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from orchestration.warehouse import remake
from orchestration.warehouse.compiled import Model
from orchestration.warehouse.remake import remake_models

MODELS = (
    Model("v", "staging.stg_figures", "view", "select * from raw.figures", ("raw.figures",)),
    # its column order differs from the table's, which a contract fixes
    Model(
        "t", "marts.totals", "table",
        "select report_id, sum(value)::bigint as total from staging.stg_figures group by 1",
        ("staging.stg_figures",),
    ),
    Model("l", "marts.largest", "table", "select max(total)::integer as value from marts.totals", ("marts.totals",)),
)  # fmt: skip


def rows(connection: duckdb.DuckDBPyConnection, relation: str) -> list[Any]:
    return connection.execute(f"select * from {relation} order by all").fetchall()


def test_tables_get_the_rows_of_their_queries_and_keep_their_definition(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    remake_models(connection, MODELS)
    assert rows(connection, "marts.totals") == [(3, "a"), (3, "b")]
    assert rows(connection, "marts.largest") == [(3,)]
    connection.execute("insert into raw.figures values ('b', 4)")
    remake_models(connection, MODELS)
    assert rows(connection, "marts.totals") == [(3, "a"), (7, "b")]
    assert rows(connection, "marts.largest") == [(7,)]
    described = "select comment, is_nullable from duckdb_columns() where column_name = 'total'"
    assert connection.execute(described).fetchall() == [("sum", False)]


def test_an_unchanged_table_and_its_readers_are_not_rewritten(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    remake_models(connection, MODELS)
    connection.execute("update marts.largest set value = -1")  # would be corrected if it were remade
    connection.execute("insert into raw.figures values ('a', 0)")
    remake_models(connection, MODELS)
    assert rows(connection, "marts.largest") == [(-1,)]
    connection.execute("insert into raw.figures values ('a', 100)")
    remake_models(connection, MODELS)
    assert rows(connection, "marts.largest") == [(103,)]


def test_a_query_that_fails_leaves_its_table_as_it_was(connection: duckdb.DuckDBPyConnection) -> None:
    remake_models(connection, MODELS)
    connection.execute("insert into raw.figures values ('c', null)")
    with pytest.raises(duckdb.ConstraintException):
        remake_models(connection, MODELS)
    assert rows(connection, "marts.totals") == [(3, "a"), (3, "b")]


HASHES, REPORTS = "intermediate.int_report_input_hashes", "intermediate.int_township_reports"
BY_REPORT = (
    Model("h", HASHES, "table", "select report_id, input_hash from raw.reports", ("raw.reports",)),
    Model(
        "r", REPORTS, "table", "select report_id, county_code from raw.reports where county_code is not null",
        ("raw.reports",),
    ),
    Model("s", "staging.stg_quantities", "view", "", ("raw.quantities",)),
    Model(
        "q", "marts.figures", "table",
        "select report_id, sum(value)::integer as value from raw.quantities "
        f"inner join {REPORTS} using (report_id) group by 1",
        ("staging.stg_quantities", HASHES, REPORTS), "report_id",
    ),
    Model(
        "c", "marts.counties", "table",
        f"select county_code, sum(value)::integer as value from marts.figures "
        f"inner join {REPORTS} using (report_id) group by 1",
        ("marts.figures", REPORTS), "county_code",
    ),
)  # fmt: skip


@pytest.fixture
def by_report(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Three reports in two counties; every mart row is set to -1, so that remade rows show."""
    connection.execute(
        "create schema intermediate; "
        f"create table {HASHES} (report_id varchar, input_hash varchar); "
        f"create table {REPORTS} (report_id varchar, county_code varchar); "
        "create table raw.reports (report_id varchar, county_code varchar, input_hash varchar); "
        "create table raw.quantities (report_id varchar, value integer); "
        "create view staging.stg_quantities as select * from raw.quantities; "
        "insert into raw.reports values ('a', '1', 'x'), ('b', '1', 'x'), ('c', '2', 'x'); "
        "insert into raw.quantities values ('a', 1), ('b', 2), ('c', 3); "
        "create table marts.figures (report_id varchar, value integer); "
        "create table marts.counties (county_code varchar, value integer); "
    )
    remake_models(connection, BY_REPORT)
    assert rows(connection, "marts.counties") == [("1", 3), ("2", 3)]
    connection.execute("update marts.figures set value = -1; update marts.counties set value = -1")
    return connection


@pytest.mark.parametrize(
    ("change", "figures", "counties", "changed"),
    [
        pytest.param(
            "select 1", [("a", -1), ("b", -1), ("c", -1)], [("1", -1), ("2", -1)],
            ("false", "false", "false"), id="nothing",
        ),
        pytest.param(
            "update raw.quantities set value = 9 where report_id = 'c'; "
            "update raw.reports set input_hash = 'y' where report_id = 'c'",
            [("a", -1), ("b", -1), ("c", 9)], [("1", -1), ("2", 9)],
            ("report_id in ('c')", "report_id in ('c')", "county_code in ('2')"),
            id="other figures",
        ),
        pytest.param(
            "insert into raw.reports values ('d''s', '3', 'x'); insert into raw.quantities values ('d''s', 4)",
            [("a", -1), ("b", -1), ("c", -1), ("d's", 4)], [("1", -1), ("2", -1), ("3", 4)],
            ("report_id in ('d''s')", "report_id in ('d''s')", "county_code in ('3')"),
            id="a new report",
        ),
        pytest.param(
            "update raw.reports set county_code = '3' where report_id = 'c'",
            [("a", -1), ("b", -1), ("c", 3)], [("1", -1), ("3", 3)],
            ("false", "report_id in ('c')", "county_code in ('2', '3')"),
            id="moves to another county",
        ),
        pytest.param(
            "delete from raw.reports where report_id = 'c'",
            [("a", -1), ("b", -1)], [("1", -1)],
            ("report_id in ('c')", "report_id in ('c')", "county_code in ('2')"),
            id="a report that goes, and its county",
        ),
        pytest.param(
            "update raw.reports set county_code = null where report_id = 'c'",
            [("a", -1), ("b", -1)], [("1", -1)],
            ("false", "report_id in ('c')", "county_code in ('2')"),
            id="a county that is no longer known",
        ),
    ],
)  # fmt: skip
def test_rows_of_changed_reports_and_counties_are_remade(
    by_report: duckdb.DuckDBPyConnection,
    change: str,
    figures: list[Any],
    counties: list[Any],
    changed: tuple[str, str, str],
) -> None:
    """The result says which rows: of staged quantities, of figures, of counties."""
    by_report.execute(change)
    conditions = remake_models(by_report, BY_REPORT)
    assert rows(by_report, "marts.figures") == figures
    assert rows(by_report, "marts.counties") == counties
    relations = ("staging.stg_quantities", "marts.figures", "marts.counties")
    assert tuple(conditions[relation] for relation in relations) == changed


def test_all_rows_are_remade_if_many_reports_have_changed(
    by_report: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remake, "_MANY", 1)
    by_report.execute("update raw.reports set input_hash = 'y' where report_id != 'c'")
    remake_models(by_report, BY_REPORT)
    assert rows(by_report, "marts.figures") == [("a", 1), ("b", 2), ("c", 3)]


def test_all_rows_are_remade_if_the_changed_reports_are_unknown(
    by_report: duckdb.DuckDBPyConnection,
) -> None:
    *before, figures, _ = BY_REPORT
    figures = Model(
        figures.unique_id,
        figures.relation,
        "table",
        figures.sql,
        (*figures.inputs, "raw.reports"),
        "report_id",
    )
    remake_models(by_report, (*before, figures))
    assert rows(by_report, "marts.figures") == [("a", 1), ("b", 2), ("c", 3)]


def test_a_model_remade_by_report_must_read_the_changed_reports(
    by_report: duckdb.DuckDBPyConnection,
) -> None:
    careless = Model("q", "marts.figures", "table", "", ("staging.stg_quantities",), "report_id")
    with pytest.raises(ValueError, match=r"marts\.figures .* does not read intermediate\.int_report_input"):
        remake_models(by_report, (*BY_REPORT[:3], careless))
