"""Starts the runs of `make ui` from a process that has loaded everything (`run_server`).

`dagster.yaml` selects this class. If no server answers, as under `dagster dev`, or the code has
changed since the server loaded it, a run starts with Dagster's own launcher, the base class.
"""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

from dagster import DagsterRun
from dagster._core.launcher import DefaultRunLauncher, LaunchRunContext
from dagster._grpc.types import ExecuteRunArgs

ADDRESS = "run_server"  # in Dagster's home: file with the path of the server's socket
_TIMEOUT_SECONDS = 30.0


class WarmRunLauncher(DefaultRunLauncher):
    """Dagster's launcher for code servers, with a fast path if the run server answers."""

    def launch_run(self, context: LaunchRunContext) -> None:
        """Start a run; raises the same errors as Dagster's own launcher."""
        run, origin = context.dagster_run, context.job_code_origin
        if origin is not None:
            arguments = ExecuteRunArgs(origin, run.run_id, self._instance.get_ref()).get_command_args()
            command = list(arguments)[-3:]  # api execute_run {…}, after the interpreter
            answer = self._ask({"run_id": run.run_id, "arguments": command})
            if answer is not None and "pid" in answer:
                self._instance.report_engine_event(
                    f"Forked a process for the run (pid: {answer['pid']}).", run, cls=type(self)
                )
                return
        super().launch_run(context)

    def terminate(self, run_id: str) -> bool:
        """Interrupt a run, as Dagster does; return whether it existed."""
        run: DagsterRun | None = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        # Before it ends, because an ended run would keep this state.
        self._instance.report_run_canceling(run)
        answer = self._ask({"terminate": run_id})
        if answer is not None and answer["terminated"]:
            return True
        return bool(super().terminate(run_id))  # type: ignore[no-untyped-call]

    def _ask(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """Return the server's answer; None if there is no server or it does not answer."""
        try:
            address = (Path(self._instance.root_directory) / ADDRESS).read_text(encoding="utf-8")
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(_TIMEOUT_SECONDS)
                client.connect(address)
                client.sendall(json.dumps(request).encode() + b"\n")
                with client.makefile("rb") as stream:
                    line = stream.readline()
                return json.loads(line) if line else None
        except (OSError, ValueError):
            return None
