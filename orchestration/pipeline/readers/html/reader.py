"""Web pages: blocks of text in reading order, without menus, scripts and hidden parts.

This module only drops what is certainly not text: hidden parts and blocks of links.
`orchestration.pipeline.ingest`, which knows the words of web chrome, does the rest.
"""

from __future__ import annotations

import html as entities
import re
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from orchestration.pipeline.chinese import at_least_han
from orchestration.pipeline.readers.base import LIMITS, ReadText, RejectedFile, join_lines
from orchestration.pipeline.readers.html.boxes import write_pairs
from orchestration.pipeline.readers.html.decoding import decode_page
from orchestration.pipeline.readers.html.generated import write_generated
from orchestration.pipeline.readers.html.hidden import drop_unseen
from orchestration.pipeline.readers.html.http_message import is_message, open_message
from orchestration.pipeline.readers.html.links import (
    find_address,
    find_documents,
    find_frames,
    find_pictures,
)
from orchestration.pipeline.readers.html.lists import mark_lists, number_lists
from orchestration.pipeline.readers.html.order import mark_order, write_order
from orchestration.pipeline.readers.html.scripts import ScriptSign, find_script_sign
from orchestration.pipeline.readers.html.shown import (
    BREAK,
    close_empty_tags,
    mark_styled,
    open_inner_pages,
    write_counters,
    write_drawn,
    write_shown,
    write_typed,
)
from orchestration.pipeline.readers.html.styles import style_nodes
from orchestration.pipeline.readers.html.tables import write_tables
from orchestration.pipeline.readers.html.turned import refuse_turned_page
from orchestration.pipeline.readers.html.written import mark_counted, mark_pictured, write_scripted
from orchestration.pipeline.readers.text.reader import write_plain

NAME = "html"
VERSION = "20"
MEDIA_TYPES: tuple[str, ...] = ("text/html",)
CONTAINER_MEMBERS: tuple[str, ...] = ()

_HEAD_BYTES = 4_096
_WIDE_HEAD_BYTES = 512 * 1024  # if it begins with a tag: a long comment or style sheet may come first
_CROWDED_TAG = re.compile(
    rb"<[A-Za-z][^<>\s]* \s+ (?: [^<>\s]+ \s+ ){%d}" % LIMITS.tag_words,  # <p a b c …
    re.VERBOSE,
)
_TAGS = (
    r"!doctype\s+html|html|head|body|meta|title|div|table|tbody|tr|td|p|span|br|h[1-6]|ul|ol|li|section|article|main"
    r"|center|font|strong|em|b|a|img|dl|dd|pre|blockquote|ucapcontent|sup|sub|del|ins|u|s"
)
_SNIFF = re.compile(rb"</?(?:%s)[\s>/]" % _TAGS.encode(), re.IGNORECASE)
_SNIFF_WIDE = re.compile(rf"</?(?:{_TAGS})[\s>/]", re.IGNORECASE)
_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[!?A-Za-z]")
_WIDE_ENCODINGS = ("utf-16-le", "utf-16-be")
_DECLARED = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)

