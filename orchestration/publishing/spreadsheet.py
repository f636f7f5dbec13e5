"""Limits of spreadsheet programs, and text that they must not read as formulas."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

from orchestration.pipeline.corrections.conflicts import FIELD_NAMES_ZH
from orchestration.pipeline.vocabulary import (
    AdminLevel,
    FileStatus,
    IndicatorKind,
    Period,
    Qualifier,
    Resolution,
    Scope,
    SectionType,
    Severity,
    TextSource,
)
from orchestration.publishing.describe import Mart

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

# XlsxWriter options: text stays text and never becomes a formula, link or number.
TEXT_AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
BOM = "\ufeff"  # without it Excel reads UTF-8 in the local encoding
EXCEL_ROWS = 1_048_576  # of one sheet, including title and heading rows
EXCEL_CELL_CHARS = 32_767
# XlsxWriter writes some 300,000 cells a second: a longer sheet would delay every publishing, and few
# computers could open it. A sheet that is too long keeps the latest years and says so.
SHEET_CELLS = 500_000
CSV_CELLS = 10_000_000  # some 200 MB, which a spreadsheet program may open within minutes
_TABS = "\t\r\n"
_FORMULA_STARTS = "".join(
    character
    for character in map(chr, range(0x21, 0x10000))
    if not 0xD800 <= ord(character) < 0xE000 and unicodedata.normalize("NFKC", character)[:1] in set("=+-@")
)  # also ＝ ﹢ － ＠ …, which East Asian spreadsheets read like the narrow ones
_INVISIBLE = "".join(
    character
    for character in map(chr, range(0x10000))
    if unicodedata.category(character) in {"Cc", "Cf", "Zs", "Zl", "Zp"}
)  # a program may drop invisible characters before it looks for a formula


def _character_class(characters: str) -> str:
    return "[" + "".join(f"\\x{{{ord(character):X}}}" for character in characters) + "]"


# For DuckDB (RE2). Text that begins with a tab or a line break is always guarded (OWASP, CSV injection).
FORMULA_PATTERN = (
    f"^(?:{_character_class(_INVISIBLE)}*{_character_class(_FORMULA_STARTS)}|{_character_class(_TABS)})"
)


def could_be_formula(text: str) -> bool:
    """Return whether a spreadsheet might evaluate this text as a formula."""
    begins = text.lstrip(_INVISIBLE)[:1]
    return text.startswith(tuple(_TABS)) or (begins != "" and begins in _FORMULA_STARTS)


def harmless(text: str) -> str:
    """Return text that no spreadsheet evaluates: prefixed with an apostrophe if one might."""
    return f"'{text}" if could_be_formula(text) else text


def fits_spreadsheet(mart: Mart) -> bool:
    """Return whether a mart gets a CSV: it fits on a sheet and is small enough to be opened."""
    return mart.rows < EXCEL_ROWS and mart.rows * len(mart.columns) <= CSV_CELLS


def fitting_rows(columns: int) -> int:
    """Return how many rows of this many columns fit on one sheet."""
    return min(EXCEL_ROWS - HEAD_ROWS, SHEET_CELLS // columns)


HEAD_ROWS = 2  # description of the sheet, and headings


def set_paper(worksheet: Worksheet) -> None:
    """Print on landscape A4, fitted to the paper width, with page numbers at the bottom."""
    worksheet.set_landscape()
    worksheet.set_paper(9)
    worksheet.fit_to_pages(1, 0)
    worksheet.set_footer("&C第 &P 页，共 &N 页")


BESIDE_TEXT = {"align": "right", "indent": 1}  # otherwise 62 and 2023 in the next column look like 622023


def number_format(value: float | None) -> str:
    """Return the number format: thousands separators, at most two decimals, but more for values below 0.01.

    A decimal point appears only before decimals: 2, not 2.
    """
    if value is None or not value % 1:
        return "#,##0"
    decimals = len(f"{value:.4f}".rstrip("0").partition(".")[2])
    if not decimals:
        return "General"  # 0.00001 must not look like 0
    return "#,##0." + "0" * (min(decimals, 2) if abs(value) >= 0.01 else decimals)


def text_width(text: str) -> int:
    """Return the width of a text in letters; a Chinese character counts as two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in text)


