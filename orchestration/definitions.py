"""The code location: one Definitions of all assets, checks, jobs, sensors, schedules, resources."""

import dagster as dg

from orchestration.assets import corrections, extract, ingest, publish, segment
from orchestration.assets.checks import CHECKS
from orchestration.assets.checks.common import rows_checks
from orchestration.assets.common import STAGE_RUNS, Rebuild, describe_raw_assets
from orchestration.assets.dbt_project import Dbt
from orchestration.assets.transform import build_dbt_assets
from orchestration.automation import alerts, jobs, sensor
from orchestration.automation.terminal_logger import terminal_logger
from orchestration.settings import DBT_EXECUTABLE, Settings, load_settings
from orchestration.warehouse.resource import Warehouse

RAW = (
    STAGE_RUNS, ingest.townships, ingest.ingest, segment.segment, extract.extract, extract.FAILURES,
    corrections.corrections,
)  # fmt: skip


def build_definitions(settings: Settings) -> dg.Definitions:
    """Return everything that Dagster runs for one installation; tests pass their own settings."""
    transform = build_dbt_assets(settings.manifest)
    marts = sorted(key for key in transform.keys if key.path[0] == "marts")
    return dg.Definitions(
        assets=[
            *describe_raw_assets(RAW),
            transform,
            publish.build_publish_asset(marts),
        ],
        asset_checks=[rows_checks(stage, checks) for stage, checks in CHECKS.items()],
        jobs=jobs.JOBS,
        sensors=[sensor.reports_sensor, alerts.failure_alert, alerts.freshness_alert],
        schedules=[jobs.daily_refresh],
        resources={
            "settings": settings,
            "warehouse": Warehouse(path=str(settings.warehouse), wait_seconds=settings.lock_wait_seconds),
            "rebuild": Rebuild.configure_at_launch(),
            "dbt": Dbt(
                project_dir=str(settings.dbt_project),
                profiles_dir=str(settings.dbt_project),
                dbt_executable=str(DBT_EXECUTABLE),
            ),
        },
        executor=dg.in_process_executor,
        loggers={"console": terminal_logger},
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Return the code location of the installation set by the environment."""
    return build_definitions(load_settings())
