"""Users' rows of indicators, themes and county changes: test each with the project's own loader.

This module decides which rows are used and says why others are not; `rules` does so for rule files.
"""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from orchestration.pipeline.extract.catalogue import load_indicators
from orchestration.pipeline.identify.divisions import apply_changes, load_divisions
from orchestration.pipeline.own_reference.files import OWN_TABLES, OwnFile
from orchestration.pipeline.own_reference.wording import in_chinese
from orchestration.pipeline.records import CorrectionFinding
from orchestration.pipeline.reference.checks import find_bad_cells
from orchestration.pipeline.reference.rows import TABLES
from orchestration.pipeline.reference.tables import (
    ReferenceRow,
    ReferenceTableError,
    normalise_date,
    read_reference_table,
    read_usable_rows,
    split_table,
)
from orchestration.pipeline.segment.themes import load_theme_rules

_PLACE = re.compile(r"(?s).*?, (?:row|line) (\d+): (.*)")  # loaders' errors put this before the reason
Trial = Callable[[ReferenceRow, Path], object]
# Returns (column, reason, nearest match) for a row that conflicts with others.
Check = Callable[[ReferenceRow, Iterable[str]], tuple[str, str, str | None] | None]


def merge_table(kind: str, files: Sequence[OwnFile], project: Path, target: Path) -> list[CorrectionFinding]:
    """Append the usable rows of users' files of one kind to the copy of the project's table.

    Args:
        kind: a key of OWN_TABLES.
        files: users' files of this kind.
        project: the project's reference folder.
        target: the copy of it.

    Returns:
        Findings for the rows and files that are not used, with reasons.
    """
    table = OWN_TABLES[kind]
    model, key = TABLES[table]
    columns = list(model.model_fields)
    known = _known_keys(project / table, key)
    may_be_left_out, prepare_trial, prepare_check = _KINDS[kind]
    required = [column for column in columns if column not in may_be_left_out]
    try_row, check = prepare_trial(project), prepare_check(project)
    scratch = target / "trial"
    accepted: list[ReferenceRow] = []
    problems: list[CorrectionFinding] = []
    for file in files:
        try:
            rows, bad = read_usable_rows(file.path, required, key)
        except (ReferenceTableError, OSError) as error:
            problems.append(refuse_file(file, error))
            continue
        problems += [_refuse(file, row, reason) for row, reason in bad]
        for row in rows:
            _complete(row, may_be_left_out, columns)
            refused = _find_problem(file, row, key, known, check)
            if refused is None:
                try:
                    try_row(row, scratch)
                except ValueError as error:
                    refused = _refuse(file, row, split_place(str(error))[1])
            if refused is not None:
                problems.append(refused)
                continue
            accepted.append(row)
            if key is not None:
                known[row[key]] = file.name
    if accepted:
        _append(target / table, accepted)
    return sorted(problems, key=lambda problem: (problem.file, problem.row_number or 0))


def split_place(message: str) -> tuple[int | None, str]:
    """Return row or line, and reason, of a loader's error message."""
    found = _PLACE.fullmatch(message)
    return (int(found[1]), found[2]) if found else (None, message.rpartition(": ")[2])


def _known_keys(path: Path, key: str | None) -> dict[str, str]:
    """Return the keys of the project's rows, mapped to "" (the project's table); empty without a key column."""
    return {row[key]: "" for row in read_reference_table(path, (key,), key)} if key is not None else {}


def _complete(row: ReferenceRow, may_be_left_out: Mapping[str, str], columns: Iterable[str]) -> None:
    """Fill in the cells that users may leave out, and drop columns that are only notes."""
    for column, other in may_be_left_out.items():
        if not row.get(column):
            row[column] = row.get(other, "")
    if year := row.get("year"):
        row["year"] = normalise_date(year).partition("-")[0].removesuffix("年")
    for column in set(row) - set(columns):
        del row[column]


