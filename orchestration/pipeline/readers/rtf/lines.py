"""Collect the text of an RTF document: paragraphs, cells of nested tables, notes and text boxes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from orchestration.pipeline.readers.tables.cells import Cell
from orchestration.pipeline.readers.tables.rows import write_rows

_MAX_LEVEL = 32  # of nested tables


@dataclass(slots=True)
class _CellFormat:
    """The definition of a cell, which precedes its row."""

    right_edge: int
    is_continued: bool


@dataclass(slots=True)
class _Table:
    """A table being read."""

    lines: list[str] = field(default_factory=list)  # of the current cell
    cells: list[list[str]] = field(default_factory=list)  # of the current row
    rows: list[tuple[list[list[str]], list[_CellFormat]]] = field(default_factory=list)


class LineCollector:
    """Combines pieces of text into lines.

    `level` is the table depth of the current paragraph; 0 outside tables.
    """

    def __init__(self) -> None:
        self.level = 0
        self._lines: list[str] = []
        self._text: list[str] = []
        self._behind: list[str] = []  # notes and boxes of the current paragraph or table
        self._tables: dict[int, _Table] = {}
        self._formats: list[_CellFormat] = []
        self._merges = False

    def put(self, text: str) -> None:
        """Add text to the current paragraph."""
        self._text.append(text)

    def put_behind(self, lines: list[str]) -> None:
        """Add the lines of a note or text box, to follow the paragraph or the outermost table."""
        self._behind += lines

    def end_paragraph(self) -> None:
        """End the current paragraph."""
        text, self._text = "".join(self._text), []
        self._close_tables(self.level)
        if self.level:
            self._tables.setdefault(self.level, _Table()).lines.append(text)
        else:
            if text.strip():
                self._lines.append(text)
            self._flush_behind()

    def end_cell(self, is_nested: bool) -> None:
        """End the current cell, of the outermost table or of a nested one."""
        self.level = max(self.level, 2) if is_nested else 1
        self.end_paragraph()
        table = self._tables[self.level]
        table.cells.append(table.lines)
        table.lines = []

    def end_row(self, is_nested: bool) -> None:
        """End the current row."""
        level = max(self.level, 2) if is_nested else 1
        self._close_tables(level)
        table = self._tables.setdefault(level, _Table())
        table.rows.append((table.cells, self._formats))
        table.cells = []

    def begin_row_format(self) -> None:
        """Begin the definitions of a row's cells."""
        self._formats, self._merges = [], False

    def mark_merge(self) -> None:
        """Mark the next cell as a continuation of the one above or before it."""
        self._merges = True

    def add_cell_format(self, right_edge: int) -> None:
        """Add the definition of a cell by its right edge (twips)."""
        self._formats.append(_CellFormat(right_edge, self._merges))
        self._merges = False

    def take(self) -> list[str]:
        """Return all lines at the end of the document or note."""
        if "".join(self._text).strip():
            self.end_paragraph()
        self._close_tables(0)
        self._flush_behind()
        return self._lines

    def _close_tables(self, level: int) -> None:
        """Write the tables deeper than `level` as lines of their surroundings."""
        for deeper in sorted((each for each in self._tables if each > level), reverse=True):
            table = self._tables.pop(deeper)
            if table.cells or table.lines:  # an unfinished row
                table.rows.append(([*table.cells, table.lines], []))
            above = self._lines[-1].strip() if self._lines else ""
            lines = list(write_rows(list(_place_cells(table)), above))
            outer = max((each for each in self._tables if each < deeper), default=level)
            if outer:
                self._tables.setdefault(outer, _Table()).lines += lines
            else:
                self._lines += lines
                self._flush_behind()

    def _flush_behind(self) -> None:
        self._lines += self._behind
        self._behind = []


def _place_cells(table: _Table) -> Iterator[list[Cell]]:
    """Yield rows of cells with their spans: the number of right edges of any row inside them."""
    edges = sorted({each.right_edge for _, formats in table.rows for each in formats})
    for cells, formats in table.rows:
        placed, left = [], None
        for index, lines in enumerate(cells):
            if index >= len(formats):
                placed.append(Cell(lines))
                continue
            right = formats[index].right_edge
            span = sum(edge <= right and (left is None or edge > left) for edge in edges)
            placed.append(Cell(lines, max(1, span), formats[index].is_continued))
            left = right
        yield placed


def limit_level(number: int) -> int:
    """Return a paragraph's stated table depth, limited to a reasonable number."""
    return min(max(number, 0), _MAX_LEVEL)
