"""The command line behind `make run`, `make rebuild`, `make ui`, `make explore` and `make parse`.

It runs a job in this process and ends with a summary; `preparation` prepares the data folder. Dagster and
dbt are imported only when there is something to do.
"""

from __future__ import annotations

import argparse
import io
import logging
import sys
import time
from typing import TYPE_CHECKING, Any

from orchestration.deployment.preparation import open_records, prepare, set_damaged_aside, tell_published
from orchestration.merged_reference import settle_reference
from orchestration.pipeline.vocabulary import FileStatus
from orchestration.publishing.counties.edits import collect_edited
from orchestration.refreshes import Refresh, Summary, Waiting, fingerprint_inputs, read_refresh, read_waiting
from orchestration.settings import Settings, load_settings

if TYPE_CHECKING:
    from dagster import ExecuteInProcessResult


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
    with open_records(settings) as instance:
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
        print(f"error: {job} failed; {tell_published(settings)}", file=sys.stderr)
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
    from orchestration.deployment.ui import serve

    return serve(settings, port, read_only=read_only)


def explain_rules(settings: Settings, sentence: str, heading: str) -> int:
    """Print which rules were scored for the figures of a sentence, and why the best one won."""
    from orchestration.pipeline.extract.catalogue import load_catalogue
    from orchestration.pipeline.extract.explain import explain_sentence

    settle_reference(settings)
    print(explain_sentence(sentence, load_catalogue(settings.reference), heading))
    return 0


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
