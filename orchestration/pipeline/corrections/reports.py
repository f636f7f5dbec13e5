"""People's decisions beside the reports that they are about: what a warehouse of reports shows wrong with them.

`figures` judges decisions on figures; `identify` applies those on reports.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orchestration.pipeline.corrections.cells import BadValueError, check_arrival
from orchestration.pipeline.corrections.conflicts import say_decision
from orchestration.pipeline.corrections.decisions import NOTED_FIELDS, Correction, describe_problem
from orchestration.pipeline.records import CorrectionFinding


def judge_arrivals(
    corrections: Sequence[Correction], years: Mapping[str, int | None]
) -> tuple[list[Correction], list[CorrectionFinding]]:
    """Return the decisions on reports without impossible days of arrival, and a problem for each of those.

    Args:
        corrections: decisions on reports.
        years: report id → the year that it is about.
    """
    kept: list[Correction] = []
    problems: list[CorrectionFinding] = []
    for one in corrections:
        try:
            if one.field == "received_on":
                check_arrival(one.corrected_value, years.get(one.report_id))
            kept.append(one)
        except BadValueError as error:
            problems.append(describe_problem(one, error.code, error.zh, error.en))
    return kept, problems


def explain_outdated(
    applied: Sequence[tuple[Correction, str]], outdated: Mapping[str, str]
) -> list[CorrectionFinding]:
    """Return, once for each row, that its decision does not reach the version that counts.

    Args:
        applied: decisions, each with its figure as printed; empty for a decision on a report.
        outdated: report id → path of the version that counts instead, for reports that do not count.
    """
    told: dict[tuple[str, str | None, int], CorrectionFinding] = {}
    for one, surface in applied:
        path, row = outdated.get(one.report_id), (one.file, one.sheet, one.row_number)
        if path is None or one.field in NOTED_FIELDS or row in told:
            continue
        what = f"中的“{surface}”" if surface else f"的“{say_decision(one)}”"
        told[row] = describe_problem(
            one, "older_version",
            f"更正的是旧版本{what}，现在以“{path}”为准，更正没有用到新版本上；请在新版本上重新核对",
            f"{surface or one.field} is in a version that {path} has replaced; review the new version",
        )  # fmt: skip
    return list(told.values())
