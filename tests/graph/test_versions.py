"""Which report of a township and year counts: text before scan, then the later one, in any order of arrival."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.warehouse.files import classify_files
from tests.graph.conftest import Installation
from tests.graph.reports import report

EARLIER, LATER = date(2025, 1, 10), date(2025, 3, 10)


@pytest.fixture(scope="module")
def two_reports(install: Callable[[Path | None], Installation]) -> Installation:
    """Return two text reports of one township and year whose file names hold their publication dates."""
    made = install(None)
    for number, (name, day) in enumerate((("earlier", EARLIER), ("later", LATER))):
        made.write(f"{name}.txt", report(2024, found=40 + number))
        side = {"published_on": day.isoformat()}
        made.write(f"{name}.meta.json", json.dumps(side))
    assert made.run(only_raw=True).success
    return made


@pytest.mark.parametrize(
    ("scans", "kept", "reason"),
    [
        ((), "later", "corrected: by later.txt"),
        (("later",), "earlier", "scan: there is text of that year, earlier.txt"),
        (("earlier",), "later", "scan: there is text of that year, later.txt"),
        (("earlier", "later"), "later", "corrected: by later.txt"),
    ],
    ids=["two texts", "a later scan does not supersede text", "later text supersedes a scan", "two scans"],
)
def test_text_counts_before_a_scan_and_else_the_later_one(
    two_reports: Installation, scans: tuple[str, ...], kept: str, reason: str
) -> None:
    with duckdb.connect(str(two_reports.settings.warehouse)) as connection:
        connection.execute("update raw.documents set text_source = 'text'")
        for name in scans:
            connection.execute(
                "update raw.documents set text_source = 'ocr' where report_id = "
                "(select report_id from raw.files where source_path = $path)",
                {"path": f"{name}.txt"},
            )
        classify_files(connection)
    (other,) = {"earlier", "later"} - {kept}
    ids = dict(two_reports.query("select source_path, report_id from raw.files"))
    found = two_reports.query(
        "select source_path, status, reason, superseded_by from raw.files order by status"
    )
    assert found == [
        (f"{kept}.txt", "loaded", None, None),
        (f"{other}.txt", "superseded", reason, ids[f"{kept}.txt"]),
    ]


def test_copies_of_a_replaced_report_name_the_one_that_counts(
    install: Callable[[Path | None], Installation],
) -> None:
    made = install(None)
    paragraphs = "".join(f"<p>{line}</p>" for line in report(2024, found=40).splitlines())
    for name, text in (
        ("first.txt", report(2024, found=40)),
        ("copy.txt", report(2024, found=40)),
        ("page.html", f"<html><body>{paragraphs}</body></html>"),
        ("newer.txt", report(2024, found=41)),
    ):
        made.write(name, text)
        assert made.run(only_raw=True).success
    ((newer,),) = made.query("select report_id from raw.files where source_path = 'newer.txt'")
    assert made.query("select source_path, reason, superseded_by from raw.files order by source_path") == [
        ("copy.txt", "same_bytes: as first.txt", newer),
        ("first.txt", "corrected: by newer.txt", newer),
        ("newer.txt", None, None),
        ("page.html", "same_text: as first.txt", newer),
    ]
