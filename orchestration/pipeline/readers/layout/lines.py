"""Turn positioned glyphs into lines in reading order, for PDF, OFD and OCR pages.

Only positions count, because the drawing order of a file says nothing. Columns are read one after
the other, table cells row by row. Running headers, page numbers and watermarks are dropped, and
lines broken only by the margin are rejoined.

Coordinates are in units of the page, x to the right, y downward; an em is the size of a glyph.
"""

from __future__ import annotations

import heapq
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise

from orchestration.pipeline.chinese import CHAPTER_MARK, FIRST_MARK, ROUND_MARK, glue_lines
from orchestration.pipeline.readers.layout.columns import FULL_EM, ends_sentence, order_pieces
from orchestration.pipeline.readers.layout.grid import CellReader, join_rows, take_tables
from orchestration.pipeline.readers.layout.notes import drop_contents, part_notes, put_notes
from orchestration.pipeline.readers.layout.rows import set_pieces
from orchestration.pipeline.readers.layout.running import EDGE_ROWS, drop_running_lines, order_pages
from orchestration.pipeline.readers.layout.shapes import Glyph, Line, Page, Rule
from orchestration.pipeline.readers.tables.cells import Cell
from orchestration.pipeline.readers.tables.rows import write_rows

__all__ = [
    "INDENT",
    "Glyph",
    "Line",
    "Page",
    "Rule",
    "drop_running_lines",
    "join_paragraphs",
    "order_pages",
    "set_lines",
]

INDENT = "\u3000\u3000"  # put before a line that begins a paragraph; cleaning relies on it
_MIN_WIDTH_EM = (10.0, 6.0)  # of a single column, and of one of several
_INDENT_EM = (0.8, 3.6)  # a paragraph is indented by two characters; more is a title or a signature
_ORDINAL = re.compile(
    rf"""
    {FIRST_MARK} | {ROUND_MARK}                     # e.g. 一、   （2）
    | \d{{1,2}} [.．、] (?!\d) | [①-⑳⑴-⒇]          # e.g. 1.   ⑴; not 1.5
    | {CHAPTER_MARK} | 附件 | [●■◆▪•➢\ufffd]        # e.g. 第一章   ●
    """,
    re.VERBOSE,
)
_FIRST_WORD = re.compile(r"[“（《(]*(?:[\x21-\x7e]+|.)[，、。；：”）》％]*")
_LATIN_EM = 0.5
_HANGING_EM, _MAX_HANGING_EM = 0.3, 6.0
_NUMBER = re.compile(r"[\d.,，%％]+")
_CHAPTER = re.compile(rf"{FIRST_MARK}|{CHAPTER_MARK}|附件")


def set_lines(
    glyphs: Iterable[Glyph], *, is_exact: bool = True, rules: Sequence[Rule] = (), point: float = 1.0
) -> list[Line]:
    """Return the lines of a page in reading order; a table row is one line with tabs between cells.

    Args:
        glyphs: the glyphs of the page.
        is_exact: False for OCR, whose glyph positions are guessed from those of lines.
        rules: lines drawn on the page, which separate table cells.
        point: 1/72 inch in units of the page.
    """
    rows: list[Line] = []
    if rules:
        glyphs, rows = take_tables(list(glyphs), rules, CellReader(set_lines, _join_cell), point)
    columns = order_pieces([*set_pieces(glyphs, is_exact=is_exact), *rows])
    return [line._replace(column=number) for number, column in enumerate(columns) for line in column]


def _join_cell(lines: Sequence[Line], margin: float) -> list[str]:
    """Return the paragraphs of a cell; numbers below each other stay separate."""
    if len(lines) > 1 and all(_NUMBER.fullmatch(line.text) for line in lines):
        return [line.text for line in lines]
    return [paragraph.strip() for paragraph in join_paragraphs([lines], margin)]


def join_paragraphs(pages: Sequence[Sequence[Line]], right: float | None = None) -> list[str]:
    """Join lines broken only by a margin, column or page into paragraphs; indented ones keep their indent.

    If paragraphs are indented, a line at the margin continues the one before it, unless that is a
    heading. Otherwise a line continues only one that fills its column and has no final stop.

    Args:
        pages: the lines of each page.
        right: the right margin; by default found from where the lines end.
    """
    bodies, notes = part_notes(drop_contents(pages))
    placed = [(number, line) for number, page in enumerate(bodies) for line in page]
    margins = _find_margins(placed, right)
    indents = [(line.left - margins[page, line.column][0]) / line.size for page, line in placed]
    begins = [
        _INDENT_EM[0] < indent < _INDENT_EM[1] and not line.cells and not line.is_pasted
        for indent, (_, line) in zip(indents, placed, strict=True)
    ]
    uses_indent = sum(begins) * 10 > sum(not line.cells and not line.is_pasted for _, line in placed)
    whole: list[str] = []
    ends: dict[int, int] = {}  # page → index of the paragraph in which its text ends
    hanging: float | None = None  # left edge of the later lines of a list item
    for index, (number, line) in enumerate(placed):
        ends[number] = len(whole)
        if line.cells:
            if not _is_same_table(placed, index + 1):
                whole += _write_table(placed, index, whole[-1] if whole else "")
                ends[number] = len(whole) - 1
            continue
        if index and not placed[index - 1][1].cells:
            page, before = placed[index - 1]
            margin = margins[page, before.column][1]
            was_hanging, hanging = hanging, _find_hanging(before, line, margin, hanging)
            begins_item = was_hanging is not None and line.left < was_hanging and _ORDINAL.match(line.text)
            if hanging is not None or (
                not begins_item
                and indents[index] < _INDENT_EM[0]
                and indents[index - 1] < _INDENT_EM[1]
                and _goes_on(before, line, margin, uses_indent)
            ):
                whole[-1] += glue_lines(before.text, line.text) + line.text
                ends[number] = len(whole) - 1
                continue
        whole.append((INDENT if indents[index] > _INDENT_EM[0] else "") + line.text)
    return put_notes(whole, notes, ends)


