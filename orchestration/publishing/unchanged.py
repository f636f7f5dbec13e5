"""Recognises published files whose content has not changed, and keeps them.

For each file, `published/written.json` records its content hash, size and change time. A file
is kept if all still match; otherwise it is written. `publication` hashes the content of marts.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from orchestration.pipeline.hashes import hash_files
from orchestration.publishing.counties.edits import stamp_file
from orchestration.settings import PROJECT_DIR
from orchestration.whole_files import write_whole

RECORD = "written.json"


@dataclass
class WrittenFiles:
    """Files of the published folder, by path in it: content, size and time of change when they were written.

    Attributes:
        before: of the previous publishing.
        now: of this publishing.
    """

    folder: Path
    before: dict[str, list[Any]]
    now: dict[str, list[Any]] = field(default_factory=dict)

    def write(self, target: Path, published_at: str, content: str, write: Callable[[Path], object]) -> None:
        """Create `target` with `write`, or keep the published file if its content is the same.

        Args:
            target: path of the new file, next to the published ones.
            published_at: its path in the published folder.
            content: hash of its content; the code of publishing is added.
        """
        content = hashlib.sha256(f"{fingerprint_publishing()}\0{content}".encode()).hexdigest()[:16]
        published = self.folder / published_at
        if published.is_file() and self.before.get(published_at) == [content, *stamp_file(published)]:
            take_over(published, target)
        else:
            write(target)
        self.now[published_at] = [content, *stamp_file(target)]

    def save(self) -> None:
        """Record what is published now, after all files are in place."""
        write_whole(self.folder / RECORD, json.dumps(self.now, indent=1))


def read_written(folder: Path) -> WrittenFiles:
    """Return the record of the previous publishing; empty if there is none or it is unreadable."""
    try:
        before = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        before = {}
    return WrittenFiles(folder, before if isinstance(before, dict) else {})


def take_over(published: Path, target: Path) -> None:
    """Link the same file under another name if the file system can; it is never written to again."""
    try:
        os.link(published, target)
    except OSError:
        shutil.copy2(published, target)


@cache
def fingerprint_publishing() -> str:
    """Return a hash of the code and the names with which files are written."""
    code = hash_files(Path(__file__).parent, "**/*.py")
    return code + hash_files(PROJECT_DIR / "seeds" / "reference" / "publish", "*.csv")
