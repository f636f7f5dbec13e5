"""The engine on one machine: this process for few reports, several processes for many.

Workers load their reference data once, receive Arrow tables and return Arrow tables.
Results are in the order of the chunks, so the same input writes the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Any

from pebble import ProcessPool

from orchestration.engine.base import Chunk, Payload, Result, Task, log_progress
from orchestration.engine.pool import run_in_pool, start_pool


class ProcessesEngine:
    """See `Engine`.

    Args:
        workers: maximum number of processes; a few chunks run in this process, or in one other if the task is isolated.
        log: receives a progress message every few seconds and at the end.
    """

    def __init__(self, workers: int, log: Callable[[str], None]) -> None:
        self._workers = workers
        self._log = log
        self._begun = ExitStack()
        self._ready: ProcessPool | None = None

    def __enter__(self) -> ProcessesEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process that `begin` started; another one may be started later."""
        self._ready = None
        self._begun.close()

    def begin(self, task: Task[Any, Any]) -> None:
        """Start a process for the task."""
        self.close()
        self._ready = self._begun.enter_context(start_pool(task))

    def map(
        self, task: Task[Payload, Result], chunks: Iterable[Chunk[Payload]], *, total: int
    ) -> Iterator[Result]:
        """See `Engine`."""
        ready, self._ready = self._ready, None
        try:
            if total:
                yield from log_progress(self._spread(task, chunks, total, ready), total, task, self._log)
        finally:
            if ready is not None:
                ready.stop()  # type: ignore[no-untyped-call]  # it takes 0.1 s; the caller goes on meanwhile

    def _spread(
        self, task: Task[Any, Any], chunks: Iterable[Chunk[Any]], total: int, ready: ProcessPool | None
    ) -> Iterator[tuple[int, Any]]:
        workers = min(self._workers, task.work.bounds.processes or self._workers)
        if workers > 1 and total >= task.work.bounds.spread_from:
            yield from _run_in_new_pool(task, chunks, workers)
        elif not task.isolated:
            function = task.preparation()()
            for chunk in chunks:
                yield chunk.count, function(chunk.payload)
        elif ready is not None:
            yield from run_in_pool(task.work, chunks, ready, 1)
        else:
            yield from _run_in_new_pool(task, chunks, 1)


def _run_in_new_pool(
    task: Task[Any, Any], chunks: Iterable[Chunk[Any]], workers: int
) -> Iterator[tuple[int, Any]]:
    with start_pool(task, workers) as pool:
        yield from run_in_pool(task.work, chunks, pool, workers)
