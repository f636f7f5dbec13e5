"""Tables of figures in text copied from a page, with each cell on its own line.

The column names come first, then the rows, each with as many cells; or names and numbers alternate without a
header, with the unit at the name, before or after the number. Irregular text stays unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from orchestration.pipeline.readers.tables.cells import PROSE, Cell
from orchestration.pipeline.readers.tables.figures import NO_FIGURE, holds_figures
from orchestration.pipeline.readers.tables.header import ROW_NUMBER
from orchestration.pipeline.readers.tables.names_below import pair_with_names_below
from orchestration.pipeline.readers.tables.rows import write_rows
from orchestration.pipeline.readers.tables.units import BEHIND, IS_COUNT, IS_NUMBER, UNITS

NUMBER_LINE = re.compile(r"\n[ \t　]*\d[\d,.]*\S{0,4}[ \t　]*(?=\n|\Z)")  # a table has two or more
_CELL_CHARS = 25  # maximum length of a cell's line
_NO_CELL = re.compile(r"[，。；！？]|[:：]$")
_OF_FIGURES = re.compile(r"(?:[数量额率值年]|年度)$|[（(]")  # in a column's name
_WIDTHS = range(2, 9)
_FEWEST_ROWS = 2
_WORDS, _NUMBER, _COUNT = "words", "number", "count"


class _Table(NamedTuple):
    end: int  # exclusive
    rows: list[list[str]]


def write_lined(lines: Sequence[str]) -> Iterator[str]:
    """Yield the lines with each table of figures written out; blank lines between cells do not end a table."""
    for is_cell, group in groupby(lines, key=lambda line: not line.strip() or _is_cell(line.strip())):
        run = list(group)
        tables = list(_find_tables([line.strip() for line in run if line.strip()])) if is_cell else []
        yield from tables or run


def _find_tables(cells: Sequence[str]) -> Iterator[str]:
    """Yield a run of short lines with its tables written out; nothing if it has no table."""
    if named := _pair_with_names_below(cells):
        yield from named
        return
    kinds = [_kind(cell) for cell in cells]
    position, written = 0, 0
    while position < len(cells):
        table = _find_table(cells, kinds, position)
        if table is None or _begins_later(cells, kinds, position, table):
            position += 1
            continue
        yield from cells[written:position]
        above = cells[position - 1] if position else ""
        yield from write_rows([[Cell([cell]) for cell in row] for row in table.rows], above)
        position = written = table.end
    if written:
        yield from cells[written:]


def _pair_with_names_below(cells: Sequence[str]) -> list[str]:
    """Write a run of only numbers, each with a unit and its name below: 34件, 调解纠纷, 12场, 普法宣传; else empty.

    Such a run begins with a number and ends with a name, so it has no other reading.
    """
    numbers, names = cells[::2], cells[1::2]
    if len(names) < _FEWEST_ROWS or len(names) != len(numbers):
        return []
    if not all(
        IS_COUNT.fullmatch(number) or BEHIND.search(name) for number, name in zip(numbers, names, strict=True)
    ):
        return []
    return pair_with_names_below([dict(enumerate(numbers)), dict(enumerate(names))])


def _is_cell(line: str) -> bool:
    return len(line) <= _CELL_CHARS and not _NO_CELL.search(line) and not PROSE.search(line)


def _find_table(cells: Sequence[str], kinds: Sequence[str], start: int) -> _Table | None:
    """Return the table from `start` on that covers the most lines, or None."""
    found = [
        table
        for width in _WIDTHS
        for has_header in (True, False)
        if (table := _read_table(cells, kinds, start, width, has_header))
    ]
    return max(found, key=lambda table: table.end, default=None)


def _begins_later(cells: Sequence[str], kinds: Sequence[str], start: int, table: _Table) -> bool:
    """Return whether its first lines do not belong to the table, because a later start covers more lines."""
    others = (_find_table(cells, kinds, start + skipped) for skipped in range(1, len(table.rows[0])))
    return any(other is not None and other.end > table.end for other in others)


def _read_table(
    cells: Sequence[str], kinds: Sequence[str], start: int, width: int, has_header: bool
) -> _Table | None:
    """Return the rows of `width` lines from `start` on that have one shape; None if they are not a table."""
    first = start + width * has_header
    shape = kinds[first : first + width]
    header = [list(cells[start:first])] if has_header else []
    second = first + width
    if len(set(shape)) < 2 or _WORDS not in shape or shape != kinds[second : second + width]:
        return None
    is_numbered = has_header and ROW_NUMBER.fullmatch(header[0][0]) is not None
    if shape[0] != _WORDS and not (is_numbered and shape[1] == _WORDS):
        return None  # a number before a name could belong to the name before it
    if (is_numbered and width == 2) or any(map(ROW_NUMBER.fullmatch, cells[start + 1 : first])):
        return None  # names without figures; lines above that belong to no row
    if not has_header and start and kinds[start - 1] != _WORDS:
        return None  # the first line may belong to the number or count before it
    is_listed = not has_header and shape == [_WORDS, _COUNT]
    order = list if has_header else _put_unit_first
    few = [order(cells[at : at + width]) for at in (first, second)]
    if not is_listed and not _holds_figures([*header, *few]):
        return None
    end, rows = second, few[:1]
    while kinds[end : end + width] == shape:
        row = order(cells[end : end + width])
        if not (has_header or is_listed or _holds_figures([few[0], row])):
            break
        rows.append(row)
        end += width
    if len(rows) < _FEWEST_ROWS:
        return None
    is_sure = (
        shape[1] == _WORDS
        or BEHIND.search(cells[first])
        or (has_header and (width > 2 or _OF_FIGURES.search(cells[start + 1])))
    )
    if not is_sure and kinds[end : end + 1] == [_WORDS]:
        return None  # a name is left over: the first may be a title, and each number may belong to the name below it
    return _Table(end, [*header, *rows])


def _holds_figures(rows: Sequence[Sequence[str]]) -> bool:
    return holds_figures([[Cell([cell]) for cell in row] for row in rows])


def _put_unit_first(row: Sequence[str]) -> list[str]:
    """Reorder 调解纠纷, 34, 件 to 调解纠纷, 件, 34."""
    is_behind = len(row) == 3 and IS_NUMBER.fullmatch(row[1]) and row[2] in UNITS
    return [row[0], row[2], row[1]] if is_behind else list(row)


def _kind(cell: str) -> str:
    if IS_NUMBER.fullmatch(cell) or NO_FIGURE.fullmatch(cell):
        return _NUMBER
    return _COUNT if IS_COUNT.fullmatch(cell) else _WORDS
