"""Read one found file: its bytes, its side file, and its text by the right reader."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, NamedTuple

from orchestration.pipeline.ingest.archives import open_archive, read_file
from orchestration.pipeline.ingest.attachments import refuse_attachment_page, refuse_script_page
from orchestration.pipeline.ingest.folder import FoundFile, side_names
from orchestration.pipeline.ingest.storage import find_size, is_address
from orchestration.pipeline.readers import LIMITS, ReadText, RejectedFile, choose_reader
from orchestration.pipeline.readers.archive import DAMAGED, drop_foreign_head, read_member
from orchestration.pipeline.readers.encoding import require_chinese
from orchestration.pipeline.readers.gzipped import unpack_gzip


def read_found(found: FoundFile) -> bytes:
    """Return the bytes of a listed file, unpacked if gzipped.

    Raises:
        RejectedFile: the listed problem, too_large, empty, truncated (its size has changed, so it is
            still being written, or it is damaged in its archive), unreadable; also as `unpack_gzip`.
    """
    if found.problem is not None:
        raise RejectedFile(*found.problem)
    if found.size > LIMITS.file_bytes:
        raise RejectedFile("too_large", f"{found.size} bytes; the limit is {LIMITS.file_bytes}")
    try:
        data = read_file(found.location) if found.member is None else _read_member(found, found.member)
    except OSError as error:
        raise RejectedFile("unreadable", f"cannot be read: {error.strerror or error}") from error
    if not data:
        raise RejectedFile("empty", "the file has no bytes")
    if len(data) != found.size:
        raise RejectedFile(
            "truncated", f"its size changed from {found.size} to {len(data)} bytes: it is still being written"
        )
    return drop_foreign_head(unpack_gzip(data))


_FETCHING_THREADS = 16


class FetchedFile(NamedTuple):
    """A file with its bytes, for processes that cannot access the file.

    Attributes:
        found: The file as listed.
        data: Its bytes, or the error of reading it.
        side: The facts of its side file, or the error of reading it; None without one.
    """

    found: FoundFile
    data: bytes | Exception
    side: dict[str, Any] | Exception | None


AnyFile = FoundFile | FetchedFile


def as_listed(file: AnyFile) -> FoundFile:
    """Return the file as listed, whether fetched or not."""
    return file if isinstance(file, FoundFile) else file.found


def fetch_file(found: FoundFile) -> FetchedFile:
    """Read a file and its side file; keep errors instead of raising them."""
    data: bytes | Exception
    side: dict[str, Any] | Exception | None
    try:
        data = read_found(found)
    except Exception as error:  # raised again, and reported, when the file is processed
        return FetchedFile(found, error, None)
    try:
        side = read_side_metadata(found)
    except Exception as error:
        side = error
    return FetchedFile(found, data, side)


def fetch_remote(files: Sequence[AnyFile]) -> list[AnyFile]:
    """Fetch the files at addresses, several at a time, because each waits for the network; keep the others.

    Archive members are not fetched here: reading the first one brings the whole archive.

    Args:
        files: files of a few megabytes in total.
    """
    remote = [
        file
        for file in files
        if isinstance(file, FoundFile) and file.member is None and is_address(file.location)
    ]
    if not remote:
        return list(files)
    with ThreadPoolExecutor(min(_FETCHING_THREADS, len(remote))) as pool:
        fetched = dict(zip(remote, pool.map(fetch_file, remote), strict=True))
    return [fetched.get(file, file) if isinstance(file, FoundFile) else file for file in files]


def read_bytes(file: AnyFile) -> bytes:
    """Return the bytes of a file, fetched or not. Raises: as `read_found`."""
    if isinstance(file, FoundFile):
        return read_found(file)
    if isinstance(file.data, Exception):
        raise file.data
    return file.data


def read_side(file: AnyFile) -> dict[str, Any] | None:
    """Return the facts of a file's side file, fetched or not. Raises: as `read_side_metadata`."""
    if isinstance(file, FoundFile):
        return read_side_metadata(file)
    if isinstance(file.side, Exception):
        raise file.side
    return file.side


def _read_member(found: FoundFile, member: str) -> bytes:
    try:
        return read_member(open_archive(found.location, found.mtime_ns), member)
    except NotImplementedError as error:
        raise RejectedFile(
            "unsupported", f"packed in a way that is not known ({error}): pack it again as an ordinary .zip"
        ) from error
    except (KeyError, *DAMAGED) as error:
        raise RejectedFile("truncated", f"damaged in its archive: {error}") from error


