"""Checks of a stage: only of written reports, of all rows, and of all rows again after these have failed."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from orchestration.assets.checks.common import rows_checks
from orchestration.assets.checks.segment import CHECKS
from orchestration.assets.common import Rebuild
from orchestration.refreshes import fingerprint_dbt_project
from orchestration.settings import Settings, load_settings
from orchestration.warehouse.connection import open_warehouse
from orchestration.warehouse.marts import WholeMarts, mark_marts_complete
from orchestration.warehouse.resource import Warehouse
from orchestration.warehouse.rows import write_input_hashes
from orchestration.warehouse.schema import create_raw_tables
from orchestration.warehouse.unchecked import list_unchecked, unchecked

ONE_ROW = [check for check in CHECKS if check.name == "each_report_has_one_row_of_sentences"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Marts complete as of now, report `old` twice in raw.sentences, report `new` unchecked."""
    made = dataclasses.replace(load_settings(), data=tmp_path)
    with open_warehouse(made.warehouse) as connection:
        create_raw_tables(connection)
        connection.execute("insert into raw.sentences values ('old', [], [], []), ('old', [], [], [])")
        now = datetime.now(UTC).isoformat()
        mark_marts_complete(connection, WholeMarts(fingerprint_dbt_project(made), now))
        write_input_hashes(connection, unchecked("segment"), {"new": ""})
    return made


def passes(settings: Settings, *, everything: bool = False) -> bool:
    """Return whether the check passes in a run of its own."""
    definitions = dg.Definitions(
        asset_checks=[rows_checks("segment", ONE_ROW)],
        jobs=[dg.define_asset_job("checks", dg.AssetSelection.all_asset_checks())],
        resources={
            "warehouse": Warehouse(path=str(settings.warehouse), wait_seconds=5),
            "settings": settings,
            "rebuild": Rebuild(everything=everything),
        },
    )
    return definitions.resolve_job_def("checks").execute_in_process(raise_on_error=False).success


def test_a_small_refresh_repeats_a_check_that_failed_on_all_rows(settings: Settings) -> None:
    assert passes(settings)  # only `new` is checked
    with open_warehouse(settings.warehouse) as connection:
        assert list_unchecked(connection, "segment") == []
    assert not passes(settings, everything=True)
    assert not passes(settings)
