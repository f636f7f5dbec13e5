"""The cell styles of an Excel workbook: number formats, and text that its style makes unreadable."""

from __future__ import annotations

from typing import Any

from orchestration.pipeline.readers.ooxml.markup import TRUE, S

_WHITE = "FFFFFF"


def is_struck(font: Any) -> bool:
    """Return whether a font, or the properties of a run, strike text out."""
    mark = None if font is None else font.find(f"{S}strike")
    return mark is not None and mark.get("val", "1") in TRUE


def read_formats(styles: Any) -> tuple[list[str], frozenset[int]]:
    """Return each cell style's format code, and the styles whose text is struck out or in the colour of its fill."""
    from orchestration.pipeline.readers.sheets.number_display import BUILT_IN

    if styles is None:
        return [], frozenset()
    own = {node.get("numFmtId"): node.get("formatCode", "General") for node in styles.iter(f"{S}numFmt")}
    cells = styles.findall(f"{S}cellXfs/{S}xf")
    used = [node.get("numFmtId", "0") for node in cells]
    fonts = styles.findall(f"{S}fonts/{S}font")
    struck = {str(number) for number, font in enumerate(fonts) if is_struck(font)}
    inks = {str(number): _read_color(font.find(f"{S}color")) for number, font in enumerate(fonts)}
    grounds = {str(number): _read_ground(fill) for number, fill in enumerate(styles.iter(f"{S}fill"))}
    unread = frozenset(
        number
        for number, node in enumerate(cells)
        if node.get("fontId") in struck
        or inks.get(node.get("fontId", ""), "") == grounds.get(node.get("fillId", "0"), _WHITE) != ""
    )
    codes = [
        own.get(each) or (BUILT_IN.get(int(each), f"number {each}") if each.isdecimal() else "General")
        for each in used
    ]
    return codes, unread


def _read_color(node: Any) -> str:
    """Return a colour as six digits; empty for one of a theme or palette."""
    return "" if node is None else node.get("rgb", "").upper()[-6:]


def _read_ground(fill: Any) -> str:
    """Return the colour behind a cell's text: white without a fill, empty for a pattern."""
    pattern = fill.find(f"{S}patternFill")
    if pattern is None:
        return ""
    kind = pattern.get("patternType", "none")
    return _WHITE if kind == "none" else _read_color(pattern.find(f"{S}fgColor")) if kind == "solid" else ""
