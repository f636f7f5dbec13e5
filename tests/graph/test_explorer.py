"""The browser page on the sample reports shows what the marts hold."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import duckdb
import pytest
from openpyxl import load_workbook

from tests.explorer_server import Server, Site, list_faults, rows_of, words_of
from tests.graph.conftest import Installation, change_copy

COUNTY, YEAR = "500110", 2025
FIXTURES = Path(__file__).parents[1] / "fixtures" / "ocr"


def test_every_linked_page_exists_and_is_whole(site: Site) -> None:
    site.log_in()
    seen: dict[str, int] = {}
    faults: dict[str, list[str]] = {}
    waiting = [
        "/",
        "/search?q=调解",
        "/search?kind=figures&q=纠纷",
        "/compare?name=太平",
        f"/counties/{COUNTY}",
        "/?lang=en",
    ]
    kinds: dict[str, int] = {}
    while waiting:
        address = waiting.pop().partition("#")[0]
        kind = re.sub(
            r"[0-9a-f]{16}[^/?&]*|/\d{2,6}\b|indicators/[\w.]+|townships/[^/?]+|t=[^&]+|q=[^&]+", "N", address
        )
        if address in seen or kinds.get(kind, 0) >= 2:
            continue
        kinds[kind] = kinds.get(kind, 0) + 1
        answer = site.get(unquote(address))
        seen[address] = answer.status
        if answer.headers["content-type"].startswith("text/html"):
            faults[address] = list_faults(answer.text)
            waiting += [unescape(one) for one in re.findall(r'href="(/[^"]*)"', answer.text)]
    assert {address: status for address, status in seen.items() if status != 200} == {}
    assert {address: found for address, found in faults.items() if found} == {}
    assert len(seen) > 100


def test_each_figure_of_a_report_is_marked_in_its_place(
    site: Site, samples: Installation, report_id: str
) -> None:
    page = site.get(f"/reports/{report_id}").text
    figures = samples.query(
        f"select quantity_id, surface from marts.fct_quantity where report_id = '{report_id}'", published=True
    )
    assert len(figures) > 20
    for quantity_id, surface in figures:
        [mark] = re.findall(rf'<(?:a|span) id="q-{quantity_id}"[^>]*>(.*?)</(?:a|span)>', page)
        assert words_of(mark) == surface


def test_the_text_of_a_report_is_shown_whole(site: Site, samples: Installation, report_id: str) -> None:
    [(text,)] = samples.query(
        f"select text from staging.stg_reports where report_id = '{report_id}'", published=True
    )
    page = site.get(f"/reports/{report_id}").text
    article = page[page.index('<article class="text">') : page.index("</article>")]
    assert "".join(words_of(article).split()) == "".join(text.split())


def test_a_denial_and_a_figure_without_indicator_look_different(site: Site, report_id: str) -> None:
    page = site.get(f"/reports/{report_id}").text
    assert re.search(r'class="fig d\d+ denial"[^>]*>不涉及行政复议<', page)
    assert re.search(r'class="fig d0"[^>]*>2671人次<', page)


def test_the_desk_of_a_county_lists_every_township_once(site: Site, samples: Installation) -> None:
    rows = rows_of(site.get(f"/counties/{COUNTY}?year={YEAR}&format=csv").text)
    expected = samples.query(
        f"select unit_name, is_reported from marts.coverage where county_code = '{COUNTY}' and report_year = {YEAR}",
        published=True,
    )
    assert sorted(row["乡镇街道"] for row in rows) == sorted(name for name, _ in expected)
    missing = {row["乡镇街道"] for row in rows if row["报送情况"] == "未报送"}
    assert missing == {name for name, is_reported in expected if not is_reported}
    dates = samples.query(
        f"select unit_name, days_late, published_on from marts.reporting_compliance "
        f"where county_code = '{COUNTY}' and report_year = {YEAR}",
        published=True,
    )
    told = {row["乡镇街道"]: row["报送情况"] for row in rows}
    for name, days, published_on in dates:
        late = f"迟报{days}天" if days else "按时"
        assert told[name] == (late if published_on else "已报送，未见日期")


def test_a_township_lists_the_years_since_the_first_report_of_its_county(
    site: Site, samples: Installation
) -> None:
    shown = samples.query(
        "select report_year, is_reported from marts.coverage where township_key = '500151-太平镇' order by 1 desc"
    )
    first = min(year for year, is_reported in shown if is_reported)
    assert min(shown)[0] < first, "the samples have an earlier year, of others"
    rows = rows_of(site.get("/townships/500151-太平镇?table=reports&format=csv").text)
    listed = [int(row["年度"]) for row in rows]
    assert listed == [year for year, _ in shown if year >= first]


def test_fewer_than_three_townships_are_not_ranked(site: Site, samples: Installation) -> None:
    ranked = samples.query(
        f"select max(townships) from marts.county_indicators where county_code = '{COUNTY}' and report_year = {YEAR}",
        published=True,
    )
    page = site.get(f"/counties/{COUNTY}?year={YEAR}").text
    assert ranked[0][0] < 3 and "第1名" not in page and "少于三个乡镇街道有数的指标不排名" in page


@pytest.mark.parametrize(
    "address", ["/", f"/counties/{COUNTY}", "/indicators", "/unmapped", "/indicators/disputes.found"]
)
def test_the_query_shown_with_a_table_returns_its_rows(
    site: Site, samples: Installation, address: str
) -> None:
    page = site.get(address).text
    queries = [unescape(sql) for sql in re.findall(r"<pre><code>(.*?)</code></pre>", page, re.DOTALL)]
    assert queries
    for sql in queries:
        assert samples.query(sql, published=True)


def test_a_list_is_downloaded_as_csv_and_as_workbook(site: Site) -> None:
    plain = site.get("/indicators?format=csv")
    assert plain.body.startswith(b"\xef\xbb\xbf")
    assert "filename*=UTF-8''" in plain.headers["content-disposition"]
    book = site.get("/indicators?format=xlsx")
    sheet = load_workbook(io.BytesIO(book.body)).active
    assert sheet is not None and sheet.max_row == 1 + len(rows_of(plain.text))


def test_an_indicator_of_a_county_shows_only_figures_of_the_county(site: Site, samples: Installation) -> None:
    page = site.get("/counties/500151?year=2024").text
    address = unescape(re.search(r'href="(/indicators/disputes.found\?[^"]+)"', page)[1])
    assert address == "/indicators/disputes.found?region=500151&year=2024"
    page = words_of(site.get(address).text)
    assert "铜梁区排查矛盾纠纷件数：历年" in page and "全国中位数" not in page
    expected = samples.query(
        "select count(*) from marts.township_indicators where indicator_id = 'disputes.found' "
        "and county_code = '500151' and report_year = 2024",
        published=True,
    )
    rows = rows_of(site.get(f"{address}&format=csv&table=years").text)
    assert [(int(row["公开的乡镇数"]),) for row in rows if row["年度"] == "2024"] == expected
    assert {row["年度"] for row in rows} == {"2024"}  # the only year of the county


def test_a_county_sends_its_workbook(site: Site) -> None:
    sent = site.get("/counties/500151/workbook")
    assert sent.headers["content-disposition"].startswith("attachment; filename*=UTF-8''500151-%E9%93%9C")
    book = load_workbook(io.BytesIO(sent.body))
    assert book.sheetnames[:4] == ["说明", "未报送", "未收录的文件", "迟报"]
    assert "太平镇" in {cell.value for cell in book["乡镇指标"]["B"]}


def test_search_finds_every_report_that_holds_the_words(site: Site, samples: Installation) -> None:
    page = site.get("/search?q=矛盾纠纷").text
    [(reports,)] = samples.query(
        "select count(*) from marts.dim_report join staging.stg_reports using (report_id) "
        "where contains(text, '矛盾纠纷')",
        published=True,
    )
    assert reports > 2 and f"共 {reports} 份报告" in page
    assert "<mark>矛盾纠纷</mark>" in page
    rows = rows_of(site.get("/search?q=矛盾纠纷&format=csv").text)
    assert len({row["报告编号"] for row in rows}) == reports
    assert all("矛盾纠纷" in row["句子"] for row in rows)


def test_a_search_for_a_word_leaves_out_longer_words(site: Site, samples: Installation) -> None:
    [(reports,)] = samples.query(
        "select count(distinct report_id) from marts.section_terms where term = '调解'", published=True
    )
    assert f"共 {reports} 份报告" in site.get("/search?q=调解&mode=word").text
    assert "不是词典里的词" in site.get("/search?q=盾纠&mode=word").text
    assert "没有找到" in site.get("/search?q=这句话没有人写过").text


def test_a_search_within_a_part_finds_it_there(site: Site) -> None:
    rows = rows_of(site.get("/search?q=执法&section=problems&format=csv").text)
    assert rows and {row["报告部分"] for row in rows} == {"不足和原因"}


def test_a_search_result_leads_to_its_place(site: Site) -> None:
    page = site.get("/search?q=矛盾纠纷").text
    address = unescape(re.search(r'href="(/reports/[0-9a-f]{16}\?at=[^"]+)"', page)[1])
    report = site.get(address.partition("#")[0]).text
    marked = words_of(re.search(r'<mark id="at">(.*?)</mark>', report, re.DOTALL)[1])
    assert "矛盾纠纷" in marked


@pytest.mark.parametrize(
    "address",
    [
        "/search?q=<script>alert(1)</script>",
        "/unmapped?q=\"'><img src=x>",
        "/compare?name=<b>",
        "/counties/<script>",
    ],
)
def test_request_parameters_are_never_markup(site: Site, address: str) -> None:
    page = site.get(address).text
    assert "<script>alert" not in page and "<img src=x" not in page and '<b>"' not in page


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/reports/0000000000000000", "没有这份报告"),
        ("/counties/999999", "没有代码为 999999 的地区"),
        ("/townships/500151-没有镇", "没有编码为"),
        ("/indicators/no.such", "目录中没有指标"),
        ("/counties/999999/workbook", "没有代码为 999999 的地区"),
        ("/counties/50/workbook", "没有代码为 50 的地区"),  # a province
        ("/counties/5001", "没有代码为 5001 的地区"),
        ("/nowhere", "没有这个页面"),
        ("/reports/../../etc/passwd/source", "没有这个页面"),
    ],
)
def test_a_missing_page_says_what_is_missing(site: Site, address: str, said: str) -> None:
    answer = site.get(address)
    assert answer.status == 404 and said in answer.text


@pytest.fixture(scope="module")
def scan(samples: Installation, report_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The samples with one report turned into a two-page scan: an image PDF whose lines have boxes."""
    folder = tmp_path_factory.mktemp("scan")
    settings = replace(samples.settings, reports=folder / "reports", data=folder / "data")
    shutil.copytree(samples.settings.reports, settings.reports)
    settings.published.mkdir(parents=True)
    copy = shutil.copy(samples.settings.published / "fazhi.duckdb", settings.published / "fazhi.duckdb")
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            "update marts.dim_report set text_source = 'ocr' where report_id = $id", {"id": report_id}
        )
        found = connection.execute(
            "select any_value(r.source_path), min(q.char_start), min(q.char_end), q.surface from marts.dim_report r "
            "join marts.fct_quantity q using (report_id) where report_id = $id and surface in ('548件', '1278件') "
            "group by q.surface",
            {"id": report_id},
        ).fetchall()
        for page, (_, start, end, surface) in enumerate(sorted(found, key=lambda row: row[1]), start=1):
            connection.execute(
                "insert into raw.ocr_lines by name select $id as report_id, $page as page_number, 1 as line_number, "
                "$text as text, 0.1 as x, 0.25 as y, 0.5 as width, 0.02 as height, 0 as turned_degrees, "
                "0.9 as confidence, [0.9] as character_confidences, $start as char_start, $end as char_end, "
                "true as is_exact",
                {"id": report_id, "page": page, "text": surface, "start": start - 3, "end": end + 3},
            )
    shutil.copy(FIXTURES / "report.pdf", settings.reports / found[0][0])
    with Server(settings) as site:
        yield site


