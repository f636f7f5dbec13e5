"""Tell whether a PDF's digits look like those that its font's map for copying names.

Some programs write a map (ToUnicode) that belongs to another font: 348 is seen, 483 is copied. The holes of a digit
tell many of them apart: 8 has two, 0, 6 and 9 have one, the others have none.
"""

from __future__ import annotations

import ctypes
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pypdfium2 as pdfium
    from numpy.typing import NDArray

_NUMBER = re.compile(r"[0-9]+")
# of 0 to 9; 0 may have a stroke, 4 be open
_HOLES = ((1, 2), (0,), (0,), (0,), (0, 1), (0,), (1,), (0,), (2,), (1,))
_MAX_SEGMENTS = 500
_SMALL = 0.002  # of the largest outline; a smaller one is a speck
_PIXELS = 48  # of the height of a digit that is looked at
_INK = 100  # of 255, unlike the ground
_SPECK = 4  # pixels
_ROOM = 0.12  # around a digit, as a share of its height
_FINE = 16  # parts of a point
_NAME_BYTES = 128


class DigitShapes:
    """Compares the digits of a document with their shapes, each of a font once."""

    def __init__(self) -> None:
        self._holes: dict[tuple[bytes, str, int], int | None] = {}  # by font, digit and number of segments

    def find_wrong(self, page: pdfium.PdfPage, textpage: pdfium.PdfTextPage, text: str) -> set[int]:
        """Return the indices of a page's digits with a shape that their digit never has.

        Args:
            page: the page.
            textpage: its text.
            text: a character for each of the page's.
        """
        import pypdfium2.raw as c

        wrong: set[int] = set()
        known: dict[tuple[int, str], bool] = {}  # by font and digit
        for number in _NUMBER.finditer(text):
            item = c.FPDFText_GetTextObject(textpage.raw, number.start())
            font = c.FPDFTextObj_GetFont(item) if item else None
            if font:
                address = ctypes.addressof(font.contents)
                for index in range(*number.span()):
                    key = address, text[index]
                    if key not in known:
                        usual = _HOLES[int(text[index])]
                        known[key] = (
                            self._count_drawn(font, text[index]) not in (None, *usual)
                            # outlines may cross, so the print decides
                            and _count_printed(page, textpage, index) not in (None, *usual)
                        )
                    if known[key]:
                        wrong.add(index)
        return wrong

    def _count_drawn(self, font: Any, digit: str) -> int | None:
        """Return the holes in the outlines of a font's digit; None without outlines."""
        import pypdfium2.raw as c

        outline = c.FPDFFont_GetGlyphPath(font, ord(digit), 12.0)
        if not outline:
            return None
        name = ctypes.create_string_buffer(_NAME_BYTES)
        c.FPDFFont_GetBaseFontName(font, name, _NAME_BYTES)
        key = name.value, digit, c.FPDFGlyphPath_CountGlyphSegments(outline)
        if key not in self._holes:
            most = _count_outlines(outline) - 1
            # reading all points of a digit takes longer, and most have an outline and its holes only
            self._holes[key] = most if most in _HOLES[int(digit)] else _count_outline_holes(outline)
        return self._holes[key]


def _count_printed(page: pdfium.PdfPage, textpage: pdfium.PdfTextPage, index: int) -> int | None:
    """Return the holes of a character on the rendered page; None if it cannot be seen."""
    import pypdfium2.raw as c

    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    if not c.FPDFText_GetCharBox(textpage.raw, index, left, right, bottom, top):
        return None
    width, height = page.get_size()
    corners = [_place(page, x.value, y.value) for x, y in ((left, bottom), (right, top))]
    xs, ys = sorted(x for x, _ in corners), sorted(y for _, y in corners)
    tall = max(xs[1] - xs[0], ys[1] - ys[0])
    if tall <= 0 or min(xs[0], ys[0]) < 0 or xs[1] > width or ys[1] > height:
        return None
    room = _ROOM * tall  # shows the ground
    crop = tuple(max(0.0, side - room) for side in (xs[0], height - ys[1], width - xs[1], ys[0]))
    picture = page.render(scale=_PIXELS / tall, crop=crop, grayscale=True).to_numpy()
    return count_holes(picture[:, :, 0] if picture.ndim == 3 else picture)


def _place(page: pdfium.PdfPage, x: float, y: float) -> tuple[float, float]:
    """Return a point of the page in points from the upper left corner of the page as shown."""
    import pypdfium2.raw as c

    width, height = (round(side * _FINE) for side in page.get_size())
    at_x, at_y = ctypes.c_int(), ctypes.c_int()
    c.FPDF_PageToDevice(page.raw, 0, 0, width, height, 0, x, y, at_x, at_y)
    return at_x.value / _FINE, at_y.value / _FINE


def _count_outlines(path: Any) -> int:
    import pypdfium2.raw as c

    number = min(c.FPDFGlyphPath_CountGlyphSegments(path), _MAX_SEGMENTS)
    segments = (c.FPDFGlyphPath_GetGlyphPathSegment(path, index) for index in range(number))
    return sum(c.FPDFPathSegment_GetType(segment) == c.FPDF_SEGMENT_MOVETO for segment in segments)


def _count_outline_holes(outline: Any) -> int | None:
    """Return the number of outlines that run against the largest one; None without outlines."""
    import pypdfium2.raw as c

    contours: list[list[tuple[float, float]]] = []
    x, y = ctypes.c_float(), ctypes.c_float()
    for number in range(min(c.FPDFGlyphPath_CountGlyphSegments(outline), _MAX_SEGMENTS)):
        segment = c.FPDFGlyphPath_GetGlyphPathSegment(outline, number)
        if c.FPDFPathSegment_GetType(segment) == c.FPDF_SEGMENT_MOVETO:
            contours.append([])
        if contours and c.FPDFPathSegment_GetPoint(segment, x, y):
            contours[-1].append((x.value, y.value))
    areas = [
        sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, [*points[1:], points[0]], strict=True))
        for points in contours
        if points
    ]
    largest = max(areas, key=abs, default=0.0)
    return sum(area * largest < -_SMALL * largest**2 for area in areas) if largest else None


def count_holes(picture: NDArray[np.uint8]) -> int | None:
    """Return the number of areas enclosed by ink in a small grey picture; None without ink."""
    import numpy as np

    ground = int(np.median(np.concatenate((picture[0], picture[-1], picture[:, 0], picture[:, -1]))))
    ink = np.abs(picture.astype(np.int16) - ground) > _INK
    if not ink.any():
        return None
    open_ = np.pad(~ink, 1, constant_values=True)  # a margin around the character
    holes = -1  # the ground around it
    left = set(zip(*(axis.tolist() for axis in np.nonzero(open_)), strict=True))
    while left:
        waiting, size = [left.pop()], 0
        while waiting:
            row, column = waiting.pop()
            size += 1
            for place in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
                if place in left:
                    left.remove(place)
                    waiting.append(place)
        holes += size > _SPECK
    return holes
