"""Whole refreshes: every table of the contract exists and has rows, and only due work is done."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import dagster as dg
import pytest

from orchestration.assets import segment
from orchestration.settings import PROJECT_DIR, Settings
from tests.graph.conftest import Installation
from tests.graph.reports import report

CONTRACT = {
    "marts.dim_report": "report_id source_name source_path content_sha256 media_type encoding title admin_level "
    "unit_name unit_type township_key county_name county_code city_name province_name resolution report_year "
    "published_on document_date index_number document_number issuer char_count loaded_at",
    "marts.dim_report_history": "report_id",
    "marts.fct_section": "section_id report_id parent_section_id position level ordinal heading section_type "
    "char_start char_end text",
    "marts.fct_quantity": "quantity_id report_id section_id indicator_id value unit qualifier period scope measured "
    "surface sentence char_start char_end rule confidence",
    "marts.dim_indicator": "indicator_id domain_id domain_name_zh name_zh name_en unit kind valid_min valid_max "
    "definition",
    "marts.township_indicators": "township_key unit_name county_name province_name report_year indicator_id name_zh "
    "unit value qualifier mentions sentence report_id quantity_id",
    "marts.township_indicators_wide": "township_key report_year disputes_mediated",
    "marts.indicator_trends": "township_key unit_name indicator_id report_year value previous_year previous_value "
    "change percent_change first_year years_reported county_median county_rank",
    "marts.section_terms": "report_id section_type term part_of_speech occurrences tf_idf",
    "marts.reporting_compliance": "township_key report_year",
    "raw.files": "content_sha256 source_path byte_size media_type encoding first_seen_at status reason",
    "staging.stg_reports": "report_id text",
}


@pytest.mark.parametrize("table", CONTRACT)
def test_each_table_of_the_contract_is_filled_and_has_its_columns(samples: Installation, table: str) -> None:
    (count,) = samples.query(f"select count(*) from {table}")[0]
    columns = {name for name, *_ in samples.query(f"describe {table}")}
    assert count > 0
    assert set(CONTRACT[table].split()) <= columns


@pytest.mark.parametrize("table", [name for name in CONTRACT if name.startswith("marts.")])
def test_the_published_copy_and_the_parquet_files_hold_the_same_rows(
    samples: Installation, table: str
) -> None:
    counted = f"select count(*) from {table}"
    parquet = samples.settings.published / "parquet" / f"{table.removeprefix('marts.')}.parquet"
    assert samples.query(counted, published=True) == samples.query(counted)
    assert samples.query(f"select count(*) from '{parquet}'") == samples.query(counted)


@pytest.mark.parametrize("published", [False, True], ids=["warehouse", "published"])
def test_every_table_and_column_has_a_comment(samples: Installation, published: bool) -> None:
    missing = samples.query(
        "select schema_name, table_name, '' from duckdb_tables() where coalesce(comment, '') = '' "
        "union all select schema_name, view_name, '' from duckdb_views() "
        "where not internal and coalesce(comment, '') = '' "
        "union all select schema_name, table_name, column_name from duckdb_columns() "
        "where not internal and coalesce(comment, '') = ''",
        published=published,
    )
    assert missing == []


def test_every_sample_is_loaded_and_identified(samples: Installation) -> None:
    files = [
        path
        for path in (PROJECT_DIR / "seeds" / "reports").rglob("*.*")
        if not path.name.endswith(".meta.json")
    ]
    rows = samples.query(
        "select source_name, township_key, report_year from marts.dim_report where admin_level = 'township'"
    )
    assert len(rows) == len(files) >= 10
    assert all(key and year for _, key, year in rows)


def test_spans_reproduce_the_surface_in_the_marts(samples: Installation) -> None:
    wrong = samples.query(
        "select q.quantity_id from marts.fct_quantity q join staging.stg_reports r using (report_id) "
        "where r.text[q.char_start + 1 : q.char_end] != q.surface"
    )
    assert wrong == []


def test_trends_compare_the_years_of_a_township(samples: Installation) -> None:
    rows = samples.query(
        "select report_year, previous_year from marts.indicator_trends where unit_name = '友谊路街道' "
        "and indicator_id = 'capacity.study_sessions' order by report_year"
    )
    assert rows == [(2022, None), (2023, 2022), (2025, 2023)]


@pytest.fixture
def installation(install: Callable[[Path | None], Installation]) -> Installation:
    return install(None)


def worked(result: dg.ExecuteInProcessResult) -> dict[str, int]:
    """Return how many files were read and how many reports were segmented and extracted."""
    assert result.success
    found = {
        event.asset_key.path[-1]: event.materialization.metadata
        for event in result.get_asset_materialization_events()
        if event.asset_key
    }
    return {
        "read": found["files"]["files_read"].value,
        "segmented": found["sections"]["reports_refreshed"].value,
        "extracted": found["quantities"]["reports_refreshed"].value,
    }


def test_only_new_and_changed_reports_are_worked_on(installation: Installation) -> None:
    installation.write("a.txt", report(2023))
    installation.write("b.txt", report(2024))
    assert worked(installation.run(only_raw=True)) == {"read": 2, "segmented": 2, "extracted": 2}
    assert worked(installation.run(only_raw=True)) == {"read": 0, "segmented": 0, "extracted": 0}
    installation.write("c.txt", report(2022))
    assert worked(installation.run(only_raw=True)) == {"read": 1, "segmented": 1, "extracted": 1}
    installation.write("c.txt", report(2022, found=41))
    assert worked(installation.run(only_raw=True)) == {"read": 1, "segmented": 1, "extracted": 1}
    assert [status for status, _ in installation.statuses().values()].count("loaded") == 3


def test_townships_are_written_when_their_version_changes_and_their_names_reach_the_words(
    installation: Installation,
) -> None:
    def is_listed(name: str) -> bool:
        return installation.query(f"select * from raw.townships where unit_name = '{name}'") != []

    installation.write("a.txt", report(2023))
    installation.run(only_raw=True)
    (known,) = installation.query("select min(unit_name) from raw.townships")[0]
    installation.execute(f"update raw.townships set unit_name = '云上云下镇' where unit_name = '{known}'")
    assert worked(installation.run(only_raw=True)) == {"read": 0, "segmented": 1, "extracted": 1}
    assert is_listed("云上云下镇")
    installation.execute("update raw.stage_runs set fingerprint = 'of before' where stage = 'townships'")
    assert worked(installation.run(only_raw=True))["segmented"] == 1
    assert is_listed(known) and not is_listed("云上云下镇")
    assert worked(installation.run(only_raw=True))["segmented"] == 0


def test_a_few_reports_get_the_terms_that_many_would_get(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = (
        "select report_id, section_type, term, occurrences from (select report_id, section_type, "
        "unnest(term_numbers) as term_number, unnest(occurrences) as occurrences from raw.section_terms) "
        "join raw.terms using (term_number) order by all"
    )
    installation.write("a.txt", report(2024))
    installation.write("b.txt", report(2023, unit="重庆市铜梁区安居镇"))
    assert installation.run(only_raw=True).success
    few = installation.query(counted)
    assert {"矛盾纠纷", "安居镇"} <= {term for _, _, term, _ in few}
    monkeypatch.setattr(segment, "CHUNK", 0)
    assert worked(installation.run(only_raw=True, everything=True))["segmented"] == 2
    assert installation.query(counted) == few


def test_whole_texts_are_compressed_without_a_dictionary(samples: Installation) -> None:
    """DuckDB's own choice of compression takes thirty times as long and more space."""
    for table, column in (("raw.documents", "text"), ("raw.reports", "raw_text")):
        used = f"select distinct compression from pragma_storage_info('{table}') "
        used += f"where column_name = '{column}' and segment_type = 'VARCHAR'"
        assert samples.query(used) == [("ZSTD",)]


