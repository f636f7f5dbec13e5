"""Worker processes on one machine: prepared once, with limits, isolating failures to single reports.

Engines use it on the machine that does the work: `processes.py` on the run's own. It does not decide which chunks
run where.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from multiprocessing.context import BaseContext
from typing import Any

from pebble import ProcessExpired, ProcessPool

from orchestration.engine.base import Bounds, Chunk, End, Task, Work
from orchestration.pipeline.readers.memory import limit_memory

# pyarrow's first array imports pandas, and the segmenter rjieba: each worker would spend 0.3 s on them.
_PRELOADED = ["orchestration.engine.tasks", "pandas", "rjieba"]
# Signals of native code that reaches its memory limit or has a bug.
_CRASHES = frozenset(("SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGTRAP"))

_prepare: Callable[[], Callable[[Any], Any]]
_memory_bytes: int
_work: Callable[[Any], Any] | None = None


def keep_loaded() -> None:
    """Exclude what this process has loaded from garbage collection, and make collections rarer (ADR 23).

    Loaded data lives as long as the process. Records of reports are many but have no cycles, so searching for
    cycles after every 700 of them finds nothing.
    """
    gc.freeze()
    gc.set_threshold(20_000)


def start_process_server() -> BaseContext:
    """Start the server that worker processes are forked from, unless it is running; return at once.

    The server imports what workers need once. The calling process cannot be forked, because it has threads and an open
    DuckDB file. The server ends with the calling process.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")  # Windows, which cannot fork
    from multiprocessing import forkserver

    from orchestration.engine.pipes import WidePipesContext

    context = WidePipesContext()
    context.set_forkserver_preload(_PRELOADED)
    forkserver.ensure_running()
    return context


@contextmanager
def start_pool(task: Task[Any, Any], workers: int = 1) -> Iterator[ProcessPool]:
    """Start processes that load what a task needs in the background; they end with the block."""
    bounds = task.work.bounds
    pool = ProcessPool(
        workers,
        max_tasks=bounds.chunks_per_process,
        initializer=_start_worker,
        initargs=(task.preparation(), bounds.memory_bytes),
        context=start_process_server(),
    )
    try:
        for _ in range(workers):
            pool.schedule(_warm_up)
        yield pool
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


def run_in_pool(
    work: Work[Any, Any], chunks: Iterable[Chunk[Any]], pool: ProcessPool, workers: int
) -> Iterator[tuple[int, Any]]:
    """Yield the number of reports and the result of each chunk, in order if the work requires it."""
    waiting: deque[tuple[Chunk[Any], Future[Any]]] = deque()
    for chunk in chunks:
        waiting.append((chunk, submit_chunk(work.bounds, chunk, pool)))
        if len(waiting) >= work.bounds.ahead * workers:
            yield _settle_next(work, waiting, pool)
    while waiting:
        yield _settle_next(work, waiting, pool)


def _settle_next(
    work: Work[Any, Any], waiting: deque[tuple[Chunk[Any], Future[Any]]], pool: ProcessPool
) -> tuple[int, Any]:
    if not work.in_order:
        wait([future for _, future in waiting], return_when=FIRST_COMPLETED)
        waiting.rotate(-next(number for number, (_, future) in enumerate(waiting) if future.done()))
    chunk, future = waiting.popleft()
    return chunk.count, settle_chunk(work, chunk, future, pool)


def submit_chunk(bounds: Bounds, chunk: Chunk[Any], pool: ProcessPool) -> Future[Any]:
    """Submit a chunk with its time limit."""
    return _submit(chunk.payload, bounds.chunk_seconds(chunk.count), pool)


def settle_chunk(work: Work[Any, Any], chunk: Chunk[Any], future: Future[Any], pool: ProcessPool) -> Any:
    """Return the result of a chunk; retry one that crashed its process or timed out in parts."""
    try:
        return future.result()
    except TimeoutError as error:
        if chunk.count == 1:  # it has no smaller parts
            return _give_up(work, work.split(chunk.payload)[0], error)
    except ProcessExpired:
        pass
    parts = work.split(chunk.payload)
    futures = [_submit(part, work.bounds.report_seconds, pool) for part in parts]
    return work.join([_result_or_reason(work, *pair) for pair in zip(parts, futures, strict=True)])


def _submit(payload: Any, seconds: float, pool: ProcessPool) -> Future[Any]:
    return pool.schedule(_run_worker, (payload,), timeout=seconds)


def _result_or_reason(work: Work[Any, Any], payload: Any, future: Future[Any]) -> Any:
    try:
        return future.result()
    except (ProcessExpired, TimeoutError) as error:
        return _give_up(work, payload, error)


def _give_up(work: Work[Any, Any], payload: Any, error: ProcessExpired | TimeoutError) -> Any:
    if isinstance(error, TimeoutError):
        reason = f"it was not finished after {work.bounds.report_seconds:g} s"
        return work.on_failure(payload, reason, End.TIMED_OUT)
    code = error.exitcode
    name = signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"
    # SIGKILL comes from the system or a person; the other signals are caused by a library.
    end = End.CRASHED if name in _CRASHES else End.KILLED
    return work.on_failure(payload, f"it ended the process that worked on it ({name})", end)


def _start_worker(prepare: Callable[[], Callable[[Any], Any]], memory_bytes: int) -> None:
    global _prepare, _memory_bytes
    _prepare, _memory_bytes = prepare, memory_bytes
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this worker with its parent; otherwise it would wait forever, as it also holds the queue's other end."""
    parent = multiprocessing.parent_process()
    assert parent is not None  # workers are child processes
    parent.join()
    os._exit(1)


def _load() -> Callable[[Any], Any]:
    global _work
    if _work is None:  # not at process start, so that an error in the reference data reaches the caller
        _work = _prepare()
        keep_loaded()
        limit_memory(_memory_bytes)
    return _work


def _warm_up() -> None:
    _load()


def _run_worker(payload: Any) -> Any:
    return _load()(payload)
