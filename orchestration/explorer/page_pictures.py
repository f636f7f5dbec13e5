"""Pictures of scan pages: rendered in separate processes, few at a time, recent ones cached."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable

from orchestration.settings import PROJECT_DIR

KEPT_BYTES = 16_000_000  # some 80 pages
_RENDER_SECONDS = 30
_AT_ONCE = 2
_Key = tuple[str, int, int]


class NoPictureError(RuntimeError):
    """A page cannot be shown; the message says why."""


class PagePictures:
    """Renders pages of scans as JPEG; thread-safe."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Key, bytes] = OrderedDict()
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(_AT_ONCE)

    def render(self, report_id: str, index: int, turned_degrees: int, read: Callable[[], bytes]) -> bytes:
        """Render page `index` (0 is the first) of a report's file, turned clockwise to be upright.

        Args:
            report_id: identifies the file's bytes.
            read: returns them if the page is not cached; its exceptions propagate.

        Raises:
            NoPictureError: the file is damaged, or takes too long or too much memory.
        """
        key = (report_id, index, turned_degrees)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        with self._turns:
            picture = _render_apart(read(), index, turned_degrees)
        with self._lock:
            self._kept[key] = picture
            while sum(map(len, self._kept.values())) > KEPT_BYTES and len(self._kept) > 1:
                self._kept.popitem(last=False)
        return picture


def _render_apart(data: bytes, index: int, turned_degrees: int) -> bytes:
    command = [sys.executable, "-m", "orchestration.explorer.render_page", str(index), str(turned_degrees)]
    try:
        done = subprocess.run(  # noqa: S603  # our own program
            command,
            input=data,
            capture_output=True,
            cwd=PROJECT_DIR,
            timeout=_RENDER_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NoPictureError(f"took more than {_RENDER_SECONDS} s") from error
    if done.returncode or not done.stdout:
        reason = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise NoPictureError(reason or f"ended with {done.returncode}")
    return done.stdout
