"""The documents match the samples' current warehouse: each query result, each column."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration.publishing.describe import describe_marts
from orchestration.publishing.documents import (
    DICTIONARY,
    QUERIES,
    WITH_RESULTS,
    find_queries,
    render_dictionary,
    render_queries,
    render_table,
)
from tests.graph.conftest import Installation

DOCUMENT = QUERIES.read_text(encoding="utf-8")
EXAMPLES = find_queries(DOCUMENT)
STALE = "is out of date: make docs"


@pytest.fixture(scope="module")
def published(samples: Installation) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(samples.settings.published / "fazhi.duckdb"), read_only=True)


def run(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[list[str], list[tuple[object, ...]]]:
    result = connection.execute(sql)
    return [column[0] for column in result.description], result.fetchall()


def test_there_are_enough_examples() -> None:
    assert len(EXAMPLES) >= 10
    assert len(set(EXAMPLES)) == len(EXAMPLES) == DOCUMENT.count("\n## ")


@pytest.mark.parametrize("sql", EXAMPLES, ids=range(1, len(EXAMPLES) + 1))
def test_a_query_gives_the_rows_in_the_document(published: duckdb.DuckDBPyConnection, sql: str) -> None:
    names, rows = run(published, sql)
    assert rows, "an example without rows shows nothing"
    assert f"{sql}```\n\n{render_table(names, rows)}\n" in DOCUMENT, f"{QUERIES.name} {STALE}"


@pytest.mark.parametrize("path", WITH_RESULTS, ids=lambda path: path.name)
def test_a_document_has_only_results_below_its_queries(
    published: duckdb.DuckDBPyConnection, path: Path
) -> None:
    document = path.read_text(encoding="utf-8")
    assert len(find_queries(document)) >= 2
    assert render_queries(document, lambda sql: run(published, sql)) == document, f"{path.name} {STALE}"


def test_macros_for_a_place_find_all_of_its_headlines(published: duckdb.DuckDBPyConnection) -> None:
    columns = "county_code, township_key, indicator_id, report_year, quantity_id"
    headlines = published.execute(f"select {columns} from marts.indicator_trends").fetchall()
    assert headlines
    for county, township, indicator, year, quantity in headlines:
        ranked = published.execute(
            "select township_key from marts.rank_county($county, $indicator, $year)",
            {"county": county, "indicator": indicator, "year": year},
        ).fetchall()
        assert (township,) in ranked
        evidence = published.execute(
            "select quantity_id from marts.evidence($township, $indicator, $year) where is_headline",
            {"township": township, "indicator": indicator, "year": year},
        ).fetchall()
        assert evidence == [(quantity,)]


def test_the_data_dictionary_matches_the_marts(published: duckdb.DuckDBPyConnection) -> None:
    assert DICTIONARY.read_text(encoding="utf-8") == render_dictionary(describe_marts(published)), (
        f"{DICTIONARY.name} {STALE}"
    )


def test_each_mart_and_column_has_a_comment_and_a_chinese_name(published: duckdb.DuckDBPyConnection) -> None:
    marts = describe_marts(published)
    assert len(marts) > 20
    for mart in marts:
        assert mart.comment and mart.description_zh, f"{mart.name} is not in marts.csv"
        for column in mart.columns:
            named = f"{mart.name}.{column.name}"
            assert column.comment, f"{named} has no comment"
            assert column.is_generated or column.description_zh, f"{named} is not in mart_columns.csv"
