"""Which reports a stage processes again."""

from __future__ import annotations

import duckdb
import pytest

from orchestration.warehouse.stale import Selection, is_any_selected, stale_for_extract


@pytest.mark.parametrize(
    ("change", "is_stale"),
    [
        pytest.param("char_count = 9", False, id="nothing that is read into figures"),
        pytest.param("report_year = 2023", True, id="year"),
        pytest.param("admin_level = 'township'", True, id="level: what the county did counts no more"),
    ],
)
def test_a_report_is_extracted_again_if_its_figures_may_change(change: str, is_stale: bool) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "create schema raw; "
            "create table raw.reports as select 'r' as report_id; "
            "create table raw.documents as "
            "select 'r' as report_id, 2024 as report_year, 'county' as admin_level, 5 as char_count; "
            "create table raw.stage_runs as select 'segment' as stage, 'r' as subject_id, 'x' as fingerprint"
        )
        made = stale_for_extract(connection, "v1", {}, Selection()).input_hashes
        assert list(made) == ["r"]
        connection.execute("insert into raw.stage_runs values ('extract', 'r', $hash)", {"hash": made["r"]})
        assert stale_for_extract(connection, "v1", {}, Selection()).input_hashes == {}
        connection.execute(f"update raw.documents set {change}")
        assert list(stale_for_extract(connection, "v1", {}, Selection()).input_hashes) == ["r"] * is_stale


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        pytest.param(Selection(year=2024), True, id="a year"),
        pytest.param(Selection(report_id="r"), True, id="a report"),
        pytest.param(Selection(year=2042, report_id="r"), True, id="either"),
        pytest.param(Selection(everything=True), True, id="everything"),
        pytest.param(Selection(year=2042, report_id="s"), False, id="neither"),
        pytest.param(Selection(), False, id="nothing"),
    ],
)
def test_a_selection_may_match_no_report(selection: Selection, expected: bool) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "create schema raw; create table raw.documents as select 'r' as report_id, 2024 as report_year"
        )
        assert is_any_selected(connection, selection) is expected
