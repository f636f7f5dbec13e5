"""The catalogue, compiled once, and a function that extracts figures from a short text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.pipeline.extract.catalogue import Catalogue, load_catalogue
from orchestration.pipeline.extract.stage import SegmentedText, extract_reports
from orchestration.pipeline.records import Quantity, Section
from orchestration.pipeline.segment.sentences import split_sentences

REFERENCE_DIR = Path(__file__).parents[3] / "seeds" / "reference"
Extract = Callable[..., list[Quantity]]


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue(REFERENCE_DIR)


@pytest.fixture(scope="session")
def extract(catalogue: Catalogue) -> Extract:
    """extract(text, section_type="achievements", heading=None, report_year=2024): the quantities of a text."""

    def run(
        text: str,
        section_type: str = "achievements",
        heading: str | None = None,
        report_year: int | None = 2024,
    ) -> list[Quantity]:
        section = Section("r-s000", "r", None, 0, 1, "一", heading, section_type, 0, len(text), text)
        sentences = split_sentences("r", text, [section])
        return extract_reports([SegmentedText("r", text, [section], sentences, report_year)], catalogue)

    return run
