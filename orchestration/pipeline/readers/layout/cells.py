"""Table cells with several lines, which are above and below the row's other cells with one line."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from orchestration.pipeline.chinese import FIRST_MARK, ROUND_MARK, SENTENCE_STOPS
from orchestration.pipeline.readers.layout.header import join_headers
from orchestration.pipeline.readers.layout.shapes import Line

_CENTRED_EM = 0.95  # nearer rows belong together; text lines are at least 1.2 em apart
_NEXT_EM = 1.8  # maximum distance from a row to another line of one of its cells
_NEARER = 0.85  # of the distance to the row on the other side; table rows are evenly spaced
_ALIGNED_EM = 0.3  # maximum offset of the left edges of a cell's lines
_NUMBER = re.compile(r"[\d.,，%％]+")
_BEGINS = re.compile(rf"{FIRST_MARK}|{ROUND_MARK}|\d{{1,2}}[.．、]")
_NO_FURTHER = re.compile(rf"{_BEGINS.pattern}|[\d.,，%％]+|[备附]?注[:：]?|说明")
_ENDS = tuple(SENTENCE_STOPS + "：")


def join_cell_lines(rows: list[list[Line]]) -> list[list[Line]]:
    """Return the rows of a page, from top to bottom, with the lines of each cell joined.

    Args:
        rows: the pieces of each base line.
    """
    joined: list[list[Line]] = []
    for group in _group_centred(rows):
        cells = _find_cells(group) if len(group) > 1 else []
        if len(cells) > 1:
            joined.append([_join_lines(cell) for cell in cells])
        else:
            joined += group
    return join_headers(_take_further_lines(_take_lines_below(joined)))


def _group_centred(rows: Sequence[list[Line]]) -> list[list[list[Line]]]:
    groups: list[list[list[Line]]] = []
    for row in rows:
        size = median(piece.size for piece in row)
        if groups and row[0].base - groups[-1][-1][0].base < _CENTRED_EM * size:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def _find_cells(group: Sequence[list[Line]]) -> list[list[Line]]:
    """Group the pieces of rows by column; empty if lines of one column overlap."""
    cells: list[list[Line]] = []
    for piece in sorted((piece for row in group for piece in row), key=lambda piece: piece.left):
        if cells and piece.left < max(other.right for other in cells[-1]):
            cells[-1].append(piece)
        else:
            cells.append([piece])
    for cell in cells:
        cell.sort(key=lambda piece: piece.base)
        if any(two.base - one.base < _CENTRED_EM * two.size for one, two in pairwise(cell)):
            return []
    return cells


def _join_lines(cell: Sequence[Line]) -> Line:
    text = ""
    for line in cell:
        is_list = _NUMBER.fullmatch(text.rpartition("；")[2]) and _NUMBER.fullmatch(line.text)
        text += ("；" if is_list else "") + line.text
    first = cell[0]
    return first._replace(
        text=text,
        left=min(line.left for line in cell),
        right=max(line.right for line in cell),
        base=(first.base + cell[-1].base) / 2,
    )


def _take_lines_below(rows: list[list[Line]]) -> list[list[Line]]:
    """Join rows of figures whose cells begin on one line with the lines below that continue their words."""
    taken: list[list[Line]] = []
    held: list[list[Line]] = []  # lines of each cell in the row of figures above
    for index, row in enumerate(rows):
        following = rows[index + 1] if index + 1 < len(rows) else []
        places = _find_cells_above(row, held, following, rows) if held else []
        if places:
            for piece, place in zip(row, places, strict=True):
                held[place].append(piece)
            taken[-1] = [_join_lines(cell)._replace(base=cell[0].base) for cell in held]
            continue
        taken.append(row)
        is_figures = len(row) > 1 and any(_NUMBER.fullmatch(piece.text) for piece in row)
        held = [[piece] for piece in sorted(row, key=lambda piece: piece.left)] if is_figures else []
    return taken


class _CellAbove(NamedTuple):
    """The cell above a piece of text, and the space between the cell's neighbours."""

    place: int  # index of the cell in its row
    last: Line  # its lowest line
    left: float  # end of the previous cell
    right: float  # start of the next cell

    def find_edge(self, pieces: Sequence[Line]) -> float:
        """Return the right edge of the longest line in this cell's space; `pieces` are those of all tables."""
        beside = [piece.right for piece in pieces if self.left < piece.left and piece.right < self.right]
        return max([self.last.right, *beside])


