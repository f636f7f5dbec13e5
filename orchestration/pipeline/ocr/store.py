"""Permanent store of OCR results, so that no change of other code reads a page twice.

It is one SQLite file, which several processes may write at once and which survives a kill. Results are keyed by
the hash of the page's picture and the OCR version, so the same page in another file is found too. The pages of a
file are keyed by the file's hash, so a lookup renders nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from orchestration.pipeline.ocr.records import Page

NAME = "pages.sqlite"
_WAIT_SECONDS = 60.0  # for another process to write a page, which takes milliseconds
_TABLES = """
create table if not exists pictures (
    picture_sha256 text not null,
    version text not null,
    page text,      -- what was read, as JSON; null where nothing could be
    error text,     -- why not
    read_at text not null default current_timestamp,
    primary key (picture_sha256, version)
) without rowid;
create table if not exists file_pages (
    content_sha256 text not null,
    page_index integer not null,  -- 0 is the first
    version text not null,
    picture_sha256 text not null,
    primary key (content_sha256, page_index, version)
) without rowid;
"""


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page as read, or why it could not be read."""

    page: Page | None
    error: str | None


class PageStore:
    """The store in a folder; each call opens and closes its file.

    Args:
        folder: created on the first write.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME

    def find(self, content_sha256: str, version: str | None) -> dict[int, StoredPage]:
        """Return the stored pages of a file by index.

        Args:
            content_sha256: hash of the file.
            version: the present OCR version; None (not installed) returns the latest results.
        """
        if not self._path.is_file():
            return {}
        with self._open() as connection:
            rows = connection.execute(
                "select f.page_index, p.page, p.error from file_pages f join pictures p "
                "using (picture_sha256, version) where f.content_sha256 = ? and (f.version = ? or ? is null) "
                "order by p.read_at",
                (content_sha256, version, version),
            ).fetchall()
        return {
            index: StoredPage(Page.from_json(json.loads(page)) if page else None, error)
            for index, page, error in rows
        }

    def untried(self, content_sha256s: Iterable[str], version: str) -> set[str]:
        """Return the files of which this version has tried no page."""
        if not self._path.is_file():
            return set(content_sha256s)
        with self._open() as connection:
            rows = connection.execute(
                "select distinct content_sha256 from file_pages where version = ?", (version,)
            ).fetchall()
        return set(content_sha256s) - {row[0] for row in rows}

    def has(self, picture_sha256: str, version: str) -> bool:
        """Return whether a picture was tried, with or without success; False without a store."""
        if not self._path.is_file():
            return False
        with self._open() as connection:
            found = connection.execute(
                "select 1 from pictures where picture_sha256 = ? and version = ?", (picture_sha256, version)
            )
            return found.fetchone() is not None

    def name(self, content_sha256: str, page_index: int, version: str, picture_sha256: str) -> None:
        """Record the picture of a file's page."""
        with self._open() as connection, connection:
            connection.execute(
                "insert or replace into file_pages values (?, ?, ?, ?)",
                (content_sha256, page_index, version, picture_sha256),
            )

    def keep(self, picture_sha256: str, version: str, page: Page | None, error: str | None = None) -> None:
        """Store the result for a picture, or why there is none."""
        printed = json.dumps(page.to_json(), ensure_ascii=False, separators=(",", ":")) if page else None
        with self._open() as connection, connection:
            connection.execute(
                "insert or replace into pictures (picture_sha256, version, page, error) values (?, ?, ?, ?)",
                (picture_sha256, version, printed, error),
            )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._path, timeout=_WAIT_SECONDS)) as connection:
            connection.executescript(_TABLES)
            yield connection
