"""Names and descriptions of marts and columns, in English and Chinese.

English comments come from the database, Chinese names from `seeds/reference/publish/`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.pipeline.chinese import HAN
from orchestration.pipeline.reference.tables import read_reference_table
from orchestration.settings import PROJECT_DIR
from orchestration.warehouse.connection import count_rows

_UNIT = re.compile(r", in (\S+); null")  # in the comment of an indicator's column
_CHINESE_NAME = re.compile(rf"([{HAN}][^:]*): ")


def describe_marts(
    connection: duckdb.DuckDBPyConnection, rows: Mapping[str, int] | None = None
) -> list[Mart]:
    """Return the marts of the warehouse or its copy with comments and Chinese names, sorted by name.

    Args:
        rows: row counts of the marts to describe; by default all are described and counted, which computes views.
    """
    names = load_mart_names(PROJECT_DIR / "seeds" / "reference")
    if rows is None:
        rows = {name: count_rows(connection, f'marts."{name}"') for name in mart_comments(connection)}
    columns = mart_columns(connection)
    return [
        names.describe(name, comment, rows[name], columns[name])
        for name, comment in mart_comments(connection).items()
        if name in rows
    ]


def mart_columns(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[str, str, str]]]:
    """Return name, DuckDB type and comment of the columns of each mart, in order."""
    # DuckDB does not know the types of a view before its first query.
    for name in mart_comments(connection):
        connection.execute(f'from marts."{name}" limit 0')
    columns: dict[str, list[tuple[str, str, str]]] = {}
    for table, name, data_type, comment in connection.execute(
        "select table_name, column_name, data_type, coalesce(comment, '') from duckdb_columns() "
        "where database_name = current_database() and schema_name = 'marts' order by table_name, column_index"
    ).fetchall():
        columns.setdefault(table, []).append((name, data_type, comment))
    return columns


def mart_comments(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the comment of each mart, table or view, sorted by name."""
    return dict(
        connection.execute(
            "with relations as (select database_name, schema_name, table_name, comment from duckdb_tables() "
            "union all select database_name, schema_name, view_name, comment from duckdb_views()) "
            "select table_name, coalesce(comment, '') from relations "
            "where database_name = current_database() and schema_name = 'marts' order by table_name"
        ).fetchall()
    )


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a mart.

    Attributes:
        data_type: DuckDB type.
        comment: English comment from the database.
        is_generated: whether it belongs to a family, such as one column per indicator, whose Chinese names come
            from the catalogue.
    """

    name: str
    data_type: str
    comment: str
    name_zh: str
    description_zh: str
    is_generated: bool

    @property
    def heading_zh(self) -> str:
        """Return the Chinese name; for an indicator with its unit."""
        unit = _UNIT.search(self.comment) if self.is_generated else None
        return f"{self.name_zh}（{unit[1]}）" if unit else self.name_zh


@dataclass(frozen=True, slots=True)
class Mart:
    """Description of a mart; `key` is its primary key."""

    name: str
    comment: str
    name_zh: str
    description_zh: str
    key: tuple[str, ...]
    rows: int
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class MartNames:
    """The Chinese names of marts and columns (`marts.csv`, `mart_columns.csv`).

    Attributes:
        marts: name → (key, Chinese name, Chinese description).
        columns: (mart, column) → (Chinese name, Chinese description); mart "" applies to all others.
    """

    marts: dict[str, tuple[tuple[str, ...], str, str]]
    columns: dict[tuple[str, str], tuple[str, str]]

    def describe(self, name: str, comment: str, rows: int, columns: Iterable[tuple[str, str, str]]) -> Mart:
        """Return a mart with Chinese names; items without one keep their own, so that publishing continues.

        Args:
            columns: name, DuckDB type and comment of each column, in order.
        """
        key, name_zh, description_zh = self.marts.get(name, ((), name, ""))
        described = tuple(self._describe_column(name, *column) for column in columns)
        return Mart(name, comment, name_zh, description_zh, key, rows, described)

    def _describe_column(self, mart: str, name: str, data_type: str, comment: str) -> Column:
        named = self.columns.get((mart, name)) or self.columns.get(("", name))
        if named:
            return Column(name, data_type, comment, *named, is_generated=False)
        # Comments of generated columns begin with the Chinese name of their indicator or domain.
        generated = _CHINESE_NAME.match(comment)
        return Column(
            name, data_type, comment, generated[1] if generated else name, "", generated is not None
        )


def load_mart_names(reference_dir: Path) -> MartNames:
    """Read `marts.csv` and `mart_columns.csv`.

    Raises:
        ValueError: a name is missing or duplicate; names file and row.
    """
    marts: dict[str, tuple[tuple[str, ...], str, str]] = {}
    mart_columns = ("mart", "key", "name_zh", "description_zh")
    for row in read_reference_table(reference_dir / "publish" / "marts.csv", mart_columns, "mart"):
        if not all(row[column] for column in mart_columns):
            raise row.error(f"{row['mart']!r} lacks a name, key or description")
        marts[row["mart"]] = (tuple(row["key"].split()), row["name_zh"], row["description_zh"])
    columns: dict[tuple[str, str], tuple[str, str]] = {}
    names = ("mart", "column", "name_zh", "description_zh")
    for row in read_reference_table(reference_dir / "publish" / "mart_columns.csv", names, None):
        key = (row["mart"], row["column"])
        if row["mart"] and row["mart"] not in marts:
            raise row.error(f"{row['mart']!r} is not in marts.csv")
        if not all(row[column] for column in names[1:]) or key in columns:
            raise row.error(f"column {row['column']!r} occurs twice, or lacks a name or description")
        columns[key] = (row["name_zh"], row["description_zh"])
    return MartNames(marts, columns)
