"""Remove running headers, footers and page numbers, found by their position and by other pages."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from orchestration.pipeline.readers.layout.shapes import Line, Page

EDGE_ROWS = 3
_MARGIN_SHARE = 0.115  # of a page's height; GB/T 9704 sets text from 37 mm of 297 mm
PAGE_NUMBER = re.compile(
    r"""
    [-—–－─·•~～\s]* (?: 第\s* )? (?: Page\s* )? (?P<n> \d{1,3} ) (?: \s*页 )?    # e.g. — 3 —   第 3 页   Page 3
    (?: \s* [,，/／]? \s* (?: of | 共 )? \s* \d{1,3} \s* 页? )?   # e.g. 3/12   第3页 共12页   3 of 12
    [-—–－─·•~～\s]*
    """,
    re.IGNORECASE | re.VERBOSE,
)
MARKED_NUMBER = re.compile(r"[-—–－─·•~～]|页|[/／]|Page", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_MIN_COPIED = 3  # lines of a page that is taken for a copy


def order_pages(pages: Sequence[Page]) -> list[Page]:
    """Return the pages without copies of the one before, and from first to last if their numbers run backwards.

    A scanner's feeder may take a pile from below, or a page twice.
    """
    kept: list[Page] = []
    for page in pages:
        if not kept or len(page.lines) < _MIN_COPIED or _words(page) != _words(kept[-1]):
            kept.append(page)
    numbers = [_find_number(page) for page in kept]
    first = numbers[0] if numbers else None
    if len(kept) > 1 and first is not None and numbers == [first - index for index in range(len(kept))]:
        kept.reverse()
    return kept


def _words(page: Page) -> list[str]:
    return [line.text for line in page.lines]


def _find_number(page: Page) -> int | None:
    """Return the number printed at the top or bottom of a page and marked as one."""
    for line in (*_edge_rows(page, -1), *_edge_rows(page, 1)):
        found = PAGE_NUMBER.fullmatch(line.text.strip())
        if found is not None and MARKED_NUMBER.search(line.text):
            return int(found["n"])
    return None


def drop_running_lines(pages: Sequence[Page]) -> tuple[list[list[Line]], str]:
    """Return the lines of the pages without running headers, footers and page numbers; and the longest header.

    A running line is in the upper or lower margin of several pages, at the same height and with the same
    words; its numbers are equal or count with the pages. A page number needs no second page if it is
    marked as one (- 3 -, 第3页) or is the page's own number.
    """
    edges = [(_edge_rows(page, 1), _edge_rows(page, -1)) for page in pages]
    seen: defaultdict[tuple[str, int], list[tuple[int, Line]]] = defaultdict(list)
    for number, sides in enumerate(edges):
        for side, rows in enumerate(sides):
            for row in rows:
                seen[_running_key(row.text), side].append((number, row))
    running: set[tuple[int, Line]] = set()
    for places in seen.values():
        for number, line in places:
            if _is_running_line(number, line, places):
                running.add((number, line))
    kept: list[list[Line]] = []
    headers: Counter[str] = Counter()
    for number, ((page, _, _), sides) in enumerate(zip(pages, edges, strict=True)):
        dropped: set[Line] = set()
        for rows in sides:
            for row in rows:
                if (number, row) not in running and not _is_page_number(row, page, number):
                    break
                dropped.add(row)
                headers[row.text] += 1
        kept.append([line for line in page if line not in dropped])
    text = "".join(line.text for page in kept for line in page)
    lost = [header for header in headers if header not in text and not PAGE_NUMBER.fullmatch(header)]
    return kept, max(lost, key=len, default="")


def _edge_rows(page: Page, direction: int) -> list[Line]:
    """Return the outermost lines in the margin at the top (1) or the bottom (-1), at most three."""
    margin = _MARGIN_SHARE * (page.bottom - page.top)
    rows = [
        line
        for line in page.lines
        if (line.base - page.top if direction == 1 else page.bottom - line.base) < margin
    ]
    return sorted(rows, key=lambda line: direction * line.base)[:EDGE_ROWS]


def _running_key(text: str) -> str:
    return _DIGITS.sub("#", "".join(text.split()))


def _is_running_line(number: int, line: Line, places: Sequence[tuple[int, Line]]) -> bool:
    mine = [int(digits[:9]) for digits in _DIGITS.findall(line.text)]
    for other_number, other in places:
        if other_number == number or abs(other.base - line.base) > line.size:
            continue
        theirs = [int(digits[:9]) for digits in _DIGITS.findall(other.text)]
        step = other_number - number
        if all(b - a in (0, step) for a, b in zip(mine, theirs, strict=True)):
            return True
    return False


def _is_page_number(line: Line, page: Sequence[Line], number: int) -> bool:
    found = PAGE_NUMBER.fullmatch(line.text.strip())
    if found is None:
        return False
    if MARKED_NUMBER.search(line.text):
        return True
    # A bare number may be the end of a broken line, which begins at the margin.
    margin = min(other.left for other in page)
    return len(page) > 1 and int(found["n"]) == number + 1 and line.left - margin > 3 * line.size
