"""Numbers of ordered lists (HTML Living Standard, 4.4.5; CSS Lists 3), which only a browser shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile

from selectolax.lexbor import LexborNode

from orchestration.pipeline.chinese import CHAPTER_MARK, FIRST_MARK, ROUND_MARK
from orchestration.pipeline.readers.html.styles import StyledNode, list_ancestors
from orchestration.pipeline.readers.number_formats import format_number

KINDS = {  # values of list-style-type and of the attribute type → formats of number_formats
    "decimal": "decimal", "1": "decimal", "decimal-leading-zero": "decimalZero",
    "lower-alpha": "lowerLetter", "lower-latin": "lowerLetter", "a": "lowerLetter",
    "upper-alpha": "upperLetter", "upper-latin": "upperLetter", "A": "upperLetter",
    "lower-roman": "lowerRoman", "i": "lowerRoman", "upper-roman": "upperRoman", "I": "upperRoman",
    "cjk-ideographic": "chineseCounting", "simp-chinese-informal": "chineseCounting",
    "trad-chinese-informal": "chineseCounting", "cjk-decimal": "ideographDigital",
    "simp-chinese-formal": "chineseLegalSimplified", "cjk-heavenly-stem": "ideographTraditional",
    "cjk-earthly-branch": "ideographZodiac",
}  # fmt: skip
_HAN_KINDS = ("chinese", "ideograph")  # followed by 、
_NO_NUMBER = ("none", "disc", "circle", "square")
_STYLE = re.compile(r";list-style(?:-type)?:([^;]*)", re.IGNORECASE)
_NUMBERED = re.compile(
    rf"""
    \s* (?:
        {FIRST_MARK} | {ROUND_MARK} | {CHAPTER_MARK}      # e.g. 一、   （2）   第一章
      | \d{{1,3}} \s* [.．、)）] | [①-⑳⑴-⒛]              # e.g. 1.   ①
    )
    """,
    re.VERBOSE,
)
MARK = "data-fazhi-list"  # attribute that stores the kind of a list's numbers
_MAX_LISTS, _MAX_ITEMS = 200, 2_000


def mark_lists(styled: list[StyledNode]) -> None:
    """Store the number style of lists and items in their elements."""
    for node, style in styled:
        found = _STYLE.search(style)
        if found is None or node.tag not in ("ol", "ul", "li"):
            continue
        words = found[1].lower().split()
        kind = next((word for word in words if word in KINDS or word in _NO_NUMBER), "")
        if kind or "url(" in found[1]:
            node.attrs[MARK] = kind or "none"


def number_lists(body: LexborNode) -> None:
    """Write the numbers of each ordered list before its items, unless the items already have numbers."""
    for ordered in body.css("ol")[:_MAX_LISTS]:
        items = [child for child in ordered.iter() if child.tag == "li"][:_MAX_ITEMS]
        firsts = [_find_first_text(item) for item in items]
        own = sum(
            first is not None and _NUMBERED.match(first.text_content or "") is not None for first in firsts
        )
        if not items or 2 * own >= len(items):
            continue
        for item, first, label in zip(items, firsts, _count(ordered, items), strict=True):
            if first is None or not label or _is_in_list(first, item):
                continue
            words = (first.text_content or "").lstrip()
            first.replace_with(label + (" " if words[:1].isdigit() else "") + words)


def _find_first_text(item: LexborNode) -> LexborNode | None:
    parts = item.traverse(include_text=True)
    return next((part for part in parts if part.tag == "-text" and (part.text_content or "").strip()), None)


def _is_in_list(part: LexborNode, item: LexborNode) -> bool:
    """Return whether a piece of text belongs to a list inside an item."""
    within = takewhile(lambda above: above.mem_id != item.mem_id, list_ancestors(part))
    return any(above.tag in ("ol", "ul") for above in within)


def _count(ordered: LexborNode, items: list[LexborNode]) -> Iterator[str]:
    """Yield the label of each item, such as 1. or 一、; empty if it shows none."""
    is_reversed = "reversed" in ordered.attributes
    start = _integer(ordered.attributes.get("start"))
    number = start if start is not None else len(items) if is_reversed else 1
    for item in items:
        value = _integer(item.attributes.get("value"))
        number = number if value is None else value
        yield _label(number, _find_kind(ordered, item))
        number += -1 if is_reversed else 1


def _find_kind(ordered: LexborNode, item: LexborNode) -> str:
    stated = (
        item.attributes.get(MARK),
        item.attributes.get("type"),
        ordered.attributes.get(MARK),
        ordered.attributes.get("type"),
    )
    return next((kind for kind in stated if kind in KINDS or kind in _NO_NUMBER), "decimal") or "decimal"


def _label(number: int, kind: str) -> str:
    if kind in _NO_NUMBER:
        return ""
    form = KINDS[kind]
    shown = (format_number(number, form) if number > 0 else "") or str(number)
    return f"{shown}{'、' if form.startswith(_HAN_KINDS) and number > 0 else '.'}"


def _integer(value: str | None) -> int | None:
    found = re.match(r"\s*([+-]?\d{1,6})", value or "")
    return int(found[1]) if found else None
