"""The sensor on the reports folder: when a refresh is requested.

The decision is a pure function.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg

from orchestration.automation.jobs import INPUTS_TAG, REFRESH
from orchestration.refreshes import fingerprint_inputs, read_refresh
from orchestration.settings import Settings
from orchestration.warehouse.connection import is_locked

MAX_ATTEMPTS = 3  # failed refreshes of the same files, after which the sensor requests no more
SENSOR_SECONDS = 1  # between ticks; each tick watches the folder for some seconds
WATCH_SECONDS = 10.0
SETTLED_SECONDS = 2.0  # without a change, before files count as completely written
_LOOK_SECONDS = 0.5
_LOOKS_SHARE = 5  # listing a large folder takes at most a fifth of the time
STARTING_SECONDS = 120  # a run needs some 5 s from its start to its run lock


@dataclass(frozen=True, slots=True)
class RefreshDecision:
    """The result of a sensor tick: request a run with this number, or the reason not to."""

    attempt: int | None
    reason: str
    is_changing: bool = False


def decide_refresh(
    inputs: str, seen_before: str | None, published: str | None, attempts: Sequence[dg.DagsterRunStatus]
) -> RefreshDecision:
    """Decide whether to request a refresh for the current inputs.

    Args:
        inputs: hash of the listing of the reports folder and of the code.
        seen_before: the same hash at the previous check; files that are still being written change it.
        published: the inputs of the last successful refresh.
        attempts: states of the runs already requested for these inputs.
    """
    if inputs == published:
        return RefreshDecision(None, "nothing new in the reports folder")
    if inputs != seen_before:
        return RefreshDecision(
            None, "the reports folder is changing; waiting until it is stable", is_changing=True
        )
    if any(status not in _ENDED for status in attempts):
        return RefreshDecision(None, "a refresh for these files is in progress")
    failed = count_failures(attempts)
    if failed >= MAX_ATTEMPTS:
        return RefreshDecision(
            None,
            f"the refresh for these files failed {failed} times; see the runs, then change a file or start one by hand",
        )
    return RefreshDecision(len(attempts) + 1, "new or changed files")


_ENDED = {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}


def list_attempts(instance: dg.DagsterInstance, inputs: str) -> list[dg.DagsterRunStatus]:
    """Return the states of the refreshes requested for these inputs."""
    runs = instance.get_runs(dg.RunsFilter(job_name=REFRESH.name, tags={INPUTS_TAG: inputs}))
    return [run.status for run in runs]


def count_failures(attempts: Sequence[dg.DagsterRunStatus]) -> int:
    """Return how many runs failed."""
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
        attempts = list_attempts(context.instance, inputs)
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
