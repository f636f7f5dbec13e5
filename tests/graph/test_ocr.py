"""Scans from the folder to the marts: each is read once, in bounded time, and never counts together with a text."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from docx.shared import Mm
from PIL import Image

from orchestration.assets import ingest as ingest_assets
from orchestration.engine import recognition
from orchestration.engine.base import Task
from orchestration.engine.choice import open_engine
from orchestration.engine.recognition import PAGE_WORK, read_scans
from orchestration.pipeline.ingest.folder import scan_folder
from orchestration.pipeline.ocr import recognise
from orchestration.pipeline.ocr.store import NAME
from orchestration.refreshes import Waiting, fingerprint_inputs, read_waiting
from orchestration.settings import PROJECT_DIR
from tests.graph.conftest import CopyOf, Installation, refresh
from tests.graph.reports import report

FIXTURES = Path(__file__).parents[1] / "fixtures" / "ocr"
PRINTED = (FIXTURES / "report.txt").read_text(encoding="utf-8")
needs_ocr = pytest.mark.skipif(
    recognise.find_ocr_version() is None,
    reason="OCR is not installed: `make ocr` installs it; this test is SKIPPED",
)


@pytest.fixture
def installation(
    install: Callable[[Path | None], Installation], monkeypatch: pytest.MonkeyPatch
) -> Installation:
    monkeypatch.setattr(ingest_assets, "SHARED_SECONDS", 600.0)  # a busy machine reads a page in a minute
    made = install(None)
    made.write("清溪镇.txt", report(2023))
    shutil.copy(FIXTURES / "report.pdf", made.settings.reports / "石桥镇.pdf")
    return made


@pytest.fixture
def scanned(install_refreshed: Callable[[], Installation], copy_of: CopyOf) -> Installation:
    """Two text reports and one of two scanned pages, refreshed."""

    def make() -> Installation:
        made = install_refreshed()
        shutil.copy(FIXTURES / "report.pdf", made.settings.reports / "石桥镇.pdf")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ingest_assets, "SHARED_SECONDS", 600.0)
            return refresh(made)

    return copy_of("scanned", make)


def rejected(installation: Installation) -> dict[str, str]:
    return dict(
        installation.query(
            "select source_path, reason from raw.files where status = 'rejected' and is_present"
        )
    )


def pages_read(installation: Installation) -> list[tuple[str, str]]:
    with sqlite3.connect(installation.settings.pages / NAME) as connection:
        return connection.execute("select picture_sha256, read_at from pictures order by 1").fetchall()


def has_read_a_page(installation: Installation) -> bool:
    try:
        return (installation.settings.pages / NAME).exists() and bool(pages_read(installation))
    except sqlite3.OperationalError:  # the file exists before its tables
        return False


@needs_ocr
def test_scan_is_read_with_its_confidence_and_boxes(scanned: Installation) -> None:
    installation = scanned
    assert rejected(installation) == {}
    rows = installation.query(
        "select text_source, text_confidence from marts.dim_report order by text_source", published=True
    )
    assert rows[0][0] == "ocr" and rows[0][1] > 0.95
    assert rows[1:] == [("text", None), ("text", None)]
    figures = installation.query(
        "select value, confidence, ocr_confidence from marts.fct_quantity join marts.dim_report using (report_id) "
        "where text_source = 'ocr'",
        published=True,
    )
    printed = {float(number) for number in re.findall(r"\d+(?:\.\d+)?", PRINTED)}
    assert len(figures) > 15
    assert {value for value, _, _ in figures} - {13_500, 0} <= printed
    assert all(0 < confidence <= sure <= 1 for _, confidence, sure in figures)
    text = installation.query(
        "select count(*) from marts.fct_quantity join marts.dim_report using (report_id) "
        "where text_source = 'text' and ocr_confidence is not null"
    )
    assert text == [(0,)]
    # every figure is in a line with a box, so that a page can frame it
    unframed = installation.query(
        "select surface from marts.fct_quantity q join marts.dim_report r using (report_id) where text_source = 'ocr' "
        "and not exists (from staging.stg_ocr_lines l where l.report_id = q.report_id "
        "and l.char_start < q.char_end and l.char_end > q.char_start and l.width > 0 and l.height > 0)"
    )
    assert unframed == []


@needs_ocr
def test_page_is_read_once_whatever_else_changes(
    scanned: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation = scanned
    first = pages_read(installation)
    assert len(first) == 2
    shutil.copy(installation.settings.reports / "石桥镇.pdf", installation.settings.reports / "copy.pdf")
    monkeypatch.setattr(ingest_assets, "read_scans", lambda *_, **__: pytest.fail("reads a page again"))
    assert installation.run("rebuild", only_raw=True, everything=True).success
    assert pages_read(installation) == first
    assert rejected(installation) == {}


@needs_ocr
def test_run_without_time_for_scans_publishes_the_rest_and_goes_on(
    install_refreshed: Callable[[], Installation],
) -> None:
    short = Installation(replace(install_refreshed().settings, ocr_seconds=0.0))
    shutil.copy(FIXTURES / "report.pdf", short.settings.reports / "石桥镇.pdf")
    assert short.run().success
    assert list(rejected(short)) == ["石桥镇.pdf"]
    assert "waiting for OCR: 2 of 2 pages have no text layer, 1 not read yet" in rejected(short)["石桥镇.pdf"]
    assert short.query("select count(*) from marts.dim_report", published=True) == [(2,)]
    assert read_waiting(short.settings.pages) == Waiting(1, 1)
    made_from = fingerprint_inputs(short.settings, None, Waiting(0, 0))
    assert fingerprint_inputs(short.settings) != made_from, "the sensor would see nothing new"
    assert short.run().success
    assert rejected(short) == {}
    assert short.query("select count(*) from marts.dim_report", published=True) == [(3,)]
    assert read_waiting(short.settings.pages) == Waiting(0, 0)
    assert fingerprint_inputs(short.settings) == made_from


def test_scan_without_the_library_names_the_command(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_ocr_away(monkeypatch)
    assert installation.run(only_raw=True).success
    (reason,) = rejected(installation).values()
    assert reason.startswith("scanned: 2 of 2 pages have no text layer; `make ocr` installs OCR")
    assert "扫描件：请先运行 make ocr" in reason
    fresh = installation.query("select fingerprint from raw.stage_runs where stage = 'ingest'")
    assert ("failed",) not in fresh, "it would be read again in each run"


@needs_ocr
def test_scan_refused_without_the_library_is_read_once_it_is_installed(
    installation: Installation, scanned: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without:
        take_ocr_away(without)
        installation.run(only_raw=True)
    assert len(rejected(installation)) == 1
    # so that no page is read
    shutil.copytree(scanned.settings.pages, installation.settings.pages, dirs_exist_ok=True)
    assert installation.run(only_raw=True).success
    assert rejected(installation) == {}


def test_pages_beside_a_whole_report_wait_for_the_library(
    install_refreshed: Callable[[], Installation], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meanwhile the report counts without them, and the review queue says so."""
    made = install_refreshed()
    write_word(made.settings.reports / "石桥镇.docx", [*PRINTED.split("\n"), "附件另附。" * 60])
    unread = "select unread_pages, text_source from marts.dim_report where unit_name = '石桥镇'"
    reasons = "select reason_code from marts.review_queue where quantity_id is null"
    with monkeypatch.context() as without:
        take_ocr_away(without)
        assert made.run().success
    assert rejected(made) == {}
    assert made.query(unread) == [(1, "text")]
    assert made.query(reasons) == [("pages_not_read",)]
    if recognise.find_ocr_version() is None:
        pytest.skip("OCR is not installed: `make ocr` installs it; the second half of this test is SKIPPED")
    monkeypatch.setattr(ingest_assets, "SHARED_SECONDS", 600.0)
    assert made.run().success
    assert made.query(unread) == [(0, "ocr")]
    assert ("pages_not_read",) not in made.query(reasons)


