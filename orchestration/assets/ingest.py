"""Stage ingest: files → file accounting, raw reports, clean and identified documents.

Rules: `pipeline.ingest` (bytes to clean text) and `pipeline.identify` (township, year, dates).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import dagster as dg
import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.assets.common import OWNERS, Rebuild, stage_specs, write_batches
from orchestration.assets.corrections import load_decisions
from orchestration.assets.preview import table_metadata
from orchestration.engine.base import CHUNK, Chunk, Engine, Task
from orchestration.engine.choice import open_engine
from orchestration.engine.recognition import SHARED_SECONDS, read_scans
from orchestration.engine.tasks import INGEST_WORK, SCAN_WAITS, hash_inputs_of_file
from orchestration.merged_reference import settle_reference
from orchestration.pipeline.corrections.decisions import hash_corrections
from orchestration.pipeline.identify.gazetteer import find_home_county, load_gazetteer
from orchestration.pipeline.ingest.archives import open_archives
from orchestration.pipeline.ingest.files import AnyFile
from orchestration.pipeline.ingest.folder import FoundFile
from orchestration.pipeline.ingest.storage import list_reports
from orchestration.pipeline.ocr.recognise import find_ocr_version
from orchestration.pipeline.ocr.store import PageStore
from orchestration.pipeline.versions import INGEST
from orchestration.publishing.counties.edits import collect_edited
from orchestration.refreshes import Waiting, fingerprint_inputs, write_waiting
from orchestration.settings import Settings
from orchestration.warehouse.files import classify_files, delete_orphaned_reports, mark_missing, write_files
from orchestration.warehouse.marts import record_inputs
from orchestration.warehouse.resource import Warehouse
from orchestration.warehouse.rows import is_current
from orchestration.warehouse.stale import stale_files, untried_scans
from orchestration.warehouse.tables import to_arrow
from orchestration.warehouse.terms import replace_townships

FileTask = Task[Sequence[AnyFile], dict[str, pa.Table]]
_CHUNK_BYTES = 16 * 1024**2  # files that are sent to another machine together


@dg.asset(
    key=["raw", "townships"],
    group_name=INGEST.name,
    owners=OWNERS,
    kinds={"python", "duckdb"},
)
def townships(
    warehouse: Warehouse, rebuild: Rebuild, settings: dg.ResourceParam[Settings]
) -> dg.MaterializeResult[None]:
    """Write the gazetteer as a table when it changes; used for words of reports and coverage in marts."""
    settle_reference(settings)  # a run may start long after the process that starts it
    version = INGEST.version(settings.reference)
    with warehouse.connect() as connection:
        if rebuild.everything or not is_current(connection, "townships", version):
            rows = to_arrow("townships", load_gazetteer(settings.reference).townships)
            replace_townships(connection, rows, version)
        return dg.MaterializeResult(metadata=table_metadata(connection, "raw.townships"))


@dg.multi_asset(
    name="ingest",
    specs=stage_specs(
        INGEST,
        {
            "files": [],
            "reports": ["files"],
            "documents": ["reports", "townships"],
            "ocr_lines": ["documents"],
        },
    ),
)
def ingest(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    rebuild: Rebuild,
    settings: dg.ResourceParam[Settings],
) -> Iterator[dg.MaterializeResult[None]]:
    """Read files that are new, changed, or were read by other code, and account for all files."""
    collect_edited(settings.published / "counties", settings.corrections)
    settle_reference(settings)
    home_county = find_home_county(settings.county, settings.reference)
    version = INGEST.version(settings.reference) + (f"-{home_county}" if home_county is not None else "")
    # An existing warehouse gets few files per run: their process starts while the folder is listed.
    is_filled = settings.warehouse.exists()
    with warehouse.connect() as connection:
        decisions = load_decisions(settings, connection, arriving=True).of_reports()
    corrections = {report_id: hash_corrections(rows) for report_id, rows in decisions.items()}
    now = datetime.now(UTC).replace(tzinfo=None)
    arguments = (version, now, settings.pages, decisions, home_county)
    task = Task(INGEST_WORK, settings.reference, arguments, INGEST.name, isolated=True)
    with open_engine(settings, context.log.info) as engine:
        if is_filled:
            engine.begin(task)
        listing = list_reports(settings.reports)
        with warehouse.connect() as connection:
            record_inputs(connection, fingerprint_inputs(settings, listing, Waiting(0, 0)))
            found, stale = _find_stale(connection, listing, version, corrections, rebuild, settings)
            unlisted = [file.source_path for file in found if file.is_folder]
            mark_missing(connection, pa.array([file.source_path for file in found], pa.string()), unlisted)
            scans = _take_in(connection, engine, task, stale)
            waiting = Waiting(0, 0)
            if scans:
                are_alone = len(scans) == len(stale)  # otherwise other files should be published soon
                waiting = read_scans(
                    scans,
                    settings.pages,
                    engine=engine,
                    reference=settings.reference,
                    seconds=settings.ocr_seconds if are_alone else min(settings.ocr_seconds, SHARED_SECONDS),
                    log=context.log.info,
                )
                _take_in(connection, engine, replace(task, near=True), scans)  # where the stored pages are
            write_waiting(settings.pages, waiting)
            delete_orphaned_reports(connection)
            classify_files(connection)
            for table in ("files", "reports", "documents", "ocr_lines"):
                yield dg.MaterializeResult(
                    asset_key=["raw", table],
                    metadata={
                        "files_read": len(stale),
                        "stage_version": version,
                        **table_metadata(connection, f"raw.{table}"),
                    },
                )


def _find_stale(
    connection: duckdb.DuckDBPyConnection,
    listing: Sequence[FoundFile],
    version: str,
    corrections: Mapping[str, str],
    rebuild: Rebuild,
    settings: Settings,
) -> tuple[Sequence[FoundFile], Sequence[FoundFile]]:
    """Return all files, including members of archives, and those to be read.

    Args:
        listing: files of the folder, with archives unopened.
        version: version of the stage.
        corrections: hash of decisions by report id.
    """
    untried = untried_scans(connection, PageStore(settings.pages), find_ocr_version())
    selection = rebuild.selection()
    if rebuild.rescan:
        selection = replace(selection, everything=True)

    def stale_among(files: Sequence[FoundFile]) -> set[str]:
        changed = stale_files(connection, to_listing(files, version), corrections, selection)
        return changed | untried.intersection(file.source_path for file in files)

    stale = stale_among(listing)  # the others are neither read nor opened as archives
    found = open_archives(listing, lambda file: file.source_path not in stale)
    if found != listing:
        stale = stale_among(found)
    return found, [file for file in found if file.source_path in stale]


def _take_in(
    connection: duckdb.DuckDBPyConnection, engine: Engine, task: FileTask, files: Sequence[FoundFile]
) -> list[FoundFile]:
    """Read files and write the results in batches; return the scans that wait for OCR."""
    scans: set[str] = set()

    def write(rows: dict[str, pa.Table]) -> None:
        write_files(connection, rows)
        waits = pc.starts_with(rows["files"]["reason"], SCAN_WAITS)
        scans.update(rows["files"].filter(pc.fill_null(waits, False))["source_path"].to_pylist())

    write_batches(connection, engine.map(task, chunk_files(files), total=len(files)), write)
    return [file for file in files if file.source_path in scans]


def chunk_files(files: Sequence[FoundFile]) -> Iterator[Chunk[Sequence[AnyFile]]]:
    """Split files into chunks by number, and by bytes if they are large."""
    chunk: list[FoundFile] = []
    size = 0
    for file in files:
        if chunk and (len(chunk) >= CHUNK or size + file.size > _CHUNK_BYTES):
            yield Chunk(len(chunk), chunk, size)
            chunk, size = [], 0
        chunk.append(file)
        size += file.size
    if chunk:
        yield Chunk(len(chunk), chunk, size)


def to_listing(files: Sequence[FoundFile], version: str) -> pa.Table:
    """Return the listing that `stale_files` compares with the warehouse: a row per file."""
    return pa.table(
        {
            "source_path": pa.array([file.source_path for file in files], pa.string()),
            "byte_size": pa.array([file.size for file in files], pa.int64()),
            "modified_ns": pa.array([file.mtime_ns for file in files], pa.int64()),
            "input_hash": pa.array([hash_inputs_of_file(file, version) for file in files], pa.string()),
        }
    )
