"""Publishing: only after all checks pass, all at once, and readers of the old copy keep it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from orchestration.publishing import publish
from orchestration.publishing.database import write_database
from orchestration.publishing.publication import Publication
from orchestration.publishing.publish import FORMATS, publish_marts
from orchestration.warehouse.connection import WarehouseError, open_warehouse
from tests.graph.conftest import Installation
from tests.graph.reports import report


@pytest.fixture
def small(install_refreshed: Callable[[], Installation]) -> Installation:
    return install_refreshed()


def test_a_failed_check_leaves_the_published_copy_alone(small: Installation) -> None:
    before = (small.settings.published / "fazhi.duckdb").read_bytes()
    record = (small.settings.published / "refresh.json").read_text()
    small.write("c.txt", report(2022))
    small.execute("insert into raw.terms from raw.terms limit 1")
    result = small.run()
    assert not result.success
    failed = [check.check_name for check in result.get_asset_check_evaluations() if not check.passed]
    assert failed == ["terms_are_unique"]
    assert (small.settings.published / "fazhi.duckdb").read_bytes() == before
    assert (small.settings.published / "refresh.json").read_text() == record


def test_no_job_publishes_the_marts_of_a_failed_transform(small: Installation) -> None:
    before = (small.settings.published / "fazhi.duckdb").read_bytes()
    small.execute("insert into raw.townships from raw.townships limit 1")
    assert not small.run().success
    result = small.run("publish")
    assert not result.success
    (failure,) = [event.step_failure_data.error for event in result.all_events if event.is_step_failure]
    assert failure and failure.cause and "the marts are incomplete" in failure.cause.message
    assert (small.settings.published / "fazhi.duckdb").read_bytes() == before


def test_the_job_publish_publishes_whole_marts(small: Installation) -> None:
    (small.settings.published / "fazhi.duckdb").unlink()
    assert small.run("publish").success
    assert small.query("select count(*) > 0 from marts.fct_quantity", published=True) == [(True,)]


def test_a_reader_keeps_its_copy_through_publishes(samples: Installation, tmp_path: Path) -> None:
    shutil.copytree(samples.settings.published, tmp_path / "published")
    target = tmp_path / "published" / "fazhi.duckdb"
    counted = "select count(*) from marts.fct_quantity"
    with duckdb.connect(str(target), read_only=True) as reader:
        expected = reader.execute(counted).fetchone()
        for _ in range(3):
            with open_warehouse(samples.settings.warehouse) as connection:
                publish_marts(connection, tmp_path / "published")
            assert reader.execute(counted).fetchone() == expected
    with duckdb.connect(str(target), read_only=True) as reader:
        assert reader.execute(counted).fetchone() == expected


def test_what_an_officer_saves_while_workbooks_are_written_is_kept(
    samples: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, corrections = tmp_path / "published", tmp_path / "corrections"
    with open_warehouse(samples.settings.warehouse) as connection:
        publish_marts(connection, folder)
        book = next((folder / "counties").glob("*.xlsx"))

        def save_late(publication: Publication, path: Path) -> None:
            publication.results["counties"].result()
            edited = folder / "edited.xlsx"  # as Excel does: a new file replaces the old one
            edited.write_bytes(book.read_bytes() + b" ")
            edited.replace(book)
            path.write_text("")

        monkeypatch.setattr(publish, "FORMATS", (*FORMATS, publish.Format("late.txt", save_late)))
        publish_marts(connection, folder)
    (kept,) = corrections.glob("*.xlsx")
    assert kept.stem.startswith(book.stem) and kept.read_bytes() == book.read_bytes() + b" "


class OnlyCursors:
    """A connection that refuses queries: threads must use cursors."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.cursor = connection.cursor


