"""Alerts for people who do not watch the UI: when one is due, and how it is sent."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from orchestration.automation.jobs import LATE_AFTER, REFRESH
from orchestration.automation.sensor import MAX_ATTEMPTS, count_failures, list_attempts
from orchestration.refreshes import Refresh, fingerprint_inputs, read_refresh
from orchestration.settings import Settings, require_web_address

FRESHNESS_SENSOR_SECONDS = 600
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


@dg.run_failure_sensor(
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Posts a JSON message to FAZHI_ALERT_WEBHOOK when a run fails; does nothing if it is not set.",
)
def failure_alert(context: dg.RunFailureSensorContext, settings: dg.ResourceParam[Settings]) -> None:
    """Tell people that a run failed, with its id, job and first error."""
    if settings.alert_webhook is None:
        return
    post_alert(
        settings.alert_webhook,
        {
            "text": f"{context.dagster_run.job_name} failed: {context.failure_event.message}",
            "run_id": context.dagster_run.run_id,
            "job": context.dagster_run.job_name,
            "error": context.failure_event.message or "",
        },
    )


@dg.sensor(
    minimum_interval_seconds=FRESHNESS_SENSOR_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        "Posts a JSON message to FAZHI_ALERT_WEBHOOK when the published marts are late or publishing has stopped, "
        "and when it resumes; does nothing if it is not set."
    ),
)
def freshness_alert(
    context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]
) -> dg.SkipReason:
    """Send one message per state; if that fails, the tick fails and the next one retries."""
    if settings.alert_webhook is None:
        return dg.SkipReason("FAZHI_ALERT_WEBHOOK is not set")
    inputs = fingerprint_inputs(settings)
    last = read_refresh(settings)
    failed = count_failures(list_attempts(context.instance, inputs))
    is_published = last is not None and last.inputs == inputs
    state = judge_freshness(datetime.now(UTC), last, 0 if is_published else failed)
    told = context.cursor or GOOD
    if state.code == told:
        return dg.SkipReason(state.text)
    post_alert(settings.alert_webhook, {"text": state.text, "state": state.code, "job": REFRESH.name})
    context.update_cursor(state.code)
    return dg.SkipReason(f"sent: {state.text}")
