"""Users' reference data of an installation: merged with the project's into a copy when either has changed.

This module decides when to merge and where the copy is; `pipeline.own_reference` checks and merges.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from filelock import FileLock

from orchestration.pipeline.hashes import hash_files
from orchestration.pipeline.own_reference.files import hash_own_files
from orchestration.pipeline.records import CorrectionFinding
from orchestration.settings import PROJECT_DIR, Settings
from orchestration.whole_files import write_whole

_KEPT = 2  # copies: another process may still read the previous one
_FINDINGS = "findings.json"


def settle_reference(settings: Settings) -> None:
    """Update `settings.reference` to the project's data with the users' current data; fast if nothing changed.

    Raises:
        OSError: the copy cannot be written.
    """
    folder = settings.merged_references
    current = folder / "current"
    own = hash_own_files(settings.own_reference)
    if own is None:
        current.unlink(missing_ok=True)
        return
    name = _hash_with_project(own, settings.project_reference)
    if current.is_file() and current.read_text() == name:
        return
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):
        if not (folder / name).is_dir():
            _write_copy(settings, folder / name)
        write_whole(current, name)
        copies = sorted(
            (path for path in folder.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime
        )
        for old in [path for path in copies if path.name != name][: -_KEPT + 1]:
            shutil.rmtree(old, ignore_errors=True)


def read_reference_findings(settings: Settings) -> list[CorrectionFinding]:
    """Return findings on users' reference data that are not used in `settings.reference`."""
    merged = settings.merged_reference
    if merged is None:
        return []
    rows = json.loads((merged / _FINDINGS).read_text(encoding="utf-8"))
    return [CorrectionFinding(**row) for row in rows]


def _write_copy(settings: Settings, target: Path) -> None:
    from orchestration.pipeline.own_reference.merge import merge_reference
    from orchestration.pipeline.reference.seeds import are_plain, write_seeds
    from orchestration.pipeline.reference.wide_columns import write_wide_yaml

    new = target.with_name(f"{target.name}.new")
    shutil.rmtree(new, ignore_errors=True)  # left by a process that was killed
    tables = new / "tables"
    problems = merge_reference(settings.project_reference, settings.own_reference, tables)
    if not are_plain(tables):
        write_seeds(tables, new / "plain")
        shutil.copytree(new / "plain", tables, dirs_exist_ok=True)
        shutil.rmtree(new / "plain")
    (new / "wide").mkdir()  # not among the tables, where dbt would read it twice
    write_wide_yaml(tables, new / "wide")
    rows = json.dumps([problem._asdict() for problem in problems], ensure_ascii=False)
    (new / _FINDINGS).write_text(rows, encoding="utf-8")
    new.rename(target)


def _hash_with_project(own: str, reference: Path) -> str:
    """Return a hash (12 hex digits) of users' files, the project's files and the code that merges them."""
    code = hash_files(PROJECT_DIR / "orchestration" / "pipeline", "**/*.py")
    return hashlib.sha256(f"{own}{hash_files(reference, '**/*')}{code}".encode()).hexdigest()[:12]
