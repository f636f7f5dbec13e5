"""A workbook that holds a report is read as its sheets print, or refused with the cell at fault."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.cell_range import CellRange

from orchestration.pipeline.ingest.files import read_report
from orchestration.pipeline.readers import RejectedFile, choose_reader
from orchestration.pipeline.readers.converters import convert_office, find_office
from orchestration.pipeline.readers.sheets import xls, xlsx
from orchestration.pipeline.readers.sheets.number_display import show_number, show_text

TITLE = "松坪镇2023年法治政府建设情况报告"
WHITE, STRUCK = Font(color="FFFFFFFF"), Font(strike=True)


def workbook(*rows: list[Any], **formats: str) -> openpyxl.Workbook:
    """Return a workbook with the title above these rows; `formats` are number formats by cell (B3=0%)."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in ([TITLE], *rows):
        sheet.append(row)
    for place, code in formats.items():
        sheet[place].number_format = code
    return book


def saved(book: openpyxl.Workbook) -> bytes:
    """Return the bytes of a workbook."""
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_a_table_of_figures_reads_as_sentences() -> None:
    book = workbook(
        ["项目", "数量（件）", "办结率", "备注"],
        ["矛盾纠纷", 1345, 0.955, "全部\n登记"],
        ["信访", 8.0, 1, None],
        B3="#,##0",
        C3="0.0%",
        C4="0%",
    )
    book.active.merge_cells("A1:D1")
    assert xlsx.read(saved(book)).text.split("\n") == [
        TITLE,
        "项目\t数量（件）\t办结率\t备注",
        "矛盾纠纷：1,345件，办结率95.5%，全部登记。",
        "信访：8件，办结率100%。",
    ]


def test_a_text_box_on_the_sheet_follows_its_cells() -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_column(0, 0, ["松坪镇2023年法治政府建设年度报告", "全年调解纠纷34件。"])
    sheet.insert_textbox("B9", "办理行政复议案件7件。\n行政应诉5件。")
    book.close()
    assert xlsx.read(buffer.getvalue()).text.split("\n")[-2:] == ["办理行政复议案件7件。", "行政应诉5件。"]


def test_booleans_are_not_numbers() -> None:
    text = read_report(
        saved(workbook(["项目", "数量（件）"], ["调解纠纷", True], ["行政处罚", 12])), "a.xlsx"
    ).text
    assert "12件" in text
    assert "TRUE" in text and "1件" not in text


def test_paragraphs_in_cells_are_lines() -> None:
    book = workbook(["一、做法", "（一）学习。全年学习13次。\n（二）调解。调解34件。"])
    assert xlsx.read(saved(book)).text.split("\n") == [
        TITLE,
        "一、做法",
        "（一）学习。全年学习13次。",
        "（二）调解。调解34件。",
    ]


def test_hidden_sheets_rows_and_columns_are_not_read() -> None:
    book = workbook(["可见", "藏列"], ["藏行", "x"], ["末行", "y"])
    sheet = book.active
    sheet.column_dimensions["B"].hidden = True
    sheet.row_dimensions[3].hidden = True
    for name, state in (("藏表", "hidden"), ("深藏", "veryHidden"), ("次表", "visible")):
        other = book.create_sheet(name)
        other["A1"], other.sheet_state = name, state
    assert xlsx.read(saved(book)).text.split("\n") == [TITLE, "可见", "末行", "次表"]


def test_struck_out_and_invisible_cells_are_not_read() -> None:
    book = workbook(["项目", "数量（件）"], ["纠纷", 31], ["旧稿", 99], ["白字", 98], ["隐去", 97], B6=";;;")
    sheet = book.active
    assert sheet is not None
    for place, font in (("A4", STRUCK), ("B4", STRUCK), ("A5", WHITE), ("B5", WHITE)):
        sheet[place].font = font
    sheet["A7"] = CellRichText(
        "调解", TextBlock(InlineFont(strike=True), "40"), TextBlock(InlineFont(b=True), "43"), "件"
    )
    for place in ("A8", "B8"):
        sheet[place] = f"白底{place}"
        sheet[place].font, sheet[place].fill = WHITE, PatternFill("solid", fgColor="FFC00000")
    assert xlsx.read(saved(book)).text.split("\n") == [
        TITLE, "项目\t数量（件）", "纠纷：31件。", "隐去", "调解43件", "白底A8\t白底B8"
    ]  # fmt: skip


