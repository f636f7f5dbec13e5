"""When dbt itself builds the marts and all rows are checked, and when only changes are."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg
import pytest

from orchestration.assets.common import began_at
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


def test_steps_of_a_run_share_one_decision_time() -> None:
    moments = []
    before = datetime.now(UTC)

    @dg.asset
    def built(context: dg.AssetExecutionContext) -> None:
        moments.append(began_at(context))

    @dg.multi_asset_check(specs=[dg.AssetCheckSpec("right", asset="built")])
    def checked(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        moments.append(began_at(context))
        yield dg.AssetCheckResult(passed=True, asset_key="built", check_name="right")

    job = dg.Definitions(assets=[built], asset_checks=[checked], jobs=[dg.define_asset_job("job")])
    assert job.resolve_job_def("job").execute_in_process(instance=dg.DagsterInstance.ephemeral()).success
    assert len(moments) == 2
    assert len(set(moments)) == 1
    assert abs((moments[0] - before).total_seconds()) < 60
