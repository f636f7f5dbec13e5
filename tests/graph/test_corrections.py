"""People's decisions in the pipeline: each is applied only to its report, and a bad one stops nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.graph.conftest import Installation
from tests.graph.reports import report


def decide(installation: Installation, name: str, text: str, encoding: str = "utf-8") -> None:
    folder = installation.settings.corrections
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(text.encode(encoding))


def test_a_decision_changes_its_report_and_a_bad_one_stops_nobody(
    install_refreshed: Callable[[], Installation],
) -> None:
    installation = install_refreshed()
    found = "select quantity_id, report_id from raw.quantities where indicator_id = 'disputes.found' and value = {}"
    ((quantity_id, report_id),) = installation.query(found.format(20))
    ((other_id, _),) = installation.query(found.format(30))
    installation.execute("update raw.quantities set measured = 'untouched'")

    decide(
        installation,
        "officer.csv",
        f"数字编号,更正值,更正人\n{quantity_id},21,王某\n{other_id},很多,王某\n",
        "gb18030",
    )
    decide(installation, "receipt.csv", f"报告编号,收到日期\n{report_id},2024-05-18\n")
    decide(installation, "broken.xlsx", "no workbook")
    result = installation.run()
    assert result.success

    assert installation.query(
        "select value, decided_by from marts.township_indicators join marts.decisions using (quantity_id) "
        "where decisions.field = 'value'",
        published=True,
    ) == [(21.0, "王某")]
    touched = "select distinct report_id from raw.quantities where measured != 'untouched'"
    assert installation.query(touched) == [(report_id,)]
    assert installation.query(
        "select file, row_number, problem_code from marts.correction_findings order by 1", published=True
    ) == [("broken.xlsx", None, "unreadable"), ("officer.csv", 3, "bad_value")]
    assert installation.query(
        f"select lateness_zh, lateness_basis_zh from marts.reporting_compliance where report_id = '{report_id}'"
    ) == [("迟报78天", "收到日期")]
    (check,) = [
        one
        for one in result.get_asset_check_evaluations()
        if one.check_name == "every_decision_could_be_applied"
    ]
    assert (check.passed, check.severity.value) == (False, "WARN")


def test_a_confirmed_figure_that_exceeds_the_headline_replaces_it(
    install_refreshed: Callable[[], Installation],
) -> None:
    installation = install_refreshed()
    loose = "（二）加强普法宣传。“八五”普法以来举办普法活动230余场，其中本年度52场。"
    installation.write("c.txt", report(2025).replace("（二）加强普法宣传。", loose))
    assert installation.run().success
    headline = (
        "select value from marts.township_indicators "
        "where indicator_id = 'publicity.events' and report_year = 2025"
    )
    waiting = "select quantity_id, decision from marts.review_queue where reason_code = 'exceeds_headline'"
    assert installation.query(headline) == [(12.0,)]
    ((quantity_id, decision),) = installation.query(waiting)
    assert decision is None

    decide(installation, "officer.csv", f"数字编号,已确认\n{quantity_id},是\n")
    assert installation.run().success
    assert installation.query(headline, published=True) == [(52.0,)]
    assert installation.query(waiting) == []


def test_decisions_by_short_ids_survive_a_rebuild(
    install: Callable[[Path | None], Installation],
) -> None:
    installation = install(None)
    installation.write("one.txt", report(2023, found=20, resolved=19))
    assert installation.run(only_raw=True).success
    ((report_id, quantity_id),) = installation.query(
        "select report_id, quantity_id from raw.quantities where indicator_id = 'disputes.found'"
    )
    short = report_id[:8]
    decide(installation, "a.csv", f"数字编号,更正值\n{quantity_id.replace(report_id, short)},21\n")
    decide(installation, "b.csv", f"报告编号,更正年份\n{short},2022\n")
    installation.settings.warehouse.unlink()
    assert installation.run(only_raw=True).success
    assert installation.query("select report_year from raw.documents") == [(2022,)]
    assert installation.query("select value from raw.quantities where indicator_id = 'disputes.found'") == [
        (21.0,)
    ]
    assert installation.query("select count(*) from raw.correction_findings") == [(0,)]


def test_a_correction_of_a_replaced_version_is_told(install: Callable[[Path | None], Installation]) -> None:
    installation = install(None)
    installation.write("one.txt", report(2023, found=20, resolved=19))
    assert installation.run(only_raw=True).success
    ((found_id,), (resolved_id,)) = installation.query(
        "select quantity_id from raw.quantities where indicator_id in ('disputes.found', 'disputes.resolved') "
        "order by indicator_id"
    )
    decide(installation, "a.csv", f"数字编号,更正值,已确认\n{found_id},21,\n{resolved_id},,是\n")
    assert installation.run(only_raw=True).success
    told = "select file, row_number, problem_code, problem_zh from raw.correction_findings"
    assert installation.query(told) == []
    installation.write("one.txt", report(2023, found=20, resolved=18))
    assert installation.run(only_raw=True).success
    # the new version has its own figures: nothing is corrected there, and nobody may believe that it is
    ((file, row_number, code, said),) = installation.query(told)
    assert (file, row_number, code) == ("a.csv", 2, "older_version")
    assert "旧版本中的“20件”" in said and "以“one.txt”为准" in said


def test_a_claim_of_a_replaced_version_is_told_once_a_row(
    install: Callable[[Path | None], Installation],
) -> None:
    installation = install(None)
    installation.write("one.txt", report(2023, found=20))
    assert installation.run(only_raw=True).success
    ((report_id,),) = installation.query("select report_id from raw.files")
    decide(
        installation,
        "claims.csv",
        f"报告编号,更正乡镇,更正年份,收到日期\n{report_id},重庆市铜梁区太平镇,2022,2023-02-27\n",
    )
    told = "select row_number, problem_code, problem_zh from raw.correction_findings"
    assert installation.run(only_raw=True).success
    assert installation.query(told) == []
    installation.write("one.txt", report(2023, found=21))
    assert installation.run(only_raw=True).success
    ((row_number, code, said),) = installation.query(told)
    assert (row_number, code) == (2, "older_version")
    assert "旧版本的“更正乡镇 太平镇”" in said and "以“one.txt”为准" in said


def test_a_report_that_would_arrive_before_its_year_is_told(
    install: Callable[[Path | None], Installation],
) -> None:
    installation = install(None)
    installation.write("one.txt", report(2023))
    installation.write("two.txt", report(2022))
    assert installation.run(only_raw=True).success
    ids = dict(installation.query("select report_year, report_id from raw.documents"))
    decide(
        installation, "days.csv", f"报告编号,收到日期\n{ids[2023]},2022-12-31\n{ids[2022]},2022年12月31日\n"
    )
    assert installation.run(only_raw=True).success
    assert installation.query("select row_number, problem_code, problem_zh from raw.correction_findings") == [
        (2, "bad_date", "收到日期“2022-12-31”早于报告年度（2023年）")
    ]
    assert installation.query("select report_id, corrected_value from raw.corrections") == [
        (ids[2022], "2022-12-31")
    ]
