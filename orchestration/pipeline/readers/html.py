"""Web pages: blocks of text in reading order, without menus, scripts and hidden parts.

Only what is surely no text of the page goes here: blocks made of links. Everything else
is left to `orchestration.pipeline.ingest`, which knows the words of web chrome.
"""

from __future__ import annotations

import html as entities
import re
from types import MappingProxyType

from selectolax.lexbor import LexborHTMLParser, LexborNode

from orchestration.pipeline.readers.base import LIMITS, ReadText, RejectedFile, join_lines
from orchestration.pipeline.readers.encoding import decode_text

NAME = "html"
VERSION = "1"
MEDIA_TYPES: tuple[str, ...] = ("text/html",)
CONTAINER_MEMBERS: tuple[str, ...] = ()

_HEAD_BYTES = 4_096
_CROWDED_TAG = re.compile(rb"<[A-Za-z][^<>\s]*\s+(?:[^<>\s]+\s+){%d}" % LIMITS.tag_words)
_SNIFF = re.compile(rb"<(?:!doctype\s+html|html|head|body|meta|div|table|p)[\s>/]", re.IGNORECASE)
_SNIFF_WIDE = re.compile("<(?:!doctype\\s+html|html|head|body)[\\s>]", re.IGNORECASE)
_DECLARED = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)

_UNSEEN = (
    "script, style, noscript, template, iframe, object, svg, select, option, button, input, textarea, "
    'head, [hidden], [aria-hidden="true"], [style*="display:none"], [style*="display: none"]'
)
# Meta tags of government web sites (国办发〔2017〕47号, 政府网站发展指引) and the fields they fill.
_META_FIELDS = {
    "articletitle": "title",
    "pubdate": "published_on",
    "contentsource": "source",
    "sitename": "site_name",
    "siteidcode": "site_code",
    "columnname": "column",
    "url": "source_url",
}
_BLOCK_TAG = re.compile(
    r"<(?:/?(?:p|div|section|article|main|aside|header|footer|nav|h[1-6]|ul|ol|li|dl|dt|dd|table|thead|tbody|tr|"
    r"caption|blockquote|pre|form|fieldset|figure|figcaption|center|body|html|title|ucapcontent)|br|hr)\b[^>]*>",
    re.IGNORECASE,
)
_CELL_TAG = re.compile(r"</t[dh]\b[^>]*>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ANY_TAG = re.compile(r"<[^>]*>")
_PREFORMATTED = re.compile(r"<pre\b.*?</pre>", re.DOTALL | re.IGNORECASE)
_PROSE = re.compile(r"[。；]")
_WHERE = re.compile(r"位置\s*[:：>]|首\s*页\s*[>＞»/]")
_MIN_MENU_LINKS = 3
_MENU_SHARE = 0.6


def sniff(data: bytes, name: str) -> bool:
    """True where the beginning holds tags of a page, in any encoding."""
    head = data[:_HEAD_BYTES]
    if _SNIFF.search(head):
        return True
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _SNIFF_WIDE.search(head.decode("utf-16", "ignore")) is not None
    return False


def read(data: bytes) -> ReadText:
    """Text of a page, one line for each block, cells of a table row parted by a tab.

    Raises:
        RejectedFile: undecodable, truncated, too_large (tags without end).
    """
    tags = data.count(b"<")
    if tags > LIMITS.html_tags or _CROWDED_TAG.search(data):
        raise RejectedFile("too_large", f"{tags} tags, or one of over {LIMITS.tag_words} words")
    declared = _DECLARED.search(data[:_HEAD_BYTES])
    text, encoding = decode_text(data, declared.group(1).decode("ascii", "ignore") if declared else None)
    return read_markup(text, encoding)


def read_markup(markup: str, encoding: str | None) -> ReadText:
    """Text of a page that is decoded already; see `read`."""
    tree = LexborHTMLParser(markup)
    fields = _read_meta(tree)
    body = tree.body
    lines: list[str] = []
    if body is not None:
        for node in body.css(_UNSEEN):
            node.decompose()
        _drop_menus(body)
        lines = _split_blocks(body.html or "")
    return ReadText(
        text=join_lines(lines),
        media_type=MEDIA_TYPES[0],
        reader=f"{NAME}/{VERSION}",
        encoding=encoding,
        fields=MappingProxyType(fields),
    )


def _read_meta(tree: LexborHTMLParser) -> dict[str, str]:
    fields: dict[str, str] = {}
    for node in tree.css("meta[name][content]"):
        key = _META_FIELDS.get((node.attributes.get("name") or "").lower())
        value = (node.attributes.get("content") or "").strip()
        if key is not None and value:
            fields.setdefault(key, value)
    title = tree.css_first("head > title")
    if title is not None and title.text(strip=True):
        fields["page_title"] = title.text(strip=True)
    return fields


def _drop_menus(body: LexborNode) -> None:
    """Remove blocks that are mostly links and hold no sentence; breadcrumbs stay.

    Looks at the block around each link (li and a inside an ul count for that ul), so the
    work grows with the number of links, not with the size of the page.
    """
    seen: set[int] = set()
    for link in body.css("a"):
        block = link.parent
        while block is not None and block.tag in (
            "li",
            "span",
            "td",
            "tr",
            "tbody",
            "em",
            "b",
            "font",
            "dd",
            "dt",
            "p",
        ):
            block = block.parent
        if block is None or block.tag in ("body", "html") or block.mem_id in seen:
            continue
        seen.add(block.mem_id)
        words = block.text()
        links = block.css("a")
        if len(links) < _MIN_MENU_LINKS or _PROSE.search(words) or _WHERE.search(words):
            continue
        linked = sum(len(node.text(strip=True)) for node in links)
        if linked >= _MENU_SHARE * len("".join(words.split())):
            block.decompose()


def _split_blocks(markup: str) -> list[str]:
    markup = _COMMENT.sub("", markup)
    markup = _PREFORMATTED.sub(lambda block: block[0].replace("\n", "<br>"), markup)
    # Line ends of the source mean a blank, not a line.
    markup = " ".join(filter(None, map(str.strip, markup.replace("\r", "\n").split("\n"))))
    markup = _CELL_TAG.sub("\t", markup)
    markup = _BLOCK_TAG.sub("\n", markup)
    text = entities.unescape(_ANY_TAG.sub("", markup))
    return [line.strip(" \t") for line in text.split("\n") if line.strip()]
