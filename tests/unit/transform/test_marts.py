"""Rows of the marts on the made-up corpus of `raw_corpus`."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import duckdb
import pytest

from orchestration.pipeline.failures import FAILED
from orchestration.pipeline.readers.base import RejectionCode
from orchestration.pipeline.reference.tables import read_reference_table
from orchestration.pipeline.reference.wide_columns import WIDE_YAML, render_wide_yaml
from orchestration.settings import PROJECT_DIR
from tests.unit.transform.dbt_runs import DBT_PROJECT
from tests.unit.transform.raw_corpus import RawCorpus, build_corpus, mediated

Query = Callable[..., list[tuple[Any, ...]]]
Dbt = Callable[..., subprocess.CompletedProcess[str]]


def test_only_current_reports_count(query: Query) -> None:
    reports = {row[0] for row in query("select report_id from marts.dim_report")}
    assert reports == {"qingxi21", "qingxi22", "qingxi24", "shiqiao22", "shiqiao24", "baiyun24", "county24"}
    history = query(
        "select status, superseded_by from marts.dim_report_history where report_id = 'qingxi24old'"
    )
    assert history == [("superseded", "qingxi24")]
    assert query("select count(*) from marts.fct_quantity where report_id = 'qingxi24old'") == [(0,)]


def test_a_refused_file_says_why_and_what_to_do(query: Query) -> None:
    rows = query("select source_path, reason_code, reason, reason_zh from marts.rejected_files")
    assert [row[:3] for row in rows] == [("broken.pdf", "scanned", "no text layer")]
    assert "make ocr" in rows[0][3]


def test_each_way_to_refuse_a_file_has_chinese_words() -> None:
    reasons = PROJECT_DIR / "seeds" / "reference" / "transform" / "rejection_reasons.csv"
    rows = read_reference_table(reasons, ("reason_code",), "reason_code")
    assert {row["reason_code"] for row in rows} == {*get_args(RejectionCode), FAILED}


def test_headline_is_the_total_and_counts_its_mentions(query: Query) -> None:
    rows = query(
        "select value, mentions, scope, county_code from marts.township_indicators "
        "where unit_name = '清溪镇' and report_year = 2022 and indicator_id = 'disputes.mediated'"
    )
    assert rows == [(25, 2, "total", "999901")]


def test_an_impossible_figure_is_kept_and_flagged_but_not_a_headline(query: Query) -> None:
    figure = ("qingxi24", "disputes.resolution_rate")
    where = "where report_id = ? and indicator_id = ?"
    assert query(f"select value from marts.fct_quantity {where}", *figure) == [(130,)]
    assert query(f"select count(*) from marts.township_indicators {where}", *figure) == [(0,)]
    assert query(f"select finding_type, severity from marts.quantity_findings {where}", *figure) == [
        ("outside_range", "error")
    ]


def test_other_levels_stay_out_of_the_township_marts(query: Query) -> None:
    assert query("select count(*) from marts.township_indicators where report_id = 'county24'") == [(0,)]
    assert query("select max(national_median) from marts.indicator_trends where report_year = 2024") == [
        (100,)
    ]


def test_wide_mart_has_a_row_per_township_and_year(query: Query) -> None:
    rows = query(
        "select unit_name, report_year, disputes_mediated, disputes_found "
        "from marts.township_indicators_wide order by all"
    )
    assert rows == [
        ("清溪镇", 2021, 40, None),
        ("清溪镇", 2022, 25, 50),
        ("清溪镇", 2024, 300, None),
        ("白云镇", 2024, 80, None),
        ("石桥镇", 2022, 100, None),
        ("石桥镇", 2024, 100, None),
    ]


def test_trend_spans_the_year_without_a_report(query: Query) -> None:
    rows = query(
        "select previous_year, years_since_previous, change, percent_change, county_rank, county_townships "
        "from marts.indicator_trends where unit_name = '清溪镇' and report_year = 2024"
    )
    assert rows == [(2022, 2, 275, 1100, 1, 2)]


def test_bound_has_no_rank_and_no_change(query: Query) -> None:
    rows = query(
        "select report_year, county_rank, change from marts.indicator_trends where unit_name = '石桥镇' order by 1"
    )
    assert rows == [(2022, None, None), (2024, 2, None)]


@pytest.mark.parametrize(
    ("quantity", "finding", "severity"),
    [
        ("60件", "part_exceeds_whole", "warn"),
        ("92.8%", "rate_truncated", "info"),
        ("95%", "rate_mismatch", "warn"),
        ("35件", "breakdown_part_exceeds_total", "warn"),
        ("300件", "year_jump", "warn"),
    ],
)
def test_finding(query: Query, quantity: str, finding: str, severity: str) -> None:
    rows = query(
        "select distinct finding_type, f.severity from marts.quantity_findings f "
        "join marts.fct_quantity q using (quantity_id) where q.surface = ?",
        quantity,
    )
    assert rows == [(finding, severity)]


def test_sums_that_fit_give_no_finding(query: Query) -> None:
    assert query(
        "select count(*) from marts.quantity_findings where report_id in ('qingxi21', 'baiyun24')"
    ) == [(0,)]


def test_compliance_lists_missing_parts_and_days_late(query: Query) -> None:
    rows = query(
        "select report_year, parts_present, missing_parts, is_dated_in_time, is_published_in_time, days_late "
        "from marts.reporting_compliance where unit_name = '清溪镇' order by 1"
    )
    assert rows[0] == (2021, 3, "党政主要负责人履行第一责任人职责情况", False, True, 0)
    assert rows[1] == (2022, 4, None, None, False, 10)
    assert rows[2][4:] == (None, None)


def test_coverage_lists_the_missing(query: Query) -> None:
    rows = query(
        "select unit_name from marts.coverage where report_year = 2021 and not is_reported order by 1"
    )
    assert rows == [("无报镇",), ("白云镇",), ("石桥镇",)]


def test_county_scorecard_measures_against_the_gazetteer(query: Query) -> None:
    rows = query(
        "select townships, reports, coverage_pct, complete_reports, mean_disclosed_disputes "
        "from marts.county_scorecard where county_name = '云岭县' and report_year = 2022"
    )
    assert rows == [(3, 2, 66.67, 1, 3.5)]


def test_unmapped_phrase_has_counts_and_an_example(query: Query) -> None:
    rows = query(
        "select measured, figures, reports, example_report_id from marts.unmapped_quantities "
        "where unit = '棵' order by figures"
    )
    assert rows == [("%，种树", 1, 1, "qingxi24"), ("种树", 2, 2, "shiqiao22")]


def test_tf_idf_is_zero_for_terms_in_all_reports(query: Query) -> None:
    rows = query("select term, round(max(tf_idf), 6) from marts.section_terms group by 1 order by 1")
    assert rows == [("枫桥经验", round(1 / 5 * 0.6931471805599453, 6)), ("法治", 0)]


def test_plans_are_compared_with_the_next_report(query: Query) -> None:
    rows = query(
        "select theme_id, outcome, is_still_a_problem, delivery_sentence from marts.plan_delivery order by 1"
    )
    assert rows == [
        ("emergency", "not_reported", False, None),
        ("enforcement_staff", "reported", True, "执法队伍新增人员。"),
    ]


@pytest.mark.parametrize(
    ("call", "rows"),
    [
        ("find_township('清溪')", 1),
        ("township_card('999901-清溪镇')", 1),
        ("township_card('清溪镇', year := 2022)", 9),
        ("township_history('清溪镇', '调解矛盾纠纷件数')", 3),
        ("compare_townships('清溪镇', '石桥镇')", 1),
        ("compare_townships('清溪镇', '石桥镇', year := 2021)", 1),
        ("rank_county('云岭县', 'disputes.mediated')", 2),
        ("rank_county('999901', 'disputes.mediated', year := 2021)", 1),
        ("county_card('云岭县')", 3),
        ("evidence('清溪镇', 'disputes.mediated', year := 2022)", 2),
    ],
)
def test_query_macro(query: Query, call: str, rows: int) -> None:
    assert len(query(f"select * from marts.{call}")) == rows


def test_everything_has_a_comment(query: Query) -> None:
    schemas = "('marts', 'intermediate', 'staging', 'reference')"
    columns = query(
        "select schema_name || '.' || table_name || '.' || column_name from duckdb_columns() "
        f"where schema_name in {schemas} and coalesce(comment, '') = ''"
    )
    tables = query(
        f"select table_name from duckdb_tables() where schema_name in {schemas} and coalesce(comment, '') = '' "
        f"union all select view_name from duckdb_views() where schema_name in {schemas} and coalesce(comment, '') = ''"
    )
    assert (columns, tables) == ([], [])


def test_wide_yaml_matches_the_catalogue() -> None:
    written = (DBT_PROJECT / "wide" / WIDE_YAML).read_text(encoding="utf-8")
    assert written == render_wide_yaml(PROJECT_DIR / "seeds" / "reference")


def test_empty_corpus_builds(dbt: Dbt, tmp_path: Path) -> None:
    warehouse = tmp_path / "fazhi.duckdb"
    RawCorpus().write(warehouse)
    built = dbt("build", warehouse, "--exclude-resource-type", "unit_test")
    assert built.returncode == 0, built.stdout[-6000:]
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        assert connection.execute("select count(*) from marts.township_indicators").fetchone() == (0,)


def break_range(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("update marts.township_indicators set value = -1")


def break_outline(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("delete from raw.sections where report_id = 'baiyun24'")


def break_wide(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "update marts.township_indicators_wide set disputes_found = 1 where disputes_found = 50"
    )


BREAKS = {
    "no_headline_lies_outside_the_catalogues_range": break_range,
    "every_loaded_report_has_sections": break_outline,
    "the_wide_mart_holds_the_headline_figures": break_wide,
}


def test_each_blocking_check_fails_on_its_own_fault(dbt: Dbt, tmp_path: Path, built_warehouse: Path) -> None:
    """In one copy of the warehouse with everything broken at once, every check finds its own row."""
    broken = tmp_path / "fazhi.duckdb"
    broken.write_bytes(built_warehouse.read_bytes())
    with duckdb.connect(str(broken)) as connection:
        for break_it in BREAKS.values():
            break_it(connection)
    tested = dbt("test", broken, "--select", *BREAKS)
    for check in BREAKS:
        assert any(f" {check} " in line and " FAIL " in line for line in tested.stdout.splitlines()), check


def test_two_current_reports_of_a_year_count_once(dbt: Dbt, tmp_path: Path) -> None:
    corpus = build_corpus()
    township = corpus.rows["townships"][0]
    corpus.add_report("qingxi24b", township, 2024, [("achievements", "一、成效", [mediated(301)])])
    warehouse = tmp_path / "fazhi.duckdb"
    corpus.write(warehouse)
    built = dbt(
        "build",
        warehouse,
        "--select",
        "+township_indicators",
        "--indirect-selection",
        "cautious",
        "--exclude-resource-type",
        "unit_test",
    )
    assert built.returncode == 0, built.stdout[-6000:]
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        assert connection.execute(
            "select count(*) from marts.township_indicators where township_key = ? and report_year = 2024 "
            "and indicator_id = 'disputes.mediated'",
            [township.township_key],
        ).fetchone() == (1,)


def test_unreported_lists_who_is_missing_in_counties_that_report(query: Query) -> None:
    rows = query("select county_code, unit_name, report_year from marts.unreported_townships order by all")
    first = dict(
        query("select county_code, min(report_year) from marts.coverage where is_reported group by all")
    )
    assert first == {"999901": 2021, "999902": 2024}
    missing = query(
        "select county_code, unit_name, report_year from marts.coverage where not is_reported order by all"
    )
    assert rows == [row for row in missing if row[2] >= first.get(row[0], 9999)]
    assert ("999902", "白云镇", 2022) in missing
    assert ("999902", "白云镇", 2022) not in rows


def test_lateness_is_described_in_words(query: Query) -> None:
    rows = query(
        "select report_year, lateness_zh from marts.reporting_compliance where unit_name = '清溪镇' order by 1"
    )
    assert rows == [(2021, "按时"), (2022, "迟报10天"), (2024, "未见日期")]


@pytest.mark.parametrize(
    ("finding_type", "says"),
    [
        ("outside_range", "130%超出“矛盾纠纷化解率”的上限100，请核对原文"),
        ("part_exceeds_whole", "60件，大于“"),
        ("rate_truncated", "写作92.8%，按原文数字计算是92.8571%，只是没有四舍五入"),
        ("breakdown_part_exceeds_total", "“其中”的35件大于总数"),
        ("year_jump", "”2022年是25件，2024年是300件，相差超过10倍，请核对原文"),
    ],
)
def test_findings_speak_chinese(query: Query, finding_type: str, says: str) -> None:
    messages = query("select message_zh from marts.quantity_findings where finding_type = ?", finding_type)
    assert any(says in message for (message,) in messages), messages


def test_every_finding_has_a_description(query: Query) -> None:
    assert query("select count(*) from marts.quantity_findings where message_zh is null") == [(0,)]


def test_two_townships_are_not_ranked(query: Query) -> None:
    few = query("select count(*) from marts.indicator_trends where county_townships between 1 and 2")
    assert few[0][0] > 0
    assert query("select count(*) from marts.indicator_rankings where townships_with_value < 3") == [(0,)]


def test_a_doubtful_figure_is_marked_in_every_mart_that_holds_it(query: Query) -> None:
    """A jump marks both years; a part above its whole also marks the whole."""
    rows = query(
        "select report_year, indicator_id, value, doubt_zh from marts.township_indicators "
        "where unit_name = '清溪镇' and doubt_zh is not null order by all"
    )
    assert {row[:3] for row in rows} >= {
        (2022, "disputes.mediated", 25),
        (2024, "disputes.mediated", 300),
        (2022, "disputes.found", 50),
        (2022, "disputes.resolved", 60),
    }
    assert all("请核对原文" in row[3] for row in rows)
    assert (2021, "disputes.mediated", 40) not in {row[:3] for row in rows}
    wide = query(
        "select report_year, doubtful_zh from marts.township_indicators_wide where unit_name = '清溪镇' order by 1"
    )
    assert wide[0] == (2021, None)
    assert wide[2] == (2024, "调解矛盾纠纷件数")
    counted = query(
        "select report_year, townships, doubtful_townships from marts.county_indicators "
        "where county_code = '999901' and indicator_id = 'disputes.mediated' order by 1"
    )
    assert counted == [(2021, 1, 0), (2022, 1, 1), (2024, 2, 1)]
    macro = query(
        "select distinct figures.unit_name, figures.report_year, figures.indicator_id from marts.open_doubts() "
        "join marts.township_indicators as figures using (quantity_id) order by all"
    )
    marts = query(
        "select unit_name, report_year, indicator_id from marts.township_indicators "
        "where doubt_zh is not null order by all"
    )
    assert macro == marts
    card = query(
        "select value, scope, doubt_zh from marts.township_card('清溪镇') where doubt_zh is not null"
    )
    assert [row[:2] for row in card] == [(300, "total")]
