"""How fast the browser page answers: 200 addresses of all kinds, 20 readers at once.

    python -m tests.benchmarks.bench_explorer --data DIR           # FAZHI_DATA of a filled warehouse

A warehouse of 38,600 reports is what `bench_pipeline --scales 38600 --folder DIR` leaves in
DIR/run-38600/data. The page runs in its own process, as with `make explore`. Within a row of
measurements, no address is asked twice. Three rows: one request at a time; 20 readers who pause
between pages; 20 who never pause, which shows the most that two cores can do. Below each row is the
page's processor time, which a busy machine does not change.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from orchestration.settings import PROJECT_DIR
from tests.benchmarks.bench_pipeline import measure_memory

TARGET_MS, TARGET_GIB = 300, 1.0
ADDRESSES = 200
_WORDS = (
    "人民调解", "行政复议", "法律顾问", "普法宣传", "执法证", "合法性审核", "法治督察", "信访", "学法",
    "规范性文件", "重大行政决策", "法律援助", "证明事项", "网格员", "第一责任人", "执法力量", "短板", "整改",
)  # fmt: skip
# pages of 200, by kind: people open reports most
_SHARES = {
    "report": 60,
    "county": 40,
    "township": 30,
    "search": 20,
    "figures": 10,
    "indicator": 20,
    "region": 14,
    "other": 6,
}


@dataclass(frozen=True, slots=True)
class Measured:
    """An address, its kind, and the wall-clock and processor milliseconds of its answer."""

    kind: str
    address: str
    milliseconds: float
    cpu_ms: float = float("nan")  # of the server; NaN unless this was the only request


def list_addresses(published: Path, seed: int) -> list[tuple[str, str]]:
    """Return (kind, address) of the pages to ask for, in random order; another seed gives other pages."""
    chance = random.Random(seed)
    with duckdb.connect(str(published), read_only=True) as connection:

        def column(sql: str) -> list[str]:
            return [row[0] for row in connection.execute(sql).fetchall()]

        reports = column("select report_id from marts.dim_report")
        counties = column("select distinct county_code from marts.dim_report where county_code is not null")
        townships = column("select township_key from marts.dim_township where years_reported > 0")
        indicators = column("select indicator_id from marts.dim_indicator")
    regions = sorted(
        {f"/provinces/{code[:2]}" for code in counties} | {f"/cities/{code[:4]}" for code in counties}
    )
    make: dict[str, Callable[[], str]] = {
        "report": lambda: f"/reports/{chance.choice(reports)}",
        "county": lambda: f"/counties/{chance.choice(counties)}",
        "township": lambda: f"/townships/{chance.choice(townships)}",
        "search": lambda: (
            f"/search?q={chance.choice(_WORDS)}&page={chance.randint(1, 40)}"
            + chance.choice(["", "&section=problems", "&mode=word", f"&county={chance.choice(counties)}"])
        ),
        "figures": lambda: (
            f"/search?kind=figures&indicator={chance.choice(indicators)}&page={chance.randint(1, 9)}"
            + chance.choice(["", f"&county={chance.choice(counties)}", "&below=0.7"])
        ),
        "indicator": lambda: f"/indicators/{chance.choice(indicators)}?page={chance.randint(1, 9)}",
        "region": lambda: chance.choice(regions),
        "other": lambda: (
            chance.choice(["/", "/indicators", "/unmapped", "/?lang=en", "/unmapped?page=3"]) + ""
        ),
    }
    addresses = [(kind, make[kind]()) for kind, share in _SHARES.items() for _ in range(share)]
    chance.shuffle(addresses)
    return addresses


def ask(origin: str, kind: str, address: str) -> Measured:
    """Measure the time from the request to the last byte of the answer.

    Raises:
        RuntimeError: the answer is not a page.
    """
    url = origin + urllib.parse.quote(address, safe="/?&=%-_.")
    started = time.perf_counter()
    with urllib.request.urlopen(url, timeout=60) as response:
        body = response.read()
    milliseconds = 1000 * (time.perf_counter() - started)
    if b"</html>" not in body[-20:]:
        raise RuntimeError(f"{address}: no page")
    return Measured(kind, address, milliseconds)


def read_cpu_seconds(pid: int) -> float:
    """Return the processor time of a process, all threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(
    origin: str, addresses: Sequence[tuple[str, str]], readers: int, pause: float, pid: int
) -> tuple[list[Measured], float]:
    """Return all answers to `readers` at once, each pausing `pause` seconds on average, and pages per second."""
    waiting = list(addresses)
    lock = threading.Lock()
    found: list[Measured] = []
    chance = random.Random(readers)

    def read() -> None:
        time.sleep(chance.uniform(0, pause))
        while True:
            with lock:
                if not waiting:
                    return
                kind, address = waiting.pop()
            before = read_cpu_seconds(pid)
            measured = ask(origin, kind, address)
            if readers == 1:
                measured = replace(measured, cpu_ms=1000 * (read_cpu_seconds(pid) - before))
            with lock:
                found.append(measured)
            time.sleep(chance.uniform(0.5, 1.5) * pause)

    started = time.perf_counter()
    threads = [threading.Thread(target=read) for _ in range(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found, len(found) / (time.perf_counter() - started)


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _describe_cpu(found: Sequence[Measured], mean: float) -> str:
    """Return a row of processor times: quantiles if pages were asked for one by one, else only the mean."""
    times = [one.cpu_ms for one in found if one.cpu_ms == one.cpu_ms]
    if not times:
        return f"| — its processor time | | mean {mean:.0f} | | | " + " | ".join("" for _ in _SHARES) + " |"
    by_kind = [quantile([one.cpu_ms for one in found if one.kind == kind], 0.95) for kind in _SHARES]
    return (
        f"| — its processor time | | {quantile(times, 0.5):.0f} | {quantile(times, 0.95):.0f} | {max(times):.0f} | "
        + " | ".join(f"{value:.0f}" for value in by_kind) + " |"
    )  # fmt: skip


def start_page(data: Path) -> tuple[subprocess.Popen[str], str]:
    """Start the page on a free port; return its process and origin once it has loaded the texts."""
    environment = {**os.environ, "FAZHI_DATA": str(data), "PYTHONPATH": str(PROJECT_DIR)}
    process = subprocess.Popen(
        [sys.executable, "-m", "orchestration", "explore", "--port", "0"],
        cwd=PROJECT_DIR, env=environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    line = process.stdout.readline()
    match = re.search(r"http://127\.0\.0\.1:\d+", line)
    if match is None:
        raise RuntimeError(f"the page does not start: {line}")
    return process, match[0]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return 0."""
    parser = argparse.ArgumentParser(description="Measure the browser page on a filled warehouse.")
    parser.add_argument("--data", type=Path, required=True, help="FAZHI_DATA of the warehouse")
    parser.add_argument("--readers", type=int, default=20)
    parser.add_argument(
        "--pause", type=float, default=3.0, help="seconds that a reader reads a page, on average"
    )
    parser.add_argument("--load-seconds", type=float, default=15.0, help="wait for the texts to be loaded")
    parser.add_argument("--json", type=Path, help="write all times there")
    options = parser.parse_args(arguments)
    published = options.data / "published" / "fazhi.duckdb"
    process, origin = start_page(options.data)
    try:
        ask(origin, "other", "/")
        time.sleep(options.load_seconds)
        rows: list[dict[str, Any]] = []
        print(
            "| readers | pages/s | p50 ms | p95 ms | max ms | "
            + " | ".join(f"{kind} p95" for kind in _SHARES)
            + " |"
        )
        print("|" + " ---: |" * (5 + len(_SHARES)))
        for number, (readers, pause) in enumerate(
            ((1, 0.0), (options.readers, options.pause), (options.readers, 0.0))
        ):
            before = read_cpu_seconds(process.pid)
            found, rate = measure(origin, list_addresses(published, seed=number), readers, pause, process.pid)
            cpu = 1000 * (read_cpu_seconds(process.pid) - before) / len(found)
            times = [one.milliseconds for one in found]
            by_kind = [
                quantile([one.milliseconds for one in found if one.kind == kind], 0.95) for kind in _SHARES
            ]
            name = f"{readers}, {pause:g} s between pages" if pause else f"{readers}, without a pause"
            print(
                f"| {name} | {rate:.1f} | {quantile(times, 0.5):.0f} | {quantile(times, 0.95):.0f} | "
                + f"{max(times):.0f} | " + " | ".join(f"{value:.0f}" for value in by_kind) + " |", flush=True,
            )  # fmt: skip
            print(_describe_cpu(found, cpu), flush=True)
            rows += [
                {
                    "row": name,
                    "kind": one.kind,
                    "address": one.address,
                    "ms": one.milliseconds,
                    "cpu_ms": one.cpu_ms,
                }
                for one in found
            ]
        print(
            f"\nMemory {measure_memory(process.pid):.2f} GiB. Targets: p95 {TARGET_MS} ms, {TARGET_GIB:g} GiB."
        )
        if options.json:
            options.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")
    finally:
        process.terminate()
        process.wait(timeout=20)
    return 0


if __name__ == "__main__":
    sys.exit(main())
