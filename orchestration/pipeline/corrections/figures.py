"""People's decisions on figures: find the figure that one is about, and apply it.

`values` reads the decisions; `conflicts` settles those that differ.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence

from orchestration.pipeline.corrections.conflicts import settle_conflicts
from orchestration.pipeline.corrections.decisions import NOTED_FIELDS, Correction, describe_problem
from orchestration.pipeline.records import CorrectionFinding, Quantity
from orchestration.pipeline.vocabulary import Period

_PLACE = re.compile(r"[0-9a-f]+-q(\d+)(?:-\d+)?")

# ---- which figure ---------------------------------------------------------------------------


def locate_figures(correction: Correction, quantities: Sequence[Quantity]) -> list[int]:
    """Return the indices of the figures that a decision is about.

    The id decides if its figure is printed as the decision says; otherwise, as after a change of the text,
    the words of figure and sentence. Without an id, the words may name several figures; all are meant.
    """
    if correction.quantity_id is not None:
        by_id = [
            place
            for place, quantity in enumerate(quantities)
            if _fits_id(correction.quantity_id, quantity.quantity_id)
            and correction.surface in (None, quantity.surface)
        ]
        if len(by_id) == 1:
            return by_id
    if correction.surface is None or not correction.sentence:
        return []
    by_words = [place for place, quantity in enumerate(quantities) if _names(correction, quantity)]
    return by_words if correction.quantity_id is None or len(by_words) == 1 else []


def _fits_id(given: str, quantity_id: str) -> bool:
    """Return whether an id is a figure's; the last number, among figures of one span, may be missing."""
    return given == quantity_id or (given.count("-") == 1 and quantity_id.rsplit("-", 1)[0] == given)


def _names(correction: Correction, quantity: Quantity) -> bool:
    """Return whether the words of a decision name a figure.

    A piece of the sentence that contains the surface must contain it at the figure's offset,
    which distinguishes the second 47个 of a sentence from the first.
    """
    piece, surface = correction.sentence or "", correction.surface or ""
    if quantity.surface != surface or piece not in quantity.sentence:
        return False
    if surface not in piece:
        return True
    offset = quantity.char_start - quantity.sentence_start
    starts = (match.start() for match in re.finditer(f"(?={re.escape(surface)})", piece))
    return any(quantity.sentence.startswith(piece, offset - start) for start in starts if start <= offset)


def explain_missing(correction: Correction, quantities: Sequence[Quantity]) -> CorrectionFinding:
    """Return why a decision fits no figure of its report, with the most similar figure."""
    same_id = [
        one
        for one in quantities
        if correction.quantity_id and _fits_id(correction.quantity_id, one.quantity_id)
    ]
    if len(same_id) > 1:
        nearest = "、".join(one.quantity_id for one in same_id)
        return describe_problem(
            correction, "ambiguous_id", f"编号“{correction.quantity_id}”处有{len(same_id)}个数字，请写完整编号",
            f"{len(same_id)} figures have the id {correction.quantity_id}; give the whole id", nearest,
        )  # fmt: skip
    wanted = correction.surface or correction.quantity_id or ""
    near = same_id[0] if same_id else _find_nearest(correction, quantities)
    where = f"报告{correction.report_id}"
    if near is None:
        return describe_problem(
            correction, "unknown_quantity", f"{where}中没有“{wanted}”，这份报告没有提取到数字",
            f"no figure {wanted}: the report has no figures",
        )  # fmt: skip
    return describe_problem(
        correction,
        "figure_changed" if same_id else "unknown_quantity",
        f"{where}中没有“{wanted}”；最接近的是“{near.surface}”（{near.quantity_id}）",
        f"no figure {wanted}; the nearest is {near.surface} ({near.quantity_id})",
        near.surface,
    )


def _find_nearest(correction: Correction, quantities: Sequence[Quantity]) -> Quantity | None:
    match = _PLACE.fullmatch(correction.quantity_id or "")
    start = int(match[1]) if match else None

    def likeness(quantity: Quantity) -> tuple[float, float]:
        words = difflib.SequenceMatcher(None, correction.sentence or "", quantity.sentence).ratio()
        printed = difflib.SequenceMatcher(None, correction.surface or "", quantity.surface).ratio()
        return words + printed, -abs(quantity.char_start - start) if start is not None else 0.0

    return max(quantities, key=likeness, default=None)


# ---- applying -------------------------------------------------------------------------------

Ranges = Mapping[str, tuple[float, float]]  # indicator_id → valid_min, valid_max


