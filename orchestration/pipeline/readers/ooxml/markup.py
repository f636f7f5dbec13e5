"""Names of Office Open XML and of its older drawings (VML), and the values of its elements."""

from __future__ import annotations

from typing import Any

from orchestration.pipeline.readers.base import RejectedFile

# namespaces of elements and attributes
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
V = "{urn:schemas-microsoft-com:vml}"
_CONFLICT = "{http://schemas.microsoft.com/office/word/2010/wordml}conflictDel"
_HIDDEN = ("del", "moveFrom", "rPr", "pPr", "sectPr", "tblPr", "tblGrid", "trPr", "tcPr", "sdtPr", "sdtEndPr")
# Elements whose content is not shown: deletions, moved-away text and properties.
GONE = frozenset((_CONFLICT, *(W + name for name in _HIDDEN)))
TRUE = ("1", "true", "on")


def value_of(node: Any, path: str) -> str:
    """Return the `w:val` of a descendant, by its path of local names; empty without one."""
    child = None if node is None else node.find("/".join(W + name for name in path.split("/")))
    return "" if child is None else str(child.get(f"{W}val", ""))


def is_on(node: Any, name: str) -> bool | None:
    """Return the value of a toggle such as w:vanish; None if it is not stated."""
    child = None if node is None else node.find(W + name)
    return None if child is None else child.get(f"{W}val", "true").lower() not in ("0", "false", "off")


def integer(text: str, default: int) -> int:
    """Return an integer from the markup; the default if none is stated.

    Raises:
        RejectedFile: truncated (it is not a number).
    """
    if not text:
        return default
    try:
        return int(text)
    except ValueError as error:
        raise RejectedFile(
            "truncated", f"not a complete Word document: {text[:40]!r} is not a number"
        ) from error
