"""Styles of a Word document, as far as they hide text or number paragraphs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestration.pipeline.readers.base import RejectedFile

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"  # namespace of elements and attributes


def value_of(node: Any, path: str) -> str:
    """`w:val` of a child, given by its path of local names; empty without one."""
    child = None if node is None else node.find("/".join(W + name for name in path.split("/")))
    return "" if child is None else str(child.get(f"{W}val", ""))


def is_on(node: Any, name: str) -> bool | None:
    """Value of a toggle such as w:vanish; None where it is not stated."""
    child = None if node is None else node.find(W + name)
    return None if child is None else child.get(f"{W}val", "true").lower() not in ("0", "false", "off")


def integer(text: str, default: int) -> int:
    """A whole number of the markup; the default where none is stated.

    Raises:
        RejectedFile: truncated, for what is not a number.
    """
    if not text:
        return default
    try:
        return int(text)
    except ValueError as error:
        raise RejectedFile(
            "truncated", f"not a complete Word document: {text[:40]!r} is no number"
        ) from error


_UNREAD = ("vanish", "strike", "dstrike")  # of text that is struck out the new words are beside it
_MIN_HALF_POINTS = 4
_GROUNDS = (f"{W}tbl", f"{W}txbxContent")


@dataclass(frozen=True, slots=True)
class Style:
    """One style, without what it inherits."""

    name: str  # lower case
    based_on: str
    toggles: Mapping[str, bool]  # of _UNREAD, those that it states
    number: str  # w:numId; empty where it states none
    level: str  # w:ilvl, or w:outlineLvl's neighbour in numbering styles


class Styles:
    """The styles of a document by their id.

    Args:
        root: w:styles, or None in a document without.
    """

    def __init__(self, root: Any) -> None:
        self._styles: dict[str, Style] = {}
        self._default = ""
        for node in () if root is None else root.iter(f"{W}style"):
            style_id = node.get(f"{W}styleId", "")
            self._styles[style_id] = Style(
                value_of(node, "name").lower(),
                value_of(node, "basedOn"),
                _stated(node.find(f"{W}rPr")),
                value_of(node, "pPr/numPr/numId"),
                value_of(node, "pPr/numPr/ilvl"),
            )
            if node.get(f"{W}type") == "paragraph" and node.get(f"{W}default") in ("1", "true", "on"):
                self._default = style_id
        defaults = None if root is None else root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr")
        self._defaults = _stated(defaults)

    def chain(self, style_id: str) -> Iterator[tuple[str, Style]]:
        """A style and those that it is based on, nearest first; a loop ends it."""
        seen: set[str] = set()
        while style_id in self._styles and style_id not in seen:
            seen.add(style_id)
            yield style_id, self._styles[style_id]
            style_id = self._styles[style_id].based_on

    def paragraph_style(self, properties: Any) -> str:
        """Id of the style of a paragraph, from its w:pPr."""
        return value_of(properties, "pStyle") or self._default

    def name(self, style_id: str) -> str:
        """Name of a style, lower case; the same in every language of Word (`toc 1`)."""
        style = self._styles.get(style_id)
        return style.name if style is not None else ""

    def hides(self, run_properties: Any, paragraph_style: str) -> bool:
        """Whether nobody reads text with these properties: it is hidden, struck out, white on white or tiny."""
        return any(self._is_set(name, run_properties, paragraph_style) for name in _UNREAD) or _is_unseen(
            run_properties
        )

    def _is_set(self, name: str, run_properties: Any, paragraph_style: str) -> bool:
        """A toggle of text; styles that both state it cancel out (17.7.3)."""
        own = is_on(run_properties, name)
        if own is not None:
            return own
        by_paragraph = self._find_toggle(name, paragraph_style)
        by_run = self._find_toggle(name, value_of(run_properties, "rStyle"))
        if by_paragraph is None and by_run is None:
            return self._defaults.get(name, False)
        return bool(by_paragraph) != bool(by_run)

    def _find_toggle(self, name: str, style_id: str) -> bool | None:
        found = (style.toggles.get(name) for _, style in self.chain(style_id))
        return next((value for value in found if value is not None), None)


def _stated(run_properties: Any) -> dict[str, bool]:
    values = {name: is_on(run_properties, name) for name in _UNREAD}
    return {name: value for name, value in values.items() if value is not None}


def _is_unseen(run_properties: Any) -> bool:
    """Whether text is too small to be seen, or white without a ground behind it; in tables and boxes any may be."""
    if run_properties is None:
        return False
    size = value_of(run_properties, "sz")
    if size.isdecimal() and int(size) < _MIN_HALF_POINTS:
        return True
    if value_of(run_properties, "color").upper() != "FFFFFF":
        return False
    for ancestor in run_properties.iterancestors():
        if ancestor.tag in _GROUNDS:
            return False
        properties = ancestor.find(f"{W}pPr") if ancestor.tag == f"{W}p" else run_properties
        if any(
            properties is not None and properties.find(W + name) is not None for name in ("shd", "highlight")
        ):
            return False
    return True
