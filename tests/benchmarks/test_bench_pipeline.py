"""The benchmark measures what it claims, and workers import neither Dagster nor DuckDB."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import duckdb
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from orchestration.assets.common import split_by_report
from tests.benchmarks import bench_pipeline, floor
from tests.benchmarks.generate_reports import generate_reports


def test_workers_import_neither_dagster_nor_duckdb() -> None:
    code = "import sys, orchestration.engine.tasks; print(json.dumps(sorted(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", f"import json; {code}"], capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(result.stdout))
    assert "orchestration.engine.tasks" in loaded
    assert loaded.isdisjoint({"dagster", "duckdb", "pandas"})


@given(
    rows=st.dictionaries(st.text("0123456789abcdef", min_size=4, max_size=4), st.integers(0, 4), min_size=1),
    size=st.integers(1, 7),
)
def test_reports_are_split_without_loss(rows: dict[str, int], size: int) -> None:
    ids = sorted(rows)
    table = pa.table(
        {
            "report_id": pa.array([id_ for id_ in ids for _ in range(rows[id_])], pa.string()),
            "position": pa.array([n for id_ in ids for n in range(rows[id_])], pa.int32()),
        }
    )
    parts = split_by_report(table, ids, size)
    edges = [*range(0, len(ids), size), len(ids)]
    assert [set(part["report_id"].to_pylist()) for part in parts] == [
        {id_ for id_ in ids[start:end] if rows[id_]} for start, end in pairwise(edges)
    ]
    assert pa.concat_tables(parts).equals(table.combine_chunks())


def test_the_plain_script_does_the_work(tmp_path: Path) -> None:
    generate_reports(2, 5, tmp_path, years=1)
    result = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.baseline", str(tmp_path / "reports"), "2"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    measured = json.loads(result.stdout)
    assert measured["reports"] == 2
    assert measured["characters"] > 2_000
    assert measured["figures"] > 40
    assert 0 < measured["cpu_seconds"] < 1.5 * measured["seconds"]


def test_memory_counts_this_process_and_its_children() -> None:
    own = bench_pipeline.measure_memory(os.getpid())
    megabytes = 64
    code = f"x = bytearray({megabytes} * 2**20); print('ready', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
        with_child = bench_pipeline.measure_memory(os.getpid())
        child.communicate("\n")
    assert own > 0.01
    assert with_child - own > 0.9 * megabytes / 1024


def test_the_floor_reads_all_files_and_writes_all_marts(tmp_path: Path) -> None:
    generate_reports(3, 5, tmp_path / "corpus", years=1)
    assert floor.measure_text(tmp_path / "corpus" / "reports", 1) > 1
    published = tmp_path / "published.duckdb"
    with duckdb.connect(str(published)) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.one as from range(10)")
        connection.execute("create view marts.two as from marts.one")
    assert 0 < floor.measure_marts(published) < 60
