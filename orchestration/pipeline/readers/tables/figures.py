"""Decide which tables have figures and are written as sentences; all others stay as they are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from orchestration.pipeline.chinese import HAN
from orchestration.pipeline.readers.tables.cells import Cell, index_by_column
from orchestration.pipeline.readers.tables.names_below import pair_with_names_below
from orchestration.pipeline.readers.tables.units import (
    BEHIND,
    IS_AMOUNT,
    IS_FACT,
    IS_NUMBER,
    IS_PAIR,
    UNITS,
    find_caption_unit,
    find_unit,
)

_PLAIN_NUMBER = re.compile(r"-?\d[\d,，]*(?:\.\d+)?[%％‰]?")
_RANGE = re.compile(r"\d{1,5}[-—~～至到]\d{1,5}[%％]?")
NO_FIGURE = re.compile(r"[-—–/／\s]*|无")
_COLUMN_NAME = re.compile(
    r"""
    (?!.*[:：]$)
    \D*                                    # e.g. 调解纠纷
    (?:
        (?:
            (?:19|20) \d\d 年?             # e.g. 2024年调解数
          | \d{1,2} (?:月份?|季度)         # e.g. 3月份   2季度办结
        )
        \D*
    )?
    """,
    re.VERBOSE,
)
_REMARK = re.compile(rf"[{HAN}，、；。（）\"“”]{{3,}}.*")
# allowed in a column of figures
_IN_COLUMNS = (IS_NUMBER, IS_AMOUNT, IS_PAIR, _RANGE, NO_FIGURE, _COLUMN_NAME)


def holds_figures(grid: Sequence[Sequence[Cell]], above: str = "") -> bool:
    """Return whether a table has figures: a named column of numbers, or two or more rows of name, number and unit.

    Args:
        grid: cells of each row.
        above: the line above the table; if it states the unit, names need none.
    """
    texts = [index_by_column(row) for row in grid]
    names = _is_named_number if find_caption_unit(above) else _names_units
    if (len(texts) > 1 and all(map(names, texts))) or pair_with_names_below(texts):
        return True
    texts = [row for row in texts if not row or not all(map(IS_FACT.fullmatch, row.values()))]
    head = next((index for index, row in enumerate(texts) if len(row) > 1), len(texts))
    columns = texts[head] if head < len(texts) else {}
    if not all(map(_COLUMN_NAME.fullmatch, columns.values())):
        return False
    below = [row for row in texts[head + 1 :] if len(row) > 1]
    held = [[row.get(column, "") for row in below] for column in columns if column]
    figures = [
        cells for cells in held if all(any(form.fullmatch(cell) for form in _IN_COLUMNS) for cell in cells)
    ]
    if any(IS_NUMBER.fullmatch(cell) for cells in figures for cell in cells):
        return True
    # Figures with their own units need column names only if a row has several, and a stop before remarks.
    amounts = sum(any(map(IS_AMOUNT.fullmatch, cells)) for cells in figures)
    return amounts > 1 or (amounts == 1 and len(below) > 1 and any(map(_has_remark, below)))


def _has_remark(row: dict[int, str]) -> bool:
    """Return whether words follow the figure of a row: 立案案件|23起|已全部结案."""
    cells = list(row.values())
    at = next((index for index, text in enumerate(cells) if IS_AMOUNT.fullmatch(text)), len(cells))
    return at > 0 and any(_REMARK.fullmatch(text) for text in cells[at + 1 :])


def _names_units(row: dict[int, str]) -> bool:
    """Return whether a row has one or more names with unit and number: 调解纠纷（件）|34, 调解纠纷|件|34."""
    cells = list(row.values())
    numbers = [index for index, text in enumerate(cells) if _PLAIN_NUMBER.fullmatch(text)]
    return bool(numbers) and all(
        index and (_says_unit(cells[index - 1]) or (index > 1 and cells[index - 1] in UNITS))
        for index in numbers
    )


def _is_named_number(row: dict[int, str]) -> bool:
    name, *numbers = row.values() or [""]
    return (
        len(numbers) == 1
        and not IS_NUMBER.fullmatch(name)
        and _PLAIN_NUMBER.fullmatch(numbers[0]) is not None
    )


def _says_unit(name: str) -> bool:
    return BEHIND.search(name) is not None or find_unit(name, "") != ""
