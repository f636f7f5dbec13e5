"""Table-like boxes of a page: rows and cells by style, and lists of names and figures (dl)."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from html import escape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from orchestration.pipeline.readers.html.styles import StyledNode, find_element
from orchestration.pipeline.readers.tables.cells import LONG_CHARS
from orchestration.pipeline.readers.tables.units import IS_AMOUNT

_FLEX = re.compile(r";display:\s*(?:inline-)?flex", re.IGNORECASE)
_DOWN = re.compile(r";flex-(?:direction|flow):[^;]*column", re.IGNORECASE)


def build_tables(body: LexborNode, rows: str, cells: str) -> None:
    """Make tables of boxes that are styled as rows of cells.

    Args:
        body: the page's body.
        rows: selector of rows.
        cells: selector of cells.
    """
    placed = {cell.mem_id for cell in body.css(cells)}
    # A row with rows inside lays out the columns of the page.
    inner = [row for row in body.css(rows) if len(row.css(rows)) < 2]
    waiting = {row.mem_id: row for row in inner if _is_row(row, placed)}
    while waiting:
        first = next(iter(waiting.values()))
        group = [first, *_list_following(first, waiting)]
        markup = "".join(
            f"<tr>{''.join(f'<td>{cell.inner_html}</td>' for cell in row.iter())}</tr>" for row in group
        )
        for row in group:
            del waiting[row.mem_id]
        for row in group[1:]:
            row.decompose()
        _replace(first, f"<table>{markup}</table>", "table")


def find_flex_rows(styled: Sequence[StyledNode]) -> Iterator[tuple[LexborNode, list[LexborNode]]]:
    """Yield each flex box that is a row of a table, and its cells: short words, as many as in the box beside it."""
    held = {
        node.mem_id: (node, _list_cells(node))
        for node, style in styled
        if _FLEX.search(style) and not _DOWN.search(style)
    }
    for row, cells in held.values():
        beside = (find_element(row, "prev"), find_element(row, "next"))
        if len(cells) > 1 and any(
            other is not None and len(held.get(other.mem_id, (other, []))[1]) == len(cells)
            for other in beside
        ):
            yield row, cells


def _list_cells(row: LexborNode) -> list[LexborNode]:
    """Return the elements in a box; none if it also has words outside them, a paragraph or a long text."""
    cells: list[LexborNode] = []
    for part in row.iter(include_text=True):
        words = part.text().strip() if part.tag != "-comment" else ""
        if len(words) > LONG_CHARS or part.tag == "p" or (part.tag == "-text" and words):
            return []
        if part.tag[0] != "-":  # type: ignore[index]  # every node has a tag
            cells.append(part)
    return cells


def write_pairs(body: LexborNode) -> None:
    """Write each name and figure with unit in a list (dl) as a sentence."""
    for pairs in body.css("dl"):
        parts = list(pairs.iter())
        names, figures = parts[::2], parts[1::2]
        words = [" ".join(part.text().split()) for part in parts]
        if (
            len(names) == len(figures) > 0
            and all(part.tag == "dt" for part in names)
            and all(part.tag == "dd" for part in figures)
            and all(map(IS_AMOUNT.fullmatch, words[1::2]))
        ):
            lines = zip(words[::2], words[1::2], strict=True)
            shown = "".join(
                f"<p>{escape(name.rstrip('：:'))}：{escape(figure)}。</p>" for name, figure in lines
            )
            _replace(pairs, f"<div>{shown}</div>", "div")


def _is_row(row: LexborNode, cells: set[int]) -> bool:
    inside = [part.mem_id for part in row.iter()]
    return len(inside) > 1 and cells.issuperset(inside)


def _list_following(row: LexborNode, rows: Container[int]) -> Iterator[LexborNode]:
    """Yield the rows directly after a row."""
    after = row.next
    while after is not None:
        if after.mem_id in rows:
            yield after
        elif after.tag not in ("-text", "-comment") or after.text().strip():
            return
        after = after.next


def _replace(node: LexborNode, markup: str, tag: str) -> None:
    made = LexborHTMLParser(markup).css_first(tag)
    if made is not None:
        node.replace_with(made)