def _is_same_table(placed: Sequence[tuple[int, Line]], index: int) -> bool:
    """Return whether the line at this index is a row of the same table as the line before it."""
    if not 0 < index < len(placed):
        return False
    before, line = placed[index - 1][1], placed[index][1]
    return bool(before.cells and line.cells) and (
        sum(cell.span for cell in before.cells) == sum(cell.span for cell in line.cells)
        and max(abs(before.left - line.left), abs(before.right - line.right)) < line.size
    )


def _write_table(placed: Sequence[tuple[int, Line]], last: int, above: str) -> list[str]:
    """Write the table whose last row has the index `last`; `above` is the line above the table."""
    first = last
    while _is_same_table(placed, first):
        first -= 1
    pages = [
        [line for _, line in rows] for _, rows in groupby(placed[first : last + 1], key=lambda row: row[0])
    ]
    rows = [[Cell(cell.lines, cell.span, cell.is_continued) for cell in row] for row in join_rows(pages)]
    return list(write_rows(rows, above.strip()))


def _find_hanging(before: Line, line: Line, margin: float, hanging: float | None) -> float | None:
    """Return the left edge of a list item's later lines if `line` continues the item of `before`, else None."""
    if (
        not _is_full(before, line, margin)
        or "\t" in before.text
        or "\t" in line.text
        or _ORDINAL.match(line.text)
    ):
        return None
    if hanging is None and (ends_sentence(before.text) or not _ORDINAL.match(before.text)):
        return None
    begin = before.left + _INDENT_EM[0] * before.size if hanging is None else hanging
    is_hanging = begin < line.left < begin + _MAX_HANGING_EM * line.size
    if hanging is not None:
        is_hanging = abs(line.left - hanging) < _HANGING_EM * line.size
    return line.left if is_hanging else None


def _find_margins(
    placed: Sequence[tuple[int, Line]], right: float | None = None
) -> dict[tuple[int, int], tuple[float, float]]:
    """Return (left, right) margin by page and column; a column of few lines takes those of a similar one."""
    columns: defaultdict[tuple[int, int], list[Line]] = defaultdict(list)
    for page, line in placed:
        if not line.cells:
            columns[page, line.column].append(line)
    has_columns = {page for page, number in columns if number}
    margins = {
        key: (left := _find_left(column), _find_right(column, left, key[0] in has_columns))
        for key, column in columns.items()
    }
    known = [margins[key] for key, column in columns.items() if len(column) >= EDGE_ROWS]
    for key, column in columns.items():
        left, _ = margins[key]
        size = column[0].size
        leftmost = min(line.left for line in column)
        if len(column) < EDGE_ROWS:
            end = max(line.right for line in column)
            near = [one for one in known if abs(one[0] - left) < 4 * size]
            # A page with only a signature has it far from the margin.
            around = [one for one in known if one[0] < left and end < one[1] < math.inf]
            if near or (around and key[0] not in has_columns):
                margins[key] = min(near or around, key=lambda one: abs(one[0] - left))
        elif leftmost < left:
            same = [one for one in known if abs(one[0] - leftmost) < size]
            margins[key] = min(same, key=lambda one: one[1], default=margins[key])
    if right is not None:
        margins = {key: (left, right) for key, (left, _) in margins.items()}
    return {(page, line.column): (line.left, math.inf) for page, line in placed if line.cells} | margins


def _find_left(column: Sequence[Line]) -> float:
    """Return the left edge of the leftmost line, ignoring a single one far to the left of all others."""
    lefts = sorted(column, key=lambda line: line.left)
    return next(
        (
            one.left
            for one, two in pairwise(lefts)
            if two.left - one.left < 4 * one.size or one.right > two.left
        ),
        lefts[0].left,
    )


def _find_right(column: Sequence[Line], left: float, is_narrow: bool) -> float:
    """Return the right margin, where two or more lines end; infinite if no margin breaks lines."""
    size = column[0].size
    one, two = heapq.nlargest(2, (line.right for line in column)) if len(column) > 1 else (math.inf, 0.0)
    return one if one - two < FULL_EM * size and one - left > _MIN_WIDTH_EM[is_narrow] * size else math.inf


def _goes_on(before: Line, line: Line, margin: float, uses_indent: bool) -> bool:
    if "\t" in before.text or "\t" in line.text or before.is_pasted is not line.is_pasted:
        return False
    if abs(before.size - line.size) > 0.15 * max(before.size, line.size):
        return False  # a title above its text
    is_full = _is_full(before, line, margin)
    if is_full and uses_indent:
        # (2) inside a paragraph may begin a line by chance; 二、 after a stop, or a heading, does not
        is_heading = line.right < margin - FULL_EM * line.size and not ends_sentence(line.text)
        begins = _CHAPTER.match(line.text) or (is_heading and _ORDINAL.match(line.text))
        return not (ends_sentence(before.text) and begins)
    if ends_sentence(before.text) or _ORDINAL.match(line.text):
        return False
    return is_full or (uses_indent and not _ORDINAL.match(before.text))


def _is_full(before: Line, line: Line, margin: float) -> bool:
    """Return whether the margin broke a line: the next line's first number or word did not fit in it."""
    if before.right > margin - FULL_EM * before.size:
        return True
    first = _FIRST_WORD.match(line.text)
    width = sum(1.0 if char > "\u2e7f" else _LATIN_EM for char in first[0]) if first else 0.0
    return before.right + width * before.size > margin
