"""How fast the pipeline is: `make bench` prints the tables that docs/performance.md keeps.

    python -m tests.benchmarks.bench_pipeline                        # some six minutes
    python -m tests.benchmarks.bench_pipeline --scales 1000,5000,10000,38600 --folder DIR
    python -m tests.benchmarks.bench_pipeline --stage-reports 0 --scales 115800 --years 3

Three parts, on generated reports (`generate_reports.py`): the text stages alone, compared with the plain
script in `baseline.py` and the floor in `floor.py`; whole runs at several sizes, with the memory of all
their processes and their seconds as multiples of the floor; on the largest, a run with nothing new,
one with one new report, and the queries of docs/queries.md. Machines drift: compare ratios within one run.
The folder is temporary unless named.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from orchestration.engine.base import CHUNK, Chunk, Task, Work
from orchestration.engine.pool import keep_loaded
from orchestration.engine.processes import ProcessesEngine
from orchestration.engine.tasks import EXTRACT_WORK, INGEST_WORK, SEGMENT_WORK
from orchestration.pipeline.extract.assignment import SectionHead
from orchestration.pipeline.identify.gazetteer import load_gazetteer
from orchestration.pipeline.ingest.archives import open_archives
from orchestration.pipeline.ingest.folder import scan_folder
from orchestration.pipeline.segment.words import list_terms, number_terms
from orchestration.settings import PROJECT_DIR
from tests.benchmarks import floor
from tests.benchmarks.generate_reports import generate_reports

REFERENCE_DIR = PROJECT_DIR / "seeds" / "reference"
TARGET_RATE, TARGET_RATIO, TARGET_SECONDS, TARGET_GIB = 600, 30, 120, 3.0
TARGET_FLOORS = 3.5  # of a whole run
ALL_TOWNSHIPS = 38_600
TEXT_STEPS = ("ingest", "segment", "extract")
_SAMPLE_SECONDS = 1.0  # each measurement costs 0.01 s of processor time per GiB
_QUERY_REPEATS = 5
_CPU_CHUNKS, _CPU_REPEATS = 4, 3

RUN_JOB = """
import sys
from orchestration.cli import run_job
from orchestration.settings import load_settings
sys.exit(run_job(load_settings(), "refresh", {}))
"""
_STEP_SECONDS = """
import json
import dagster as dg
with dg.DagsterInstance.get() as instance:
    run = instance.get_runs(limit=1)[0]
    print(json.dumps({s.step_key: s.end_time - s.start_time for s in instance.get_run_step_stats(run.run_id)}))
"""

Item = TypeVar("Item")


# ---- the text stages alone -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Speed:
    """Speed of a stage by the wall clock with all processes, and by the processor time of one."""

    rate: float  # reports per second
    cpu: float  # seconds per report; other load on the machine disturbs it less


def time_stage(
    stage: Work[Any, Any],
    arguments: tuple[Any, ...],
    chunks: Sequence[Chunk[Any]],
    workers: int,
) -> tuple[list[Any], Speed]:
    """Return a stage's results over all chunks, and its speed once the processes have started."""
    head = 2 * workers  # chunks done while the last process still loads
    results, marks = [], []
    task = Task(stage, REFERENCE_DIR, arguments, "bench")
    with ProcessesEngine(workers, lambda line: None) as engine:
        for result in engine.map(task, chunks, total=sum(chunk.count for chunk in chunks)):
            results.append(result)
            marks.append(time.perf_counter())
    rate = sum(chunk.count for chunk in chunks[head:]) / (marks[-1] - marks[head - 1])
    work = task.preparation()()
    keep_loaded()  # as a worker does
    seconds = float("inf")
    for _ in range(_CPU_REPEATS):
        started = time.process_time()
        for chunk in chunks[:_CPU_CHUNKS]:
            work(chunk.payload)
        seconds = min(seconds, time.process_time() - started)
    return results, Speed(rate, seconds / sum(chunk.count for chunk in chunks[:_CPU_CHUNKS]))


