"""The record of scans that wait to be read, which the command line and the sensor check before a run.

`recognition.py` reads them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from orchestration.whole_files import write_whole

_NAME = "waiting.json"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Scans that are not read yet, or only partly."""

    files: int
    pages: int


def write_waiting(folder: Path, waiting: Waiting) -> None:
    """Record that scans wait, so that a further run does not count as one without changes."""
    path = folder / _NAME
    if not waiting.files:
        path.unlink(missing_ok=True)
        return
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps({"files": waiting.files, "pages": waiting.pages}))


def read_waiting(folder: Path) -> Waiting:
    """Return what `write_waiting` last recorded."""
    path = folder / _NAME
    if not path.is_file():
        return Waiting(0, 0)
    return Waiting(**json.loads(path.read_text(encoding="utf-8")))
