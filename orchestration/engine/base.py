"""What an engine is, and what it is given: tasks, chunks of reports, bounds.

A stage says in its `Work` what is done with a chunk; a `Task` adds what it is prepared with; an `Engine` maps a task
over chunks. How the work is spread belongs to the engines (`processes.py`), what is done to `tasks.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from orchestration.pipeline.readers.memory import FILE_BYTES

CHUNK = 64  # reports: about 0.1 s of work, little enough to keep progress visible
_LOG_EVERY_SECONDS = 5.0

Payload = TypeVar("Payload")
Result = TypeVar("Result")


class End(StrEnum):
    """How the work on a report ended that brought no result."""

    CRASHED = "crashed"
    KILLED = "killed"
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True)
class Chunk(Generic[Payload]):
    """Reports to be worked on together.

    Attributes:
        count: of the reports.
        payload: picklable.
        size: bytes of the files that it names.
    """

    count: int
    payload: Payload
    size: int = 0


@dataclass(frozen=True, slots=True)
class Bounds:
    """What work may take, wherever it runs; what takes more costs its report and not the run.

    Attributes:
        report_seconds: of one report alone.
        more_seconds_per_report: of a chunk, added to the former; one that takes longer is begun again in parts.
        memory_bytes: of addresses that the work may add to its process.
        chunks_per_process: then a new process goes on; 0 for no end.
        ahead: chunks in hand for each process, so that it never waits for the caller.
        processes: on the caller's machine at most; None for as many as there are.
        spread_from: reports in all; fewer are done where the caller is, for starting others would take longer.
    """

    report_seconds: float = 90.0  # more than the programs that convert .doc may take; usual are 0.002
    more_seconds_per_report: float = 5.0
    memory_bytes: int = FILE_BYTES
    chunks_per_process: int = 0
    ahead: int = 48  # work for the processes while the caller writes, some 300 MB in all
    processes: int | None = None
    spread_from: int = 6 * CHUNK

    def chunk_seconds(self, count: int) -> float:
        """Of a chunk of `count` reports."""
        return self.report_seconds + self.more_seconds_per_report * count


@dataclass(frozen=True, slots=True)
class Work(Generic[Payload, Result]):
    """What a stage does with a chunk, and with a report of it that ends or hangs its process.

    Attributes:
        prepare: a module's function, called once per process with the folder of the reference data and the
            arguments of the task; returns the function for payloads.
        split: a payload as payloads of one report each.
        on_failure: the result for a payload of one report, why there is no other, and how its work ended.
        join: the results of a chunk's reports as the result of the chunk.
        bounds: what a report may take.
        pack: a payload with the bytes of the files that it names, for machines that do not see them; None where it
            names none.
        in_order: results are wanted in the order of the chunks; else as they come.
    """

    prepare: Callable[..., Callable[[Payload], Result]]
    split: Callable[[Payload], list[Payload]]
    on_failure: Callable[[Payload, str, End], Result]
    join: Callable[[list[Result]], Result]
    bounds: Bounds = field(default_factory=Bounds)
    pack: Callable[[Payload], Payload] | None = None
    in_order: bool = True


@dataclass(frozen=True, slots=True)
class Task(Generic[Payload, Result]):
    """The work of a stage in one run.

    Attributes:
        work: see there.
        reference: folder of the reference data; an engine on other machines puts an equal one in its place.
        arguments: what `work.prepare` gets beside it; picklable.
        label: what is being done, for lines of progress.
        isolated: never in the caller's process: parsers of files from outside may take it down.
        near: on the caller's machine, for it needs what only stands there.
        unit: what is counted, for lines of progress.
    """

    work: Work[Payload, Result]
    reference: Path
    arguments: tuple[Any, ...]
    label: str
    isolated: bool = False
    near: bool = False
    unit: str = "files"

    def preparation(self) -> Callable[[], Callable[[Payload], Result]]:
        """What loads the reference data and returns the function for payloads; picklable."""
        return partial(self.work.prepare, self.reference, *self.arguments)


class Engine(Protocol):
    """Spreads work over processes or machines; a context manager, which leaves nothing running behind."""

    def begin(self, task: Task[Any, Any]) -> None:
        """Say that little of this task will be mapped next: what it needs may start while the caller goes on."""

    def map(
        self, task: Task[Payload, Result], chunks: Iterable[Chunk[Payload]], *, total: int
    ) -> Iterator[Result]:
        """Yield the result of each chunk, each once, and in order unless the work does without.

        A report that ends or hangs its process costs that report (`Work.on_failure`); what the work raises, also
        while it prepares, reaches the caller.

        Args:
            task: what to do.
            chunks: read lazily, a few ahead of the results.
            total: reports in all chunks, for lines of progress.
        """


def log_progress(
    results: Iterable[tuple[int, Result]], total: int, task: Task[Any, Any], log: Callable[[str], None]
) -> Iterator[Result]:
    """Yield results, logging reports done, rate and time left every few seconds and at the end.

    Args:
        results: each with the number of its reports.
    """
    started = reported = time.monotonic()
    done = 0
    for count, result in results:
        yield result
        done += count
        now = time.monotonic()
        if now - reported >= _LOG_EVERY_SECONDS or done == total:
            rate = done / max(now - started, 1e-9)
            left = f", {(total - done) / rate:.0f} s left" if done < total else ""
            speed = f"{rate:,.0f}/s" if rate >= 10 else f"{60 * rate:,.0f} a minute"
            log(f"{task.label}: {done:,} of {total:,} {task.unit}, {speed}{left}")
            reported = now
