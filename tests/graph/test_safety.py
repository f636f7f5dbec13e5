"""Nothing is lost, doubled or executed: bad files, bugs, kills, two runs at once, damaged files."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pyarrow as pa
import pytest
from dagster import DagsterEventType, DagsterRunStatus

from orchestration.assets import ingest as ingest_assets
from orchestration.assets import segment as segment_assets
from orchestration.assets.preview import to_markdown
from orchestration.automation.sensor import fail_dead_runs
from orchestration.cli import print_failures
from orchestration.deployment.preparation import set_damaged_aside
from orchestration.engine import tasks
from orchestration.engine.base import Bounds
from orchestration.engine.tasks import INGEST_WORK
from orchestration.pipeline.extract import stage as extract
from orchestration.pipeline.readers import RejectedFile
from orchestration.pipeline.segment import stage as segment
from orchestration.refreshes import fingerprint_inputs, read_refresh
from orchestration.warehouse.connection import WarehouseError, open_warehouse, query, run_lock
from orchestration.warehouse.schema import FORMAT, create_raw_tables
from tests.graph.conftest import Installation
from tests.graph.reports import report
from tests.resilience.harness import raise_storage_version

BUG = "a bug in the code"


@pytest.fixture
def installation(install: Callable[[Path | None], Installation]) -> Installation:
    made = install(None)
    made.write("bad.txt", report(2023))
    made.write("good.txt", report(2024))
    return made


def breaks_on(function: Callable[..., Any], marker: str, error: Exception) -> Callable[..., Any]:
    """Wrap `function` so that it raises `error` if an argument contains the marker."""

    def broken(*arguments: Any, **named: Any) -> Any:
        if any(marker in str(argument) for argument in arguments):
            raise error
        return function(*arguments, **named)

    return broken


read_report = tasks.read_report


def prepare_meeting_a_bug(*arguments: Any) -> Any:
    tasks.read_report = breaks_on(read_report, "bad.txt", KeyError(BUG))
    return tasks.prepare_ingest(*arguments)


def prepare_refusing(*arguments: Any) -> Any:
    tasks.read_report = breaks_on(read_report, "bad.txt", RejectedFile("not_a_report_text", "by newer code"))
    return tasks.prepare_ingest(*arguments)


def prepare_crashing(*arguments: Any) -> Any:
    def crash(data: bytes, source_path: str) -> Any:
        if source_path == "bad.txt":
            os.kill(os.getpid(), signal.SIGSEGV)
        return read_report(data, source_path)

    tasks.read_report = crash
    return tasks.prepare_ingest(*arguments)


def prepare_segment_crashing(*arguments: Any) -> Any:
    work = tasks.prepare_segment(*arguments)

    def crash(tables: dict[str, pa.Table]) -> dict[str, pa.Table]:
        if any("2023年" in text for text in tables["documents"]["text"].to_pylist()):
            os.kill(os.getpid(), signal.SIGSEGV)
        return work(tables)

    return crash


def failed_checks(result: dg.ExecuteInProcessResult) -> set[str]:
    return {check.check_name for check in result.get_asset_check_evaluations() if not check.passed}


def total(installation: Installation) -> tuple[int, int]:
    """Count all files, and those that are loaded, rejected, duplicate or superseded."""
    return installation.query(
        "select count(*), count(*) filter (where status in ('loaded', 'rejected', 'duplicate', 'superseded')) "
        "from raw.files"
    )[0]


@pytest.mark.parametrize(
    ("prepare", "code", "message", "checks"),
    [
        (prepare_meeting_a_bug, "failed", f"KeyError: '{BUG}' (test_safety.py", {"nothing_failed_in_ingest"}),
        # the fault is the library's or the file's, not ours: no check fails
        (prepare_crashing, "breaks_reader", "it ended the process that worked on it (SIGSEGV)", set()),
    ],
)
def test_a_file_that_meets_a_bug_or_ends_its_process_is_rejected_visibly_and_tried_again(
    installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
    prepare: Callable[..., Any],
    code: str,
    message: str,
    checks: set[str],
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(ingest_assets, "INGEST_WORK", replace(INGEST_WORK, prepare=prepare))
        result = installation.run(only_raw=True)
    assert result.success
    assert installation.statuses() == {"bad.txt": ("rejected", code), "good.txt": ("loaded", None)}
    ((reason,),) = installation.query("select reason from raw.files where status = 'rejected'")
    assert reason.startswith(f"{code}: {message}")
    assert failed_checks(result) == checks
    assert total(installation) == (2, 2)
    assert not failed_checks(installation.run(only_raw=True))
    assert installation.statuses() == {"bad.txt": ("loaded", None), "good.txt": ("loaded", None)}


def test_a_report_that_takes_its_process_down_in_a_later_stage_is_left_out_alone(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.settings = replace(installation.settings, workers=2)
    with monkeypatch.context() as patch:
        crashing = replace(tasks.SEGMENT_WORK, prepare=prepare_segment_crashing, bounds=Bounds(spread_from=2))
        patch.setattr(segment_assets, "SEGMENT_WORK", crashing)
        result = installation.run(only_raw=True)
    assert result.success
    assert failed_checks(result) == {"nothing_failed_in_segment"}
    assert installation.query(
        "select stage, source_path, error from raw.failures join raw.reports using (report_id)"
    ) == [("segment", "bad.txt", "it ended the process that worked on it (SIGSEGV)")]
    with_words = "select distinct source_path from raw.section_terms join raw.reports using (report_id)"
    assert installation.query(with_words) == [("good.txt",)]
    assert not failed_checks(installation.run(only_raw=True))
    assert installation.query("from raw.failures") == []


@pytest.mark.parametrize(
    ("stage", "function", "table"),
    [
        ("segment", "split_sections", "sections"),
        ("segment", "count_terms", "sections"),
        ("extract", "find_figures", "quantities"),
        ("extract", "_find_sentences", "quantities"),
    ],
)
def test_a_bug_met_by_one_report_leaves_the_others_and_is_tried_again(
    installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
    function: str,
    table: str,
) -> None:
    with monkeypatch.context() as patch:
        module = segment if stage == "segment" else extract
        patch.setattr(module, function, breaks_on(getattr(module, function), "2023年", ValueError(BUG)))
        result = installation.run(only_raw=True)
    assert result.success
    assert failed_checks(result) == {f"nothing_failed_in_{stage}"}
    failures = installation.query(
        "select stage, source_path, error from raw.failures join raw.reports using (report_id)"
    )
    assert [row[:2] for row in failures] == [(stage, "bad.txt")]
    assert f"ValueError: {BUG} (test_safety.py" in failures[0][2]
    with_rows = f"select distinct source_path from raw.{table} join raw.reports using (report_id) order by 1"
    assert installation.query(with_rows) == [("good.txt",)]
    assert total(installation) == (2, 2)
    assert not failed_checks(installation.run(only_raw=True))
    assert installation.query(with_rows) == [("bad.txt",), ("good.txt",)]
    assert installation.query("from raw.failures") == []


def test_a_bug_that_every_report_meets_stops_the_run(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.write("third.txt", report(2022))
    monkeypatch.setattr(segment, "split_sections", breaks_on(segment.split_sections, "法治", ValueError(BUG)))
    result = installation.run(only_raw=True)
    assert not result.success
    assert "few_failures_in_segment" in failed_checks(result)


def test_one_failed_report_does_not_keep_the_others_from_being_published(
    install_refreshed: Callable[[], Installation], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that arrives during the run is new for the next one."""
    installation = install_refreshed()
    installation.write("bad.txt", report(2021))
    accounting = ingest_assets.classify_files

    def account_while_a_file_arrives(connection: duckdb.DuckDBPyConnection) -> None:
        accounting(connection)
        installation.write("late.txt", report(2022))

    monkeypatch.setattr(ingest_assets, "classify_files", account_while_a_file_arrives)
    monkeypatch.setattr(
        segment, "split_sections", breaks_on(segment.split_sections, "2021年", ValueError(BUG))
    )
    result = installation.run()
    assert result.success, [event.message for event in result.all_events if event.is_failure]
    counts = (
        "select count(*), (select count(distinct report_id) from marts.fct_section) from marts.dim_report"
    )
    assert installation.query(counts, published=True) == [(3, 2)]
    last = read_refresh(installation.settings)
    assert last is not None
    assert last.inputs != fingerprint_inputs(installation.settings)


