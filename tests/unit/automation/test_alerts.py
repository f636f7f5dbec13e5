"""When people are alerted, and that no webhook delays a run or a sensor."""

from __future__ import annotations

import http.server
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from orchestration import settings
from orchestration.automation.alerts import GOOD, LATE, STOPPED, freshness_alert, judge_freshness, post_alert
from orchestration.automation.sensor import MAX_ATTEMPTS
from orchestration.refreshes import Refresh, Summary, write_refresh

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def published(hours_ago: float) -> Refresh:
    finished = (NOW - timedelta(hours=hours_ago)).isoformat(timespec="seconds")
    return Refresh("inputs", finished, Summary(0, {}, {}, 0, 0, 0, 0))


@pytest.mark.parametrize(
    ("last", "failures", "code", "says"),
    [
        pytest.param(None, 0, GOOD, "nothing has been published yet", id="before the first"),
        pytest.param(published(1), 0, GOOD, "last published", id="fresh"),
        pytest.param(published(35), 0, GOOD, "last published", id="a day and a half"),
        pytest.param(published(37), 0, LATE, "for 37 hours", id="late"),
        pytest.param(published(1), MAX_ATTEMPTS - 1, GOOD, "last published", id="tries again"),
        pytest.param(published(1), MAX_ATTEMPTS, STOPPED, "failed 3 times", id="gave up"),
        pytest.param(None, MAX_ATTEMPTS, STOPPED, "nothing has been published yet", id="never worked"),
        pytest.param(published(-5), 0, GOOD, "last published", id="clock set back"),
    ],
)
def test_judge_freshness(last: Refresh | None, failures: int, code: str, says: str) -> None:
    state = judge_freshness(NOW, last, failures)
    assert state.code == code
    assert says in state.text


class Webhook(http.server.BaseHTTPRequestHandler):
    """Answers by path: /ok, /moved, /moved-to-itself, /error; records what it receives."""

    received: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        self.received.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response({"/moved": 302, "/moved-to-itself": 307, "/error": 500}.get(self.path, 204))
        if "moved" in self.path:
            self.send_header("Location", "/ok" if self.path == "/moved" else self.path)
        self.end_headers()

    def do_GET(self) -> None:
        self.received.append((self.path, b""))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    received: list[tuple[str, bytes]] = []
    handler = type("Handler", (Webhook,), {"received": received})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", received
        server.shutdown()


@contextmanager
def dripping() -> Iterator[str]:
    """Yield the address of a server that sends its answer byte by byte and never ends."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = threading.Event()

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                while not done.wait(0.05):
                    try:
                        connection.sendall(b"H")
                    except OSError:
                        return

        threading.Thread(target=drip, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        done.set()


@pytest.mark.parametrize("scheme", ["http", "HTTP", "Http"])
def test_an_alert_reaches_a_webhook(webhook: tuple[str, list[tuple[str, bytes]]], scheme: str) -> None:
    address, received = webhook
    post_alert(address.replace("http", scheme, 1) + "/ok", {"text": "刷新失败"})
    ((path, body),) = received
    assert (path, json.loads(body)) == ("/ok", {"text": "刷新失败"})


@pytest.mark.parametrize(
    ("path", "says"), [("/moved", "not followed"), ("/moved-to-itself", "not followed"), ("/error", "500")]
)
def test_redirects_are_errors_and_not_followed(
    webhook: tuple[str, list[tuple[str, bytes]]], path: str, says: str
) -> None:
    address, received = webhook
    with pytest.raises(OSError, match=says):
        post_alert(address + path, {})
    assert [seen for seen, _ in received] == [path]


def test_a_webhook_that_never_ends_its_answer_is_given_up() -> None:
    started = time.monotonic()
    with dripping() as address, pytest.raises(TimeoutError, match="did not answer"):
        post_alert(address, {}, deadline_seconds=0.5)
    assert time.monotonic() - started < 5


def test_a_dead_webhook_is_an_error() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(OSError, match="refused"):
        post_alert(f"http://127.0.0.1:{port}/", {})


@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "ftp://host/", "gopher://host/", "//host/", "host", "http://", "javascript:1"],
)
def test_other_schemes_are_refused_when_settings_are_read_and_when_posting(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="http"):
        post_alert(address, {})
    monkeypatch.setenv("FAZHI_ALERT_WEBHOOK", address)
    with pytest.raises(ValueError, match=r"FAZHI_ALERT_WEBHOOK must be an http\(s\) address"):
        settings.load_settings()


def test_https_and_capitals_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    for address in ("https://example.org/hook", "HTTPS://example.org/hook"):
        monkeypatch.setenv("FAZHI_ALERT_WEBHOOK", address)
        assert settings.load_settings().alert_webhook == address


def test_people_are_alerted_once_about_late_publishing_and_once_about_its_return(
    webhook: tuple[str, list[tuple[str, bytes]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, received = webhook
    for name, value in {
        "REPORTS": tmp_path,
        "DATA": tmp_path / "data",
        "ALERT_WEBHOOK": f"{address}/error",
    }.items():
        monkeypatch.setenv(f"FAZHI_{name}", str(value))
    installed = settings.load_settings()
    installed.published.mkdir(parents=True)
    for path in (installed.warehouse, installed.published / "fazhi.duckdb"):
        path.touch()
    write_refresh(installed, "inputs", published(0).summary)
    record = installed.published / "refresh.json"
    fresh = record.read_text()
    late = json.dumps({**json.loads(fresh), "finished_at": "2020-01-01T00:00:00+00:00"})
    instance = dg.DagsterInstance.ephemeral()

    def tick(cursor: str | None, webhook: str = "/ok") -> str | None:
        at = replace(installed, alert_webhook=address + webhook)
        context = dg.build_sensor_context(instance=instance, cursor=cursor, resources={"settings": at})
        freshness_alert(context)
        return context.cursor

    assert tick(None) is None and received == []
    record.write_text(late)
    with pytest.raises(OSError):
        tick(None, "/error")
    assert tick(None) == LATE
    assert tick(LATE) == LATE
    record.write_text(fresh)
    assert tick(LATE) == GOOD
    told = [json.loads(body)["state"] for path, body in received if path == "/ok"]
    assert told == [LATE, GOOD]
