"""Addresses in a page: its own, and those of the documents, pictures and frames that it links or shows."""

from __future__ import annotations

import re
from urllib.parse import unquote, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

_HEAD_CHARS = 4_096  # in which a browser notes where it saved a page from
_SAVED_FROM = re.compile(
    r"<!-- \s* saved\ from\ url=\(\d{1,5}\) \s* ( https?://[^\s>]{4,2000} )",  # <!-- saved from url=(0031)https://…
    re.IGNORECASE | re.VERBOSE,
)
_DOCUMENT = re.compile(
    r"""
    \.(?: pdf | docx? | docm | wps | wpt | ofd | od[ts] | ceb | rtf | xlsx? | et | zip | rar | 7z
      | jpe?g | png | tiff? )
    (?: $ | [?\#&] )                     # e.g. a.pdf   a.docx?id=1
    """,
    re.IGNORECASE | re.VERBOSE,
)
_FORWARD = re.compile(r"url\s*=\s*['\"]?([^'\"\s;]{1,500})", re.IGNORECASE)  # of <meta http-equiv="refresh">
_MAX_LINKS = 20


def find_address(tree: LexborHTMLParser, markup: str) -> str | None:
    """Return the page's address: its canonical link, og:url, the site's meta tag, or the browser's "saved from"."""
    saved = _SAVED_FROM.search(markup[:_HEAD_CHARS])
    base = saved[1] if saved else ""
    stated: list[str] = [
        node.attributes.get("href") or "" for node in tree.css('link[rel~="canonical" i][href]')
    ]
    for key in ("og:url", "url"):
        stated += [
            node.attributes.get("content") or ""
            for node in tree.css("meta[content]")
            if key
            in ((node.attributes.get("property") or "").lower(), (node.attributes.get("name") or "").lower())
        ]
    for address in [*(_join_address(base, one) for one in stated), base]:
        parts = urlsplit(address)
        # A canonical link to the home page is a template's mistake; a file: address is useless.
        if parts.netloc and (parts.path.strip("/") or parts.query) and parts.scheme in ("http", "https", ""):
            return address
    return None


def _join_address(base: str, address: str) -> str:
    try:
        whole = urljoin(base, address.strip())
        return whole if urlsplit(whole).netloc else ""
    except ValueError:  # not an address
        return ""


def find_documents(tree: LexborHTMLParser, base: str) -> tuple[str, ...]:
    """Return words and address of each link, frame, object or redirect to a document or picture."""
    found: dict[str, str] = {}
    forwards = tree.css_first('meta[http-equiv="refresh" i][content]')
    goes_to = _FORWARD.search(forwards.attributes.get("content") or "") if forwards is not None else None
    if goes_to is not None:
        found[_join_address(base, goes_to[1]) or goes_to[1]] = ""
    for node in tree.css("a[href], iframe[src], frame[src], embed[src], object[data]"):
        attributes = node.attributes
        target = attributes.get("href") or attributes.get("src") or attributes.get("data") or ""
        words = " ".join((node.text() if node.tag == "a" else attributes.get("title") or "").split())
        named = words or (attributes.get("title") or attributes.get("download") or "")
        if not (_DOCUMENT.search(unquote(target)) or _DOCUMENT.search(named)) or target.startswith("data:"):
            continue
        found.setdefault(_join_address(base, target) or target, named)
    return tuple(f"{words} <{target[:500]}>".strip() for target, words in list(found.items())[:_MAX_LINKS])


def find_frames(tree: LexborHTMLParser, base: str) -> tuple[str, ...]:
    """Return the addresses of the pages in a frameset."""
    found = [node.attributes.get("src") or "" for node in tree.css("frame[src]")]
    return tuple(f"<{_join_address(base, each) or each}>" for each in found[:_MAX_LINKS] if each)


def find_pictures(tree: LexborHTMLParser, base: str) -> tuple[str, ...]:
    """Return the addresses of a page's pictures, except those embedded as data."""
    found = [node.attributes.get("src") or "" for node in tree.css("img[src]")]
    return tuple(
        f"<{_join_address(base, each) or each}>" for each in found[:_MAX_LINKS] if each[:5] != "data:"
    )
