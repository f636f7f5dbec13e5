"""Stage ingest: files → accounted files, raw reports, clean and identified documents.

Rules: `pipeline.ingest` (bytes to clean text) and `pipeline.identify` (whose report it is).
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from orchestration.assets.common import (
    CHUNKS_PER_WRITE,
    OWNERS,
    Rebuild,
    grouped,
    rows_check,
    stage_specs,
    table_metadata,
)
from orchestration.assets.extract import corrections_by_content, hash_corrections
from orchestration.batches import CHUNK, Chunk, run_chunks
from orchestration.failures import FAILED, describe_error
from orchestration.pipeline.gazetteer import load_gazetteer
from orchestration.pipeline.identify import identify_report
from orchestration.pipeline.ingest import (
    FoundFile,
    clean_text,
    list_files,
    load_ingest_reference,
    read_found,
    read_report,
    read_side_metadata,
    stamp_side_file,
)
from orchestration.pipeline.readers import RejectedFile
from orchestration.pipeline.records import Document, RawReport, SourceFile
from orchestration.settings import Settings
from orchestration.stages import INGEST
from orchestration.tables import to_arrow
from orchestration.warehouse import (
    KnownFile,
    Warehouse,
    account_files,
    forced_reports,
    forget_lost_reports,
    known_files,
    mark_missing,
    replace_townships,
    report_paths,
    write_files,
)


@dg.asset(
    key=["raw", "townships"],
    group_name=INGEST.name,
    owners=OWNERS,
    kinds={"python", "duckdb"},
    description="One row per township-level unit of the gazetteer (乡镇、街道、苏木), with county, city and province.",
)
def townships(warehouse: Warehouse, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult[None]:
    """The gazetteer as a table, for the coverage of the marts."""
    rows = to_arrow("townships", load_gazetteer(settings.reference).townships)
    with warehouse.connect() as connection:
        replace_townships(connection, rows)
        return dg.MaterializeResult(metadata=table_metadata(connection, "raw.townships"))


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file after reading: its account, and its report where it holds one."""

    file: SourceFile
    report: RawReport | None
    document: Document | None
    fingerprint: str


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
    found = list_files(settings.reports)
    paths = {file.source_path for file in found}
    version = INGEST.version(settings.reference)
    corrections = {
        sha: hash_corrections(rows) for sha, rows in corrections_by_content(settings.reference).items()
    }
    with warehouse.connect() as connection:
        known = known_files(connection)
        forced = forced_reports(connection, **rebuild.selection())
        # A report belongs to the first path that holds it, as long as the file is there.
        owners = {id_: path for id_, path in report_paths(connection).items() if path in paths}
        due = [
            file
            for file in found
            if rebuild.everything
            or is_due(file, known.get(file.source_path), version, corrections, forced, owners)
        ]
        mark_missing(
            connection,
            [
                row.file_id
                for path, rows in known.items()
                if path not in paths
                for row in rows
                if row.is_present
            ],
        )
        results = run_chunks(
            prepare_ingest,
            (settings.reference, version, datetime.now(UTC).replace(tzinfo=None)),
            (Chunk(len(files), files) for files in grouped(iter(due), CHUNK)),
            total=len(due),
            workers=settings.workers,
            log=context.log.info,
            label=INGEST.name,
        )
        for batch in grouped(results, CHUNKS_PER_WRITE):
            read = [file for chunk in batch for file in chunk]
            replaced = [
                row.file_id
                for file in read
                for row in known.get(file.file.source_path, [])
                if row.is_present and row.file_id != file.file.file_id
            ]
            mark_missing(connection, replaced)
            owned = [
                file
                for file in read
                if file.document
                and owners.setdefault(file.document.report_id, file.file.source_path) == file.file.source_path
            ]
            write_files(
                connection,
                {
                    "files": to_arrow("files", (file.file for file in read)),
                    "reports": to_arrow("reports", (file.report for file in owned)),
                    "documents": to_arrow("documents", (file.document for file in owned)),
                },
                {file.file.file_id: file.fingerprint for file in read},
            )
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


def is_due(
    found: FoundFile,
    rows: list[KnownFile] | None,
    version: str,
    corrections: Mapping[str, str],
    forced: set[str],
    owners: Mapping[str, str],
) -> bool:
    """Whether a file must be read: new, changed, read by other code, corrected, moved or forced."""
    last = rows[-1] if rows else None
    if last is None or (last.byte_size, last.modified_ns) != (found.size, found.mtime_ns):
        return True
    return (
        not last.is_present
        or last.fingerprint != fingerprint_file(found, version, corrections.get(last.content_sha256 or ""))
        or (last.report_id is not None and (last.report_id in forced or last.report_id not in owners))
    )