# Codes in words, by column, for sheets and CSV files that officers read.
CODES_ZH: dict[str, dict[str, str]] = {
    "qualifier": {
        Qualifier.EXACT: "确数",
        Qualifier.APPROX: "约数",
        Qualifier.AT_LEAST: "不少于",
        Qualifier.AT_MOST: "不超过",
    },
    "scope": {Scope.TOTAL: "总数", Scope.PARTIAL: "部分"},
    "period": {
        Period.REPORT_YEAR: "报告年度",
        Period.PREVIOUS_YEAR: "上年",
        Period.PLAN: "计划",
        Period.OTHER: "其他",
    },
    "kind": {
        IndicatorKind.COUNT: "本年数",
        IndicatorKind.STOCK: "年末数",
        IndicatorKind.RATE: "比率",
        IndicatorKind.AMOUNT: "金额",
    },
    "severity": {Severity.ERROR: "不可能", Severity.WARN: "应当核对", Severity.INFO: "可以解释"},
    "text_source": {TextSource.TEXT: "文字", TextSource.OCR: "扫描识别"},
    "section_type": {
        SectionType.PREAMBLE: "开头",
        SectionType.ACHIEVEMENTS: "举措和成效",
        SectionType.LEADERSHIP: "第一责任人履职",
        SectionType.PROBLEMS: "不足和原因",
        SectionType.PLANS: "下一年安排",
        SectionType.OTHER: "其他",
    },
    "resolution": {
        Resolution.STATED: "写明",
        Resolution.INFERRED: "推断",
        Resolution.AMBIGUOUS: "有同名",
        Resolution.UNRESOLVED: "未确定",
    },
    "admin_level": {
        AdminLevel.TOWNSHIP: "乡镇街道",
        AdminLevel.COUNTY: "区县",
        AdminLevel.CITY: "地市",
        AdminLevel.PROVINCE: "省级",
        AdminLevel.DEPARTMENT: "部门",
        AdminLevel.UNKNOWN: "不明",
    },
    "status": {
        FileStatus.LOADED: "已入库",
        FileStatus.REJECTED: "已拒收",
        FileStatus.DUPLICATE: "重复",
        FileStatus.SUPERSEDED: "被替代",
    },
    "field": FIELD_NAMES_ZH,
    "decision": {"corrected": "已更正", "confirmed": "已确认"},
    "outcome": {
        "reported": "下一年报告提到",
        "not_reported": "下一年报告未提到",
        "no_next_report": "下一年报告未收录",
    },
}


def in_words(expression: str, column: str, otherwise: str | None = None) -> str:
    """Return SQL for codes in words; null stays null.

    Args:
        expression: SQL of the codes.
        column: a key of `CODES_ZH`.
        otherwise: SQL for codes without a word, by default `expression` itself.
    """
    cases = " ".join(f"when '{code}' then '{word}'" for code, word in CODES_ZH[column].items())
    return f"case {expression} {cases} else {otherwise or expression} end"


_LEADING = ("report_year", "province_name", "city_name", "county_name", "unit_name")
_DOUBT = "doubt_zh"  # shown next to the number
_LAST = ("_id", "_key", "_code", "_ids", "_keys", "_en", "sha256")
_FOR_PROGRAMS = frozenset(("message", "reason", "finding_type", "problem", "wide_column_name"))


def is_for_programs(name: str) -> bool:
    """Return whether a column is an id, a code or English, which come last for officers."""
    return name.endswith(_LAST) or name in _FOR_PROGRAMS


def reading_order(names: Iterable[str]) -> list[str]:
    """Return columns in officers' reading order: year and place, then content, ids last."""
    names = list(names)
    leading = [name for name in _LEADING if name in names]
    content = [name for name in names if name not in leading and not is_for_programs(name)]
    if _DOUBT in content and "unit" in content:
        content.remove(_DOUBT)
        number = max(content.index(name) for name in ("unit", "value") if name in content)
        content.insert(number + 1, _DOUBT)
    return leading + content + [name for name in names if is_for_programs(name)]
