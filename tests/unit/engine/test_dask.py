"""The Dask engine keeps every engine's promises, even if workers and schedulers are killed."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.engine.base import Bounds, Chunk, Engine, Task
from orchestration.settings import PROJECT_DIR

pytest.importorskip(
    "distributed", reason="Dask is not installed: `make dask` installs it; these tests are SKIPPED"
)

import dask

from orchestration.engine.dask import DaskEngine
from orchestration.engine.remote import EngineError
from tests.cluster import (
    HELD,
    HELD_SECONDS,
    Cluster,
    prepare_killing,
    prepare_noting,
    prepare_telling,
    start_cluster,
)
from tests.unit.engine.test_processes import (
    CRASHES,
    ENDS,
    HANGS,
    RAISES,
    REFERENCE,
    SLOW,
    doubling,
    prepare_badly,
)

Numbers = list[int]
SPREAD = Bounds(report_seconds=2.0, more_seconds_per_report=0.0, spread_from=1)
WORK = replace(
    doubling([]), bounds=SPREAD, on_failure=lambda numbers, reason, end: [(numbers, str(end), reason)]
)
TASK = Task(WORK, REFERENCE, (2,), "double", isolated=True)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with start_cluster() as started:
        yield started


@pytest.fixture
def engine(cluster: Cluster, tmp_path: Path) -> Iterator[Engine]:
    with DaskEngine(cluster.address, 2, tmp_path, False, print) as opened:
        yield opened


def chunks_of(count: int) -> list[Chunk[Numbers]]:
    return [Chunk(1, [number]) for number in range(count)]


def test_results_come_in_order_with_progress(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert list(engine.map(TASK, chunks_of(50), total=50)) == [[2 * number] for number in range(50)]
    assert capsys.readouterr().out.splitlines()[-1].startswith("double: 50 of 50 files, ")
    tripled = replace(TASK, arguments=(3,))
    assert list(engine.map(tripled, chunks_of(3), total=3)) == [[0], [3], [6]], "the task before is forgotten"


def test_results_come_as_they_are_done_where_order_is_not_wanted(engine: Engine) -> None:
    unordered = replace(TASK, work=replace(WORK, in_order=False))
    results = list(engine.map(unordered, [Chunk(1, [SLOW]), *chunks_of(20)], total=21))
    assert sorted(results) == sorted([[2 * SLOW], *([2 * number] for number in range(20))])
    assert results[0] != [2 * SLOW]


def test_only_work_that_kills_its_process_is_given_up(engine: Engine) -> None:
    numbers = [[1, 2], [3, CRASHES, 4], [3, ENDS, 4], [HANGS, 3], [5]]
    results = list(engine.map(TASK, [Chunk(len(part), part) for part in numbers], total=10))
    crashed = ([CRASHES], "crashed", "it ended the process that worked on it (SIGSEGV)")
    ended = ([ENDS], "killed", "it ended the process that worked on it (exit code 7)")
    hung = ([HANGS], "timed out", "it was not finished after 2 s")
    assert results == [[2, 4], [6, crashed, 8], [6, ended, 8], [hung, 6], [10]]


def test_errors_of_the_work_and_of_the_reference_data_reach_the_caller(engine: Engine) -> None:
    with pytest.raises(ValueError, match="below zero"):
        list(engine.map(TASK, [Chunk(1, [RAISES])], total=1))
    with pytest.raises(ValueError, match="bad row 3"):
        list(engine.map(replace(TASK, work=replace(WORK, prepare=prepare_badly)), chunks_of(1), total=1))
    without_words = replace(TASK, work=replace(WORK, prepare=prepare_telling), arguments=())
    with pytest.raises(FileNotFoundError, match=r"words\.csv"):  # not a network error
        list(engine.map(without_words, chunks_of(1), total=1))
    assert list(engine.map(TASK, chunks_of(1), total=1)) == [[0]]


def test_files_are_sent_where_workers_do_not_see_them(engine: Engine) -> None:
    def pack(numbers: Numbers) -> Numbers:
        return [number + 10 for number in numbers]

    packing = replace(TASK, work=replace(WORK, pack=pack))
    assert list(engine.map(packing, chunks_of(2), total=2)) == [[20], [22]]


def test_files_are_not_sent_where_workers_see_them(cluster: Cluster, tmp_path: Path) -> None:
    packing = replace(TASK, work=replace(WORK, pack=lambda numbers: pytest.fail("reads files here")))
    with DaskEngine(cluster.address, 2, tmp_path, True, print) as engine:
        assert list(engine.map(packing, chunks_of(2), total=2)) == [[0], [2]]
    assert list(tmp_path.iterdir()) == []


def test_reference_data_with_rows_of_users_travels_with_the_task(engine: Engine, tmp_path: Path) -> None:
    own = tmp_path / "merged"
    (own / "extract").mkdir(parents=True)
    (own / "extract" / "words.csv").write_text("矛盾纠纷\n", encoding="utf-8")
    task = Task(replace(WORK, prepare=prepare_telling), own, (), "tell")
    ((folder, words),) = engine.map(task, chunks_of(1), total=1)
    assert words == "矛盾纠纷\n"
    assert folder != str(own) and Path(folder).name.startswith("fazhi-reference-")
    ((folder, _),) = engine.map(
        replace(task, work=replace(task.work, bounds=Bounds())), chunks_of(1), total=1
    )
    assert folder == str(own), "here it is where it is"


def test_small_work_is_done_in_the_callers_process(tmp_path: Path) -> None:
    little = replace(TASK, work=replace(WORK, bounds=replace(SPREAD, spread_from=3)))
    with DaskEngine("tcp://127.0.0.1:1", 2, tmp_path, False, print) as engine:
        assert list(engine.map(little, chunks_of(2), total=2)) == [[0], [2]]


def test_scheduler_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.engine.dask._CONNECT_SECONDS", 0.5)
    with (
        DaskEngine("tcp://127.0.0.1:1", 2, tmp_path, False, print) as engine,
        pytest.raises(EngineError, match=r"no Dask scheduler answers on tcp://127\.0\.0\.1:1"),
    ):
        list(engine.map(TASK, chunks_of(1), total=1))


def test_local_cluster_ends_with_its_engine(tmp_path: Path) -> None:
    with DaskEngine(None, 2, tmp_path, False, print) as engine:
        assert list(engine.map(TASK, chunks_of(20), total=20)) == [[2 * number] for number in range(20)]
        (worker,) = engine._connect().run(os.getpid).values()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{worker}").exists():
        assert time.monotonic() < deadline, "the worker outlives its engine"
        time.sleep(0.05)


# ---- which workers are accepted ------------------------------------------------------


def copy_project(folder: Path, change: Callable[[Path], None]) -> Path:
    """Copy the project to a folder with a change, as another machine might have it."""
    for name in ("orchestration", "seeds/reference"):
        shutil.copytree(PROJECT_DIR / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    change(folder)
    return folder


def add_rule(project: Path) -> None:
    path = project / "orchestration" / "pipeline" / "numerals.py"
    path.write_text(path.read_text(encoding="utf-8") + "\n# another rule\n", encoding="utf-8")


def add_word(project: Path) -> None:
    (project / "seeds" / "reference" / "extract" / "more.csv").write_text("word\n", encoding="utf-8")


def remove_engine(project: Path) -> None:
    """Make it a project from before engines existed."""
    (project / "orchestration" / "engine" / "remote.py").unlink()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (add_rule, r"has different versions: the code \(\w{12} there, \w{12} here\)"),
        (add_word, r"has different versions: the reference data \(\w{12} there, \w{12} here\)"),
        (
            remove_engine,
            "has a different version of this project, or none",
        ),
    ],
)
def test_a_worker_with_another_version_gets_no_task(
    change: Callable[[Path], None], message: str, cluster: Cluster, engine: Engine, tmp_path: Path
) -> None:
    worker = cluster.add_worker(copy_project(tmp_path / "elsewhere", change))
    try:
        cluster.wait_for_workers(2)
        started = time.monotonic()
        with pytest.raises(EngineError, match=message) as raised:
            list(engine.map(TASK, iter_failing(), total=9))
        assert "the worker tcp://127.0.0.1:" in str(raised.value)
        assert time.monotonic() - started < 20
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        cluster.wait_for_workers(1)


def iter_failing() -> Iterator[Chunk[Numbers]]:
    pytest.fail("a chunk was asked for before the workers were checked")
    yield Chunk(1, [1])


def test_worker_that_sees_no_shared_files_is_refused(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "touch", lambda *_, **__: None)  # as if the machine had no such folder
    with (
        DaskEngine(cluster.address, 2, tmp_path, True, print) as engine,
        pytest.raises(EngineError, match=r"cannot see .*although FAZHI_SHARED_FILES=1 says"),
    ):
        list(engine.map(TASK, chunks_of(1), total=1))


# ---- killed processes ----------------------------------------------------------------


def test_chunks_of_a_killed_worker_are_redone_elsewhere_without_duplicates(tmp_path: Path) -> None:
    """The worker is killed while it works on a chunk, which is started again elsewhere."""
    notes = tmp_path / "notes"
    notes.mkdir()
    work = replace(WORK, prepare=prepare_noting, bounds=replace(SPREAD, report_seconds=2 * HELD_SECONDS))
    task = Task(work, REFERENCE, (str(notes),), "note")
    with (
        start_cluster(2, 1) as cluster,
        DaskEngine(cluster.address, 2, tmp_path, False, print) as engine,
        ThreadPoolExecutor(1) as beside,
    ):
        killed = beside.submit(kill_holder, notes)
        results = list(engine.map(task, chunks_of(100), total=100))
    assert results == [[number] for number in range(100)]
    assert killed.result() in {worker.pid for worker in cluster.workers}
    assert len(list(notes.glob(f"{HELD}-*"))) == 2


def kill_holder(notes: Path) -> int:
    """Kill the worker that hangs at number `HELD`; return its process id."""
    deadline = time.monotonic() + HELD_SECONDS
    while not (held := list(notes.glob(f"{HELD}-*"))):
        assert time.monotonic() < deadline, f"no worker has begun with {HELD}"
        time.sleep(0.05)
    worker = int(held[0].name.split("-")[1])
    os.killpg(worker, signal.SIGKILL)
    return worker


def test_only_a_report_that_ends_every_worker_is_given_up(tmp_path: Path) -> None:
    """Workers of the local cluster are restarted and get the task when they join."""
    task = Task(replace(WORK, prepare=prepare_killing), REFERENCE, (), "kill")
    chunks = [Chunk(2, [1, 2]), Chunk(3, [3, 13, 4]), Chunk(1, [5])]
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),  # by default, three more workers try
        DaskEngine(None, 1, tmp_path, False, print) as engine,
    ):
        results = list(engine.map(task, chunks, total=6))
    given_up = ([13], "killed", "it ended every worker that worked on it")
    assert results == [[1, 2], [3, given_up, 4], [5]]


def test_run_without_any_worker_ends_with_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.engine.dask._GONE_SECONDS", 2.0)
    monkeypatch.setattr("orchestration.engine.dask._LOOK_SECONDS", 0.2)
    with start_cluster(1, 1) as cluster, DaskEngine(cluster.address, 2, tmp_path, False, print) as engine:
        results = engine.map(TASK, chunks_of(1000), total=1000)
        assert next(results) == [0]
        os.killpg(cluster.workers[0].pid, signal.SIGKILL)
        with pytest.raises(EngineError, match=r"tcp://.* has had no workers for .* the next run continues"):
            list(results)


def test_run_whose_scheduler_is_killed_ends_with_a_message(tmp_path: Path) -> None:
    with start_cluster(1, 1) as cluster, DaskEngine(cluster.address, 2, tmp_path, False, print) as engine:
        results = engine.map(TASK, chunks_of(1000), total=1000)
        assert next(results) == [0]
        os.killpg(cluster.scheduler.pid, signal.SIGKILL)
        with pytest.raises(
            EngineError, match=r"scheduler on tcp://.* ended .* the next run continues"
        ) as raised:
            list(results)
    assert raised.value.__cause__ is None, "people are shown the last cause of a failed step"
