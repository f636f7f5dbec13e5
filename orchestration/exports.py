"""The marts as files for people and tools outside: what they are called, a workbook, a data package.

Rows and descriptions in, files out. Reading the warehouse does not belong here (`warehouse.py`),
nor do Parquet and CSV, which DuckDB writes itself.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

BOM = "\ufeff"  # without it Excel takes UTF-8 for the local encoding
EXCEL_ROWS = 1_048_576  # of one sheet, its title and heading rows included
EXCEL_CELL_CHARS = 32_767
# openpyxl writes some 110,000 cells a second: a longer sheet would hold up every publish, and few
# computers open it. A sheet that is too long keeps the latest years and says so.
SHEET_CELLS = 500_000
CSV_CELLS = 10_000_000  # what a spreadsheet program may still open, in minutes; some 200 MB
FORMULA_STARTS = "=+-@\t\r"  # what makes a spreadsheet take text for a formula (OWASP, CSV injection)


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
_BOLD = Font(bold=True)
_WARNING = Font(bold=True, color="C00000")
_HEADING_FILL = PatternFill("solid", fgColor="DDE6F0")
_WRAP = Alignment(wrap_text=True, vertical="top")
_WIDE_TEXT = {"sentence", "message", "title", "source_path", "definition"}
_WIDTHS = {"VARCHAR": 16, "DATE": 12, "TIMESTAMP": 20, "BOOLEAN": 9}
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


def write_workbook(path: Path, sheets: Sequence[Sheet]) -> None:
    """Write one .xlsx: a first sheet that says what is what, then a sheet per mart.

    Row 1 of a sheet says what a row is and whether rows are left out, row 2 holds the headings
    (Chinese above the column's name) and carries the filters; both stay in view.
    """
    book = Workbook(write_only=True)
    _write_guide(book.create_sheet("说明 Guide"), sheets)
    for sheet in sheets:
        _write_sheet(book.create_sheet(sheet_title(sheet.mart)), sheet)
    book.save(path)


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


def _write_guide(worksheet: WriteOnlyWorksheet, sheets: Sequence[Sheet]) -> None:
    for letter, width in zip("ABCD", (44, 12, 66, 66), strict=True):
        worksheet.column_dimensions[letter].width = width
    title = "乡镇法治政府建设年度报告数据 Figures from townships' rule-of-law government reports"
    worksheet.append([_cell(worksheet, title, Font(bold=True, size=14))])
    worksheet.append([])
    headings = ("工作表 Sheet", "行数 Rows", "每行是什么", "What a row is")
    worksheet.append([_cell(worksheet, heading, _BOLD, fill=_HEADING_FILL) for heading in headings])
    for sheet in sheets:
        link = _cell(worksheet, sheet_title(sheet.mart), Font(color="0563C1", underline="single"))
        link.hyperlink = f"#'{sheet_title(sheet.mart)}'!A1"
        texts = (sheet.mart.description_zh, sheet.mart.comment)
        worksheet.append([link, len(sheet.rows), *(_cell(worksheet, text, wrap=True) for text in texts)])
        if note := left_out(sheet):
            worksheet.append([None, None, _cell(worksheet, note, _WARNING, wrap=True)])
    worksheet.append([])
    for english, chinese in _GUIDE:
        worksheet.append([None, None, *(_cell(worksheet, text, wrap=True) for text in (chinese, english))])


def _write_sheet(worksheet: WriteOnlyWorksheet, sheet: Sheet) -> None:
    columns = sheet.mart.columns
    last = get_column_letter(len(columns))
    for number, column in enumerate(columns, start=1):
        width = 60 if column.name in _WIDE_TEXT else _WIDTHS.get(column.data_type, 11)
        worksheet.column_dimensions[get_column_letter(number)].width = width
    worksheet.row_dimensions[_HEAD_ROWS].height = 62
    worksheet.freeze_panes = f"C{_HEAD_ROWS + 1}"  # names of township or county stay in view too
    worksheet.auto_filter.ref = f"A{_HEAD_ROWS}:{last}{_HEAD_ROWS + len(sheet.rows)}"
    note = left_out(sheet)
    worksheet.append(
        [_cell(worksheet, note, _WARNING) if note else _cell(worksheet, sheet.mart.description_zh, _BOLD)]
    )
    worksheet.append(
        [
            _cell(worksheet, f"{column.name_zh}\n{column.name}", _BOLD, fill=_HEADING_FILL, wrap=True)
            for column in columns
        ]
    )
    for row in sheet.rows:
        worksheet.append([_value(worksheet, value) for value in row])


def _value(worksheet: WriteOnlyWorksheet, value: Any) -> Any:
    """A cell's value; text is cut to Excel's limit and can neither be a formula nor an error value."""
    if not isinstance(value, str):
        return value
    if value[:1] in _TAKEN_FOR_ELSE and value:
        return _cell(worksheet, value)
    if len(value) > EXCEL_CELL_CHARS or ILLEGAL_CHARACTERS_RE.search(value):
        return _readable(value)
    return value


_TAKEN_FOR_ELSE = FORMULA_STARTS + "#"  # openpyxl takes #N/A and the like for error values


def _readable(text: str) -> str:
    text = ILLEGAL_CHARACTERS_RE.sub("", text)
    return text if len(text) <= EXCEL_CELL_CHARS else text[: EXCEL_CELL_CHARS - 1] + "…"


def _cell(
    worksheet: WriteOnlyWorksheet,
    text: str,
    font: Font | None = None,
    *,
    fill: PatternFill | None = None,
    wrap: bool = False,
) -> WriteOnlyCell:
    """A cell that is text whatever it begins with, also after somebody edits it."""
    cell = WriteOnlyCell(worksheet, _readable(text))
    cell.data_type = "s"
    cell.quotePrefix = text[:1] in FORMULA_STARTS
    if font:
        cell.font = font
    if fill:
        cell.fill = fill
    if wrap:
        cell.alignment = _WRAP
    return cell


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
