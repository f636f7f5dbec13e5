"""Some marts as one Excel workbook, with a guide as its first sheet."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from orchestration.publishing.describe import Mart, describe_marts
from orchestration.publishing.publication import Publication
from orchestration.publishing.spreadsheet import EXCEL_CELL_CHARS, HEAD_ROWS, could_be_formula, fitting_rows
from orchestration.warehouse.connection import count_rows

# The marts of the workbook, and the order of their rows: what comes last is left out where a sheet is full.
WORKBOOK = {
    "township_indicators_wide": "report_year desc, township_key",
    "township_indicators": "report_year desc, township_key, indicator_id",
    "reporting_compliance": "report_year desc, township_key",
    "county_scorecard": "report_year desc, reports desc, county_code",
    "quantity_findings": "report_year desc nulls last, finding_id",
}

# Where rows are left out: of some 3,000 counties each year, most have no report.
_ONLY = {"county_scorecard": "reports > 0"}


def write_marts_workbook(publication: Publication, path: Path) -> None:
    """Write the marts of `WORKBOOK` as one workbook, the latest rows of each where not all fit."""
    sheets = []
    with publication.cursor() as cursor:
        shown = {
            name: f"marts.{name} where {_ONLY[name]}" if name in _ONLY else f"marts.{name}"
            for name in WORKBOOK
        }
        rows_of = {name: count_rows(cursor, relation) for name, relation in shown.items()}
        described = {mart.name: mart for mart in describe_marts(cursor, rows_of)}
        for name, order in WORKBOOK.items():
            rows = cursor.execute(
                f"select * from {shown[name]} order by {order} limit $limit",
                {"limit": fitting_rows(len(described[name].columns))},
            ).fetchall()
            sheets.append(Sheet(described[name], rows))
    write_workbook(path, sheets)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A mart and those of its rows that go into the workbook, latest years first."""

    mart: Mart
    rows: Sequence[tuple[Any, ...]]


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # what XML cannot hold
_WIDE_TEXT = {"sentence", "message", "title", "source_path", "definition"}
_WIDTHS = {"VARCHAR": 16, "DATE": 12, "TIMESTAMP": 20, "BOOLEAN": 9}
_GUIDE_WIDTH = 66  # of its columns of text, in letters
_LINE_HEIGHT = 15
_GUIDE = (
    ("Empty means that the report does not say it; it does not mean 0.", "空白表示报告没有写明，不等于 0。"),
    (
        "Figures are as the reports print them; sentence holds the words that prove one.",
        "数字以报告所写为准，“原句”列是出处。",
    ),
    (
        "Text that begins with = + - or @, in any width, is kept as text and is never calculated.",
        "以 = + - @（含全角）开头的文字按文本保存，不会被当作公式计算。",
    ),
    (
        "All tables: fazhi.duckdb, parquet/ and csv/ beside this file; each column: docs/data_dictionary.md.",
        "全部数据表见同一文件夹的 fazhi.duckdb、parquet/、csv/；各列含义见 docs/data_dictionary.md。",
    ),
)


class _Book(Workbook):  # type: ignore[misc]  # XlsxWriter has no types
    """A workbook that keeps only the row being written in memory, and its formats."""

    def __init__(self, path: Path, scratch: Path) -> None:
        # Text is text: never a formula, a link or a number, whatever it begins with.
        text = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        rows = {"constant_memory": True, "tmpdir": str(scratch)}
        super().__init__(str(path), text | rows)
        fill = {"bg_color": "#DDE6F0", "bold": True}
        wrap = {"text_wrap": True, "valign": "top"}
        self.title: Format = self.add_format({"bold": True, "font_size": 14})
        self.bold: Format = self.add_format({"bold": True})
        self.warning: Format = self.add_format({"bold": True, "font_color": "#C00000"})
        self.wrapped: Format = self.add_format(wrap)
        self.wrapped_warning: Format = self.add_format(wrap | {"bold": True, "font_color": "#C00000"})
        self.heading: Format = self.add_format(fill)
        self.wrapped_heading: Format = self.add_format(fill | wrap)
        self.link: Format = self.add_format({"font_color": "#0563C1", "underline": 1, "valign": "top"})
        self.quoted: Format = self.add_format({"quote_prefix": True})
        self.day: Format = self.add_format({"num_format": "yyyy-mm-dd"})
        self.time: Format = self.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})


def write_workbook(path: Path, sheets: Sequence[Sheet]) -> None:
    """Write one .xlsx: a first sheet that says what is what, then a sheet per mart.

    Row 1 of a sheet says what a row is and whether rows are left out, row 2 holds the headings
    (Chinese above the column's name) and carries the filters; both stay in view.
    """
    scratch = path.with_name(f"{path.name}.scratch")
    shutil.rmtree(scratch, ignore_errors=True)  # of a run that was killed
    scratch.mkdir()
    try:
        book = _Book(path, scratch)
        _write_guide(book, sheets)
        for sheet in sheets:
            _write_sheet(book, sheet)
        book.close()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def sheet_title(mart: Mart) -> str:
    """Chinese and English name in at most 31 characters, as Excel wants it."""
    return f"{mart.name_zh} {mart.name}"[:31]


