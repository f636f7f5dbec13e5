"""Content that a browser shows other than as plain text: raised marks, styled boxes, field values, formulas.

All of it is written into the tree as text, so one pass over the markup reads it in place.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Sequence
from urllib.parse import unquote, unquote_to_bytes

from selectolax.lexbor import LexborHTMLParser, LexborNode

from orchestration.pipeline.chinese import ALL_HAN
from orchestration.pipeline.readers.base import LIMITS, RejectedFile
from orchestration.pipeline.readers.html.boxes import build_tables, find_flex_rows
from orchestration.pipeline.readers.html.decoding import decode_page
from orchestration.pipeline.readers.html.styles import StyledNode, drop_inside
from orchestration.pipeline.readers.raised import LONG_NUMBER, LOST, lacks_number, write_raised

BREAK = "\x01"  # a displayed line end that the source lacks or has as a space
_CELL_END = "\t"
MARK = "data-fazhi"  # attribute that passes the result of `mark_styled` to `write_shown`
_INLINE = frozenset(
    ("span", "a", "font", "em", "i", "b", "u", "strong", "small", "label", "ins", "mark", "code")
)
_BLOCKS = frozenset(("div", "p", "section", "article", "center", "h1", "h2", "h3", "h4", "h5", "h6"))
_MARKED = {  # elements for each mark; for other marks, inline elements
    "cell": _INLINE | _BLOCKS,
    "row": _BLOCKS,
    "inline": _BLOCKS,
    "inline-block": _BLOCKS,
}
_SET_HIGH = re.compile(
    r"""
    (?= .* ;font-size:\s* (?: 0?\.[1-7] | 0?\.80*r?em | [1-7]\d?(?:\.\d+)?% | 80% | x{1,2}-small ) )
    .* ; (?: top:\s*- (?: 0?\.[3-9] | [1-9][\d.]*em | [4-9]px | \d\dpx )       # e.g. ;font-size:.7em;top:-.5em
      | vertical-align:\s* (?: text-top | 0?\.[3-9] | [3-9]p[xt] | [3-9]\d% | \d\dp[xt] ) )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_STYLES = (
    ("pre", re.compile(r";white-space:\s*(?:pre|break-spaces)", re.IGNORECASE)),  # ;white-space:pre-wrap
    ("above", re.compile(r";vertical-align:\s*super\b", re.IGNORECASE)),
    ("high", _SET_HIGH),
    ("below", re.compile(r";vertical-align:\s*sub\b", re.IGNORECASE)),
    ("cell", re.compile(r";display:\s*table-cell", re.IGNORECASE)),
    ("row", re.compile(r";display:\s*table-row\s*(?:;|$)", re.IGNORECASE)),
    # for an inline element, also ;display:table-row
    ("block", re.compile(r";display:\s*(?:block|flex|grid|table|list-item)", re.IGNORECASE)),
    ("inline", re.compile(r";display:\s*(?:inline|contents)\s*(?:;|$)", re.IGNORECASE)),
    ("inline-block", re.compile(r";display:\s*inline-block", re.IGNORECASE)),
)
_MAX_MARK = 12  # characters of text above the line
_NOTE_LINK = re.compile(
    r"(?: ^ | [\#_\s-] ) (?: _?ftn | _?edn | fn | footnote | endnote | note | cite | ref )",  # #_ftn1   footnote-ref
    re.IGNORECASE | re.VERBOSE,
)
_BRACKETED = re.compile(r"\s*(?:[\[【〔(（]?\s*\d{1,3}\s*[\]】〕)）]?|[①-⑳*])\s*")
_HAN = re.compile(rf"[{ALL_HAN}]")
_BESIDE_HAN = re.compile(rf"[{ALL_HAN}：，、]\s*$")
_COUNTERS = ("data-to", "data-count", "data-num", "data-number", "data-value", "data-target", "data-end")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_CELLS = ("td", "th", "tr", "li")
_NOUGHT = re.compile(r"\s*0+(?:\.0+)?\s*")
_MAX_FIELD = 40
_PAGE_IN_ADDRESS = 'iframe[src^="data:text/html" i]'
_DRAWN = "math, svg, input, select, option"
_RAW_TAG = re.compile(
    r"""
    < ( script | style | title | textarea | iframe | noscript | object | select | div | p | span | a | td | th
      | ul | ol | li | b | i | em | strong | font ) \b ( [^<>]*? ) />                        # e.g. <title/>
    """,
    re.IGNORECASE | re.VERBOSE,
)
_MAX_NESTED, _MAX_NESTED_FORMULA = 5, 50


def close_empty_tags(markup: str) -> str:
    """Give XHTML's empty elements end tags, because an HTML parser reads <title/> as an unclosed tag."""
    return _RAW_TAG.sub(r"<\1\2></\1>", markup) if "<?xml" in markup[:200] else markup