def test_a_scan_shows_its_page_with_the_figures_line_framed(
    scan: Site, samples: Installation, report_id: str
) -> None:
    figures = dict(
        samples.query(
            "select surface, arg_min(quantity_id, char_start) from marts.fct_quantity "
            f"where report_id = '{report_id}' group by surface",
            published=True,
        )
    )
    first = scan.get(f"/reports/{report_id}").text
    assert f'src="/reports/{report_id}/pages/1"' in first
    pages = {name: 1 if f'href="#q-{figures[name]}"><rect' in first else 2 for name in ("548件", "1278件")}
    assert sorted(pages.values()) == [1, 2]
    for surface, page in pages.items():
        quantity_id = figures[surface]
        assert f"/reports/{report_id}?figure={quantity_id}#scan" in unquote(first)
        shown = scan.get(f"/reports/{report_id}?figure={quantity_id}").text
        assert f'src="/reports/{report_id}/pages/{page}"' in shown
        framed = re.search(rf'<a href="#q-{quantity_id}"><rect class="chosen" ([^>]*)>', shown)
        assert framed
        box = {name: float(value) for name, value in re.findall(r'(\w+)="([\d.]+)"', framed[1])}
        # the frame encloses the line's box, in thousandths of the page
        assert box["x"] < 100 < 600 < box["x"] + box["width"] < 620
        assert box["y"] < 250 < 270 < box["y"] + box["height"] < 290


