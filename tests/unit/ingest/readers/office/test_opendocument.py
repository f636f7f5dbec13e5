"""OpenDocument files are read through LibreOffice, without what their editor hides, or refused by name."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from orchestration.pipeline.ingest.archives import open_archives
from orchestration.pipeline.ingest.files import read_report
from orchestration.pipeline.ingest.folder import scan_folder
from orchestration.pipeline.readers import RejectedFile, choose_reader
from orchestration.pipeline.readers.converters import find_office
from orchestration.pipeline.readers.office import opendocument
from tests.unit.ingest.readers.office.files import (
    SHEET,
    TEXT,
    flat_document,
    odf_cell,
    odf_number,
    odf_paragraph,
    odf_row,
    odf_table,
    open_document,
)

TITLE = "松坪镇2023年法治政府建设情况报告"
_LIST = (
    '<text:list-style style:name="L"><text:list-level-style-number text:level="1" '
    'style:num-format="一, 二, 三, ..." style:num-suffix="、"/></text:list-style>'
)
_UNSHOWN = (
    '<style:style style:name="None" style:family="text"><style:text-properties text:display="none"/></style:style>'
    '<style:style style:name="Struck" style:family="text"><style:text-properties '
    'style:text-line-through-style="solid" style:text-line-through-type="single"/></style:style>'
)
_CHANGE = "<office:change-info><dc:creator>甲</dc:creator><dc:date>2024-01-01T00:00:00</dc:date></office:change-info>"
_DELETED = (
    '<text:tracked-changes><text:changed-region text:id="c">'
    f"<text:deletion>{_CHANGE}<text:p>40</text:p></text:deletion></text:changed-region>"
    f'<text:changed-region text:id="d"><text:deletion>{_CHANGE}</text:deletion></text:changed-region>'
    "</text:tracked-changes>"
)
TEXT_BODY = (
    _DELETED
    + odf_paragraph(TITLE)
    + '<text:list text:style-name="L"><text:list-item><text:p>主要举措</text:p></text:list-item></text:list>'
    + odf_paragraph(
        '调解<text:change text:change-id="c"/>43件，<text:span text:style-name="None">隐藏99件，</text:span>'
        '受理<text:span text:style-name="Struck">40</text:span>15件。'
        '<text:change-start text:change-id="d"/>旧稿88件。<text:change-end text:change-id="d"/>'
        "<office:annotation><text:p>批注77件</text:p></office:annotation>"
        '<text:hidden-text text:condition="ooow:1==1" text:string-value="旧44件" text:is-hidden="true">旧44件'
        "</text:hidden-text>"
    )
    + '<text:section text:name="a" text:display="none"><text:p>隐藏节66件。</text:p></text:section>'
    + '<text:section text:name="b" text:display="condition" text:condition="ooow:1==1" text:is-hidden="true">'
    "<text:p>隐藏节55件。</text:p></text:section>"
    + '<text:section text:name="c" text:display="condition" text:condition="ooow:1==2">'
    "<text:p>普法12次。</text:p></text:section>"
    + odf_paragraph(
        '<text:hidden-paragraph text:condition="ooow:1==1" text:is-hidden="true"/>' * 2 + "隐段33件。"
    )
    + odf_table(odf_row(odf_cell("项目"), odf_cell("数量（件）")), odf_row(odf_cell("信访"), odf_cell("8")))
)
TEXT_LINES = [TITLE, "一、主要举措", "调解43件，受理15件。", "普法12次。", "项目\t数量（件）", "信访：8件。"]
_HIDDEN_SHEET = (
    '<style:style style:name="Off" style:family="table">'
    '<style:table-properties table:display="false"/></style:style>'
)
_SUM = '<table:table-cell table:formula="of:=SUM([.B3:.B4])" office:value-type="float" office:value="{}"/>'
SHEET_BODY = odf_table(
    odf_row(odf_cell(TITLE, 'table:number-columns-spanned="2"')),
    odf_row(odf_cell("项目"), odf_cell("数量（件）")),
    odf_row(odf_cell("纠纷"), odf_number("31")),
    odf_row(odf_cell("信访"), odf_number("8")),
    odf_row(odf_cell("隐行"), odf_number("77"), more='table:visibility="collapse"'),
    odf_row(odf_cell("筛行"), odf_number("78"), more='table:visibility="filter"'),
    odf_row(odf_cell("合计"), _SUM.format(39)),
) + '<table:table table:name="隐表" table:style-name="Off">{}</table:table>'.format(
    odf_row(odf_cell("隐表"), odf_number("5"))
)
SHEET_LINES = [TITLE, "项目\t数量（件）", "纠纷：31件。", "信访：8件。", "合计：39件。"]
STYLES = _LIST + _UNSHOWN
needs_office = pytest.mark.skipif(find_office() is None, reason="LibreOffice is not installed; SKIPPED")


def _in_folder(data: bytes, folder: str) -> bytes:
    """Return the package packed again inside a folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as written:
        for name in source.namelist():
            written.writestr(folder + name, source.read(name))
    return buffer.getvalue()


