"""Rule files: every example holds, and a mistake is refused with file, line and reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.cli import main
from orchestration.pipeline.extract.assignment import assign_indicators
from orchestration.pipeline.extract.catalogue import Catalogue, load_catalogue
from orchestration.pipeline.extract.explain import explain_sentence, make_sentence_report
from orchestration.pipeline.extract.indicator_rules import iter_examples, load_indicator_rules
from orchestration.pipeline.extract.matching import rank_candidates
from orchestration.pipeline.extract.stage import extract_reports, read_report
from orchestration.pipeline.own_reference.tables import split_place
from orchestration.pipeline.own_reference.wording import in_chinese
from tests.unit.extract.conftest import REFERENCE_DIR
from tests.unit.extract.test_labelled_sentences import read_labels

RULES, GROUPS = load_indicator_rules([REFERENCE_DIR / "extract" / "rules"])
EXAMPLES = [
    pytest.param(rule.indicator.text, line.text, is_example, id=f"{line.path.stem} line {line.number}")
    for rule, line, is_example in iter_examples(RULES.values())
]
RULE = """
disputes.found.9:
  weight: 0.8
  units: [case]
  words:
    - 排查
"""


def split_heading(example: str) -> tuple[str, str]:
    """Return (sentence, heading) of `heading | sentence`."""
    heading, mark, sentence = example.partition(" | ")
    return (sentence, heading) if mark else (example, "")


@pytest.mark.parametrize(("indicator_id", "example", "is_example"), EXAMPLES)
def test_examples_have_the_indicator_and_counterexamples_do_not(
    catalogue: Catalogue, indicator_id: str, example: str, is_example: bool
) -> None:
    sentence, heading = split_heading(example)
    found = extract_reports([make_sentence_report(sentence, heading)], catalogue)
    assert found, "no figure in the sentence"
    assert (indicator_id in {quantity.indicator_id for quantity in found}) == is_example


def test_every_rule_has_an_example_that_it_wins(catalogue: Catalogue) -> None:
    won = set()
    for rule, line, is_example in iter_examples(RULES.values()):
        sentence, heading = split_heading(line.text)
        found = extract_reports([make_sentence_report(sentence, heading)], catalogue)
        won |= {rule.rule_id} if is_example and rule.rule_id in {q.rule for q in found} else set()
    assert set(RULES) - won == set()


BAD_FILES = {
    "unknown key": (RULE + "  near: x\n", 7, "unknown key 'near'"),
    "key twice": (RULE + "  weight: 0.7\n", 7, "'weight' is given twice"),
    "no list": (RULE + "  topic: 纠纷\n", 7, "'topic' is not a list"),
    "keys for a list": (RULE + "  topic:\n    a: b\n", 7, "'topic' is not a list"),
    "no words": ("disputes.found.9:\n  weight: 0.8\n  units: [case]\n", 1, "lacks 'words'"),
    "no rule": ("disputes.found.9: 0.8\n", 1, "expected the keys of a rule"),
    "weight": (RULE.replace("0.8", "3"), 3, "weight 3 must be above 0"),
    "weight no number": (RULE.replace("0.8", "high"), 3, "weight 'high' is not a number"),
    "side": (RULE + "  side: above\n", 7, "side 'above'"),
    "unit": (RULE.replace("case", "光年"), 4, "no unit or unit class '光年'"),
    "indicator": (RULE + "  indicator: no.such\n", 7, "'no.such' is not in indicators.csv"),
    "indicator before": (RULE + "  after:\n    - no.such\n", 8, "'no.such' is not in indicators.csv"),
    "group": (RULE + "  topic:\n    - <无此组>\n", 8, "no word group <无此组>"),
    "broken group": (RULE + "  unless:\n    - <纠纷\n", 8, "must consist of words"),
    "group with gaps beside a gap": (
        RULE + "  unless:\n    - <别的资格>…未\n",
        8,
        "words have gaps: ",
    ),
    "gap at the end": (RULE + "    - 摸排…\n", 7, "must consist of words"),
    "alternatives in one line": (RULE + "    - 摸排|排摸\n", 7, "must consist of words"),
    "rule twice": (RULE + RULE, 8, "is already in line 2"),
    "no YAML": (RULE + "  words: [\n", 8, ""),
}


@pytest.mark.parametrize(("text", "line", "reason"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_mistake_is_refused_by_file_line_and_reason(
    tmp_path: Path, text: str, line: int, reason: str
) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "own.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=f"own.yaml, line {line}: .*{reason}") as refused:
        load_catalogue(REFERENCE_DIR, [tmp_path])
    chinese = in_chinese(split_place(str(refused.value))[1])
    assert "写法有误" not in chinese or not reason  # the YAML parser's own words are quoted


def test_words_of_a_group_may_have_gaps(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "groups.yaml").write_text(
        "植树:\n  - 种下…树\n  - 植树\n旧树:\n  - 移…树\n", encoding="utf-8"
    )
    rule = "publicity.events.90:\n  weight: 1.0\n  units: [棵]\n  words:\n    - <植树>\n  unless:\n    - <旧树>\n"
    (tmp_path / "rules" / "own.yaml").write_text(rule, encoding="utf-8")
    catalogue = load_catalogue(REFERENCE_DIR, [tmp_path])
    report = make_sentence_report("植树120棵。种下果树30棵。移来老树，植树7棵。植树移老树5棵。种树9棵。")
    found = extract_reports([report], catalogue)
    assert [q.value for q in found if q.indicator_id] == [120, 30, 7]


def test_candidates_rank_as_the_matching_decides(catalogue: Catalogue) -> None:
    compared = 0
    for sentence, section_type in read_labels():
        report = make_sentence_report(sentence, section_type=section_type, report_year=2024)
        for place, readings in read_report(report, catalogue):
            for reading, rows, previous in assign_indicators(place, readings, catalogue):
                for clause, match in rows:
                    ranked = rank_candidates(
                        clause, reading.figure, place.find_surroundings, catalogue, previous
                    )
                    best = next((c for c in ranked if c.is_possible), None)
                    if best and match and best.pattern.pattern_id == match.pattern_id:
                        compared += 1
                    elif best and not reading.blocked_by and section_type != "problems":
                        # a clause opening, or the name that the other items share, decided instead
                        assert match is None or match.pattern_id in catalogue.rules
    assert compared > 500


EXPLAINED = {
    "winner": ("排查矛盾纠纷426起。", "", ["→ disputes.found（排查矛盾纠纷件数）", "✓ disputes.found.1"]),
    "forbidden word": ("正在化解纠纷1件。", "", ["✗ disputes.resolved.1", "有排除词「正在」"]),
    "heading": ("全年受理45件。", "做好信访工作", ["标题  做好信访工作", "→ disputes.petitions_received"]),
    "no topic": ("全年受理45件。", "", ["主题词不在附近", "→ 无指标：没有规则超过 0.55"]),
    "change": ("调解纠纷较上年减少2件。", "", ["→ 无指标：增减的幅度"]),
    "frequency": ("每季度召开1次法治专题会议。", "", ["→ 无指标：频次"]),
    "no figure": ("接待群众几十人次。", "", ["没有数字"]),
    "unknown thing": ("绿化树300株。", "", ["没有规则的词在分句里"]),
}


@pytest.mark.parametrize(("sentence", "heading", "lines"), EXPLAINED.values(), ids=EXPLAINED)
def test_explains_what_decided(catalogue: Catalogue, sentence: str, heading: str, lines: list[str]) -> None:
    explanation = explain_sentence(sentence, catalogue, heading)
    assert [line for line in lines if line not in explanation] == []


def test_the_command_line_explains(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "全年受理45件。", "--heading", "做好信访工作"]) == 0
    assert "→ disputes.petitions_received" in capsys.readouterr().out
