"""Select the glyphs of a page that are its text: in one direction, not vertical, not a watermark."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from orchestration.pipeline.readers.base import RejectedFile
from orchestration.pipeline.readers.layout.shapes import Glyph

WHITE = 250  # of 255, for red, green and blue
PALE = 190  # lighter than this is the grey of a watermark
UNSEEN_ALPHA, FAINT_ALPHA = 13, 110  # of 255: invisible; fainter than print
FULL_ALPHA = 250  # opaque
_SLANT = math.radians(8)  # text slanted by more than this is a watermark
_PALE_EM = 2.0  # so is pale text this many times as large as the page's
_MIN_REPEATED_CHARS, _MIN_REPEATS = 4, 3  # of pale words repeated on a page
_NO_FIGURE = re.compile(r"[^\W\d].*[^\W\d]")  # two letters; not 1000, 2024年
_SAME_BASE, _SAME_SIZE, _OVERLAP = 0.1, 0.15, 0.3  # of a label and the print beside it, as shares of its size
_MIN_CHARS, _MIN_VERTICAL_SHARE, _MAX_SIDEWAYS_SHARE = 20, 0.5, 0.25


class Drawn(NamedTuple):
    """A glyph with its position on the page turned so that the glyph is upright."""

    glyph: Glyph
    turn: float  # of the glyph on its page, radians clockwise
    is_pale: bool


def quarter_turns(turn: float) -> int:
    """Return the quarter turns, 0 to 3, for text turned by `turn` radians clockwise."""
    return round(turn / (math.pi / 2)) % 4


def keep_text(drawn: Sequence[Drawn], min_size: float) -> tuple[list[Glyph], int]:
    """Return the glyphs in the main direction, without watermarks and tiny ones, and its quarter turns.

    Raises:
        RejectedFile: unsupported (vertical text, or much text in a second direction).
    """
    upright = [one for one in drawn if abs(math.remainder(one.turn, math.pi / 2)) <= _SLANT]
    if not upright:
        return [], 0
    quarter = Counter(quarter_turns(one.turn) for one in upright).most_common(1)[0][0]
    directed = [one for one in upright if quarter_turns(one.turn) == quarter]
    mine = _drop_repeated(directed)
    if not mine:
        return [], 0
    sizes = sorted(one.glyph.size for one in mine)
    usual = sizes[len(sizes) // 2]
    glyphs = [
        glyph
        for glyph, _, is_pale in mine
        if glyph.size >= min_size and not (is_pale and glyph.size > _PALE_EM * usual)
    ]
    han = [glyph for glyph in glyphs if glyph.char > "\u2e7f"]
    below = sum(
        abs(two.left - one.left) < 0.2 * one.size and 0.5 * one.size < two.base - one.base < 2.5 * one.size
        for one, two in pairwise(han)
    )
    if len(han) >= _MIN_CHARS and below > _MIN_VERTICAL_SHARE * len(han):
        raise RejectedFile("unsupported", "no reader for vertical text (竖排)")
    if len(upright) - len(directed) > _MAX_SIDEWAYS_SHARE * max(len(mine), _MIN_CHARS):
        raise RejectedFile("unsupported", "no reader for text in two directions on one page")
    return glyphs, quarter


def _drop_repeated(drawn: list[Drawn]) -> list[Drawn]:
    """Remove pale words repeated on the page: a watermark that is as straight as the text."""
    if not any(one.is_pale for one in drawn):
        return drawn
    lines: list[list[int]] = []  # indices of consecutive pale glyphs in the file
    for index, one in enumerate(drawn):
        if not one.is_pale:
            continue
        if not lines or lines[-1][-1] != index - 1 or not _follows(one.glyph, drawn[index - 1].glyph):
            lines.append([])
        lines[-1].append(index)
    words = ["".join(drawn[index].glyph.char for index in line).strip() for line in lines]
    counts = Counter(words)
    often = [
        (line, word)
        for line, word in zip(lines, words, strict=True)
        if len(word) >= _MIN_REPEATED_CHARS and counts[word] >= _MIN_REPEATS and _NO_FIGURE.search(word)
    ]
    if not often:
        return drawn
    printed = sorted(
        (one.glyph.base, one.glyph.size, one.glyph.left, one.glyph.right) for one in drawn if not one.is_pale
    )
    labels = {
        word
        for word, number in Counter(
            word
            for line, word in often
            if _is_in_line(drawn[line[0]].glyph, drawn[line[-1]].glyph.right, printed)
        ).items()
        if number == counts[word]  # each stands in a line of print
    }
    repeated = {index for line, word in often if word not in labels for index in line}
    return [one for index, one in enumerate(drawn) if index not in repeated]


def _is_in_line(first: Glyph, right: float, printed: Sequence[tuple[float, float, float, float]]) -> bool:
    """Return whether a word stands on the base of print of its size, and not over it.

    Args:
        first: the word's first glyph.
        right: its right end.
        printed: base, size, left and right of each printed glyph, sorted.
    """
    base, size = first.base, first.size
    is_beside = False
    start = bisect_left(printed, (base - _SAME_BASE * size,))
    for its_base, its_size, its_left, its_right in printed[start:]:
        if its_base > base + _SAME_BASE * size:
            break
        if its_left < right - _OVERLAP * size and its_right > first.left + _OVERLAP * size:
            return False
        is_beside = is_beside or abs(its_size - size) <= _SAME_SIZE * size
    return is_beside


def _follows(glyph: Glyph, before: Glyph) -> bool:
    return abs(glyph.base - before.base) < 0.1 * glyph.size and 0 <= glyph.left - before.left < 3 * glyph.size
