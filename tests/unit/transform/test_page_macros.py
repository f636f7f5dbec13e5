"""The macros that the browser page reads, on a corpus where they could differ from the marts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest
import yaml

from orchestration.explorer.pages.counties import LEAST_RANKED
from orchestration.pipeline.records import AppliedDecision
from tests.unit.transform.dbt_runs import DBT_PROJECT, run_dbt
from tests.unit.transform.raw_corpus import Figure, RawCorpus, Words, mediated


def note_receipt(corpus: RawCorpus, report_id: str, day: str) -> None:
    """Add a 收到日期 that an officer filled in."""
    corpus.rows["corrections"].append(
        AppliedDecision(
            f"c-{report_id}", "desk.xlsx", "迟报", 2, report_id, None, "received_on", day, None, None, None
        )
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    corpus = RawCorpus()
    noted, dated, unknown, other_kind = (
        corpus.add_township("990101", "云岭县", f"{name}镇") for name in ("登记", "公开", "无日期", "执法")
    )
    corpus.add_township("999001", "甲林市", "东镇")
    corpus.add_township("999002", "乙山市", "西镇")
    for index, city in ((4, "甲林市"), (5, "乙山市")):
        corpus.rows["townships"][index] = corpus.rows["townships"][index]._replace(city_name=city)
    parts = [("achievements", "一、举措和成效", [mediated(40)])]
    corpus.add_report("noted", noted, 2023, parts)
    corpus.add_report("dated", dated, 2023, parts, published_on=date(2024, 4, 11))
    corpus.add_report("unknown", unknown, 2023, parts)
    more = Words("排查纠纷50件。", [Figure("50件", 50, "件", "disputes.found")])
    corpus.add_report(
        "enforced",
        other_kind,
        2023,
        [("achievements", "一、举措和成效", [mediated(40), more])],
        report_kind="行政执法",
    )
    note_receipt(corpus, "noted", "2024-05-18")
    note_receipt(corpus, "enforced", "2024-06-30")
    folder = tmp_path_factory.mktemp("page_macros")
    corpus.write(folder / "fazhi.duckdb")
    done = run_dbt(
        "build", folder / "fazhi.duckdb", folder / "target", "--exclude-resource-type", "unit_test"
    )
    assert done.returncode == 0, done.stdout[-6000:]
    with duckdb.connect(str(folder / "fazhi.duckdb"), read_only=True) as connection:
        yield connection


def test_a_desk_shows_the_marts_lateness(built: duckdb.DuckDBPyConnection) -> None:
    desk = built.execute(
        "select unit_name, timeliness, days_late, received_on from marts.county_desk('990101', 2023) order by 1"
    ).fetchall()
    assert desk == [
        ("公开镇", "late", 10, None),
        ("执法镇", "not_reported", None, None),
        ("无日期镇", "no_date", None, None),
        ("登记镇", "late", 78, date(2024, 5, 18)),
    ]
    said = built.execute(
        "select unit_name, lateness_zh from marts.reporting_compliance order by 1"
    ).fetchall()
    assert said == [("公开镇", "迟报10天"), ("无日期镇", "未见日期"), ("登记镇", "迟报78天")]


def test_another_kind_of_report_does_not_raise_a_share_above_a_hundred(
    built: duckdb.DuckDBPyConnection,
) -> None:
    rows = built.execute(
        "select townships, disclosed_pct from marts.indicator_coverage(2023) where indicator_id = 'disputes.mediated'"
    ).fetchall()
    assert rows == [(4, 100.0)]


def test_a_scorecard_counts_the_reports_that_coverage_counts(built: duckdb.DuckDBPyConnection) -> None:
    rows = built.execute(
        "select reports, mean_disclosed_disputes, median_indicators_disclosed from marts.county_scorecard "
        "where county_code = '990101'"
    ).fetchall()
    assert rows == [(3, 1.0, 1.0)]


def test_counties_without_a_city_are_not_named_after_one(built: duckdb.DuckDBPyConnection) -> None:
    names = built.execute(
        "select region_code, region_name, townships from marts.region_cards(4) order by 1"
    ).fetchall()
    assert names == [("9901", "云中市", 4), ("9990", "省直辖县级行政区划", 2)]


def test_the_page_and_the_marts_rank_the_same_indicators() -> None:
    project = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    assert project["vars"]["rank_from_townships"] == LEAST_RANKED
