"""Remove the parts of a page that a browser does not show, before its text is read.

Elements are hidden by their tag, their attributes, or the page's own style rules; see `styles`.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence

from selectolax.lexbor import LexborNode

from orchestration.pipeline.chinese import count_han
from orchestration.pipeline.readers.html.styles import StyledNode, drop_inside, find_element, list_ancestors
from orchestration.pipeline.readers.html.tables import read_span

_UNSEEN_TAGS = (
    "script, style, noscript, template, iframe, frame, object, embed, button, textarea, datalist, audio, video, "
    "canvas, meter, progress, .swiper-slide-duplicate, .slick-cloned, "
    "head, rt, rp, rtc, del, s, strike, dialog:not([open]), [popover], "
    '[hidden]:not([hidden="until-found"]), marquee, [aria-hidden="true" i], a.msocomanchor'
)
_WORDS_OWN = re.compile(  # Word writes comments and page headers into its HTML pages
    r"mso-element\s*:\s*(?:comment|header|footer)",  # e.g. mso-element:comment-list
    re.IGNORECASE,
)
_HIDING = re.compile(
    r"""
    ; \s* (?:
        display \s*:\s* none                                                      # e.g. ;display:none
      | visibility \s*:\s* (?: hidden | collapse )                                # e.g. ;visibility:hidden
      | opacity \s*:\s* 0* (?:\.0\d*)? %? \s* (?: ; | $ )                          # e.g. ;opacity:0.01
      | font-size \s*:\s* 0* (?:\.0+)? (?: px | pt | em | rem | % )? \s* (?: ; | $ )   # e.g. ;font-size:0px
      | font-size \s*:\s* 0? (?: \.\d+ (?: px | pt ) | \.0\d* r?em ) \s* (?: ; | $ )      # e.g. ;font-size:.5px
      | font-size \s*:\s* 1 (?: px | pt ) \s* (?: ; | $ )                         # e.g. ;font-size:1px
      | mso-hide \s*:\s* all                                                      # e.g. ;mso-hide:all
      | text-decoration (?:-line)? \s*: [^;]* line-through   # e.g. ;text-decoration:red line-through
      | content-visibility \s*:\s* hidden                                         # e.g. ;content-visibility:hidden
      | (?: left | top | right | text-indent | margin-left | margin-top ) \s*:\s*
        - (?: \d{4,} (?: px | pt ) | \d{3,} (?: r?em | ch | v[wh] ) )                  # e.g. ;left:-9999px
      | clip \s*:\s* rect\( \s* 0                                                 # e.g. ;clip:rect(0,0,0,0)
      | clip-path \s*:\s* (?: inset\( \s* (?: 50 | 100 )% | (?: circle | ellipse )\( \s* 0
          | polygon\( (?: \s* 0 (?: px | % )? \s* ,? )+ \) )                         # e.g. ;clip-path:inset(50%)
      | color \s*:\s* (?: transparent                                             # e.g. ;color:transparent
          | (?: (?:rgb|hsl)a\( [^()]* , | (?:rgb|hsl)a?\( [^()]* / ) \s* 0* \.? 0* %? \s* \)
          | \# (?: [\da-f]{3} 0 | [\da-f]{6} 00 ) \s* (?: ; | $ ) )                   # e.g. ;color:rgba(0,0,0,0)
      | -webkit-text-fill-color \s*:\s* transparent
      | filter \s*:\s* opacity\( \s* 0* \.? 0* %? \s* \)                        # e.g. ;filter:opacity(0)
      | transform \s*: [^;]* (?: scale[XY]? \( \s* 0? (?:\.0\d*)? \s* [,)]
          | translate[XY]? \( \s* - (?: \d{4,} px | \d{3,} (?: em | v[wh] ) ) )        # e.g. ;transform:scale(0)
      | font \s*: [^;]* \b 0 (?: px | pt | em )? \s* /                            # e.g. ;font:0/0 a
    )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_TRANSPARENT = re.compile(
    r"; \s* (?:-webkit-text-fill-)? color \s*:\s* (?: transparent | (?:rgb|hsl)a\( [^;]* )",  # ;color:transparent
    re.IGNORECASE | re.VERBOSE,
)
_SHOWS_GROUND = re.compile(r"background-clip\s*:\s*text", re.IGNORECASE)  # colours the characters
_UNCOVERED = re.compile(  # scripts show these on scrolling
    r";\s*(?:visibility\s*:\s*hidden|opacity\s*:|transform\s*:)",  # e.g. ;opacity:0
    re.IGNORECASE,
)
_FADES_IN = re.compile(r";(?:transition|animation):(?!\s*none)", re.IGNORECASE)  # ;transition:opacity .5s
_PLACED = re.compile(r";position:\s*(?:absolute|fixed)", re.IGNORECASE)  # as words that a mouse brings up
_NOT_YET = re.compile(r";opacity:[^;]*", re.IGNORECASE)
_HIDES_OWN_TEXT = re.compile(
    r"; \s* (?: font-size \s*:\s* 0 [^;]* | visibility \s*:\s* hidden [^;]* )",  # ;font-size:0
    re.IGNORECASE | re.VERBOSE,
)
_SHOWN_AGAIN = re.compile(r";\s*visibility\s*:\s*visible", re.IGNORECASE)
_NO_HEIGHT = re.compile(
    r"; \s* (?:max-)? (?: height | width ) \s*:\s* (?: 0 (?: px | pt | em | % )? | 1px ) \s* (?: ; | $ )",  # ;height:0
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
_GROUND = re.compile(
    r"""
    background (?: -color )? \s*:\s*+ (?! (?: white | transparent | none | \#fff(?:fff)? ) \s* (?: ; | $ ) )
    | background-image | bgcolor                                           # e.g. background:#c00
    """,
    re.IGNORECASE | re.VERBOSE,
)
_PAGE_ID = re.compile(
    r"""
    (?P<name> .{0,40} (?: page | content | article | text | fenye ) [\w-]{0,10}? | p )
    (?P<number> [1-9]\d? )                                                          # e.g. pagecontent_2   p2
    """,
    re.IGNORECASE | re.VERBOSE,
)
_OPENS_REST = re.compile(r"(?:点击)?(?:展开|查看|阅读|显示|浏览)(?:全文|全部|剩余|余下)")  # words of a button
_BUTTON_CHARS = 12
_TO_A_PAGE = re.compile(r"(?!#|javascript:)\S", re.IGNORECASE)  # an address
_NUMBER = re.compile(r"\d[\d,.]*")
_SAME_CHARS = 30
_MAX_HIDDEN_SHARE = 0.6  # of a page's words; a rule that hides more is undone by a script
_MAX_UNCOVERED_SHARE = 0.5  # of all parts that are revealed in turn


def drop_unseen(body: LexborNode, styled: Sequence[StyledNode]) -> None:
    """Remove everything from the tree that is not shown; `styled` is the result of `style_nodes`."""
    hidden = [node for node in _find_hidden(body, styled) if node.tag not in ("body", "html")]
    hidden = [node for node in hidden if not _is_later_page(node)]
    unseen = list(body.css(_UNSEEN_TAGS))
    running = [node for node in unseen if node.tag == "marquee"]  # notices (滚动公告), rarely a report
    if running:
        hidden += drop_inside(running)
        unseen = [node for node in unseen if node.tag != "marquee"]
    hidden_ids = {node.mem_id for node in hidden}
    unseen = [node for node in unseen if not _is_shown_number(node, hidden_ids)]
    unseen += [node for node in body.css("[style]") if _WORDS_OWN.search(node.attributes.get("style") or "")]
    if hidden and _OPENS_REST.search(shown := body.text()):
        hidden = [node for node in hidden if not _is_rest(node, shown)]
    if hidden:
        # Parts that no script can show do not count in the share of words.
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
    columns = [cell for node in hidden if node.tag == "col" for cell in _list_column(node)]
    _remove([*unseen, *hidden, *columns])


def _is_rest(node: LexborNode, shown: str) -> bool:
    """Return whether a hidden part is the rest of the text: sentences that the page has only once, beside a button."""
    words = node.text().strip()
    return (
        words.count("。") > 1
        and shown.count(words[:_SAME_CHARS]) == 1
        and any(map(_opens_rest, (find_element(node, "next"), find_element(node, "prev"))))
    )


def _opens_rest(node: LexborNode | None) -> bool:
    """Return whether an element is a button 展开全文, and no link to another page (查看全部)."""
    if node is None or len(words := node.text().strip()) > _BUTTON_CHARS or not _OPENS_REST.match(words):
        return False
    link = node if node.tag == "a" else node.css_first("a")
    return link is None or not _TO_A_PAGE.match(link.attributes.get("href") or "")


def _list_column(col: LexborNode) -> list[LexborNode]:
    """Return the cells of a column that is folded away; none in a table whose cells span rows."""
    table = next((above for above in list_ancestors(col) if above.tag == "table"), None)
    if table is None or table.css_first("[rowspan]") is not None:
        return []
    first = 0
    for other in table.css("col"):
        if other.mem_id == col.mem_id:
            break
        first += read_span(other, "span")
    last = first + read_span(col, "span")
    found: list[LexborNode] = []
    for row in table.css("tr"):
        column = 0
        for cell in row.css("td, th"):
            if first <= column < last:
                found.append(cell)
            column += read_span(cell, "colspan")
    return found


def _is_shown_number(node: LexborNode, hidden: Container[int]) -> bool:
    """Return whether an element that is not read aloud shows a number in a sentence, of which no copy is shown."""
    words = node.text().strip()
    if (node.attributes.get("aria-hidden") or "").lower() != "true" or not _NUMBER.fullmatch(words):
        return False
    if node.mem_id in hidden or node.parent is None or node.parent.text().strip() == words:
        return False
    return not any(
        words in other.text()
        for other in node.parent.iter(include_text=True)
        if other.mem_id != node.mem_id and other.mem_id not in hidden
    )


def _is_later_page(node: LexborNode) -> bool:
    """Return whether an element is a later page of an article that a script shows page by page."""
    own = _PAGE_ID.fullmatch(node.attributes.get("id") or "")
    text = node.text().strip()
    if own is None or "tab" in own["name"].lower() or "。" not in text:
        return False
    before = find_element(node, "prev")
    if before is None or before.attributes.get("id") != f"{own['name']}{int(own['number']) - 1}":
        return False
    return text[:_SAME_CHARS] not in before.text()  # otherwise a copy for mobile or print


def _count_words(node: LexborNode) -> int:
    return count_han(node.text())


def _remove(nodes: Iterable[LexborNode]) -> None:
    """Remove nodes from the tree once; nested ones go with their ancestor."""
    for node in drop_inside(nodes):
        node.decompose()


def _find_hidden(body: LexborNode, styled: Sequence[StyledNode]) -> Iterator[LexborNode]:
    around_shown = _find_around(each.node for each in styled if _SHOWN_AGAIN.search(each.style))
    for node, style in styled:
        if _HIDES_OWN_TEXT.search(style):
            # its children may have another size or be visible
            rest = _HIDES_OWN_TEXT.sub(";", style)
            if not _hides(rest) and (_has_parts(node) if "font" in style else node.mem_id in around_shown):
                continue
        if _TRANSPARENT.search(style) and (_SHOWS_GROUND.search(style) or _lies_on_picture(node)):
            style = _TRANSPARENT.sub(";", style)
        if "opacity" in style and _FADES_IN.search(style) and not _PLACED.search(style):
            style = _NOT_YET.sub("", style)
        if _hides(style) or (_WHITE.search(style) and not _has_ground(node)):
            yield node
    for node in body.css("font[color]"):
        if _WHITE.search(f";color:{node.attributes.get('color') or ''}") and not _has_ground(node):
            yield node


def _lies_on_picture(node: LexborNode) -> bool:
    """Return whether text lies over a drawn page, as viewers of documents put it there to be selected."""
    layer = node
    while layer.parent is not None and layer.parent.tag not in ("body", "html"):
        before = find_element(layer, "prev")
        if before is not None and (before.tag == "canvas" or before.css_first("canvas") is not None):
            return True
        layer = layer.parent
    return False


def _has_parts(node: LexborNode) -> bool:
    """Return whether an element has child elements with text, which may have their own size."""
    return any(child.text().strip() for child in node.iter())


def _find_around(nodes: Iterable[LexborNode]) -> set[int]:
    """Return the ids of all ancestors of some elements, visiting each once."""
    around: set[int] = set()
    for node in nodes:
        for above in list_ancestors(node):
            if above.mem_id in around:
                break  # its ancestors are included already
            around.add(above.mem_id)
    return around


def _hides(style: str) -> bool:
    return _HIDING.search(style) is not None or (
        _NO_HEIGHT.search(style) is not None and _CLIPPED.search(style) is not None
    )


def _has_ground(node: LexborNode) -> bool:
    """Return whether an element or an ancestor may have a background."""
    above: LexborNode | None = node
    while above is not None and above.tag not in ("body", "html"):
        attributes = above.attributes
        if "class" in attributes or "bgcolor" in attributes or _GROUND.search(attributes.get("style") or ""):
            return True
        above = above.parent
    return False
