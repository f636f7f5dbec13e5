"""Catalogue: it holds together, and a bad row is refused with file, row and reason."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from orchestration.pipeline.extract.catalogue import Catalogue, load_catalogue
from orchestration.pipeline.extract.stage import SegmentedText, extract_reports
from orchestration.pipeline.records import ReportSentences, Section

from .conftest import REFERENCE_DIR


@pytest.fixture
def reference_copy(tmp_path: Path) -> Path:
    shutil.copytree(REFERENCE_DIR / "extract", tmp_path / "extract")
    return tmp_path


def append_row(path: Path, **cells: str) -> int:
    """Append a row made of `cells` and nothing else; return its number."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows([*rows, dict.fromkeys(rows[0], "") | cells])
    return len(rows) + 2


PATTERN = {
    "pattern_id": "x.1", "indicator_id": "disputes.found", "near": "词", "side": "left", "units": "件", "weight": "0.8",
}  # fmt: skip
BAD_ROWS = {
    "unknown indicator": ("indicator_patterns.csv", PATTERN | {"indicator_id": "no.such"}, "not in indicators.csv"),
    "no near": ("indicator_patterns.csv", PATTERN | {"near": ""}, "near is empty"),
    "empty alternative": ("indicator_patterns.csv", PATTERN | {"near": "甲||乙"}, "is not words"),
    "unknown group": ("indicator_patterns.csv", PATTERN | {"topic": "<无此组>"}, "no word group <无此组>"),
    "broken group": ("indicator_patterns.csv", PATTERN | {"not": "<纠纷"}, "is not words"),
    "unknown side": ("indicator_patterns.csv", PATTERN | {"side": "above"}, "side 'above'"),
    "unknown unit": ("indicator_patterns.csv", PATTERN | {"units": "件|光年"}, "'光年'"),
    "weight too high": ("indicator_patterns.csv", PATTERN | {"weight": "3"}, "weight 3"),
    "weight no number": ("indicator_patterns.csv", PATTERN | {"weight": "high"}, "'high' is not a number"),
    "same id twice": ("indicator_patterns.csv", PATTERN | {"pattern_id": "disputes.found.1"}, "occurs twice"),
    "unknown role": ("figure_words.csv", {"word": "词", "role": "noise"}, "role 'noise'"),
    "unknown reading": ("units.csv", {"unit": "坨", "plain_unit": "坨", "factor": "1", "unit_class": "x",
                                      "han_reading": "maybe"}, "han_reading 'maybe'"),
    "factor no number": ("units.csv", {"unit": "坨", "plain_unit": "坨", "factor": "一", "unit_class": "x",
                                       "han_reading": "count"}, "factor '一'"),
    "no plain unit": ("units.csv", {"unit": "坨", "factor": "1", "unit_class": "x", "han_reading": "count"},
                      "may not be empty"),
    "phrase of nothing but a numeral": ("not_figures.csv", {"phrase": "#", "kind": "slogan"}, "every numeral"),
    "phrase without a kind": ("not_figures.csv", {"phrase": "九九归一"}, "kind is empty"),
    "unknown kind of denial": ("zero_phrases.csv", {"phrase": "从不", "kind": "never"}, "kind 'never'"),
    "group with an empty word": ("indicator_words.csv", {"word_group": "新", "words": "甲|"}, "empty word"),
    "unknown kind of indicator": ("indicators.csv", {"indicator_id": "a.b", "kind": "mood"}, "kind 'mood'"),
    "range upside down": ("indicators.csv", {"indicator_id": "a.b", "kind": "count", "valid_min": "9",
                                             "valid_max": "1"}, "valid_min 9"),
}  # fmt: skip


@pytest.mark.parametrize(("file", "cells", "reason"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_bad_row_is_refused_by_file_row_and_reason(
    reference_copy: Path, file: str, cells: dict[str, str], reason: str
) -> None:
    number = append_row(reference_copy / "extract" / file, **cells)
    with pytest.raises(ValueError, match=f"{file}, row {number}: .*{reason}"):
        load_catalogue(reference_copy)


def test_every_indicator_has_a_pattern(catalogue: Catalogue) -> None:
    assert set(catalogue.indicators) == {pattern.indicator_id for pattern in catalogue.patterns}


def test_an_analyst_adds_an_indicator_by_rows_alone(reference_copy: Path) -> None:
    append_row(
        reference_copy / "extract" / "indicators.csv",
        indicator_id="publicity.trees", domain_id="publicity", name_zh="植树棵数",
        name_en="Trees planted", unit="棵", kind="count", valid_min="0", valid_max="1000", definition="义务植树",
    )  # fmt: skip
    append_row(
        reference_copy / "extract" / "indicator_patterns.csv",
        pattern_id="publicity.trees.1", indicator_id="publicity.trees",
        near="植树|种下…树", side="left", units="棵", weight="0.8",
    )  # fmt: skip
    text = "义务植树120棵。"
    section = Section("r-s000", "r", None, 0, 1, None, None, "achievements", 0, len(text), text)
    sentences = ReportSentences("r", [0], [0], [len(text)])
    report = SegmentedText("r", text, [section], sentences, 2024)
    (quantity,) = extract_reports([report], load_catalogue(reference_copy))
    assert (quantity.indicator_id, quantity.rule, quantity.value) == (
        "publicity.trees",
        "publicity.trees.1",
        120,
    )
