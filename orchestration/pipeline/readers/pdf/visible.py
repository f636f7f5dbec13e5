"""Decide which text of a PDF page is visible, by covers, clips, layers and a reviewer's marks.

Coordinates are those of the page, in points, with y upward.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from orchestration.pipeline.readers.layout import upright
from orchestration.pipeline.readers.layout.boxes import Box, meet
from orchestration.pipeline.readers.layout.struck import find_struck
from orchestration.pipeline.readers.pdf.boxes import find_bounds, join_matrices, map_box
from orchestration.pipeline.readers.pdf.marks import find_marks
from orchestration.pipeline.readers.raised import LOST

if TYPE_CHECKING:
    import numpy as np
    import pypdfium2 as pdfium
    from numpy.typing import NDArray

_MAX_OBJECTS = 20_000  # read per page
_MAX_DEPTH = 4  # of nested forms
_MAX_AREAS = 100  # areas that cover or strike out text
_STUCK_SHARE = 0.5  # of the page; a larger picture is a scanned page, with its text layer perhaps below it
_LINE_HEIGHT = 4.5  # points; maximum height of a strike-out line, with PDFium's margin
_THIN_LINE = 2.0  # points
_MAX_UNSEEN = 0.3  # of a page's characters; more are on a pattern, whose colour is unknown
_SCALE = 2.0  # pixels per point of the picture rendered to check layers
_MAX_SIDE = 4_000  # pixels of that picture
_INK = 40  # of 255; a character's box with less contrast is empty

Color = tuple[int, int, int]


class Visibility:
    """The visibility of a page's text objects.

    Args:
        page: the page.
        has_layers: whether the file has optional content (ISO 32000-2, 8.11), which may be switched off.
        before_fields: number of objects that may cover others, which are those before its fields; None for all.
    """

    def __init__(self, page: pdfium.PdfPage, *, has_layers: bool, before_fields: int | None = None) -> None:
        self._order: dict[int, int] = {}
        self._covers: list[tuple[int, Box, Any]] = []  # drawing order, box, and the object if a picture
        self._fills: list[tuple[int, Box, Color | None]] = []  # drawing order, box and colour of fillings
        self._opaque: dict[int, bool] = {}  # for pictures over text
        self._clips: dict[int, Box] = {}
        self._forms: dict[int, tuple[Any, Box | None]] = {}  # matrix and place of the text objects in forms
        self._lines: list[Box] = []
        self._grounds: list[Box] | None = None  # found when asked for; few pages have pale text
        self.rules: list[Box] = []  # horizontal and vertical lines, and the sides of frames
        self._page = page
        left, bottom, right, top = page.get_bbox()
        self._largest = _STUCK_SHARE * (right - left) * (top - bottom)
        for number, (item, matrix, clip) in enumerate(_list_objects(page, before_fields)):
            self._look_at(item, number, matrix, clip)
        if len(self._covers) > _MAX_AREAS:  # a drawing, too slow to check per character
            self._covers = []
        marks = list(islice(find_marks(page), _MAX_AREAS))
        self._struck = [box for box, is_unsure in marks if not is_unsure]
        self._unsure = [box for box, is_unsure in marks if is_unsure]
        self._scale = min(_SCALE, _MAX_SIDE / max(*page.get_size(), 1.0))
        self._picture = _render(page, self._scale) if has_layers else None
        self._edge = page.get_bbox()

    def hides(self, address: int | None, box: Box) -> bool:
        """Return whether a character in this box, of the text object at this address, is invisible or struck out."""
        if not (self._struck or self._covers or self._clips):
            return False  # true for most files
        x, y = (box.left + box.right) / 2, (box.bottom + box.top) / 2
        if any(struck.holds(x, y) for struck in self._struck):
            return True
        if address in self._order:
            number = self._order[address]
            if any(
                number < cover and area.holds(x, y) and self._is_opaque(item)
                for cover, area, item in self._covers
            ):
                return True
            clip = self._clips.get(address)
            if clip is not None and not clip.holds(x, y):
                return True
        return False

    def read_marked(self, char: str, box: Box) -> str:
        """Return a character, or a lost one for a digit that a reviewer's mark touches: it may be another one."""
        return LOST if char.isdigit() and any(mark.meets(box) for mark in self._unsure) else char

    def find_matrix(self, address: int | None, box: Box) -> Any:
        """Return the matrix that a character still has to be moved by; None if it is where it is seen.

        PDFium leaves a character that a tag names (ActualText) where its form has it; Chromium names 一 so, which its
        font calls ⼀ (a radical).
        """
        matrix, inside = self._forms.get(address, (None, None)) if address is not None else (None, None)
        shown = map_box(inside, matrix)
        if inside is None or shown is None or not inside.meets(box) or shown.meets(box):
            return None
        return matrix

    def is_on_ground(self, box: Box) -> bool:
        """Return whether a character in this box stands on a shape that is not pale, such as a dark header row."""
        if self._grounds is None:
            self._grounds = list(_find_grounds(self._page))
        x, y = (box.left + box.right) / 2, (box.bottom + box.top) / 2
        return any(ground.holds(x, y) for ground in self._grounds)

    def find_printed(self, boxes: Sequence[Box]) -> list[bool]:
        """Return which characters in these boxes are printed: all, unless layers are switched off.

        If half of them leave no ink, this machine lacks the page's font, and all count as printed.
        """
        if self._picture is None:
            return [True] * len(boxes)
        printed = [self._has_ink(box) for box in boxes]
        return printed if 2 * sum(printed) > len(printed) else [True] * len(boxes)

    def find_unseen(self, texts: Sequence[tuple[int | None, Color | None]], boxes: Sequence[Box]) -> set[int]:
        """Return the indices of characters in the colour of the rectangle they stand on, unless these are many.

        Args:
            texts: address of the text object and colour of each character.
            boxes: the boxes of the characters.
        """
        if not 0 < len(self._fills) <= _MAX_AREAS:
            return set()
        colors = {color for _, _, color in self._fills}
        unseen: set[int] = set()
        for index, (address, color) in enumerate(texts):
            if color is not None and color in colors and address in self._order:
                x, y = (
                    (boxes[index].left + boxes[index].right) / 2,
                    (boxes[index].bottom + boxes[index].top) / 2,
                )
                below = (
                    ground
                    for number, box, ground in reversed(self._fills)
                    if number < self._order[address] and box.holds(x, y)
                )
                if next(below, None) == color:
                    unseen.add(index)
        return unseen if len(unseen) <= _MAX_UNSEEN * len(texts) else set()

    def find_struck(self, boxes: Sequence[Box]) -> set[int]:
        """Return the indices of characters struck through the middle by a line that is as long as its words."""
        return find_struck(self._lines, boxes, _THIN_LINE)

    def _look_at(self, item: Any, number: int, matrix: Any, around: Box | None) -> None:
        import pypdfium2.raw as c

        kind = c.FPDFPageObj_GetType(item)
        if kind == c.FPDF_PAGEOBJ_TEXT:
            address = ctypes.addressof(item.contents)
            self._order[address] = number
            if matrix is not None:
                self._forms[address] = matrix, find_bounds(item)
            elif (clip := read_clip(item)) is not None:
                self._clips[address] = clip
        elif kind == c.FPDF_PAGEOBJ_PATH:
            self._look_at_path(item, number, matrix, around)
        elif kind != c.FPDF_PAGEOBJ_FORM or c.FPDFPageObj_HasTransparency(item):
            box = find_bounds(item, matrix)
            if box is not None:
                self._add_fill(number, meet(box, around) or box, None)
            if kind != c.FPDF_PAGEOBJ_IMAGE or not self._order or c.FPDFPageObj_HasTransparency(item):
                return
            if box is not None and (box.right - box.left) * (box.top - box.bottom) < self._largest:
                self._add_cover(number, box, item, matrix, around, is_picture=True)

    def _add_cover(
        self, number: int, box: Box, item: Any, matrix: Any, around: Box | None, *, is_picture: bool = False
    ) -> None:
        if len(self._covers) <= _MAX_AREAS:  # more are not used
            shown = meet(meet(box, map_box(read_clip(item), matrix)), around)
            assert shown is not None
            self._covers.append((number, shown, item if is_picture else None))

    def _look_at_path(self, path: Any, number: int, matrix: Any, around: Box | None) -> None:
        box = find_bounds(path, matrix)
        if box is None:
            return
        width, height = box.right - box.left, box.top - box.bottom
        if matrix is None and min(width, height) <= _LINE_HEIGHT < max(width, height):
            if _is_painted(path):
                self.rules.append(box)
                if height <= _LINE_HEIGHT:
                    self._lines.append(box)
        elif matrix is None and _is_frame(path):
            self.rules += _list_sides(box)
        elif (self._order or len(self._fills) <= _MAX_AREAS) and _is_filled(path):
            is_box = _covers(path)
            if self._order and is_box:
                self._add_cover(number, box, path, matrix, around)
            shown = meet(meet(box, map_box(read_clip(path), matrix)), around)
            self._add_fill(number, shown or box, read_color(path) if is_box else None)

    def _add_fill(self, number: int, box: Box, color: Color | None) -> None:
        if len(self._fills) <= _MAX_AREAS:  # more are not used
            self._fills.append((number, box, color))

    def _is_opaque(self, picture: Any) -> bool:
        """Return whether a cover is opaque; text under a seal stays readable."""
        if picture is None:
            return True
        address = ctypes.addressof(picture.contents)
        if address not in self._opaque:
            self._opaque[address] = is_opaque_picture(self._page, picture)
        return self._opaque[address]

    def _has_ink(self, box: Box) -> bool:
        assert self._picture is not None
        low, _, _, high = self._edge
        left, right = int((box.left - low) * self._scale), int((box.right - low) * self._scale) + 1
        top, bottom = int((high - box.top) * self._scale), int((high - box.bottom) * self._scale) + 1
        part = self._picture[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
        return part.size == 0 or int(part.max()) - int(part.min()) > _INK


def _list_objects(page: pdfium.PdfPage, before_fields: int | None) -> Iterator[tuple[Any, Any, Box | None]]:
    """Yield the objects of a page in drawing order, each with the matrix of its forms and what their clips leave.

    Forms after the first `before_fields` objects only yield text.
    """
    import pypdfium2.raw as c

    for index in range(min(c.FPDFPage_CountObjects(page.raw), _MAX_OBJECTS)):
        item = c.FPDFPage_GetObject(page.raw, index)
        if not item:
            continue
        yield item, None, None
        if c.FPDFPageObj_GetType(item) == c.FPDF_PAGEOBJ_FORM:
            is_clear = before_fields is not None and index >= before_fields
            yield from _list_inner(item, None, read_clip(item), 1, is_clear=is_clear)


def _list_inner(
    form: Any, around: Any, clip: Box | None, depth: int, *, is_clear: bool
) -> Iterator[tuple[Any, Any, Box | None]]:
    """Yield the objects of a form and its nested forms, with the matrix from them to the page.

    A clear or transparent form only yields text, because nothing in it hides text.
    """
    import pypdfium2.raw as c

    matrix = c.FS_MATRIX()
    if not c.FPDFPageObj_GetMatrix(form, matrix):
        return
    if around is not None:
        matrix = join_matrices(matrix, around)
    is_clear = is_clear or bool(c.FPDFPageObj_HasTransparency(form))
    for index in range(min(max(c.FPDFFormObj_CountObjects(form), 0), _MAX_OBJECTS)):
        item = c.FPDFFormObj_GetObject(form, index)
        kind = c.FPDFPageObj_GetType(item) if item else c.FPDF_PAGEOBJ_UNKNOWN
        if kind == c.FPDF_PAGEOBJ_TEXT or (item and not is_clear):
            yield item, matrix, clip
        if depth < _MAX_DEPTH and kind == c.FPDF_PAGEOBJ_FORM:
            inner = meet(clip, map_box(read_clip(item), matrix))
            yield from _list_inner(item, matrix, inner, depth + 1, is_clear=is_clear)


def _find_grounds(page: pdfium.PdfPage) -> Iterator[Box]:
    import pypdfium2.raw as c

    for index in range(min(c.FPDFPage_CountObjects(page.raw), _MAX_OBJECTS)):
        item = c.FPDFPage_GetObject(page.raw, index)
        if item and c.FPDFPageObj_GetType(item) == c.FPDF_PAGEOBJ_PATH and is_filled_dark(item):
            box = find_bounds(item)
            if box is not None:
                yield box


def is_filled_dark(path: Any) -> bool:
    """Return whether a path is filled with a colour that pale text can be read on."""
    import pypdfium2.raw as c

    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not c.FPDFPath_GetDrawMode(path, fill, stroke) or fill.value == c.FPDF_FILLMODE_NONE:
        return False
    return min(read_color(path)) < upright.PALE


def read_color(item: Any) -> Color:
    """Return red, green and blue of an object's filling."""
    import pypdfium2.raw as c

    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    c.FPDFPageObj_GetFillColor(item, red, green, blue, alpha)
    return red.value, green.value, blue.value


def is_opaque_picture(page: pdfium.PdfPage, picture: Any) -> bool:
    """Return whether a picture hides everything below it; one with transparency, such as a seal, does not."""
    import numpy as np
    import pypdfium2.raw as c

    assert page.pdf is not None
    bitmap = c.FPDFImageObj_GetRenderedBitmap(page.pdf.raw, page.raw, picture)
    if not bitmap:
        return False
    try:
        if c.FPDFBitmap_GetFormat(bitmap) != c.FPDFBitmap_BGRA:
            return True
        width, height = c.FPDFBitmap_GetWidth(bitmap), c.FPDFBitmap_GetHeight(bitmap)
        stride = c.FPDFBitmap_GetStride(bitmap)
        buffer = ctypes.cast(
            c.FPDFBitmap_GetBuffer(bitmap), ctypes.POINTER(ctypes.c_ubyte * (stride * height))
        )
        alpha = np.frombuffer(buffer.contents, np.uint8).reshape(height, stride)[:, 3 : 4 * width : 4]
        return float(alpha.mean()) > upright.FULL_ALPHA
    finally:
        c.FPDFBitmap_Destroy(bitmap)


def _covers(path: Any) -> bool:
    """Return whether a filled path is an opaque rectangle."""
    import pypdfium2.raw as c

    count = c.FPDFPath_CountSegments(path)
    if not 4 <= count <= 6 or c.FPDFPageObj_HasTransparency(path):
        return False
    points = [point for index in range(count) if (point := _point(c.FPDFPath_GetPathSegment(path, index)))]
    return len({round(x, 1) for x, _ in points}) == 2 and len({round(y, 1) for _, y in points}) == 2


def _is_filled(path: Any) -> bool:
    import pypdfium2.raw as c

    fill, stroke = ctypes.c_int(), ctypes.c_int()
    return bool(c.FPDFPath_GetDrawMode(path, fill, stroke)) and fill.value != c.FPDF_FILLMODE_NONE


def _is_frame(path: Any) -> bool:
    """Return whether a path is a rectangle with only its sides drawn."""
    import pypdfium2.raw as c

    fill, stroke = ctypes.c_int(), ctypes.c_int()
    return (
        bool(c.FPDFPath_GetDrawMode(path, fill, stroke))
        and bool(stroke.value)
        and fill.value == c.FPDF_FILLMODE_NONE
        and 4 <= c.FPDFPath_CountSegments(path) <= 6
    )


def _list_sides(box: Box) -> Iterator[Box]:
    yield box._replace(right=box.left + 1)
    yield box._replace(left=box.right - 1)
    yield box._replace(top=box.bottom + 1)
    yield box._replace(bottom=box.top - 1)


def _is_painted(path: Any) -> bool:
    import pypdfium2.raw as c

    fill, stroke = ctypes.c_int(), ctypes.c_int()
    return bool(c.FPDFPath_GetDrawMode(path, fill, stroke)) and bool(fill.value or stroke.value)


def _point(segment: Any) -> tuple[float, float] | None:
    import pypdfium2.raw as c

    x, y = ctypes.c_float(), ctypes.c_float()
    return (x.value, y.value) if segment and c.FPDFPathSegment_GetPoint(segment, x, y) else None


def read_clip(item: Any) -> Box | None:
    """Return the box that an object's clips leave of the page; None without clips."""
    import pypdfium2.raw as c

    clip = c.FPDFPageObj_GetClipPath(item)
    count = c.FPDFClipPath_CountPaths(clip) if clip else 0
    box: Box | None = None
    for index in range(max(count, 0)):
        segments = range(min(max(c.FPDFClipPath_CountPathSegments(clip, index), 0), _MAX_OBJECTS))
        points = [
            point for each in segments if (point := _point(c.FPDFClipPath_GetPathSegment(clip, index, each)))
        ]
        if not points:
            continue
        xs, ys = [x for x, _ in points], [y for _, y in points]
        box = meet(box, Box(min(xs) - 1, min(ys) - 1, max(xs) + 1, max(ys) + 1))
    return box


def _render(page: pdfium.PdfPage, scale: float) -> NDArray[np.uint8]:
    """Render the page in grey, without layers that are switched off."""
    picture: NDArray[np.uint8] = page.render(scale=scale, grayscale=True, may_draw_forms=False).to_numpy()
    return picture[:, :, 0] if picture.ndim == 3 else picture
