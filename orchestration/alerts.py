"""Alerts for people who do not watch the UI: when one is due, and how it is sent.

`automation.py` has the sensors and the messages about failed and late runs.
"""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from orchestration.refreshes import Refresh
from orchestration.settings import require_web_address

LATE_AFTER = timedelta(hours=36)  # the schedule publishes each day
MAX_ATTEMPTS = 3  # failed refreshes of the same files, after which the sensor requests no more
GOOD, LATE, STOPPED = "published", "late", "stopped"
_TIMEOUT_SECONDS = 10  # for each step of the exchange
_DEADLINE_SECONDS = 20  # for the whole exchange: a server that sends a byte now and then never times out


@dataclass(frozen=True, slots=True)
class Freshness:
    """State of the published data, and the message about it."""

    code: str  # published, late, stopped
    text: str


def judge_freshness(now: datetime, last: Refresh | None, failures: int) -> Freshness:
    """Return how fresh the published marts are.

    Args:
        now: with its time zone.
        last: the last successful refresh; None before the first, which cannot be late.
        failures: number of refreshes that failed for the present files.
    """
    since = f"since {last.finished_at}" if last else "yet"
    if failures >= MAX_ATTEMPTS:
        return Freshness(
            STOPPED,
            f"发布已停止: nothing has been published {since}, because the refresh for the current files failed "
            f"{failures} times; see the runs in the UI",
        )
    if last is None:
        return Freshness(GOOD, "nothing has been published yet")
    age = now - datetime.fromisoformat(last.finished_at)
    if age > LATE_AFTER:
        hours = int(age.total_seconds() // 3600)
        return Freshness(LATE, f"刷新延迟: nothing has been published {since}, for {hours} hours")
    return Freshness(GOOD, f"已恢复发布: last published {last.finished_at}")


def post_alert(url: str, message: dict[str, str], deadline_seconds: float = _DEADLINE_SECONDS) -> None:
    """Post `message` as JSON; redirects are not followed.

    Raises:
        ValueError: `url` is neither http nor https.
        OSError: the server cannot be reached, answers with an error or a redirect, or does not answer in time.
    """
    request = urllib.request.Request(  # noqa: S310  # http(s) only
        require_web_address(url, "FAZHI_ALERT_WEBHOOK"),
        json.dumps(message, ensure_ascii=False).encode(),
        {"Content-Type": "application/json"},
    )
    errors: list[Exception] = []

    def send() -> None:
        try:
            with urllib.request.build_opener(_NoRedirect).open(request, timeout=_TIMEOUT_SECONDS):
                pass
        except Exception as error:  # raised again below, in the thread that asked
            errors.append(error)

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    thread.join(deadline_seconds)
    if thread.is_alive():
        raise TimeoutError(f"the alert webhook did not answer within {deadline_seconds:g} s")
    for error in errors:
        if isinstance(error, OSError):
            raise error
        raise OSError(f"the alert webhook's answer is not HTTP: {error!r}") from error


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an error: messages go only to the address that was set."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> None:
        """Raises: HTTPError."""
        raise urllib.error.HTTPError(req.full_url, code, f"redirects to {newurl}, not followed", headers, fp)