def _find_problem(
    file: OwnFile,
    row: ReferenceRow,
    key: str | None,
    known: Mapping[str, str],
    check: Check,
) -> CorrectionFinding | None:
    model, _ = TABLES[OWN_TABLES[file.kind]]
    if cells := find_bad_cells(row, model):
        return _refuse(file, row, str(cells[0]), cells[0].column)
    if key is not None and row[key] in known:
        other = known[row[key]]
        where_zh, where = (f"另一文件 {other}", other) if other else ("系统自带的词表", "the project's table")
        return file.problem(
            "reference_id_taken",
            f"编码“{row[key]}”在{where_zh}中已有，本行未采用；请换一个编码",
            f"{key} {row[key]!r} is already in {where}; the row is not used, choose another key",
            row=row.number, column=key, value=row[key],
        )  # fmt: skip
    if found := check(row, known):
        column, reason, nearest = found
        return _refuse(file, row, reason, column, nearest)
    return None


def _refuse(
    file: OwnFile, row: ReferenceRow, reason: str, column: str | None = None, nearest: str | None = None
) -> CorrectionFinding:
    if column is None:  # loaders' reasons begin with the column
        first = reason.partition(" ")[0]
        column = first if first in row else None
    return file.problem(
        "reference_bad_row", f"{in_chinese(reason)}；本行未采用", reason,
        row=row.number, column=column, value=row.get(column) if column else None, nearest=nearest,
    )  # fmt: skip


def refuse_file(file: OwnFile, error: Exception) -> CorrectionFinding:
    """Return a finding for a whole file that could not be read."""
    number, reason = split_place(str(error))
    return file.problem(
        "reference_unreadable", f"{in_chinese(reason)}；整个文件未采用", f"{reason}: the file is not used", row=number
    )  # fmt: skip


def _append(path: Path, rows: Iterable[ReferenceRow]) -> None:
    """Rewrite a table in plain form with rows appended."""
    header, lines = split_table(path)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(line for line in lines if any(line))
        writer.writerows([row.get(column, "") for column in header] for row in rows)


# ---- testing one row of each kind ---------------------------------------------------------------


def _write_alone(row: ReferenceRow, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(row), lineterminator="\n")
        writer.writeheader()
        writer.writerow(row)
    return path


def _indicator_trial(project: Path) -> Trial:
    return lambda row, scratch: load_indicators(_write_alone(row, scratch / "indicators.csv"))


def _theme_trial(project: Path) -> Trial:
    def try_row(row: ReferenceRow, scratch: Path) -> None:
        _write_alone(row, scratch / OWN_TABLES["themes"])
        load_theme_rules(scratch)

    return try_row


def _county_trial(project: Path) -> Trial:
    """Return a trial that applies changes cumulatively, because a later one may build on an earlier one."""
    divisions = load_divisions(project)
    return lambda row, scratch: apply_changes(divisions, _write_alone(row, scratch / "county_changes.csv"))


def _indicator_check(project: Path) -> Check:
    table = "transform/domains.csv"
    domains = [row["domain_id"] for row in read_reference_table(project / table, ("domain_id",), "domain_id")]

    def check(row: ReferenceRow, known: Iterable[str]) -> tuple[str, str, str | None] | None:
        domain, indicator = row["domain_id"], row["indicator_id"]
        if domain not in domains:
            guess = difflib.get_close_matches(domain, domains, 1)
            reason = f"domain_id {domain!r} is not one of {', '.join(domains)}"
            return "domain_id", reason, guess[0] if guess else None
        if not indicator.startswith(f"{domain}."):
            expected = f"{domain}.{indicator.partition('.')[2]}"
            return "indicator_id", f"indicator_id {indicator!r} does not begin with its domain", expected
        column = indicator.replace(".", "_")  # in the wide mart
        if taken := next((one for one in known if one.replace(".", "_") == column), None):
            return "indicator_id", f"indicator_id {indicator!r} gives the same column as {taken!r}", None
        return None

    return check


def _no_check(project: Path) -> Check:
    return lambda row, known: None


class _Kind(NamedTuple):
    """How to handle one kind of OWN_TABLES."""

    may_be_left_out: Mapping[str, str]  # optional column → the column with its default; "" for none
    prepare_trial: Callable[[Path], Trial]  # takes the project's reference folder, like prepare_check
    prepare_check: Callable[[Path], Check]


_KINDS = {
    "indicators": _Kind({"name_en": "name_zh", "definition": ""}, _indicator_trial, _indicator_check),
    "themes": _Kind({"name_en": "name_zh"}, _theme_trial, _no_check),
    "county_changes": _Kind(
        dict.fromkeys(("code", "name", "new_name", "townships", "year"), ""), _county_trial, _no_check
    ),
}
