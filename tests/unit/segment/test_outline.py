"""Properties of the outline of any text."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestration.pipeline.segment.headings import SECTION_TYPES, HeadingRules
from orchestration.pipeline.segment.marks import read_ordinal
from orchestration.pipeline.segment.outline import split_sections

PIECES = st.sampled_from(
    [
        "一、", "二、", "三", "（一）", "(二)", "（三", "四）", "1.", "2、", "3", "（1）", "(2)",
        "①", "㈠", "⑵", "一是", "二是", "首先，", "其次，", "第一部分", "第一，", "第二，",
        "下一步，我镇将", "存在的问题", "主要成效", "第一责任人", "“", "”", "（", "）", "《",
        "》", "。", "；", "：", "，", ".", "2024年", "12.4", "1.7%", "附件：", "特此报告。",
        "云溪镇人民政府", "镇党委高度重视", "加强法治建设", "调解纠纷30件", "\n", "\n\n", " ", "　",
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=60).map("".join))


@settings(max_examples=400, deadline=None)
@given(text=TEXTS)
def test_sections_partition_any_text(text: str, heading_rules: HeadingRules) -> None:
    sections = split_sections("r", text, heading_rules)
    assert "".join(section.text for section in sections) == text
    place = 0
    for position, section in enumerate(sections):
        assert (section.char_start, section.position) == (place, position)
        assert section.char_end > section.char_start
        assert section.text == text[section.char_start : section.char_end]
        place = section.char_end
    assert place == len(text)


@settings(max_examples=300, deadline=None)
@given(text=TEXTS)
@example(text="1、\n附：")
@example(text="1)(2) 0。0")
def test_sections_form_a_tree_of_known_types(text: str, heading_rules: HeadingRules) -> None:
    sections = split_sections("r", text, heading_rules)
    by_id = {section.section_id: section for section in sections}
    assert len(by_id) == len(sections)
    for section in sections:
        assert section.section_type in SECTION_TYPES
        assert 0 <= section.level <= 5
        if section.heading is not None:
            assert section.heading in section.text
            assert section.heading == section.heading.strip() != ""
        if section.level == 5:
            assert section.heading is None
        if section.parent_section_id is not None:
            parent = by_id[section.parent_section_id]
            assert parent.position < section.position
            assert 0 < parent.level < section.level


@given(text=TEXTS)
def test_the_same_text_gives_the_same_sections(text: str, heading_rules: HeadingRules) -> None:
    assert split_sections("r", text, heading_rules) == split_sections("r", text, heading_rules)


def test_parents_are_the_nearest_sections_above(heading_rules: HeadingRules) -> None:
    text = (
        "标题\n一、主要做法\n（一）抓学习\n1.办夜校。办了半年。\n一是读书。二是讨论。\n"
        "（二）抓执法\n二、存在问题\n有差距。"
    )
    sections = split_sections("r", text, heading_rules)
    by_id = {section.section_id: section for section in sections}
    found = [
        (section.ordinal, by_id[section.parent_section_id].ordinal if section.parent_section_id else None)
        for section in sections
    ]
    assert found == [
        (None, None),
        ("一", None),
        ("一", "一"),
        ("1", "一"),
        ("一", "1"),
        ("二", "1"),
        ("二", "一"),
        ("二", None),
    ]
    assert [section.section_id for section in sections][:2] == ["r-s000", "r-s001"]


@pytest.mark.parametrize("text", ["", "\n"])
def test_text_without_words(text: str, heading_rules: HeadingRules) -> None:
    assert "".join(section.text for section in split_sections("r", text, heading_rules)) == text


@pytest.mark.parametrize(
    ("ordinal", "value"),
    [
        ("一", 1), ("十", 10), ("十二", 12), ("二十", 20), ("二十一", 21), ("7", 7), ("12", 12),
        ("㈠", 1), ("㈩", 10), ("⑴", 1), ("⒇", 20), ("①", 1), ("⑳", 20), ("第三部分", 3), ("其次", 2),
    ],
)  # fmt: skip
def test_read_ordinal(ordinal: str, value: int) -> None:
    assert read_ordinal(ordinal) == value
