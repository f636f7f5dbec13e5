"""Boxes on a PDF page, in points with y upward, and how the matrix of a form moves them."""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple


class Box(NamedTuple):
    """A rectangle of the page."""

    left: float
    bottom: float
    right: float
    top: float

    def holds(self, x: float, y: float) -> bool:
        """Return whether a point is in the box."""
        return self.left <= x <= self.right and self.bottom <= y <= self.top

    def meets(self, other: Box) -> bool:
        """Return whether two boxes overlap."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )


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


def meet(one: Box | None, two: Box | None) -> Box | None:
    """Return what two boxes share; None is the whole page."""
    if one is None or two is None:
        return one or two
    return Box(*map(max, one[:2], two[:2]), *map(min, one[2:], two[2:]))
