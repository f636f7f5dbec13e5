"""Run a stage's work over chunks of reports: in this process, or in several for many.

Workers load their reference data once, take Arrow tables and hand Arrow tables back;
results come in the order of the chunks, so that the same input writes the same rows.
A report that ends its process, never ends or takes too much memory costs that report and not the run.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from multiprocessing.context import BaseContext
from typing import Any, Generic, TypeVar

from pebble import ProcessExpired, ProcessPool

from orchestration.pipeline.readers.memory import limit_memory

CHUNK = 64  # reports per task: about 0.1 s of work, little enough to keep progress visible
_PARALLEL_FROM = 6 * CHUNK  # below, starting processes costs more than it saves
_AHEAD = 48  # chunks per process: work for the processes while the parent writes, some 300 MB in all
_LOG_EVERY_SECONDS = 5.0
_REPORT_SECONDS = 90.0  # more than the programs that convert .doc may take; usual are 0.002
_CHUNK_SECONDS_PER_REPORT = 5.0  # added to the former; a chunk that takes longer is begun again in parts
# pandas is imported by pyarrow's first array, rjieba by the segmenter: a worker would spend 0.3 s on them.
_PRELOADED = ["orchestration.engine.tasks", "pandas", "rjieba"]

Payload = TypeVar("Payload")
Result = TypeVar("Result")

_prepare: Callable[[], Callable[[Any], Any]]
_work: Callable[[Any], Any] | None = None


class End(StrEnum):
    """How the work on a report ended that brought no result."""

    CRASHED = "crashed"
    KILLED = "killed"
    TIMED_OUT = "timed out"


# Of native code that meets its limit of memory, or a bug.
_CRASHES = frozenset(("SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGTRAP"))


@dataclass(frozen=True, slots=True)
class Chunk(Generic[Payload]):
    """`count` reports to be worked on together; `payload` must be picklable."""

    count: int
    payload: Payload


@dataclass(frozen=True, slots=True)
class Work(Generic[Payload, Result]):
    """What a stage does with a chunk, and with a report of it that ends or hangs its process.

    Attributes:
        prepare: a module's function, called once per process; returns the function for payloads.
        split: a payload as payloads of one report each.
        on_failure: the result for a payload of one report, why there is no other, and how its work ended.
        join: the results of a chunk's reports as the result of the chunk.
    """

    prepare: Callable[..., Callable[[Payload], Result]]
    split: Callable[[Payload], list[Payload]]
    on_failure: Callable[[Payload, str, End], Result]
    join: Callable[[list[Result]], Result]


def run_chunks(
    work: Work[Payload, Result],
    arguments: tuple[Any, ...],
    chunks: Iterable[Chunk[Payload]],
    *,
    total: int,
    workers: int,
    log: Callable[[str], None],
    label: str,
    isolated: bool = False,
    ready: ProcessPool | None = None,
) -> Iterator[Result]:
    """Yield the result of each chunk in order, logging reports done, rate and time left.

    Args:
        work: see there; its `prepare` gets `arguments`.
        chunks: read lazily, a few ahead of the results.
        total: reports in all chunks.
        workers: processes at most; a total of a few chunks stays in this process.
        log: receives a line of progress every few seconds and one at the end.
        label: what is being done, for those lines.
        isolated: use a process even for little: parsers of files from outside may take it down.
        ready: a process from `start_pool` that is used for little where work is isolated.
    """
    if total == 0:
        return
    if workers > 1 and total >= _PARALLEL_FROM:
        results = _run_in_new_pool(work, arguments, chunks, workers)
    elif isolated and ready is not None:
        results = _run_in_pool(work, chunks, ready, 1)
    elif isolated:
        results = _run_in_new_pool(work, arguments, chunks, 1)
    else:
        results = _run_here(work, arguments, chunks)
    started = reported = time.monotonic()
    done = 0
    for count, result in results:
        yield result
        done += count
        now = time.monotonic()
        if now - reported >= _LOG_EVERY_SECONDS or done == total:
            rate = done / max(now - started, 1e-9)
            left = f", {(total - done) / rate:.0f} s left" if done < total else ""
            log(f"{label}: {done:,} of {total:,} files, {rate:,.0f}/s{left}")
            reported = now


def keep_loaded() -> None:
    """Let collections of garbage look through nothing that this process has loaded, and be rarer.

    What is loaded stays as long as the process. What is made of reports is many records in no cycles: to
    look for these at every 700 of them is in vain.
    """
    gc.freeze()
    gc.set_threshold(20_000)


def _run_here(
    work: Work[Any, Any], arguments: tuple[Any, ...], chunks: Iterable[Chunk[Any]]
) -> Iterator[tuple[int, Any]]:
    function = work.prepare(*arguments)
    for chunk in chunks:
        yield chunk.count, function(chunk.payload)


def start_process_server() -> BaseContext:
    """Start what worker processes are forked from, unless it runs; returns at once.

    A server that has imported what they need, once: the calling process holds threads and an open DuckDB file,
    which a fork would copy. It ends with the calling process.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")  # Windows, which cannot fork
    from multiprocessing import forkserver

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    forkserver.ensure_running()
    return context


