"""The process from which `make ui` forks its runs, with Dagster, dbt's manifest and the pipeline loaded.

A run in a new process takes some 4 s of CPU time before its first step. `run_launcher`
requests a run from this server over a socket; a child process does what `dagster api execute_run` does. The
server itself opens no database, has no threads and only waits. It never runs code that has
changed since it was loaded: the server refuses the request and restarts itself.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from orchestration.engine.pool import keep_loaded, start_process_server
from orchestration.refreshes import fingerprint_code
from orchestration.settings import PROJECT_DIR, load_settings

MODULE = "orchestration.deployment.run_server"
_POLL_SECONDS = 0.5  # interval to notice children that have ended
_TIMEOUT_SECONDS = 30.0  # loading a job takes about a second


class RunServer:
    """Answers one request at a time; in a child, `wait` returns what to run there.

    Attributes:
        runs: process id → run id of the running children.
        fingerprint: hash of the loaded code; None if it could not be loaded.
    """

    def __init__(self, address: Path) -> None:
        self.runs: dict[int, str] = {}
        self.fingerprint: str | None = _load()
        address.unlink(missing_ok=True)  # left by this server before its restart
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(address))
        self._listener.listen()
        self._listener.settimeout(_POLL_SECONDS)

    def wait(self) -> list[str]:
        """Serve forever; in the child of each run, return the arguments of its command."""
        while True:
            self._reap()
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            with client, suppress(OSError, ValueError):  # the client has disconnected
                client.settimeout(_TIMEOUT_SECONDS)
                request = json.loads(_read_line(client))
                answer, arguments = self._answer(request)
                if arguments is not None:
                    self._listener.close()
                    return arguments
                client.sendall(json.dumps(answer).encode() + b"\n")
            if self.fingerprint != fingerprint_code(load_settings()) and not self.runs:
                os.execv(sys.executable, [sys.executable, "-m", MODULE, *sys.argv[1:]])  # noqa: S606

    def _answer(self, request: dict[str, Any]) -> tuple[dict[str, Any], list[str] | None]:
        """Return the answer to a client or, in the child process of a request, what to run."""
        if "terminate" in request:
            return {"terminated": self._terminate(request["terminate"])}, None
        if self.fingerprint is None or self.fingerprint != fingerprint_code(load_settings()):
            return {"refused": "the code has changed since it was loaded"}, None
        try:
            _load_job(request["arguments"])
        except Exception:
            return {"refused": traceback.format_exc()}, None
        pid = os.fork()
        if pid == 0:
            return {}, request["arguments"]
        self.runs[pid] = request["run_id"]
        return {"pid": pid}, None

    def _terminate(self, run_id: str) -> bool:
        for pid, one in self.runs.items():
            if one == run_id:
                os.kill(pid, signal.SIGINT)  # not reaped yet, so its number cannot belong to another process
                return True
        return False

    def _reap(self) -> None:
        """Reap children that have ended; a child records what became of a run whose process died."""
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                pid, status = ended
                run_id = self.runs.pop(pid, None)
                if run_id is not None and status != 0 and os.fork() == 0:
                    self._listener.close()
                    _fail_run(run_id, status)
                    os._exit(0)


def _load() -> str | None:
    """Import what runs need; return its fingerprint, or None if it cannot be loaded."""
    settings = load_settings()
    fingerprint = fingerprint_code(settings)  # first, because later changes may or may not be loaded
    try:
        import dagster._cli
        import pandas
        import rjieba

        from orchestration import definitions
        from orchestration.engine import tasks
        from orchestration.pipeline.versions import EXTRACT, INGEST, SEGMENT

        for stage in (INGEST, SEGMENT, EXTRACT):
            stage.version(settings.reference)  # caches which module imports which
    except Exception:  # the code server reports it; runs then start in new processes, maybe without the error
        traceback.print_exc()
        return None
    del dagster, pandas, rjieba, definitions, tasks
    return fingerprint


def _load_job(arguments: list[str]) -> None:
    """Load the definitions of a run's job; Dagster caches them, so the child has them."""
    from dagster._grpc.types import ExecuteRunArgs
    from dagster._serdes import deserialize_value
    from dagster._utils.hosted_user_process import recon_job_from_origin

    recon_job_from_origin(deserialize_value(arguments[-1], ExecuteRunArgs).job_origin).get_definition()


def _fail_run(run_id: str, status: int) -> None:
    import dagster as dg

    with dg.DagsterInstance.get() as instance:
        run = instance.get_run_by_id(run_id)
        if run is not None and not run.is_finished:
            code = os.waitstatus_to_exitcode(status)
            how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            instance.report_run_failed(
                run, f"The process of this run ended early ({how}); the next refresh continues its work."
            )


def _read_line(client: socket.socket) -> bytes:
    with client.makefile("rb") as stream:
        return stream.readline()


def _run_and_end(arguments: list[str]) -> NoReturn:
    """Run a command of Dagster and end the process at once.

    Python's own end would join DuckDB's threads, of which one may never end after an interrupted statement;
    the process would go on to hold the warehouse.
    """
    from dagster._cli import cli

    code = 1
    try:
        cli.main(arguments, prog_name="dagster")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main(address: str) -> None:
    """Serve; in a child, run and end."""
    server = RunServer(Path(address))
    keep_loaded()
    arguments = server.wait()
    start_process_server()  # it loads the readers while the run begins
    os.chdir(PROJECT_DIR)
    _run_and_end(arguments)


if __name__ == "__main__":
    main(sys.argv[1])