def test_cells_under_a_merged_area_or_without_size_are_not_read() -> None:
    book = workbook(
        ["项目", "数量（件）", ""], ["纠纷", 34, 99], ["处罚", 98, 97], ["旧稿", 96, 95], ["许可", 8, ""]
    )
    sheet = book.active
    assert sheet is not None
    sheet.merged_cells.ranges.add(CellRange("B3:C4"))  # like merge_cells, but the cells keep their values
    flat = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved(book))) as archive, zipfile.ZipFile(flat, "w") as copy:
        for name in archive.namelist():
            copy.writestr(
                name, archive.read(name).replace(b'<row r="5"', b'<row r="5" ht="0" customHeight="1"')
            )
    assert xlsx.read(flat.getvalue()).text.split("\n") == [
        TITLE,
        "项目\t数量（件）",
        "纠纷：34件。",
        "处罚",
        "许可：8件。",
    ]


def test_notes_outside_the_print_area_are_not_read() -> None:
    book = workbook(["项目", "数量（件）", None, 99], ["纠纷", 12], ["信访", 8], [], ["旧稿", 99])
    book.active.print_area = "A1:B3"
    assert xlsx.read(saved(book)).text.split("\n")[2:] == ["纠纷：12件。", "信访：8件。"]


def test_a_report_longer_than_its_print_area_is_read() -> None:
    book = workbook(["一、工作情况"], ["全年调解纠纷34件。"], [], ["二、下一步打算"], ["培训6次。"])
    book.active.print_area = "A1:A3"
    assert "培训6次。" in xlsx.read(saved(book)).text


def test_superscripts_are_not_digits() -> None:
    raised = InlineFont(vertAlign="superscript")
    cells = [CellRichText("调解34", TextBlock(raised, mark), "件。") for mark in ("1", "①")]
    assert xlsx.read(saved(workbook(*([cell] for cell in cells)))).text.split("\n")[1:] == [
        "调解34¹件。",
        "调解34件。",
    ]


def test_merged_labels_hold_for_their_rows() -> None:
    book = workbook(["类", "项", "件数（件）"], ["执法", "立案", 9], [None, "结案", 8])
    book.active.merge_cells("A3:A4")
    assert xlsx.read(saved(book)).text.split("\n")[2:] == ["执法，立案：9件。", "执法，结案：8件。"]


@pytest.mark.parametrize(
    ("stored", "code", "shown"),
    [
        ("12", "General", "12"),
        ("0.30000000000000004", "General", "0.3"),
        ("123456789012", "General", "123456789012"),
        ("12.5", "0", "13"),
        ("2.5", "0.00", "2.50"),
        ("1234567", "#,##0", "1,234,567"),
        ("0.12", "0%", "12%"),
        ("0.1255", "0.00%", "12.55%"),
        ("-3", "0;[Red]-0", "-3"),
        ("-3", "0", "-3"),
        ("-3", "0_);[Red]0", "-3"),
        ("-3", "0;(0)", "(3)"),
        ("-3", '0;"减少"0', "减少3"),
        ("0", "0;-0;无", "无"),
        ("7", '0"件"', "7件"),
        ("3.5", '#,##0.0_ "万元"', "3.5万元"),
        ("5", "00", "05"),
        ("45306", 'yyyy"年"m"月"d"日"', "2024年1月15日"),
        ("45306", "yyyy/m/d", "2024年1月15日"),
        ("45306", "yyyy年m月", "2024年1月"),
        ("3.1", "0.##", "3.1"),
        ("3", "0.##", "3"),
        ("12", "[DBNum1][$-804]General", "12"),
        ("12", '@"件"', "12件"),
        ("12.5", 'G/通用格式"万元"', "12.5万元"),
        ("-3", 'General"件"', "-3件"),
    ],
)
def test_numbers_as_they_are_shown(stored: str, code: str, shown: str) -> None:
    assert show_number(stored, code) == shown


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("General", "12"),
        ("@", "12"),
        ('@"件"', "12件"),
        ('"约"@', "约12"),
        ('0"件"', "12"),
        ('0"件";-0"件";0"件";@"件"', "12件"),
        ("yyyy-m-d", "12"),
        (";;;", ""),
        (";;", "12"),
    ],
)
def test_texts_as_they_are_shown(code: str, shown: str) -> None:
    assert show_text("12", code) == shown


