"""Parse the cells of decisions: numbers, units, years, dates and times, as people type them.

`values` knows the columns and what a row decides.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from math import isfinite

from orchestration.pipeline.chinese import NUMERALS
from orchestration.pipeline.corrections.tables import Cell
from orchestration.pipeline.numerals import parse_numeral

_FIRST_YEAR = 1990
_MAX_UNIT_CHARS = 8
_YEAR = re.compile(r"(\d{4})(?:\.0+)?年?度?")
_NUMBER_AND_UNIT = re.compile(rf"(.*[\d{NUMERALS}])([^\d\s.,，。]*)")
_DIGIT_COMMAS = re.compile(r"(?<=\d)[,，](?=\d{3}(?:\D|$))")
_DATES = (
    re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"),
    re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})[日号]?"),
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
)
_TIME = re.compile(
    r"""
    [T\s]* (\d{1,2}) [:时] (\d{1,2})                                   # e.g. 09:30   9时30分
    (?: [:分] (\d{1,2}) (?:\.\d+)? 秒? )? (?:分)? \s*                  # e.g. T09:30:15.000   9时30分15秒
    (?: Z | [+-]\d\d:?\d\d )?                                          # e.g. 09:30Z   09:30+08:00
    """,
    re.VERBOSE,
)
_EXCEL_DAYS = (20_000, 80_000)  # 1954 to 2119, as a spreadsheet's day numbers
_EXCEL_EPOCH = datetime(1899, 12, 30)


class BadValueError(ValueError):
    """A cell that is not valid for its column.

    Attributes:
        code: kind of problem.
        zh: the problem in Chinese.
        en: the problem in English.
        nearest: what was probably meant, or None.
    """

    def __init__(self, code: str, zh: str, en: str, nearest: str | None = None) -> None:
        super().__init__(en)
        self.code, self.zh, self.en, self.nearest = code, zh, en, nearest


def read_number(text: str) -> tuple[float, str]:
    """Return a number as people write it, and the unit after it: 1,278, ９８件, 三万余, 12.5%.

    Raises:
        BadValueError: it is not a finite number.
    """
    folded = unicodedata.normalize("NFKC", text).strip()
    plain = _DIGIT_COMMAS.sub("", folded)
    try:
        value = float(plain) if "_" not in plain else float("nan")
    except ValueError:
        match = _NUMBER_AND_UNIT.fullmatch(plain)
        if match is None:
            raise _no_number(text) from None
        unit = match[2].strip().lstrip("余多")
        try:
            value = parse_numeral(match[1].strip())
        except ValueError:
            raise _no_number(text) from None
        return _finite(value, text), read_unit(unit) if unit else ""
    return _finite(value, text), ""


def _no_number(text: str) -> BadValueError:
    digits = re.search(r"\d[\d,.]*", text)
    return BadValueError(
        "bad_value", f"更正值“{text}”不是一个数", f"{text!r} is not a number", digits[0] if digits else None
    )


def _finite(value: float, text: str) -> float:
    if not isfinite(value):
        raise BadValueError("bad_value", f"更正值“{text}”不是有限的数", f"{text!r} is not a finite number")
    return value


def read_unit(text: str) -> str:
    """Return a printed unit. Raises BadValueError if it is too long or contains digits or spaces."""
    unit = unicodedata.normalize("NFKC", text).strip()
    if len(unit) > _MAX_UNIT_CHARS or re.search(r"[\d\s]", unit):
        raise BadValueError("bad_value", f"“{text}”不是计量单位", f"{text!r} is not a unit")
    return unit


def read_year(text: str, today: date) -> int:
    """Return a year that a report may cover. Raises BadValueError for any other."""
    match = _YEAR.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None or not _FIRST_YEAR <= int(match[1]) <= today.year:
        raise BadValueError(
            "bad_value", f"更正年份“{text}”不是年份（{_FIRST_YEAR}至{today.year}）",
            f"{text!r} is not a year from {_FIRST_YEAR} to {today.year}",
        )  # fmt: skip
    return int(match[1])


def read_day(cell: Cell, name: str, today: date) -> str:
    """Return a date as 2026-11-29. Raises BadValueError if invalid or implausible. `name` is the column's."""
    day = read_time(cell, name).date()
    if not date(_FIRST_YEAR, 1, 1) <= day <= today + timedelta(days=1):
        raise BadValueError(
            "bad_date", f"{name}“{day}”不在合理范围", f"{day} is not between {_FIRST_YEAR} and today"
        )
    return day.isoformat()


def check_arrival(day: str, report_year: int | None) -> None:
    """Raises BadValueError if a report arrived on a day (2026-02-27) before the year that it is about."""
    if report_year is not None and int(day[:4]) < report_year:
        raise BadValueError(
            "bad_date", f"收到日期“{day}”早于报告年度（{report_year}年）",
            f"{day} is before {report_year}, the year of the report",
        )  # fmt: skip


def read_time(cell: Cell, name: str) -> datetime:
    """Return a date, with its time if given, from any usual format or a spreadsheet's day number.

    A time zone is dropped, not converted.

    Raises:
        BadValueError: it is not a date.
    """
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None)
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day)
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    try:
        days = float(text)
    except ValueError:
        days = 0.0
    if _EXCEL_DAYS[0] < days < _EXCEL_DAYS[1]:
        return _EXCEL_EPOCH + timedelta(days=days)
    for pattern in _DATES:
        if match := pattern.match(text):
            rest = text[match.end() :].strip()
            clock = _TIME.fullmatch(rest) if rest else None
            hour, minute, second = (int(part or 0) for part in clock.groups()) if clock else (0, 0, 0)
            try:
                if not rest or clock:
                    return datetime(int(match[1]), int(match[2]), int(match[3]), hour, minute, second)
            except ValueError:
                break
    raise BadValueError(
        "bad_date",
        f"{name}“{text}”不是日期，请写成年-月-日，如 2026-02-09",
        f"{text!r} is not a date such as 2026-02-09",
    )


def one_line(text: str) -> str:
    """Return text without line breaks."""
    return " ".join(text.split()) if "\n" in text else text


def fold(text: str) -> str:
    """Return text in half width and lower case, without surrounding white space."""
    return unicodedata.normalize("NFKC", text).strip().lower()
