"""Corrections: people's reviewed decisions, which override extracted values.

This module defines a decision and finds its report. `tables` and `values` read the files, `conflicts`
settles decisions that differ, `figures` applies those on figures, and `identify` those on a report
(its year, its township).
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from orchestration.pipeline.records import CorrectionFinding

QUANTITY_FIELDS = (
    "value", "unit", "qualifier", "period", "scope", "indicator_id", "measured", "not_a_figure", "confirmed",
)  # fmt: skip
REPORT_FIELDS = (
    "report_year", "unit_name", "county_code", "admin_level", "title", "published_on", "document_date",
    "index_number", "document_number", "issuer", "received_on",
)  # fmt: skip
# Notes on a report or a figure that extraction does not use.
NOTED_FIELDS = ("confirmed", "received_on")
REPORT_ID_DIGITS = 16
MIN_ID_DIGITS = 6  # of a short report id; fewer would soon fit several reports


@dataclass(frozen=True, slots=True)
class Correction:
    """One person's decision on one field of one figure or report.

    Attributes:
        correction_id: the same for the same decision in any file.
        file: the file's name.
        sheet: its sheet; None in a CSV.
        row_number: its row, counted as a spreadsheet does.
        report_id: the first 16 hex digits of content_sha256, or fewer.
        quantity_id: id of the figure, with as short a report id; None for a report, or if the figure is
            named by its words.
        field: one of QUANTITY_FIELDS or REPORT_FIELDS.
        corrected_value: the checked value: a number with a decimal point, an indicator's id, a date as
            2026-03-01; empty for no indicator.
        surface: the figure as printed; None if the row does not say.
        sentence: its sentence or a piece of it; a piece that contains the surface marks that very figure.
        decided_by: who decided.
        decided_at: when, from the row; None if it does not say.
        saved_at: UTC, when the file was saved; stands in for a missing decided_at.
        note: the reason.
    """

    correction_id: str
    file: str
    sheet: str | None
    row_number: int
    report_id: str
    quantity_id: str | None
    field: str
    corrected_value: str
    surface: str | None
    sentence: str | None
    decided_by: str | None
    decided_at: datetime | None
    saved_at: datetime
    note: str | None

    @property
    def is_of_figure(self) -> bool:
        """Whether it is about a figure, not a report."""
        return self.field in QUANTITY_FIELDS

    @property
    def time(self) -> datetime:
        """When it was decided; without that, when its file was saved."""
        return self.decided_at or self.saved_at


def describe_problem(
    correction: Correction, code: str, problem_zh: str, problem: str, nearest: str | None = None
) -> CorrectionFinding:
    """Return a problem with a decision, with its file, row and target."""
    return CorrectionFinding(
        correction.file, correction.sheet, correction.row_number, code, problem_zh, problem, nearest,
        correction.report_id, correction.quantity_id, correction.field, correction.corrected_value,
    )  # fmt: skip


# ---- which report ---------------------------------------------------------------------------


def complete_report_ids(
    corrections: Iterable[Correction], report_ids: Sequence[str]
) -> tuple[list[Correction], list[CorrectionFinding]]:
    """Complete short report ids; leave out, as problems, decisions with an unknown or ambiguous report.

    Args:
        corrections: the decisions.
        report_ids: ids of all reports in the warehouse.
    """
    known = set(report_ids)
    complete: list[Correction] = []
    problems: list[CorrectionFinding] = []
    for correction in corrections:
        if correction.report_id in known:
            complete.append(correction)
            continue
        short = correction.report_id
        found = [one for one in report_ids if one.startswith(short)] if len(short) < REPORT_ID_DIGITS else []
        if len(found) == 1:
            complete.append(_with_report(correction, found[0]))
        elif found:
            problems.append(
                describe_problem(
                    correction, "ambiguous_id", f"编号“{short}”太短，有{len(found)}份报告以它开头，请写完整编号",
                    f"{len(found)} report ids begin with {short}; give the whole id", "、".join(sorted(found)[:3]),
                )
            )  # fmt: skip
        else:
            nearest = difflib.get_close_matches(short, report_ids, n=1, cutoff=0.6)
            problems.append(
                describe_problem(
                    correction, "unknown_report",
                    f"没有编号为“{short}”的报告"
                    + (f"；最接近的是“{nearest[0]}”" if nearest else "，文件可能已更换或删除"),
                    f"no report has the id {short}", nearest[0] if nearest else None,
                )
            )  # fmt: skip
    return complete, problems


def _with_report(correction: Correction, report_id: str) -> Correction:
    quantity_id = correction.quantity_id
    if quantity_id is not None:
        quantity_id = report_id + quantity_id[quantity_id.index("-q") :]
    return replace(correction, report_id=report_id, quantity_id=quantity_id)


def group_by_report(corrections: Iterable[Correction]) -> dict[str, list[Correction]]:
    """Group decisions by their report id, which may be short."""
    groups: dict[str, list[Correction]] = {}
    for correction in corrections:
        groups.setdefault(correction.report_id, []).append(correction)
    return groups


def find_decisions(corrections: Mapping[str, Sequence[Correction]], report_id: str) -> list[Correction]:
    """Return the decisions on a report, also those with a short id, as for a report that only now arrives."""
    if not report_id:
        return []
    return [
        one
        for length in range(MIN_ID_DIGITS, REPORT_ID_DIGITS + 1)
        for one in corrections.get(report_id[:length], ())
    ]


def hash_corrections(corrections: Sequence[Correction]) -> str:
    """Return a hash of the decisions' contents, which does not depend on their rows; "" for none."""
    if not corrections:
        return ""
    words = sorted(
        repr(
            (
                one.correction_id,
                one.quantity_id,
                one.field,
                one.corrected_value,
                one.surface,
                one.sentence,
                one.time,
            )
        )
        for one in corrections
    )
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:12]
