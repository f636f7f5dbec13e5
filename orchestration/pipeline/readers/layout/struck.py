"""Text struck through by drawn lines, in formats whose pages are laid out by position."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from orchestration.pipeline.readers.layout.boxes import Box
from orchestration.pipeline.readers.layout.shapes import Glyph

Look = TypeVar("Look")
_MAX_LINES = 2_000  # per page; tables have some hundreds
_LINE_EM = 0.22  # maximum height of a strike-out line, as a share of the character height
_STRIKE_EM = 0.2  # maximum distance of such a line from a character's middle, as a share of its height
_STRUCK_SHARE = 0.7  # minimum share of such a line with text on it; an ornament extends beyond its words


def find_struck(lines: Sequence[Box], boxes: Sequence[Box], thin: float) -> set[int]:
    """Return the indices of characters struck through the middle by a line that is as long as its words.

    Args:
        lines: the horizontal lines of the page.
        boxes: the box of each character.
        thin: height up to which a line may strike out even small characters.
    """
    if not lines or len(lines) > _MAX_LINES:
        return set()
    near: dict[tuple[float, float], list[int]] = {}  # (bottom, top) of characters → lines that cross them
    crossed: dict[int, list[int]] = {}
    for index, box in enumerate(boxes):
        key = box.bottom, box.top
        if key not in near:
            middle, room = (box.bottom + box.top) / 2, _STRIKE_EM * (box.top - box.bottom)
            near[key] = [
                number
                for number, line in enumerate(lines)
                if abs((line.bottom + line.top) / 2 - middle) < room
                and line.top - line.bottom <= max(thin, _LINE_EM * (box.top - box.bottom))
            ]
        for number in near[key]:
            if lines[number].left <= (box.left + box.right) / 2 <= lines[number].right:
                crossed.setdefault(number, []).append(index)
    struck: set[int] = set()
    for number, indexes in crossed.items():
        line = lines[number]
        if sum(boxes[index].right - boxes[index].left for index in indexes) >= _STRUCK_SHARE * (
            line.right - line.left
        ):
            struck.update(indexes)
    return struck


def close_struck(
    drawn: Sequence[tuple[Glyph, Look]], struck: set[int], printed: Sequence[bool]
) -> list[tuple[Glyph, Look]]:
    """Return the printed glyphs not struck out; the one before struck ones takes their space, so no gap is left."""
    kept: list[tuple[Glyph, Look]] = []
    for index, (glyph, look) in enumerate(drawn):
        if index not in struck:
            if printed[index] or glyph.char.isspace():
                kept.append((glyph, look))
        elif kept:
            before, its_look = kept[-1]
            if abs(before.base - glyph.base) < 0.5 * glyph.size and before.right < glyph.right:
                kept[-1] = before._replace(right=glyph.right), its_look
    return kept
