"""Installations in temporary folders: settings of their own, refreshed in this process."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from orchestration.cli import prepare
from orchestration.definitions import build_definitions
from orchestration.settings import PROJECT_DIR, Settings

REAL_REPORTS = PROJECT_DIR.parent / "shared" / "reports"


@dataclass
class Installation:
    """One installation: a reports folder that tests change, and runs over it."""

    settings: Settings
    instance: dg.DagsterInstance = field(default_factory=dg.DagsterInstance.ephemeral)

    def run(
        self, job: str = "refresh", *, only_raw: bool = False, **rebuild: Any
    ) -> dg.ExecuteInProcessResult:
        """Run a job to its end, whatever that is; `only_raw` leaves dbt and publishing out."""
        job_def = build_definitions(self.settings).resolve_job_def(job)
        raw = [key for key in job_def.asset_layer.executable_asset_keys if key.path[0] == "raw"]
        return job_def.execute_in_process(
            instance=self.instance,
            asset_selection=raw if only_raw else None,
            run_config={
                "resources": {"rebuild": {"config": rebuild}} if rebuild else {},
                "loggers": {"console": {"config": {"log_level": "ERROR"}}},
            },
            raise_on_error=False,
        )

    def write(self, name: str, text: str) -> Path:
        """Put a report into the folder, as UTF-8."""
        path = self.settings.reports / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def query(self, sql: str, *, published: bool = False) -> list[tuple[Any, ...]]:
        """Rows of a query on the warehouse, or on its published copy."""
        path = self.settings.published / "fazhi.duckdb" if published else self.settings.warehouse
        with duckdb.connect(str(path), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def execute(self, sql: str) -> None:
        """Change the warehouse behind the pipeline's back."""
        with duckdb.connect(str(self.settings.warehouse)) as connection:
            connection.execute(sql)


@pytest.fixture(scope="session")
def install(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path | None], Installation]:
    """Makes installations; the dbt project is parsed once for all."""
    parsed: list[Path] = []

    def make(reports: Path | None = None) -> Installation:
        folder = tmp_path_factory.mktemp("installation")
        if reports is None:
            (folder / "reports").mkdir()
        else:
            shutil.copytree(reports, folder / "reports")
        settings = Settings(
            reports=folder / "reports",
            data=folder / "data",
            workers=1,
            lock_wait_seconds=5,
            alert_webhook=None,
        )
        if parsed:
            shutil.copytree(parsed[0], settings.dbt_target)
        prepare(settings)
        parsed.append(settings.dbt_target)
        return Installation(settings)

    return make


@pytest.fixture(scope="session")
def samples(install: Callable[[Path | None], Installation]) -> Iterator[Installation]:
    """The sample reports, refreshed once; tests only read it."""
    installation = install(PROJECT_DIR / "seeds" / "reports")
    result = installation.run()
    assert result.success, [event.message for event in result.all_events if event.is_failure]
    yield installation