# Meta tags of government web sites (国办发〔2017〕47号, 政府网站发展指引), then those of other sites (Open Graph),
# and the fields they fill; the first one here wins.
_META_FIELDS = {
    "articletitle": "title",
    "pubdate": "published_on",
    "contentsource": "source",
    "sitename": "site_name",
    "siteidcode": "site_code",
    "columnname": "column",
    "publishdate": "published_on",
    "article:published_time": "published_on",
    "og:release_date": "published_on",
    "apub:time": "published_on",
}
_LINKED_DATA_DAY = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')  # schema.org, in JSON
_TAG_END = r'\b[^>"]*(?:"[^"]*"[^>"]*)*>'  # the serialised tree quotes values, which may contain >
_BLOCK_TAG = re.compile(
    rf"""
    <(?:
        /?(?:
            p | div | section | article | main | aside | header | footer | nav | h[1-6] | ul | ol | li | dl | dt | dd
          | table | thead | tbody | tfoot | tr | caption | blockquote | pre | form | fieldset | legend | figure
          | figcaption | center | body | html | title | address | details | summary | ucapcontent
        )                                     # e.g. <p>   </div>   <h2 class="a>b">
      | br | hr                                                                           # e.g. <br/>
    ){_TAG_END}
    """,
    re.IGNORECASE | re.VERBOSE,
)
_BLOCK = re.compile(  # in the source of a page or fragment
    r"""
    </? (?: html | head | body | p | div | table | t[rdh] | h[1-6] | [uo]l | li | d[ltd]     # e.g. <p>   </td>
      | section | article | main | center | pre | blockquote ) \b
    | &lt;
    """,
    re.IGNORECASE | re.VERBOSE,
)
_BREAK_TAG = re.compile(r"<br\b", re.IGNORECASE)
_BREAK_IN_ROW = re.compile(r"<br */?>(?=[^\n]*\|)", re.IGNORECASE)  # in a cell of a Markdown table
_CELL_TAG = re.compile(rf"</t[dh]{_TAG_END}", re.IGNORECASE)
_DATA_MARK = re.compile(r"<!\[CDATA\[|\]\]>")  # of XML; HTML takes it for a comment up to the first tag
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ANY_TAG = re.compile(rf"</?[A-Za-z]{_TAG_END[2:]}")
_SPLIT_NUMBER = re.compile(rf"\d(?:\s|</?[A-Za-z]{_TAG_END[2:]})+(?=\d)")
_SPACE_OR_TAG = re.compile(rf"\s+|(</?[A-Za-z]{_TAG_END[2:]})")
_AROUND_TAB = re.compile(r" *\t *")
_PREFORMATTED = re.compile(r"<pre\b.*?</pre>", re.DOTALL | re.IGNORECASE)
_ESCAPED_TAG = re.compile(
    r"</?(?: p | div | br | span | h[1-6] | table | tr | td | li | strong | font )\b [^<>]{0,2000} >",
    re.IGNORECASE | re.VERBOSE,
)
_ESCAPED_TAG_BYTES = re.compile(
    rb"&lt;/?(?:p|div|br|span|h[1-6]|table|tr|td|li|strong|font)\b", re.IGNORECASE
)
_ESCAPED_ENTITY = re.compile(
    r"""
    &(?: nbsp | lt | gt | quot | [lr][ds]quo | mdash | hellip | middot | emsp | ensp     # e.g. &nbsp;   &ldquo;
      | \#\d{2,5} | \#x[0-9a-fA-F]{2,5}                                                  # e.g. &#160;   &#x3000;
    );
    """,
    re.VERBOSE,
)
_MIN_ESCAPED_TAGS = 3
_MAX_ESCAPES = 3
_PROSE = re.compile(r"[。；]")
_WHERE = re.compile(r"位置\s*[:：>]|首\s*页\s*[>＞»/]")
_ENDS_IN_FIGURE = re.compile(
    r"""
    [^\W\d] \s* [:：]? \s* \d[\d,.]* \s* 余? \s*
    (?: [件起次份个户名人宗项场条] | 人次 | 场次 | 万元 | % ) \s* $             # e.g. 调解纠纷348件
    """,
    re.VERBOSE,
)
_MIN_MENU_LINKS = 3
_MENU_SHARE = 0.6
_MORE_THAN_A_TITLE = at_least_han(41)


def sniff(data: bytes, name: str) -> bool:
    """Return whether the beginning has tags of a page or fragment, in any encoding."""
    head = data[:_HEAD_BYTES]
    if head.startswith(b"bplist"):  # Safari's web archive, which `text` names
        return False
    if _SNIFF.search(head) or is_message(head):
        return True
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _SNIFF_WIDE.search(data[:_WIDE_HEAD_BYTES].decode("utf-16", "ignore")) is not None
    if len(_ESCAPED_TAG_BYTES.findall(head)) >= _MIN_ESCAPED_TAGS:
        return True
    if _BEGINS.match(head):
        return _SNIFF.search(data[:_WIDE_HEAD_BYTES]) is not None
    # UTF-16 without a mark
    return b"\x00" in head and any(
        _SNIFF_WIDE.search(head.decode(name, "ignore")) for name in _WIDE_ENCODINGS
    )


