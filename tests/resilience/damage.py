"""A full disk, a read-only folder, a damaged or newer warehouse: each gives a clear message and a way back.

    python -m tests.resilience.damage

The full disk is a small tmpfs and the read-only folder a read-only bind mount: both need
root (Linux); otherwise these two parts report that they were skipped.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.resilience.harness import (
    Sandbox,
    accounted,
    differing_rows,
    make_reports,
    parser,
    raise_storage_version,
    report_figures,
    require,
    sandboxes,
)

_DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "other bytes": lambda data: b"this is no database " * 5000,
    "cut in the middle": lambda data: data[: len(data) // 2],
    "zeros in the middle": lambda data: (
        data[: len(data) // 4] + bytes(len(data) // 2) + data[-len(data) // 4 :]
    ),
    "newer storage version": raise_storage_version,
}


def main() -> None:
    """Damage an installation in each way, check the message, then follow the way back."""
    options = parser(__doc__)
    options.add_argument("--reports", type=int, default=30, help="generated reports, beside the samples")
    given = options.parse_args()
    with sandboxes("damage") as folder:
        calm = Sandbox(folder / "calm")
        make_reports(calm.reports, given.reports)
        calm.refresh()
        figures: dict[str, object] = {"accounted": accounted(calm)}
        for name, damage in _DAMAGES.items():
            figures[name] = _damage_warehouse(calm, folder / name.replace(" ", "_"), damage)
        figures["disk full"] = _fill_disk(calm, folder / "small")
        figures["read-only folder"] = _write_protect(calm, folder / "protected")
        report_figures("damage", figures)


def _damage_warehouse(calm: Sandbox, folder: Path, damage: Callable[[bytes], bytes]) -> str:
    """Return the error of a refresh on a damaged file; a rebuild then gives the same marts."""
    sandbox = _copy(calm, folder)
    sandbox.warehouse.write_bytes(damage(sandbox.warehouse.read_bytes()))
    (sandbox.reports / "new.txt").write_text("something new, so that the refresh does not end at once")
    published = sandbox.published.read_bytes()
    code, printed = sandbox.run("refresh")
    message = _error(printed)
    require(
        code == 1 and "make rebuild" in message and str(sandbox.warehouse) in message,
        f"unclear: {printed[-3000:]}",
    )
    require(sandbox.published.read_bytes() == published, "the published copy changed")
    (sandbox.reports / "new.txt").unlink()
    _rebuild_gives_the_same(calm, sandbox)
    return message


def _rebuild_gives_the_same(calm: Sandbox, sandbox: Sandbox) -> None:
    code, printed = sandbox.run("rebuild")
    require(code == 0, f"the rebuild failed:\n{printed[-4000:]}")
    for one, other in ((calm.warehouse, sandbox.warehouse), (calm.published, sandbox.published)):
        require(not (found := differing_rows(one, other)), f"rebuilt marts differ: {found}")
    require(accounted(calm) == accounted(sandbox), "rebuilt files differ")
    shutil.rmtree(sandbox.folder)


def _fill_disk(calm: Sandbox, folder: Path) -> str:
    """Return the error of a refresh on a full disk; once there is space, the next one gives the same marts."""
    sandbox = Sandbox(folder)
    shutil.copytree(calm.reports, sandbox.reports)
    sandbox.data.mkdir(parents=True)
    with _mounted(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "fazhi", str(sandbox.data)], sandbox.data
    ) as done:
        if not done:
            return _skipped("disk full")
        code, printed = sandbox.run("refresh")
        message = _error(printed)
        require(
            code == 1 and ("space" in message or "full" in message.lower()), f"unclear: {printed[-4000:]}"
        )
        subprocess.run(["mount", "-o", "remount,size=1g", str(sandbox.data)], check=True)
        sandbox.refresh()
        require(not (found := differing_rows(calm.warehouse, sandbox.warehouse)), f"marts differ: {found}")
        require(accounted(calm) == accounted(sandbox), "files differ")
    return message


def _write_protect(calm: Sandbox, folder: Path) -> str:
    """Return the error of a refresh without write permission; with it, the next one gives the same marts."""
    sandbox = _copy(calm, folder)
    (sandbox.reports / "new.txt").write_text("something new, so that the refresh does not end at once")
    bind = ["mount", "--bind", str(sandbox.data), str(sandbox.data)]
    with _mounted(bind, sandbox.data) as done:
        if not done:
            return _skipped("read-only folder")
        subprocess.run(["mount", "-o", "remount,ro,bind", str(sandbox.data)], check=True)
        code, printed = sandbox.run("refresh")
        message = _error(printed)
        require(
            code == 1 and "ead-only" in message and str(sandbox.data) in message,
            f"unclear: {printed[-4000:]}",
        )
    (sandbox.reports / "new.txt").unlink()
    _rebuild_gives_the_same(calm, sandbox)
    return message


@contextlib.contextmanager
def _mounted(command: list[str], point: Path) -> Iterator[bool]:
    """Mount, and unmount at the end; yields False if mounting is not permitted."""
    if os.geteuid() or shutil.which("mount") is None:
        yield False
        return
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"damage: {done.stderr.strip()}", flush=True)
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", str(point)], check=True)


def _skipped(part: str) -> str:
    print(f"damage: SKIPPED: {part}: mounting is not permitted here", flush=True)
    return "SKIPPED: mounting is not permitted here"


def _copy(calm: Sandbox, folder: Path) -> Sandbox:
    shutil.copytree(calm.folder, folder)
    return Sandbox(folder)


def _error(printed: str) -> str:
    """Return the first error line of a failed run."""
    lines = [line for line in printed.splitlines() if line.startswith("error: ")]
    return lines[0].removeprefix("error: ") if lines else ""


if __name__ == "__main__":
    main()
