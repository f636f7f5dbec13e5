"""A Dask cluster for tests: a scheduler and workers in separate processes, which tests may kill."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.settings import PROJECT_DIR

_START_SECONDS = 60.0
HELD = 10  # the number at which `prepare_noting` waits to be killed
HELD_SECONDS = 60.0


@dataclass
class Cluster:
    """Use as `with start_cluster() as cluster`.

    Attributes:
        address: Address of the scheduler.
        scheduler: Process of the scheduler.
        workers: Processes of the workers.
    """

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def add_worker(self, project: Path = PROJECT_DIR, threads: int = 2) -> subprocess.Popen[bytes]:
        """Start a worker in a project folder; in a folder without the project, the worker cannot import it."""
        worker = _start(
            ["worker", self.address, "--nthreads", str(threads), "--no-nanny", "--no-dashboard"], project
        )
        self.workers.append(worker)
        return worker

    def count_workers(self) -> int:
        """Return the number of workers that the scheduler knows."""
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            return len(client.scheduler_info(n_workers=-1)["workers"])

    def wait_for_workers(self, count: int) -> None:
        """Wait until the scheduler knows exactly `count` workers."""
        deadline = time.monotonic() + _START_SECONDS
        while self.count_workers() != count:
            assert time.monotonic() < deadline, f"{count} workers are not there"
            time.sleep(0.1)

    def stop(self) -> None:
        """End all remaining processes."""
        for process in (*self.workers, self.scheduler):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def start_cluster(workers: int = 1, threads: int = 2) -> Iterator[Cluster]:
    """Yield a scheduler on a free port of this machine, with workers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    cluster = Cluster(f"tcp://127.0.0.1:{port}", _start(command, PROJECT_DIR))
    try:
        for _ in range(workers):
            cluster.add_worker(threads=threads)
        cluster.wait_for_workers(workers)
        yield cluster
    finally:
        cluster.stop()


def _start(arguments: list[str], project: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def prepare_noting(reference: Path, folder: str) -> Callable[[list[int]], list[int]]:
    """Return work that notes its number and worker at each start; the first start at `HELD` hangs."""
    notes = Path(folder)

    def work(numbers: list[int]) -> list[int]:
        (number,) = numbers
        first = not any(notes.glob(f"{number}-*"))
        (notes / f"{number}-{os.getpgrp()}-{time.monotonic_ns()}").touch()
        if number == HELD and first:
            time.sleep(HELD_SECONDS)
        return numbers

    return work


def prepare_telling(reference: Path) -> Callable[[list[int]], list[str]]:
    """Return work that returns the folder of its reference data and the text of words.csv."""
    words = (reference / "extract" / "words.csv").read_text(encoding="utf-8")
    return lambda numbers: [str(reference), words]


def prepare_killing(reference: Path) -> Callable[[list[int]], list[int]]:
    """Return work that at number 13 kills the Dask worker, not only its own process."""

    def work(numbers: list[int]) -> list[int]:
        if 13 in numbers:
            worker = multiprocessing.parent_process()
            assert worker is not None and worker.pid is not None
            os.kill(worker.pid, signal.SIGKILL)
            time.sleep(60)
        return numbers

    return work
