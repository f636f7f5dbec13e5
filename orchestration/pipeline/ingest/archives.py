"""Zip archives in the reports folder, listed as their members."""

from __future__ import annotations

import errno
import os
import stat
import struct
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import lru_cache
from threading import Lock

from orchestration.pipeline.ingest.folder import (
    SIDE_SUFFIX,
    SOURCE_PATH,
    FoundFile,
    is_temporary,
)
from orchestration.pipeline.ingest.storage import is_address, read_address
from orchestration.pipeline.readers import LIMITS, RejectedFile, is_container
from orchestration.pipeline.readers.archive import check_archive
from orchestration.pipeline.readers.encoding import measure_common_share

MEMBER_MARK = "!/"
ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_NAME_FIELD = 0x7075
_BLOCK_BYTES = 64 * 1024  # smallest read
_OPENING_THREADS, _OPENED_AT_A_TIME = 8, 256
_BIG_BYTES = 4 * 1024 * 1024
_ONE_BIG_ARCHIVE = Lock()  # larger archives are held in memory one at a time


def open_archives(
    files: Iterable[FoundFile], is_known: Callable[[FoundFile], bool] = lambda found: False
) -> list[FoundFile]:
    """Replace readable zip archives by their members; keep other files. Sorted by source path.

    Args:
        files: the files of the folder.
        is_known: returns whether a file was listed unchanged before; it is not opened to test
            whether it is an archive.
    """
    listed: list[FoundFile] = []
    unknown: list[FoundFile] = []
    for found in files:
        (listed if is_known(found) else unknown).append(found)
    # Threads, because each waits for disk or network.
    parts = [
        unknown[start : start + _OPENED_AT_A_TIME] for start in range(0, len(unknown), _OPENED_AT_A_TIME)
    ]
    with ThreadPoolExecutor(_OPENING_THREADS) as pool:
        for members in pool.map(_list_members_or_files, parts):
            listed += members
    listed.sort(key=SOURCE_PATH)
    return listed


def _list_members_or_files(files: Sequence[FoundFile]) -> list[FoundFile]:
    return [member for found in files for member in _list_members_or_file(found)]


def _list_members_or_file(found: FoundFile) -> Iterator[FoundFile]:
    """Yield the members of a file that is an archive, otherwise the file itself."""
    if found.problem is not None:
        yield found
        return
    try:
        is_zip = read_file(found.location, 4) in ZIP_MAGIC
    except OSError:
        is_zip = False  # read_found reports why
    members = _list_members(found) if is_zip else None
    if members is None:
        yield found
        return
    seen: set[str] = set()
    for member in members:
        name = _member_name(member)
        if name in seen:  # the same name in two encodings
            name = member.filename
        seen.add(name)
        base = name.rsplit("/", 1)[-1]
        if (
            name.endswith("/")
            or is_temporary(base)
            or base.endswith(SIDE_SUFFIX)
            or name.startswith("__MACOSX/")
        ):
            continue
        yield FoundFile(found.source_path + MEMBER_MARK + name, member.file_size, found.mtime_ns, found.location,
                        member.filename, changed_ns=found.changed_ns)  # fmt: skip


def _list_members(found: FoundFile) -> list[zipfile.ZipInfo] | None:
    """Return the members of an archive of files; None for an Office document or an archive to refuse."""
    if found.size > LIMITS.file_bytes:
        return None
    try:
        with _ONE_BIG_ARCHIVE if found.size > _BIG_BYTES else nullcontext():
            archive = check_archive(read_file(found.location))
    except (RejectedFile, OSError):
        return None  # listed as one file; read_found reports why
    names = archive.namelist()
    if not names or is_container(names):
        return None
    # Of two members with one name the last wins, as when programs unpack it.
    return list({member.filename: member for member in archive.infolist()}.values())


def _member_name(member: zipfile.ZipInfo) -> str:
    """Return a member's name with / as separator; without a stated encoding, UTF-8 (macOS) or GBK (Chinese Windows)."""
    return (_named_apart(member.extra) or _decode_name(member)).replace("\\", "/")


def _decode_name(member: zipfile.ZipInfo) -> str:
    name = member.filename
    if member.flag_bits & 0x800 or name.isascii():
        return name
    readings: list[str] = []
    for encoding in ("utf-8", "gb18030"):
        try:
            readings.append(name.encode("cp437").decode(encoding))
        except UnicodeError:
            continue
    return max(readings, key=measure_common_share, default=name)


def _named_apart(extra: bytes) -> str:
    """Return the name in a member's UTF-8 name field (Info-ZIP, 0x7075); empty without one."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind == _NAME_FIELD and size > 5:
            return extra[at + 9 : at + 4 + size].decode("utf-8", "ignore")
        at += 4 + size
    return ""


@lru_cache(maxsize=1)
def open_archive(location: str, mtime_ns: int) -> zipfile.ZipFile:
    """Open and check the archive at `location`; the last one stays open. `mtime_ns` is part of the cache key."""
    return check_archive(read_file(location))


def read_file(location: str, most: int = LIMITS.file_bytes + 1) -> bytes:
    """Return the first `most` bytes of a file or an address; never waits for a pipe in the file's place.

    Raises:
        OSError: it cannot be read or is not a regular file.
    """
    if is_address(location):
        return read_address(location, most)
    with open(location, "rb", buffering=0, opener=_open_at_once) as file:
        state = os.fstat(file.fileno())
        if not stat.S_ISREG(state.st_mode):
            raise OSError(errno.EINVAL, "a pipe, socket or device, not a file")
        # In steps of its size: read(most) would allocate that much memory each time.
        step = min(most, max(state.st_size + 1, _BLOCK_BYTES))
        held = file.read(step)
        while held and len(held) < most and (more := file.read(min(step, most - len(held)))):
            held += more
    return held


def _open_at_once(location: str, flags: int) -> int:
    return os.open(location, flags | getattr(os, "O_NONBLOCK", 0))
