"""From glyphs with positions to lines in reading order: what PDF, OFD and recognised pages share.

A page is set by position alone, because the order in which a file draws its text says nothing:
columns are read one after the other, cells of a table row by row, running headers, page
numbers and watermarks go, and lines that only the margin broke are joined again.

Coordinates are in units of the page, x to the right, y downward; an em is the size of a glyph.
"""

from __future__ import annotations

import heapq
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from orchestration.pipeline.chinese import CHAPTER_MARK, FIRST_MARK, ROUND_MARK, glue_lines
from orchestration.pipeline.readers.layout_columns import FULL_EM, ends_sentence, order_pieces
from orchestration.pipeline.readers.layout_rows import Glyph, Line, Page, set_pieces
from orchestration.pipeline.readers.layout_running import EDGE_ROWS, drop_running_lines

__all__ = ["INDENT", "Glyph", "Line", "Page", "drop_running_lines", "join_paragraphs", "set_lines"]

INDENT = "\u3000\u3000"  # begins a line that begins a paragraph; cleaning takes it for that
_MIN_WIDTH_EM = (10.0, 6.0)  # no column is narrower, nor one of several
_INDENT_EM = (0.8, 3.6)  # a paragraph begins two characters in; what begins farther is a title or a signature
_ORDINAL = re.compile(
    rf"""
    {FIRST_MARK} | {ROUND_MARK}                     # e.g. 一、   （2）
    | \d{{1,2}} [.．、] (?!\d) | [①-⑳⑴-⒇]          # e.g. 1.   ⑴; no 1.5
    | {CHAPTER_MARK} | 附件 | [●■◆▪•➢\ufffd]        # e.g. 第一章   ●
    """,
    re.VERBOSE,
)
_CHAPTER = re.compile(rf"{FIRST_MARK}|{CHAPTER_MARK}|附件")


def set_lines(glyphs: Iterable[Glyph], *, is_exact: bool = True) -> list[Line]:
    """The lines of a page in reading order; the cells of a table row are one line, parted by tabs.

    Args:
        glyphs: of the page.
        is_exact: False for glyphs whose places were guessed from those of lines, as OCR gives them.
    """
    columns = order_pieces(set_pieces(glyphs, is_exact=is_exact))
    return [line._replace(column=number) for number, column in enumerate(columns) for line in column]


def join_paragraphs(pages: Sequence[Sequence[Line]]) -> list[str]:
    """Lines that only a margin, a column or a page broke as one; each paragraph that begins indented keeps that.

    Where paragraphs are indented, a line at the margin goes on with the one before it, unless that
    is a heading. Where they are not, only a line that fills its column goes on, and not after a stop.
    """
    placed = [(number, line) for number, page in enumerate(pages) for line in page]
    margins = _find_margins(placed)
    indents = [(line.left - margins[page, line.column][0]) / line.size for page, line in placed]
    begins = [_INDENT_EM[0] < indent < _INDENT_EM[1] for indent in indents]
    uses_indent = sum(begins) * 10 > len(placed)
    whole: list[str] = []
    for index, (_, line) in enumerate(placed):
        if index and indents[index] < _INDENT_EM[0] and indents[index - 1] < _INDENT_EM[1]:
            page, before = placed[index - 1]
            if _goes_on(before, line, margins[page, before.column][1], uses_indent):
                whole[-1] += glue_lines(before.text, line.text) + line.text
                continue
        whole.append((INDENT if indents[index] > _INDENT_EM[0] else "") + line.text)
    return whole


def _find_margins(placed: Sequence[tuple[int, Line]]) -> dict[tuple[int, int], tuple[float, float]]:
    """Left and right margin of each column of each page; a column of few lines takes those of one like it."""
    columns: defaultdict[tuple[int, int], list[Line]] = defaultdict(list)
    for page, line in placed:
        columns[page, line.column].append(line)
    has_columns = {page for page, number in columns if number}
    margins = {
        key: (left := _find_left(column), _find_right(column, left, key[0] in has_columns))
        for key, column in columns.items()
    }
    known = [margins[key] for key, column in columns.items() if len(column) >= EDGE_ROWS]
    for key, column in columns.items():
        if len(column) < EDGE_ROWS:
            left, _ = margins[key]
            near = [one for one in known if abs(one[0] - left) < 4 * column[0].size]
            if near:
                margins[key] = min(near, key=lambda one: abs(one[0] - left))
    return margins


def _find_left(column: Sequence[Line]) -> float:
    """Where the leftmost line begins, not counting a single one far to the left of all others."""
    lefts = sorted(column, key=lambda line: line.left)
    return next(
        (one.left for one, two in pairwise(lefts) if two.left - one.left < 4 * one.size), lefts[0].left
    )


def _find_right(column: Sequence[Line], left: float, is_narrow: bool) -> float:
    """The right margin, at which two lines or more end; infinite where no margin breaks lines."""
    size = column[0].size
    one, two = heapq.nlargest(2, (line.right for line in column)) if len(column) > 1 else (math.inf, 0.0)
    return one if one - two < FULL_EM * size and one - left > _MIN_WIDTH_EM[is_narrow] * size else math.inf


def _goes_on(before: Line, line: Line, margin: float, uses_indent: bool) -> bool:
    if "\t" in before.text or "\t" in line.text:
        return False
    if abs(before.size - line.size) > 0.15 * max(before.size, line.size):
        return False  # a title above its text
    is_full = before.right > margin - FULL_EM * before.size
    if is_full and uses_indent:
        # (2) within a paragraph may begin a line by chance, 二、 after a stop does not
        return not (ends_sentence(before.text) and _CHAPTER.match(line.text))
    if ends_sentence(before.text) or _ORDINAL.match(line.text):
        return False
    return is_full or (uses_indent and not _ORDINAL.match(before.text))
