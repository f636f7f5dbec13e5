"""What Dask's workers run: chunks of one task, in processes that they start and bound themselves.

A Dask worker only hands chunks on: the work is done by `pool.py`, as on one machine, so that a library that crashes,
hangs or takes too much memory costs its file and not the worker. Who sends chunks is `dask.py`.
"""

from __future__ import annotations

import asyncio
import io
import multiprocessing
import pickle
import zipfile
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

from distributed import Worker, WorkerPlugin, get_worker
from pebble import ProcessPool

from orchestration.engine.base import Chunk, Task
from orchestration.engine.installed import REFERENCE, describe_installed, name_differences
from orchestration.engine.pool import settle_chunk, start_pool, submit_chunk


class EngineError(Exception):
    """An engine cannot work, or not go on; what was written before is kept.

    Raised without a cause: of a failed step people are shown the last one.
    """


@dataclass(frozen=True, slots=True)
class Requirements:
    """What a worker must have before it works on anything.

    Attributes:
        installed: what the caller has (`describe_installed`).
        token: a file that the worker must see too, where files are not sent; None where they are.
    """

    installed: dict[str, str]
    token: Path | None

    def find_fault(self) -> str:
        """Why this worker may not work, for people; empty where it may."""
        if differences := name_differences(self.installed, describe_installed()):
            return f"has other versions: {differences}"
        if self.token is not None and not self.token.is_file():
            return f"does not see {self.token.parent}, although FAZHI_SHARED_FILES=1 says that all workers do"
        if multiprocessing.current_process().daemon:
            return (
                "may start no processes: start it with --no-nanny, or with DASK_DISTRIBUTED__WORKER__DAEMON=False in "
                "its environment"
            )
        return ""


class TaskPlugin(WorkerPlugin):  # type: ignore[misc]  # distributed has no types
    """A task on a worker: its reference data is loaded once in each of the worker's processes.

    Args:
        task: what is done with chunks.
        requirements: checked once more here, for workers that join later.
        token: of this task; a chunk of another one is refused.
    """

    def __init__(self, task: Task[Any, Any], requirements: Requirements, token: str) -> None:
        self._task = task
        # Compared, and so not sent, where it is the project's.
        self._reference = None if task.reference == REFERENCE else _pack_folder(task.reference)
        self._requirements = requirements
        self.token = token

    def setup(self, worker: Worker) -> None:
        """Called by Dask when the worker gets to know the task."""
        self._processes: int = worker.state.nthreads
        self._lock = Lock()
        self._stack = ExitStack()
        self._pool: ProcessPool | None = None

    async def teardown(self, worker: Worker) -> None:
        """Called by Dask when the task is done, or its caller gone."""
        await asyncio.to_thread(self._stack.close)

    def run(self, chunk: Chunk[Any]) -> Any:
        """The result of a chunk.

        Raises:
            EngineError: this worker may not work.
        """
        pool = self._start()
        future = submit_chunk(self._task.work.bounds, chunk, pool)
        return settle_chunk(self._task.work, chunk, future, pool)

    def _start(self) -> ProcessPool:
        with self._lock:
            if self._pool is None:
                if fault := self._requirements.find_fault():
                    raise EngineError(f"the worker {get_worker().address} {fault}")
                reference = REFERENCE
                if self._reference is not None:
                    reference = Path(self._stack.enter_context(TemporaryDirectory(prefix="fazhi-reference-")))
                    _unpack_folder(self._reference, reference)
                task = replace(self._task, reference=reference)
                self._pool = self._stack.enter_context(start_pool(task, self._processes))
            return self._pool


def _pack_folder(folder: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            archive.write(path, path.relative_to(folder).as_posix())
    return packed.getvalue()


def _unpack_folder(packed: bytes, folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(folder)  # ours


def run_chunk(name: str, token: str, count: int, payload: bytes) -> bytes:
    """What Dask calls: a chunk goes to the task of that name on this worker.

    Args:
        name: of the installation whose task it is.
        token: of the task.
        count: of reports in the chunk.
        payload: pickled, and so is what comes back: left to Dask, Arrow tables arrive at odd places in memory.
    """
    plugin = get_worker().plugins.get(name)
    if not isinstance(plugin, TaskPlugin) or plugin.token != token:
        raise EngineError(
            f"the worker {get_worker().address} does not know this task: another run took its place"
        )
    return pickle.dumps(plugin.run(Chunk(count, pickle.loads(payload))), pickle.HIGHEST_PROTOCOL)  # noqa: S301  # ours


def find_fault(requirements: Requirements) -> str:
    """See `Requirements.find_fault`; called on each worker before the first task."""
    return requirements.find_fault()
