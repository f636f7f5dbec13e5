"""kill -9 at random moments of a refresh, then another run: the marts equal those of an undisturbed run.

    python -m tests.resilience.kill_anywhere --kills 50

First, an undisturbed installation is refreshed. Its duration is cut into as many slices as there are
kills; each kill falls at a random moment of its own slice, in random order, so that reading, dbt and
publishing are all hit. In each round reports arrive in parts, one before each start, so that every
killed run had work for every stage. Every other kill hits only the main process and leaves dbt as an
orphan. Publishing is so short that few random moments hit it, so every eighth kill waits for it.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter, deque
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.resilience.harness import (
    Sandbox,
    accounted,
    differing_rows,
    kill_group,
    make_reports,
    parser,
    report_figures,
    require,
    sandboxes,
)

ENDED = "ended before its moment"


@dataclass(frozen=True, slots=True)
class Moment:
    """When to kill: seconds after the run or its publishing starts."""

    seconds: float
    in_publishing: bool


def main() -> None:
    """Kill, run again, compare."""
    options = parser(__doc__)
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--per-round", type=int, default=10, help="kills before a run may finish")
    options.add_argument("--reports", type=int, default=100, help="generated reports, beside the samples")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    rng = random.Random(given.seed)
    with sandboxes("kill_anywhere") as folder:
        calm = Sandbox(folder / "calm")
        files = make_reports(calm.reports, given.reports)
        started = time.monotonic()
        calm.refresh()
        seconds = time.monotonic() - started
        print(f"kill_anywhere: an undisturbed refresh took {seconds:.1f} s", flush=True)
        moments = [
            Moment(rng.random(), in_publishing=True)
            if slot % 8 == 7
            else Moment(seconds * (slot + rng.random()) / given.kills, in_publishing=False)
            for slot in range(given.kills)
        ]
        rng.shuffle(moments)
        waiting = deque(moments)
        met: Counter[str] = Counter()
        for round_number in count():
            if not waiting:
                break
            sandbox = Sandbox(folder / f"round{round_number}")
            batch = [waiting.popleft() for _ in range(min(given.per_round, len(waiting)))]
            for number, moment in enumerate(batch):
                _arrive(files[number :: len(batch)], calm.reports, sandbox.reports)
                stage = _kill_at(sandbox, moment, whole_group=bool(number % 2))
                met[stage] += 1
                if stage == ENDED:  # with fewer reports a run is shorter: try an earlier moment
                    waiting.append(Moment(moment.seconds * 0.6, moment.in_publishing))
            sandbox.refresh()
            for schema in ("marts", "raw"):
                differences = differing_rows(calm.warehouse, sandbox.warehouse, schema)
                differences.pop("stage_runs", None)  # fingerprints hold modification times of side files
                require(not differences, f"{schema} differ in round {round_number}: {differences}")
            require(
                not differing_rows(calm.published, sandbox.published), f"published differs in {round_number}"
            )
            require(accounted(sandbox) == accounted(calm), f"files differ in round {round_number}")
            shutil.rmtree(sandbox.folder)
            print(
                f"kill_anywhere: round {round_number} equals the undisturbed run; met {dict(met)}", flush=True
            )
        report_figures(
            "kill_anywhere",
            {
                "kills": given.kills,
                "killed_in": {stage: times for stage, times in met.items() if stage != ENDED},
                "runs_that_ended_before_their_moment": met[ENDED],
                "undisturbed_seconds": round(seconds, 1),
                "files": len(files),
                "differing_rows": 0,
            },
        )


def _arrive(files: list[Path], source: Path, target: Path) -> None:
    for path in files:
        for name in (path, path.with_name(f"{path.name.rpartition('.')[0]}.meta.json")):
            if name.exists():
                copy = target / name.relative_to(source)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(name, copy)


def _kill_at(sandbox: Sandbox, moment: Moment, *, whole_group: bool) -> str:
    """Start a refresh and kill it at a moment; return the step that was running."""
    process = sandbox.start("refresh")
    in_publishing = sandbox.published.with_name(f"{sandbox.published.name}.new")
    in_publishing.unlink(missing_ok=True)  # left by a run killed earlier
    deadline = float("inf") if moment.in_publishing else time.monotonic() + moment.seconds
    while time.monotonic() < deadline:
        if deadline == float("inf") and in_publishing.exists():
            deadline = time.monotonic() + moment.seconds
        try:
            printed, _ = process.communicate(timeout=0.02)
        except subprocess.TimeoutExpired:
            continue
        require(process.returncode == 0, f"a run after a kill failed:\n{printed[-3000:]}")
        return ENDED
    if whole_group:
        kill_group(process)
    else:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()  # not communicate: an orphaned dbt keeps the pipe open
    return _last_step(sandbox)


def _last_step(sandbox: Sandbox) -> str:
    """Return the last step of the newest run, from Dagster's own log."""
    logs = sorted(
        (sandbox.data / "dagster" / "history" / "runs").glob("*.db"), key=lambda p: p.stat().st_mtime
    )
    for log in reversed(logs):
        if len(log.stem) < 36:  # index.db
            continue
        with sqlite3.connect(log) as connection:
            row = connection.execute(
                "select step_key from event_logs where step_key is not null order by id desc limit 1"
            ).fetchone()
        return str(row[0]) if row else "start of the run"
    return "before the run"


if __name__ == "__main__":
    main()
