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
    """Limits of work, wherever it runs; a report that exceeds one is given up, and the run goes on.

    Attributes:
        report_seconds: for one report alone.
        more_seconds_per_report: added for each report of a chunk; a chunk that takes longer is begun again in parts.
        memory_bytes: address space that the work may add to its process.
        chunks_per_process: a process is replaced after so many; 0 keeps it to the end.
        ahead: chunks handed out per process before their results are taken, so that it never waits for the caller.
        processes: at most, on the caller's machine; None for as many as the engine has.
        spread_from: with fewer reports in all, the caller's process does them: starting others would take longer.
    """

    report_seconds: float = 90.0  # more than the programs that convert .doc may take; usual are 0.002
    more_seconds_per_report: float = 5.0
    memory_bytes: int = FILE_BYTES
    chunks_per_process: int = 0
    ahead: int = 48  # work for the processes while the caller writes, some 300 MB in all
    processes: int | None = None
    spread_from: int = 6 * CHUNK

    def chunk_seconds(self, count: int) -> float:
        """For a chunk of `count` reports."""
        return self.report_seconds + self.more_seconds_per_report * count


@dataclass(frozen=True, slots=True)
class Work(Generic[Payload, Result]):
    """What a stage does with a chunk, and with a report of it that ends or hangs its process.

    Attributes:
        prepare: a module's function, called once per process with the folder of the reference data and the
            arguments of the task; returns the function for payloads.
        split: a payload as payloads of one report each.
        on_failure: given a payload of one report, the reason and how its work ended, the result in place of its own.
        join: the results of a chunk's reports as the result of the chunk.
        bounds: what a report may take.
        pack: a payload with the bytes of the files that it names, for machines that do not see them; None where it
            names none.
        in_order: whether results are wanted in the order of the chunks, not as they come.
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
        arguments: what `work.prepare` gets besides that folder; picklable.
        label: what is being done, for lines of progress.
        isolated: never in the caller's process, which a parser of files from outside could take down.
        near: only on the caller's machine, which has what the work needs.
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
