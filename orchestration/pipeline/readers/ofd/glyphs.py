"""Positions of the characters of an OFD text object, and shapes over them (GB/T 33190-2016, 8.5, 9.1, 11.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from orchestration.pipeline.readers.layout.shapes import Glyph, Rule
from orchestration.pipeline.readers.layout.upright import FULL_ALPHA, Drawn, quarter_turns
from orchestration.pipeline.readers.ofd.parts import Matrix, alpha_of, children_of, numbers_in, text_of

_HEIGHT_EM = 0.35  # from the base line up to the middle of a character
_LINES = re.compile(r"[MLCS\s\d.eE+-]+")  # an outline without curves
_FULL = 0.5  # mm
_THIN = 1.5  # mm
_MAX_NUMBERS = 12  # in the outline of a line or rectangle


class Cover(NamedTuple):
    """An opaque filled rectangle, in millimetres of the page."""

    left: float
    top: float
    right: float
    bottom: float


def read_cover(item: Any, matrix: Matrix) -> Cover | None:
    """Return the rectangle filled by a PathObject; None if it is transparent or another shape."""
    alpha = min(map(alpha_of, [item, *children_of(item, "FillColor")]))
    if item.get("Fill", "false").lower() != "true" or alpha < FULL_ALPHA:
        return None
    outline = " ".join(text_of(data) for data in children_of(item, "AbbreviatedData"))
    numbers = numbers_in(outline)
    if not _LINES.fullmatch(outline) or len(numbers) % 2:
        return None
    xs, ys = {round(x, 2) for x in numbers[::2]}, {round(y, 2) for y in numbers[1::2]}
    if len(xs) != 2 or len(ys) != 2 or matrix.b or matrix.c:
        return None
    (left, top), (right, bottom) = matrix.apply(min(xs), min(ys)), matrix.apply(max(xs), max(ys))
    return Cover(min(left, right), min(top, bottom), max(left, right), max(top, bottom))


def read_rules(item: Any, matrix: Matrix) -> list[Rule]:
    """Return the straight lines drawn by a PathObject: a line, a thin rectangle, or the sides of a frame."""
    is_filled = item.get("Fill", "false").lower() == "true"
    outline = " ".join(text_of(data) for data in children_of(item, "AbbreviatedData"))
    numbers = numbers_in(outline)
    if not _LINES.fullmatch(outline) or not 4 <= len(numbers) <= _MAX_NUMBERS or len(numbers) % 2:
        return []
    if matrix.b or matrix.c or not (is_filled or item.get("Stroke", "true").lower() == "true"):
        return []
    points = [matrix.apply(x, y) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    left, right, top, bottom = min(xs), max(xs), min(ys), max(ys)
    if min(right - left, bottom - top) <= _THIN:
        return [Rule(left, right, top, bottom)]
    if is_filled or len({round(x, 2) for x in xs}) != 2 or len({round(y, 2) for y in ys}) != 2:
        return []
    return [
        Rule(left, left, top, bottom),
        Rule(right, right, top, bottom),
        Rule(left, right, top, top),
        Rule(left, right, bottom, bottom),
    ]


def drop_covered(drawn: Sequence[Drawn | Cover]) -> list[Drawn]:
    """Return the characters not covered later; sideways ones stay."""
    kept: list[Drawn] = []
    for one in drawn:
        if isinstance(one, Cover):
            kept = [other for other in kept if not _is_under(other, one)]
        else:
            kept.append(one)
    return kept


def _is_under(drawn: Drawn, cover: Cover) -> bool:
    glyph = drawn.glyph
    x, y = (glyph.left + glyph.right) / 2, glyph.base - _HEIGHT_EM * glyph.size
    return (
        quarter_turns(drawn.turn) == 0
        and cover.left - _FULL <= x <= cover.right + _FULL
        and cover.top <= y <= cover.bottom
    )


def place_characters(
    text: str, x: float, y: float, size: float, code: Any
) -> Iterator[tuple[str, float, float, float]]:
    """Yield each character with its origin x, y and its width; a line end starts a line below.

    The width is the distance to the next character if stated, otherwise an em, because glyph widths are in
    fonts, which are not read. Real spaces are in the text.
    """
    across = _deltas(code.get("DeltaX"), len(text))
    down = _deltas(code.get("DeltaY"), len(text))
    start = x
    for index, char in enumerate(text):
        if char == "\n" and not across:
            x, y = start, y + 1.5 * size
            continue
        usual = size if char > "\u2e7f" or char in "“”‘’—…·" else size / 2
        # DeltaY alone means vertical text; otherwise a character without a value advances by its usual width.
        step = across[min(index, len(across) - 1)] if across else (0.0 if down else usual)
        yield char, x, y, step if index < len(across) and step > 0 else size
        x += step
        if down:
            y += down[min(index, len(down) - 1)]


def _deltas(value: str | None, count: int) -> list[float]:
    """Return the distances between characters (7.3, ST_Array), at most `count`; `g 3 1.5` is 1.5 three times."""
    deltas: list[float] = []
    words = (value or "").replace(",", " ").split()
    index = 0
    while index < len(words) and len(deltas) < count:
        if words[index].lower() == "g":
            repeat = numbers_in(" ".join(words[index + 1 : index + 3]))
            if len(repeat) == 2:
                deltas += [repeat[1]] * max(0, min(int(repeat[0]), count - len(deltas)))
            index += 3
            continue
        deltas += numbers_in(words[index])[:1]
        index += 1
    return deltas


def turn_glyph(
    char: str, start: tuple[float, float], end: tuple[float, float], em: float, quarter: int
) -> Glyph:
    """Return a glyph with its position on the page turned upright."""
    (x, y), (x2, y2) = start, end
    left, right, base = (
        (x, x2, y),
        (y, y2, -x),
        (-x, -x2, -y),
        (-y, -y2, x),
    )[quarter]
    return Glyph(char, min(left, right), max(left, right), base, max(em, 0.01))
