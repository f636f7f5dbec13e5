"""What a browser does not show of a page: taken out of its tree before its text is read.

Hidden are elements by their tag, by attributes, by their own style and by plain rules of the
page's own style sheets. What scripts and outside style sheets hide, only a browser knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

_UNSEEN_TAGS = (
    "script, style, noscript, template, iframe, frame, object, embed, svg, math, select, option, button, input, "
    "textarea, datalist, audio, video, canvas, head, rt, rp, rtc, del, s, strike, dialog:not([open]), "
    '[hidden]:not([hidden="until-found"]), [aria-hidden="true" i]'
)
_HIDING = re.compile(
    r"""
    (?:^|;) \s* (?:
        display \s*:\s* none                                                      # e.g. display:none
      | visibility \s*:\s* (?: hidden | collapse )                                # e.g. visibility:hidden
      | opacity \s*:\s* 0* (?:\.0+)? %? \s* (?: ; | ! | $ )                       # e.g. opacity:0.0
      | font-size \s*:\s* 0* (?:\.0+)? (?: px | pt | em | rem | % )? \s* (?: ; | ! | $ )   # e.g. font-size:0px
      | mso-hide \s*:\s* all                                                      # e.g. mso-hide:all
      | text-decoration (?:-line)? \s*: [^;]* line-through   # e.g. text-decoration:red line-through
      | content-visibility \s*:\s* hidden                                         # e.g. content-visibility:hidden
      | (?: left | top | right | text-indent | margin-left | margin-top ) \s*:\s* -\d{4,}px   # e.g. left:-9999px
      | (?: clip \s*:\s* rect\( \s* 0                                             # e.g. clip:rect(0,0,0,0)
          | clip-path \s*:\s* inset\( \s* (?: 50 | 100 )% )                       # e.g. clip-path:inset(50%)
      | (?<!-) color \s*:\s* (?: transparent                                      # e.g. color:transparent
          | (?:rgb|hsl)a\( [^()]* , \s* 0* \.? 0* %? \s* \) )                   # e.g. color:rgba(0,0,0,0)
      | transform \s*: [^;]* scale[XY]? \( \s* 0 \s* [,)]                        # e.g. transform:scale(0)
      | font \s*: [^;]* \b 0 (?: px | pt | em )? \s* /                           # e.g. font:0/0 a
    )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_NO_HEIGHT = re.compile(
    r"""
    (?:^|;) \s* (?:max-)? (?: height | width ) \s*:\s*
    0 (?: px | pt | em | % )? \s* (?: ; | ! | $ )                         # e.g. max-height:0px
    """,
    re.IGNORECASE | re.VERBOSE,
)
_CLIPPED = re.compile(r"overflow(?:-[xy])?\s*:\s*(?:hidden|clip)", re.IGNORECASE)
_WHITE = re.compile(
    r"""
    (?:^|;) \s* color \s*:\s*
    (?:
        white | \#fff(?:fff)?                                              # e.g. color:white   color:#fff
      | rgba?\( \s* 255 \s*,\s* 255 \s*,\s* 255 [^)]* \)                   # e.g. color:rgb(255, 255, 255)
      | hsla?\( [^()%]* , [^()%]* % \s*,\s* 100% [^()]* \)                 # e.g. color:hsl(0, 0%, 100%)
    ) \s* (?: ; | ! | $ )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_GROUND = re.compile(r"background|bgcolor", re.IGNORECASE)
_RULE = re.compile(r"([^{}]{1,400})\{([^{}]{0,4000})\}")
_SHEET_NOISE = re.compile(r"/\*.*?\*/|<!--|-->|@(?:import|charset)[^;]{0,300};", re.DOTALL)
_MEDIA = re.compile(
    r"""
    @(?: media | supports | keyframes | -\w+-keyframes ) [^{]{0,300}
    \{ (?: [^{}]* \{ [^{}]* \} )* [^{}]* \}                                # e.g. @media print{p{color:red}}
    """,
    re.VERBOSE,
)
_PLAIN_SELECTOR = re.compile(r"[\w.#*\s>-]{1,120}(?:\[[^\]]{1,80}\])?")
_MAX_RULES = 300
_MAX_HIDDEN_SHARE = 0.6  # what hides more of a page's words is shown by a script
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_HAN = re.compile(r"[\u3400-\u9fff]")
_NOTE_MARK = re.compile(
    r"""
    \s* (?:
        [\[【〔(（] \s* \d{1,3} \s* [\]】〕)）]      # e.g. [1]   （12）
      | [①-⑳*※]                                     # e.g. ①   *
      | 注 \s* \d{0,2}                              # e.g. 注1
    ) \s*
    """,
    re.VERBOSE,
)


def drop_unseen(tree: LexborHTMLParser, body: LexborNode) -> None:
    """Remove from the tree what is not shown, and marks of notes set above the line."""
    sheets = [style.text() for style in tree.css("style")]
    # All that no script can show goes first: it counts for no share of the words.
    _remove(body.css(_UNSEEN_TAGS))
    _remove(node for node in body.css("sup") if _NOTE_MARK.fullmatch(node.text()))
    for raised in body.css("sup"):
        if raised.text().strip().isdecimal() and raised.text().isascii():  # m² is no m2, 34¹件 no 341件
            raised.replace_with(raised.text().strip().translate(_SUPERSCRIPT))
    words = len(_HAN.findall(body.text()))
    hidden = [node for node in _find_hidden(body, sheets) if node.tag not in ("body", "html")]
    _remove(node for node in hidden if len(_HAN.findall(node.text())) <= _MAX_HIDDEN_SHARE * words)


def _remove(nodes: Iterable[LexborNode]) -> None:
    """Take nodes out of the tree, each once: one that is in another goes with that."""
    found = list(nodes)
    ids = {node.mem_id for node in found}
    for node in [node for node in found if not _stands_in(node, ids)]:
        node.decompose()


def _stands_in(node: LexborNode, ids: set[int]) -> bool:
    above = node.parent
    while above is not None:
        if above.mem_id in ids:
            return True
        above = above.parent
    return False


def _find_hidden(body: LexborNode, sheets: Iterable[str]) -> Iterator[LexborNode]:
    for node in body.css("[style]"):
        style = node.attributes.get("style") or ""
        if _hides(style) or (_WHITE.search(style) and not _has_ground(node)):
            yield node
    for node in body.css("font[color]"):
        if _WHITE.search(f"color:{node.attributes.get('color') or ''}") and not _has_ground(node):
            yield node
    for selector in _hiding_selectors(sheets):
        try:
            yield from body.css(selector)
        except (ValueError, SelectolaxError):
            continue  # a selector that the parser does not know


def _hides(style: str) -> bool:
    return _HIDING.search(style) is not None or (
        _NO_HEIGHT.search(style) is not None and _CLIPPED.search(style) is not None
    )


def _has_ground(node: LexborNode) -> bool:
    """Whether a background may be set for an element or for one around it."""
    above: LexborNode | None = node
    while above is not None and above.tag not in ("body", "html"):
        attributes = above.attributes
        if "class" in attributes or "bgcolor" in attributes or _GROUND.search(attributes.get("style") or ""):
            return True
        above = above.parent
    return False


def _hiding_selectors(sheets: Iterable[str]) -> list[str]:
    """Selectors of the rules that hide, without those that a later rule of the same selector shows again."""
    hiding: dict[str, bool] = {}
    for sheet in sheets:
        rules = _MEDIA.sub("", _SHEET_NOISE.sub("", sheet[:200_000]))
        for rule in _RULE.finditer(rules):
            for selector in rule[1].split(","):
                name = " ".join(selector.split())
                if name and _PLAIN_SELECTOR.fullmatch(name):
                    if _hides(rule[2]):
                        hiding[name] = True
                    elif name in hiding and re.search(r"display\s*:|visibility\s*:", rule[2]):
                        hiding[name] = False
    return [name for name, hides in hiding.items() if hides][:_MAX_RULES]
