"""Measure the unpacked size of a PDF's streams before the library unpacks them.

A file of half a megabyte can contain a page description of half a gigabyte, for which the library needs
several times that. Picture streams do not count, because text is read without them. Streams with other
filters, or of encrypted files, are only limited by the memory of the process.
"""

from __future__ import annotations

import contextlib
import re
import zlib

from orchestration.pipeline.readers.base import LIMITS, RejectedFile

_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_DICTIONARY_BYTES = 2_000  # maximum length before the word stream
_PICTURE = re.compile(rb"/Subtype\s*/Image|/Width\s+\d+.{0,300}/Height", re.DOTALL)
_FONT = re.compile(rb"/Length[123]\s|/CIDFontType0C|/Type1C|/OpenType")
_FLATE = re.compile(rb"/FlateDecode|/Fl\b")
_MAX_FILTERS = 4
_ZLIB_HEAD = 2  # bytes before the packed data
_FLUSHED = b"\x00\x00\xff\xff"  # ends packed data whose writer never closed it
_PART = 256  # bytes unpacked at once, because an error loses the text of its part
_LAYERS = b"/OCProperties"
_SHOWS_TEXT = re.compile(rb"\bBT\s.*?T[jJ]\b", re.DOTALL)
_ENCRYPTED = re.compile(rb"/Encrypt\b")
_OBJECTS = re.compile(rb"/ObjStm\b")


def check_streams(data: bytes) -> bool:
    """Refuse a PDF if one stream, or all in total, unpack to more than the limits.

    Returns:
        Whether the file has layers (optional content), by its plain or packed objects.

    Raises:
        RejectedFile: zip_bomb, truncated (a page description is damaged, of which viewers draw the beginning).
    """
    total = 0
    has_layers = _LAYERS in data
    for found in _STREAM.finditer(data):
        dictionary = data[max(0, found.start() - _DICTIONARY_BYTES) : found.start()].rpartition(b" obj")[2]
        filters = len(_FLATE.findall(dictionary))
        if not filters or _PICTURE.search(dictionary):
            continue
        if filters > _MAX_FILTERS:
            raise RejectedFile("zip_bomb", f"a stream of the PDF is compressed {filters} times")
        limit = LIMITS.pdf_font_bytes if _FONT.search(dictionary) else LIMITS.pdf_stream_bytes
        size, names_layers = _measure(data, found.end(), filters, limit)
        has_layers = has_layers or (names_layers and _OBJECTS.search(dictionary) is not None)
        total += size
        if size > limit or total > LIMITS.pdf_total_bytes:
            raise RejectedFile(
                "zip_bomb", f"a PDF of {len(data)} bytes, which would unpack to more than {max(size, total)}"
            )
    return has_layers


def _measure(data: bytes, start: int, filters: int, limit: int) -> tuple[int, bool]:
    """Return the unpacked size of a stream (at most a little over `limit`), and whether it names layers.

    A damaged stream counts up to the damage.

    Raises:
        RejectedFile: truncated (the stream shows text, and is damaged).
    """
    packed: bytes | memoryview = memoryview(data)[start:]
    size = 0
    for number in range(filters):
        unpacker = zlib.decompressobj()
        try:
            unpacked = unpacker.decompress(packed, limit + 1)
            is_whole = unpacker.eof or len(unpacked) > limit
        except zlib.error:
            unpacked, is_whole = b"", False
        if not is_whole and number == filters - 1 and _ENCRYPTED.search(data) is None:
            end = data.find(b"endstream", start)
            if number or not data[start : max(end, start)].rstrip(b"\r\n").endswith(_FLUSHED):
                _refuse_damaged(packed)
        size = max(size, len(unpacked))
        if size > limit or not unpacked:
            return size, False
        packed = unpacked
    return size, _LAYERS in bytes(packed)


def _refuse_damaged(packed: bytes | memoryview) -> None:
    """Refuse a stream that shows text up to where it is damaged; a checksum alone may be missing or wrong.

    Raises:
        RejectedFile: truncated.
    """
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)  # without a checksum
    text = bytearray()
    rest = packed[_ZLIB_HEAD:]
    with contextlib.suppress(zlib.error):
        while rest and not unpacker.eof and len(text) <= LIMITS.pdf_stream_bytes:
            text += unpacker.decompress(rest[:_PART])
            rest = rest[_PART:]
    if not unpacker.eof and _SHOWS_TEXT.search(text):
        raise RejectedFile("truncated", "the text of a page breaks off: its data is damaged")
