"""The scanner: one expression that skips text without figures, then matches one number with its unit.

This module describes how numbers are printed and what only looks like one. Each part has a name and
tested examples, and is written in `re.VERBOSE`, which costs nothing once compiled. The phrases of
not_figures.csv are added to the parts; `figures` evaluates the matches.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from string import ascii_letters
from typing import NamedTuple

from orchestration.pipeline.character_classes import all_but
from orchestration.pipeline.chinese import DIGITS, LETTER_ZEROS, NUMERALS, ZEROS

ARABIC = "[0-9０-９]"
HAN = f"[{NUMERALS}]"
OTHER_DIGITS = "٠-٩۰-۹"  # Arabic and Persian digits: digits after one are only part of its number
SPACE = r"[^\S\n]*"
MORE = "有余|[余餘多几幾来]"
CLAUSE_END = r"(?:[，。；、！？;)）\s]|,(?![0-9])|\Z)"
LETTER_SCALES = "wWkK"  # 3.5w元, 1.2k人: 万 and 千 as people type them
_HAN_DIGIT = f"[{ZEROS}{DIGITS}]"
_LETTER_ZERO = f"[{LETTER_ZEROS}]"
_DECIMALS = rf"(?:[.．]{ARABIC}+|)"  # `(?:…|)` is faster than `(?:…)?`, which counts repeats
ANY_NUMERAL = rf"(?:{ARABIC}+|{HAN}+(?:{_LETTER_ZERO}{HAN}+|))"


class Part(NamedTuple):
    """A named part of the scanner."""

    name: str
    pattern: str  # verbose
    examples: tuple[str, ...]  # each matches in full
    near_misses: tuple[str, ...] = ()  # none matches in full


# Phrases with digits that count nothing, by the kind of their first character.
NOT_FIGURES: dict[str, tuple[Part, ...]] = {
    "other": (
        Part("book title", r"《 [^》\n]{1,80} 》", ("《条例（2021修订）》",), ("《条例",)),
        Part(
            "document number",
            rf"[〔\[（(【﹝] {SPACE} [12][0-9]{{3}} {SPACE} [〕\]）)】﹞] [^，。；\n]{{0,4}}? [0-9]+ {SPACE} 号",
            ("〔2020〕2号", "（2024）渝字第12号"),
            ("（2024）",),
        ),
        Part(
            "quoted name",
            # “双100%” is a share, so a figure
            rf"“ (?! 双? {ARABIC}{{1,3}} {_DECIMALS} [%％] ”)"
            rf"[^”“，。；\n]{{0,5}}? (?: {ARABIC} | {HAN} | 双) [^”“，。；\n]{{0,14}} ”",
            ("“12·4”", "“1+3+N”", "“十五五”", "“双随机”"),
            ("“双100%”", "“100%”"),
        ),
        Part("bracketed area code", r"[（(] 0[0-9]{2,3} [）)] \ ? [0-9]{7,8}", ("（010）12345678",)),
        Part(
            "latin word",
            r"(?> (?:RMB|CNY) (?=[0-9]) | [A-Za-z] [0-9A-Za-z+＋./_-]* )",  # RMB200万元 is money
            ("CO2", "www.a1.cn"),
            ("2A", "RMB200"),
        ),
    ),
    "arabic": (
        Part(
            "date",
            r"[0-9]{4} [-/.年] [0-9]{1,2} [-/.月] [0-9]{1,2}",
            ("2024-7-15", "2024年7月15"),
            ("2024年7月",),
        ),
        Part(
            "range of years",
            rf"[12][0-9]{{3}} {SPACE} 年? {SPACE} [-—–~～至到]+ {SPACE} [12][0-9]{{3}} {SPACE} 年?",
            ("2021—2025年", "2021年至2024年"),
        ),
        Part("range of days", r"[0-9]{1,2} [-—–~～至到] [0-9]{1,2} (?=[月日])", (), ("3-5",)),
        Part(
            "clock time or ratio",
            rf"[0-9]{{1,3}}+ [:：∶] (?: [0-9]{{2}} (?![0-9]) | [0-9]{{1,4}} (?={CLAUSE_END}) )",
            ("15:30", "2:1", "1∶5"),
            ("15:", "12345:1", "2023：12"),
        ),
        Part(
            "telephone",
            r"(?<![0-9]) (?: 0?[0-9]{2,3} [-—] | 0[0-9]{2,3} \  ) [0-9]{7,8}",
            ("0571-12345678", "023 12345678"),
        ),
        Part("mobile telephone", r"(?<![0-9]) 1[3-9][0-9]{9} (?![0-9])", ("13900000000",), ("139000000001",)),
        Part(
            "service number",
            r"(?<![0-9]) [48]00 [-—]? [0-9]{3,4} [-—]? [0-9]{3,4} (?![0-9])",
            ("400-123-4567",),
            ("400-12",),
        ),
        Part(
            "digits in groups that are not of thousands",
            # 1,2345 by fours, 12,34,567 as in India, 1.234,50 and 2,8万 as in Europe: ambiguous
            r"(?<![0-9,.]) (?: [1-9][0-9]{0,3} (?: ,[0-9]{4} )+ | [0-9]{1,2} (?: ,[0-9]{2} )+ ,[0-9]{3}"
            r" | [0-9]{1,3} (?: \.[0-9]{3} )+ ,[0-9]{2} ) (?![0-9,.年])"
            r" | (?<![0-9,.]) [0-9]{1,3} ,[0-9]{1,2} \ ? [万亿%％]",
            ("1,2345", "12,34,567", "1.234,50", "2,8万", "95,1%"),
            ("1,234", "12,34", "5,2024年", "1,234万"),
        ),
        Part("dashed code", r"[0-9]+ (?: [-—] [0-9]+ ){2,}", ("11-2024-0153",), ("11-2024",)),
        Part(
            "code with latin letters",
            # 2w余份, and 12w at the end of a clause, may be figures
            r"[0-9]++ (?= [+＋]? [A-Za-z])"
            rf" (?! [{LETTER_SCALES}] [+＋]? (?:{MORE}|) [一-鿿] | w [+＋]? {CLAUSE_END} )"
            r" [+＋]? [A-Za-z] [0-9A-Za-z+＋./_-]*",
            ("5A", "1+N", "91330100MA0", "220W"),
            ("1+1", "12w"),
        ),
    ),
    "han": (
        Part(
            "session",
            rf"{HAN}+ 届 (?: (?: 历 | {ANY_NUMERAL} )+ [次中大] | [中大] )?"
            rf" (?: [、和及，] (?: {ANY_NUMERAL} [次中] | 历次 ))* (?: 全会 | 全体 )?",
            ("二十届三中全会", "六届五次、六次全会", "二十届二中、三中全会", "一届"),
            ("二十", "一届12"),
        ),
    ),
}

# How a number is printed; `figures` reads the groups.
PERCENT_HAN = Part(
    "percent in words",
    rf"""(?P<percent_han>
        百分之 (?: 百(?!分) | {HAN}+ (?: 点{HAN}+ |) | {ARABIC}+ {_DECIMALS} )
      | 百分百
    )
    (?: [-—–~～至到] (?P<percent_to> (?:百分之)? {HAN}+ (?: 点{HAN}+ |) ) |)""",
    ("百分之九十八", "百分之九十九点一", "百分之98.5", "百分百", "百分之八十至九十"),
    ("百分",),
)
FRACTION = Part(
    "fraction", rf"(?P<fraction> {HAN}++ 分之 {HAN}+ )", ("三分之二", "一千分之三", "五分之一"), ("三分",)
)
TENTHS = Part(
    "tenths",
    rf"(?P<tenths> [{DIGITS}两] 成 [{DIGITS}半]? ) (?![立效果员功为绩不])",
    ("三成", "三成五", "五成半", "两成"),
    ("十成",),
)
NUMBER = Part(
    "number",
    rf"""(?P<number>
        (?={ARABIC}) (?<![0-9０-９{OTHER_DIGITS}.．·〔±]) (?<![0-9]/) (?:
            (?<!-) {ARABIC}{{1,3}} (?:
                (?:[,，]{ARABIC}{{3}})+ | (?:['’‘＇]{ARABIC}{{3}})+         # 1,278   1'278
            ) (?!{ARABIC}) {_DECIMALS}
          | (?<![0-9]\ ) [1-9][0-9]{{0,2}} (?:\ [0-9]{{3}})+ {_DECIMALS} (?!\ ?[0-9])  # 1 278: a unit must follow
            (?= {SPACE} (?:{MORE}|) [万亿]? {SPACE} <unit> )
          | {ARABIC}+ {_DECIMALS} [百千万亿]{{1,2}} 零? (?:                  # 3万4000   1亿2千
                {ARABIC}+ (?: [百千] (?: {ARABIC}+ 百 |) |) | [{DIGITS}两][零{DIGITS}十百千]+  # 3万五千
            ) (?!{ARABIC})
          | {ARABIC}+ {_DECIMALS}                                           # 41   2.4879
        )
      | [{DIGITS}]{_HAN_DIGIT}* (?: {_LETTER_ZERO} | [0０](?={_HAN_DIGIT}) )
        (?: {_HAN_DIGIT} | {_LETTER_ZERO} )*                                # 一O八   二0二
      | {HAN}+ (?: 点{HAN}+ | (?<=[万亿]) {ARABIC}+ {_DECIMALS} [百千]?万? |)  # 三点五   十亿3000万
    )""",
    (
        "41",
        "1,278",
        "1'278",
        "2.4879",
        "3万4000",
        "1亿2千",
        "3万五千",
        "一O八",
        "二○二",
        "1万5千3百",
        "十亿3000万",
        "三百二十",
        "三点五",
    ),
    ("1.", "点五"),
)


def any_of(words: Iterable[str]) -> str:
    """Return an expression for any of `words`, longest first; without words it never matches."""
    branches = branch(map(re.escape, words))
    return f"(?:{'|'.join(branches.values())})" if branches else "(?!)"


def branch(expressions: Iterable[str]) -> dict[str, str]:
    """Group `expressions` by first character into one expression each, longest first.

    Each must begin with a literal character, escaped if special, so a position is tried once per character.
    """
    endings: dict[str, list[str]] = {}
    for expression in sorted(set(expressions), key=lambda one: (-len(one), one)):
        first_length = 2 if expression[0] == "\\" else 1
        endings.setdefault(expression[:first_length], []).append(expression[first_length:])
    return {
        first: first + (f"(?:{'|'.join(rests)})" if len(rests) > 1 else rests[0])
        for first, rests in endings.items()
    }


def start_of(words: Iterable[str]) -> str:
    """Return a lookahead that fails at once where none of `words` can start."""
    firsts = re.escape("".join(sorted({word[0] for word in words})))
    return f"(?=[{firsts}])" if firsts else "(?!)"


def compile_scanner(
    phrases: Mapping[str, list[str]], firsts: set[str], units: Iterable[str], after: Iterable[str]
) -> re.Pattern[str]:
    """Compile the scanner.

    Text that is not a figure is sorted by its start, because failing branches take most of the time.
    A Chinese numeral is skipped if nothing after it can make it a figure (第一责任, 统一编号);
    reports have more of these than of figures. 零 is kept, because it may count alone (均为零).

    Args:
        phrases: expressions of not_figures.csv by the kind of their first character: arabic, han, other.
        firsts: the first characters of phrases of kind `other`.
        units: the printed units.
        after: words after a figure that qualify it (以上).

    Returns:
        A pattern for `finditer`. A match without groups ends where no number could be read.
    """
    units, after = list(units), list(after)
    unit = start_of(units) + any_of(units)
    # 百分之, 三分之二, 九成, 四点七, 一O八, a range, or a space before any of these
    goes_on = (
        re.escape("".join(sorted({word[0] for word in (*units, *after)})))
        + rf"有余餘多几幾来分成点至到{LETTER_ZEROS}0０+＋—–~～\s-"
    )
    fixed = {
        kind: "|".join([*(part.pattern for part in parts), *phrases[kind]])
        for kind, parts in NOT_FIGURES.items()
    }
    figure = rf"""
        (?:
            (?={HAN}) (?: {PERCENT_HAN.pattern} | {FRACTION.pattern} | {TENTHS.pattern} )
          | {NUMBER.pattern.replace("<unit>", unit)}
        )
        (?: {SPACE} (?P<more>{MORE}) |)
        (?P<scale>
            [{LETTER_SCALES}] (?= [+＋]? (?:{MORE}|) {unit} ) | w (?= [+＋]? (?:{MORE}|) {CLAUSE_END} )
          | [百千]?[万萬]?[亿億]?
        )
        (?: {SPACE} (?P<more2>{MORE}) |)
        (?: (?P<plus>[+＋]) (?![0-9０-９A-Za-z]) |)                              # 200+人
        (?: (?P<joint> [-—–~～至到]{{1,4}} | [+＋] )                              # 3至5次   三至五件   1＋1名
            (?P<second> (?: {ARABIC}+ {_DECIMALS} | {HAN}+ ) [万亿{LETTER_SCALES}]? ) (?:{MORE}|)
            (?={SPACE}{unit}) |)
        (?: {SPACE} (?P<unit> {unit} (?![度间]) ) |)
    """
    numerals = "0123456789０１２３４５６７８９" + NUMERALS
    no_start = all_but(f"{numerals}《“〔[（(【﹝{ascii_letters}{''.join(firsts)}")
    return re.compile(
        rf"""
        (?: {fixed["other"]}
          | {all_but(numerals)} {no_start}*
          | (?={ARABIC}) (?: {fixed["arabic"]} )
          | (?={HAN}) (?: {fixed["han"]} | (?!零) {HAN}++ (?![{goes_on}]|(?<=[万亿]){ARABIC}) )
          | (?!)          # for Python before 3.11.5, where *+ resumes where the last branch failed (gh-106052)
        )*+
        (?:
            (?P<figure> {figure} ) (?: (?P<after> {SPACE} {any_of(after)} | [+＋] (?={CLAUSE_END}) ) |)  # 90%+
          | (?s:.?)
        )
        """,
        re.VERBOSE,
    )
