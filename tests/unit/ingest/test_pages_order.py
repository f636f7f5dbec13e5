"""Web pages that show words in another order or place than the file has them, or not at all."""

from __future__ import annotations

import pytest

from orchestration.pipeline.readers import html

NEW, OLD = "全年调解纠纷34件。", "旧稿：全年调解纠纷99件。"
LONG = "松坪镇坚持依法行政，推进法治政府建设，现将有关情况报告如下。"


def lines(body: str, sheet: str = "") -> list[str]:
    page = f"<!DOCTYPE html><html><head><meta charset=utf-8><style>{sheet}</style></head><body><p>{LONG}</p>{body}"
    found = html.read(page.encode()).text.split("\n")
    assert found[0] == LONG
    return found[1:]


@pytest.mark.parametrize(
    ("body", "sheet"),
    [
        pytest.param(
            '<p><span class="f"><i>件。</i><i>34</i><i>全年调解纠纷</i></span></p>',
            ".f{display:inline-flex;flex-direction:row-reverse}",
            id="from the right",
        ),
        pytest.param(
            '<p>全年调解纠纷<span style="display:inline-flex"><i style="order:2">4</i><i>3</i></span>件。</p>',
            "",
            id="by number",
        ),
        pytest.param(
            '<div class="f"><div class="f"><b class="b">件。</b><b>34</b></div><b class="a">全年调解纠纷</b></div>',
            ".f{display:flex} .a{order:-1} .b{order:1}",
            id="boxes in boxes",
        ),
        pytest.param('<p>全年调解纠纷<bdo dir="RTL">43</bdo>件。</p>', "", id="bdo"),
        pytest.param(
            '<p><span class="t">。件43纷纠解调年全</span></p>',
            ".t{unicode-bidi:bidi-override;direction:rtl}",
            id="written backwards",
        ),
    ],
)
def test_words_are_read_in_the_order_in_which_they_are_shown(body: str, sheet: str) -> None:
    assert "".join(lines(body, sheet)) == NEW


@pytest.mark.parametrize(
    ("body", "sheet"),
    [
        pytest.param('<p><i style="order:2">全年调解</i><i>纠纷34件。</i></p>', "", id="order without boxes"),
        pytest.param(
            '<p class="t">全年调解纠纷<b>34</b>件。</p>',
            ".t{direction:rtl}",
            id="Chinese in a right-to-left block",
        ),
        pytest.param(
            '<p class="t">全年调解纠纷34件。</p>',
            ".t{flex-direction:row-reverse}",
            id="reverse without boxes",
        ),
    ],
)
def test_other_words_stay_in_their_order(body: str, sheet: str) -> None:
    assert lines(body, sheet) == [NEW]


SHADOW = '<x-a><template shadowrootmode="open"><section>{}</section></template>{}</x-a>'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(SHADOW.format(f"<p>{NEW}</p>", f"<p>{OLD}</p>"), [NEW], id="children without a slot"),
        pytest.param(
            SHADOW.format("<p>前。</p><slot><p>空。</p></slot><p>后。</p>", f"<p>{NEW}</p>"),
            ["前。", NEW, "后。"],
            id="slot",
        ),
        pytest.param(
            SHADOW.format('<slot name="b"></slot><slot></slot>', f'<p>{NEW}</p><p slot="b">前。</p>'),
            ["前。", NEW],
            id="named slot",
        ),
        pytest.param(SHADOW.format(f"<slot><p>{NEW}</p></slot>", " "), [NEW], id="what an empty slot shows"),
    ],
)
def test_a_shadow_tree_shows_the_children_that_have_a_slot(body: str, expected: list[str]) -> None:
    assert lines(body) == expected


@pytest.mark.parametrize(
    "hidden",
    [
        f'<p style="-webkit-text-fill-color:transparent">{OLD}</p>',
        f'<p style="filter:opacity(0)">{OLD}</p>',
        f"<p><progress>{OLD}</progress></p>",
        f'<div class="swiper-slide swiper-slide-duplicate">{NEW}</div>',
    ],
)
def test_what_a_browser_does_not_show_is_not_read(hidden: str) -> None:
    assert lines(f"{hidden}<p>{NEW}</p>") == [NEW]


def test_transparent_words_that_colour_or_a_drawn_page_shows_are_read() -> None:
    shaded = f'<h2 style="background-clip:text;color:transparent">一、主要做法</h2><p>{NEW}</p>'
    assert lines(shaded) == ["一、主要做法", NEW]
    spans = "<span>全年调解纠纷</span><span>34</span><span>件。</span><br>"
    viewer = f'<div><div><canvas></canvas></div><div class="l">{spans}</div></div>'
    assert lines(viewer, ".l span{color:transparent;position:absolute}") == [NEW]
    assert lines(viewer.replace("canvas", "em"), ".l span{color:transparent;position:absolute}") == []


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("position:relative;top:-.5em;font-size:.7em", "全年调解纠纷34¹件。"),
        ("vertical-align:4px;font-size:70%", "全年调解纠纷34¹件。"),
        ("position:relative;top:-1px;font-size:12px", "全年调解纠纷341件。"),
        ("vertical-align:0;font-size:.7em", "全年调解纠纷341件。"),
        ("position:relative;top:-.5em", "全年调解纠纷341件。"),
    ],
)
def test_a_mark_set_high_by_a_style_is_not_a_digit_of_the_number(style: str, expected: str) -> None:
    assert lines(f'<p>全年调解纠纷34<span style="{style}">1</span>件。</p>') == [expected]


def test_a_number_drawn_in_a_sentence_is_read() -> None:
    assert lines("<p>全年调解纠纷<svg><text>34</text></svg>件。</p>") == [NEW]


def test_a_cell_that_reaches_down_to_the_last_row_is_in_each() -> None:
    rows = '<tr><td>类别<td>项目<td>数量（件）<tr><td rowspan="0">执法<td>检查<td>63<tr><td>处罚<td>19'
    assert lines(f"<table>{rows}</table>")[1:] == ["执法，检查：63件。", "执法，处罚：19件。"]
