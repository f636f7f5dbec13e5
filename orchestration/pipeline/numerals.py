"""Numerals: the value of a printed Chinese or Arabic number.

This module computes the value of a numeral (三万余 is 30000).
`orchestration.pipeline.extract.figures` decides which numerals are figures, with unit and qualifier.

Readings follow GB/T 15835-2011 《出版物上数字用法》, plus other forms in reports: multipliers after
Arabic digits (2.4879万, 3万4000, 1亿2千万), 余/多/几/来 or + for "and some" (三万余, 30余万, 200+),
capital and traditional forms (壹贰叁, 萬億), 廿/卅, 〇 as ○ or O, shortened tails (两千四 is 2400),
万万, spaces and apostrophes as thousands separators.

百分之九十八 and 三成五 have their value in per cent (98 and 35); any other fraction has its quotient
(五分之一 is 0.2).
"""

from __future__ import annotations

import math
import re
from decimal import Decimal

from orchestration.pipeline.chinese import CAPITALS, CAPITALS_TRADITIONAL, DIGITS, LETTER_ZEROS, MULTIPLIERS

_FULL_WIDTH = str.maketrans(
    "０１２３４５６７８９．，％﹪－−＋’‘＇",
    "0123456789.,%%--+'''",
)
_VARIANTS = str.maketrans(
    f"〇○{CAPITALS}{CAPITALS_TRADITIONAL}拾佰仟萬億兩負點餘馀幾",
    f"零零{DIGITS}{DIGITS}十百千万亿两负点余余几",
)
_DIGITS = {"零": 0, "两": 2, **{digit: value for value, digit in enumerate(DIGITS, start=1)}}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}

_SIGN = re.compile(r"(?:负|-)")
_PERCENT = re.compile(r"百分之(.+)|(.+?)\s*%")
_FRACTION = re.compile(r"([^分]+)分之([^分]+)")
_TENTHS = re.compile(rf"([{DIGITS}两])成([{DIGITS}半]?)")
_SOME = re.compile(rf"(.*[0-9零两{DIGITS}{MULTIPLIERS}])[余多几来+]([万亿]*)")
_TERM = re.compile(
    r"""
    (?P<number>
        (?: [0-9]{1,3}                       # e.g. 1,278   1'278   1 278
            (?: (?:,[0-9]{3})+ | (?:'[0-9]{3})+ | (?:\ [0-9]{3})+ )
          | [0-9]+                           # e.g. 4000
        )
        (?: \.[0-9]+ )?                      # e.g. 2.4879
    )
    \ ?
    (?P<multiplier> [百千]?万{0,2}亿? )       # e.g. 3万   4千万   2万亿
    """,
    re.VERBOSE,
)
_HAN_HEAD = re.compile(rf"([零两{DIGITS}{MULTIPLIERS}]*([万亿]))([0-9].*)")  # 十亿3000万
_HAN_TAIL = re.compile(rf"[{DIGITS}两][零{DIGITS}十百千]+")
_INNER_BLANK = re.compile(
    rf"(?<=[零两{DIGITS}{MULTIPLIERS}点]) \  (?=[零两{DIGITS}{MULTIPLIERS}点])",  # 三 百
    re.VERBOSE,
)
_DIGIT_STRING = re.compile(rf"[{DIGITS}][零{DIGITS}]+")
_LETTER_ZERO = re.compile(rf"(?<=[零{DIGITS}])[0{LETTER_ZEROS}]")
_SECTION = re.compile(
    rf"""
    (?: (?P<q>[{DIGITS}两]) 千 )?                    # e.g. 三千   两千
    (?: (?P<b>[{DIGITS}两]) 百 )?                    # e.g. 五百
    (?: (?P<zs>零)? (?P<s>[{DIGITS}]?) (?P<ten>十) )?  # e.g. 三百二十   十
    (?: (?P<zg>零)? (?P<g>[{DIGITS}两]) )?           # e.g. 五   一百零五
    """,
    re.VERBOSE,
)


def parse_numeral(text: str) -> float:
    """Return the value of one printed numeral without a unit.

    Args:
        text: the numeral alone: 1,278, 2.4879万, 两千四百, 三万余, 半百, 负10000,
            百分之九十八 (98: percentages keep the printed number), full-width digits.

    Raises:
        ValueError: it is anything else, such as "", "万", "1,27", "一一十", "12件".
    """
    if text.isascii() and text.isdigit():  # nearly all numerals are this plain
        return float(text)
    body = _INNER_BLANK.sub("", text.strip().translate(_FULL_WIDTH).translate(_VARIANTS))
    sign = 1.0
    if match := _SIGN.match(body):
        sign, body = -1.0, body[match.end() :]
    if body in ("百分百", "百分之百"):
        return sign * 100.0
    if match := _PERCENT.fullmatch(body):
        body = match[1] or match[2]
    value = _parse_share(body) if "成" in body or "分之" in body else _parse_magnitude(body)
    if value is None:
        raise ValueError(f"not a numeral: {text!r}")
    return sign * value


def _parse_share(body: str) -> float | None:
    """Return the value of 三成五 (35, in per cent) or of 五分之一, 一千分之三 (the quotient); else None."""
    if match := _TENTHS.fullmatch(body):
        return 10.0 * _DIGITS[match[1]] + (5.0 if match[2] == "半" else float(_DIGITS.get(match[2], 0)))
    if match := _FRACTION.fullmatch(body):
        whole, part = (
            _parse_plain("一" + side if side[0] in "百千万亿" else side) for side in match.groups()
        )
        return part / whole if whole and part is not None else None
    return None


