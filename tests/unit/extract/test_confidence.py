"""Confidence: a probability looked up by margin in a validated table."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.pipeline.extract.catalogue import Catalogue
from orchestration.pipeline.extract.confidence import load_confidence
from tests.benchmarks.fit_confidence import Judged, cross_validate, fit_steps
from tests.unit.extract.conftest import Extract

TABLE = "margin_from,probability\nnone,0.9\n0,0.6\n0.2,0.8\n0.4,0.95\n"


@pytest.mark.parametrize(
    ("margin", "probability"), [(-0.1, 0.6), (0.0, 0.6), (0.19, 0.6), (0.2, 0.8), (0.39, 0.8), (0.7, 0.95)]
)
def test_the_step_at_or_below_the_margin_counts(tmp_path: Path, margin: float, probability: float) -> None:
    (tmp_path / "confidence.csv").write_text(TABLE, encoding="utf-8")
    table = load_confidence(tmp_path / "confidence.csv")
    assert table.estimate(margin) == probability
    assert table.unmatched == 0.9


BAD_TABLES = {
    "no number": (TABLE + "0.5,sure\n", "row 6: .*sure"),
    "certain": (TABLE + "0.5,1\n", "row 6: probability 1 is not between"),
    "falling": (TABLE + "0.5,0.7\n", "row 6: .*must rise"),
    "no row for none": (TABLE.replace("none,0.9\n", ""), "needs a row 'none'"),
}


@pytest.mark.parametrize(("text", "reason"), BAD_TABLES.values(), ids=BAD_TABLES)
def test_a_bad_table_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "confidence.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=f"confidence.csv.*{reason}"):
        load_confidence(tmp_path / "confidence.csv")


def test_a_figure_between_two_indicators_is_less_sure(extract: Extract, catalogue: Catalogue) -> None:
    (clear,) = extract("成功化解矛盾纠纷12件。")
    (close,) = extract("排查隐患纠纷12件。")
    (none,) = extract("绿化树300株。")
    assert close.confidence < clear.confidence
    assert none.confidence == catalogue.confidence.unmatched


@pytest.mark.parametrize(
    ("counted", "named_only"),
    [
        ("现有网格员共计47人。", "网格员帮扶困难群众47人。"),
        ("调解员队伍已壮大到9名。", "调解员帮助受伤工人9名。"),
        ("执法人员现有24人。", "执法人员因公负伤24人。"),
    ],
)
def test_a_stock_is_less_certain_with_other_words_before_its_number(
    extract: Extract, counted: str, named_only: str
) -> None:
    (sure,) = extract(counted)
    (doubted,) = extract(named_only)
    assert sure.indicator_id is not None
    assert sure.confidence > 0.9
    assert doubted.indicator_id is None or doubted.confidence < 0.85


@pytest.mark.parametrize(
    "sentence", ["合法性审查台账12本。", "合同审查台账共12份。", "规范性文件备案登记簿3本。"]
)
def test_a_noun_right_before_the_number_is_what_it_counts(extract: Extract, sentence: str) -> None:
    (figure,) = extract(sentence)
    assert figure.indicator_id is None or figure.confidence < 0.85


def test_steps_rise_and_follow_the_share_that_is_right() -> None:
    judged = [Judged(f"r{n % 20}", n / 200, n % 2 == 0 or n >= 100) for n in range(200)]
    steps = fit_steps(judged)
    probabilities = [step.probability for step in steps]
    assert probabilities == sorted(probabilities)
    assert probabilities[0] == pytest.approx(0.5, abs=0.1)
    assert probabilities[-1] > 0.95
    pairs = cross_validate(judged)
    assert len(pairs) == 200
    assert sum(p for p, _ in pairs) / 200 == pytest.approx(0.75, abs=0.05)
