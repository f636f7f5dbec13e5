"""The control words of RTF that matter for text (RTF 1.9.1), and the pieces that a file is cut into."""

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

# Control words that mean one character.
CHARACTERS = {
    "tab": "\t", "line": "\n", "emdash": "—", "endash": "–", "bullet": "·", "lquote": "‘", "rquote": "’",
    "ldblquote": "“", "rdblquote": "”", "emspace": " ", "enspace": " ", "qmspace": " ", "zwnj": "", "zwj": "",
}  # fmt: skip
SYMBOLS = {"~": "\u00a0", "_": "-", "-": "", "{": "{", "}": "}", "\\": "\\"}
# Groups that hold no text of the report: headers, comments, tables of formats, pictures, copies for old programs.
_SKIPPED = """
    colortbl stylesheet info pict header headerl headerr headerf footer footerl footerr footerf ftnsep ftnsepc
    ftncn aftnsep aftnsepc aftncn annotation atnid atnauthor atntime atndate atnref atnparent comment xe tc rxe
    bkmkstart bkmkend shprslt nonshppict nonesttables objdata sp private themedata colorschememapping template
    title author operator pgdsctbl filetbl
"""
SKIPPED = frozenset(_SKIPPED.split())
# Groups marked as to be left out by who does not know them (\\*), which hold text or structure that counts.
_KNOWN = "fldinst fldrslt footnote shpinst shptxt do dptxbxtext ud nesttableprops listtext pntext"
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
ANY_CHARSETS = (0, 1)  # ANSI and default: bytes beyond ASCII are those of the document's code page


class Token(NamedTuple):
    """One piece of a file: exactly one of its fields is set, `number` only beside `word`."""

    word: str = ""
    number: int | None = None
    byte: int | None = None
    symbol: str = ""
    brace: str = ""
    text: bytes = b""


def read_tokens(data: bytes) -> Iterator[Token]:
    r"""The pieces of a file in order; raw bytes behind \bin are passed over."""
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
    """Python's name of a Windows code page."""
    return {936: "gb18030", 950: "big5hkscs", 65001: "utf-8", 54936: "gb18030"}.get(number, f"cp{number}")
