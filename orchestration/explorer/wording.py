"""The words of the pages in Chinese and English, and the formats of values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

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
from orchestration.publishing.spreadsheet import CODES_ZH


class Words(NamedTuple):
    """A text in both languages."""

    zh: str
    en: str

    def told(self, language: str) -> str:
        """Return the text in a language of `LANGUAGES`."""
        return self.en if language == "en" else self.zh


LANGUAGES = ("zh", "en")
# before a number
REMARKS: dict[str, Words] = {
    "doubtful": Words("存疑", "doubtful"),
    Qualifier.APPROX: Words("约", "≈"),
    Qualifier.AT_LEAST: Words("≥", "≥"),
    Qualifier.AT_MOST: Words("≤", "≤"),
    Scope.PARTIAL: Words("部分", "part"),
    "one_of_several": Words("另有他数", "one of several"),
}


def _add_english(column: str, english: Mapping[str, str]) -> dict[str, Words]:
    """Return the codes of a column in `CODES_ZH` with their English words."""
    return {code: Words(CODES_ZH[column][code], en) for code, en in english.items()}


_CODES: dict[str, Words] = {
    **_add_english(
        "qualifier",
        {
            Qualifier.EXACT: "exact",
            Qualifier.APPROX: "approximate",
            Qualifier.AT_LEAST: "at least",
            Qualifier.AT_MOST: "at most",
        },
    ),
    **_add_english(
        "section_type",
        {
            SectionType.PREAMBLE: "preamble",
            SectionType.ACHIEVEMENTS: "achievements",
            SectionType.LEADERSHIP: "leadership",
            SectionType.PROBLEMS: "problems",
            SectionType.PLANS: "plans",
            SectionType.OTHER: "other",  # also a period
        },
    ),
    **_add_english(
        "kind",
        {
            IndicatorKind.COUNT: "count",
            IndicatorKind.STOCK: "stock",
            IndicatorKind.RATE: "rate",
            IndicatorKind.AMOUNT: "amount",
        },
    ),
    **_add_english(
        "admin_level",
        {
            AdminLevel.TOWNSHIP: "township",
            AdminLevel.COUNTY: "county",
            AdminLevel.CITY: "city",
            AdminLevel.PROVINCE: "province",
            AdminLevel.DEPARTMENT: "department",
            AdminLevel.UNKNOWN: "unknown",
        },
    ),
    **_add_english(
        "severity",
        {
            Severity.ERROR: "impossible",
            Severity.WARN: "to be checked",
            Severity.INFO: "can be explained",
        },
    ),
    # Shorter than in sheets, or with what to do about it.
    Period.REPORT_YEAR: Words("本年", "report year"),
    Period.PREVIOUS_YEAR: Words("上年", "previous year"),
    Period.PLAN: Words("计划", "plan"),
    Scope.TOTAL: Words("总数", "total"),
    Scope.PARTIAL: Words("部分或专项", "partial"),
    Resolution.STATED: Words("写明", "stated"),
    Resolution.INFERRED: Words("推断", "inferred"),
    Resolution.AMBIGUOUS: Words("有同名，待认领", "ambiguous"),
    Resolution.UNRESOLVED: Words("未确定，待认领", "unresolved"),
    TextSource.TEXT: Words("文字版", "text"),
    TextSource.OCR: Words("扫描识别", "scan (OCR)"),
    # type of a finding
    "outside_range": Words("超出合理范围", "outside range"),
    "doubtful": Words("存疑", "doubtful"),
    "confirmed": Words("已确认", "confirmed"),
    # timeliness
    "not_reported": Words("未报送", "not reported"),
    "not_collected": Words("本地尚无报告", "no report of this county yet"),
    "in_time": Words("按时", "in time"),
    "late": Words("迟报", "late"),
    "no_date": Words("未见日期", "no date printed"),
    # what became of a file
    FileStatus.DUPLICATE: Words("重复，内容与另一个文件相同", "has the content of another file"),
    FileStatus.SUPERSEDED: Words(
        "同一乡镇、同一年度以另一个文件为准", "another file counts for the township and year"
    ),
    "unclaimed": Words("看不出是哪个乡镇、哪一年的报告，待认领", "township or year unknown, to be claimed"),
    "not_township": Words("不是乡镇街道的报告", "not the report of a township"),
    "other_kind": Words("不是法治政府建设年度报告", "another kind of report"),
    "elsewhere": Words("不是本区县的报告", "of another county"),
    # state of a decision
    "waiting": Words("等待（下次运行）", "waiting for the next run"),
    "applied": Words("已生效", "applied"),
    "replaced": Words("已被后来的决定取代", "replaced by a later decision"),
    "failed": Words("未能生效", "not applied"),
    "withdrawn": Words("已撤销", "withdrawn"),
    # outcome of a plan
    "plan_reported": Words(CODES_ZH["outcome"]["reported"], "covered in the next report"),
    "plan_not_reported": Words(CODES_ZH["outcome"]["not_reported"], "not covered in the next report"),
    "plan_no_next_report": Words(CODES_ZH["outcome"]["no_next_report"], "no next report yet"),
}


def word(code: str | None, language: str) -> str:
    """Return a code of a closed list in words; a code without words is unchanged."""
    if code is None:
        return ""
    words = _CODES.get(code)
    return code if words is None else words.told(language)


def print_number(value: float | None) -> str:
    """Print a number with thousands separators and at most two decimals; empty for None."""
    if value is None or not math.isfinite(value):
        return ""
    if float(value).is_integer():
        return f"{int(value):,}"
    printed = f"{value:,.2f}".rstrip("0").rstrip(".")
    # a small share must not look like 0
    return printed if printed.strip("-0.,") else f"{value:.3g}"


def print_exact(value: float) -> str:
    """Print a number to the last digit, as in a form field."""
    return str(int(value)) if float(value).is_integer() else repr(value)


def print_value(value: Any) -> str:
    """Print any value of a cell as text."""
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return print_number(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def whole_of(county_name: str | None) -> str:
    """Return 全区, 全县, 全市 …: how a county refers to all of itself."""
    last = (county_name or "")[-1:]
    return f"全{last}" if last in {"区", "县", "市", "旗"} else "全区县"
