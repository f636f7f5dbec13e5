"""What became of people's decisions: compared with the published copy, which has those that a run applied."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.explorer.database import Reader, Row
from orchestration.explorer.decisions import Decision, WrittenDecision, latest_by_target, read_decisions
from orchestration.pipeline.corrections.conflicts import SUPERSEDED

if TYPE_CHECKING:
    from orchestration.explorer.view import View

_SAY_WRONG = {"value", "unit", "indicator", "not_a_figure"}
_RESTORED = "下次运行后恢复更正以前的内容"


@dataclass(frozen=True, slots=True)
class DecisionState:
    """What became of a decision.

    Attributes:
        state: confirmed, waiting (for the next run), applied, replaced (by a later decision), withdrawn or failed.
        why: the words of the run that did not apply it, or that it is still applied; else empty.
    """

    written: WrittenDecision
    state: str
    why: str


def standing_decisions(reader: Reader, decisions: list[WrittenDecision]) -> dict[str, WrittenDecision]:
    """Return the last decision on each figure or report, without those that a run could not apply."""
    failed = _read_failures(reader)
    latest = latest_by_target(decisions)
    return {target: one for target, one in latest.items() if (one.file, one.row_number) not in failed}


def measure_precision(reader: Reader, decisions: list[WrittenDecision]) -> dict[str, tuple[int, int]]:
    """Return indicator → (figures confirmed, reviewed): `marts.indicator_precision` and waiting decisions."""
    waiting = standing_decisions(reader, decisions)
    counts: dict[str, tuple[int, int]] = {}
    for row in reader.rows("select indicator_id, confirmed, reviewed from marts.indicator_precision"):
        counts[row["indicator_id"]] = row["confirmed"], row["reviewed"]
    for row in reader.rows("select quantity_id from marts.decisions where quantity_id is not null"):
        waiting.pop(row["quantity_id"], None)
    for indicator, (right, reviewed) in count_reviewed(one.decision for one in waiting.values()).items():
        known = counts.get(indicator, (0, 0))
        counts[indicator] = known[0] + right, known[1] + reviewed
    return counts


def count_reviewed(decisions: Iterable[Decision]) -> dict[str, tuple[int, int]]:
    """Return indicator → (figures confirmed, figures reviewed), counted like `marts.indicator_precision`.

    Decisions on period and scope do not concern the indicator.
    """
    counts: dict[str, tuple[int, int]] = {}
    for decision in decisions:
        is_wrong = bool(_SAY_WRONG & decision.changes.keys())
        if decision.quantity_id and decision.seen_indicator and (is_wrong or decision.confirmed):
            right, reviewed = counts.get(decision.seen_indicator, (0, 0))
            counts[decision.seen_indicator] = right + (not is_wrong), reviewed + 1
    return counts


def tell_states(view: View, decisions: list[WrittenDecision]) -> list[DecisionState]:
    """Return the state of each decision."""
    if not decisions:
        return []
    reader = view.reader
    failed = _read_failures(reader)
    latest = latest_by_target(decisions)
    figures = [one.decision.quantity_id for one in decisions if one.decision.quantity_id]
    reports = [one.decision.report_id for one in decisions]
    rows = reader.rows(
        "select quantity_id, correction_id from marts.fct_quantity where quantity_id in $ids",
        {"ids": figures or [""]},
    )
    corrected = {row["quantity_id"]: row["correction_id"] is not None for row in rows}
    rows = reader.rows(
        "select report_id, correction_ids from marts.dim_report where report_id in $ids",
        {"ids": reports or [""]},
    )
    corrected |= {row["report_id"]: row["correction_ids"] is not None for row in rows}
    in_copy = _list_applied(reader) if any(_is_only_in_rows(one.decision) for one in decisions) else set()
    told = []
    for one in decisions:
        target = one.decision.target
        code, why = failed.get((one.file, one.row_number), ("", ""))
        is_in_copy = (one.file, one.row_number) in in_copy
        if one.decision.is_withdrawn:
            state, why = "withdrawn", _RESTORED if is_in_copy else ""
        elif code:
            state = "replaced" if code == SUPERSEDED else "failed"
        elif latest[target] is not one:
            state = "replaced"
        elif not one.decision.changes:
            state = "confirmed"
        elif one.written_at is None or one.written_at > view.published_at:
            state = "waiting"
        elif is_in_copy or corrected.get(target) or (one.decision.not_a_figure and target not in corrected):
            state = "applied"
        else:
            state = "waiting"
        told.append(DecisionState(one, state, why))
    return told


def _is_only_in_rows(decision: Decision) -> bool:
    """Return whether figures and reports do not show if a decision is applied, only `marts.decisions` does."""
    return decision.is_withdrawn or bool(decision.received)


def latest_states(view: View, targets: Collection[str]) -> dict[str, DecisionState]:
    """Return what was last decided on these figures and reports, and its state; nothing for mere readers."""
    wanted = set(targets) if view.may_review else set()
    own = [one for one in read_decisions(view.corrections) if one.decision.target in wanted] if wanted else []
    told = tell_states(view, [one for one in own if not one.decision.is_withdrawn])
    return {state.written.decision.target: state for state in told}


def find_saved(view: View) -> Decision | None:
    """Return the reader's last decision on the figure or report that `?saved=` names."""
    if not (view.may_review and view.ask("saved")):
        return None
    person = " ".join(view.person.split())  # as in the files
    own = latest_by_target([one for one in read_decisions(view.corrections) if one.decision.person == person])
    saved = own.get(view.ask("saved"))
    return saved.decision if saved else None


def _list_applied(reader: Reader) -> set[tuple[str, int]]:
    """Return file and row of the decisions in the published copy."""
    return {
        (row["file"], row["row_number"])
        for row in reader.rows("select file, row_number from marts.decisions")
    }


def _read_failures(reader: Reader) -> dict[tuple[str, int], tuple[str, str]]:
    """Return file and row → code of the problem and its text."""
    rows = reader.rows(
        "select file, row_number, problem_code, problem_zh, nearest_match from marts.correction_findings"
    )
    return {(row["file"], row["row_number"]): (row["problem_code"], _say_failure(row)) for row in rows}


def _say_failure(row: Row) -> str:
    # the words of one that was replaced name the later one
    nearest = row["nearest_match"] if row["problem_code"] != SUPERSEDED else None
    return f"{row['problem_zh']}（最接近的是“{nearest}”）" if nearest else str(row["problem_zh"])
