"""Recognise a page with one part of an article whose other parts are in other files (分页)."""

from __future__ import annotations

import re

from orchestration.pipeline.readers.base import RejectedFile

_TURN = re.compile(
    r"""
    <a \b [^<>]*? \b href \s*=\s* ["']?
    (?P<address> (?P<stem> [^"'<>\s]*? ) _ (?P<page> \d{1,2} ) \. (?: s?html? | jspx? | aspx? ) )
    ["'\s>] [^<>]*>? \s* [上下]一页              # e.g. <a href="t20250115_123_2.html">下一页
    """,
    re.VERBOSE,
)
_TOTAL = re.compile(r"共\s*(?P<pages>[2-9]|[1-9]\d)\s*页")
_ARTICLE = re.compile(r"\d[^/]*$")  # lists of articles are named without digits: fzjs_2.html
_LISTS = re.compile(
    r"(?: ^ | / ) (?: index | list | default | col | node | more | channel ) [a-z_]* \d{0,3} $",  # e.g. /index
    re.IGNORECASE | re.VERBOSE,
)


def refuse_turned_page(markup: str) -> None:
    """Refuse a page with links to the other pages of its article.

    A link to the next or previous page is not enough, because lists of articles have one too: the page must also state
    the number of pages, or have a numbered link to another page. The name of the file tells lists from articles.

    Raises:
        RejectedFile: truncated.
    """
    if "下一页" not in markup and "上一页" not in markup:
        return
    for found in _TURN.finditer(markup):
        stem = found["stem"]
        if not _ARTICLE.search(stem) or _LISTS.search(stem):
            continue
        numbered = rf"""href\s*=\s*["']?{re.escape(stem)}(?:_\d{{1,2}})?\.[a-z]{{3,5}}["'\s>][^<>]*>?\s*\d{{1,2}}\s*<"""
        total = _TOTAL.search(markup)
        # art_1234_56.html is another article, not page 56 of 12
        if (total and int(found["page"]) <= int(total["pages"])) or re.search(numbered, markup):
            raise RejectedFile(
                "truncated",
                f"one page of an article on several (分页): {found['address'][:80]}; "
                "save all of them, or print the article to PDF",
            )
