"""Some marts as one Excel workbook, with a guide as its first sheet."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, partial
from math import isfinite
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from orchestration.publishing.describe import Column, Mart, describe_marts
from orchestration.publishing.publication import Publication
from orchestration.publishing.spreadsheet import (
    BESIDE_TEXT,
    CODES_ZH,
    EXCEL_CELL_CHARS,
    HEAD_ROWS,
    TEXT_AS_TEXT,
    could_be_formula,
    fitting_rows,
    is_for_programs,
    number_format,
    reading_order,
    set_paper,
    text_width,
)
from orchestration.warehouse.connection import count_rows

# The marts of the workbook, and the order of their rows: the last rows are left out if a sheet is full.
WORKBOOK = {
    "township_indicators_wide": "report_year desc, township_key",
    "township_indicators": "report_year desc, township_code nulls last, township_key, indicator_id",
    "reporting_compliance": "report_year desc, township_code nulls last, township_key",
    "county_scorecard": "report_year desc, reports desc, county_code",
    "quantity_findings": "report_year desc nulls last, finding_id",
    "rejected_files": "source_path",
    "correction_findings": "file, row_number, field",
}

# Marts with a filter: of some 3,000 counties each year, most have no report.
_ONLY = {"county_scorecard": "reports > 0"}


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # characters that XML cannot contain
_LONG_TEXT = frozenset(
    (
        "sentence",
        "message_zh",
        "message",
        "reason_zh",
        "reply_zh",
        "problem_zh",
        "title",
        "source_path",
        "definition",
        "missing_parts",
    )
)
_LONG_WIDTH = 60
_WIDEST = 28  # of a short-text column, in letters
_WIDTHS = {"DATE": 12, "TIMESTAMP": 20, "BOOLEAN": 9, "INTEGER": 9, "DOUBLE": 11}
_SAMPLE_ROWS = 200  # rows from which column widths are estimated
_GUIDE_WIDTH = 66  # of its text columns, in letters
_LINE_HEIGHT = 15
_TEXTS_KEPT = 10_000  # cached per column with their format: names and codes repeat, sentences do not
_GUIDE = (
    "空白表示报告没有写明，不等于 0。",
    "数字以报告所写为准，“原句”列是出处。",
    "每张表先列年度、地区和内容，编号和代码（灰色）在最后，供查找和编程使用。",
    "以 = + - @（含全角）开头的文字按文本保存，不会被当作公式计算。",
    "全部数据表见同一文件夹的 csv_zh（中文表头）、csv、parquet 和 fazhi.duckdb；各列含义见 docs/data_dictionary.md。",
    "An empty cell means that the report does not say it, not 0. Field names of the columns are below.",
)
_HEADING_LINES = 3
_PAPER_WIDTH = 400  # maximum readable letters across an A4 page
_SMALL_PRINT = 60  # per cent
_NAMES = frozenset(("unit_name", "county_name"))


def write_marts_workbook(publication: Publication, path: Path) -> None:
    """Write the marts of `WORKBOOK` as one workbook, with the latest rows of each if not all fit."""
    content = "\n".join(publication.content(name) for name in WORKBOOK)
    publication.written.write(path, "fazhi.xlsx", content, partial(_write_marts, publication))


def _write_marts(publication: Publication, path: Path) -> None:
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
    """A mart and its rows in the workbook, latest years first."""

    mart: Mart
    rows: Sequence[tuple[Any, ...]]

    @property
    def columns(self) -> list[Column]:
        """Return the mart's columns in officers' reading order."""
        columns = {column.name: column for column in self.mart.columns}
        return [columns[name] for name in reading_order(columns)]


class _Book(Workbook):  # type: ignore[misc]  # XlsxWriter has no types
    """A workbook that keeps only the current row in memory, and its formats."""

    def __init__(self, path: Path, scratch: Path) -> None:
        super().__init__(str(path), TEXT_AS_TEXT | {"constant_memory": True, "tmpdir": str(scratch)})
        fill = {"bg_color": "#DDE6F0", "bold": True}
        wrap = {"text_wrap": True, "valign": "top"}
        self.title: Format = self.add_format({"bold": True, "font_size": 14})
        self.bold: Format = self.add_format({"bold": True})
        self.warning: Format = self.add_format({"bold": True, "font_color": "#C00000"})
        self.wrapped: Format = self.add_format(wrap)
        self.wrapped_warning: Format = self.add_format(wrap | {"bold": True, "font_color": "#C00000"})
        self.heading: Format = self.add_format(fill)
        self.grey_heading: Format = self.add_format({"bg_color": "#EDEDED", "font_color": "#7F7F7F"} | wrap)
        self.grey: Format = self.add_format({"font_color": "#7F7F7F", "font_size": 9})
        self.bad: Format = self.add_format({"bg_color": "#FBE0DD", "font_color": "#9C0006"})
        self.unsure: Format = self.add_format({"bg_color": "#FFEFC6", "font_color": "#7F6000"})
        self.wrapped_heading: Format = self.add_format(fill | wrap)
        self.link: Format = self.add_format({"font_color": "#0563C1", "underline": 1, "valign": "top"})
        self.quoted: Format = self.add_format({"quote_prefix": True})
        self.year: Format = self.add_format({"num_format": "0", "align": "left"})
        self._numbers: dict[str, Format] = {}
        self.day: Format = self.add_format({"num_format": "yyyy-mm-dd"})
        self.time: Format = self.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})

    def number(self, value: float) -> Format:
        """Return the format of a number, created once."""
        shown = number_format(value)
        if shown not in self._numbers:
            self._numbers[shown] = self.add_format({"num_format": shown, **BESIDE_TEXT})
        return self._numbers[shown]


def write_workbook(path: Path, sheets: Sequence[Sheet]) -> None:
    """Write one .xlsx: first a guide, then a sheet per mart.

    Row 1 of a sheet describes a row and says whether rows are left out. Row 2 has the Chinese headings and
    filters. Both are frozen. Field names are in the guide.
    """
    scratch = path.with_name(f"{path.name}.scratch")
    shutil.rmtree(scratch, ignore_errors=True)  # left by a killed run
    scratch.mkdir()
    try:
        book = _Book(path, scratch)
        _write_guide(book, sheets)
        for sheet in sheets:
            _write_sheet(book, sheet)
        book.close()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def left_out(sheet: Sheet) -> str | None:
    """Return a note in both languages on rows that did not fit; None if all did."""
    shown, rows = len(sheet.rows), sheet.mart.rows
    if shown >= rows:
        return None
    return (
        f"只列出 {rows:,} 行中最近年度的 {shown:,} 行，全部数据见 parquet/{sheet.mart.name}.parquet。"
        f"Only the latest {shown:,} of {rows:,} rows fit; all are in parquet/{sheet.mart.name}.parquet."
    )


def _write_guide(book: _Book, sheets: Sequence[Sheet]) -> None:
    """Write the first sheet: what each sheet holds, how to read them, and the field behind each heading."""
    worksheet: Worksheet = book.add_worksheet("说明")
    for column, width in enumerate((22, 10, _GUIDE_WIDTH, _GUIDE_WIDTH)):
        worksheet.set_column(column, column, width)
    worksheet.set_row(0, 1.5 * _LINE_HEIGHT)
    worksheet.write_string(0, 0, "乡镇法治政府建设年度报告数据", book.title)
    worksheet.write_row(2, 0, ("工作表", "行数", "每行是什么", "What a row is"), book.heading)
    row = 3
    for sheet in sheets:
        title = sheet.mart.name_zh
        texts = readable_text(sheet.mart.description_zh), readable_text(sheet.mart.comment)
        _write_guide_texts(worksheet, row, texts, book.wrapped)
        worksheet.write_url(row, 0, f"internal:'{title}'!A1", book.link, title)
        worksheet.write_number(row, 1, len(sheet.rows), book.wrapped)
        row += 1
        if note := left_out(sheet):
            _write_guide_texts(worksheet, row, (note,), book.wrapped_warning)
            row += 1
    for text in _GUIDE:
        row += 1
        worksheet.write_string(row, 0, text)
    set_paper(worksheet)
    worksheet.print_area(0, 0, row, 3)
    row += 2
    worksheet.write_string(row, 0, "列名对照（供编程使用）", book.bold)
    for sheet in sheets:
        for field in sheet.columns:
            row += 1
            names = (sheet.mart.name_zh, None, field.heading_zh, f"{sheet.mart.name}.{field.name}")
            worksheet.write_row(row, 0, names, book.grey)


def _write_guide_texts(worksheet: Worksheet, row: int, texts: Sequence[str], form: Format) -> None:
    """Write texts in adjacent cells of a row as high as the longest of them."""
    worksheet.set_row(row, _LINE_HEIGHT * max(map(_count_lines, texts)))
    worksheet.write_row(row, 2, texts, form)


def _count_lines(text: str) -> int:
    """Return the number of lines of a text in a column of the guide."""
    return sum(1 + text_width(line) // _GUIDE_WIDTH for line in text.splitlines())


def _write_sheet(book: _Book, sheet: Sheet) -> None:
    """Write a mart as a sheet, row by row from the top: the workbook keeps no more in memory."""
    worksheet: Worksheet = book.add_worksheet(sheet.mart.name_zh)
    names = [column.name for column in sheet.mart.columns]
    places = [names.index(column.name) for column in sheet.columns]
    widths = [
        _column_width(column, [row[place] for row in sheet.rows[:_SAMPLE_ROWS]])
        for place, column in zip(places, sheet.columns, strict=True)
    ]
    for number, width in enumerate(widths):
        worksheet.set_column(number, number, width)
    # Year, place and township are frozen too.
    named = max((place for place, column in enumerate(sheet.columns) if column.name in _NAMES), default=0)
    worksheet.freeze_panes(HEAD_ROWS, named + 1)
    worksheet.autofilter(HEAD_ROWS - 1, 0, HEAD_ROWS - 1 + len(sheet.rows), len(places) - 1)
    _write_head(book, worksheet, sheet)
    writers = [_cell_writer(book, worksheet, column.name) for column in sheet.columns]
    for number, row in enumerate(sheet.rows, start=HEAD_ROWS):
        for position, (place, write) in enumerate(zip(places, writers, strict=True)):
            write(number, position, row[place])
    set_paper(worksheet)
    worksheet.repeat_rows(0, HEAD_ROWS - 1)
    if sum(widths) > _PAPER_WIDTH:  # several pages, each with the names
        worksheet.set_print_scale(_SMALL_PRINT)
        worksheet.repeat_columns(0, named)
    content = sum(1 for column in sheet.columns if not is_for_programs(column.name))
    worksheet.print_area(0, 0, HEAD_ROWS - 1 + len(sheet.rows), content - 1)  # ids would make the rest small


def _write_head(book: _Book, worksheet: Worksheet, sheet: Sheet) -> None:
    """Write what a row is, or which rows did not fit, and below it the headings."""
    note = left_out(sheet)
    worksheet.write_string(0, 0, note or sheet.mart.description_zh, book.warning if note else book.bold)
    worksheet.set_row(HEAD_ROWS - 1, _LINE_HEIGHT * _HEADING_LINES)
    for number, column in enumerate(sheet.columns):
        form = book.grey_heading if is_for_programs(column.name) else book.wrapped_heading
        worksheet.write_string(HEAD_ROWS - 1, number, column.heading_zh, form)


def _column_width(column: Column, values: Sequence[Any]) -> float:
    """Return the width of the text within limits; a heading may take three lines."""
    if column.name in _LONG_TEXT:
        return _LONG_WIDTH
    # Including the filter button.
    heading = max(8, text_width(column.heading_zh) / (_HEADING_LINES - 1) + 4)
    if column.data_type in _WIDTHS:
        return max(heading, _WIDTHS[column.data_type])
    words = CODES_ZH.get(column.name, {})
    widest = max((text_width(words.get(value, str(value or ""))) for value in values), default=0)
    return max(heading, min(_WIDEST, widest + 2))


def _cell_writer(book: _Book, worksheet: Worksheet, name: str) -> Callable[[int, int, Any], None]:
    """Return the function that writes a cell of a column, given row, column and value.

    Text is truncated to Excel's limit and is never a formula or an error value. Whatever is the same for all
    cells, or for equal texts, is computed once.
    """
    words = CODES_ZH.get(name, {})
    grey = book.grey if is_for_programs(name) else None
    is_year = name.endswith("_year")

    @lru_cache(_TEXTS_KEPT)
    def dress(value: str) -> tuple[str, Format | None]:
        text = words.get(value, value)
        # The apostrophe keeps it text even after somebody edits it.
        look = book.quoted if could_be_formula(text) else grey or _find_look(book, name, text)
        return readable_text(text), look

    def write(row: int, column: int, value: Any) -> None:
        if isinstance(value, str):
            worksheet.write_string(row, column, *dress(value))
        elif isinstance(value, bool):
            worksheet.write_string(row, column, "是" if value else "否", None if value else book.bad)
        elif isinstance(value, date):
            worksheet.write_datetime(
                row, column, value, book.time if isinstance(value, datetime) else book.day
            )
        elif value is not None and isfinite(value):
            look = book.year if is_year else book.number(value)
            worksheet.write_number(row, column, value, look)  # never writes a formula such as =#NUM!

    return write


def _find_look(book: _Book, name: str, text: str) -> Format | None:
    """Return a colour for values that an officer has to check."""
    if name == "missing_parts" or (name == "lateness_zh" and text.startswith("迟报")) or text == "不可能":
        return book.bad
    return book.unsure if name in ("doubt_zh", "doubtful_zh") or text in ("未见日期", "应当核对") else None


def readable_text(text: str) -> str:
    """Return text that Excel can store: without control characters, and not too long."""
    text = _CONTROL.sub("", text)
    return text if len(text) <= EXCEL_CELL_CHARS else text[: EXCEL_CELL_CHARS - 1] + "…"
