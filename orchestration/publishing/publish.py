"""Publishing: each format is written beside the published files; the copy takes its place first, then all others.

A new format is a module with a `write` function and a line in `FORMATS`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from orchestration.publishing.county_files import keep_edits, write_counties
from orchestration.publishing.csv import write_csv, write_csv_zh
from orchestration.publishing.database import write_database
from orchestration.publishing.datapackage import write_datapackage
from orchestration.publishing.parquet import write_parquet
from orchestration.publishing.publication import Publication, fingerprint_marts
from orchestration.publishing.unchanged import read_written
from orchestration.publishing.workbook import write_marts_workbook
from orchestration.settings import COUNTY_WORKBOOKS
from orchestration.warehouse.connection import one_thread


class Format(NamedTuple):
    """A form in which marts are published.

    Attributes:
        name: the file or folder that it makes in the published folder.
        write: makes it at the path given, which does not exist yet; what it returns, formats after it may use.
        before_removal: what to do with the folder that another one has replaced.
    """

    name: str
    write: Callable[[Publication, Path], Any]
    before_removal: Callable[[Path], Any] | None = None


# The first takes its place as soon as it is written; the others in this order, when all are.
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
    """Publish to `folder`: first the copy that is queried, then all files.

    Readers see each as it was or as it is. Files that would be written again as they are stay.

    Args:
        connection: to the warehouse, with no transaction open.
        home_county: code of the county whose reports these are; it has a workbook in any case.
        county_workbooks: counties at most for which workbooks are written.
        workers: processes that write where there is much to write.

    Returns:
        Rows by mart.

    Raises:
        WarehouseError: the copy cannot be written; carries the system's reason.
    """
    folder.mkdir(parents=True, exist_ok=True)
    connection.execute("checkpoint")  # all of the warehouse is now in its file
    cores = connection.execute("select current_setting('threads')").fetchone()
    assert cores is not None
    first, *others = FORMATS
    # At the same time: workbooks are Python's work, and DuckDB uses one core for most of the marts.
    with (
        one_thread(connection),
        ThreadPoolExecutor(int(cores[0])) as pool,
        ThreadPoolExecutor(len(FORMATS)) as writers,
    ):
        for form in FORMATS:
            _remove(folder / f"{form.name}.new")  # of a run that was killed
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
    """Put the new file or folder in the place of the published one; a folder cannot be replaced in one step."""
    new, target = folder / f"{form.name}.new", folder / form.name
    if not new.is_dir():
        if target.exists() and new.samefile(target):
            new.unlink()  # taken over as it is: to rename one name of a file to another does nothing (POSIX)
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