def read(data: bytes, charset: str | None = None) -> ReadText:
    """Return the text of a page, one line per block, with tabs between the cells of a table row.

    Args:
        data: the page.
        charset: the charset from a header outside the page; the page's own declaration takes precedence.

    Raises:
        RejectedFile: undecodable, truncated (also one page of several), too_large (tags without end).
    """
    data, stated = open_message(data)
    charset = stated or charset
    tags = data.count(b"<")
    if tags > LIMITS.html_tags or _CROWDED_TAG.search(data):
        raise RejectedFile("too_large", f"{tags} tags, or one with more than {LIMITS.tag_words} words")
    declared = _DECLARED.search(data[:_HEAD_BYTES]) or _DECLARED.search(data[:_WIDE_HEAD_BYTES])
    text, encoding = decode_page(data, declared.group(1).decode("ascii", "ignore") if declared else charset)
    refuse_turned_page(text)
    return read_markup(text, encoding)


def read_markup(markup: str, encoding: str | None, escapes: int = 0) -> ReadText:
    """Return the text of a decoded page; see `read`. `escapes` counts the pages around it that showed its source."""
    if _BLOCK.search(markup) is None and markup.count("\n") > 2 * len(_BREAK_TAG.findall(markup)):
        return _read_marked_text(markup, encoding, escapes)
    source = close_empty_tags(_DATA_MARK.sub("", markup) if "<![CDATA[" in markup else markup)
    tree = LexborHTMLParser(source)
    fields = _read_meta(tree)
    address = find_address(tree, markup)
    if address:
        fields["source_url"] = address
    if tree.body is not None:
        shown = _read_body(tree, tree.body, markup, source, address or "")
    else:  # a frameset
        shown = _Shown([], find_frames(tree, address or ""), None)
    read = ReadText(
        text=join_lines(shown.lines),
        media_type=MEDIA_TYPES[0],
        reader=f"{NAME}/{VERSION}",
        encoding=encoding,
        fields=MappingProxyType(fields),
        links=shown.links,
        script_sign=shown.sign.words if shown.sign else "",
    )
    is_source = escapes < _MAX_ESCAPES and len(_ESCAPED_TAG.findall(read.text)) >= _MIN_ESCAPED_TAGS
    return _read_shown_source(read, escapes + 1) if is_source else read


class _Shown(NamedTuple):
    """What a page shows: its lines, its links, and the sign that scripts draw the rest."""

    lines: list[str]
    links: tuple[str, ...]
    sign: ScriptSign | None


def _read_body(tree: LexborHTMLParser, body: LexborNode, markup: str, source: str, address: str) -> _Shown:
    """Read the body of a page; changes the tree.

    Args:
        tree: the parsed page.
        body: its body.
        markup: the page before repairs.
        source: the markup that was parsed.
        address: base of relative links; empty if unknown.
    """
    open_inner_pages(body)
    links = find_documents(tree, address)
    pictures = find_pictures(tree, address)
    if "document.write" in markup:
        write_scripted(body)
    mark_pictured(tree, body, markup)
    mark_counted(tree, body, markup)
    _show_as_text(tree, body)
    if "data-" in markup or "<img" in markup:
        write_counters(body)
    if "<dl" in markup:
        write_pairs(body)
    write_tables(body, _split_blocks)
    _join_cells(body)
    lines = _split_blocks(body.html or "") or _read_editor(source)
    sign = find_script_sign(markup, lines)
    if not _MORE_THAN_A_TITLE.match("".join(lines)) and not (sign and sign.is_sure):
        links += pictures  # one may show the report
    return _Shown(lines, links, sign)


def _read_shown_source(read: ReadText, escapes: int) -> ReadText:
    """Read the article of a page that shows its source, because the authoring system escaped it once too often.

    Raises:
        RejectedFile: too_large.
    """
    if read.text.count("<") > LIMITS.html_tags:
        raise RejectedFile("too_large", f"more than {LIMITS.html_tags} tags")
    inner = read_markup(read.text, read.encoding, escapes)
    fields = MappingProxyType({**inner.fields, **read.fields})
    return replace(inner, fields=fields, links=read.links + inner.links)


