"""How a page's own rules style its elements: style sheets in it, then attributes, by CSS's order of precedence.

Only what decides whether and how text is shown: see `_PROPERTIES`. What outside style sheets and scripts
do, only a browser knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from orchestration.pipeline.readers.base import RejectedFile

_PROPERTIES = frozenset(
    ("display", "visibility", "opacity", "font-size", "font", "mso-hide", "text-decoration", "text-decoration-line",
     "content-visibility", "left", "top", "right", "text-indent", "margin-left", "margin-top", "clip", "clip-path",
     "color", "transform", "height", "width", "max-height", "max-width", "overflow", "overflow-x", "overflow-y",
     "vertical-align", "white-space", "list-style", "list-style-type")
)  # fmt: skip
# Of these, a value that a rule of the page gives matters only where it is one of these: most pages size everything.
_TELLING = re.compile(
    r"""
    (?: display | visibility | mso-hide | content-visibility | clip | clip-path | transform ) \s*:
    | list-style (?:-type)? \s*:
    | white-space \s*:\s* (?: pre | break )                                # e.g. white-space:pre-wrap
    | vertical-align \s*:\s* (?: super | sub ) \b
    | (?: opacity | font-size | font | (?:max-)?height | (?:max-)?width ) \s*:\s*
      [01] (?! [\d.]*[1-9] | \d | em | rem | % )                                               # e.g. height:0px
    | overflow(?:-[xy])? \s*:\s* (?: hidden | clip )
    | text-decoration(?:-line)? \s*: [^;]* line-through
    | color \s*:\s* (?: transparent | (?:rgb|hsl)a )
    | (?: left | top | right | text-indent | margin-left | margin-top ) \s*:\s* -\d{4}       # e.g. left:-9999px
    """,
    re.IGNORECASE | re.VERBOSE,
)
_RULE = re.compile(r"([^{}]{1,400})\{([^{}]{0,4000})\}")
_SHEET_NOISE = re.compile(r"/\*.*?\*/|<!--|-->|@(?:import|charset)[^;]{0,300};", re.DOTALL)
_AT_RULE = re.compile(
    r"""
    @(?P<kind> media | supports | layer | keyframes | -\w+-keyframes ) (?P<query> [^{;]{0,120} )
    \{ (?P<rules> (?: [^{}]* \{ [^{}]* \} )* [^{}]* ) \}                       # e.g. @media print{p{color:red}}
    """,
    re.VERBOSE,
)
_QUERY = re.compile(
    r"""
    (?: (?: only \s+ )? (?: all | screen ) )?                                  # e.g. only screen
    (?: \s* (?: and )? \s* \( \s* min-(?:device-)?width \s*:\s* (?: \d{1,3} | 1[01]\d\d ) px \s* \) )?
    """,
    re.IGNORECASE | re.VERBOSE,
)
_SELECTOR = re.compile(
    r"""
    (?: [\w.\#*\s>+~-] | \[ [^\]]{1,80} \]                                     # e.g. div > .a[data-x="1"]
      | : (?: not | is | (?:nth|first|last|only)-(?:child|of-type) )             # e.g. p:nth-child(2)
        (?: \( [^()]{1,80} \) )?
    ){1,160}
    """,
    re.VERBOSE,
)
_TAG_NAME = re.compile(r"(?:^|[\s>+~])[a-z]", re.IGNORECASE)
_MAX_RULES, _MAX_MATCHES = 300, 200_000
_MAX_SHEET = 400_000


class _Weight(NamedTuple):
    """What decides between two declarations, the higher one winning (CSS Cascading 4, 6)."""

    is_important: bool
    is_own: bool  # of the element's style attribute
    ids: int
    classes: int
    tags: int
    position: int


class StyledNode(NamedTuple):
    """An element that a rule or its own style says something of."""

    node: LexborNode
    style: str  # `;display:none;width:0`: each property once, as it holds


def style_nodes(tree: LexborHTMLParser, body: LexborNode) -> list[StyledNode]:
    """Every element of the body that styles say something of, in no order.

    Raises:
        RejectedFile: too_large, for rules that hold for elements without end.
    """
    nodes: dict[int, LexborNode] = {}
    held: dict[int, dict[str, tuple[_Weight, str]]] = {}

    def hold(node: LexborNode, declared: Mapping[str, tuple[bool, str]], weight: _Weight) -> None:
        nodes.setdefault(node.mem_id, node)
        mine = held.setdefault(node.mem_id, {})
        for name, (is_important, value) in declared.items():
            own = weight._replace(is_important=is_important)
            if name not in mine or own >= mine[name][0]:
                mine[name] = own, value

    matches = 0
    for position, (selector, declared) in enumerate(_read_rules(tree)):
        weight = _weigh(selector, position)
        try:
            found = body.css(selector)
        except (ValueError, SelectolaxError):
            continue  # a selector that the parser does not know
        matches += len(found)
        if matches > _MAX_MATCHES:
            raise RejectedFile("too_large", f"style rules for over {_MAX_MATCHES} elements")
        for node in found:
            hold(node, declared, weight)
    own = _Weight(False, True, 0, 0, 0, 0)
    for node in body.css("[style]"):
        hold(node, _read_declarations(node.attributes.get("style") or ""), own)
    return [
        StyledNode(nodes[key], "".join(f";{name}:{value}" for name, (_, value) in mine.items()))
        for key, mine in held.items()
    ]


def _read_rules(tree: LexborHTMLParser) -> list[tuple[str, dict[str, tuple[bool, str]]]]:
    """Selectors and what they declare, in the order of the page; none where no rule says anything of this."""
    rules: list[tuple[str, dict[str, tuple[bool, str]]]] = []
    for selectors, block in split_rules(tree):
        if _TELLING.search(block) is None:
            continue
        declared = _read_declarations(block)
        for selector in selectors.split(",") if declared else ():
            name = " ".join(selector.split())
            if name and is_known_selector(name):
                rules.append((name, declared))
    return rules[:_MAX_RULES]


def split_rules(tree: LexborHTMLParser) -> Iterator[tuple[str, str]]:
    """Selectors and block of each rule of the page that holds on a screen, as they stand."""
    for sheet in tree.css("style"):
        if _applies(sheet.attributes.get("media") or ""):
            text = _AT_RULE.sub(_open_at_rule, _SHEET_NOISE.sub("", sheet.text()[:_MAX_SHEET]))
            for rule in _RULE.finditer(text):
                yield rule[1], rule[2]


def is_known_selector(name: str) -> bool:
    """Whether a selector says of the page itself what it holds for, not of what its reader does (:hover)."""
    return _SELECTOR.fullmatch(name) is not None


def _open_at_rule(rule: re.Match[str]) -> str:
    """The rules in an at-rule that hold on a screen of usual width, else nothing."""
    if rule["kind"] == "media":
        return rule["rules"] if any(map(_applies, rule["query"].split(","))) else ""
    return rule["rules"] if rule["kind"] == "layer" else ""


def _applies(query: str) -> bool:
    return _QUERY.fullmatch(query.strip()) is not None


def _read_declarations(block: str) -> dict[str, tuple[bool, str]]:
    """What a block declares of the properties that count: by name, whether it is important and its value."""
    declared: dict[str, tuple[bool, str]] = {}
    for part in block.split(";"):
        name, colon, value = part.partition(":")
        name = name.strip().lower()
        if not colon or name not in _PROPERTIES:
            continue
        bare, mark, _ = value.partition("!")
        if not mark and declared.get(name, (False, ""))[0]:
            continue
        declared[name] = bool(mark), bare.strip()
    return declared


def _weigh(selector: str, position: int) -> _Weight:
    return _Weight(
        False,
        False,
        selector.count("#"),
        selector.count(".") + selector.count("[") + selector.count(":"),
        len(_TAG_NAME.findall(selector)),
        position,
    )


def drop_inside(nodes: Iterable[LexborNode]) -> list[LexborNode]:
    """Of these elements those that are in none of the others, each once."""
    found = {node.mem_id: node for node in nodes}
    return [
        node for node in found.values() if not any(above.mem_id in found for above in list_ancestors(node))
    ]


def list_ancestors(node: LexborNode) -> Iterator[LexborNode]:
    """The elements around a node, the nearest first."""
    above = node.parent
    while above is not None:
        yield above
        above = above.parent
