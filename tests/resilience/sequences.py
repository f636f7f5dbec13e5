"""Random sequences of small refreshes publish what a full refresh publishes, row for row and file for file.

    python -m tests.resilience.sequences --sequences 50

In each sequence reports arrive, change and vanish, people correct figures and years and take decisions
back. A run follows each change, mostly without dbt; then dbt builds all marts from the same raw tables
and all files are written anew: every table with its comments, Parquet, CSV, workbook and the
description of the files must be the same. Then everything is done again from the files.
"""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import duckdb

from orchestration.publishing.unchanged import RECORD
from tests.resilience.harness import Sandbox, parser, report_figures, require, sandboxes
from tests.small_refreshes import Arrivals, differences, read_published


def main() -> None:
    """Let things happen, refresh after each, compare at the end of each sequence."""
    options = parser(__doc__)
    options.add_argument("--sequences", type=int, default=50)
    options.add_argument("--steps", type=int, default=6)
    options.add_argument("--reports", type=int, default=12, help="that are there at first")
    options.add_argument("--seed", type=int, default=1, help="of the first sequence")
    given = options.parse_args()
    kinds: Counter[str] = Counter()
    without_dbt = refreshes = 0
    with sandboxes("sequences") as folder:
        base = Sandbox(folder / "base")  # parses the dbt project once
        base.reports.mkdir(parents=True)
        code, printed = base.run("parse")
        require(code == 0, printed)
        for seed in range(given.seed, given.seed + given.sequences):
            sandbox = Sandbox(folder / str(seed))
            shutil.copytree(base.folder, sandbox.folder)
            happened = run_sequence(sandbox, seed, given.steps, given.reports)
            kinds.update(one.partition(":")[0] for one in happened)
            refreshes += given.steps
            without_dbt += given.steps + 3 - dbt_builds(sandbox)
            print(f"sequence {seed}: the same after {', '.join(happened)}", flush=True)
            shutil.rmtree(sandbox.folder)
    require(without_dbt > 0, "no refresh was made without dbt")
    report_figures(
        "sequences",
        {"sequences": given.sequences, "refreshes": refreshes, "without dbt": without_dbt, **kinds},
    )


def run_sequence(sandbox: Sandbox, seed: int, steps: int, reports: int) -> list[str]:
    """What happened in one sequence; ends the script where something differs."""
    arrivals = Arrivals(sandbox.reports, sandbox.data / "corrections", sandbox.warehouse, seed)
    arrivals.begin(reports)
    sandbox.refresh()
    happened = []
    for _ in range(steps):
        happened.append(arrivals.happen())
        sandbox.refresh()
    published = sandbox.published.parent
    small = read_published(published)
    build_all(sandbox)
    compare(small, read_published(published), "a full build", seed, happened)
    small = read_published(published, times=False)
    code, printed = sandbox.run("rebuild")
    require(code == 0, printed[-4000:])
    compare(small, read_published(published, times=False), "a rebuild", seed, happened)
    return happened


def build_all(sandbox: Sandbox) -> None:
    """All marts by dbt from the same raw tables, and all files as if none were there."""
    with duckdb.connect(str(sandbox.warehouse)) as connection:
        connection.execute("delete from raw.stage_runs where subject_id = 'marts'")
    published: Path = sandbox.published.parent
    (published / RECORD).unlink()
    (published / "refresh.json").unlink()
    sandbox.refresh()


def compare(
    small: dict[str, object], whole: dict[str, object], what: str, seed: int, happened: list[str]
) -> None:
    """End the script where two publishings differ."""
    found = differences(small, whole)
    require(not found, f"sequence {seed} differs from {what} in {found} after {happened}")


def dbt_builds(sandbox: Sandbox) -> int:
    """How often dbt itself has built the marts."""
    return len(list((sandbox.data / "dbt" / "runs").glob("*/run_results.json")))


if __name__ == "__main__":
    main()
