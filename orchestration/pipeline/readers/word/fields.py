"""Fields of Word documents: most show their result, some nothing.

EQ and SYMBOL are exceptions: circled text, phonetic guides and symbols are only in their code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from orchestration.pipeline.readers.word.symbols import read_symbol

# These show page numbers, tables of contents or indexes, not text of the report.
_NO_TEXT = frozenset(
    ("PAGE", "NUMPAGES", "SECTIONPAGES", "PAGEREF", "TOC", "INDEX", "TOA", "TC", "XE", "RD", "TA")
)
_GUIDE = re.compile(
    r"""
    \\o\\a[dlrc] (?: \\[a-z]+\d* )* \( \s* \\s\\(?: up | do ) \s* -?\d* \s* \([^()]*\)
    \s* [,;，；] \s* (?P<base> [^()]* ) \)             # e.g. \o\ad(\s\up 9(làng),阆)
    """,
    re.VERBOSE,
)
_ENCLOSED = re.compile(
    r"\\o\\ac\( \s* (?P<frame> [○◯〇□△◇] ) \s* [,;，；] \s* (?P<inside> [^()]* ) \)",  # \o\ac(○,1)
    re.VERBOSE,
)
_FRACTION = re.compile(
    r"\\f\( \s* (?P<over> [^(),]* ) [,;，；] \s* (?P<under> [^(),]* ) \)",  # \f(1,2)
    re.VERBOSE,
)
_SYMBOL = re.compile(
    r"""
    SYMBOL \s+ (?P<code> 0x[0-9a-f]{1,4} | [1-9]\d{0,4} )
    (?: .* \\f \s* "? (?P<font> [^"\\]+ ) )?              # e.g. SYMBOL 254 \f "Wingdings"
    """,
    re.IGNORECASE | re.VERBOSE,
)
_BUTTON = re.compile(r"MACROBUTTON\s+\S+\s+(?P<shown>.*)", re.IGNORECASE)
PROMPT = re.compile(
    r"[单点双]击|[键输]入|填写|选择|click|choose|enter", re.IGNORECASE
)  # of what is to be filled in
_FORMATS = re.compile(r"\\\*\s*(?:jc\d+|hps\d+|\"[^\"]*\"|\w+)\s*", re.IGNORECASE)
_SWITCHES = re.compile(r"\\[a-z]+\d*|[()]", re.IGNORECASE)
_PARTS = re.compile(r"[,;，；]\s*")


@dataclass(slots=True)
class Field:
    """A field being read: its code, and whether its result has begun."""

    code: list[str] = field(default_factory=list)
    in_result: bool = False
    is_skipped: bool = False
    choice: str = ""  # for a drop-down field, the entry shown, whatever its result

    def begin_result(self) -> None:
        """End the code and begin the result."""
        self.in_result = True
        self.is_skipped = bool(self.choice) or shows_no_text("".join(self.code))


def shows_no_text(code: str) -> bool:
    """Return whether a field only shows something other than text of the document, such as a page number."""
    words = code.split(None, 1)
    return bool(words) and words[0].upper() in _NO_TEXT


def read_unshown(code: str) -> str:
    r"""Return the text of a field without a result: that of an EQ, SYMBOL or MACROBUTTON field, otherwise empty.

    `EQ \o\ac(○,1)` is ①, `EQ \o\ad(\s\up 9(zhèn),镇)` is 镇 with pinyin above, `SYMBOL 254 \f Wingdings` is ☑.
    """
    words = code.strip()
    button = _BUTTON.match(words)
    if button is not None:
        return "" if PROMPT.search(button["shown"]) else button["shown"]
    symbol = _SYMBOL.match(words)
    if symbol is not None:
        return read_symbol(int(symbol["code"], 0), (symbol["font"] or "").strip())
    return _read_equation(words) if words[:2].upper() == "EQ" else ""


def _read_equation(words: str) -> str:
    text = re.sub(r"\s*(\\[a-z]+)\s*", r"\1", words[2:])
    text = _GUIDE.sub(lambda match: match["base"], text)
    text = _ENCLOSED.sub(lambda match: _enclose(match["inside"].strip()), text)
    text = _FRACTION.sub(lambda match: f"{match['over'].strip()}/{match['under'].strip()}", text)
    text = _FORMATS.sub("", text)
    return (_PARTS.sub("", _SWITCHES.sub("", text)) if "\\" in text else text).strip()


def _enclose(inside: str) -> str:
    return chr(0x2460 + int(inside) - 1) if inside.isdecimal() and 1 <= int(inside) <= 20 else inside
