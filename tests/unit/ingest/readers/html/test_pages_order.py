"""Web pages that show words in another order or place than the file has them, or not at all."""

from __future__ import annotations

from base64 import b64encode

import pytest

from orchestration.pipeline.readers.html import reader as html

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
        pytest.param(
            '<div class="f"><b style="grid-row:2">34件。</b><b style="grid-row:1">全年调解纠纷</b></div>',
            ".f{display:grid} b{display:inline}",
            id="by row",
        ),
        pytest.param(
            '<div class="f"><b class="y">34件。</b><b class="x">全年调解纠纷</b></div>',
            ".f{display:grid;grid-template-areas:'x' 'y'} .x{grid-area:x} .y{grid-area:y} b{display:inline}",
            id="by area",
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
            '<div class="f"><b style="grid-row:1">全年调解</b><b>纠纷34件。</b></div>',
            ".f{display:grid} b{display:inline}",
            id="a row of some parts",
        ),
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
        ("position:relative;top:-3px;font-size:.875rem", "全年调解纠纷341件。"),
        ("vertical-align:1px;font-size:small", "全年调解纠纷341件。"),
    ],
)
def test_a_mark_set_high_by_a_style_is_not_a_digit_of_the_number(style: str, expected: str) -> None:
    assert lines(f'<p>全年调解纠纷34<span style="{style}">1</span>件。</p>') == [expected]


def test_a_long_number_set_high_is_no_mark() -> None:
    style = "vertical-align:text-top;font-size:80%"
    assert lines(f'<p>全年调解纠纷<span style="{style}">348</span>件。</p>') == ["全年调解纠纷348件。"]


def test_a_number_drawn_in_a_sentence_is_read() -> None:
    assert lines("<p>全年调解纠纷<svg><text>34</text></svg>件。</p>") == [NEW]
    assert lines("<p>全年调解纠纷<svg><text>1</text></svg>34件。</p>") == [NEW], "a badge beside a number"


@pytest.mark.parametrize("style", ["visibility:collapse", "display:none"])
def test_a_column_that_is_folded_away_is_not_read(style: str) -> None:
    head = f'<colgroup><col><col style="{style}"><col></colgroup>'
    rows = "<tr><td>项目<td>旧稿（件）<td>数量（件）<tr><td>纠纷<td>99<td>34<tr><td>处罚<td>88<td>19"
    assert lines(f"<table>{head}{rows}</table>") == ["项目\t数量（件）", "纠纷：34件。", "处罚：19件。"]


def test_a_cell_that_reaches_down_to_the_last_row_is_in_each() -> None:
    rows = '<tr><td>类别<td>项目<td>数量（件）<tr><td rowspan="0">执法<td>检查<td>63<tr><td>处罚<td>19'
    assert lines(f"<table>{rows}</table>")[1:] == ["执法，检查：63件。", "执法，处罚：19件。"]


@pytest.mark.parametrize(
    "style",
    [
        "position:absolute;left:-999em",
        "position:absolute;left:-100vw",
        "margin-left:-5000pt",
        "color:#fff0",
        "color:#1a2b3c00",
        "color:rgb(0 0 0 / 0%)",
        "transform:translateX(-9999px)",
        "transform:scale(.001)",
        "clip-path:polygon(0 0, 0 0, 0px 0)",
        "opacity:0%",
        "opacity:.01",
        "font-size:.5px",
        "font-size:0.01em",
        "max-height:1px;max-width:1px;overflow:hidden",
    ],
)
def test_text_that_a_style_keeps_out_of_sight_is_not_read(style: str) -> None:
    assert lines(f'<p class="x">{OLD}</p><p>{NEW}</p>', f".x{{{style}}}") == [NEW]
    assert lines(f'<p style="{style}">{OLD}</p><p>{NEW}</p>') == [NEW]


@pytest.mark.parametrize(
    "style",
    [
        "color:rgb(0,0,0)",
        "color:#f000ff",
        "left:-99px",
        "margin-left:-20em",
        "left:-100%",
        "opacity:.85",
        "transform:translateX(-50px)",
        "font-size:.5em",
        "clip-path:polygon(0 0, 100% 0, 100% 100%)",
        "height:1px",
    ],
)
def test_text_with_a_similar_style_is_read(style: str) -> None:
    assert lines(f'<p class="x">{NEW}</p>', f".x{{{style}}}") == [NEW]


@pytest.mark.parametrize(
    "sheet",
    [
        ":where(.x){display:none}",
        "body:has(.x) .x{display:none}",
        "@supports (display:flex){.x{display:none}}",
        "@layer a, b; @layer a{.x{display:none}}",
        ":root{--shown:none} .x{display:var(--shown)}",
        ".x{display:var(--unknown, none)}",
    ],
)
def test_rules_of_newer_kinds_hide(sheet: str) -> None:
    assert lines(f'<p class="x">{OLD}</p><p>{NEW}</p>', sheet) == [NEW]


