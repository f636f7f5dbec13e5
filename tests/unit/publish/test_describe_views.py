"""Views of the marts are described like tables, whether or not somebody has queried them."""

from __future__ import annotations

from pathlib import Path

import duckdb

from orchestration.publishing.describe import mart_columns


def test_types_of_a_view_are_known_in_a_file_just_opened(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        connection.execute(
            "create schema raw; create schema marts; create table raw.sections (text varchar, level integer); "
            "create view marts.sections as select text, level from raw.sections"
        )
    with duckdb.connect(str(tmp_path / "a.duckdb"), read_only=True) as connection:
        assert mart_columns(connection) == {"sections": [("text", "VARCHAR", ""), ("level", "INTEGER", "")]}
