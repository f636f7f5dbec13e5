"""The command line: errors name what is wrong, and a refresh with nothing new says so."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from orchestration import cli
from orchestration.pipeline.versions import EXTRACT, INGEST, PIPELINE_DIR, SEGMENT, reachable_modules
from orchestration.refreshes import Refresh, Summary, fingerprint_inputs, read_refresh, write_refresh
from orchestration.settings import PROJECT_DIR, load_settings
from orchestration.warehouse.connection import open_warehouse
from orchestration.warehouse.schema import create_raw_tables

SUMMARY = Summary(
    files_seen=3,
    files_by_status={"loaded": 2, "rejected": 1},
    reasons={"empty": 1},
    reports=2,
    townships=1,
    quantities=7,
    with_indicator=5,
)


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FAZHI_REPORTS", str(tmp_path / "reports"))
    monkeypatch.setenv("FAZHI_DATA", str(tmp_path / "data"))
    return tmp_path


def test_a_missing_reports_folder_is_an_error_that_names_it(
    folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["refresh"]) == 1
    assert str(folders / "reports") in capsys.readouterr().err
    assert not (folders / "data").exists()


def test_a_bad_setting_is_an_error_that_names_it(
    folders: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAZHI_WORKERS", "many")
    assert cli.main(["refresh"]) == 1
    assert "FAZHI_WORKERS must be a number, not 'many'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("printed", "engine", "scheduler"),
    [
        ("", "processes", None),
        ("processes", "processes", None),
        (" dask ", "dask", None),
        ("dask:tcp://10.0.0.5:8786", "dask:tcp://10.0.0.5:8786", "tcp://10.0.0.5:8786"),
        ("dask:scheduler.law:8786", "dask:tcp://scheduler.law:8786", "tcp://scheduler.law:8786"),
        ("dask:tls://[fd00::5]:8786", "dask:tls://[fd00::5]:8786", "tls://[fd00::5]:8786"),
    ],
)
def test_the_engine_is_one_setting(
    printed: str, engine: str, scheduler: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAZHI_ENGINE", printed)
    settings = load_settings()
    assert (settings.engine, settings.scheduler) == (engine, scheduler)


@pytest.mark.parametrize(
    ("printed", "message"),
    [
        ("ray", "FAZHI_ENGINE must be processes, dask or dask:<scheduler address>, not 'ray'"),
        ("Dask", "FAZHI_ENGINE must be processes, dask or dask:<scheduler address>, not 'Dask'"),
        (
            "processes:2",
            "FAZHI_ENGINE must be processes, dask or dask:<scheduler address>, not 'processes:2'",
        ),
        ("dask:", "FAZHI_ENGINE must name a scheduler such as dask:tcp://host:8786"),
        ("dask:tcp://host", "FAZHI_ENGINE must name a scheduler such as dask:tcp://host:8786"),
        ("dask:http://host:8787", "FAZHI_ENGINE must name a scheduler such as dask:tcp://host:8786"),
        ("dask:host:many", "FAZHI_ENGINE must name a scheduler such as dask:tcp://host:8786"),
    ],
)
def test_an_unknown_engine_is_refused(
    folders: Path,
    printed: str,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FAZHI_ENGINE", printed)
    assert cli.main(["refresh"]) == 1
    assert message in capsys.readouterr().err


def test_an_engine_that_is_not_installed_names_its_command(
    folders: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAZHI_ENGINE", "dask")
    monkeypatch.setattr("orchestration.engine.choice.find_spec", lambda name: None)
    (folders / "reports").mkdir()
    assert cli.main(["refresh"]) == 1
    assert "FAZHI_ENGINE=dask needs Dask: `make dask` installs it" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["a#b", "a?b", "a%20b", "100%"])
def test_a_data_folder_in_which_databases_cannot_be_opened_is_refused(
    folders: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """The sign is refused in any part of the data path, but allowed in the reports folder."""
    monkeypatch.setenv("FAZHI_DATA", str(folders / name / "data"))
    assert cli.main(["refresh"]) == 1
    (sign,) = set(name) & set("#?%")
    assert f"FAZHI_DATA must be a path without {sign}: " in capsys.readouterr().err
    assert not (folders / name).exists()
    monkeypatch.setenv("FAZHI_DATA", str(folders / "空 格'引\"号"))
    monkeypatch.setenv("FAZHI_REPORTS", str(folders / name))
    assert load_settings().reports == folders / name


def test_a_refresh_with_nothing_new_says_so_and_sums_up(
    folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = load_settings()
    settings.reports.mkdir()
    (settings.reports / "a.txt").write_text("报告")
    settings.published.mkdir(parents=True)
    for path in (settings.warehouse, settings.published / "fazhi.duckdb"):
        path.touch()
    write_refresh(settings, fingerprint_inputs(settings), SUMMARY)
    assert cli.main(["refresh"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("Nothing new in")
    assert "3 seen: 2 loaded, 1 rejected" in printed
    assert "7 found, 5 with an indicator" in printed


def test_a_new_changed_or_renamed_file_changes_the_inputs(folders: Path) -> None:
    settings = load_settings()
    settings.reports.mkdir()
    seen = {fingerprint_inputs(settings)}
    (settings.reports / "a.txt").write_text("报告")
    seen.add(fingerprint_inputs(settings))
    (settings.reports / "a.txt").write_text("报告二")
    seen.add(fingerprint_inputs(settings))
    (settings.reports / "a.txt").rename(settings.reports / "b.txt")
    seen.add(fingerprint_inputs(settings))
    (settings.reports / "b.meta.json").write_text("{}")
    seen.add(fingerprint_inputs(settings))
    assert len(seen) == 5


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--year", "2042"], "year 2042"),
        (["--report", "0123456789abcdef"], "report_id 0123456789abcdef"),
        (["--year", "2042", "--report", "0123"], "year 2042, report_id 0123"),
    ],
)
def test_a_rebuild_of_reports_that_are_not_there_says_so(
    folders: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    options: list[str], named: str,
) -> None:  # fmt: skip
    """Such a rebuild used to succeed without doing anything."""
    jobs: list[str] = []
    monkeypatch.setattr(cli, "run_job", lambda settings, job, selection: jobs.append(job) or 0)
    assert cli.main(["rebuild", *options]) == 0  # a new installation: the run loads everything
    settings = load_settings()
    settings.data.mkdir()
    with open_warehouse(settings.warehouse) as connection:
        create_raw_tables(connection)
    assert cli.main(["rebuild", *options]) == 1
    assert f"nothing to rebuild: the warehouse has no report with {named}\n" in capsys.readouterr().err
    assert cli.main(["rebuild"]) == 0
    assert jobs == ["rebuild", "rebuild"]


def test_a_refresh_without_its_warehouse_is_forgotten(folders: Path) -> None:
    settings = load_settings()
    settings.published.mkdir(parents=True)
    write_refresh(settings, "inputs", SUMMARY)
    assert read_refresh(settings) is None


def test_relative_folders_start_at_the_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("FAZHI_REPORTS", raising=False)
    monkeypatch.delenv("FAZHI_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert settings.reports.parts[-2:] == ("seeds", "reports")
    assert settings.reports.parent.parent == settings.data.parent == settings.dbt_project.parent


def test_two_data_folders_share_nothing(folders: Path) -> None:
    one = load_settings()
    other = dataclasses.replace(one, data=folders / "other")
    shared = set(one.environment().items()) & set(other.environment().items())
    assert {name for name, _ in shared} == {"FAZHI_REPORTS", "FAZHI_SEEDS", "FAZHI_WIDE"}  # only read


def test_a_stage_version_follows_imports_and_reference_files(tmp_path: Path) -> None:
    reached = {path.relative_to(PIPELINE_DIR).as_posix() for path in reachable_modules(SEGMENT.modules)}
    assert {f"segment/{name}.py" for name in ("stage", "outline", "sentences", "words")} <= reached
    assert "records.py" in reached
    assert not {path for path in reached if path.startswith("extract/")}
    settings = load_settings()
    for stage in (INGEST, SEGMENT, EXTRACT):
        folder = tmp_path / stage.name
        for name in stage.reference:
            shutil.copytree(settings.reference / name, folder / name)
        before = stage.version(folder)
        assert before == stage.version(settings.reference)
        (folder / stage.reference[0] / "new.csv").touch()
        assert stage.version(folder) != before


def test_one_of_two_preparing_commands_waits(folders: Path) -> None:
    """Otherwise both would create Dagster's databases, and one would fail on a table that the other had made."""
    settings = load_settings()
    settings.dagster_home.mkdir(parents=True)
    with FileLock(settings.dagster_home / "prepare.lock"):
        command = [sys.executable, "-m", "orchestration", "parse"]
        process = subprocess.Popen(command, cwd=PROJECT_DIR, env={**os.environ}, stderr=subprocess.PIPE)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=3)
        assert [path.name for path in settings.dagster_home.iterdir()] == ["prepare.lock"]
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert (settings.dagster_home / "history" / "runs.db").is_file()
    assert settings.manifest.is_file()


def test_the_summary_tells_officers_which_files_were_rejected(
    folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = load_settings()
    cli.print_summary(settings, Refresh("inputs", "2026-03-01T00:00:00+00:00", SUMMARY))
    said = capsys.readouterr().out
    workbook = settings.published / "fazhi.xlsx"
    assert f"文件3个，其中1个没有收录（见 {workbook} 的“未收录的文件”）；现行报告2份" in said
    whole = dataclasses.replace(SUMMARY, files_by_status={"loaded": 3}, reasons={})
    cli.print_summary(settings, Refresh("inputs", "2026-03-01T00:00:00+00:00", whole))
    assert "没有收录" not in capsys.readouterr().out


def test_a_system_without_utf8_prints_and_writes_chinese() -> None:
    """LANG=C without Python's own UTF-8 fallback is such a system; published files have Chinese names."""
    ascii_only = {"LANG": "C", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    result = subprocess.run(
        [sys.executable, "-m", "orchestration", "explain", "调解纠纷36件"],
        cwd=PROJECT_DIR, env={**os.environ, **ascii_only}, capture_output=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "数字  36件 = 36 件" in result.stdout.decode("utf-8")
