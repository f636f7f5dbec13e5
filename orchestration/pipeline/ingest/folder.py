"""The reports folder: which files stand in it, and what tells that one has changed.

Members of archives belong to `archives.py`; nothing here opens a file.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

SIDE_SUFFIX = ".meta.json"
_TEMPORARY_SUFFIXES = (".part", ".partial", ".crdownload", ".download", ".tmp", ".temp", ".swp", ".lock")
_MAX_NAME_BYTES = 255  # of a file; asking for a longer name is an error, not a no


class FoundFile(NamedTuple):
    """A file of the reports folder, or a member of a zip archive in it."""

    source_path: str  # relative to the folder, with /; members as archive.zip!/inner.txt
    size: int  # bytes; uncompressed for members
    mtime_ns: int  # of the file, or of the archive that holds the member
    location: str  # where the file is, or the archive
    member: str | None = None  # name inside the archive, as the archive spells it
    leaves_root: bool = False  # a symbolic link to somewhere else
    side_stamp: str = ""  # size and times of its side file; a member's changes with its archive
    changed_ns: int = (
        0  # of its inode (st_ctime): no program can set it back, as cp -p and touch do the other
    )


# --- listing and reading --------------------------------------------------------------
SOURCE_PATH = attrgetter("source_path")


def scan_folder(root: Path) -> list[FoundFile]:
    """Every file under a folder, none of them opened, sorted by source path.

    Left out by name: NAME.meta.json (facts about its neighbour), hidden and temporary files.

    Raises:
        FileNotFoundError, NotADirectoryError, PermissionError: naming the folder; also for
            a folder below that cannot be listed, for an unreadable folder is not an empty one.
    """
    if not root.exists():
        raise FileNotFoundError(f"the reports folder does not exist: {root}")
    if not root.is_dir():
        raise NotADirectoryError(f"the reports folder is not a folder: {root}")
    found = list(_list_folder(os.fspath(root), root.resolve(), ""))
    found.sort(key=SOURCE_PATH)
    return found


def _list_folder(folder: str, real_root: Path, prefix: str) -> Iterator[FoundFile]:
    try:
        with os.scandir(folder) as scan:
            entries = {entry.name: entry for entry in scan}
    except PermissionError as error:
        raise PermissionError(f"cannot list the folder {folder}: {error.strerror}") from error
    side_files = {name for name, entry in entries.items() if name.endswith(SIDE_SUFFIX) and entry.is_file()}
    for name, entry in entries.items():
        if name.endswith(SIDE_SUFFIX) or is_temporary(name):
            continue
        source_path = prefix + _printable(name)
        if entry.is_symlink():
            target = Path(entry.path).resolve()
            if not target.is_relative_to(real_root):
                yield FoundFile(source_path, 0, entry.stat(follow_symlinks=False).st_mtime_ns, entry.path,
                                leaves_root=True)  # fmt: skip
                continue
            if target.is_dir() or not target.exists():  # its files are listed where they are
                continue
        if entry.is_dir():
            yield from _list_folder(entry.path, real_root, source_path + "/")
        else:
            state = entry.stat()
            if stat.S_ISREG(state.st_mode):  # no pipes or devices
                sides = [side for side in side_names(name) if side in side_files] if side_files else []
                stamp = _stamp(entries[sides[0]].stat()) if sides else ""
                yield FoundFile(source_path, state.st_size, state.st_mtime_ns, entry.path,
                                side_stamp=stamp, changed_ns=state.st_ctime_ns)  # fmt: skip


def is_temporary(name: str) -> bool:
    """Whether a file is hidden, or still being written by a browser, an editor or an office program."""
    return name.startswith((".", "~")) or name.lower().endswith(_TEMPORARY_SUFFIXES)


def _stamp(state: os.stat_result) -> str:
    return f"{state.st_size}-{state.st_mtime_ns}-{state.st_ctime_ns}"


def _printable(name: str) -> str:
    """A file name as valid Unicode: bytes that are no UTF-8 are spelled out."""
    return name if name.isascii() else os.fsencode(name).decode("utf-8", "backslashreplace")


def side_names(name: str) -> list[str]:
    """Names that the side file of `name` may have."""
    folder, slash, base = name.rpartition("/")
    stem = base.rpartition(".")[0] or base
    names = [stem + SIDE_SUFFIX, base + SIDE_SUFFIX]
    return [folder + slash + side for side in names if len(os.fsencode(side)) <= _MAX_NAME_BYTES]
