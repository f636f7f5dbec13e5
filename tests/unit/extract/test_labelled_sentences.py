"""Labelled sentences: precision and recall over sentences in the shapes of real reports.

tests/fixtures/extract/labelled_sentences.csv was labelled independently of the rules. `a|b` in a
column means that either is right; an empty alternative of indicator_id, that no indicator is right too.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from orchestration.pipeline.records import Quantity
from tests.unit.extract.conftest import Extract

FIXTURE = Path(__file__).parents[2] / "fixtures" / "extract" / "labelled_sentences.csv"
ATTRIBUTES = ("unit", "qualifier", "period", "scope")


@dataclass
class Score:
    """Counts over all sentences, and a line of text for each error."""

    counts: Counter[str] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)

    def ratio(self, part: str, *whole: str) -> float:
        return self.counts[part] / sum(self.counts[name] for name in whole)


def read_labels() -> dict[tuple[str, str], list[dict[str, str]]]:
    labels: dict[tuple[str, str], list[dict[str, str]]] = {}
    with FIXTURE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            labels.setdefault((row["sentence"], row["section_type"]), []).append(row)
    return labels


def take_match(row: dict[str, str], quantities: list[Quantity]) -> Quantity | None:
    """Remove the quantity that best matches the label from the list and return it; None without one."""
    values = [pytest.approx(float(value), rel=1e-4) for value in row["value"].split("|")]
    allowed = row["indicator_id"].split("|")
    options = [quantity for quantity in quantities if quantity.value in values]
    if not options:
        return None
    best = min(options, key=lambda q: (q.surface != row["surface"], (q.indicator_id or "") not in allowed))
    quantities.remove(best)
    return best


@pytest.fixture(scope="module")
def score(extract: Extract) -> Score:
    result = Score()
    for (sentence, section_type), rows in read_labels().items():
        quantities = extract(sentence, section_type)
        for row in rows:
            if not row["surface"]:
                continue
            quantity = take_match(row, quantities)
            if quantity is None:
                result.counts["missed"] += 1
                result.misses.append(f"missed {row['surface']} in {sentence}")
                continue
            result.counts["found"] += 1
            for name in ATTRIBUTES:
                result.counts[f"right {name}"] += getattr(quantity, name) in row[name].split("|")
            allowed = row["indicator_id"].split("|")
            have = quantity.indicator_id or ""
            result.counts["wanted"] += "" not in allowed
            result.counts["wanted and assigned"] += "" not in allowed and have in allowed
            if have:
                result.counts["right indicator" if have in allowed else "wrong indicator"] += 1
            if have not in allowed:
                result.misses.append(f"{have or 'none'} for {row['surface']} in {sentence}")
        result.counts["extra"] += len(quantities)
        result.counts["wrong indicator"] += sum(q.indicator_id is not None for q in quantities)
        result.misses += [f"extra {q.surface} in {sentence}" for q in quantities]
    return result


def test_there_are_enough_sentences() -> None:
    assert len(read_labels()) >= 400


def test_figures_are_found(score: Score) -> None:
    assert score.ratio("found", "found", "missed") >= 0.99, score.misses
    assert score.ratio("found", "found", "extra") >= 0.99, score.misses


def test_indicators_are_assigned(score: Score) -> None:
    assert score.ratio("right indicator", "right indicator", "wrong indicator") >= 0.97, score.misses
    assert score.ratio("wanted and assigned", "wanted") >= 0.97, score.misses


@pytest.mark.parametrize(
    ("name", "floor"), [("unit", 0.99), ("qualifier", 0.99), ("period", 0.99), ("scope", 0.95)]
)
def test_attributes_are_right(score: Score, name: str, floor: float) -> None:
    assert score.ratio(f"right {name}", "found") >= floor
