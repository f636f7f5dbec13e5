"""Refuse program data: JSON, and JSON in a line of JavaScript.

Crawlers save the raw answers of a site's API. These contain counts and ids next to the article, which would be
read as figures.
"""

from __future__ import annotations

import json
import re

from orchestration.pipeline.readers.base import ReadText, RejectedFile

NAME = "data_file"
VERSION = "2"
MEDIA_TYPES: tuple[str, ...] = ()
CONTAINER_MEMBERS: tuple[str, ...] = ()

_BEGINS = re.compile(
    rb"""
    (?:\xef\xbb\xbf)? \s* (?: (?: var | let | const )? \s* [A-Za-z_$][\w.$]{0,60} \s* [=(] \s* )?
    (?P<json> \{ \s* (?: " | \} ) | \[ \s* (?: [\[{"\d] | \] ) )                  # e.g. {"a"   callback([{   var x = {}
    """,
    re.VERBOSE,
)
_ENDS = re.compile(rb"[\]}]\s*\)?\s*;?\s*\Z")


def sniff(data: bytes, name: str) -> bool:
    """Return whether data is JSON, lines of it, or a JavaScript call or assignment that only contains JSON."""
    begins = _BEGINS.match(data[:4_096])
    ends = _ENDS.search(data[-64:])
    if begins is None or ends is None:
        return False
    whole = data[begins.start("json") : len(data) - len(data[-64:]) + ends.start() + 1]
    return _is_json(whole) or (
        b"\n" in whole and all(_is_json(line) for line in whole.split(b"\n") if line.strip())
    )


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


def read(data: bytes) -> ReadText:
    """Refuse the file.

    Raises:
        RejectedFile: unsupported.
    """
    raise RejectedFile("unsupported", "a program's data (JSON); save the article in it as text or as a page")