def open_inner_pages(body: LexborNode) -> None:
    """Insert pages in frame attributes (srcdoc) and shadow trees in place."""
    for _ in range(_MAX_NESTED):
        frames = drop_inside(
            body.css(f"iframe[srcdoc], {_PAGE_IN_ADDRESS}, template[shadowrootmode], template[shadowroot]")
        )
        if not frames:
            return
        for frame in frames:
            if frame.tag == "template":
                inner = _open_shadow(frame)
            else:
                address = frame.attributes.get("src") or ""
                inner = LexborHTMLParser(frame.attributes.get("srcdoc") or _read_address(address)).body
            if inner is None:
                frame.decompose()
            else:
                frame.replace_with(inner)


def _read_address(address: str) -> str:
    """Return the page that an address holds (data:text/html;base64,…); empty if it is damaged.

    Raises:
        RejectedFile: undecodable, truncated, too_large.
    """
    head, _, packed = address.partition(",")
    try:
        data = b64decode(unquote(packed)) if head.lower().endswith(";base64") else unquote_to_bytes(packed)
    except ValueError:
        return ""
    page = decode_page(data, None)[0]
    if page.count("<") > LIMITS.html_tags:
        raise RejectedFile("too_large", f"a frame with more than {LIMITS.html_tags} tags")
    return page


def _open_shadow(template: LexborNode) -> LexborNode | None:
    """Return a shadow tree with its host's children in its slots; removes these, which are shown nowhere else."""
    source = re.sub(r"^<template[^>]*>|</template>$", "", template.html or "")
    tree = LexborHTMLParser(f"<div>{source}</div>").body
    if tree is None or template.parent is None:
        return tree
    given: dict[str, str] = {}
    for child in list(template.parent.iter(include_text=True)):
        if child.mem_id != template.mem_id and child.tag != "-comment":
            name = "" if child.tag == "-text" else child.attributes.get("slot") or ""
            given[name] = given.get(name, "") + (child.html or "")
            child.decompose()
    for slot in drop_inside(tree.css("slot")):
        words = given.get(slot.attributes.get("name") or "", "")
        made = LexborHTMLParser(f"<div>{words}</div>").css_first("div") if words.strip() else None
        if made is not None:
            slot.replace_with(made)
    return tree


def write_typed(body: LexborNode) -> None:
    """Write the number in a button or text box in the midst of a sentence as text; changes the tree."""
    for node in body.css("button, textarea"):
        words = node.text().strip()
        if _NUMBER.fullmatch(words) and _is_text(node.prev) and _is_text(node.next):
            node.replace_with(words)


def mark_styled(styled: Sequence[StyledNode]) -> frozenset[str]:
    """Mark elements with the display style of their text; return all marks used."""
    marks: set[str] = set()
    for row, cells in find_flex_rows(styled):
        row.attrs[MARK] = "row"
        for cell in cells:
            cell.attrs[MARK] = "cell"
        marks |= {"row", "cell"}
    for node, style in styled:
        for name, pattern in () if MARK in node.attributes else _STYLES:
            if pattern.search(style) and (name == "pre" or node.tag in _MARKED.get(name, _INLINE)):
                node.attrs[MARK] = name
                marks.add(name)
                break
    return frozenset(marks)


def write_shown(body: LexborNode, marks: frozenset[str]) -> None:
    """Write styled content as text; the tree must have no hidden parts left.

    Args:
        body: the page's body.
        marks: the result of `mark_styled`.
    """
    if "row" in marks:
        build_tables(body, f'[{MARK}="row"]', f'[{MARK}="cell"]')
    for node in drop_inside(body.css(f'sup, sub, [{MARK}="above"], [{MARK}="high"], [{MARK}="below"]')):
        is_below = node.tag == "sub" or node.attributes.get(MARK) == "below"
        text = node.text()
        is_figure = node.attributes.get(MARK) == "high" and LONG_NUMBER.fullmatch(text) is not None
        if len(text) <= _MAX_MARK and not is_figure:
            _replace(node, write_raised(text, is_below))
    for node in drop_inside(body.css("a[href]")):
        _write_note_link(node)
    if marks:
        _write_marked(body)


def _write_marked(body: LexborNode) -> None:
    for node in body.css(f'[{MARK}="block"]'):
        node.insert_before(BREAK)
        node.insert_after(BREAK)
    for node in body.css(f'[{MARK}="cell"]'):
        if node.tag in _INLINE:
            node.insert_after(_CELL_END)
    # 调解<div style="display:inline">12</div>件. List all boxes first: unwrapping one puts its text next to the
    # following one.
    boxes = _list_in_sentences(body.css(f'[{MARK}="inline-block"]'))
    for node in [*boxes, *body.css(f'[{MARK}="inline"]')]:
        node.unwrap()
    for node in drop_inside(body.css(f'[{MARK}="pre"]')):
        # a list, because replacing a node ends the traversal
        for part in [part for part in node.traverse(include_text=True) if part.tag == "-text"]:
            if "\n" in (part.text_content or ""):
                part.replace_with((part.text_content or "").replace("\n", BREAK))


