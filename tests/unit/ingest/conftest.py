"""Reference data and small helpers for all tests of the ingest stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from orchestration.pipeline.identify.gazetteer import Gazetteer, load_gazetteer
from orchestration.pipeline.identify.stage import identify_report
from orchestration.pipeline.ingest.clean import CleanText, clean_text
from orchestration.pipeline.ingest.files import read_report
from orchestration.pipeline.ingest.page_words import IngestReference, load_ingest_reference
from orchestration.pipeline.records import Document

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def reference() -> IngestReference:
    return load_ingest_reference(ROOT / "seeds" / "reference")


@pytest.fixture(scope="session")
def gazetteer() -> Gazetteer:
    return load_gazetteer()


@pytest.fixture(scope="session")
def fixtures() -> Path:
    return ROOT / "tests" / "fixtures" / "ingest"


@pytest.fixture
def clean(reference: IngestReference) -> Callable[[str], CleanText]:
    """Return the clean text of a file with this text."""
    return lambda text: clean_text(read_report(text.encode("utf-8"), "report.txt"), reference)


@pytest.fixture
def identify(reference: IngestReference, gazetteer: Gazetteer) -> Callable[..., Document]:
    """Return the document of a text, with the default path and no side file."""

    def run(
        text: str,
        path: str = "report.txt",
        side: Mapping[str, Any] | None = None,
        corrections: Mapping[str, str] | None = None,
        home_county: str | None = None,
    ) -> Document:
        return identify_report(
            clean_text(read_report(text.encode("utf-8"), path), reference),
            report_id="0" * 16,
            source_path=path,
            side_metadata=side,
            gazetteer=gazetteer,
            corrections=corrections,
            home_county=home_county,
        )

    return run
