"""Isolation of single reports and processes: errors become rows, workers end with their parent."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orchestration.pipeline.failures import describe_error, recorded
from orchestration.pipeline.readers import LIMITS, RejectedFile
from orchestration.pipeline.readers.html import reader as html
from orchestration.pipeline.records import StageFailure
from orchestration.settings import PROJECT_DIR

POOL = """
import os, sys, time
from pathlib import Path
from orchestration.engine.base import CHUNK, Chunk, Task, Work
from orchestration.engine.processes import ProcessesEngine

def prepare(reference):
    return work

def work(payload):
    os.write(1, f"{os.getpid()}\\n".encode())  # at once: two workers share the pipe
    time.sleep(0.2)

if __name__ == "__main__":
    chunks = (Chunk(CHUNK, number) for number in range(10_000))
    task = Task(Work(prepare, None, None, None), Path(), (), "test")
    with ProcessesEngine(2, print) as engine:
        for _ in engine.map(task, chunks, total=10_000 * CHUNK):
            pass
"""


def test_an_error_is_described_on_one_line_with_its_place() -> None:
    with pytest.raises(ValueError) as raised:
        raise ValueError("first\nsecond \ud800" + "x" * 1000)
    described = describe_error(raised.value)
    assert described.startswith("ValueError: first second \\ud800xxx")
    place = f"(test_reliability.py:{raised.traceback[0].lineno + 1} "
    assert described.endswith(f"{place}test_an_error_is_described_on_one_line_with_its_place)")
    assert len(described) < 500


def test_an_error_becomes_a_row_and_the_rest_continues() -> None:
    failures: list[StageFailure] = []
    done = []
    for report_id in ("a", "b", "c"):
        with recorded(failures, "segment", report_id):
            done.append(1 / (report_id != "b"))
    assert len(done) == 2
    assert [(row.stage, row.report_id) for row in failures] == [("segment", "b")]
    assert "ZeroDivisionError" in failures[0].error


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_interrupts_are_not_swallowed(stop: type[BaseException]) -> None:
    with pytest.raises(stop), recorded([], "segment", "a"):
        raise stop


@pytest.mark.parametrize(
    "markup",
    [
        pytest.param("<div>" * (LIMITS.html_tags + 1), id="deep"),
        pytest.param("<p " + " ".join(f"a{n}=1" for n in range(LIMITS.tag_words + 2)) + ">", id="attributes"),
    ],
)
def test_a_page_that_would_keep_a_parser_busy_for_hours_is_refused(markup: str) -> None:
    started = time.monotonic()
    with pytest.raises(RejectedFile, match="too_large"):
        html.read(f"<html><body>{markup}<p>全年排查矛盾纠纷10件。".encode())
    assert time.monotonic() - started < 5


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes in /proc")
def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "pool.py"
    script.write_text(POOL)
    process = subprocess.Popen(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": str(PROJECT_DIR)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    workers = {int(process.stdout.readline()) for _ in range(6)}
    assert len(workers) == 2
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 20
    while any(_is_alive(pid) for pid in workers):
        assert time.monotonic() < deadline, "workers outlive their parent"
        time.sleep(0.1)
    process.stdout.close()


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"  # a zombie has ended, though its new parent may never reap it


def test_possessive_groups_end_in_an_empty_branch() -> None:
    """Otherwise `(…)*+` may loop forever before Python 3.11.5 (gh-106052); Debian 12 has 3.11.2."""
    found = [
        (path.name, source[: repeat.start()].rstrip().endswith("(?!)"))
        for path in sorted((PROJECT_DIR / "orchestration" / "pipeline").rglob("*.py"))
        for source in (re.sub(r"(?m)\s+# .*$", "", path.read_text(encoding="utf-8")),)
        for repeat in re.finditer(r"\)[*+?]\+", source)
    ]
    assert {name for name, _ in found} >= {"sentences.py", "headings.py", "figure_scanner.py"}
    assert [name for name, is_safe in found if not is_safe] == []
