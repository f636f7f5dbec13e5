"""Every form in which people save decisions: which are applied, and which are reported with their row."""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from openpyxl import Workbook

from orchestration.pipeline.corrections.figures import correct_quantities, judge_decisions
from orchestration.pipeline.corrections.folder import Decisions, read_decisions
from orchestration.pipeline.corrections.tables import cell_text
from orchestration.pipeline.records import CorrectionFinding, Quantity

REFERENCE_DIR = Path(__file__).parents[3] / "seeds" / "reference"
TODAY = date(2026, 5, 1)
REPORT = "3fa9c01b2d4e5f60"
OTHER = "3fa9c01b77777777"
Q1, Q2 = f"{REPORT}-q12-0", f"{REPORT}-q40-0"
RANGES = {"capacity.study_sessions": (0.0, 2000.0)}
NAMES = {"capacity.study_sessions": "集体学法次数"}


def figure(start: int, surface: str, sentence: str, value: float, unit: str) -> Quantity:
    return Quantity(
        f"{REPORT}-q{start}-0", REPORT, f"{REPORT}-s001", "achievements", "capacity.study_sessions", value, unit,
        "exact", "report_year", "total", "学法", surface, sentence, start - sentence.index(surface), start,
        start + len(surface), "capacity.study_sessions.1", 0.9, None,
    )  # fmt: skip


QUANTITIES = [
    figure(12, "98次", "全年集体学法98次", 98.0, "次"),
    figure(40, "6次", "专题学法6次", 6.0, "次"),
]


