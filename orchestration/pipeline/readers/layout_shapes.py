"""What pages set by position are made of: glyphs, the lines that they make up, pages of lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Glyph(NamedTuple):
    """One character with its place on the page; a blank is a glyph too."""

    char: str
    left: float
    right: float
    base: float  # y of its base line
    size: float  # an em


class Rule(NamedTuple):
    """A line that is drawn across or down a page."""

    left: float
    right: float
    top: float
    bottom: float


class GridCell(NamedTuple):
    """A cell of a table with drawn lines; one that is continued belongs to the cell above it."""

    lines: tuple[str, ...]
    span: int
    is_continued: bool


class Line(NamedTuple):
    """Glyphs side by side without a gap that parts cells, or a row of a table with drawn lines.

    Attributes:
        text: its words, cells parted by tabs.
        left: x of its left end; `right` of the other one.
        base: y of its base line.
        size: an em.
        column: the number of its column on the page.
        cells: of the row of a table with drawn lines; none for all other lines.
    """

    text: str
    left: float
    right: float
    base: float
    size: float
    column: int = 0
    cells: tuple[GridCell, ...] = ()


class Page(NamedTuple):
    """The lines of a page in reading order, and y of its upper and lower edge."""

    lines: Sequence[Line]
    top: float
    bottom: float