def test_numbers_kept_as_text_have_the_unit_that_their_format_adds() -> None:
    book = workbook(["项目", "数量"], ["纠纷", "12"], ["信访", 8], B3='@"件"', B4='0"件"')
    assert xlsx.read(saved(book)).text.split("\n")[2:] == ["纠纷：12件。", "信访：8件。"]


def test_an_invisible_mark_does_not_keep_a_number_from_its_name() -> None:
    book = workbook(["项目", "数量（件）"], ["纠纷", "12\u200b"], ["信访", "\ufeff8"])
    assert xlsx.read(saved(book)).text.split("\n")[2:] == ["纠纷：12件。", "信访：8件。"]


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        ("调解12件。_x000D_\n信访8件。", ["调解12件。", "信访8件。"]),
        ("调解12件。_x000D_信访8件。", ["调解12件。", "信访8件。"]),
        ("调解_x005F_x0031_件。", ["调解_x0031_件。"]),
        ("调解_x005F_x000D_件。", ["调解_x000D_件。"]),
        ("调解12_x0007_件。", ["调解12件。"]),
        ("调解_x0031_2件。", ["调解12件。"]),
        ("编号A_x12_。", ["编号A_x12_。"]),
    ],
)
def test_characters_that_xml_has_not_are_written_out(written: str, lines: list[str]) -> None:
    data = saved(workbook(["ABCDEF"]))
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b"ABCDEF", written.encode()))
    assert xlsx.read(buffer.getvalue()).text.split("\n")[1:] == lines


@pytest.mark.parametrize("code", ["0!.0,", "0.0,", "# ?/?", "0.00E+00", "[>100]0", "h:mm", "000-0000", "0q"])
def test_an_unknown_format_is_an_error(code: str) -> None:
    with pytest.raises(ValueError, match=r"format|time"):
        show_number("12345.6", code)


@pytest.mark.parametrize("stored", ["1E+999999999", "9" * 50_000, "NaN", "-Infinity", "x"])
def test_an_endless_number_is_an_error(stored: str) -> None:
    with pytest.raises(ValueError, match="the number"):
        show_number(stored, "0.00")


def _refused(book: openpyxl.Workbook) -> str:
    with pytest.raises(RejectedFile) as refused:
        xlsx.read(saved(book))
    return str(refused.value)


def test_an_unreliable_number_is_refused_by_its_cell() -> None:
    assert _refused(workbook(["投入", 12345], B2="0!.0,")).startswith("unsupported: Sheet!B2")
    assert "formula without a stored value" in _refused(workbook(["共", "=1+2"]))
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:  # stores 0 for each formula
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [TITLE])
        sheet.write_formula(1, 0, "=1+2")
    with pytest.raises(RejectedFile, match="Sheet1!A2 is a formula without a stored value"):
        xlsx.read(buffer.getvalue())


def test_a_title_over_two_lines_of_its_cell_names_the_report() -> None:
    book = workbook(["项目", "数量（件）"], ["纠纷", 12])
    book.active["A1"] = "松坪镇2023年法治政府建设\n情况报告"  # type: ignore[index]
    assert xlsx.read(saved(book)).text.split("\n")[-1] == "纠纷：12件。"
    book.active["A1"] = "法治\n地址"  # type: ignore[index]
    with pytest.raises(RejectedFile, match="names no report"):
        xlsx.read(saved(book))


