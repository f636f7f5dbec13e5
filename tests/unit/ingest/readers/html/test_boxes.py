"""Web pages: boxes laid out as tables, lists of names and figures, articles whose pages a script turns."""

from __future__ import annotations

import time

import pytest

from orchestration.pipeline.readers.html import reader as html

LONG = "松坪镇坚持依法行政，推进法治政府建设，现将有关情况报告如下。"
SHEET = "<style>.r{display:table-row}.c{display:table-cell}</style>"


def lines(body: str, head: str = "") -> list[str]:
    return html.read(f"<html><head>{head}</head><body>{body}</body></html>".encode()).text.split("\n")


def _row(*cells: str) -> str:
    return f"<div class=r>{''.join(f'<div class=c>{cell}</div>' for cell in cells)}</div>"


def test_boxes_in_rows_are_a_table() -> None:
    rows = _row("项目", "数量（件）") + "\n" + _row("纠纷", "31") + _row("信访", "<p>8</p>")
    body = f"<div style='display:table'>{rows}</div><p>{LONG}</p>{_row('普法', '12场')}"
    assert lines(body, SHEET) == ["项目\t数量（件）", "纠纷：31件。", "信访：8件。", LONG, "普法\t12场"]


def test_boxes_for_layout_keep_their_lines() -> None:
    body = _row(f"<p>{LONG}</p><p>调解31件。</p>", "<p>二、不足</p>")
    assert lines(body, SHEET) == [LONG, "调解31件。", "二、不足"]


def test_a_box_that_holds_rows_is_the_pages() -> None:
    inner = _row("项目", "数量（件）") + _row("纠纷", "31")
    body = _row("<p>首页</p>", inner) + _row("<p>附注</p>", _row("信访", "8件"))
    assert lines(body, SHEET) == ["首页", "项目\t数量（件）", "纠纷：31件。", "附注", "信访\t8件"]


def test_time_per_box_does_not_grow_with_their_number() -> None:
    boxes = "<div style='display:inline-block'>镇</div>" * 8_000
    started = time.perf_counter()
    assert lines(f"{boxes}<p>{LONG}</p>")[-1] == LONG
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "<dl><dt>调解纠纷</dt><dd>31件</dd><dt>普法：</dt><dd> 12 场</dd></dl>",
            ["调解纠纷：31件。", "普法：12 场。"],
        ),
        (
            "<dl><dt>调解纠纷</dt><dd>31件</dd><dt>普法：</dt><dd>12场</dd></dl>",
            ["调解纠纷：31件。", "普法：12场。"],
        ),
        (
            "<dl><dt>来源</dt><dd>松坪镇</dd><dt>浏览</dt><dd>12次</dd></dl>",
            ["来源", "松坪镇", "浏览", "12次"],
        ),
        ("<dl><dt>调解纠纷</dt><dd>31件</dd><dd>含信访8件</dd></dl>", ["调解纠纷", "31件", "含信访8件"]),
    ],
)
def test_a_list_of_names_and_figures_reads_as_sentences(body: str, expected: list[str]) -> None:
    assert lines(body) == expected


PAGES = '<div id="pagecontent_1"><p>{}</p></div> <div id="{}" style="display:none"><p>{}</p></div>'


@pytest.mark.parametrize(
    ("name", "text", "is_read"),
    [
        ("pagecontent_2", "作出行政处罚8件。", True),
        ("pagecontent_3", "作出行政处罚8件。", False),
        ("pagecontent_2", "分享到微信", False),
        ("old_2", "作出行政处罚8件。", False),
        ("pagecontent_2", LONG, False),
    ],
)
def test_pages_of_an_article_that_a_script_turns_are_read(name: str, text: str, is_read: bool) -> None:
    assert lines(PAGES.format(LONG, name, text)) == [LONG, text][: 1 + is_read]


@pytest.mark.parametrize(
    ("rest", "button", "is_read"),
    [
        ("作出行政处罚8件。罚款2万元。", "展开全文", True),
        ("作出行政处罚8件。罚款2万元。", "打印", False),
        ("分享到微信", "展开全文", False),
        ("作出行政处罚8件。罚款2万元。", "</a><a href='/list.html'>查看全部", False),
        ("作出行政处罚8件。罚款2万元。", "</a><p>别的段落。</p><a>展开全文", False),
        (f"{LONG}{LONG}", "展开全文", False),
    ],
)
def test_the_rest_that_a_button_opens_is_read(rest: str, button: str, is_read: bool) -> None:
    page = f'<p>{LONG}</p><div style="display:none">{rest}</div><a>{button}</a><p>{LONG}</p>'
    assert (rest in lines(page)) is is_read


def test_rows_of_flexible_boxes_are_a_table() -> None:
    row = '<div style="display:flex"><span>{}</span><span>{}</span><span>{}</span></div>'
    rows = row.format("项目", "2023年（件）", "2024年（件）") + row.format("纠纷", "30", "34")
    assert lines(f"{rows}<p>{LONG}</p>")[1:] == ["2023年纠纷30件，2024年纠纷34件。", LONG]
    columns = '<div style="display:flex"><p>主要做法如下</p><p>成效明显</p></div>' * 2
    assert lines(f"{columns}<p>{LONG}</p>")[:2] == ["主要做法如下", "成效明显"]
    alone = f'<div style="display:flex"><b>甲</b><div>{LONG}</div></div>'
    assert lines(alone) == ["甲", LONG]


def test_another_tab_is_not_a_further_page() -> None:
    other = "白云镇调解纠纷99件。"
    tabs = f'<div id="tab_text_1">{LONG}</div><div id="tab_text_2" style="display:none">{other}</div>'
    assert lines(tabs) == [LONG]


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ('<b data-to="31" data-speed="9">0</b>', "31"),
        ('<b data-count="1,234.5">0.0</b>', "1,234.5"),
        ('<img src="n.png" alt="31">', "31"),
        ('<img src="3.gif" alt="3"><img src="1.gif" alt="1">', "31"),
        ('<img src="3.gif" alt="3"><img src="a.gif" alt="图">', "\ufffd"),
        ('<b data-value="9">31</b>', "31"),
        ('<b><i data-to="31">0</i></b>', "31"),
        ('<b data-to="图">0</b>', "0"),
        ('<img src="n.png" alt="图1">', "\ufffd"),
    ],
)
def test_numbers_that_scripts_and_pictures_show_are_read(shown: str, text: str) -> None:
    assert lines(f'<p>{LONG}</p><p>调解{shown}件。</p><p><img alt="9"></p>') == [LONG, f"调解{text}件。"]


def test_sort_keys_of_a_table_are_not_figures() -> None:
    cells = "<td data-value='1'>处罚</td><td data-value='0'>0</td><td data-num='2'>7</td>"
    more = "<td>复议</td><td data-num='2'>0</td><td data-value='3'>3</td>"
    table = f"<table><tr><th>项目<th>申请（件）<th>办结（件）</tr><tr>{cells}</tr><tr>{more}</tr></table>"
    assert lines(table)[1:] == ["处罚：申请0件，办结7件。", "复议：申请0件，办结3件。"]
