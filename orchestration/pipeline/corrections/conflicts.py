"""Settle conflicting decisions on one figure or report: the latest wins; if the latest ones differ, none does.

A number on which two people disagree must not look sure. Every decision left out is reported as a problem.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from orchestration.pipeline.corrections.decisions import Correction, describe_problem
from orchestration.pipeline.records import CorrectionFinding
from orchestration.pipeline.vocabulary import FileStatus

# problem code: a later decision wins, as for files
SUPERSEDED = FileStatus.SUPERSEDED.value


def settle_conflicts(decisions: Sequence[Correction]) -> tuple[list[Correction], list[CorrectionFinding]]:
    """Return one decision per field of a figure or report, and a problem for each one left out.

    Args:
        decisions: decisions on one figure or one report; the same decision in several files counts once.
    """
    problems: list[CorrectionFinding] = []
    if decisions and decisions[0].is_of_figure:
        decisions, problems = _settle_decisions(decisions, _kind)
    by_field: dict[str, list[Correction]] = {}
    for decision in decisions:
        by_field.setdefault(decision.field, []).append(decision)
    kept: list[Correction] = []
    for same_field in by_field.values():
        chosen, refused = _settle_decisions(same_field, lambda one: one.corrected_value)
        kept.extend(chosen[:1])
        problems.extend(refused)
    return kept, problems


def _kind(correction: Correction) -> str:
    """Return whether a figure is confirmed, corrected, or not a figure."""
    return correction.field if correction.field in ("confirmed", "not_a_figure") else "corrected"


def _settle_decisions(
    decisions: Sequence[Correction], says: Callable[[Correction], str]
) -> tuple[list[Correction], list[CorrectionFinding]]:
    """Return the decisions that agree with the latest one; none if the latest ones differ."""
    if len({says(one) for one in decisions}) == 1:
        return list(decisions), []
    latest = max(one.time for one in decisions)
    last_word = {says(one) for one in decisions if one.time == latest}
    if len(last_word) > 1:
        return [], [_contradict(one, decisions, says) for one in decisions]
    (word,) = last_word
    winner = next(one for one in decisions if one.time == latest)
    kept = [one for one in decisions if says(one) == word]
    return kept, [_supersede(one, winner) for one in decisions if says(one) != word]


def _contradict(
    correction: Correction, others: Sequence[Correction], says: Callable[[Correction], str]
) -> CorrectionFinding:
    other = next(one for one in others if says(one) != says(correction))
    where = f"{other.file}第{other.row_number}行"
    return describe_problem(
        correction, "contradiction",
        f"“{say_decision(correction)}”与{where}的“{say_decision(other)}”矛盾，两者都没有采用；请删除一行，或填写更正时间",
        f"contradicts row {other.row_number} of {other.file}; neither is applied", say_decision(other),
    )  # fmt: skip


def _supersede(correction: Correction, winner: Correction) -> CorrectionFinding:
    return describe_problem(
        correction, SUPERSEDED,
        f"“{say_decision(correction)}”已被{winner.file}第{winner.row_number}行较晚的“{say_decision(winner)}”代替",
        f"superseded by the later decision in row {winner.row_number} of {winner.file}", say_decision(winner),
    )  # fmt: skip


FIELD_NAMES_ZH = {  # other fields keep their own names
    "value": "更正值", "unit": "更正单位", "indicator_id": "更正指标", "period": "更正时期", "scope": "更正范围",
    "qualifier": "更正限定", "measured": "更正计数对象", "not_a_figure": "不是数字", "confirmed": "已确认",
    "report_year": "更正年份", "unit_name": "更正乡镇", "county_code": "更正区县", "received_on": "收到日期",
}  # fmt: skip


def say_decision(correction: Correction) -> str:
    """Return a decision in the words of its column: 更正值 98."""
    name = FIELD_NAMES_ZH.get(correction.field, correction.field)
    if correction.field in ("confirmed", "not_a_figure"):
        return name
    value = (
        correction.corrected_value.removesuffix(".0")
        if correction.field == "value"
        else correction.corrected_value
    )
    return f"{name} {value or '无'}"
