"""Boxes on a page with y upward, as PDF has it."""

from __future__ import annotations

from typing import NamedTuple


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


def meet(one: Box | None, two: Box | None) -> Box | None:
    """Return what two boxes share; None is the whole page."""
    if one is None or two is None:
        return one or two
    return Box(*map(max, one[:2], two[:2]), *map(min, one[2:], two[2:]))
