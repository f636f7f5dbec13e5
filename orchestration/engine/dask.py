"""The engine on several machines: chunks go to the workers of a Dask cluster, a local or an existing one.

This module sends chunks and receives results; `remote.py` runs on the workers. Nothing is stored on the
cluster: if a worker ends, its chunk is sent to another. If the scheduler ends, the run ends too, and the next
one continues with what was not written.
"""

from __future__ import annotations

import hashlib
import logging
import pickle
import platform
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import dask
from distributed import CancelledError, Client, Future, LocalCluster
from distributed.client import ClosedClientError
from distributed.scheduler import KilledWorker

from orchestration.engine.base import Chunk, End, Payload, Result, Task, Work, log_progress
from orchestration.engine.installed import describe_installed
from orchestration.engine.processes import ProcessesEngine
from orchestration.engine.remote import EngineError, Requirements, TaskPlugin, find_fault, run_chunk

_CONNECT_SECONDS = 10.0
_JOIN_SECONDS = 30.0  # to wait for the first worker
_GONE_SECONDS = 60.0  # without any worker; a killed one is back in some 3 s
_LOOK_SECONDS = 2.0
_THREADS = 8  # of a worker of the local cluster; each passes chunks to its own process
_AHEAD = 6  # chunks in flight for each thread of the cluster, because results wait for their turn
_AHEAD_BYTES = 256 * 1024**2  # of files in flight
_KEPT = "written results are kept, and the next run continues"