def bench_stages(reports: Path, workers: int) -> dict[str, Speed]:
    """Measure the speed of each stage over a folder, and of the three one after another."""
    files = list(blocks(open_archives(scan_folder(reports)), CHUNK))
    now = datetime.now(UTC).replace(tzinfo=None)
    read, ingest = time_stage(
        INGEST_WORK,
        ("bench", now, Path("no pages"), {}),
        [Chunk(len(block), block) for block in files],
        workers,
    )
    documents = [chunk["documents"] for chunk in read]
    chunks = [
        Chunk(table.num_rows, {"documents": table.select(["report_id", "text"])}) for table in documents
    ]
    units = load_gazetteer(REFERENCE_DIR).townships
    places = sorted({name for unit in units for name in (unit.unit_name, unit.county_name)})
    numbers = number_terms(list_terms(REFERENCE_DIR, places))
    segmented, segment = time_stage(SEGMENT_WORK, (places, numbers), chunks, workers)
    payloads = [
        Chunk(
            table.num_rows,
            {
                "documents": table.select(["report_id", "text", "report_year", "admin_level"]),
                "sections": tables["sections"].select(["report_id", *SectionHead._fields]),
                "sentences": tables["sentences"],
                "ocr_lines": read_part["ocr_lines"],
            },
        )
        for table, tables, read_part in zip(documents, segmented, read, strict=True)
    ]
    _, extract = time_stage(EXTRACT_WORK, ({},), payloads, workers)
    speeds = {"ingest": ingest, "segment": segment, "extract": extract}
    whole = Speed(1 / sum(1 / one.rate for one in speeds.values()), sum(one.cpu for one in speeds.values()))
    return {**speeds, "all three": whole}


def blocks(items: Sequence[Item], size: int) -> Iterator[list[Item]]:
    """Return the items, `size` at a time."""
    iterator = iter(items)
    while block := list(islice(iterator, size)):
        yield block


def bench_baseline(reports: Path, count: int) -> Speed:
    """Measure the speed of the plain script, which uses one core."""
    result = subprocess.run(  # our own arguments
        [sys.executable, "-m", "tests.benchmarks.baseline", str(reports), str(count)],
        capture_output=True, text=True, check=True, cwd=PROJECT_DIR,
    )  # fmt: skip
    measured = json.loads(result.stdout)
    return Speed(measured["reports"] / measured["seconds"], measured["cpu_seconds"] / measured["reports"])


# ---- whole runs ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Run:
    """A measured run."""

    seconds: float  # wall clock, including Python's start
    steps: dict[str, float]  # seconds by step of the job; empty where none ran
    peak_gib: float  # of all its processes together; shared pages count once

    @property
    def work(self) -> float:
        """Seconds in the steps, without loading Dagster."""
        return sum(self.steps.values())


