"""kill -9 at random moments of an upgrade: either the old or the new file is there, complete; nothing is lost.

    python -m tests.resilience.kill_upgrade --kills 50

A separate process upgrades a warehouse of each past format, with enough text that this takes a while, and is killed
at a random moment; then the warehouse is upgraded undisturbed.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import duckdb

from orchestration.warehouse.schema import FORMAT, find_format
from orchestration.warehouse.upgrade import upgrade_warehouse
from tests.fixtures.warehouses.make_warehouse import FORMATS, make_warehouse
from tests.resilience.harness import PROJECT_DIR, parser, report_figures, require, sandboxes

_UPGRADE = """
import sys
from pathlib import Path
from orchestration.warehouse.upgrade import upgrade_warehouse
print("ready", flush=True)
upgrade_warehouse(Path(sys.argv[1]))
"""
_KNOWN = (
    "select count(*), min(first_seen_at), max(first_seen_at), "
    "(select bit_xor(hash(raw_text)) from raw.reports) from raw.files"
)


def main() -> None:
    """Kill, check, upgrade, compare."""
    options = parser(__doc__)
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--reports", type=int, default=1000, help="texts in each warehouse")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    rng = random.Random(given.seed)
    found: Counter[str] = Counter()
    with sandboxes("kill_upgrade") as folder:
        originals = {number: _make(number, folder, given.reports) for number in FORMATS}
        seconds = max(_seconds(original, folder) for original in originals.values())
        print(f"kill_upgrade: an undisturbed upgrade took {seconds:.2f} s at most", flush=True)
        for number in range(given.kills):
            version = FORMATS[number % len(FORMATS)]
            path = folder / "installation" / "fazhi.duckdb"
            shutil.rmtree(path.parent, ignore_errors=True)
            path.parent.mkdir()
            shutil.copyfile(originals[version], path)
            known = _read(path)
            _kill(path, rng.random() * seconds)
            state = _format(path)
            require(state in {version, FORMAT}, f"after the kill the file has format {state}")
            found["new file in place" if state == FORMAT else "old file in place"] += 1
            require(_read(path) == known, "something is lost after a kill")
            upgrade_warehouse(path)
            require(_format(path) == FORMAT and _read(path) == known, "something is lost after the upgrade")
            kept = path.with_name(f"{path.name}.format-{version}")
            require(_format(kept) == version, "the old file is not kept")
            names = {file.name for file in path.parent.iterdir()}
            require(names == {path.name, kept.name}, f"files are left over: {names}")
        report_figures(
            "kill_upgrade",
            {
                "kills": given.kills,
                "after_the_kill": dict(found),
                "formats": FORMATS,
                "undisturbed_seconds": round(seconds, 2),
                "rows_lost": 0,
            },
        )


def _make(number: int, folder: Path, reports: int) -> Path:
    """Return a warehouse of a past format with long texts."""
    path = folder / f"format-{number}.duckdb"
    make_warehouse(number, path, {"a.txt": "一份报告。"}, gone="a.txt")
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "insert into raw.reports by name select r.* replace (repeat(md5(i::varchar), 300) as raw_text) "
            "from raw.reports r, range($reports) n(i)",
            {"reports": reports},
        )
    return path


def _seconds(original: Path, folder: Path) -> float:
    path = folder / "calm" / "fazhi.duckdb"
    path.parent.mkdir(exist_ok=True)
    shutil.copyfile(original, path)
    started = time.monotonic()
    upgrade_warehouse(path)
    return time.monotonic() - started


def _kill(path: Path, seconds: float) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _UPGRADE, str(path)], cwd=PROJECT_DIR, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(seconds)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()


def _format(path: Path) -> int | None:
    with duckdb.connect(str(path)) as connection:
        return find_format(connection)


def _read(path: Path) -> object:
    with duckdb.connect(str(path)) as connection:
        return connection.execute(_KNOWN).fetchone()


if __name__ == "__main__":
    main()
