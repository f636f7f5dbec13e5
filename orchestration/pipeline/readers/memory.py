"""Limit the memory of a worker process, so that a file that needs more fails alone."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":  # Windows has no such limits
    import resource

FILE_BYTES = 1536 * 1024 * 1024  # address space that work on a file may add to the process


def limit_memory(more_bytes: int = FILE_BYTES) -> None:
    """Let this process add at most `more_bytes` of address space; does nothing on other systems.

    Only the soft limit is set; `without_memory_limit` lifts it for the programs that a process starts.
    """
    taken = _address_space()
    if sys.platform == "win32" or taken is None:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = taken + more_bytes
    resource.setrlimit(
        resource.RLIMIT_AS, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard)
    )


@contextmanager
def without_memory_limit() -> Iterator[None]:
    """Lift the limit in this block, to start an office program, which needs more address space than a reader."""
    if sys.platform == "win32":
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _address_space() -> int | None:
    """Return the size of this process's address space in bytes; None if the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")
