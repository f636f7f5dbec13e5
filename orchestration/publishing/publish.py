"""Publishing: each format is written beside the published files, then all take their place.

A new format is a module with a `write` function and a line in `FORMATS`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from orchestration.publishing.county_files import write_counties
from orchestration.publishing.csv import write_csv, write_csv_zh
from orchestration.publishing.database import write_database
from orchestration.publishing.datapackage import write_datapackage
from orchestration.publishing.parquet import write_parquet
from orchestration.publishing.publication import Publication
from orchestration.publishing.workbook import write_marts_workbook
from orchestration.warehouse.connection import one_thread


class Format(NamedTuple):
    """A form in which marts are published.

    Attributes:
        name: the file or folder that it makes in the published folder.
        write: makes it at the path given, which does not exist yet; what it returns, formats after it may use.
    """

    name: str
    write: Callable[[Publication, Path], Any]


# In this order they start, and take their place.
FORMATS = (
    Format("fazhi.duckdb", write_database),
    Format("fazhi.xlsx", write_marts_workbook),
    Format("counties", write_counties),
    Format("parquet", write_parquet),
    Format("csv", write_csv),
    Format("csv_zh", write_csv_zh),
    Format("datapackage.json", write_datapackage),
)


def publish_marts(
    connection: duckdb.DuckDBPyConnection, folder: Path, home_county: str | None = None
) -> dict[str, int]:
    """Publish to `folder` in all formats; readers see either the old files or the new.

    Args:
        connection: to the warehouse, with no transaction open.
        home_county: code of the county whose reports these are; it has a workbook in any case.

    Returns:
        Rows by mart.

    Raises:
        WarehouseError: the copy cannot be written; carries the system's reason.
    """
    folder.mkdir(parents=True, exist_ok=True)
    connection.execute("checkpoint")  # all of the warehouse is now in its file
    cores = connection.execute("select current_setting('threads')").fetchone()
    assert cores is not None
    # At the same time: workbooks are Python's work, and DuckDB uses one core for most of the marts.
    with (
        one_thread(connection),
        ThreadPoolExecutor(int(cores[0])) as pool,
        ThreadPoolExecutor(len(FORMATS)) as writers,
    ):
        publication = Publication(connection, pool, home_county)
        for form in FORMATS:
            target = folder / f"{form.name}.new"
            _remove(target)  # of a run that was killed
            publication.results[form.name] = writers.submit(form.write, publication, target)
        for result in publication.results.values():
            result.result()
        rows = {mart.name: mart.rows for mart in publication.marts}
    # A leftover write-ahead log would be replayed into the new file without an error.
    (folder / "fazhi.duckdb.wal").unlink(missing_ok=True)
    for form in FORMATS:
        _replace(folder / f"{form.name}.new", folder / form.name)
    return rows


def _replace(new: Path, target: Path) -> None:
    """Put a file or folder in the place of `target`; a folder cannot be replaced in one step."""
    if not new.is_dir():
        new.replace(target)
        return
    old = target.with_name(f"{target.name}.old")
    _remove(old)
    if target.exists():
        target.rename(old)
    new.rename(target)
    _remove(old)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
