"""When the sensor requests a refresh, and what it says when it does not."""

from __future__ import annotations

import pytest
from dagster import DagsterRunStatus

from orchestration.automation import MAX_ATTEMPTS, decide_refresh

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
