"""The warehouse: the only place that opens the DuckDB file or writes SQL for Python.

Rules about text do not belong here, nor do marts (dbt builds them from `raw`).
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pandas as pd
import pyarrow as pa
import yaml
from filelock import FileLock, Timeout

from orchestration.exports import (
    BOM,
    FORMULA_STARTS,
    Column,
    Mart,
    Sheet,
    build_datapackage,
    fits_spreadsheet,
    fitting_rows,
    load_mart_names,
    write_workbook,
)
from orchestration.failures import FAILED
from orchestration.pipeline.records import StageRun
from orchestration.refreshes import Summary
from orchestration.settings import PROJECT_DIR
from orchestration.tables import RAW_TABLES, create_table_sql, describe_columns, to_arrow

FORMAT = 4  # of the raw tables; a change of their columns that `make rebuild` must follow raises it

# Of the files: its dictionaries hold text for half the work of the oldest one. DuckDB 1.3 and newer read it.
STORAGE_VERSION = "v1.3.0"


class WarehouseError(Exception):
    """The warehouse cannot be used; the message says why and what to do."""


class Warehouse(dg.ConfigurableResource):  # type: ignore[type-arg]  # not generic at run time
    """The DuckDB file of one installation, for one run at a time.

    Attributes:
        path: the warehouse file; its folder is created.
        wait_seconds: how long to wait for another run, or for a reader of the file.
    """

    path: str
    wait_seconds: float = 60.0

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Warehouse]:
        """Hold the run lock as long as the run lasts, so that runs queue instead of mixing."""
        with run_lock(Path(self.path), self.wait_seconds):
            yield self

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the warehouse for writing, with all raw tables in place."""
        with open_warehouse(Path(self.path), wait_seconds=self.wait_seconds) as connection:
            create_raw_tables(connection)
            yield connection


@contextmanager
def run_lock(warehouse: Path, wait_seconds: float) -> Iterator[None]:
    """Keep other runs on the same warehouse out; freed by the system when the process dies.

    Raises:
        WarehouseError: another run still holds the lock after `wait_seconds`.
    """
    warehouse.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(warehouse.with_suffix(".lock"))
    try:
        with lock.acquire(timeout=wait_seconds):
            yield
    except Timeout:
        raise WarehouseError(
            f"another run is using {warehouse} and did not end within {wait_seconds:g} s; try again later"
        ) from None


def is_locked(warehouse: Path) -> bool:
    """Whether a run holds the run lock at this moment."""
    if not warehouse.parent.is_dir():
        return False
    try:
        with FileLock(warehouse.with_suffix(".lock")).acquire(timeout=0):
            return False
    except Timeout:
        return True