def _find_cells_above(
    row: Sequence[Line], held: Sequence[Sequence[Line]], following: Sequence[Line], rows: list[list[Line]]
) -> list[int]:
    """Return the indices of the cells that a row's pieces continue; empty if it is a row of its own.

    A line that fills its cell and a shorter one below it belong to one cell at any distance. If both fill it,
    the row must be nearer to the row above than to the one below, or be under a cell other than the first.
    """
    above = max(cell[-1].base for cell in held)
    distance = row[0].base - above
    if distance > _NEXT_EM * row[0].size or any(_NO_FURTHER.match(piece.text) for piece in row):
        return []
    is_nearer = bool(following) and distance < _NEARER * (following[0].base - row[0].base)
    pieces = [piece for line in rows if len(line) > 1 for piece in line]
    places: list[int] = []
    ends_cell = False
    for piece in row:
        cell = _find_cell_above(piece, held)
        if cell is None or cell.last.base != above or _is_complete(cell.last.text):
            return []
        edge = cell.find_edge(pieces) - piece.size
        is_full = cell.last.right > edge
        if not (is_full or is_nearer):
            return []
        # Text below a table begins at the margin, like the first column.
        is_under = cell.place > 0 and abs(piece.left - cell.last.left) < _ALIGNED_EM * piece.size
        ends_cell = ends_cell or (is_full and (is_under or piece.right <= edge))
        places.append(cell.place)
    return places if ends_cell or (is_nearer and len(row) > 1) else []


def _find_cell_above(piece: Line, held: Sequence[Sequence[Line]]) -> _CellAbove | None:
    """Return the cell whose last line is above a piece, if the piece overlaps no other cell, else None."""
    for place, cell in enumerate(held):
        left = held[place - 1][0].right if place else -math.inf
        right = held[place + 1][0].left if place + 1 < len(held) else math.inf
        last = cell[-1]
        if left < piece.left < last.right and last.left < piece.right < right:
            return _CellAbove(place, last, left, right)
    return None


def _is_complete(text: str) -> bool:
    """Return whether no line can continue these words: a number, or a sentence with its stop."""
    return _NUMBER.fullmatch(text) is not None or text.endswith(_ENDS)


def _take_further_lines(rows: list[list[Line]]) -> list[list[Line]]:
    """Join rows of figures with the single lines above and below that lie within one of their cells."""
    tables = [index for index, row in enumerate(rows) if len(row) > 1]
    taken: dict[tuple[int, int], list[Line]] = {}  # (row, cell) → lines
    gone: set[int] = set()
    for index, row in enumerate(rows):
        place = _find_place(row[0], rows, index, tables) if len(row) == 1 else None
        if place is not None:
            taken.setdefault(place, []).append(row[0])
            gone.add(index)
    return [
        [
            _join_lines(sorted([piece, *taken.get((index, number), [])], key=lambda line: line.base))
            for number, piece in enumerate(row)
        ]
        for index, row in enumerate(rows)
        if index not in gone
    ]


def _find_place(
    line: Line, rows: Sequence[list[Line]], index: int, tables: Sequence[int]
) -> tuple[int, int] | None:
    """Return the row of figures and the cell that a line belongs to; None for a separate line."""
    if not tables or _BEGINS.match(line.text):
        return None

    def distance(other: int) -> float:
        return abs(rows[other][0].base - line.base)

    near = min(tables, key=distance)
    beside = index - 1 if near > index else index + 1  # the neighbour on the other side
    other = distance(beside) if 0 <= beside < len(rows) else math.inf
    row = sorted(rows[near], key=lambda piece: piece.left)
    if (
        distance(near) > _NEXT_EM * line.size
        or distance(near) > _NEARER * other
        or not any(_NUMBER.fullmatch(piece.text) for piece in row)
    ):
        return None
    for number, piece in enumerate(row):
        left = row[number - 1].right if number else -math.inf
        right = row[number + 1].left if number + 1 < len(row) else piece.right + piece.size
        if left <= line.left and line.right <= right and line.left < piece.right and line.right > piece.left:
            return None if piece.text.endswith(_ENDS) else (near, rows[near].index(piece))
    return None
