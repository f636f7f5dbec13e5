"""Jobs, the daily schedule, and how fresh the published marts must be.

`assets/` defines what a run does.
"""

from __future__ import annotations

from datetime import timedelta

import dagster as dg

LATE_AFTER = timedelta(hours=36)  # the schedule publishes each day
INPUTS_TAG = "fazhi/inputs"
WHOLE_BUILD_TAG = "fazhi/whole_build"  # of runs in which dbt builds everything and all rows are checked

FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=LATE_AFTER, warn_window=timedelta(hours=26))
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