def correct_quantities(
    report_id: str, quantities: Sequence[Quantity], corrections: Sequence[Correction], ranges: Ranges
) -> list[Quantity]:
    """Apply the decisions on one report to its figures.

    A figure that people found not to be one stays, with period other, no indicator and the correction's
    id, so nothing is lost. A corrected figure has `confidence` 1. Decisions that contradict each other,
    or would take a figure out of its indicator's range, are not applied; `judge_decisions` reports them.

    Args:
        report_id: the report; decisions on other reports, and mere notes, are ignored.
        quantities: its figures.
        corrections: the decisions.
        ranges: valid range by indicator.
    """
    own = [one for one in corrections if one.report_id == report_id and one.is_of_figure]
    result = list(quantities)
    for place, decisions in _group_by_figure(own, quantities).items():
        corrected = _correct_all(quantities[place], settle_conflicts(decisions)[0])
        if not is_out_of_range(corrected, ranges):
            result[place] = corrected
    return result


def judge_decisions(
    quantities: Sequence[Quantity],
    corrections: Sequence[Correction],
    ranges: Ranges,
    names: Mapping[str, str],
) -> tuple[list[tuple[Correction, Quantity]], list[CorrectionFinding]]:
    """Return the decisions on a report's figures that apply, each with its figure, and why the others do not.

    Args:
        quantities: all figures of the report, corrected or not.
        corrections: decisions on figures of this report.
        ranges: valid range by indicator.
        names: Chinese name by indicator.
    """
    problems = [
        explain_missing(correction, quantities)
        for correction in corrections
        if not locate_figures(correction, quantities)
    ]
    applied: list[tuple[Correction, Quantity]] = []
    for place, decisions in _group_by_figure(corrections, quantities).items():
        kept, refused = settle_conflicts(decisions)
        problems.extend(refused)
        corrected = _correct_all(quantities[place], kept)
        if is_out_of_range(corrected, ranges):
            problems.extend(_explain_range(one, corrected, ranges, names) for one in kept)
        else:
            applied.extend((one, quantities[place]) for one in kept)
    return applied, problems


def _group_by_figure(
    corrections: Sequence[Correction], quantities: Sequence[Quantity]
) -> dict[int, list[Correction]]:
    groups: dict[int, list[Correction]] = {}
    for correction in corrections:
        for place in locate_figures(correction, quantities):
            groups.setdefault(place, []).append(correction)
    return groups


def _correct_all(quantity: Quantity, corrections: Iterable[Correction]) -> Quantity:
    for correction in corrections:
        if correction.field not in NOTED_FIELDS:
            quantity = _correct(quantity, correction)
    return quantity


def is_out_of_range(quantity: Quantity, ranges: Ranges) -> bool:
    """Return whether a figure is outside its indicator's range."""
    if quantity.indicator_id is None or quantity.indicator_id not in ranges:
        return False
    low, high = ranges[quantity.indicator_id]
    return not low <= quantity.value <= high


def _explain_range(
    correction: Correction, corrected: Quantity, ranges: Ranges, names: Mapping[str, str]
) -> CorrectionFinding:
    indicator_id = corrected.indicator_id or ""
    low, high = ranges[indicator_id]
    name = names.get(indicator_id, indicator_id)
    bound, word = (high, "上限") if corrected.value > high else (low, "下限")
    return describe_problem(
        correction, "out_of_range",
        f"{corrected.value:.15g}{corrected.unit}超出“{name}”的{word}{bound:.15g}，没有采用，请核对原文",
        f"{corrected.value:.15g} is outside the range of {indicator_id} ({bound:.15g})",
        corrected.surface,
    )  # fmt: skip


def _correct(quantity: Quantity, correction: Correction) -> Quantity:
    ids = [one for one in (quantity.correction_id or "").split(",") if one]
    if correction.correction_id not in ids:
        ids.append(correction.correction_id)
    if quantity.correction_id is None:
        quantity = quantity._replace(extracted_indicator_id=quantity.indicator_id)
    corrected = quantity._replace(confidence=1.0, correction_id=",".join(ids))
    value = correction.corrected_value
    match correction.field:
        case "value":
            return corrected._replace(value=float(value))
        case "unit":
            return corrected._replace(unit=value)
        case "qualifier":
            return corrected._replace(qualifier=value)
        case "period":
            return corrected._replace(period=value)
        case "scope":
            return corrected._replace(scope=value)
        case "measured":
            return corrected._replace(measured=value)
        case "indicator_id":
            return corrected._replace(indicator_id=value or None, rule=None)
        case "not_a_figure":
            return corrected._replace(indicator_id=None, rule=None, period=Period.OTHER)
        case field:
            raise ValueError(f"correction {correction.correction_id}: no field {field!r}")
