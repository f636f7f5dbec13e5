"""Zip archives: opened within limits, with one name for every way that they can be damaged."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable

from orchestration.pipeline.readers.base import LIMITS, RejectedFile

# What zipfile raises on damaged bytes, besides its own error.
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OverflowError, OSError)

_FILE_ENTRY, _DIRECTORY_ENTRY = b"PK\x03\x04", b"PK\x01\x02"
_HEAD_BYTES, _DIRECTORY_BYTES = 4_096, 65_536  # in which names of members stand


def names_member(data: bytes, marks: Iterable[bytes]) -> bool:
    """Whether bytes are a zip whose beginning or directory holds one of `marks`, in lower case with / in paths."""
    if not data.startswith(_FILE_ENTRY):
        return False
    ends = (data[:_HEAD_BYTES] + data[-_DIRECTORY_BYTES:]).replace(b"\\", b"/").lower()
    return any(mark in ends for mark in marks)


def check_archive(data: bytes) -> zipfile.ZipFile:
    """Open a zip whose members are within the limits.

    Raises:
        RejectedFile: truncated, encrypted, or zip_bomb with the size that it would reach.
    """
    if data.count(_DIRECTORY_ENTRY) > 2 * LIMITS.archive_members:  # each takes a kilobyte when it is listed
        raise RejectedFile("zip_bomb", f"more than {LIMITS.archive_members} members")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except DAMAGED as error:
        raise RejectedFile("truncated", f"not a complete zip archive: {error}") from error
    members = archive.infolist()
    if any(member.flag_bits & 0x1 for member in members):
        raise RejectedFile("encrypted", "the zip archive asks for a password")
    total = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    if total > LIMITS.archive_bytes or len(members) > LIMITS.archive_members:
        raise RejectedFile("zip_bomb", f"{len(members)} members, {total} bytes when unpacked")
    if total > 1_000_000 and total / packed > LIMITS.compression_ratio:
        raise RejectedFile("zip_bomb", f"{packed} bytes would unpack to {total}")
    return archive


def drop_common_folder(names: Iterable[str]) -> list[str]:
    """Names of an archive's members, with / in paths, each without the folder that all of them are in.

    A document that was unpacked and packed again as a folder has one around its parts.
    """
    paths = [name.replace("\\", "/").lstrip("./") for name in names]
    tops = {path.partition("/")[:2] for path in paths if path and not path.startswith("__MACOSX/")}
    folder, slash = next(iter(tops)) if len(tops) == 1 else ("", "")
    return [path.removeprefix(folder + slash) for path in paths] if slash else paths