def read_side_metadata(found: FoundFile) -> dict[str, Any] | None:
    """Return the facts of NAME.meta.json next to NAME.txt (or NAME.txt.meta.json); None without one.

    Raises:
        RejectedFile: bad_side_file, naming a side file that is a link, too large, unreadable or not a
            JSON object.
    """
    remote = is_address(found.location)
    if remote and found.member is None and not found.side_stamp:
        return None  # not in the listing, and each check would be a request
    folder, slash, base = found.location.rpartition("/" if remote else os.sep)
    for name in side_names(found.member or base):
        try:
            data = (
                _read_beside(folder + slash + name, name)
                if found.member is None
                else _read_side_member(found, name)
            )
        except (FileNotFoundError, KeyError):
            continue
        except DAMAGED as error:
            if not isinstance(error, OSError):
                raise RejectedFile("bad_side_file", f"{name} is damaged in its archive: {error}") from error
            raise RejectedFile("bad_side_file", f"{name} cannot be read: {error.strerror}") from error
        try:
            facts = json.loads(data)
            json.dumps(facts, ensure_ascii=False).encode()  # no table stores half a surrogate pair
        except (ValueError, RecursionError) as error:
            raise RejectedFile("bad_side_file", f"{name} is not JSON: {error}") from error
        if not isinstance(facts, dict):
            raise RejectedFile("bad_side_file", f"{name} is not a JSON object")
        return facts
    return None


def _read_beside(location: str, name: str) -> bytes:
    if is_address(location):
        _check_side_size(name, find_size(location))
        return read_file(location, LIMITS.side_bytes)
    state = os.lstat(location)
    if stat.S_ISLNK(state.st_mode):  # it may lead out of the reports folder
        raise RejectedFile("bad_side_file", f"{name} is a symbolic link")
    if not stat.S_ISREG(state.st_mode):
        raise RejectedFile("bad_side_file", f"{name} is not a regular file")
    _check_side_size(name, state.st_size)
    return read_file(location, LIMITS.side_bytes)


def _read_side_member(found: FoundFile, name: str) -> bytes:
    archive = open_archive(found.location, found.mtime_ns)
    _check_side_size(name, archive.getinfo(name).file_size)
    return read_member(archive, name)


def _check_side_size(name: str, size: int) -> None:
    if size > LIMITS.side_bytes:
        raise RejectedFile("bad_side_file", f"{name} has {size} bytes; the limit is {LIMITS.side_bytes}")


def read_report(data: bytes, name: str) -> ReadText:
    """Return the text of one file, by the reader for its content.

    Raises:
        RejectedFile: with code and reason.
    """
    if not data.strip():
        raise RejectedFile("empty", "the file is empty or contains only white space")
    if len(data) > LIMITS.file_bytes:
        raise RejectedFile("too_large", f"{len(data)} bytes; the limit is {LIMITS.file_bytes}")
    read = choose_reader(data, name).read(data)
    if read.attachment is not None:
        read = _open_cover(read, *read.attachment)
    if len(read.text) > LIMITS.text_chars:
        raise RejectedFile("too_large", f"{len(read.text)} characters; the limit is {LIMITS.text_chars}")
    try:
        require_chinese(read.text)
    except RejectedFile:
        refuse_attachment_page(read.links, read.text.split("\n"))
        refuse_script_page(read.script_sign, read.text.split("\n"))
        raise
    return read


def _open_cover(mail: ReadText, name: str, data: bytes) -> ReadText:
    """Return the text of a document that an e-mail only covers (请查收附件), else that of the e-mail.

    Raises:
        RejectedFile: attachment_only, with the reason why the document cannot be read.
    """
    cover = RejectedFile("attachment_only", f"an e-mail; save its attachments as files: {name}")
    if mail.text.strip():
        try:
            refuse_attachment_page(mail.links, mail.text.split("\n"))
        except RejectedFile as refused:
            cover = refused
        else:
            return mail
    try:
        read = choose_reader(data, name).read(data)
        require_chinese(read.text)
    except RejectedFile as error:
        raise RejectedFile(cover.code, f"{cover.message} ({error})") from error
    return replace(read, media_type=mail.media_type, reader=f"{mail.reader}+{read.reader}")
