"""Collects county workbooks that somebody edited: copies them to the corrections folder, so that nothing is lost.

Cheap enough for each check for new inputs; `files` writes workbooks.
"""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from orchestration.whole_files import write_whole

_MANIFEST = ".written.json"  # by file name: content hash, size and time of what was written


def collect_edited(folder: Path, corrections: Path) -> list[Path]:
    """Copy workbooks that were saved since we wrote them to the corrections folder.

    Args:
        folder: folder of the county workbooks; need not exist.

    Returns:
        The copies.
    """
    written = read_manifest(folder)
    copies: list[Path] = []
    for name, (_, *stamp) in written.items():
        path = folder / name
        if not path.is_file() or stamp_file(path) == stamp:
            continue
        saved = datetime.fromtimestamp(path.stat().st_mtime)
        corrections.mkdir(parents=True, exist_ok=True)
        copy = corrections / f"{path.stem} {saved:%Y-%m-%d %H%M%S}.xlsx"
        part = copy.with_name(f".{copy.name}")  # runs may list the folder now and ignore this name
        shutil.copy2(path, part)
        part.replace(copy)
        copies.append(copy)
        written[name] = ["edited", *stamp_file(path)]  # the next publishing rewrites it
    if copies:
        write_manifest(folder, written)
    return copies


def stamp_file(path: Path) -> list[int]:
    """Return size and time of a file, which change when somebody saves it."""
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns]


def read_manifest(folder: Path) -> dict[str, list[Any]]:
    """Return what was written to a folder; empty if unknown."""
    try:
        return dict(json.loads((folder / _MANIFEST).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return {}


def write_manifest(folder: Path, written: dict[str, list[Any]]) -> None:
    """Record what was written to a folder."""
    write_whole(folder / _MANIFEST, json.dumps(written, ensure_ascii=False))
