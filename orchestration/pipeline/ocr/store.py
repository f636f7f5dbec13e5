"""What was read of pages by OCR, kept for good: no change of other code reads a page twice.

One SQLite file, which several processes may write at once and a kill leaves whole. Results are under the hash
of the page's picture and the version of what read it, so that the same page in another file is known too; pages
of a file are under the file's hash, so that nothing is rendered to look them up.
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
_WAIT_SECONDS = 60.0  # for another process's write of a page, which takes milliseconds
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
    """A page as read, or why it could not be."""

    page: Page | None
    error: str | None


class PageStore:
    """The pages that were read, in a folder; each call opens the file and closes it.

    Args:
        folder: made where it is missing, when something is written.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME

    def find(self, content_sha256: str, version: str | None) -> dict[int, StoredPage]:
        """Pages of a file by index.

        Args:
            content_sha256: of the file.
            version: of what reads pages now; None where nothing does: then what was read last counts.
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
        """Those of the files of which this version has looked at no page."""
        if not self._path.is_file():
            return set(content_sha256s)
        with self._open() as connection:
            rows = connection.execute(
                "select distinct content_sha256 from file_pages where version = ?", (version,)
            ).fetchall()
        return set(content_sha256s) - {row[0] for row in rows}

    def has(self, picture_sha256: str, version: str) -> bool:
        """Whether a picture was read, or could not be; no where there is no store."""
        if not self._path.is_file():
            return False
        with self._open() as connection:
            found = connection.execute(
                "select 1 from pictures where picture_sha256 = ? and version = ?", (picture_sha256, version)
            )
            return found.fetchone() is not None

    def name(self, content_sha256: str, page_index: int, version: str, picture_sha256: str) -> None:
        """Note which picture a page of a file is."""
        with self._open() as connection, connection:
            connection.execute(
                "insert or replace into file_pages values (?, ?, ?, ?)",
                (content_sha256, page_index, version, picture_sha256),
            )

    def keep(self, picture_sha256: str, version: str, page: Page | None, error: str | None = None) -> None:
        """Keep what was read of a picture, or why nothing was."""
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
