"""Tables with drawn lines: their cells, and the text of each.

Here a cell may have any number of text lines; `cells` handles tables without drawn lines, by position.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from orchestration.pipeline.chinese import SENTENCE_STOPS
from orchestration.pipeline.readers.layout.shapes import Glyph, GridCell, Line, Rule
from orchestration.pipeline.readers.tables.cells import is_prose

# In points:
_THIN = 4.5  # maximum width of a rule
_NEAR = 3.0  # between lines that meet or are one
_EDGE = 6.0  # from the last vertical line to the end of the horizontal ones, if the outer line is not drawn
_MAX_LINES = 400
_CUT_EM = 0.2  # a line this far inside a glyph runs through it
_MIDDLE_EM = 0.35  # from the base line to the middle of the characters
_NUMBER = re.compile(r"[\d.,，%％]+")
_STOPS = tuple(SENTENCE_STOPS + "：")
_HANGING = ("，", "。", "、", "；", "：")  # stops that may be outside the margin


class _Stretch(NamedTuple):
    """A horizontal or vertical line: its position and its two ends."""

    at: float
    start: float
    end: float


class _Region(NamedTuple):
    """The first and last column and row of a cell."""

    column: int
    last_column: int
    row: int
    last_row: int


class _Grid(NamedTuple):
    xs: list[float]  # of the vertical lines, from left to right
    ys: list[float]  # of the horizontal lines, from top to bottom
    places: dict[tuple[int, int], _Region]  # by column and row

    @property
    def area(self) -> float:
        return (self.xs[-1] - self.xs[0]) * (self.ys[-1] - self.ys[0])


class CellReader(NamedTuple):
    """Functions that read a cell: glyphs to lines, and lines to paragraphs, given the right margin."""

    set_lines: Callable[[Sequence[Glyph]], list[Line]]
    join: Callable[[Sequence[Line], float], list[str]]


def take_tables(
    glyphs: Sequence[Glyph], rules: Sequence[Rule], reader: CellReader, point: float = 1.0
) -> tuple[list[Glyph], list[Line]]:
    """Return the glyphs outside tables with drawn lines, and the rows of these tables.

    Args:
        glyphs: the glyphs of a page.
        rules: lines drawn on it.
        reader: reads the words of a cell.
        point: 1/72 inch in units of the page.
    """
    left, rows = list(glyphs), []
    grids = _find_grids([Rule(*(at / point for at in rule)) for rule in rules])
    for found in sorted(grids, key=lambda grid: grid.area):  # a table inside a cell first
        grid = found._replace(xs=[x * point for x in found.xs], ys=[y * point for y in found.ys])
        inside, outside = _part_glyphs(left, grid)
        held = None if inside is None else _read_rows(grid, inside, reader)
        if held:
            rows += held
            left = outside
    return left, rows


def _find_grids(rules: Sequence[Rule]) -> list[_Grid]:
    level = _merge(
        [_Stretch((one.top + one.bottom) / 2, one.left, one.right) for one in rules if _is_level(one)]
    )
    upright = _merge(
        [_Stretch((one.left + one.right) / 2, one.top, one.bottom) for one in rules if _is_upright(one)]
    )
    if len(level) < 2 or not upright or len(level) + len(upright) > _MAX_LINES:
        return []
    groups: list[tuple[list[_Stretch], list[_Stretch]]] = []
    for line in level:
        met = [(rows, columns) for rows, columns in groups if any(_meet(line, column) for column in columns)]
        new = [column for column in upright if _meet(line, column)]
        known = {column for _, columns in met for column in columns}
        groups = [group for group in groups if group not in met]
        groups.append(
            (
                [line, *(row for rows, _ in met for row in rows)],
                [*known, *(column for column in new if column not in known)],
            )
        )
    return [grid for rows, columns in groups if columns and (grid := _make_grid(rows, columns)) is not None]


def _is_level(rule: Rule) -> bool:
    return rule.bottom - rule.top <= _THIN < rule.right - rule.left


def _is_upright(rule: Rule) -> bool:
    return rule.right - rule.left <= _THIN < rule.bottom - rule.top


def _merge(stretches: Iterable[_Stretch]) -> list[_Stretch]:
    """Merge touching lines at one position."""
    merged: list[_Stretch] = []
    for group in _cluster(sorted(stretches)):
        at = median(one.at for one in group)
        open_end: _Stretch | None = None
        for one in sorted(group, key=lambda one: one.start):
            if open_end is not None and one.start <= open_end.end + _NEAR:
                open_end = open_end._replace(end=max(open_end.end, one.end))
                continue
            if open_end is not None:
                merged.append(open_end)
            open_end = one._replace(at=at)
        if open_end is not None:
            merged.append(open_end)
    return merged


def _cluster(stretches: Sequence[_Stretch]) -> list[list[_Stretch]]:
    groups: list[list[_Stretch]] = []
    for one in stretches:
        if groups and one.at - groups[-1][0].at <= _NEAR:
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _meet(level: _Stretch, upright: _Stretch) -> bool:
    return (
        upright.start - _NEAR <= level.at <= upright.end + _NEAR
        and level.start - _NEAR <= upright.at <= level.end + _NEAR
    )


def _make_grid(level: Sequence[_Stretch], upright: Sequence[_Stretch]) -> _Grid | None:
    """Return the cells formed by lines; None if there are fewer than two columns or a cell is not a rectangle."""
    xs = [median(one.at for one in group) for group in _cluster(sorted(upright))]
    ys = [median(one.at for one in group) for group in _cluster(sorted(level))]
    start, end = min(one.start for one in level), max(one.end for one in level)
    xs = [start] * (start < xs[0] - _EDGE) + xs + [end] * (end > xs[-1] + _EDGE)
    if len(xs) < 3 or len(ys) < 2:
        return None
    columns, rows = len(xs) - 1, len(ys) - 1
    beside = {
        (column, row)
        for column in range(1, columns)
        for row in range(rows)
        if _is_walled(upright, xs[column], (ys[row] + ys[row + 1]) / 2)
    }
    above = {
        (column, row)
        for row in range(1, rows)
        for column in range(columns)
        if _is_walled(level, ys[row], (xs[column] + xs[column + 1]) / 2)
    }
    places: dict[tuple[int, int], _Region] = {}
    for row in range(rows):
        for column in range(columns):
            if (column, row) in places:
                continue
            last_column, last_row = column, row
            while last_column + 1 < columns and (last_column + 1, row) not in beside:
                last_column += 1
            while last_row + 1 < rows and (column, last_row + 1) not in above:
                last_row += 1
            region = _Region(column, last_column, row, last_row)
            for x in range(column, last_column + 1):
                for y in range(row, last_row + 1):
                    is_open = (x == column or (x, y) not in beside) and (y == row or (x, y) not in above)
                    if (x, y) in places or not is_open:
                        return None
                    places[x, y] = region
    return _Grid(xs, ys, places)


def _is_walled(stretches: Sequence[_Stretch], at: float, middle: float) -> bool:
    return any(abs(one.at - at) <= _NEAR and one.start <= middle <= one.end for one in stretches)


def _part_glyphs(
    glyphs: Sequence[Glyph], grid: _Grid
) -> tuple[defaultdict[_Region, list[Glyph]] | None, list[Glyph]]:
    """Return the glyphs by cell (None if a line runs through a glyph), and those in no cell."""
    inside: defaultdict[_Region, list[Glyph]] = defaultdict(list)
    outside: list[Glyph] = []
    for glyph in glyphs:
        end = min(glyph.right, glyph.left + glyph.size)  # its box may extend to the next glyph
        column = _find_index(grid.xs, (glyph.left + end) / 2)
        row = _find_index(grid.ys, glyph.base - _MIDDLE_EM * glyph.size)
        if column is None or row is None:
            outside.append(glyph)
            continue
        region = grid.places[column, row]
        room = _CUT_EM * glyph.size
        low, high = grid.xs[region.column] - room, grid.xs[region.last_column + 1] + room
        if not glyph.char.isspace() and not low <= glyph.left <= end <= high:
            return None, []
        inside[region].append(glyph)
    return inside, outside


def _find_index(edges: Sequence[float], at: float) -> int | None:
    if not edges[0] <= at < edges[-1]:
        return None
    return next(index for index in range(len(edges) - 1) if at < edges[index + 1])


def _read_rows(grid: _Grid, inside: dict[_Region, list[Glyph]], reader: CellReader) -> list[Line]:
    """Return the rows of a table that have text."""
    lines = {region: held for region, glyphs in inside.items() if (held := reader.set_lines(glyphs))}
    margins: dict[tuple[int, int], float] = {}
    for region, held in lines.items():
        key = region.column, region.last_column
        ends = [line.right - line.size * line.text.endswith(_HANGING) for line in held]
        margins[key] = max(margins.get(key, -math.inf), *ends)
    texts: dict[_Region, tuple[str, ...]] = {}
    for region, held in lines.items():
        if _is_list(lines, region.row):
            texts[region] = tuple(line.text for line in held)
        else:
            texts[region] = tuple(reader.join(held, margins[region.column, region.last_column]))
    rows: list[Line] = []
    for row in range(len(grid.ys) - 1):
        cells: list[GridCell] = []
        column = 0
        while column < len(grid.xs) - 1:
            region = grid.places[column, row]
            is_continued = region.row < row
            shown = () if is_continued else texts.get(region, ())
            cells.append(GridCell(shown, region.last_column - column + 1, is_continued))
            column = region.last_column + 1
        own = [line for region, held in lines.items() if region.row == row for line in held]
        if own:
            size = median(line.size for line in own)
            text = "\t".join("".join(cell.lines) for cell in cells if cell.lines)
            base = grid.ys[row] + size
            rows.append(Line(text, grid.xs[0], grid.xs[-1], base, size, cells=tuple(cells)))
    return rows


def _is_list(lines: Mapping[_Region, Sequence[Line]], row: int) -> bool:
    """Return whether the cells of a row have equally many lines, and those of one cell are numbers."""
    cells = [held for region, held in lines.items() if region.row == row]
    return len({len(held) for held in cells}) == 1 < len(cells[0]) and any(
        all(_NUMBER.fullmatch(line.text) for line in held) for held in cells
    )


def join_rows(pages: Sequence[Sequence[Line]]) -> list[tuple[GridCell, ...]]:
    """Return the rows of a table over several pages, with one header and with rows broken by a page rejoined.

    Args:
        pages: the rows on each page.
    """
    joined = [row.cells for row in pages[0]]
    for page in pages[1:]:
        rows = [row.cells for row in page]
        again = 0
        while again < min(len(rows) - 1, len(joined)) and rows[again] == joined[again]:
            again += 1
        rows = rows[again:]
        if _goes_on(joined[-1], rows[0]):
            joined[-1] = tuple(
                above._replace(lines=_join_broken(above.lines, below.lines))
                for above, below in zip(joined[-1], rows[0], strict=True)
            )
            del rows[0]
        elif not rows[0][0].lines:  # the label above continues across the page break
            rows[0] = (rows[0][0]._replace(is_continued=True), *rows[0][1:])
        joined += rows
    return joined


def _goes_on(above: Sequence[GridCell], below: Sequence[GridCell]) -> bool:
    """Return whether a row, with an empty label, only continues the words of cells in the row above."""
    if [cell.span for cell in above] != [cell.span for cell in below] or below[0].lines:
        return False
    pairs = [(one.lines, two.lines) for one, two in zip(above, below, strict=True) if two.lines]
    return all(one and (not one[-1].endswith(_STOPS) or is_prose(two[0])) for one, two in pairs) and not any(
        _NUMBER.fullmatch(line) for one, two in pairs for line in (one[-1], two[0])
    )


def _join_broken(above: tuple[str, ...], below: tuple[str, ...]) -> tuple[str, ...]:
    """Join the lines of a cell across a page break; a broken sentence becomes one line."""
    if not above or not below or above[-1].endswith(_STOPS):
        return above + below
    return (*above[:-1], above[-1] + below[0], *below[1:])
