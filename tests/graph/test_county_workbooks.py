"""County workbooks: officers read names and Chinese, not codes; what they type in is collected."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook

from orchestration.engine.base import End
from orchestration.pipeline.corrections.folder import read_decisions
from orchestration.publishing.counties import files as county_files
from orchestration.publishing.counties.book import County, CountyBook
from orchestration.publishing.counties.edits import write_manifest
from orchestration.publishing.counties.files import (
    collect_edited,
    make_county_workbook,
    write_county_workbooks,
)
from orchestration.publishing.counties.trends import write_trends
from orchestration.settings import PROJECT_DIR
from orchestration.warehouse.connection import open_warehouse
from tests.graph.conftest import Installation, change_copy, refuse

REFERENCE = PROJECT_DIR / "seeds" / "reference"
SHEETS = [
    "说明",
    "未报送",
    "未收录的文件",
    "迟报",
    "缺要素",
    "数字存疑",
    "排名",
    "待认领",
    "乡镇指标",
    "趋势",
    "指标目录",
]
ID_HEADERS = {"文件路径", "乡镇编码", "报告编号", "数字编号", "指标编号"}
CODES = {
    "exact", "approx", "at_least", "at_most", "total", "partial", "report_year", "previous_year", "plan", "other",
    "stated", "inferred", "ambiguous", "unresolved", "township", "unknown", "error", "warn", "info", "count", "stock",
    "rate", "amount", "True", "False", "TRUE", "FALSE", "None", "nan",
}  # fmt: skip
CODE = re.compile(r"[a-z_]+\.[a-z_]+|\d{6}-\S+|[0-9a-f]{16}\S*|[a-z]+_[a-z_]+")


@pytest.fixture(scope="module")
def folder(samples: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published") / "counties"
    with open_warehouse(samples.settings.warehouse, read_only=True) as connection:
        # 110101: there is no report of 东城区
        write(connection, folder, home_county="110101")
    return folder


def write(
    connection: Any, folder: Path, home_county: str | None = None, workers: int = 1, most: int = 400
) -> int:
    """Publish the county workbooks only."""
    new = folder.with_name("counties.new")
    count = write_county_workbooks(
        connection,
        new,
        before=folder,
        corrections=folder.parent / "corrections",
        home_county=home_county,
        most=most,
        workers=workers,
    )
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)
    return count


def open_county(folder: Path, code: str) -> Workbook:
    (path,) = folder.glob(f"{code}-*.xlsx")
    return load_workbook(path)


def rows_of(book: Workbook, title: str) -> list[dict[str, Any]]:
    header, *rows = book[title].iter_rows(values_only=True)
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


def test_each_county_with_reports_has_one_and_the_home_county_too(
    samples: Installation, folder: Path
) -> None:
    reported = samples.query("select distinct county_code from marts.reporting_compliance order by 1")
    codes = sorted(path.name[:6] for path in folder.glob("*.xlsx"))
    assert codes == sorted([*(code for (code,) in reported), "110101"])
    assert open_county(folder, "500151").sheetnames == SHEETS


def test_processes_write_the_same_workbooks(
    samples: Installation, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(county_files, "_FEW", 1)
    monkeypatch.setattr(county_files, "_CHUNK", 2)
    there = tmp_path / "counties"
    with open_warehouse(samples.settings.warehouse, read_only=True) as connection:
        count = write(connection, there, home_county="110101", workers=2)
    assert count == len(list(folder.glob("*.xlsx"))) > 3
    assert list(cells(there)) == list(cells(folder))
    assert sorted(path.name for path in there.iterdir()) == sorted(path.name for path in folder.iterdir())
    with open_warehouse(samples.settings.warehouse, read_only=True) as connection:
        assert write(connection, there, home_county="110101", workers=2) == 0


def test_a_workbook_made_on_request_equals_the_published_one(
    samples: Installation, folder: Path, tmp_path: Path
) -> None:
    with open_warehouse(samples.settings.warehouse, read_only=True) as connection:
        for path in folder.glob("*.xlsx"):
            name, data = make_county_workbook(connection, path.name[:6], "110101")
            (tmp_path / name).write_bytes(data)
    assert list(cells(tmp_path)) == list(cells(folder))


def test_with_too_many_counties_only_the_home_county_has_a_workbook(
    samples: Installation, tmp_path: Path
) -> None:
    counties = tmp_path / "counties"
    with open_warehouse(samples.settings.warehouse, read_only=True) as connection:
        count = write(connection, counties)
        assert count > 3
        assert write(connection, counties, most=count) == 0
        assert len(list(counties.glob("*.xlsx"))) == count
        assert write(connection, counties, home_county="500151", most=count - 1) == 0
        assert [path.name[:6] for path in counties.glob("*.xlsx")] == ["500151"]
        assert write(connection, counties, most=count - 1) == 0
        assert list(counties.glob("*.xlsx")) == []


def test_a_workbook_that_a_process_could_not_write_is_named() -> None:
    failure = county_files._fail(
        [(Path("500151-铜梁区.xlsx"), None)], "it was not finished after 600 s", End.TIMED_OUT
    )  # type: ignore[list-item]
    assert failure == "500151-铜梁区.xlsx could not be written: it was not finished after 600 s"


def cells(folder: Path) -> Iterator[tuple[str, str, str]]:
    for path in sorted(folder.glob("*.xlsx")):
        book = load_workbook(path)
        for sheet in book.worksheets[1:]:  # the guide lists field names
            header = [cell.value for cell in sheet[1]]
            for row in sheet.iter_rows(min_row=2, values_only=True):
                for name, value in zip(header, row, strict=True):
                    if value is not None and name not in ID_HEADERS and name not in ("文件名", "标题"):
                        yield f"{path.name} {sheet.title}", str(name), str(value)


def test_no_sheet_shows_a_code_where_a_name_exists(folder: Path) -> None:
    shown = [cell for cell in cells(folder) if cell[2] in CODES or CODE.fullmatch(cell[2])]
    assert shown == []


def test_headers_are_chinese_and_ids_come_last(folder: Path) -> None:
    book = open_county(folder, "500151")
    for title in SHEETS[1:8]:
        header = [str(cell.value) for cell in book[title][1]]
        assert not [name for name in header if re.search("[A-Za-z]", name)]
        assert header[-1] in ID_HEADERS
        assert not ID_HEADERS & set(header[:-1])
        assert book[title].freeze_panes == "C2"
        assert book[title].auto_filter.ref
        assert book[title].page_setup.orientation == "landscape"


def test_the_desk_answers_who_is_missing_and_late(samples: Installation, folder: Path) -> None:
    book = open_county(folder, "500151")
    missing = samples.query(
        "select unit_name from marts.county_desk('500151', 2024) where timeliness = 'not_reported'"
    )
    shown = [row["乡镇街道"] for row in rows_of(book, "未报送") if row["报告年度"] == 2024]
    assert shown == [name for (name,) in missing]  # in the same order as on the page
    assert shown[:3] == ["巴川街道", "东城街道", "南城街道"]
    late = [row for row in rows_of(book, "迟报") if row["乡镇街道"] == "太平镇"]
    expected = samples.query(
        "select lateness_zh from marts.reporting_compliance where township_key = '500151-太平镇'"
    )
    assert [(row["报送情况"],) for row in late] == expected
    assert re.fullmatch(r"按时|迟报\d+天|未见日期", late[0]["报送情况"])


def test_the_first_sheet_sums_up_the_latest_year(samples: Installation, folder: Path) -> None:
    said = open_county(folder, "500229")["说明"]["A2"].value
    assert said.startswith("2023年度：共25个乡镇街道，已报送1个，未报送24个（")
    assert "内容不全1个（巴山镇）；存疑、尚未核对的数字0处。" in said
    [(names,)] = samples.query(
        "select string_agg(unit_name, '、' order by township_code) from marts.unreported_townships "
        "join (select township_key, township_code from marts.dim_township) using (township_key) "
        "where county_code = '500229' and report_year = 2023"
    )
    assert f"未报送24个（{names}）" in said
    assert not open_county(folder, "110101")["说明"]["A2"].value  # no report


def test_a_rejected_file_is_in_the_workbook_of_its_county(samples: Installation, tmp_path: Path) -> None:
    names = ("安居镇2024.docx", "重庆市/城口县/坏.doc")
    settings = change_copy(samples, tmp_path, *(one for name in names for one in refuse(name)))

    def list_files(code: str, home: str | None) -> list[tuple[str, str | None, str]]:
        with open_warehouse(settings.published / "fazhi.duckdb", read_only=True) as connection:
            _, data = make_county_workbook(connection, code, home)
        rows = rows_of(load_workbook(BytesIO(data)), "未收录的文件")
        return [(row["文件名"], row["可能是"], row["退回时这样写"]) for row in rows if row["文件路径"]]

    assert list_files("500151", "500151") == [
        ("安居镇2024.docx", "安居镇", "请重新报送"), ("重庆市/城口县/坏.doc", None, "请重新报送"),
    ]  # fmt: skip
    assert list_files("500229", None) == [("重庆市/城口县/坏.doc", None, "请重新报送")]
    assert list_files("500151", None) == []


def test_what_an_officer_types_is_read_and_survives(samples: Installation, tmp_path: Path) -> None:
    folder, corrections = tmp_path / "counties", tmp_path / "corrections"
    with open_warehouse(samples.settings.warehouse, read_only=True) as connection:
        assert write(connection, folder) > 0
        assert write(connection, folder) == 0
    (path,) = folder.glob("500151-*.xlsx")
    book = load_workbook(path)
    figures, late = book["乡镇指标"], book["迟报"]
    place = {str(cell.value): cell.column for cell in figures[1]}
    quantity_id = figures.cell(2, place["数字编号"]).value
    figures.cell(2, place["更正值"]).value = "1,278"
    figures.cell(2, place["更正指标"]).value = book["指标目录"].cell(5, 1).value
    figures.cell(3, place["已确认"]).value = "是"
    received = {str(cell.value): cell.column for cell in late[1]}["收到日期"]
    late.cell(2, received).value = date(2025, 5, 18)
    book.save(path)

    with open_warehouse(samples.settings.warehouse, read_only=True) as connection:
        assert write(connection, folder) == 1
    assert load_workbook(path)["乡镇指标"].cell(2, place["更正值"]).value is None
    decisions = read_decisions(REFERENCE, corrections)
    assert decisions.problems == ()
    said = {(one.field, one.corrected_value) for one in decisions.corrections}
    assert {("value", "1278.0"), ("confirmed", "true"), ("received_on", "2025-05-18")} <= said
    assert quantity_id in {one.quantity_id for one in decisions.corrections}
    assert collect_edited(folder, corrections) == []


def test_an_incomplete_copy_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, corrections = tmp_path / "counties", tmp_path / "corrections"
    folder.mkdir()
    (folder / "1-甲县.xlsx").write_bytes(b"edited")
    write_manifest(folder, {"1-甲县.xlsx": ["content", 0, 0]})

    def copy_half(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes()[:3])
        raise OSError("no space left")

    with monkeypatch.context() as full:
        full.setattr(shutil, "copy2", copy_half)
        with pytest.raises(OSError, match="no space left"):
            collect_edited(folder, corrections)
    assert read_decisions(REFERENCE, corrections).problems == ()
    (copy,) = collect_edited(folder, corrections)
    assert copy.read_bytes() == b"edited"


def test_a_workbook_that_nobody_touched_is_not_collected(folder: Path, tmp_path: Path) -> None:
    assert collect_edited(folder, tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_the_guide_counts_what_its_sheets_show(folder: Path) -> None:
    workbooks = list(folder.glob("*.xlsx"))
    assert len(workbooks) > 1
    for path in workbooks:
        book = load_workbook(path)
        guide = book["说明"].iter_rows(min_row=4, values_only=True)
        counted = {row[0]: row[1] for row in guide if isinstance(row[1], int)}
        medians = [row for row in book["趋势"].iter_rows(max_col=1, values_only=True) if row == ("中位数",)]
        assert counted["趋势"] == len(medians)
        for title in SHEETS[1:8]:
            shown = [
                row
                for row in rows_of(book, title)
                if len([one for one in row.values() if one is not None]) > 1
            ]
            assert counted[title] == len(shown), (path.name, title)


def test_lists_offer_indicators_by_name(folder: Path) -> None:
    book = open_county(folder, "500151")
    lists = [one.formula1 for one in book["乡镇指标"].data_validations.dataValidation]
    names = [row["指标"] for row in rows_of(book, "指标目录")]
    assert any(f"'指标目录'!$A$2:$A${len(names) + 1}" in formula for formula in lists)
    assert names[-1] == "无"


def test_a_doubtful_figure_is_marked_where_it_is_ranked_and_listed(
    samples: Installation, tmp_path: Path
) -> None:
    [(quantity_id,)] = samples.query(
        "select quantity_id from marts.indicator_trends where township_key = '500229-巴山镇' limit 1"
    )
    settings = change_copy(
        samples,
        tmp_path,
        f"update marts.quantity_findings set quantity_id = '{quantity_id}', severity = 'warn'",
        "insert into marts.indicator_rankings by name select county_code, county_name, report_year, "
        "indicator_id, name_zh, domain_id as domain_name_zh, 1 as county_rank, '第1名' as rank_zh, township_key, "
        "unit_name, value, unit, qualifier, 3 as townships_with_value, 3 as townships_in_county, sentence, report_id, "
        f"quantity_id from marts.township_indicators where quantity_id = '{quantity_id}'",
    )
    with open_warehouse(settings.published / "fazhi.duckdb", read_only=True) as connection:
        _, data = make_county_workbook(connection, "500229", None)
    book = load_workbook(BytesIO(data))
    for title in ("排名", "乡镇指标"):
        doubts = {row["数字编号"]: row["存疑"] for row in rows_of(book, title)}
        assert {one for one, doubt in doubts.items() if doubt} == {quantity_id}
        assert doubts[quantity_id] == "应当核对"
    assert len(rows_of(book, "乡镇指标")) > 1


def test_what_somebody_confirmed_is_no_longer_to_be_checked(samples: Installation, tmp_path: Path) -> None:
    settings = change_copy(
        samples,
        tmp_path,
        "update marts.quantity_findings set severity = 'warn' where township_key = '500229-巴山镇'",
        "insert into marts.decisions by name select 'c-1' as correction_id, report_id, quantity_id, 'confirmed' as "
        "field, 'true' as corrected_value, 'a.csv' as file, 2 as row_number from marts.quantity_findings",
        "update marts.reporting_compliance set published_on = null, lateness_zh = '未见日期', "
        "document_date = publication_due_on + 1 where township_key = '500229-巴山镇'",
    )
    with open_warehouse(settings.published / "fazhi.duckdb", read_only=True) as connection:
        _, data = make_county_workbook(connection, "500229", None)
    book = load_workbook(BytesIO(data))
    assert {row["程度"] for row in rows_of(book, "数字存疑")} == {"已确认"}
    said = book["说明"]["A2"].value
    assert "未见日期1个（其中成文已过公开期限1个（巴山镇））；" in said
    assert "尚未核对的数字0处" in said


def test_the_countys_own_candidates_can_be_chosen_among_many(samples: Installation, tmp_path: Path) -> None:
    others = "、".join(f"某某省某某市第{number}县太平镇" for number in range(40))
    settings = change_copy(
        samples,
        tmp_path,
        "insert into marts.unresolved_reports by name select 'r' as report_id, 'a.txt' as source_name, "
        "'a.txt' as source_path, 'ambiguous' as resolution, '同名乡镇不止一个，请选择' as problem_zh, "
        f"'{others}、重庆市铜梁区太平镇' as candidates_zh, '500151-太平镇' as candidate_keys",
    )
    with open_warehouse(settings.published / "fazhi.duckdb", read_only=True) as connection:
        _, data = make_county_workbook(connection, "500151", None)
    sheet = load_workbook(BytesIO(data))["待认领"]
    (row,) = rows_of(sheet.parent, "待认领")
    assert row["可能是"] == f"重庆市铜梁区太平镇、{others}"
    (offered,) = [one.formula1 for one in sheet.data_validations.dataValidation if one.type == "list"]
    assert offered.startswith('"重庆市铜梁区太平镇,某某省某某市第0县太平镇,')
    assert len(offered) <= 257


def test_a_chart_of_some_townships_says_so(tmp_path: Path) -> None:
    trends = [
        ("disputes.found", "排查矛盾纠纷件数", "件", f"第{number}镇", year, 5.0, None)
        for number in range(11)
        for year in (2023, 2024)
    ]
    for rows, says_so in ((trends, True), (trends[:20], False)):
        path = tmp_path / "a.xlsx"
        with CountyBook(path) as book:
            write_trends(book, County("500151", "铜梁区", "重庆市铜梁区", {}, rows, []))
        with ZipFile(path) as package:
            chart = package.read("xl/charts/chart1.xml").decode()
        assert ("只画表中前10个和中位数" in chart) == says_so


def test_trends_show_which_figures_are_doubtful_or_parts(tmp_path: Path) -> None:
    remarks = [None, "doubtful", "partial"]
    rows = [
        ("disputes.found", "排查矛盾纠纷件数", "件", f"第{number}镇", 2024, 5.0, remark)
        for number, remark in enumerate(remarks)
    ]
    for shown, legend in ((rows, "黄底的存疑，请先核对；斜体的只是部分"), (rows[:1], None)):
        with CountyBook(tmp_path / "a.xlsx") as book:
            write_trends(book, County("500151", "铜梁区", "重庆市铜梁区", {}, shown, []))
        sheet = load_workbook(tmp_path / "a.xlsx")["趋势"]
        looks = [
            (
                sheet.cell(3 + place, 2).fill.start_color.rgb == "FFFFEFC6",
                bool(sheet.cell(3 + place, 2).font.i),
            )
            for place in range(len(shown))
        ]
        assert looks == [(False, False), (True, False), (False, True)][: len(shown)]
        assert (sheet.cell(4 + len(shown), 1).value or None) == legend


def test_trends_have_charts(samples: Installation, folder: Path) -> None:
    ((code,),) = samples.query(
        "select county_code from marts.indicator_trends where previous_value is not null limit 1"
    )
    (path,) = folder.glob(f"{code}-*.xlsx")
    with ZipFile(path) as package:
        charts = [name for name in package.namelist() if name.startswith("xl/charts/chart")]
        drawn = b"".join(package.read(name) for name in charts)
    assert charts
    assert b"<c:lineChart>" in drawn


def test_pages_of_trends_begin_with_an_indicator(folder: Path) -> None:
    pages = 0
    for path in folder.glob("*.xlsx"):
        sheet = load_workbook(path)["趋势"]
        for broken in sheet.row_breaks.brk:
            pages += 1
            assert sheet.cell(broken.id + 2, 1).value == "乡镇街道", (path.name, broken.id)
    assert pages, "no workbook has more than a page of trends"
