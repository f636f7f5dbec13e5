"""Diagrams of Office documents (SmartArt, ISO/IEC 29500-1, 21.4), whose words are in a separate part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from orchestration.pipeline.readers.ooxml.markup import A

_DGM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
DIAGRAM = f"{_DGM}relIds"  # in a drawing: names the parts of its diagram
_WORDS = ("node", "asst")  # types of points with words; others are the document, connections and presentation


def read_diagram(model: Any) -> list[str]:
    """Return the lines of a diagram's data model (dgm:dataModel), each point before its children."""
    points = {point.get("modelId", ""): point for point in model.iter(f"{_DGM}pt")}
    below: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for link in model.iter(f"{_DGM}cxn"):
        if link.get("type", "parOf") == "parOf":
            order = link.get("srcOrd", "0")
            below[link.get("srcId", "")].append(
                (int(order) if order.isdecimal() else 0, link.get("destId", ""))
            )
    lines: list[str] = []
    seen: set[str] = set()
    roots = [name for name, point in points.items() if point.get("type") == "doc"]
    waiting = [*reversed([*roots, *points])]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in points:
            continue
        seen.add(name)
        lines += _read_point(points[name])
        waiting += [child for _, child in sorted(below[name], reverse=True)]
    return lines


def _read_point(point: Any) -> Iterator[str]:
    if point.get("type", "node") not in _WORDS:
        return
    properties = point.find(f"{_DGM}prSet")
    if properties is not None and properties.get("phldr") in ("1", "true"):  # a placeholder: [文本]
        return
    for line in point.iter(f"{A}p"):
        text = "".join(part.text or "" for part in line.iter(f"{A}t"))
        if text.strip():
            yield text
