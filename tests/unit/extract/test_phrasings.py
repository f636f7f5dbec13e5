"""Phrasings: indicators of figures in some 1,700 sentences that say the same thing in many ways, and traps.

tests/fixtures/extract/phrasings.txt was written from the catalogue's definitions, its first third before anybody
looked at the rules. Rules have since been fixed on it, so the shares do not apply to unseen reports. A phrasing
that fails does not justify its own rule: the shares leave room for a few.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestration.pipeline.extract.catalogue import Catalogue
from orchestration.pipeline.extract.explain import make_sentence_report
from orchestration.pipeline.extract.stage import extract_reports
from orchestration.pipeline.records import Quantity

FIXTURE = Path(__file__).parents[2] / "fixtures" / "extract" / "phrasings.txt"
MARK = re.compile(r"\{([^}]*)\}")
REVIEW_CONFIDENCE = 0.85


@dataclass(frozen=True, slots=True)
class Judged:
    """A marked figure: its place, its allowed indicators, and the quantity found there."""

    place: str
    allowed: frozenset[str | None]
    quantity: Quantity | None

    @property
    def is_right(self) -> bool:
        return self.quantity is not None and self.quantity.indicator_id in self.allowed

    @property
    def is_wrong(self) -> bool:
        return self.quantity is not None and self.quantity.indicator_id not in {*self.allowed, None}


def read_phrasings() -> Iterator[tuple[str, str, list[tuple[int, frozenset[str | None]]]]]:
    """Yield (heading, sentence, marks); a mark is the end offset of its figure and the allowed indicators."""
    for line in FIXTURE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        heading, bar, marked = line.partition(" | ")
        if not bar:
            heading, marked = "", line
        sentence, marks = "", []
        for number, piece in enumerate(MARK.split(marked)):
            if number % 2:
                marks.append((len(sentence), frozenset(None if x == "-" else x for x in piece.split("/"))))
            else:
                sentence += piece
        yield heading, sentence, marks


@pytest.fixture(scope="module")
def judged(catalogue: Catalogue) -> list[Judged]:
    result = []
    for heading, sentence, marks in read_phrasings():
        report = make_sentence_report(sentence, heading)
        offset = report.sentences.char_starts[0]
        found = {quantity.char_end - offset: quantity for quantity in extract_reports([report], catalogue)}
        result += [Judged(f"{heading} | {sentence[:end]}", allowed, found.get(end)) for end, allowed in marks]
    return result


def test_every_mark_names_indicators_of_the_catalogue(judged: list[Judged], catalogue: Catalogue) -> None:
    assert len(judged) > 900
    named = frozenset[str | None]().union(*(one.allowed for one in judged))
    assert named - {None} <= catalogue.indicators.keys()
    assert len(named) > 80


def test_nearly_all_figures_have_the_right_indicator(judged: list[Judged]) -> None:
    failed = [one.place for one in judged if not one.is_right]
    assert len(failed) <= 0.025 * len(judged), failed


def test_hardly_a_wrong_indicator_looks_sure(judged: list[Judged]) -> None:
    wrong = [
        f"{one.place}: {one.quantity.indicator_id}"
        for one in judged
        if one.is_wrong and one.quantity and one.quantity.confidence >= REVIEW_CONFIDENCE
    ]
    assert len(wrong) <= 0.005 * len(judged), wrong
