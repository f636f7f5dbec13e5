"""Write the tables of figures in web pages with `tables.rows`, like those of all formats.

Most tables only lay out a page or have its header fields (索引号, 发布日期); `reader` reads these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from itertools import pairwise

from selectolax.lexbor import LexborHTMLParser, LexborNode

from orchestration.pipeline.readers.tables.cells import Cell
from orchestration.pipeline.readers.tables.figures import holds_figures
from orchestration.pipeline.readers.tables.rows import write_rows

_MAX_CELLS = 5_000
_MAX_SPAN = 100


def write_tables(body: LexborNode, read_lines: Callable[[str], list[str]]) -> None:
    """Replace each table of figures by its lines; tables with tables inside stay unchanged.

    Args:
        body: the page's body.
        read_lines: returns the lines shown by a cell's markup.
    """
    tables = body.css("table")
    for head, table in pairwise(tables):
        _join_header(head, table)
    for table in tables:
        if (
            any(other.mem_id != table.mem_id for other in table.css("table"))
            or len(table.css("td, th")) > _MAX_CELLS
        ):
            continue
        # tfoot may come first, but is shown last
        ordered = [*table.css("tr:not(tfoot tr)"), *table.css("tfoot tr")]
        grid = _reach_down([_read_row(row, read_lines) for row in ordered])
        caption = table.css_first("caption")
        captions = read_lines(caption.inner_html or "") if caption is not None else []
        above = captions[-1] if captions else _find_above(table)
        if not holds_figures(grid, above):
            continue
        lines = "".join(f"<p>{escape(line)}</p>" for line in [*captions, *write_rows(grid, above)])
        written = LexborHTMLParser(f"<div>{lines}</div>").css_first("div")
        if written is not None:
            table.replace_with(written)


def _join_header(head: LexborNode, table: LexborNode) -> None:
    """Move a header that is a table of its own, because the rows below it scroll, into the table with the rows."""
    if head.css_first("td") is not None or table.css_first("th") is not None:
        return
    header, first = head.css("tr"), table.css_first("tr")
    if len(header) != 1 or first is None or not 1 < len(header[0].css("th")) == len(first.css("td")):
        return
    wraps = [each.parent and each.parent.parent for each in (head, table)]
    if wraps[0] is not None and wraps[1] is not None and wraps[0].mem_id == wraps[1].mem_id:
        first.insert_before(header[0])
        header[0].decompose()


def _find_above(table: LexborNode) -> str:
    """Return the words right above a table in the same element."""
    before = table.prev
    while before is not None and before.tag in ("-text", "br", "-comment") and not before.text().strip():
        before = before.prev
    return "" if before is None else " ".join(before.text().split())


def _read_row(row: LexborNode, read_lines: Callable[[str], list[str]]) -> list[tuple[Cell, int]]:
    """Return the cells of a row, each with its rowspan."""
    return [
        (Cell(read_lines(cell.inner_html or ""), read_span(cell, "colspan")), read_span(cell, "rowspan"))
        for cell in row.css("td, th")
    ]


def read_span(cell: LexborNode, name: str) -> int:
    """Return the columns or rows that an element covers, by the name of its attribute."""
    value = (cell.attributes.get(name) or "").strip()
    if value == "0" and name == "rowspan":
        return _MAX_SPAN  # down to the last row
    return min(max(int(value), 1), _MAX_SPAN) if value.isascii() and value.isdecimal() else 1


def _reach_down(rows: Sequence[Sequence[tuple[Cell, int]]]) -> list[list[Cell]]:
    """Add continued cells to rows below a cell with a rowspan."""
    left: dict[int, tuple[int, int]] = {}  # column → (rows still spanned by its cell, width of the cell)
    grid: list[list[Cell]] = []
    for row in rows:
        column, line, below = 0, [], dict(left)
        own = list(row)
        while own or any(at >= column for at in below):
            if column in below:
                rest, span = below.pop(column)
                line.append(Cell([], span, is_continued=True))
                left[column] = rest - 1, span
                if rest <= 1:
                    del left[column]
                column += span
            elif own:
                cell, down = own.pop(0)
                line.append(cell)
                if down > 1:
                    left[column] = down - 1, cell.span
                column += cell.span
            else:
                column += 1
        grid.append(line)
    return grid
