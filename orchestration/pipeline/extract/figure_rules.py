"""The vocabulary of figures, read from seeds/reference and compiled into regular expressions.

This module covers units, qualifiers, denials and phrases whose numerals do not count.
`figure_scanner` describes how numbers are printed; `figures` reads the matches.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from orchestration.pipeline.character_classes import all_but
from orchestration.pipeline.extract.figure_scanner import (
    ANY_NUMERAL,
    ARABIC,
    HAN,
    SPACE,
    any_of,
    compile_scanner,
    start_of,
)
from orchestration.pipeline.reference.tables import read_reference_table
from orchestration.pipeline.vocabulary import Qualifier

_STARTS = {"arabic": ARABIC, "han": HAN, "other": f"(?!{ARABIC}|{HAN})"}
CLAUSE_STOPS = "，。；：！？,;:!?\n"
CLAUSE_STOP = re.compile(f"[{CLAUSE_STOPS}]")

# Unit classes of things counted one by one: whole numbers, and the unit may be in brackets.
COUNTED_CLASSES = frozenset(
    {"person", "event", "case", "document", "item", "generic", "place", "board", "firm", "device"}
)
HAN_READINGS = ("count", "noun", "never", "kinds")
ROLES = (
    "approx_before", "approx_after", "at_least_before", "at_least_after", "at_most_before", "at_most_after",
    "deed_verb", "counted_noun", "counted_bare", "not_kind", "duration_verb", "comparison", "change",
    "previous_year", "this_year",
    "other_period", "future", "year_reference", "part", "addition", "campaign", "frequency", "per_unit", "aspect",
    "fault", "no_fault", "pending", "remainder", "heir_event", "heir_person", "heir_place", "stock_link", "other_head",
    "dispute_kind",
)  # fmt: skip
_ZERO_KINDS = (
    "denial", "denial_of_thing", "denial_of_request", "zero_word", "zero_event", "thing", "request", "no_denial",
    "procedure", "outcome",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unit:
    """One row of units.csv: a printed unit and its plain form."""

    plain: str
    factor: float
    unit_class: str
    # when a single Chinese digit before it counts: count = always (两次); noun = only next to a counted
    # thing (两个社区, not 两个维护); never; kinds = 2 to 10 before a noun (六大工程)
    han_reading: str


@dataclass(frozen=True, slots=True)
class FigureRules:
    """Vocabulary and regular expressions of figures, compiled once."""

    units: dict[str, Unit]
    scanner: re.Pattern[str]
    before: re.Pattern[str]  # 近, 不少于 … at the end of the words before a number
    before_roles: dict[str, Qualifier]
    after_roles: dict[str, Qualifier]
    deed_before: re.Pattern[str]
    frequency_before: re.Pattern[str]
    noun_before: re.Pattern[str]
    noun_after: re.Pattern[str]
    counted_after: re.Pattern[str]  # nouns that may follow a number without a unit: 47公职人员
    kinds_after: re.Pattern[str]
    duration_verb: re.Pattern[str]
    denial: re.Pattern[str]
    denied_thing: re.Pattern[str]
    zero_events: frozenset[str]  # 零发生: denies the words before it
    denial_units: dict[str, str]
    procedure: re.Pattern[str]  # 行政复议: denied alone, there were no cases;
    outcome: re.Pattern[str]  # denied with an outcome (败诉), there were none with that outcome


def load_figure_words(reference_dir: Path) -> dict[str, list[str]]:
    """Read figure_words.csv into role → words.

    Raises:
        ValueError: a role is unknown; with file, row and reason.
    """
    words: dict[str, list[str]] = {role: [] for role in ROLES}
    for row in read_reference_table(reference_dir / "extract" / "figure_words.csv", ("word", "role"), "word"):
        for role in row["role"].split("|"):
            if role not in words:
                raise row.error(f"role {role!r} is not one of {', '.join(ROLES)}")
            words[role].append(row["word"])
    return words


def load_figure_rules(reference_dir: Path, words: dict[str, list[str]]) -> FigureRules:
    """Read the vocabulary of figures and compile it.

    Args:
        reference_dir: folder of units.csv, not_figures.csv and zero_phrases.csv.
        words: the result of `load_figure_words`.

    Raises:
        ValueError: a row is invalid; with file, row number and reason.
    """
    units = _load_units(reference_dir / "extract" / "units.csv")
    denials = _load_denials(reference_dir / "extract" / "zero_phrases.csv")
    before_roles = {
        word: Qualifier(role.removesuffix("_before"))
        for role in ("approx_before", "at_least_before", "at_most_before")
        for word in words[role]
    }
    after_roles = {
        word: Qualifier(role.removesuffix("_after"))
        for role in ("approx_after", "at_least_after", "at_most_after")
        for word in words[role]
    }
    deeds = any_of(words["deed_verb"])
    return FigureRules(
        units=units,
        scanner=compile_scanner(
            *_compile_phrases(reference_dir / "extract" / "not_figures.csv", units), units, after_roles
        ),
        before=re.compile(
            rf"""
            {start_of(before_roles)}
            (?:
                (?<![附最临邻靠亲民合契公条违签预特续解履节邀]) ( {any_of(before_roles)} )   # e.g. 超过   不少于
                (?: 为 | 有 | 了 | 达 | 计 )? {SPACE} $
              | ( {any_of(word for word in before_roles if word[0] in "至最")} )
                [一-鿿]{{2,4}} $                                            # e.g. 至少召开
            )
            """,
            re.VERBOSE,
        ),
        before_roles=before_roles,
        after_roles=after_roles | dict.fromkeys("+＋", Qualifier.AT_LEAST),  # 90%+
        deed_before=re.compile(rf"{deeds}了?{SPACE}$"),
        frequency_before=re.compile(r"(?:每[^，。；]{1,4}|(?:一|半|全)年)(?:至少)?[^，。；、]{0,4}$"),
        noun_before=re.compile(rf"{any_of(words['counted_noun'])}{SPACE}$"),
        noun_after=re.compile(rf"[^，。；：、0-9]{{0,8}}?{any_of(words['counted_noun'])}"),
        counted_after=re.compile(start_of(words["counted_bare"]) + any_of(words["counted_bare"])),
        kinds_after=re.compile(rf"(?!{any_of(words['not_kind'])})[一-鿿“][一-鿿]"),
        duration_verb=re.compile(any_of(words["duration_verb"])),
        **denials,
    )


def _load_units(path: Path) -> dict[str, Unit]:
    units: dict[str, Unit] = {}
    columns = ("unit", "plain_unit", "factor", "unit_class", "han_reading")
    for row in read_reference_table(path, columns, "unit"):
        if row["han_reading"] not in HAN_READINGS:
            raise row.error(f"han_reading {row['han_reading']!r} is not one of {', '.join(HAN_READINGS)}")
        try:
            factor = float(row["factor"])
        except ValueError:
            raise row.error(f"factor {row['factor']!r} is not a number") from None
        if not row["plain_unit"] or not row["unit_class"]:
            raise row.error("plain_unit and unit_class must not be empty")
        unit = Unit(row["plain_unit"], factor, row["unit_class"], row["han_reading"])
        units[row["unit"]] = unit
        if unit.unit_class in COUNTED_CLASSES:  # 120（起）
            units |= {f"（{row['unit']}）": unit, f"({row['unit']})": unit}
    return units


class _Denials(TypedDict):
    denial: re.Pattern[str]
    denied_thing: re.Pattern[str]
    zero_events: frozenset[str]
    denial_units: dict[str, str]
    procedure: re.Pattern[str]
    outcome: re.Pattern[str]


def _load_denials(path: Path) -> _Denials:
    by_kind: dict[str, list[str]] = {kind: [] for kind in _ZERO_KINDS}
    units: dict[str, str] = {}
    for row in read_reference_table(path, ("phrase", "kind", "unit"), "phrase"):
        for kind in row["kind"].split("|"):
            if kind not in by_kind:
                raise row.error(f"kind {kind!r} is not one of {', '.join(_ZERO_KINDS)}")
            if kind.startswith("zero_") and not row["phrase"].startswith("零"):
                raise row.error(f"a {kind} must begin with 零")
            by_kind[kind].append(row["phrase"])
        if row["unit"]:
            units[row["phrase"]] = row["unit"]
    thing = any_of(by_kind["thing"])
    rest = r"[^，。；！？,;\n（()）]"
    zero_words = [*by_kind["zero_word"], *by_kind["zero_event"]]
    requests = by_kind["denial_of_request"]
    begins = (*by_kind["denial"], *by_kind["denial_of_thing"], *requests, *zero_words)
    starts = (phrase[0] for phrase in begins)
    denial = re.compile(  # a match without groups only skips text
        rf"""
        {all_but("".join(starts))}*
        (?:
            (?P<whole>
                (?<![如若凡尚防有毫]) (?!{any_of(by_kind["no_denial"])})
                (?:
                    (?P<denial> {any_of(by_kind["denial"])} ) (?P<object> {rest}{{1,60}} )      # e.g. 未发生群体性事件
                  | (?P<of_thing> {any_of(by_kind["denial_of_thing"])} )
                    (?P<object2> (?={rest}{{0,8}}?{thing} | {SPACE}1(?![0-9.万千百余多]))
                        {rest}{{1,60}} )                                         # e.g. 无行政复议案件   未发现1处
                  | (?P<of_request> {any_of(requests)} )                     # e.g. 未收到公民、法人提出的公开申请
                    (?P<object3> (?={rest}{{0,40}}?{any_of(by_kind["request"])}) {rest}{{1,60}} )
                  | 零 (?P<zero> [”"]? {any_of(word[1:] for word in zero_words)} )     # e.g. 零上访   零”发生
                  | (?P<after> (?:未曾?|没有) (?:发生|出现) 过? (?=[，。；！？、）)\n]|\Z) )      # e.g. 行政诉讼未发生
                )
            )
          | (?s:.?)
        )
        """,
        re.VERBOSE,
    )
    return _Denials(
        denial=denial,
        denied_thing=re.compile(thing),
        zero_events=frozenset(by_kind["zero_event"]),
        denial_units=units,
        procedure=re.compile(rf"{any_of(by_kind['procedure'])}(?:案件)?"),
        outcome=re.compile(any_of(by_kind["outcome"])),
    )


def _compile_phrases(path: Path, units: Iterable[str]) -> tuple[dict[str, list[str]], set[str]]:
    """Return the expressions of not_figures.csv by kind of first character, and those first characters.

    Phrases with the same start share one branch, so each position is tried once per start.
    """
    unit = start_of(units) + any_of(units)
    branches: dict[str, list[str]] = {kind: [] for kind in _STARTS}
    hotlines: dict[str, list[str]] = {kind: [] for kind in _STARTS}
    tails: dict[str, list[str]] = {}
    rows = read_reference_table(path, ("phrase", "kind"), "phrase")
    places = [row["phrase"] for row in rows if row["kind"] == "place"]
    branches["han"].append(_compile_places(places))
    for row in (row for row in rows if row["kind"] != "place"):
        phrase, kind = row["phrase"], row["kind"]
        if not kind:
            raise row.error("kind is empty")
        if not phrase.strip("# "):
            raise row.error(f"phrase {phrase!r} would match every numeral")
        if kind == "ordinal":
            last = rf"(?:[-—–~～至到]{{1,2}}{ANY_NUMERAL})?"  # 第12-15条
            _add_branch(branches, phrase, rf"{_compile_words(phrase)}{last}{SPACE}{unit}?")
        elif kind == "hotline":
            _add_branch(hotlines, phrase, _compile_words(phrase))
        elif kind == "rank":  # not 目前3名, 会前12名
            start = _compile_start(phrase[0], "[目日此之以年节会]")
            _add_branch(branches, phrase, start + _compile_words(phrase[1:]))
        else:
            # 三点 and 三点十分 are times of day, 三点五万元 is a number
            minutes = rf"(?!{HAN}+(?:[%％‰]|(?!分){unit}))(?:{ANY_NUMERAL}分(?!之)|)" * (phrase == "#点")
            tails.setdefault(phrase[0], []).append(_compile_words(phrase[1:]) + minutes)
        if not phrase.startswith("#"):
            tails.setdefault(phrase[0], [])
    for kind, names in hotlines.items():
        if names:  # 12345热线 and 12345单912件 have a name, 110条 is a figure
            figure = rf"[0-9,.]|{SPACE}[余多万]?{unit}(?!子?{SPACE}{ARABIC})"
            branches[kind].append(rf"(?<![0-9])(?:{'|'.join(names)})(?!{figure})")
    for first, endings in tails.items():
        if endings:
            ending = "|".join(sorted(endings, key=lambda words: (-len(words), words)))
            is_numeral = re.match(rf"{ARABIC}|{HAN}", first)
            start = _compile_start(first, HAN) if is_numeral else _compile_words(first)
            _add_branch(branches, first, f"{start}(?:{ending})")
    return branches, set(tails) - {"#"}


def _compile_places(phrases: Sequence[str]) -> str:
    """Return an expression for places whose names begin with a Chinese numeral; # is any except 两, which counts.

    It matches 九台区 and 五家乡, but neither 五家乡镇企业 nor 五家镇办企业.
    """
    ends = [phrase[1:] for phrase in phrases if phrase.startswith("#")]
    names = [phrase for phrase in phrases if not phrase.startswith("#")]
    any_number = f"(?!两){HAN}++{start_of(ends)}{any_of(ends)}"
    return f"(?<!{HAN})(?:{any_of(names)}|{any_number})(?![级属办管域内]|(?<=乡)[镇村])"


def _add_branch(branches: dict[str, list[str]], phrase: str, branch: str) -> None:
    """Add a branch to every kind of character that its phrase may start with."""
    if phrase.startswith("#"):  # any numeral
        kinds = ["arabic", "han"]
    else:
        kinds = [kind for kind, start in _STARTS.items() if re.match(start, phrase)]
    for kind in kinds:
        branches[kind].append(branch)


def _compile_start(first: str, before: str) -> str:
    """Return an expression for a first character that does not follow `before`.

    The lookbehind comes last, so a branch fails at its first character.
    """
    if first == "#":
        return f"(?<!{before}){ANY_NUMERAL}"
    return f"{re.escape(first)}(?<!{before}{re.escape(first)})"


def _compile_words(words: str) -> str:
    """Return an expression for a phrase, in which # is any numeral."""
    return re.escape(words).replace(r"\#", ANY_NUMERAL).replace("#", ANY_NUMERAL)
