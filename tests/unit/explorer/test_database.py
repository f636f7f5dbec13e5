"""The published copy: many read it at once, and each read sees the current file."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from orchestration.explorer.database import NotPublishedError, PublishedCopy, print_sql


def publish(path: Path, number: int) -> None:
    """Replace the copy as publishing does."""
    new = path.with_name(f"new-{number}.duckdb")
    with duckdb.connect(str(new)) as connection:
        connection.execute(f"create schema marts; create table marts.one as select {number} as number")
    new.replace(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    publish(tmp_path / "fazhi.duckdb", 1)
    return tmp_path / "fazhi.duckdb"


def test_a_new_copy_is_seen_at_once_and_the_old_stays_for_its_readers(path: Path) -> None:
    copy = PublishedCopy(path)
    with copy.read() as old:
        assert old.remember("number", lambda reader: reader.value("select number from marts.one")) == 1
        publish(path, 2)
        with copy.read() as new:
            assert new.remember("number", lambda reader: reader.value("select number from marts.one")) == 2
            assert new.version != old.version
        assert old.value("select number from marts.one") == 1


def test_many_readers_read_while_the_copy_is_replaced(path: Path) -> None:
    copy = PublishedCopy(path)

    def read(number: int) -> int:
        if number % 10 == 0:
            publish(path, number + 2)
        with copy.read() as reader:
            return int(reader.value("select number from marts.one"))

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(read, range(100)))
    assert len(found) == 100 and max(found) > 50


def test_reading_does_not_lock_the_file(path: Path) -> None:
    with PublishedCopy(path).read() as reader:
        assert reader.value("select number from marts.one") == 1
        publish(path, 5)
        script = f"import duckdb; print(duckdb.connect({str(path)!r}).sql('from marts.one').fetchone()[0])"
        other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == "5"  # can be opened for writing


def test_nothing_can_be_written_or_read_elsewhere(path: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with PublishedCopy(path).read() as reader:
        with pytest.raises(duckdb.Error, match="read-only"):
            reader.rows("create table fazhi.marts.two as select 1 as a")
        with pytest.raises(duckdb.PermissionException):
            reader.rows(f"select * from read_csv('{tmp_path / 'secret.csv'}')")


def test_a_copy_that_is_missing_or_broken_says_so(tmp_path: Path) -> None:
    copy = PublishedCopy(tmp_path / "fazhi.duckdb")
    with pytest.raises(NotPublishedError, match="make run"), copy.read():
        pass
    (tmp_path / "fazhi.duckdb").write_bytes(b"not a database" * 1000)
    with pytest.raises(NotPublishedError, match="cannot be read"), copy.read():
        pass
    (tmp_path / "fazhi.duckdb").unlink()
    publish(tmp_path / "fazhi.duckdb", 3)
    with copy.read() as reader:
        assert reader.value("select number from marts.one") == 3


def test_a_printed_query_runs_unchanged() -> None:
    sql = print_sql(
        "select $name as name, $n as n, $names as names", {"name": "$n '太平'", "n": 3, "names": ["a'b"]}
    )
    assert duckdb.sql(sql).fetchall() == [("$n '太平'", 3, ["a'b"])]


def test_many_readers_wait_for_their_turn_but_background_work_does_not(path: Path) -> None:
    copy = PublishedCopy(path, at_once=2)
    entered = threading.Semaphore(0)
    leave = threading.Event()

    def read() -> None:
        with copy.read():
            entered.release()
            assert leave.wait(10)

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        assert entered.acquire(timeout=5)
        assert entered.acquire(timeout=5)
        assert not entered.acquire(timeout=0.3)  # the third reader waits
        with copy.read(in_turn=False) as behind:
            assert behind.value("select number from marts.one") == 1
        leave.set()
        assert entered.acquire(timeout=5)
        for reader in readers:
            reader.result()
