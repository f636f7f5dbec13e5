"""Checks of people's decisions and of their own reference data: they only warn."""

from orchestration.assets.checks.common import RowsCheck

_FINDINGS = "select file, row_number, problem_zh, problem, nearest_match from raw.correction_findings"
CHECKS = [
    RowsCheck(
        "raw/correction_findings",
        "every_decision_could_be_applied",
        "Each decision can be read, matches a figure or a report, and contradicts no other; the rest are applied.",
        "人工更正都能对上、看得懂、不矛盾；其余更正照常采用。",
        f"{_FINDINGS} where not starts_with(problem_code, 'reference_')",
        blocking=False,
    ),
    RowsCheck(
        "raw/correction_findings",
        "every_own_reference_row_could_be_used",
        "Each row and rule in FAZHI_DATA/reference/ is usable; the rest are used.",
        "自有指标、规则、主题、区划变更的每一行都能采用；其余照常采用。",
        f"{_FINDINGS} where starts_with(problem_code, 'reference_')",
        blocking=False,
    ),
]
