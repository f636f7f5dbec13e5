"""What the raw tables keep between runs: term numbers, and how reports are found again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from orchestration.pipeline.records import SourceFile
from orchestration.warehouse.connection import WarehouseError, one_thread, open_warehouse
from orchestration.warehouse.files import mark_missing
from orchestration.warehouse.rows import fetch_reports, is_current
from orchestration.warehouse.schema import create_raw_tables, read_raw_tables
from orchestration.warehouse.stale import StaleReports
from orchestration.warehouse.tables import to_arrow
from orchestration.warehouse.terms import replace_current_terms, term_numbers


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_warehouse(tmp_path / "fazhi.duckdb") as opened:
        create_raw_tables(opened)
        yield opened


def test_a_term_always_keeps_its_number(connection: duckdb.DuckDBPyConnection) -> None:
    replace_current_terms(connection, {"法治": "n", "合同": "n", "调解": "v"}, "1")
    first = term_numbers(connection)
    assert sorted(first.values()) == [1, 2, 3]

    replace_current_terms(connection, {"普法": "v", "调解": "v", "合同": "vn"}, "2")
    second = term_numbers(connection)
    assert second["调解"] == first["调解"]
    assert second.keys() == {"普法", "调解", "合同"}
    assert not {second["普法"], second["合同"]} & set(first.values()), "another tag makes another term"
    gone = connection.execute(
        "select term, part_of_speech from raw.terms where not is_current order by 1"
    ).fetchall()
    assert gone == [("合同", "n"), ("法治", "n")]

    replace_current_terms(connection, {"法治": "n", "合同": "n", "调解": "v"}, "1")
    assert term_numbers(connection) == first


def test_the_vocabulary_is_renewed_when_its_version_changes(connection: duckdb.DuckDBPyConnection) -> None:
    assert not is_current(connection, "terms", "1")
    replace_current_terms(connection, {"法治": "n"}, "1")
    assert is_current(connection, "terms", "1")
    assert not is_current(connection, "terms", "2")


def test_reports_are_found_wherever_their_rows_are(connection: duckdb.DuckDBPyConnection) -> None:
    rows = [(id_, position) for position in (1, 0) for id_ in ("c", "a", "b")]
    for id_, position in rows:
        connection.execute(
            "insert into raw.sections values (?, ?, null, ?, 1, null, null, 'plans', 0, 1, '甲')",
            [f"{id_}-s{position:03d}", id_, position],
        )
    found = fetch_reports(connection, "sections", ["report_id", "position"], ["c", "a"])
    assert list(zip(*found.to_pydict().values(), strict=True)) == [("a", 0), ("a", 1), ("c", 0), ("c", 1)]
    assert fetch_reports(connection, "sections", ["report_id"], ["z"]).num_rows == 0


def test_due_reports_are_sorted_within_blocks() -> None:
    due = StaleReports(dict.fromkeys(("d", "b", "c", "a", "e"), "made with"))
    assert due.order(2) == ["b", "d", "a", "c", "e"]
    assert due.order(5) == ["a", "b", "c", "d", "e"]


def test_damage_that_opening_does_not_see_names_the_file_and_the_way_back(tmp_path: Path) -> None:
    path = tmp_path / "fazhi.duckdb"
    with (
        pytest.raises(WarehouseError, match=r"cannot read .*fazhi\.duckdb: Corrupt.*`make rebuild`"),
        open_warehouse(path) as connection,
    ):
        create_raw_tables(connection)
        read_raw_tables(connection)
        raise duckdb.IOException(
            "Corrupt database file: computed checksum 1 does not match stored checksum 2"
        )


def test_other_query_errors_are_raised_unchanged(tmp_path: Path) -> None:
    with (
        pytest.raises(duckdb.CatalogException, match="no_such_table"),
        open_warehouse(tmp_path / "w") as connection,
    ):
        connection.execute("from no_such_table")


def test_one_thread_applies_only_within_the_block(connection: duckdb.DuckDBPyConnection) -> None:
    def threads() -> int:
        row = connection.execute("select current_setting('threads')").fetchone()
        assert row is not None
        return int(row[0])

    connection.execute("reset threads")
    before = threads()
    with one_thread(connection):
        assert threads() == 1
    with pytest.raises(duckdb.Error), one_thread(connection):
        connection.execute("select * from raw.nothing")
    assert threads() == before


def test_files_of_a_folder_that_could_not_be_listed_stay_present(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    now = datetime(2026, 1, 1)
    files = [
        SourceFile(path, None, path, path, 1, 1, None, None, "rejected", "empty", None, None, True, now, now)
        for path in ("a/1.txt", "ab/2.txt", "c/3.txt", "c/4.txt")
    ]
    connection.register("files", to_arrow("files", files))
    connection.execute("insert into raw.files by name from files")
    mark_missing(connection, pa.array(["c/3.txt", "a"], pa.string()), ["a"])
    present = connection.execute("select source_path from raw.files where is_present order by 1").fetchall()
    assert [path for (path,) in present] == ["a/1.txt", "c/3.txt"]