def test_a_rebuild_redoes_a_year_a_report_or_everything(installation: Installation) -> None:
    installation.write("a.txt", report(2023))
    installation.write("b.txt", report(2024))
    installation.run(only_raw=True)
    before = installation.query("select * from raw.quantities order by quantity_id")
    (report_id,) = installation.query("select report_id from raw.documents where report_year = 2024")[0]
    one = {"read": 1, "segmented": 1, "extracted": 1}
    assert worked(installation.run(only_raw=True, year=2023)) == one
    assert worked(installation.run(only_raw=True, report_id=report_id)) == one
    assert worked(installation.run(only_raw=True, everything=True))["extracted"] == 2
    assert installation.query("select * from raw.quantities order by quantity_id") == before


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        ("ingest", {"read": 1, "segmented": 0, "extracted": 0}),
        ("segment", {"read": 0, "segmented": 1, "extracted": 1}),
        ("extract", {"read": 0, "segmented": 0, "extracted": 1}),
    ],
)
def test_a_new_version_of_a_stage_redoes_that_stage_and_what_its_change_reaches(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, stage: str, expected: dict[str, int]
) -> None:
    from orchestration.pipeline.versions import Stage

    installation.write("a.txt", report())
    installation.run(only_raw=True)
    version = Stage.version
    monkeypatch.setattr(
        Stage, "version", lambda self, folder: "new" if self.name == stage else version(self, folder)
    )
    assert worked(installation.run(only_raw=True)) == expected


