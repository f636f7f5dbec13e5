"""Unpack gzip files (RFC 1952), as saved by crawlers and servers, within the limits of zip members."""

from __future__ import annotations

import zlib

from orchestration.pipeline.readers.base import LIMITS, RejectedFile

_MAGIC = b"\x1f\x8b\x08"
_WITH_HEADER = 31  # zlib's window bits for a gzip header and checksum
_SMALL = 1_000_000  # bytes; any ratio is allowed up to this size
_MAX_PARTS = 20  # each part copies the remaining bytes


def unpack_gzip(data: bytes) -> bytes:
    """Return the content of a gzip file, with all its parts joined; other data unchanged.

    Raises:
        RejectedFile: truncated (it ends early or fails its checksum), zip_bomb, unsupported (a tar archive, or
            too many parts).
    """
    if not data.startswith(_MAGIC):
        return data
    parts: list[bytes] = []
    size, rest = 0, data
    while rest.startswith(_MAGIC):  # zeros may pad the last block
        if len(parts) == _MAX_PARTS:
            raise RejectedFile("unsupported", f"a gzip file with more than {_MAX_PARTS} parts")
        unpacker = zlib.decompressobj(_WITH_HEADER)
        try:
            parts.append(unpacker.decompress(rest, LIMITS.file_bytes + 1 - size))
        except zlib.error as error:
            raise RejectedFile("truncated", f"damaged gzip file: {error}") from error
        size += len(parts[-1])
        if size > LIMITS.file_bytes:
            raise RejectedFile("zip_bomb", f"{len(data)} bytes would unpack to more than {LIMITS.file_bytes}")
        if not unpacker.eof:
            raise RejectedFile("truncated", "the gzip file ends early")
        rest = unpacker.unused_data
    if size > _SMALL and size / len(data) > LIMITS.compression_ratio:
        raise RejectedFile("zip_bomb", f"{len(data)} bytes unpack to {size}")
    unpacked = b"".join(parts)
    if unpacked.startswith(b"ustar", 257):
        raise RejectedFile("unsupported", "a tar archive (.tar.gz): unpack it, or pack its files as a .zip")
    return unpacked
