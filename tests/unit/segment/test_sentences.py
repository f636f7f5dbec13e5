"""Sentences end in the right place and lie within their sections."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from orchestration.pipeline.segment.headings import HeadingRules
from orchestration.pipeline.segment.outline import split_sections
from orchestration.pipeline.segment.sentences import split_sentences
from tests.unit.segment.test_outline import TEXTS


def read_sentences(text: str, rules: HeadingRules) -> list[str]:
    found = split_sentences("r", text, split_sections("r", text, rules))
    return [text[start:end] for start, end in zip(found.char_starts, found.char_ends, strict=True)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("办班3次。发书20本！够吗？", ["办班3次。", "发书20本！", "够吗？"], id="stops"),
        pytest.param("办班3次；发书20本。", ["办班3次；发书20本。"], id="semicolons join"),
        pytest.param("办班3次\n发书20本", ["办班3次", "发书20本"], id="line ends"),
        pytest.param("比率1.7%，上年2.5%。完", ["比率1.7%，上年2.5%。", "完"], id="decimal points"),
        pytest.param("办了班.发了书.", ["办了班.", "发了书."], id="half-width full stops"),
        pytest.param(
            "有人说“来了。坐下。”大家笑了。完", ["有人说“来了。坐下。”大家笑了。", "完"], id="stops in quotes"
        ),
        pytest.param("有人说：“来了”。完", ["有人说：“来了”。", "完"], id="quote before the stop"),
        pytest.param(
            "办班（共三期。每期两天。）三次。完", ["办班（共三期。每期两天。）三次。", "完"], id="brackets"
        ),
        pytest.param("“开头没有结尾。第二句。", ["“开头没有结尾。", "第二句。"], id="quote left open"),
        pytest.param("网址www.example.org可查。", ["网址www.example.org可查。"], id="points in addresses"),
        pytest.param("办班3次……发书20本。", ["办班3次……发书20本。"], id="dots of omission"),
        pytest.param(
            "（一）抓学习。办班3次。一是读书。二是讨论。",
            ["（一）抓学习。", "办班3次。", "一是读书。", "二是讨论。"],
            id="sections start sentences",
        ),
        pytest.param(
            "2.管好人：（1）点名，从不间断；（2）总结。",
            ["2.管好人：", "（1）点名，从不间断；", "（2）总结。"],
            id="inline items start sentences",
        ),
        pytest.param("——\n。。。\n办班", ["办班"], id="lines that say nothing"),
        pytest.param("  办班3次。 \n　发书。", ["办班3次。", "发书。"], id="white space is left out"),
    ],
)
def test_split_sentences(text: str, expected: list[str], heading_rules: HeadingRules) -> None:
    assert read_sentences(text, heading_rules) == expected


def test_heading_that_runs_into_its_body_is_a_sentence_of_its_own(heading_rules: HeadingRules) -> None:
    text = (
        "（一）压实各方责任，统筹推进法治建设镇党委多次研究法治工作，列入计划，一同部署，一同检查，一同考核。"
    )
    assert read_sentences(text, heading_rules)[0] == "（一）压实各方责任，统筹推进法治建设"


@settings(max_examples=300, deadline=None)
@given(text=TEXTS)
def test_sentences_lie_within_their_sections_and_do_not_overlap(
    text: str, heading_rules: HeadingRules
) -> None:
    sections = split_sections("r", text, heading_rules)
    place = 0
    report_id, *columns = split_sentences("r", text, sections)
    assert report_id == "r"
    for position, start, end in zip(*columns, strict=True):
        assert sections[position].char_start <= start < end <= sections[position].char_end
        assert start >= place
        words = text[start:end]
        assert words == words.strip() and "\n" not in words
        place = end


@settings(max_examples=300, deadline=None)
@given(text=TEXTS)
def test_no_letter_or_digit_is_lost(text: str, heading_rules: HeadingRules) -> None:
    kept = "".join(read_sentences(text, heading_rules))
    assert [char for char in kept if char.isalnum()] == [char for char in text if char.isalnum()]