def test_every_file_is_accounted_for(installation: Installation) -> None:
    installation.write("loaded.txt", report(2024))
    installation.write("same_bytes.txt", report(2024))
    paragraphs = "".join(f"<p>{line}</p>" for line in report(2024).splitlines())
    installation.write("same_text.html", f"<html><body>{paragraphs}</body></html>")
    installation.write("empty.txt", "")
    installation.write("notes.txt", "hello, this is no report at all")
    assert installation.run(only_raw=True).success
    found = installation.statuses()
    assert found["loaded.txt"] == ("loaded", None)
    assert found["same_bytes.txt"] == ("duplicate", "same_bytes")
    assert found["same_text.html"] == ("duplicate", "same_text")
    assert found["empty.txt"] == ("rejected", "empty")
    assert found["notes.txt"][0] == "rejected"


def test_a_corrected_report_supersedes_the_earlier_one(installation: Installation) -> None:
    installation.write("first.txt", report(2024, found=40))
    installation.run(only_raw=True)
    installation.write("second.txt", report(2024, found=45))
    installation.run(only_raw=True)
    assert installation.statuses() == {
        "first.txt": ("superseded", "corrected"),
        "second.txt": ("loaded", None),
    }


def test_new_bytes_at_a_path_supersede_the_old_ones(installation: Installation) -> None:
    installation.write("a.txt", report(2024, found=40))
    installation.run(only_raw=True)
    installation.write("a.txt", report(2023, found=41))
    installation.run(only_raw=True)
    rows = installation.query("select status, is_present from raw.files order by is_present")
    assert rows == [("superseded", False), ("loaded", True)]


def test_a_moved_file_stays_one_report_at_its_new_path(installation: Installation) -> None:
    path = installation.write("a.txt", report(2024))
    installation.run(only_raw=True)
    path.rename(path.with_name("b.txt"))
    installation.run(only_raw=True)
    assert installation.statuses() == {"a.txt": ("duplicate", "same_bytes"), "b.txt": ("loaded", None)}
    assert installation.query("select source_path from raw.reports") == [("b.txt",)]


def test_a_report_moves_to_its_copy_when_its_file_changes(installation: Installation) -> None:
    installation.write("a.txt", report(2024))
    installation.write("b.txt", report(2024))
    installation.run(only_raw=True)
    assert installation.query("select source_path from raw.reports") == [("a.txt",)]
    installation.write("a.txt", report(2023))
    assert worked(installation.run(only_raw=True)) == {"read": 2, "segmented": 1, "extracted": 1}
    paths = installation.query(
        "select report_year, source_path from raw.documents join raw.reports using (report_id) order by 1"
    )
    assert paths == [(2023, "a.txt"), (2024, "b.txt")]
    assert worked(installation.run(only_raw=True)) == {"read": 0, "segmented": 0, "extracted": 0}


def test_members_of_an_archive_are_read_once_and_own_their_reports(installation: Installation) -> None:
    installation.write("copy_of_a.txt", report(2024))
    with ZipFile(installation.settings.reports / "all.zip", "w") as archive:
        archive.writestr("a.txt", report(2024))
        archive.writestr("b.txt", report(2023))
    assert worked(installation.run(only_raw=True)) == {"read": 3, "segmented": 2, "extracted": 2}
    assert worked(installation.run(only_raw=True)) == {"read": 0, "segmented": 0, "extracted": 0}
    assert installation.query("select source_path from raw.reports order by 1") == [
        ("all.zip!/a.txt",),
        ("all.zip!/b.txt",),
    ]
    assert installation.query("select count(*) from raw.files where is_present") == [(3,)]


def test_a_vanished_file_keeps_its_report(installation: Installation) -> None:
    path = installation.write("a.txt", report(2024))
    installation.run(only_raw=True)
    path.unlink()
    installation.write("b.txt", report(2023))
    installation.run(only_raw=True)
    assert {status for status, _ in installation.statuses().values()} == {"loaded"}
    assert installation.query("select is_present from raw.files where source_path = 'a.txt'") == [(False,)]


def test_reference_files_may_be_as_excel_saves_them(
    install_refreshed: Callable[[], Installation], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every file in GB18030 and CRLF, which dbt and DuckDB cannot read, the marts are the same."""
    plain = install_refreshed()
    reference = Path(shutil.copytree(plain.settings.reference, tmp_path / "reference"))
    for path in reference.rglob("*.csv"):
        path.write_bytes(path.read_text(encoding="utf-8").replace("\n", "\r\n").encode("gb18030"))
    monkeypatch.setattr(Settings, "project_reference", property(lambda self: reference))
    installation = install_refreshed()
    extracted = "select fingerprint from raw.stage_runs where stage = 'extract'"
    before = installation.query(extracted)
    result = installation.run()
    assert result.success, [event.message for event in result.all_events if event.is_failure]
    assert installation.query(extracted) != before, "it was read with the other files"
    for table in ("marts.dim_indicator", "marts.township_indicators", "marts.reporting_compliance"):
        sql = f"select * from {table} order by all"
        assert installation.query(sql) == plain.query(sql)
