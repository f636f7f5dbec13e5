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
    return _take_further_lines(joined)


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
