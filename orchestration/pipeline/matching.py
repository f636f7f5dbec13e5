"""Matching: which indicator of the catalogue a figure belongs to, by which rule, how surely.

A pattern's words have to stand in the figure's own clause; its topic may stand further off.
The score falls with the distance of both, so that of two topics the nearer one wins, and
rises with the length of the words, so that the more specific pattern wins.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from orchestration.pipeline.catalogue import Catalogue, Pattern
from orchestration.pipeline.context import Clause
from orchestration.pipeline.figures import Figure

THRESHOLD = 0.55
_LENGTH_GAIN, _MAXIMUM_GAIN = 0.02, 0.16
_LEFT_LOSS, _RIGHT_LOSS = 0.012, 0.02
_EARLIER_LOSS, _EARLIER_START = 0.003, 0.02
_LATER_LOSS = 0.12
_HEADING_LOSSES = (0.12, 0.18, 0.24)
_LEVEL_ONLY = re.compile(r"[、，及和]?(?:国家|省|市|区|县|镇|村|乡|街道|社区)级")


class Match(NamedTuple):
    """The indicator chosen for a figure."""

    indicator_id: str
    pattern_id: str
    confidence: float


def match_indicator(
    clause: Clause, figure: Figure, headings: Sequence[str], catalogue: Catalogue
) -> Match | None:
    """Choose the indicator of a figure.

    Args:
        clause: what stands around it.
        figure: the figure; only patterns for its unit or unit class are tried.
        headings: headings over it, the nearest first.
        catalogue: compiled catalogue.

    Returns:
        The best pattern above the threshold; None where none is.
    """
    own = f"{clause.left}\n{clause.right}"
    units = {figure.unit_class, figure.unit}
    tried: set[int] = set()
    best, best_score = None, THRESHOLD
    for word, _, _ in catalogue.automaton.find_matches_as_indexes(own, overlapping=True):
        by_unit = catalogue.triggered[word]
        for unit in units:
            for number in by_unit.get(unit, ()):
                if number not in tried:
                    tried.add(number)
                    score = _score(catalogue.patterns[number], clause, own, headings)
                    if score > best_score:
                        best, best_score = catalogue.patterns[number], score
    if best is None:
        return None
    return Match(best.indicator_id, best.pattern_id, round(min(best_score, 1.0), 3))


def inherit_indicator(clause: Clause, figure: Figure, previous: Figure, match: Match) -> Match | None:
    """Carry the indicator on where only the level is new: 省级示范村2个，市级5个."""
    if figure.unit_class == previous.unit_class and not clause.right and _LEVEL_ONLY.fullmatch(clause.left):
        return Match(match.indicator_id, match.pattern_id, round(match.confidence * 0.9, 3))
    return None


def _score(pattern: Pattern, clause: Clause, own: str, headings: Sequence[str]) -> float:
    """Score of a pattern for a figure; 0 where it does not apply."""
    place = -1.0
    if pattern.left is not None and (hit := pattern.left.match(clause.left)):
        place = _gain(hit) - _LEFT_LOSS * (len(clause.left) - hit.end(1))
    if pattern.right is not None and (hit := pattern.right.search(clause.right)):
        place = max(place, _gain(hit) - _RIGHT_LOSS * hit.start(1))
    if place == -1.0 or (pattern.excluded is not None and pattern.excluded.search(own)):
        return 0.0
    loss = 0.0 if pattern.topic is None else _topic_loss(pattern.topic, clause, own, headings)
    return pattern.weight + place - loss


def _gain(hit: re.Match[str]) -> float:
    return min(_LENGTH_GAIN * (hit.end(1) - hit.start(1)), _MAXIMUM_GAIN)


def _topic_loss(topic: re.Pattern[str], clause: Clause, own: str, headings: Sequence[str]) -> float:
    """What a topic costs by its distance; 1 where it is nowhere."""
    if topic.match(own):
        return 0.0
    if hit := topic.match(clause.earlier):
        return min(_EARLIER_START + _EARLIER_LOSS * (len(clause.earlier) - hit.end(1)), _HEADING_LOSSES[0])
    if topic.match(clause.later):
        return _LATER_LOSS
    for heading, loss in zip(headings, _HEADING_LOSSES, strict=False):
        if topic.match(heading):
            return loss
    return 1.0
