"""Facts of written Chinese shared by several stages: digits, ordinals, dates, the topic, types of townships.

This is the only copy of each list (`tests/unit/test_chinese.py` looks for others). The module has character
sets, alternatives for regular expressions, and the reading of ordinals and years. `numerals` reads whole
numerals; words that an analyst may add are in `seeds/reference/`.

Alternatives are not grouped: write `(?:{TOPIC})` before more text. All are valid in `re.VERBOSE`.
"""

from __future__ import annotations

import re
from functools import lru_cache

# Han characters, as ranges of a character class.
HAN = "\u4e00-\u9fff"  # in modern print
ALL_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # with rare ones (extension A) and compatibility forms

# Digits (数字) of GB/T 15835-2011, and other forms that reports print.
DIGITS = "一二三四五六七八九"  # 1 to 9
ZEROS = "〇○零"
LETTER_ZEROS = "OoＯｏ"  # 二O二四年, as typed with the letter
MULTIPLIERS = "十百千万亿"
CAPITALS = "壹贰叁肆伍陆柒捌玖"  # 大写, 1 to 9
CAPITALS_TRADITIONAL = "壹貳參肆伍陸柒捌玖"
NUMERALS = f"{ZEROS}{DIGITS}两兩{MULTIPLIERS}萬億半廿卅{CAPITALS}貳參陸拾佰仟"  # all characters of a numeral
DIGIT_VALUES = {
    **{digit: value for value, digit in enumerate(DIGITS, start=1)},
    **dict.fromkeys(ZEROS + LETTER_ZEROS, 0),
}

# Ordinals as enumeration marks and dates print them: 三, 十二, 三十一.
ORDINAL_DIGITS = DIGITS + "十"
ORDINAL = f"[{ORDINAL_DIGITS}]{{1,3}}"
FIRST_MARK = f"{ORDINAL}[、.．]"  # 一、
SECOND_MARK = f"[（(]{ORDINAL}[）)]"  # （一）
ROUND_MARK = rf"[（(][{ORDINAL_DIGITS}\d]{{1,3}}[）)]"  # （一） or (1)
CHAPTER_MARK = f"第{ORDINAL}[章节条部]"  # 第一部分, 第三条

# Years and dates.
_YEAR_DIGITS = f"[{ZEROS}{LETTER_ZEROS}0{DIGITS}]{{3}}"
HAN_YEAR = f"[一二]{_YEAR_DIGITS}"  # 二〇二四, 一九九八
YEAR = rf"(?:19\d\d|20\d\d|二{_YEAR_DIGITS})"  # that a report may cover
DATE = (  # 2024年1月10日, 2024-1-10, 二〇二四年一月十日; without 日, which the users add
    rf"(?P<year>\d{{4}}|{HAN_YEAR})\s*[年./-]\s*(?P<month>\d{{1,2}}|{ORDINAL})\s*[月./-]\s*(?P<day>\d{{1,2}}|{ORDINAL})"
)

# Marks of sentences.
SENTENCE_STOPS = "。；！？"
CLOSERS = "”’」』）)》】"  # marks that may follow a stop

# The topic of the reports (法治政府建设), and duties with reports of their own.
RULE_OF_LAW = "法治|法制|依法行政|依法治"
TOPIC = f"{RULE_OF_LAW}|行政执法|述法|普法"

# Endings of township names; a test compares them with seeds/reference/identify/unit_types.csv.
TOWNSHIP_KINDS = "街道|苏木|镇|乡"


_HAN_RUN = re.compile(f"[{ALL_HAN}]+")


def count_han(text: str) -> int:
    """Return the number of Han characters in a text."""
    return sum(map(len, _HAN_RUN.findall(text)))


def at_least_han(count: int) -> re.Pattern[str]:
    """Return a pattern for `match` on texts with at least `count` Han characters; it reads no further than needed."""
    return re.compile(rf"(?>[^{ALL_HAN}]*[{ALL_HAN}]){{{count}}}")


def glue_lines(before: str, line: str) -> str:
    """Return the text lost at a line break: a space between Latin letters, otherwise nothing."""
    last, first = before[-1], line[0]
    return " " if last.isascii() and last.isalpha() and first.isascii() and first.isalpha() else ""


def read_ordinal(numeral: str) -> int:
    """Return the value of an ordinal in Arabic or Han digits: 12, 三, 十二, 二十一; without 十, by digit (二三 is 23).

    Raises:
        KeyError: a character is not a digit.
    """
    if numeral.isdecimal():
        return int(numeral)
    tens, ten, ones = numeral.rpartition("十")
    if not ten:
        return int("".join(str(DIGIT_VALUES[digit]) for digit in numeral))
    return 10 * (read_ordinal(tens) if tens else 1) + (read_ordinal(ones) if ones else 0)


@lru_cache(maxsize=1024)
def read_year(digits: str) -> int:
    """Return the year of four digits, Arabic, Han or mixed: 2024, 二〇二四, 二O二4."""
    return int("".join(str(DIGIT_VALUES.get(digit, digit)) for digit in digits))
