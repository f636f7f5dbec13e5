"""List and read reports at an address (s3://bucket/folder) instead of a folder, with fsspec.

Files are listed in the same form as in a folder (`folder.py`), so accounting, limits and staleness work alike.
Credentials and endpoints come from the store's usual variables (AWS_… for s3), never from the address.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.pipeline.ingest.folder import (
    SIDE_SUFFIX,
    SOURCE_PATH,
    FoundFile,
    is_temporary,
    scan_folder,
    side_names,
)
from orchestration.pipeline.readers.base import RejectionCode

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://")
# fsspec reads s3://law/a::b.txt as a chained address and opens s3://law/a
_CHAINED: tuple[RejectionCode, str] = (
    "unreadable",
    "its name contains ::, which is reserved in addresses",
)
_INSTALL = {"s3": "make s3", "s3a": "make s3"}
# fsspec's names for modification times and tags, by file system.
_MODIFIED = ("LastModified", "last_modified", "updated", "mtime", "modified", "created")
_TAGS = ("ETag", "etag", "md5Hash", "content_md5", "generation", "checksum")


def is_address(location: str) -> bool:
    """Return whether a location is an address, not a path; paths are absolute here."""
    return _ADDRESS.match(location) is not None


def list_reports(root: Path | str) -> list[FoundFile]:
    """Return every file under a folder or an address, unopened, sorted by source path.

    Raises:
        OSError: the place does not exist or cannot be listed, because an unreadable folder is not an empty one.
        ValueError: no installed library supports such addresses.
    """
    return scan_address(root) if isinstance(root, str) else scan_folder(root)


def scan_address(root: str) -> list[FoundFile]:
    """Return every file under an address; see `list_reports`. Skips the same names as `scan_folder`.

    Modification times and tags (ETag) come from the store; size, time and tag together show a change.
    """
    system, base = _open(root)
    try:
        system.invalidate_cache()
        listed: dict[str, dict[str, Any]] = system.find(base, detail=True)
        if not listed and not system.exists(base):
            raise FileNotFoundError(f"the reports folder does not exist: {root}")
        if base in listed:
            raise NotADirectoryError(f"the reports folder is not a folder: {root}")
    except FileNotFoundError as error:
        raise FileNotFoundError(f"the reports folder does not exist: {root}") from error
    except NotADirectoryError:
        raise
    except Exception as error:  # from the store's library
        raise _to_os_error(error, f"cannot list {root}") from error
    scheme = root.partition("://")[0]
    entries = {
        name.removeprefix(base).lstrip("/"): entry
        for name, entry in listed.items()
        if entry.get("type") == "file" and not name.endswith("/")  # some tools mark folders with empty files
    }
    found = [
        FoundFile(
            source_path=path,
            size=int(entry.get("size") or 0),
            mtime_ns=_find_modified(entry),
            location=f"{scheme}://{entry['name']}",
            problem=_CHAINED if "::" in entry["name"] else None,
            side_stamp=_stamp_side(path, entries),
            changed_ns=_number_tag(entry),
        )
        for path, entry in entries.items()
        if path and not path.endswith(SIDE_SUFFIX) and not any(map(is_temporary, path.split("/")))
    ]
    return sorted(found, key=SOURCE_PATH)


def read_address(location: str, most: int) -> bytes:
    """Return the first `most` bytes of a file.

    Raises:
        OSError: FileNotFoundError if there is none; otherwise with the store's message.
    """
    system, path = _open(location)
    try:
        data: bytes = system.cat_file(path, start=0, end=most)
    except FileNotFoundError:
        raise
    except Exception as error:  # from the store's library
        if _is_empty(system, path):
            return b""  # an empty file has no valid range
        raise _to_os_error(error, "cannot be read") from error
    return data


def _is_empty(system: AbstractFileSystem, path: str) -> bool:
    try:
        return bool(system.size(path) == 0)
    except Exception:  # the first error is reported
        return False


def find_size(location: str) -> int:
    """Return the size of a file in bytes.

    Raises:
        OSError: FileNotFoundError if there is none; otherwise with the store's message.
    """
    system, path = _open(location)
    try:
        return int(system.size(path) or 0)
    except FileNotFoundError:
        raise
    except Exception as error:
        raise _to_os_error(error, "cannot be inspected") from error


def _open(address: str) -> tuple[AbstractFileSystem, str]:
    """Return the file system of an address, and the path in it.

    Raises:
        ValueError: no installed library supports such addresses; names the command that installs one.
    """
    import fsspec

    scheme = address.partition("://")[0]
    try:
        system, path = fsspec.url_to_fs(address, use_listings_cache=False)
    except ImportError as error:
        command = _INSTALL.get(scheme)
        how = f"`{command}` installs it (请先运行 {command})" if command else str(error)
        raise ValueError(f"reading from {scheme}:// needs a library: {how}") from error
    return system, path


def _find_modified(entry: Mapping[str, Any]) -> int:
    """Return the modification time in nanoseconds since 1970; 0 if the store gives none."""
    value = next((entry[name] for name in _MODIFIED if entry.get(name) is not None), None)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return 0
    if isinstance(value, datetime):
        value = (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    return int(value * 1_000_000) * 1_000 if isinstance(value, (int, float)) else 0


def _number_tag(entry: Mapping[str, Any]) -> int:
    """Return a number that changes with the store's tag of the content; 0 without a tag."""
    tag = next((str(entry[name]) for name in _TAGS if entry.get(name)), "")
    return int(hashlib.sha256(tag.encode()).hexdigest()[:15], 16) if tag else 0


def _stamp_side(path: str, entries: Mapping[str, Mapping[str, Any]]) -> str:
    """Return size, time and tag of a file's side file; empty without one."""
    for side in side_names(path):
        if (entry := entries.get(side)) is not None:
            return f"{entry.get('size')}-{_find_modified(entry)}-{_number_tag(entry)}"
    return ""


def _to_os_error(error: Exception, what: str) -> OSError:
    """Convert an error of a store's library to the OSError that a folder would raise."""
    number = error.errno if isinstance(error, OSError) and error.errno else errno.EIO
    if isinstance(error, PermissionError):
        number = errno.EACCES
    said = " ".join(str(error).split()) or type(error).__name__
    return OSError(number, f"{what}: {said}" if said != os.strerror(number) else what)
