"""Combine positioned glyphs into pieces of text: rows, gaps, widely spaced numbers, raised marks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise, zip_longest
from statistics import median

from orchestration.pipeline.readers.layout.gutters import drop_line_numbers, find_end, find_gutters
from orchestration.pipeline.readers.layout.shapes import Glyph, Line
from orchestration.pipeline.readers.raised import write_raised

ROW_EM = 0.45  # glyphs in one row have base lines that differ by less
_SAME_BASE_EM = 0.08
_CELL_GAP_EM = 1.5  # minimum gap between cells or columns; a full-width space is 1
_CLOSE_GAP_EM = 0.4  # between cells that nearly touch, if a nearby row has a wider gap there
_NEAR_ROWS = 2
_WORD_GAP_EM = 0.22  # between Latin letters or digits
_SPACED_EM = 0.8  # maximum gap between the characters of a widely spaced number
_TWICE_EM = 0.25  # bold by drawing twice: the same glyph again, this near
_RAISED_EM, _SMALL = 0.12, 0.78  # a mark is this far above the base line and this much smaller
_OVERLAP_EM = 0.2  # maximum overlap of a mark with the character before it
_MIN_SIDE = 7  # characters of a line in a column; most cells have fewer
_MAX_MARKS = 40  # characters of a row of marks
_WITHIN = 0.25  # share of a mark's width from its left end, because its font may not state the width
_HIGH_EM = 0.8  # maximum height of a mark's base line above that of its line
_MARK_GAP_EM = 0.6  # maximum gap between a mark and the text it marks
_OVER = 0.7  # overlap as a share of the narrower character; no font sets them so close
_NUMBER_CHARACTERS = frozenset("0123456789.,")
_ITEM_CHARS = 3  # of 12.
LOST = "\ufffd"  # an unreadable character


def set_pieces(glyphs: Iterable[Glyph], *, is_exact: bool) -> list[Line]:
    """Return the pieces of text of each row, from top to bottom.

    Args:
        glyphs: the glyphs of the page.
        is_exact: whether sizes and base lines are those of the print, so that raised marks can be found.
    """
    rows = _cluster_rows(glyphs)
    gutters: dict[int, tuple[float, float]] = {}
    if is_exact:
        rows = [part for row in rows for part in _part_overprinted(row)]
        rows = [_write_raised_glyphs(row) for row in drop_line_numbers(_join_marks(rows))]
        gutters = find_gutters(rows)
    split = [
        _split_row(row, [gutters[index]], hangs=True)
        if index in gutters
        else _split_row(row, is_exact=is_exact)
        for index, row in enumerate(rows)
    ]
    for index, pieces in enumerate(split):
        if index in gutters and median(len(piece.text) for piece in pieces) >= _MIN_SIDE:
            continue  # columns
        if len(pieces) > 1:  # a table row, whose cells may nearly touch
            beside = split[max(index - _NEAR_ROWS, 0) : index + _NEAR_ROWS + 1]
            gaps = [(one.right, two.left) for row in beside for one, two in pairwise(row)]
            split[index] = _split_row(rows[index], gaps, is_exact=is_exact)
    return [piece for pieces in split for piece in pieces]


def _cluster_rows(glyphs: Iterable[Glyph]) -> list[list[Glyph]]:
    rows: list[list[Glyph]] = []
    base = size = 0.0
    for glyph in sorted(glyphs, key=lambda glyph: glyph.base):
        if not rows or glyph.base - base > ROW_EM * max(glyph.size, size):
            rows.append([])
            base, size = glyph.base, 0.0
        rows[-1].append(glyph)
        if glyph.size > size:
            size = glyph.size
    return rows


def _part_overprinted(row: list[Glyph]) -> list[list[Glyph]]:
    """Split a row by base line if its parts are printed over each other, so that they do not mix."""
    if row[-1].base - row[0].base < _SAME_BASE_EM * row[0].size:
        return [row]
    parts: list[list[Glyph]] = []
    for glyph in row:
        if glyph.char.isspace():
            continue
        if parts and glyph.base - parts[-1][0].base < _SAME_BASE_EM * glyph.size:
            parts[-1].append(glyph)
        else:
            parts.append([glyph])
    for one, two in pairwise(parts):
        if any(
            glyph.left < (other.left + other.right) / 2 < glyph.right and glyph.char != other.char
            for glyph in one
            for other in two
        ):
            return parts
    return [row]


def _join_marks(rows: Sequence[list[Glyph]]) -> list[list[Glyph]]:
    """Merge rows of small raised marks into the row below, between whose characters they are."""
    joined: list[list[Glyph]] = []
    for row in rows:
        if joined and len(joined[-1]) <= _MAX_MARKS and _are_marks_of(joined[-1], row):
            joined[-1] += row
        else:
            joined.append(row)
    return joined


def _are_marks_of(marks: Sequence[Glyph], row: Sequence[Glyph]) -> bool:
    size = max(glyph.size for glyph in row)
    return (
        row[0].base - marks[0].base < _HIGH_EM * size
        and max(glyph.size for glyph in marks) <= _SMALL * size
        and not any(
            glyph.left
            < mark.left + _WITHIN * (mark.right - mark.left)
            < find_end(glyph) - _OVERLAP_EM * glyph.size
            for mark in marks
            for glyph in row
            if not glyph.char.isspace()
        )
    )


def _split_row(
    row: list[Glyph],
    gaps: Sequence[tuple[float, float]] = (),
    *,
    hangs: bool = False,
    is_exact: bool = True,
) -> list[Line]:
    """Split the glyphs of a row into pieces of text at gaps wider than a space.

    Args:
        row: glyphs with about the same base line.
        gaps: gaps between cells in nearby rows; a narrower gap inside one of these also separates cells.
        hangs: whether a stop may hang into such a gap.
        is_exact: whether positions are those of the print, so that digits over other characters are not a number.
    """
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
            if (gap < 0 or glyph.char == last.char) and glyph.left - last.left < _TWICE_EM * size:
                if glyph.char == last.char:
                    continue
                if is_exact and _is_over_digit(last, glyph):
                    words[-1], glyph = LOST, glyph._replace(char=LOST)
            is_narrow = bool(gaps) and _is_in_gap(last, glyph, gaps, hangs=hangs)
            if gap > _CELL_GAP_EM * size or is_narrow:
                pieces.append(_make_piece(held, words))
                held, words = [], []
            elif blank or (
                gap > _WORD_GAP_EM * size
                and glyph not in numbers
                and (_are_latin(last, glyph) or (glyph.char.isdecimal() and _is_item_number(words)))
            ):
                words.append(" ")
        held.append(glyph)
        words.append(glyph.char)
        blank = False
    if held:
        pieces.append(_make_piece(held, words))
    return pieces


def _is_over_digit(last: Glyph, glyph: Glyph) -> bool:
    """Return whether two characters overlap and one is a digit, which makes the number unreadable."""
    narrower = min(last.right - last.left, glyph.right - glyph.left)
    return (
        last.right - glyph.left > _OVER * narrower > 0
        and glyph.left - last.left < (1 - _OVER) * narrower
        and last.char.isalnum()
        and glyph.char.isalnum()
        and ("0" <= last.char <= "9" or "0" <= glyph.char <= "9")
        and abs(last.base - glyph.base) < _SAME_BASE_EM * glyph.size
    )


def _is_in_gap(last: Glyph, glyph: Glyph, gaps: Sequence[tuple[float, float]], *, hangs: bool) -> bool:
    """Return whether the space between two glyphs separates cells inside one of these gaps."""
    ends = (last.right, find_end(last)) if hangs else (last.right,)
    size = max(glyph.size, last.size)
    return any(
        glyph.left - end > _CLOSE_GAP_EM * size
        and any(left < (end + glyph.left) / 2 < right for left, right in gaps)
        for end in ends
    )


def _spaced_numbers(row: Sequence[Glyph]) -> set[Glyph]:
    """Return the characters of widely spaced numbers (调解 1 2 3 4 件), none of which touches the one before."""
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
    # A Han character fills its em, so it shows the font size better than a Latin letter.
    sizes = [glyph.size for glyph in glyphs if glyph.char > "\u2e7f"] or [glyph.size for glyph in glyphs]
    return Line("".join(words), glyphs[0].left, glyphs[-1].right, glyphs[0].base, median(sizes))


def _is_item_number(words: Sequence[str]) -> bool:
    """Return whether a piece so far is only the number of a list item, so that 1. and 26场次 are not 1.26."""
    return 1 < len(words) <= _ITEM_CHARS and words[-1] in ".．" and all(map(str.isdecimal, words[:-1]))


def _are_latin(*glyphs: Glyph) -> bool:
    return all(glyph.char.isascii() and glyph.char.isalnum() for glyph in glyphs)


def _write_raised_glyphs(row: list[Glyph]) -> list[Glyph]:
    """Return a row without note marks, and with small raised digits as Unicode ones: m², not m2."""
    sizes = sorted(glyph.size for glyph in row if not glyph.char.isspace())
    if not sizes or sizes[0] > _SMALL * sizes[-1]:
        return row
    large = [glyph for glyph in row if glyph.size > _SMALL * sizes[-1]]
    base, size = median(glyph.base for glyph in large), median(glyph.size for glyph in large)
    row.sort(key=lambda glyph: glyph.left)
    written: list[Glyph] = []
    for is_raised, group in groupby(row, key=lambda glyph: _stands_above(glyph, base, size)):
        held = list(group)
        text = "".join(glyph.char for glyph in held)
        is_mark = is_raised and bool(written) and held[0].left - written[-1].right < _MARK_GAP_EM * size
        shown = write_raised(text) if is_mark else text
        if len(shown) == len(held):
            held = [glyph._replace(char=char) for glyph, char in zip(held, shown, strict=True)]
        written += held if shown else []
    return written


def _stands_above(glyph: Glyph, base: float, size: float) -> bool:
    return glyph.size <= _SMALL * size and base - glyph.base > _RAISED_EM * size
