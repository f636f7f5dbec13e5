"""List the files of users' own reference data and their kinds.

`tables` and `rules` test their contents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from orchestration.pipeline.records import CorrectionFinding

RULES = "rules"
# File name without ending → the project's table that its rows are added to.
OWN_TABLES = {
    "indicators": "extract/indicators.csv",
    "themes": "segment/themes.csv",
    "county_changes": "identify/county_changes.csv",
}
_PASSED_OVER = frozenset((".md", ".txt", ".lock", ".tmp", ".bak"))
_RULE_FILES = frozenset((".yaml", ".yml"))
_MAX_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file in the folder of users' reference data.

    Attributes:
        path: where it is.
        name: its name in findings: `reference/` and its path in the folder.
        kind: a key of OWN_TABLES, or RULES.
    """

    path: Path
    name: str
    kind: str

    def problem(
        self,
        code: str,
        problem_zh: str,
        problem: str,
        *,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
        nearest: str | None = None,
    ) -> CorrectionFinding:
        """Return a finding: why the file, or one of its rows or lines, is not used."""
        return CorrectionFinding(
            self.name, None, row, code, problem_zh, problem, nearest, field=column, corrected_value=value
        )


def list_own_files(folder: Path) -> tuple[list[OwnFile], list[CorrectionFinding]]:
    """Return the files of reference data below a folder, sorted by path, and problems; none without the folder.

    Hidden, lock, temporary and backup files and notes (.md, .txt) are skipped.
    """
    files: list[OwnFile] = []
    problems: list[CorrectionFinding] = []
    for path in _walk(folder):
        name = f"reference/{path.relative_to(folder).as_posix()}"
        suffix = path.suffix.lower()
        kind = RULES if suffix in _RULE_FILES else path.stem.lower()
        file = OwnFile(path, name, kind)
        if suffix not in _RULE_FILES and not (suffix == ".csv" and kind in OWN_TABLES):
            known = "、".join(f"{stem}.csv" for stem in OWN_TABLES)
            problem_zh = (
                f"不认识的文件：自有词表的文件名应为 {known}，或为规则文件（.yaml）；Excel 文件请另存为 CSV"
            )
            problem = f"not a reference file; known are {', '.join(f'{stem}.csv' for stem in OWN_TABLES)} and *.yaml"
            problems.append(file.problem("reference_unknown_file", problem_zh, problem))
        elif path.stat().st_size > _MAX_BYTES:
            size = f"{_MAX_BYTES // 1_000_000} MB"
            problems.append(
                file.problem("reference_unreadable", f"文件超过 {size}，未采用", f"larger than {size}")
            )
        else:
            files.append(file)
    return files, problems


def hash_own_files(folder: Path) -> str | None:
    """Return a hash (16 hex digits) of the files below a folder; None without files."""
    paths = list(_walk(folder))
    if not paths:
        return None
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(folder).as_posix().encode("utf-8", "surrogateescape") + b"\0")
        try:
            content = path.read_bytes() if path.stat().st_size <= _MAX_BYTES else b"too large"
        except OSError as error:
            content = repr(error).encode()
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()[:16]


def _walk(folder: Path) -> Iterable[Path]:
    if not folder.is_dir():
        return
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith((".", "~$")) for part in parts)
        if path.is_file() and not hidden and path.suffix.lower() not in _PASSED_OVER:
            yield path
