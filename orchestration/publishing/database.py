"""The whole warehouse as a read-only DuckDB file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from orchestration.publishing.publication import Publication
from orchestration.warehouse.connection import WarehouseError, find_file


def write_database(publication: Publication, path: Path) -> None:
    """Copy the warehouse's file.

    Raises:
        WarehouseError: the copy cannot be written; with the system's reason.
    """
    with publication.cursor() as cursor:
        warehouse = find_file(cursor)
    _copy_file(warehouse, path)


_COPY = """
import os, shutil, sys
source, target = sys.argv[1:]
try:
    with open(source, "rb") as one, open(target, "wb") as copy:
        try:  # shares the blocks where the file system can
            while hasattr(os, "copy_file_range") and os.copy_file_range(one.fileno(), copy.fileno(), 2**30):
                pass
        except OSError:  # another file system, or one that cannot
            pass
        one.seek(copy.seek(0, os.SEEK_END))
        shutil.copyfileobj(one, copy, 2**22)
        copy.flush()
        os.fsync(copy.fileno())
except OSError as error:
    sys.exit(error.strerror)
"""


def _copy_file(source: Path, target: Path) -> None:
    """Copy the file of an open database while nothing writes to it.

    This needs a separate process: a process that opens and closes a file loses its locks on it (POSIX),
    and this process would lose the lock that keeps other writers out.
    """
    result = subprocess.run(  # noqa: S603  # our own arguments
        [sys.executable, "-I", "-c", _COPY, str(source), str(target)],
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise WarehouseError(f"cannot copy {source} to {target}: {result.stderr.strip()}")
