"""Words that scripts write into a page while it loads, and numbers in sentences that are no text."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from orchestration.pipeline.readers.raised import LOST, lacks_number

_STATEMENT = re.compile(
    r"""
    \s+ | /\* .*? \*/ | // [^\n]* | <!-- [^\n]*                                # comments may hold old statements
    | document\.write(?:ln)? \( \s*                                          # e.g. document.write("34");
      (?P<quote>["']) (?P<words> (?: \\. | (?!(?P=quote)) [^\\] )* ) (?P=quote) \s* \) \s* ;?
    """,
    re.DOTALL | re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_CONTROLS = {"n": "\n", "r": "", "t": "\t", "\n": ""}
_UNIT = "[余多]?(?:[件起份次户场]|人次|万元)"
_HOLE = re.compile(rf"></(?:i|b|em|span)>\s*(?={_UNIT})")  # 纠纷<i class="n3"></i>件
_IS_COUNTED = re.compile(
    rf"""
    > \s* [0-]{{1,2}} \s* </(?:i|b|em|span|strong|font)> \s*
    (?= {_UNIT} )                                                        # e.g. <b id="n">0</b>件
    """,
    re.VERBOSE,
)
_COUNTED = "span[id], b[id], em[id], i[id], strong[id], font[id]"
_BY_READERS = re.compile("(?:浏览|阅读|点击|访问|查看|评论|点赞|转发|收藏|下载|关注|回复)[^，。；]{0,3}$")
_NOUGHT = re.compile(r"\s*(?:0|--?)\s*")
_EMPTY = ("i", "b", "em", "span")
_PICTURED = r"\.{}(?:[\s:.,>][^{{}}]*)?\{{[^{{}}]*url\("


def write_scripted(body: LexborNode) -> None:
    """Replace scripts that only write words, document.write("348"), by these words; other scripts stay.

    A script that computes what it writes into a sentence in place of a number becomes a lost character.
    """
    for script in body.css("script"):
        source = script.text()
        if "document.write" not in source:
            continue
        statements = list(_STATEMENT.finditer(source))
        words = "".join(_unescape(found["words"] or "") for found in statements)
        if sum(len(found[0]) for found in statements) < len(source):
            if _lacks_number(script, script.next):
                script.replace_with(LOST)
        elif "<" not in words:
            script.replace_with(words)
        elif (written := LexborHTMLParser(f"<span>{words}</span>").css_first("span")) is not None:
            script.replace_with(written)


def mark_counted(tree: LexborHTMLParser, body: LexborNode, markup: str) -> None:
    """Write a lost character for a 0 in a sentence that a script replaces when the page is shown."""
    if _IS_COUNTED.search(markup) is None:
        return
    sources = "\n".join(script.text() for script in tree.css("script"))
    for node in body.css(_COUNTED):
        name = node.attributes.get("id") or ""
        is_set = bool(name) and re.search(rf"[\"'#]{re.escape(name)}[\"']", sources) is not None
        if is_set and _NOUGHT.fullmatch(node.text()) and _lacks_number(node, node.next):
            before = node.prev.text_content if node.prev is not None else None
            if _BY_READERS.search(before or "") is None:
                node.replace_with(LOST)


def mark_pictured(tree: LexborHTMLParser, body: LexborNode, markup: str) -> None:
    """Write a lost character for empty elements in place of a number: a style sheet gives them pictures of digits.

    Two side by side, or one whose rules name a picture, count; editors leave other empty elements.
    """
    if _HOLE.search(markup) is None:
        return
    sheets = "\n".join(sheet.text() for sheet in tree.css("style"))
    for node in body.css(", ".join(f"{tag}[class]" for tag in _EMPTY)):
        row, after = [node], node.next
        while after is not None and after.tag in _EMPTY and after.attributes.get("class"):
            row.append(after)
            after = after.next
        if any(each.text() for each in row) or not _lacks_number(node, after):
            continue
        names = (node.attributes.get("class") or "").split()
        if len(row) > 1 or any(re.search(_PICTURED.format(re.escape(name)), sheets) for name in names):
            for other in row[1:]:
                other.decompose()
            node.replace_with(LOST)


def _lacks_number(node: LexborNode, after: LexborNode | None) -> bool:
    before = node.prev
    if before is None or after is None or before.tag != "-text" or after.tag != "-text":
        return False
    return lacks_number(before.text_content or "", after.text_content or "")


def _unescape(words: str) -> str:
    return _ESCAPE.sub(
        lambda found: (
            chr(int(found[1] or found[2], 16)) if found[3] is None else _CONTROLS.get(found[3], found[3])
        ),
        words,
    )