def write_word(path: Path, lines: list[str]) -> None:
    """Write a Word document: paragraphs, then a picture of a printed page."""
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    with Image.open(FIXTURES / "report.tif") as page:
        picture = io.BytesIO()
        page.convert("RGB").crop((0, 0, page.width, page.width * 5 // 4)).save(picture, "PNG")
    document.add_picture(picture, width=Mm(150))
    document.save(str(path))


def take_ocr_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend that OCR is not installed; files are read in this process, where the functions are patched."""
    for place in (
        "orchestration.pipeline.ocr.read",
        "orchestration.assets.ingest",
        "orchestration.refreshes",
    ):
        monkeypatch.setattr(f"{place}.find_ocr_version", lambda: None)
    monkeypatch.setattr(
        ingest_assets, "Task", lambda *arguments, **named: Task(*arguments, **{**named, "isolated": False})
    )


@needs_ocr
def test_a_run_killed_while_reading_pages_keeps_those_already_read(
    install: Callable[[Path | None], Installation],
) -> None:
    """All its processes get kill -9 once the first of two pages is kept; the next run reads only the other one."""
    made = install(None)
    shutil.copy(FIXTURES / "report.tif", made.settings.reports / "石桥镇.tif")
    variables = {
        "FAZHI_REPORTS": str(made.settings.reports),
        "FAZHI_DATA": str(made.settings.data),
        "FAZHI_WORKERS": "1",
    }
    command = [sys.executable, "-m", "orchestration", "refresh"]
    process = subprocess.Popen(command, env=os.environ | variables, cwd=PROJECT_DIR, start_new_session=True)
    deadline = time.monotonic() + 300
    while not has_read_a_page(made):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    kept = pages_read(made)
    assert len(kept) == 1
    assert made.run(only_raw=True).success
    assert rejected(made) == {}
    assert len(pages_read(made)) == 2 and set(kept) < set(pages_read(made))


@needs_ocr
def test_page_that_ends_its_process_costs_that_file_alone(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    little = replace(PAGE_WORK.bounds, memory_bytes=2**27)  # too little memory to read a page
    monkeypatch.setattr(recognition, "PAGE_WORK", replace(PAGE_WORK, bounds=little))
    log: list[str] = []
    scans = [
        found for found in scan_folder(installation.settings.reports) if found.source_path.endswith("pdf")
    ]
    with open_engine(installation.settings, log.append) as engine:
        left = read_scans(
            scans,
            installation.settings.pages,
            engine=engine,
            reference=installation.settings.reference,
            seconds=60,
            log=log.append,
        )
    assert left == Waiting(0, 0)
    assert log and "2 of 2 pages" in log[-1]
    monkeypatch.undo()
    assert installation.run(only_raw=True).success
    (reason,) = rejected(installation).values()
    assert reason.startswith("scanned: page 1 could not be read by OCR: ")


@needs_ocr
def test_pages_are_read_by_workers_that_see_no_folder(installation: Installation) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed: `make dask` installs it; SKIPPED")
    from tests.cluster import start_cluster

    with start_cluster(1, 2) as cluster:
        installation.settings = replace(installation.settings, engine=f"dask:{cluster.address}")
        result = installation.run(only_raw=True)
        assert result.success
    assert rejected(installation) == {}
    ((text, lines),) = installation.query(
        "select text, (select count(*) from raw.ocr_lines l where l.report_id = d.report_id) "
        "from raw.documents d where text_source = 'ocr'"
    )
    assert re.findall(r"\d+(?:\.\d+)?", text) == re.findall(r"\d+(?:\.\d+)?", PRINTED)
    assert lines > 20
    assert len(pages_read(installation)) == 2


@needs_ocr
def test_text_of_a_year_is_preferred_to_a_scan_of_it(scanned: Installation) -> None:
    folder = scanned.settings.reports / "重庆市" / "铜梁区"
    folder.mkdir(parents=True)
    words = PRINTED.replace("石桥镇", "安居镇").replace("合同38份", "合同39份")
    (folder / "安居镇.txt").write_text(words, encoding="utf-8")
    (scanned.settings.reports / "石桥镇.pdf").rename(folder / "later.pdf")
    (folder / "later.pdf.meta.json").write_text('{"unit_name": "安居镇"}', encoding="utf-8")
    assert scanned.run().success
    rows = scanned.query("select source_name, text_source from marts.dim_report order by 1", published=True)
    assert ("安居镇.txt", "text") in rows