@needs_office
@pytest.mark.parametrize("write", [open_document, flat_document], ids=["odt", "fodt"])
def test_a_text_is_read_as_its_editor_shows_it(write: object) -> None:
    read = read_report(write(TEXT_BODY, TEXT, STYLES), "report.odt")  # type: ignore[operator]
    assert (read.media_type, read.text.split("\n")) == (opendocument.MEDIA_TYPES[0], TEXT_LINES)


@needs_office
@pytest.mark.parametrize("write", [open_document, flat_document], ids=["ods", "fods"])
def test_a_workbook_is_read_as_its_editor_shows_it(write: object) -> None:
    read = read_report(write(SHEET_BODY, SHEET, _HIDDEN_SHEET), "report.ods")  # type: ignore[operator]
    assert (read.media_type, read.text.split("\n")) == (opendocument.MEDIA_TYPES[1], SHEET_LINES)


@needs_office
def test_a_package_that_was_packed_again_as_a_folder_is_read() -> None:
    data = _in_folder(open_document(odf_paragraph(TITLE) + odf_paragraph("普法12次。")), "报告/")
    assert choose_reader(data, "report.odt").read(data).text.split("\n") == [TITLE, "普法12次。"]


def test_in_the_reports_folder_a_package_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "a.odt").write_bytes(open_document(odf_paragraph(TITLE)))
    assert [each.source_path for each in open_archives(scan_folder(tmp_path))] == ["a.odt"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (open_document(TEXT_BODY), r"OpenDocument text.*LibreOffice.*\.docx"),
        (open_document(SHEET_BODY, SHEET), r"OpenDocument spreadsheet.*LibreOffice.*\.xlsx"),
        (flat_document(SHEET_BODY, SHEET), r"OpenDocument spreadsheet.*LibreOffice.*\.xlsx"),
    ],
    ids=["odt", "ods", "fods"],
)
def test_without_libreoffice_it_is_refused_by_name(
    data: bytes, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opendocument, "find_office", lambda: None)
    with pytest.raises(RejectedFile, match=words) as refused:
        read_report(data, "report.odt")
    assert refused.value.code == "unsupported"


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (open_document("", "presentation"), "unsupported", "presentation"),
        (open_document("", "text-master"), "unsupported", "text-master"),
        (open_document("", manifest="<manifest:encryption-data/>"), "encrypted", "password"),
        (open_document(TEXT_BODY)[:-200], "truncated", "zip"),
        (open_document("<text:p>"), "truncated", "content.xml"),
    ],
    ids=["slides", "master document", "password", "cut", "no XML"],
)
def test_what_cannot_be_read_is_refused_by_name(data: bytes, code: str, words: str) -> None:
    with pytest.raises(RejectedFile, match=words) as refused:
        opendocument.read(data)
    assert refused.value.code == code


@pytest.mark.parametrize("write", [open_document, flat_document], ids=["ods", "fods"])
def test_few_tags_that_repeat_into_many_cells_are_refused(write: object) -> None:
    cells = odf_cell("镇", 'table:number-columns-repeated="1000"')
    rows = odf_row(cells, more='table:number-rows-repeated="1000"')
    less = odf_row(cells, more='table:number-rows-repeated="-1000"')
    with pytest.raises(RejectedFile, match="1001000 cells") as refused:
        opendocument.read(write(odf_table(rows, less), SHEET))  # type: ignore[operator]
    assert refused.value.code == "too_large"


@needs_office
def test_empty_cells_may_fill_a_whole_sheet() -> None:
    empty = odf_row(
        '<table:table-cell table:number-columns-repeated="1000"/>', more='table:number-rows-repeated="9000"'
    )
    body = SHEET_BODY.replace("</table:table>", f"{empty}</table:table>", 1)
    assert opendocument.read(open_document(body, SHEET, _HIDDEN_SHEET)).text.split("\n") == SHEET_LINES


def test_other_archives_are_for_other_readers() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("content.xml", "<a/>")
    assert choose_reader(buffer.getvalue(), "a.odt").NAME == "package"
