"""Random changes for small refreshes, and everything published after them, for comparison.

A short test (`tests/graph/test_small_refreshes.py`) and a long script (`tests/resilience/sequences.py`) use it.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import openpyxl

from tests.benchmarks.generate_reports import iter_reports
from tests.benchmarks.generated_report import GeneratedReport

# Runs may differ in when a row was read or written, not in its contents.
TIMES = ("loaded_at", "first_seen_at", "last_seen_at", "failed_at")
_SCHEMAS = ("reference", "staging", "intermediate", "marts")
CHANGES = ("add", "add", "replace", "remove", "correct", "correct the year", "take back")


@dataclass
class Arrivals:
    """Random changes in a reports folder and a corrections folder, the same for the same seed."""

    reports: Path
    corrections: Path
    warehouse: Path
    seed: int
    _random: random.Random = field(init=False)
    _unread: Iterator[GeneratedReport] = field(init=False)
    _number: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        # Few townships, so that reports have earlier years and corrected reports replace others.
        self._unread = iter_reports(600, self.seed, years=3)

    def begin(self, count: int) -> None:
        """Write the initial reports."""
        for _ in range(count):
            self._add()

    def happen(self, kind: str | None = None) -> str:
        """Make one change, of a random kind unless one is named; return what it was."""
        kind = kind or self._random.choice(CHANGES)
        done = {
            "add": self._add,
            "replace": self._replace,
            "remove": self._remove,
            "correct": self._correct,
            "correct the year": self._correct_year,
            "take back": self._take_back,
        }[kind]()
        return f"{kind}: {done}"

    def _add(self) -> str:
        report = next(self._unread)
        path = self.reports / f"{report.name}{report.ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(report.data)
        return path.name

    def _pick(self) -> Path:
        return self._random.choice(sorted(path for path in self.reports.rglob("*") if path.is_file()))

    def _replace(self) -> str:
        path = self._pick()
        path.write_bytes(path.read_bytes().replace(b"1", b"2", self._random.randint(1, 5)))
        return path.name

    def _remove(self) -> str:
        path = self._pick()
        path.unlink()
        return path.name

    def _correct(self) -> str:
        found = self._ask("select quantity_id from raw.quantities order by 1")
        return self._decide("数字编号,更正值", self._random.choice(found), self._random.randint(1, 500))

    def _correct_year(self) -> str:
        found = self._ask("select report_id from raw.documents where report_year is not null order by 1")
        return self._decide("报告编号,更正年份", self._random.choice(found), self._random.randint(2019, 2025))

    def _decide(self, head: str, key: str, value: int) -> str:
        self._number += 1
        path = self.corrections / f"decision {self._number}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{head}\n{key},{value}\n", encoding="utf-8")
        return f"{path.name} {key} {value}"

    def _take_back(self) -> str:
        files = sorted(self.corrections.glob("*.csv")) if self.corrections.is_dir() else []
        if not files:
            return self._add()
        path = self._random.choice(files)
        path.unlink()
        return path.name

    def _ask(self, sql: str) -> list[str]:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return [row[0] for row in connection.execute(sql).fetchall()]


def read_published(folder: Path, *, times: bool = True) -> dict[str, Any]:
    """Return all published rows, sorted, by table of the copy, mart of each format and sheet of each workbook.

    Args:
        folder: The folder `published`.
        times: Whether to include the columns that say when a row was read; workbooks have none.
    """
    found: dict[str, Any] = {}
    left_out = set() if times else set(TIMES)
    with duckdb.connect(str(folder / "fazhi.duckdb"), read_only=True) as connection:
        for schema, table in connection.execute(
            "select table_schema, table_name from information_schema.tables where table_schema in "
            f"{_SCHEMAS} order by all"
        ).fetchall():
            found[f"{schema}.{table}"] = _rows(connection, f"{schema}.{table}", left_out)
            found[f"comments of {schema}.{table}"] = connection.execute(
                "select column_name, data_type, is_nullable, comment from duckdb_columns() "
                "where schema_name = ? and table_name = ? order by column_index", [schema, table]
            ).fetchall()  # fmt: skip
        for path in sorted((folder / "parquet").iterdir()):
            found[f"parquet/{path.name}"] = _rows(connection, f"'{path}'", left_out)
    for path in sorted([*(folder / "csv").iterdir(), *(folder / "csv_zh").iterdir()]):
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            found[f"{path.parent.name}/{path.name}"] = sorted(
                tuple(cell for name, cell in row.items() if name not in left_out) for row in rows
            )
    for path in sorted([folder / "fazhi.xlsx", *(folder / "counties").glob("*.xlsx")]):
        book = openpyxl.load_workbook(path, read_only=True)
        for sheet in book.worksheets:
            found[f"{path.name} {sheet.title}"] = [
                tuple(row)
                for row in sheet.iter_rows(values_only=True)
                if any(cell is not None for cell in row)
            ]
        book.close()
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    found["datapackage.json"] = _without_sizes(package)  # sizes depend on times and row order
    return found


def _without_sizes(described: Any) -> Any:
    if isinstance(described, dict):
        left_out = {"bytes", "created", "hash"}
        return {name: _without_sizes(value) for name, value in described.items() if name not in left_out}
    return [_without_sizes(one) for one in described] if isinstance(described, list) else described


def _rows(connection: duckdb.DuckDBPyConnection, relation: str, left_out: set[str]) -> list[tuple[Any, ...]]:
    names = [row[0] for row in connection.execute(f"describe from {relation}").fetchall()]
    chosen = ", ".join(f'"{name}"' for name in names if name not in left_out)
    # the row that says when dbt last built everything
    only = "where stage != 'dbt'" if relation == "staging.stg_stage_runs" else ""
    return connection.execute(f"select {chosen} from {relation} {only} order by all").fetchall()


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Return the names of tables, files and sheets that differ."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