@pytest.mark.parametrize(
    "rule",
    [
        "html.no-js body .x{display:none}",
        "body .x{display:none}",
        ".x:not(.y){display:none}",
        '.x[data-src="a.png"]{display:none}',
        "#x.x{display:none}",
    ],
)
def test_a_rule_counts_after_many_for_other_pages(rule: str) -> None:
    others = "".join(f".other{number} .part{{display:block}}" for number in range(2_000))
    page = (
        f"<!DOCTYPE html><html class='no-js'><head><meta charset=utf-8><style>{others}{rule}</style></head>"
        f'<body><p>{LONG}</p><p class="x" id="x" data-src="a.png">{OLD}</p><p>{NEW}</p>'
    )
    assert html.read(page.encode()).text.split("\n") == [LONG, NEW]


@pytest.mark.parametrize(
    "sheet",
    [
        ":where(#a .x){display:none} p{display:block}",
        "@supports not (display:flex){.x{display:none}}",
        ".dark{--shown:none} .light{--shown:block} .x{display:var(--shown)}",
    ],
)
def test_rules_of_newer_kinds_that_do_not_apply_hide_nothing(sheet: str) -> None:
    assert lines(f'<div id="a"><p class="x">{NEW}</p></div>', sheet) == [NEW]


COPY = '<span class="copy">34</span>'
FOR_EARS = ".copy{position:absolute;width:1px;height:1px;overflow:hidden}"


@pytest.mark.parametrize(
    ("number", "sheet"),
    [
        pytest.param("<button>34</button>", "", id="button"),
        pytest.param("<textarea>34</textarea>", "", id="text box"),
        pytest.param('<b aria-hidden="true">34</b>', "", id="not read aloud"),
        pytest.param(f'<b aria-hidden="true">34</b>{COPY}', FOR_EARS, id="with a copy to be read aloud"),
        pytest.param(f'<b aria-hidden="true">34</b>{COPY}', "", id="with a copy that is shown"),
    ],
)
def test_a_number_in_a_sentence_is_read_once(number: str, sheet: str) -> None:
    assert lines(f"<p>全年调解纠纷{number}件。</p>", sheet) == [NEW]


def test_linked_figures_are_no_menu() -> None:
    items = ("调解纠纷34件", "接受咨询50人次", "合格率98%")
    linked = "".join(f'<li><a href="{n}.html">{item}</a></li>' for n, item in enumerate(items))
    assert lines(f"<ul>{linked}</ul>") == list(items)
    menu = "".join(
        f'<li><a href="{n}.html">{word}</a></li>' for n, word in enumerate(("首页", "公开", "2024年工作"))
    )
    assert lines(f"<ul>{menu}</ul><p>{NEW}</p>") == [NEW]


@pytest.mark.parametrize(
    "packed", [f"utf-8,<p>{NEW}</p>", f"base64,{b64encode(f'<p>{NEW}</p>'.encode()).decode()}"]
)
def test_a_page_within_the_address_of_a_frame_is_read(packed: str) -> None:
    assert lines(f'<iframe src="data:text/html;{packed}"></iframe>') == [NEW]


def test_a_year_over_two_lines_names_its_column() -> None:
    rows = "<tr><td>项目<td>2023<br>年<br>（件）<td>2024<br>年<br>（件）<tr><td>纠<br>纷<td>12<td>34"
    assert lines(f"<table>{rows}</table>")[1:] == ["2023年纠纷12件，2024年纠纷34件。"]


@pytest.mark.parametrize(
    ("pictures", "after", "expected"),
    [
        ('<img src="3.gif"><img src="4.gif">', "件。", "全年调解纠纷\ufffd件。"),
        ('<img src="3.gif" alt="3"><img src="4.gif" alt="4">', "件。", NEW),
        ('<img src="new.gif">', "人员到场。", "全年调解纠纷人员到场。"),
        ('<img src="new.gif">', "起草规约。", "全年调解纠纷起草规约。"),
        ('<img src="new.gif">', "", "全年调解纠纷"),
    ],
)
def test_a_number_drawn_as_pictures_is_lost(pictures: str, after: str, expected: str) -> None:
    assert lines(f"<p>全年调解纠纷{pictures}{after}</p>") == [expected]


def test_lines_placed_from_the_top_are_read_in_that_order() -> None:
    line = '<div style="position:absolute;left:60px;top:{}px">第{}行调解纠纷。</div>'
    placed = [line.format(20 * number, number) for number in (3, 1, 5, 2, 4)]
    shown = [f"第{number}行调解纠纷。" for number in range(1, 6)]
    assert lines(f"<div>{''.join(placed)}</div>") == shown
    assert lines(f"<div>{''.join(placed[:3])}</div>") == [shown[2], shown[0], shown[4]]  # boxes of a layout
