"""Plain text and Markdown files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from orchestration.pipeline.readers.base import ReadText, RejectedFile, join_lines
from orchestration.pipeline.readers.encoding import decode_text
from orchestration.pipeline.readers.table_rows import Cell, holds_figures, write_rows, write_tabbed

NAME = "text"
VERSION = "4"
MEDIA_TYPES: tuple[str, ...] = ("text/plain", "text/markdown")
CONTAINER_MEMBERS: tuple[str, ...] = ()

# First bytes of formats that hold no readable text here, named for the message.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"BM\x00", "a bitmap picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"SQLite format", "a database"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)
_END_MARK = b"\x1a"
_MARKDOWN_MARKS = re.compile(
    r"""
    ^(?: \#{1,6}\ + | >\ ? | \s* [-*_]{3,} \s* $ )          # e.g. ## a   > b   ---
    | \*\* | __(?=\S) | (?<=\S)__                           # e.g. **   __c
    """,
    re.MULTILINE | re.VERBOSE,
)
_MARKDOWN_HEADING = re.compile(r"^#{1,6} +\S", re.MULTILINE)
_PIPED = re.compile(r"\s*\|.*\|\s*")
_PIPED_RULE = re.compile(r"[\s|:-]*")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")


def sniff(data: bytes, name: str) -> bool:
    """Anything that no other reader takes: `read` says what is wrong with it."""
    return True


def read(data: bytes) -> ReadText:
    """Decode a text file and drop the marks of Markdown headings and emphasis.

    Raises:
        RejectedFile: unsupported (a known or unknown binary format), undecodable, truncated.
    """
    for signature, what in _SIGNATURES:
        if data.startswith(signature):
            raise RejectedFile("unsupported", f"{what}; no reader takes it")
    text, encoding = _decode_to_end(data)
    control = _CONTROL.search(text)
    if control is not None:
        raise RejectedFile("unsupported", f"binary data: control character at character {control.start()}")
    text, markdown = write_plain(text)
    return ReadText(
        text=text,
        media_type=MEDIA_TYPES[1] if markdown else MEDIA_TYPES[0],
        reader=f"{NAME}/{VERSION}",
        encoding=encoding,
    )


def write_plain(text: str) -> tuple[str, bool]:
    """Text with one kind of line end, tables written out, marks of Markdown gone; and whether it had some."""
    markdown = "#" in text and _MARKDOWN_HEADING.search(text) is not None
    if markdown:
        text = _MARKDOWN_MARKS.sub("", text)
    text = join_lines([text])
    if "\t" in text or "|" in text:
        text = join_lines(write_tabbed(list(_write_piped(text.split("\n")))))
    return text, markdown


def _write_piped(lines: list[str]) -> Iterator[str]:
    """Lines with each table of figures that is drawn as Markdown has them (| a | b |) written out."""
    for is_row, group in groupby(lines, key=lambda line: _PIPED.fullmatch(line) is not None):
        rows = list(group)
        cells = [row.strip().strip("|").split("|") for row in rows if not _PIPED_RULE.fullmatch(row)]
        grid = [[Cell([cell]) for cell in row] for row in cells] if is_row else []
        yield from write_rows(grid) if holds_figures(grid) else rows


def _decode_to_end(data: bytes) -> tuple[str, str]:
    """Decode up to the DOS end-of-file mark; what is behind it is not part of the text.

    Raises:
        RejectedFile: undecodable, truncated; unsupported where most is behind the mark.
    """
    try:
        text, encoding = decode_text(data)
    except RejectedFile:
        head, mark, _ = data.partition(_END_MARK)
        if not mark or len(head) < len(data) // 2:
            raise
        text, encoding = decode_text(head)
    head_text, mark_text, _ = text.partition(_END_MARK.decode())
    return (head_text if mark_text and len(head_text) >= len(text) // 2 else text), encoding
