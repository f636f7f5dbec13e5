"""Checks of people's decisions: they warn, and stop nothing."""

from orchestration.assets.checks.common import RowsCheck

CHECKS = [
    RowsCheck(
        "raw/correction_findings",
        "every_decision_could_be_applied",
        "Each decision of people fits a figure or a report, can be read, and contradicts none; all others are applied. "
        "人工更正都能对上、看得懂、不矛盾；其余更正照常采用。",
        "select file, row_number, problem_zh, problem, nearest_match from raw.correction_findings",
        blocking=False,
    ),
]
