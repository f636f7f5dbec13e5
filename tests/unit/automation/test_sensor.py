"""When the sensor requests a refresh, and what it reports when it does not."""

from __future__ import annotations

import threading
from pathlib import Path

import dagster as dg
import pytest
from dagster import DagsterRunStatus

from orchestration.automation import sensor
from orchestration.automation.sensor import MAX_ATTEMPTS, decide_refresh
from orchestration.refreshes import Summary, fingerprint_inputs, write_refresh
from orchestration.settings import Settings

FAILURE, STARTED, SUCCESS = DagsterRunStatus.FAILURE, DagsterRunStatus.STARTED, DagsterRunStatus.SUCCESS


@pytest.mark.parametrize(
    ("seen_before", "published", "attempts", "attempt", "reason"),
    [
        pytest.param("now", "now", [], None, "nothing new", id="published"),
        pytest.param("before", None, [], None, "is changing", id="still changing"),
        pytest.param(None, None, [], None, "is changing", id="first look"),
        pytest.param("now", "before", [], 1, "new or changed", id="settled"),
        pytest.param("now", None, [STARTED], None, "in progress", id="running"),
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


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(sensor, "SETTLED_SECONDS", 0.3)
    monkeypatch.setattr(sensor, "WATCH_SECONDS", 1.0)
    monkeypatch.setattr(sensor, "_LOOK_SECONDS", 0.05)
    (tmp_path / "reports").mkdir()
    return Settings(
        reports=tmp_path / "reports",
        data=tmp_path / "data",
        workers=1,
        lock_wait_seconds=1,
        alert_webhook=None,
    )


def tick(settings: Settings) -> dg.SensorResult | dg.SkipReason:
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(instance=instance, resources={"settings": settings})
        result = sensor.reports_sensor(context)
    assert isinstance(result, dg.SensorResult | dg.SkipReason)
    return result


def publish_now(settings: Settings) -> None:
    for path in (settings.warehouse, settings.published / "fazhi.duckdb"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    write_refresh(settings, fingerprint_inputs(settings), Summary(0, {}, {}, 0, 0, 0, 0))


def test_one_tick_of_the_sensor_sees_a_file_arrive_and_asks_for_a_run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_now(settings)
    result = tick(settings)
    assert isinstance(result, dg.SkipReason)
    assert "nothing new" in (result.skip_message or "")
    monkeypatch.setattr(
        sensor, "WATCH_SECONDS", 60.0
    )  # on a busy machine a look takes long; the tick ends before
    arrival = threading.Timer(0.3, (settings.reports / "new.txt").write_text, ["a report"])
    arrival.start()
    result = tick(settings)
    arrival.join()
    assert isinstance(result, dg.SensorResult)
    (request,) = result.run_requests or []
    assert request.run_key == f"{fingerprint_inputs(settings)}-1"


def test_a_file_still_being_written_is_not_loaded(settings: Settings) -> None:
    publish_now(settings)
    ended = threading.Event()

    def write() -> None:
        with (settings.reports / "long.txt").open("w") as file:
            while not ended.wait(0.05):
                file.write("a line\n")
                file.flush()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        result = tick(settings)
    finally:
        ended.set()
        writer.join()
    assert isinstance(result, dg.SkipReason)
    assert "is changing" in (result.skip_message or "")
    assert isinstance(tick(settings), dg.SensorResult)
