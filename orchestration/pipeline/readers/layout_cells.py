"""Cells of a table whose words take several lines: beside a cell with one line, these stand above and below its row."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from orchestration.pipeline.chinese import FIRST_MARK, ROUND_MARK
from orchestration.pipeline.readers.layout_rows import Line

_CENTRED_EM = 0.95  # rows that are nearer belong together; lines of a text are 1.2 em apart and more
_NEXT_EM = 1.8  # from a row to a further line of one of its cells, at most
_NEARER = 0.85  # of the way to what stands on the other side of such a line; rows of a table are as far apart
_NUMBER = re.compile(r"[\d.,，%％]+")
_BEGINS = re.compile(rf"{FIRST_MARK}|{ROUND_MARK}|\d{{1,2}}[.．、]")
_NO_FURTHER = re.compile(rf"{_BEGINS.pattern}|[\d.,，%％]+|[备附]?注[:：]?|说明")
_ENDS = ("。", "；", "：", "！", "？")


def join_cell_lines(rows: list[list[Line]]) -> list[list[Line]]:
    """The rows of a page, from top to bottom, with the lines of each cell put together.

    Args:
        rows: pieces with about the same base line, a list for each.
    """
    joined: list[list[Line]] = []
    for group in _group_centred(rows):
        cells = _find_cells(group) if len(group) > 1 else []
        if len(cells) > 1:
            joined.append([_join_lines(cell) for cell in cells])
        else:
            joined += group
    return _take_further_lines(_take_lines_below(joined))


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
    """Pieces of rows by the columns that they are in; none where lines of one column are printed over each other."""
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
    """Rows of figures whose cells begin on one line, with the lines below that go on with their words."""
    taken: list[list[Line]] = []
    held: list[list[Line]] = []  # lines of each cell of the row of figures above
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


def _find_cells_above(
    row: Sequence[Line], held: Sequence[Sequence[Line]], following: Sequence[Line], rows: list[list[Line]]
) -> list[int]:
    """Numbers of the cells that the pieces of a row go on with; none where the row is one of its own.

    A line that fills its cell and one that does not below it are of one cell, whatever the distances; where
    both fill it, the row has to be nearer to the one above than to the one below.
    """
    above = max(cell[-1].base for cell in held)
    near = row[0].base - above
    is_nearer = bool(following) and near < _NEARER * (following[0].base - row[0].base)
    if near > _NEXT_EM * row[0].size or any(_NO_FURTHER.match(piece.text) for piece in row):
        return []
    places: list[int] = []
    is_end = False
    for piece in row:
        for place, cell in enumerate(held):
            left = held[place - 1][0].right if place else -math.inf
            right = held[place + 1][0].left if place + 1 < len(held) else math.inf
            last = cell[-1]
            if (
                left < piece.left
                and piece.right < right
                and piece.left < last.right
                and piece.right > last.left
            ):
                break
        else:
            return []
        pieces = [other for line in rows if len(line) > 1 for other in line]
        beside = [other.right for other in pieces if left < other.left and other.right < right]
        edge = max([last.right, *beside]) - piece.size
        is_full = last.right > edge
        if (
            _NUMBER.fullmatch(last.text)
            or last.base != above
            or last.text.endswith(_ENDS)
            or not (is_full or is_nearer)
        ):
            return []
        is_end = is_end or (is_full and piece.right <= edge)
        places.append(place)
    return places if (is_end or is_nearer) and (len(row) > 1 or is_end) else []


def _take_further_lines(rows: list[list[Line]]) -> list[list[Line]]:
    """Rows of figures with the lines above and below them that are each within one of their cells."""
    tables = [index for index, row in enumerate(rows) if len(row) > 1]
    taken: dict[tuple[int, int], list[Line]] = {}  # by row and cell
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
    """The row of figures and the cell that a line belongs to; None for a line of its own."""
    if not tables or _BEGINS.match(line.text):
        return None

    def distance(other: int) -> float:
        return abs(rows[other][0].base - line.base)

    near = min(tables, key=distance)
    beside = index - 1 if near > index else index + 1  # on the other side
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
