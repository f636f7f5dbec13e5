"""The parts of pages laid out by position: glyphs, lines of glyphs, pages of lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Glyph(NamedTuple):
    """One character with its position on the page; a space is a glyph too."""

    char: str
    left: float
    right: float
    base: float  # y of its base line
    size: float  # an em


class Rule(NamedTuple):
    """A horizontal or vertical line drawn on a page."""

    left: float
    right: float
    top: float
    bottom: float


class GridCell(NamedTuple):
    """A cell of a table with drawn lines; a continued one belongs to the cell above it."""

    lines: tuple[str, ...]
    span: int
    is_continued: bool


class Line(NamedTuple):
    """Adjacent glyphs without a gap between cells, or a row of a table with drawn lines.

    Attributes:
        text: its words, with tabs between cells.
        left: x of its left end.
        right: x of its right end.
        base: y of its base line.
        size: an em.
        column: index of its column on the page.
        cells: the cells of a row of a table with drawn lines; empty for other lines.
        is_pasted: whether it is part of a picture beside the text, whose margins are others.
    """

    text: str
    left: float
    right: float
    base: float
    size: float
    column: int = 0
    cells: tuple[GridCell, ...] = ()
    is_pasted: bool = False


class Page(NamedTuple):
    """The lines of a page in reading order, and the y of its upper and lower edge."""

    lines: Sequence[Line]
    top: float
    bottom: float
