"""In a Word document, Excel tables are read, files shown as icons are named, adjacent tables are joined."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from orchestration.pipeline.ingest.files import read_report
from orchestration.pipeline.readers import RejectedFile
from orchestration.pipeline.readers.converters import convert_office, find_office
from orchestration.pipeline.readers.word import docx
from orchestration.pipeline.readers.word import objects as word_objects
from tests.unit.ingest.readers.word.files import R, paragraph, row, table, word_document

BEFORE, BEHIND = "松坪镇2024年数据如下表。", "下一步，加强队伍建设。"
SHOWN = ["项目\t数量（件）", "调解纠纷：34件。", "行政处罚：12件。"]


def workbook(shown: str = "") -> bytes:
    """Return a workbook of two sheets; `shown` is the area that the Word document shows."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for cells in (["项目", "数量（件）"], ["调解纠纷", 34], ["行政处罚", 12], ["草稿", 99]):
        sheet.append(cells)
    if not shown:
        sheet.delete_rows(4)
    book.create_sheet("旧").append(["调解纠纷", 98])
    buffer = io.BytesIO()
    book.save(buffer)
    if not shown:
        return buffer.getvalue()
    written = io.BytesIO()
    with zipfile.ZipFile(buffer) as archive, zipfile.ZipFile(written, "w") as copy:
        for name in archive.namelist():
            data = archive.read(name)
            if name == "xl/workbook.xml":
                data = data.replace(b"</workbook>", f'<oleSize ref="{shown}"/></workbook>'.encode())
            copy.writestr(name, data)
    return written.getvalue()


def document(
    program: str, data: bytes | None, aspect: str = "Content", name: str = "embeddings/a.xlsx"
) -> bytes:
    """Return a Word document with an object between two paragraphs."""
    shape = (
        f'<w:r><w:object><v:shape><v:imagedata r:id="r8"/></v:shape><o:OLEObject '
        f'xmlns:o="urn:schemas-microsoft-com:office:office" Type="Embed" ProgID="{program}" '
        f'DrawAspect="{aspect}" r:id="r9"/></w:object></w:r>'
    )
    return word_document(
        paragraph(BEFORE) + paragraph(shape) + paragraph(BEHIND),
        parts={} if data is None else {f"word/{name}": data},
        relations=f'<Relationship Id="r9" Type="{R}/package" Target="{name}"/>',
    )


def lines(data: bytes) -> list[str]:
    return docx.read(data).text.split("\n")


@pytest.mark.parametrize("program", ["Excel.Sheet.12", "ET.Workbook.6"])
@pytest.mark.parametrize("shown", ["", "A1:B3"], ids=["all", "an area"])
def test_an_embedded_table_is_read_as_far_as_it_is_shown(program: str, shown: str) -> None:
    assert lines(document(program, workbook(shown))) == [BEFORE, *SHOWN, BEHIND]


@pytest.mark.parametrize(
    ("program", "data"),
    [("Equation.3", workbook()), ("Excel.Sheet.12", None), ("Excel.Chart.8", workbook())],
    ids=["a formula", "lost", "a chart"],
)
def test_other_objects_are_not_text(program: str, data: bytes | None) -> None:
    assert lines(document(program, data)) == [BEFORE, BEHIND]


def test_an_embedded_text_is_read() -> None:
    inner = word_document(paragraph("全年调解纠纷34件。"))
    assert lines(document("Word.Document.12", inner, name="embeddings/a.docx")) == [
        BEFORE,
        "全年调解纠纷34件。",
        BEHIND,
    ]


@pytest.mark.skipif(find_office() is None, reason="LibreOffice makes the workbook")
def test_an_embedded_table_of_excel_97_goes_through_libreoffice(monkeypatch: pytest.MonkeyPatch) -> None:
    old = document(
        "Excel.Sheet.8", convert_office(find_office() or "", workbook(), "xlsx", "xls"), name="a.bin"
    )
    assert lines(old) == [BEFORE, *SHOWN, BEHIND]
    monkeypatch.setattr(word_objects, "find_office", lambda: None)
    with pytest.raises(RejectedFile, match="嵌入的 Excel 表格"):
        docx.read(old)


def test_a_letter_with_the_report_as_an_icon_leads_to_it() -> None:
    letter = document("Word.Document.12", word_document(paragraph("乙")), "Icon", "embeddings/report.docx")
    assert docx.read(letter).links == ("report.docx <in the document, as an icon>",)
    assert lines(letter) == [BEFORE, BEHIND]


@pytest.mark.parametrize(
    ("between", "second", "expected"),
    [
        ("", row("行政处罚", "12", "19"), "2023年行政处罚12件，2024年行政处罚19件。"),
        (
            '<w:bookmarkEnd w:id="1"/>',
            row("行政处罚", "12", "19"),
            "2023年行政处罚12件，2024年行政处罚19件。",
        ),
        (paragraph("另："), row("行政处罚", "12", "19"), "行政处罚：12；19。"),
        ("", row("行政处罚", "19"), "行政处罚：19。"),
    ],
    ids=["one table", "with a mark between", "two tables", "of fewer columns"],
)
def test_tables_without_a_gap_are_one(between: str, second: str, expected: str) -> None:
    first = table(row("项目", "2023年（件）", "2024年（件）"), row("调解纠纷", "300", "348"))
    assert lines(word_document(first + between + table(second)))[-1] == expected


def test_a_table_with_a_header_of_its_own_is_another() -> None:
    first = table(row("项目", "2024年（件）"), row("调解纠纷", "348"))
    second = table(row("项目", "2024年（场次）"), row("法治讲座", "26"))
    assert lines(word_document(first + second)) == [
        "项目\t2024年（件）",
        "2024年调解纠纷348件。",
        "项目\t2024年（场次）",
        "2024年法治讲座26场次。",
    ]


def test_a_document_of_objects_keeps_its_place_in_the_report() -> None:
    report = read_report(document("Excel.Sheet.12", workbook()), "松坪镇.docx")
    assert "调解纠纷：34件。" in report.text