def left_out(sheet: Sheet) -> str | None:
    """A note in both languages on the rows that did not fit; None when all are there."""
    shown, rows = len(sheet.rows), sheet.mart.rows
    if shown >= rows:
        return None
    return (
        f"只列出 {rows:,} 行中最近年度的 {shown:,} 行，全部数据见 parquet/{sheet.mart.name}.parquet。"
        f"Only the latest {shown:,} of {rows:,} rows fit; all are in parquet/{sheet.mart.name}.parquet."
    )


def _write_guide(book: _Book, sheets: Sequence[Sheet]) -> None:
    worksheet: Worksheet = book.add_worksheet("说明 Guide")
    for column, width in enumerate((44, 12, _GUIDE_WIDTH, _GUIDE_WIDTH)):
        worksheet.set_column(column, column, width)
    worksheet.set_row(0, 1.5 * _LINE_HEIGHT)
    title = "乡镇法治政府建设年度报告数据 Figures from townships' rule-of-law government reports"
    worksheet.write_string(0, 0, title, book.title)
    worksheet.write_row(2, 0, ("工作表 Sheet", "行数 Rows", "每行是什么", "What a row is"), book.heading)
    row = 3
    for sheet in sheets:
        title = sheet_title(sheet.mart)
        texts = readable_text(sheet.mart.description_zh), readable_text(sheet.mart.comment)
        _write_guide_texts(worksheet, row, texts, book.wrapped)
        worksheet.write_url(row, 0, f"internal:'{title}'!A1", book.link, title)
        worksheet.write_number(row, 1, len(sheet.rows), book.wrapped)
        row += 1
        if note := left_out(sheet):
            _write_guide_texts(worksheet, row, (note,), book.wrapped_warning)
            row += 1
    for number, (english, chinese) in enumerate(_GUIDE, start=row + 1):
        _write_guide_texts(worksheet, number, (chinese, english), book.wrapped)


def _write_guide_texts(worksheet: Worksheet, row: int, texts: Sequence[str], form: Format) -> None:
    """Write texts beside each other, in a row as high as the longest of them."""
    worksheet.set_row(row, _LINE_HEIGHT * max(map(_count_lines, texts)))
    worksheet.write_row(row, 2, texts, form)


def _count_lines(text: str) -> int:
    """Lines of a text in a column of the guide, in which a Chinese character takes the room of two letters."""
    widths = (sum(1 + (character > "\u2e7f") for character in line) for line in text.splitlines())
    return sum(1 + width // _GUIDE_WIDTH for width in widths)


def _write_sheet(book: _Book, sheet: Sheet) -> None:
    worksheet: Worksheet = book.add_worksheet(sheet_title(sheet.mart))
    columns = sheet.mart.columns
    for number, column in enumerate(columns):
        width = 60 if column.name in _WIDE_TEXT else _WIDTHS.get(column.data_type, 11)
        worksheet.set_column(number, number, width)
    worksheet.freeze_panes(HEAD_ROWS, 2)  # names of township or county stay in view too
    worksheet.autofilter(HEAD_ROWS - 1, 0, HEAD_ROWS - 1 + len(sheet.rows), len(columns) - 1)
    note = left_out(sheet)
    worksheet.write_string(0, 0, note or sheet.mart.description_zh, book.warning if note else book.bold)
    worksheet.set_row(HEAD_ROWS - 1, 62)
    headings = [f"{column.name_zh}\n{column.name}" for column in columns]
    worksheet.write_row(HEAD_ROWS - 1, 0, headings, book.wrapped_heading)
    for number, row in enumerate(sheet.rows, start=HEAD_ROWS):
        for position, value in enumerate(row):
            _write_value(book, worksheet, number, position, value)


def _write_value(book: _Book, worksheet: Worksheet, row: int, column: int, value: Any) -> None:
    """Write a cell; text is cut to Excel's limit and can neither be a formula nor an error value."""
    if isinstance(value, str):
        # The mark before it keeps it text also after somebody edits it.
        mark = book.quoted if could_be_formula(value) else None
        worksheet.write_string(row, column, readable_text(value), mark)
    elif isinstance(value, date):
        worksheet.write_datetime(row, column, value, book.time if isinstance(value, datetime) else book.day)
    elif value is not None and not (isinstance(value, float) and not isfinite(value)):
        worksheet.write(row, column, value)  # no number would become a formula, =#NUM!


def readable_text(text: str) -> str:
    """Text as Excel can hold it: without control characters, and not too long."""
    text = _CONTROL.sub("", text)
    return text if len(text) <= EXCEL_CELL_CHARS else text[: EXCEL_CELL_CHARS - 1] + "…"
