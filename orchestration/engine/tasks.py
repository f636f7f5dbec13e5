"""The work of each stage on a chunk, with reference data loaded once per process.

Arrow tables (in ingest: found files) in, Arrow tables by raw table out. Neither Dagster nor DuckDB is
imported here, so a worker starts a second faster, and any engine that sends functions to
processes can run these stages (docs/scaling.md).
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from orchestration.engine.base import End, Work
from orchestration.pipeline.corrections.decisions import Correction, find_decisions, hash_corrections
from orchestration.pipeline.extract.assignment import SectionHead
from orchestration.pipeline.extract.catalogue import load_catalogue
from orchestration.pipeline.extract.stage import SegmentedText, extract_reports
from orchestration.pipeline.failures import FAILED, describe_error, recorded
from orchestration.pipeline.identify.gazetteer import Gazetteer, load_gazetteer
from orchestration.pipeline.identify.stage import identify_report
from orchestration.pipeline.ingest.clean import CleanText, clean_text
from orchestration.pipeline.ingest.files import (
    AnyFile,
    as_listed,
    fetch_file,
    fetch_remote,
    read_bytes,
    read_report,
    read_side,
)
from orchestration.pipeline.ingest.folder import FoundFile
from orchestration.pipeline.ingest.page_words import IngestReference, load_ingest_reference
from orchestration.pipeline.ocr.read import WAITING, ReadScan, read_stored_pages
from orchestration.pipeline.ocr.spans import lower_confidence, to_ocr_lines
from orchestration.pipeline.ocr.store import PageStore
from orchestration.pipeline.readers import ReadText, RejectedFile
from orchestration.pipeline.readers.memory import FILE_BYTES
from orchestration.pipeline.records import (
    Document,
    OcrLine,
    Quantity,
    RawReport,
    ReportSentences,
    SourceFile,
    StageFailure,
    StageRun,
)
from orchestration.pipeline.segment.stage import load_segment_reference, segment_reports
from orchestration.pipeline.versions import EXTRACT, INGEST, SEGMENT, Stage
from orchestration.pipeline.vocabulary import AdminLevel, FileStatus, TextSource
from orchestration.warehouse.tables import to_arrow


@dataclass(frozen=True, slots=True)
class _ReadFile:
    """A file after reading: its row in `files`, and its report if any."""

    file: SourceFile
    report: RawReport | None
    document: Document | None
    input_hash: str
    ocr_lines: Sequence[OcrLine] = ()


def hash_inputs_of_file(found: FoundFile, version: str) -> str:
    """Return the hash of a file's inputs without corrections: its change time, side file and code.

    Together with size and modification time it shows whether the bytes are unchanged: writing other bytes of
    the same size and modification time changes the inode's change time.
    """
    return hashlib.sha256(f"{version}|{found.changed_ns}|{found.side_stamp}".encode()).hexdigest()[:16]


def prepare_ingest(
    reference_dir: Path,
    version: str,
    now: datetime,
    pages: Path,
    corrections: Mapping[str, Sequence[Correction]],
    home_county: str | None = None,
) -> Callable[[Sequence[AnyFile]], dict[str, pa.Table]]:
    """Load the stage's reference data once; return the function that reads a chunk of files.

    Of its tables, `files` and `stage_runs` have a row per file, `reports` and `documents` one per readable
    file, in the same order, and `ocr_lines` the lines of scans.

    Args:
        reference_dir: folder of the seeds.
        version: version of the stage.
        now: start of the run, UTC.
        pages: folder of stored OCR pages.
        corrections: people's decisions on reports themselves, by the report's id or its prefix.
        home_county: code of the county whose reports these are, if one is set.
    """
    reference, gazetteer = load_ingest_reference(reference_dir), load_gazetteer(reference_dir)
    return _Reader(version, now, PageStore(pages), corrections, home_county, reference, gazetteer).read_files


@dataclass(slots=True)
class _FileInHand:
    """A file on its way through the steps of ingest; results of later steps are None."""

    found: FoundFile
    reason: str | None = None  # why it has no report; later steps are skipped
    sha: str | None = None
    scan: ReadScan | None = None
    unread_pages: int = 0  # next to a text that is a report by itself
    side: dict[str, Any] | None = None
    read: ReadText | None = None
    report: RawReport | None = None
    clean: CleanText | None = None
    document: Document | None = None

    @contextmanager
    def collect_rejection(self) -> Iterator[None]:
        """Turn any exception of the block into the reason why the file has no report."""
        try:
            yield
        except RejectedFile as rejection:
            self.reason = str(rejection)
        except MemoryError:
            self.reason = f"breaks_reader: reading it needs more than {FILE_BYTES // 1024**2} MB of memory"
        except Exception as error:  # any bug: one file must not stop the others, and a check reports it
            self.reason = f"{FAILED}: {describe_error(error)}"


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads files with the arguments and reference data of `prepare_ingest`."""

    version: str
    now: datetime
    store: PageStore
    corrections: Mapping[str, Sequence[Correction]]
    home_county: str | None
    reference: IngestReference
    gazetteer: Gazetteer

    def read_files(self, files: Sequence[AnyFile]) -> dict[str, pa.Table]:
        """Return the tables of a chunk; each step processes all files before the next (ADR 23)."""
        in_hand = [_FileInHand(as_listed(file)) for file in files]
        for one, file in zip(in_hand, fetch_remote(files), strict=True):
            with one.collect_rejection():
                self._read(one, file)
        for one in in_hand:
            if one.read is not None:
                with one.collect_rejection():
                    one.clean = clean_text(one.read, self.reference)
        for one in in_hand:
            if one.clean is not None and one.report is not None:
                with one.collect_rejection():
                    one.document = self._identify(one, one.clean, one.report)
        return _to_tables([self._build_record(one) for one in in_hand])

    def _read(self, one: _FileInHand, file: AnyFile) -> None:
        data = read_bytes(file)
        one.sha = hashlib.sha256(data).hexdigest()
        one.scan, one.unread_pages = read_stored_pages(data, one.sha, self.store)
        read = read_report(data, one.found.source_path) if one.scan is None else one.scan.read
        one.side = read_side(file)
        one.report = _make_report(one.found, one.sha, read, one.side, self.now)
        one.read = read

    def _identify(self, one: _FileInHand, clean: CleanText, report: RawReport) -> Document:
        decided = find_decisions(self.corrections, report.report_id)
        document = identify_report(
            clean,
            report_id=report.report_id,
            source_path=report.source_path,
            side_metadata=one.side,
            gazetteer=self.gazetteer,
            corrections={change.field: change.corrected_value for change in decided},
            home_county=self.home_county,
        )._replace(unread_pages=one.unread_pages)
        if decided:
            document = document._replace(correction_ids=",".join(change.correction_id for change in decided))
        if one.scan is not None:
            document = document._replace(text_source=TextSource.OCR, text_confidence=one.scan.confidence)
        return document

    def _build_record(self, one: _FileInHand) -> _ReadFile:
        report = one.report if one.document is not None else None
        decisions = hash_corrections(find_decisions(self.corrections, (one.sha or "")[:16]))
        # Failures that may go away without a change of the file or the code are retried in each run.
        is_passing = one.reason is not None and one.reason.startswith(_PASSING)
        input_hash = FAILED if is_passing else hash_inputs_of_file(one.found, self.version) + decisions
        lines = to_ocr_lines(one.document, one.scan) if one.document and one.scan else ()
        account = _account(one.found, one.sha, report, one.reason, self.now)
        return _ReadFile(account, report, one.document, input_hash, lines)


