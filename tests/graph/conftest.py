"""Installations in temporary folders, each with its own settings, refreshed in this process.

The first pytest process that needs a slow fixture makes it; tests get copies. An installation can be
copied because nothing in it depends on its path.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from dagster import EventRecordsResult
from filelock import FileLock

from orchestration.definitions import build_definitions
from orchestration.deployment.preparation import prepare
from orchestration.settings import PROJECT_DIR, Settings
from tests.explorer_server import Server, Site
from tests.graph.reports import report

SAMPLES = PROJECT_DIR / "seeds" / "reports"
REAL_REPORTS = PROJECT_DIR.parent / "shared" / "reports"


def records_of_runs() -> dg.DagsterInstance:
    """Return a Dagster instance that keeps its records in memory and stores no events.

    Storing events takes a third of a small run, and run results hold them anyway. Searching them, which
    Dagster does for each input of each asset, takes a seventh; here a search finds nothing.
    """
    instance = dg.DagsterInstance.ephemeral()
    storage = instance.event_log_storage
    storage.store_event = lambda event: None  # type: ignore[method-assign]
    storage.store_event_batch = lambda events: None  # type: ignore[method-assign]
    storage.get_asset_records = lambda asset_keys=None: []  # type: ignore[method-assign]
    nothing = EventRecordsResult([], "", has_more=False)
    storage.fetch_observations = lambda *_, **__: nothing  # type: ignore[method-assign]
    return instance


@dataclass
class Installation:
    """An installation: a reports folder that tests can change, and runs over it."""

    settings: Settings
    instance: dg.DagsterInstance = field(default_factory=records_of_runs)

    def run(
        self, job: str = "refresh", *, only_raw: bool = False, only: Sequence[str] = (), **rebuild: Any
    ) -> dg.ExecuteInProcessResult:
        """Run a job to its end, successful or not, for all assets, `only_raw`, or `only` these raw tables."""
        job_def = build_definitions(self.settings).resolve_job_def(job)
        chosen = [dg.AssetKey(["raw", table]) for table in only]
        if only_raw:
            chosen = [key for key in job_def.asset_layer.executable_asset_keys if key.path[0] == "raw"]
        return job_def.execute_in_process(
            instance=self.instance,
            asset_selection=chosen or None,
            run_config={
                "resources": {"rebuild": {"config": rebuild}} if rebuild else {},
                "loggers": {"console": {"config": {"log_level": "ERROR"}}},
            },
            raise_on_error=False,
        )

    def write(self, name: str, text: str) -> Path:
        """Write a report into the folder, in UTF-8."""
        path = self.settings.reports / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def query(self, sql: str, *, published: bool = False) -> list[tuple[Any, ...]]:
        """Return the rows of a query on the warehouse or on its published copy."""
        path = self.settings.published / "fazhi.duckdb" if published else self.settings.warehouse
        with duckdb.connect(str(path), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def statuses(self) -> dict[str, tuple[str, str | None]]:
        """Return status and reason code of each file by its path."""
        rows = self.query("select source_path, status, split_part(reason, ':', 1) from raw.files")
        return {path: (status, reason) for path, status, reason in rows}

    def execute(self, sql: str) -> None:
        """Change the warehouse behind the pipeline's back."""
        with duckdb.connect(str(self.settings.warehouse)) as connection:
            connection.execute(sql)


Install = Callable[[Path | None], Installation]
CopyOf = Callable[[str, Callable[[], Installation]], Installation]


def settings_in(folder: Path) -> Settings:
    """Return the settings of an installation that keeps its reports and data in a folder."""
    return Settings(
        reports=folder / "reports", data=folder / "data", workers=1, lock_wait_seconds=5, alert_webhook=None
    )


def refresh(installation: Installation) -> Installation:
    """Return the installation after a successful run."""
    result = installation.run()
    assert result.success, [event.message for event in result.all_events if event.is_failure]
    return installation


