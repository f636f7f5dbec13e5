"""Types shared by all readers: the result, refusals and size limits.

Readers only turn the bytes of one file into lines of text. `orchestration.pipeline.ingest`
later decides what is chrome, title or body.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

RejectionCode = Literal[
    "unsupported",  # a format without a reader, or whose converter is not installed
    "empty",
    "unreadable",  # the system refuses to read it
    "too_large",
    "encrypted",
    "scanned",  # page pictures without a text layer
    "undecodable",  # not text in any encoding, with the offset; or a number with a lost character
    "truncated",  # cut off, damaged or still being written
    "zip_bomb",
    "symlink_outside",
    "breaks_reader",  # a library crashes on it, or exceeds the memory or time limit
    "bad_side_file",  # its NAME.meta.json is invalid
    "attachment_only",  # a page that only links to the report; the message has the links
    "drawn_by_script",  # a page whose text is fetched by scripts and is not in the file
    "several_reports",  # of several townships or years, one below the other
    "not_a_report_text",  # decodes, but is not mostly common Chinese characters
]

_ADDRESS = re.compile(r" <[^<>]* at 0x[0-9a-fA-F]+>")  # of an object in a library's error message


class RejectedFile(Exception):  # noqa: N818 - a refusal is a result, not a fault
    """A file that cannot become a report, with a code of the closed list and a reproducible message."""

    def __init__(self, code: RejectionCode, message: str) -> None:
        self.code = code
        self.message = _ADDRESS.sub("", message)
        super().__init__(f"{code}: {self.message}")

    def __reduce__(self) -> tuple[type[RejectedFile], tuple[RejectionCode, str]]:
        """Support pickling, because it is also raised in other processes."""
        return RejectedFile, (self.code, self.message)


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes above which a file is refused, in bytes unless the name says otherwise."""

    file_bytes: int = 64 * 1024 * 1024
    side_bytes: int = 256 * 1024  # of NAME.meta.json
    text_chars: int = 300_000  # the longest township report seen has under 20,000
    html_tags: int = 20_000  # parsing time is quadratic in the depth; pages have under 5,000
    tag_words: int = 5_000  # parsing time is also quadratic in the attributes of a tag
    archive_members: int = 20_000
    archive_bytes: int = 512 * 1024 * 1024  # all members in total, uncompressed
    compression_ratio: int = 200  # uncompressed to compressed; text reaches about 10
    pdf_pages: int = 500
    pdf_stream_bytes: int = 16 * 1024 * 1024  # of a page, unpacked; the library needs twenty times that
    pdf_font_bytes: int = 64 * 1024 * 1024  # enough for a font with all of GB 18030
    pdf_total_bytes: int = 256 * 1024 * 1024
    mime_parts: int = 2_000
    mime_nesting: int = 20
    mime_headers: int = 200
    office_bytes: int = 48 * 1024 * 1024  # XML of one Office document, unpacked; long reports have 2 MB
    rtf_tokens: int = 1_000_000  # words and groups; long reports have 200,000
    office_tags: int = 600_000  # in one of its parts; each takes some 250 bytes and 8 µs
    xml_bytes: int = 16 * 1024 * 1024  # of one part of a package; its tree is some ten times as large


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class ReadText:
    """A reader's result for one file: its lines of text, unchanged.

    `fields` are facts stated by the format itself (such as a page's meta tags), named as in
    `CleanText.fields`.
    """

    text: str
    media_type: str
    reader: str  # name and version, such as "html/1"
    encoding: str | None = None  # of text formats
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    links: tuple[str, ...] = ()  # to documents and pictures: `words <address>` each
    script_sign: str = ""  # for a page with little text, the evidence that scripts draw it
    attachment: tuple[str, bytes] | None = None  # name and content of an e-mail's only document


# Characters in a cell or paragraph that mean a line end.
_LINE_ENDS = ("\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029")


def join_lines(lines: Iterable[str]) -> str:
    """Join the lines of a document with a single kind of line end."""
    text = "\n".join(lines)
    for end in _LINE_ENDS:
        text = text.replace(end, "\n")
    return text
