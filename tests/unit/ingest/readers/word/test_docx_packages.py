"""A Word package from any program is read, or refused with what is wrong with it."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from io import BytesIO

import pytest

from orchestration.pipeline.readers import LIMITS, RejectedFile
from orchestration.pipeline.readers.ooxml import opc
from orchestration.pipeline.readers.word import docx
from tests.unit.ingest.readers.word.files import R, W, definition, instance, paragraph, word_document


def test_strict_names_and_utf_16_are_read() -> None:
    data = word_document(paragraph("全年学习13次。"))
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as whole, zipfile.ZipFile(buffer, "w") as strict:
        for name in whole.namelist():
            content = whole.read(name).decode()
            content = content.replace(W, "http://purl.oclc.org/ooxml/wordprocessingml/main")
            content = content.replace(R, "http://purl.oclc.org/ooxml/officeDocument/relationships")
            strict.writestr(
                name.replace("/", "\\"), content.encode("utf-16" if "document.xml" in name else "utf-8")
            )
    assert docx.sniff(buffer.getvalue(), "x")
    assert docx.read(buffer.getvalue()).text == "全年学习13次。"


@pytest.mark.parametrize(
    "kind",
    [
        "application/vnd.ms-word.document.macroEnabled.main+xml",
        "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    ],
)
def test_macros_and_templates_are_documents(kind: str) -> None:
    read = docx.read(word_document(paragraph("全年学习13次。"), main_type=kind))
    assert read.text == "全年学习13次。"
    assert read.media_type in docx.MEDIA_TYPES[1:]


def test_relations_to_nowhere_do_no_harm() -> None:
    relations = (
        f'<Relationship Id="a" Type="{R}/image" Target="../NULL"/>'
        f'<Relationship Id="b" Type="{R}/styles" Target="nowhere.xml"/>'
        f'<Relationship Id="c" Type="{R}/hyperlink" Target="http://example.invalid/" TargetMode="External"/>'
    )
    assert docx.read(word_document(paragraph("甲。"), relations=relations)).text == "甲。"


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.html", "<html><body><p>组织学习13次。</p></body></html>".encode(), "组织学习13次。"),
        ("a.txt", "组织学习13次。".encode("gb18030"), "组织学习13次。"),
        ("a.docx", word_document(paragraph("组织学习13次。")), "组织学习13次。"),
    ],
)
def test_inserted_documents_are_read_in_their_place(name: str, content: bytes, expected: str) -> None:
    data = word_document(
        paragraph("前。") + '<w:altChunk r:id="c1"/>' + paragraph("后。"),
        parts={f"word/{name}": content},
        relations=f'<Relationship Id="c1" Type="{R}/aFChunk" Target="{name}"/>',
    )
    assert docx.read(data).text.split("\n") == ["前。", expected, "后。"]


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        pytest.param(
            word_document(paragraph("甲") + '<w:altChunk r:id="c1"/>'), "truncated", "altChunk", id="chunk"
        ),
        pytest.param(word_document(paragraph("甲") * 200), "too_large", "tags", id="tags"),
        pytest.param(word_document("<w:sdt>" * 400 + "</w:sdt>" * 400), "too_large", "depth", id="depth"),
        pytest.param(word_document(paragraph("甲" * 20_000)), "too_large", "bytes", id="bytes"),
        pytest.param(
            word_document(paragraph("甲"), styles="<w:style>"), "truncated", "styles", id="half a part"
        ),
        pytest.param(
            word_document("", numbering=definition(1, '<w:lvl w:ilvl="x"/>') + instance(1, 1)),
            "truncated",
            "not a number",
            id="level",
        ),
    ],
)
def test_what_cannot_be_read_is_refused(
    data: bytes, code: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opc, "LIMITS", replace(LIMITS, office_tags=1200, office_bytes=50_000))
    with pytest.raises(RejectedFile) as refused:
        docx.read(data)
    assert (refused.value.code, words in refused.value.message) == (code, True)


def test_two_different_parts_of_one_name_are_refused() -> None:
    buffer = BytesIO(word_document(paragraph("调解34件。")))
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("word/document.xml", archive.read("word/document.xml").replace(b"34", b"99"))
    with pytest.raises(RejectedFile, match="two different parts") as refused:
        docx.read(buffer.getvalue())
    assert refused.value.code == "truncated"
