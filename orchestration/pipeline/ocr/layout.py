"""Convert OCR lines to glyphs of an upright page, which `readers.layout` orders as it does those of PDF text.

Pure geometry, without pictures or libraries.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from orchestration.pipeline.chinese import ALL_HAN
from orchestration.pipeline.ocr.records import Line, Page
from orchestration.pipeline.readers.layout.shapes import Glyph

_NUMBER_IN_DASHES = re.compile(r"[-—–一~]{1,2}\d{1,3}[-—–一~]{1,2}")  # OCR reads a dash as 一
_STOP_BESIDE_HAN = re.compile(
    rf"(?<=[{ALL_HAN}]) [(),:;!?] | [(),:;!?] (?=[{ALL_HAN}])",  # 如下:   (一
    re.VERBOSE,
)
_SPREAD = 1.15  # width/height from which a picture may show two pages side by side
_SPREAD_LINES = 3  # on each of them
_FOLD = 0.02  # of the picture's width, to either side of its middle
_ASCII_EM = 0.55  # width of a Latin letter or digit
_LONG = 8  # a line with this many characters shows the size of its print
_SAME_SIZE = 0.2  # lines of one print size differ by less, because digits and stops vary in width
_BASE_EM = 0.38  # from the middle of a line down to its base line


def split_spread(page: Page) -> list[Page]:
    """Return left and right page if a picture shows two and no line crosses the fold; otherwise the page."""
    left = [line for line in page.lines if line.x + line.width <= 0.5 + _FOLD]
    right = [line for line in page.lines if line.x >= 0.5 - _FOLD]
    if page.width < _SPREAD * page.height or min(len(left), len(right)) < _SPREAD_LINES:
        return [page]
    if len(left) + len(right) != len(page.lines):
        return [page]
    return [
        replace(
            page,
            width=page.width // 2,
            lines=tuple(replace(line, x=2 * (line.x - start), width=2 * line.width) for line in side),
        )
        for side, start in ((left, 0.0), (right, 0.5))
    ]


def find_size(pages: Sequence[Page]) -> float:
    """Return the usual print size as a fraction of the page's width; 0 without a long line."""
    sizes = [
        line.width / _count_ems(line) for page in pages for line in page.lines if len(line.text) >= _LONG
    ]
    return median(sizes) if sizes else 0.0


def to_glyphs(page: Page, usual: float, width: float) -> list[Glyph]:
    """Return the characters of a page at their positions after removing its skew.

    Args:
        page: the page as read.
        usual: the file's usual print size, from `find_size`.
        width: page width in the units of the result, the same for all pages of a file.
    """
    height = width * page.height / page.width
    slope = math.tan(math.radians(page.skew_degrees))
    glyphs: list[Glyph] = []
    for line in page.lines:
        middle_x, middle_y = (line.x + line.width / 2) * width, (line.y + line.height / 2) * height
        length = line.width * width
        left = middle_x - length / 2 + (middle_y - height / 2) * slope
        size = _snap_size(line, length, height, slope, usual * width)
        base = middle_y - (middle_x - width / 2) * slope + _BASE_EM * size
        step = length / _count_ems(line)
        text = line.text.replace("一", "—") if _NUMBER_IN_DASHES.fullmatch(line.text) else _widen(line.text)
        for char in text:
            right = left + step * (_ASCII_EM if char.isascii() else 1.0)
            glyphs.append(Glyph(char, left, right, base, size))
            left = right
    return glyphs


def _widen(text: str) -> str:
    """Make ASCII brackets and stops next to Chinese characters full-width, because OCR mixes them within a pair."""
    return _STOP_BESIDE_HAN.sub(lambda found: chr(ord(found[0]) + 0xFEE0), text)


def sort_lines(page: Page) -> list[Line]:
    """Return the lines of a page from top to bottom, and from left to right within a row."""
    slope = math.tan(math.radians(page.skew_degrees)) * page.width / page.height

    def middle(line: Line) -> float:
        return line.y + line.height / 2 - (line.x + line.width / 2 - 0.5) * slope

    rows: list[list[Line]] = []
    for line in sorted(page.lines, key=middle):
        if rows and middle(line) - middle(rows[-1][0]) < 0.4 * min(line.height, rows[-1][0].height):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.x)]


def _snap_size(line: Line, length: float, height: float, slope: float, usual: float) -> float:
    """Return a line's character size; the usual size if near it, because few characters measure it badly."""
    size = length / _count_ems(line)
    if not usual:
        return size
    if len(line.text) < _LONG:  # the box height measures better, except for flat characters
        box = line.height * height - abs(slope) * length
        size = min(size, box)
        return usual if size < 1.3 * usual else size
    return usual if abs(size - usual) < _SAME_SIZE * usual else size


def _count_ems(line: Line) -> float:
    """Return the width of a line in ems."""
    return max(sum(_ASCII_EM if char.isascii() else 1.0 for char in line.text), _ASCII_EM)
