"""`make ui`: the processes of the web UI, started together and ended together.

They are those of `dagster dev`: a code server, the web server (behind the guard) and, unless it is
read-only, the daemon with sensor and schedule. In addition there is the server that runs are forked from.
`dagster dev` itself does not allow for the guard, and waits for minutes to stop during a run. Here SIGTERM and
SIGINT end everything within `STOP_SECONDS`, whether started by a terminal, a background script or a service manager.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter
from sqlalchemy.exc import DBAPIError

from orchestration.deployment.run_launcher import ADDRESS
from orchestration.deployment.web_server import HOST
from orchestration.settings import PROJECT_DIR, Settings
from orchestration.warehouse.connection import is_locked

STOP_SECONDS = 15
_GRACE_SECONDS = 6  # between the request to end and the kill
_TAKEN_DOWN_SECONDS = 5  # until killed processes are gone
_LOAD_SECONDS = 180
_MAX_SOCKET_PATH_CHARS = 100  # the system's limit is 107
_POLL_SECONDS = 0.2
_UNDER_WAY = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]
_PR_SET_PDEATHSIG = 1


class _Stopped(Exception):  # noqa: N818  # a signal, not an error
    """SIGTERM or SIGINT was received."""


def serve(settings: Settings, port: int, *, read_only: bool = False) -> int:
    """Run the web UI until a signal ends it; the data folder is prepared. Returns the exit code.

    Args:
        read_only: only show, next to another `make ui` that has the daemon.

    Raises:
        OSError: the port is taken.
        RuntimeError: one of the processes ended by itself, or the code location did not load in time.
    """
    _require_free(port)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _stop)  # background jobs of a shell inherit that SIGINT is ignored
    services: dict[str, subprocess.Popen[bytes]] = {}
    with tempfile.TemporaryDirectory(prefix="fazhi-ui-", dir=_socket_folder()) as folder:
        try:
            _start(services, Path(folder), port, read_only=read_only)
            if not read_only and sys.platform == "linux":  # elsewhere fork is unsafe or unavailable
                _start_run_server(services, settings, Path(folder) / "runs.sock")
            print(f"Serving on http://{HOST}:{port}{' (read-only)' if read_only else ''}", file=sys.stderr)
            _watch(services)
        except _Stopped:
            return 0
        finally:
            if not read_only:
                (settings.dagster_home / ADDRESS).unlink(missing_ok=True)
                _note_runs(settings, DagsterInstance.report_run_canceling)
            _end(services.values())
            if not read_only and not is_locked(settings.warehouse):
                _note_runs(settings, DagsterInstance.report_run_canceled)


def _start(services: dict[str, subprocess.Popen[bytes]], folder: Path, port: int, *, read_only: bool) -> None:
    """Start the services, the code server first because the others load its definitions only once."""
    endpoint = folder / "code.sock"
    workspace = folder / "workspace.yaml"
    location = {"grpc_server": {"socket": str(endpoint), "location_name": "fazhi"}}
    workspace.write_text(json.dumps({"load_from": [location]}), encoding="utf-8")  # JSON is YAML
    scripts = Path(sys.executable).parent
    code = ["--module-name", "orchestration.definitions", "--working-directory", str(PROJECT_DIR)]
    code += ["--location-name", "fazhi", "--log-level", "warning"]
    services["code server"] = _launch(
        [str(scripts / "dagster"), "code-server", "start", "--socket", str(endpoint), *code]
    )
    deadline = time.monotonic() + _LOAD_SECONDS
    while not endpoint.exists():
        _require_alive(services)
        if time.monotonic() > deadline:
            raise RuntimeError(f"the code location was not loaded within {_LOAD_SECONDS} s")
        time.sleep(_POLL_SECONDS)
    common = ["--workspace", str(workspace)]
    web = [sys.executable, "-m", "orchestration.deployment.web_server", "--port", str(port), *common]
    services["web server"] = _launch([*web, *(["--read-only"] if read_only else [])])
    if not read_only:
        services["daemon"] = _launch([str(scripts / "dagster-daemon"), "run", *common])


def _start_run_server(
    services: dict[str, subprocess.Popen[bytes]], settings: Settings, socket_path: Path
) -> None:
    """Start the server from which `run_launcher` requests runs; until it has loaded, they start without it."""
    services["run server"] = _launch(
        [sys.executable, "-m", "orchestration.deployment.run_server", str(socket_path)]
    )
    (settings.dagster_home / ADDRESS).write_text(str(socket_path), encoding="utf-8")


def _launch(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a service as the leader of its own process group, which includes its runs."""

    def become_service() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        if sys.platform == "linux":  # it ends if this process is killed
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    return subprocess.Popen(  # noqa: S603  # our own arguments
        command,
        cwd=PROJECT_DIR,
        process_group=0,
        preexec_fn=become_service,  # safe: this process has one thread
    )


def _watch(services: dict[str, subprocess.Popen[bytes]]) -> NoReturn:
    while True:
        _require_alive(services)
        time.sleep(_POLL_SECONDS)


def _require_alive(services: dict[str, subprocess.Popen[bytes]]) -> None:
    for name, process in services.items():
        if process.poll() is not None:
            raise RuntimeError(f"the {name} of the web UI ended with exit code {process.returncode}")


def _stop(number: int, _frame: object) -> None:
    for later in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(later, signal.SIG_IGN)  # already ending
    print(f"{signal.Signals(number).name}: stopping the web UI …", file=sys.stderr)
    raise _Stopped


def _end(services: Iterable[subprocess.Popen[bytes]]) -> None:
    """Ask all groups to end, then kill what is left of them, including runs and their workers."""
    groups = [process.pid for process in services]
    # A killed process keeps its files and the run lock until the system has removed it.
    for number, seconds in ((signal.SIGTERM, _GRACE_SECONDS), (signal.SIGKILL, _TAKEN_DOWN_SECONDS)):
        for group in groups:
            _signal(group, number)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and any(_signal(group, 0) for group in groups):
            for process in services:
                process.poll()  # a zombie keeps its group alive
            time.sleep(_POLL_SECONDS)


def _signal(group: int, number: int) -> bool:
    """Send a signal; return whether the group had any process."""
    with suppress(ProcessLookupError):
        os.killpg(group, number)
        return True
    return False


def _note_runs(settings: Settings, report: Callable[[DagsterInstance, DagsterRun, str], object]) -> None:
    """Mark the current runs as being cancelled or as cancelled; the sensor then requests them again.

    Otherwise they would count as failures, of which the sensor accepts three. Runs of `make run` are left out,
    because no daemon launched them.
    """
    try:
        with DagsterInstance.get() as instance:
            for run in instance.get_runs(RunsFilter(statuses=_UNDER_WAY)):
                if run.remote_job_origin is not None:
                    report(instance, run, "The web UI was stopped; the next refresh continues the work.")
    except DBAPIError as error:  # a full disk must not keep the processes alive
        print(
            f"cannot record which runs were active in {settings.dagster_home}: {error.orig}", file=sys.stderr
        )


def _require_free(port: int) -> None:
    """Raises: OSError if something listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise OSError(f"cannot serve on {HOST}:{port}: {error.strerror}; choose another PORT=") from None


def _socket_folder() -> str | None:
    """Return the folder of the code server's socket: the system's temporary folder, if its path is short enough."""
    return "/tmp" if len(tempfile.gettempdir()) > _MAX_SOCKET_PATH_CHARS - 40 else None  # noqa: S108
