"""Where the text of an RTF document goes: paragraphs, cells of nested tables, notes and text boxes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from orchestration.pipeline.readers.table_cells import Cell
from orchestration.pipeline.readers.table_rows import write_rows

_MAX_LEVEL = 32  # of tables in one another


@dataclass(slots=True)
class _CellFormat:
    """What a row says of one of its cells before it."""

    right_edge: int
    is_continued: bool


@dataclass(slots=True)
class _Table:
    """A table that is being read."""

    lines: list[str] = field(default_factory=list)  # of the present cell
    cells: list[list[str]] = field(default_factory=list)  # of the present row
    rows: list[tuple[list[list[str]], list[_CellFormat]]] = field(default_factory=list)


class LineCollector:
    """Puts pieces of text together to lines.

    `level` is how deep in tables the present paragraph stands: 0 for none.
    """

    def __init__(self) -> None:
        self.level = 0
        self._lines: list[str] = []
        self._text: list[str] = []
        self._behind: list[str] = []  # notes and boxes of the present paragraph or table
        self._tables: dict[int, _Table] = {}
        self._formats: list[_CellFormat] = []
        self._merges = False

    def put(self, text: str) -> None:
        """Go on with the present paragraph."""
        self._text.append(text)

    def put_behind(self, lines: list[str]) -> None:
        """Lines of a note or a text box, which are behind the paragraph or the outermost table."""
        self._behind += lines

    def end_paragraph(self) -> None:
        """The present paragraph is complete."""
        text, self._text = "".join(self._text), []
        self._close_tables(self.level)
        if self.level:
            self._tables.setdefault(self.level, _Table()).lines.append(text)
        else:
            if text.strip():
                self._lines.append(text)
            self._flush_behind()

    def end_cell(self, is_nested: bool) -> None:
        """The present cell is complete, of the outermost table unless it is a nested one's."""
        self.level = max(self.level, 2) if is_nested else 1
        self.end_paragraph()
        table = self._tables[self.level]
        table.cells.append(table.lines)
        table.lines = []

    def end_row(self, is_nested: bool) -> None:
        """The present row is complete."""
        level = max(self.level, 2) if is_nested else 1
        self._close_tables(level)
        table = self._tables.setdefault(level, _Table())
        table.rows.append((table.cells, self._formats))
        table.cells = []

    def begin_row_format(self) -> None:
        """What the cells of a row are like follows."""
        self._formats, self._merges = [], False

    def mark_merge(self) -> None:
        """The next cell continues the one above or before it."""
        self._merges = True

    def add_cell_format(self, right_edge: int) -> None:
        """One more cell of a row, by where it ends (twips)."""
        self._formats.append(_CellFormat(right_edge, self._merges))
        self._merges = False

    def take(self) -> list[str]:
        """All lines; the document or note is at its end."""
        if "".join(self._text).strip():
            self.end_paragraph()
        self._close_tables(0)
        self._flush_behind()
        return self._lines

    def _close_tables(self, level: int) -> None:
        """Write the tables that stand deeper than this as lines of what is around them."""
        for deeper in sorted((each for each in self._tables if each > level), reverse=True):
            table = self._tables.pop(deeper)
            if table.cells or table.lines:  # a row without an end
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
    """Cells with the columns that they take: as many as right edges of any row lie within them."""
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
    """Depth of tables that a paragraph states, within reason."""
    return min(max(number, 0), _MAX_LEVEL)
