"""Automatic numbers as word processors print them (一、②、甲、壹、iv), by the names of ST_NumberFormat.

Only formats of Chinese documents and plain ones are supported (ISO/IEC 29500-1, 17.18.59). Numbers of other
scripts (Hebrew, Thai, Korean …) are written in Arabic numerals, which the outline also reads.
"""

from __future__ import annotations

from collections.abc import Callable

from orchestration.pipeline.chinese import CAPITALS, CAPITALS_TRADITIONAL, DIGITS

_DIGITS = "〇" + DIGITS
_LEGAL_DIGITS = "零" + CAPITALS
_LEGAL_DIGITS_TRADITIONAL = "零" + CAPITALS_TRADITIONAL
_PLACES = ("", "十", "百", "千")
_LEGAL_PLACES = ("", "拾", "佰", "仟")
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_LARGEST = 9_999  # larger numbers are written in Arabic numerals
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


def format_number(value: int, kind: str) -> str:
    """Return the number of a list item, such as 十一 for 11 in chineseCounting.

    Args:
        value: the count; if the format cannot show it (0, for example), Arabic numerals are used.
        kind: a name of ST_NumberFormat; an unknown one counts as decimal.

    Returns:
        The number; empty for bullet and none.
    """
    if kind in ("bullet", "none"):
        return ""
    write = _FORMATS.get(kind)
    return (write(value) if write is not None and value > 0 else "") or str(value)


def pad_number(value: int, sample: str) -> str:
    """Return a number in a custom format given by its first numbers (001, 002, …)."""
    first = sample.split(",")[0].strip()
    return str(value).zfill(len(first)) if first.isdigit() else str(value)


def _count(digits: str, places: tuple[str, ...], short_ten: bool) -> Callable[[int], str]:
    """Return a function that counts by place (一百零五); with `short_ten`, 十一 instead of 一十一."""
    zero = "零"

    def write(value: int) -> str:
        if value > _LARGEST:
            return ""
        text, gap = "", False
        for place in (3, 2, 1, 0):
            digit = value // 10**place % 10
            if digit:
                text += (zero if gap and text else "") + digits[digit] + places[place]
                gap = False
            else:
                gap = True
        return text[1:] if short_ten and 10 <= value < 20 else text

    return write


def _in_digits(digits: str) -> Callable[[int], str]:
    return lambda value: "".join(digits[int(digit)] for digit in str(value))


def _in_range(first: int, last: int) -> Callable[[int], str]:
    """Return a function for a Unicode range whose characters are 1, 2, 3 and so on."""
    return lambda value: chr(first + value - 1) if value <= last - first + 1 else ""


def _in_turn(characters: str) -> Callable[[int], str]:
    return lambda value: characters[(value - 1) % len(characters)]


def _in_letters(value: int) -> str:
    """Return a … z, aa, bb …: each round repeats the letter once more."""
    return chr(ord("a") + (value - 1) % 26) * min((value - 1) // 26 + 1, 9)


def _in_roman(value: int) -> str:
    if value > _LARGEST:
        return ""
    text = ""
    for worth, letters in _ROMAN:
        text += letters * (value // worth)
        value %= worth
    return text


def _in_ordinal(value: int) -> str:
    last = {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{value}{'th' if value % 100 in (11, 12, 13) else last}"


def _in_circle(value: int) -> str:
    """Return ①–⑳, ㉑–㉟ or ㊱–㊿."""
    for first, start, last in ((1, 0x2460, 20), (21, 0x3251, 35), (36, 0x32B1, 50)):
        if first <= value <= last:
            return chr(start + value - first)
    return ""


_counting = _count(_DIGITS, _PLACES, short_ten=True)
_legal = _count(_LEGAL_DIGITS, _LEGAL_PLACES, short_ten=False)
_legal_traditional = _count(_LEGAL_DIGITS_TRADITIONAL, _LEGAL_PLACES, short_ten=False)
_FORMATS: dict[str, Callable[[int], str]] = {
    "chineseCounting": _counting,
    "chineseCountingThousand": _counting,
    "japaneseCounting": _counting,
    "taiwaneseCounting": _counting,
    "taiwaneseCountingThousand": _counting,
    "koreanDigital2": _in_digits(_DIGITS),
    "ideographDigital": _in_digits(_DIGITS),
    "japaneseDigitalTenThousand": _in_digits(_DIGITS),
    "taiwaneseDigital": _in_digits("○" + _DIGITS[1:]),
    "chineseLegalSimplified": _legal,
    "ideographLegalTraditional": _legal_traditional,
    "japaneseLegal": _legal_traditional,
    "ideographTraditional": _in_turn(_STEMS),
    "ideographZodiac": _in_turn(_BRANCHES),
    "ideographZodiacTraditional": lambda value: _in_turn(_STEMS)(value) + _in_turn(_BRANCHES)(value),
    "ideographEnclosedCircle": _in_range(0x3280, 0x3289),
    "decimalEnclosedCircle": _in_circle,
    "decimalEnclosedCircleChinese": _in_circle,
    "decimalEnclosedParen": _in_range(0x2474, 0x2487),
    "decimalEnclosedFullstop": _in_range(0x2488, 0x249B),
    "decimalFullWidth": lambda value: "".join(chr(ord(digit) + 0xFEE0) for digit in str(value)),
    "decimalFullWidth2": lambda value: "".join(chr(ord(digit) + 0xFEE0) for digit in str(value)),
    "decimalZero": lambda value: str(value).zfill(2),
    "numberInDash": lambda value: f"-{value}-",
    "ordinal": _in_ordinal,
    "upperLetter": lambda value: _in_letters(value).upper(),
    "lowerLetter": _in_letters,
    "upperRoman": lambda value: _in_roman(value).upper(),
    "lowerRoman": _in_roman,
    "hex": lambda value: f"{value:X}",
}
