"""A refresh gives the same marts in every environment: paths, languages, users, limits.

    python -m tests.resilience.surroundings

Another user and a reports folder without write permission need root (Linux); otherwise that part reports that
it was skipped. `damage` tests a full disk and a read-only data folder.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
)

NOBODY = 65534
MEMORY_BYTES = 4_000_000 * 1024  # `ulimit -v 4000000`


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What differs in one case.

    Attributes:
        folder: Name of the folder that holds reports and data.
        reports: Name of the reports folder, if not the usual one.
        environment: Variables to set; an empty one is removed.
        before: Called in the process before it becomes the refresh.
        as_nobody: Whether it runs as another user, who can only read the reports.
    """

    folder: str
    reports: str = "reports"
    environment: dict[str, str] = field(default_factory=dict)
    before: Callable[[], Any] | None = None
    as_nobody: bool = False


CASES = {
    "blanks, Chinese and quotes in paths": Surroundings('空 格\'s "号"', reports="报告 #1? %20"),
    "LANG=C": Surroundings(
        "c", environment={"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "", "PYTHONIOENCODING": ""}
    ),
    "LANG=C and no coercion": Surroundings(
        "ascii", environment={"LANG": "C", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    ),
    "no HOME": Surroundings("homeless", environment={"HOME": "", "USER": "", "LOGNAME": ""}),
    "umask 077": Surroundings("private", before=lambda: os.umask(0o077)),
    "another user, reports only to be read": Surroundings("nobody", as_nobody=True),
    "TZ=Asia/Shanghai": Surroundings("shanghai", environment={"TZ": "Asia/Shanghai"}),
    "ulimit -v 4000000": Surroundings(
        "narrow", before=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    ),
}


def main() -> None:
    """Refresh in the usual environment, then in each of the others, and compare."""
    options = parser(__doc__)
    options.add_argument("--reports", type=int, default=10, help="generated reports, beside the samples")
    options.add_argument("--only", help="cases whose name holds this")
    given = options.parse_args()
    figures: dict[str, str] = {}
    with sandboxes("surroundings") as folder:
        folder.chmod(0o755)  # for the other user
        calm = Sandbox(folder / "calm")
        make_reports(calm.reports, given.reports)
        calm.refresh()
        for name, case in CASES.items():
            if given.only and given.only not in name:
                continue
            if case.as_nobody and not _may_become_nobody():
                figures[name] = "SKIPPED: nobody else may be made to run this Python here"
            else:
                figures[name] = _refresh(calm, folder / case.folder, case)
            print(f"surroundings: {name}: {figures[name]}", flush=True)
        report_figures("surroundings", figures)


def _may_become_nobody() -> bool:
    """Return whether this is root and another user can start this Python (not if it is in root's own folder)."""
    if os.geteuid():
        return False
    command = [sys.executable, "-c", "import orchestration.cli"]
    try:
        done = subprocess.run(
            command, cwd=PROJECT_DIR, user=NOBODY, group=NOBODY, extra_groups=[], check=False
        )
    except PermissionError:
        return False
    return done.returncode == 0


def _refresh(calm: Sandbox, folder: Path, case: Surroundings) -> str:
    sandbox = Sandbox(folder)
    reports = folder / case.reports
    shutil.copytree(calm.reports, reports)
    sandbox.data.mkdir()
    if case.as_nobody:
        os.chown(sandbox.data, NOBODY, NOBODY)
    changed = {**sandbox.environment(), "FAZHI_REPORTS": str(reports), **case.environment}
    done = subprocess.run(
        [sys.executable, "-m", "orchestration", "refresh"],
        cwd=PROJECT_DIR,
        env={name: value for name, value in changed.items() if value},
        preexec_fn=case.before,
        user=NOBODY if case.as_nobody else None,
        group=NOBODY if case.as_nobody else None,
        extra_groups=[] if case.as_nobody else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    printed = done.stdout.decode("utf-8", "replace")
    require(done.returncode == 0, f"a refresh ended with {done.returncode}:\n{printed[-4000:]}")
    require(accounted(calm) == accounted(sandbox), f"files differ: {accounted(sandbox)}")
    require(not (found := differing_rows(calm.published, sandbox.published)), f"marts differ: {found}")
    shutil.rmtree(folder)
    return "the same marts"


if __name__ == "__main__":
    main()
