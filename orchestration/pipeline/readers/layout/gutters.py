"""White space that runs down a page: between close columns, and after line numbers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from orchestration.pipeline.readers.layout.shapes import Glyph

_GUTTER_EM = 0.6  # minimum width between columns
_GUTTER_ROWS = 5  # minimum number of rows that it separates
_SIDE_EM = 6.0  # minimum text width on each side in the first of these rows
_NUMBER_GAP_EM = 0.3  # minimum gap between a line number and its line
_ALIGNED_EM = 0.3
_NUMBERED_ROWS = 5
_FEW_ROWS = 3  # of a last page, all numbered except the page number's row
_STOPS, _STOP_EM = "，。、；：", 0.5
_DIGITS = frozenset("0123456789")

_Gap = tuple[float, float]


def find_gutters(rows: Sequence[Sequence[Glyph]]) -> dict[int, _Gap]:
    """Return, by row index, the gap that continues through neighbouring rows, as between close columns.

    Args:
        rows: glyphs of each row of a page, from top to bottom.
    """
    found: dict[int, _Gap] = {}
    running: list[tuple[_Gap, list[int]]] = []  # gaps that continue so far, and the rows that each separates
    for index, row in enumerate(rows):
        ends = sorted([(glyph.left, find_end(glyph)) for glyph in row if not glyph.char.isspace()])
        if not ends:
            continue
        size = row[0].size
        room = _GUTTER_EM * size
        left, right = ends[0][0], ends[-1][1]
        gaps = [(one, two) for (_, one), (two, _) in pairwise(ends) if two - one >= room]
        if not gaps and not running:
            continue
        going: list[tuple[_Gap, list[int]]] = []
        for (low, high), parted in running:
            if right <= low + room or left >= high - room:  # a row on one side only
                going.append(((max(low, right) if right < high else low, high), parted))
                continue
            shared = [(max(low, one), min(high, two)) for one, two in gaps]
            wide = max(shared, key=lambda gap: gap[1] - gap[0], default=(0.0, 0.0))
            if wide[1] - wide[0] >= room:
                going.append((wide, [*parted, index]))
            else:
                _keep_gutter((low, high), parted, found)
        taken = {parted[-1] for _, parted in going if parted}
        going += [
            (gap, [index])
            for gap in gaps
            if index not in taken and min(gap[0] - left, right - gap[1]) >= _SIDE_EM * size
        ]
        running = going
    for gap, parted in running:
        _keep_gutter(gap, parted, found)
    return found


def find_end(glyph: Glyph) -> float:
    """Return where the ink of a glyph ends; a stop leaves half of its box white."""
    return min(glyph.right, glyph.left + _STOP_EM * glyph.size) if glyph.char in _STOPS else glyph.right


def _keep_gutter(gap: _Gap, parted: Sequence[int], found: dict[int, _Gap]) -> None:
    if len(parted) >= _GUTTER_ROWS:
        found.update(dict.fromkeys(parted, gap))


def drop_line_numbers(rows: Sequence[list[Glyph]]) -> list[list[Glyph]]:
    """Return the rows of a page without line numbers (行号), which are in the margin and count up by one.

    Args:
        rows: glyphs of each row, from top to bottom.
    """
    numbers = [_take_number(row) for row in rows]
    counted = [number for number in numbers if number]
    is_counted = len(counted) >= _NUMBERED_ROWS and 2 * len(counted) >= len(rows)
    step = _find_step(numbers)
    if not is_counted and step < 2 and not _FEW_ROWS <= len(counted) <= len(rows) <= len(counted) + 1:
        return list(rows)
    edge = max(number[-1].right for number in counted)
    values = [int("".join(glyph.char for glyph in number)) for number in counted]
    room = _ALIGNED_EM * counted[0][0].size
    is_aligned = (
        min(number[-1].right for number in counted) >= edge - room
        or max(number[0].left for number in counted) <= min(number[0].left for number in counted) + room
    )
    if not is_aligned or any(two - one != max(step, 1) for one, two in pairwise(values)):
        return list(rows)
    for row, number in zip(rows, numbers, strict=True):
        text = [glyph for glyph in row if glyph not in number and not glyph.char.isspace()]
        if any(glyph.left < edge for glyph in text):
            return list(rows)
    return [
        [glyph for glyph in row if glyph not in number] for row, number in zip(rows, numbers, strict=True)
    ]


def _find_step(numbers: Sequence[list[Glyph]]) -> int:
    """Return the step of line numbers that stand only at every fifth line or so, and count the lines; 0 for none."""
    placed = [
        (row, int("".join(each.char for each in number))) for row, number in enumerate(numbers) if number
    ]
    steps = {(two[0] - one[0], two[1] - one[1]) for one, two in pairwise(placed)}
    rows, step = next(iter(steps)) if len(steps) == 1 and len(placed) >= _FEW_ROWS else (0, -1)
    return step if rows == step else 0


def _take_number(row: Sequence[Glyph]) -> list[Glyph]:
    """Return the digits at the left end of a row that a gap separates from the text; empty without them."""
    number: list[Glyph] = []
    for glyph in sorted((glyph for glyph in row if not glyph.char.isspace()), key=lambda glyph: glyph.left):
        gap = glyph.left - number[-1].right if number else 0.0
        if number and gap >= _NUMBER_GAP_EM * glyph.size:
            return number
        if glyph.char not in _DIGITS or len(number) > 4:
            return []
        number.append(glyph)
    return number
