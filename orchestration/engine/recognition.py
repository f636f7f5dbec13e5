"""Read the pages of scans by OCR, page by page, wherever the engine works.

A page takes seconds, a text file milliseconds. So scans wait until everything else is written, a run spends
limited time on them, and each page is stored when it is read. If a run is killed or out of time, stored
pages are kept and the next run continues. The ingest asset decides which files wait and uses their text.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from orchestration.engine.base import Bounds, Chunk, End, Engine, Task, Work
from orchestration.pipeline.failures import describe_error
from orchestration.pipeline.ingest.files import AnyFile, FetchedFile, as_listed, fetch_file, read_bytes
from orchestration.pipeline.ingest.folder import FoundFile
from orchestration.pipeline.ocr.recognise import find_ocr_version
from orchestration.pipeline.ocr.store import PageStore
from orchestration.pipeline.ocr.work import PageResult, fail_page, keep_page, list_pages, read_page
from orchestration.pipeline.readers import RejectedFile
from orchestration.refreshes import Waiting

MAX_PROCESSES = 2  # on one machine; each takes a core and some 700 MB
SHARED_SECONDS = 30.0  # for scans in a run with other files, which should be published soon
_PAGE_SECONDS = 120.0  # usually 3 to 6
_PROCESS_BYTES = 4 * 2**30  # of address space; usually 1.5 GB, of which 0.7 GB is memory
_PROCESS_PAGES = 200  # then a new process, which bounds memory leaks of libraries


_Numbered = tuple[int, AnyFile]


@dataclass(frozen=True, slots=True)
class PageTask:
    """A page to be read; `content_sha256` is that of its file."""

    file: AnyFile
    content_sha256: str
    index: int


@dataclass(frozen=True, slots=True)
class _ListedPages:
    """The pages of a file that are pictures; none if the file has changed or is no longer a scan."""

    number: int  # index of the file in the list
    content_sha256: str
    pages: tuple[int, ...]


def read_scans(
    files: Sequence[FoundFile],
    folder: Path,
    *,
    engine: Engine,
    reference: Path,
    seconds: float,
    log: Callable[[str], None],
) -> Waiting:
    """Read unread pages of these files, as many as the time allows, but at least one.

    A page that crashes its process twice, or times out, is stored as unreadable; one whose process was
    killed waits for the next run.

    Args:
        files: scans.
        folder: folder of stored pages.
        engine: distributes the pages.
        reference: folder of the reference data.
        seconds: after this time no further page is started.
        log: receives the number of remaining pages.

    Returns:
        What is left for the next run.
    """
    store = PageStore(folder)
    deadline = time.monotonic() + seconds
    tasks = _list_tasks(files, store, engine, reference)
    begun = 0

    def chunks() -> Iterator[Chunk[PageTask]]:
        nonlocal begun
        for task in tasks:
            if begun and time.monotonic() > deadline:
                return
            begun += 1
            yield Chunk(1, task, as_listed(task.file).size)

    reading = Task(PAGE_WORK, reference, (folder,), "ocr", isolated=True, unit="pages")
    for result in engine.map(reading, chunks(), total=len(tasks)):
        if result is not None:
            keep_page(result, store)
    left = tasks[begun:]
    if left:
        log(f"ocr: {len(left):,} pages wait for the next run")
    return Waiting(len({task.content_sha256 for task in left}), len(left))


def _list_tasks(
    files: Sequence[FoundFile], store: PageStore, engine: Engine, reference: Path
) -> list[PageTask]:
    """Return the unread pages of the files."""
    listing = Task(LIST_WORK, reference, (), "ocr", isolated=True)
    chunks: Iterator[Chunk[_Numbered]] = (
        Chunk(1, (number, found), found.size) for number, found in enumerate(files)
    )
    listed = sorted(engine.map(listing, chunks, total=len(files)), key=lambda one: one.number)
    version = find_ocr_version()
    tasks: dict[tuple[str, int], PageTask] = {}  # two files with the same bytes have the same pages
    for one in listed:
        known = store.find(one.content_sha256, version)
        for index in one.pages:
            if index not in known:
                task = PageTask(files[one.number], one.content_sha256, index)
                tasks.setdefault((one.content_sha256, index), task)
    return list(tasks.values())


# ---- what workers do -----------------------------------------------------------------


def prepare_listing(
    reference_dir: Path,
) -> Callable[[_Numbered], _ListedPages]:
    """Return the function that lists the pages of a file."""

    def list_of(numbered: _Numbered) -> _ListedPages:
        number, file = numbered
        try:
            data = read_bytes(file)
            return _ListedPages(number, hashlib.sha256(data).hexdigest(), list_pages(data))
        except Exception:  # also of a library: the reader reports it when it reads the file
            return _ListedPages(number, "", ())

    return list_of


def prepare_reading(reference_dir: Path, folder: Path) -> Callable[[PageTask], PageResult | None]:
    """Return the function that reads a page.

    Args:
        reference_dir: not needed.
        folder: folder of stored pages; they are unknown where it is not visible.
    """
    store = PageStore(folder)

    def read(task: PageTask) -> PageResult | None:
        try:
            data = read_bytes(task.file)
            if hashlib.sha256(data).hexdigest() != task.content_sha256:
                return None
            return read_page(data, task.index, store.has)
        except RejectedFile:
            return None  # the file has changed meanwhile: the next run reads it again
        except MemoryError:
            reason = f"it needs more than {PAGE_WORK.bounds.memory_bytes / 2**30:g} GiB"
        except Exception as error:  # of a library, on this page: the others are still read
            reason = describe_error(error)
        return fail_page(task.content_sha256, task.index, reason)

    return read


def _fail_listing(numbered: _Numbered, reason: str, end: End) -> _ListedPages:
    return _ListedPages(numbered[0], "", ())


def _fail_page(task: PageTask, reason: str, end: End) -> PageResult | None:
    if end is End.KILLED:  # for lack of memory, or by a person: the next run retries
        return None
    return fail_page(task.content_sha256, task.index, reason)


@lru_cache(maxsize=1)  # pages of a file are consecutive
def _fetch(found: FoundFile) -> FetchedFile:
    return fetch_file(found)


def _fetched(file: AnyFile) -> FetchedFile:
    return _fetch(file) if isinstance(file, FoundFile) else file


_BOUNDS = Bounds(
    report_seconds=_PAGE_SECONDS,
    more_seconds_per_report=0.0,
    memory_bytes=_PROCESS_BYTES,
    chunks_per_process=_PROCESS_PAGES,
    ahead=1,
    processes=MAX_PROCESSES,
    spread_from=2,
)
LIST_WORK: Work[_Numbered, _ListedPages] = Work(
    prepare_listing,
    split=lambda numbered: [numbered],
    on_failure=_fail_listing,
    join=lambda results: results[0],
    bounds=replace(_BOUNDS, chunks_per_process=0, spread_from=32),
    pack=lambda numbered: (numbered[0], _fetched(numbered[1])),
    in_order=False,
)
PAGE_WORK: Work[PageTask, PageResult | None] = Work(
    prepare_reading,
    split=lambda task: [task],
    on_failure=_fail_page,
    join=lambda results: results[0],
    bounds=_BOUNDS,
    pack=lambda task: replace(task, file=_fetched(task.file)),
    in_order=False,
)
