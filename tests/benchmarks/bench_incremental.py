"""What incremental facts save: one new report against a full refresh of the same rows.

    python -m tests.benchmarks.bench_incremental --reports 2000

A warehouse loads all generated reports but one, then the last one; then dbt rebuilds all marts from
the same raw tables; then another warehouse loads all reports at once. Prints seconds by model and
requires that all three hold the same marts, row for row.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb

from tests.benchmarks.bench_pipeline import RUN_JOB, Run, measure_run
from tests.benchmarks.generate_reports import generate_reports
from tests.resilience.harness import Sandbox, differing_rows, require

FACT = "fct_quantity"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return 0."""
    parser = argparse.ArgumentParser(description="Measure an incremental run against a full refresh.")
    parser.add_argument("--reports", type=int, default=2000)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="fazhi-incremental-") as temporary:
        grown, whole = Sandbox(Path(temporary) / "grown"), Sandbox(Path(temporary) / "whole")
        generate_reports(options.reports, 1, whole.folder)
        *first, last = sorted(path for path in whole.reports.rglob("*") if path.is_file())
        for path in first:
            add_file(path, whole, grown)
        measure(grown, "refresh")
        add_file(last, whole, grown)
        incremental = measure(grown, "refresh")
        kept = Path(temporary) / "incremental.duckdb"
        shutil.copyfile(grown.warehouse, kept)
        forget_project(grown.warehouse)
        full = measure(grown, "job")
        measure(whole, "refresh")
        for name, other in {"full refresh": grown.warehouse, "first run": whole.warehouse}.items():
            differences = differing_rows(kept, other)
            require(not differences, f"incremental and {name} differ in rows of {differences}")
    print_comparison(options.reports, incremental, full)
    return 0


def add_file(path: Path, source: Sandbox, target: Sandbox) -> None:
    """Copy a report to the same place in another reports folder."""
    copy = target.reports / path.relative_to(source.reports)
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, copy)


def forget_project(warehouse: Path) -> None:
    """Delete the record that the facts were built by this dbt project, so that the next run builds all."""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("delete from raw.stage_runs where subject_id = 'marts'")


def measure(sandbox: Sandbox, what: str) -> tuple[Run, dict[str, float]]:
    """Measure a run; return it with the seconds of each dbt model."""
    environment = sandbox.environment(DAGSTER_HOME=str(sandbox.data / "dagster"))
    arguments = ["-c", RUN_JOB] if what == "job" else ["-m", "orchestration", what]
    run = measure_run(arguments, environment)
    newest = max(sandbox.data.glob("dbt/runs/*/run_results.json"), key=lambda path: path.stat().st_mtime)
    results = json.loads(newest.read_text(encoding="utf-8"))["results"]
    return run, {
        one["unique_id"].rpartition(".")[2]: one["execution_time"]
        for one in results
        if one["unique_id"].startswith("model.")
    }


def print_comparison(
    reports: int, incremental: tuple[Run, dict[str, float]], full: tuple[Run, dict[str, float]]
) -> None:
    """Print the table for docs/performance.md."""
    print(f"\n## One new report of {reports:,}, against a full refresh of the same rows\n")
    print("| | incremental s | full s | ratio |\n| --- | ---: | ---: | ---: |")
    shown = {FACT: (incremental[1][FACT], full[1][FACT])}
    shown["all models"] = (sum(incremental[1].values()), sum(full[1].values()))
    shown["transform, tests included"] = (incremental[0].steps["transform"], full[0].steps["transform"])
    for name, (one, two) in shown.items():
        print(f"| {name} | {one:.2f} | {two:.2f} | {one / two:.2f} |")
    print("\nIncremental, full refresh and a first run over all reports hold the same marts, row for row.")


if __name__ == "__main__":
    sys.exit(main())
