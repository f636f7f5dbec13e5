"""Random sequences of small refreshes publish what a full refresh publishes, row for row and file for file.

    python -m tests.resilience.sequences --sequences 50

In each sequence reports arrive, change and vanish, and people correct figures and years and withdraw
decisions. A run follows each change, mostly without dbt; then dbt builds all marts from the same raw
tables and all files are rewritten: every table with its comments, Parquet, CSV, workbooks and the data
package must be the same. After some sequences everything is rebuilt from the report files.
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
    """Make changes, refresh after each, compare at the end of each sequence."""
    options = parser(__doc__)
    options.add_argument("--sequences", type=int, default=50)
    options.add_argument("--steps", type=int, default=6)
    options.add_argument("--reports", type=int, default=12, help="that are there at first")
    options.add_argument("--seed", type=int, default=1, help="of the first sequence")
    options.add_argument(
        "--rebuild-every", type=int, default=5, help="sequences, one of which is rebuilt too"
    )
    given = options.parse_args()
    kinds: Counter[str] = Counter()
    without_dbt = rebuilds = 0
    with sandboxes("sequences") as folder:
        base = Sandbox(folder / "base")  # dbt parses and builds once for all sequences
        arrivals_of(base, given.seed).begin(given.reports)
        base.refresh()
        for number, seed in enumerate(range(given.seed, given.seed + given.sequences), start=1):
            sandbox = Sandbox(folder / str(seed))
            shutil.copytree(base.folder, sandbox.folder)
            happened = run_sequence(sandbox, seed, given.steps)
            without_dbt += given.steps - (dbt_builds(sandbox) - dbt_builds(base))
            compare_with_whole(sandbox, seed, happened, rebuild=number % given.rebuild_every == 0)
            rebuilds += number % given.rebuild_every == 0
            kinds.update(one.partition(":")[0] for one in happened)
            print(f"sequence {seed}: the same after {', '.join(happened)}", flush=True)
            shutil.rmtree(sandbox.folder)
    require(without_dbt > 0, "no refresh was made without dbt")
    refreshes = given.sequences * given.steps
    figures = {"sequences": given.sequences, "refreshes": refreshes, "without dbt": without_dbt}
    report_figures("sequences", {**figures, "rebuilds": rebuilds, **kinds})


def arrivals_of(sandbox: Sandbox, seed: int) -> Arrivals:
    """Return the source of changes for an installation."""
    return Arrivals(sandbox.reports, sandbox.data / "corrections", sandbox.warehouse, seed)


def run_sequence(sandbox: Sandbox, seed: int, steps: int) -> list[str]:
    """Run one sequence with a refresh after each step; return what happened."""
    arrivals = arrivals_of(sandbox, seed)
    happened = []
    for _ in range(steps):
        happened.append(arrivals.happen())
        sandbox.refresh()
    return happened


def compare_with_whole(sandbox: Sandbox, seed: int, happened: list[str], *, rebuild: bool) -> None:
    """End the script if a full build, or a rebuild from the files, publishes something different."""
    published = sandbox.published.parent
    small = read_published(published)
    build_all(sandbox)
    compare(small, read_published(published), "a full build", seed, happened)
    if rebuild:
        small = read_published(published, times=False)
        code, printed = sandbox.run("rebuild")
        require(code == 0, printed[-4000:])
        compare(small, read_published(published, times=False), "a rebuild", seed, happened)


def build_all(sandbox: Sandbox) -> None:
    """Build all marts with dbt from the same raw tables, and write all files as if none existed."""
    with duckdb.connect(str(sandbox.warehouse)) as connection:
        connection.execute("delete from raw.stage_runs where subject_id = 'marts'")
    published: Path = sandbox.published.parent
    (published / RECORD).unlink()
    (published / "refresh.json").unlink()
    sandbox.refresh()


def compare(
    small: dict[str, object], whole: dict[str, object], what: str, seed: int, happened: list[str]
) -> None:
    """End the script if two publications differ."""
    found = differences(small, whole)
    require(not found, f"sequence {seed} differs from {what} in {found} after {happened}")


def dbt_builds(sandbox: Sandbox) -> int:
    """Count the builds of the marts by dbt itself."""
    return len(list((sandbox.data / "dbt" / "runs").glob("*/run_results.json")))


if __name__ == "__main__":
    main()
