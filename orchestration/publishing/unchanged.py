"""Published files that would be written again unchanged: recognised by their content, and kept.

`published/written.json` names for each file what it was made of and how the system saw it then. A file
stays when both still hold; anything else is written. What a mart holds belongs to `publication`.
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

from orchestration.publishing.county_edits import stamp_file
from orchestration.settings import PROJECT_DIR
from orchestration.whole_files import write_whole

RECORD = "written.json"


@dataclass
class WrittenFiles:
    """Files of the published folder, by path in it: content, size and time of change when they were written.

    Attributes:
        before: of the publishing before.
        now: of this one.
    """

    folder: Path
    before: dict[str, list[Any]]
    now: dict[str, list[Any]] = field(default_factory=dict)

    def write(self, target: Path, published_at: str, content: str, write: Callable[[Path], object]) -> None:
        """Make `target` by `write`, or take over the published file where it holds the same.

        Args:
            target: where the new file is to be, beside the published ones.
            published_at: its path in the published folder.
            content: what it is made of; the code of publishing is added.
        """
        content = hashlib.sha256(f"{fingerprint_publishing()}\0{content}".encode()).hexdigest()[:16]
        published = self.folder / published_at
        if published.is_file() and self.before.get(published_at) == [content, *stamp_file(published)]:
            take_over(published, target)
        else:
            write(target)
        self.now[published_at] = [content, *stamp_file(target)]

    def save(self) -> None:
        """Note what is published now, after all files are in their place."""
        write_whole(self.folder / RECORD, json.dumps(self.now, indent=1))


def read_written(folder: Path) -> WrittenFiles:
    """What the publishing before noted; nothing where it noted nothing that can be read."""
    try:
        before = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        before = {}
    return WrittenFiles(folder, before if isinstance(before, dict) else {})


def take_over(published: Path, target: Path) -> None:
    """The same file under another name, where the file system can do that: it is never written to again."""
    try:
        os.link(published, target)
    except OSError:
        shutil.copy2(published, target)


@cache
def fingerprint_publishing() -> str:
    """Of the code and the words that files are written with."""
    digest = hashlib.sha256()
    names = PROJECT_DIR / "seeds" / "reference" / "publish"
    for path in [*sorted(Path(__file__).parent.glob("*.py")), *sorted(names.glob("*.csv"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()
