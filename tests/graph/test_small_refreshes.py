"""Small refreshes skip dbt and unchanged files, and publish what a full refresh publishes."""

from __future__ import annotations

from collections.abc import Callable

import dagster as dg
import pytest

from orchestration.publishing.unchanged import RECORD
from orchestration.warehouse.connection import open_warehouse
from orchestration.warehouse.rows import write_input_hashes
from orchestration.warehouse.unchecked import unchecked
from tests.graph.conftest import Installation
from tests.graph.reports import report
from tests.small_refreshes import Arrivals, differences, read_published


def dbt_builds(installation: Installation) -> int:
    """Count the builds of the marts by dbt itself."""
    return len(list((installation.settings.dbt_target / "runs").glob("*/run_results.json")))


@pytest.fixture
def small(install_refreshed: Callable[[], Installation]) -> Installation:
    return install_refreshed()


def test_changes_of_each_kind_publish_what_a_full_refresh_publishes(small: Installation) -> None:
    """The order is fixed here; `tests.resilience.sequences` tries random ones."""
    settings = small.settings
    arrivals = Arrivals(settings.reports, settings.corrections, settings.warehouse, seed=3)
    arrivals.begin(10)
    builds = dbt_builds(small)
    assert small.run().success
    happened = []
    for kinds in (("replace", "remove"), ("correct", "correct the year"), ("take back", "add")):
        happened += [arrivals.happen(kind) for kind in kinds]
        assert small.run().success, happened
    assert dbt_builds(small) == builds, "a small refresh was built by dbt"
    published = read_published(settings.published, times=False)
    (settings.published / RECORD).unlink()  # so that all files are written
    assert small.run("rebuild", everything=True).success
    assert dbt_builds(small) == builds + 1
    assert differences(published, read_published(settings.published, times=False)) == [], happened


def test_files_of_marts_that_hold_the_same_are_not_written_again(small: Installation) -> None:
    def written() -> dict[str, int]:
        folder = small.settings.published
        return {
            path.relative_to(folder).as_posix(): path.stat().st_mtime_ns
            for path in folder.rglob("*.*")
            if path.suffix in {".parquet", ".csv", ".xlsx"}
        }

    before = written()
    (quantity,) = small.query("select quantity_id from marts.fct_quantity where value = 30 limit 1")[0]
    small.settings.corrections.mkdir(exist_ok=True)
    (small.settings.corrections / "a.csv").write_text(f"数字编号,更正值\n{quantity},33\n", encoding="utf-8")
    assert small.run().success
    after = written()
    changed = {name for name in before if before[name] != after[name]}
    assert {"parquet/fct_quantity.parquet", "csv/fct_quantity.csv", "fazhi.xlsx"} <= changed
    assert (
        not {
            "parquet/section_terms.parquet",
            "parquet/theme_mentions.parquet",
            "csv/fct_section.csv",
            "csv_zh/报告大纲.csv",
            "parquet/dim_indicator.parquet",
        }
        & changed
    )
    assert set(before) == set(after)

    # a file that somebody changed is written again
    path = small.settings.published / "csv" / "dim_indicator.csv"
    whole = path.read_bytes()
    path.write_bytes(b"changed")
    small.write("c.txt", report(2022))
    assert small.run().success
    assert path.read_bytes() == whole


def test_a_failing_dbt_test_stops_a_small_refresh_before_publishing(small: Installation) -> None:
    before = (small.settings.published / "fazhi.duckdb").read_bytes()
    builds = dbt_builds(small)
    small.execute("insert into raw.townships from raw.townships limit 1")
    small.write("d.txt", report(2021))
    result = small.run()
    assert not result.success
    assert dbt_builds(small) == builds
    failed = [check for check in result.get_asset_check_evaluations() if not check.passed]
    errors = [event.step_failure_data.error for event in result.all_events if event.is_step_failure]
    assert {check.severity for check in failed} == {dg.AssetCheckSeverity.ERROR}, errors
    assert (small.settings.published / "fazhi.duckdb").read_bytes() == before
    # the next refresh trusts none of the existing marts
    first = "select min(rowid) from raw.townships group by township_key"
    small.execute(f"delete from raw.townships where rowid not in ({first})")
    (small.settings.reports / "d.txt").unlink()
    assert small.run().success
    assert dbt_builds(small) == builds + 1
    assert small.query("select count(*) from marts.dim_report", published=True) == [(3,)]


def test_reports_that_were_written_are_checked_and_no_others(small: Installation) -> None:
    """Damage to other reports, which no stage causes, is found once a day and in a rebuild."""
    reports = [report_id for (report_id,) in small.query("select report_id from raw.documents order by 1")]
    small.write("e.txt", report(2020))
    assert small.run().success
    damage = f"update raw.sections set text = text || '。' where report_id = '{reports[0]}' and position = 0"
    small.execute(damage)
    small.write("f.txt", report(2019))
    assert small.run().success

    # the state after a run that broke off between the stage and its checks
    with open_warehouse(small.settings.warehouse) as connection:
        write_input_hashes(connection, unchecked("segment"), {reports[0]: ""})
    small.write("g.txt", report(2018))
    result = small.run()
    assert not result.success
    (failed,) = (check for check in result.get_asset_check_evaluations() if not check.passed)
    assert failed.check_name == "sections_reproduce_the_text"
    assert reports[0] in str(failed.metadata["first_offending_row"].value)
    assert not small.run().success  # it stays unchecked
    small.execute(damage.replace("text || '。'", "text[:-2]"))
    assert small.run().success
    assert small.query("select count(*) from raw.stage_runs where stage like 'unchecked%'") == [(0,)]
    small.execute(damage)
    assert not small.run("rebuild", year=1999).success
    assert not small.run().success  # the next small refresh does not skip a report that failed a check
