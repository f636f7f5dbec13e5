"""Pictures of pages of scans: rendered in a process of its own, few at a time, the last ones kept."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import OrderedDict
from pathlib import Path

from orchestration.settings import PROJECT_DIR

KEPT_BYTES = 16_000_000  # some 80 pages
_RENDER_SECONDS = 30
_AT_ONCE = 2
_Key = tuple[str, int, int, int, int]


class NoPictureError(RuntimeError):
    """A page cannot be shown; says why."""


class PagePictures:
    """Renders pages of scans as JPEG; thread-safe."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Key, bytes] = OrderedDict()
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(_AT_ONCE)

    def render(self, path: Path, index: int, turned_degrees: int) -> bytes:
        """Page `index` (0 is the first) of a file, turned clockwise to stand upright.

        Raises:
            NoPictureError: the file is gone, damaged, or takes too long or too much memory.
        """
        try:
            status = path.stat()
        except OSError as error:
            raise NoPictureError(str(error)) from error
        key = (str(path), status.st_mtime_ns, status.st_size, index, turned_degrees)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        with self._turns:
            picture = _render_apart(path, index, turned_degrees)
        with self._lock:
            self._kept[key] = picture
            while sum(map(len, self._kept.values())) > KEPT_BYTES and len(self._kept) > 1:
                self._kept.popitem(last=False)
        return picture


def _render_apart(path: Path, index: int, turned_degrees: int) -> bytes:
    command = [sys.executable, "-m", "orchestration.explorer.render_page", str(path), str(index)]
    try:
        done = subprocess.run(  # noqa: S603  # our own program; the path is no word of a shell
            [*command, str(turned_degrees)],
            capture_output=True,
            cwd=PROJECT_DIR,
            timeout=_RENDER_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NoPictureError(f"takes more than {_RENDER_SECONDS} s") from error
    if done.returncode or not done.stdout:
        reason = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise NoPictureError(reason or f"ended with {done.returncode}")
    return done.stdout
