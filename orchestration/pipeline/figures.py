"""Figures: which numerals of a text count something, with value, unit and qualifier.

Here belongs telling a figure from a fixed phrase by what stands around it, and explicit
denials (未发生…, worth 0). What a figure counts, when and of which part belongs to
`matching` and `context`; the vocabulary to `figure_rules`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from orchestration.pipeline.figure_rules import CLAUSE_STOPS, HAN_CHARACTERS, FigureRules, Unit
from orchestration.pipeline.numerals import parse_numeral

_TENTH = 10.0  # per cent
_NEXT_ITEM = re.compile(r"[一二三四五六七八九十]是")
_CLAUSE_END = re.compile(rf"\s*(?:[{CLAUSE_STOPS}、）)]|$)")
_BARE_END = re.compile(rf"{_CLAUSE_END.pattern}|{_NEXT_ITEM.pattern}")
_COUNTED_BEFORE = re.compile(r"[一-鿿](?<![第号至到和与或及是在])\Z")
_BROKEN_DOCUMENT_NUMBER = re.compile(
    r"(?:19|20)\d{3,6}[)）]"
)  # （铜委法20249): 〔2024〕9号 without its marks
_PLAIN_COUNT = re.compile(r"0|[1-9１-９][0-9０-９,，]{0,8}")


@dataclass(slots=True)  # frozen ones take five times as long to make, named tuples longer to read
class Figure:
    """A figure found in a text, before anything is known of what it counts."""

    start: int  # of the surface: number, unit and what follows it (5次以上)
    end: int
    value: float
    unit: str
    unit_class: str  # none where no unit is printed
    qualifier: str
    is_denial: bool  # 未发生…案件: the surface itself says what is denied


def find_figures(text: str, rules: FigureRules) -> list[Figure]:
    """Find the figures of a text, denials not among them.

    Args:
        text: clean text; offsets of the result are half-open and count its characters.
        rules: compiled vocabulary.

    Returns:
        Figures in reading order that do not overlap.
    """
    figures = []
    for match in rules.scanner.finditer(text):
        if match.lastgroup is None:  # nothing but what is no figure
            continue
        if match["unit"]:
            figure = _read_counted(text, match, rules)
        elif match["number"]:
            figure = _read_bare(text, match, rules)
        else:
            figure = _read_share(text, match, rules)
        if figure is not None:
            figures.append(figure)
    return figures


def _read_share(text: str, match: re.Match[str], rules: FigureRules) -> Figure | None:
    """Figure of a part in words: 百分之九十, 三分之二, 九成."""
    if shape := match["percent_han"]:
        value, unit, unit_class = _parse(shape), "%", "percent"
    elif shape := match["fraction"]:
        whole, part = map(_parse, shape.split("分之"))
        value = part / whole if part and whole and part < whole else None
        unit, unit_class = "", "fraction"
    else:
        value, unit, unit_class = _TENTH * (_parse(match["tenths"][0]) or 0), "", "fraction"
    if value is None:
        return None
    start = match.start("figure")
    qualifier = _qualify(text, start, match, rules)
    return Figure(start, match.end(), value, unit, unit_class, qualifier, False)


def _read_counted(text: str, match: re.Match[str], rules: FigureRules) -> Figure | None:
    """Figure with a unit, such as 3万余元, 3至5次 (at least 3), 1＋1名 (2)."""
    unit = rules.units[match["unit"]]
    start = match.start("figure")
    if unit.unit_class == "duration" and not rules.duration_verb.search(text, max(0, start - 20), start):
        return None
    if match["number"][0] in HAN_CHARACTERS and not _counts_in_han(text, match, unit, rules):
        return None
    value = _value_of(match)
    if value is None:
        return None
    qualifier = _qualify(text, start, match, rules)
    if match["second"] and (second := _parse(match["second"])):
        if match["second"].endswith("万") and not match["scale"]:  # 3至5万份
            value *= 10_000
        if match["joint"] in "+＋":
            value += second
        else:
            qualifier = "at_least"
    return Figure(start, match.end(), value * unit.factor, unit.plain, unit.unit_class, qualifier, False)


def _read_bare(text: str, match: re.Match[str], rules: FigureRules) -> Figure | None:
    """Figure without a unit (办理信访事项41，), or 均为零; None for any other loose number."""
    if not _BARE_END.match(text, match.end()):
        return None
    number, start, end = match["number"], match.start("figure"), match.end()
    before = text[max(0, start - 8) : start].rstrip(" ")  # at the start of a line it is a mark: 1、
    if number == "零":
        return Figure(start, end, 0.0, "", "none", "exact", False) if before.endswith("为") else None
    if number[0] in HAN_CHARACTERS or not _COUNTED_BEFORE.search(before):
        return None
    if not match["scale"] and not _PLAIN_COUNT.fullmatch(number):
        return None
    if _BROKEN_DOCUMENT_NUMBER.match(text, start):
        return None
    value = _value_of(match)
    if value is None:
        return None
    return Figure(start, end, value, "", "none", _qualify(text, start, match, rules), False)


def _value_of(match: re.Match[str]) -> float | None:
    """Value of number and scale; bare 百, 千, 万 are one of them (百余, 近千)."""
    number = match["number"].replace("，", ",") + match["scale"]
    return _parse("一" + number if number[0] in "百千万亿" else number)


@lru_cache(maxsize=4096)
def _parse(numeral: str) -> float | None:
    """Value of a numeral; None for what only looks like one (百分之九十百)."""
    try:
        return parse_numeral(numeral)
    except ValueError:
        return None


def _qualify(text: str, start: int, match: re.Match[str], rules: FigureRules) -> str:
    """Qualifier by the words after the figure, before it, and by 余, the first of them winning."""
    if after := match["after"]:
        return rules.after_roles[after.strip()]
    if before := rules.before.search(text, max(0, start - 8), start):
        return rules.before_roles[before[1] or before[2]]
    return "approx" if match["more"] or match["more2"] else "exact"


def _counts_in_han(text: str, match: re.Match[str], unit: Unit, rules: FigureRules) -> bool:
    """Tell whether a Chinese numeral with a unit counts (两次) or belongs to a phrase (一个)."""
    number, start, end = match["number"], match.start("figure"), match.end()
    before = text[max(0, start - 10) : start]
    if unit.han_reading == "never" or number == "半":
        return False
    is_round = bool(match["more"] or match["more2"])
    if number[0] in "百千万亿":  # 百余人, 近千份, 上万元; not 百姓
        return is_round or before.endswith("上") or rules.before.search(before) is not None
    if number == "零":
        return _CLAUSE_END.match(text, end) is not None
    if len(number) > 1 or is_round or match["scale"] or (unit.han_reading == "count" and number != "一"):
        return True
    if unit.unit_class == "event" and rules.frequency_before.search(before):
        return True
    if rules.noun_before.search(before):
        return True
    has_noun = rules.noun_after.match(text, end) is not None
    if rules.deed_before.search(before):
        return has_noun or unit.han_reading == "count"
    if number == "一":
        return unit.unit_class in ("document", "case") and before.endswith(("的", "了")) and has_noun
    return has_noun or _CLAUSE_END.match(text, end) is not None


def find_denials(text: str, figures: Sequence[Figure], rules: FigureRules) -> list[Figure]:
    """Find explicit denials (未发生…, 不涉及…, 零投诉).

    Args:
        text: clean text.
        figures: figures of the text in reading order; a denial with a figure in it
            other than 一起, 一件 is none.
        rules: compiled vocabulary.

    Returns:
        One figure of value 0 for each thing denied; spans do not overlap.
    """
    found = []
    for match in rules.denial.finditer(text):
        if match.lastgroup is None:
            continue
        start = match.start("whole")
        phrase = match["denial"] or match["of_thing"]
        if phrase is None:
            found.append(Figure(start, match.end(), 0.0, "", "none", "exact", True))
            continue
        stop = start + len(_trim_denial(match["whole"]))
        index = bisect_left(figures, start, key=lambda figure: figure.start)
        inner = [figure for figure in figures[index:] if figure.start < stop]
        if any(text[figure.start] != "一" for figure in inner):
            continue
        unit = rules.denial_units.get(phrase) or (inner[0].unit if inner else "件")
        for piece_start, piece_end in _split_denial(text, start, start + len(phrase), stop, rules):
            found.append(Figure(piece_start, piece_end, 0.0, unit, "case", "exact", True))
    return found


def _trim_denial(phrase: str) -> str:
    """A denial without 等情况, and without a next item that no stop keeps apart (…案件二是…)."""
    if item := _NEXT_ITEM.search(phrase):
        phrase = phrase[: item.start()]
    return re.sub(r"(?:等)?(?:的)?(?:情况|情形|现象)?(?:的)?(?:发生|出现)?[\s、]*$", "", phrase)


def _split_denial(
    text: str, start: int, object_start: int, stop: int, rules: FigureRules
) -> list[tuple[int, int]]:
    """Spans of the things denied together: 不涉及行政复议、行政应诉 gives two."""
    pieces = []
    position = object_start
    for joint in [*re.finditer(r"[、和及与或]|以及", text[object_start:stop]), None]:
        piece_end = stop if joint is None else object_start + joint.start()
        pieces.append((position, piece_end))
        position = stop if joint is None else object_start + joint.end()
    if len(pieces) > 1 and all(rules.denied_thing.search(text, first, last) for first, last in pieces):
        return [(start, pieces[0][1]), *pieces[1:]]
    return [(start, stop)]
