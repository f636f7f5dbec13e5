"""The command line behind `make run`, `make rebuild`, `make ui`, `make explore` and `make parse`.

It prepares the data folder, runs a job in this process and ends with a summary. Dagster and
dbt are imported only when there is something to do.
"""

from __future__ import annotations

import argparse
import io
import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.engine.choice import require_engine
from orchestration.engine.waiting import Waiting, read_waiting
from orchestration.own_reference import settle_reference
from orchestration.pipeline.vocabulary import FileStatus
from orchestration.publishing.county_edits import collect_edited
from orchestration.refreshes import (
    Refresh,
    Summary,
    fingerprint_dbt_project,
    fingerprint_inputs,
    read_refresh,
)
from orchestration.settings import DBT_EXECUTABLE, PROJECT_DIR, Settings, load_settings

if TYPE_CHECKING:
    from dagster import DagsterInstance, ExecuteInProcessResult


def main(arguments: list[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    options = _parse_arguments(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without Chinese must not stop a run
    try:
        return _run_command(load_settings(), options)
    except (OSError, ValueError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m orchestration", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("refresh", help="process new and changed files (make run)")
    rebuild = commands.add_parser("rebuild", help="reprocess reports (make rebuild)")
    rebuild.add_argument("--year", type=int, help="only reports on this year")
    rebuild.add_argument("--report", help="only the report with this report_id")
    commands.add_parser("rescan", help="read every file again, even if it seems unchanged")
    ui = commands.add_parser("ui", help="start the web UI on 127.0.0.1 (make ui)")
    ui.add_argument("--port", type=int, default=3000)
    ui.add_argument("--read-only", action="store_true", help="only show; do not start runs or switch sensors")
    commands.add_parser("upgrade", help="upgrade the warehouse to the current format (make upgrade)")
    explore = commands.add_parser("explore", help="serve the browser page on 127.0.0.1 (make explore)")
    explore.add_argument("--host", default="127.0.0.1", help="another address needs FAZHI_PUBLIC_HOSTS")
    explore.add_argument("--port", type=int, default=8000)
    commands.add_parser("parse", help="prepare the data folder and dbt's manifest (make parse)")
    explain = commands.add_parser("explain", help="explain why each figure of a sentence got its indicator")
    explain.add_argument("sentence", help="one sentence with figures")
    explain.add_argument("--heading", default="", help="the heading above it")
    return parser.parse_args(arguments)


def _run_command(settings: Settings, options: argparse.Namespace) -> int:
    match options.command:
        case "refresh":
            return refresh(settings)
        case "rebuild":
            return rebuild(settings, options.year, options.report)
        case "rescan":
            return run_job(settings, "rebuild", {"rescan": True})
        case "ui":
            return start_ui(settings, options.port, read_only=options.read_only)
        case "upgrade":
            return upgrade(settings)
        case "explore":
            from orchestration.explorer.server import serve

            return serve(settings, options.host, options.port)
        case "parse":
            prepare(settings)
            return 0
        case "explain":
            return explain_rules(settings, options.sentence, options.heading)
    raise ValueError(f"unknown command {options.command!r}")  # argparse accepts no others


def refresh(settings: Settings) -> int:
    """Refresh the warehouse, or say that nothing is new since the last refresh."""
    collect_edited(settings.published / "counties", settings.corrections)
    inputs = fingerprint_inputs(settings)  # fails on a reports folder that is not there
    last = read_refresh(settings)
    if last and last.inputs == inputs:
        print(f"Nothing new in {settings.reports} since {last.finished_at}: the warehouse is up to date.")
        print_summary(settings, last)
        return 0
    code = run_job(settings, "refresh", {})
    # A run reads scans for a limited time, so that everything else is published; the next run continues with them.
    before = Waiting(0, 0)
    while code == 0 and (waiting := read_waiting(settings.pages)).files and waiting != before:
        print(
            f"scans     {waiting.pages:,} pages of {waiting.files:,} files wait for OCR; continuing (续读扫描件)"
        )
        before = waiting
        code = run_job(settings, "refresh", {})
    return code


def rebuild(settings: Settings, year: int | None, report_id: str | None) -> int:
    """Reprocess all reports, or those on a year and the one with an id.

    Raises:
        ValueError: the warehouse has no such report; a mistyped id would look like success.
    """
    from orchestration.warehouse.connection import open_warehouse
    from orchestration.warehouse.stale import Selection, is_any_selected

    asked = {"year": year, "report_id": report_id}
    if any(value is not None for value in asked.values()) and settings.warehouse.is_file():
        with open_warehouse(
            settings.warehouse, read_only=True, wait_seconds=settings.lock_wait_seconds
        ) as connection:
            if not is_any_selected(connection, Selection(year, report_id)):
                named = ", ".join(f"{name} {value}" for name, value in asked.items() if value is not None)
                raise ValueError(f"nothing to rebuild: the warehouse has no report with {named}")
    return run_job(settings, "rebuild", asked)


def run_job(settings: Settings, job: str, selection: dict[str, Any]) -> int:
    """Run a job of the code location in this process, with its events in the Dagster UI."""
    started = time.monotonic()
    prepare(settings)
    from orchestration.engine.pool import keep_loaded, start_process_server

    start_process_server()  # it loads the readers while this process loads Dagster
    from orchestration.definitions import build_definitions

    if job == "rebuild" and not any(selection.values()):
        selection = {"everything": True}
        set_damaged_aside(settings)
    run_config: dict[str, Any] = {
        "resources": {"rebuild": {"config": {k: v for k, v in selection.items() if v is not None}}},
        "loggers": {"console": {"config": {}}},
    }
    job_definition = build_definitions(settings).resolve_job_def(job)
    keep_loaded()
    logging.getLogger("dagster.builtin").setLevel(logging.WARNING)  # dagster-dbt's calls of dbt: for the UI
    with _open_records(settings) as instance:
        result = job_definition.execute_in_process(
            instance=instance, run_config=run_config, raise_on_error=False
        )
    last = read_refresh(settings)
    if result.success and last:
        print_summary(settings, last)
    passed, failed = print_checks(result)
    print(f"checks    {passed} passed, {failed} failed")
    print(f"time      {time.monotonic() - started:.1f} s, run {result.run_id[:8]}")
    if not result.success:
        print_failures(result)
        print(f"error: {job} failed; {_tell_published(settings)}", file=sys.stderr)
    return 0 if result.success else 1


def upgrade(settings: Settings) -> int:
    """Migrate a warehouse of an earlier format, and Dagster's records; a run does this automatically."""
    prepare(settings)
    from orchestration.warehouse.connection import run_lock
    from orchestration.warehouse.schema import FORMAT
    from orchestration.warehouse.upgrade import upgrade_warehouse

    with run_lock(settings.warehouse, settings.lock_wait_seconds):
        done = upgrade_warehouse(settings.warehouse, settings.lock_wait_seconds)
    print(done or f"nothing to upgrade: the warehouse has format {FORMAT}, or does not exist yet")
    return 0


def start_ui(settings: Settings, port: int, *, read_only: bool = False) -> int:
    """Serve the web UI until it is stopped, with the sensor and the schedule on unless it is read-only."""
    fingerprint_inputs(settings)  # fails on a reports folder that is not there
    prepare(settings)
    from orchestration.ui import serve

    return serve(settings, port, read_only=read_only)


def explain_rules(settings: Settings, sentence: str, heading: str) -> int:
    """Print which rules were scored for the figures of a sentence, and why the best one won."""
    from orchestration.pipeline.extract.catalogue import load_catalogue
    from orchestration.pipeline.extract.explain import explain_sentence

    settle_reference(settings)
    print(explain_sentence(sentence, load_catalogue(settings.reference), heading))
    return 0


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
    shutil.copyfile(PROJECT_DIR / "orchestration" / "dagster.yaml", settings.dagster_home / "dagster.yaml")
    stamp, version = settings.dagster_home / "version", metadata.version("dagster")
    is_there = (settings.dagster_home / "history").exists()
    if is_there and stamp.is_file() and stamp.read_text() == version:
        return
    with _open_records(settings) as instance:
        from orchestration.run_storage import migrate_storage

        if is_there and migrate_storage(instance):
            print(f"Dagster's records were migrated to version {version}", file=sys.stderr)
    stamp.write_text(version)


@contextmanager
def _open_records(settings: Settings) -> Iterator[DagsterInstance]:
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
            f"{_tell_published(settings)}"
        ) from error


def _tell_published(settings: Settings) -> str:
    """Print what readers have after a failed run."""
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
    from orchestration.pipeline.reference_checks import check_reference
    from orchestration.pipeline.reference_columns import write_wide_yaml
    from orchestration.pipeline.reference_seeds import are_plain, write_seeds

    check_reference(settings.project_reference)  # users' additions are checked when they are merged
    shutil.rmtree(settings.dbt_target / "seeds", ignore_errors=True)
    if not are_plain(settings.reference):
        write_seeds(settings.reference, settings.dbt_target / "seeds")
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


def print_summary(settings: Settings, last: Refresh) -> None:
    """Print what is in the warehouse, and where it is."""
    summary = last.summary
    statuses = ", ".join(f"{count:,} {status}" for status, count in sorted(summary.files_by_status.items()))
    print(f"files     {summary.files_seen:,} seen: {statuses}")
    if summary.reasons:
        print("rejected  " + ", ".join(f"{reason} {count:,}" for reason, count in summary.reasons.items()))
    print(f"reports   {summary.reports:,} current, of {summary.townships:,} townships")
    print(f"figures   {summary.quantities:,} found, {summary.with_indicator:,} with an indicator")
    print(f"warehouse {settings.warehouse}")
    print(f"published {settings.published / 'fazhi.duckdb'} (query this one, even during a run)")
    print(_summarise_in_chinese(settings, summary))


def _summarise_in_chinese(settings: Settings, summary: Summary) -> str:
    refused = summary.files_by_status.get(FileStatus.REJECTED, 0)
    why = (
        f"，其中{refused:,}个没有收录（见 {settings.published / 'fazhi.xlsx'} 的“未收录的文件”）"
        if refused
        else ""
    )
    return (
        f"汇总      文件{summary.files_seen:,}个{why}；现行报告{summary.reports:,}份，"
        f"涉及{summary.townships:,}个乡镇街道；数字{summary.quantities:,}个，有指标的{summary.with_indicator:,}个"
    )


def print_checks(result: ExecuteInProcessResult) -> tuple[int, int]:
    """Print failed checks; returns how many passed and failed."""
    evaluations = result.get_asset_check_evaluations()
    failed = [evaluation for evaluation in evaluations if not evaluation.passed]
    for evaluation in failed:
        table = evaluation.asset_key.to_user_string()
        print(
            f"check     {evaluation.severity.value}: {table} {evaluation.check_name}: {evaluation.description or ''}"
        )
    return len(evaluations) - len(failed), len(failed)


def print_failures(result: ExecuteInProcessResult) -> None:
    """Print the first line of each failed step's error and its cause, or what kept the run from starting."""
    for event in result.all_events:
        if event.is_step_failure:
            error, place = event.step_failure_data.error, event.step_key
        elif event.is_resource_init_failure:
            error, place = event.engine_event_data.error, "warehouse"
        else:
            continue
        while error and error.cause:
            error = error.cause
        print(f"error: {place}: {error.message.strip() if error else event.message}", file=sys.stderr)