@contextmanager
def open_warehouse(
    path: Path, *, read_only: bool = False, wait_seconds: float = 60.0
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a DuckDB file and close it whatever happens, waiting for other processes.

    Raises:
        WarehouseError: still locked after `wait_seconds` (names the holder), not a database,
            written by a newer DuckDB, or not readable; also where the block reads what is damaged.
    """
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            if not read_only and not path.exists():
                with duckdb.connect() as creator:
                    _attach(creator, path, "created")
            connection = duckdb.connect(str(path), read_only=read_only)
            # A commit of this size goes straight into the file; what is smaller is logged first, and collected.
            # With the usual 16 MB commits of some hundred reports would rewrite what the one before left half full.
            connection.execute("set checkpoint_threshold = '64MB'")
            # Kept for blocks as long as the file is open, which would else be given back and asked for again.
            connection.execute("set block_allocator_memory = '1GB'")
            break
        except (duckdb.IOException, duckdb.ConnectionException, duckdb.InternalException) as error:
            reason = str(error).splitlines()[0]
            if "could not set lock" not in reason.lower():  # "block", in corrupted ones, is no lock
                raise _unusable(path, reason) from None
            if time.monotonic() > deadline:
                raise WarehouseError(
                    f"the warehouse {path} is in use: {reason}. Close that reader, or read "
                    f"{path.parent / 'published' / path.name}, which is never locked"
                ) from None
            time.sleep(0.2)
    try:
        yield connection
    except duckdb.Error as error:
        if "corrupt" in str(error).lower():  # a block that opening the file did not read
            raise _unusable(path, str(error).splitlines()[0]) from None
        raise
    finally:
        connection.close()


def _unusable(path: Path, reason: str) -> WarehouseError:
    return WarehouseError(
        f"cannot read the warehouse {path}: {reason}. If the file is damaged or newer than this "
        "version, `make rebuild` makes it again from the raw files"
    )


def read_raw_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Read every value of the raw tables, so that damage anywhere in them shows; seconds for a year's reports."""
    for table in RAW_TABLES:
        connection.execute(f"select bit_xor(hash(t)) from raw.{table} t").fetchone()


def _attach(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> None:
    """Attach a file, which is made where it is missing."""
    quoted = str(path).replace("'", "''")  # DDL takes no parameters
    connection.execute(f"attach '{quoted}' as {name} (storage_version '{STORAGE_VERSION}')")


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All or nothing: commit at the end of the block, roll back on any exception."""
    connection.begin()
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


@contextmanager
def one_thread(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Each query in the thread that asks for it, while other processes or other such threads use the cores.

    Where DuckDB has threads of its own, a caller whose query one of them works on asks again and again
    whether it is done, and takes most of a core from the others.
    """
    connection.execute("set threads = 1")
    try:
        yield
    finally:
        connection.execute("reset threads")


def create_raw_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create schema `raw` with its commented tables where it is not there yet.

    Raises:
        WarehouseError: the file holds raw tables of another format.
    """
    if connection.execute("select 1 from duckdb_tables() where schema_name = 'raw' limit 1").fetchone():
        found = connection.execute("select fingerprint from raw.stage_runs where stage = 'format'").fetchone()
        if found != (str(FORMAT),):
            raise WarehouseError(
                f"the warehouse's raw tables have format {found[0] if found else 'unknown'}, this version reads "
                f"format {FORMAT}; `make rebuild` makes it again from the raw files"
            )
        return
    with transaction(connection):
        connection.execute("create schema if not exists raw")
        for table in RAW_TABLES:
            connection.execute(create_table_sql(table))
        for table, comments in _raw_comments().items():
            _comment_on(connection, "table", f"raw.{table}", comments[""])
            for column, comment in comments.items():
                if column:
                    _comment_on(connection, "column", f"raw.{table}.{column}", comment)
        _write_fingerprints(connection, "format", {"raw": str(FORMAT)})


def _raw_comments() -> dict[str, dict[str, str]]:
    """Comments of raw tables ("" for the table) from the dbt sources, where they are written once."""
    path = PROJECT_DIR / "dbt_project" / "models" / "staging" / "_sources.yml"
    (source,) = yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]
    return {
        table["name"]: {
            "": table["description"].strip(),
            **{column["name"]: column["description"].strip() for column in table["columns"]},
        }
        for table in source["tables"]
    }


def _comment_on(connection: duckdb.DuckDBPyConnection, kind: str, name: str, comment: str) -> None:
    quoted = comment.replace("'", "''")  # DDL takes no parameters
    connection.execute(f"comment on {kind} {name} is '{quoted}'")


# ---- ingest ----------------------------------------------------------------------------


def remember_inputs(connection: duckdb.DuckDBPyConnection, inputs: str) -> None:
    """Note what the run that now begins is made from; what arrives later belongs to the next one."""
    _write_fingerprints(connection, "inputs", {"raw": inputs})


def open_marts(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Note that the marts are being built: from now on they are not whole.

    Returns:
        The version of the dbt project that they were built with, None where they were not whole.
    """
    row = connection.execute(
        "select fingerprint from raw.stage_runs where stage = 'project' and subject_id = 'marts'"
    ).fetchone()
    connection.execute("delete from raw.stage_runs where subject_id = 'marts'")
    return str(row[0]) if row else None


def close_marts(connection: duckdb.DuckDBPyConnection, project: str) -> None:
    """Note that the marts are whole, with the dbt project and the inputs that they were built from."""
    connection.execute(
        "insert into raw.stage_runs by name "
        "select 'project' as stage, 'marts' as subject_id, $project as fingerprint union all by name "
        "select 'inputs' as stage, 'marts' as subject_id, fingerprint from raw.stage_runs "
        "where stage = 'inputs' and subject_id = 'raw'",
        {"project": project},
    )


def recall_inputs(connection: duckdb.DuckDBPyConnection) -> str:
    """What the marts were built from.

    Raises:
        WarehouseError: they are not whole, because the last transform failed or was killed.
    """
    row = connection.execute(
        "select fingerprint from raw.stage_runs where stage = 'inputs' and subject_id = 'marts'"
    ).fetchone()
    if row is None:
        raise WarehouseError(
            "the marts are not whole, for the last transform did not end well: nothing is published; "
            "`make run` builds them again"
        )
    return str(row[0])


def due_files(
    connection: duckdb.DuckDBPyConnection,
    listing: pa.Table,
    corrections: Mapping[str, str],
    *,
    year: int | None,
    report_id: str | None,
    everything: bool,
) -> set[str]:
    """Source paths of the files that are not as they were last read, and of those that must be read all the same.

    The latter are files whose report is forced, or has lost the file that it was read from.

    Args:
        listing: a row per file of the folder, with `source_path`, `byte_size`, `modified_ns` and `fingerprint`,
            what its rows would be made with but for corrections.
        corrections: hash of a report's corrections by content_sha256, which its fingerprint ends in.
        year, report_id, everything: the reports that are forced.
    """
    connection.register("listing", listing)
    rows = connection.execute(
        """
        with listed as (
            select
                l.source_path, f.report_id,
                (f.byte_size, f.modified_ns, s.fingerprint) is not distinct from (
                    l.byte_size, l.modified_ns,
                    l.fingerprint || coalesce(
                        map_extract(map($shas::varchar[], $hashes::varchar[]), f.content_sha256)[1], ''
                    )
                ) as is_as_read
            from listing l
            left join raw.files f on f.source_path = l.source_path and f.is_present
            left join raw.stage_runs s on s.stage = 'ingest' and s.subject_id = f.file_id
        ),
        -- a report belongs to the path that it was read from, as long as that file is as it was
        owned as (select report_id from listed join raw.reports using (report_id, source_path) where is_as_read)
        select source_path from listed left join raw.documents d using (report_id)
        where not is_as_read or $everything or d.report_year = $year or report_id = $report_id
            or (report_id is not null and report_id not in (from owned))
        """,
        {
            "shas": list(corrections),
            "hashes": list(corrections.values()),
            "year": year,
            "report_id": report_id,
            "everything": everything,
        },
    ).fetchall()
    connection.unregister("listing")
    return {row[0] for row in rows}


def mark_missing(connection: duckdb.DuckDBPyConnection, source_paths: pa.Array) -> None:
    """Say of the files that are at none of these paths that they are no longer in the folder."""
    connection.register("listing", pa.table({"source_path": source_paths}))
    connection.execute(
        "update raw.files set is_present = false "
        "where is_present and source_path not in (select source_path from listing)"
    )
    connection.unregister("listing")


def write_files(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table]) -> None:
    """Write a batch of read files, their reports and documents, in one transaction.

    A file read again keeps `first_seen_at`, a report its `loaded_at`. What was at the path of a file before is
    present no more. A report belongs to the first path that holds it, as long as the file is there: from another
    path it is not written.

    Args:
        tables: Arrow tables of `files`, `reports`, `documents` and `stage_runs`, the rows of `reports` and
            `documents` those of the same files in the same order.
    """
    with transaction(connection):
        connection.register("incoming_files", tables["files"])
        connection.execute(
            "update raw.files f set is_present = false from incoming_files i "
            "where f.is_present and f.source_path = i.source_path and f.file_id != i.file_id"
        )
        connection.unregister("incoming_files")
        is_owner = _own_reports(connection, tables["reports"])
        reports, documents = tables["reports"], tables["documents"]
        if not all(is_owner):  # filtering copies all texts
            reports, documents = reports.filter(pa.array(is_owner)), documents.filter(pa.array(is_owner))
        _keep(connection, tables["files"], "files", "file_id", "first_seen_at")
        _keep(connection, reports, "reports", "report_id", "loaded_at")
        _replace(connection, "documents", "report_id", documents)
        _write_stage_runs(connection, tables["stage_runs"])


def _own_reports(connection: duckdb.DuckDBPyConnection, reports: pa.Table) -> list[bool]:
    """Whether each of these reports was read from the path that it belongs to."""
    connection.register("incoming_reports", reports.select(["report_id"]))
    owners = dict(
        connection.execute(
            "select report_id, r.source_path from raw.reports r semi join incoming_reports using (report_id) "
            "join raw.files f using (report_id, source_path) where f.is_present"
        ).fetchall()
    )
    connection.unregister("incoming_reports")
    pairs = zip(reports["report_id"].to_pylist(), reports["source_path"].to_pylist(), strict=True)
    return [owners.setdefault(report_id, path) == path for report_id, path in pairs]


def _keep(connection: duckdb.DuckDBPyConnection, rows: pa.Table, table: str, key: str, first: str) -> None:
    """Replace rows of a table by key, keeping the earlier value of column `first`."""
    connection.register("incoming_rows", rows)
    connection.execute(
        f"create or replace temp table kept as "
        f"select {key}, {first} from raw.{table} semi join incoming_rows using ({key})"
    )
    connection.execute(f"delete from raw.{table} where {key} in (select {key} from kept)")
    connection.execute(
        f"insert into raw.{table} by name select i.* replace (coalesce(k.{first}, i.{first}) as {first}) "
        f"from incoming_rows i left join kept k using ({key})"
    )
    connection.unregister("incoming_rows")
    connection.execute("drop table kept")


def forget_lost_reports(connection: duckdb.DuckDBPyConnection) -> None:
    """Delete all rows of reports that no file holds any more: newer code rejects what older code took."""
    lost = [
        row[0]
        for row in connection.execute(
            "select report_id from raw.reports anti join raw.files using (report_id)"
        ).fetchall()
    ]
    if not lost:
        return
    with transaction(connection):
        for table in RAW_TABLES:
            if table != "files" and "report_id" in {name for name, *_ in describe_columns(table)}:
                connection.execute(
                    f"delete from raw.{table} where report_id in (select unnest($lost))", {"lost": lost}
                )
        connection.execute(
            "delete from raw.stage_runs where stage != 'ingest' and subject_id in (select unnest($lost))",
            {"lost": lost},
        )


def account_files(connection: duckdb.DuckDBPyConnection) -> None:
    """Say of each readable file whether it is loaded, a duplicate or superseded, and by what.

    In this order: the same bytes at another path, the same clean text, newer bytes at the
    same path, a later report for the same township and year (by publication or document
    date, then by arrival). Rejected files keep their reason.
    """
    connection.execute(
        """
        with readable as (
            select
                f.file_id, f.report_id, f.source_path, f.is_present, f.first_seen_at, d.text_sha256,
                case when d.admin_level = 'township' then d.township_key end as township_key,
                d.report_year, coalesce(d.published_on, d.document_date) as dated_on
            from raw.files f join raw.documents d using (report_id)
        ),
        same_bytes as (
            select *, first_value(file_id) over w as kept, first_value(source_path) over w as kept_path
            from readable
            window w as (partition by report_id order by is_present desc, first_seen_at, source_path)
        ),
        same_text as (
            select *, first_value(file_id) over w as kept_text, first_value(source_path) over w as kept_text_path
            from same_bytes where file_id = kept
            window w as (partition by text_sha256 order by is_present desc, first_seen_at, source_path)
        ),
        same_path as (
            select *, first_value(file_id) over w as newest, first_value(source_path) over w as newest_path
            from same_text where file_id = kept_text
            window w as (partition by source_path order by is_present desc, first_seen_at desc, file_id)
        ),
        same_year as (
            select
                *, first_value(file_id) over w as latest, first_value(source_path) over w as latest_path
            from same_path where file_id = newest and township_key is not null and report_year is not null
            window w as (
                partition by township_key, report_year
                order by dated_on desc nulls last, first_seen_at desc, source_path desc
            )
        ),
        accounts as (
            select file_id, 'duplicate' as status, 'same_bytes: as ' || kept_path as reason
            from same_bytes where file_id != kept
            union all
            select file_id, 'duplicate', 'same_text: as ' || kept_text_path
            from same_text where file_id != kept_text
            union all
            select file_id, 'superseded', 'replaced: newer bytes at ' || newest_path
            from same_path where file_id != newest
            union all
            select file_id, 'superseded', 'corrected: by ' || latest_path from same_year where file_id != latest
        ),
        changes as (
            select r.file_id, coalesce(a.status, 'loaded') as status, a.reason
            from readable r left join accounts a using (file_id)
        )
        update raw.files as f set status = c.status, reason = c.reason from changes c
        where f.file_id = c.file_id and (f.status, f.reason) is distinct from (c.status, c.reason)
        """
    )


def has_townships(connection: duckdb.DuckDBPyConnection, version: str) -> bool:
    """Whether the townships are those of this version of the gazetteer."""
    return _is_made_with(connection, "townships", version)


def _is_made_with(connection: duckdb.DuckDBPyConnection, stage: str, version: str) -> bool:
    """Whether a raw table that is written as a whole was last written with this version."""
    row = connection.execute(
        "select fingerprint from raw.stage_runs where stage = $stage and subject_id = 'raw'", {"stage": stage}
    ).fetchone()
    return row == (version,)


def replace_townships(connection: duckdb.DuckDBPyConnection, townships: pa.Table, version: str) -> None:
    """Write the gazetteer's townships, all of them, in one transaction."""
    with transaction(connection):
        connection.execute("delete from raw.townships")
        _insert(connection, "townships", townships)
        _write_fingerprints(connection, "townships", {"raw": version})


# ---- segment and extract -----------------------------------------------------------------


def place_names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Names of townships and counties, each once, sorted."""
    rows = connection.execute(
        "select unit_name from raw.townships union select county_name from raw.townships order by 1"
    ).fetchall()
    return [row[0] for row in rows]


def vocabulary_version(version: str, places: Sequence[str]) -> str:
    """A hash of what the segmenter's words are made of: the stage's version and the names of places."""
    return version + hashlib.sha256("|".join(places).encode()).hexdigest()[:12]


def has_terms(connection: duckdb.DuckDBPyConnection, version: str) -> bool:
    """Whether the current terms are those of this version of the vocabulary."""
    return _is_made_with(connection, "terms", version)


def renew_terms(
    connection: duckdb.DuckDBPyConnection, parts_of_speech: Mapping[str, str], version: str
) -> None:
    """Make these the current terms, in one transaction; a term known from before keeps its number.

    Args:
        parts_of_speech: jieba's tag by term.
    """
    terms = pa.table({"term": list(parts_of_speech), "part_of_speech": list(parts_of_speech.values())})
    with transaction(connection):
        connection.register("incoming_terms", terms)
        connection.execute(
            "update raw.terms set is_current = (term, part_of_speech) in (select * from incoming_terms)"
        )
        connection.execute(
            "insert into raw.terms by name select "
            "((select coalesce(max(term_number), 0) from raw.terms) + row_number() over ())::integer as term_number, "
            "term, part_of_speech, true as is_current "
            "from incoming_terms anti join raw.terms using (term, part_of_speech)"
        )
        connection.unregister("incoming_terms")
        _write_fingerprints(connection, "terms", {"raw": version})


def term_numbers(
    connection: duckdb.DuckDBPyConnection, report_ids: Sequence[str] | None = None
) -> dict[str, int]:
    """Numbers of the current terms.

    Args:
        report_ids: a few reports; terms whose first two characters do not stand in their texts are left
            out, which takes a fifth of the time.
    """
    wanted, parameters = "is_current", {}
    if report_ids is not None:
        texts = connection.execute(
            "select text from raw.documents where report_id in (select unnest($ids))", {"ids": report_ids}
        ).fetchall()
        parameters = {"characters": sorted({character for (text,) in texts for character in text})}
        wanted += " and term[1] in (select unnest($characters)) and term[2] in (select unnest($characters))"
    terms = connection.execute(
        f"select term, term_number from raw.terms where {wanted}", parameters
    ).to_arrow_table()
    return dict(zip(terms["term"].to_pylist(), terms["term_number"].to_pylist(), strict=True))


@dataclass(frozen=True, slots=True)
class Due:
    """Reports that a stage must work on: their ids and what their rows will be made with."""

    fingerprints: dict[str, str]  # by report_id, in the order of raw.documents

    def order(self, block: int) -> list[str]:
        """The report ids in blocks that stand together in raw.documents, sorted within each."""
        ids = list(self.fingerprints)
        return [id_ for start in range(0, len(ids), block) for id_ in sorted(ids[start : start + block])]


def due_for_segment(
    connection: duckdb.DuckDBPyConnection,
    version: str,
    *,
    year: int | None,
    report_id: str | None,
    everything: bool,
) -> Due:
    """Reports whose text, or whose vocabulary, is not the one they were last segmented with, and those forced.

    Args:
        version: `vocabulary_version`.
    """
    return _due(
        connection, "segment", "md5(d.text_sha256 || $version)", version, {}, year, report_id, everything
    )


def due_for_extract(
    connection: duckdb.DuckDBPyConnection,
    version: str,
    corrections: Mapping[str, str],
    *,
    year: int | None,
    report_id: str | None,
    everything: bool,
) -> Due:
    """Reports whose sections, year, corrections or stage version are not those last extracted.

    Args:
        corrections: hash of a report's corrections by content_sha256.
    """
    fingerprint = (
        "md5(concat_ws('|', (select g.fingerprint from raw.stage_runs g where g.stage = 'segment' "
        "and g.subject_id = d.report_id), d.report_year, $version, "
        "map_extract($corrections, r.content_sha256)[1]))"
    )
    return _due(connection, "extract", fingerprint, version, corrections, year, report_id, everything)


def _due(
    connection: duckdb.DuckDBPyConnection,
    stage: str,
    fingerprint: str,
    version: str,
    corrections: Mapping[str, str],
    year: int | None,
    report_id: str | None,
    everything: bool,
) -> Due:
    parameters: dict[str, Any] = {
        "stage": stage,
        "version": version,
        "year": year,
        "report_id": report_id,
        "everything": everything,
    }
    if "$corrections" in fingerprint:
        shas, hashes = list(corrections), list(corrections.values())
        fingerprint = fingerprint.replace("$corrections", "map($shas::varchar[], $hashes::varchar[])")
        parameters |= {"shas": shas, "hashes": hashes}
    rows = connection.execute(
        f"""
        with wanted as (
            select d.rowid as place, d.report_id, d.report_year, {fingerprint} as fingerprint
            from raw.documents d join raw.reports r using (report_id)
        )
        select w.report_id, w.fingerprint
        from wanted w left join raw.stage_runs s on s.stage = $stage and s.subject_id = w.report_id
        where s.fingerprint is distinct from w.fingerprint
            or $everything or w.report_year = $year or w.report_id = $report_id
        order by w.place
        """,
        parameters,
    ).fetchall()
    return Due(dict(rows))


def fetch_reports(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], report_ids: Sequence[str]
) -> pa.Table:
    """Columns of a raw table for some reports, ordered by report and position.

    Where the rows of these reports stand together, the rest of the table is not read.
    """
    order = (
        "report_id, position" if "position" in {name for name, *_ in describe_columns(table)} else "report_id"
    )
    ids = {"ids": list(report_ids)}
    wanted = "report_id in (select unnest($ids))"
    place = connection.execute(
        f"select min(rowid), max(rowid) from raw.{table} where {wanted}", ids
    ).fetchone()
    assert place is not None
    reader = connection.execute(
        f"select {', '.join(columns)} from raw.{table} "
        f"where rowid between $first and $last and {wanted} order by {order}",
        {**ids, "first": place[0], "last": place[1]},
    )
    result = reader.to_arrow_table()
    assert isinstance(result, pa.Table)
    return result


def write_reports(
    connection: duckdb.DuckDBPyConnection,
    stage: str,
    tables: Mapping[str, pa.Table],
    failures: pa.Table,
    fingerprints: Mapping[str, str],
) -> None:
    """Replace all rows of some reports in a stage's tables, in one transaction.

    Args:
        tables: Arrow tables by raw table; a report without rows there loses its old ones.
        failures: the reports among them that the stage failed on; they stay due.
        fingerprints: by report_id, of every report of the batch.
    """
    with transaction(connection):
        ids = pa.table({"report_id": pa.array(list(fingerprints), type=pa.string())})
        for table, rows in tables.items():
            _replace(connection, table, "report_id", rows, ids)
        connection.execute(
            "delete from raw.failures where stage = $stage and report_id in (select unnest($ids))",
            {"stage": stage, "ids": list(fingerprints)},
        )
        _insert(connection, "failures", failures)
        failed = dict.fromkeys(failures["report_id"].to_pylist(), FAILED)
        _write_fingerprints(connection, stage, {**fingerprints, **failed})


def _write_fingerprints(
    connection: duckdb.DuckDBPyConnection, stage: str, fingerprints: Mapping[str, str]
) -> None:
    rows = (StageRun(stage, subject, fingerprint) for subject, fingerprint in fingerprints.items())
    _write_stage_runs(connection, to_arrow("stage_runs", rows))


def _write_stage_runs(connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> None:
    connection.register("incoming_runs", rows)
    connection.execute(
        "delete from raw.stage_runs r using incoming_runs i where (r.stage, r.subject_id) = (i.stage, i.subject_id)"
    )
    connection.execute("insert into raw.stage_runs by name select * from incoming_runs")
    connection.unregister("incoming_runs")


def _replace(
    connection: duckdb.DuckDBPyConnection, table: str, key: str, rows: pa.Table, keys: pa.Table | None = None
) -> None:
    connection.register("replaced_keys", rows.select([key]) if keys is None else keys)
    connection.execute(f"delete from raw.{table} where {key} in (select {key} from replaced_keys)")
    connection.unregister("replaced_keys")
    _insert(connection, table, rows)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    connection.register("incoming_rows", rows)
    connection.execute(f"insert into raw.{table} by name select * from incoming_rows")
    connection.unregister("incoming_rows")


# ---- reading back --------------------------------------------------------------------------


def count_rows(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Rows of `schema.table`."""
    return int(query(connection, f"select count(*) as n from {table}")["n"].iloc[0])


def query(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """The rows of a query as a data frame."""
    return connection.execute(sql, dict(parameters or {})).df()


def summarise(connection: duckdb.DuckDBPyConnection) -> Summary:
    """The counts that a run ends with."""
    statuses = query(connection, "select status, count(*) as n from raw.files group by 1 order by 1")
    reasons = query(
        connection,
        "select split_part(reason, ':', 1) as code, count(*) as n from raw.files "
        "where status = 'rejected' group by 1 order by 2 desc, 1",
    )
    (counts,) = query(
        connection,
        "select (select count(*) from marts.dim_report) as reports, "
        "(select count(distinct township_key) from marts.dim_report) as townships, "
        "(select count(*) from marts.fct_quantity) as quantities, "
        "(select count(indicator_id) from marts.fct_quantity) as with_indicator",
    ).to_dict("records")
    return Summary(
        files_seen=int(statuses["n"].sum()),
        files_by_status={status: int(n) for status, n in zip(statuses["status"], statuses["n"], strict=True)},
        reasons={code: int(n) for code, n in zip(reasons["code"], reasons["n"], strict=True)},
        **{str(name): int(value) for name, value in counts.items()},
    )


# ---- charts --------------------------------------------------------------------------------


def reports_by_province_and_year(
    connection: duckdb.DuckDBPyConnection, provinces: int = 20, years: int = 10
) -> list[tuple[str, int, int]]:
    """Province, year and current reports of townships; the provinces with most, the latest years."""
    return connection.execute(
        """
        with counted as (
            select coalesce(province_name, '未确定') as province, report_year, count(*) as reports
            from marts.dim_report
            where admin_level = 'township' and report_year is not null
            group by all
        ),
        ranked as (
            select
                *, sum(reports) over (partition by province) as of_province,
                dense_rank() over (order by report_year desc) as year_number
            from counted
        )
        select province, report_year, reports from ranked
        where year_number <= $years
        qualify dense_rank() over (order by of_province desc, province) <= $provinces
        order by of_province desc, province, report_year
        """,
        {"provinces": provinces, "years": years},
    ).fetchall()


def disclosure_by_domain(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, float, int, int]]:
    """Domain, indicators disclosed per report, indicators in the catalogue, and reports; in the catalogue's order."""
    return connection.execute(
        "select name_zh, avg(indicators_disclosed), max(indicators_in_catalogue), count(*) "
        "from marts.domain_disclosure group by position, name_zh order by position"
    ).fetchall()


def most_reported_trend(
    connection: duckdb.DuckDBPyConnection,
) -> list[tuple[str, str, int, float, float, float, int]]:
    """The indicator that most reports state, year by year.

    Returns:
        Name, unit, year, lower quartile, median and upper quartile of its comparable figures,
        and how many they are, by year.
    """
    return connection.execute(
        """
        with chosen as (
            select indicator_id from marts.indicator_trends where is_comparable
            group by indicator_id order by count(*) desc, indicator_id limit 1
        )
        select
            i.name_zh, i.unit, t.report_year, quantile_cont(t.value, 0.25), median(t.value),
            quantile_cont(t.value, 0.75), count(*)
        from marts.indicator_trends t
        join chosen using (indicator_id)
        join marts.dim_indicator i using (indicator_id)
        where t.is_comparable
        group by all
        order by t.report_year
        """
    ).fetchall()


# ---- publish -------------------------------------------------------------------------------


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
    in_workbook = {name: count_rows(connection, f"marts.{name}") for name in _WORKBOOK}
    connection.execute("checkpoint")  # all of the warehouse is now in its file
    cores = connection.execute("select current_setting('threads')").fetchone()
    assert cores is not None
    # At the same time: the workbook is Python's work, and DuckDB uses one core for most of the marts.
    with one_thread(connection), ThreadPoolExecutor(2) as beside, ThreadPoolExecutor(int(cores[0])) as pool:
        workbook = beside.submit(
            _write_workbook, connection, folder / "fazhi.xlsx.new", describe_marts(connection, in_workbook)
        )
        copy = beside.submit(_copy_file, _find_file(connection), folder / "fazhi.duckdb.new")
        marts = describe_marts(connection, _write_parquet(connection, folder / "parquet.new", pool))
        csv_bytes = _write_csv(connection, folder / "csv.new", marts, pool)
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


def describe_marts(
    connection: duckdb.DuckDBPyConnection, rows: Mapping[str, int] | None = None
) -> list[Mart]:
    """Marts of the warehouse, or of its published copy, with comments and Chinese names, sorted by name.

    Args:
        rows: of the marts to describe; by default all are described and counted, views by making their rows.
    """
    names = load_mart_names(PROJECT_DIR / "seeds" / "reference")
    if rows is None:
        rows = {name: count_rows(connection, f'marts."{name}"') for name in _mart_comments(connection)}
    columns: dict[str, list[tuple[str, str, str]]] = {}
    for table, *column in connection.execute(
        "select table_name, column_name, data_type, coalesce(comment, '') from duckdb_columns() "
        "where database_name = current_database() and schema_name = 'marts' order by table_name, column_index"
    ).fetchall():
        columns.setdefault(table, []).append((column[0], column[1], column[2]))
    return [
        names.describe(name, comment, rows[name], columns[name])
        for name, comment in _mart_comments(connection).items()
        if name in rows
    ]


def _mart_comments(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The comment of each mart, table or view, sorted by name."""
    return dict(
        connection.execute(
            "with relations as (select database_name, schema_name, table_name, comment from duckdb_tables() "
            "union all select database_name, schema_name, view_name, comment from duckdb_views()) "
            "select table_name, coalesce(comment, '') from relations "
            "where database_name = current_database() and schema_name = 'marts' order by table_name"
        ).fetchall()
    )


def _find_file(connection: duckdb.DuckDBPyConnection) -> Path:
    """The file of an open database."""
    row = connection.execute(
        "select path from duckdb_databases() where database_name = current_database()"
    ).fetchone()
    assert row is not None
    return Path(row[0])


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


def _write_parquet(connection: duckdb.DuckDBPyConnection, folder: Path, pool: Executor) -> dict[str, int]:
    """One file per mart, however large, so that a path never changes with the size of the corpus.

    Measured on 1.3 million rows of township_indicators: one year's medians take 0.02 s from folders
    by year, 0.07 s from one file. That is not worth two layouts.

    Returns:
        Rows by mart.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()

    def write(name: str) -> int:
        quoted = str(folder / f"{name}.parquet").replace("'", "''")
        with connection.cursor() as cursor:
            copied = cursor.execute(
                f"copy marts.\"{name}\" to '{quoted}' (format parquet, compression zstd, compression_level 1)"
            ).fetchone()
        assert copied is not None
        return int(copied[0])

    # The largest first, and before them the views, which are views because they are large.
    ordered = connection.execute(
        "select m.name from unnest($names) m(name) left join duckdb_tables() t "
        "on t.database_name = current_database() and t.schema_name = 'marts' and t.table_name = m.name "
        "order by t.estimated_size * t.column_count desc nulls first, m.name",
        {"names": list(_mart_comments(connection))},
    ).fetchall()
    names = [name for (name,) in ordered]
    return dict(zip(names, pool.map(write, names), strict=True))


def _write_csv(
    connection: duckdb.DuckDBPyConnection, folder: Path, marts: Iterable[Mart], pool: Executor
) -> dict[str, int]:
    """CSV for spreadsheets: with a BOM, no text that could be a formula, no mart that none could open.

    Returns:
        Size of each file in bytes, by mart.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()

    def write(mart: Mart) -> int:
        path = folder / f"{mart.name}.csv"
        # The BOM goes before the first heading: DuckDB has no option for it.
        columns = ", ".join(
            f'{_harmless(column)} as "{BOM if column is mart.columns[0] else ""}{column.name}"'
            for column in mart.columns
        )
        quoted = str(path).replace("'", "''")
        with connection.cursor() as cursor:
            cursor.execute(
                f"copy (select {columns} from marts.\"{mart.name}\") to '{quoted}' "
                "(format csv, header, timestampformat '%Y-%m-%dT%H:%M:%SZ')"
            )
        return path.stat().st_size

    fitting = [mart for mart in marts if fits_spreadsheet(mart)]
    return dict(zip((mart.name for mart in fitting), pool.map(write, fitting), strict=True))


def _harmless(column: Column) -> str:
    name = f'"{column.name}"'
    if column.data_type != "VARCHAR":
        return name
    starts = ", ".join(f"'{start}'" for start in FORMULA_STARTS)
    return f"if({name}[1] in ({starts}), chr(39) || {name}, {name})"


# The marts of the workbook, and the order of their rows: what comes last is left out where a sheet is full.
_WORKBOOK = {
    "township_indicators_wide": "report_year desc, township_key",
    "township_indicators": "report_year desc, township_key, indicator_id",
    "reporting_compliance": "report_year desc, township_key",
    "county_scorecard": "report_year desc, reports desc, county_code",
    "quantity_findings": "report_year desc nulls last, finding_id",
}


def _write_workbook(connection: duckdb.DuckDBPyConnection, path: Path, marts: Iterable[Mart]) -> None:
    described = {mart.name: mart for mart in marts}
    sheets = []
    with connection.cursor() as cursor:
        for name, order in _WORKBOOK.items():
            rows = cursor.execute(
                f"select * from marts.{name} order by {order} limit $limit",
                {"limit": fitting_rows(len(described[name].columns))},
            ).fetchall()
            sheets.append(Sheet(described[name], rows))
    write_workbook(path, sheets)


def _replace_folder(new: Path, target: Path) -> None:
    """Put folder `new` in the place of `target`; a folder cannot be replaced in one step."""
    old = target.with_name(f"{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)
