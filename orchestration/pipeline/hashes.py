"""Hashes of files, by which everything else recognises that code or reference data has changed."""

from __future__ import annotations

import hashlib
from pathlib import Path


def hash_files(folder: Path, *patterns: str, without: str = "") -> str:
    """Return a hash (64 hex digits) of the names and contents of files in a folder.

    Args:
        patterns: as in `Path.glob`: `*.csv`, or `**/*.py` for files below the folder, too.
        without: name of folders to leave out.
    """
    digest = hashlib.sha256()
    paths = {path: path.relative_to(folder) for pattern in patterns for path in folder.glob(pattern)}
    for path, name in sorted(paths.items()):
        if path.is_file() and without not in name.parts:
            digest.update(f"{name.as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
