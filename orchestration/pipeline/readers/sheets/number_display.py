"""Display numbers of spreadsheet cells by the format codes of ISO/IEC 29500-1, 18.8.30.

The stored value differs from the printed one: 0.12 with 0% is 12%, 45306 with yyyy"年" is 2024年. An unknown
format is an error, because the bare number would be a wrong figure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

BUILT_IN: Mapping[int, str] = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 49: "@",
    **dict.fromkeys((37, 38, 41, 42), "#,##0"),
    **dict.fromkeys((39, 40, 43, 44), "#,##0.00"),
    **dict.fromkeys((14, 15, 22, 30, 31), "yyyy-m-d"),
    **dict.fromkeys((17, 27, 36, 50, 52, 57), "yyyy-m"),
    **dict.fromkeys((16, 28, 29, 51, 53, 54, 58), "m-d"),
}  # fmt: skip
_PIECE = re.compile(
    r"""
    " (?P<quoted> [^"]* ) "                                            # e.g. "件"
    | \\ (?P<escaped> . ) | _. | \*.                                   # e.g. \-   _)   * ; width and filling
    | \[\$ (?P<currency> [^\]-]* ) [^\]]* \] | \[ (?P<bracket> [^\]]* ) \]   # e.g. [$¥-804]   [红色]
    | (?P<general> General | G/通用格式 | @ )
    | (?P<digits> [0\#?][0\#?,]* (?: \.[0\#?,]* )? )                   # e.g. #,##0.00
    | (?P<date> (?: y+ | m+ | d+ | h+ | s+ ) (?![A-Za-z]) )            # e.g. yyyy
    | (?P<plain> . )
    """,
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_COLOURS = re.compile(
    r"""
    (?:
        black | blue | cyan | green | magenta | red | white | yellow | color\s*\d+     # e.g. Color 10
      | [黑蓝青绿红白黄]色 | DBNum[123] | \$.*                                         # e.g. 红色   DBNum1
    )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_LITERALS = frozenset("+-()¥￥$:/ ,.%")  # and everything that is not ASCII
_BRACKETS = re.compile(r"\[([^\]]*)\]")
_SECTION_PARTS = re.compile(r'"[^"]*"|\\.|;|[^;"\\]+|["\\]')
_MAX_DIGITS = 20  # before or after the decimal point
_SIGNIFICANT = 11  # digits that General shows
_FIRST_DAY = date(1899, 12, 30)
_FIRST_DAY_1904 = date(1904, 1, 1)


def show_number(stored: str, code: str, counts_from_1904: bool = False) -> str:
    """Return a number as its cell shows it.

    Args:
        stored: the value in the file, such as 0.12.
        code: the format code, such as 0% or #,##0"件".
        counts_from_1904: whether the workbook counts days from 1904.

    Raises:
        ValueError: the format is unknown, or the value is not a number of reasonable size.
    """
    try:
        value = Decimal(stored)
    except InvalidOperation as error:
        raise ValueError(f"the number {stored[:30]!r}") from error
    if not value.is_finite() or abs(value.adjusted()) > _MAX_DIGITS or len(stored) > 2 * _MAX_DIGITS:
        raise ValueError(f"the number {stored[:30]!r}")
    sections = _split_sections(code or "General")
    section = sections[1] if value < 0 and len(sections) > 1 else sections[0]
    if value == 0 and len(sections) > 2:
        section = sections[2]
    if not section and len(sections) > 1:  # ;;; shows nothing
        return ""
    brackets = _BRACKETS.findall(section)
    if "E+" in section.upper() or not all(map(_COLOURS.fullmatch, brackets)):
        raise ValueError(f"number format {code!r}")
    if not _BRACKETS.sub("", section).strip():
        return _show_general(value)
    pieces = [match for match in _PIECE.finditer(section) if match.lastgroup is not None]
    if any(match["date"] for match in pieces):
        return _show_date(
            value, [match["date"].lower() for match in pieces if match["date"]], counts_from_1904
        )
    # A section for negative numbers says so by a sign, brackets or words; if only by its colour, the sign is added.
    says = any(match["quoted"] or match["escaped"] or (match["plain"] or "").strip() for match in pieces)
    is_signed = value < 0 and (len(sections) < 2 or not says)
    return ("-" if is_signed else "") + _show_digits(abs(value), pieces, code)


def show_text(text: str, code: str) -> str:
    """Return a text as its cell shows it: @"件" adds 件, and ;;; hides it.

    Args:
        text: the text in the file.
        code: the format code of the cell.
    """
    if code in ("General", "@"):
        return text
    sections = _split_sections(code)
    section = sections[3] if len(sections) > 3 else sections[-1] if "@" in sections[-1] else "@"
    pieces = [match for match in _PIECE.finditer(_BRACKETS.sub("", section)) if match.lastgroup is not None]
    if any(
        match["digits"] or match["date"] for match in pieces
    ):  # another kind of format: Excel shows the text unchanged
        return text
    return "".join(
        text if match["general"] else match["quoted"] or match["escaped"] or match["plain"] or ""
        for match in pieces
    )


def _split_sections(code: str) -> list[str]:
    """Return a format code's sections, for positive, negative, zero and text; an empty section shows nothing."""
    sections = [""]
    for part in _SECTION_PARTS.findall(code):
        if part == ";":
            sections.append("")
        else:
            sections[-1] += part
    return sections


def _show_general(value: Decimal) -> str:
    if value == value.to_integral_value():
        return str(int(value))
    return format(Decimal(f"{value:.{_SIGNIFICANT}g}").normalize(), "f")


def _show_digits(value: Decimal, pieces: list[re.Match[str]], code: str) -> str:
    percent = sum(match["plain"] == "%" for match in pieces)
    text, numbers = "", 0
    for match in pieces:
        if match["general"]:
            numbers += 1
            text += _show_general(value)
        elif match["digits"]:
            numbers += 1
            text += _fill(value * 100**percent, match["digits"], code)
        elif match["plain"]:
            if match["plain"].isascii() and match["plain"] not in _LITERALS:
                raise ValueError(f"number format {code!r}")
            text += match["plain"]
        else:
            text += match["quoted"] or match["escaped"] or match["currency"] or ""
    if numbers > 1:  # fractions and telephone numbers
        raise ValueError(f"number format {code!r}")
    return text.strip()


def _fill(value: Decimal, pattern: str, code: str) -> str:
    whole, _, decimals = pattern.partition(".")
    if whole.endswith(",") or "," in decimals:  # shown in thousands
        raise ValueError(f"number format {code!r}")
    rounded = value.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    text = format(rounded, ",f" if "," in whole else "f")
    optional = len(decimals) - len(decimals.rstrip("#?"))
    while optional and text.endswith("0") and "." in text:
        text, optional = text[:-1], optional - 1
    digits = text.rstrip(".")
    return digits.zfill(whole.count("0")) if "," not in whole else digits


def _show_date(value: Decimal, parts: list[str], counts_from_1904: bool) -> str:
    if any(part[0] in "hs" for part in parts) and not any(part[0] in "yd" for part in parts):
        raise ValueError("a time of day")
    try:
        day = (_FIRST_DAY_1904 if counts_from_1904 else _FIRST_DAY) + timedelta(days=int(value))
    except OverflowError as error:
        raise ValueError(f"the date {value}") from error
    kinds = {part[0] for part in parts}
    return (
        (f"{day.year}年" if "y" in kinds else "")
        + (f"{day.month}月" if "m" in kinds else "")
        + (f"{day.day}日" if "d" in kinds else "")
    )
