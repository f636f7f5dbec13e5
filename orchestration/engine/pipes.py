"""Pipes to worker processes that take most of a chunk at once.

A chunk has about a megabyte either way and a usual pipe holds 64 KB: the writer would wait for the reader some twenty
times a chunk, and each time for a core. Only for systems that fork; `pool.py` knows.
"""

from __future__ import annotations

import fcntl
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from typing import Any

PIPE_BYTES = 1024 * 1024  # the most that Linux gives everyone (/proc/sys/fs/pipe-max-size)


class WidePipesContext(ForkServerContext):
    """The context of the fork server, with wide pipes where the system has them."""

    def Pipe(self, duplex: bool = True) -> tuple[Connection[Any, Any], Connection[Any, Any]]:  # noqa: N802
        """See `multiprocessing.Pipe`."""
        reader, writer = super().Pipe(duplex)
        if sys.platform == "linux" and not duplex:
            with suppress(OSError):  # this user has too many wide ones already: then it is as it was
                fcntl.fcntl(writer.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        return reader, writer
