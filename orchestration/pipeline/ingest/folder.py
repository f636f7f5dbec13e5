"""The reports folder: its files, and the stamps that show when one has changed.

This module opens no file; `archives.py` lists the members of archives.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from orchestration.pipeline.readers.base import RejectionCode

SIDE_SUFFIX = ".meta.json"
_OF_THE_SYSTEM = ("thumbs.db", "desktop.ini")
_TEMPORARY_SUFFIXES = (".part", ".partial", ".crdownload", ".download", ".tmp", ".temp", ".swp", ".lock")
_MAX_NAME_BYTES = 255  # of a file name; testing a longer one raises an error
_MAX_NANOSECONDS = 2**63 - 1


class FoundFile(NamedTuple):
    """A file of the reports folder, or a member of a zip archive in it."""

    source_path: str  # relative to the folder, with /; members as archive.zip!/inner.txt
    size: int  # bytes; uncompressed for members
    mtime_ns: int  # of the file, or of the archive that holds the member
    location: str  # path or address of the file or its archive
    member: str | None = None  # name inside the archive, in the archive's spelling
    problem: tuple[RejectionCode, str] | None = None  # why it cannot be read, if the listing shows it
    is_folder: bool = False  # a folder that cannot be listed; its known files stay known
    side_stamp: str = ""  # size and times of its side file; a member's changes with its archive
    changed_ns: int = 0  # st_ctime, which unlike mtime cannot be set back; at an address, from the tag


SOURCE_PATH = attrgetter("source_path")


def scan_folder(root: Path) -> list[FoundFile]:
    """Return every file under a folder, unopened, sorted by source path.

    Entries that cannot be read are listed with their `problem`: links that lead outside, in a circle or
    nowhere, pipes, devices, and folders that cannot be listed. Left out are files that vanish meanwhile,
    NAME.meta.json (side files), and hidden and temporary files.

    Raises:
        FileNotFoundError, NotADirectoryError, PermissionError: naming the folder, because an unreadable
            folder is not an empty one.
    """
    if not root.exists():
        raise FileNotFoundError(f"the reports folder does not exist: {root}")
    if not root.is_dir():
        raise NotADirectoryError(f"the reports folder is not a folder: {root}")
    real_root = root.resolve()
    found: list[FoundFile] = []
    folders = [(os.fspath(root), "")]
    while folders:
        folder, prefix = folders.pop()
        try:
            with os.scandir(folder) as scan:
                entries = {entry.name: entry for entry in scan}
        except OSError as error:
            if not prefix:
                raise type(error)(f"cannot list the folder {folder}: {error.strerror}") from error
            if not isinstance(error, FileNotFoundError):
                message = f"the folder cannot be listed: {error.strerror}"
                found.append(_unreadable(prefix[:-1], folder, message)._replace(is_folder=True))
            continue
        for one in _list_entries(entries, prefix, real_root):
            if isinstance(one, FoundFile):
                found.append(one)
            else:
                folders.append(one)
    found.sort(key=SOURCE_PATH)
    return found


def _list_entries(
    entries: Mapping[str, os.DirEntry[str]], prefix: str, real_root: Path
) -> Iterator[FoundFile | tuple[str, str]]:
    """Yield the files of a folder, and each subfolder as (path, prefix of its source paths)."""
    sides = {name for name in entries if name.endswith(SIDE_SUFFIX)}
    for name, entry in entries.items():
        if name in sides or is_temporary(name):
            continue
        source_path = prefix + _printable(name)
        try:
            if entry.is_dir(follow_symlinks=False):
                yield entry.path, source_path + "/"
                continue
            one = _look_at(entry, source_path, real_root)
            if one is not None:
                yield one._replace(side_stamp=_stamp_side(name, entries, sides)) if sides else one
        except FileNotFoundError:
            continue  # it vanished during the listing
        except OSError as error:
            yield _unreadable(source_path, entry.path, f"cannot be inspected: {error.strerror}")


def _unreadable(source_path: str, location: str, message: str) -> FoundFile:
    return FoundFile(source_path, 0, 0, location, problem=("unreadable", message))


def _look_at(entry: os.DirEntry[str], source_path: str, real_root: Path) -> FoundFile | None:
    """Return a file, possibly with a problem; None for a link to a folder, whose files are listed there."""
    problem: tuple[RejectionCode, str] | None = None
    if entry.is_symlink():
        own = entry.stat(follow_symlinks=False)
        try:
            target = Path(entry.path).resolve()
            if not target.is_relative_to(real_root):
                problem = "symlink_outside", "a symbolic link that leaves the reports folder"
            elif target.is_dir():
                return None
            else:
                entry.stat()
        except FileNotFoundError:
            problem = "unreadable", "a broken symbolic link"
        except (OSError, RuntimeError):  # RuntimeError: from `resolve` before Python 3.13
            problem = "unreadable", "a circular symbolic link"
        if problem is not None:
            return FoundFile(source_path, 0, _clip(own.st_mtime_ns), entry.path, problem=problem)
    state = entry.stat()
    if not stat.S_ISREG(state.st_mode):
        problem = "unreadable", "a pipe, socket or device, not a file"
        return FoundFile(source_path, 0, _clip(state.st_mtime_ns), entry.path, problem=problem)
    return FoundFile(
        source_path, state.st_size, _clip(state.st_mtime_ns), entry.path, changed_ns=_clip(state.st_ctime_ns)
    )


def _stamp_side(name: str, entries: Mapping[str, os.DirEntry[str]], sides: set[str]) -> str:
    """Return size, mtime and ctime of a file's side file; empty without one."""
    for side in side_names(name):
        if side in sides:
            try:
                state = entries[side].stat(follow_symlinks=False)
            except OSError:
                return "unknown"  # reading it will report why
            return f"{state.st_size}-{state.st_mtime_ns}-{state.st_ctime_ns}"
    return ""


def _clip(nanoseconds: int) -> int:
    """Clip a time to 64 bits; a file may be dated 2300."""
    return max(-_MAX_NANOSECONDS, min(_MAX_NANOSECONDS, nanoseconds))


def is_temporary(name: str) -> bool:
    """Return whether a file is hidden, a system file, or a temporary file of a browser, editor or office program."""
    lower = name.lower()
    return name.startswith((".", "~")) or lower.endswith(_TEMPORARY_SUFFIXES) or lower in _OF_THE_SYSTEM


def _printable(name: str) -> str:
    """Return a file name as valid Unicode; bytes that are not UTF-8 become escapes."""
    return name if name.isascii() else os.fsencode(name).decode("utf-8", "backslashreplace")


def side_names(name: str) -> list[str]:
    """Return the possible names of the side file of `name`."""
    folder, slash, base = name.rpartition("/")
    stem = base.rpartition(".")[0] or base
    names = [stem + SIDE_SUFFIX, base + SIDE_SUFFIX]
    return [folder + slash + side for side in names if len(os.fsencode(side)) <= _MAX_NAME_BYTES]
