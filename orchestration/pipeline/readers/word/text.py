"""Read the body of a Word document as lines: numbered paragraphs, tables, text boxes, notes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from orchestration.pipeline.readers.ooxml.diagrams import DIAGRAM
from orchestration.pipeline.readers.ooxml.drawings import (
    ALTERNATE,
    OBJECT,
    PICTURES,
    choose_alternative,
    read_drawn_lines,
)
from orchestration.pipeline.readers.ooxml.markup import GONE, W, integer, is_on, value_of
from orchestration.pipeline.readers.tables.cells import Cell
from orchestration.pipeline.readers.tables.rows import write_rows
from orchestration.pipeline.readers.tables.units import IS_NUMBER
from orchestration.pipeline.readers.word.numbering import Numbering
from orchestration.pipeline.readers.word.runs import RunReader, is_placeholder
from orchestration.pipeline.readers.word.styles import Styles

_UNSHOWN = frozenset(
    W + name for name in ("bookmarkStart", "bookmarkEnd", "proofErr", "permStart", "permEnd")
)
_MAX_SPAN = 63  # columns of a Word table


class _WordCell(NamedTuple):
    """A cell of a Word table and its position in the grid."""

    node: Any
    properties: Any
    column: int
    span: int
    is_gone: bool  # marked as deleted


class TextReader:
    """Reads the blocks of a document in reading order, each piece of text once.

    Args:
        root: w:document.
        styles: the styles of the document.
        numbering: counts the numbered paragraphs; one for the whole document.
        notes: w:footnote and w:endnote elements by kind and id.
        read_chunk: returns the lines of the document inserted by a w:altChunk.
        read_diagram: returns the lines of the diagram named by an element.
        read_picture: returns the line to write for the picture named by an element; empty for most.
        read_object: returns the lines of the embedded object named by an element.
    """

    def __init__(
        self,
        root: Any,
        styles: Styles,
        numbering: Numbering,
        notes: Mapping[tuple[str, str], Any],
        *,
        read_chunk: Callable[[Any], list[str]],
        read_diagram: Callable[[Any], list[str]],
        read_picture: Callable[[Any], list[str]],
        read_object: Callable[[Any], list[str]],
    ) -> None:
        self._styles = styles
        self._numbering = numbering
        self._notes = dict(notes)
        self._read_chunk = read_chunk
        self._read_diagram = read_diagram
        self._read_picture = read_picture
        self._read_object = read_object
        self._runs = RunReader(root, styles)
        self._asked: list[tuple[str, str]] = []  # notes whose marks have been read
        self._rows: list[list[Cell]] = []  # of a table that the next one continues
        self._above = ""  # the line before a table
        self._begun = ""  # a line that the next paragraph continues

    def read(self, body: Any) -> Iterator[str]:
        """Yield the lines of the body; a note follows the paragraph or table that refers to it."""
        for block in self._blocks(body):
            yield from self._read_block(block)
            while self._asked:
                note = self._notes.pop(self._asked.pop(0), None)
                if note is not None:
                    yield from self._read_all(note)
        yield from self._take_begun()

    def _blocks(self, parent: Any) -> Iterator[Any]:
        """Yield paragraphs, tables and chunks, also inside content controls and insertions."""
        for child in parent:
            if child.tag in (f"{W}p", f"{W}tbl", f"{W}altChunk"):
                yield child
            elif child.tag == ALTERNATE:
                chosen = choose_alternative(child)
                if chosen is not None:
                    yield from self._blocks(chosen)
            elif child.tag not in GONE and not (child.tag == f"{W}sdt" and is_placeholder(child)):
                yield from self._blocks(child)

    def _read_all(self, parent: Any) -> Iterator[str]:
        """Yield the lines of everything inside a cell, text box or note."""
        for block in self._blocks(parent):
            yield from self._read_block(block)
        yield from self._take_begun()

    def _read_block(self, block: Any) -> Iterator[str]:
        if block.tag == f"{W}p":
            yield from self._read_paragraph(block)
        elif block.tag == f"{W}tbl":
            yield from self._take_begun()
            held, self._rows = self._rows, []
            rows = [*held, *self._read_rows(block)]
            if _is_continued(block):
                self._rows = rows
                return
            above, self._above = self._above, ""
            yield from write_rows(rows, above)
        else:
            yield from self._read_chunk(block)

    def _read_paragraph(self, paragraph: Any) -> Iterator[str]:
        properties = paragraph.find(f"{W}pPr")
        style = self._styles.paragraph_style(properties)
        was_skipping = self._runs.is_skipping
        shown = self._runs.read(paragraph, style)
        text = "".join(shown.text)
        self._asked += shown.notes
        goes_on, counts = self._look_at_mark(properties, text)
        if not text.strip() and (was_skipping or self._runs.is_skipping):
            counts = False
        if self._is_contents(style):
            text, counts = "", False
        label = self._numbering.take_number(properties, text.lstrip()) if counts else ""
        if goes_on:
            self._begun += (label if text.strip() else "") + text
        elif text.strip() or self._begun:
            begun, self._begun = self._begun, ""
            self._above = begun + (label if text.strip() else "") + text
            yield self._above
        for box in shown.boxes:
            begun, self._begun = self._begun, ""
            yield from self._read_box(box)
            self._begun = begun

    def _read_box(self, box: Any) -> Iterable[str]:
        if box.tag == DIAGRAM:
            return self._read_diagram(box)
        if box.tag in PICTURES:
            return self._read_picture(box)
        if box.tag == OBJECT:
            return self._read_object(box)
        return self._read_all(box) if box.tag.startswith(W) else read_drawn_lines(box)

    def _look_at_mark(self, properties: Any, text: str) -> tuple[bool, bool]:
        """Return whether the next paragraph continues this line, and whether this one is counted.

        A deleted or hidden paragraph mark does not end a line; neither does a drop cap.
        """
        mark = None if properties is None else properties.find(f"{W}rPr")
        frame = None if properties is None else properties.find(f"{W}framePr")
        is_gone = mark is not None and any(mark.find(W + name) is not None for name in ("del", "moveFrom"))
        is_hidden = is_on(mark, "vanish") or is_on(mark, "specVanish") or False
        is_initial = frame is not None and frame.get(f"{W}dropCap", "none") != "none"
        return is_gone or is_hidden or is_initial, not is_gone and not (is_hidden and not text.strip())

    def _is_contents(self, style: str) -> bool:
        name = self._styles.name(style)
        return name.startswith("toc ") and name[4:].isdigit()

    def _take_begun(self) -> Iterator[str]:
        begun, self._begun = self._begun, ""
        if begun.strip():
            yield begun

    def _read_rows(self, table: Any) -> Iterator[list[Cell]]:
        rows = [list(self._place_cells(row)) for row in self._parts(table, f"{W}tr") if not _is_row_gone(row)]
        kept = {(one.column, one.span) for row in rows for one in row if not one.is_gone}
        for row in rows:
            cells = [Cell([], row[0].column)] if row and row[0].column else []
            for one in row:
                if one.is_gone:
                    # A deleted column leaves a gap; a single deleted cell goes, and its row closes up.
                    cells += [] if (one.column, one.span) in kept else [Cell([], one.span)]
                elif _continues(one.properties, "hMerge") and cells:
                    before = cells.pop()
                    lines = [*before.lines, *self._read_cell(one).lines]
                    cells.append(Cell(lines, before.span + one.span, before.is_continued))
                else:
                    cells.append(self._read_cell(one))
            yield cells

    def _place_cells(self, row: Any) -> Iterator[_WordCell]:
        column = min(max(integer(value_of(row.find(f"{W}trPr"), "gridBefore"), 0), 0), _MAX_SPAN)
        for node in self._parts(row, f"{W}tc"):
            properties = node.find(f"{W}tcPr")
            span = min(max(integer(value_of(properties, "gridSpan"), 1), 1), _MAX_SPAN)
            is_gone = properties is not None and properties.find(f"{W}cellDel") is not None
            yield _WordCell(node, properties, column, span, is_gone)
            column += span

    def _read_cell(self, one: _WordCell) -> Cell:
        lines = list(self._read_all(one.node))
        return Cell(
            [part for line in lines for part in line.split("\n")],
            one.span,
            is_continued=_continues(one.properties, "vMerge"),
        )

    def _parts(self, parent: Any, tag: str) -> Iterator[Any]:
        """Yield the rows of a table or cells of a row, also inside content controls and insertions."""
        for child in parent:
            if child.tag == tag:
                yield child
            elif child.tag not in GONE and child.tag not in (f"{W}tbl", f"{W}tr", f"{W}tc", f"{W}p"):
                yield from self._parts(child, tag)


def _is_continued(table: Any) -> bool:
    """Return whether the next block is a table of as many columns without a header: Word shows them as one."""
    following = table.getnext()
    while following is not None and following.tag in _UNSHOWN:
        following = following.getnext()
    if following is None or following.tag != f"{W}tbl":
        return False
    cells = _first_cells(following)
    return _width(_first_cells(table)) == _width(cells) and any(
        IS_NUMBER.fullmatch("".join(text.text or "" for text in cell.iter(f"{W}t")).strip()) for cell in cells
    )


def _first_cells(table: Any) -> list[Any]:
    row = table.find(f"{W}tr")
    return [] if row is None else row.findall(f"{W}tc")


def _width(cells: Iterable[Any]) -> int:
    return sum(integer(value_of(cell.find(f"{W}tcPr"), "gridSpan"), 1) for cell in cells)


def _is_row_gone(row: Any) -> bool:
    properties = row.find(f"{W}trPr")
    return properties is not None and (
        properties.find(f"{W}del") is not None or is_on(properties, "hidden") is True
    )


def _continues(properties: Any, name: str) -> bool:
    merge = None if properties is None else properties.find(W + name)
    return merge is not None and merge.get(f"{W}val", "continue") != "restart"
