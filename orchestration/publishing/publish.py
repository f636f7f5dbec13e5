"""Publishing: every format is written beside the published files, then all take their place.

What a format looks like belongs to its own module.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

from orchestration.publishing.csv import write_csv
from orchestration.publishing.datapackage import build_datapackage
from orchestration.publishing.describe import describe_marts
from orchestration.publishing.parquet import write_parquet
from orchestration.publishing.workbook import WORKBOOK, write_marts_workbook
from orchestration.warehouse.connection import WarehouseError, count_rows, find_file, one_thread


def publish_marts(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """Publish to `folder`: a copy of the warehouse's file, and its marts as Parquet, CSV and one workbook, described.

    All are written beside the published ones and then put in their place, so that readers
    see either the old or the new.

    Args:
        connection: to the warehouse, with no transaction open.

    Returns:
        Rows by mart.

    Raises:
        WarehouseError: the copy cannot be written; carries the system's reason.
    """
    folder.mkdir(parents=True, exist_ok=True)
    in_workbook = {name: count_rows(connection, f"marts.{name}") for name in WORKBOOK}
    connection.execute("checkpoint")  # all of the warehouse is now in its file
    cores = connection.execute("select current_setting('threads')").fetchone()
    assert cores is not None
    # At the same time: the workbook is Python's work, and DuckDB uses one core for most of the marts.
    with one_thread(connection), ThreadPoolExecutor(2) as beside, ThreadPoolExecutor(int(cores[0])) as pool:
        workbook = beside.submit(
            write_marts_workbook,
            connection,
            folder / "fazhi.xlsx.new",
            describe_marts(connection, in_workbook),
        )
        copy = beside.submit(_copy_file, find_file(connection), folder / "fazhi.duckdb.new")
        marts = describe_marts(connection, write_parquet(connection, folder / "parquet.new", pool))
        csv_bytes = write_csv(connection, folder / "csv.new", marts, pool)
        copy.result()
        workbook.result()
    (folder / "datapackage.json.new").write_text(build_datapackage(marts, csv_bytes), encoding="utf-8")
    # A leftover write-ahead log would be replayed into the new file without an error.
    (folder / "fazhi.duckdb.wal").unlink(missing_ok=True)
    for name in ("fazhi.duckdb", "fazhi.xlsx", "datapackage.json"):
        (folder / f"{name}.new").replace(folder / name)
    for name in ("parquet", "csv"):
        _replace_folder(folder / f"{name}.new", folder / name)
    return {mart.name: mart.rows for mart in marts}


_COPY = """
import os, shutil, sys
source, target = sys.argv[1:]
try:
    shutil.copyfile(source, target)
    with open(target, "rb+") as copy:
        os.fsync(copy.fileno())
except OSError as error:
    sys.exit(error.strerror)
"""


def _copy_file(source: Path, target: Path) -> None:
    """Copy the file of an open database that nothing writes to at the moment.

    In a process of its own: one that opens a file and closes it again loses its locks on that file (POSIX),
    and with them this process would lose the lock that keeps other writers out.
    """
    result = subprocess.run(  # noqa: S603  # our own arguments
        [sys.executable, "-I", "-c", _COPY, str(source), str(target)],
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise WarehouseError(f"cannot copy {source} to {target}: {result.stderr.strip()}")


def _replace_folder(new: Path, target: Path) -> None:
    """Put folder `new` in the place of `target`; a folder cannot be replaced in one step."""
    old = target.with_name(f"{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)
