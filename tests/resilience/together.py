"""Two refreshes at once, a reader during ten publishes, the web UI open: no error, no torn read.

    python -m tests.resilience.together

Two refreshes of one installation start at the same moment while reports arrive; the second waits for
the first and then loads the rest. Then, during ten publishes, a reader keeps the published file open
and two others open it again and again, while `make ui` runs, whose sensor may start refreshes too.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import duckdb

from tests.resilience.harness import (
    PROJECT_DIR,
    Sandbox,
    accounted,
    differing_rows,
    make_reports,
    parser,
    report_figures,
    require,
    sandboxes,
    wait_until,
)

# A torn read would see figures of one publish and reports of another.
_WHOLE = (
    "select (select count(*) from marts.dim_report), (select count(distinct report_id) from marts.fct_section), "
    "(select count(*) from marts.fct_quantity)"
)
_PUBLISH = """
from orchestration.settings import load_settings
from orchestration.publishing.publish import publish_marts
from orchestration.warehouse.connection import open_warehouse, run_lock
import sys, time
settings = load_settings()
for number in range(int(sys.argv[1])):
    with run_lock(settings.warehouse, 600), open_warehouse(settings.warehouse, wait_seconds=600) as connection:
        publish_marts(connection, settings.published)
    print(number, flush=True)
    time.sleep(1)
"""


def main() -> None:
    """Run the parts one after another in one installation."""
    options = parser(__doc__)
    options.add_argument("--reports", type=int, default=60, help="generated reports, beside the samples")
    options.add_argument("--publishes", type=int, default=10)
    given = options.parse_args()
    with sandboxes("together") as folder:
        one, calm = Sandbox(folder / "one"), Sandbox(folder / "calm")
        files = make_reports(one.reports, given.reports)
        shutil.copytree(one.reports, calm.reports)  # keeps modification times
        calm.refresh()
        seconds = _refresh_twice_at_once(one)
        for schema in ("marts", "raw"):
            differences = differing_rows(calm.warehouse, one.warehouse, schema)
            differences.pop("stage_runs", None)  # fingerprints hold modification times of side files
            require(not differences, f"{schema} differ from those of a single run: {differences}")
        counts = accounted(one)
        reads = _publish_under_readers(one, given.publishes)
        report_figures(
            "together",
            {
                "files": len(files),
                "accounted": counts,
                "two_refreshes_at_once_seconds": round(seconds, 1),
                "publishes_under_readers": given.publishes,
                "reads_meanwhile": reads,
                "torn_reads": 0,
            },
        )


def _refresh_twice_at_once(sandbox: Sandbox) -> float:
    started = time.monotonic()
    processes = [sandbox.start("refresh") for _ in range(2)]
    printed = [process.communicate()[0] for process in processes]
    for process, text in zip(processes, printed, strict=True):
        require(process.returncode == 0, f"one of two refreshes failed:\n{text[-4000:]}")
    return time.monotonic() - started


def _publish_under_readers(sandbox: Sandbox, publishes: int) -> int:
    """Publish with the UI open; held and fresh readers must see whole marts. Return the number of reads."""
    ui = _Ui(sandbox)
    try:
        ui.wait()
        with duckdb.connect(str(sandbox.published), read_only=True) as held:
            expected = held.execute(_WHOLE).fetchone()
            publisher = subprocess.Popen(
                [sys.executable, "-c", _PUBLISH, str(publishes)],
                cwd=PROJECT_DIR,
                env=sandbox.environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            readers = [_Reader(sandbox.published) for _ in range(2)]
            for reader in readers:
                reader.start()
            while publisher.poll() is None:
                require(held.execute(_WHOLE).fetchone() == expected, "a held reader saw other rows")
                require(ui.answers(), "the web UI stopped to answer")
                time.sleep(0.5)
            text = publisher.communicate()[0]
            for reader in readers:
                reader.is_wanted = False
                reader.join()
            require(publisher.returncode == 0, f"publishing failed:\n{text[-3000:]}")
            wrong = {seen for reader in readers for seen in reader.seen} - {str(expected)}
            require(not wrong, f"readers saw {wrong}, not {expected}")
        return sum(reader.reads for reader in readers)
    finally:
        ui.stop()


class _Reader(threading.Thread):
    """Opens the published file again and again, each time in a fresh process."""

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self.path = path
        self.is_wanted = True
        self.reads = 0
        self.seen: set[str] = set()

    def run(self) -> None:
        code = f"import duckdb, sys; print(duckdb.connect(sys.argv[1], read_only=True).execute({_WHOLE!r}).fetchone())"
        while self.is_wanted:
            done = subprocess.run(
                [sys.executable, "-c", code, str(self.path)], capture_output=True, text=True, check=False
            )
            self.reads += 1
            self.seen.add(done.stdout.strip() or done.stderr.strip())


class _Ui:
    """`make ui` without make, with a terminal's signals."""

    def __init__(self, sandbox: Sandbox) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.log = sandbox.folder / "ui.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "orchestration", "ui", "--port", str(self.port)],
                cwd=PROJECT_DIR,
                env=sandbox.environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # A shell's background job ignores interrupts, and Dagster's processes would inherit that.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
            )

    def answers(self) -> bool:
        """Return whether the UI serves a page on 127.0.0.1."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/server_info", timeout=10) as page:
                return page.status == 200
        except OSError:
            return False

    def wait(self) -> None:
        """Wait until it serves; require that it listens on the loopback address only."""
        wait_until(self.answers, 180, f"the web UI, see {self.log}")
        listening = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
        addresses = re.findall(rf"\b([0-9A-F]{{8,32}}):{self.port:04X} [0-9A-F]+:0000 0A", listening)
        require(addresses == ["0100007F"], f"the web UI listens on {addresses}, not on 127.0.0.1 alone")

    def stop(self) -> None:
        """Interrupt it as Ctrl-C does; kill it if it does not end."""
        os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


if __name__ == "__main__":
    main()
