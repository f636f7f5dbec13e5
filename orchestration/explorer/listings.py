"""Tables of the pages: their columns, downloads and queries."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from markupsafe import Markup
from xlsxwriter import Workbook

from orchestration.explorer.database import Reader, Row, print_sql
from orchestration.explorer.wording import REMARKS, Words, print_number, print_value, word
from orchestration.publishing.spreadsheet import BOM, TEXT_AS_TEXT, harmless
from orchestration.publishing.workbook import readable_text

DOWNLOAD_ROWS = 100_000  # per download; the marts themselves are published as files
_WINDOW = "{window}"
_NO_ROWS = Words("没有记录。", "No rows.")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a listing.

    Attributes:
        key: key in the rows.
        words: heading.
        kind: `text`, `group` (not on phones: the next column says enough), `number`, `percent`,
            `value` (with the row's unit), `code` (put into words), `year`, `date`, `flag`, `quote`
            (words of a report), `status` (coloured by the row's `look`), `id` (downloads only) or
            `remark` (a code in words; on pages before the number that it is of).
        link: address of a row's cell, without language; None for none.
        remarks: keys of marks before a number: doubtful, a part, one of several, or not exact.
    """

    key: str
    words: Words
    kind: str = "text"
    link: Callable[[Row], str | None] | None = None
    remarks: Sequence[str] = ()

    @property
    def is_number(self) -> bool:
        """Return whether it has figures, which are right-aligned."""
        return self.kind in {"number", "percent", "value"}

    @property
    def is_shown(self) -> bool:
        """Return whether pages show it; downloads have all columns."""
        return self.kind not in {"id", "remark"}


@dataclass(frozen=True, slots=True)
class Listing:
    """A query whose rows are shown as a table.

    Attributes:
        name: name in addresses, for pages with several listings.
        title: title of the table; says what a row is.
        sql: query with `$parameters`; limit and offset are inserted at `{window}`, else at the end. A query that
            sorts narrow columns and fetches the rest by rowid is many times faster than one that sorts all.
        empty: text if there are no rows.
        page: rows per page; 0 shows all.
    """

    name: str
    title: Words
    columns: Sequence[Column]
    sql: str
    parameters: dict[str, Any] = field(default_factory=dict)
    empty: Words = _NO_ROWS
    page: int = 0

    @property
    def runnable_sql(self) -> str:
        """Return the query that anyone can run on the published copy."""
        return print_sql(self.sql.replace(_WINDOW, ""), self.parameters)

    def rows(self, reader: Reader, limit: int | None = None, offset: int = 0) -> list[Row]:
        """Return the rows from `offset` on."""
        window = f"\nlimit {limit} offset {offset}" if limit is not None else ""
        if _WINDOW in self.sql:
            return reader.rows(self.sql.replace(_WINDOW, window), self.parameters)
        return reader.rows(self.sql + window, self.parameters)


def link_figure(row: Row) -> str:
    """Return the address of a row's figure in its report."""
    return f"/reports/{row['report_id']}#q-{row['quantity_id']}"


def write_csv(listing: Listing, rows: Sequence[Row], language: str) -> bytes:
    """Return the rows as CSV in UTF-8 with BOM; no text can be a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(_headings(listing, language))
    for row in rows:
        cells = _cells(listing, row, language)
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in cells])
    return (BOM + buffer.getvalue()).encode("utf-8")


def write_xlsx(listing: Listing, rows: Sequence[Row], language: str) -> bytes:
    """Return the rows as a workbook of one sheet: frozen headings, filters, text as text."""
    buffer = io.BytesIO()
    book = Workbook(buffer, TEXT_AS_TEXT | {"in_memory": True})
    sheet = book.add_worksheet(listing.title.zh[:31].translate(str.maketrans(dict.fromkeys("[]:*?/\\'"))))
    heading = book.add_format({"bold": True, "bg_color": "#DDE6F0", "text_wrap": True, "valign": "top"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, _headings(listing, language), heading)
    for column, one in enumerate(listing.columns):
        sheet.set_column(column, column, {"quote": 60, "text": 18, "group": 18}.get(one.kind, 12))
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(_cells(listing, row, language)):
            if isinstance(cell, str):
                sheet.write_string(number, column, readable_text(cell))
            elif isinstance(cell, date):
                sheet.write_datetime(number, column, cell, day)
            elif cell is not None:
                sheet.write(number, column, cell)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(rows), len(listing.columns) - 1)
    book.close()
    return buffer.getvalue()


def _headings(listing: Listing, language: str) -> list[str]:
    return [column.words.told(language) for column in listing.columns]


def _cells(listing: Listing, row: Row, language: str) -> list[Any]:
    cells: list[Any] = []
    for column in listing.columns:
        value = row.get(column.key)
        if column.kind in {"code", "remark"}:
            value = word(value, language)
        elif column.kind == "flag":
            value = print_flag(value, language)
        elif isinstance(value, (list, tuple)):
            value = "、".join(map(print_value, value))
        cells.append(value)
    return cells


def print_cell(column: Column, row: Row, language: str) -> str:
    """Return a cell as the page prints it."""
    value = row.get(column.key)
    if column.key.endswith("_zh") and language == "en":
        value = row.get(column.key.removesuffix("_zh") + "_en") or value
    if column.kind == "code":
        return word(value, language)
    if column.kind == "flag" or isinstance(value, bool):
        return print_flag(value, language)
    if column.kind in {"year", "id"}:
        return "" if value is None else str(value)
    if column.kind == "percent":
        return f"{print_number(value)}%" if value is not None else ""
    return print_value(value)


def mark_number(row: Row, keys: Sequence[str], language: str) -> Markup:
    """Return the marks before a number, such as doubtful, a part, one of several, or approximate."""
    said = [(code, REMARKS[code]) for code in (row.get(key) for key in keys) if code in REMARKS]
    return Markup("").join(
        Markup('<small class="{}">{}</small> ').format(code, words.told(language)) for code, words in said
    )


def print_flag(value: bool | None, language: str) -> str:
    """Return yes, no, or an empty text if unknown."""
    if value is None:
        return ""
    return (Words("是", "yes") if value else Words("否", "no")).told(language)
