"""Measure each engine on the same reports and the same scanned pages; prints a Markdown table.

    python -m tests.benchmarks.bench_engines --reports 2000 --pages 60

Seconds cover the steps that an engine spreads, writing included. The scheduler and the worker of
`dask:<address>` are processes on this machine that get files as bytes; another machine only adds its network.
All raw tables must be equal. Scans need `make ocr`, Dask `make dask`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from orchestration.pipeline.ingest.files import read_report
from tests.benchmarks.generate_reports import generate_reports
from tests.benchmarks.render_scans import Scan, render_pages, write_pdf
from tests.resilience.harness import PROJECT_DIR, Sandbox, differing_rows

_RUN = """
import json, sys
from orchestration.deployment.preparation import prepare
from orchestration.settings import load_settings
from tests.graph.conftest import Installation
settings = load_settings()
prepare(settings)
result = Installation(settings).run(only_raw=True)
seconds = {e.step_key: e.step_success_data.duration_ms / 1000 for e in result.all_events if e.is_step_success}
print(json.dumps(seconds))
sys.exit(0 if result.success else str([e.message for e in result.all_events if e.is_failure]))
"""
_ENGINES = ("processes", "dask", "dask:")
_STEPS = ("ingest", "segment", "extract")


def main() -> None:
    """Run each engine over the same files, compare rows, print the table."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--reports", type=int, default=2000)
    options.add_argument(
        "--pages", type=int, default=0, help="scanned pages, as reports of some five pages each"
    )
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--engines", nargs="+", default=_ENGINES, choices=_ENGINES)
    arguments = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpora = {}
        if arguments.reports:
            generate_reports(arguments.reports, 7, folder / "texts")
            corpora[f"{arguments.reports:,} reports"] = folder / "texts" / "reports"
        if arguments.pages:
            pages = _draw_scans(folder, arguments.pages)
            corpora[f"{pages} scanned pages"] = folder / "scans"
        print("| what | engine | ingest, s | segment, s | extract, s | together | rows |")
        print("| --- | --- | ---: | ---: | ---: | ---: | --- |")
        for what, reports in corpora.items():
            _measure(what, reports, folder, arguments.workers, arguments.engines)


def _measure(what: str, reports: Path, folder: Path, workers: int, engines: Sequence[str]) -> None:
    first: Sandbox | None = None
    for number, engine in enumerate(engines):
        with start_cluster(workers) if engine.endswith(":") else nullcontext("") as address:
            sandbox = Sandbox(folder / f"{reports.parent.name}-{reports.name}-{number}")
            sandbox.folder.mkdir()
            seconds = _run(sandbox, reports, engine + address, workers)
        first = first or sandbox
        rows = differing_rows(first.warehouse, sandbox.warehouse, "raw")
        steps = " | ".join(f"{seconds[step]:.1f}" for step in _STEPS)
        together = sum(seconds[step] for step in _STEPS)
        shown = engine + "<address>" if address else engine
        print(f"| {what} | `{shown}` | {steps} | {together:.1f} | {rows or 'equal'} |", flush=True)


def _run(sandbox: Sandbox, reports: Path, engine: str, workers: int) -> dict[str, float]:
    environment = sandbox.environment(
        FAZHI_REPORTS=str(reports), FAZHI_ENGINE=engine, FAZHI_WORKERS=str(workers), FAZHI_OCR_SECONDS="36000"
    )
    result = subprocess.run(
        [sys.executable, "-c", _RUN], cwd=PROJECT_DIR, env=environment, capture_output=True, text=True
    )
    if result.returncode:
        sys.exit(result.stderr[-3000:])
    return json.loads(result.stdout.splitlines()[-1])


@contextmanager
def start_cluster(threads: int) -> Iterator[str]:
    """Yield the address of a scheduler with one worker of `threads` threads."""
    from tests.cluster import start_cluster as start

    with start(1, threads) as cluster:
        yield cluster.address


def _draw_scans(folder: Path, pages: int) -> int:
    """Write PDF files of scanned pages until there are `pages`; return how many were drawn."""
    generate_reports(max(8, pages // 2), 11, folder / "printed")  # some are web pages
    (folder / "scans").mkdir()
    drawn = 0
    started = time.monotonic()
    for number, path in enumerate(sorted((folder / "printed" / "reports").rglob("*.txt"))):
        if drawn >= pages:
            break
        scan = Scan(dpi=150, seal=True, seed=number)
        text = read_report(path.read_bytes(), path.name).text  # in any encoding
        pictures = list(render_pages(text, scan))[: pages - drawn]
        drawn += len(pictures)
        (folder / "scans" / f"{path.stem}.pdf").write_bytes(write_pdf(pictures, scan))
    print(
        f"{drawn} pages drawn in {time.monotonic() - started:.0f} s, {os.cpu_count()} cores", file=sys.stderr
    )
    return drawn


if __name__ == "__main__":
    main()
