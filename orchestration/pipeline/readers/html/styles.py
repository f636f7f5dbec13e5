"""The styles of a page's elements by its own style sheets and attributes, in CSS's order of precedence.

Only properties that decide whether and how text is shown count; see `_PROPERTIES`. Only a browser knows the
effects of external style sheets and scripts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from orchestration.pipeline.readers.base import RejectedFile

_PROPERTIES = frozenset(
    ("display", "visibility", "opacity", "font-size", "font", "mso-hide", "text-decoration", "text-decoration-line",
     "content-visibility", "left", "top", "right", "text-indent", "margin-left", "margin-top", "clip", "clip-path",
     "color", "transform", "height", "width", "max-height", "max-width", "overflow", "overflow-x", "overflow-y",
     "vertical-align", "white-space", "list-style", "list-style-type", "order", "flex-direction", "flex-flow",
     "grid-row", "grid-row-start", "grid-area", "grid-template-areas", "transition", "animation", "position",
     "unicode-bidi", "direction", "filter", "-webkit-text-fill-color", "background-clip", "-webkit-background-clip")
)  # fmt: skip
# A rule matters only with one of these values, because most pages set sizes for everything.
_TELLING = re.compile(
    r"""
    (?<! [\w-] ) (?:                                               # a property, not a part of its name
        (?: display | visibility | mso-hide | content-visibility | clip | clip-path | transform | unicode-bidi ) \s*:
      | list-style (?:-type)? \s*:
      | white-space \s*:\s* (?: pre | break )                                # e.g. white-space:pre-wrap
      | vertical-align \s*:\s* (?: super | sub ) \b
      | (?: opacity | font-size | font | (?:max-)?height | (?:max-)?width ) \s*:\s*
        (?: [01] (?! [\d.]*[1-9] | \d | em | rem | % ) | 0?\.0 )                                # e.g. height:0px
      | font-size \s*:\s* 0?\.\d+ (?: px | pt )
      | opacity \s*:\s* 0%
      | overflow(?:-[xy])? \s*:\s* (?: hidden | clip )
      | text-decoration(?:-line)? \s*: [^;]* line-through
      | (?: -webkit-text-fill- )? color \s*:\s*
        (?: transparent | (?:rgb|hsl)a | (?:rgb|hsl)\( [^();]* / | \# (?: [\da-f]{4} ){1,2} \b )
      | (?: left | top | right | text-indent | margin-left | margin-top ) \s*:\s* -\d{3}     # e.g. left:-9999px
      | order \s*:\s* -?[1-9]
      | flex-(?:direction|flow) \s*: [^;]* -reverse
      | grid- (?: row (?:-start)? | area | template-areas ) \s*:                # e.g. grid-row:2
      | filter \s*:\s* opacity \( \s* 0
      | top \s*:\s* -[.\d] .* font-size                                       # of a raised mark
      | font-size .* [^\w-] top \s*:\s* -[.\d]
    )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_RULE = re.compile(r"([^{}]{1,400})\{([^{}]{0,4000})\}")
_SHEET_NOISE = re.compile(
    r"""
    /\*.*?\*/ | <!-- | -->                                                    # e.g. /* text */
    | @(?: import | charset | namespace | layer ) [^;{]{0,300} ;
    """,
    re.DOTALL | re.VERBOSE,
)
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
    (?: [\w.\#*\s>+~-] | \\. | \[ [^\]]{1,80} \]                                # e.g. div > .a[data-x="1"]
      | : (?: not | is | where | has | (?:nth|first|last|only)-(?:child|of-type) )             # e.g. p:nth-child(2)
        (?: \( [^()]{1,80} \) )?
    ){1,160}
    """,
    re.VERBOSE,
)
_CONDITION = re.compile(r"(?<!\\)[:\[]")  # .a:not(.b)   .a[href="b.html"]; not .md\:hidden
_NAME = re.compile(r"[.#](?:[\w-]|\\.)+")
_ESCAPED = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))")  # .\78   .md\:hidden
_VARIABLE = re.compile(r"(?<![\w-])(--[\w-]+)\s*:([^;{}]+)")  # --shown: none
_USE = re.compile(r"var\(\s*(?P<name>--[\w-]+)\s*(?:,(?P<else>[^()]*))?\)")  # var(--shown, block)
_WEIGHTLESS = re.compile(r":where\([^()]*\)")
_TAG_NAME = re.compile(r"(?:^|[\s>+~])[a-z]", re.IGNORECASE)
_MAX_RULES, _MAX_MATCHES = 5_000, 200_000
_MAX_SHEET = 400_000


class _Weight(NamedTuple):
    """The weight of a declaration; the highest wins (CSS Cascading 4, 6)."""

    is_important: bool
    is_own: bool  # from the element's style attribute
    ids: int
    classes: int
    tags: int
    position: int


class StyledNode(NamedTuple):
    """An element with a style from a rule or its attribute."""

    node: LexborNode
    style: str  # `;display:none;width:0`: each property once, with its final value


def style_nodes(tree: LexborHTMLParser, body: LexborNode) -> list[StyledNode]:
    """Return every styled element of the body, unordered.

    Raises:
        RejectedFile: too_large, if the rules match too many elements.
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
    rules = _read_rules(tree)
    used = _list_names(body) if rules else frozenset()
    for position, (selector, declared) in enumerate(rules):
        names = _NAME.findall(_CONDITION.split(selector, maxsplit=1)[0])
        if not used.issuperset(map(_unescape, names) if "\\" in selector else names):
            continue  # most rules of a large style sheet are for other pages
        weight = _weigh(selector, position)
        try:
            found = body.css(selector)
        except (ValueError, SelectolaxError):
            continue  # a selector that the parser does not support
        matches += len(found)
        if matches > _MAX_MATCHES:
            raise RejectedFile("too_large", f"style rules for more than {_MAX_MATCHES} elements")
        for node in found:
            hold(node, declared, weight)
    own = _Weight(False, True, 0, 0, 0, 0)
    for node in body.css("[style]"):
        hold(node, _read_declarations(node.attributes.get("style") or ""), own)
    return [
        StyledNode(nodes[key], "".join(f";{name}:{value}" for name, (_, value) in mine.items()))
        for key, mine in held.items()
    ]


def _unescape(name: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16) % 0x110000) if found[1] else found[2], name)


def _list_names(body: LexborNode) -> frozenset[str]:
    """Return the classes and ids of a page's elements, as selectors write them."""
    names: set[str] = set()
    around = [body] if body.parent is None else [body.parent, body]
    for node in [*around, *body.css("[class], [id]")]:
        attributes = node.attributes
        names.update(f".{name}" for name in (attributes.get("class") or "").split())
        names.add(f"#{attributes.get('id') or ''}")
    return frozenset(names)


def _read_rules(tree: LexborHTMLParser) -> list[tuple[str, dict[str, tuple[bool, str]]]]:
    """Return selectors and their relevant declarations, in page order."""
    rules: list[tuple[str, dict[str, tuple[bool, str]]]] = []
    split = list(split_rules(tree))
    variables = _read_variables(split)
    for selectors, block in split:
        if "var(" in block:
            block = _USE.sub(lambda use: variables.get(use["name"]) or use["else"] or "", block)
        if _TELLING.search(block) is None:
            continue
        declared = _read_declarations(block)
        for selector in selectors.split(",") if declared else ():
            name = " ".join(selector.split())
            if name and is_known_selector(name):
                rules.append((name, declared))
    return rules[:_MAX_RULES]


def _read_variables(rules: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the custom properties that have one value in all rules."""
    values: dict[str, set[str]] = {}
    for _, block in rules:
        if "--" in block:
            for name, value in _VARIABLE.findall(block):
                values.setdefault(name, set()).add(value.strip())
    return {name: next(iter(found)) for name, found in values.items() if len(found) == 1}


def split_rules(tree: LexborHTMLParser) -> Iterator[tuple[str, str]]:
    """Yield selectors and block of each rule that applies on a screen, unparsed."""
    for sheet in tree.css("style"):
        if _applies(sheet.attributes.get("media") or ""):
            text = _AT_RULE.sub(_open_at_rule, _SHEET_NOISE.sub("", sheet.text()[:_MAX_SHEET]))
            for rule in _RULE.finditer(text):
                yield rule[1], rule[2]


def is_known_selector(name: str) -> bool:
    """Return whether a selector depends only on the page, not on user actions (:hover)."""
    return _SELECTOR.fullmatch(name) is not None


def _open_at_rule(rule: re.Match[str]) -> str:
    """Return the rules inside an at-rule if it applies on a screen of usual width, otherwise ""."""
    if rule["kind"] == "media":
        return rule["rules"] if any(map(_applies, rule["query"].split(","))) else ""
    is_met = rule["kind"] == "layer" or (rule["kind"] == "supports" and "not" not in rule["query"])
    return rule["rules"] if is_met else ""


def _applies(query: str) -> bool:
    return _QUERY.fullmatch(query.strip()) is not None


def _read_declarations(block: str) -> dict[str, tuple[bool, str]]:
    """Return a block's relevant properties: name → (whether it is important, value)."""
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
    selector = _WEIGHTLESS.sub("", selector)
    return _Weight(
        False,
        False,
        selector.count("#"),
        selector.count(".") + selector.count("[") + selector.count(":"),
        len(_TAG_NAME.findall(selector)),
        position,
    )


def drop_inside(nodes: Iterable[LexborNode]) -> list[LexborNode]:
    """Return the distinct elements that are not inside another of them."""
    found = {node.mem_id: node for node in nodes}
    return [
        node for node in found.values() if not any(above.mem_id in found for above in list_ancestors(node))
    ]


def list_ancestors(node: LexborNode) -> Iterator[LexborNode]:
    """Yield the ancestors of a node, nearest first."""
    above = node.parent
    while above is not None:
        yield above
        above = above.parent


def find_element(node: LexborNode, side: str) -> LexborNode | None:
    """Return the element right beside a node (`side` is `next` or `prev`), whatever text lies between."""
    other: LexborNode | None = getattr(node, side)
    while other is not None and other.tag in ("-text", "-comment"):
        other = getattr(other, side)
    return other
