"""Two hosts with their own addresses and no shared folder do a run's work: the same rows, even if one dies.

    sudo python -m tests.resilience.two_hosts --reports 600

The hosts are network namespaces on a bridge (10.99.0.1 runs the pipeline and the scheduler, 10.99.0.2 and 10.99.0.3
a Dask worker each). For the workers, an empty file system hides the folder of reports and data, so that files reach
them as bytes. Three runs read the same reports: with processes; with the two workers; with the two workers, one of
which is killed halfway. All raw tables must be equal. Without root or `ip netns` the hosts are three loopback
addresses that see the same folders; the script prints which was used. Needs Dask (`make dask`).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.resilience.harness import (
    PROJECT_DIR,
    Sandbox,
    accounted,
    differing_rows,
    kill_group,
    make_reports,
    parser,
    report_figures,
    require,
    sandboxes,
    wait_until,
)

_BRIDGE = "fazhi0"
_PORT = 8786
# The stages that an engine spreads; dbt and publishing stay in the run's process.
_RUN = """
import sys
from orchestration.deployment.preparation import prepare
from orchestration.settings import load_settings
from tests.graph.conftest import Installation
settings = load_settings()
prepare(settings)
result = Installation(settings).run(only_raw=True)
sys.exit(0 if result.success else str([event.message for event in result.all_events if event.is_failure]))
"""


@dataclass(frozen=True, slots=True)
class Host:
    """A machine: a network namespace, or only an address of this machine."""

    address: str
    namespace: str | None

    def start(
        self, arguments: Sequence[str], environment: dict[str, str], hidden: Path | None = None
    ) -> subprocess.Popen[str]:
        """Start Python there as the leader of a process group; `hidden` is a folder that it cannot see."""
        command = [sys.executable, *arguments]
        if self.namespace is not None:
            if hidden is not None:
                script = 'mount -t tmpfs none "$0" && exec "$@"'
                command = ["unshare", "--mount", "sh", "-c", script, str(hidden), *command]
            command = ["ip", "netns", "exec", self.namespace, *command]
        return subprocess.Popen(
            command, cwd=PROJECT_DIR, env=environment, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip


@contextmanager
def make_hosts(count: int) -> Iterator[list[Host]]:
    """Yield hosts that can reach only each other."""
    if os.geteuid() != 0 or shutil.which("ip") is None or shutil.which("unshare") is None:
        yield [Host(f"127.0.0.{number}", None) for number in range(2, 2 + count)]
        return
    with ExitStack() as stack:

        def ip(*arguments: str) -> None:
            subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)

        def undo(*arguments: str) -> None:
            stack.callback(subprocess.run, ["ip", *arguments], check=False, capture_output=True)

        ip("link", "add", _BRIDGE, "type", "bridge")
        undo("link", "delete", _BRIDGE)
        ip("link", "set", _BRIDGE, "up")
        hosts = []
        for number in range(1, count + 1):
            name, address = f"fazhi-host{number}", f"10.99.0.{number}"
            ip("netns", "add", name)
            undo("netns", "delete", name)
            ip("link", "add", f"fazhi-v{number}", "type", "veth", "peer", "name", "eth0", "netns", name)
            ip("link", "set", f"fazhi-v{number}", "master", _BRIDGE, "up")
            ip("-n", name, "addr", "add", f"{address}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
            ip("-n", name, "link", "set", "lo", "up")
            hosts.append(Host(address, name))
        yield hosts


def main() -> None:
    """Make the three runs, compare them, and print the measurements."""
    options = parser(__doc__)
    options.add_argument("--reports", type=int, default=600)
    arguments = options.parse_args()
    with sandboxes("two_hosts") as folder, make_hosts(3) as hosts, ExitStack() as started:
        make_reports(folder / "reports", arguments.reports)
        figures: dict[str, object] = {
            "hosts": "network namespaces, no shared folder" if hosts[0].namespace else "loopback addresses",
            "reports": arguments.reports,
        }

        def begin(host: Host, *command: str, hides: bool = False) -> subprocess.Popen[str]:
            process = host.start(
                ["-m", "dask", *command], Sandbox(folder).environment(), folder if hides else None
            )
            started.callback(end, process)
            return process

        def begin_worker(host: Host) -> subprocess.Popen[str]:
            return begin(
                host, "worker", scheduler, "--host", host.address, "--nthreads", "1", "--no-nanny", hides=True
            )

        def run(name: str, engine: str, kill: subprocess.Popen[str] | None = None) -> Sandbox:
            sandbox = Sandbox(folder / name)
            sandbox.folder.mkdir()
            (sandbox.folder / "reports").symlink_to(folder / "reports")
            environment = sandbox.environment(
                FAZHI_REPORTS=str(folder / "reports"), FAZHI_ENGINE=engine, FAZHI_WORKERS="2"
            )
            before = time.monotonic()
            process = hosts[0].start(["-c", _RUN], environment)
            if kill is not None:
                wait_until(lambda: is_writing(sandbox) or process.poll() is not None, 120, "the first rows")
                require(process.poll() is None, "the run ended before a worker could be killed")
                os.killpg(kill.pid, signal.SIGKILL)
            printed, _ = process.communicate()
            require(process.returncode == 0, f"{name} failed:\n{printed[-3000:]}")
            figures[f"{name}: seconds"] = round(time.monotonic() - before, 1)
            return sandbox

        one = run("processes", "processes")
        scheduler = f"tcp://{hosts[0].address}:{_PORT}"
        begin(hosts[0], "scheduler", "--host", hosts[0].address, "--port", str(_PORT), "--no-dashboard")
        workers = [begin_worker(host) for host in hosts[1:]]
        two = run("two workers", f"dask:{scheduler}")
        three = run("two workers, one killed", f"dask:{scheduler}", kill=workers[0])
        for other in (two, three):
            require(differing_rows(one.warehouse, other.warehouse, "raw") == {}, "the rows differ")
        require(accounted(one) == accounted(two) == accounted(three), "files are counted otherwise")
        figures["rows"] = "equal in all raw tables"
        report_figures("two_hosts", figures)


def is_writing(sandbox: Sandbox) -> bool:
    """Return whether a run has begun to write rows."""
    log = sandbox.warehouse.with_name(sandbox.warehouse.name + ".wal")
    return log.exists() and log.stat().st_size > 100_000


def end(process: subprocess.Popen[str]) -> None:
    """End a process that may already have ended."""
    if process.poll() is None:
        kill_group(process)


if __name__ == "__main__":
    main()