def _list_in_sentences(boxes: Sequence[LexborNode]) -> list[LexborNode]:
    """Return the boxes with text next to their row of boxes; a row without text is only layout."""
    found: list[LexborNode] = []
    seen: set[int] = set()
    for box in boxes:
        if box.mem_id in seen:
            continue
        row, after = [box], box.next  # the first of its row, because boxes are in page order
        while after is not None and _is_box(after):
            row.append(after)
            after = after.next
        seen.update(one.mem_id for one in row)
        if _is_text(box.prev) or _is_text(after):
            found += row
    return found


def _is_box(node: LexborNode) -> bool:
    return node.tag != "-text" and node.attributes.get(MARK) == "inline-block"


def _is_text(node: LexborNode | None) -> bool:
    return node is not None and node.tag == "-text" and bool((node.text_content or "").strip())


def _is_in_sentence(node: LexborNode) -> bool:
    """Return whether a number stands between words, one of which may be in another element; not beside a number."""
    before, after = (
        (part.text_content or "") if part is not None and _is_text(part) else ""
        for part in (node.prev, node.next)
    )
    return bool(before or after) and not (before[-1:].isdigit() or after[:1].isdigit())


def write_drawn(body: LexborNode) -> None:
    """Write formulas, words in drawings and fields in sentences as text; remove all others."""
    for node in drop_inside(body.css("math")):
        _replace(node, _read_formula(node))
    for node in drop_inside(body.css("svg")):
        words = [" ".join(part.text().split()) for part in node.css("text")]
        shown = [part for part in words if _HAN.search(part)]
        if len(words) == 1 and _NUMBER.fullmatch(words[0]) and _is_in_sentence(node):
            _replace(node, words[0])
        elif shown:
            _replace(node, BREAK + BREAK.join(shown) + BREAK)
    for node in body.css("input[value], select"):
        kind = (node.attributes.get("type") or "text").lower()
        before = node.prev.text_content if node.prev is not None and node.prev.tag == "-text" else None
        if kind in ("text", "number") and before and _BESIDE_HAN.search(before):
            value = _read_field(node)
            if 0 < len(value) <= _MAX_FIELD:
                _replace(node, value)
    for node in drop_inside(body.css(_DRAWN)):
        node.decompose()


def write_counters(body: LexborNode) -> None:
    """Write the target of script-driven counters, which are 0 in the file, and numbers shown by pictures."""
    for node in body.css(", ".join(f"[{name}]" for name in _COUNTERS)):
        goal = next(filter(None, map(node.attributes.get, _COUNTERS)), "")
        # In a table cell, the attribute is a sort key.
        if node.tag not in _CELLS and _NUMBER.fullmatch(goal) and _NOUGHT.fullmatch(node.text()):
            node.replace_with(goal)
    for node in body.css("img[alt]"):
        shown = node.attributes.get("alt") or ""
        if _NUMBER.fullmatch(shown) and _is_text(node.prev) and (_is_text(node.next) or _is_digit(node.next)):
            node.replace_with(shown)
    for node in body.css("img"):
        _mark_digits(node)


def _mark_digits(picture: LexborNode) -> None:
    """Write a lost character for pictures between a Chinese character and a unit: the digits of a number."""
    before = picture.prev
    if before is None or before.tag != "-text":
        return
    row, after = [picture], picture.next
    while after is not None and after.tag == "img":
        row.append(after)
        after = after.next
    if (
        after is not None
        and after.tag == "-text"
        and lacks_number(before.text_content or "", after.text_content or "")
    ):
        for other in row[1:]:
            other.decompose()
        picture.replace_with(LOST)


def _is_digit(node: LexborNode | None) -> bool:
    """Return whether a node is a picture of a number: some pages draw each digit as one."""
    return (
        node is not None and node.tag == "img" and bool(_NUMBER.fullmatch(node.attributes.get("alt") or ""))
    )


def _read_field(node: LexborNode) -> str:
    if node.tag == "input":
        return (node.attributes.get("value") or "").strip()
    chosen = node.css_first("option[selected]") or node.css_first("option")
    return chosen.text().strip() if chosen is not None else ""


def _write_note_link(node: LexborNode) -> None:
    """Write a link to a note on the page as a mark, so its digits never join a number."""
    href = node.attributes.get("href") or ""
    if "#" not in href or _BRACKETED.fullmatch(node.text()) is None:
        return
    if _NOTE_LINK.search(href[href.index("#") :]) or _NOTE_LINK.search(node.attributes.get("class") or ""):
        _replace(node, write_raised(node.text()))


def _read_formula(node: LexborNode, depth: int = 0) -> str:
    """Return MathML on one line: fractions as 1/3, powers as 10⁴."""
    if node.tag == "-text":
        return (node.text_content or "").strip()
    if depth > _MAX_NESTED_FORMULA:
        return node.text()
    parts = [
        child for child in node.iter(include_text=True) if not (child.tag or "").startswith("annotation")
    ]
    words = [word for part in parts if (word := _read_formula(part, depth + 1))]
    if node.tag == "mfrac":
        return "/".join(words)
    if node.tag in ("msup", "msub") and len(words) == 2:
        return words[0] + write_raised(words[1], node.tag == "msub")
    return "".join(words)


def _replace(node: LexborNode, text: str) -> None:
    if text:
        node.replace_with(text)
    else:
        node.decompose()
