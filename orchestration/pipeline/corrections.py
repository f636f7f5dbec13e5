"""Corrections: reviewed decisions of people that win over what was extracted.

Here belongs reading seeds/reference/corrections.csv and applying its rows to figures. Rows
about a report (its year, its township) are applied by `identify`. That a correction which
matches nothing fails a check belongs to the assets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from orchestration.pipeline.records import Quantity
from orchestration.pipeline.reference import ReferenceRow, read_reference_table

TARGETS = ("report", "quantity")
QUALIFIERS = ("exact", "approx", "at_least", "at_most")
PERIODS = ("report_year", "previous_year", "plan", "other")
SCOPES = ("total", "partial")
QUANTITY_FIELDS = (
    "value",
    "unit",
    "qualifier",
    "period",
    "scope",
    "indicator_id",
    "measured",
    "not_a_figure",
)
_CLOSED = {"qualifier": QUALIFIERS, "period": PERIODS, "scope": SCOPES}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_REPORT_ID_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Correction:
    """One row of corrections.csv."""

    correction_id: str
    content_sha256: str  # of the report
    target: str  # report, quantity
    field: str  # the field that was wrong; for figures one of QUANTITY_FIELDS
    surface: str  # of the figure, as printed; empty for a report
    sentence_piece: str  # words of its sentence; with the surface in them, of that very place
    corrected_value: str  # empty indicator_id: belongs to none
    decided_by: str
    decided_on: date
    reason: str


def load_corrections(reference_dir: Path) -> list[Correction]:
    """Read corrections.csv.

    Raises:
        ValueError: for a bad row, with file, row number and reason.
    """
    columns = tuple(Correction.__dataclass_fields__)
    rows = read_reference_table(reference_dir / "corrections.csv", columns, "correction_id")
    return [_read_correction(row) for row in rows]


def _read_correction(row: ReferenceRow) -> Correction:
    for column in ("field", "decided_by", "reason"):
        if not row[column]:
            raise row.error(f"{column} is empty")
    if not _SHA256.fullmatch(row["content_sha256"]):
        raise row.error("content_sha256 is not 64 lower-case hex digits")
    if row["target"] not in TARGETS:
        raise row.error(f"target {row['target']!r} is not one of {', '.join(TARGETS)}")
    if row["target"] == "quantity":
        _check_quantity_row(row)
    try:
        decided_on = date.fromisoformat(row["decided_on"])
    except ValueError:
        raise row.error(f"decided_on {row['decided_on']!r} is not a date such as 2026-01-31") from None
    return Correction(
        row["correction_id"], row["content_sha256"], row["target"], row["field"], row["surface"],
        row["sentence_piece"], row["corrected_value"], row["decided_by"], decided_on, row["reason"],
    )  # fmt: skip


def _check_quantity_row(row: ReferenceRow) -> None:
    field, value = row["field"], row["corrected_value"]
    if field not in QUANTITY_FIELDS:
        raise row.error(f"field {field!r} is not one of {', '.join(QUANTITY_FIELDS)}")
    if not row["surface"] or not row["sentence_piece"]:
        raise row.error("a figure is found by surface and sentence_piece: both are needed")
    if field in _CLOSED and value not in _CLOSED[field]:
        raise row.error(f"corrected_value {value!r} is not one of {', '.join(_CLOSED[field])}")
    if field == "value":
        try:
            float(value)
        except ValueError:
            raise row.error(f"corrected_value {value!r} is not a number") from None


def correct_quantities(
    report_id: str, quantities: Sequence[Quantity], corrections: Sequence[Correction]
) -> list[Quantity]:
    """Apply the corrections of one report to its figures.

    A figure that people found to be none stays, with period other, no indicator and the id
    of the correction, so that nothing is lost. `confidence` of a corrected figure is 1.

    Args:
        report_id: first 16 hex digits of the report's content_sha256.
        quantities: figures of the report.
        corrections: all corrections; those of other reports and targets are passed over.
    """
    result = list(quantities)
    for correction in corrections:
        if correction.target != "quantity" or correction.content_sha256[:_REPORT_ID_DIGITS] != report_id:
            continue
        for number, quantity in enumerate(result):
            if _names(correction, quantity):
                result[number] = _correct(quantity, correction)
    return result


def _names(correction: Correction, quantity: Quantity) -> bool:
    """Tell whether a correction speaks of a figure.

    A piece of the sentence that holds the surface has to hold it at the figure's own place,
    so that the second 47个 of a sentence can be told from the first.
    """
    piece, surface = correction.sentence_piece, correction.surface
    if quantity.surface != surface or piece not in quantity.sentence:
        return False
    if surface not in piece:
        return True
    offset = quantity.char_start - quantity.sentence_start
    starts = (match.start() for match in re.finditer(f"(?={re.escape(surface)})", piece))
    return any(quantity.sentence.startswith(piece, offset - start) for start in starts if start <= offset)


def _correct(quantity: Quantity, correction: Correction) -> Quantity:
    ids = ",".join(filter(None, (quantity.correction_id, correction.correction_id)))
    corrected = quantity._replace(confidence=1.0, correction_id=ids)
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
            return corrected._replace(indicator_id=None, rule=None, period="other")
        case field:
            raise ValueError(f"correction {correction.correction_id}: no field {field!r}")
