"""2,000 hostile files go through a whole refresh: no crash, each file accounted for, no text executed.

    python -m tests.resilience.fuzz --files 2000

`hostile_files` makes the files. Peak memory is that of all processes of the run together, sampled five
times a second.
"""

from __future__ import annotations

import re
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

import duckdb
import openpyxl

from orchestration.pipeline.ingest.archives import open_archives
from orchestration.pipeline.ingest.folder import scan_folder
from orchestration.warehouse.tables import RAW_TABLES
from tests.resilience.harness import (
    Sandbox,
    accounted,
    parser,
    report_figures,
    require,
    sandboxes,
)
from tests.resilience.hostile_files import write_hostile_files

MEMORY_LIMIT_MB = 2048
_SPECIAL = 249  # approximate number of special and named files
_MAX_RUNS = 12  # each run gives scans at least half a minute
_OURS = re.compile(r"=MEDIAN\([A-Z]{1,3}\d+:[A-Z]{1,3}\d+\)")  # the only formula in a county workbook


def main() -> None:
    """Write hostile files, refresh, and check the results."""
    options = parser(__doc__)
    options.add_argument("--files", type=int, default=2000)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    with sandboxes("fuzz") as folder:
        sandbox = Sandbox(folder)
        noise = given.files // 10
        write_hostile_files(sandbox.reports, given.files - noise - _SPECIAL, noise, given.seed)
        listed = open_archives(scan_folder(sandbox.reports))
        print(f"fuzz: {len(listed)} files", flush=True)
        started = time.monotonic()
        process = sandbox.start("refresh", FAZHI_OCR_SECONDS="60")
        peak = [0]
        sampler = threading.Thread(target=_sample_memory, args=(process, peak), daemon=True)
        sampler.start()
        printed, _ = process.communicate()
        seconds = time.monotonic() - started
        require(process.returncode == 0, f"the refresh failed with {process.returncode}:\n{printed[-5000:]}")
        require(peak[0] < MEMORY_LIMIT_MB, f"{peak[0]} MB of memory, at most {MEMORY_LIMIT_MB}")
        counts = accounted(sandbox)
        reasons, failures = _look_inside(sandbox, {found.source_path for found in listed})
        _nothing_was_run(sandbox)
        _read_the_rest(sandbox)
        report_figures(
            "fuzz",
            {
                "files": len(listed),
                "seconds": round(seconds, 1),
                "peak_memory_mb": peak[0],
                "accounted": counts,
                "rejected_by_reason": reasons,
                "failed_by_a_bug": failures,
            },
        )


def _read_the_rest(sandbox: Sandbox) -> None:
    """Run refreshes that continue with scans until one finds nothing to do."""
    for _ in range(_MAX_RUNS):
        if "Nothing new" in sandbox.refresh():
            return
    require(False, f"the last of {_MAX_RUNS} refreshes still found something to do")


def _look_inside(sandbox: Sandbox, listed: set[str]) -> tuple[dict[str, int], list[str]]:
    """Return rejection reasons and errors of our code, after requiring a row for every listed file."""
    with duckdb.connect(str(sandbox.warehouse), read_only=True) as connection:
        rows = {
            row[0]
            for row in connection.execute("select source_path from raw.files where is_present").fetchall()
        }
        require(
            rows == listed,
            f"{len(listed - rows)} files without a row, {len(rows - listed)} rows without a file",
        )
        tables = {
            row[0]
            for row in connection.execute(
                "select table_name from duckdb_tables() where schema_name = 'raw'"
            ).fetchall()
        }
        require(set(RAW_TABLES) <= tables, f"tables are gone: {set(RAW_TABLES) - tables}")
        secrets = connection.execute(
            "select source_path from raw.reports where contains(raw_text, 'root:x:0')"
        ).fetchall()
        require(not secrets, f"a file outside the folder was read: {secrets}")
        reasons = dict(
            connection.execute(
                "select split_part(reason, ':', 1), count(*) from raw.files where status = 'rejected' "
                "group by 1 order by 2 desc, 1"
            ).fetchall()
        )
        failures = [
            f"{subject}: {error}"
            for subject, error in connection.execute(
                "select source_path, reason from raw.files where reason like 'failed:%' "
                "union all "
                "select stage || ' ' || source_path, error from raw.failures join raw.reports using (report_id)"
            ).fetchall()
        ]
    return reasons, failures


def _nothing_was_run(sandbox: Sandbox) -> None:
    """Require that no command ran, no markup reached the UI's Markdown, and no exported cell is a formula."""
    strays = [
        path
        for path in (*sandbox.folder.rglob("injected*"), Path("injected"), Path("/tmp/stolen.db"))
        if path.exists()
    ]
    require(not strays, f"a command in a report was run: {strays}")
    for log in (sandbox.data / "dagster" / "history" / "runs").glob("*-*.db"):
        with sqlite3.connect(log) as connection:
            for (event,) in connection.execute("select event from event_logs where event like '%md_str%'"):
                markup = re.search(r"(?<!\\)<(script|img)", event)
                require(not markup, "markup of a report stands in Markdown")
    for book in (sandbox.data / "published").rglob("*.xlsx"):
        for sheet in openpyxl.load_workbook(book, read_only=True):
            for row in sheet.iter_rows():
                formulas = [
                    cell.value
                    for cell in row
                    if cell.data_type == "f" and not _OURS.fullmatch(str(cell.value))
                ]
                require(not formulas, f"{book.name} holds formulas: {formulas}")


def _sample_memory(process: subprocess.Popen[str], peak: list[int]) -> None:
    while process.poll() is None:
        peak[0] = max(peak[0], _session_megabytes(process.pid))
        time.sleep(0.2)


def _session_megabytes(session: int) -> int:
    """Return the resident memory of all processes of a session; shared pages count in proportion."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                rollup = (folder / "smaps_rollup").read_text()
                total += int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1])
        except (OSError, StopIteration):  # it has ended
            continue
    return total // 1024


if __name__ == "__main__":
    main()
