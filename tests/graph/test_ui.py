"""`make ui` as a service: what it refuses from other pages, also in a browser, and how it stops.

One server serves all tests in this file; the last test stops it.
"""

from __future__ import annotations

import http.server
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from orchestration.deployment.ui import STOP_SECONDS
from orchestration.settings import PROJECT_DIR
from tests.graph.conftest import Installation

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
LAUNCH = """
mutation { launchRun(executionParams: {
  selector: {repositoryName: "__repository__", repositoryLocationName: "fazhi", jobName: "refresh"},
  runConfigData: {resources: {rebuild: {config: {everything: true}}}}, mode: "default"
}) { __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }
"""
RUNS = "{ runsOrError { ... on Runs { results { runId status tags { key } } } } }"
EVENTS = """
{ logsForRun(runId: "RUN") { ... on EventConnection { events { ... on MessageEvent { message } } } } }
"""
TERMINATE = 'mutation { terminateRun(runId: "RUN") { __typename } }'


@dataclass
class Ui:
    """A running `make ui`."""

    installation: Installation
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"

    def ask(self, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
        """Return status and body; `body` is sent as JSON by POST."""
        data = None if body is None else json.dumps(body).encode()
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(
            self.origin + path, data, {"Content-Type": "application/json"} | names
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def runs(self) -> dict[str, str]:
        """Return the state of each run, except those the sensor launched, from the UI's GraphQL."""
        status, body = self.ask("/graphql", {"query": RUNS}, Origin=self.origin)
        assert status == 200, body
        return {
            run["runId"]: run["status"]
            for run in json.loads(body)["data"]["runsOrError"]["results"]
            if "dagster/sensor_name" not in {tag["key"] for tag in run["tags"]}
        }

    def launch(self) -> str:
        """Launch a run and return its id once it has started; the sensor's first run may come first."""
        status, body = self.ask("/graphql", {"query": LAUNCH}, Origin=self.origin)
        launched = json.loads(body)["data"]["launchRun"]
        assert (status, launched["__typename"]) == (200, "LaunchRunSuccess"), body
        run_id: str = launched["run"]["runId"]
        wait_for(lambda: self.runs()[run_id] != "QUEUED", 300, "the runs before")
        wait_for(lambda: self.runs()[run_id] == "STARTED", 60, "the run to begin")
        return run_id

    def terminate(self, run_id: str) -> str:
        """Terminate a run and return the state in which it ends."""
        status, body = self.ask("/graphql", {"query": TERMINATE.replace("RUN", run_id)}, Origin=self.origin)
        assert (status, "TerminateRunSuccess" in body) == (200, True), body
        wait_for(lambda: self.runs()[run_id] in {"CANCELED", "SUCCESS", "FAILURE"}, 60, "the run to end")
        return self.runs()[run_id]

    def forked(self) -> list[int]:
        """Return the process ids of runs forked from the run server, which has loaded everything."""
        mark = b"orchestration.deployment.run_server"
        parents: dict[int, int] = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if mark in (folder / "cmdline").read_bytes().split(b"\0") and self.owns(folder):
                    parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
                    parents[int(folder.name)] = int(parent)
        return [pid for pid, parent in parents.items() if parent in parents]

    def forked_run(self, run_id: str) -> int:
        """Return the process id that the launcher noted for a run; other runs may be active too."""
        noted: list[str] = []

        def ask() -> bool:
            status, body = self.ask("/graphql", {"query": EVENTS.replace("RUN", run_id)}, Origin=self.origin)
            assert status == 200, body
            events = json.loads(body)["data"]["logsForRun"]["events"]
            noted.extend(re.findall(r"Forked a process for the run \(pid: (\d+)\)", json.dumps(events)))
            return bool(noted)

        wait_for(ask, 30, "the launcher to note the process")  # the run does not wait for this note
        return int(noted[0])

    def owns(self, folder: Path) -> bool:
        """Return whether a process belongs to this installation."""
        mark = f"DAGSTER_HOME={self.installation.settings.dagster_home}".encode()
        return mark in (folder / "environ").read_bytes().split(b"\0")

    def processes(self) -> list[str]:
        """Return the command lines of all processes of this installation."""
        found = []
        for folder in Path("/proc").iterdir():
            try:
                if folder.name.isdigit() and self.owns(folder):
                    found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:  # it has just ended
                continue
        return [line for line in found if line]  # a zombie has no command line


@pytest.fixture(scope="module")
def ui(
    install: Callable[[Path | None], Installation], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ui]:
    if sys.platform != "linux":
        pytest.skip("looks at processes in /proc")
    installation = install(PROJECT_DIR / "seeds" / "reports")
    installation.settings.warehouse.unlink()  # tests wait for the first run to write it
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("ui") / "ui.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestration", "ui", "--port", str(port)],
            cwd=PROJECT_DIR,
            env={**os.environ, **installation.settings.environment(), "FAZHI_WORKERS": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # as a background job of a shell
        )
    started = Ui(installation, port, process, log)
    try:
        wait_for(lambda: started.process.poll() is not None or answers(started), 180, "the web UI")
        assert process.poll() is None, log.read_text()
        yield started
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(STOP_SECONDS)


def answers(ui: Ui) -> bool:
    try:
        return ui.ask("/server_info")[0] == 200
    except OSError:
        return False


def wait_for(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:g} s for {what}"
        time.sleep(0.2)


def test_it_listens_on_the_loopback_address_alone(ui: Ui) -> None:
    table = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
    local = [line.split()[1] for line in table.splitlines() if " 0A " in line]
    assert [address.split(":")[0] for address in local if address.endswith(f":{ui.port:04X}")] == ["0100007F"]


def test_no_other_page_starts_a_run(ui: Ui) -> None:
    by_get = "/graphql?query=" + quote(LAUNCH)
    assert ui.ask(by_get)[0] == 405
    assert ui.ask(by_get, Origin="http://evil.example")[0] == 403
    assert ui.ask(by_get, {}, Content_Type="text/plain", Origin="http://evil.example")[0] == 403
    assert ui.ask("/graphql", {"query": LAUNCH}, Origin="http://evil.example")[0] == 403
    assert ui.ask("/graphql", {"query": LAUNCH}, Origin="http://localhost:8000")[0] == 403
    assert ui.ask("/graphql", {"query": LAUNCH}, Host="evil.example")[0] == 403
    assert ui.ask("/report_asset_materialization/published", {}, Origin="null")[0] == 403
    assert ui.ask("/", Host="evil.example:80")[0] == 403
    assert ui.runs() == {}


def test_no_other_page_opens_a_web_socket(ui: Ui) -> None:
    address = f"ws://localhost:{ui.port}/graphql"
    with connect(address, origin=ui.origin, subprotocols=["graphql-ws"]) as own:  # type: ignore[arg-type, list-item]
        own.send(json.dumps({"type": "connection_init"}))
        assert json.loads(own.recv(timeout=10))["type"] == "connection_ack"
    for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}):
        with pytest.raises(InvalidStatus) as refused, connect(address, additional_headers=headers):
            pass
        assert refused.value.response.status_code == 403


