"""Put pieces of text in reading order: columns one after the other, table cells row by row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

from orchestration.pipeline.chinese import CLOSERS, FIRST_MARK, ROUND_MARK, SENTENCE_STOPS
from orchestration.pipeline.readers.layout.cells import join_cell_lines
from orchestration.pipeline.readers.layout.rows import ROW_EM
from orchestration.pipeline.readers.layout.shapes import Line

_GUTTER_EM = 0.6
_MIN_COLUMN_CHARS = 7
FULL_EM = 2.2  # a line that ends this near the margin was broken by it
_STOPS = tuple(SENTENCE_STOPS + "：!?;:")
_BROKEN_SHARE, _LAST_SHARE = 0.5, 0.15  # share of a column's lines broken by its margin
_GAP = 1.6  # times the usual line distance
_SIGNED = 2  # lines of a signature and its date
_OVER_EM = 0.3
_HUNG_EM = 0.5
_LABEL = re.compile(rf"{FIRST_MARK}|{ROUND_MARK}|\d{{1,2}}[.．、]|[①-⑳●■◆▪•➢\ufffd]")
_NUMBER = re.compile(r"[\d.,，%％]+")
_MAX_DEPTH = 3  # of nested columns and bands


def order_pieces(pieces: list[Line]) -> list[list[Line]]:
    """Return the pieces in reading order, one list per column and per band between columns."""
    columns: list[list[Line]] = []
    _order(pieces, columns, depth=0)
    return columns


def ends_sentence(text: str) -> bool:
    """Return whether a line ends with a stop; closing quotes and brackets may follow."""
    return text.rstrip(CLOSERS).endswith(_STOPS)


def _order(pieces: list[Line], columns: list[list[Line]], depth: int) -> None:
    """Append the pieces to `columns`, one list per column and per band between columns."""
    gutter = _find_gutter(pieces) if depth < _MAX_DEPTH else None
    if gutter is None:
        columns.append(_join_cells(pieces))
        return
    band: list[Line] = []
    whole: list[Line] = []  # pieces that cross the gutter

    def end_band() -> None:
        nonlocal band
        left = [piece for piece in band if _find_side(piece, gutter) < 0]
        right = [piece for piece in band if _find_side(piece, gutter) > 0]
        top = min((piece.base for piece in right), default=0.0)
        head = [piece for piece in left if piece.base < top - piece.size]  # such as a short heading
        left = [piece for piece in left if piece.base >= top - piece.size]
        if _are_columns(left, right):
            whole.extend(head)
            if whole:
                columns.append(_join_cells(whole))
                whole.clear()
            after = _take_rest(left, right)
            _order(left, columns, depth + 1)
            _order(right, columns, depth + 1)
            whole.extend(after)
        else:
            whole.extend(band)
        band = []

    for piece in sorted(pieces, key=lambda piece: (piece.base, piece.left)):
        if _find_side(piece, gutter) == 0:
            end_band()
            whole.append(piece)
        else:
            band.append(piece)
    end_band()
    if whole:
        columns.append(_join_cells(whole))


def _find_gutter(pieces: Sequence[Line]) -> float | None:
    """Return the x of the gap that separates the most rows; None if no rows are separated."""
    gaps: list[tuple[float, float]] = []
    ordered = sorted(pieces, key=lambda piece: piece.base)
    for index, one in enumerate(ordered):
        for other in ordered[index + 1 :]:
            if other.base - one.base > one.size:
                break
            left, right = sorted((one, other), key=lambda piece: piece.left)
            if right.left - left.right >= _GUTTER_EM * one.size:
                gaps.append((left.right, right.left))
    if len(gaps) < 2:
        return None
    # The point shared by most gaps is the left end of one of them.
    ends = sorted({left for left, _ in gaps})[:200]
    best = max(ends, key=lambda x: sum(left <= x < right for left, right in gaps))
    shared = [(left, right) for left, right in gaps if left <= best < right]
    return (max(left for left, _ in shared) + min(right for _, right in shared)) / 2


def _find_side(piece: Line, gutter: float) -> int:
    """Return the side of a gutter that a piece is on, -1 or 1, even if a stop hangs into it; 0 if it crosses."""
    hung = _HUNG_EM * piece.size
    if piece.right <= gutter or (piece.right - gutter <= hung < gutter - piece.left):
        return -1
    return 1 if piece.left >= gutter else 0


def _are_columns(left: Sequence[Line], right: Sequence[Line]) -> bool:
    """Return whether two sides are columns of running text, not table cells to be read row by row.

    The last column of a report ends with short lines, so it may have fewer full ones if no cell ends in it.
    """
    if len(left) + len(right) < 5 or not _is_running(left):
        return False
    return _is_running(right) or (_is_even(right) and _is_one_column(right, _LAST_SHARE))


def _is_even(side: Sequence[Line]) -> bool:
    """Return whether lines follow each other without a gap; one may stand above a signature and date."""
    bases = sorted(line.base for line in side)
    pitches = [below - above for above, below in pairwise(bases)]
    wide = [index for index, pitch in enumerate(pitches, start=1) if pitch > _GAP * min(pitches)]
    return bool(pitches) and (
        not wide or (len(wide) == 1 and wide[0] >= max(2 * _SIGNED, len(bases) - _SIGNED))
    )


def _is_running(side: Sequence[Line], depth: int = 0) -> bool:
    """Return whether lines are one column of running text, or several side by side."""
    if _is_one_column(side):
        return True
    gutter = _find_gutter(side) if depth < _MAX_DEPTH else None
    sides = [] if gutter is None else [_find_side(piece, gutter) for piece in side]
    if gutter is None or 0 in sides:
        return False
    parts = (
        [piece for piece, at in zip(side, sides, strict=True) if at < 0],
        [piece for piece, at in zip(side, sides, strict=True) if at > 0],
    )
    return all(_is_running(part, depth + 1) for part in parts)


def _is_one_column(side: Sequence[Line], share: float = _BROKEN_SHARE) -> bool:
    if len(side) < 2 or median(len(line.text) for line in side) < _MIN_COLUMN_CHARS:
        return False
    margin = max(line.right for line in side)
    broken = [line for line in side if line.right > margin - FULL_EM * line.size]
    unended = [line for line in broken if not ends_sentence(line.text)]
    return len(broken) >= share * len(side) and bool(unended) and any("。" in line.text for line in side)


def _take_rest(left: list[Line], right: list[Line]) -> list[Line]:
    """Remove from the left side, and return, the pieces below both columns, after a gap."""
    bottom = max(line.base for line in right)
    lines = sorted(left, key=lambda line: line.base)
    pitches = [two.base - one.base for one, two in pairwise(lines) if two.base <= bottom]
    pitch = median(pitches) if pitches else 0.0
    for index, (one, two) in enumerate(pairwise(lines), start=1):
        if two.base > bottom and pitch and two.base - one.base > _GAP * pitch:
            left[:] = lines[:index]
            return lines[index:]
    return []


def _join_cells(pieces: Iterable[Line]) -> list[Line]:
    """Join the pieces of each row into one line, with tabs between them."""
    rows: list[list[Line]] = []
    for piece in sorted(pieces, key=lambda piece: piece.base):
        if (
            rows
            and piece.base - rows[-1][0].base <= ROW_EM * piece.size
            and not any(_are_overprinted(piece, other) for other in rows[-1])
        ):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    joined = []
    for row in join_cell_lines([_join_label(row) for row in rows]):
        row.sort(key=lambda piece: piece.left)
        joined.append(row[0]._replace(text="\t".join(piece.text for piece in row), right=row[-1].right))
    return joined


def _are_overprinted(one: Line, two: Line) -> bool:
    shared = min(one.right, two.right) - max(one.left, two.left)
    return shared > _OVER_EM * one.size


def _join_label(row: list[Line]) -> list[Line]:
    """Join a row of two pieces if the first is only a list number or bullet (●)."""
    if len(row) == 2:
        label, item = sorted(row, key=lambda piece: piece.left)
        if _LABEL.fullmatch(label.text) and not _NUMBER.fullmatch(item.text):
            return [label._replace(text=label.text + item.text, right=item.right)]
    return row
