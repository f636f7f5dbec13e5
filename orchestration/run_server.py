"""The process from which `make ui` forks its runs: it has loaded Dagster, dbt's manifest and the pipeline.

A run that starts from nothing takes some 4 s of processor time before its first step. `run_launcher`
asks this server for a run over a socket; a child of it does what `dagster api execute_run` does. The
server itself opens no database, has no threads of its own and does nothing but wait. Code that has
changed since it was loaded is never run from here: the server refuses, and begins anew.
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
from typing import Any

from orchestration.engine.pool import keep_loaded, start_process_server
from orchestration.refreshes import fingerprint_code
from orchestration.settings import PROJECT_DIR, load_settings

MODULE = "orchestration.run_server"
_POLL_SECONDS = 0.5  # in which children that have ended are noticed
_TIMEOUT_SECONDS = 30.0  # loading a job is a matter of a second


class RunServer:
    """Answers one request at a time; in a child, `wait` returns what is to be run there.

    Attributes:
        runs: process id → run id of the children that have not ended.
        fingerprint: of the code that is loaded; None where it could not be loaded.
    """

    def __init__(self, address: Path) -> None:
        self.runs: dict[int, str] = {}
        self.fingerprint: str | None = _load()
        address.unlink(missing_ok=True)  # of this server before it began anew
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(address))
        self._listener.listen()
        self._listener.settimeout(_POLL_SECONDS)

    def wait(self) -> list[str]:
        """Serve for ever; returns, in the child of each run, the arguments of its command."""
        while True:
            self._reap()
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            with client, suppress(OSError, ValueError):  # the client has gone, before it said all or after
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
        """The answer to a client; or, in the child process that a request started, what to run."""
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
                os.kill(pid, signal.SIGINT)  # not waited for yet, so it is no other process's number
                return True
        return False

    def _reap(self) -> None:
        """Take note of children that have ended; what became of a run whose process broke off is for a child."""
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                pid, status = ended
                run_id = self.runs.pop(pid, None)
                if run_id is not None and status != 0 and os.fork() == 0:
                    self._listener.close()
                    _fail_run(run_id, status)
                    os._exit(0)


def _load() -> str | None:
    """Import what runs need; returns the fingerprint of it, None where it cannot be loaded."""
    settings = load_settings()
    fingerprint = fingerprint_code(settings)  # first: what changes from now on may or may not be loaded
    try:
        import dagster._cli
        import pandas
        import rjieba

        from orchestration import definitions
        from orchestration.engine import tasks
        from orchestration.versions import EXTRACT, INGEST, SEGMENT

        for stage in (INGEST, SEGMENT, EXTRACT):
            stage.version(settings.reference)  # it keeps which module imports which
    except Exception:  # the code server says why; runs then start from nothing: the error may be gone by then
        traceback.print_exc()
        return None
    del dagster, pandas, rjieba, definitions, tasks
    return fingerprint


def _load_job(arguments: list[str]) -> None:
    """Load the definitions of the job of a run; Dagster keeps them, and the child finds them there."""
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
                run, f"The process of this run broke off ({how}); the next refresh takes up what it left."
            )


def _read_line(client: socket.socket) -> bytes:
    with client.makefile("rb") as stream:
        return stream.readline()


def main(address: str) -> None:
    """Serve; in a child, run and end."""
    server = RunServer(Path(address))
    keep_loaded()
    arguments = server.wait()
    start_process_server()  # it loads what reads files while the run begins
    os.chdir(PROJECT_DIR)
    from dagster._cli import cli

    cli.main(arguments, prog_name="dagster")


if __name__ == "__main__":
    main(sys.argv[1])
