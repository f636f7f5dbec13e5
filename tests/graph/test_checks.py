"""Each check on the raw tables passes on the samples and fails on offending rows."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import dagster as dg
import pytest

from orchestration.assets import checks
from orchestration.assets.checks.common import RowsCheck, rows_checks
from orchestration.assets.checks.results import describe_dbt_test
from orchestration.assets.common import Rebuild
from orchestration.definitions import build_definitions
from orchestration.pipeline.versions import EXTRACT, SEGMENT
from orchestration.warehouse.connection import open_warehouse
from orchestration.warehouse.resource import Warehouse
from tests.graph.conftest import Installation

CHECKS = {check.name: check for stage in checks.CHECKS.values() for check in stage}

_FAILED_FILES = (
    "update raw.files set status = 'rejected', reason = 'failed: KeyError: 1 (x.py:1 f)', report_id = null "
)
_FAILED_REPORTS = (
    "insert into raw.failures select '{}', report_id, 'KeyError: 1 (x.py:1 f)', now() from raw.documents "
)

# For each check, a change behind the pipeline's back that the check must find.
OFFENCES = {
    "every_decision_could_be_applied": (
        "insert into raw.correction_findings (file, problem_code, problem_zh, problem) "
        "values ('a.csv', 'bad_value', '更正值“很多”不是一个数', 'not a number')"
    ),
    "every_own_reference_row_could_be_used": (
        "insert into raw.correction_findings (file, row_number, problem_code, problem_zh, problem) "
        "values ('reference/indicators.csv', 3, 'reference_bad_row', '类型写错', 'kind')"
    ),
    "files_are_accounted_for": "update raw.files set status = 'lost'",
    "files_are_unique": "insert into raw.files from raw.files limit 1",
    "reports_folder_is_not_empty": "delete from raw.files",
    "each_readable_file_has_a_report": "delete from raw.documents",
    "each_current_report_stands_once": "insert into raw.files from raw.files where status = 'loaded' limit 1",
    "a_report_is_text_or_scan": "update raw.documents set text_source = 'ocr'",
    "only_figures_of_scans_have_confidence_of_ocr": "update raw.quantities set ocr_confidence = 0.9",
    "each_document_has_text": "update raw.documents set char_count = char_count + 1",
    "most_documents_are_identified": "update raw.documents set report_year = null",
    "each_report_has_sections": "delete from raw.sections",
    "sections_partition_the_text": "update raw.sections set char_start = char_start + 1 where position = 1",
    "sections_reproduce_the_text": "update raw.sections set text = text || '。' where position = 0",
    "sentences_stand_in_their_sections": "update raw.sentences set char_ends = "
    "list_transform(char_ends, lambda c: c + 100000)",
    "each_report_has_one_row_of_sentences": "insert into raw.sentences from raw.sentences limit 1",
    "mentions_stand_in_their_sentences": "update raw.theme_mentions set sentence_positions = "
    "list_transform(sentence_positions, lambda p: p + 1000)",
    "each_number_is_a_term": "delete from raw.terms where term_number in "
    "(select unnest(term_numbers) from raw.section_terms)",
    "terms_are_unique": "insert into raw.terms from raw.terms limit 1",
    "reports_have_words": "delete from raw.section_terms",
    "spans_reproduce_the_surface": "update raw.quantities set char_start = char_start - 1",
    "values_are_within_the_catalogues_range": (
        "update raw.quantities set value = 101 where indicator_id = 'disputes.resolution_rate'"
    ),
    "quantities_are_unique": "insert into raw.quantities from raw.quantities limit 1",
    "corpus_has_figures": "delete from raw.quantities",
    "raw_tables_have_their_columns": "alter table raw.quantities alter value type float",
    "files_keep_arriving": "update raw.files set first_seen_at = first_seen_at - interval 401 days",
    "nothing_failed_in_ingest": _FAILED_FILES + "where file_id = (select min(file_id) from raw.files)",
    "few_failures_in_ingest": _FAILED_FILES,
    "nothing_failed_in_segment": _FAILED_REPORTS.format("segment") + "limit 1",
    "few_failures_in_segment": _FAILED_REPORTS.format("segment"),
    "nothing_failed_in_extract": _FAILED_REPORTS.format("extract") + "limit 1",
    "few_failures_in_extract": _FAILED_REPORTS.format("extract"),
    "most_figures_have_an_indicator": "update raw.quantities set indicator_id = null",
    "the_catalogue_is_found_in_reports": (
        "insert into raw.documents select d.* replace (d.report_id || i as report_id) "
        "from raw.documents d, range(20) t(i)"
    ),
    "most_township_reports_have_figures": "delete from raw.quantities where report_id > '5'",
    "years_have_a_like_number_of_figures": (
        "update raw.documents set report_year = 2020 where report_id in (from five); "
        "delete from raw.quantities where report_id in (from five)"
    ).replace("from five", "select report_id from raw.documents order by report_id limit 5"),
    "no_report_vanishes_without_a_reason": "delete from marts.dim_report where unit_name = '友谊路街道'",
    "no_year_of_a_province_shrinks_without_a_reason": "update marts.dim_report set report_year = 1999",
    "no_indicator_loses_its_townships": "delete from marts.township_indicators",
}
WARNS = {
    "every_own_reference_row_could_be_used",
    "every_decision_could_be_applied",
    "files_keep_arriving",
    "most_documents_are_identified",
    "most_figures_have_an_indicator",
    "most_township_reports_have_figures",
    "no_indicator_loses_its_townships",
    "no_report_vanishes_without_a_reason",
    "nothing_failed_in_extract",
    "nothing_failed_in_ingest",
    "nothing_failed_in_segment",
    "the_catalogue_is_found_in_reports",
    "years_have_a_like_number_of_figures",
}


def run_check(
    name: str, installation: Installation, reports: Sequence[str] | None = None
) -> dg.AssetCheckResult:
    with open_warehouse(installation.settings.warehouse, wait_seconds=5) as connection:
        return CHECKS[name].evaluate(connection, installation.settings, reports)


def test_every_check_has_an_offence() -> None:
    assert set(CHECKS) == set(OFFENCES)


@pytest.mark.parametrize("name", OFFENCES)
def test_check_passes_on_the_samples(samples: Installation, name: str) -> None:
    assert run_check(name, samples).passed


@pytest.mark.parametrize("name", OFFENCES)
def test_check_fails_on_an_offence(samples: Installation, tmp_path: Path, name: str) -> None:
    shutil.copyfile(samples.settings.warehouse, tmp_path / "fazhi.duckdb")
    damaged = Installation(dataclasses.replace(samples.settings, data=tmp_path))
    (tmp_path / "published").symlink_to(samples.settings.published)
    damaged.execute(OFFENCES[name])
    result = run_check(name, damaged)
    assert not result.passed
    assert result.severity == (dg.AssetCheckSeverity.WARN if name in WARNS else dg.AssetCheckSeverity.ERROR)
    assert result.description and "offending rows" in result.description
    assert "行不符合" in result.description
    shown = {key: value.value for key, value in result.metadata.items()}
    assert str(CHECKS[name].meaning) == shown["meaning"]
    assert "没有不符合的行" in shown["expected"]
    assert f"有{shown['offending_rows']}行不符合" in shown["observed"]
    assert shown["offending_rows"] > 0
    assert shown["first_offending_row"].startswith("- ")


@pytest.mark.parametrize("name", [name for name, check in CHECKS.items() if check.by_report])
def test_a_check_by_report_reads_only_the_given_reports(
    samples: Installation, tmp_path: Path, name: str
) -> None:
    shutil.copyfile(samples.settings.warehouse, tmp_path / "fazhi.duckdb")
    damaged = Installation(dataclasses.replace(samples.settings, data=tmp_path))
    damaged.execute(OFFENCES[name])
    reports = [report_id for (report_id,) in damaged.query("select report_id from raw.documents")]
    assert not run_check(name, damaged, reports).passed
    found = run_check(name, damaged, reports).metadata["first_offending_row"].value
    (offender,) = (report_id for report_id in reports if report_id in str(found))
    assert not run_check(name, damaged, [offender]).passed
    assert run_check(name, damaged, ["no report's"]).passed
    assert run_check(name, damaged, []).passed


def test_only_stages_that_record_written_reports_have_checks_by_report() -> None:
    by_report = {stage for stage, asked in checks.CHECKS.items() if any(one.by_report for one in asked)}
    assert by_report == {SEGMENT.name, EXTRACT.name}


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_is_described_in_both_languages(name: str) -> None:
    english, chinese = CHECKS[name].meaning
    assert english.isascii() or "–" in english
    assert chinese.endswith(("。", "？"))
    assert any("\u4e00" <= character <= "\u9fff" for character in chinese)


def test_every_dbt_test_is_described_in_both_languages(samples: Installation) -> None:
    nodes = json.loads(samples.settings.manifest.read_text(encoding="utf-8"))["nodes"].values()
    meanings = [describe_dbt_test(node) for node in nodes if node["resource_type"] == "test"]
    assert len(meanings) > 100
    for english, chinese in meanings:
        assert english and any("\u4e00" <= character <= "\u9fff" for character in chinese)


def test_a_dbt_test_shows_its_description_and_first_offending_row(
    install_samples: Callable[[], Installation],
) -> None:
    damaged = install_samples()
    damaged.execute("update raw.quantities set period = 'someday' where char_start < 200")
    job = build_definitions(damaged.settings).resolve_job_def("refresh")
    figures = [key for key in job.asset_layer.executable_asset_keys if key.path[-1] == "stg_quantities"]
    result = job.execute_in_process(
        instance=damaged.instance,
        # otherwise dbt would test only changed reports
        run_config={"resources": {"rebuild": {"config": {"everything": True}}}},
        asset_selection=figures,
        raise_on_error=False,
    )
    assert not result.success
    found = {one.check_name: one for one in result.get_asset_check_evaluations()}
    assert all({"meaning", "expected", "observed"} <= set(one.metadata) for one in found.values())
    assert all(any(sign > "\u2e80" for sign in str(one.metadata["meaning"].value)) for one in found.values())
    failed = next(
        one for name, one in found.items() if name.startswith("accepted_values_") and not one.passed
    )
    shown = {key: value.value for key, value in failed.metadata.items()}
    assert "period is one of" in str(shown["meaning"])
    assert "period 为以下之一" in str(shown["meaning"])
    assert "someday" in str(shown["first_offending_row"])
    assert str(shown["observed"]).startswith(f"{shown['offending_rows']} offending rows")
    assert failed.description and "行不符合" in failed.description


def test_two_reports_without_words_do_not_block(samples: Installation, tmp_path: Path) -> None:
    shutil.copyfile(samples.settings.warehouse, tmp_path / "fazhi.duckdb")
    damaged = Installation(dataclasses.replace(samples.settings, data=tmp_path))
    damaged.execute(
        "delete from raw.section_terms where report_id in (select report_id from raw.documents limit 2)"
    )
    assert run_check("reports_have_words", damaged).passed


def test_two_reports_may_be_without_figures(samples: Installation, tmp_path: Path) -> None:
    shutil.copyfile(samples.settings.warehouse, tmp_path / "fazhi.duckdb")
    few = Installation(dataclasses.replace(samples.settings, data=tmp_path))
    few.execute("delete from raw.quantities")
    assert not run_check("corpus_has_figures", few).passed
    few.execute(
        "delete from raw.documents where report_id not in (select report_id from raw.documents limit 2)"
    )
    assert run_check("corpus_has_figures", few).passed


@pytest.mark.parametrize("name", OFFENCES)
def test_only_warnings_do_not_block(name: str) -> None:
    assert CHECKS[name].blocking is (name not in WARNS)


def test_a_query_that_cannot_run_does_not_hide_other_results(samples: Installation) -> None:
    checks = rows_checks(
        "tried",
        [
            RowsCheck("raw/files", "cannot_run", "…", "…", "from raw.no_such_table"),
            RowsCheck("raw/files", "finds_files", "…", "…", "from raw.files", blocking=False),
            RowsCheck("raw/files", "finds_nothing", "…", "…", "from raw.files where false"),
            RowsCheck("raw/files", "not_selected", "…", "…", "from raw.files"),
        ],
    )
    job = dg.define_asset_job(
        "tried",
        dg.AssetSelection.checks(*(check for check in checks.check_keys if check.name != "not_selected")),
    )
    warehouse = Warehouse(path=str(samples.settings.warehouse), wait_seconds=5)
    definitions = dg.Definitions(
        asset_checks=[checks],
        jobs=[job],
        resources={"warehouse": warehouse, "settings": samples.settings, "rebuild": Rebuild()},
    )
    result = definitions.resolve_job_def("tried").execute_in_process(raise_on_error=False)
    assert not result.success
    assert {check.check_name: check.passed for check in result.get_asset_check_evaluations()} == {
        "finds_files": False,
        "finds_nothing": True,
    }
    (failure,) = (event for event in result.all_events if event.is_step_failure)
    assert "no_such_table" in str(failure.step_failure_data.error)
