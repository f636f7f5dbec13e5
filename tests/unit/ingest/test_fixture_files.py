"""The small files in tests/fixtures/ingest, each with its expected result."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from orchestration.pipeline.ingest.archives import open_archives
from orchestration.pipeline.ingest.clean import clean_text
from orchestration.pipeline.ingest.files import read_found, read_report
from orchestration.pipeline.ingest.folder import scan_folder
from orchestration.pipeline.ingest.page_words import IngestReference
from orchestration.pipeline.readers import RejectedFile

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "ingest"
LOADED = {
    "page_gb2312.html": ("html", "gb18030"),
    "report.md": ("text", "utf-8"),
    "report_big5.txt": ("text", "big5hkscs"),
    "report_gb18030.txt": ("text", "gb18030"),
    "report_traditional.txt": ("text", "utf-8"),
    "report_utf16.txt": ("text", "utf-16"),
    "report_utf8.txt": ("text", "utf-8"),
    "reports.zip!/a/柳河镇.txt": ("text", "utf-8"),
}
REFUSED = {
    "blank.txt": "empty",
    "broken_character.txt": "undecodable",
    "cut_in_character.txt": "truncated",
    "english.txt": "not_a_report_text",
    "mojibake.txt": "not_a_report_text",
    "picture.pdf": "unsupported",
    "reports.zip!/b.txt": "empty",
}
FOUND = {found.source_path: found for found in open_archives(scan_folder(FOLDER))}


def test_every_fixture_has_its_expectation() -> None:
    files = {name for name in FOUND if not name.startswith("__pycache__/")}
    assert files - {"README.md", "make_fixtures.py"} == set(LOADED) | set(REFUSED)


def test_fixtures_are_what_their_script_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    sys.modules.pop("make_fixtures", None)
    from make_fixtures import make_files

    made = make_files()
    assert {name: (FOLDER / name).read_bytes() for name in made} == made


@pytest.mark.parametrize("name", LOADED)
def test_fixture_is_read(name: str, reference: IngestReference) -> None:
    read = read_report(read_found(FOUND[name]), name)
    cleaned = clean_text(read, reference)
    assert (read.reader.split("/")[0], read.encoding) == LOADED[name]
    assert cleaned.title is not None
    assert cleaned.title.endswith(("2023年法治政府建设情况报告", "关于2023年法治政府建设情况的报告"))
    assert "全年组织" in cleaned.text
    assert "版权所有" not in cleaned.text


@pytest.mark.parametrize("name", REFUSED)
def test_fixture_is_refused(name: str) -> None:
    with pytest.raises(RejectedFile) as refused:
        read_report(read_found(FOUND[name]), name)
    assert refused.value.code == REFUSED[name]


def test_whole_page_gives_its_body_and_nothing_else(reference: IngestReference) -> None:
    cleaned = clean_text(read_report(read_found(FOUND["page_gb2312.html"]), "x"), reference)
    assert cleaned.text.split("\n") == [
        "柳河镇2023年法治政府建设情况报告",
        "2023年，柳河镇围绕依法行政抓落实。",
        "一、主要举措和成效",
        "全年组织集中学法12次，参加干部360人次。",
        "调解纠纷48件",
        "二、2024年工作打算",
        "继续健全合法性审查机制。",
    ]
    assert cleaned.fields["issuer"] == "青砚县柳河镇人民政府"
    assert cleaned.fields["site_name"] == "青砚县人民政府"