ATTACK = """<!doctype html><meta charset="utf-8"><title>attack</title>
<iframe name="sink"></iframe><iframe id="frame"></iframe>
<form id="form" method="post" target="sink" enctype="text/plain"></form>
<script>
const target = "TARGET", mutation = LAUNCH, seen = {};
const byGet = target + "/graphql?query=" + encodeURIComponent(mutation);
const attempt = (name, work) => work().then(v => seen[name] = v, e => seen[name] = "error: " + e);
const body = JSON.stringify({query: mutation});
const load = make => new Promise(done => make(() => done("loaded"), () => done("failed")));
Promise.all([
  attempt("image", () => load((yes, no) => {
    const i = new Image(); i.onload = yes; i.onerror = no; i.src = byGet; })),
  attempt("no-cors get", () => fetch(byGet, {mode: "no-cors"}).then(r => r.type)),
  attempt("no-cors post", () => fetch(byGet, {mode: "no-cors", method: "POST", body}).then(r => r.type)),
  attempt("cors post", () => fetch(target + "/graphql", {
    method: "POST", headers: {"Content-Type": "application/json"}, body}).then(r => r.status)),
  attempt("beacon", async () => navigator.sendBeacon(byGet, body)),
  attempt("form", async () => { const f = document.getElementById("form"); f.action = byGet; f.submit(); }),
  attempt("frame", () => load((yes, no) => {
    const f = document.getElementById("frame"); f.onload = yes; f.onerror = no; f.src = byGet; })),
  attempt("socket", () => new Promise(done => {
    const s = new WebSocket(target.replace("http", "ws") + "/graphql", "graphql-ws");
    s.onopen = () => done("open"); s.onerror = () => done("refused"); })),
]).then(() => new Promise(done => setTimeout(done, 1000)))
  .then(() => fetch("/seen", {method: "POST", body: JSON.stringify(seen)}));
</script>"""


@pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium: pages of other origins were NOT tried in a browser"
)
def test_a_page_on_another_port_can_do_nothing_in_a_browser(ui: Ui, tmp_path: Path) -> None:
    seen: list[dict[str, str]] = []
    page = ATTACK.replace("TARGET", ui.origin).replace("LAUNCH", json.dumps(LAUNCH))

    class Evil(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def do_POST(self) -> None:
            seen.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Evil) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = browse(f"http://localhost:{server.server_port}/", tmp_path)
        try:
            wait_for(lambda: bool(seen), 60, "the attacks")
        finally:
            browser.kill()
            browser.wait()
            server.shutdown()
    assert seen[0]["socket"] == "refused"
    assert seen[0]["image"] == "failed"
    assert seen[0]["cors post"].startswith("error")
    assert ui.runs() == {}


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: the UI was NOT looked at in a browser")
def test_the_ui_itself_works_behind_the_guard(ui: Ui, tmp_path: Path) -> None:
    browser = browse(f"{ui.origin}/locations", tmp_path, "--dump-dom", "--virtual-time-budget=30000")
    try:
        dom, _ = browser.communicate(timeout=90)
    finally:
        browser.kill()
    assert "fazhi" in dom.decode() and "Loaded" in dom.decode()


def browse(address: str, folder: Path, *flags: str) -> subprocess.Popen[bytes]:
    assert CHROMIUM is not None
    common = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    common += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    common += [f"--user-data-dir={folder / 'profile'}", *flags]
    return subprocess.Popen([CHROMIUM, *common, address], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def test_a_run_whose_process_is_killed_is_noted_as_failed_at_once(ui: Ui) -> None:
    """Otherwise the queue would wait for it: Dagster's own launcher does not know forked runs."""
    wait_for(lambda: bool(ui.processes()), 5, "the processes")
    run_id = ui.launch()
    os.kill(ui.forked_run(run_id), signal.SIGKILL)
    wait_for(lambda: ui.runs()[run_id] == "FAILURE", 30, "the run to be noted as failed")


def test_a_run_can_be_terminated(ui: Ui) -> None:
    for _ in range(3):
        run_id = ui.launch()
        process = ui.forked_run(run_id)
        end = ui.terminate(run_id)
        if end == "CANCELED":  # on a slow machine the run may end before the request arrives
            break
    assert end == "CANCELED"
    wait_for(lambda: process not in ui.forked(), 60, "its process to end")  # the sensor may have begun a run


def test_a_stop_ends_all_processes_and_cancels_the_run_in_progress(ui: Ui) -> None:
    """Scripts and service managers send SIGINT and SIGTERM to the whole process group."""
    run_id = ui.launch()
    wait_for(ui.installation.settings.warehouse.exists, 60, "the run to write")
    assert len(ui.processes()) > 3
    started = time.monotonic()
    os.killpg(ui.process.pid, signal.SIGINT)
    os.killpg(ui.process.pid, signal.SIGTERM)
    assert ui.process.wait(STOP_SECONDS) == 0, ui.log.read_text()[-3000:]
    assert time.monotonic() - started < STOP_SECONDS
    assert ui.processes() == []
    history = ui.installation.settings.dagster_home / "history" / "runs.db"
    with sqlite3.connect(history) as connection:
        states = dict(connection.execute("select run_id, status from runs"))
    assert states[run_id] == "CANCELED"
