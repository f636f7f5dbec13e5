"""Words and numbers that CSS adds before or after elements (content, counter) and that the source lacks.

This covers the parts of CSS Generated Content 3 and CSS Lists 3 that reports use: strings, attributes, counters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from orchestration.pipeline.chinese import ALL_HAN
from orchestration.pipeline.readers.html.lists import KINDS
from orchestration.pipeline.readers.html.styles import is_known_selector, split_rules
from orchestration.pipeline.readers.number_formats import format_number

_COUNTS = re.compile(r"counter-(?:increment|reset|set)")
_WRITES = re.compile(
    rf"""
    content \s*:\s* [^;}}]* (?: counters?\( | attr\( | ["'] [^"']* [\d\\{ALL_HAN}] )    # e.g. content:"34件"
    """,
    re.VERBOSE,
)
_PSEUDO = re.compile(r"::?(before|after)$")
_DECLARATION = re.compile(
    r"""
    ([\w-]+) \s*:\s* ( (?: "[^"]*" | '[^']*' | [^;"'] )* )        # e.g. content:"；"
    """,
    re.VERBOSE,
)
_UNSEEN = re.compile(
    r"""
    display:none | visibility:hidden                              # e.g. display:none
    | (?: opacity | font-size ) :0 (?![.\d])                       # e.g. opacity:0; not opacity:0.8
    """,
    re.VERBOSE,
)
_PART = re.compile(
    r"""
    "(?P<double>[^"]*)" | '(?P<single>[^']*)'                                        # e.g. "件"
    | attr\( \s* (?P<attribute>[\w-]+) \s* \)                                       # e.g. attr(data-n)
    | counters? \( \s* (?P<counter>[\w-]+) (?: \s*,\s* ["'][^"']*["'] )?
      (?: \s*,\s* (?P<kind>[\w-]+) )? \s* \)                                        # e.g. counter(n, decimal)
    """,
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?|\\(.)")
_STEP = re.compile(r"([A-Za-z_][\w-]*)(?:\s+(-?\d{1,6}))?")
_TELLS = re.compile(rf"[\d{ALL_HAN}]")
_EMPTY_TAGS = frozenset(("img", "input", "br", "hr", "embed"))
_MAX_RULES, _MAX_NODES = 300, 20_000


class _Rule(NamedTuple):
    """A rule for an element, or for its ::before or ::after content."""

    selector: str
    place: str  # "" for the element itself
    declared: Mapping[str, str]


def write_generated(tree: LexborHTMLParser, body: LexborNode) -> None:
    """Write generated content with digits or Chinese characters into the tree as text."""
    sheets = "\n".join(sheet.text() for sheet in tree.css("style"))
    if not _WRITES.search(sheets):
        return
    rules = list(_read_rules(tree))[:_MAX_RULES]
    held: dict[int, dict[str, dict[str, str]]] = {}  # by element and place
    nodes: dict[int, LexborNode] = {}
    for rule in rules:
        try:
            found = body.css(rule.selector)
        except (ValueError, SelectolaxError):
            continue  # a selector that the parser does not support
        for node in found[:_MAX_NODES]:
            nodes[node.mem_id] = node
            held.setdefault(node.mem_id, {}).setdefault(rule.place, {}).update(rule.declared)
    counts = any(_COUNTS.match(name) for rule in rules for name in rule.declared)
    counters: dict[str, int] = {}
    for node in list(body.traverse()) if counts else list(nodes.values()):
        mine = held.get(node.mem_id)
        if mine is not None:
            _write_around(node, mine, counters)


def _read_rules(tree: LexborHTMLParser) -> Iterator[_Rule]:
    """Yield the rules with counters or content; overriding rules come after those that they override."""
    found: list[tuple[tuple[int, int], _Rule]] = []
    for selectors, block in split_rules(tree):
        if "content" not in block and "counter-" not in block:
            continue
        declared = {name.lower(): value.strip() for name, value in _DECLARATION.findall(block)}
        is_unseen = _UNSEEN.search("".join(block.split()).lower()) is not None
        for selector in selectors.split(","):
            name = " ".join(selector.split())
            pseudo = _PSEUDO.search(name)
            base = name[: pseudo.start()] if pseudo else name
            base += "*" if not base or base[-1] in " >+~" else ""
            if is_known_selector(base):
                rule = _Rule(base, pseudo[1] if pseudo else "", {} if is_unseen and pseudo else declared)
                found.append(((base.count("#"), base.count(".") + base.count("[") + base.count(":")), rule))
    found.sort(key=lambda one: one[0])
    return (rule for _, rule in found)


def _write_around(node: LexborNode, mine: Mapping[str, Mapping[str, str]], counters: dict[str, int]) -> None:
    for place in ("", "before", "after"):
        declared = mine.get(place)
        if declared is None:
            continue
        for name, least in (("counter-reset", 0), ("counter-set", 0), ("counter-increment", 1)):
            for counter, number in _STEP.findall(declared.get(name, "")):
                step = int(number) if number else least
                counters[counter] = step + (counters.get(counter, 0) if name == "counter-increment" else 0)
        text = _read_content(declared.get("content", ""), node, counters) if place else ""
        if not text or node.tag in _EMPTY_TAGS:
            continue
        if place == "before" and node.child is not None:
            # a number of the counter is none of the figure's digits
            text += ". " if text[-1].isdecimal() and node.text()[:1].isdecimal() else ""
            node.child.insert_before(text)
        else:
            node.insert_child(text)


def _read_content(value: str, node: LexborNode, counters: Mapping[str, int]) -> str:
    """Return the text of a `content` value; empty without digits or Chinese characters, as for icons."""
    text = ""
    for part in _PART.finditer(value):
        if part["attribute"]:
            own = node.attributes.get(part["attribute"]) or ""
            text += "" if own == node.text().strip() else own  # a repeated text is a shadow
        elif part["counter"]:
            kind = KINDS.get(part["kind"] or "decimal", part["kind"] or "decimal")
            text += format_number(counters.get(part["counter"], 0), kind)
        else:
            text += _ESCAPE.sub(_unescape, part["double"] or part["single"] or "")
    return text if _TELLS.search(text) else ""


def _unescape(found: re.Match[str]) -> str:
    if found[2]:
        return found[2]
    code = int(found[1], 16)
    return chr(code) if 31 < code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
