"""Archives in the reports folder: their members are listed in place of them."""

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
_BLOCK_BYTES = 64 * 1024  # read at a time at least
_OPENING_THREADS, _OPENED_AT_A_TIME = 8, 256
_BIG_BYTES = 4 * 1024 * 1024
_ONE_BIG_ARCHIVE = Lock()  # archives of more bytes are held in memory one at a time


def open_archives(
    files: Iterable[FoundFile], is_known: Callable[[FoundFile], bool] = lambda found: False
) -> list[FoundFile]:
    """Expand readable zip archives into their members; other files pass through. Sorted by source path.

    Args:
        files: what the folder holds.
        is_known: whether a file is one that was listed before as what it is: it is not opened
            to see whether it is an archive.
    """
    listed: list[FoundFile] = []
    unknown: list[FoundFile] = []
    for found in files:
        (listed if is_known(found) else unknown).append(found)
    # In threads: each waits for the disk or the network.
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
    """The members of the archive that a file is, else the file itself."""
    if found.problem is not None:
        yield found
        return
    try:
        is_zip = read_file(found.location, 4) in ZIP_MAGIC
    except OSError:
        is_zip = False  # read_found says why it cannot be read
    members = _list_members(found) if is_zip else None
    if members is None:
        yield found
        return
    seen: set[str] = set()
    for member in members:
        name = _member_name(member)
        if name in seen:  # spelled in two encodings
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
    """Members of an archive of files; None for an Office document or an archive to refuse."""
    if found.size > LIMITS.file_bytes:
        return None
    try:
        with _ONE_BIG_ARCHIVE if found.size > _BIG_BYTES else nullcontext():
            archive = check_archive(read_file(found.location))
    except (RejectedFile, OSError):
        return None  # listed as one file; read_found gives the reason
    names = archive.namelist()
    if not names or is_container(names):
        return None
    # Of two members of one name the last counts, as for every program that unpacks it.
    return list({member.filename: member for member in archive.infolist()}.values())


def _member_name(member: zipfile.ZipInfo) -> str:
    """The name of a member with / in its path, in UTF-8 (macOS) or GBK (Chinese Windows) where nothing says which."""
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
    """The name in the field of a member that holds it in UTF-8 (Info-ZIP, 0x7075); empty without one."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind == _NAME_FIELD and size > 5:
            return extra[at + 9 : at + 4 + size].decode("utf-8", "ignore")
        at += 4 + size
    return ""


@lru_cache(maxsize=1)
def open_archive(location: str, mtime_ns: int) -> zipfile.ZipFile:
    """The archive at `location`, opened and checked; the last one stays open."""
    return check_archive(read_file(location))


def read_file(location: str, most: int = LIMITS.file_bytes + 1) -> bytes:
    """The first `most` bytes of a file, at an address too; never waits for a pipe that took its place.

    Raises:
        OSError: also for what is not a file.
    """
    if is_address(location):
        return read_address(location, most)
    with open(location, "rb", buffering=0, opener=_open_at_once) as file:
        state = os.fstat(file.fileno())
        if not stat.S_ISREG(state.st_mode):
            raise OSError(errno.EINVAL, "a pipe, socket or device, no file")
        # Of its size, and not `most` at once: that much memory would be asked for, each time.
        step = min(most, max(state.st_size + 1, _BLOCK_BYTES))
        held = file.read(step)
        while held and len(held) < most and (more := file.read(min(step, most - len(held)))):
            held += more
    return held


def _open_at_once(location: str, flags: int) -> int:
    return os.open(location, flags | getattr(os, "O_NONBLOCK", 0))