@contextmanager
def start_pool(
    work: Work[Payload, Result], arguments: tuple[Any, ...], workers: int = 1
) -> Iterator[ProcessPool]:
    """Processes that load what `work` needs while the caller goes on; they end with the block."""
    prepare = partial(work.prepare, *arguments)
    context = start_process_server()
    pool = ProcessPool(workers, initializer=_start_worker, initargs=(prepare,), context=context)
    try:
        for _ in range(workers):
            pool.schedule(_warm_up)
        yield pool
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


def _run_in_new_pool(
    work: Work[Any, Any], arguments: tuple[Any, ...], chunks: Iterable[Chunk[Any]], workers: int
) -> Iterator[tuple[int, Any]]:
    with start_pool(work, arguments, workers) as pool:
        yield from _run_in_pool(work, chunks, pool, workers)


def _run_in_pool(
    work: Work[Any, Any], chunks: Iterable[Chunk[Any]], pool: ProcessPool, workers: int
) -> Iterator[tuple[int, Any]]:
    def submit(payload: Any, seconds: float) -> Future[Any]:
        return pool.schedule(_run_worker, (payload,), timeout=seconds)

    def result(chunk: Chunk[Any], future: Future[Any]) -> tuple[int, Any]:
        try:
            return chunk.count, future.result()
        except (ProcessExpired, TimeoutError):
            parts = work.split(chunk.payload)
            futures = [submit(part, _REPORT_SECONDS) for part in parts]
            return chunk.count, work.join(
                [_result_or_reason(work, *pair) for pair in zip(parts, futures, strict=True)]
            )

    waiting: deque[tuple[Chunk[Any], Future[Any]]] = deque()
    for chunk in chunks:
        seconds = _REPORT_SECONDS + _CHUNK_SECONDS_PER_REPORT * chunk.count
        waiting.append((chunk, submit(chunk.payload, seconds)))
        if len(waiting) > _AHEAD * workers:
            yield result(*waiting.popleft())
    while waiting:
        yield result(*waiting.popleft())


def _result_or_reason(work: Work[Any, Any], payload: Any, future: Future[Any]) -> Any:
    try:
        return future.result()
    except ProcessExpired as error:
        code = error.exitcode
        name = signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"
        # The system ends a process with SIGKILL, for reasons of its own; the others a library brings upon itself.
        end = End.CRASHED if name in _CRASHES else End.KILLED
        return work.on_failure(payload, f"it ended the process that worked on it ({name})", end)
    except TimeoutError:
        return work.on_failure(payload, f"it was not done after {_REPORT_SECONDS:g} s", End.TIMED_OUT)


def _start_worker(prepare: Callable[[], Callable[[Any], Any]]) -> None:
    global _prepare
    _prepare = prepare
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever: it holds the queue's other end too."""
    parent = multiprocessing.parent_process()
    assert parent is not None  # workers are children
    parent.join()
    os._exit(1)


def _load() -> Callable[[Any], Any]:
    global _work
    if _work is None:  # not when the process starts: an error in the reference data must reach the caller
        _work = _prepare()
        keep_loaded()
        limit_memory()
    return _work


def _warm_up() -> None:
    _load()


def _run_worker(payload: Any) -> Any:
    return _load()(payload)
