"""A county's workbook for its officers: who is missing or late, what to check, ranks, and columns for corrections.

Rows in, one .xlsx out. `sheets` defines the contents, `files` decides when to write.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any, BinaryIO

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from orchestration.publishing.counties.book import (
    TRENDS_TITLE,
    County,
    CountyBook,
    Row,
    set_print,
)
from orchestration.publishing.counties.sheets import SHEETS, CountySheet, SheetColumn
from orchestration.publishing.counties.trends import CHARTS, write_trends
from orchestration.publishing.spreadsheet import (
    BESIDE_TEXT,
    CODES_ZH,
    could_be_formula,
    number_format,
    text_width,
)
from orchestration.publishing.workbook import readable_text

CATALOGUE = "指标目录"
FILLED = frozenset({"input", "yes", "day", "indicator", "period", "scope", "township"})
_MAX_WIDTH = 16  # of a short-text column, in Chinese characters
_LONG_WIDTH = 46  # of a wrapping column, in letters
_GUIDE_WIDTHS = (14, 9, 92)  # of the guide's columns, in letters
_SUMMARISED = ("未报送", "迟报", "缺要素", "数字存疑")  # sheets of the summary, in this order
_MOST_NAMED = 40  # townships
_LINE = 14.5  # height of a line, in points
_MAX_LINES = 8
_MAX_LIST_CHARS = 255  # of a list inside a validation
_WIDTHS = {
    "year": 9, "date": 12, "day": 12, "id": 30, "yes": 9, "period": 10, "scope": 9, "township": 26, "indicator": 24,
    "input": 11, "number": 11,
}  # fmt: skip
_BAD = ("迟报", "否", "不可能", "看不出", "没有找到", "同名")
_UNSURE = ("未见日期", "应当核对")
_HOW_TO = (
    "空白表示报告没有写明，不等于 0。",
    "只需填写黄色的列，一行可以填几项；其他列改了不起作用。“更正值”照原文填写即可，如 98、1,278、1.3万、92.5%。",
    "填好后把文件存进结果文件夹的 corrections 子文件夹（文件名随意）；直接在原处保存也可以，下次运行时自动收走。",
    "更正在下次运行后生效，并显示在“已有更正”列；没有采用的见总表 fazhi.xlsx 的“未采用的更正”，写明哪一行、为什么。",
    "“已确认”表示与原文核对无误，用来计算各指标的准确率。",
)


def write_county_workbook(target: Path | BinaryIO, county: County) -> None:
    """Write the workbook of a county."""
    book = CountyBook(target)
    book.set_properties({"title": f"{county.full_name}法治政府建设年度报告"})
    _write_guide(book, county)
    for sheet in SHEETS:
        _write_sheet(book, county, sheet)
    write_trends(book, county)
    _write_catalogue(book, county)
    book.close()


def _write_guide(book: CountyBook, county: County) -> None:
    """Write the first sheet: contents of each sheet, how to correct, and the field of each heading."""
    worksheet: Worksheet = book.add_worksheet("说明")
    for place, width in enumerate(_GUIDE_WIDTHS):
        worksheet.set_column(place, place, width)
    worksheet.hide_gridlines(2)
    worksheet.set_row(0, 30)
    worksheet.write_string(
        0, 0, f"{county.full_name} 乡镇法治政府建设年度报告", book.styled(bold=True, font_size=16)
    )
    if summary := summarise(county):
        worksheet.set_row(1, _guide_height(summary, 104))
        worksheet.merge_range(1, 0, 1, 2, summary, book.styled(text_wrap=True, font_size=11))
    row = _list_sheets(book, worksheet, county, 2)
    row = _explain_corrections(book, worksheet, row + 1)
    _list_fields(book, worksheet, row + 1)
    set_print(worksheet, county, "说明")
    worksheet.fit_to_pages(1, 1)


def summarise(county: County) -> str:
    """Return the county's latest year in a sentence that can be copied into a notice; empty without a report."""
    rows = {
        sheet.title: [
            dict(zip((column.name for column in sheet.columns if column.name), row, strict=True))
            for row in county.rows[sheet.title]
        ]
        for sheet in SHEETS
        if sheet.title in _SUMMARISED
    }
    year = max((row["report_year"] for row in rows["迟报"]), default=None)
    if year is None:
        return ""
    missing, reported, incomplete, doubts = (
        [row for row in rows[title] if row["report_year"] == year] for title in _SUMMARISED
    )
    late = [row for row in reported if row["lateness_zh"].startswith("迟报")]
    undated = [row for row in reported if row["lateness_zh"] == "未见日期"]
    signed_late = [
        row for row in undated if row["document_date"] and row["document_date"] > row["publication_due_on"]
    ]
    signed = f"（其中成文已过公开期限{_count_units(signed_late)}）" if signed_late else ""
    doubtful = [
        row for row in doubts if row["severity_zh"] in ("不可能", "应当核对") and not row["decided_zh"]
    ]
    return (
        f"{year}年度：共{len(reported) + len(missing)}个乡镇街道，已报送{len(reported)}个，"
        f"未报送{_count_units(missing)}；迟报{_count_units(late)}，未见日期{len(undated)}个{signed}；"
        f"内容不全{_count_units(incomplete)}；存疑、尚未核对的数字{len(doubtful)}处。"
    )


