"""County workbooks as files: read the marts once for all counties, write what changed, keep officers' edits.

The whole country has some 2,700 counties, and nobody opens all their workbooks. Beyond a number of counties,
the browser page makes a workbook on request. `workbook` defines the look of a workbook;
`edits` collects edited ones.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Iterator
from itertools import chain, groupby, islice
from pathlib import Path

import duckdb

from orchestration.engine.base import Bounds, Chunk, End, Task, Work
from orchestration.engine.processes import ProcessesEngine
from orchestration.publishing.counties.book import County, Row
from orchestration.publishing.counties.edits import collect_edited, read_manifest, stamp_file, write_manifest
from orchestration.publishing.counties.sheets import COUNTIES, INDICATORS, SHEETS, TRENDS
from orchestration.publishing.counties.workbook import write_county_workbook
from orchestration.publishing.publication import Publication
from orchestration.publishing.unchanged import fingerprint_publishing, take_over

_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
_BATCH = 2_000
_FEW = 40  # workbooks; more are written by several processes, which take a second to start
_CHUNK = 8  # workbooks: some 0.5 s of work
_WORKBOOK_SECONDS = 600.0


def write_counties(publication: Publication, path: Path) -> int:
    """Write the folder of county workbooks, as a format of publishing; return how many were rewritten."""
    with publication.cursor() as cursor:
        return write_county_workbooks(
            cursor,
            path,
            before=path.with_suffix(""),
            corrections=path.parent.parent / "corrections",
            home_county=publication.home_county,
            most=publication.county_workbooks,
            workers=publication.workers,
        )


def keep_edits(replaced: Path) -> None:
    """Collect what officers saved in the old folder while the new one was written."""
    collect_edited(replaced, replaced.parent.parent / "corrections")


def write_county_workbooks(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    *,
    before: Path,
    corrections: Path,
    home_county: str | None,
    most: int,
    workers: int = 1,
) -> int:
    """Write `<code>-<name>.xlsx` for each county with reports and for the home county; copy unchanged ones.

    If more than `most` counties have reports, write only that of the home county.

    Args:
        folder: folder to create.
        before: the folder that it will replace; need not exist.
        corrections: folder for workbooks that somebody edited in `before`.
        home_county: code of the county whose reports these are.
        most: maximum number of counties for which all get a workbook.
        workers: number of writing processes if there are many workbooks.

    Returns:
        Number of workbooks written, without copied ones.
    """
    folder.mkdir(parents=True)
    collect_edited(before, corrections)
    written = read_manifest(before)
    contents: dict[Path, str] = {}
    codes = [code for code, *_ in connection.execute(COUNTIES, {"home": home_county}).fetchall()]
    if len(codes) <= most:
        counties = _read_counties(connection, home_county)
    else:
        counties = (_read_county(connection, code, home_county) for code in codes if code == home_county)
    count = 0

    def find_due() -> Iterator[tuple[Path, County]]:
        nonlocal count
        for county in counties:
            path = folder / name_workbook(county)
            contents[path] = content = hashlib.sha256(
                f"{fingerprint_publishing()}{county!r}".encode()
            ).hexdigest()[:16]
            if written.get(path.name, [None])[0] == content and (before / path.name).is_file():
                take_over(before / path.name, path)
            else:
                count += 1
                yield path, county

    _write_workbooks(find_due(), workers)
    write_manifest(folder, {path.name: [content, *stamp_file(path)] for path, content in contents.items()})
    return count


def make_county_workbook(
    connection: duckdb.DuckDBPyConnection, code: str, home_county: str | None
) -> tuple[str, bytes]:
    """Return name and bytes of the workbook of one county of the gazetteer, on request."""
    county = _read_county(connection, code, home_county)
    buffer = io.BytesIO()
    write_county_workbook(buffer, county)
    return name_workbook(county), buffer.getvalue()


def name_workbook(county: County) -> str:
    """Return `<code>-<name>.xlsx`."""
    return f"{county.code}-{_NOT_IN_NAMES.sub('', county.name)}.xlsx"


Workbooks = list[tuple[Path, County]]


def _write_workbooks(due: Iterator[tuple[Path, County]], workers: int) -> None:
    """Write a few workbooks here, and many in processes, because XlsxWriter takes some 60 ms for one.

    Raises:
        RuntimeError: a process died while writing one; names the file.
    """
    _write_chunk(list(islice(due, _FEW)))
    chunks = (Chunk(len(some), some) for some in iter(lambda: list(islice(due, _CHUNK)), []))
    first = next(chunks, None)
    if first is None:
        return
    task = Task(_WRITING, Path(), (), label="county workbooks", isolated=True)
    with ProcessesEngine(workers, log=lambda _: None) as engine:
        for failure in engine.map(task, chain([first], chunks), total=_WRITING.bounds.spread_from):
            if failure:
                raise RuntimeError(failure)


def _write_chunk(some: Workbooks) -> str:
    """Write workbooks; return an empty text, see `_fail`."""
    for path, county in some:
        write_county_workbook(path, county)
    return ""


def _prepare_writing(_: Path) -> Callable[[Workbooks], str]:
    return _write_chunk


def _split(some: Workbooks) -> list[Workbooks]:
    return [[one] for one in some]


def _fail(some: Workbooks, reason: str, _: End) -> str:
    return f"{some[0][0].name} could not be written: {reason}"


_WRITING = Work(
    prepare=_prepare_writing,
    split=_split,
    on_failure=_fail,
    join="".join,
    bounds=Bounds(report_seconds=_WORKBOOK_SECONDS, ahead=4, spread_from=1),
    in_order=False,
)


def _read_counties(connection: duckdb.DuckDBPyConnection, home_county: str | None) -> Iterator[County]:
    """Yield each county with its rows. Each query runs once; its rows are read county by county in code order."""
    home = {"home": home_county}
    counties = connection.execute(COUNTIES, home).fetchall()
    indicators = connection.execute(INDICATORS).fetchall()
    cursors = [connection.cursor() for _ in range(len(SHEETS) + 1)]
    try:
        streams = {
            sheet.title: _CountyRows(cursor, sheet.query, home)
            for sheet, cursor in zip(SHEETS, cursors, strict=False)
        }
        trends = _CountyRows(cursors[-1], TRENDS, home)
        for code, name, city, province in counties:
            yield County(
                code=code,
                name=name,
                full_name=_join_names(province, city, name),
                rows={title: stream.take(code) for title, stream in streams.items()},
                trends=trends.take(code),
                indicators=indicators,
            )
    finally:
        for cursor in cursors:
            cursor.close()


def _read_county(connection: duckdb.DuckDBPyConnection, code: str, home_county: str | None) -> County:
    """Return one county with its rows, whether or not it has reports."""

    def read(query: str) -> list[Row]:
        parameters = {"code": code} | ({"home": home_county} if "$home" in query else {})
        rows = connection.execute(f"select * from ({query}) where county_code = $code", parameters).fetchall()
        return [row[1:] for row in rows]

    place = f"select * from ({COUNTIES}) where county_code = $home"
    ((_, name, city, province),) = connection.execute(place, {"home": code}).fetchall()
    return County(
        code=code,
        name=name,
        full_name=_join_names(province, city, name),
        rows={sheet.title: read(sheet.query) for sheet in SHEETS},
        trends=read(TRENDS),
        indicators=connection.execute(INDICATORS).fetchall(),
    )


def _join_names(*names: str | None) -> str:
    """Join the names of province, city and county; 重庆市 is its own city."""
    return "".join(name for name in dict.fromkeys(names) if name)


class _CountyRows:
    """Rows of a query ordered by county, read county by county."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, query: str, home: dict[str, str | None]) -> None:
        cursor.execute(query, home if "$home" in query else {})
        self._groups = groupby(_fetch_rows(cursor), key=lambda row: row[0])
        self._next = next(self._groups, None)

    def take(self, code: str) -> list[Row]:
        """Return the rows of a county without its code; counties must be requested in order."""
        while self._next is not None and self._next[0] < code:
            self._next = next(self._groups, None)
        if self._next is None or self._next[0] != code:
            return []
        rows = [row[1:] for row in self._next[1]]
        self._next = next(self._groups, None)
        return rows


def _fetch_rows(cursor: duckdb.DuckDBPyConnection) -> Iterator[Row]:
    while rows := cursor.fetchmany(_BATCH):
        yield from rows
