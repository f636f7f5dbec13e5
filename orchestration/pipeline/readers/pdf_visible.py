"""Which text of a PDF page can be seen, as covers, clips, layers and a reviewer's marks decide.

Coordinates are those of the page, in points, y upward.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import pypdfium2 as pdfium
    from numpy.typing import NDArray

_MAX_OBJECTS = 20_000  # of a page, that are looked at
_MAX_DEPTH = 4  # of forms in one another
_MAX_ANNOTATIONS = 500
_MAX_AREAS = 100  # that cover or strike out text
_MAX_LINES = 2_000  # of a page: tables have some hundreds
_LINE_HEIGHT = 4.5  # points of a line that strikes out text, at most, with the room that PDFium adds
_LINE_EM = 0.22  # and of the height of its characters, where that is more than _THIN_LINE points
_THIN_LINE = 2.0
_STRIKE_EM = 0.2  # from the middle of a character to such a line, at most, of its height
_STRUCK_SHARE = 0.7  # of such a line that has text on it: an ornament reaches beyond its words
_SCALE = 2.0  # pixels to a point of the picture in which layers are looked for
_MAX_SIDE = 4_000  # pixels of that picture
_INK = 40  # of 255: a character's box with less contrast shows nothing


class Box(NamedTuple):
    """A rectangle of the page."""

    left: float
    bottom: float
    right: float
    top: float

    def holds(self, x: float, y: float) -> bool:
        """Whether a point is in it."""
        return self.left <= x <= self.right and self.bottom <= y <= self.top


class Visibility:
    """What hides the text objects of a page from its reader.

    Args:
        page: the page.
        has_layers: whether the file names optional content (ISO 32000-2, 8.11), which may be switched off.
    """

    def __init__(self, page: pdfium.PdfPage, *, has_layers: bool) -> None:
        self._order: dict[int, int] = {}
        self._covers: list[tuple[int, Box]] = []
        self._clips: dict[int, Box] = {}
        self._lines: list[Box] = []
        self.rules: list[Box] = []  # lines across or down the page, and the sides of frames
        for number, item in enumerate(_list_objects(page)):
            self._look_at(item, number)
        if len(self._covers) > _MAX_AREAS:  # a drawing: each character would be looked for in all of it
            self._covers = []
        self._struck = list(islice(_find_struck(page), _MAX_AREAS))
        self._scale = min(_SCALE, _MAX_SIDE / max(*page.get_size(), 1.0))
        self._picture = _render(page, self._scale) if has_layers else None
        self._edge = page.get_bbox()

    def hides(self, address: int | None, box: Box) -> bool:
        """Whether a character in this box, of the text object at this address, is not seen or struck out."""
        if not (self._struck or self._covers or self._clips):
            return False  # as for each character of most files
        x, y = (box.left + box.right) / 2, (box.bottom + box.top) / 2
        if any(struck.holds(x, y) for struck in self._struck):
            return True
        if address in self._order:
            number = self._order[address]
            if any(number < cover and area.holds(x, y) for cover, area in self._covers):
                return True
            clip = self._clips.get(address)
            if clip is not None and not clip.holds(x, y):
                return True
        return False

    def find_printed(self, boxes: Sequence[Box]) -> list[bool]:
        """Of characters in these boxes, which are printed: all, unless layers are switched off.

        Where half of them leave no ink, the page has a font that this machine lacks, and all count as printed.
        """
        if self._picture is None:
            return [True] * len(boxes)
        printed = [self._has_ink(box) for box in boxes]
        return printed if 2 * sum(printed) > len(printed) else [True] * len(boxes)

    def find_struck(self, boxes: Sequence[Box]) -> set[int]:
        """Numbers of the characters in these boxes through whose middle a line is drawn, as long as its words."""
        if not self._lines or len(self._lines) > _MAX_LINES:
            return set()
        near: dict[tuple[float, float], list[int]] = {}  # lines that cross characters of one height
        crossed: dict[int, list[int]] = {}
        for index, box in enumerate(boxes):
            key = box.bottom, box.top
            if key not in near:
                middle, room = (box.bottom + box.top) / 2, _STRIKE_EM * (box.top - box.bottom)
                near[key] = [
                    number
                    for number, line in enumerate(self._lines)
                    if abs((line.bottom + line.top) / 2 - middle) < room
                    and line.top - line.bottom <= max(_THIN_LINE, _LINE_EM * (box.top - box.bottom))
                ]
            for number in near[key]:
                if self._lines[number].left <= (box.left + box.right) / 2 <= self._lines[number].right:
                    crossed.setdefault(number, []).append(index)
        struck: set[int] = set()
        for number, indexes in crossed.items():
            line = self._lines[number]
            if sum(boxes[index].right - boxes[index].left for index in indexes) >= _STRUCK_SHARE * (
                line.right - line.left
            ):
                struck.update(indexes)
        return struck

    def _look_at(self, item: Any, number: int) -> None:
        import pypdfium2.raw as c

        kind = c.FPDFPageObj_GetType(item)
        if kind == c.FPDF_PAGEOBJ_TEXT:
            address = ctypes.addressof(item.contents)
            self._order[address] = number
            clip = _read_clip(item)
            if clip is not None:
                self._clips[address] = clip
        elif kind == c.FPDF_PAGEOBJ_PATH:
            self._look_at_path(item, number)
        elif kind == c.FPDF_PAGEOBJ_FORM:
            for inner in _list_inner(item, 1):
                if c.FPDFPageObj_GetType(inner) == c.FPDF_PAGEOBJ_TEXT:
                    self._order[ctypes.addressof(inner.contents)] = number

    def _look_at_path(self, path: Any, number: int) -> None:
        box = _bounds(path)
        if box is None:
            return
        width, height = box.right - box.left, box.top - box.bottom
        if min(width, height) <= _LINE_HEIGHT < max(width, height):
            if _is_painted(path):
                self.rules.append(box)
                if height <= _LINE_HEIGHT:
                    self._lines.append(box)
        elif _is_frame(path):
            self.rules += _list_sides(box)
        elif self._order and _covers(path):
            self._covers.append((number, box))

    def _has_ink(self, box: Box) -> bool:
        assert self._picture is not None
        low, _, _, high = self._edge
        left, right = int((box.left - low) * self._scale), int((box.right - low) * self._scale) + 1
        top, bottom = int((high - box.top) * self._scale), int((high - box.bottom) * self._scale) + 1
        part = self._picture[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
        return part.size == 0 or int(part.max()) - int(part.min()) > _INK


def _list_objects(page: pdfium.PdfPage) -> Iterator[Any]:
    import pypdfium2.raw as c

    for index in range(min(c.FPDFPage_CountObjects(page.raw), _MAX_OBJECTS)):
        item = c.FPDFPage_GetObject(page.raw, index)
        if item:
            yield item


def _list_inner(form: Any, depth: int) -> Iterator[Any]:
    """Objects of a form, and of forms in it."""
    import pypdfium2.raw as c

    for index in range(min(max(c.FPDFFormObj_CountObjects(form), 0), _MAX_OBJECTS)):
        item = c.FPDFFormObj_GetObject(form, index)
        if not item:
            continue
        yield item
        if depth < _MAX_DEPTH and c.FPDFPageObj_GetType(item) == c.FPDF_PAGEOBJ_FORM:
            yield from _list_inner(item, depth + 1)


def _covers(path: Any) -> bool:
    """Whether a path is a filled rectangle through which nothing is seen."""
    import pypdfium2.raw as c

    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not c.FPDFPath_GetDrawMode(path, fill, stroke) or fill.value == c.FPDF_FILLMODE_NONE:
        return False
    count = c.FPDFPath_CountSegments(path)
    if not 4 <= count <= 6 or c.FPDFPageObj_HasTransparency(path):
        return False
    points = [point for index in range(count) if (point := _point(c.FPDFPath_GetPathSegment(path, index)))]
    return len({round(x, 1) for x, _ in points}) == 2 and len({round(y, 1) for _, y in points}) == 2


def _is_frame(path: Any) -> bool:
    """Whether a path is a rectangle whose sides alone are drawn."""
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


def _bounds(item: Any) -> Box | None:
    import pypdfium2.raw as c

    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not c.FPDFPageObj_GetBounds(item, left, bottom, right, top):
        return None
    return Box(left.value, bottom.value, right.value, top.value)


def _read_clip(item: Any) -> Box | None:
    """The box around what is left of a page by the clips of an object; None without one."""
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
        own = Box(min(xs) - 1, min(ys) - 1, max(xs) + 1, max(ys) + 1)
        box = own if box is None else Box(*map(max, box[:2], own[:2]), *map(min, box[2:], own[2:]))
    return box


def _find_struck(page: pdfium.PdfPage) -> Iterator[Box]:
    """What a reviewer struck out by an annotation (12.5.6.10)."""
    import pypdfium2.raw as c

    quad = c.FS_QUADPOINTSF()
    for index in range(min(max(c.FPDFPage_GetAnnotCount(page.raw), 0), _MAX_ANNOTATIONS)):
        annotation = c.FPDFPage_GetAnnot(page.raw, index)
        if not annotation:
            continue
        try:
            is_hidden = c.FPDFAnnot_GetFlags(annotation) & c.FPDF_ANNOT_FLAG_HIDDEN
            if c.FPDFAnnot_GetSubtype(annotation) != c.FPDF_ANNOT_STRIKEOUT or is_hidden:
                continue
            for number in range(min(c.FPDFAnnot_CountAttachmentPoints(annotation), _MAX_ANNOTATIONS)):
                if c.FPDFAnnot_GetAttachmentPoints(annotation, number, quad):
                    xs, ys = (quad.x1, quad.x2, quad.x3, quad.x4), (quad.y1, quad.y2, quad.y3, quad.y4)
                    yield Box(min(xs), min(ys), max(xs), max(ys))
        finally:
            c.FPDFPage_CloseAnnot(annotation)


def _render(page: pdfium.PdfPage, scale: float) -> NDArray[np.uint8]:
    """The page in grey as it is shown, layers that are switched off left out."""
    picture: NDArray[np.uint8] = page.render(scale=scale, grayscale=True, may_draw_forms=False).to_numpy()
    return picture[:, :, 0] if picture.ndim == 3 else picture
