"""Inputs of the last successful refresh, so that a refresh without changes can end at once, and scans that wait.

The records are next to the published copy and to the OCR results, and are read without opening a database or
loading Dagster. Which reports are stale is not decided here: a refresh that runs asks the warehouse.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from orchestration.pipeline.corrections.tables import list_decision_files
from orchestration.pipeline.hashes import hash_files
from orchestration.pipeline.ingest.folder import FoundFile
from orchestration.pipeline.ingest.storage import list_reports
from orchestration.pipeline.ocr.recognise import find_ocr_version
from orchestration.pipeline.own_reference.files import hash_own_files
from orchestration.settings import PROJECT_DIR, Settings
from orchestration.whole_files import write_whole

_WRITTEN_BY_DBT = "target"  # folder
_WAITING = "waiting.json"  # in the folder of OCR results


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of a warehouse that `make run` prints."""

    files_seen: int
    files_by_status: dict[str, int]
    reasons: dict[str, int]  # rejected files by reason code
    reports: int
    townships: int
    quantities: int
    with_indicator: int


@dataclass(frozen=True, slots=True)
class Refresh:
    """The last refresh that published."""

    inputs: str
    finished_at: str  # ISO 8601, UTC
    summary: Summary


@dataclass(frozen=True, slots=True)
class Waiting:
    """Scans that are not read yet, or only partly."""

    files: int
    pages: int


def fingerprint_inputs(
    settings: Settings, files: Iterable[FoundFile] | None = None, waiting: Waiting | None = None
) -> str:
    """Return a hash of all inputs of a refresh: reports, decisions, users' words, code, seeds, models, waiting scans.

    Args:
        files: the result of `list_reports`, if the caller has it.
        waiting: scans that are not read yet; None for those that the last run left. A run itself counts none.

    Raises:
        OSError: the reports folder, or one inside it, is missing or cannot be read.
    """
    digest = hashlib.sha256(f"{settings.county or ''}\0{settings.county_workbooks}".encode())
    for found in list_reports(settings.reports) if files is None else files:
        stamp = f"{found.size}\0{found.mtime_ns}\0{found.changed_ns}\0{found.side_stamp}"
        digest.update(f"{found.source_path}\0{stamp}\0".encode())
    digest.update(_hash_project().encode())
    waiting = read_waiting(settings.pages) if waiting is None else waiting
    digest.update(f"{find_ocr_version()}\0{waiting.files}\0{waiting.pages}".encode())
    digest.update((hash_own_files(settings.own_reference) or "").encode())
    for decided in list_decision_files(settings.corrections)[0]:
        stat = decided.path.stat()
        digest.update(f"{decided.name}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode())
    return digest.hexdigest()[:16]


def fingerprint_code(settings: Settings) -> str:
    """Return a hash of what a process with the loaded code location depends on: code, seeds, dbt's manifest."""
    digest = hashlib.sha256(_hash_project().encode())
    digest.update((hash_own_files(settings.own_reference) or "").encode())
    if settings.manifest.is_file():
        stat = settings.manifest.stat()
        digest.update(f"{stat.st_size}\0{stat.st_mtime_ns}".encode())
    return digest.hexdigest()[:16]


def fingerprint_dbt_project(settings: Settings) -> str:
    """Return a hash of the input of `dbt parse`."""
    parts = (
        hash_files(settings.dbt_project, "**/*.sql", "**/*.yml", "**/*.md", without=_WRITTEN_BY_DBT),
        hash_files(settings.wide_columns, "**/*.yml"),
        hash_files(settings.reference, "**/*.yml", "**/*.csv"),
    )
    return hashlib.sha256("".join(parts).encode()).hexdigest()[:16]


def read_refresh(settings: Settings) -> Refresh | None:
    """Return the last successful refresh; None before the first, or if its warehouse is gone."""
    path = _path(settings)
    if not (
        path.is_file() and settings.warehouse.is_file() and (settings.published / "fazhi.duckdb").is_file()
    ):
        return None
    record = json.loads(path.read_text(encoding="utf-8"))
    return Refresh(record["inputs"], record["finished_at"], Summary(**record["summary"]))


def write_refresh(settings: Settings, inputs: str, summary: Summary) -> None:
    """Record a refresh after its marts are published."""
    refresh = Refresh(inputs, datetime.now(UTC).isoformat(timespec="seconds"), summary)
    write_whole(_path(settings), json.dumps(asdict(refresh), ensure_ascii=False, indent=2))


def write_waiting(folder: Path, waiting: Waiting) -> None:
    """Record that scans wait, so that a further run does not count as one without changes."""
    path = folder / _WAITING
    if not waiting.files:
        path.unlink(missing_ok=True)
        return
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps({"files": waiting.files, "pages": waiting.pages}))


def read_waiting(folder: Path) -> Waiting:
    """Return what `write_waiting` last recorded."""
    path = folder / _WAITING
    if not path.is_file():
        return Waiting(0, 0)
    return Waiting(**json.loads(path.read_text(encoding="utf-8")))


def _path(settings: Settings) -> Path:
    return settings.published / "refresh.json"


def _hash_project() -> str:
    """Return a hash of everything in the project that affects results."""
    return hash_files(
        PROJECT_DIR,
        "orchestration/**/*.py",
        *("dbt_project/**/*.sql", "dbt_project/**/*.yml"),
        *("seeds/reference/**/*.csv", "seeds/reference/**/*.yml", "seeds/reference/**/*.yaml"),
        "requirements.lock",
        without=_WRITTEN_BY_DBT,
    )
