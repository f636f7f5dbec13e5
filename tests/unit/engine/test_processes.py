"""Chunks are processed in order, here or in processes, with progress; one that kills its process harms only itself."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.engine.base import Bounds, Chunk, End, Task, Work
from orchestration.engine.processes import ProcessesEngine
from orchestration.settings import PROJECT_DIR

REFERENCE = PROJECT_DIR / "seeds" / "reference"
RAISES, ENDS, CRASHES, HANGS, GROWS, SLOW = -1, -2, -3, -4, -5, -6


def prepare_doubling(reference: Path, factor: int) -> Callable[[list[int]], list[int]]:
    def work(numbers: list[int]) -> list[int]:
        if RAISES in numbers:
            raise ValueError("a number below zero")
        if ENDS in numbers:
            os._exit(7)
        if CRASHES in numbers:
            os.kill(os.getpid(), signal.SIGSEGV)
        if GROWS in numbers:
            return [len(bytearray(64 * 1024**3))]
        if SLOW in numbers:
            time.sleep(1.0)
        if HANGS in numbers:
            time.sleep(600)
        return [factor * number for number in numbers]

    return work


def prepare_badly(reference: Path, factor: int) -> Callable[[list[int]], list[int]]:
    raise ValueError("bad row 3 of the reference data")


def doubling(reasons: list[str]) -> Work[list[int], list[int]]:
    """Return work that doubles numbers; reasons for giving up are added to `reasons`."""

    def on_failure(numbers: list[int], reason: str, end: End) -> list[int]:
        reasons.append(f"{numbers}: {end}: {reason}")
        return [0]

    return Work(
        prepare_doubling,
        split=lambda numbers: [[number] for number in numbers],
        on_failure=on_failure,
        join=lambda parts: [number for part in parts for number in part],
    )


def task_of(work: Work[list[int], list[int]], *, isolated: bool = True) -> Task[list[int], list[int]]:
    return Task(work, REFERENCE, (2,), "double", isolated=isolated)


def run(
    chunks: Sequence[Chunk[list[int]]],
    work: Work[list[int], list[int]],
    *,
    workers: int = 2,
    isolated: bool = False,
) -> list[list[int]]:
    total = sum(chunk.count for chunk in chunks)
    with ProcessesEngine(workers, print) as engine:
        return list(engine.map(task_of(work, isolated=isolated), chunks, total=total))


@pytest.mark.parametrize(("workers", "isolated"), [(1, False), (1, True), (2, False)])
def test_results_come_in_order(workers: int, isolated: bool, capsys: pytest.CaptureFixture[str]) -> None:
    chunks = [Chunk(100, list(range(start, start + 100))) for start in range(0, 1000, 100)]
    results = run(chunks, doubling([]), workers=workers, isolated=isolated)
    assert [number for result in results for number in result] == list(range(0, 2000, 2))
    assert capsys.readouterr().out.splitlines()[-1].startswith("double: 1,000 of 1,000 files, ")


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_in_a_worker_reaches_the_caller(workers: int) -> None:
    with pytest.raises(ValueError, match="below zero"):
        run([Chunk(1000, [1]), Chunk(1000, [RAISES])], doubling([]), workers=workers)


def test_results_come_as_they_are_done_where_order_is_not_wanted() -> None:
    chunks = [Chunk(500, [SLOW]), *(Chunk(1, [number]) for number in range(20))]
    results = run(chunks, replace(doubling([]), in_order=False))
    assert sorted(results) == sorted([[2 * SLOW], *([2 * number] for number in range(20))])
    assert results[0] != [2 * SLOW]


def test_an_error_in_the_reference_data_reaches_the_caller() -> None:
    work = replace(doubling([]), prepare=prepare_badly)
    with pytest.raises(ValueError, match="bad row 3"):
        run([Chunk(1, [1])], work, isolated=True)


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (ENDS, "killed: it ended the process that worked on it (exit code 7)"),
        (CRASHES, "crashed: it ended the process that worked on it (SIGSEGV)"),
        (HANGS, "timed out: it was not finished after 1.5 s"),
    ],
)
@pytest.mark.parametrize(("workers", "count"), [(1, 3), (2, 500)])
def test_only_work_that_kills_its_process_is_given_up(
    number: int, reason: str, workers: int, count: int
) -> None:
    chunks = [Chunk(count, [1, 2]), Chunk(count, [3, number, 4]), Chunk(count, [5])]
    reasons: list[str] = []
    work = replace(doubling(reasons), bounds=Bounds(report_seconds=1.5, more_seconds_per_report=0.0))
    assert run(chunks, work, workers=workers, isolated=True) == [[2, 4], [6, 0, 8], [10]]
    assert reasons == [f"[{number}]: {reason}"]


@pytest.mark.skipif(sys.platform != "linux", reason="no limit of memory elsewhere")
def test_a_process_over_its_memory_limit_gets_an_error_and_continues() -> None:
    with pytest.raises(MemoryError):
        run([Chunk(1, [1]), Chunk(1, [GROWS])], doubling([]), isolated=True)


def test_a_caller_that_stops_early_leaves_no_process() -> None:
    chunks = (Chunk(1, [number]) for number in range(1000))
    with ProcessesEngine(2, print) as engine:
        results = engine.map(task_of(doubling([])), chunks, total=1000)
        assert next(results) == [0]
        results.close()  # type: ignore[attr-defined]
    assert multiprocessing.active_children() == []


STARTS_AND_WAITS = """
import os, time
from multiprocessing.forkserver import _forkserver
from orchestration.engine.pool import start_pool
from tests.unit.engine.test_processes import doubling, task_of
with start_pool(task_of(doubling([]))) as pool:
    print(pool.schedule(os.getpid).result(), _forkserver._forkserver_pid, flush=True)
    time.sleep(600)
"""


def test_a_killed_caller_leaves_no_process() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STARTS_AND_WAITS], cwd=PROJECT_DIR, stdout=subprocess.PIPE, text=True
    ) as caller:
        assert caller.stdout is not None
        started = caller.stdout.readline().split()
        assert len(started) == 2
        assert all(is_running(pid) for pid in started)
        caller.kill()
    deadline = time.monotonic() + 30
    while any(is_running(pid) for pid in started):
        assert time.monotonic() < deadline, "a worker or its server outlives the run"
        time.sleep(0.05)


def is_running(pid: str) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", pid], capture_output=True, text=True).stdout
    return bool(state) and not state.startswith("Z")


def test_a_small_isolated_task_goes_to_the_prepared_process() -> None:
    work = doubling([])
    with ProcessesEngine(2, print) as engine:
        engine.begin(task_of(work))
        results = engine.map(task_of(replace(work, prepare=prepare_badly)), [Chunk(1, [3])], total=1)
        assert list(results) == [[6]], "the process had prepared its own work"
        with pytest.raises(ValueError, match="bad row 3"):
            list(engine.map(task_of(replace(work, prepare=prepare_badly)), [Chunk(1, [3])], total=1))