SCAN_WAITS = f"scanned: {WAITING}"
_PASSING = (f"{FAILED}:", "unreadable:", SCAN_WAITS)


def _make_report(
    found: FoundFile, sha: str, read: ReadText, side: dict[str, Any] | None, now: datetime
) -> RawReport:
    return RawReport(
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


def _to_tables(files: Sequence[_ReadFile]) -> dict[str, pa.Table]:
    return {
        "files": to_arrow("files", (read.file for read in files)),
        "reports": to_arrow("reports", (read.report for read in files if read.report)),
        "documents": to_arrow("documents", (read.document for read in files if read.document)),
        "ocr_lines": to_arrow("ocr_lines", (line for read in files for line in read.ocr_lines)),
        "stage_runs": to_arrow(
            "stage_runs", (StageRun(INGEST.name, read.file.file_id, read.input_hash) for read in files)
        ),
    }


def _account(
    found: FoundFile, sha: str | None, report: RawReport | None, reason: str | None, now: datetime
) -> SourceFile:
    return SourceFile(
        file_id=hashlib.sha256(f"{found.source_path}\0{sha or found.mtime_ns}".encode()).hexdigest()[:16],
        content_sha256=sha,
        source_path=found.source_path,
        source_name=found.source_path.rsplit("/", 1)[-1],
        byte_size=found.size,
        modified_ns=found.mtime_ns,
        media_type=report.media_type if report else None,
        encoding=report.encoding if report else None,
        status=FileStatus.LOADED if report else FileStatus.REJECTED,
        reason=reason,
        reader=report.reader if report else None,
        report_id=report.report_id if report else None,
        is_present=True,
        first_seen_at=now,
        last_seen_at=now,
    )


def _fetch_all(files: Sequence[AnyFile]) -> list[AnyFile]:
    return [fetch_file(file) if isinstance(file, FoundFile) else file for file in fetch_remote(files)]


def _reject_file(files: Sequence[AnyFile], reason: str, end: End) -> dict[str, pa.Table]:
    (file,) = files
    found = as_listed(file)
    try:
        sha = hashlib.sha256(read_bytes(file)).hexdigest()
    except Exception:  # any error: this is the caller's process, and the file has its reason already
        sha = None
    # Neither is our error, but a killed process says nothing about the file.
    code = FAILED if end is End.KILLED else "breaks_reader"
    account = _account(found, sha, None, f"{code}: {reason}", datetime.now(UTC).replace(tzinfo=None))
    # retried in the next run, because the machine may be slow only now
    return _to_tables([_ReadFile(account, None, None, FAILED)])


def join_tables(parts: Sequence[dict[str, pa.Table]]) -> dict[str, pa.Table]:
    """Join the results of several chunks into one."""
    return {name: pa.concat_tables([part[name] for part in parts]) for name in parts[0]}


INGEST_WORK: Work[Sequence[AnyFile], dict[str, pa.Table]] = Work(
    prepare_ingest,
    split=lambda files: [[file] for file in files],
    on_failure=_reject_file,
    join=join_tables,
    pack=_fetch_all,
)


def _work_on_tables(
    prepare: Callable[..., Callable[[dict[str, pa.Table]], dict[str, pa.Table]]],
    stage: Stage,
    tables: Sequence[str],
) -> Work[dict[str, pa.Table], dict[str, pa.Table]]:
    def split(payload: dict[str, pa.Table]) -> list[dict[str, pa.Table]]:
        return [
            {name: table.filter(pc.equal(table["report_id"], id_)) for name, table in payload.items()}
            for id_ in payload["documents"]["report_id"]
        ]

    def on_failure(payload: dict[str, pa.Table], reason: str, end: End) -> dict[str, pa.Table]:
        (report_id,) = payload["documents"]["report_id"].to_pylist()
        failure = StageFailure(stage.name, report_id, reason, datetime.now(UTC).replace(tzinfo=None))
        return {
            "failures": to_arrow("failures", [failure]),
            **{table: to_arrow(table, []) for table in tables},
        }

    return Work(prepare, split, on_failure, join_tables)


def prepare_segment(
    reference_dir: Path, place_names: Sequence[str], term_numbers: Mapping[str, int]
) -> Callable[[dict[str, pa.Table]], dict[str, pa.Table]]:
    """Load the stage's reference data once; return the function that segments a chunk of reports.

    Args:
        place_names: names of townships and counties, which are words too.
        term_numbers: numbers of the terms in `raw.terms`.
    """
    reference = load_segment_reference(reference_dir, place_names, term_numbers)

    def segment_chunk(tables: dict[str, pa.Table]) -> dict[str, pa.Table]:
        failures: list[StageFailure] = []
        reports = segment_reports(
            dict(_tuples(tables["documents"])),
            reference,
            lambda report_id: recorded(failures, SEGMENT.name, report_id),
        )
        return {
            "failures": to_arrow("failures", failures),
            "sections": to_arrow("sections", (row for report in reports for row in report.sections)),
            "sentences": to_arrow("sentences", (report.sentences for report in reports)),
            "section_terms": to_arrow("section_terms", (row for report in reports for row in report.terms)),
            "theme_mentions": to_arrow(
                "theme_mentions", (row for report in reports for row in report.theme_mentions)
            ),
        }

    return segment_chunk


SEGMENT_TABLES = ("sections", "sentences", "section_terms", "theme_mentions")
SEGMENT_WORK = _work_on_tables(prepare_segment, SEGMENT, SEGMENT_TABLES)


def prepare_extract(
    reference_dir: Path, corrections: Mapping[str, Sequence[Correction]]
) -> Callable[[dict[str, pa.Table]], dict[str, pa.Table]]:
    """Load the catalogue once; return the function that extracts figures from a chunk of reports.

    Args:
        corrections: people's decisions on figures, by report id.
    """
    catalogue = load_catalogue(reference_dir)

    def extract_chunk(tables: dict[str, pa.Table]) -> dict[str, pa.Table]:
        sections = _group_sections(tables["sections"])
        sentences = {row[0]: ReportSentences(*row) for row in _tuples(tables["sentences"])}
        reports = [
            SegmentedText(
                report_id,
                text,
                sections[report_id],
                sentences.get(report_id) or ReportSentences(report_id, [], [], []),
                year,
                corrections.get(report_id, ()),
                level == AdminLevel.TOWNSHIP,
            )
            for report_id, text, year, level in _tuples(tables["documents"])
        ]
        failures: list[StageFailure] = []
        quantities: Iterable[Quantity] = extract_reports(
            reports, catalogue, lambda report_id: recorded(failures, EXTRACT.name, report_id)
        )
        if tables["ocr_lines"].num_rows:
            texts = {report.report_id: report.text for report in reports}
            quantities = list(lower_confidence(quantities, texts, _tuples(tables["ocr_lines"])))
        return {
            "quantities": to_arrow("quantities", quantities),
            "failures": to_arrow("failures", failures),
        }

    return extract_chunk


OCR_LINE_COLUMNS = ("report_id", "char_start", "char_end", "is_exact", "character_confidences")
EXTRACT_TABLES = ("quantities",)
EXTRACT_WORK = _work_on_tables(prepare_extract, EXTRACT, EXTRACT_TABLES)


def _tuples(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def _group_sections(table: pa.Table) -> dict[str, list[SectionHead]]:
    groups: dict[str, list[SectionHead]] = defaultdict(list)
    heads = map(SectionHead, *(table[name].to_pylist() for name in SectionHead._fields))
    for report_id, head in zip(table["report_id"].to_pylist(), heads, strict=True):
        groups[report_id].append(head)
    return groups
