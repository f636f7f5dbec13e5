"""Read the pages of scans by OCR, page by page, in processes of their own.

A page takes seconds, a text file milliseconds: so scans wait until everything else is written, a run gives them a
bounded time, and each page is kept when it is read. A run that is killed, or out of time, loses no page; the next
one goes on. Which files wait, and what becomes of their text, is the ingest asset's.
"""

from __future__ import annotations

import hashlib
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from pebble import ProcessExpired, ProcessPool

from orchestration.engine.pool import start_process_server
from orchestration.engine.waiting import Waiting
from orchestration.pipeline.ingest.files import read_found
from orchestration.pipeline.ingest.folder import FoundFile
from orchestration.pipeline.ocr.store import PageStore
from orchestration.pipeline.ocr.work import fail_page, list_pages, read_page
from orchestration.pipeline.readers import RejectedFile

MAX_PROCESSES = 2  # each takes a core and some 700 MB
SHARED_SECONDS = 30.0  # for scans in a run that took in other files, which are to be published soon
_PAGE_SECONDS = 120.0  # usual are 3 to 6
_PROCESS_BYTES = 4 * 2**30  # of address space; usual are 1.5 GB, of which 0.7 are memory
_PROCESS_PAGES = 200  # then a new process: what a library leaks of memory stays bounded
_LOG_EVERY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _PageTask:
    found: FoundFile
    index: int


def read_waiting(
    files: Sequence[FoundFile], folder: Path, *, workers: int, seconds: float, log: Callable[[str], None]
) -> Waiting:
    """Read pages of these files that were not read yet, as many as the time allows; at least one.

    A page that ends its process twice, or does not end, is kept as one that cannot be read.

    Args:
        files: scans.
        folder: of the pages that were read.
        workers: processes at most; never more than two.
        seconds: after which no further page is begun.
        log: receives a line of progress every few seconds.

    Returns:
        What is left for the next run.
    """
    store = PageStore(folder)
    deadline = time.monotonic() + seconds
    pool = ProcessPool(
        min(workers, MAX_PROCESSES),
        max_tasks=_PROCESS_PAGES,
        initializer=_limit_memory,
        initargs=(_PROCESS_BYTES,),
        context=start_process_server(),
    )
    try:
        tasks = [task for found in files for task in _list_tasks(pool, found, folder)]
        started = reported = time.monotonic()
        done = 0
        for task, future in _schedule(pool, tasks, folder, deadline, min(workers, MAX_PROCESSES)):
            _settle(pool, task, future, folder, store)
            done += 1
            now = time.monotonic()
            if now - reported >= _LOG_EVERY_SECONDS or done == len(tasks):
                rate = done / max(now - started, 1e-9)
                left = f", {(len(tasks) - done) / rate:.0f} s left" if done < len(tasks) else ""
                log(f"ocr: {done:,} of {len(tasks):,} pages, {60 * rate:.0f} a minute{left} ({_name(task)})")
                reported = now
        if done < len(tasks):
            log(f"ocr: {len(tasks) - done:,} pages wait for the next run")
        return Waiting(len({task.found for task in tasks[done:]}), len(tasks) - done)
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


def _list_tasks(pool: ProcessPool, found: FoundFile, folder: Path) -> list[_PageTask]:
    """The pages of a file that are to be read; none where the file has changed or is not a scan any more."""
    try:
        pages = pool.schedule(_list_pages, (found, folder), timeout=_PAGE_SECONDS).result()
    except Exception:  # also of a library: its reader says why when it reads the file
        return []
    return [_PageTask(found, index) for index in pages]


def _schedule(
    pool: ProcessPool, tasks: Sequence[_PageTask], folder: Path, deadline: float, processes: int
) -> Iterator[tuple[_PageTask, Future[None]]]:
    """Tasks with their results, in order; none is begun after the deadline but the first."""
    running: deque[tuple[_PageTask, Future[None]]] = deque()
    for number, task in enumerate(tasks):
        if number and time.monotonic() > deadline:
            break
        running.append((task, _submit(pool, task, folder)))
        if len(running) >= processes:
            yield running.popleft()
    yield from running


def _submit(pool: ProcessPool, task: _PageTask, folder: Path) -> Future[None]:
    future: Future[None] = pool.schedule(_read_page, (task.found, task.index, folder), timeout=_PAGE_SECONDS)
    return future


def _settle(pool: ProcessPool, task: _PageTask, future: Future[None], folder: Path, store: PageStore) -> None:
    """Wait for a page; keep it as one that cannot be read where it cannot."""
    try:
        try:
            future.result()
        except ProcessExpired:  # killed from outside, for want of memory? then it is read now
            _submit(pool, task, folder).result()
    except ProcessExpired as error:
        code = error.exitcode
        name = signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"
        _keep_failure(task, f"it ended the process that read it ({name})", store)
    except TimeoutError:
        _keep_failure(task, f"it was not read after {_PAGE_SECONDS:g} s", store)
    except RejectedFile:
        return  # the file has changed meanwhile: the next run reads it anew
    except MemoryError:
        _keep_failure(task, f"it takes more than {_PROCESS_BYTES / 2**30:g} GiB", store)
    except Exception as error:  # of a library, on this page: the others are read anyway
        _keep_failure(task, f"{type(error).__name__}: {error}", store)


def _keep_failure(task: _PageTask, reason: str, store: PageStore) -> None:
    try:
        data = read_found(task.found)
    except RejectedFile:
        return
    fail_page(hashlib.sha256(data).hexdigest(), task.index, reason, store)


def _name(task: _PageTask) -> str:
    return f"{task.found.source_path.rsplit('/', 1)[-1]}, page {task.index + 1}"


def _limit_memory(limit: int) -> None:
    """A page that would take more memory fails alone; where the system has no such limit it is not set."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _list_pages(found: FoundFile, folder: Path) -> list[int]:
    return list_pages(read_found(found), PageStore(folder))


def _read_page(found: FoundFile, index: int, folder: Path) -> None:
    read_page(read_found(found), index, PageStore(folder))
