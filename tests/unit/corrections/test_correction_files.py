"""Every form in which people save decisions: what is applied, and what is reported with its row."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from orchestration.pipeline.corrections.decisions import CorrectionProblem
from orchestration.pipeline.corrections.figures import correct_quantities, judge_decisions
from orchestration.pipeline.corrections.folder import Decisions, read_decisions
from orchestration.pipeline.records import Quantity

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
    """A folder of decisions, and what becomes of them on one report with two figures."""

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

    def apply(self) -> tuple[list[Quantity], list[CorrectionProblem]]:
        decisions = self.read()
        own = decisions.by_report().get(REPORT, [])
        figures = [one for one in own if one.is_of_figure]
        return correct_quantities(REPORT, QUANTITIES, own, RANGES), [
            *decisions.problems,
            *judge_decisions(QUANTITIES, figures, RANGES, NAMES)[1],
        ]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "corrections")


CSV = f"数字编号,更正值,备注\n{Q1},99,与台账不符\n"

GOOD: dict[str, tuple[str, bytes | str | list[list[Any]]]] = {
    "UTF-8": ("a.csv", CSV),
    "UTF-8 with a mark": ("a.csv", b"\xef\xbb\xbf" + CSV.encode()),
    "GB18030, as Chinese Excel saves it": ("a.csv", CSV.encode("gb18030")),
    "CRLF": ("a.csv", CSV.replace("\n", "\r\n")),
    "CR alone": ("a.csv", CSV.replace("\n", "\r")),
    "UTF-16 with tabs, as Excel's Unicode text": ("a.txt", CSV.replace(",", "\t").encode("utf-16")),
    "semicolons": ("a.csv", CSV.replace(",", ";")),
    "workbook": ("a.xlsx", [["数字编号", "更正值"], [Q1, 99]]),
    "workbook, number as text": ("a.xlsx", [["数字编号", "更正值"], [Q1, "99"]]),
    "title above the header": ("a.xlsx", [["铜梁区更正表"], [], ["数字编号", "更正值"], [Q1, 99]]),
    "header variants": ("a.csv", f"Quantity_ID,更正数值（数字）\n{Q1},99\n"),
    "header on two lines": ("a.xlsx", [["数字编号\nquantity_id", "更正值\ncorrected_value"], [Q1, 99]]),
    "short id": ("a.csv", f"数字编号,更正值\n{Q1[:10]}{Q1[16:]},99\n"),
    "id without its last number": ("a.csv", f"数字编号,更正值\n{Q1.removesuffix('-0')},99\n"),
    "address of the page": ("a.csv", f"数字编号,更正值\nq-{Q1},99\n"),
    "capitals and full width": ("a.csv", f"数字编号,更正值\n {Q1.upper()} ,９９\n"),
    "unit behind the value": ("a.csv", f"数字编号,更正值\n{Q1},99次\n"),
    "Chinese numeral": ("a.csv", f"数字编号,更正值\n{Q1},九十九\n"),
    "by its words": ("a.csv", f"报告编号,原文,原句,更正值\n{REPORT},98次,集体学法98次,99\n"),
    "words where the place has moved": (
        "a.csv",
        f"数字编号,原文,原句,更正值\n{REPORT}-q17-0,98次,集体学法98次,99\n",
    ),
    "as the seed has it": (
        "a.csv",
        "correction_id,content_sha256,target,field,surface,sentence_piece,corrected_value,decided_by,decided_on,reason\n"
        f"c1,{REPORT + '0' * 48},quantity,value,98次,学法98次,99,王某,2026-01-31,与台账不符\n",
    ),
}


@pytest.mark.parametrize(("name", "data"), GOOD.values(), ids=GOOD)
def test_is_applied_to_its_figure_alone(folder: Folder, name: str, data: Any) -> None:
    folder.add(name, data)
    (first, second), problems = folder.apply()
    assert (first.value, first.unit, first.confidence) == (99.0, "次", 1.0)
    assert first.correction_id
    assert second == QUANTITIES[1]
    assert problems == []


BAD: dict[str, tuple[str, bytes | str | list[list[Any]], str, int | None, str, str | None]] = {
    "no such figure": (
        "a.csv",
        f"数字编号,原文,原句,更正值\n{REPORT}-q99-0,99次,学法99次,9\n",
        "unknown_quantity",
        2,
        "中没有“99次”；最接近的是“98次”",
        "98次",
    ),
    "another figure at the place": (
        "a.csv",
        f"数字编号,原文,更正值\n{Q1},97次,99\n",
        "figure_changed",
        2,
        "“97次”",
        "98次",
    ),
    "no such report": (
        "a.csv",
        "数字编号,更正值\n3fa9c01b2d4e5f61-q12-0,99\n",
        "unknown_report",
        2,
        "没有编号",
        REPORT,
    ),
    "short id of two reports": (
        "a.csv",
        "数字编号,更正值\n3fa9c01b-q12-0,99\n",
        "ambiguous_id",
        2,
        "太短",
        None,
    ),
    "no id": ("a.csv", "数字编号,更正值\n第3行,99\n", "bad_id", 2, "第3行", None),
    "empty id": ("a.csv", "数字编号,更正值\n,99\n", "missing_target", 2, "不知道更正什么", None),
    "report alone for a figure": (
        "a.csv",
        f"报告编号,更正值\n{REPORT},99\n",
        "missing_target",
        2,
        "哪一个数字",
        None,
    ),
    "no number": ("a.csv", f"数字编号,更正值\n{Q1},很多\n", "bad_value", 2, "“很多”不是一个数", None),
    "not finite": ("a.csv", f"数字编号,更正值\n{Q1},inf\n", "bad_value", 2, "不是有限的数", None),
    "not a number at all": ("a.csv", f"数字编号,更正值\n{Q1},nan\n", "bad_value", 2, "不是有限的数", None),
    "beyond the indicator": (
        "a.csv",
        f"数字编号,更正值\n{Q1},1.3万\n",
        "out_of_range",
        2,
        "13000次超出“集体学法次数”的上限2000",
        "98次",
    ),
    "unknown indicator": (
        "a.csv",
        f"数字编号,更正指标\n{Q1},集体学法次\n",
        "unknown_indicator",
        2,
        "没有“集体学法次”这个指标",
        None,
    ),
    "unknown period": ("a.csv", f"数字编号,更正时期\n{Q1},不久\n", "bad_value", 2, "报告年度、上年", None),
    "neither yes nor no": (
        "a.csv",
        f"数字编号,不是数字\n{Q1},也许\n",
        "bad_value",
        2,
        "不是数字“也许”",
        None,
    ),
    "no figure, and yet corrected": (
        "a.csv",
        f"数字编号,更正值,不是数字\n{Q1},99,是\n",
        "contradiction",
        2,
        "又写了更正内容",
        None,
    ),
    "no year": ("a.csv", f"报告编号,更正年份\n{REPORT},去年\n", "bad_value", 2, "不是年份", None),
    "year to come": ("a.csv", f"报告编号,更正年份\n{REPORT},2062\n", "bad_value", 2, "2026", None),
    "no such township": (
        "a.csv",
        f"报告编号,更正乡镇\n{REPORT},铜梁区大平镇镇\n",
        "unknown_township",
        2,
        "没有“铜梁区大平镇镇”",
        None,
    ),
    "namesakes": (
        "a.csv",
        f"报告编号,更正乡镇\n{REPORT},太平镇\n",
        "ambiguous_township",
        2,
        "请写明省市县",
        None,
    ),
    "no date": ("a.csv", f"报告编号,收到日期\n{REPORT},开春\n", "bad_date", 2, "不是日期", None),
    "no such day": ("a.csv", f"报告编号,收到日期\n{REPORT},2026-02-31\n", "bad_date", 2, "不是日期", None),
    "no time of decision": (
        "a.csv",
        f"数字编号,更正值,更正时间\n{Q1},99,上周\n",
        "bad_date",
        2,
        "更正时间",
        None,
    ),
    "comma that nobody quoted": ("a.csv", f"数字编号,更正值\n{Q1},1,278\n", "misaligned", 2, "逗号", None),
    "two units": (
        "a.csv",
        f"数字编号,更正值,更正单位\n{Q1},99次,件\n",
        "contradiction",
        2,
        "更正单位却是“件”",
        None,
    ),
    "no header": ("a.csv", "编号,数值\n1,99\n", "no_header", None, "没有找到表头", "编号、数值"),
    "not a workbook": ("a.xlsx", "数字编号,更正值\n", "unreadable", None, "不是完好的工作簿", None),
    "not a text": ("a.csv", bytes(range(128, 256)) * 4, "unreadable", None, "不是能读懂的文本", None),
    "a document": ("a.docx", b"PK", "unknown_format", None, "另存为", None),
}


@pytest.mark.parametrize(("name", "data", "code", "row", "says", "nearest"), BAD.values(), ids=BAD)
def test_is_reported_and_the_others_are_applied(
    folder: Folder, name: str, data: Any, code: str, row: int | None, says: str, nearest: str | None
) -> None:
    folder.add(name, data)
    folder.add("good.csv", f"数字编号,更正值\n{Q2},7\n")
    (first, second), problems = folder.apply()
    assert first == QUANTITIES[0]
    assert second.value == 7.0
    assert {(one.problem_code, one.file, one.row_number) for one in problems} == {(code, name, row)}
    assert says in problems[0].problem_zh
    assert problems[0].problem
    assert nearest is None or nearest in (problems[0].nearest_match or "")


def test_a_good_row_beside_a_bad_one_is_applied(folder: Folder) -> None:
    folder.add("a.csv", f"数字编号,更正值\n{Q1},很多\n{Q2},7\n")
    (first, second), problems = folder.apply()
    assert (first.value, second.value) == (98.0, 7.0)
    assert [one.row_number for one in problems] == [2]


def test_the_later_of_two_decisions_counts(folder: Folder) -> None:
    folder.add("a.csv", f"数字编号,更正值,更正时间\n{Q1},97,2026年3月1日\n")
    folder.add("b.csv", f"数字编号,更正值,更正时间\n{Q1},99,2026/3/2 9:30\n")
    (first, _), problems = folder.apply()
    assert first.value == 99.0
    assert [(one.problem_code, one.file) for one in problems] == [("superseded", "a.csv")]


def test_without_a_time_the_file_saved_later_counts(folder: Folder) -> None:
    folder.add("a.csv", f"数字编号,更正值\n{Q1},97\n", saved=1_000_000)
    folder.add("b.csv", f"数字编号,更正值\n{Q1},99\n", saved=2_000_000)
    assert folder.apply()[0][0].value == 99.0


def test_of_two_that_contradict_each_other_at_one_time_none_counts(folder: Folder) -> None:
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
    assert folder.apply()[0][0] == QUANTITIES[0]


def test_the_same_decision_in_two_files_is_one(folder: Folder) -> None:
    folder.add("a.csv", CSV)
    folder.add("b.xlsx", [["数字编号", "更正值"], [Q1, 99]])
    (first, _), problems = folder.apply()
    assert first.value == 99.0
    assert problems == []


def test_confirming_leaves_a_figure_as_it_is_and_is_kept(folder: Folder) -> None:
    folder.add("a.csv", f"数字编号,已确认,更正人\n{Q1},√,李四\n")
    quantities, problems = folder.apply()
    assert (quantities, problems) == (QUANTITIES, [])
    (kept,) = folder.read().corrections
    assert (kept.field, kept.quantity_id, kept.decided_by) == ("confirmed", Q1, "李四")


def test_what_is_no_figure_stays_without_an_indicator(folder: Folder) -> None:
    folder.add("a.csv", f"数字编号,不是数字\n{Q1},是\n")
    (first, _), _ = folder.apply()
    assert (first.indicator_id, first.period, bool(first.correction_id)) == (None, "other", True)


FIELDS: dict[str, tuple[str, str, str, object]] = {
    "indicator by name": ("更正指标", "制发行政规范性文件数", "indicator_id", "documents.normative_issued"),
    "no indicator": ("更正指标", "无", "indicator_id", None),
    "unit": ("更正单位", "场次", "unit", "场次"),
    "period": ("更正时期", "上年", "period", "previous_year"),
    "scope": ("更正范围", "部分", "scope", "partial"),
}


@pytest.mark.parametrize(("header", "cell", "field", "value"), FIELDS.values(), ids=FIELDS)
def test_corrects_the_field(folder: Folder, header: str, cell: str, field: str, value: object) -> None:
    if value == "documents.normative_issued":
        cell, value = _some_indicator()
    folder.add("a.csv", f"数字编号,{header}\n{Q1},{cell}\n")
    (first, _), problems = folder.apply()
    assert getattr(first, field) == value
    assert problems == []


def _some_indicator() -> tuple[str, str]:
    row = (
        (REFERENCE_DIR / "extract" / "indicators.csv").read_text(encoding="utf-8").splitlines()[3].split(",")
    )
    return row[2], row[0]


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
    folder.add("a.csv", f"报告编号,更正乡镇\n{REPORT},{written}\n")
    found = reports(folder)
    assert (found["county_code"], found["unit_name"]) == ("500151", "太平镇")


def test_of_namesakes_that_of_the_home_county_is_meant(folder: Folder) -> None:
    folder.add("a.csv", f"报告编号,更正乡镇\n{REPORT},太平镇\n")
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


def test_a_row_without_a_decision_is_none(folder: Folder) -> None:
    folder.add(
        "a.xlsx", [["数字编号", "更正值", "备注"], [Q1, None, "待查"], [None, None, None], ["合计", "", ""]]
    )
    assert folder.read() == Decisions((), ())


def test_lock_files_are_passed_over(folder: Folder) -> None:
    folder.add("~$a.xlsx", b"x")
    folder.add(".~lock.a.xlsx#", b"x")
    folder.add("li.csv.lock", b"")
    assert folder.read() == Decisions((), ())


def test_no_folder_is_no_decision(tmp_path: Path) -> None:
    assert read_decisions(REFERENCE_DIR, tmp_path / "none", today=TODAY) == Decisions((), ())


Read = Callable[[], Decisions]


def test_a_changed_file_is_read_again(folder: Folder) -> None:
    folder.add("a.csv", f"数字编号,更正值\n{Q1},97\n", saved=1_000_000)
    assert folder.apply()[0][0].value == 97.0
    folder.add("a.csv", f"数字编号,更正值\n{Q1},99\n", saved=1_000_001)
    assert folder.apply()[0][0].value == 99.0
