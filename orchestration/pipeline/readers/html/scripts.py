"""Signs that scripts draw a page's text, so that the file has none: requests to enable scripts, empty places.

Such pages differ from others with scripts by having little text. `orchestration.pipeline.ingest` decides
this, because it knows page furniture.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from orchestration.pipeline.chinese import count_han

_MAX_CHARS = 2_000  # if a page shows more, scripts do not add the report
_ASKS = re.compile(
    r"""
    请? (?: 开启 | 启用 | 打开 | 允许 | 支持 | 禁用 ) .{0,12} (?: JavaScript | 脚本 )        # e.g. 请开启JavaScript
    | JavaScript .{0,20} (?: 开启 | 启用 | 打开 | 支持 | 禁用 | 才能 )                     # e.g. JavaScript已被禁用
    | (?: enable | require[sd]? | need | turn\ on | without ) .{0,30} \bJavaScript\b      # e.g. enable JavaScript
    | JavaScript .{0,40} \b (?: enabled | required | disabled )                           # e.g. JavaScript is required
    """,
    re.IGNORECASE | re.VERBOSE,
)
_WAITS = re.compile(
    r"""
    (?: 数据 | 内容 | 页面 )? (?: 加载中 | 载入中 | 正在加载 | 正在载入 ) .{0,12}          # e.g. 数据加载中，请稍候…
    | loading [\s.…]*                                                                   # e.g. Loading...
    """,
    re.IGNORECASE | re.VERBOSE,
)
_TEMPLATE = re.compile(  # {{ title }}   ${title}
    r"\{\{ [^{}\n]{1,80} \}\} | \$\{ [\w.]{1,60} \}",
    re.VERBOSE,
)
_HOLDER = re.compile(
    r"""
    (?:^|[\s_-]) (?: app | root | __next | __nuxt | main | content | article | zoom | detail s? | text | news
      | con | body | info | contents | neirong | zhengwen ) (?:$|[\s_-])         # e.g. app   article-content
    """,
    re.IGNORECASE | re.VERBOSE,
)
_HOLDERS = "div[id], div[class], section[id], section[class], article, main, td[id], td[class], ucapcontent, app-root"
_SHOWS = "img, iframe, embed, object, canvas, video, table, input"
_BOUND = "[v-html], [v-text], [ng-bind], [ng-bind-html], [ng-view], [ui-view], router-view"  # of Vue, Angular
_SHOWN_CHARS = 80
_MIN_HELD = 100  # Chinese characters of sentences that a script holds
_MAX_PLACES = 200  # to check, because they may be nested


class ScriptSign(NamedTuple):
    """Evidence that scripts draw the text of a page.

    Attributes:
        words: the words or the tag in the page.
        is_sure: whether it is in the place of the text; requests to enable scripts also occur in pages
            with their text.
    """

    words: str
    is_sure: bool


def find_script_sign(markup: str, lines: Sequence[str]) -> ScriptSign | None:
    """Return the sign that scripts draw a page's text; None without one or if there is much text.

    Args:
        markup: the page.
        lines: the lines read from it.
    """
    if sum(map(len, lines)) > _MAX_CHARS or "<script" not in markup.lower():
        return None
    text = "\n".join(lines)
    for pattern in (_TEMPLATE, _WAITS):
        if (found := pattern.search(text)) is not None:
            return ScriptSign(found[0][:_SHOWN_CHARS], is_sure=True)
    tree = LexborHTMLParser(markup)
    places = islice(filter(_is_place, tree.css(_HOLDERS)), _MAX_PLACES)
    holders = [node for node in places if not node.text().strip()]
    empty = next((node for node in holders if node.css_first(_SHOWS) is None), None)
    if (left_empty := empty or tree.css_first(_BOUND)) is not None:
        sign = (left_empty.html or "").partition(">")[0][:_SHOWN_CHARS] + ">"
        # A place with pictures (except links, such as logos) may show the report, even if others are empty.
        return ScriptSign(sign, is_sure=not any(map(_shows_picture, holders)))
    most = max(
        (count_han(source) for node in tree.css("script") if "。" in (source := node.text())), default=0
    )
    if most > max(_MIN_HELD, 2 * count_han(text)):
        return ScriptSign("<script>", is_sure=True)
    asked = [node.text() for node in tree.css("noscript")]
    for words in (text, *asked):
        if (found := _ASKS.search(words)) is not None:
            return ScriptSign(" ".join(found[0].split())[:_SHOWN_CHARS], is_sure=False)
    return None if text.strip() else ScriptSign("<script>", is_sure=False)


def _is_place(node: LexborNode) -> bool:
    """Return whether an element's name marks the place of the text."""
    attributes = node.attributes
    return node.tag in ("article", "main", "ucapcontent", "app-root") or any(
        _HOLDER.search(attributes.get(name) or "") for name in ("id", "class")
    )


def _shows_picture(node: LexborNode) -> bool:
    return any(img.parent is not None and img.parent.tag != "a" for img in node.css("img[src]"))
