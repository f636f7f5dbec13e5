"""The boxes of a PDF page's objects, in points, and how the matrix of a form moves them."""

from __future__ import annotations

import ctypes
from typing import Any

from orchestration.pipeline.readers.layout.boxes import Box


def join_matrices(inner: Any, outer: Any) -> Any:
    """Return the matrix that moves by `inner`, then by `outer`."""
    import pypdfium2.raw as c

    return c.FS_MATRIX(
        inner.a * outer.a + inner.b * outer.c,
        inner.a * outer.b + inner.b * outer.d,
        inner.c * outer.a + inner.d * outer.c,
        inner.c * outer.b + inner.d * outer.d,
        inner.e * outer.a + inner.f * outer.c + outer.e,
        inner.e * outer.b + inner.f * outer.d + outer.f,
    )


def find_bounds(item: Any, matrix: Any = None) -> Box | None:
    """Return the box around an object, or None; `matrix` maps it to the page if it is in a form."""
    import pypdfium2.raw as c

    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not c.FPDFPageObj_GetBounds(item, left, bottom, right, top):
        return None
    return map_box(Box(left.value, bottom.value, right.value, top.value), matrix)


def map_box(box: Box | None, matrix: Any) -> Box | None:
    """Return the box around a box of a form on its page; unchanged without a matrix."""
    if box is None or matrix is None:
        return box
    corners = [(x, y) for x in (box.left, box.right) for y in (box.bottom, box.top)]
    xs = [matrix.a * x + matrix.c * y + matrix.e for x, y in corners]
    ys = [matrix.b * x + matrix.d * y + matrix.f for x, y in corners]
    return Box(min(xs), min(ys), max(xs), max(ys))