def fingerprint_file(found: FoundFile, version: str, corrections: str | None) -> str:
    """What a file's rows are made with, beside its bytes: code, side file, corrections."""
    stamp = stamp_side_file(found)
    return hashlib.sha256(f"{version}|{stamp}|{corrections}".encode()).hexdigest()[:16]


def prepare_ingest(
    reference_dir: Path, version: str, now: datetime
) -> Callable[[Sequence[FoundFile]], list[ReadFile]]:
    """Load the stage's reference data once; return what reads a chunk of files."""
    reference = load_ingest_reference(reference_dir)
    gazetteer = load_gazetteer(reference_dir)
    corrections = corrections_by_content(reference_dir)

    def read_file(found: FoundFile) -> ReadFile:
        reason: str | None = None
        report: RawReport | None = None
        document: Document | None = None
        sha: str | None = None
        try:
            data = read_found(found)
            sha = hashlib.sha256(data).hexdigest()
            read = read_report(data, found.source_path)
            side = read_side_metadata(found)
            report = RawReport(
                report_id=sha[:16],
                content_sha256=sha,
                source_path=found.source_path,
                source_name=found.source_path.rsplit("/", 1)[-1],
                media_type=read.media_type,
                encoding=read.encoding,
                reader=read.reader,
                raw_text=read.text,
                side_metadata=json.dumps(side, ensure_ascii=False, sort_keys=True) if side else None,
                loaded_at=now,
            )
            decided = [c for c in corrections.get(sha, ()) if c.target == "report"]
            document = identify_report(
                clean_text(read, reference),
                report_id=report.report_id,
                source_path=found.source_path,
                side_metadata=side,
                gazetteer=gazetteer,
                corrections={c.field: c.corrected_value for c in decided},
            )
            if decided:
                document = replace(document, correction_ids=",".join(c.correction_id for c in decided))
        except RejectedFile as rejection:
            report = document = None
            reason = str(rejection)
        except Exception as error:  # any bug: one file must not stop the others, and a check shows it
            report = document = None
            reason = f"{FAILED}: {describe_error(error)}"
        file = SourceFile(
            file_id=hashlib.sha256(f"{found.source_path}\0{sha or found.mtime_ns}".encode()).hexdigest()[:16],
            content_sha256=sha,
            source_path=found.source_path,
            source_name=found.source_path.rsplit("/", 1)[-1],
            byte_size=found.size,
            modified_ns=found.mtime_ns,
            media_type=report.media_type if report else None,
            encoding=report.encoding if report else None,
            status="loaded" if report else "rejected",
            reason=reason,
            reader=report.reader if report else None,
            report_id=report.report_id if report else None,
            is_present=True,
            first_seen_at=now,
            last_seen_at=now,
        )
        decisions = hash_corrections(corrections[sha]) if sha in corrections else None
        # What may be cured without a change of the file or the code is tried again in each run.
        is_passing = reason is not None and reason.startswith((f"{FAILED}:", "unreadable:"))
        fingerprint = FAILED if is_passing else fingerprint_file(found, version, decisions)
        return ReadFile(file, report, document, fingerprint)

    return lambda files: [read_file(found) for found in files]


checks = [
    rows_check(
        "raw/files",
        "files_are_accounted_for",
        "Files seen are loaded, rejected (with a reason), duplicate or superseded.",
        """
        select file_id, source_path, status, reason, report_id from raw.files
        where status not in ('loaded', 'rejected', 'duplicate', 'superseded')
            or (status = 'loaded') != (reason is null) or (status = 'rejected') != (report_id is null)
        """,
    ),
    rows_check(
        "raw/files",
        "files_are_unique",
        "One row per path and content.",
        "select source_path, file_id from raw.files group by all having count(*) > 1",
    ),
    rows_check(
        "raw/files",
        "reports_folder_is_not_empty",
        "There is at least one file.",
        "select 'no file was ever seen' as problem where not exists (from raw.files)",
    ),
    rows_check(
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
    rows_check(
        "raw/reports",
        "each_current_report_stands_once",
        "No report is loaded by two files.",
        "select report_id from raw.files where status = 'loaded' group by report_id having count(*) > 1",
    ),
    rows_check(
        "raw/documents",
        "each_document_has_text",
        "A report that was taken has a clean text of the length it says.",
        "select report_id from raw.documents where char_count = 0 or char_count != length(text)",
    ),
    rows_check(
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
