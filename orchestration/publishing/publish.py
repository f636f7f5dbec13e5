"""Publishing: each format is written next to the published files; the copy is put in place first, then all others.

A new format is a module with a `write` function and a line in `FORMATS`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from orchestration.publishing.counties.files import keep_edits, write_counties
from orchestration.publishing.csv import write_csv, write_csv_zh
from orchestration.publishing.database import write_database
from orchestration.publishing.datapackage import write_datapackage
from orchestration.publishing.parquet import write_parquet
from orchestration.publishing.publication import Publication, fingerprint_marts
from orchestration.publishing.unchanged import read_written
from orchestration.publishing.workbook import write_marts_workbook
from orchestration.settings import COUNTY_WORKBOOKS
from orchestration.warehouse.connection import fetch_row, one_thread


class Format(NamedTuple):
    """A form in which marts are published.

    Attributes:
        name: file or folder in the published folder.
        write: creates it at the given path, which does not exist yet; later formats may use its return value.
        before_removal: called with the replaced folder before it is removed.
    """

    name: str
    write: Callable[[Publication, Path], Any]
    before_removal: Callable[[Path], Any] | None = None


# The first is put in place as soon as it is written; the others in this order when all are written.
FORMATS = (
    Format("fazhi.duckdb", write_database),
    Format("fazhi.xlsx", write_marts_workbook),
    Format("counties", write_counties, keep_edits),
    Format("parquet", write_parquet),
    Format("csv", write_csv),
    Format("csv_zh", write_csv_zh),
    Format("datapackage.json", write_datapackage),
)


def publish_marts(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    home_county: str | None = None,
    county_workbooks: int = COUNTY_WORKBOOKS,
    workers: int = 1,
) -> dict[str, int]:
    """Publish to `folder`: first the DuckDB copy, then all files.

    Readers see each in its old or new version. Unchanged files are kept.

    Args:
        connection: connection to the warehouse without an open transaction.
        home_county: code of the county whose reports these are; it always gets a workbook.
        county_workbooks: maximum number of counties with workbooks.
        workers: number of writing processes if there is much to write.

    Returns:
        Number of rows by mart.

    Raises:
        WarehouseError: the copy cannot be written; with the system's reason.
    """
    folder.mkdir(parents=True, exist_ok=True)
    connection.execute("checkpoint")  # the whole warehouse is now in its file
    (cores,) = fetch_row(connection, "select current_setting('threads')")
    first, *others = FORMATS
    # In parallel: workbooks are written in Python, and DuckDB uses one core for most marts.
    with (
        one_thread(connection),
        ThreadPoolExecutor(int(cores)) as pool,
        ThreadPoolExecutor(len(FORMATS)) as writers,
    ):
        for form in FORMATS:
            _remove(folder / f"{form.name}.new")  # left by a killed run
        publication = Publication(
            connection, pool, read_written(folder), home_county, county_workbooks, workers
        )
        first.write(publication, folder / f"{first.name}.new")
        # A leftover write-ahead log would be replayed into the new file without an error.
        (folder / f"{first.name}.wal").unlink(missing_ok=True)
        _replace(first, folder)
        publication.contents = fingerprint_marts(connection, pool)  # only now: people wait for the copy
        for form in others:
            target = folder / f"{form.name}.new"
            publication.results[form.name] = writers.submit(form.write, publication, target)
        for result in publication.results.values():
            result.result()
        rows = {mart.name: mart.rows for mart in publication.marts}
    for form in others:
        _replace(form, folder)
    publication.written.save()
    return rows


def _replace(form: Format, folder: Path) -> None:
    """Replace the published file or folder by the new one; a folder cannot be replaced atomically."""
    new, target = folder / f"{form.name}.new", folder / form.name
    if not new.is_dir():
        if target.exists() and new.samefile(target):
            new.unlink()  # kept file: renaming one hard link to another does nothing (POSIX)
        else:
            new.replace(target)
        return
    old = target.with_name(f"{target.name}.old")
    _remove(old)
    if target.exists():
        target.rename(old)
    new.rename(target)
    if form.before_removal is not None and old.is_dir():
        form.before_removal(old)
    _remove(old)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
