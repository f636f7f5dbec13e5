"""The marts as files for people and tools outside: what they are called, a workbook, a data package.

Rows and descriptions in, files out. Reading the warehouse does not belong here (`warehouse.py`),
nor do Parquet and CSV, which DuckDB writes itself.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

BOM = "\ufeff"  # without it Excel takes UTF-8 for the local encoding
EXCEL_ROWS = 1_048_576  # of one sheet, its title and heading rows included
EXCEL_CELL_CHARS = 32_767
# XlsxWriter writes some 300,000 cells a second: a longer sheet would hold up every publish, and few
# computers open it. A sheet that is too long keeps the latest years and says so.
SHEET_CELLS = 500_000
CSV_CELLS = 10_000_000  # what a spreadsheet program may still open, in minutes; some 200 MB
FORMULA_STARTS = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
)  # what makes a spreadsheet take text for a formula (OWASP, CSV injection)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a mart.

    Attributes:
        data_type: as DuckDB names it.
        comment: in English, from the database.
        is_generated: one of a family, such as one column per indicator; its Chinese name comes
            from the catalogue.
    """

    name: str
    data_type: str
    comment: str
    name_zh: str
    description_zh: str
    is_generated: bool


@dataclass(frozen=True, slots=True)
class Mart:
    """A mart as its readers need it described; `key` are the columns that no two rows share."""

    name: str
    comment: str
    name_zh: str
    description_zh: str
    key: tuple[str, ...]
    rows: int
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class MartNames:
    """The Chinese names of marts and columns (`marts.csv`, `mart_columns.csv`).

    Attributes:
        marts: name → (key, Chinese name, Chinese description).
        columns: (mart, column) → (Chinese name, Chinese description); mart "" holds for all others.
    """

    marts: dict[str, tuple[tuple[str, ...], str, str]]
    columns: dict[tuple[str, str], tuple[str, str]]

    def describe(self, name: str, comment: str, rows: int, columns: Iterable[tuple[str, str, str]]) -> Mart:
        """A mart with its Chinese names; what has none keeps its own, so that publishing goes on.

        Args:
            columns: name, DuckDB type and comment of each column, in order.
        """
        key, name_zh, description_zh = self.marts.get(name, ((), name, ""))
        described = tuple(self._describe_column(name, *column) for column in columns)
        return Mart(name, comment, name_zh, description_zh, key, rows, described)

    def _describe_column(self, mart: str, name: str, data_type: str, comment: str) -> Column:
        named = self.columns.get((mart, name)) or self.columns.get(("", name))
        if named:
            return Column(name, data_type, comment, *named, is_generated=False)
        # Comments of generated columns begin with the Chinese name of their indicator or domain.
        generated = _CHINESE_NAME.match(comment)
        return Column(
            name, data_type, comment, generated[1] if generated else name, "", generated is not None
        )


_CHINESE_NAME = re.compile(r"([\u4e00-\u9fff][^:]*): ")


def load_mart_names(reference_dir: Path) -> MartNames:
    """Read `marts.csv` and `mart_columns.csv`.

    Raises:
        ValueError: a name is missing or given twice; names file and row.
    """
    marts: dict[str, tuple[tuple[str, ...], str, str]] = {}
    for where, row in _read_rows(reference_dir / "marts.csv"):
        if not all(row.values()) or row["mart"] in marts:
            raise ValueError(f"{where}: {row['mart']!r} is there twice, or lacks a name, key or description")
        marts[row["mart"]] = (tuple(row["key"].split()), row["name_zh"], row["description_zh"])
    columns: dict[tuple[str, str], tuple[str, str]] = {}
    for where, row in _read_rows(reference_dir / "mart_columns.csv"):
        key = (row["mart"], row["column"])
        if row["mart"] and row["mart"] not in marts:
            raise ValueError(f"{where}: {row['mart']!r} is not in marts.csv")
        if not (row["column"] and row["name_zh"] and row["description_zh"]) or key in columns:
            raise ValueError(
                f"{where}: column {row['column']!r} is there twice, or lacks a name or description"
            )
        columns[key] = (row["name_zh"], row["description_zh"])
    return MartNames(marts, columns)


def _read_rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            yield f"{path.name} row {number}", {name: value or "" for name, value in row.items()}


# ---- workbook ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sheet:
    """A mart and those of its rows that go into the workbook, latest years first."""

    mart: Mart
    rows: Sequence[tuple[Any, ...]]


def fits_spreadsheet(mart: Mart) -> bool:
    """Whether a mart is worth a CSV: no longer than a sheet, and small enough to be opened."""
    return mart.rows < EXCEL_ROWS and mart.rows * len(mart.columns) <= CSV_CELLS


