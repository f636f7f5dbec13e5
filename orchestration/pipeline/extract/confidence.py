"""Confidence: the probability that a figure's indicator is right.

This module looks it up in confidence.csv by the margin that `matching` measures.
tests/benchmarks/fit_confidence.py fits that file on hand-labelled reports.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

from orchestration.pipeline.reference.tables import read_reference_table

UNMATCHED = "none"


@dataclass(frozen=True, slots=True)
class ConfidenceTable:
    """A step function from margin to probability."""

    edges: tuple[float, ...]  # lower ends of the steps after the first
    probabilities: tuple[float, ...]  # one more than edges, never falling
    unmatched: float  # that a figure without an indicator rightly has none

    def estimate(self, margin: float) -> float:
        """Return the probability that an indicator which won by `margin` is right."""
        return self.probabilities[bisect_right(self.edges, margin)]


def load_confidence(path: Path) -> ConfidenceTable:
    """Read confidence.csv.

    Raises:
        ValueError: a row is invalid or the steps do not rise (with file, row and reason), or rows are missing.
    """
    edges: list[float] = []
    probabilities: list[float] = []
    unmatched: float | None = None
    for row in read_reference_table(path, ("margin_from", "probability"), "margin_from"):
        try:
            probability = float(row["probability"])
            edge = None if row["margin_from"] == UNMATCHED else float(row["margin_from"])
        except ValueError as error:
            raise row.error(str(error)) from None
        if not 0 < probability < 1:
            raise row.error(f"probability {probability:g} is not between 0 and 1")
        if edge is None:
            unmatched = probability
            continue
        if edges and (edge <= edges[-1] or probability < probabilities[-1]):
            raise row.error("margin and probability must rise from row to row")
        edges.append(edge)
        probabilities.append(probability)
    if not edges or unmatched is None:
        raise ValueError(f"{path}: needs a row {UNMATCHED!r} and at least one other row")
    return ConfidenceTable(tuple(edges[1:]), tuple(probabilities), unmatched)
