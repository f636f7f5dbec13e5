"""Marked texts: whatever a report contains is shown as text, and every mark is in its place."""

from __future__ import annotations

import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from orchestration.explorer.marking import Mark, mark_paragraphs, mark_text


def strip_tags(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


def test_html_in_a_report_is_shown_as_text() -> None:
    text = '<script>alert(1)</script>调解12件"&<img src=x>'
    start = text.index("12件")
    html = mark_text(text, 0, len(text), [Mark(start, start + 3, "a", Markup(' id="q"'))])
    assert "<script" not in html and "<img" not in html
    assert '<a id="q">12件</a>' in html
    assert strip_tags(html) == text


def test_two_figures_of_the_same_words_have_both_their_places() -> None:
    html = mark_text(
        "不涉及复议", 0, 5, [Mark(0, 5, "a", Markup(' id="q1"')), Mark(0, 5, "a", Markup(' id="q2"'))]
    )
    assert html == '<a id="q1"><span id="q2">不涉及复议</span></a>'


def test_a_figure_within_another_is_nested() -> None:
    marks = [Mark(2, 4, "a", Markup(' id="in"')), Mark(0, 6, "a", Markup(' id="out"'))]
    assert mark_text("甲乙丙丁戊己", 0, 6, marks) == '<a id="out">甲乙<span id="in">丙丁</span>戊己</a>'


def test_a_heading_that_fills_its_line_is_a_heading_and_one_before_text_is_bold() -> None:
    text = "一、工作成效\n（一）加强调解。全年调解12件。"
    first = mark_paragraphs(text, 0, 7, [], heading_end=6, level=1)
    assert [(one.html, one.heading_level) for one in first] == [("一、工作成效", 1)]
    second = mark_paragraphs(text, 7, len(text), [], heading_end=14, level=2)
    assert [(one.html, one.heading_level) for one in second] == [("<b>（一）加强调解</b>。全年调解12件。", 0)]


@given(
    st.text(alphabet="甲乙<>&\"'1\n ", min_size=1, max_size=40),
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 10)), max_size=6),
)
def test_no_mark_adds_or_loses_a_character(text: str, spans: list[tuple[int, int]]) -> None:
    marks = [
        Mark(start, min(len(text), start + length), "a", Markup(f' id="m{number}"'))
        for number, (start, length) in enumerate(spans)
        if start < len(text)
    ]
    html = mark_text(text, 0, len(text), marks)
    assert strip_tags(html) == text
    assert all(f"{mark.attributes}>" in html for mark in marks)
