"""When dbt itself builds the marts and all rows are checked, and when what has changed is enough."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from orchestration.warehouse.marts import WholeMarts, needs_whole_build

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("whole", "is_asked_for", "needed"),
    [
        pytest.param(WholeMarts("v1", "2026-01-02T05:30:00+00:00"), False, False, id="this morning"),
        pytest.param(WholeMarts("v1", "2026-01-01T11:59:00+00:00"), False, True, id="more than a day ago"),
        pytest.param(WholeMarts("v1", None), False, True, id="nobody knows when"),
        pytest.param(WholeMarts("v0", "2026-01-02T05:30:00+00:00"), False, True, id="other models"),
        pytest.param(None, False, True, id="not whole"),
        pytest.param(WholeMarts("v1", "2026-01-02T05:30:00+00:00"), True, True, id="asked for"),
    ],
)
def test_needs_whole_build(whole: WholeMarts | None, is_asked_for: bool, needed: bool) -> None:
    assert needs_whole_build(whole, "v1", is_asked_for=is_asked_for, now=NOON) == needed
