"""The server from which runs are forked: what it refuses, and what the launcher does without it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from orchestration.deployment import run_server
from orchestration.deployment.run_launcher import ADDRESS, WarmRunLauncher
from orchestration.deployment.run_server import RunServer

REQUEST = {"run_id": "r1", "arguments": ["api", "execute_run", "{}"]}


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunServer:
    def fork() -> int:
        raise AssertionError("it forked")

    monkeypatch.setattr(run_server, "_load", lambda: "loaded")
    monkeypatch.setattr(run_server, "fingerprint_code", lambda settings: "loaded")
    monkeypatch.setattr(os, "fork", fork)
    return RunServer(tmp_path / "runs.sock")


def test_code_that_has_changed_since_it_was_loaded_is_not_run(
    server: RunServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_server, "_load_job", lambda arguments: None)
    with pytest.raises(AssertionError, match="it forked"):
        server._answer(REQUEST)
    monkeypatch.setattr(run_server, "fingerprint_code", lambda settings: "changed")
    answer, arguments = server._answer(REQUEST)
    assert "the code has changed" in answer["refused"]
    assert arguments is None


def test_unloadable_code_and_missing_jobs_are_not_run(server: RunServer) -> None:
    answer, _ = server._answer(REQUEST)  # {} is not a run
    assert "refused" in answer
    server.fingerprint = None
    answer, _ = server._answer(REQUEST)
    assert "refused" in answer


def test_only_its_own_runs_are_terminated(server: RunServer, monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: killed.append(pid))
    server.runs[4711] = "r1"
    assert server._answer({"terminate": "r2"}) == ({"terminated": False}, None)
    assert server._answer({"terminate": "r1"}) == ({"terminated": True}, None)
    assert killed == [4711]


class NextRoundError(Exception):
    """The server has reached its next round."""


@pytest.mark.parametrize("said", [b"", b'{"terminate": ', b"\xff\n"])
def test_a_client_that_breaks_off_does_not_end_the_server(
    server: RunServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    rounds = iter((None, NextRoundError()))

    def reap() -> None:
        if (end := next(rounds)) is not None:
            raise end

    monkeypatch.setattr(server, "_reap", reap)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(tmp_path / "runs.sock"))
        client.sendall(said)
    with pytest.raises(NextRoundError):
        server.wait()


@pytest.fixture
def launcher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WarmRunLauncher:
    class Instance:
        root_directory = str(tmp_path)

    made = WarmRunLauncher()
    monkeypatch.setattr(WarmRunLauncher, "_instance", Instance())
    return made


def test_without_an_answering_server_dagsters_own_launcher_is_used(
    launcher: WarmRunLauncher, tmp_path: Path
) -> None:
    assert launcher._ask(REQUEST) is None
    (tmp_path / ADDRESS).write_text(str(tmp_path / "gone.sock"))
    assert launcher._ask(REQUEST) is None


def test_a_run_is_cancelling_before_it_is_interrupted(
    launcher: WarmRunLauncher, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []

    class Run:
        is_finished = False

    def ask(self: WarmRunLauncher, request: dict[str, Any]) -> dict[str, Any]:
        happened.append(f"interrupted {request['terminate']}")
        return {"terminated": True}

    monkeypatch.setattr(WarmRunLauncher, "_ask", ask)
    monkeypatch.setattr(launcher._instance, "get_run_by_id", lambda run_id: Run(), raising=False)
    monkeypatch.setattr(
        launcher._instance, "report_run_canceling", lambda run: happened.append("cancelling"), raising=False
    )
    assert launcher.terminate("r1")
    assert happened == ["cancelling", "interrupted r1"]


@pytest.mark.parametrize(
    ("line", "answer"), [(b'{"pid": 5}\n', {"pid": 5}), (b"", None), (b"no JSON\n", None)]
)
def test_the_launcher_asks_the_server(
    launcher: WarmRunLauncher, tmp_path: Path, line: bytes, answer: dict[str, Any] | None
) -> None:
    address = tmp_path / "s"
    (tmp_path / ADDRESS).write_text(str(address))
    asked: list[Any] = []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(address))
        listener.listen()

        def serve() -> None:
            client, _ = listener.accept()
            with client, client.makefile("rb") as stream:
                asked.append(json.loads(stream.readline()))
                client.sendall(line)

        thread = threading.Thread(target=serve)
        thread.start()
        assert launcher._ask(REQUEST) == answer
        thread.join()
    assert asked == [REQUEST]


ENDING = """
import threading, time
from orchestration.deployment import run_server

threading.Thread(target=time.sleep, args=(600,)).start()  # like DuckDB's after an interrupted statement
run_server._run_and_end({arguments})
"""


@pytest.mark.parametrize(("arguments", "code"), [(["--version"], 0), (["no-such-command"], 2)])
def test_a_run_ends_though_one_of_its_threads_does_not(arguments: list[str], code: int) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", ENDING.format(arguments=arguments)],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ended.returncode == code
    assert "dagster" in ended.stdout + ended.stderr
