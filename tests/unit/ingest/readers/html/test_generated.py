"""Text that style rules add before and after elements is read where a browser shows it."""

from __future__ import annotations

import pytest

from orchestration.pipeline.readers.html import reader as html

LONG = "松坪镇坚持依法行政，推进法治政府建设，现将有关情况报告如下。"


def lines(body: str, sheet: str) -> list[str]:
    head = f"<head><meta charset=utf-8><style>{sheet}</style></head>"
    page = f"<!DOCTYPE html><html>{head}<body><p>{LONG}</p>{body}</body></html>"
    return html.read(page.encode()).text.split("\n")[1:]


@pytest.mark.parametrize(
    ("sheet", "body", "shown"),
    [
        pytest.param('.n::before{content:"34"}', 'class="n">件', "34件", id="before"),
        pytest.param(".n:after{content:'34件'}", 'class="n">', "34件", id="after, of an empty element"),
        pytest.param('.n:before{content:"\\33\\34 件"}', 'class="n">', "34件", id="escaped"),
        pytest.param(
            ".n:before{content:attr(data-n) '件'}", 'class="n" data-n="34">', "34件", id="attribute"
        ),
        pytest.param(
            '.n:before{content:"12"} p .n:before{content:"34"}', 'class="n">件', "34件", id="more exact"
        ),
        pytest.param('.n:before{content:"12"} .n:before{content:"34"}', 'class="n">件', "34件", id="later"),
        pytest.param(
            '.n:before{content:"12"} .n:before{content:none}', 'class="n">34件', "34件", id="taken back"
        ),
        pytest.param('.n:before{content:"12";display:none}', 'class="n">34件', "34件", id="not shown"),
        pytest.param('.n:hover:before{content:"12"}', 'class="n">34件', "34件", id="below the mouse"),
        pytest.param('@media print{.n:before{content:"12"}}', 'class="n">34件', "34件", id="on paper"),
        pytest.param('.n:before{content:"\\f101 "}', 'class="n">34件', "34件", id="icon"),
        pytest.param('.n:before{content:"»"} .m:before{content:"12"}', 'class="n">34件', "34件", id="mark"),
        pytest.param(".n:before{content:attr(data-n)}", 'class="n" data-n="34件">34件', "34件", id="shadow"),
    ],
)
def test_what_a_rule_writes_is_part_of_its_sentence(sheet: str, body: str, shown: str) -> None:
    assert lines(f"<p>全年调解纠纷<span {body}</span>。</p>", sheet) == [f"全年调解纠纷{shown}。"]


def test_counters_number_headings_and_restart() -> None:
    sheet = (
        "body{counter-reset:a} h2{counter-reset:b} h2:before{counter-increment:a;"
        'content:counter(a,cjk-ideographic) "、"} h3{counter-increment:b} h3:before{content:"（" counter(b) "）"}'
    )
    body = "<h2>主要做法</h2><h3>普法</h3><h3>调解</h3><h2>问题</h2><h3>力量</h3>"
    assert lines(body, sheet) == ["一、主要做法", "（1）普法", "（2）调解", "二、问题", "（1）力量"]


def test_a_counter_before_a_figure_is_none_of_its_digits() -> None:
    sheet = "p:before{counter-increment:n;content:counter(n)}"
    assert lines("<p>26场次讲座。</p><p>讲座26场次。</p>", sheet) == ["2. 26场次讲座。", "3讲座26场次。"]


def test_hidden_elements_show_nothing_of_what_rules_write() -> None:
    body = '<p class="a">旧稿</p><p>全年调解纠纷34件。</p>'
    assert lines(body, '.a{display:none} .a:before{content:"99件"}') == ["全年调解纠纷34件。"]
