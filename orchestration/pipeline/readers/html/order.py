"""Words shown in another order than the page has them: boxes by number or row, text from the right."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from selectolax.lexbor import LexborNode

from orchestration.pipeline.readers.html.styles import StyledNode, drop_inside

_PLACE = "data-fazhi-place"  # attributes that pass what `mark_order` finds to `write_order`
_TURNED = "data-fazhi-turned"
_BOXES = re.compile(r";display:\s*(?:inline-)?(?:flex|grid)", re.IGNORECASE)
_ORDER = re.compile(r";order:\s*(-?\d{1,4})\s*(?:;|$)")
_ROW = re.compile(r";grid-row(?:-start)?:\s*([1-9]\d{0,2})\b")
_AREA = re.compile(r";grid-area:\s*([A-Za-z_][\w-]*)\s*(?:;|$)")
_AREAS = re.compile(r";grid-template-areas:([^;]*)")
_ABSOLUTE = re.compile(r";position:\s*absolute", re.IGNORECASE)
_TOP = re.compile(r";top:\s*(\d{1,4})[.\d]*(?:px|pt)", re.IGNORECASE)
_MIN_LINES = 5
_BACKWARDS = re.compile(r";flex-(?:direction|flow):[^;]*\b(?:row|column)-reverse", re.IGNORECASE)
_OVERRIDDEN = re.compile(r";unicode-bidi:\s*(?:bidi|isolate)-override", re.IGNORECASE)
_FROM_RIGHT = re.compile(r";direction:\s*rtl", re.IGNORECASE)


def mark_order(styled: Sequence[StyledNode]) -> None:
    """Mark the elements whose boxes or characters are shown in another order."""
    boxes: set[int] | None = None
    if any("grid-" in style for _, style in styled):
        _mark_grid(styled)
    _mark_absolute(styled)
    for node, style in styled:
        if "order:" in style and (order := _ORDER.search(style)) is not None:
            if boxes is None:
                boxes = {each.mem_id for each, its_style in styled if _BOXES.search(its_style)}
            if node.parent is not None and node.parent.mem_id in boxes:
                node.attrs[_PLACE] = order[1]
        if "-reverse" in style and _BACKWARDS.search(style) and _BOXES.search(style):
            node.attrs[_TURNED] = "boxes"
        elif (
            "-override" in style
            and _OVERRIDDEN.search(style)
            and (_FROM_RIGHT.search(style) or (node.attributes.get("dir") or "").lower() == "rtl")
        ):
            node.attrs[_TURNED] = "text"


def _mark_grid(styled: Sequence[StyledNode]) -> None:
    """Mark the parts of grids by their row: its number, or that of their named area."""
    grids = {each.mem_id: style for each, style in styled if "grid" in style and _BOXES.search(style)}
    placed: dict[int, list[tuple[LexborNode, str]]] = {}  # parts of each grid and their places
    for node, style in styled:
        grid = None if node.parent is None else grids.get(node.parent.mem_id)
        if node.parent is None or grid is None:
            continue
        if (place := _find_row(style, grid)) is not None:
            placed.setdefault(node.parent.mem_id, []).append((node, place))
    _mark_places(placed)


def _mark_absolute(styled: Sequence[StyledNode]) -> None:
    """Mark lines that stand at a distance from the top of the page by it, as programs place those of a PDF."""
    placed: dict[int, list[tuple[LexborNode, str]]] = {}
    for node, style in styled:
        top = _TOP.search(style) if "absolute" in style and _ABSOLUTE.search(style) else None
        if top is not None and node.parent is not None:
            placed.setdefault(node.parent.mem_id, []).append((node, top[1]))
    _mark_places({parent: parts for parent, parts in placed.items() if len(parts) >= _MIN_LINES})


def _mark_places(placed: Mapping[int, Sequence[tuple[LexborNode, str]]]) -> None:
    """Mark the parts of each element by their places, unless it has others, for which the browser finds one."""
    for parts in placed.values():
        parent = parts[0][0].parent
        others = [] if parent is None else [part for part in parent.iter() if part.tag and part.tag[0] != "-"]
        if len(parts) == len(others):
            for node, place in parts:
                node.attrs[_PLACE] = place


def _find_row(style: str, grid: str) -> str | None:
    """Return the row of a part of a grid by its style, or the position of its area among those that the grid names."""
    row, area, areas = _ROW.search(style), _AREA.search(style), _AREAS.search(grid)
    if row is not None:
        return row[1]
    if area is None or areas is None:
        return None
    names = re.findall(r"[\w-]+", areas[1])
    return str(names.index(area[1])) if area[1] in names else None


def write_order(body: LexborNode) -> None:
    """Put marked boxes and characters in the order in which they are shown."""
    for node in drop_inside(body.css(f'bdo[dir="rtl" i], [{_TURNED}="text"]')):
        node.replace_with(node.text()[::-1])
    for node in body.css(f"[{_PLACE}]"):
        if node.parent is not None and _TURNED not in node.parent.attributes:
            node.parent.attrs[_TURNED] = "places"
    # The inner ones, which come later, first: writing the children of a node ends the use of those inside.
    for node in reversed(body.css(f'[{_TURNED}="boxes"], [{_TURNED}="places"]')):
        _write_children(node)


def _write_children(node: LexborNode) -> None:
    parts = [part for part in node.iter(include_text=True) if part.tag != "-comment"]
    placed = sorted(parts, key=_find_place)
    if node.attributes.get(_TURNED) == "boxes":
        placed.reverse()
    del node.attrs[_TURNED]
    node.inner_html = "".join(part.html or "" for part in placed)


def _find_place(part: LexborNode) -> int:
    return 0 if part.tag == "-text" else int(part.attributes.get(_PLACE) or 0)
