"""Office documents in one XML file are read or refused by name; their markup is never read as text."""

from __future__ import annotations

import io
import zipfile

import pytest

from orchestration.pipeline.ingest.files import read_report
from orchestration.pipeline.readers import RejectedFile, choose_reader
from orchestration.pipeline.readers.converters import find_office
from orchestration.pipeline.readers.office import office_xml
from tests.unit.ingest.readers.word.files import (
    definition,
    instance,
    level,
    numbered,
    paragraph,
    word_document,
)

TITLE = "松坪镇2023年法治政府建设情况报告"
BODY = paragraph(TITLE) + paragraph("2023年，松坪镇坚持依法行政，推进法治政府建设。")
_FLAT = "http://schemas.microsoft.com/office/2006/xmlPackage"
_WORD_2003 = "http://schemas.microsoft.com/office/word/2003/wordml"
needs_office = pytest.mark.skipif(find_office() is None, reason="LibreOffice is not installed; SKIPPED")


def flat(document: bytes) -> bytes:
    """Return a Word document as one file of XML."""
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        parts = "".join(
            f'<pkg:part pkg:name="/{name}" pkg:contentType="application/xml"><pkg:xmlData>'
            f"{archive.read(name).decode()}</pkg:xmlData></pkg:part>"
            for name in archive.namelist()
            if name != "[Content_Types].xml"
        )
    return f'<?xml version="1.0"?><pkg:package xmlns:pkg="{_FLAT}">{parts}</pkg:package>'.encode()


def test_a_flat_package_reads_as_the_document_with_its_numbers() -> None:
    body = BODY + numbered("主要举措", 1) + paragraph("调解纠纷34件。") + numbered("下一步打算", 1)
    numbers = definition(1, level(0, "chineseCounting", "%1、")) + instance(1, 1)
    document = word_document(body, numbering=numbers)
    lines = read_report(flat(document), "report.xml").text.split("\n")
    assert lines == read_report(document, "report.docx").text.split("\n")
    assert lines[2:] == ["一、主要举措", "调解纠纷34件。", "二、下一步打算"]


def test_a_part_that_is_not_base64_is_refused() -> None:
    bad = flat(word_document(BODY)).replace(
        b"</pkg:package>",
        b'<pkg:part pkg:name="/word/x.bin"><pkg:binaryData>!</pkg:binaryData></pkg:part></pkg:package>',
    )
    with pytest.raises(RejectedFile, match="base64") as refused:
        office_xml.read(bad)
    assert refused.value.code == "truncated"


def word_2003() -> bytes:
    """Return a document of Word 2003, which may be named .doc."""
    body = BODY + paragraph("调解纠纷34件。")
    return (
        '<?xml version="1.0" encoding="UTF-8"?><?mso-application progid="Word.Document"?>'
        f'<w:wordDocument xmlns:w="{_WORD_2003}"><w:body>{body}</w:body></w:wordDocument>'
    ).encode()


def excel_2003() -> bytes:
    """Return a workbook of Excel 2003."""
    rows = [[TITLE], ["项目", "数量（件）"], ["调解纠纷", 34]]
    cells = "".join(
        "<Row>"
        + "".join(
            f'<Cell><Data ss:Type="{"Number" if isinstance(value, int) else "String"}">{value}</Data></Cell>'
            for value in row
        )
        + "</Row>"
        for row in rows
    )
    return (
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        f'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="表"><Table>{cells}</Table>'
        "</Worksheet></Workbook>"
    ).encode()


@needs_office
@pytest.mark.parametrize(
    ("data", "last"),
    [(word_2003(), "调解纠纷34件。"), (excel_2003(), "调解纠纷：34件。")],
    ids=["Word", "Excel"],
)
def test_documents_of_2003_are_read_by_way_of_libreoffice(data: bytes, last: str) -> None:
    lines = read_report(data, "report.doc").text.split("\n")
    assert (lines[0], lines[-1]) == (TITLE, last)


def revised(kind: str, text: str) -> str:
    """Return a tracked insertion or deletion as Word 2003 writes it."""
    tag = "delText" if kind == "Deletion" else "t"
    return (
        f'<aml:annotation xmlns:aml="http://schemas.microsoft.com/aml/2001/core" w:type="Word.{kind}">'
        f"<aml:content><w:r><w:{tag}>{text}</w:{tag}></w:r></aml:content></aml:annotation>"
    )


@needs_office
@pytest.mark.parametrize(
    "hidden", ["<w:vanish/>", '<w:rStyle w:val="Hidden"/>'], ids=["itself", "by a style"]
)
def test_word_2003_is_read_with_its_revisions_and_without_hidden_text(hidden: str) -> None:
    shown = '<w:r><w:rPr><w:vanish w:val="off"/></w:rPr><w:t>件。</w:t></w:r>'
    runs = (
        "<w:r><w:t>调解纠纷</w:t></w:r>"
        + revised("Deletion", "99")
        + revised("Insertion", "34")
        + f"<w:r><w:rPr>{hidden}</w:rPr><w:t>88</w:t></w:r>{shown}"
    )
    style = '<w:styles><w:style w:type="character" w:styleId="Hidden"><w:rPr><w:vanish/></w:rPr></w:style></w:styles>'
    data = word_2003().decode().replace("<w:body>", style + "<w:body>")
    data = data.replace(paragraph("调解纠纷34件。"), f"<w:p>{runs}</w:p>")
    assert read_report(data.encode(), "report.doc").text.split("\n")[-1] == "调解纠纷34件。"


@pytest.mark.parametrize("data", [word_2003(), excel_2003()], ids=["Word", "Excel"])
def test_without_libreoffice_they_are_refused_by_name(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office_xml, "find_office", lambda: None)
    with pytest.raises(RejectedFile, match=r"2003 XML .*LibreOffice") as refused:
        read_report(data, "report.doc")
    assert refused.value.code == "unsupported"


def test_other_xml_is_refused_and_pages_and_feeds_are_not() -> None:
    data = f'<?xml version="1.0"?><doc><body2>{TITLE * 5}</body2></doc>'.encode()
    with pytest.raises(RejectedFile, match="no reader for this kind of XML"):
        read_report(data, "x.xml")
    uof = f'<?xml version="1.0"?><uof:UOF xmlns:uof="http://schemas.uof.org/cn/2003/uof">{TITLE}</uof:UOF>'
    with pytest.raises(RejectedFile, match="标文通"):
        read_report(uof.encode(), "x.uot")
    page = f'<?xml version="1.0"?><html><body><p>{TITLE}</p></body></html>'.encode()
    assert choose_reader(page, "x.xml").NAME == "html"