def test_a_report_that_newer_code_rejects_leaves_no_rows(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.run(only_raw=True)
    monkeypatch.setattr(ingest_assets, "INGEST_WORK", replace(INGEST_WORK, prepare=prepare_refusing))
    result = installation.run(only_raw=True, everything=True)
    assert result.success and not failed_checks(result)
    assert installation.statuses()["bad.txt"] == ("rejected", "not_a_report_text")
    for table in ("reports", "documents", "sections", "sentences", "section_terms", "quantities"):
        assert installation.query(f"select count(distinct report_id) from raw.{table}") == [(1,)], table
    assert total(installation) == (2, 2)


CODE = (
    "'; drop table raw.files; --",
    "<script>alert(1)</script>",
    "[link](javascript:alert(1))",
    "{{ 7 * 7 }}",
    "=1+1",
    "a\nb",
)


def test_code_in_names_and_texts_stays_plain_text(installation: Installation) -> None:
    names = [f"{words.replace('/', '∕')}.txt" for words in CODE]
    for year, name, words in zip(range(2016, 2022), names, CODE, strict=True):
        text = report(year).replace("执法力量", f"{words.replace(chr(10), '')}执法力量")
        installation.write(name, text)
    result = installation.run(only_raw=True)
    assert result.success and not failed_checks(result)
    found = installation.statuses()
    assert {name: found[name] for name in names} == dict.fromkeys(names, ("loaded", None))
    kept = "select count(distinct report_year) from raw.documents where report_year between 2016 and 2021"
    assert installation.query(kept) == [(len(CODE),)]
    with open_warehouse(installation.settings.warehouse) as connection:
        shown = to_markdown(query(connection, "select source_name from raw.files"))
    lines = shown.splitlines()
    # header, rule and one line per file, even for a name of two lines
    assert len(lines) == 2 + 2 + len(CODE)
    assert not re.search(r"(?<!\\)<script", shown)
    assert not re.search(r"(?<!\\)\[[^\]]*\]\(", shown)  # no link


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        pytest.param(lambda data: b"not a database" * 1000, "cannot read", id="other bytes"),
        pytest.param(lambda data: data[: len(data) // 3], "cannot read", id="cut"),
        pytest.param(lambda data: data[:20] + b"X" + data[21:], "Corrupt database file", id="one byte"),
        pytest.param(raise_storage_version, "version number 255", id="newer storage"),
    ],
)
def test_a_damaged_warehouse_is_named_with_the_way_back(
    samples: Installation, tmp_path: Path, damage: Callable[[bytes], bytes], says: str
) -> None:
    path = tmp_path / "fazhi.duckdb"
    path.write_bytes(damage(samples.settings.warehouse.read_bytes()))
    with (
        pytest.raises(WarehouseError, match=f"{says}.*make rebuild") as raised,
        open_warehouse(path) as connection,
    ):
        create_raw_tables(connection)
    assert str(path) in str(raised.value)


def test_a_warehouse_of_a_newer_format_is_set_aside_by_a_rebuild(
    installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    installation.run(only_raw=True)
    before = installation.query("from raw.quantities order by quantity_id")
    installation.execute(f"update raw.stage_runs set fingerprint = '{FORMAT + 1}' where stage = 'format'")
    result = installation.run(only_raw=True)
    assert not result.success
    print_failures(result)
    errors = capsys.readouterr().err
    assert f"have format {FORMAT + 1}, written by a newer version of this project" in errors
    assert f"fazhi.duckdb.format-{FORMAT}; `make rebuild`" in errors
    set_damaged_aside(installation.settings)
    assert "kept as" in capsys.readouterr().err
    assert installation.run(only_raw=True, everything=True).success
    assert installation.query("from raw.quantities order by quantity_id") == before
    assert len(list(installation.settings.data.glob("fazhi.duckdb.damaged-*"))) == 1


def test_a_second_run_waits_and_then_names_the_first(installation: Installation) -> None:
    with run_lock(installation.settings.warehouse, 1):
        started = time.monotonic()
        with (
            pytest.raises(WarehouseError, match=r"another run has been using .*for more than 1 s"),
            run_lock(installation.settings.warehouse, 1),
        ):
            pass
    assert time.monotonic() - started >= 1


def start_run(instance: dg.DagsterInstance) -> str:
    run = instance.create_run_for_job(dg.job(name="refresh")(lambda: None))
    for event in (DagsterEventType.RUN_STARTING, DagsterEventType.RUN_START):
        instance.report_dagster_event(
            dg.DagsterEvent(event_type_value=event.value, job_name="refresh"), run.run_id
        )
    return run.run_id


def test_a_run_whose_process_was_killed_is_marked_as_failed(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise `max_concurrent_runs: 1` would keep every later run in the queue."""
    instance = installation.instance
    run_id = start_run(instance)
    assert fail_dead_runs(instance, installation.settings) == []  # it has only just started
    monkeypatch.setattr("orchestration.automation.sensor.STARTING_SECONDS", -1)
    with run_lock(installation.settings.warehouse, 1):
        assert fail_dead_runs(instance, installation.settings) == []
    assert fail_dead_runs(instance, installation.settings) == [run_id]
    run = instance.get_run_by_id(run_id)
    assert run is not None and run.status == DagsterRunStatus.FAILURE