def measure_run(arguments: Sequence[str], environment: dict[str, str]) -> Run:
    """Run a command of the project, watching its memory.

    Raises:
        RuntimeError: the command failed; the error holds its output.
    """
    started = time.perf_counter()
    process = subprocess.Popen(  # our own arguments
        [sys.executable, *arguments], cwd=PROJECT_DIR, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    peak = 0.0
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(_SAMPLE_SECONDS):
            peak = max(peak, measure_memory(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    output, _ = process.communicate()
    seconds = time.perf_counter() - started
    done.set()
    watcher.join()
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{output}")
    steps = {}
    if "Nothing new" not in output:
        answer = subprocess.run(
            [sys.executable, "-c", _STEP_SECONDS], capture_output=True, text=True, check=True,
            env=environment, cwd=PROJECT_DIR,
        )  # fmt: skip
        steps = json.loads(answer.stdout)
    return Run(seconds, steps, peak)


def measure_memory(root: int) -> float:
    """Return the GiB of a process and its descendants, each shared page counted once (Pss); Linux only."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):  # it has just ended
            continue
    total = 0
    for pid in parents:
        ancestor = pid
        while ancestor not in (0, root):
            ancestor = parents.get(ancestor, 0)
        if ancestor == root:
            try:
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            except OSError:
                continue
            match = re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)
            total += int(match[1]) if match else 0
    return total / 2**20


def bench_scale(folder: Path, count: int, years: int) -> tuple[Run, dict[str, str]]:
    """Measure a first run over `count` reports of some years; return it and its installation's environment."""
    generate_reports(count, 1, folder, years=years)
    data = folder / "data"
    environment = {
        **os.environ,
        "FAZHI_REPORTS": str(folder / "reports"),
        "FAZHI_DATA": str(data),
        "DAGSTER_HOME": str(data / "dagster"),
    }
    subprocess.run(  # dbt's manifest is made once per installation
        [sys.executable, "-m", "orchestration", "parse"], check=True, env=environment, cwd=PROJECT_DIR
    )
    return measure_run(["-m", "orchestration", "refresh"], environment), environment


def bench_again(folder: Path, environment: dict[str, str]) -> dict[str, Run]:
    """Measure runs on a filled warehouse: ended after listing, forced with nothing new, one new report."""
    ended = measure_run(["-m", "orchestration", "refresh"], environment)
    idle = measure_run(["-c", RUN_JOB], environment)
    new = next(path for path in sorted((folder / "reports").rglob("*.txt")))
    text = new.read_bytes().replace("。".encode(), "；".encode(), 1)
    (folder / "reports" / "new_report.txt").write_bytes(text)
    return {
        "nothing new, seen from the listing": ended,
        "nothing new, whole job": idle,
        "one new report": measure_run(["-m", "orchestration", "refresh"], environment),
    }


def bench_queries(published: Path) -> dict[str, float]:
    """Return the milliseconds of each query of docs/queries.md, best of five, in a fresh connection."""
    guide = (PROJECT_DIR / "docs" / "queries.md").read_text(encoding="utf-8")
    timings: dict[str, float] = {}
    with duckdb.connect(str(published), read_only=True) as connection:
        names = connection.execute(
            "select unit_name, township_key from marts.dim_report where township_key is not null "
            "order by township_key limit 2"
        ).fetchall()
        for part in guide.split("\n## ")[1:]:
            for sql in re.findall(r"```sql\n(.*?)```", part, re.DOTALL):
                # the guide's townships are in the samples; use townships of this warehouse
                for example, (name, key) in zip(("太平镇", "金桥镇"), names, strict=True):
                    sql = re.sub(rf"'\d{{6}}-{example}'", f"'{key}'", sql).replace(
                        f"'{example}'", f"'{name}'"
                    )
                best = float("inf")
                for _ in range(_QUERY_REPEATS):
                    started = time.perf_counter()
                    connection.execute(sql).fetchall()
                    best = min(best, time.perf_counter() - started)
                title = part.partition("\n")[0]
                timings[title] = max(timings.get(title, 0.0), 1000 * best)
    return timings


# ---- the table -------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return 0."""
    parser = argparse.ArgumentParser(description="Measure the pipeline on generated reports.")
    parser.add_argument("--stage-reports", type=int, default=3000, help="reports for the stages alone")
    parser.add_argument("--baseline-reports", type=int, default=40, help="of them, for the plain script")
    parser.add_argument("--scales", default="1000,4000", help="sizes of whole runs, comma-separated")
    parser.add_argument("--years", type=int, default=1, help="successive years per township in whole runs")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--folder", type=Path, help="keep reports and warehouses here")
    options = parser.parse_args(arguments)
    sizes = sorted(int(size) for size in options.scales.split(",") if size)
    with tempfile.TemporaryDirectory(prefix="fazhi-bench-") as temporary:
        folder = options.folder or Path(temporary)
        if options.stage_reports:
            print_stages(folder, options.stage_reports, options.baseline_reports, options.workers)
        print_runs(folder, sizes, options.workers, options.years)
    return 0


def print_stages(folder: Path, count: int, baseline_count: int, workers: int) -> None:
    """Measure and print the first part."""
    generate_reports(count, 1, folder / "stages", years=1)
    reports = folder / "stages" / "reports"
    before = bench_baseline(reports, baseline_count)
    speeds = bench_stages(reports, workers)
    after = bench_baseline(reports, baseline_count)
    plain = Speed(max(before.rate, after.rate), min(before.cpu, after.cpu))
    least = floor.measure_text(reports, workers)
    print(f"\n## Text stages: {count:,} reports, {workers} processes\n")
    print("| stage | reports/s | of the plain script | CPU ms/report | of the plain script, by CPU |")
    print("| --- | ---: | ---: | ---: | ---: |")
    print(f"| plain script (one process) | {plain.rate:,.1f} | 1 | {1000 * plain.cpu:.1f} | 1 |")
    for stage, speed in speeds.items():
        by_cpu = workers * plain.cpu / speed.cpu
        print(
            f"| {stage} | {speed.rate:,.0f} | {speed.rate / plain.rate:,.0f} "
            f"| {1000 * speed.cpu:.2f} | {by_cpu:,.0f} |"
        )
    print(f"| floor: bytes, words, one expression | {least:,.0f} | {least / plain.rate:,.0f} | | |")
    print(f"\nTargets: all three {TARGET_RATE} reports/s, {TARGET_RATIO} times the plain script.", flush=True)


def print_runs(folder: Path, sizes: Sequence[int], workers: int, years: int) -> None:
    """Measure and print whole runs, and the later runs and queries on the largest."""
    runs: dict[int, Run] = {}
    floors: dict[int, float] = {}  # seconds
    environment: dict[str, str] = {}
    for size in sizes:
        runs[size], environment = bench_scale(folder / f"run-{size}", size, years)
        reports, data = Path(environment["FAZHI_REPORTS"]), Path(environment["FAZHI_DATA"])
        floors[size] = size / floor.measure_text(reports, workers) + floor.measure_marts(
            data / "published" / "fazhi.duckdb"
        )
        print(
            f"{size:,} reports: {runs[size].seconds:.0f} s, floor {floors[size]:.1f} s",
            file=sys.stderr, flush=True,
        )  # fmt: skip
    print("\n## Whole runs, files to published marts\n")
    print("| reports | seconds | in steps | of the floor | ms/report | "
          + " | ".join([*TEXT_STEPS, "transform", "publish"]) + " | peak GiB |\n|" + " ---: |" * 11)  # fmt: skip
    for size, run in runs.items():
        shown = [
            f"{run.steps.get(step, 0):.1f}" for step in (*TEXT_STEPS, "transform", "published__warehouse")
        ]
        print(f"| {size:,} | {run.seconds:.1f} | {run.work:.1f} | {run.work / floors[size]:.1f} | "
              f"{1000 * run.work / size:.2f} | "
              + " | ".join(shown) + f" | {run.peak_gib:.2f} |")  # fmt: skip
    print(
        f"\nTargets at {ALL_TOWNSHIPS:,}: {TARGET_SECONDS} s in steps, {TARGET_GIB:g} GiB, {TARGET_FLOORS:g} floors."
    )
    if not sizes:
        return
    again = bench_again(folder / f"run-{sizes[-1]}", environment)
    idle = again["nothing new, whole job"]
    print(f"\n## On the warehouse of {sizes[-1]:,}\n")
    print("| run | seconds | of nothing new | ingest, segment, extract |\n| --- | ---: | ---: | ---: |")
    for name, run in again.items():
        own = sum(run.steps.get(step, 0) for step in TEXT_STEPS)
        print(f"| {name} | {run.seconds:.1f} | {run.seconds / idle.seconds:.2f} | {own:.2f} |")
    print("\nTargets: one new report at most 1.5 of nothing new, its own work below 2 s.\n")
    print("| query of docs/queries.md | ms |\n| --- | ---: |")
    for title, milliseconds in bench_queries(
        Path(environment["FAZHI_DATA"]) / "published" / "fazhi.duckdb"
    ).items():
        print(f"| {title} | {milliseconds:.1f} |")


if __name__ == "__main__":
    sys.exit(main())