def _show_as_text(tree: LexborHTMLParser, body: LexborNode) -> None:
    """Reduce the tree to what is shown, all of it as text."""
    write_typed(body)
    write_generated(tree, body)
    styled = style_nodes(tree, body)
    marks = mark_styled(styled)
    mark_lists(styled)
    mark_order(styled)
    drop_unseen(body, styled)  # removes some nodes of `styled`
    write_order(body)
    write_drawn(body)
    write_shown(body, marks)
    _drop_menus(body)
    number_lists(body)


def _read_editor(source: str) -> list[str]:
    """Return the lines of the longest textarea, for a page without other text: a saved editor with its article."""
    held = [node.text() for node in LexborHTMLParser(source).css("textarea")]
    return max(held, key=len, default="").splitlines()


def _read_marked_text(markup: str, encoding: str | None, escapes: int) -> ReadText:
    """Read a text without block tags, in which tags only mark some words; its line ends are kept."""
    markup = _BREAK_IN_ROW.sub("&lt;br&gt;", markup)
    shown = read_markup(f"<pre>\n{markup}</pre>", encoding, escapes + 1)
    return replace(shown, text=write_plain(shown.text)[0])


def _read_meta(tree: LexborHTMLParser) -> dict[str, str]:
    stated: dict[str, str] = {}
    for node in tree.css("meta[content]"):
        name = (node.attributes.get("name") or node.attributes.get("property") or "").lower()
        value = (node.attributes.get("content") or "").strip()
        if name in _META_FIELDS and value:
            stated.setdefault(name, value)
    fields: dict[str, str] = {}
    for name, field in _META_FIELDS.items():
        if name in stated:
            fields.setdefault(field, stated[name])
    for script in tree.css('script[type="application/ld+json"]'):
        if (day := _LINKED_DATA_DAY.search(script.text())) is not None:
            fields.setdefault("published_on", day[1])
    title = tree.css_first("head > title")
    if title is not None and title.text(strip=True):
        fields["page_title"] = title.text(strip=True)
    return fields


def _join_cells(body: LexborNode) -> None:
    """Make each row of a data table one line: remove the block tag in cells that have at most one."""
    for row in body.css("tr"):
        if row.css_first("tr tr, td table") is not None:
            continue
        cells = row.css("td, th")
        if len(cells) > 1 and all(len(cell.css("p, div, li, br, h1, h2, h3, h4")) <= 1 for cell in cells):
            for cell in cells:
                cell.unwrap_tags(["p", "div", "h1", "h2", "h3", "h4"])


def _drop_menus(body: LexborNode) -> None:
    """Remove blocks that are mostly links and have no sentence; keep breadcrumbs.

    Only the block around each link is checked (the ul for a link in its li), so the work is linear
    in the number of links, not in the size of the page.
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
        if all(_ENDS_IN_FIGURE.search(node.text()) for node in links):
            continue
        linked = sum(len(node.text(strip=True)) for node in links)
        if linked >= _MENU_SHARE * len("".join(words.split())):
            block.decompose()


def _join_number(found: re.Match[str]) -> str:
    """Return a digit and its gap to the next one; a line end next to a tag is not a space, as editors wrap there."""
    between = found[0]
    return _SPACE_OR_TAG.sub(r"\1", between) if "\n" in between and "<" in between else between


def _split_blocks(markup: str) -> list[str]:
    markup = _SPLIT_NUMBER.sub(_join_number, _COMMENT.sub("", markup))
    markup = _PREFORMATTED.sub(lambda block: block[0].replace("\n", "<br>"), markup)
    # A line end in the source means a space.
    markup = " ".join(filter(None, map(str.strip, markup.replace("\r", "\n").split("\n"))))
    markup = _CELL_TAG.sub("\t", markup)
    markup = _BLOCK_TAG.sub("\n", markup).replace(BREAK, "\n")
    text = entities.unescape(_ANY_TAG.sub("", markup))
    if _ESCAPED_ENTITY.search(text):
        text = entities.unescape(text)
    lines = (line.strip(" \t") for line in text.split("\n"))
    return [_AROUND_TAB.sub("\t", line) if "\t" in line else line for line in lines if line.strip()]
