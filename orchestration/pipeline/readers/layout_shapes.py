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


class Line(NamedTuple):
    """Glyphs side by side without a gap that parts cells; `column` is the number of its column on the page."""

    text: str
    left: float
    right: float
    base: float
    size: float
    column: int = 0


class Page(NamedTuple):
    """The lines of a page in reading order, and y of its upper and lower edge."""

    lines: Sequence[Line]
    top: float
    bottom: float
