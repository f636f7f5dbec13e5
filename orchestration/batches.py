"""Run one pure function over chunks of reports: in this process, or in several for many.

Workers load their reference data once, take Arrow tables and hand Arrow tables back;
results come in the order of the chunks, so that the same input writes the same rows.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

CHUNK = 64  # reports per task: about 0.1 s of work, little enough to keep progress visible
_PARALLEL_FROM = 6 * CHUNK  # below, starting processes costs more than it saves
_AHEAD = 16  # chunks per process: work for the processes while the parent writes, some 150 MB in all
_LOG_EVERY_SECONDS = 5.0

Payload = TypeVar("Payload")
Result = TypeVar("Result")

_work: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Chunk(Generic[Payload]):
    """`count` reports to be worked on together; `payload` must be picklable."""

    count: int
    payload: Payload


def run_chunks(
    prepare: Callable[..., Callable[[Payload], Result]],
    arguments: tuple[Any, ...],
    chunks: Iterable[Chunk[Payload]],
    *,
    total: int,
    workers: int,
    log: Callable[[str], None],
    label: str,
) -> Iterator[Result]:
    """Yield the result of each chunk in order, logging reports done, rate and time left.

    Args:
        prepare: called once per process with `arguments`; returns the function for payloads.
        chunks: read lazily, a few ahead of the results.
        total: reports in all chunks.
        workers: processes at most; a total of a few chunks stays in this process.
        log: receives a line of progress every few seconds and one at the end.
        label: what is being done, for those lines.
    """
    parallel = workers > 1 and total >= _PARALLEL_FROM
    run = _run_in_pool if parallel else _run_here
    started = reported = time.monotonic()
    done = 0
    for count, result in run(prepare, arguments, chunks, workers):
        yield result
        done += count
        now = time.monotonic()
        if now - reported >= _LOG_EVERY_SECONDS or done == total:
            rate = done / max(now - started, 1e-9)
            left = f", {(total - done) / rate:.0f} s left" if done < total else ""
            log(f"{label}: {done:,} of {total:,} files, {rate:,.0f}/s{left}")
            reported = now


def _run_here(
    prepare: Callable[..., Callable[[Any], Any]],
    arguments: tuple[Any, ...],
    chunks: Iterable[Chunk[Any]],
    _workers: int,
) -> Iterator[tuple[int, Any]]:
    work = prepare(*arguments)
    for chunk in chunks:
        yield chunk.count, work(chunk.payload)


def _run_in_pool(
    prepare: Callable[..., Callable[[Any], Any]],
    arguments: tuple[Any, ...],
    chunks: Iterable[Chunk[Any]],
    workers: int,
) -> Iterator[tuple[int, Any]]:
    # spawn: the parent holds threads and an open DuckDB file, which a fork would copy.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _start_worker, (prepare, arguments)) as pool:
        waiting: deque[tuple[int, Future[Any]]] = deque()
        for chunk in chunks:
            waiting.append((chunk.count, pool.submit(_run_worker, chunk.payload)))
            if len(waiting) > _AHEAD * workers:
                count, future = waiting.popleft()
                yield count, future.result()
        for count, future in waiting:
            yield count, future.result()


def _start_worker(prepare: Callable[..., Callable[[Any], Any]], arguments: tuple[Any, ...]) -> None:
    global _work
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _work = prepare(*arguments)
    # The reference data stays as long as the process: no collection needs to look through it.
    gc.freeze()


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever: it holds the queue's other end too."""
    parent = multiprocessing.parent_process()
    assert parent is not None  # workers are children
    parent.join()
    os._exit(1)


def _run_worker(payload: Any) -> Any:
    return _work(payload)
