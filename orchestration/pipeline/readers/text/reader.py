"""Plain text and Markdown files."""

from __future__ import annotations

import html as entities
import re

from orchestration.pipeline.readers.base import ReadText, RejectedFile, join_lines
from orchestration.pipeline.readers.encoding import decode_text
from orchestration.pipeline.readers.text.markdown import drop_marks, is_markdown
from orchestration.pipeline.readers.text.math import write_formulas
from orchestration.pipeline.readers.text.pages import drop_line_numbers, join_pages
from orchestration.pipeline.readers.text.tables import write_text_tables

NAME = "text"
VERSION = "17"
MEDIA_TYPES: tuple[str, ...] = ("text/plain", "text/markdown")
CONTAINER_MEMBERS: tuple[str, ...] = ()

# (offset, signature, name) of formats without readable text.
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"GIF8", "a GIF picture"),
    (0, b"BM\x00", "a bitmap picture"),
    (0, b"II*\x00", "a TIFF picture"),
    (0, b"MM\x00*", "a TIFF picture"),
    (4, b"ftypheic", "a HEIC picture (of an iPhone); save it as JPEG"),
    (4, b"ftypheix", "a HEIC picture (of an iPhone); save it as JPEG"),
    (4, b"ftypmif1", "a HEIF picture; save it as JPEG"),
    (4, b"ftypavif", "an AVIF picture; save it as JPEG"),
    (4, b"ftyp", "a video"),
    (0, b"\x00\x00\x00\x0cjP", "a JPEG 2000 picture"),
    (0, b"8BPS", "a Photoshop picture"),
    (0, b"\xd7\xcd\xc6\x9a", "a WMF drawing"),
    (40, b" EMF", "an EMF drawing"),
    (0, b"AT&TFORM", "a DjVu document"),
    (0, b"Founder CEB", "a CEB document (方正); save it as PDF or OFD"),
    (0, b"CAJ", "a CAJ document; save it as PDF"),
    (0, b"Rar!", "a RAR archive"),
    (0, b"7z\xbc\xaf", "a 7z archive"),
    (0, b"\x1f\x8b", "a gzip file in another one, or damaged"),
    (0, b"BZh", "a bzip2 archive"),
    (0, b"\xfd7zXZ", "an xz archive"),
    (0, b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (257, b"ustar", "a tar archive; unpack it, or pack its files as a .zip"),
    (0, b"SQLite format", "a database"),
    (0, b"\x7fELF", "a program"),
    (0, b"MZ", "a program"),
    (0, b"PK\x07\x08", "the first part of a split archive (分卷压缩包); pack it as one .zip"),
    (0, b"\\documentclass", "LaTeX source; save it as PDF"),
    (0, b"%!PS", "a PostScript file; save it as PDF"),
    (0, b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", "a OneNote section; export it as Word or PDF"),
    (0, b"bplist00", "a web archive of Safari (.webarchive); save the page as PDF"),
    (0, b"L\x00\x00\x00\x01\x14\x02", "a link to a file elsewhere (快捷方式)"),
)
# What programs that encrypt all documents of an office write at the beginning of each.
_LOCKED = (b"%TSD-Header-###%", b"E-SafeNet")
_LOCK_BYTES = 48
_SHORTCUT = re.compile(
    rb"""
    (?: \xef\xbb\xbf )? \s* \[InternetShortcut\] [^\[]*? \b URL \s* = \s* (\S+)    # e.g. [InternetShortcut] URL=http://a.cn
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ESCAPES = {"\\r\\n": "\n", "\\n": "\n", "\\r": "", "\\t": "\t", "\\u3000": "\u3000", '\\"': '"'}
_ESCAPED = re.compile("|".join(map(re.escape, _ESCAPES)))
_MIN_ESCAPED = 2
_END_MARK = b"\x1a"
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f]")
_LOOK_BYTES, _CONTROL_SHARE = 4_096, 0.03
_ENTITY = re.compile(
    r"""
    &(?: nbsp | lt | gt | amp | quot | [lr][ds]quo | mdash | hellip | middot | emsp | ensp     # e.g. &nbsp;   &ldquo;
      | [gl]e | times | yen | permil                                                            # e.g. &ge;
      | \#\d{2,5} | \#x[0-9a-fA-F]{2,5}                                                        # e.g. &#160;
    );
    """,
    re.VERBOSE,
)
# Matches up to the first control character, because searching for one takes three times as long.
_PLAIN = re.compile(r"(?: [\x20-\U0010ffff]*+ [\t-\r] | (?!) )*+ [\x20-\U0010ffff]*+", re.VERBOSE)


def sniff(data: bytes, name: str) -> bool:
    """Return True, because this reader takes everything left; `read` reports what is wrong with it."""
    return True


def read(data: bytes) -> ReadText:
    """Decode a text file and drop the marks of Markdown headings and emphasis.

    Raises:
        RejectedFile: unsupported (a known or unknown binary format), undecodable, truncated.
    """
    for start, signature, what in _SIGNATURES:
        if data.startswith(signature, start):
            raise RejectedFile("unsupported", f"no reader for {what}")
    if any(mark in data[:_LOCK_BYTES] for mark in _LOCKED):
        raise RejectedFile(
            "encrypted",
            "encrypted by the office's document security (文档加密软件): have it decrypted there (解密外发) first",
        )
    shortcut = _SHORTCUT.match(data)
    if shortcut is not None:
        address = shortcut[1].decode("ascii", "replace")[:200]
        raise RejectedFile("attachment_only", f"a link to a page (网址快捷方式), not the page: {address}")
    text, encoding = _decode_to_end(data)
    plain = _PLAIN.match(text)
    if plain is not None and plain.end() < len(text):
        raise RejectedFile("unsupported", f"binary data: control character at character {plain.end()}")
    text, markdown = write_plain(text)
    return ReadText(
        text=text,
        media_type=MEDIA_TYPES[1] if markdown else MEDIA_TYPES[0],
        reader=f"{NAME}/{VERSION}",
        encoding=encoding,
    )


def write_plain(text: str) -> tuple[str, bool]:
    """Return text as shown, with one kind of line end, and whether it is Markdown.

    Tables and HTML entities (&nbsp;) are written out; Markdown marks and page numbers are removed.
    """
    if "\\n" in text and text.count("\\n") > 2 * text.count("\n") + _MIN_ESCAPED:
        text = _ESCAPED.sub(lambda found: _ESCAPES[found[0]], text.strip("'"))  # exported from a database
    text = join_pages(drop_line_numbers(text.replace("\r\n", "\n").replace("\r", "\n")))
    is_marked = is_markdown(text)
    text = write_formulas(text)
    if is_marked:
        text = drop_marks(text)
    if "&" in text:
        text = _ENTITY.sub(lambda found: entities.unescape(found[0]), text)
    return write_text_tables(join_lines([text])), is_marked


def _decode_to_end(data: bytes) -> tuple[str, str]:
    """Decode up to the DOS end-of-file mark; bytes after it are not part of the text.

    Raises:
        RejectedFile: undecodable, truncated, unsupported (most bytes are after the mark).
    """
    try:
        text, encoding = decode_text(data)
    except RejectedFile as rejection:
        head = data[:_LOOK_BYTES]
        is_wide = any(name in rejection.message for name in ("utf-16", "utf-32"))
        if not is_wide and len(_CONTROLS.findall(head)) > _CONTROL_SHARE * len(head):
            raise RejectedFile(
                "unsupported", "binary data that no reader knows (不是文字文件)"
            ) from rejection
        head, mark, _ = data.partition(_END_MARK)
        if not mark or len(head) < len(data) // 2:
            raise
        text, encoding = decode_text(head)
    head_text, mark_text, _ = text.partition(_END_MARK.decode())
    return (head_text if mark_text and len(head_text) >= len(text) // 2 else text), encoding