@pytest.fixture(scope="session")
def copy_of(tmp_path_factory: pytest.TempPathFactory) -> CopyOf:
    """copy_of(name, make): a copy of what `make` returned in the first process to need `name`; others wait.

    The first run of a copy reads its files again, with the same result, because the file system has new files.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # a worker's folder is inside the session's
        shared = shared.parent

    def copy(name: str, make: Callable[[], Installation]) -> Installation:
        original = shared / name
        with FileLock(f"{original}.lock"):
            if not original.exists():
                make().settings.data.parent.rename(original)
        folder = tmp_path_factory.mktemp("installation")
        shutil.copytree(original, folder, dirs_exist_ok=True)
        prepare(settings_in(folder))
        return Installation(settings_in(folder))

    return copy


@pytest.fixture(scope="session")
def install(tmp_path_factory: pytest.TempPathFactory, copy_of: CopyOf) -> Install:
    """Make installations with the reports of a folder, or none; the first run without reports is shared.

    The dbt project is parsed, and the warehouse holds the gazetteer and the vocabulary of segment.
    """

    def begin() -> Installation:
        settings = settings_in(tmp_path_factory.mktemp("installation"))
        (settings.data.parent / "reports").mkdir()
        prepare(settings)
        made = Installation(settings)
        words = ["terms", "sections", "sentences", "section_terms", "theme_mentions"]  # written by one step
        assert made.run(only=["townships", *words]).success
        return made

    def make(reports: Path | None = None) -> Installation:
        made = copy_of("begun", begin)
        if reports is not None:
            shutil.copytree(reports, made.settings.data.parent / "reports", dirs_exist_ok=True)
        return made

    return make


@pytest.fixture(scope="session")
def install_samples(install: Install, copy_of: CopyOf) -> Callable[[], Installation]:
    """Make installations with refreshed sample reports and Dagster's records of the run."""

    def make() -> Installation:
        made = install(SAMPLES)
        made.settings.warehouse.unlink()  # so that one test run is a complete first run
        with dg.DagsterInstance.get() as made.instance:
            return refresh(made)

    return lambda: copy_of("samples", make)


@pytest.fixture(scope="session")
def samples(install_samples: Callable[[], Installation]) -> Iterator[Installation]:
    """The sample reports, refreshed; tests only read it."""
    installation = install_samples()
    with dg.DagsterInstance.get() as installation.instance:  # of the home prepared last
        yield installation


@pytest.fixture(scope="session")
def install_refreshed(install: Install, copy_of: CopyOf) -> Callable[[], Installation]:
    """Make refreshed installations: a.txt of 2023 (20 disputes found, 19 resolved), b.txt of 2024 (30 and 29).

    Tests then need only a small refresh, which takes a quarter of the time of a full one.
    """

    def make() -> Installation:
        made = install(None)
        made.write("a.txt", report(2023, found=20, resolved=19))
        made.write("b.txt", report(2024, found=30, resolved=29))
        return refresh(made)

    return lambda: copy_of("refreshed", make)


@pytest.fixture(scope="module")
def site(samples: Installation) -> Iterator[Site]:
    """The browser page on the samples."""
    with Server(samples.settings) as site:
        yield site


def change_copy(samples: Installation, folder: Path, *statements: str) -> Settings:
    """Return settings for a copy of the published file in a folder, changed by SQL statements."""
    settings = replace(samples.settings, data=folder)
    settings.published.mkdir(parents=True)
    copy = shutil.copy(samples.settings.published / "fazhi.duckdb", settings.published / "fazhi.duckdb")
    with duckdb.connect(str(copy)) as connection:
        for statement in statements:
            connection.execute(statement)
    return settings


def unclaim(which: str) -> str:
    """Return a statement that lists reports of a published copy as unclaimed; `which` is an SQL condition."""
    return (
        "insert into marts.unresolved_reports by name select report_id, source_name, source_path, resolution, "
        f"'看不出是谁的报告' as problem_zh from marts.dim_report where {which}"
    )


def refuse(name: str) -> tuple[str, str]:
    """Return statements that add a rejected file to a published copy."""
    own = (
        f"select files.* replace ('{name}' as source_path, '{name}' as source_name, 'rejected' as status, "
        f"'empty: no bytes' as reason, '{name}' as file_id, null as report_id) from raw.files limit 1"
    )
    told = (
        f"insert into marts.rejected_files by name select '{name}' as source_path, '{name}' as source_name, "
    )
    return (
        f"insert into raw.files {own}",
        f"{told} '是空的' as reason_zh, 'empty' as reason_code, '{name}' as file_id, '请重新报送' as reply_zh",
    )


@pytest.fixture
def visitor(site: Site) -> Site:
    """A client without cookies."""
    return Site(site.port, site.corrections)


@pytest.fixture(scope="module")
def report_id(samples: Installation) -> str:
    """The id of a report of 太平镇."""
    [(found,)] = samples.query(
        "select report_id from marts.dim_report where township_key = '500151-太平镇'", published=True
    )
    return found
