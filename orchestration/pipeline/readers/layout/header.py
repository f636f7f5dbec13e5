"""Headers of tables laid out by position: merge names with several lines or columns into one row of names."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise

from orchestration.pipeline.chinese import FIRST_MARK, ROUND_MARK, SENTENCE_STOPS
from orchestration.pipeline.readers.layout.shapes import Line
from orchestration.pipeline.readers.tables.units import (
    IS_AMOUNT,
    IS_COUNT,
    IS_FACT,
    IS_NUMBER,
    NUMBER,
    UNIT,
)

_MAX_LINES = 8  # of a header; names may be vertical, with one character per line
_MAX_CHARS = 14  # of a piece of it
_NEXT_EM = 3.2  # maximum distance between its lines
_COVERED = 0.35  # minimum overlap of piece and column, as a share of the narrower one
_NO_NAME = re.compile(rf"{FIRST_MARK}|{ROUND_MARK}|.*[{SENTENCE_STOPS}]")
_UNIT_NAME = "单位"
_AMOUNT = re.compile(rf"(?P<number>{NUMBER})(?P<unit>{UNIT})")


def join_headers(rows: Sequence[list[Line]]) -> list[list[Line]]:
    """Return the rows of a page with each multi-row header merged, by the columns of the figures below it.

    Args:
        rows: pieces of each row, from top to bottom.
    """
    joined: list[list[Line]] = []
    is_below = False  # whether the previous row has figures
    held = list(rows)
    for index, row in enumerate(held):
        is_figures = _holds_figures(row)
        if is_figures and not is_below:
            above = _list_names(joined, row)
            if above:
                held[index:] = _part_units(held[index:], above[-1])
                row = held[index]
            header = _write_header(above, _list_table(held, index)) if len(above) > 1 else None
            if header is not None:
                joined[len(joined) - len(above) :] = [header]
        joined.append(row)
        is_below = is_figures
    return joined


def _holds_figures(row: Sequence[Line]) -> bool:
    return len(row) > 1 and any(_is_figure(piece.text) for piece in row)


def _is_figure(text: str) -> bool:
    return (IS_NUMBER.fullmatch(text) or IS_AMOUNT.fullmatch(text)) is not None


def _part_units(rows: Sequence[list[Line]], header: Sequence[Line]) -> list[list[Line]]:
    """Split the unit off each figure in rows of figures, if the header has a column for it (单位)."""
    units = sum(piece.text.endswith(_UNIT_NAME) for piece in header)
    parted = list(rows)
    for index, row in enumerate(rows):
        if not units or not _holds_figures(row):
            break
        amounts = [piece for piece in row if _AMOUNT.fullmatch(piece.text)]
        if len(amounts) == units and len(row) + units == len(header):
            parted[index] = [part for piece in row for part in _part_unit(piece)]
    return parted


def _part_unit(piece: Line) -> list[Line]:
    amount = _AMOUNT.fullmatch(piece.text)
    if amount is None:
        return [piece]
    edge = piece.right - len(amount["unit"]) * piece.size
    return [piece._replace(text=amount["number"], right=edge), piece._replace(text=amount["unit"], left=edge)]


def _list_table(rows: Sequence[list[Line]], first: int) -> list[list[Line]]:
    """Return the rows of figures from `first` on with equally many cells, each sorted from left to right."""
    table: list[list[Line]] = []
    for row in rows[first:]:
        if not _holds_figures(row):
            break
        if len(row) == len(rows[first]):
            table.append(sorted(row, key=lambda piece: piece.left))
    return table


def _list_names(above: Sequence[list[Line]], row: Sequence[Line]) -> list[list[Line]]:
    """Return the rows right above a row of figures that may be its header; the topmost has several names."""
    names: list[list[Line]] = []  # each sorted from left to right
    base = row[0].base
    for other in reversed(above[-_MAX_LINES:]):
        if base - other[0].base > _NEXT_EM * other[0].size or not all(
            _is_name(piece.text) for piece in other
        ):
            break
        names.insert(0, sorted(other, key=lambda piece: piece.left))
        base = other[0].base
    while names and len(names[0]) < 2:  # a caption
        del names[0]
    return names


def _is_name(text: str) -> bool:
    return (
        len(text) <= _MAX_CHARS
        and not _is_figure(text)
        and IS_COUNT.fullmatch(text) is None
        and _NO_NAME.match(text) is None
        and IS_FACT.fullmatch(text) is None
    )


def _find_columns(piece: Line, bounds: Sequence[tuple[float, float]], first: int) -> list[int]:
    """Return the indices of the columns, from `first` on, that a piece is over."""
    return [
        place
        for place, (left, right) in enumerate(bounds)
        if place >= first
        and min(piece.right, right) - max(piece.left, left)
        >= _COVERED * min(piece.right - piece.left, right - left)
    ]


def _write_header(above: Sequence[Sequence[Line]], table: Sequence[Sequence[Line]]) -> list[Line] | None:
    """Return a row with a name for each column; None if a column has no name or an ambiguous one."""
    count = len(table[0])
    whole = [row for row in above if len(row) == count]  # these name every column, whatever their positions
    if len(whole) == len(above):
        return None  # rows of names and units, which other code handles for all formats
    columns = list(zip(*table, *whole, strict=True))
    lefts = [min(piece.left for piece in column) for column in columns]
    rights = [max(piece.right for piece in column) for column in columns]
    edges = [(right + left) / 2 for right, left in zip(rights, lefts[1:], strict=False)]
    bounds = list(zip([-math.inf, *edges], [*edges, math.inf], strict=True))
    names = [""] * len(lefts)
    for number, row in reversed(list(enumerate(above))):
        # A piece that begins after the labels is over none of them, however wide the gap.
        over = [_find_columns(piece, bounds, first=int(piece.left >= rights[0])) for piece in row]
        if len(row) == count:
            over = [[place] for place in range(count)]
        elif any(set(one) & set(two) for one, two in pairwise(over)):
            return None  # ambiguous: two names over one column
        for index, (piece, places) in reversed(list(enumerate(zip(row, over, strict=True)))):
            following = over[index + 1][:1] if index + 1 < len(row) else [len(names)]
            beside = range(places[0], following[0]) if places and following else ()
            # A left-aligned group name covers all named columns up to the next group name.
            is_group = number == 0 and index and len(beside) > len(places) and all(names[at] for at in beside)
            for place in beside if is_group else places:
                if names[place] != _UNIT_NAME:
                    names[place] = piece.text + names[place]
    for place, column in enumerate(zip(*table, strict=True)):
        if all(IS_AMOUNT.fullmatch(piece.text) for piece in column):
            names[place] = names[place].removesuffix(_UNIT_NAME) or names[place]
    if not all(names):
        return None
    base = above[-1][0].base
    return [piece._replace(text=name, base=base) for piece, name in zip(table[0], names, strict=True)]
