"""Seconds that people wait under `make ui` from a file in the folder to a query that shows it.

    python -m tests.benchmarks.bench_arrival                       # the sample reports
    python -m tests.benchmarks.bench_arrival --reports 10000 --folder DIR

Starts the web UI's server and daemon on its own installation, moves reports in one after another,
then saves a person's decision, and queries the published copy until it shows each. Prints where the
seconds went, from Dagster's events. The folder is temporary unless named; a folder that an earlier
call filled is used as it is.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.settings import PROJECT_DIR
from tests.benchmarks.generate_reports import generate_reports, iter_reports
from tests.resilience.harness import SAMPLES, Sandbox, require

_POLL_SECONDS = 0.1
_WAIT_SECONDS = 300
_NEW_SEED = 77  # seed of the arriving reports, which must not exist yet
_EVENTS = """
import json, sys
import dagster as dg
with dg.DagsterInstance.get() as instance:
    record = instance.get_run_records(dg.RunsFilter(job_name="refresh"), limit=1)[0]
    steps = instance.get_run_step_stats(record.dagster_run.run_id)
    print(json.dumps({
        "run_id": record.dagster_run.run_id,
        "status": record.dagster_run.status.value,
        "created": record.create_timestamp.timestamp(),
        "started": record.start_time,
        "ended": record.end_time,
        "steps": sorted((s.start_time, s.end_time, s.step_key) for s in steps),
    }))