def test_each_format_queries_a_cursor_of_its_own(
    samples: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two threads that query one connection get each other's rows."""
    monkeypatch.setattr(
        "orchestration.publishing.publish.Publication",
        lambda connection, *rest: Publication(OnlyCursors(connection), *rest),  # type: ignore[arg-type]
    )
    with open_warehouse(samples.settings.warehouse) as connection:
        publish_marts(connection, tmp_path)
    assert {form.name for form in FORMATS} <= {path.name for path in tmp_path.iterdir()}


def test_unchanged_files_are_kept_and_leave_no_extra_files(samples: Installation, tmp_path: Path) -> None:
    with open_warehouse(samples.settings.warehouse) as connection:
        publish_marts(connection, tmp_path)
        before = {path.name: path.stat().st_ino for path in tmp_path.iterdir() if path.is_file()}
        publish_marts(connection, tmp_path)
    after = {path.name: path.stat().st_ino for path in tmp_path.iterdir() if path.is_file()}
    assert after.keys() == before.keys()
    assert after["fazhi.xlsx"] == before["fazhi.xlsx"], "it was written again"


def test_a_leftover_log_beside_the_copy_is_not_replayed(samples: Installation, tmp_path: Path) -> None:
    target = tmp_path / "fazhi.duckdb"
    with open_warehouse(samples.settings.warehouse) as connection:
        publish_marts(connection, tmp_path)
        target.with_name("fazhi.duckdb.wal").write_bytes(b"not a log")
        publish_marts(connection, tmp_path)
    assert not target.with_name("fazhi.duckdb.wal").exists()
    with duckdb.connect(str(target), read_only=True) as reader:
        assert reader.execute("select count(*) > 0 from marts.dim_report").fetchone() == (True,)


@pytest.mark.parametrize("published", [False, True])
def test_files_are_written_for_the_readers_that_the_documents_name(
    samples: Installation, published: bool
) -> None:
    ((tags,),) = samples.query(
        "select tags from duckdb_databases() where database_name = current_database()", published=published
    )
    assert tags["storage_version"].startswith("v1.3")


def test_the_published_copy_answers_the_usual_questions(samples: Installation) -> None:
    rows = samples.query(
        "select township_key from marts.find_township('友谊路') where years_reported > 0", published=True
    )
    assert rows == [("310113-友谊路街道",)]


def test_every_figure_can_be_checked_in_the_published_copy_under_any_name(samples: Installation) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{samples.settings.published / 'fazhi.duckdb'}' as year2025 (read_only)")
        checked = connection.execute(
            "select count(*), count(*) filter (substring(text, char_start + 1, char_end - char_start) = surface) "
            "from year2025.marts.fct_quantity join year2025.staging.stg_reports using (report_id)"
        ).fetchone()
        assert checked and checked[0] == checked[1] > 100
        for view in ("fct_section", "section_terms", "theme_mentions"):
            rows = connection.execute(f"select count(*) > 0 from year2025.marts.{view}").fetchone()
            assert rows == (True,), view


def test_a_copy_that_cannot_be_written_says_why_and_nothing_is_replaced(
    samples: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_elsewhere(publication: Publication, path: Path) -> None:
        write_database(publication, path / "nowhere")

    formats = [
        form._replace(write=write_elsewhere) if form.name == "fazhi.duckdb" else form for form in FORMATS
    ]
    monkeypatch.setattr(publish, "FORMATS", tuple(formats))
    with (
        open_warehouse(samples.settings.warehouse) as connection,
        pytest.raises(WarehouseError, match=r"cannot copy .*fazhi\.duckdb.*: No such file or directory"),
    ):
        publish_marts(connection, tmp_path)
    assert not [form.name for form in FORMATS if (tmp_path / form.name).exists()]


def test_publishing_keeps_other_writers_out(samples: Installation, tmp_path: Path) -> None:
    warehouse = shutil.copy(samples.settings.warehouse, tmp_path / "fazhi.duckdb")
    attempt = f"import duckdb; duckdb.connect({str(warehouse)!r})"
    with open_warehouse(Path(warehouse)) as connection:
        publish_marts(connection, tmp_path / "published")
        other = subprocess.run([sys.executable, "-c", attempt], capture_output=True, text=True, check=False)
    assert "Could not set lock" in other.stderr
