"""Selects the work of a run: files to read, reports to segment and to extract.

A subject is stale if its input hash differs from the recorded one. `files.py` and `rows.py` write
rows and hashes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from orchestration.pipeline.ocr.read import INSTALL_COMMAND, MAX_PAGES
from orchestration.pipeline.ocr.store import PageStore
from orchestration.warehouse.connection import registered


@dataclass(frozen=True, slots=True)
class Selection:
    """Reports that a run processes even if nothing changed; empty by default.

    Attributes:
        year: the reports on this year.
        report_id: this report.
        everything: all reports.
    """

    year: int | None = None
    report_id: str | None = None
    everything: bool = False

    def parameters(self) -> dict[str, Any]:
        """Return the parameters by their names in the queries of this module."""
        return {"year": self.year, "report_id": self.report_id, "everything": self.everything}


def stale_files(
    connection: duckdb.DuckDBPyConnection,
    listing: pa.Table,
    corrections: Mapping[str, str],
    selection: Selection,
) -> set[str]:
    """Return paths to read in this run: new or changed files, and files of selected reports or reports without a file.

    Args:
        listing: a row per file of the folder, with `source_path`, `byte_size`, `modified_ns` and `input_hash`
            (without corrections).
        corrections: hash of corrections by report id; the input hash ends with it.
        selection: reports whose files are read even if unchanged.
    """
    with registered(connection, listing=listing):
        rows = connection.execute(
            """
            with listed as (
                select
                    l.source_path, f.report_id,
                    (f.byte_size, f.modified_ns, s.fingerprint) is not distinct from (
                        l.byte_size, l.modified_ns,
                        l.input_hash || coalesce(
                            map_extract(map($ids::varchar[], $hashes::varchar[]), f.content_sha256[:16])[1], ''
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
                "ids": list(corrections),
                "hashes": list(corrections.values()),
                **selection.parameters(),
            },
        ).fetchall()
    return {row[0] for row in rows}


def is_any_selected(connection: duckdb.DuckDBPyConnection, selection: Selection) -> bool:
    """Return whether the warehouse has a report to process although nothing changed."""
    row = connection.execute(
        "select 1 from raw.documents where $everything or report_year = $year or report_id = $report_id limit 1",
        selection.parameters(),
    ).fetchone()
    return row is not None


def untried_scans(connection: duckdb.DuckDBPyConnection, store: PageStore, version: str | None) -> set[str]:
    """Return source paths of scans, and of reports with unread pages, that the current OCR has not tried.

    Args:
        connection: connection to the warehouse.
        store: stored OCR pages.
        version: version of the OCR; None if it is not installed.
    """
    if version is None:
        return set()
    unread = _unread_scans(connection)
    untried = store.untried(unread.values(), version)
    return _refused_scans(connection) | {path for path, sha in unread.items() if sha in untried}


def _refused_scans(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Return source paths of scans that were rejected because OCR was not installed."""
    rows = connection.execute(
        "select source_path from raw.files where is_present and starts_with(reason, 'scanned:') "
        "and contains(reason, $command)",
        {"command": INSTALL_COMMAND},
    ).fetchall()
    return {row[0] for row in rows}


def _unread_scans(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return source paths and content hashes of text reports with unread page pictures."""
    rows = connection.execute(
        "select source_path, files.content_sha256 from raw.files as files "
        "inner join raw.documents as documents on files.report_id = documents.report_id "
        "where is_present and status = 'loaded' and unread_pages between 1 and $most",
        {"most": MAX_PAGES},
    ).fetchall()
    return dict(rows)


def vocabulary_version(version: str, places: Sequence[str]) -> str:
    """Return a hash of the segmenter's vocabulary: the stage's version and place names."""
    return version + hashlib.sha256("|".join(places).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class StaleReports:
    """Reports that a stage must process: their ids and input hashes."""

    input_hashes: dict[str, str]  # by report_id, in the order of raw.documents

    def order(self, block: int) -> list[str]:
        """Return report ids in blocks that are adjacent in raw.documents, sorted within each block."""
        ids = list(self.input_hashes)
        return [id_ for start in range(0, len(ids), block) for id_ in sorted(ids[start : start + block])]


def stale_for_segment(
    connection: duckdb.DuckDBPyConnection,
    version: str,
    selection: Selection,
) -> StaleReports:
    """Return reports whose text or vocabulary has changed since they were segmented, and selected ones.

    Args:
        version: `vocabulary_version`.
    """
    input_hash = "md5(d.text_sha256 || $version)"
    return _stale_reports(connection, "segment", input_hash, {"version": version}, selection)


def stale_for_extract(
    connection: duckdb.DuckDBPyConnection,
    version: str,
    corrections: Mapping[str, str],
    selection: Selection,
) -> StaleReports:
    """Return reports whose sections, year, level, corrections or stage version have changed, and selected ones.

    Args:
        corrections: hash of corrections by report id.
    """
    input_hash = (
        "md5(concat_ws('|', (select g.fingerprint from raw.stage_runs g where g.stage = 'segment' "
        "and g.subject_id = d.report_id), d.report_year, d.admin_level, $version, "
        "map_extract(map($ids::varchar[], $hashes::varchar[]), r.report_id)[1]))"
    )
    parameters = {"version": version, "ids": list(corrections), "hashes": list(corrections.values())}
    return _stale_reports(connection, "extract", input_hash, parameters, selection)


def _stale_reports(
    connection: duckdb.DuckDBPyConnection,
    stage: str,
    input_hash: str,
    parameters: Mapping[str, Any],
    selection: Selection,
) -> StaleReports:
    """Return reports whose `input_hash`, an expression in `parameters`, differs from the stage's record."""
    rows = connection.execute(
        f"""
        with wanted as (
            select d.rowid as place, d.report_id, d.report_year, {input_hash} as input_hash
            from raw.documents d join raw.reports r using (report_id)
        )
        select w.report_id, w.input_hash
        from wanted w left join raw.stage_runs s on s.stage = $stage and s.subject_id = w.report_id
        where s.fingerprint is distinct from w.input_hash
            or $everything or w.report_year = $year or w.report_id = $report_id
        order by w.place
        """,
        {"stage": stage, **parameters, **selection.parameters()},
    ).fetchall()
    return StaleReports(dict(rows))