def test_the_picture_of_a_page_is_sent_and_only_where_there_is_one(
    scan: Site, site: Site, report_id: str
) -> None:
    answer = scan.get(f"/reports/{report_id}/pages/1")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.body.startswith(b"\xff\xd8\xff")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert scan.get(f"/reports/{report_id}/pages/1", Host="evil.example").status == 403
    for address in (
        f"/reports/{report_id}/pages/3",
        f"/reports/{report_id}/pages/0",
        "/reports/none/pages/1",
    ):
        assert scan.get(address).status == 404
    assert site.get(f"/reports/{report_id}/pages/1").status == 404  # a text report
    assert "原件图片" not in site.get(f"/reports/{report_id}").text


def test_nothing_from_elsewhere_is_loaded(site: Site) -> None:
    answer = site.get("/")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert re.findall(r'(?:src|href|action)="(https?:|//)', answer.text) == []


def test_a_desk_counts_missing_reports_as_the_mart_does(samples: Installation) -> None:
    counties_first_with_reports = samples.query(
        "select county_code, report_year from marts.coverage group by all "
        "order by bool_or(is_reported) desc, county_code, report_year limit 60",
        published=True,
    )
    said_of_all: set[str] = set()
    for county, year in counties_first_with_reports:
        desk = samples.query(
            f"select township_key, timeliness from marts.county_desk('{county}', {year}) "
            "where timeliness in ('not_reported', 'not_collected')",
            published=True,
        )
        missing = samples.query(
            f"select township_key from marts.unreported_townships where county_code = '{county}' "
            f"and report_year = {year}",
            published=True,
        )
        assert {key for key, said in desk if said == "not_reported"} == {key for (key,) in missing}
        assert not (missing and any(said == "not_collected" for _, said in desk))
        said_of_all |= {said for _, said in desk}
    assert said_of_all == {"not_reported", "not_collected"}


