"""Dagster's records of runs are complete and in Dagster's own files, though our storage keeps these open."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage

from orchestration.deployment import run_storage
from orchestration.deployment.preparation import DAGSTER_YAML


@dg.asset(check_specs=[dg.AssetCheckSpec("is_there", asset="table")])
def table() -> Iterator[dg.MaterializeResult[None]]:
    """Return an asset with a check."""
    yield dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True)])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    shutil.copy(DAGSTER_YAML, tmp_path)
    return tmp_path


def test_dagsters_own_storage_reads_what_a_run_left(home: Path) -> None:
    with dg.DagsterInstance.get() as instance:
        result = dg.materialize([table], instance=instance)
        noted = instance.all_logs(result.run_id)
    (home / "dagster.yaml").unlink()
    with dg.DagsterInstance.get() as plain:
        assert type(plain.event_log_storage) is SqliteEventLogStorage
        assert plain.all_logs(result.run_id) == noted
        assert {"ASSET_MATERIALIZATION", "ASSET_CHECK_EVALUATION"} <= {
            entry.dagster_event.event_type_value for entry in noted if entry.dagster_event
        }
        assert plain.get_latest_materialization_event(dg.AssetKey("table")) is not None


def test_few_files_stay_open_and_closing_the_instance_closes_all(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_storage, "_FILES_OPEN", 3)
    runs = run_storage._FILES_OPEN + 3
    with dg.DagsterInstance.get() as instance:
        ids = [dg.materialize([table], instance=instance).run_id for _ in range(runs)]
        (count,) = {len(instance.all_logs(run_id)) for run_id in [*ids, *reversed(ids)]}
        log = instance.event_log_storage
        assert isinstance(log, run_storage._EventLog)
        assert len(log._engines) == run_storage._FILES_OPEN
    assert count > 5
    assert log._engines == {}


def test_threads_record_events_concurrently(home: Path) -> None:
    with dg.DagsterInstance.get() as instance, ThreadPoolExecutor(4) as pool:
        run_id = dg.materialize([table], instance=instance).run_id
        before = len(instance.all_logs(run_id))
        run = instance.get_run_by_id(run_id)
        assert run is not None
        list(pool.map(lambda number: instance.report_engine_event(f"event {number}", run), range(40)))
        assert len(instance.all_logs(run_id)) == before + 40


def test_our_storage_overrides_existing_methods(home: Path) -> None:
    assert {"_connect", "_initdb", "conn_string_for_shard"} <= set(vars(SqliteEventLogStorage))
    storage = DagsterSqliteStorage(str(home))
    assert type(storage._event_log_storage) is SqliteEventLogStorage