def _count_units(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return how many townships, with their names: 2个（安居镇、白羊镇）."""
    names = [row["unit_name"] for row in rows]
    more = "等" if len(names) > _MOST_NAMED else ""
    return f"{len(names)}个" + (f"（{'、'.join(names[:_MOST_NAMED])}{more}）" if names else "")


def _list_sheets(book: CountyBook, worksheet: Worksheet, county: County, row: int) -> int:
    """Write the table of sheets, starting at a row; return the row below it."""
    edges = {"border": 1, "border_color": "#D9D9D9"}
    heading = book.styled(bold=True, bg_color="#1F4E79", font_color="#FFFFFF", **edges)
    link = book.styled(font_color="#0563C1", underline=1, **edges)
    centred = book.styled(align="center", num_format="#,##0", **edges)
    trends = min(CHARTS, len({trend[0] for trend in county.trends}))
    listed = [
        *((sheet.title, len(county.rows[sheet.title]), sheet.about) for sheet in SHEETS),
        (TRENDS_TITLE, trends, "公布最多的几个指标历年的数字和图表；行数是指标个数。"),
        (CATALOGUE, len(county.indicators), "全部指标的单位和口径，“更正指标”列从这里选。"),
    ]
    worksheet.write_row(row, 0, ("工作表", "行数", "每行是什么，怎么用"), heading)
    for title, rows, about in listed:
        row += 1
        worksheet.set_row(row, _guide_height(about, 96))
        worksheet.write_url(row, 0, f"internal:'{title}'!A1", link, title)
        worksheet.write_number(row, 1, rows, centred)
        worksheet.write_string(row, 2, about, book.styled(text_wrap=True, **edges))
    return row + 1


def _explain_corrections(book: CountyBook, worksheet: Worksheet, row: int) -> int:
    """Write how to correct, starting at a row; return the row below."""
    worksheet.write_string(row, 0, "怎样更正", book.styled(bold=True, font_size=12))
    for line in _HOW_TO:
        row += 1
        worksheet.set_row(row, _guide_height(line, 108))
        worksheet.merge_range(row, 0, row, 2, line, book.styled(text_wrap=True))
    return row + 1


def _list_fields(book: CountyBook, worksheet: Worksheet, row: int) -> None:
    """Write the warehouse name of each sheet's columns, starting at a row."""
    worksheet.write_string(row, 0, "列名对照（供编程使用）", book.styled(bold=True, font_size=12))
    small = {"font_color": "#7F7F7F", "font_size": 9}
    for sheet in SHEETS:
        row += 1
        fields = "，".join(f"{column.header}={column.name}" for column in sheet.columns if column.name)
        worksheet.set_row(row, _guide_height(fields, 88, line=14))
        worksheet.write_string(row, 0, sheet.title, book.styled(**small))
        worksheet.merge_range(row, 1, row, 2, fields, book.styled(**small, text_wrap=True))


def _guide_height(text: str, letters: int, line: int = 16) -> int:
    """Return the height in points of a row whose text wraps after so many letters, with lines of `line` points."""
    return line * -(-text_width(text) // letters) + 4


def _write_sheet(book: CountyBook, county: County, sheet: CountySheet) -> None:
    """Write one sheet, with lists of what may be filled in, ready for print."""
    worksheet: Worksheet = book.add_worksheet(sheet.title)
    rows = county.rows[sheet.title]
    names = [column.name for column in sheet.columns if column.name]
    _write_header(book, worksheet, sheet.columns)
    _write_rows(book, worksheet, sheet.columns, [dict(zip(names, values, strict=True)) for values in rows])
    if not rows:
        worksheet.write_string(1, 0, sheet.empty, book.styled(italic=True, font_color="#7F7F7F"))
    for position, column in enumerate(sheet.columns):
        texts = [row[names.index(column.name)] for row in rows] if column.name else []
        worksheet.set_column(position, position, _column_width(column, texts))
        if column.kind in FILLED and rows:
            _add_validation(worksheet, position, column.kind, len(rows), county)
    if any(column.kind == "township" for column in sheet.columns):
        _offer_candidates(worksheet, sheet, rows)
    worksheet.autofilter(0, 0, max(len(rows), 1), len(sheet.columns) - 1)
    set_print(worksheet, county, sheet.title)
    # Input columns and ids would make the rest too small to read on paper.
    ends = (place for place, column in enumerate(sheet.columns) if column.kind in FILLED - {"day"} | {"id"})
    worksheet.print_area(0, 0, max(len(rows), 1), next(ends) - 1)
    worksheet.repeat_rows(0)


def _write_rows(
    book: CountyBook,
    worksheet: Worksheet,
    columns: Sequence[SheetColumn],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Write rows, values by column name, from the second row on, each as high as its longest text."""
    long_names = [column.name for column in columns if column.kind == "long"]
    for number, row in enumerate(rows, start=1):
        for position, column in enumerate(columns):
            _write_cell(book, worksheet, number, position, column, row.get(column.name))
        lines = max((_count_lines(row[name]) for name in long_names), default=1)
        # Set explicitly, because LibreOffice shows only the first line of a row without a height.
        worksheet.set_row(number, _LINE * min(lines, _MAX_LINES) + 3)


def _write_header(book: CountyBook, worksheet: Worksheet, columns: Sequence[SheetColumn]) -> None:
    worksheet.set_row(0, 24)
    for position, column in enumerate(columns):
        fill = "#BF8F00" if column.kind in FILLED else "#8497B0" if column.kind == "id" else "#1F4E79"
        heading = book.styled(bold=True, bg_color=fill, font_color="#FFFFFF", valign="vcenter", border=1)
        worksheet.write_string(0, position, column.header, heading)
    worksheet.freeze_panes(1, 2)


def _write_cell(
    book: CountyBook, worksheet: Worksheet, row: int, position: int, column: SheetColumn, value: Any
) -> None:
    form = _cell_format(book, column, value)
    if isinstance(value, bool):
        value = "是" if value else "否"
    if value is None or (isinstance(value, float) and not isfinite(value)):
        worksheet.write_blank(row, position, None, form)
    elif isinstance(value, str):
        worksheet.write_string(row, position, readable_text(value), form)
    elif isinstance(value, date):
        worksheet.write_datetime(row, position, value, form)
    else:
        worksheet.write_number(row, position, value, form)


def _cell_format(book: CountyBook, column: SheetColumn, value: Any) -> Format:
    look: dict[str, Any] = {"bottom": 1, "bottom_color": "#E7E6E6"}
    match column.kind:
        case "date":
            look |= {"num_format": "yyyy-mm-dd", "align": "left"}
        case "day":
            look |= {"num_format": "yyyy-mm-dd", "align": "left", "bg_color": "#FFF9E5"}
        case "number":
            look |= {"num_format": number_format(value), **BESIDE_TEXT}
        case "year":
            look |= {"num_format": "0", "align": "left"}
        case "long":
            look["text_wrap"] = True
        case "id":
            look |= {"font_color": "#7F7F7F", "font_size": 8}
        case "status":
            look |= _status_colours(value)
        case kind if kind in FILLED:
            # As text: a spreadsheet would turn 1-2 into a date and 98% into 0.98.
            look |= {"bg_color": "#FFF9E5", "num_format": "@"}
    if isinstance(value, str) and could_be_formula(value):
        look["quote_prefix"] = True
    return book.styled(**look)


def _status_colours(value: Any) -> dict[str, Any]:
    text = "否" if value is False else str(value or "")
    if text.startswith(_BAD):
        return {"bg_color": "#FBE0DD", "font_color": "#9C0006"}
    if text.startswith(_UNSURE):
        return {"bg_color": "#FFEFC6", "font_color": "#7F6000"}
    return {}


def _add_validation(worksheet: Worksheet, position: int, kind: str, rows: int, county: County) -> None:
    options: dict[str, Any] = {"validate": "list", "ignore_blank": True}
    match kind:
        case "yes":
            options["source"] = ["是"]
        case "period" | "scope":
            options["source"] = list(CODES_ZH[kind].values())
        case "indicator":
            options |= {
                "source": f"='{CATALOGUE}'!$A$2:$A${len(county.indicators) + 2}",
                "error_title": "没有这个指标",
                "error_message": "请从列表中选择；不属于任何指标的选最后一项“无”。",
            }
        case "day":
            options = {
                "validate": "date", "criteria": "between", "minimum": date(2000, 1, 1), "maximum": date(2100, 1, 1),
                "error_title": "不是日期", "error_message": "请写成 2026-03-01。",
            }  # fmt: skip
        case _:
            return
    worksheet.data_validation(1, position, rows, position, options)


def _offer_candidates(worksheet: Worksheet, sheet: CountySheet, rows: Sequence[Row]) -> None:
    """Add a list of candidates to each row of reports without a township."""
    names = [column.name for column in sheet.columns if column.name]
    position = next(place for place, column in enumerate(sheet.columns) if column.kind == "township")
    for number, values in enumerate(rows, start=1):
        candidates = [one for one in (values[names.index("candidates_zh")] or "").split("、") if one]
        while len(",".join(candidates)) > _MAX_LIST_CHARS:
            candidates.pop()  # the county's own come first; others can be typed in
        if candidates:
            options = {"validate": "list", "source": candidates, "error_type": "warning"}
            worksheet.data_validation(number, position, number, position, options)


def _column_width(column: SheetColumn, values: Sequence[Any]) -> float:
    header = 2 + text_width(column.header) + 2  # including the filter button
    if column.kind == "long":
        return max(
            header, min(_LONG_WIDTH, max((text_width(str(one or "")) for one in values), default=0) + 2)
        )
    if column.kind in _WIDTHS:
        return max(header, _WIDTHS[column.kind])
    widest = max((text_width(str(one or "")) for one in values), default=0)
    return max(header, min(2 * _MAX_WIDTH, widest + 2))


def _count_lines(value: Any) -> int:
    """Return the number of lines of a text in a long-text column; a little of each line stays empty."""
    return (
        sum(1 + max(text_width(line) - 1, 0) // (_LONG_WIDTH - 3) for line in str(value or "").splitlines())
        or 1
    )


def _write_catalogue(book: CountyBook, county: County) -> None:
    worksheet: Worksheet = book.add_worksheet(CATALOGUE)
    columns = (
        SheetColumn("指标"), SheetColumn("单位"), SheetColumn("领域"), SheetColumn("口径", kind="long"),
        SheetColumn("指标编号", kind="id"),
    )  # fmt: skip
    _write_header(book, worksheet, columns)
    for number, values in enumerate(
        (*county.indicators, ("无", None, None, "不属于任何指标", None)), start=1
    ):
        for position, (column, value) in enumerate(zip(columns, values, strict=True)):
            _write_cell(book, worksheet, number, position, column, value)
    for position, width in enumerate((34, 8, 24, 70, 34)):
        worksheet.set_column(position, position, width)
    worksheet.autofilter(0, 0, len(county.indicators), len(columns) - 1)
    worksheet.repeat_rows(0)
    set_print(worksheet, county, CATALOGUE)
