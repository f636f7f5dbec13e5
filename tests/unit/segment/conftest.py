"""The project's reference tables, loaded once for the tests of the segment stage."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.pipeline.segment.headings import HeadingRules
from orchestration.pipeline.segment.stage import SegmentReference, load_segment_reference

REFERENCE_DIR = Path(__file__).parents[3] / "seeds" / "reference"


@pytest.fixture(scope="session")
def reference_dir() -> Path:
    return REFERENCE_DIR


@pytest.fixture(scope="session")
def reference() -> SegmentReference:
    return load_segment_reference(REFERENCE_DIR, place_names=("云溪镇", "石桥乡", "清河区"))


@pytest.fixture(scope="session")
def heading_rules(reference: SegmentReference) -> HeadingRules:
    return reference.headings