class Folder:
    """A folder of decisions, applied to one report with two figures."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()

    def add(self, name: str, data: bytes | list[list[Any]] | str, saved: float | None = None) -> None:
        path = self.path / name
        if isinstance(data, list):
            book = Workbook()
            assert book.active is not None
            for row in data:
                book.active.append(row)
            book.save(path)
        else:
            path.write_bytes(data.encode() if isinstance(data, str) else data)
        if saved is not None:
            os.utime(path, (saved, saved))

    def read(self) -> Decisions:
        return read_decisions(REFERENCE_DIR, self.path, today=TODAY).complete([REPORT, OTHER])

    def apply(self) -> tuple[list[Quantity], list[CorrectionFinding]]:
        decisions = self.read()
        own = decisions.of_figures().get(REPORT, [])
        return correct_quantities(REPORT, QUANTITIES, own, RANGES), [
            *decisions.problems,
            *judge_decisions(QUANTITIES, own, RANGES, NAMES)[1],
        ]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "corrections")


def table(header: str, *rows: str) -> str:
    """Return a CSV as people save it."""
    return "".join(f"{line}\n" for line in (header, *rows))


def of_figure(column: str, cell: str) -> str:
    """Return a CSV with one decision on the first figure."""
    return table(f"数字编号,{column}", f"{Q1},{cell}")


def of_report(column: str, cell: str) -> str:
    """Return a CSV with one decision on the report."""
    return table(f"报告编号,{column}", f"{REPORT},{cell}")


CSV = table("数字编号,更正值,备注", f"{Q1},99,与台账不符")
BOOK = [["数字编号", "更正值"], [Q1, 99]]


class Good(NamedTuple):
    """A file that sets the first figure to 99."""

    data: bytes | str | list[list[Any]]
    name: str = "a.csv"


GOOD = {
    "UTF-8": Good(CSV),
    "UTF-8 with a mark": Good(b"\xef\xbb\xbf" + CSV.encode()),
    "GB18030, as Chinese Excel saves it": Good(CSV.encode("gb18030")),
    "CRLF": Good(CSV.replace("\n", "\r\n")),
    "CR alone": Good(CSV.replace("\n", "\r")),
    "UTF-16 with tabs, as Excel's Unicode text": Good(CSV.replace(",", "\t").encode("utf-16"), "a.txt"),
    "semicolons": Good(CSV.replace(",", ";")),
    "workbook": Good(BOOK, "a.xlsx"),
    "workbook, number as text": Good([["数字编号", "更正值"], [Q1, "99"]], "a.xlsx"),
    "title above the header": Good([["铜梁区更正表"], [], *BOOK], "a.xlsx"),
    "header variants": Good(table("Quantity_ID,更正数值（数字）", f"{Q1},99")),
    "header on two lines": Good([["数字编号\nquantity_id", "更正值\ncorrected_value"], [Q1, 99]], "a.xlsx"),
    "short id": Good(table("数字编号,更正值", f"{Q1[:10]}{Q1[16:]},99")),
    "id without its last number": Good(table("数字编号,更正值", f"{Q1.removesuffix('-0')},99")),
    "address of the page": Good(table("数字编号,更正值", f"q-{Q1},99")),
    "capitals and full width": Good(table("数字编号,更正值", f" {Q1.upper()} ,９９")),
    "unit behind the value": Good(of_figure("更正值", "99次")),
    "Chinese numeral": Good(of_figure("更正值", "九十九")),
    "by its words": Good(table("报告编号,原文,原句,更正值", f"{REPORT},98次,集体学法98次,99")),
    "words where the place has moved": Good(
        table("数字编号,原文,原句,更正值", f"{REPORT}-q17-0,98次,集体学法98次,99")
    ),
    "as the seed has it": Good(
        table(
            "correction_id,content_sha256,target,field,surface,sentence_piece,corrected_value,decided_by,decided_on,reason",
            f"c1,{REPORT + '0' * 48},quantity,value,98次,学法98次,99,王某,2026-01-31,与台账不符",
        )
    ),
}


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_applied_to_its_figure_alone(folder: Folder, file: Good) -> None:
    folder.add(file.name, file.data)
    (first, second), problems = folder.apply()
    assert (first.value, first.unit, first.confidence) == (99.0, "次", 1.0)
    assert first.correction_id
    assert second == QUANTITIES[1]
    assert problems == []


class Bad(NamedTuple):
    """A file that is not applied, and its finding."""

    code: str
    says: str
    data: bytes | str
    nearest: str = ""
    row: int | None = 2
    name: str = "a.csv"


BAD = {
    "no such figure": Bad(
        "unknown_quantity",
        "中没有“99次”；最接近的是“98次”",
        table("数字编号,原文,原句,更正值", f"{REPORT}-q99-0,99次,学法99次,9"),
        nearest="98次",
    ),
    "another figure at the place": Bad(
        "figure_changed", "“97次”", table("数字编号,原文,更正值", f"{Q1},97次,99"), nearest="98次"
    ),
    "no such report": Bad(
        "unknown_report", "没有编号", table("数字编号,更正值", "3fa9c01b2d4e5f61-q12-0,99"), nearest=REPORT
    ),
    "short id of two reports": Bad("ambiguous_id", "太短", table("数字编号,更正值", "3fa9c01b-q12-0,99")),
    "no id": Bad("bad_id", "第3行", table("数字编号,更正值", "第3行,99")),
    "empty id": Bad("missing_target", "不知道更正什么", table("数字编号,更正值", ",99")),
    "report alone for a figure": Bad("missing_target", "哪一个数字", of_report("更正值", "99")),
    "no number": Bad("bad_value", "“很多”不是一个数", of_figure("更正值", "很多")),
    "not finite": Bad("bad_value", "不是有限的数", of_figure("更正值", "inf")),
    "not a number at all": Bad("bad_value", "不是有限的数", of_figure("更正值", "nan")),
    "beyond the indicator": Bad(
        "out_of_range",
        "13000次超出“集体学法次数”的上限2000",
        of_figure("更正值", "1.3万"),
        nearest="98次",
    ),
    "far beyond it": Bad("out_of_range", "9900000000次超出", of_figure("更正值", "九十九亿"), nearest="98次"),
    "unknown indicator": Bad(
        "unknown_indicator", "没有“集体学法次”这个指标", of_figure("更正指标", "集体学法次")
    ),
    "unknown period": Bad("bad_value", "报告年度、上年", of_figure("更正时期", "不久")),
    "neither yes nor no": Bad("bad_value", "不是数字“也许”", of_figure("不是数字", "也许")),
    "no figure, and yet corrected": Bad(
        "contradiction", "又写了更正内容", of_figure("更正值,不是数字", "99,是")
    ),
    "no year": Bad("bad_value", "不是年份", of_report("更正年份", "去年")),
    "year to come": Bad("bad_value", "2026", of_report("更正年份", "2062")),
    "no such township": Bad(
        "unknown_township", "没有“铜梁区大平镇镇”", of_report("更正乡镇", "铜梁区大平镇镇")
    ),
    "namesakes": Bad("ambiguous_township", "请写明省市县", of_report("更正乡镇", "太平镇")),
    "no date": Bad("bad_date", "不是日期", of_report("收到日期", "开春")),
    "no such day": Bad("bad_date", "不是日期", of_report("收到日期", "2026-02-31")),
    "no time of decision": Bad("bad_date", "更正时间", of_figure("更正值,更正时间", "99,上周")),
    "comma that nobody quoted": Bad("misaligned", "逗号", of_figure("更正值", "1,278")),
    "two units": Bad("contradiction", "更正单位却是“件”", of_figure("更正值,更正单位", "99次,件")),
    "no header": Bad("no_header", "没有找到表头", table("编号,数值", "1,99"), nearest="编号、数值", row=None),
    "not a workbook": Bad(
        "unreadable", "不是完好的工作簿", table("数字编号,更正值"), row=None, name="a.xlsx"
    ),
    "not a text": Bad("unreadable", "不是能读懂的文本", bytes(range(128, 256)) * 4, row=None),
    "a document": Bad("unknown_format", "另存为", b"PK", row=None, name="a.docx"),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_is_reported_and_the_others_are_applied(folder: Folder, bad: Bad) -> None:
    folder.add(bad.name, bad.data)
    folder.add("good.csv", table("数字编号,更正值", f"{Q2},7"))
    (first, second), problems = folder.apply()
    assert first == QUANTITIES[0]
    assert second.value == 7.0
    assert {(one.problem_code, one.file, one.row_number) for one in problems} == {
        (bad.code, bad.name, bad.row)
    }
    assert bad.says in problems[0].problem_zh
    assert problems[0].problem
    assert bad.nearest in (problems[0].nearest_match or "")


def test_a_good_row_beside_a_bad_one_is_applied(folder: Folder) -> None:
    folder.add("a.csv", f"数字编号,更正值\n{Q1},很多\n{Q2},7\n")
    (first, second), problems = folder.apply()
    assert (first.value, second.value) == (98.0, 7.0)
    assert [one.row_number for one in problems] == [2]


def test_the_later_of_two_decisions_counts(folder: Folder) -> None:
    folder.add("a.csv", of_figure("更正值,更正时间", "97,2026年3月1日"))
    folder.add("b.csv", of_figure("更正值,更正时间", "99,2026/3/2 9:30"))
    (first, _), problems = folder.apply()
    assert first.value == 99.0
    assert [(one.problem_code, one.file) for one in problems] == [("superseded", "a.csv")]


def test_without_a_time_the_file_saved_later_counts(folder: Folder) -> None:
    folder.add("a.csv", of_figure("更正值", "97"), saved=1_000_000)
    folder.add("b.csv", of_figure("更正值", "99"), saved=2_000_000)
    assert folder.apply()[0][0].value == 99.0


def test_contradictory_decisions_of_the_same_time_cancel_each_other(folder: Folder) -> None:
    folder.add("a.csv", f"数字编号,更正值\n{Q1},97\n{Q1},99\n{Q2},7\n")
    (first, second), problems = folder.apply()
    assert (first, second.value) == (QUANTITIES[0], 7.0)
    assert [(one.problem_code, one.row_number) for one in problems] == [
        ("contradiction", 2),
        ("contradiction", 3),
    ]
    assert "第3行的“更正值 99”矛盾" in problems[0].problem_zh


def test_contradictions_are_seen_through_different_ways_of_naming_a_figure(folder: Folder) -> None:
    folder.add(
        "a.csv",
        f"数字编号,报告编号,原文,原句,更正值\n{Q1},,,,97\n,{REPORT},98次,学法98次,99\n{Q1[:8]}2{Q1[16:]},,,,96\n",
    )
    (first, _), problems = folder.apply()
    assert first == QUANTITIES[0]
    assert {one.problem_code for one in problems} == {"contradiction"}


def test_confirmed_and_corrected_contradict_each_other(folder: Folder) -> None:
    folder.add("a.csv", f"数字编号,更正值,已确认\n{Q1},99,\n{Q1},,是\n")
    (first, _), problems = folder.apply()
    assert first == QUANTITIES[0]
    assert {one.problem_code for one in problems} == {"contradiction"}


def test_the_same_decision_in_two_files_is_one(folder: Folder) -> None:
    folder.add("a.csv", CSV)
    folder.add("b.xlsx", BOOK)
    (first, _), problems = folder.apply()
    assert first.value == 99.0
    assert problems == []


def test_confirming_leaves_a_figure_as_it_is_and_is_kept(folder: Folder) -> None:
    folder.add("a.csv", of_figure("已确认,更正人", "√,李四"))
    quantities, problems = folder.apply()
    assert (quantities, problems) == (QUANTITIES, [])
    (kept,) = folder.read().corrections
    assert (kept.field, kept.quantity_id, kept.decided_by) == ("confirmed", Q1, "李四")


def test_a_number_marked_as_not_a_figure_has_no_indicator(folder: Folder) -> None:
    folder.add("a.csv", of_figure("不是数字", "是"))
    (first, _), _ = folder.apply()
    assert (first.indicator_id, first.period, bool(first.correction_id)) == (None, "other", True)


FIELDS: dict[str, tuple[str, str, str, object]] = {
    "indicator by name": (
        "更正指标",
        "制定规范性文件件数",
        "indicator_id",
        "rules.normative_documents_issued",
    ),
    "no indicator": ("更正指标", "无", "indicator_id", None),
    "unit": ("更正单位", "场次", "unit", "场次"),
    "period": ("更正时期", "上年", "period", "previous_year"),
    "scope": ("更正范围", "部分", "scope", "partial"),
}


@pytest.mark.parametrize(("header", "cell", "field", "value"), FIELDS.values(), ids=FIELDS)
def test_corrects_the_field(folder: Folder, header: str, cell: str, field: str, value: object) -> None:
    folder.add("a.csv", of_figure(header, cell))
    (first, _), problems = folder.apply()
    assert getattr(first, field) == value
    assert problems == []


def reports(folder: Folder) -> dict[str, str]:
    decisions = folder.read()
    assert decisions.problems == ()
    return {one.field: one.corrected_value for one in decisions.corrections}


def test_a_report_gets_its_township_and_year(folder: Folder) -> None:
    folder.add("a.xlsx", [["报告编号", "更正乡镇", "更正年份"], [REPORT, "重庆市铜梁区太平镇", "2024年度"]])
    assert reports(folder) == {
        "unit_name": "太平镇", "county_code": "500151", "admin_level": "township", "report_year": "2024",
    }  # fmt: skip


TOWNSHIPS = ["500151-太平镇", "铜梁区太平镇", "重庆市 铜梁区 太平镇", "重庆铜梁太平镇"]


@pytest.mark.parametrize("written", TOWNSHIPS)
def test_a_township_is_known_as_people_write_it(folder: Folder, written: str) -> None:
    folder.add("a.csv", of_report("更正乡镇", written))
    found = reports(folder)
    assert (found["county_code"], found["unit_name"]) == ("500151", "太平镇")


def test_a_namesake_means_the_one_in_the_home_county(folder: Folder) -> None:
    folder.add("a.csv", of_report("更正乡镇", "太平镇"))
    decisions = read_decisions(REFERENCE_DIR, folder.path, home_county="500151", today=TODAY)
    assert {one.corrected_value for one in decisions.corrections} == {"500151", "太平镇", "township"}


DATES = [
    datetime(2026, 3, 5), date(2026, 3, 5), "2026-03-05", "2026/3/5", "2026.3.5", "2026年3月5日", "20260305", 46086,
    "2026-03-05 10:11", "２０２６-３-５",
]  # fmt: skip


@pytest.mark.parametrize("written", DATES, ids=str)
def test_a_date_is_read_as_people_write_it(folder: Folder, written: object) -> None:
    folder.add("a.xlsx", [["报告编号", "收到日期"], [REPORT, written]])
    assert reports(folder) == {"received_on": "2026-03-05"}


def test_a_row_without_a_decision_is_ignored(folder: Folder) -> None:
    folder.add(
        "a.xlsx", [["数字编号", "更正值", "备注"], [Q1, None, "待查"], [None, None, None], ["合计", "", ""]]
    )
    assert folder.read() == Decisions((), ())


def test_lock_files_are_passed_over(folder: Folder) -> None:
    folder.add("~$a.xlsx", b"x")
    folder.add(".~lock.a.xlsx#", b"x")
    folder.add("li.csv.lock", b"")
    assert folder.read() == Decisions((), ())


def test_without_a_folder_there_are_no_decisions(tmp_path: Path) -> None:
    assert read_decisions(REFERENCE_DIR, tmp_path / "none", today=TODAY) == Decisions((), ())


def test_a_changed_file_is_read_again(folder: Folder) -> None:
    folder.add("a.csv", of_figure("更正值", "97"), saved=1_000_000)
    assert folder.apply()[0][0].value == 97.0
    folder.add("a.csv", of_figure("更正值", "99"), saved=1_000_001)
    assert folder.apply()[0][0].value == 99.0


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("'=98次", "=98次"),
        ("'＝98次", "＝98次"),
        ("'－3件", "－3件"),
        ("'\t98次", "\t98次"),
        ("'98次", "'98次"),
        ("'", "'"),
        ("98'", "98'"),
        ("'\u200b=1+1", "\u200b=1+1"),  # after invisible characters
        ("'\u200b", "'\u200b"),
    ],
)
def test_the_apostrophe_before_a_formula_is_not_part_of_the_text(cell: str, text: str) -> None:
    assert cell_text(cell) == text