def fitting_rows(columns: int) -> int:
    """How many rows of so many columns go into one sheet."""
    return min(EXCEL_ROWS - _HEAD_ROWS, SHEET_CELLS // columns)


_HEAD_ROWS = 2  # what the sheet is, and the headings
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
        "Text that begins with = + - or @ is kept as text and is never calculated.",
        "以 = + - @ 开头的文字按文本保存，不会被当作公式计算。",
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
        texts = _readable(sheet.mart.description_zh), _readable(sheet.mart.comment)
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
    worksheet.freeze_panes(_HEAD_ROWS, 2)  # names of township or county stay in view too
    worksheet.autofilter(_HEAD_ROWS - 1, 0, _HEAD_ROWS - 1 + len(sheet.rows), len(columns) - 1)
    note = left_out(sheet)
    worksheet.write_string(0, 0, note or sheet.mart.description_zh, book.warning if note else book.bold)
    worksheet.set_row(_HEAD_ROWS - 1, 62)
    headings = [f"{column.name_zh}\n{column.name}" for column in columns]
    worksheet.write_row(_HEAD_ROWS - 1, 0, headings, book.wrapped_heading)
    for number, row in enumerate(sheet.rows, start=_HEAD_ROWS):
        for position, value in enumerate(row):
            _write_value(book, worksheet, number, position, value)


def _write_value(book: _Book, worksheet: Worksheet, row: int, column: int, value: Any) -> None:
    """Write a cell; text is cut to Excel's limit and can neither be a formula nor an error value."""
    if isinstance(value, str):
        # The mark before it keeps it text also after somebody edits it.
        mark = book.quoted if value.startswith(FORMULA_STARTS) else None
        worksheet.write_string(row, column, _readable(value), mark)
    elif isinstance(value, date):
        worksheet.write_datetime(row, column, value, book.time if isinstance(value, datetime) else book.day)
    elif value is not None and not (isinstance(value, float) and not isfinite(value)):
        worksheet.write(row, column, value)  # no number would become a formula, =#NUM!


def _readable(text: str) -> str:
    """Text as Excel can hold it: without control characters, and not too long."""
    text = _CONTROL.sub("", text)
    return text if len(text) <= EXCEL_CELL_CHARS else text[: EXCEL_CELL_CHARS - 1] + "…"


# ---- data package --------------------------------------------------------------------------

_FIELD_TYPES = {
    "VARCHAR": "string",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "datetime",
}


def build_datapackage(marts: Sequence[Mart], csv_bytes: dict[str, int]) -> str:
    """The Frictionless data package of the published files, as JSON.

    A mart without a CSV file (too long for a spreadsheet) is described by its Parquet file.

    Args:
        csv_bytes: size of each CSV file, by mart.

    Raises:
        ValueError: a column has a type that no field type stands for; names the column.
    """
    homes = {mart.key: mart.name for mart in reversed(marts) if mart.name.startswith("dim_")}
    package = {
        "name": "fazhi",
        "title": "乡镇法治政府建设年度报告 / Rule-of-law government reports of townships",
        "description": (
            "Marts of the warehouse, each as CSV (UTF-8 with BOM) and as Parquet. In CSV a text that begins with "
            "= + - @, tab or carriage return has an apostrophe before it, lest a spreadsheet calculate it; "
            "Parquet holds the text as it is."
        ),
        "resources": [_resource(mart, csv_bytes, homes) for mart in marts],
    }
    return json.dumps(package, ensure_ascii=False, indent=2) + "\n"


def _resource(mart: Mart, csv_bytes: dict[str, int], homes: dict[tuple[str, ...], str]) -> dict[str, Any]:
    parquet = f"parquet/{mart.name}.parquet"
    if mart.name in csv_bytes:
        file: dict[str, Any] = {
            "path": f"csv/{mart.name}.csv",
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "bytes": csv_bytes[mart.name],
            "alternatives": [parquet],
        }
    else:
        file = {"path": parquet, "format": "parquet", "mediatype": "application/vnd.apache.parquet"}
    schema: dict[str, Any] = {
        "fields": [
            {
                "name": column.name,
                "type": _field_type(mart, column),
                "title": column.name_zh,
                "description": column.comment,
            }
            for column in mart.columns
        ],
        "missingValues": [""],
        "primaryKey": list(mart.key),
        "foreignKeys": [
            {"fields": [column.name], "reference": {"resource": home, "fields": [column.name]}}
            for column in mart.columns
            if (home := homes.get((column.name,))) and (column.name,) != mart.key
        ],
    }
    return {
        "name": mart.name,
        "title": mart.name_zh,
        "description": f"{mart.comment}\n\n{mart.description_zh}",
        **file,
        "rows": mart.rows,
        "schema": {name: value for name, value in schema.items() if value},
    }


def _field_type(mart: Mart, column: Column) -> str:
    if column.data_type not in _FIELD_TYPES:
        raise ValueError(f"marts.{mart.name}.{column.name}: no field type stands for {column.data_type}")
    return _FIELD_TYPES[column.data_type]
