"""What must not look certain on the browser page: doubtful figures, namesakes, waiting files and reports.

The samples hold few such cases, so each test changes a copy of the published file.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.explorer_server import Server, Site, rows_of, words_of
from tests.graph.conftest import Installation, change_copy, refuse, unclaim

COUNTY, YEAR = "500110", 2025


@pytest.mark.parametrize(
    ("severity", "is_confirmed", "is_doubtful"),
    [("warn", False, True), ("info", False, False), ("warn", True, False)],
    ids=["doubtful", "explained", "confirmed"],
)
def test_a_doubtful_figure_looks_doubtful_in_every_table(
    samples: Installation, tmp_path: Path, severity: str, is_confirmed: bool, is_doubtful: bool
) -> None:
    [(quantity_id, indicator, township, value)] = samples.query(
        "select quantity_id, indicator_id, township_key, value from marts.indicator_trends "
        "where township_key = '500229-巴山镇' and qualifier = 'approx' order by value desc limit 1",
        published=True,
    )
    doubt = f"update marts.quantity_findings set quantity_id = '{quantity_id}', severity = '{severity}'"
    ranks = (
        "insert into marts.indicator_trends by name select figures.* replace "
        "(figures.township_key || number as township_key, figures.quantity_id || number as quantity_id) "
        f"from marts.indicator_trends as figures, range(3) as more (number) where quantity_id = '{quantity_id}'"
    )
    medians = (
        "update marts.county_indicators set townships = 3, min_value = min_value - 1 "
        f"where county_code = '500229' and indicator_id = '{indicator}'"
    )
    link = f'<a href="/reports/{quantity_id.partition("-")[0]}#q-{quantity_id}">{value:,.0f}</a>'
    confirm = (
        "insert into marts.decisions by name select 'c-1' as correction_id, report_id, quantity_id, "
        f"'confirmed' as field, 'true' as corrected_value, 'a.csv' as file, 2 as row_number from marts.fct_quantity "
        f"where {is_confirmed} and quantity_id = '{quantity_id}'"
    )
    with Server(change_copy(samples, tmp_path, doubt, ranks, medians, confirm)) as site:
        for address, is_about in (
            (f"/townships/{township}", True),
            (f"/compare?t={township}&t=500151-太平镇&year=2023", True),
            (f"/indicators/{indicator}?year=2023", False),  # has its own column for 约
            (f"/counties/500229?year=2023&indicator={indicator}", False),
            ("/search?kind=figures&county=500229", False),
        ):
            page = unquote(site.get(address).text)
            place = page.index(link) if "search" not in address else page.index(f"{value:,.0f}</td>")
            before = words_of(page[page.rindex("<td", 0, place) : place]).split()
            assert before == ["存疑"] * is_doubtful + ["约"] * is_about, address
        desk = site.get("/counties/500229?year=2023").text
        assert re.search(r"<dt>数字存疑</dt><dd>(\d)", desk)[1] == str(int(is_doubtful))
        said = {"warn": "应当核对", "info": "可以解释"}[severity] if not is_confirmed else "已确认"
        assert said in words_of(desk[desk.index('id="t-doubts"') : desk.index('id="claims"')])
        # the maximum and the sum rest on this figure, the minimum on another township's
        medians_shown = desk[desk.index('id="t-indicators"') :]
        assert medians_shown.count('<small class="doubtful">') == 2 * is_doubtful
        sums = rows_of(site.get("/counties/500229?year=2023&format=csv&table=indicators").text)
        assert sum(row["存疑"] == "存疑" for row in sums) == is_doubtful
        mark = re.search(
            f'id="q-{quantity_id}" class="([^"]*)"', site.get(f"/reports/{quantity_id[:16]}").text
        )
        assert mark and ("doubt" in mark[1].split()) != is_confirmed  # explainable findings have a reason too
        rows = rows_of(site.get(f"/indicators/{indicator}?year=2023&format=csv").text)
        assert {row["存疑"] for row in rows if row["数字编号"] == quantity_id} == {"存疑" * is_doubtful}


def test_a_partial_figure_is_labelled_as_such(samples: Installation, site: Site) -> None:
    [(quantity_id, township, indicator, value)] = samples.query(
        "select quantity_id, township_key, indicator_id, value from marts.township_indicators "
        "where scope = 'partial' and county_code = '500151' and report_year = 2024 order by indicator_id limit 1",
        published=True,
    )
    link = f'<a href="/reports/{quantity_id.partition("-")[0]}#q-{quantity_id}">{value:,.0f}</a>'
    for address in (
        f"/townships/{township}",
        f"/compare?t={township}&t=500229-巴山镇&year=2024",
        f"/indicators/{indicator}?year=2024",
    ):
        page = unquote(site.get(address).text)
        place = page.index(link)
        assert words_of(page[page.rindex("<td", 0, place) : place]).split() == ["部分"], address


def test_a_search_for_a_township_leads_to_it(site: Site) -> None:
    for kind in ("text", "figures"):
        assert '<a href="/townships/500151-太平镇">铜梁区太平镇</a>' in unquote(
            site.get(f"/search?kind={kind}&q=太平镇").text
        )
    assert "/townships/" not in site.get("/search?q=调解").text


def test_two_townships_with_one_name_are_distinguished(site: Site) -> None:
    page = site.get("/compare?t=500151-太平镇&t=510116-太平街道&t=120116-太平镇&year=2024").text
    headings = re.findall(r'<th class="n" scope="col">(.*?)</th>', page)
    assert {"铜梁区太平镇", "滨海新区太平镇"} <= set(headings)


def test_a_desk_mentions_rejected_files_where_reports_seem_missing(
    samples: Installation, tmp_path: Path
) -> None:
    refused = (
        "insert into marts.rejected_files by name select '重庆市/綦江区/坏.docx' as source_path, "
        "'文件是空的，请重新下载或索取' as reason_zh, 'the file has no bytes' as reason, 0 as byte_size, "
        "'empty' as reason_code, now()::timestamp as first_seen_at, now()::timestamp as last_seen_at, 'x' as file_id, "
        "'坏.docx' as source_name"
    )
    with Server(change_copy(samples, tmp_path, refused), home_county="500151") as site:
        # the path names this county
        assert "有 1 个文件没有收录" in site.get(f"/counties/{COUNTY}?year={YEAR}").text
        assert "有 1 个文件没有收录" in site.get("/counties/500151").text  # the home county: all
        assert "没有收录" not in site.get("/counties/500229").text
        assert [row["哪里不对，怎么办"] for row in rows_of(site.get("/refusals?format=csv").text)] == [
            "文件是空的，请重新下载或索取"
        ]
        assert "the file has no bytes" in site.get("/refusals?lang=en").text


def test_a_rejected_file_names_its_township_and_what_to_write_back(
    samples: Installation, tmp_path: Path
) -> None:
    names = ("铜梁区安居2024.docx", "维新镇2023报告.doc", "法治报告.pdf")
    settings = change_copy(samples, tmp_path, *(one for name in names for one in refuse(name)))
    with Server(settings, home_county="500151") as site:
        rows = rows_of(site.get("/refusals?format=csv&table=files").text)
        assert {row["文件"]: row["可能是"] for row in rows} == dict(
            zip(names, ("安居镇", "维新镇", ""), strict=True)
        )
        assert {row["退回时这样写"] for row in rows} == {"请重新报送"}
        missing = site.get("/counties/500151?year=2024").text
        missing = missing[missing.index('<section id="missing">') : missing.index('id="t-townships"')]
        flagged = [words_of(one) for one in re.findall(r"<li>(.*?)</li>", missing) if "有文件未收录" in one]
        assert flagged == ["安居镇 有文件未收录"]  # the other file is of another year
    with Server(settings) as site:  # a path without the county says nothing
        rows = rows_of(site.get("/refusals?format=csv&table=files").text)
        assert {row["文件"]: row["可能是"] for row in rows}["维新镇2023报告.doc"] == ""


def test_a_rejected_file_is_of_no_missing_township_if_all_have_reported(
    samples: Installation, tmp_path: Path
) -> None:
    settings = change_copy(samples, tmp_path, *refuse("坏.doc"), "delete from marts.unreported_townships")
    with Server(settings, home_county="500151") as site:
        page = site.get("/counties/500151?year=2024").text
        assert "有 1 个文件没有收录：" in page and "可能是其中的报告" not in page


def test_what_is_ranked_is_also_printed(samples: Installation, tmp_path: Path) -> None:
    [(indicator, name)] = samples.query(
        "select indicator_id, name_zh from marts.county_indicators where county_code = '500229' limit 1",
        published=True,
    )
    many = f"update marts.county_indicators set townships = 3 where indicator_id = '{indicator}'"
    with Server(change_copy(samples, tmp_path, many)) as site:
        page = site.get(f"/counties/500229?year=2023&indicator={indicator}").text
    assert f"城口县2023年排名：{name}" in words_of(page[page.index('id="t-ranking"') :])


def test_townships_to_add_are_folded_once_some_are_compared(samples: Installation) -> None:
    with Server(samples.settings, home_county="500110") as site:
        assert "<details open><summary>可以加入的 2 个" in site.get("/compare").text
        page = site.get("/compare?t=500110-金桥镇").text
        assert "<details><summary>可以加入的 1 个" in page
        assert "<details open>" in site.get("/compare?t=500110-金桥镇&name=太平").text


def test_files_that_do_not_count_are_listed_with_the_reason(
    samples: Installation, report_id: str, tmp_path: Path
) -> None:
    copy = (
        "insert into raw.files select files.* replace ('副本.txt' as source_path, 'x' as file_id, "
        "'duplicate' as status, 'same_text: as ' || source_path as reason, report_id as superseded_by) "
        f"from raw.files where report_id = '{report_id}'"
    )
    [(own,)] = samples.query(f"select source_path from raw.files where report_id = '{report_id}'")
    raised = (
        "update marts.dim_report_history set admin_level = 'county' where contains(source_path, 'jinqiao')"
    )
    lost = "update marts.dim_report_history set township_key = null where contains(source_path, 'guanba')"
    waiting = unclaim("contains(source_path, 'guanba')")
    settings = change_copy(samples, tmp_path, copy, raised, lost, waiting)
    with Server(settings, home_county="500151") as site:
        rows = rows_of(site.get("/refusals?format=csv&table=others").text)
        told = {row["文件"].rpartition("/")[2]: row for row in rows}
        assert told["副本.txt"]["计入的是"] == own
        assert told["副本.txt"]["结果"].startswith("重复")
        assert told["bashan_2023.html"]["结果"] == "不是本区县的报告"
        assert told["jinqiao_2025.html"]["结果"] == "不是乡镇街道的报告"
        assert "待认领" in told["guanba_2025.txt"]["结果"]
        assert own not in {row["文件"] for row in rows}
        assert f"另有 {len(rows)} 个文件读了但没有计入" in site.get("/counties/500151").text
    with Server(settings) as site:  # without a home county, all townships' reports count
        rows = rows_of(site.get("/refusals?format=csv&table=others").text)
        assert {row["文件"].rpartition("/")[2] for row in rows} == {
            "副本.txt", "jinqiao_2025.html", "guanba_2025.txt",
        }  # fmt: skip


def test_the_home_county_sees_every_unclaimed_report(samples: Installation, tmp_path: Path) -> None:
    lose = (
        "update marts.dim_report set township_key = null, candidates = null, admin_level = 'unknown', "
        "unit_name = null where township_key = '500229-巴山镇'"
    )
    settings = change_copy(samples, tmp_path, lose, unclaim("contains(source_path, 'bashan')"))
    with Server(settings, home_county="500151") as site:
        page = site.get("/counties/500151").text
        assert "bashan" in page[page.index('<section id="claims">') :]
        assert "从报告文件夹移走" in page
    with Server(settings) as site:
        page = site.get("/counties/500151").text
        assert "bashan" not in page[page.index('<section id="claims">') :]


@pytest.mark.parametrize(("field", "said"), [("value", "王芳：已生效"), ("confirmed", "王芳：已确认")])
def test_a_doubt_says_what_was_decided_in_a_workbook(
    samples: Installation, tmp_path: Path, field: str, said: str
) -> None:
    decide = (
        "insert into marts.decisions by name select 'c-1' as correction_id, report_id, quantity_id, township_key, "
        f"report_year, '{field}' as field, '1' as corrected_value, '王芳' as decided_by, 'a.xlsx' as file, "
        "2 as row_number from marts.quantity_findings where township_key = '500229-巴山镇'"
    )
    for statements, is_said in (((), False), ((decide,), True)):
        with Server(change_copy(samples, tmp_path / str(is_said), *statements)) as site:
            site.log_in()
            page = site.get("/counties/500229?year=2023").text
            assert (f">{said}</a>" in page) is is_said
            assert ('class="prompt">核对</a>' in page) is not is_said


def test_a_title_of_another_year_is_pointed_out(
    samples: Installation, report_id: str, tmp_path: Path
) -> None:
    retitle = "update marts.dim_report set title = '太平镇{}年法治政府建设报告' where township_key = '500151-太平镇'"
    with Server(change_copy(samples, tmp_path / "wrong", retitle.format(2023))) as site:
        assert "标题写2023年，请核对" in words_of(site.get(f"/reports/{report_id}").text)
        told = {
            row["乡镇街道"]: row for row in rows_of(site.get("/counties/500151?year=2024&format=csv").text)
        }
        assert told["太平镇"]["报送情况"].endswith("；标题写2023年")
        assert told["安居镇"]["报送情况"] == "未报送"
    with Server(change_copy(samples, tmp_path / "right", retitle.format("2024"))) as site:
        assert "标题写" not in site.get(f"/reports/{report_id}").text
        assert "标题写" not in site.get("/counties/500151?year=2024").text


def test_a_report_signed_after_the_due_date_is_pointed_out(samples: Installation, tmp_path: Path) -> None:
    sign = (
        "update marts.reporting_compliance set published_on = null, received_on = null, lateness_zh = '未见日期', "
        "document_date = publication_due_on + {} where township_key = '500151-太平镇'"
    )
    for days, said in ((1, "已报送，未见日期；成文已过期限"), (0, "已报送，未见日期")):
        with Server(change_copy(samples, tmp_path / str(days), sign.format(days))) as site:
            rows = rows_of(site.get("/counties/500151?year=2024&format=csv").text)
            assert {row["乡镇街道"]: row["报送情况"] for row in rows}["太平镇"] == said


def test_a_report_whose_file_was_removed_is_pointed_out(samples: Installation, tmp_path: Path) -> None:
    removed = "update raw.files set is_present = false where source_path like '%taiping%'"
    for statements, said in (((), False), ((removed,), True)):
        with Server(change_copy(samples, tmp_path / str(said), *statements)) as site:
            rows = rows_of(site.get("/counties/500151?year=2024&format=csv").text)
            told = {row["乡镇街道"]: row["报送情况"] for row in rows}["太平镇"]
            assert told.endswith("；文件已移走") is said


def test_a_township_without_a_report_has_not_reported(site: Site) -> None:
    rows = rows_of(site.get("/townships/500151-安居镇?format=csv&table=reports").text)
    assert {row["年度"]: (row["报告"], row["报送情况"]) for row in rows}["2024"] == ("未见报告", "未报送")
    assert "not reported" in site.get("/townships/500151-安居镇?lang=en").text


def test_a_report_waits_to_be_claimed_by_its_own_county_first(
    samples: Installation, report_id: str, tmp_path: Path
) -> None:
    # 321324 has a township that once had this name
    keys = [f"{code}-太平镇" for code in (110101, 110102, 110105, 110106, 120116, 220112, 321324, 500151)]
    settings = change_copy(
        samples,
        tmp_path,
        f"update marts.dim_report set township_key = null, candidates = '{json.dumps(keys)}' "
        f"where report_id = '{report_id}'",
        "update marts.dim_report set report_year = null where township_key = '500229-巴山镇'",
        unclaim("township_key is null or report_year is null"),
    )
    with Server(settings) as site:
        site.log_in()
        desk = site.get("/counties/500151").text
        claims = words_of(desk[desk.index('<section id="claims">') :])
        own, others = claims.split("其他地方的 7 个同名乡镇街道")
        assert "认领为 重庆市 铜梁区 太平镇" in own and "滨海新区" not in own
        assert "江苏省 宿迁市 泗洪县 太平镇" in others and "None" not in claims
        assert 'name="year"' not in desk[desk.index('<section id="claims">') :]
        assert "有 8 个乡镇街道叫“太平镇”" in site.get(f"/reports/{report_id}").text
        # a report without a year does not count as a report: it waits too, and the form asks for the year
        desk = site.get("/counties/500229").text
        assert "认领为 重庆市 城口县 巴山镇" in words_of(desk) and 'name="year" required' in desk


def test_a_part_above_its_whole_makes_both_look_doubtful(samples: Installation, tmp_path: Path) -> None:
    [(report_id, part, whole)] = samples.query(
        "select report_id, min(quantity_id), max(quantity_id) from marts.township_indicators "
        "where township_key = '500229-巴山镇' group by report_id",
        published=True,
    )
    finding = (
        "update marts.quantity_findings set finding_type = 'part_exceeds_whole', severity = 'warn', "
        f"quantity_id = '{part}', related_quantity_id = '{whole}', message_zh = '甲大于乙'"
    )
    with Server(change_copy(samples, tmp_path, finding)) as site:
        page = site.get(f"/reports/{report_id}").text
        for quantity_id in (part, whole):
            mark = re.search(f'id="q-{quantity_id}" class="([^"]*)"', page)
            assert mark and "doubt" in mark[1].split()
            row = page[page.index(f'id="f-{quantity_id}"') :]
            assert "甲大于乙" in row[: row.index("</tr>")]
        desk = site.get("/counties/500229?year=2023").text
        assert re.search(r"<dt>数字存疑</dt><dd>(\d)", desk)[1] == "1"  # one finding
        site.log_in()
        assert "甲大于乙" in site.get(f"/review/figures/{whole}").text
