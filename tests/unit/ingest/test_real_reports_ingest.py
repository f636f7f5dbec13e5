"""The real reports saved in every format give the same text and the same identity.

They are next to the checkout, not in it; without them these tests are skipped.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from orchestration.pipeline.identify.gazetteer import Gazetteer
from orchestration.pipeline.identify.stage import identify_report
from orchestration.pipeline.ingest.clean import clean_text
from orchestration.pipeline.ingest.files import read_report
from orchestration.pipeline.ingest.page_words import IngestReference
from orchestration.pipeline.records import Document
from tests.unit.ingest.readers.report_files import SAVED_AS

SHARED = Path(__file__).resolve().parents[4] / "shared"
REPORTS = sorted((SHARED / "reports").glob("*.txt"))
IDENTITY = (
    "title", "admin_level", "unit_name", "unit_type", "township_key", "county_name", "county_code", "city_name",
    "province_name", "resolution", "report_year", "published_on", "document_date", "index_number", "issuer",
)  # fmt: skip

pytestmark = pytest.mark.skipif(not REPORTS, reason=f"no real reports in {SHARED / 'reports'}")


def read_document(data: bytes, name: str, reference: IngestReference, gazetteer: Gazetteer) -> Document:
    return identify_report(
        clean_text(read_report(data, name), reference),
        report_id="0" * 16,
        source_path=name,
        side_metadata=None,
        gazetteer=gazetteer,
    )


@pytest.mark.parametrize("report", REPORTS, ids=lambda path: path.stem)
def test_identity_is_as_annotated(report: Path, reference: IngestReference, gazetteer: Gazetteer) -> None:
    with (SHARED / "gold" / "reports.csv").open(encoding="utf-8", newline="") as file:
        gold = {row.pop("report"): row for row in csv.DictReader(file)}[report.stem]
    found = read_document(report.read_bytes(), report.name, reference, gazetteer)
    assert {name: str(getattr(found, name) or "") for name in gold} == gold


@pytest.mark.parametrize("kind", [kind for kind in SAVED_AS if kind != "utf-8"])
@pytest.mark.parametrize("report", REPORTS, ids=lambda path: path.stem)
def test_every_format_gives_the_same(
    report: Path, kind: str, reference: IngestReference, gazetteer: Gazetteer
) -> None:
    text = report.read_text(encoding="utf-8")
    plain = read_document(report.read_bytes(), report.name, reference, gazetteer)
    saved = read_document(SAVED_AS[kind](text), report.name, reference, gazetteer)
    assert "".join(saved.text.split()) == "".join(plain.text.split())
    assert {name: getattr(saved, name) for name in IDENTITY} == {
        name: getattr(plain, name) for name in IDENTITY
    }
