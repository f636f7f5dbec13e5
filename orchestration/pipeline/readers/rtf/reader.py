r"""Rich Text Format (.rtf, and .doc of some office systems): the text that Word prints.

No RTF library recognises hidden and deleted text, or decodes Chinese bytes split by control words, so this
module reads the format. Automatic numbers are in the file as text (\listtext).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from orchestration.pipeline.readers.base import LIMITS, ReadText, RejectedFile, join_lines
from orchestration.pipeline.readers.raised import write_raised
from orchestration.pipeline.readers.rtf.lines import LineCollector, limit_level
from orchestration.pipeline.readers.rtf.words import (
    ANY_CHARSETS,
    CHARACTERS,
    CHARSETS,
    KNOWN,
    SKIPPED,
    SYMBOL_CHARSET,
    SYMBOLS,
    Token,
    code_page,
    read_tokens,
)
from orchestration.pipeline.readers.word.fields import read_unshown, shows_no_text
from orchestration.pipeline.readers.word.symbols import read_symbol

NAME = "rtf"
VERSION = "9"
MEDIA_TYPES: tuple[str, ...] = ("application/rtf",)
CONTAINER_MEMBERS: tuple[str, ...] = ()

_MAGIC = b"{\\rtf"
_MAX_DEPTH = 1_000  # nested groups
_PARAGRAPH_ENDS = ("par", "sect", "page")
_UNREAD = {
    "v": "is_hidden",
    "deleted": "is_deleted",
    "mvf": "is_deleted",
    "strike": "is_struck",
    "striked": "is_struck",
}
_COLORS = re.compile(rb"\{\\colortbl([^{}]*)\}")
_WHITE = re.compile(rb"\s*(?=.*\\red255)(?=.*\\green255)(?=.*\\blue255).*", re.DOTALL)
_GROUND = re.compile(rb"\\(?:highlight|chcbpat|cbpat|clcbpat)[1-9]")  # white words may stand on it
_SMALL = 0.78  # maximum size of a raised mark, relative to the text before it
_COLLECTED = ("listtext", "pntext", "fldinst", "fonttbl", "ffl")
_NONE_CHOSEN = 25  # \ffres of a drop-down field without a choice


def sniff(data: bytes, name: str) -> bool:
    """Return whether the file begins like RTF."""
    return data[:64].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(_MAGIC)


def read(data: bytes) -> ReadText:
    """Return one line per paragraph, tables as written by `tables.rows`, and notes and boxes after their paragraph.

    Raises:
        RejectedFile: truncated, too_large (too much text or nesting), undecodable.
    """
    reader = _Reader(_find_white(data))
    for number, token in enumerate(read_tokens(data[data.find(_MAGIC) :])):
        if number >= LIMITS.rtf_tokens:
            raise RejectedFile("too_large", f"more than {number} RTF words and groups")
        reader.take(token)
        if reader.is_complete:
            break
    if not reader.is_complete:
        raise RejectedFile("truncated", "the RTF document ends before its last group")
    return ReadText(join_lines(reader.lines), MEDIA_TYPES[0], f"{NAME}/{VERSION}", reader.encoding)


def _find_white(data: bytes) -> frozenset[int]:
    """Return the numbers of white in the document's colours; none if it has backgrounds."""
    table = _COLORS.search(data)
    if table is None or _GROUND.search(data):
        return frozenset()
    return frozenset(number for number, color in enumerate(table[1].split(b";")) if _WHITE.fullmatch(color))


@dataclass(slots=True)
class _Choice:
    """The entries of a drop-down field, and which is shown."""

    entries: list[str] = field(default_factory=list)
    usual: int = 0
    chosen: int = _NONE_CHOSEN

    @property
    def shown(self) -> str:
        """The entry shown; empty for other fields."""
        number = self.usual if self.chosen == _NONE_CHOSEN else self.chosen
        return self.entries[number] if 0 <= number < len(self.entries) else ""


@dataclass(slots=True)
class _Group:
    """State of a group, which ends with it."""

    kind: str = ""  # of the group, if its end has an effect
    font: int = -1
    fallback: int = 1  # fallback characters after \u for old programs
    is_shown: bool = True
    is_dead: bool = False  # its content is not text of the document
    is_hidden: bool = False
    is_deleted: bool = False
    is_struck: bool = False
    is_white: bool = False
    is_raised: bool = False
    is_below: bool = False
    is_up: bool = False
    size: int = 24  # half points
    level: int = 0
    collected: list[str] | None = None  # collects text that is not text of the document
    lines: LineCollector | None = None  # if this group is a note or box
    code: list[str] = field(default_factory=list)  # of the enclosing field
    choice: _Choice = field(default_factory=_Choice)  # of the enclosing field


