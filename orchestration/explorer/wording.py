"""The words of the pages: Chinese first, English beside it, and how values are printed."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any, NamedTuple


class Words(NamedTuple):
    """The same in both languages."""

    zh: str
    en: str


LANGUAGES = ("zh", "en")

_CODES: dict[str, Words] = {
    # period
    "report_year": Words("本年", "report year"),
    "previous_year": Words("上年", "previous year"),
    "plan": Words("计划", "plan"),
    "other": Words("其他", "other"),
    # scope
    "total": Words("总数", "total"),
    "partial": Words("部分或专项", "partial"),
    # qualifier
    "exact": Words("确数", "exact"),
    "approx": Words("约数", "approximate"),
    "at_least": Words("不少于", "at least"),
    "at_most": Words("不超过", "at most"),
    # section_type
    "preamble": Words("开头", "preamble"),
    "achievements": Words("举措和成效", "achievements"),
    "leadership": Words("第一责任人履职", "leadership"),
    "problems": Words("不足和原因", "problems"),
    "plans": Words("下一年安排", "plans"),
    # kind of an indicator
    "count": Words("本年数", "count"),
    "stock": Words("年末数", "stock"),
    "rate": Words("比率", "rate"),
    "amount": Words("金额", "amount"),
    # resolution
    "stated": Words("写明", "stated"),
    "inferred": Words("推断", "inferred"),
    "ambiguous": Words("有同名，待认领", "ambiguous"),
    "unresolved": Words("未确定，待认领", "unresolved"),
    # admin_level
    "township": Words("乡镇街道", "township"),
    "county": Words("区县", "county"),
    "city": Words("地市", "city"),
    "province": Words("省级", "province"),
    "department": Words("部门", "department"),
    "unknown": Words("不明", "unknown"),
    # severity and type of a finding
    "error": Words("错误", "error"),
    "warning": Words("存疑", "warning"),
    "warn": Words("存疑", "warning"),
    "info": Words("提示", "info"),
    "outside_range": Words("超出合理范围", "outside range"),
    # timeliness
    "not_reported": Words("未报送", "not reported"),
    "in_time": Words("按时", "in time"),
    "late": Words("迟报", "late"),
    "no_date": Words("未见日期", "no date printed"),
    # outcome of a plan
    "plan_reported": Words("下一年报告提到", "told of in the next report"),
    "plan_not_reported": Words("下一年报告未提到", "not told of in the next report"),
    "plan_no_next_report": Words("下一年报告未收录", "no next report yet"),
    # where a text comes from
    "text": Words("文字版", "text"),
    "ocr": Words("扫描识别", "scan (OCR)"),
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
