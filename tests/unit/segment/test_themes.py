"""Themes: which sentences in which sections mention them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings

from orchestration.pipeline.records import SectionThemes
from orchestration.pipeline.segment.stage import SegmentReference, segment_report
from orchestration.pipeline.segment.themes import find_theme_mentions, load_theme_rules
from tests.unit.segment.test_outline import TEXTS


class Mention(NamedTuple):
    """One mention in a row of `raw.theme_mentions`."""

    theme_id: str
    section_position: int
    sentence_position: int
    sentence_start: int
    sentence_end: int
    char_start: int
    char_end: int


def unpack(row: SectionThemes) -> list[Mention]:
    return [Mention(*values) for values in zip(*row[2:], strict=True)]


def name_themes(text: str, reference: SegmentReference) -> set[tuple[str, str]]:
    rows = segment_report("r", text, reference).theme_mentions
    return {(row.section_type, theme_id) for row in rows for theme_id in row.theme_ids}


@pytest.mark.parametrize(
    ("sentence", "theme_id"),
    [
        ("办案人员一人多岗，忙不过来。", "enforcement_staff"),
        ("村干部的业务能力跟不上。", "professional_skill"),
        ("宣传的办法单一，年轻人不爱看。", "law_publicity_form"),
        ("一些群众的法律意识还很淡薄。", "public_awareness"),
        ("决策程序走得不全。", "decision_procedure"),
        ("办公经费较为紧张。", "funding_equipment"),
        ("邻里纠纷调解得慢。", "dispute_resolution"),
        ("部门之间的联动机制还没有理顺。", "work_mechanism"),
    ],
)
def test_problems_name_what_is_lacking(sentence: str, theme_id: str, reference: SegmentReference) -> None:
    assert ("problems", theme_id) in name_themes(f"二、存在的不足\n{sentence}", reference)


def test_the_same_theme_links_problem_plan_and_achievement(reference: SegmentReference) -> None:
    text = "一、主要成效\n开展业务培训6次。\n二、存在的不足\n业务培训不够。\n三、下一步打算\n加强业务培训。"
    found = name_themes(text, reference)
    assert {(kind, "staff_training") for kind in ("achievements", "problems", "plans")} <= found


def test_words_of_a_longer_theme_do_not_name_another(reference: SegmentReference) -> None:
    found = name_themes("二、存在的不足\n群众法治意识有待增强。", reference)
    assert ("problems", "public_awareness") in found
    assert ("problems", "rule_of_law_awareness") not in found
    found = name_themes("二、存在的不足\n部分干部法治意识不强，群众的法治观念淡薄。", reference)
    assert {("problems", "public_awareness"), ("problems", "rule_of_law_awareness")} <= found


@pytest.mark.parametrize(
    ("sentence", "is_of_publicity"),
    [("普法的针对性不强。", True), ("提出针对性强的对策建议。", False), ("提高人民调解覆盖面。", False)],
)
def test_reach_belongs_only_to_publicity(
    sentence: str, is_of_publicity: bool, reference: SegmentReference
) -> None:
    found = name_themes(f"二、存在的不足\n{sentence}", reference)
    assert (("problems", "law_publicity_reach") in found) is is_of_publicity


def test_a_gap_does_not_cross_a_clause(reference: SegmentReference) -> None:
    found = name_themes("二、存在的不足\n办公经费充裕，人手却紧张。", reference)
    assert ("problems", "funding_equipment") not in found


def test_preamble_names_no_theme(reference: SegmentReference) -> None:
    assert not name_themes("前言说到业务培训。\n一、主要成效\n都好。", reference)


def test_one_mention_per_theme_and_sentence_at_its_first_words(reference: SegmentReference) -> None:
    text = "二、存在的不足\n法治意识不强，法治观念淡薄。法治思维欠缺。"
    mentions = [
        mention
        for row in segment_report("r", text, reference).theme_mentions
        for mention in unpack(row)
        if mention.theme_id == "rule_of_law_awareness"
    ]
    assert [text[mention.char_start : mention.char_end] for mention in mentions] == ["法治意识", "法治思维"]
    for mention in mentions:
        sentence = text[mention.sentence_start : mention.sentence_end]
        assert (
            text[mention.char_start : mention.char_end] in sentence
            and sentence.endswith("。")
            and sentence.count("。") == 1
        )


@pytest.mark.parametrize(
    ("section_type", "found"),
    [("problems", {"problems", "achievements"}), ("plans", {"plans", "achievements"})],
)
def test_section_type_of_a_theme(
    section_type: str, found: set[str], reference: SegmentReference, tmp_path: Path
) -> None:
    (tmp_path / "segment").mkdir()
    (tmp_path / "segment" / "themes.csv").write_text(
        f"theme_id,section_type,name_zh,name_en,words\nx,{section_type},甲,a,夜校\n", encoding="utf-8"
    )
    text = "一、主要成效\n办夜校。\n二、存在的不足\n夜校少。\n三、下一步打算\n再办夜校。"
    report = segment_report("r", text, reference)
    rows = find_theme_mentions(text, report.sections, report.sentences, load_theme_rules(tmp_path))
    assert {row.section_type for row in rows} == found


def test_the_reference_has_enough_themes(reference_dir: Path) -> None:
    with (reference_dir / "segment" / "themes.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) >= 20


@settings(max_examples=200, deadline=None)
@given(text=TEXTS)
def test_mentions_lie_within_their_sentences(text: str, reference: SegmentReference) -> None:
    report = segment_report("r", f"二、存在的不足\n业务培训少。{text}", reference)
    sentences = list(zip(*report.sentences[1:], strict=True))
    assert report.theme_mentions
    for row in report.theme_mentions:
        for mention in unpack(row):
            sentence = sentences[mention.sentence_position]
            assert (mention.section_position, mention.sentence_start, mention.sentence_end) == sentence
            assert mention.sentence_start <= mention.char_start < mention.char_end <= mention.sentence_end
            assert row.section_type == report.sections[mention.section_position].section_type


def test_mentions_are_in_one_row_per_section_type(reference: SegmentReference) -> None:
    text = "一、主要成效\n强化业务培训。\n二、存在的不足\n执法力量薄弱，业务培训少。\n三、下一步打算\n充实执法力量。"
    rows = segment_report("r", text, reference).theme_mentions
    assert [row.section_type for row in rows] == ["achievements", "problems", "plans"]
    assert rows[1].theme_ids == ["enforcement_staff", "staff_training"]
    for row in rows:
        assert row.report_id == "r"
        assert row.char_starts == sorted(row.char_starts)
    assert segment_report("r", "", reference).theme_mentions == []
