"""The reports folder: which files are in it, and what tells that one has changed.

Members of archives belong to `archives.py`; nothing here opens a file.
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
_MAX_NAME_BYTES = 255  # of a file; asking for a longer name is an error, not a no
_MAX_NANOSECONDS = 2**63 - 1


class FoundFile(NamedTuple):
    """A file of the reports folder, or a member of a zip archive in it."""

    source_path: str  # relative to the folder, with /; members as archive.zip!/inner.txt
    size: int  # bytes; uncompressed for members
    mtime_ns: int  # of the file, or of the archive that holds the member
    location: str  # where the file is, or the archive
    member: str | None = None  # name inside the archive, as the archive spells it
    problem: tuple[RejectionCode, str] | None = None  # why it cannot be read, known from the listing
    is_folder: bool = False  # a folder that cannot be listed: what was known in it stays known
    side_stamp: str = ""  # size and times of its side file; a member's changes with its archive
    changed_ns: int = 0  # of its inode (st_ctime), which no program can set back as cp -p does the other


# --- listing and reading --------------------------------------------------------------
SOURCE_PATH = attrgetter("source_path")


def scan_folder(root: Path) -> list[FoundFile]:
    """Every file under a folder, none of them opened, sorted by source path.

    What cannot be a file, or be looked at, is listed with its `problem`: links that lead out, in a circle
    or nowhere, pipes and devices, folders that cannot be listed. What vanishes meanwhile is left out, and so
    are by name: NAME.meta.json (facts about its neighbour), hidden and temporary files.

    Raises:
        FileNotFoundError, NotADirectoryError, PermissionError: naming the folder, for an unreadable folder is
            not an empty one.
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
    """The files of a folder, and each folder in it as its path and the prefix of its files."""
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
            continue  # it went while the folder was listed
        except OSError as error:
            yield _unreadable(source_path, entry.path, f"cannot be looked at: {error.strerror}")


def _unreadable(source_path: str, location: str, message: str) -> FoundFile:
    return FoundFile(source_path, 0, 0, location, problem=("unreadable", message))


def _look_at(entry: os.DirEntry[str], source_path: str, real_root: Path) -> FoundFile | None:
    """A file, or its problem; None for a link to a folder, whose files are listed where they are."""
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
            problem = "unreadable", "a symbolic link to nothing"
        except (OSError, RuntimeError):  # RuntimeError: of `resolve` before Python 3.13
            problem = "unreadable", "a symbolic link that leads in a circle"
        if problem is not None:
            return FoundFile(source_path, 0, _clip(own.st_mtime_ns), entry.path, problem=problem)
    state = entry.stat()
    if not stat.S_ISREG(state.st_mode):
        problem = "unreadable", "a pipe, socket or device, no file"
        return FoundFile(source_path, 0, _clip(state.st_mtime_ns), entry.path, problem=problem)
    return FoundFile(
        source_path, state.st_size, _clip(state.st_mtime_ns), entry.path, changed_ns=_clip(state.st_ctime_ns)
    )


def _stamp_side(name: str, entries: Mapping[str, os.DirEntry[str]], sides: set[str]) -> str:
    """Size and modification time of a file's side file; empty without one."""
    for side in side_names(name):
        if side in sides:
            try:
                state = entries[side].stat(follow_symlinks=False)
            except OSError:
                return "unknown"  # reading it says why
            return f"{state.st_size}-{state.st_mtime_ns}-{state.st_ctime_ns}"
    return ""


def _clip(nanoseconds: int) -> int:
    """A time that fits in 64 bits: a file may be dated to 2300."""
    return max(-_MAX_NANOSECONDS, min(_MAX_NANOSECONDS, nanoseconds))


def is_temporary(name: str) -> bool:
    """Whether a file is hidden, of the system, or still being written by a browser, an editor or an office program."""
    lower = name.lower()
    return name.startswith((".", "~")) or lower.endswith(_TEMPORARY_SUFFIXES) or lower in _OF_THE_SYSTEM


def _printable(name: str) -> str:
    """A file name as valid Unicode: bytes that are not UTF-8 are spelled out."""
    return name if name.isascii() else os.fsencode(name).decode("utf-8", "backslashreplace")


def side_names(name: str) -> list[str]:
    """Names that the side file of `name` may have."""
    folder, slash, base = name.rpartition("/")
    stem = base.rpartition(".")[0] or base
    names = [stem + SIDE_SUFFIX, base + SIDE_SUFFIX]
    return [folder + slash + side for side in names if len(os.fsencode(side)) <= _MAX_NAME_BYTES]