def test_a_workbook_of_something_else_is_refused() -> None:
    book = openpyxl.Workbook()
    book.active.append(["姓名", "电话"])
    assert _refused(book).startswith("not_a_report_text: an Excel workbook")


def test_dates_and_damaged_parts() -> None:
    data = saved(workbook(["成文日期", date(2024, 1, 15)]))
    assert "2024年1月15日" in read_report(data, "x.xlsx").text
    buffer, shared = io.BytesIO(), io.BytesIO()
    with xlsxwriter.Workbook(shared) as book:
        book.add_worksheet("Sheet").write("A1", TITLE)
    with zipfile.ZipFile(shared) as whole, zipfile.ZipFile(buffer, "w") as damaged:
        for name in whole.namelist():
            damaged.writestr(name, whole.read(name).replace(b"<v>0</v>", b"<v>99</v>"))
    with pytest.raises(RejectedFile, match="truncated: Sheet!A1"):
        xlsx.read(buffer.getvalue())


@pytest.mark.skipif(find_office() is None, reason="LibreOffice (soffice) is not installed: .xls is not tried")
def test_excel_97_reads_as_the_workbook_it_was_saved_from() -> None:
    office = find_office()
    assert office is not None
    data = saved(workbook(["项目", "数量（件）"], ["矛盾纠纷", 31]))
    old = convert_office(office, data, "xlsx", "xls")
    read = read_report(old, "report.et")
    assert (read.reader, read.text) == (f"{xls.NAME}/{xls.VERSION}", xlsx.read(data).text)


def _binary_workbook(sheet: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("[Content_Types].xml", "xl/workbook.bin"):
            archive.writestr(name, b"")
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel 97 workbook"),
        (_binary_workbook(), "a binary workbook"),
    ],
)
def test_without_libreoffice_it_is_refused_by_name(
    data: bytes, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RejectedFile, match=words):
        xls.read(data)


def test_a_binary_workbook_is_for_the_converter() -> None:
    assert choose_reader(_binary_workbook(), "a.xlsb") is xls


def test_a_binary_workbook_that_unpacks_to_too_much_is_not_converted() -> None:
    with pytest.raises(RejectedFile) as refused:
        xls.read(_binary_workbook(bytes(9_000_000)))
    assert refused.value.code == "zip_bomb"


def test_text_in_the_color_of_its_fill_and_zeros_that_are_not_shown_are_not_read() -> None:
    book = workbook(["项目", "数量（件）"], ["纠纷", 31], ["复议", 0], ["旧稿", 99])
    sheet = book.active
    assert sheet is not None
    sheet.sheet_view.showZeros = False
    for place in ("A5", "B5"):
        sheet[place].font = Font(color="FFFFFF00")
        sheet[place].fill = PatternFill("solid", fgColor="FFFFFF00")
    assert xlsx.read(saved(book)).text.split("\n") == [TITLE, "项目\t数量（件）", "纠纷：31件。", "复议"]


def test_a_sheet_of_instructions_is_not_read() -> None:
    book = workbook(["项目", "数量（件）"], ["纠纷", 31])
    book.create_sheet("填表说明").append(["示例：排查纠纷99件。"])
    assert "99" not in xlsx.read(saved(book)).text


def test_a_picture_in_a_cell_is_named() -> None:
    book = workbook(["项目", "数量（件）"], ["纠纷", 31])
    data = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved(book))) as archive, zipfile.ZipFile(data, "w") as written:
        for name in archive.namelist():
            content = archive.read(name).replace(
                b'<c r="B3" t="n"><v>31</v></c>',
                b'<c r="B3" t="str"><f>_xlfn.DISPIMG("ID_9",1)</f><v>=DISPIMG("ID_9",1)</v></c>',
            )
            written.writestr(name, content)
    with pytest.raises(RejectedFile, match="Sheet!B3 holds a picture"):
        xlsx.read(data.getvalue())