class _Reader:
    """Reads the tokens of one document."""

    def __init__(self, white: frozenset[int]) -> None:
        self.is_complete = False
        self._white = white
        self.encoding = "cp1252"
        self.lines: list[str] = []
        self._fonts: dict[int, tuple[int, list[str]]] = {}  # charset and name
        self._default_font = -1
        self._group = _Group()
        self._outer: list[_Group] = []
        self._out = LineCollector()
        self._outs: list[LineCollector] = []
        self._pending = bytearray()  # not yet decoded
        self._surrogate = 0
        self._skip = 0  # characters to skip after \u
        self._is_optional = False  # \* was read
        self._size = 0
        self._put_size = 24  # of the previous text, half points

    def take(self, token: Token) -> None:
        """Read one token."""
        if token.byte is not None or token.text:
            self._take_bytes(token)
            return
        self._decode()
        if token.brace == "{":
            self._skip = 0
            self._open()
        elif token.brace == "}":
            self._skip = 0
            self._close()
        elif token.symbol == "*":
            self._is_optional = True
        elif token.symbol in ("\r", "\n"):
            self._end_paragraph()
        elif token.symbol:
            self._put(SYMBOLS.get(token.symbol, ""))
        elif token.word:
            self._skip = 0
            optional, self._is_optional = self._is_optional, False
            self._take_word(token.word, token.number, optional)

    # ---- characters ------------------------------------------------------------------

    def _take_bytes(self, token: Token) -> None:
        data = bytes((token.byte,)) if token.byte is not None else token.text
        if self._skip:
            passed = min(self._skip, len(data))
            self._skip -= passed
            data = data[passed:]
        self._pending += data

    def _decode(self) -> None:
        if not self._pending:
            return
        data, self._pending = bytes(self._pending), bytearray()
        group = self._group
        if not self._is_wanted():
            return
        if self._in_font_table():
            self._put(data.decode("latin-1"))
            return
        charset, name = self._fonts.get(group.font, (1, []))
        if charset == SYMBOL_CHARSET:
            self._put("".join(read_symbol(byte, "".join(name).strip(" ;")) for byte in data))
            return
        encoding = self.encoding if charset in ANY_CHARSETS else CHARSETS.get(charset, self.encoding)
        for each in dict.fromkeys((encoding, self.encoding, "cp1252" if charset == 0 else encoding)):
            try:
                self._put(data.decode(each))
            except (UnicodeDecodeError, LookupError):
                continue
            return
        raise RejectedFile("undecodable", f"bytes {data[:20].hex()} are not text in {encoding}")

    def _is_wanted(self) -> bool:
        group = self._group
        if group.is_dead:
            return False
        return group.collected is not None or (
            group.is_shown and not (group.is_hidden or group.is_deleted or group.is_struck or group.is_white)
        )

    def _put(self, text: str) -> None:
        if not text or not self._is_wanted():
            return
        if self._group.collected is not None:
            self._group.collected.append(text)
            return
        size = self._group.size
        if self._group.is_raised or self._group.is_below:
            text = write_raised(text, self._group.is_below)
        elif self._group.is_up and 0 < size <= _SMALL * self._put_size:  # a mark: raised and small
            text = write_raised(text)
        else:
            self._put_size = size
        self._size += len(text)
        if self._size > 2 * LIMITS.text_chars:
            raise RejectedFile(
                "too_large", f"more than {self._size} characters; the limit is {LIMITS.text_chars}"
            )
        self._out.put(text)

    def _put_unit(self, number: int) -> None:
        r"""Add a UTF-16 code unit from \u; the halves of a surrogate pair follow each other."""
        unit = number & 0xFFFF
        if 0xD800 <= unit < 0xDC00:
            self._surrogate = unit
        elif 0xDC00 <= unit < 0xE000:
            if self._surrogate:
                self._put(chr(0x10000 + ((self._surrogate - 0xD800) << 10) + unit - 0xDC00))
            self._surrogate = 0
        else:
            self._put(chr(unit))
        self._skip = self._group.fallback

    # ---- groups ----------------------------------------------------------------------

    def _open(self) -> None:
        self._is_optional = False
        if len(self._outer) >= _MAX_DEPTH:
            raise RejectedFile("too_large", f"groups nested more than {_MAX_DEPTH} levels deep")
        self._outer.append(self._group)
        self._group = replace(self._group, kind="", lines=None)

    def _close(self) -> None:
        ended = self._group
        if not self._outer:
            raise RejectedFile("truncated", "the RTF document closes more groups than it opens")
        self._group = self._outer.pop()
        if ended.lines is not None:
            self._out = self._outs.pop()
            lines = ended.lines.take()
            if not (ended.is_dead or self._group.is_hidden or self._group.is_deleted):
                self._out.put_behind(lines)
        elif ended.kind in ("listtext", "pntext"):
            label = "".join(ended.collected or []).strip()
            if any(map(str.isalnum, label)):  # otherwise a bullet
                self._put(f"{label} ")
        elif ended.kind == "ffl":
            ended.choice.entries.append("".join(ended.collected or []).strip())
        elif ended.kind == "field" and ended.choice.shown:
            self._put(ended.choice.shown)
        elif ended.kind == "field" and "fldrslt" not in ended.code:
            self._put(read_unshown("".join(ended.code)))
        if not self._outer:
            self.is_complete = True
            self.lines = self._out.take()

    def _begin(self, kind: str) -> None:
        """Set up the current group for a kind that needs handling."""
        group = self._group
        group.kind = kind
        if kind in _COLLECTED:
            group.collected = group.code if kind == "fldinst" else []
        elif kind in ("footnote", "shptxt", "dptxbxtext"):
            group.lines = LineCollector()
            group.level = 0
            group.is_shown, group.collected = True, None
            self._outs.append(self._out)
            self._out = group.lines
        elif kind == "field":
            group.code, group.choice = [], _Choice()
        elif kind == "fldrslt":
            group.is_shown = (
                group.is_shown and not group.choice.shown and not shows_no_text("".join(group.code))
            )
            group.code.append("fldrslt")
        elif kind in ("shpinst", "do", "upr", "formfield"):
            group.is_shown, group.collected = False, None
        elif kind == "ud":
            group.is_shown = self._outer[-2].is_shown if len(self._outer) > 1 else True

    # ---- control words ---------------------------------------------------------------

    def _take_word(self, word: str, number: int | None, optional: bool) -> None:
        group = self._group
        if word in SKIPPED or (optional and word not in KNOWN):
            group.is_dead = True
        elif word in KNOWN or word in ("fonttbl", "field", "upr"):
            self._begin(word)
        elif word == "u" and number is not None:
            self._put_unit(number)
        elif word in CHARACTERS:
            self._put(CHARACTERS[word])
        elif word in _PARAGRAPH_ENDS:
            self._end_paragraph()
        elif word in ("cell", "nestcell", "row", "nestrow"):
            self._end_part(word)
        elif not self._format_text(word, number):
            self._format_table(word, number)

    def _end_paragraph(self) -> None:
        if self._group.is_shown and self._group.collected is None and not self._group.is_dead:
            self._out.level = self._group.level
            self._out.end_paragraph()

    def _end_part(self, word: str) -> None:
        if self._group.collected is not None or not self._group.is_shown or self._group.is_dead:
            return
        self._out.level = self._group.level
        end = self._out.end_cell if word.endswith("cell") else self._out.end_row
        end(word.startswith("nest"))

    def _format_text(self, word: str, number: int | None) -> bool:
        """Apply a control word that formats the following text; return False for other words."""
        group = self._group
        is_on = number != 0
        if word == "f":
            group.font = number or 0
            if self._in_font_table():
                group.collected = []
                self._fonts[group.font] = (1, group.collected)
        elif word == "fcharset":
            if group.font in self._fonts and self._in_font_table():
                self._fonts[group.font] = (number or 0, self._fonts[group.font][1])
        elif word == "ansicpg":
            self.encoding = code_page(number or 1252)
        elif word == "uc":
            group.fallback = max(0, number if number is not None else 1)
        elif word in _UNREAD:
            setattr(group, _UNREAD[word], is_on)
        elif word == "plain":
            group.is_up, group.is_white, group.size = False, False, 24
            group.is_hidden = group.is_deleted = group.is_struck = group.is_raised = group.is_below = False
            group.font = self._default_font
        elif word == "deff":
            self._default_font = number or 0
        elif word == "ffres":
            group.choice.chosen = _NONE_CHOSEN if number is None else number
        elif word == "ffdefres":
            group.choice.usual = number or 0
        else:
            return self._place_text(word, number)
        return True

    def _place_text(self, word: str, number: int | None) -> bool:
        """Apply a control word for raised or lowered text, its size or colour; return False for other words."""
        group = self._group
        if word in ("super", "sub", "nosupersub"):
            is_on = number != 0
            group.is_raised, group.is_below = word == "super" and is_on, word == "sub" and is_on
        elif word == "up":
            group.is_up = number is None or number > 0
        elif word == "fs":
            group.size = number or 24
        elif word == "cf":
            group.is_white = number in self._white
        else:
            return False
        return True

    def _in_font_table(self) -> bool:
        return self._group.collected is not None and any(
            each.kind == "fonttbl" for each in (*self._outer, self._group)
        )

    def _format_table(self, word: str, number: int | None) -> None:
        group = self._group
        if word == "pard":
            group.level = 0
        elif word == "intbl":
            group.level = max(group.level, 1)
        elif word == "itap":
            group.level = limit_level(number or 0)
        elif word == "trowd":
            self._out.begin_row_format()
        elif word in ("clvmrg", "clmrg"):
            self._out.mark_merge()
        elif word == "cellx":
            self._out.add_cell_format(number or 0)
