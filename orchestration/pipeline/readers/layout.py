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
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise, zip_longest
from statistics import median
from typing import NamedTuple

from orchestration.pipeline.chinese import CHAPTER_MARK, FIRST_MARK, ROUND_MARK

INDENT = "\u3000\u3000"  # begins a line that begins a paragraph; cleaning takes it for that
_CELL_GAP_EM = 1.5  # from here on a gap parts cells or columns; a full-width blank is 1
_WORD_GAP_EM = 0.22  # between Latin letters or digits
_SPACED_EM = 0.8  # between characters of one number that is set with wide spacing, at most
_GUTTER_EM = 1.0
_ROW_EM = 0.45  # glyphs whose base lines differ by less are in one row
_TWICE_EM = 0.25  # bold by drawing twice: the same glyph again, this near
_MIN_COLUMN_CHARS = 7
_FULL_EM = 2.2  # a line that ends this near to the margin was broken by it
_MIN_WIDTH_EM = 10.0  # no column is narrower
_EDGE_ROWS = 3
_MARGIN_SHARE = 0.115  # of a page's height; GB/T 9704 sets text from 37 mm of 297 on
_INDENT_EM = (0.8, 3.6)  # a paragraph begins two characters in; what begins farther is a title or a signature
_STOPS = "。！？；：!?;:"
_CLOSERS = "”’」』）)》】"
_ORDINAL = re.compile(
    rf"""
    {FIRST_MARK} | {ROUND_MARK}                     # e.g. 一、   （2）
    | \d{{1,2}} [.．、] (?!\d) | [①-⑳⑴-⒇]          # e.g. 1.   ⑴; no 1.5
    | {CHAPTER_MARK} | 附件                         # e.g. 第一章
    """,
    re.VERBOSE,
)
_CHAPTER = re.compile(rf"{FIRST_MARK}|{CHAPTER_MARK}|附件")
_PAGE_NUMBER = re.compile(
    r"""
    [-—–－─·•~～\s]* (?: 第\s* )? (?: Page\s* )? (?P<n> \d{1,3} ) (?: \s*页 )?    # e.g. — 3 —   第 3 页   Page 3
    (?: \s* [,，/／]? \s* (?: of | 共 )? \s* \d{1,3} \s* 页? )?   # e.g. 3/12   第3页 共12页   3 of 12
    [-—–－─·•~～\s]*
    """,
    re.IGNORECASE | re.VERBOSE,
)
_MARKED_NUMBER = re.compile(r"[-—–－─·•~～]|页|[/／]|Page", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_NUMBER_CHARACTERS = frozenset("0123456789.,")


class Glyph(NamedTuple):
    """One character where it stands; a blank is a glyph too."""

    char: str
    left: float
    right: float
    base: float  # y of its base line
    size: float  # an em


class Line(NamedTuple):
    """Glyphs side by side without a gap that parts cells; `column` tells its column on the page."""

    text: str
    left: float
    right: float
    base: float
    size: float
    column: int = 0


class Page(NamedTuple):
    """The lines of a page in reading order, and y of its upper and lower edge."""

    lines: Sequence[Line]
    top: float
    bottom: float


def set_lines(glyphs: Iterable[Glyph]) -> list[Line]:
    """The lines of a page in reading order; the cells of a table row are one line, parted by tabs."""
    pieces = [piece for row in _cluster_rows(glyphs) for piece in _split_row(row)]
    columns: list[list[Line]] = []
    _order(pieces, columns, depth=0)
    return [line._replace(column=number) for number, column in enumerate(columns) for line in column]


def _cluster_rows(glyphs: Iterable[Glyph]) -> list[list[Glyph]]:
    rows: list[list[Glyph]] = []
    base = 0.0
    for glyph in sorted(glyphs, key=lambda glyph: glyph.base):
        if not rows or glyph.base - base > _ROW_EM * max(glyph.size, rows[-1][0].size):
            rows.append([])
            base = glyph.base
        rows[-1].append(glyph)
    return rows


def _split_row(row: list[Glyph]) -> list[Line]:
    """The glyphs of a row as pieces of text, parted where a gap is wider than a blank."""
    row.sort(key=lambda glyph: glyph.left)
    numbers = _spaced_numbers(row)
    pieces: list[Line] = []
    held: list[Glyph] = []
    words: list[str] = []
    blank = False
    for glyph in row:
        if glyph.char.isspace():
            blank = True
            continue
        if held:
            last = held[-1]
            gap, size = glyph.left - last.right, max(glyph.size, last.size)
            if glyph.char == last.char and glyph.left - last.left < _TWICE_EM * size:
                continue
            if gap > _CELL_GAP_EM * size:
                pieces.append(_make_piece(held, words))
                held, words = [], []
            elif blank or (gap > _WORD_GAP_EM * size and _are_latin(last, glyph) and glyph not in numbers):
                words.append(" ")
        held.append(glyph)
        words.append(glyph.char)
        blank = False
    if held:
        pieces.append(_make_piece(held, words))
    return pieces


def _spaced_numbers(row: Sequence[Glyph]) -> set[Glyph]:
    """Characters of numbers that are set with wide spacing (调解 1 2 3 4 件): none of them touches the one before."""
    spaced: set[Glyph] = set()
    held: list[Glyph] = []
    numbers = [glyph for glyph in row if glyph.char in _NUMBER_CHARACTERS]
    for glyph, following in zip_longest(numbers, numbers[1:]):
        held.append(glyph)
        if following is None or following.left - glyph.right > _SPACED_EM * max(glyph.size, following.size):
            gaps = [two.left - one.right for one, two in pairwise(held)]
            if gaps and min(gaps) > _WORD_GAP_EM * held[0].size:
                spaced.update(held)
            held = []
    return spaced


def _make_piece(glyphs: Sequence[Glyph], words: Sequence[str]) -> Line:
    # A Latin letter tells less of the size of its font than a Han character, which fills its em.
    sizes = [glyph.size for glyph in glyphs if glyph.char > "\u2e7f"] or [glyph.size for glyph in glyphs]
    return Line("".join(words), glyphs[0].left, glyphs[-1].right, glyphs[0].base, median(sizes))


def _are_latin(*glyphs: Glyph) -> bool:
    return all(glyph.char.isascii() and glyph.char.isalnum() for glyph in glyphs)


# --- columns ----------------------------------------------------------------------------


def _order(pieces: list[Line], columns: list[list[Line]], depth: int) -> None:
    """Append the pieces to `columns`, a list for each column and each band between columns."""
    gutter = _find_gutter(pieces) if depth < 3 else None
    if gutter is None:
        columns.append(_join_cells(pieces))
        return
    band: list[Line] = []
    whole: list[Line] = []  # pieces that the gutter does not part

    def end_band() -> None:
        nonlocal band
        left = [piece for piece in band if piece.right <= gutter]
        right = [piece for piece in band if piece.left >= gutter]
        if _are_columns(left, right):
            if whole:
                columns.append(_join_cells(whole))
                whole.clear()
            after = _take_rest(left, right)
            _order(left, columns, depth + 1)
            _order(right, columns, depth + 1)
            whole.extend(after)
        else:
            whole.extend(band)
        band = []

    for piece in sorted(pieces, key=lambda piece: (piece.base, piece.left)):
        if piece.left < gutter < piece.right:
            end_band()
            whole.append(piece)
        else:
            band.append(piece)
    end_band()
    if whole:
        columns.append(_join_cells(whole))


def _find_gutter(pieces: Sequence[Line]) -> float | None:
    """X of the gap that parts the most rows, None where no rows are parted."""
    gaps: list[tuple[float, float]] = []
    ordered = sorted(pieces, key=lambda piece: piece.base)
    for index, one in enumerate(ordered):
        for other in ordered[index + 1 :]:
            if other.base - one.base > one.size:
                break
            left, right = sorted((one, other), key=lambda piece: piece.left)
            if right.left - left.right >= _GUTTER_EM * one.size:
                gaps.append((left.right, right.left))
    if len(gaps) < 2:
        return None
    # The point that most gaps share lies at the left end of one of them.
    ends = sorted({left for left, _ in gaps})[:200]
    best = max(ends, key=lambda x: sum(left <= x < right for left, right in gaps))
    shared = [(left, right) for left, right in gaps if left <= best < right]
    return (max(left for left, _ in shared) + min(right for _, right in shared)) / 2


def _are_columns(left: Sequence[Line], right: Sequence[Line]) -> bool:
    """Whether two sides are columns of running text; else they are cells of a table, read row by row."""
    return all(_is_running(side) for side in (left, right)) and len(left) + len(right) >= 5


def _is_running(side: Sequence[Line]) -> bool:
    if len(side) < 2 or median(len(line.text) for line in side) < _MIN_COLUMN_CHARS:
        return False
    margin = max(line.right for line in side)
    broken = [line for line in side if line.right > margin - _FULL_EM * line.size]
    unended = [line for line in broken if not _ends(line.text)]
    return len(broken) * 2 >= len(side) and bool(unended) and any("。" in line.text for line in side)


def _take_rest(left: list[Line], right: list[Line]) -> list[Line]:
    """Take from the left side what is below both columns, after a gap."""
    bottom = max(line.base for line in right)
    lines = sorted(left, key=lambda line: line.base)
    pitches = [two.base - one.base for one, two in pairwise(lines) if two.base <= bottom]
    pitch = median(pitches) if pitches else 0.0
    for index, (one, two) in enumerate(pairwise(lines), start=1):
        if two.base > bottom and pitch and two.base - one.base > 1.6 * pitch:
            left[:] = lines[:index]
            return lines[index:]
    return []


def _join_cells(pieces: Iterable[Line]) -> list[Line]:
    """Pieces of one row as one line, with tabs between them."""
    rows: list[list[Line]] = []
    for piece in sorted(pieces, key=lambda piece: piece.base):
        if rows and piece.base - rows[-1][0].base <= _ROW_EM * piece.size:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    joined = []
    for row in rows:
        row.sort(key=lambda piece: piece.left)
        joined.append(row[0]._replace(text="\t".join(piece.text for piece in row), right=row[-1].right))
    return joined


# --- running headers, page numbers ------------------------------------------------------


def drop_running_lines(pages: Sequence[Page]) -> tuple[list[list[Line]], str]:
    """The lines of the pages without running headers, footers and page numbers; and the longest of the headers.

    A line runs where it is in the upper or lower margin of several pages at the same height with the same
    words, its numbers the same or counting with the pages. A page number needs no second page
    where it is marked as one (- 3 -, 第3页) or is the page's own number.
    """
    edges = [(_edge_rows(page, 1), _edge_rows(page, -1)) for page in pages]
    seen: defaultdict[tuple[str, int], list[tuple[int, Line]]] = defaultdict(list)
    for number, sides in enumerate(edges):
        for side, rows in enumerate(sides):
            for row in rows:
                seen[_running_key(row.text), side].append((number, row))
    running: set[tuple[int, Line]] = set()
    for places in seen.values():
        for number, line in places:
            if _is_running_line(number, line, places):
                running.add((number, line))
    kept: list[list[Line]] = []
    headers: Counter[str] = Counter()
    for number, ((page, _, _), sides) in enumerate(zip(pages, edges, strict=True)):
        dropped: set[Line] = set()
        for rows in sides:
            for row in rows:
                if (number, row) not in running and not _is_page_number(row, page, number):
                    break
                dropped.add(row)
                headers[row.text] += 1
        kept.append([line for line in page if line not in dropped])
    text = "".join(line.text for page in kept for line in page)
    lost = [header for header in headers if header not in text and not _PAGE_NUMBER.fullmatch(header)]
    return kept, max(lost, key=len, default="")


def _edge_rows(page: Page, direction: int) -> list[Line]:
    """The outermost lines in the margin at the top (1) or the bottom (-1), at most three."""
    margin = _MARGIN_SHARE * (page.bottom - page.top)
    rows = [
        line
        for line in page.lines
        if (line.base - page.top if direction == 1 else page.bottom - line.base) < margin
    ]
    return sorted(rows, key=lambda line: direction * line.base)[:_EDGE_ROWS]


def _running_key(text: str) -> str:
    return _DIGITS.sub("#", "".join(text.split()))


def _is_running_line(number: int, line: Line, places: Sequence[tuple[int, Line]]) -> bool:
    mine = [int(digits[:9]) for digits in _DIGITS.findall(line.text)]
    for other_number, other in places:
        if other_number == number or abs(other.base - line.base) > line.size:
            continue
        theirs = [int(digits[:9]) for digits in _DIGITS.findall(other.text)]
        step = other_number - number
        if all(b - a in (0, step) for a, b in zip(mine, theirs, strict=True)):
            return True
    return False


def _is_page_number(line: Line, page: Sequence[Line], number: int) -> bool:
    found = _PAGE_NUMBER.fullmatch(line.text.strip())
    if found is None:
        return False
    if _MARKED_NUMBER.search(line.text):
        return True
    # A bare number may be the rest of a broken line: that begins at the margin.
    margin = min(other.left for other in page)
    return len(page) > 1 and int(found["n"]) == number + 1 and line.left - margin > 3 * line.size


# --- paragraphs -------------------------------------------------------------------------


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
                whole[-1] += _glue(before.text, line.text) + line.text
                continue
        whole.append((INDENT if indents[index] > _INDENT_EM[0] else "") + line.text)
    return whole


def _find_margins(placed: Sequence[tuple[int, Line]]) -> dict[tuple[int, int], tuple[float, float]]:
    """Left and right margin of each column of each page; a column of few lines takes those of one like it."""
    columns: defaultdict[tuple[int, int], list[Line]] = defaultdict(list)
    for page, line in placed:
        columns[page, line.column].append(line)
    margins = {
        key: (left := _find_left(column), _find_right(column, left)) for key, column in columns.items()
    }
    known = [margins[key] for key, column in columns.items() if len(column) >= _EDGE_ROWS]
    for key, column in columns.items():
        if len(column) < _EDGE_ROWS:
            left, _ = margins[key]
            near = [one for one in known if abs(one[0] - left) < 4 * column[0].size]
            if near:
                margins[key] = min(near, key=lambda one: abs(one[0] - left))
    return margins


def _find_left(column: Sequence[Line]) -> float:
    """Where the leftmost line begins, but for one that stands alone far to the left of all others."""
    lefts = sorted(column, key=lambda line: line.left)
    return next(
        (one.left for one, two in pairwise(lefts) if two.left - one.left < 4 * one.size), lefts[0].left
    )


def _find_right(column: Sequence[Line], left: float) -> float:
    """The right margin, at which two lines or more end; infinite where no margin breaks lines."""
    size = column[0].size
    one, two = heapq.nlargest(2, (line.right for line in column)) if len(column) > 1 else (math.inf, 0.0)
    return one if one - two < _FULL_EM * size and one - left > _MIN_WIDTH_EM * size else math.inf


def _glue(before: str, line: str) -> str:
    """A blank between two words of Latin letters, nothing between Han or digits."""
    last, first = before[-1], line[0]
    return " " if last.isascii() and last.isalpha() and first.isascii() and first.isalpha() else ""


def _goes_on(before: Line, line: Line, margin: float, uses_indent: bool) -> bool:
    if "\t" in before.text or "\t" in line.text:
        return False
    if abs(before.size - line.size) > 0.15 * max(before.size, line.size):
        return False  # a title above its text
    is_full = before.right > margin - _FULL_EM * before.size
    if (
        is_full and uses_indent
    ):  # (2) within a paragraph may begin a line by chance, 二、 after a stop does not
        return not (_ends(before.text) and _CHAPTER.match(line.text))
    if _ends(before.text) or _ORDINAL.match(line.text):
        return False
    return is_full or (uses_indent and not _ORDINAL.match(before.text))


def _ends(text: str) -> bool:
    return text.rstrip(_CLOSERS).endswith(tuple(_STOPS))
