"""Tables of figures in web pages, written out as `table_rows` writes those of all formats.

Most tables of pages only lay them out, or hold the header fields of a page (索引号, 发布日期): they are left to `html`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from orchestration.pipeline.readers.table_rows import Cell, write_rows

_NUMBER = re.compile(r"-?\d[\d,，]*(?:\.\d+)?[%％‰]?")
_NOTHING = re.compile(r"[-—–/／\s]*|无")
_COLUMN_NAME = re.compile(r"(?!.*[:：]$)\D*(?:(?:19|20)\d\d年?)?\D*")
_MAX_CELLS = 5_000


def write_tables(body: LexborNode, read_lines: Callable[[str], list[str]]) -> None:
    """Put the lines of each table of figures in its place; tables that hold others stay as they are.

    Args:
        body: of the page.
        read_lines: the lines that the markup of a cell shows.
    """
    for table in body.css("table"):
        if table.css_first("table table") is not None or len(table.css("td, th")) > _MAX_CELLS:
            continue
        rows = [_read_row(row, read_lines) for row in table.css("tr")]
        grid = _reach_down(rows)
        if not _holds_figures(grid):
            continue
        lines = "".join(f"<p>{escape(line)}</p>" for line in write_rows(grid))
        written = LexborHTMLParser(f"<div>{lines}</div>").css_first("div")
        if written is not None:
            table.replace_with(written)


def _read_row(row: LexborNode, read_lines: Callable[[str], list[str]]) -> list[tuple[Cell, int]]:
    """Cells of a row, and over how many rows each reaches."""
    return [
        (Cell(read_lines(cell.inner_html or ""), _count(cell, "colspan")), _count(cell, "rowspan"))
        for cell in row.css("td, th")
    ]


def _count(cell: LexborNode, name: str) -> int:
    value = (cell.attributes.get(name) or "").strip()
    return min(max(int(value), 1), 100) if value.isascii() and value.isdecimal() else 1


def _reach_down(rows: Sequence[Sequence[tuple[Cell, int]]]) -> list[list[Cell]]:
    """The rows with a continued cell wherever one reaches down from above."""
    left: dict[int, tuple[int, int]] = {}  # column → rows that its cell still reaches over, and its width
    grid: list[list[Cell]] = []
    for row in rows:
        column, line, below = 0, [], dict(left)
        own = list(row)
        while own or any(at >= column for at in below):
            if column in below:
                rest, span = below.pop(column)
                line.append(Cell([], span, is_continued=True))
                left[column] = rest - 1, span
                if rest <= 1:
                    del left[column]
                column += span
            elif own:
                cell, down = own.pop(0)
                line.append(cell)
                if down > 1:
                    left[column] = down - 1, cell.span
                column += cell.span
            else:
                column += 1
        grid.append(line)
    return grid


def _holds_figures(grid: Sequence[Sequence[Cell]]) -> bool:
    """Whether a column of numbers is under its name, in a table of two rows or more."""
    texts = [_by_column(row) for row in grid]
    head = next((index for index, row in enumerate(texts) if len(row) > 1), len(texts))
    names = texts[head] if head < len(texts) else {}
    if not all(map(_COLUMN_NAME.fullmatch, names.values())):
        return False
    below = [row for row in texts[head + 1 :] if len(row) > 1]
    return any(
        any(_NUMBER.fullmatch(row.get(column, "")) for row in below)
        and all(_NUMBER.fullmatch(text) or _NOTHING.fullmatch(text) or _COLUMN_NAME.fullmatch(text)
                for row in below for text in [row.get(column, "")])
        for column in names
        if column
    )  # fmt: skip


def _by_column(row: Sequence[Cell]) -> dict[int, str]:
    column, texts = 0, {}
    for cell in row:
        text = "".join("".join(cell.lines).split())
        if text:
            texts[column] = text
        column += cell.span
    return texts
