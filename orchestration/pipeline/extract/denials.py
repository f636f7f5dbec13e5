"""Explicit denials (未发生…, 不涉及…, 零投诉): figures of value 0, one for each thing denied."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from orchestration.pipeline.extract.figure_rules import CLAUSE_STOP, FigureRules
from orchestration.pipeline.extract.figures import NEXT_ITEM, Figure
from orchestration.pipeline.vocabulary import Qualifier

_JOINT = re.compile(r"[、和及与或]|以及")
_DENIAL_END = re.compile(
    r"等? 的? (?: 情况 | 情形 | 现象 )? 的? (?: 发生 | 出现 )? [\s、]* $",  # 等情况的发生
    re.VERBOSE,
)
_DENIED_BEFORE = 40  # characters


def find_denials(text: str, figures: Sequence[Figure], rules: FigureRules) -> list[Figure]:
    """Find explicit denials (未发生…, 不涉及…, 零投诉).

    Args:
        text: clean text.
        figures: figures of the text in reading order; a phrase that contains a figure
            is not a denial, except 一起, 一件 (or 1起 right after 未发生).
        rules: compiled vocabulary.

    Returns:
        One figure of value 0 for each thing denied; spans do not overlap.
    """
    found = []
    for match in rules.denial.finditer(text):
        if match.lastgroup is None:
            continue
        start = match.start("whole")
        phrase = match["denial"] or match["of_thing"] or match["of_request"]
        if phrase is None:
            before = text[max(0, start - _DENIED_BEFORE) : start]
            if match["after"] and not rules.denied_thing.search(CLAUSE_STOP.split(before)[-1]):
                continue  # 上述问题未发生 denies nothing by name
            found.append(Figure(start, match.end(), 0.0, "", "none", Qualifier.EXACT, True))
            continue
        stop = start + len(_trim_denial(match["whole"]))
        index = bisect_left(figures, start, key=lambda figure: figure.start)
        inner = [figure for figure in figures[index:] if figure.start < stop]
        object_start = start + len(phrase)
        if any(not _is_none_of(figure, text, object_start) for figure in inner):
            continue
        unit = rules.denial_units.get(phrase) or (inner[0].unit if inner else "件")
        for piece_start, piece_end in _split_denial(text, start, object_start, stop, rules):
            found.append(Figure(piece_start, piece_end, 0.0, unit, "case", Qualifier.EXACT, True))
    return found


def _is_none_of(figure: Figure, text: str, object_start: int) -> bool:
    """Return whether a figure in a denial only means "not one": 未发生一起, 未发生1起."""
    if text[figure.start] == "一":
        return True
    return figure.value == 1 and not text[object_start : figure.start].strip()


def _trim_denial(phrase: str) -> str:
    """Return a denial without 等情况 and without a next item that follows it unseparated (…案件二是…)."""
    if item := NEXT_ITEM.search(phrase):
        phrase = phrase[: item.start()]
    return _DENIAL_END.sub("", phrase)


def _split_denial(
    text: str, start: int, object_start: int, stop: int, rules: FigureRules
) -> list[tuple[int, int]]:
    """Return the half-open spans of the things denied together; 不涉及行政复议、行政应诉 has two."""
    pieces: list[tuple[int, int]] = []
    position = object_start
    for joint in [*_JOINT.finditer(text, object_start, stop), None]:
        piece_end = joint.start() if joint else stop
        if pieces and _is_one_thing(text, pieces[-1], (position, piece_end), rules):
            pieces[-1] = (pieces[-1][0], piece_end)
        else:
            pieces.append((position, piece_end))
        position = joint.end() if joint else stop
    if len(pieces) > 1 and all(rules.denied_thing.search(text, first, last) for first, last in pieces):
        return [(start, pieces[0][1]), *pieces[1:]]
    return [(start, stop)]


def _is_one_thing(text: str, first: tuple[int, int], second: tuple[int, int], rules: FigureRules) -> bool:
    """Return whether a piece continues the one before, as outcomes of one denial.

    复议变更、撤销案件 and 行政复议、行政诉讼败诉案件 deny an outcome, not the existence of cases.
    """
    if rules.outcome.match(text, second[0], second[1]):
        return True
    is_bare = rules.procedure.fullmatch(text, *first) is not None
    return is_bare and rules.outcome.search(text, *second) is not None
