"""Corrections: read strictly, applied to the figure they name and to no other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.pipeline.corrections import Correction, correct_quantities, load_corrections
from orchestration.pipeline.records import Quantity

from .conftest import REFERENCE_DIR, Extract

HEADER = (REFERENCE_DIR / "corrections.csv").read_text(encoding="utf-8").splitlines()[0]
SHA256 = "ab" * 32
GOOD = {
    "correction_id": "c1", "content_sha256": SHA256, "target": "quantity", "field": "value", "surface": "47个",
    "sentence_piece": "隐患", "corrected_value": "74", "decided_by": "王某", "decided_on": "2026-01-31",
    "reason": "与台账不符",
}  # fmt: skip
Load = Callable[..., list[Correction]]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def run(**cells: str) -> list[Correction]:
        row = GOOD | cells
        line = ",".join(row[column] for column in HEADER.split(","))
        (tmp_path / "corrections.csv").write_text(f"{HEADER}\n{line}\n", encoding="utf-8")
        return load_corrections(tmp_path)

    return run


@pytest.fixture
def quantities(extract: Extract) -> list[Quantity]:
    return extract("执法检查排查隐患47个，制作展板47个。")


BAD_ROWS = {
    "short hash": ({"content_sha256": "ab"}, "content_sha256"),
    "unknown target": ({"target": "town"}, "target 'town'"),
    "unknown field": ({"field": "colour"}, "field 'colour'"),
    "no surface": ({"surface": ""}, "surface and sentence_piece"),
    "no decider": ({"decided_by": ""}, "decided_by is empty"),
    "no reason": ({"reason": ""}, "reason is empty"),
    "no date": ({"decided_on": "yesterday"}, "decided_on 'yesterday'"),
    "value no number": ({"corrected_value": "多"}, "'多' is not a number"),
    "unknown period": ({"field": "period", "corrected_value": "soon"}, "corrected_value 'soon'"),
}


@pytest.mark.parametrize(("cells", "reason"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_bad_row_is_refused_by_file_row_and_reason(load: Load, cells: dict[str, str], reason: str) -> None:
    with pytest.raises(ValueError, match=f"corrections.csv, row 2: .*{reason}"):
        load(**cells)


def test_the_seed_is_valid() -> None:
    assert load_corrections(REFERENCE_DIR) == []


def test_a_report_correction_is_read_but_not_applied_here(load: Load, quantities: list[Quantity]) -> None:
    corrections = load(
        target="report", field="report_year", surface="", sentence_piece="", corrected_value="2023"
    )
    assert correct_quantities(SHA256[:16], quantities, corrections) == quantities


FIELDS = {
    "value": ("74", 74.0), "unit": ("处", "处"), "qualifier": ("approx", "approx"), "period": ("other", "other"),
    "scope": ("partial", "partial"), "measured": ("隐患", "隐患"), "indicator_id": ("disputes.found", "disputes.found"),
}  # fmt: skip


@pytest.mark.parametrize(("field", "printed", "value"), [(f, *v) for f, v in FIELDS.items()], ids=FIELDS)
def test_corrects_the_figure_it_names(
    load: Load, quantities: list[Quantity], field: str, printed: str, value: object
) -> None:
    first, second = correct_quantities(
        SHA256[:16], quantities, load(field=field, corrected_value=printed, sentence_piece="排查隐患47个")
    )
    assert getattr(first, field) == value
    assert (first.correction_id, first.confidence) == ("c1", 1.0)
    assert second == quantities[1]


def test_the_place_of_the_piece_tells_equal_figures_apart(load: Load, quantities: list[Quantity]) -> None:
    first, second = correct_quantities(SHA256[:16], quantities, load(sentence_piece="展板47个"))
    assert (first.correction_id, second.correction_id) == (None, "c1")


def test_what_is_no_figure_stays_without_an_indicator(load: Load, quantities: list[Quantity]) -> None:
    first, _ = correct_quantities(
        SHA256[:16], quantities, load(field="not_a_figure", corrected_value="", sentence_piece="排查隐患47个")
    )
    assert (first.indicator_id, first.period, first.correction_id) == (None, "other", "c1")


def test_leaves_other_reports_alone(load: Load, quantities: list[Quantity]) -> None:
    assert correct_quantities("cd" * 8, quantities, load()) == quantities