def test_evidence_of_an_unknown_township_or_indicator_says_so(samples: Installation) -> None:
    assert samples.query("from marts.evidence('太平镇', 'disputes.found')", published=True)
    with pytest.raises(duckdb.Error, match=r"没有乡镇“太平庄镇镇”；最接近的是“.*”"):
        samples.query("from marts.evidence('太平庄镇镇', 'disputes.found')", published=True)
    with pytest.raises(duckdb.Error, match=r"没有指标“排查矛盾”；最接近的是“.*矛盾"):
        samples.query("from marts.evidence('太平镇', '排查矛盾')", published=True)
    # known, but silent
    assert (
        samples.query("from marts.evidence('太平镇', 'disputes.found', year := 1999)", published=True) == []
    )


def test_a_regions_page_has_medians_by_domain(site: Site, samples: Installation) -> None:
    rows = rows_of(site.get(f"/provinces/50?year={YEAR}&format=csv&table=domains").text)
    expected = samples.query(
        "select name_zh, median(indicators_disclosed) from marts.domain_disclosure "
        f"where county_code like '50%' and report_year = {YEAR} group by name_zh",
        published=True,
    )
    assert expected
    assert {(row["领域"], float(row["公开指标数中位数"])) for row in rows} == set(expected)
    indicators = rows_of(site.get(f"/provinces/50?year={YEAR}&format=csv&table=indicators").text)
    medians = samples.query(
        "select indicator_id, median(value) from marts.indicator_trends where is_comparable "
        f"and county_code like '50%' and report_year = {YEAR} group by indicator_id",
        published=True,
    )
    shown = {row["指标编号"]: float(row["中位数"].replace(",", "")) for row in indicators if row["中位数"]}
    assert shown == pytest.approx(dict(medians), abs=0.01)


def test_the_page_shows_the_date_of_its_data(site: Site, samples: Installation) -> None:
    made = datetime.fromtimestamp((samples.settings.published / "fazhi.duckdb").stat().st_mtime)
    assert f"数据发布于 {made:%Y-%m-%d %H:%M}" in site.get("/search").text


def test_before_the_first_run_the_page_says_what_to_do(tmp_path: Path, samples: Installation) -> None:
    with Server(replace(samples.settings, data=tmp_path)) as site:
        answer = site.get("/")
        assert answer.status == 503 and "make run" in answer.text


def test_a_copy_of_an_older_version_says_what_to_do(samples: Installation, tmp_path: Path) -> None:
    with Server(change_copy(samples, tmp_path, "drop table marts.review_queue")) as site:
        site.log_in()
        answer = site.get("/review")
        assert answer.status == 503 and "make run" in answer.text
        assert site.get("/").status == 200
