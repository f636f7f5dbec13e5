"""Jobs, the sensor on the reports folder, the daily schedule, and alerts.

The sensor's decision is a pure function; `assets/` defines what a run does.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg

from orchestration.alerts import GOOD, LATE_AFTER, MAX_ATTEMPTS, judge_freshness, post_alert
from orchestration.refreshes import fingerprint_inputs, read_refresh
from orchestration.settings import Settings
from orchestration.warehouse.connection import is_locked

INPUTS_TAG = "fazhi/inputs"
WHOLE_BUILD_TAG = "fazhi/whole_build"  # of runs in which dbt builds everything and all rows are checked
SENSOR_SECONDS = 1  # between ticks; each tick watches the folder for some seconds
WATCH_SECONDS = 10.0
SETTLED_SECONDS = 2.0  # without a change, before files count as completely written
_LOOK_SECONDS = 0.5
_LOOKS_SHARE = 5  # listing a large folder takes at most a fifth of the time
FRESHNESS_SENSOR_SECONDS = 600
STARTING_SECONDS = 120  # a run needs some 5 s from its start to its run lock

REFRESH = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.all(),
    description="Process new and changed files, up to the published marts (刷新).",
)
REBUILD = dg.define_asset_job(
    "rebuild",
    selection=dg.AssetSelection.all(),
    config={"resources": {"rebuild": {"config": {"everything": True}}}},
    description=(
        "Reprocess all reports (重建). For one year or one report, set resources.rebuild.config to "
        "{year: 2024, everything: false} or {report_id: …, everything: false}."
    ),
)
PUBLISH = dg.define_asset_job(
    "publish",
    selection=dg.AssetSelection.assets(["published", "warehouse"]),
    description="Publish the marts as they are in the warehouse, if the last transform succeeded (发布).",
)
JOBS = [REFRESH, REBUILD, PUBLISH]


@dataclass(frozen=True, slots=True)
class Decision:
    """The result of a sensor tick: request a run with this number, or the reason not to."""

    attempt: int | None
    reason: str
    is_changing: bool = False


def decide_refresh(
    inputs: str, seen_before: str | None, published: str | None, attempts: Sequence[dg.DagsterRunStatus]
) -> Decision:
    """Decide whether to request a refresh for the current inputs.

    Args:
        inputs: hash of the listing of the reports folder and of the code.
        seen_before: the same hash at the previous check; files that are still being written change it.
        published: the inputs of the last successful refresh.
        attempts: states of the runs already requested for these inputs.
    """
    if inputs == published:
        return Decision(None, "nothing new in the reports folder")
    if inputs != seen_before:
        return Decision(None, "the reports folder is changing; waiting until it is stable", is_changing=True)
    if any(status not in _ENDED for status in attempts):
        return Decision(None, "a refresh for these files is in progress")
    failed = _count_failures(attempts)
    if failed >= MAX_ATTEMPTS:
        return Decision(
            None,
            f"the refresh for these files failed {failed} times; see the runs, then change a file or start one by hand",
        )
    return Decision(len(attempts) + 1, "new or changed files")


_ENDED = {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}


def _list_attempts(instance: dg.DagsterInstance, inputs: str) -> list[dg.DagsterRunStatus]:
    """Return the states of the refreshes requested for these inputs."""
    runs = instance.get_runs(dg.RunsFilter(job_name=REFRESH.name, tags={INPUTS_TAG: inputs}))
    return [run.status for run in runs]


def _count_failures(attempts: Sequence[dg.DagsterRunStatus]) -> int:
    return sum(status == dg.DagsterRunStatus.FAILURE for status in attempts)


@dg.sensor(
    job=REFRESH,
    minimum_interval_seconds=SENSOR_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Requests one refresh when files in the reports folder or the code have changed.",
)
def reports_sensor(
    context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]
) -> dg.SensorResult | dg.SkipReason:
    """Request one run for any number of new files; an unreadable folder fails the tick.

    A tick watches the folder for some seconds, because Dagster checks for due ticks only every five seconds.
    """
    fail_dead_runs(context.instance, settings)
    deadline = time.monotonic() + WATCH_SECONDS
    settled: str | None = None
    while True:
        started = time.monotonic()
        inputs = fingerprint_inputs(settings)
        last = read_refresh(settings)
        attempts = _list_attempts(context.instance, inputs)
        decision = decide_refresh(inputs, settled, last.inputs if last else None, attempts)
        if decision.attempt is not None:
            # Dagster never launches a run key twice, even after a failure, so the attempt is part of it.
            request = dg.RunRequest(run_key=f"{inputs}-{decision.attempt}", tags={INPUTS_TAG: inputs})
            return dg.SensorResult(run_requests=[request])
        looked = time.monotonic() - started
        if time.monotonic() > deadline:
            return dg.SkipReason(decision.reason)
        time.sleep(max(SETTLED_SECONDS if decision.is_changing else _LOOK_SECONDS, _LOOKS_SHARE * looked))
        settled = inputs


def fail_dead_runs(instance: dg.DagsterInstance, settings: Settings) -> list[str]:
    """Mark runs whose process was killed as failed, because they would block the run queue.

    Dagster cannot check the processes of its default launcher or of `make run`. But each
    run holds the run lock until it ends: if the lock is free, and still free a second
    later (a waiting run would have taken it), runs that started a while ago are dead.

    Returns:
        Ids of the runs found dead.
    """
    long_ago = time.time() - STARTING_SECONDS
    started = [
        record.dagster_run
        for record in instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
        if record.start_time is not None and record.start_time < long_ago
    ]
    if not started or is_locked(settings.warehouse):
        return []
    time.sleep(1)
    if is_locked(settings.warehouse):
        return []
    for run in started:
        instance.report_run_failed(
            run, "The process of this run is gone; the next refresh continues its work."
        )
    return [run.run_id for run in started]


@dg.schedule(
    job=REFRESH,
    cron_schedule="30 5 * * *",
    execution_timezone="Asia/Shanghai",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="A refresh each morning, even when nothing is new, to prove that the marts are up to date.",
)
def daily_refresh() -> dg.RunRequest:
    """Runs at 05:30 Beijing time."""
    return dg.RunRequest(tags={WHOLE_BUILD_TAG: "daily"})


FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=LATE_AFTER, warn_window=timedelta(hours=26))


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
    failed = _count_failures(_list_attempts(context.instance, inputs))
    is_published = last is not None and last.inputs == inputs
    state = judge_freshness(datetime.now(UTC), last, 0 if is_published else failed)
    told = context.cursor or GOOD
    if state.code == told:
        return dg.SkipReason(state.text)
    post_alert(settings.alert_webhook, {"text": state.text, "state": state.code, "job": REFRESH.name})
    context.update_cursor(state.code)
    return dg.SkipReason(f"sent: {state.text}")


@dg.logger(
    config_schema={"log_level": dg.Field(str, default_value="INFO", description="lowest level to print")},
    description="Prints one short line per message on the terminal, to show the progress of a run.",
)
def terminal_logger(context: dg.InitLoggerContext) -> logging.Logger:
    """Log messages without Dagster's run ids and event types; the UI has the full ones."""
    logger = logging.Logger("fazhi", level=context.logger_config["log_level"])
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_ShortFormatter())
    # Dagster's own events (steps skipped after a failure, …) are in the UI; the end of a run lists what failed.
    handler.addFilter(lambda record: getattr(record, "dagster_meta", {}).get("dagster_event") is None)
    logger.addHandler(handler)
    return logger


class _ShortFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        message = getattr(record, "dagster_meta", {}).get("orig_message") or record.getMessage()
        return f"{self.formatTime(record, '%H:%M:%S')} {message}"
