"""Pipes to worker processes whose buffers hold most of a chunk.

A chunk has about a megabyte in each direction, but a default pipe holds 64 KB: the writer would wait for the reader
some twenty times per chunk, each time for a free core. Only for systems that fork; `pool.py` decides.
"""

from __future__ import annotations

import fcntl
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from typing import Any

PIPE_BYTES = 1024 * 1024  # the maximum for unprivileged users on Linux (/proc/sys/fs/pipe-max-size)


class WidePipesContext(ForkServerContext):
    """The context of the fork server, with large pipes if the system supports them."""

    def Pipe(self, duplex: bool = True) -> tuple[Connection[Any, Any], Connection[Any, Any]]:  # noqa: N802
        """See `multiprocessing.Pipe`."""
        reader, writer = super().Pipe(duplex)
        if sys.platform == "linux" and not duplex:
            with suppress(OSError):  # this user has too many large pipes already; keep the default
                fcntl.fcntl(writer.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        return reader, writer
