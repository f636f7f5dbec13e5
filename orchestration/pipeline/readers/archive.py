"""Zip archives: opened within limits, with one name for every way that they can be damaged."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable

from orchestration.pipeline.readers.base import LIMITS, RejectedFile

# What zipfile raises on damaged bytes, besides its own error.
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
        try:
            archive = zipfile.ZipFile(io.BytesIO(data))
        except UnicodeDecodeError:
            archive = zipfile.ZipFile(io.BytesIO(_clear_false_flags(data)))
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


def _clear_false_flags(data: bytes) -> bytes:
    """The zip without the flag that a name is UTF-8 wherever it is not: some programs set it on names in GBK.

    Raises:
        zipfile.BadZipFile, struct.error: no directory where its end says.
    """
    end = data.rfind(_DIRECTORY_END)
    count, size, offset = struct.unpack_from("<HLL", data, end + 10) if end >= 0 else (0, 0, 0)
    at = end - size
    before = at - offset  # bytes in front of the archive, as of a program that unpacks itself
    cleared = bytearray(data)
    for _ in range(count):
        if at < 0 or not data.startswith(_DIRECTORY_ENTRY, at):
            raise zipfile.BadZipFile("its directory is not where its end says")
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
    """The bytes of a member, also where its own head spells its name otherwise than the directory does.

    Raises:
        KeyError: there is none; what `DAMAGED` names.
    """
    member = archive.getinfo(name)
    try:
        return archive.read(member)
    except (zipfile.BadZipFile, UnicodeDecodeError):
        own = _name_in_head(archive, member)
        if own == member.orig_filename:
            raise
        member.orig_filename = own  # that which `zipfile` compares; the checksum still tells damage
        return archive.read(member)


def _name_in_head(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> str:
    """The name in a member's own head, as `zipfile` reads it; a false flag there is cleared in the copy in memory."""
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
    """Names of an archive's members, with / in paths, each without the folder that all of them are in.

    A document that was unpacked and packed again as a folder has one around its parts.
    """
    paths = [name.replace("\\", "/").lstrip("./") for name in names]
    tops = {path.partition("/")[:2] for path in paths if path and not path.startswith("__MACOSX/")}
    folder, slash = next(iter(tops)) if len(tops) == 1 else ("", "")
    return [path.removeprefix(folder + slash) for path in paths] if slash else paths
