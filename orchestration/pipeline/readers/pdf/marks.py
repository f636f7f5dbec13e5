"""Marks that reviewers put on a PDF page as annotations (12.5.6): text struck out, and text made unsure."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from orchestration.pipeline.readers.layout import upright
from orchestration.pipeline.readers.layout.boxes import Box

if TYPE_CHECKING:
    import pypdfium2 as pdfium

_MAX_ANNOTATIONS = 500
_MAX_LINES = 100  # of one annotation
_STROKE_HEIGHT = 15.0  # points; a pen's line that is higher is a circle,
_STROKE = 0.8  # or one that is higher than this share of its width
_STROKE_ROOM = 2.5  # points above and below a pen's line
_THICK_PEN = 4.5  # points; a highlighter, unless it is dark
_MAX_POINTS = 2_000  # of a pen's line


def find_marks(page: pdfium.PdfPage) -> Iterator[tuple[Box, bool]]:
    """Yield the boxes that a reviewer's annotations strike out (12.5.6.10), also with a pen, or make unsure.

    The second value is whether the box is unsure: something is to be inserted there (a caret) or blacked out.
    """
    import pypdfium2.raw as c

    quad, rect = c.FS_QUADPOINTSF(), c.FS_RECTF()
    unseen = c.FPDF_ANNOT_FLAG_HIDDEN | c.FPDF_ANNOT_FLAG_NOVIEW
    for index in range(min(max(c.FPDFPage_GetAnnotCount(page.raw), 0), _MAX_ANNOTATIONS)):
        annotation = c.FPDFPage_GetAnnot(page.raw, index)
        if not annotation:
            continue
        try:
            kind = c.FPDFAnnot_GetSubtype(annotation)
            if c.FPDFAnnot_GetFlags(annotation) & unseen:
                continue
            if kind in (c.FPDF_ANNOT_CARET, c.FPDF_ANNOT_REDACT):
                if c.FPDFAnnot_GetRect(annotation, rect):
                    yield Box(rect.left, rect.bottom, rect.right, rect.top), True
                continue
            if kind in (c.FPDF_ANNOT_INK, c.FPDF_ANNOT_LINE):
                for line in () if _is_highlighter(annotation) else _list_strokes(annotation, kind):
                    yield line, False
                continue
            if kind != c.FPDF_ANNOT_STRIKEOUT:
                continue
            for number in range(min(c.FPDFAnnot_CountAttachmentPoints(annotation), _MAX_ANNOTATIONS)):
                if c.FPDFAnnot_GetAttachmentPoints(annotation, number, quad):
                    xs, ys = (quad.x1, quad.x2, quad.x3, quad.x4), (quad.y1, quad.y2, quad.y3, quad.y4)
                    yield Box(min(xs), min(ys), max(xs), max(ys)), False
        finally:
            c.FPDFPage_CloseAnnot(annotation)


def _list_strokes(annotation: Any, kind: int) -> Iterator[Box]:
    """Yield the boxes of an annotation's lines that may strike out text; its own box has room for arrows."""
    import pypdfium2.raw as c

    lines: list[Any] = []
    if kind == c.FPDF_ANNOT_LINE:
        ends = (c.FS_POINTF * 2)()
        if c.FPDFAnnot_GetLine(annotation, ends[0], ends[1]):
            lines.append(ends)
    else:
        for number in range(min(c.FPDFAnnot_GetInkListCount(annotation), _MAX_LINES)):
            count = c.FPDFAnnot_GetInkListPath(annotation, number, None, 0)
            if 0 < count <= _MAX_POINTS:
                points = (c.FS_POINTF * count)()
                c.FPDFAnnot_GetInkListPath(annotation, number, points, count)
                lines.append(points)
    for line in lines:
        xs, ys = [point.x for point in line], [point.y for point in line]
        if max(ys) - min(ys) < min(_STROKE_HEIGHT, _STROKE * (max(xs) - min(xs))):
            yield Box(min(xs), min(ys) - _STROKE_ROOM, max(xs), max(ys) + _STROKE_ROOM)


def _is_highlighter(annotation: Any) -> bool:
    """Return whether a pen is as thick as a line of text and leaves it legible."""
    import pypdfium2.raw as c

    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    width = ctypes.c_float()
    for index in range(min(max(c.FPDFAnnot_GetObjectCount(annotation), 0), _MAX_LINES)):
        item = c.FPDFAnnot_GetObject(annotation, index)
        if c.FPDFPageObj_GetType(item) != c.FPDF_PAGEOBJ_PATH:
            continue
        c.FPDFPageObj_GetStrokeWidth(item, width)
        c.FPDFPageObj_GetStrokeColor(item, red, green, blue, alpha)
        if width.value > _THICK_PEN and (
            alpha.value < 255 or max(red.value, green.value, blue.value) >= upright.PALE
        ):
            return True
    return False
