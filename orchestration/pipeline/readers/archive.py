"""Open zip archives within limits, with one set of errors for all kinds of damage."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable

from orchestration.pipeline.readers.base import LIMITS, RejectedFile

# The errors that zipfile raises on damaged bytes, including its own.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    ValueError,
    OverflowError,
    OSError,
)

_FILE_ENTRY, _DIRECTORY_ENTRY = b"PK\x03\x04", b"PK\x01\x02"
_DIRECTORY_END = b"PK\x05\x06"
_NAME_IS_UTF8 = 0x800  # flag of an entry (APPNOTE 4.4.4, bit 11)
_HEAD_BYTES, _DIRECTORY_BYTES = 4_096, 65_536  # the parts of a zip that contain member names


def names_member(data: bytes, marks: Iterable[bytes]) -> bool:
    """Return whether a zip's beginning or directory contains one of `marks` (lower case, / in paths)."""
    if not data.startswith(_FILE_ENTRY):
        return False
    ends = (data[:_HEAD_BYTES] + data[-_DIRECTORY_BYTES:]).replace(b"\\", b"/").lower()
    return any(mark in ends for mark in marks)


def check_archive(data: bytes) -> zipfile.ZipFile:
    """Open a zip and check its members against the limits.

    Raises:
        RejectedFile: truncated, encrypted, or zip_bomb with the unpacked size.
    """
    if data.count(_DIRECTORY_ENTRY) > 2 * LIMITS.archive_members:  # listing takes a kilobyte per entry
        raise RejectedFile("zip_bomb", f"more than {LIMITS.archive_members} members")
    try:
        try:
            archive = zipfile.ZipFile(io.BytesIO(data))
        except UnicodeDecodeError:
            archive = zipfile.ZipFile(io.BytesIO(_clear_false_flags(data)))
    except DAMAGED as error:
        raise RejectedFile("truncated", f"not a complete zip archive: {error}") from error
    members = archive.infolist()
    if any(member.flag_bits & 0x1 for member in members):
        raise RejectedFile("encrypted", "the zip archive needs a password")
    total = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    if total > LIMITS.archive_bytes or len(members) > LIMITS.archive_members:
        raise RejectedFile("zip_bomb", f"{len(members)} members, {total} bytes unpacked")
    if total > 1_000_000 and total / packed > LIMITS.compression_ratio:
        raise RejectedFile("zip_bomb", f"{packed} bytes would unpack to {total}")
    return archive


def drop_foreign_head(data: bytes) -> bytes:
    """Return the zip archive in data without the bytes that a web server wrote before it; other data unchanged.

    Scripts that hand out files do so (a byte order mark, blank lines, a warning of PHP); unpackers find the archive by
    its end.
    """
    start = data.find(_FILE_ENTRY, 0, _HEAD_BYTES)
    if start <= 0 or data[:2] == b"PK" or b"\0" in data[:start]:
        return data
    end = data.rfind(_DIRECTORY_END)
    if end < 0 or len(data) < end + 22:
        return data
    size, offset = struct.unpack_from("<LL", data, end + 12)
    is_whole = start + offset + size == end and data.startswith(_DIRECTORY_ENTRY, start + offset)
    return data[start:] if is_whole else data


def _clear_false_flags(data: bytes) -> bytes:
    """Return the zip without false UTF-8 flags, which some programs set on names in GBK.

    Raises:
        zipfile.BadZipFile, struct.error: there is no directory where its end record says.
    """
    end = data.rfind(_DIRECTORY_END)
    count, size, offset = struct.unpack_from("<HLL", data, end + 10) if end >= 0 else (0, 0, 0)
    at = end - size
    before = at - offset  # bytes before the archive, as in a self-extracting program
    cleared = bytearray(data)
    for _ in range(count):
        if at < 0 or not data.startswith(_DIRECTORY_ENTRY, at):
            raise zipfile.BadZipFile("its directory is not where its end record says")
        (flags,) = struct.unpack_from("<H", data, at + 8)
        name, extra, comment = struct.unpack_from("<HHH", data, at + 28)
        (entry,) = struct.unpack_from("<L", data, at + 42)
        if flags & _NAME_IS_UTF8 and not _is_utf8(data[at + 46 : at + 46 + name]):
            struct.pack_into("<H", cleared, at + 8, flags & ~_NAME_IS_UTF8)
            if data.startswith(_FILE_ENTRY, before + entry):
                struct.pack_into("<H", cleared, before + entry + 6, flags & ~_NAME_IS_UTF8)
        at += 46 + name + extra + comment
    return bytes(cleared)


def _is_utf8(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True


def read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return the bytes of a member, even if its local header and the directory spell its name differently.

    Raises:
        KeyError: there is no such member.
        Exception: one of `DAMAGED`, if it is damaged.
    """
    member = archive.getinfo(name)
    try:
        return archive.read(member)
    except (zipfile.BadZipFile, UnicodeDecodeError):
        own = _name_in_head(archive, member)
        if own == member.orig_filename:
            raise
        member.orig_filename = own  # the name that `zipfile` compares; the checksum still detects damage
        return archive.read(member)


def _name_in_head(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> str:
    """Return the name in a member's local header, as `zipfile` reads it; clear a false UTF-8 flag in memory."""
    file = archive.fp
    if file is None:
        return member.orig_filename
    file.seek(member.header_offset)
    head = file.read(30)
    flags, size = struct.unpack_from("<H18xH", head, 6)
    name = file.read(size)
    if flags & _NAME_IS_UTF8 and not _is_utf8(name):
        flags &= ~_NAME_IS_UTF8
        file.seek(member.header_offset + 6)
        file.write(struct.pack("<H", flags))
    return name.decode("utf-8" if flags & _NAME_IS_UTF8 else "cp437")


def drop_common_folder(names: Iterable[str]) -> list[str]:
    """Return member names, with / in paths, without a folder common to all.

    A document that was unpacked and packed again as a folder has one.
    """
    paths = [name.replace("\\", "/").lstrip("./") for name in names]
    tops = {path.partition("/")[:2] for path in paths if path and not path.startswith("__MACOSX/")}
    folder, slash = next(iter(tops)) if len(tops) == 1 else ("", "")
    return [path.removeprefix(folder + slash) for path in paths] if slash else paths
