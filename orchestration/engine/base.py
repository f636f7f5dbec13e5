"""The engine protocol and its inputs: tasks, chunks of reports, limits.

A stage's `Work` defines what is done with a chunk; a `Task` adds the arguments of a run; an `Engine` maps a task
over chunks. Engines (such as `processes.py`) distribute the work; `tasks.py` does it.
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

CHUNK = 64  # reports: about 0.1 s of work, small enough for visible progress
_LOG_EVERY_SECONDS = 5.0

Payload = TypeVar("Payload")
Result = TypeVar("Result")


class End(StrEnum):
    """How work on a report ended without a result."""

    CRASHED = "crashed"
    KILLED = "killed"
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True)
class Chunk(Generic[Payload]):
    """Reports to be processed together.

    Attributes:
        count: number of reports.
        payload: picklable.
        size: bytes of the files in it.
    """

    count: int
    payload: Payload
    size: int = 0


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of work, wherever it runs; a report that exceeds one is given up, and the run continues.

    Attributes:
        report_seconds: time limit for a single report.
        more_seconds_per_report: added for each report of a chunk; a chunk that takes longer is retried in parts.
        memory_bytes: address space that the work may add to its process.
        chunks_per_process: a process is replaced after this many; 0 keeps it to the end.
        ahead: chunks queued per process before their results are taken, so that it never waits for the caller.
        processes: maximum on the caller's machine; None for as many as the engine has.
        spread_from: fewer reports than this are processed by the caller, because starting processes would take longer.
    """

    report_seconds: float = 90.0  # more than the .doc converters may take; usually 0.002
    more_seconds_per_report: float = 5.0
    memory_bytes: int = FILE_BYTES
    chunks_per_process: int = 0
    ahead: int = 48  # work for the processes while the caller writes, some 300 MB in all
    processes: int | None = None
    spread_from: int = 6 * CHUNK

    def chunk_seconds(self, count: int) -> float:
        """Return the time limit of a chunk of `count` reports."""
        return self.report_seconds + self.more_seconds_per_report * count


@dataclass(frozen=True, slots=True)
class Work(Generic[Payload, Result]):
    """What a stage does with a chunk, and with a report that crashes or hangs its process.

    Attributes:
        prepare: a module-level function, called once per process with the folder of the reference data and the
            arguments of the task; returns the function for payloads.
        split: splits a payload into payloads of one report each.
        on_failure: returns a substitute result, given a payload of one report, the reason and how its work ended.
        join: joins the results of a chunk's reports into that of the chunk.
        bounds: limits of a report.
        pack: adds the bytes of the named files to a payload, for machines that do not see them; None if payloads
            name no files.
        in_order: whether results must be in the order of the chunks.
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
        work: see `Work`.
        reference: folder of the reference data; engines on other machines replace it by an equal one.
        arguments: further arguments of `work.prepare`; picklable.
        label: what is being done, for progress messages.
        isolated: never in the caller's process, which a parser of untrusted files could crash.
        near: only on the caller's machine, which has what the work needs.
        unit: what is counted, for progress messages.
    """

    work: Work[Payload, Result]
    reference: Path
    arguments: tuple[Any, ...]
    label: str
    isolated: bool = False
    near: bool = False
    unit: str = "files"

    def preparation(self) -> Callable[[], Callable[[Payload], Result]]:
        """Return a picklable function that loads the reference data and returns the function for payloads."""
        return partial(self.work.prepare, self.reference, *self.arguments)


class Engine(Protocol):
    """Distributes work over processes or machines; a context manager that leaves no processes behind."""

    def begin(self, task: Task[Any, Any]) -> None:
        """Announce that little of this task will be mapped next, so that a process can start in the meantime."""

    def map(
        self, task: Task[Payload, Result], chunks: Iterable[Chunk[Payload]], *, total: int
    ) -> Iterator[Result]:
        """Yield the result of each chunk once, in order unless `Work.in_order` is false.

        If a report crashes or hangs its process, only that report is lost (`Work.on_failure`). Exceptions of the work,
        also of its preparation, reach the caller.

        Args:
            task: what to do.
            chunks: read lazily, a few ahead of the results.
            total: reports in all chunks, for progress messages.
        """


def log_progress(
    results: Iterable[tuple[int, Result]], total: int, task: Task[Any, Any], log: Callable[[str], None]
) -> Iterator[Result]:
    """Yield results; log reports done, rate and time left every few seconds and at the end.

    Args:
        results: pairs of the number of reports and their result.
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
