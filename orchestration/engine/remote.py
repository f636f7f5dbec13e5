"""Code that runs on Dask workers: chunks of one task, in processes that the worker starts and limits.

A Dask worker only forwards chunks. `pool.py` does the work as on one machine, so a library that crashes,
hangs or takes too much memory costs its file and not the worker. `dask.py` sends the chunks.
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
    """An engine cannot start or continue; what was written before is kept.

    Raised without a cause, because people are shown the last error of a failed step.
    """


@dataclass(frozen=True, slots=True)
class Requirements:
    """What a worker must have before it gets work.

    Attributes:
        installed: the versions of the caller (`describe_installed`).
        token: a file that the worker must see if files are shared; None if files are sent.
    """

    installed: dict[str, str]
    token: Path | None

    def find_fault(self) -> str:
        """Return why this worker is not fit for the task, for people; empty if it is fit."""
        if differences := name_differences(self.installed, describe_installed()):
            return f"has different versions: {differences}"
        if self.token is not None and not self.token.is_file():
            return f"cannot see {self.token.parent}, although FAZHI_SHARED_FILES=1 says that all workers can"
        if multiprocessing.current_process().daemon:
            return (
                "may not start processes: start it with --no-nanny, or with DASK_DISTRIBUTED__WORKER__DAEMON=False in "
                "its environment"
            )
        return ""


class TaskPlugin(WorkerPlugin):  # type: ignore[misc]  # distributed has no types
    """A task on a worker; its reference data is loaded once in each of the worker's processes.

    Args:
        task: the task.
        requirements: checked again here, for workers that join later.
        token: identifies this task; a chunk of another one is refused.
    """

    def __init__(self, task: Task[Any, Any], requirements: Requirements, token: str) -> None:
        self._task = task
        # The project's reference data is compared, so it is not sent.
        self._reference = None if task.reference == REFERENCE else _pack_folder(task.reference)
        self._requirements = requirements
        self.token = token

    def setup(self, worker: Worker) -> None:
        """Called by Dask when the task is installed on the worker."""
        self._processes: int = worker.state.nthreads
        self._lock = Lock()
        self._stack = ExitStack()
        self._pool: ProcessPool | None = None

    async def teardown(self, worker: Worker) -> None:
        """Called by Dask when the task is done or its caller is gone."""
        await asyncio.to_thread(self._stack.close)

    def run(self, chunk: Chunk[Any]) -> Any:
        """Return the result of a chunk.

        Raises:
            EngineError: this worker is not fit for the task.
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
        archive.extractall(folder)  # our own archive


def run_chunk(name: str, token: str, count: int, payload: bytes) -> bytes:
    """Run a chunk with the task of this name on this worker; called by Dask.

    Args:
        name: name of the task's installation.
        token: token of the task.
        count: number of reports in the chunk.
        payload: pickled, like the result, because with Dask's own serialisation Arrow tables are not aligned in memory.
    """
    plugin = get_worker().plugins.get(name)
    if not isinstance(plugin, TaskPlugin) or plugin.token != token:
        raise EngineError(
            f"the worker {get_worker().address} does not know this task: another run has replaced it"
        )
    return pickle.dumps(plugin.run(Chunk(count, pickle.loads(payload))), pickle.HIGHEST_PROTOCOL)  # noqa: S301  # ours


def find_fault(requirements: Requirements) -> str:
    """See `Requirements.find_fault`; called on each worker before the first task."""
    return requirements.find_fault()