"""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What arrived, and the seconds from then to each mark."""

    name: str
    published: float
    marks: list[tuple[str, float]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return 0."""
    parser = argparse.ArgumentParser(description="Measure from a dropped file to published.")
    parser.add_argument("--reports", type=int, default=0, help="generated reports; 0 for the samples")
    parser.add_argument("--arrivals", type=int, default=3, help="files that arrive, one after another")
    parser.add_argument("--folder", type=Path, help="keep reports and warehouse here")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="fazhi-arrival-") as temporary:
        sandbox = Sandbox((options.folder or Path(temporary)).resolve())
        fill(sandbox, options.reports)
        with web_ui(sandbox):
            arrivals = list(measure_arrivals(sandbox, options.arrivals))
    print_arrivals(options.reports, arrivals)
    return 0


def fill(sandbox: Sandbox, count: int) -> None:
    """Write reports and fill the warehouse, unless they exist."""
    if not sandbox.reports.is_dir():
        if count:
            generate_reports(count, 1, sandbox.folder, years=1)
        else:
            shutil.copytree(SAMPLES, sandbox.reports)
    sandbox.refresh()


@contextmanager
def web_ui(sandbox: Sandbox) -> Iterator[None]:
    """Run `make ui`, started and idle."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = sandbox.folder / "ui.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestration", "ui", "--port", str(port)],
            cwd=PROJECT_DIR,
            env=sandbox.environment(DAGSTER_HOME=str(sandbox.data / "dagster")),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(lambda: b"Serving on" in log.read_bytes(), "the web UI")
        time.sleep(15)  # its processes first load their modules
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        require(process.wait(30) == 0, log.read_text(errors="replace")[-3000:])


def measure_arrivals(sandbox: Sandbox, count: int) -> Iterator[Arrival]:
    """Move files in, then save a correction."""
    stamp = str(time.time_ns())  # names must be unique in a kept folder
    for number, report in enumerate(iter_reports(count, _NEW_SEED + time.time_ns() % 10_000, years=1)):
        name = f"arrival_{stamp}_{number}{report.ending}"
        waiting = sandbox.folder / name
        waiting.write_bytes(report.data)
        # accounted for with any status: its township may have a later report
        query = f"select 1 from raw.files where source_path = '{name}'"
        target = sandbox.reports / name
        yield measure(sandbox, f"file {number + 1}", lambda w=waiting, t=target: w.rename(t), query)  # type: ignore[misc]
    yield measure_correction(sandbox)


def measure_correction(sandbox: Sandbox) -> Arrival:
    """Measure one decision on a figure, saved as people save it."""
    with duckdb.connect(str(sandbox.published), read_only=True) as connection:
        row = connection.execute(
            "select quantity_id, value + 1 from marts.fct_quantity "
            "where indicator_id is not null and value > 10 order by quantity_id limit 1"
        ).fetchone()
    assert row is not None
    quantity_id, corrected = row
    folder = sandbox.data / "corrections"
    folder.mkdir(exist_ok=True)
    waiting = sandbox.folder / "correction.csv"
    waiting.write_text(f"数字编号,更正值\n{quantity_id},{corrected:.12g}\n", encoding="utf-8")
    query = f"select 1 from marts.fct_quantity where quantity_id = '{quantity_id}' and value = {corrected}"
    return measure(sandbox, "correction", lambda: waiting.rename(folder / f"{time.time_ns()}.csv"), query)


def measure(sandbox: Sandbox, name: str, arrive: Callable[[], object], query: str) -> Arrival:
    """Let something arrive, wait until the published copy shows it, and return where the time went."""
    started = time.time()
    arrive()
    published = wait_for(lambda: shows(sandbox.published, query), name) - started
    events = wait_for_events(sandbox, started)
    marks = [("run asked for", events["created"]), ("run begun", events["started"])]
    for begin, end, step in events["steps"]:
        marks += [(f"{step}: begin", begin), (f"{step}: end", end)]
    marks += dbt_marks(sandbox, started)
    marks.append(("run ended", events["ended"]))
    return Arrival(name, published, sorted(((k, t - started) for k, t in marks), key=lambda mark: mark[1]))


def shows(published: Path, query: str) -> bool:
    """Return whether a query on the published copy returns a row."""
    with suppress(duckdb.Error), duckdb.connect(str(published), read_only=True) as connection:
        return connection.execute(query).fetchone() is not None
    return False


def wait_for_events(sandbox: Sandbox, since: float) -> dict[str, Any]:
    """Return Dagster's events of the latest run, once it has ended."""
    environment = sandbox.environment(DAGSTER_HOME=str(sandbox.data / "dagster"))
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        answer = subprocess.run(
            [sys.executable, "-c", _EVENTS], env=environment, cwd=PROJECT_DIR, text=True,
            capture_output=True, check=True,
        )  # fmt: skip
        events: dict[str, Any] = json.loads(answer.stdout)
        if events["created"] >= since and events["ended"]:
            require(events["status"] == "SUCCESS", f"the run ended as {events['status']}")
            return events
        require(time.monotonic() < deadline, "the run did not end")
        time.sleep(1)


def dbt_marks(sandbox: Sandbox, since: float) -> list[tuple[str, float]]:
    """Return when dbt's first node began and its last ended; empty if dbt has not run since the arrival."""
    files = [p for p in sandbox.data.glob("dbt/runs/*/run_results.json") if p.stat().st_mtime > since]
    times = [
        datetime.fromisoformat(timing[edge].replace("Z", "+00:00")).timestamp()
        for path in files
        for result in json.loads(path.read_text(encoding="utf-8"))["results"]
        for timing in result["timing"]
        for edge in ("started_at", "completed_at")
    ]
    return [("dbt: first node", min(times)), ("dbt: last node", max(times))] if times else []


def wait_for(condition: Callable[[], bool], what: str) -> float:
    """Return the time at which the condition held."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while not condition():
        require(time.monotonic() < deadline, f"waited {_WAIT_SECONDS} s for {what}")
        time.sleep(_POLL_SECONDS)
    return time.time()


def print_arrivals(reports: int, arrivals: Sequence[Arrival]) -> None:
    """Print the tables for docs/performance.md: the seconds people wait, and where they go."""
    load = os.getloadavg()[0]
    print(
        f"\n## From arrival to published, {f'{reports:,}' if reports else 'sample'} reports, load {load:.1f}\n"
    )
    print("| what | seconds |\n| --- | ---: |")
    for arrival in arrivals:
        print(f"| {arrival.name} | {arrival.published:.1f} |")
    for arrival in arrivals:
        print(f"\n{arrival.name}:")
        before = 0.0
        for mark, seconds in arrival.marks:
            print(f"  {seconds:6.2f}  +{seconds - before:5.2f}  {mark}")
            before = seconds


if __name__ == "__main__":
    sys.exit(main())
