"""The catalogue is consistent, and a bad row is refused with file, row and reason."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from orchestration.pipeline.extract.catalogue import Catalogue, load_catalogue
from orchestration.pipeline.extract.stage import SegmentedText, extract_reports
from orchestration.pipeline.records import Section
from orchestration.pipeline.segment.sentences import split_sentences
from tests.unit.extract.conftest import REFERENCE_DIR


@pytest.fixture
def reference_copy(tmp_path: Path) -> Path:
    shutil.copytree(REFERENCE_DIR / "extract", tmp_path / "extract")
    return tmp_path


def append_row(path: Path, **cells: str) -> int:
    """Append a row that has only `cells`; return its number."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows([*rows, dict.fromkeys(rows[0], "") | cells])
    return len(rows) + 2


BAD_ROWS = {
    "unknown role": ("figure_words.csv", {"word": "词", "role": "noise"}, "role 'noise'"),
    "unknown reading": ("units.csv", {"unit": "坨", "plain_unit": "坨", "factor": "1", "unit_class": "x",
                                      "han_reading": "maybe"}, "han_reading 'maybe'"),
    "factor no number": ("units.csv", {"unit": "坨", "plain_unit": "坨", "factor": "一", "unit_class": "x",
                                       "han_reading": "count"}, "factor '一'"),
    "no plain unit": ("units.csv", {"unit": "坨", "factor": "1", "unit_class": "x", "han_reading": "count"},
                      "must not be empty"),
    "phrase of nothing but a numeral": ("not_figures.csv", {"phrase": "#", "kind": "slogan"}, "every numeral"),
    "phrase without a kind": ("not_figures.csv", {"phrase": "九九归一"}, "kind is empty"),
    "unknown kind of denial": ("zero_phrases.csv", {"phrase": "从不", "kind": "never"}, "kind 'never'"),
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


def test_a_user_adds_an_indicator_and_changes_a_rule_in_a_folder_of_their_own(tmp_path: Path) -> None:
    header = (REFERENCE_DIR / "extract" / "indicators.csv").read_text(encoding="utf-8").splitlines()[0]
    row = "publicity.trees,publicity,植树棵数,Trees planted,棵,count,0,1000,义务植树"
    (tmp_path / "indicators.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "own.yaml").write_text(
        """
publicity.trees.1:
  weight: 0.8
  side: left
  units: [棵]
  words:
    - 植树
    - 种下…树
legal_services.model_villages.1:  # replaces the rule of this name
  weight: 0.9
  units: [generic]
  words:
    - 星级村
""",
        encoding="utf-8",
    )
    text = "义务植树120棵。创建民主法治示范村3个。创建星级村2个。"
    section = Section("r-s000", "r", None, 0, 1, None, None, "achievements", 0, len(text), text)
    report = SegmentedText("r", text, [section], split_sentences("r", text, [section]), 2024)
    found = extract_reports([report], load_catalogue(REFERENCE_DIR, [tmp_path]))
    assert [(q.indicator_id, q.rule, q.value) for q in found] == [
        ("publicity.trees", "publicity.trees.1", 120),
        (None, None, 3),
        ("legal_services.model_villages", "legal_services.model_villages.1", 2),
    ]


def test_a_folder_of_users_may_be_empty(tmp_path: Path, catalogue: Catalogue) -> None:
    assert load_catalogue(REFERENCE_DIR, [tmp_path, tmp_path / "absent"]).rules == catalogue.rules


ODD_WORDS = ("+普法日", "+普法周", "+月…普法", "(法)讲堂", "[法]", "^夜校", "法+讲堂")


@pytest.mark.parametrize("words", ODD_WORDS)
def test_words_may_begin_with_regex_signs(tmp_path: Path, words: str) -> None:
    (tmp_path / "rules").mkdir()
    listed = "".join(f"    - '{word}'\n" for word in ODD_WORDS)
    rule = f"publicity.events.90:\n  weight: 1.0\n  side: left\n  units: [event]\n  words:\n{listed}"
    (tmp_path / "rules" / "own.yaml").write_text(rule, encoding="utf-8")
    pattern = load_catalogue(REFERENCE_DIR, [tmp_path]).patterns[-1]
    assert pattern.left is not None
    text = words.replace("…", "月末")
    match = pattern.left.match(f"开展{text}")
    assert match is not None
    assert match[1] == text
