"""The header of a table: the names of its columns and the units of their figures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from orchestration.pipeline.readers.tables.cells import PlacedCell, is_prose
from orchestration.pipeline.readers.tables.units import (
    BEHIND,
    IS_COUNT,
    IS_FACT,
    IS_NUMBER,
    IS_PAIR,
    UNIT,
    UNITS,
    find_caption_unit,
    find_stated_unit,
    find_unit,
)

_HEADER_UNIT = re.compile(
    rf"""
    [（(【\[] \s* (?: 单位 \s* [:：]? \s* )? (?P<unit> {UNIT} ) \s* [)）】\]]    # e.g. （单位：件）   (人次)
    | [/／] \s* (?P<slashed> {UNIT} )$                                           # e.g. 受理/件
    """,
    re.VERBOSE,
)
# 数量2023年 means 2023年, which must come first for the figure to get that year
_OVER_YEARS = re.compile(r"^(?:数量|数值|件数|次数|人数|总数)(?=(?:(?:19|20)\d\d|[上本今去前])年)")
_UNIT_COLUMN = re.compile(r"(?:计量|计算)?单位")
ROW_NUMBER = re.compile(r"序号|编号|序|(?:指标|项目)?代码|行次|栏次|行号|№|No\.?")
_HEADER_ROWS = 3
_YEAR = re.compile(r"20[0-3]\d")


@dataclass(slots=True)
class Column:
    """A column's name and unit in the header."""

    name: str = ""
    unit: str = ""
    is_unit: bool = False  # its cells are the units of their rows


class Header(NamedTuple):
    """The rows above the first figures."""

    rows: int  # their number; 0 for a table without a header
    columns: Mapping[int, Column]
    unit: str  # of all figures of the table; empty if none is stated
    half: int = 0  # columns of each half of a table printed in halves side by side; 0 for other tables


def read_header(rows: Sequence[Sequence[PlacedCell]], above: str) -> Header:
    """Read the header of a table.

    Args:
        rows: all rows of the table.
        above: the line above the table, which may state its unit.
    """
    count = _count_rows(rows)
    head = rows[:count]
    columns = _read_columns(head)
    return Header(count, columns, _find_table_unit(head, above), _find_half(columns, rows[count:]))


def _find_half(columns: Mapping[int, Column], rows: Sequence[Sequence[PlacedCell]]) -> int:
    """Return after how many columns the names begin anew (项目|2024年|项目|2024年); 0 if they do not.

    Each half begins with a label: 件数|金额|件数|金额 below two labels are columns of one row.
    """
    names = [column.name for _, column in sorted(columns.items())]
    half = names.index(names[0], 1) if names and names[0] and names[0] in names[1:] else 0
    if half < 2 or sorted(columns) != list(range(len(names))):
        return 0
    # An empty column may part the halves; there is none behind the last one.
    is_short = half > 2 and names[half - 1] == names[half - 2] and len(names) % half == half - 1
    if (len(names) % half and not is_short) or any(name != names[at % half] for at, name in enumerate(names)):
        return 0
    labels = [cell for row in rows for cell in row if cell.column % half == 0]
    return (
        0 if any(IS_NUMBER.fullmatch(cell.text) or IS_COUNT.fullmatch(cell.text) for cell in labels) else half
    )


def _count_rows(placed: Sequence[Sequence[PlacedCell]]) -> int:
    """Return the number of rows above the first figures; 0 if none, or if they are not column names."""
    names = 0
    for index, row in enumerate(placed):
        if are_years(row):
            names += 1
            continue
        lines = [line for cell in row for line in cell.lines]
        if any(
            IS_NUMBER.fullmatch(line) or IS_COUNT.fullmatch(line) or IS_PAIR.fullmatch(line) for line in lines
        ):
            return index
        if len(row) > 1 and any(is_prose(cell.text) for cell in row):
            return 0
        names += len(row) > 1
        if names > _HEADER_ROWS:
            return 0
    return 0


def are_years(row: Sequence[PlacedCell]) -> bool:
    """Return whether all cells but the first, a label, are years that follow each other: 项目|2023|2024."""
    years = [int(cell.text) for cell in row[1:] if _YEAR.fullmatch(cell.text)]
    steps = {two - one for one, two in pairwise(years)}
    return len(years) == len(row) - 1 > 1 and steps in ({1}, {-1}) and not IS_NUMBER.fullmatch(row[0].text)


def _find_table_unit(head: Sequence[Sequence[PlacedCell]], above: str) -> str:
    """Return the unit stated in the header, else above the table, else after its title: 行政处罚数量（宗）."""
    words = " ".join(cell.text for row in head for cell in row)
    titles = (row[0].text for row in head if len(row) == 1)
    behind = next(filter(None, map(BEHIND.search, titles)), None)
    return find_stated_unit(words) or find_caption_unit(above) or (behind["unit"] if behind else "")


def _read_columns(head: Sequence[Sequence[PlacedCell]]) -> dict[int, Column]:
    width = max((cell.column for row in head for cell in row), default=0) + 1
    columns: dict[int, Column] = {}
    for row in head:
        if len(row) < 2 or all(IS_FACT.fullmatch(cell.text) for cell in row):  # a title over the whole table
            continue
        has_label = _UNIT_COLUMN.fullmatch(row[0].text) is not None
        of_units = row[1:] if has_label else row
        if (has_label or columns) and all(cell.text in UNITS for cell in of_units):
            for cell in of_units:
                columns.setdefault(cell.column, Column()).unit = cell.text
        else:
            _name_columns(row, width, columns)
    _give_units_to_parts(columns)
    return columns


def _name_columns(row: Sequence[PlacedCell], width: int, columns: dict[int, Column]) -> None:
    """Add the names and units of a header row; a cell names all columns up to the next cell."""
    for cell, following in zip(row, [*row[1:], None], strict=True):
        end = following.column if following is not None else max(width, cell.column + 1)
        unit = _HEADER_UNIT.search(cell.text)
        name = (cell.text[: unit.start()] + cell.text[unit.end() :] if unit else cell.text).strip(" ：:")
        name += "年" if _YEAR.fullmatch(name) else ""
        for place in range(cell.column, end):
            column = columns.setdefault(place, Column())
            if name not in column.name:
                column.name = _OVER_YEARS.sub("", column.name + name)
            if unit:
                column.unit = unit["unit"] or unit["slashed"] or ""
            column.is_unit = _UNIT_COLUMN.fullmatch(name) is not None


def _give_units_to_parts(columns: Mapping[int, Column]) -> None:
    """Give a column that is a part of the previous one (其中…) the unit of that one."""
    before = ""
    for _, column in sorted(columns.items()):
        if column.name.startswith("其中") and not column.unit and before:
            column.unit = find_unit(column.name, before)
        before = column.unit or find_unit(column.name, "")
