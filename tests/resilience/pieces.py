"""1,000 files arrive in batches while refreshes run, some half written: the marts equal those of one run.

    python -m tests.resilience.pieces --reports 1000 --pieces 5

Each batch is copied while a refresh runs; every tenth file stays half written for a while, as during a slow copy.
Readers keep opening the published copy. The last refresh, when nothing is being copied, loads the rest.
"""

from __future__ import annotations

import random
import shutil
import threading
import time
from pathlib import Path

import duckdb

from tests.resilience.harness import (
    Sandbox,
    accounted,
    differing_rows,
    make_reports,
    parser,
    report_figures,
    require,
    sandboxes,
)

_HALF_SECONDS = 0.05  # that a file stays half written


def main() -> None:
    """Copy batches during refreshes and reads, refresh once more, compare with one undisturbed run."""
    options = parser(__doc__)
    options.add_argument("--reports", type=int, default=1000, help="generated reports, beside the samples")
    options.add_argument("--pieces", type=int, default=5)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    with sandboxes("pieces") as folder:
        calm, sandbox = Sandbox(folder / "calm"), Sandbox(folder / "pieces")
        files = make_reports(calm.reports, given.reports, given.seed)
        calm.refresh()
        random.Random(given.seed).shuffle(files)
        sandbox.reports.mkdir(parents=True)
        ended = threading.Event()
        reads: list[int | str] = []
        reader = threading.Thread(target=_read, args=(sandbox.published, ended, reads), daemon=True)
        reader.start()
        started = time.monotonic()
        seen = [
            _copy_under_a_refresh(sandbox, files[n :: given.pieces], calm.reports)
            for n in range(given.pieces)
        ]
        sandbox.refresh()
        seconds = time.monotonic() - started
        ended.set()
        reader.join()
        require(
            not (broken := [each for each in reads if isinstance(each, str)]), f"reads failed: {broken[:3]}"
        )
        require(accounted(sandbox) == accounted(calm), f"files differ: {accounted(sandbox)}")
        for one, other in ((calm.warehouse, sandbox.warehouse), (calm.published, sandbox.published)):
            require(not (found := differing_rows(one, other)), f"marts differ: {found}")
        report_figures(
            "pieces",
            {
                "files": len(files),
                "loaded_after_each_piece": seen,
                "seconds": round(seconds, 1),
                "reads_meanwhile": len(reads),
                "differing_rows": 0,
            },
        )


def _copy_under_a_refresh(sandbox: Sandbox, files: list[Path], source: Path) -> int:
    """Start a refresh, copy the files while it runs, wait for its end; return how many files it saw."""
    process = sandbox.start("refresh")
    for number, path in enumerate(files):
        for name in (path, path.with_name(f"{path.name.rpartition('.')[0]}.meta.json")):
            if name.exists():
                _copy(name, sandbox.reports / name.relative_to(source), slowly=number % 10 == 0)
    printed, _ = process.communicate()
    require(process.returncode == 0, f"a refresh under arrivals failed:\n{printed[-3000:]}")
    return sum(accounted(sandbox).values())


def _copy(path: Path, target: Path, *, slowly: bool) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if slowly:
        data = path.read_bytes()
        with target.open("wb") as file:
            file.write(data[: len(data) // 2])
            file.flush()
            time.sleep(_HALF_SECONDS)
            file.write(data[len(data) // 2 :])
    shutil.copy2(path, target)


def _read(published: Path, ended: threading.Event, reads: list[int | str]) -> None:
    """Open the published copy again and again; collect the row count of each read, or its error."""
    while not ended.is_set():
        if published.exists():
            try:
                with duckdb.connect(str(published), read_only=True) as connection:
                    (count,) = connection.execute("select count(*) from marts.fct_quantity").fetchone() or (
                        0,
                    )
                reads.append(count)
            except duckdb.Error as error:
                reads.append(str(error))
        time.sleep(0.2)


if __name__ == "__main__":
    main()
