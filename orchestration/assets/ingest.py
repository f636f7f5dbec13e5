"""Stage ingest: files → accounted files, raw reports, clean and identified documents.

Rules: `pipeline.ingest` (bytes to clean text) and `pipeline.identify` (whose report it is).
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime

import dagster as dg
import pyarrow as pa

from orchestration.assets.common import (
    CHUNKS_PER_WRITE,
    OWNERS,
    Rebuild,
    RowsCheck,
    failure_checks,
    grouped,
    rows_checks,
    stage_specs,
    table_metadata,
)
from orchestration.batches import CHUNK, Chunk, run_chunks, start_pool
from orchestration.failures import FAILED
from orchestration.pipeline.gazetteer import load_gazetteer
from orchestration.pipeline.ingest import FoundFile, open_archives, scan_folder
from orchestration.refreshes import fingerprint_inputs
from orchestration.settings import Settings
from orchestration.stages import INGEST
from orchestration.tables import RAW_TABLES, describe_columns, to_arrow
from orchestration.warehouse import (
    Warehouse,
    account_files,
    due_files,
    forget_lost_reports,
    has_townships,
    mark_missing,
    one_thread,
    remember_inputs,
    replace_townships,
    write_files,
)
from orchestration.workers import (
    INGEST_WORK,
    corrections_by_content,
    fingerprint_file,
    hash_corrections,
    join_tables,
)


@dg.asset(
    key=["raw", "townships"],
    group_name=INGEST.name,
    owners=OWNERS,
    kinds={"python", "duckdb"},
    description="One row per township-level unit of the gazetteer (乡镇、街道、苏木), with county, city and province.",
)
def townships(
    warehouse: Warehouse, rebuild: Rebuild, settings: dg.ResourceParam[Settings]
) -> dg.MaterializeResult[None]:
    """The gazetteer as a table, for the words of reports and the coverage of the marts; written when it changes."""
    version = INGEST.version(settings.reference)
    with warehouse.connect() as connection:
        if rebuild.everything or not has_townships(connection, version):
            rows = to_arrow("townships", load_gazetteer(settings.reference).townships)
            replace_townships(connection, rows, version)
        return dg.MaterializeResult(metadata=table_metadata(connection, "raw.townships"))


@dg.multi_asset(
    name="ingest",
    specs=stage_specs(
        INGEST,
        {
            "files": (
                "One row per file ever seen (path and bytes): loaded, rejected with the reason, duplicate, superseded.",
                [],
            ),
            "reports": ("One row per distinct readable content, as read, before cleaning.", ["files"]),
            "documents": (
                "One row per report: its clean text (正文), and whose it is: township, county, year, dates.",
                ["reports", "townships"],
            ),
        },
    ),
)
def ingest(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    rebuild: Rebuild,
    settings: dg.ResourceParam[Settings],
) -> Iterator[dg.MaterializeResult[None]]:
    """Read the files that are new, changed, or were read by other code, and account for all."""
    version = INGEST.version(settings.reference)
    corrections = {
        sha: hash_corrections(rows) for sha, rows in corrections_by_content(settings.reference).items()
    }
    arguments = (settings.reference, version, datetime.now(UTC).replace(tzinfo=None))
    # A warehouse that is there gets few files a run: their process starts while the folder is listed.
    is_filled = settings.warehouse.exists()
    with start_pool(INGEST_WORK, arguments) if is_filled else nullcontext() as ready:
        listing = scan_folder(settings.reports)
        with warehouse.connect() as connection:
            remember_inputs(connection, fingerprint_inputs(settings, listing))

            def due_among(files: Sequence[FoundFile]) -> set[str]:
                return due_files(connection, to_listing(files, version), corrections, **rebuild.selection())

            unread = due_among(listing)  # the others are opened neither to be read nor as archives
            found = open_archives(listing, lambda file: file.source_path not in unread)
            wanted = unread if found == listing else due_among(found)  # with members of archives
            due = [file for file in found if file.source_path in wanted]
            mark_missing(connection, pa.array([file.source_path for file in found], pa.string()))
            results = run_chunks(
                INGEST_WORK,
                arguments,
                (Chunk(len(files), files) for files in grouped(iter(due), CHUNK)),
                total=len(due),
                workers=settings.workers,
                log=context.log.info,
                label=INGEST.name,
                isolated=True,
                ready=ready,
            )
            # In a thread: a commit waits for the disk, and files go on being read meanwhile.
            with one_thread(connection), ThreadPoolExecutor(max_workers=1) as writer:
                last: Future[None] | None = None
                for batch in grouped(results, CHUNKS_PER_WRITE):
                    if last is not None:
                        last.result()
                    last = writer.submit(write_files, connection, join_tables(batch))
                if last is not None:
                    last.result()
            if ready is not None:
                ready.stop()  # type: ignore[no-untyped-call]  # it takes 0.1 s; meanwhile files are accounted for
            forget_lost_reports(connection)
            account_files(connection)
            for table in ("files", "reports", "documents"):
                yield dg.MaterializeResult(
                    asset_key=["raw", table],
                    metadata={
                        "files_read": len(due),
                        "stage_version": version,
                        **table_metadata(connection, f"raw.{table}"),
                    },
                )


def to_listing(files: Sequence[FoundFile], version: str) -> pa.Table:
    """What `due_files` compares with the warehouse: a row per file."""
    return pa.table(
        {
            "source_path": pa.array([file.source_path for file in files], pa.string()),
            "byte_size": pa.array([file.size for file in files], pa.int64()),
            "modified_ns": pa.array([file.mtime_ns for file in files], pa.int64()),
            "fingerprint": pa.array(
                [fingerprint_file(file.side_stamp, version) for file in files], pa.string()
            ),
        }
    )


_EXPECTED_COLUMNS = ", ".join(
    f"('{table}', '{name}', '{sql}', {nullable})"
    for table in RAW_TABLES
    for name, sql, _, nullable in describe_columns(table)
)


CHECKS = [
    *failure_checks(
        "raw/files",
        "ingest",
        f"select source_path, reason from raw.files where is_present and starts_with(reason, '{FAILED}:')",
        "select file_id from raw.files where is_present",
    ),
    RowsCheck(
        "raw/files",
        "raw_tables_have_their_columns",
        "Each raw table has the columns and types of its record, no more and no fewer.",
        f"""
        with expected (table_name, column_name, data_type, is_nullable) as (values {_EXPECTED_COLUMNS}),
        found as (
            select table_name, column_name, data_type, is_nullable from duckdb_columns()
            where schema_name = 'raw' and database_name = current_database()
        )
        (select 'missing' as problem, * from (from expected except from found))
        union all
        (select 'not expected' as problem, * from (from found except from expected))
        """,
    ),
    RowsCheck(
        "raw/files",
        "files_keep_arriving",
        "Reports appear each year: in the last 400 days at least one new file arrived. Is the folder still fed?",
        """
        select max(first_seen_at) as last_arrival from raw.files
        having max(first_seen_at) < now()::timestamp - interval 400 days
        """,
        blocking=False,
    ),
    RowsCheck(
        "raw/files",
        "files_are_accounted_for",
        "Files seen are loaded, rejected (with a reason), duplicate or superseded.",
        """
        select file_id, source_path, status, reason, report_id from raw.files
        where status not in ('loaded', 'rejected', 'duplicate', 'superseded')
            or (status = 'loaded') != (reason is null) or (status = 'rejected') != (report_id is null)
        """,
    ),
    RowsCheck(
        "raw/files",
        "files_are_unique",
        "One row per path and content.",
        "select source_path, file_id from raw.files group by all having count(*) > 1",
    ),
    RowsCheck(
        "raw/files",
        "reports_folder_is_not_empty",
        "There is at least one file.",
        "select 'no file was ever seen' as problem where not exists (from raw.files)",
    ),
    RowsCheck(
        "raw/reports",
        "each_readable_file_has_a_report",
        "Every file that is not rejected leads to one report and one document, and the other way round.",
        """
        select coalesce(f.report_id, r.report_id, d.report_id) as report_id
        from (select distinct report_id from raw.files where report_id is not null) f
        full join raw.reports r using (report_id) full join raw.documents d using (report_id)
        where f.report_id is null or r.report_id is null or d.report_id is null
        """,
    ),
    RowsCheck(
        "raw/reports",
        "each_current_report_stands_once",
        "No report is loaded by two files.",
        "select report_id from raw.files where status = 'loaded' group by report_id having count(*) > 1",
    ),
    RowsCheck(
        "raw/documents",
        "each_document_has_text",
        "A report that was taken has a clean text of the length it says.",
        "select report_id from raw.documents where char_count = 0 or char_count != length(text)",
    ),
    RowsCheck(
        "raw/documents",
        "most_documents_are_identified",
        "Township reports name their year and can be resolved; those that cannot wait for a correction.",
        """
        select report_id, title, unit_name, resolution, candidates, report_year from raw.documents
        where admin_level = 'township' and (township_key is null or report_year is null)
        """,
        blocking=False,
    ),
]
checks = rows_checks(INGEST.name, CHECKS)
