"""Data of programs (JSON, and JSON in a line of JavaScript): refused by name.

Crawlers keep the answers of a site's interface as they come. Beside the article stand counts and ids, which would be
read as figures.
"""

from __future__ import annotations

import json
import re

from orchestration.pipeline.readers.base import ReadText, RejectedFile

NAME = "data_file"
VERSION = "1"
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
    """True for JSON, and for a call or assignment of JavaScript with nothing but JSON in it."""
    begins = _BEGINS.match(data[:4_096])
    ends = _ENDS.search(data[-64:])
    if begins is None or ends is None:
        return False
    try:
        json.loads(data[begins.start("json") : len(data) - len(data[-64:]) + ends.start() + 1])
    except (ValueError, RecursionError):
        return False
    return True


def read(data: bytes) -> ReadText:
    """Refuse it.

    Raises:
        RejectedFile: unsupported.
    """
    raise RejectedFile("unsupported", "data of a program (JSON); save the article in it as a text or a page")