def _parse_magnitude(body: str) -> float | None:
    """Return the value of an unsigned numeral with an optional 余/多/几/来/+; None for anything else."""
    if re.fullmatch(r"[百千万亿][余多]", body):  # 百余, 千余, 万余: one hundred and some
        return float(_UNITS[body[0]])
    if match := _SOME.fullmatch(body):
        return _parse_plain(match[1] + match[2])  # 1亿2千余万 is 1亿2千万 and some
    return _parse_plain(body)


def _product(multipliers: str) -> int:
    result = 1
    for character in multipliers:
        result *= _UNITS[character]
    return result


def _parse_plain(body: str) -> float | None:
    if body and body[0].isascii():
        return _parse_arabic(body)
    if body == "半":
        return 0.5
    if head := _HAN_HEAD.fullmatch(body):
        return _parse_han_head(head[1], _UNITS[head[2]], head[3])
    if body.startswith("半") and body[1:] in ("百", "千", "万", "亿"):
        return _UNITS[body[1:]] / 2
    integer, point, tail = body.partition("点")
    if not point:
        value = _parse_chinese(integer)
        return None if value is None else float(value)
    # 四点七八万: the multiplier applies to the whole number
    digits = tail.rstrip("万亿")
    multipliers = tail[len(digits) :]
    if not digits or any(character not in _DIGITS or character == "两" for character in digits):
        return None
    whole = _parse_chinese(integer)
    if whole is None or multipliers not in ("", "万", "亿", "万亿"):
        return None
    fraction = "".join(str(_DIGITS[character]) for character in digits)
    return float(Decimal(f"{whole}.{fraction}") * _product(multipliers))


def _parse_han_head(head: str, unit: int, rest: str) -> float | None:
    """Return the value of 十亿3000万 or 一万2000; None if the Arabic part is not below `unit`, or shortened."""
    high, low = _parse_chinese(head), _parse_arabic(rest)
    if high is None or low is None or low >= unit or (rest.isdigit() and len(rest) != len(str(unit)) - 1):
        return None
    return high + low


def _parse_arabic(body: str) -> float | None:
    """Return the value of 1,278, 4.78万亿, or of 3万5千 and 3万五千, whose parts must decrease; else None."""
    if body.endswith("亿") and "万" in body and "亿" not in body[:-1]:  # 2万5千亿
        inner = _parse_arabic(body[:-1])
        return None if inner is None else inner * _UNITS["亿"]
    total, position, ceiling = 0.0, 0, math.inf
    while position < len(body):
        if total and (tail := _HAN_TAIL.fullmatch(body, position)):
            low = _parse_section(tail[0])
            return total + low if low and low < ceiling else None
        gap = bool(total) and body[position] == "零"  # 3万零50: the tail may be shorter
        match = _TERM.match(body, position + gap)
        if match is None:
            return None
        number, scale = re.sub("[,' ]", "", match["number"]), _product(match["multiplier"])
        # Decimal, because 2.4879 * 10000 is not 24879 in floats
        value = float(Decimal(number) * scale)
        # a plain tail must fill its places (3万5000), because 3万5 may be 35000 or 30005
        is_short = scale == 1 and not gap and len(number) != len(str(int(min(ceiling, 1e15)))) - 1
        if value >= ceiling or (total and is_short):
            return None
        total += value
        ceiling = float(scale)
        position = match.end()
        if scale == 1 and position < len(body):
            return None
    return total


def _parse_chinese(body: str) -> int | None:
    """Return the value of a whole Chinese numeral, by place (三百零五) or by digit (二〇二四); else None."""
    if not body:
        return None
    if body == "零":
        return 0
    body = body.replace("廿", "二十").replace("卅", "三十").replace("卌", "四十").replace("万万", "亿")
    body = _LETTER_ZERO.sub("零", body)
    if _DIGIT_STRING.fullmatch(body):
        return int("".join(str(_DIGITS[character]) for character in body))
    return _parse_places(body, "亿")


def _parse_places(body: str, unit: str) -> int | None:
    """Return the value of 左`unit`右, where 右 is below one `unit` and may be shortened; else None."""
    smaller = {"亿": "万", "万": ""}[unit]
    if unit not in body:
        return _parse_places(body, smaller) if smaller else _parse_section(body)
    left, right = body.rsplit(unit, 1)
    high = _parse_places(left, "万") if unit == "亿" else _parse_section(left)
    if not high:
        return None
    scale = _UNITS[unit]
    if not right:
        return high * scale
    if len(right) == 1 and right in _DIGITS and right != "零":  # 三万五 is 35000
        return high * scale + _DIGITS[right] * scale // 10
    padded = right[1:] if right.startswith("零") else right
    low = _parse_places(padded, smaller) if smaller else _parse_section(padded)
    return None if not low else high * scale + low


def _parse_section(body: str) -> int | None:
    """Return the value of a Chinese numeral below 10,000; None if it is malformed."""
    match = _SECTION.fullmatch(body)
    if match is None or not body:
        return None
    thousands, hundreds, tens, ones = (_DIGITS.get(match[name] or "", 0) for name in ("q", "b", "s", "g"))
    if match["ten"] and not tens:
        if thousands or hundreds:  # 一百十: the 一 before 十 may be left out
            tens = 1 if not match["zs"] or (thousands and not hundreds) else 0  # 一千零十
            if not tens:
                return None
        else:
            tens = 1
    if match["zs"] and not (thousands and not hundreds):
        return None
    if match["zg"] and (match["ten"] or not (thousands or hundreds)):
        return None
    if ones and not match["zg"] and not match["ten"] and (hundreds or thousands):
        ones *= 10 if hundreds else 100  # 两千四 is 2400, 一百二 is 120
    return thousands * 1000 + hundreds * 100 + tens * 10 + ones
