"""When the sensor requests a refresh, and what it says when it does not."""

from __future__ import annotations

import http.server
import json
import threading

import pytest
from dagster import DagsterRunStatus

from orchestration.automation import MAX_ATTEMPTS, decide_refresh, post_alert

FAILURE, STARTED, SUCCESS = DagsterRunStatus.FAILURE, DagsterRunStatus.STARTED, DagsterRunStatus.SUCCESS


@pytest.mark.parametrize(
    ("seen_before", "published", "attempts", "attempt", "reason"),
    [
        pytest.param("now", "now", [], None, "nothing new", id="published"),
        pytest.param("before", None, [], None, "is changing", id="still changing"),
        pytest.param(None, None, [], None, "is changing", id="first look"),
        pytest.param("now", "before", [], 1, "new or changed", id="settled"),
        pytest.param("now", None, [STARTED], None, "under way", id="running"),
        pytest.param("now", None, [FAILURE], 2, "new or changed", id="second attempt"),
        pytest.param("now", None, [FAILURE] * MAX_ATTEMPTS, None, "failed 3 times", id="gives up visibly"),
        pytest.param(
            "now", "before", [SUCCESS], 2, "new or changed", id="succeeded long ago, files are back"
        ),
    ],
)
def test_decide_refresh(
    seen_before: str | None,
    published: str | None,
    attempts: list[DagsterRunStatus],
    attempt: int | None,
    reason: str,
) -> None:
    decision = decide_refresh("now", seen_before, published, attempts)
    assert decision.attempt == attempt
    assert reason in decision.reason


def test_an_alert_reaches_a_webhook() -> None:
    received: list[bytes] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        post_alert(f"http://127.0.0.1:{server.server_port}/", {"text": "刷新失败"})
        thread.join()
    assert json.loads(received[0]) == {"text": "刷新失败"}


def test_an_alert_goes_to_no_file() -> None:
    with pytest.raises(ValueError, match="http"):
        post_alert("file:///etc/passwd", {})
