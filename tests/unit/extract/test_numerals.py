"""Numerals: printed forms, malformed ones, round trips, and a comparison with two other parsers."""

from __future__ import annotations

from collections.abc import Callable

import chinese2digits
import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.pipeline.numerals import parse_numeral

VALUES = {
    "0": 0, "41": 41, "1278": 1278, "1,278": 1278, "12,345,678": 12345678, "98.53": 98.53, "１２０": 120,
    "１，２７８": 1278, "2.4879万": 24879, "4.78万亿": 4.78e12, "3百万": 3e6, "5千": 5000, "3万余": 30000,
    "30余万": 300000, "2万多": 20000, "3万5千": 35000, "3万5000": 35000, "1亿2000万": 1.2e8, "-12": -12,
    "负10000": -10000, "98%": 98, "98.53％": 98.53, "〇": 0, "零": 0, "两": 2, "十": 10, "十余": 10, "十几": 10,
    "十一": 11, "二十": 20, "廿": 20, "廿三": 23, "卅一": 31, "一百二": 120, "一百一十": 110, "一百零五": 105,
    "两千四百": 2400, "两千四": 2400, "一千零五": 1005, "一千零五十": 1050, "三万余": 30000, "三万五": 35000,
    "三万零五": 30005, "十万": 100000, "二十多万": 200000, "一百二十万": 1200000, "一亿二千万": 1.2e8,
    "三亿零五万": 300050000, "一万二千亿": 1.2e12, "百余": 100, "千余": 1000, "万余": 10000, "半百": 50,
    "半": 0.5, "三点五": 3.5, "四点七八万": 47800, "百分之九十八": 98, "百分之九十九点一六": 99.16, "百分百": 100,
    "百分之百": 100, "壹贰叁": 123, "3万4000": 34000, "1亿2千万": 1.2e8, "1万2千": 12000, "1万2千余": 12000,
    "1亿2千余万": 1.2e8, "十亿3000万": 1.03e9, "一万2000": 12000, "2万5千亿": 2.5e12, "1万5千3百": 15300,
    "一千零十": 1010, "两千零十七": 2017,
    "3万五千": 35000, "1万两千余": 12000, "3万零50": 30050, "3千500": 3500, "二○二": 202, "一○八": 108, "一O八": 108,
    "二0二四": 2024, "1 234": 1234, "1'234": 1234, "1’234’567": 1234567, "12 345 678": 12345678, "两千四百五": 2450,
    "一万万": 1e8, "三万万五千万": 3.5e8, "2万万": 2e8, "一萬二千": 12000, "三億": 3e8, "兩千": 2000, "貳拾叁": 23,
    "三百餘": 300, "五分之一": 0.2, "三分之二": 2 / 3, "一千分之三": 0.003, "千分之三": 0.003, "三成": 30, "两成": 20,
    "三成五": 35, "两 千 四 百": 2400, "200+": 200, "10万+": 100000, "一万二千五": 12500, "一亿三": 1.3e8,
    "壹仟贰佰叁拾": 1230, "叁萬": 30000, "二〇二四": 2024, "负三": -3, " 12 ": 12,
}  # fmt: skip
MALFORMED = (
    "", " ", "万", "百", "千万", "1,27", "1,2345", ",127", "1.", ".5", "1.2.3", "1e5", "3万5", "3十", "12件", "三件",
    "一一十", "十十", "二廿", "两两", "一千零二百", "一百零二十", "一万零", "零五", "五千万千", "万万", "几百",
    "若干",
    "十亿3", "一万3万", "五2000", "一百零十",
    "一点", "半半", "负", "--1", "百分之", "%", "10²", "٣", "第三", "12 34", "1 2345", "1,234 567", "三成十",
    "分之一", "三分之", "零分之一", "几十", "数十", "abc", "余", "三余余",
)  # fmt: skip
OTHER_PARSERS_STRINGS = {
    "一百二十三": 123, "两千四百": 2400, "一千零五": 1005, "十一": 11, "一万二千": 12000, "三亿零五万": 300050000,
    "一百一十": 110, "二十": 20, "负一百": -100, "一点五": 1.5, "壹佰贰拾叁": 123, "廿": 20, "两千四": 2400,
    "1,278": 1278, "2.4879万": 24879, "三万余": 30000, "4.78万亿": 4.78e12, "半百": 50, "十余": 10, "〇": 0,
    "百分之九十八": 98, "98.53％": 98.53, "三万五": 35000, "一万二千亿": 1.2e12, "卅": 30, "百余": 100,
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), VALUES.items(), ids=VALUES)
def test_reads_the_value_as_printed(text: str, value: float) -> None:
    assert parse_numeral(text) == pytest.approx(value, rel=1e-12, abs=0)


@pytest.mark.parametrize("text", MALFORMED, ids=repr)
def test_refuses_text_that_is_not_a_numeral(text: str) -> None:
    with pytest.raises(ValueError, match="not a numeral"):
        parse_numeral(text)


def spell(number: int) -> str:
    """Return the full positional Chinese spelling of a whole number below 10**16."""
    if number == 0:
        return "零"
    for unit, scale in (("亿", 10**8), ("万", 10**4)):
        if number >= scale:
            high, low = divmod(number, scale)
            gap = "零" if low and low < scale // 10 else ""
            return spell(high) + unit + (gap + spell(low) if low else "")
    words, gap = "", False
    for unit, scale in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit = number // scale % 10
        if digit:
            words += ("零" if gap and words else "") + "一二三四五六七八九"[digit - 1] + unit
            gap = False
        else:
            gap = True
    return words


@given(st.integers(min_value=0, max_value=10**12))
def test_chinese_spelling_round_trips(number: int) -> None:
    assert parse_numeral(spell(number)) == number


@given(st.integers(min_value=0, max_value=10**12))
def test_thousands_separators_round_trip(number: int) -> None:
    assert parse_numeral(f"{number:,}") == number


@given(st.integers(min_value=1, max_value=99_999), st.sampled_from(["万", "亿", "千", "百"]))
def test_a_multiplier_scales_exactly(hundredths: int, unit: str) -> None:
    scale = {"百": 100, "千": 1000, "万": 10**4, "亿": 10**8}[unit]
    assert parse_numeral(f"{hundredths / 100:.2f}{unit}") == hundredths * scale / 100


@given(st.text(alphabet="零一二两三十百千万亿余半点0123456789,.", max_size=8))
def test_any_string_gives_a_number_or_a_value_error(text: str) -> None:
    try:
        value = parse_numeral(text)
    except ValueError:
        return
    assert value >= 0


def read_with_cn2an(text: str) -> float:
    return float(cn2an.cn2an(text, "smart"))


def read_with_chinese2digits(text: str) -> float:
    return float(chinese2digits.takeNumberFromString(text)["digitsStringList"][0])


@pytest.mark.parametrize("read", [read_with_cn2an, read_with_chinese2digits])
def test_no_other_parser_does_better_on_any_string(read: Callable[[str], float]) -> None:
    def is_right(text: str, value: float) -> bool:
        try:
            return read(text) == pytest.approx(value)
        except (ValueError, TypeError, KeyError, IndexError, ArithmeticError):
            return False

    strings = VALUES | OTHER_PARSERS_STRINGS
    right = {text for text, value in strings.items() if is_right(text, value)}
    ours = {text for text, value in strings.items() if parse_numeral(text) == pytest.approx(value)}
    assert len(right) > len(strings) / 3, "a comparison with a parser that reads nothing says nothing"
    assert right < ours == set(strings)
