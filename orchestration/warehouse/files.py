"""The accounting of files: every file ever seen, its report, and its status.

`pipeline.ingest` reads files; `stale.py` decides which ones to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

import duckdb
import pyarrow as pa

from orchestration.warehouse.connection import fetch_row, registered, transaction
from orchestration.warehouse.rows import replace_keeping_first, replace_rows, write_stage_runs
from orchestration.warehouse.tables import RAW_TABLES, describe_columns


def mark_missing(
    connection: duckdb.DuckDBPyConnection, source_paths: pa.Array, unlisted: Iterable[str] = ()
) -> None:
    """Mark files that are at none of these paths as missing.

    Args:
        source_paths: paths of all files found.
        unlisted: folders that could not be listed; files seen there earlier are unchanged.
    """
    listing = pa.table({"source_path": source_paths})
    folders = pa.table({"folder": pa.array([f"{folder}/" for folder in unlisted], pa.string())})
    with registered(connection, listing=listing, unlisted=folders):
        connection.execute(
            """
            update raw.files set is_present = false
            where is_present and source_path not in (select source_path from listing)
                and not exists (from unlisted where starts_with(source_path, folder))
            """
        )


def write_files(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table]) -> None:
    """Write a batch of read files, their reports and documents, in one transaction.

    A file that is read again keeps `first_seen_at`, and its report `loaded_at`. Earlier contents at the same path are
    marked as missing. A report belongs to its first path as long as the file is there; it is not written from
    another path.

    Args:
        tables: Arrow tables of `files`, `reports`, `documents`, `ocr_lines` and `stage_runs`; `reports` and
            `documents` have rows for the same files in the same order.
    """
    with transaction(connection):
        with registered(connection, incoming_files=tables["files"]):
            connection.execute(
                "update raw.files f set is_present = false from incoming_files i "
                "where f.is_present and f.source_path = i.source_path and f.file_id != i.file_id"
            )
        is_owner = _find_owned(connection, tables["reports"])
        reports, documents = tables["reports"], tables["documents"]
        if not all(is_owner):  # because filtering copies all texts
            reports, documents = reports.filter(pa.array(is_owner)), documents.filter(pa.array(is_owner))
        files = _seen_in_order(connection, tables["files"])
        replace_keeping_first(connection, files, "files", "file_id", "first_seen_at")
        replace_keeping_first(connection, reports, "reports", "report_id", "loaded_at")
        replace_rows(connection, "documents", "report_id", documents)
        _write_ocr_lines(connection, tables["ocr_lines"], documents.select(["report_id"]))
        write_stage_runs(connection, tables["stage_runs"])


def _write_ocr_lines(connection: duckdb.DuckDBPyConnection, lines: pa.Table, report_ids: pa.Table) -> None:
    """Replace the OCR lines of these reports; a copy of a file in the same batch has the same lines."""
    with registered(connection, replaced_keys=report_ids, incoming_rows=lines):
        connection.execute(
            "delete from raw.ocr_lines where report_id in (select report_id from replaced_keys)"
        )
        if lines.num_rows:
            connection.execute(
                "insert into raw.ocr_lines by name select distinct on (report_id, page_number, line_number) * "
                "from incoming_rows semi join replaced_keys using (report_id) "
                "order by report_id, page_number, line_number"
            )


def _seen_in_order(connection: duckdb.DuckDBPyConnection, files: pa.Table) -> pa.Table:
    """Return the files with a `first_seen_at` not before that of earlier files, even if the clock was set back.

    It decides which of two undated reports of a township and year is the later one.
    """
    (latest,) = fetch_row(connection, "select max(first_seen_at) from raw.files")
    position = files.schema.get_field_index("first_seen_at")
    if latest is None or not files.num_rows or files["first_seen_at"][0].as_py() >= latest:
        return files
    later = latest + timedelta(microseconds=1)
    times = pa.array([later] * files.num_rows, files.schema.field(position).type)
    return files.set_column(position, files.schema.field(position), times)


def _find_owned(connection: duckdb.DuckDBPyConnection, reports: pa.Table) -> list[bool]:
    """Return for each of these reports whether it was read from the path that it belongs to."""
    with registered(connection, incoming_reports=reports.select(["report_id"])):
        rows = connection.execute(
            "select report_id, r.source_path from raw.reports r semi join incoming_reports using (report_id) "
            "join raw.files f using (report_id, source_path) where f.is_present"
        ).fetchall()
    owners = dict(rows)
    pairs = zip(reports["report_id"].to_pylist(), reports["source_path"].to_pylist(), strict=True)
    return [owners.setdefault(report_id, path) == path for report_id, path in pairs]


def delete_orphaned_reports(connection: duckdb.DuckDBPyConnection) -> None:
    """Delete all rows of reports without a file, which newer code rejected."""
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


# Status of readable files, decided step by step: files left out by one step are not seen by later ones.
_CLASSIFY = """
with recursive  -- in which each window needs a name of its own
readable as (
    select
        f.file_id, f.report_id, f.source_path, f.is_present, f.first_seen_at, d.text_sha256,
        case when d.admin_level = 'township' then d.township_key end as township_key,
        d.report_kind, d.report_year, coalesce(d.published_on, d.document_date) as dated_on, d.text_source
    from raw.files f join raw.documents d using (report_id)
),
-- of the same bytes at several paths one file counts: one that is there, then the first seen
same_bytes as (
    select *, first_value(file_id) over copies as kept
    from readable
    window copies as (partition by report_id order by is_present desc, first_seen_at, source_path)
),
-- so of the same clean text in several files
same_text as (
    select *, first_value(file_id) over texts as kept_text
    from same_bytes where file_id = kept
    window texts as (partition by text_sha256 order by is_present desc, first_seen_at, source_path)
),
-- of several contents at one path the newest counts
same_path as (
    select *, first_value(file_id) over contents as newest
    from same_text where file_id = kept_text
    window contents as (partition by source_path order by is_present desc, first_seen_at desc, file_id)
),
-- of reports of one kind on a township and year: text before a scan, the later by its own date, then by arrival
same_year as (
    select *, first_value(file_id) over versions as latest
    from same_path where file_id = newest and township_key is not null and report_year is not null
    window versions as (
        partition by township_key, report_year, report_kind
        order by text_source = 'text' desc, dated_on desc nulls last, first_seen_at desc, source_path desc
    )
),
left_out as (
    select file_id, kept as instead, 'duplicate' as status, 'same_bytes: as ' as reason
    from same_bytes where file_id != kept
    union all
    select file_id, kept_text, 'duplicate', 'same_text: as ' from same_text where file_id != kept_text
    union all
    select file_id, newest, 'superseded', 'replaced: newer bytes at ' from same_path where file_id != newest
    union all
    select
        y.file_id, y.latest, 'superseded',
        if(y.text_source = l.text_source, 'corrected: by ', 'scan: there is text of that year, ')
    from same_year y join readable l on y.latest = l.file_id where y.file_id != y.latest
),
-- what a file is left out for may itself be left out for another
followed as (
    select file_id, instead from left_out
    union all
    select f.file_id, l.instead from followed f join left_out l on f.instead = l.file_id
),
counted as (
    select f.file_id, r.report_id as superseded_by
    from (from followed f anti join left_out l on f.instead = l.file_id) f join readable r on f.instead = r.file_id
),
changes as (
    select r.file_id, coalesce(l.status, 'loaded') as status, l.reason || i.source_path as reason, c.superseded_by
    from readable r
    left join left_out l using (file_id) left join readable i on l.instead = i.file_id
    left join counted c on r.file_id = c.file_id
)
update raw.files as f set status = c.status, reason = c.reason, superseded_by = c.superseded_by from changes c
where f.file_id = c.file_id
    and (f.status, f.reason, f.superseded_by) is distinct from (c.status, c.reason, c.superseded_by)
"""


def classify_files(connection: duckdb.DuckDBPyConnection) -> None:
    """Set the status of each readable file (loaded, duplicate or superseded, and by what); skip rejected ones."""
    connection.execute(_CLASSIFY)


def find_outdated_reports(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return report → path of the file that counts instead, for reports that do not count."""
    rows = connection.execute(
        """
        select distinct files.report_id, counted.source_path
        from raw.files join raw.files as counted
            on files.superseded_by = counted.report_id and counted.status = 'loaded'
        where files.report_id != counted.report_id
        """
    ).fetchall()
    return dict(rows)
