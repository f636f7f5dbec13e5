"""What a run needs: a data folder with Dagster's records and dbt's manifest, and a usable warehouse.

Dagster and dbt are imported only where they are needed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.engine.choice import require_engine
from orchestration.merged_reference import settle_reference
from orchestration.refreshes import fingerprint_dbt_project
from orchestration.settings import DBT_EXECUTABLE, Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance

DAGSTER_YAML = Path(__file__).with_name("dagster.yaml")


def prepare(settings: Settings) -> None:
    """Create the data folder with Dagster's home and an up-to-date dbt manifest; of two callers, one waits.

    Raises:
        RuntimeError: the dbt project cannot be parsed, or Dagster's records cannot be written; with the reason.
        ValueError: the engine is not installed.
    """
    from filelock import FileLock

    require_engine(settings)
    for folder in (settings.data, settings.dagster_home, settings.dbt_target, settings.published):
        folder.mkdir(parents=True, exist_ok=True)
    os.environ.update(settings.environment())
    # dbt reads its project in the system's encoding, which may be ASCII or GBK.
    os.environ["PYTHONUTF8"] = "1"
    with FileLock(settings.dagster_home / "prepare.lock"):
        _create_records(settings)
        settle_reference(settings)
        _parse_project(settings)


def _create_records(settings: Settings) -> None:
    """Configure Dagster, and create or migrate its databases, which two processes cannot do at once.

    Migration loads Dagster, so it runs only if another version wrote the databases.
    """
    shutil.copyfile(DAGSTER_YAML, settings.dagster_home / DAGSTER_YAML.name)
    stamp, version = settings.dagster_home / "version", metadata.version("dagster")
    is_there = (settings.dagster_home / "history").exists()
    if is_there and stamp.is_file() and stamp.read_text() == version:
        return
    with open_records(settings) as instance:
        from orchestration.deployment.run_storage import migrate_storage

        if is_there and migrate_storage(instance):
            print(f"Dagster's records were migrated to version {version}", file=sys.stderr)
    stamp.write_text(version)


@contextmanager
def open_records(settings: Settings) -> Iterator[DagsterInstance]:
    """Return Dagster's records of runs.

    Raises:
        RuntimeError: they cannot be written; a full disk is noticed here first.
    """
    import dagster as dg
    from sqlalchemy.exc import DBAPIError

    try:
        with dg.DagsterInstance.get() as instance:
            yield instance
    except DBAPIError as error:
        raise RuntimeError(
            f"Dagster cannot write its records in {settings.dagster_home}: {error.orig}; "
            f"{shutil.disk_usage(settings.data).free // 2**20} MB of disk space are left. "
            f"{tell_published(settings)}"
        ) from error


def tell_published(settings: Settings) -> str:
    """Return what readers have after a failed run."""
    if (settings.published / "fazhi.duckdb").is_file():
        return f"{settings.published} still holds the last good marts (已发布的数据仍为上一次成功运行的结果)"
    return "nothing is published yet (尚无已发布的数据)"


def _parse_project(settings: Settings) -> None:
    """Check the reference files and write dbt's manifest, unless it is up to date."""
    stamp = settings.dbt_target / "parsed"
    fingerprint = fingerprint_dbt_project(settings)
    if settings.manifest.is_file() and stamp.is_file() and stamp.read_text() == fingerprint:
        return
    print("Parsing the dbt project …", file=sys.stderr)
    from orchestration.pipeline.reference.checks import check_reference
    from orchestration.pipeline.reference.seeds import are_plain, write_seeds
    from orchestration.pipeline.reference.wide_columns import write_wide_yaml

    check_reference(settings.project_reference)  # users' additions are checked when they are merged
    shutil.rmtree(settings.dbt_target / "seeds", ignore_errors=True)
    if not are_plain(settings.reference):
        write_seeds(settings.reference, settings.dbt_target / "seeds")
    # dbt would parse only changed files, and a changed test would lose its description in an unchanged YAML file
    (settings.dbt_target / "partial_parse.msgpack").unlink(missing_ok=True)
    os.environ.update(settings.environment())
    write_wide_yaml(settings.project_reference, settings.dbt_project / "wide")
    fingerprint = fingerprint_dbt_project(settings)
    project = str(settings.dbt_project)
    # In its own process, because dbt changes logging and flags of the process.
    result = subprocess.run(  # noqa: S603  # our own arguments
        [DBT_EXECUTABLE, "parse", "--project-dir", project, "--profiles-dir", project],
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise RuntimeError(f"dbt cannot parse {project}: {result.stdout.strip()}\n{result.stderr.strip()}")
    stamp.write_text(fingerprint)


def set_damaged_aside(settings: Settings) -> None:
    """Set an unusable warehouse aside before a rebuild, and keep it. Upgrade an earlier format.

    Raises:
        WarehouseError: another process uses it, or there is not enough space for the upgrade.
    """
    from orchestration.warehouse.connection import (
        WarehouseError,
        WarehouseInUseError,
        open_warehouse,
        run_lock,
    )
    from orchestration.warehouse.schema import create_raw_tables, read_raw_tables
    from orchestration.warehouse.upgrade import UpgradeError, upgrade_warehouse

    if not settings.warehouse.exists():
        return
    try:
        with run_lock(settings.warehouse, settings.lock_wait_seconds):
            if done := upgrade_warehouse(settings.warehouse, settings.lock_wait_seconds):
                print(done, file=sys.stderr)
            with open_warehouse(settings.warehouse) as connection:
                create_raw_tables(connection)
                read_raw_tables(connection)
    except (WarehouseInUseError, UpgradeError):
        raise  # the file is not damaged
    except WarehouseError as error:
        aside = settings.warehouse.with_name(f"fazhi.duckdb.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
        settings.warehouse.rename(aside)
        Path(f"{settings.warehouse}.wal").unlink(missing_ok=True)
        print(f"{error}\nThe old file is kept as {aside}.", file=sys.stderr)
