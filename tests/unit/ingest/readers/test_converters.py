"""Files of old office programs: read through a converter if one is installed, otherwise refused by name.

The files in tests/fixtures/word are real ones, written by LibreOffice; see its README.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.pipeline.readers import RejectedFile
from orchestration.pipeline.readers.converters import convert_office, find_office, run_converter
from orchestration.pipeline.readers.word import doc, docx
from tests.unit.ingest.readers.word.files import paragraph, run, word_document

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures" / "word"
UNPRINTED = (FIXTURES / "unprinted.doc").read_bytes()
LINES = [
    "松坪镇2023年法治政府建设情况报告",
    "一、主要举措",
    "（一）抓学习",
    "（二）抓调解",
    "受理15件。",
    "调解43件。",
    "项目\t数量（件）",
    "矛盾纠纷：31件。",
    "信访：8件。",
    "二、存在不足",
    "力量偏少。",
    "指执法人员5人。",
    "第页",
]
needs_office = pytest.mark.skipif(
    find_office() is None, reason="LibreOffice (soffice) is not installed: .doc is not tried"
)


def _program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@needs_office
def test_word_97_keeps_numbers_tables_and_notes_and_loses_what_is_not_printed() -> None:
    read = doc.read(UNPRINTED)
    assert (read.media_type, read.text.split("\n")) == ("application/msword", LINES)


@needs_office
def test_a_document_saved_as_word_97_reads_as_before() -> None:
    office = find_office()
    assert office is not None
    data = word_document(paragraph("松坪镇2023年法治政府建设情况报告") + paragraph("全年学法12次。"))
    saved = convert_office(office, data, "docx", "doc")
    assert saved.startswith(b"\xd0\xcf\x11\xe0")
    assert doc.read(saved).text == docx.read(data).text


@pytest.mark.parametrize("program", ["antiword", "catdoc"])
def test_hidden_text_is_refused_where_the_converter_cannot_tell(
    program: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _program(tmp_path, program, "echo 内部实际99件。")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RejectedFile, match="unsupported: it contains hidden or deleted text"):
        doc.read(UNPRINTED)


def test_a_program_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _program(tmp_path, "slow", f"(sleep 2; touch {tmp_path}/late) & sleep 60")
    monkeypatch.setattr("orchestration.pipeline.readers.converters._TIMEOUT_SECONDS", 0.3)
    with pytest.raises(RejectedFile, match=r"slow did not finish in 0\.3 s"):
        run_converter([str(tmp_path / "slow")])
    run_converter(["/bin/sleep", "0.1"])
    assert not (tmp_path / "late").exists()


def test_an_office_that_writes_nothing_is_a_refusal(tmp_path: Path) -> None:
    _program(tmp_path, "soffice", "exit 0")
    with pytest.raises(RejectedFile, match="could not convert"):
        convert_office(str(tmp_path / "soffice"), word_document(paragraph(run("甲"))), "docx", "doc")