class DaskEngine:
    """See `Engine`.

    Args:
        address: address of the scheduler; None starts a cluster on this machine, which ends with the engine.
        workers: number of processes of that cluster.
        data: folder of the installation; names its tasks on the cluster.
        is_shared: whether the workers see the reports and `data` under the same paths; otherwise files are sent.
        log: receives progress messages.
    """

    def __init__(
        self, address: str | None, workers: int, data: Path, is_shared: bool, log: Callable[[str], None]
    ) -> None:
        self._address = address
        self._workers = workers
        self._data = data
        self._is_shared = is_shared or address is None
        self._log = log
        self._near = ProcessesEngine(workers, log)
        self._stack = ExitStack()
        self._client: Client | None = None
        self._woken = Event()

    def __enter__(self) -> DaskEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self._near.close()
        self._stack.close()

    @property
    def place(self) -> str:
        """Return where the cluster is, for messages."""
        return self._address or "this machine"

    def begin(self, task: Task[Any, Any]) -> None:
        """Start a local process, because small work is done on the caller's machine."""
        self._near.begin(task)

    def map(
        self, task: Task[Payload, Result], chunks: Iterable[Chunk[Payload]], *, total: int
    ) -> Iterator[Result]:
        """See `Engine`.

        Raises:
            EngineError: the cluster cannot be reached, has other versions, or ended.
        """
        if task.near or total < task.work.bounds.spread_from:
            yield from self._near.map(task, chunks, total=total)
            return
        self._near.close()
        client = self._connect()
        with self._installed(client, task) as submit:
            self._log(f"{task.label}: {self._count_threads(client)} Dask processes on {self.place}")
            yield from log_progress(self._spread(client, task.work, chunks, submit), total, task, self._log)

    def _connect(self) -> Client:
        if self._client is not None:
            return self._client
        # Dask logs lost connections as tracebacks; here they are one clear message.
        for name in ("distributed", "distributed.client", "distributed.core", "distributed.scheduler"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            where = self._address if self._address is not None else self._start_cluster()
            client = Client(where, timeout=_CONNECT_SECONDS, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise EngineError(f"FAZHI_ENGINE: no Dask scheduler answers on {self.place}: {error}") from None
        self._stack.callback(client.close, timeout=2)
        try:
            client.wait_for_workers(1, timeout=_JOIN_SECONDS)
        except TimeoutError:
            raise EngineError(f"FAZHI_ENGINE: no worker has joined {self.place}") from None
        self._client = client
        return client

    def _start_cluster(self) -> LocalCluster:
        # Workers start processes, which daemonic processes, including restarted ones, may not do.
        self._stack.enter_context(dask.config.set({"distributed.worker.daemon": False}))
        return self._stack.enter_context(
            LocalCluster(
                n_workers=-(-self._workers // _THREADS),
                threads_per_worker=min(self._workers, _THREADS),
                memory_limit=0,  # memory is limited per file, in those processes
                dashboard_address="127.0.0.1:0",
                worker_dashboard_address="127.0.0.1:0",
                local_directory=str(self._data / "dask"),
            )
        )

    @contextmanager
    def _installed(self, client: Client, task: Task[Any, Any]) -> Iterator[Callable[[Chunk[Any]], Future]]:
        """Install the task on the workers for the block; yield a function that sends a chunk.

        Raises:
            EngineError: a worker is not fit for the task.
        """
        token = secrets.token_hex(8)
        name = "fazhi-" + hashlib.sha256(f"{platform.node()}:{self._data}".encode()).hexdigest()[:12]
        seen: Path | None = None
        if self._address is not None and self._is_shared:
            self._data.mkdir(parents=True, exist_ok=True)
            for left in self._data.glob("engine-*"):  # left by a killed run
                left.unlink(missing_ok=True)
            seen = self._data / f"engine-{token}"
            seen.touch()
        try:
            requirements = Requirements(describe_installed(), seen)
            self._check_workers(client, requirements)
            with _asking(self.place):
                client.register_plugin(TaskPlugin(task, requirements, token), name=name)
            pack = None if self._is_shared else task.work.pack

            def submit(chunk: Chunk[Any]) -> Future:
                payload = chunk.payload if pack is None else pack(chunk.payload)
                sent = pickle.dumps(payload, pickle.HIGHEST_PROTOCOL)
                key = f"{name}-{secrets.token_hex(8)}"
                with _asking(self.place):
                    future = client.submit(run_chunk, name, token, chunk.count, sent, key=key, pure=False)
                future.add_done_callback(lambda _: self._woken.set())
                return future

            try:
                yield submit
            finally:
                if client.status == "running":
                    with suppress(OSError):  # the run is done, or ends for a more important reason
                        client.unregister_worker_plugin(name=name)
        finally:
            if seen is not None:
                seen.unlink(missing_ok=True)

    def _check_workers(self, client: Client, requirements: Requirements) -> None:
        """Compare all workers with this machine before the first task."""
        faults = []
        with _asking(self.place):
            answers = client.run(find_fault, requirements, on_error="return")
        for address, fault in answers.items():
            if isinstance(fault, Exception):  # even this check needs the project on the worker
                fault = f"has a different version of this project, or none: {fault}"
            if fault:
                faults.append(f"the worker {address} {fault}")
        if faults:
            raise EngineError("; ".join(sorted(faults)))

    def _spread(
        self,
        client: Client,
        work: Work[Any, Any],
        chunks: Iterable[Chunk[Any]],
        submit: Callable[[Chunk[Any]], Future],
    ) -> Iterator[tuple[int, Any]]:
        waiting: deque[tuple[Chunk[Any], Future]] = deque()
        ahead = min(work.bounds.ahead, _AHEAD)
        size = threads = 0
        looked = -_LOOK_SECONDS
        try:
            for chunk in chunks:
                if monotonic() - looked > _LOOK_SECONDS:  # workers come and go
                    threads, looked = self._count_threads(client), monotonic()
                most = ahead * max(1, threads)
                while waiting and (len(waiting) >= most or size + chunk.size > _AHEAD_BYTES):
                    settled, result = self._settle_first(client, work, waiting, submit)
                    size -= settled.size
                    yield settled.count, result
                waiting.append((chunk, submit(chunk)))
                size += chunk.size
            while waiting:
                settled, result = self._settle_first(client, work, waiting, submit)
                yield settled.count, result
        finally:
            if waiting and client.status == "running":
                with suppress(OSError):
                    client.cancel([future for _, future in waiting], force=True)

    def _settle_first(
        self,
        client: Client,
        work: Work[Any, Any],
        waiting: deque[tuple[Chunk[Any], Future]],
        submit: Callable[[Chunk[Any]], Future],
    ) -> tuple[Chunk[Any], Any]:
        """Return the next chunk (in order, or any that is done) with its result."""
        if not work.in_order:
            self._wait_for_any(client, waiting)
        chunk, future = waiting.popleft()
        try:
            return chunk, self._wait(client, future)
        except KilledWorker:
            pass  # several workers ended while they held it
        # Retried in parts, one at a time, because Dask blames every task that a worker held when it ended.
        results = []
        for payload in work.split(chunk.payload):
            try:
                results.append(self._wait(client, submit(Chunk(1, payload))))
            except KilledWorker:
                reason = "it ended every worker that worked on it"
                results.append(work.on_failure(payload, reason, End.KILLED))
        return chunk, work.join(results)

    def _wait(self, client: Client, future: Future) -> Any:
        last_seen = monotonic()
        while True:
            try:
                return pickle.loads(future.result(timeout=_LOOK_SECONDS))  # noqa: S301  # of our workers
            except TimeoutError:
                if future.status == "error":
                    raise  # raised by the work itself
                last_seen = self._look_for_workers(client, last_seen)
            except (CancelledError, ClosedClientError, OSError):
                if future.status == "error":
                    raise
                raise _tell_gone(self.place) from None

    def _wait_for_any(self, client: Client, waiting: deque[tuple[Chunk[Any], Future]]) -> None:
        """Move a finished chunk to the front, to be settled as usual."""
        last_seen = monotonic()
        while not (done := [number for number, (_, future) in enumerate(waiting) if future.done()]):
            if not self._woken.wait(_LOOK_SECONDS):
                last_seen = self._look_for_workers(client, last_seen)
            self._woken.clear()
        waiting.rotate(-done[0])

    def _count_threads(self, client: Client) -> int:
        with _asking(self.place):
            return sum(client.nthreads().values())

    def _look_for_workers(self, client: Client, last_seen: float) -> float:
        """Return when workers were last seen.

        Raises:
            EngineError: too long ago.
        """
        now = monotonic()
        if self._count_threads(client):
            return now
        if now - last_seen > _GONE_SECONDS:
            raise EngineError(f"{self.place} has had no workers for {_GONE_SECONDS:g} s: {_KEPT}")
        return last_seen


@contextmanager
def _asking(place: str) -> Iterator[None]:
    """Turn Dask's errors about a lost scheduler into a message for people.

    The block must contain only calls to the scheduler: an OSError of the work, or of the chunks' source, is not its.
    """
    try:
        yield
    except (CancelledError, ClosedClientError, OSError):
        raise _tell_gone(place) from None


def _tell_gone(place: str) -> EngineError:
    return EngineError(f"the Dask scheduler on {place} ended or is no longer reachable: {_KEPT}")
