"""What a browser does not show of a page: taken out of its tree before its text is read.

Hidden are elements by their tag, by attributes, and by what the page's own rules say of them; see `html_styles`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from selectolax.lexbor import LexborNode

from orchestration.pipeline.chinese import count_han
from orchestration.pipeline.readers.html_styles import StyledNode, drop_inside, list_ancestors

_UNSEEN_TAGS = (
    "script, style, noscript, template, iframe, frame, object, embed, button, textarea, datalist, audio, video, "
    "canvas, head, rt, rp, rtc, del, s, strike, dialog:not([open]), [popover], "
    '[hidden]:not([hidden="until-found"]), marquee, [aria-hidden="true" i], a.msocomanchor'
)
_WORDS_OWN = re.compile(  # Word keeps comments and the heads of its pages in the pages that it writes
    r"mso-element\s*:\s*(?:comment|header|footer)",  # e.g. mso-element:comment-list
    re.IGNORECASE,
)
_HIDING = re.compile(
    r"""
    ; \s* (?:
        display \s*:\s* none                                                      # e.g. ;display:none
      | visibility \s*:\s* (?: hidden | collapse )                                # e.g. ;visibility:hidden
      | opacity \s*:\s* 0* (?:\.0+)? %? \s* (?: ; | $ )                           # e.g. ;opacity:0.0
      | font-size \s*:\s* 0* (?:\.0+)? (?: px | pt | em | rem | % )? \s* (?: ; | $ )   # e.g. ;font-size:0px
      | font-size \s*:\s* 1 (?: px | pt ) \s* (?: ; | $ )                         # e.g. ;font-size:1px
      | mso-hide \s*:\s* all                                                      # e.g. ;mso-hide:all
      | text-decoration (?:-line)? \s*: [^;]* line-through   # e.g. ;text-decoration:red line-through
      | content-visibility \s*:\s* hidden                                         # e.g. ;content-visibility:hidden
      | (?: left | top | right | text-indent | margin-left | margin-top ) \s*:\s* -\d{4,}px   # e.g. ;left:-9999px
      | clip \s*:\s* rect\( \s* 0                                                 # e.g. ;clip:rect(0,0,0,0)
      | clip-path \s*:\s* (?: inset\( \s* (?: 50 | 100 )% | circle\( \s* 0 )      # e.g. ;clip-path:inset(50%)
      | color \s*:\s* (?: transparent                                             # e.g. ;color:transparent
          | (?:rgb|hsl)a\( [^()]* , \s* 0* \.? 0* %? \s* \) )                     # e.g. ;color:rgba(0,0,0,0)
      | transform \s*: [^;]* scale[XY]? \( \s* 0 \s* [,)]                         # e.g. ;transform:scale(0)
      | font \s*: [^;]* \b 0 (?: px | pt | em )? \s* /                            # e.g. ;font:0/0 a
    )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_UNCOVERED = re.compile(  # what scripts show as the page is scrolled to it
    r";\s*(?:visibility\s*:\s*hidden|opacity\s*:|transform\s*:)",  # e.g. ;opacity:0
    re.IGNORECASE,
)
_HIDES_OWN_TEXT = re.compile(
    r"; \s* (?: font-size \s*:\s* 0 [^;]* | visibility \s*:\s* hidden [^;]* )",  # ;font-size:0
    re.IGNORECASE | re.VERBOSE,
)
_SHOWN_AGAIN = re.compile(r";\s*visibility\s*:\s*visible", re.IGNORECASE)
_NO_HEIGHT = re.compile(
    r"; \s* (?:max-)? (?: height | width ) \s*:\s* 0 (?: px | pt | em | % )? \s* (?: ; | $ )",  # ;max-height:0px
    re.IGNORECASE | re.VERBOSE,
)
_CLIPPED = re.compile(r"overflow(?:-[xy])?\s*:\s*(?:hidden|clip)", re.IGNORECASE)
_WHITE = re.compile(
    r"""
    ; \s* color \s*:\s*
    (?:
        white | \#fff(?:fff)?                                              # e.g. ;color:white   ;color:#fff
      | rgba?\( \s* 255 \s*,\s* 255 \s*,\s* 255 [^)]* \)                   # e.g. ;color:rgb(255, 255, 255)
      | hsla?\( [^()%]* , [^()%]* % \s*,\s* 100% [^()]* \)                 # e.g. ;color:hsl(0, 0%, 100%)
    ) \s* (?: ; | $ )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_GROUND = re.compile(r"background|bgcolor", re.IGNORECASE)
_PAGE_ID = re.compile(  # pagecontent_2
    r"(?P<name> .{0,40} (?: page | content | article | text | fenye ) [\w-]{0,10}? ) (?P<number> [1-9]\d? )",
    re.IGNORECASE | re.VERBOSE,
)
_SAME_CHARS = 30
_MAX_HIDDEN_SHARE = 0.6  # what hides more of a page's words is shown by a script
_MAX_UNCOVERED_SHARE = 0.5  # of all parts that are shown one after the other


def drop_unseen(body: LexborNode, styled: Sequence[StyledNode]) -> None:
    """Remove from the tree what is not shown; `styled` is what `style_nodes` says of it."""
    hidden = [node for node in _find_hidden(body, styled) if node.tag not in ("body", "html")]
    hidden = [node for node in hidden if not _is_later_page(node)]
    unseen = list(body.css(_UNSEEN_TAGS))
    running = [node for node in unseen if node.tag == "marquee"]  # notices (滚动公告), seldom a whole report
    if running:
        hidden += drop_inside(running)
        unseen = [node for node in unseen if node.tag != "marquee"]
    unseen += [node for node in body.css("[style]") if _WORDS_OWN.search(node.attributes.get("style") or "")]
    if hidden:
        # All that no script can show counts for no share of the words.
        words = _count_words(body) - sum(map(_count_words, drop_inside(unseen)))
        hidden = [node for node in hidden if _count_words(node) <= _MAX_HIDDEN_SHARE * words]
        uncovered = {
            each.node.mem_id
            for each in styled
            if _UNCOVERED.search(each.style) and not _hides(_UNCOVERED.sub(";", each.style))
        }
        revealed = [node for node in hidden if node.mem_id in uncovered]
        if sum(map(_count_words, drop_inside(revealed))) > _MAX_UNCOVERED_SHARE * words:
            hidden = [node for node in hidden if node.mem_id not in uncovered]
    _remove([*unseen, *hidden])


def _is_later_page(node: LexborNode) -> bool:
    """Whether an element is a later page of an article whose pages a script shows one after the other."""
    own = _PAGE_ID.fullmatch(node.attributes.get("id") or "")
    text = node.text().strip()
    if own is None or "tab" in own["name"].lower() or "。" not in text:
        return False
    before = node.prev
    while before is not None and before.tag in ("-text", "-comment"):
        before = before.prev
    if before is None or before.attributes.get("id") != f"{own['name']}{int(own['number']) - 1}":
        return False
    return text[:_SAME_CHARS] not in before.text()  # else the same for telephones or for print


def _count_words(node: LexborNode) -> int:
    return count_han(node.text())


def _remove(nodes: Iterable[LexborNode]) -> None:
    """Take nodes out of the tree, each once: one that is in another goes with that."""
    for node in drop_inside(nodes):
        node.decompose()


def _find_hidden(body: LexborNode, styled: Sequence[StyledNode]) -> Iterator[LexborNode]:
    around_shown = _find_around(each.node for each in styled if _SHOWN_AGAIN.search(each.style))
    for node, style in styled:
        if _HIDES_OWN_TEXT.search(style):
            # what is in it may be of another size, or be shown
            rest = _HIDES_OWN_TEXT.sub(";", style)
            if not _hides(rest) and (_has_parts(node) if "font" in style else node.mem_id in around_shown):
                continue
        if _hides(style) or (_WHITE.search(style) and not _has_ground(node)):
            yield node
    for node in body.css("font[color]"):
        if _WHITE.search(f";color:{node.attributes.get('color') or ''}") and not _has_ground(node):
            yield node


def _has_parts(node: LexborNode) -> bool:
    """Whether an element has elements with text, whose size may be their own."""
    return any(child.text().strip() for child in node.iter())


def _find_around(nodes: Iterable[LexborNode]) -> set[int]:
    """The elements around some elements, each looked at once."""
    around: set[int] = set()
    for node in nodes:
        for above in list_ancestors(node):
            if above.mem_id in around:
                break  # what is around that one is there already
            around.add(above.mem_id)
    return around


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
