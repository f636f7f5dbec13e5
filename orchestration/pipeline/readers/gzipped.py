"""Files packed with gzip (RFC 1952), as crawlers and servers keep them: unpacked within the limits of zip members."""

from __future__ import annotations

import zlib

from orchestration.pipeline.readers.base import LIMITS, RejectedFile

_MAGIC = b"\x1f\x8b\x08"
_WITH_HEADER = 31  # window bits of zlib for a gzip header and its checksum
_SMALL = 1_000_000  # bytes, up to which any ratio is usual
_MAX_PARTS = 20  # the rest is copied for each


def unpack_gzip(data: bytes) -> bytes:
    """What a file packed with gzip holds, all its parts in a row; other data as it is.

    Raises:
        RejectedFile: truncated where it ends early or fails its checksum; zip_bomb; unsupported for a tar archive
            and for more parts than a file has.
    """
    if not data.startswith(_MAGIC):
        return data
    parts: list[bytes] = []
    size, rest = 0, data
    while rest.startswith(_MAGIC):  # zeros may fill up the last block
        if len(parts) == _MAX_PARTS:
            raise RejectedFile("unsupported", f"a gzip file of over {_MAX_PARTS} parts")
        unpacker = zlib.decompressobj(_WITH_HEADER)
        try:
            parts.append(unpacker.decompress(rest, LIMITS.file_bytes + 1 - size))
        except zlib.error as error:
            raise RejectedFile("truncated", f"damaged gzip file: {error}") from error
        size += len(parts[-1])
        if size > LIMITS.file_bytes:
            raise RejectedFile("zip_bomb", f"{len(data)} bytes would unpack to over {LIMITS.file_bytes}")
        if not unpacker.eof:
            raise RejectedFile("truncated", "the gzip file ends early")
        rest = unpacker.unused_data
    if size > _SMALL and size / len(data) > LIMITS.compression_ratio:
        raise RejectedFile("zip_bomb", f"{len(data)} bytes unpack to {size}")
    unpacked = b"".join(parts)
    if unpacked.startswith(b"ustar", 257):
        raise RejectedFile("unsupported", "a tar archive (.tar.gz): unpack it, or pack its files as a .zip")
    return unpacked
