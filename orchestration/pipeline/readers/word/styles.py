"""Styles of a Word document that hide text or number paragraphs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestration.pipeline.readers.ooxml.markup import W, is_on, value_of

_UNREAD = ("vanish", "strike", "dstrike")  # next to struck-out text is its replacement
_MAX_CHAIN = 100  # styles based on one another; templates have under ten
_MIN_HALF_POINTS = 4
_USUAL_HALF_POINTS = 21  # 五号
_WHITE = "FFFFFF"
_PAPER = ("background1", "light1")  # theme colours that equal the page's
_GROUNDS = (f"{W}tbl", f"{W}txbxContent")


@dataclass(frozen=True, slots=True)
class _Look:
    """The appearance of text by its properties; empty if not stated."""

    color: str = ""  # six digits, upper case; white for the page's background colour
    size: str = ""  # half points
    align: str = ""  # superscript, subscript, baseline
    has_ground: bool = False
    ground: str = ""  # colour of the shading


@dataclass(frozen=True, slots=True)
class Style:
    """One style, without what it inherits."""

    name: str  # lower case
    based_on: str
    toggles: Mapping[str, bool]  # those of _UNREAD that it states
    number: str  # w:numId; empty if not stated
    level: str  # w:ilvl; empty if not stated
    look: _Look


class Styles:
    """The styles of a document by id.

    Args:
        root: w:styles, or None.
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
                _read_look(node.find(f"{W}rPr"), node.find(f"{W}pPr")),
            )
            if node.get(f"{W}type") == "paragraph" and node.get(f"{W}default") in ("1", "true", "on"):
                self._default = style_id
        defaults = None if root is None else root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr")
        self._defaults = _stated(defaults)
        self._usual_size = value_of(defaults, "sz")
        self._looks: dict[tuple[str, str], _Look] = {}

    def chain(self, style_id: str) -> Iterator[tuple[str, Style]]:
        """Yield a style and those that it is based on, nearest first, up to a loop."""
        seen: set[str] = set()
        while style_id in self._styles and style_id not in seen and len(seen) < _MAX_CHAIN:
            seen.add(style_id)
            yield style_id, self._styles[style_id]
            style_id = self._styles[style_id].based_on

    def paragraph_style(self, properties: Any) -> str:
        """Return the style id of a paragraph, from its w:pPr."""
        return value_of(properties, "pStyle") or self._default

    def name(self, style_id: str) -> str:
        """Return the name of a style in lower case, which is the same in every language of Word (`toc 1`)."""
        style = self._styles.get(style_id)
        return style.name if style is not None else ""

    def hides(self, run: Any, run_properties: Any, paragraph_style: str) -> bool:
        """Return whether a run with these properties is unreadable: hidden, struck out, white on white or tiny."""
        return any(
            self._is_set(name, run_properties, paragraph_style) for name in _UNREAD
        ) or self._is_unseen(run, run_properties, paragraph_style)

    def align(self, run_properties: Any, paragraph_style: str) -> str:
        """Return `superscript` or `subscript`; empty or `baseline` for text on its line."""
        own = value_of(run_properties, "vertAlign")
        return own or self._find_look(value_of(run_properties, "rStyle"), paragraph_style).align

    def size(self, run_properties: Any, paragraph_style: str) -> int:
        """Return the size of a run in half points."""
        styled = self._find_look(value_of(run_properties, "rStyle"), paragraph_style).size
        size = value_of(run_properties, "sz") or styled or self._usual_size
        return int(size) if size.isdecimal() else _USUAL_HALF_POINTS

    def _is_unseen(self, run: Any, run_properties: Any, paragraph_style: str) -> bool:
        """Return whether text is too small, or white without a background (tables and boxes may have one)."""
        own = _read_look(run_properties)
        styled = self._find_look(value_of(run_properties, "rStyle"), paragraph_style)
        size = own.size or styled.size
        if size.isdecimal() and int(size) < _MIN_HALF_POINTS:
            return True
        if own.color and own.color == own.ground:
            return True
        if (own.color or styled.color) != _WHITE or own.has_ground or styled.has_ground:
            return False
        for ancestor in run.iterancestors():
            if ancestor.tag in _GROUNDS:
                return False
            if ancestor.tag == f"{W}p" and _has_ground(ancestor.find(f"{W}pPr")):
                return False
        return True

    def _find_look(self, run_style: str, paragraph_style: str) -> _Look:
        """Return the appearance of a run by its styles, nearest first."""
        key = run_style, paragraph_style
        if key not in self._looks:
            looks = [style.look for id_ in key for _, style in self.chain(id_)]
            self._looks[key] = _Look(
                next((look.color for look in looks if look.color), ""),
                next((look.size for look in looks if look.size), ""),
                next((look.align for look in looks if look.align), ""),
                any(look.has_ground for look in looks),
            )
        return self._looks[key]

    def _is_set(self, name: str, run_properties: Any, paragraph_style: str) -> bool:
        """Return a toggle of text; run and paragraph style cancel each other out (17.7.3)."""
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


def is_blackened(run_properties: Any) -> bool:
    """Return whether a run is black text under a black marker."""
    return value_of(run_properties, "highlight") == "black" and value_of(run_properties, "color").upper() in (
        "",
        "AUTO",
        "000000",
    )


def _stated(run_properties: Any) -> dict[str, bool]:
    values = {name: is_on(run_properties, name) for name in _UNREAD}
    return {name: value for name, value in values.items() if value is not None}


def _read_look(run_properties: Any, paragraph_properties: Any = None) -> _Look:
    if run_properties is None:
        return _Look(has_ground=_has_ground(paragraph_properties))
    node = run_properties.find(f"{W}color")
    color = "" if node is None else node.get(f"{W}val", "").upper()
    if node is not None and node.get(f"{W}themeColor", "") in _PAPER and color in ("AUTO", ""):
        color = "" if any(node.get(W + name) for name in ("themeShade", "themeTint")) else _WHITE
    return _Look(
        color,
        value_of(run_properties, "sz"),
        value_of(run_properties, "vertAlign"),
        _has_ground(run_properties) or _has_ground(paragraph_properties),
        _read_ground(run_properties),
    )


def _read_ground(run_properties: Any) -> str:
    """Return the colour that text stands on; empty for none or a pattern."""
    shading = run_properties.find(f"{W}shd")
    is_plain = shading is not None and shading.get(f"{W}val", "clear") == "clear"
    is_plain = is_plain and not shading.get(f"{W}themeFill")  # which counts before w:fill
    ground: str = shading.get(f"{W}fill", "").upper() if is_plain else ""
    return "" if ground == "AUTO" else ground


def _has_ground(properties: Any) -> bool:
    """Return whether text has a background colour; white and automatic shading are none."""
    if properties is None:
        return False
    shading, highlight = properties.find(f"{W}shd"), properties.find(f"{W}highlight")
    is_shaded = shading is not None and not (
        shading.get(f"{W}val", "clear") in ("clear", "nil")
        and shading.get(f"{W}fill", "auto").upper() in ("AUTO", _WHITE)
        and shading.get(f"{W}themeFill", _PAPER[0]) in _PAPER
    )
    return is_shaded or (highlight is not None and highlight.get(f"{W}val", "") not in ("none", "white"))
