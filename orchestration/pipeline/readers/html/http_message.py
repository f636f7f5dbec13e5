"""Whole HTTP responses saved by a crawler: extract the page after the headers (RFC 9112)."""

from __future__ import annotations

import re
import zlib

from orchestration.pipeline.readers.base import LIMITS, RejectedFile

_BEGINS = re.compile(rb"HTTP/\d(?:\.\d)? \d{3}[^\r\n]{0,100}\r?\n")
_ENDS = re.compile(rb"\r?\n\r?\n")
_ARCHIVE = b"WARC/"
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[^\r\n]{0,200}\r?\n")
_PACKED = ("gzip", "x-gzip", "deflate")


def is_message(data: bytes) -> bool:
    """Return whether data begins like an HTTP response or an archive of responses."""
    return data.startswith(_ARCHIVE) or _BEGINS.match(data) is not None


def open_message(data: bytes) -> tuple[bytes, str | None]:
    """Return the body of a response and the charset from its headers; other data unchanged.

    Raises:
        RejectedFile: unsupported (an archive of responses, an unknown content coding), truncated, zip_bomb.
    """
    if data.startswith(_ARCHIVE):
        raise RejectedFile("unsupported", "a crawler's web archive (WARC); save each page as a separate file")
    if _BEGINS.match(data) is None:
        return data, None
    end = _ENDS.search(data)
    if end is None:
        raise RejectedFile("truncated", "a web server's response without a body")
    headers = {}
    for line in data[: end.start()].decode("latin-1").splitlines()[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    body = data[end.end() :]
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body = _join_chunks(body)
    packing = headers.get("content-encoding", "").lower()
    if packing in _PACKED:
        body = _unpack(body)
    elif packing not in ("", "identity"):
        raise RejectedFile(
            "unsupported", f"a web server's response in an unsupported compression ({packing[:20]})"
        )
    charset = _CHARSET.search(headers.get("content-type", ""))
    return body, charset[1] if charset else None


def _join_chunks(body: bytes) -> bytes:
    """Join the chunks of a chunked body; one that the crawler has already joined stays unchanged."""
    parts: list[bytes] = []
    at = 0
    while True:
        head = _CHUNK.match(body, at)
        if head is None:
            if not parts:
                return body
            raise RejectedFile("truncated", f"a web server's response ends inside a chunk at byte {at}")
        size = int(head[1], 16)
        if not size:
            return b"".join(parts)
        parts.append(body[head.end() : head.end() + size])
        at = head.end() + size
        at += len(body[at : at + 2]) - len(body[at : at + 2].lstrip(b"\r\n"))


def _unpack(body: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=47)  # gzip or zlib, by its header
    try:
        unpacked = unpacker.decompress(body, LIMITS.file_bytes)
    except zlib.error:
        return body  # already unpacked by the crawler
    if unpacker.unconsumed_tail:
        raise RejectedFile("zip_bomb", f"{len(body)} bytes would unpack to more than {LIMITS.file_bytes}")
    return unpacked
