"""Separate installations for the resilience scripts: they start processes and compare marts.

Everything goes through the command line, as when a user or a scheduler starts it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import duckdb

from tests.benchmarks.generate_reports import generate_reports

PROJECT_DIR = Path(__file__).resolve().parents[2]
SAMPLES = PROJECT_DIR / "seeds" / "reports"
# Runs may differ in when a row was written, not in its contents.
TIMES = ("loaded_at", "first_seen_at", "last_seen_at", "failed_at")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """One installation below `folder`: its reports and its data."""

    folder: Path

    @property
    def reports(self) -> Path:
        """The folder of raw reports."""
        return self.folder / "reports"

    @property
    def data(self) -> Path:
        """The folder that the project writes."""
        return self.folder / "data"

    @property
    def warehouse(self) -> Path:
        """The database file that runs write."""
        return self.data / "fazhi.duckdb"

    @property
    def published(self) -> Path:
        """The database file that people read."""
        return self.data / "published" / "fazhi.duckdb"

    def start(self, *command: str, **environment: str) -> subprocess.Popen[str]:
        """Start `python -m orchestration …` as the leader of its own process group."""
        return subprocess.Popen(
            [sys.executable, "-m", "orchestration", *command],
            cwd=PROJECT_DIR,
            env=self.environment(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def environment(self, **changes: str) -> dict[str, str]:
        """Return the environment variables of this installation; bytecode is cached, as with `make`."""
        inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        folders = {"FAZHI_REPORTS": str(self.reports), "FAZHI_DATA": str(self.data)}
        return inherited | folders | changes

    def run(self, *command: str, **environment: str) -> tuple[int, str]:
        """Run a command to its end; return its exit code and output."""
        process = self.start(*command, **environment)
        printed, _ = process.communicate()
        return process.returncode, printed

    def refresh(self) -> str:
        """Run a refresh that must succeed; return its output."""
        code, printed = self.run("refresh")
        if code:
            fail(f"a refresh failed with exit code {code}:\n{printed[-4000:]}")
        return printed


def kill_group(process: subprocess.Popen[str]) -> None:
    """Send kill -9 to a started command and all processes that it started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def fail(message: str) -> NoReturn:
    """End the script with a non-zero exit code."""
    sys.exit(f"FAILED: {message}")


def require(holds: bool, message: str) -> None:
    """End the script unless `holds`; unlike `assert`, this cannot be switched off."""
    if not holds:
        fail(message)


@contextmanager
def sandboxes(script: str) -> Iterator[Path]:
    """Yield a scratch folder that is deleted when the script succeeds and kept when it fails."""
    folder = Path(tempfile.mkdtemp(prefix=f"fazhi-{script}-"))
    print(f"{script}: working in {folder}", flush=True)
    yield folder
    shutil.rmtree(folder)


def make_reports(folder: Path, count: int, seed: int = 1) -> list[Path]:
    """Write the sample reports and `count` generated ones into `folder`; return the files without side files."""
    shutil.copytree(SAMPLES, folder, dirs_exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        generate_reports(count, seed, Path(scratch))
        shutil.copytree(Path(scratch) / "reports", folder, dirs_exist_ok=True)
    return report_files(folder)


def report_files(folder: Path) -> list[Path]:
    """Return the report files of a folder."""
    return sorted(
        path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".meta.json")
    )


def differing_rows(one: Path, other: Path, schema: str = "marts") -> dict[str, int]:
    """Return by table how many rows only one of two databases has; empty if both hold the same."""
    differences = {}
    with duckdb.connect() as connection:
        for name, path in (("one", one), ("other", other)):
            quoted = str(path).replace("'", "''")
            connection.execute(f"attach '{quoted}' as {name} (read_only)")
        tables = {
            name: [row[0] for row in rows]
            for name in ("one", "other")
            if (
                rows := connection.execute(
                    "select table_name from information_schema.tables where table_catalog = ? and table_schema = ? "
                    "order by 1",
                    [name, schema],
                ).fetchall()
            )
        }
        require(bool(tables) and tables.get("one") == tables.get("other"), f"tables differ: {tables}")
        for table in tables["one"]:
            columns = [
                row[0]
                for row in connection.execute(
                    "select column_name from duckdb_columns() where database_name = 'one' and schema_name = ? "
                    "and table_name = ? order by column_index",
                    [schema, table],
                ).fetchall()
                if row[0] not in TIMES
            ]
            chosen = ", ".join(f'"{column}"' for column in columns)
            first, second = (f"select {chosen} from {name}.{schema}.{table}" for name in ("one", "other"))
            (count,) = connection.execute(
                f"select (select count(*) from ({first} except all {second})) "
                f"+ (select count(*) from ({second} except all {first}))"
            ).fetchone() or (0,)
            if count:
                differences[table] = count
    return differences


def accounted(sandbox: Sandbox) -> dict[str, int]:
    """Count the files by status, after requiring that each file is counted exactly once."""
    with duckdb.connect(str(sandbox.warehouse), read_only=True) as connection:
        rows = connection.execute("select source_path, status from raw.files where is_present").fetchall()
        (seen, summed) = connection.execute(
            "select count(*), count(*) filter "
            "(where status in ('loaded', 'rejected', 'duplicate', 'superseded')) from raw.files"
        ).fetchone() or (0, 0)
    require(seen == summed, f"{seen} files seen, {summed} accounted for")
    require(len(rows) == len({path for path, _ in rows}), "a file is counted twice")
    counts: dict[str, int] = {}
    for _, status in rows:
        counts[status] = counts.get(status, 0) + 1
    return counts


def raise_storage_version(data: bytes) -> bytes:
    """Mark a DuckDB file as written by a much newer DuckDB: the version at byte 12, and the header's checksum."""
    header = data[8:12] + b"\xff" + data[13:4096]
    checksum = 5381
    for (word,) in struct.iter_unpack("<Q", header):
        checksum ^= word * 0xBF58476D1CE4E5B9 % 2**64
    return struct.pack("<Q", checksum) + header + data[4096:]


def wait_until(condition: Any, seconds: float, what: str) -> None:
    """Poll until `condition()` holds; end the script after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        require(time.monotonic() < deadline, f"waited {seconds:g} s for {what}")
        time.sleep(0.2)


def report_figures(script: str, figures: Mapping[str, Any]) -> None:
    """Print the measurements for docs/reliability.md."""
    print(f"{script}: passed\n" + json.dumps(figures, ensure_ascii=False, indent=2), flush=True)


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return a command-line parser that shows the module's docstring."""
    return argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
