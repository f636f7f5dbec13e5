"""The words of the pages: Chinese first, English beside it, and how values are printed."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any, NamedTuple

from orchestration.pipeline.vocabulary import (
    AdminLevel,
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
    """The same in both languages."""

    zh: str
    en: str


LANGUAGES = ("zh", "en")

_CODES: dict[str, Words] = {
    # period
    Period.REPORT_YEAR: Words("本年", "report year"),
    Period.PREVIOUS_YEAR: Words("上年", "previous year"),
    Period.PLAN: Words("计划", "plan"),
    Period.OTHER: Words("其他", "other"),  # also a section type
    # scope
    Scope.TOTAL: Words("总数", "total"),
    Scope.PARTIAL: Words("部分或专项", "partial"),
    # qualifier
    Qualifier.EXACT: Words("确数", "exact"),
    Qualifier.APPROX: Words("约数", "approximate"),
    Qualifier.AT_LEAST: Words("不少于", "at least"),
    Qualifier.AT_MOST: Words("不超过", "at most"),
    # section_type
    SectionType.PREAMBLE: Words("开头", "preamble"),
    SectionType.ACHIEVEMENTS: Words("举措和成效", "achievements"),
    SectionType.LEADERSHIP: Words("第一责任人履职", "leadership"),
    SectionType.PROBLEMS: Words("不足和原因", "problems"),
    SectionType.PLANS: Words("下一年安排", "plans"),
    # kind of an indicator
    IndicatorKind.COUNT: Words("本年数", "count"),
    IndicatorKind.STOCK: Words("年末数", "stock"),
    IndicatorKind.RATE: Words("比率", "rate"),
    IndicatorKind.AMOUNT: Words("金额", "amount"),
    # resolution
    Resolution.STATED: Words("写明", "stated"),
    Resolution.INFERRED: Words("推断", "inferred"),
    Resolution.AMBIGUOUS: Words("有同名，待认领", "ambiguous"),
    Resolution.UNRESOLVED: Words("未确定，待认领", "unresolved"),
    # admin_level
    AdminLevel.TOWNSHIP: Words("乡镇街道", "township"),
    AdminLevel.COUNTY: Words("区县", "county"),
    AdminLevel.CITY: Words("地市", "city"),
    AdminLevel.PROVINCE: Words("省级", "province"),
    AdminLevel.DEPARTMENT: Words("部门", "department"),
    AdminLevel.UNKNOWN: Words("不明", "unknown"),
    # severity and type of a finding
    Severity.ERROR: Words(CODES_ZH["severity"][Severity.ERROR], "impossible"),
    Severity.WARN: Words(CODES_ZH["severity"][Severity.WARN], "to be checked"),
    Severity.INFO: Words(CODES_ZH["severity"][Severity.INFO], "can be explained"),
    "outside_range": Words("超出合理范围", "outside range"),
    # timeliness
    "not_reported": Words("未报送", "not reported"),
    "not_collected": Words("本地尚无报告", "no report of this county yet"),
    "in_time": Words("按时", "in time"),
    "late": Words("迟报", "late"),
    "no_date": Words("未见日期", "no date printed"),
    # outcome of a plan
    "plan_reported": Words(CODES_ZH["outcome"]["reported"], "told of in the next report"),
    "plan_not_reported": Words(CODES_ZH["outcome"]["not_reported"], "not told of in the next report"),
    "plan_no_next_report": Words(CODES_ZH["outcome"]["no_next_report"], "no next report yet"),
    # where a text comes from
    TextSource.TEXT: Words("文字版", "text"),
    TextSource.OCR: Words("扫描识别", "scan (OCR)"),
}


def word(code: str | None, language: str) -> str:
    """A code of a closed list in words; one that has none stays as it is."""
    if code is None:
        return ""
    words = _CODES.get(code)
    if words is None:
        return code
    return words.en if language == "en" else words.zh


def print_number(value: float | None) -> str:
    """A number with thousands, at most two decimals; empty for none."""
    if value is None or not math.isfinite(value):
        return ""
    if float(value).is_integer():
        return f"{int(value):,}"
    printed = f"{value:,.2f}".rstrip("0").rstrip(".")
    # a small share must not be shown as none at all
    return printed if printed.strip("-0.,") else f"{value:.3g}"


def print_exact(value: float) -> str:
    """A number to the last digit, as a field of a form holds it."""
    return str(int(value)) if float(value).is_integer() else repr(value)


def print_value(value: Any) -> str:
    """Any value of a cell as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (int, float)):
        return print_number(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def whole_of(county_name: str | None) -> str:
    """全区, 全县, 全市 …: how a county speaks of all of itself."""
    last = (county_name or "")[-1:]
    return f"全{last}" if last in {"区", "县", "市", "旗"} else "全区县"
