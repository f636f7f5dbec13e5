"""The RTF control words that matter for text (RTF 1.9.1), and the tokeniser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from orchestration.pipeline.readers.base import RejectedFile

_TOKEN = re.compile(
    rb"""
    \\(?:
        (?P<word> [A-Za-z]{1,32} ) (?P<number> -?\d{1,10} )? \ ?       # e.g. \par   \u-123
      | ' (?P<byte> [0-9A-Fa-f]{2} )                                   # e.g. \'b5
      | (?P<symbol> [^A-Za-z] )                                        # e.g. \~
    )
    | (?P<brace> [{}] ) | [\r\n]+ | (?P<text> [^\\{}\r\n]+ )
    """,
    re.DOTALL | re.VERBOSE,
)

# Control words for single characters.
CHARACTERS = {
    "tab": "\t", "line": "\n", "emdash": "—", "endash": "–", "bullet": "·", "lquote": "‘", "rquote": "’",
    "ldblquote": "“", "rdblquote": "”", "emspace": " ", "enspace": " ", "qmspace": " ", "zwnj": "", "zwj": "",
}  # fmt: skip
SYMBOLS = {"~": "\u00a0", "_": "-", "-": "", "{": "{", "}": "}", "\\": "\\"}
# Groups without text of the report: headers, comments, format tables, pictures, copies for old programs.
_SKIPPED = """
    colortbl stylesheet info pict header headerl headerr headerf footer footerl footerr footerf ftnsep ftnsepc
    ftncn aftnsep aftnsepc aftncn annotation atnid atnauthor atntime atndate atnref atnparent comment xe tc rxe
    bkmkstart bkmkend shprslt nonshppict nonesttables objdata sp private themedata colorschememapping template
    title author operator pgdsctbl filetbl
"""
SKIPPED = frozenset(_SKIPPED.split())
# Optional groups (\\*), which unaware programs skip, with text or structure that matters.
_KNOWN = (
    "fldinst fldrslt footnote shpinst shptxt do dptxbxtext ud nesttableprops listtext pntext formfield ffl"
)
KNOWN = frozenset(_KNOWN.split())
CHARSETS = {
    128: "cp932",
    129: "cp949",
    134: "gb18030",
    136: "big5hkscs",
    238: "cp1250",
    204: "cp1251",
    161: "cp1253",
}
SYMBOL_CHARSET = 2
ANY_CHARSETS = (0, 1)  # ANSI and default: non-ASCII bytes are in the document's code page


class Token(NamedTuple):
    """One token of a file: exactly one field is set, except that `number` comes with `word`."""

    word: str = ""
    number: int | None = None
    byte: int | None = None
    symbol: str = ""
    brace: str = ""
    text: bytes = b""


def read_tokens(data: bytes) -> Iterator[Token]:
    r"""Yield the tokens of a file in order; raw bytes after \bin are skipped."""
    at, end = 0, len(data)
    while at < end:
        match = _TOKEN.match(data, at)
        if match is None:  # a backslash at the very end
            raise RejectedFile("truncated", f"the RTF document ends within a control word at byte {at}")
        at = match.end()
        kind = match.lastgroup
        if kind in ("word", "number"):
            number = None if match["number"] is None else int(match["number"])
            word = match["word"].decode("ascii")
            if word == "bin":
                at += max(number or 0, 0)
            else:
                yield Token(word=word, number=number)
        elif kind == "byte":
            yield Token(byte=int(match["byte"], 16))
        elif kind == "symbol":
            yield Token(symbol=match["symbol"].decode("latin-1"))
        elif kind == "brace":
            yield Token(brace=match["brace"].decode("ascii"))
        elif kind == "text":
            yield Token(text=match["text"])


def code_page(number: int) -> str:
    """Return Python's name of a Windows code page."""
    return {936: "gb18030", 950: "big5hkscs", 65001: "utf-8", 54936: "gb18030"}.get(number, f"cp{number}")
