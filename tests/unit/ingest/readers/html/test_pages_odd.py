"""Odd web pages: style rules that show and hide, list numbers, formulas, notes, pages in other wrappers."""

from __future__ import annotations

import gzip

import pytest

from orchestration.pipeline.readers import RejectedFile, choose_reader
from orchestration.pipeline.readers.html import reader as html
from orchestration.pipeline.readers.html.http_message import open_message

NEW, OLD = "全年调解纠纷34件。", "旧稿：全年调解纠纷99件。"
LONG = "松坪镇坚持依法行政，推进法治政府建设，现将有关情况报告如下。"


def lines(body: str, head: str = "") -> list[str]:
    page = f"<!DOCTYPE html><html><head><meta charset=utf-8>{head}</head><body>{body}</body></html>"
    return html.read(page.encode()).text.split("\n")


@pytest.mark.parametrize(
    ("sheet", "name"),
    [
        pytest.param(".a{display:none} .b{display:block}", "a b", id="the later of two"),
        pytest.param(".a.on{display:block} .a{display:none}", "a on", id="the one that says more"),
        pytest.param("p.b{display:block !important} #x .b{display:none}", "b", id="the important one"),
        pytest.param(".a{display:none} .a:not(.x){display:block}", "a", id="not"),
        pytest.param("@media print{.a{display:none}}", "a", id="on paper only"),
        pytest.param("@media (max-width: 600px){.a{display:none}}", "a", id="on small screens only"),
        pytest.param("@media screen{.b{display:none}}", "a", id="another class"),
    ],
)
def test_the_winning_rule_shows_an_element(sheet: str, name: str) -> None:
    body = f'<p>{LONG}</p><div id="x"><p class="{name}">{NEW}</p></div>'
    assert lines(body, f"<style>{sheet}</style>") == [LONG, NEW]


@pytest.mark.parametrize(
    "sheet",
    [
        ".a{display:block} .a{display:none}",
        ".a{display:none!important} #x .a{display:block}",
        "@media screen and (min-width:768px){.a{display:none}}",
        "[data-v='1']{display:none}",
        "div > .a{visibility:hidden}",
        "@layer base{.a{display:none}}",
        r".\61 {display:none}",
    ],
)
def test_the_winning_rule_hides_an_element(sheet: str) -> None:
    body = f'<p>{LONG}</p><div id="x"><p class="a" data-v="1">{OLD}</p></div>'
    assert lines(body, f"<style>{sheet}</style>") == [LONG]


def test_style_sheets_of_paper_do_not_count_and_own_styles_win() -> None:
    paper = '<style media="print">.a{display:none}</style>'
    assert lines(f'<p>{LONG}</p><p class="a">{NEW}</p>', paper) == [LONG, NEW]
    shown = f'<p>{LONG}</p><p class="a" style="display:block">{NEW}</p>'
    assert lines(shown, "<style>.a{display:none}</style>") == [LONG, NEW]


@pytest.mark.parametrize(
    "body",
    [
        f'<div style="font-size:0"><span style="font-size:16px">{NEW}</span></div>',
        f'<div style="visibility:hidden"><p style="visibility:visible">{NEW}</p></div>',
        f'<style>.g{{font-size:0}}</style><div class="g"><p>{NEW}</p></div>',
    ],
)
def test_visible_text_within_a_hidden_element_is_read(body: str) -> None:
    assert lines(f"<p>{LONG}</p>{body}") == [LONG, NEW]


def test_a_header_that_stays_while_rows_scroll_belongs_to_them() -> None:
    head = "<div><table><tr><th>项目</th><th>2023年（件）</th><th>2024年（件）</th></tr></table></div>"
    rows = "<tr><td>调解纠纷</td><td>34</td><td>56</td></tr><tr><td>行政处罚</td><td>1</td><td>2</td></tr>"
    shown = lines(f"<div>{head}<div><table>{rows}</table></div></div>")
    assert "2023年调解纠纷34件，2024年调解纠纷56件。" in shown
    apart = lines(f"<div>{head}</div><p>表一</p><div><div><table>{rows}</table></div></div>")
    assert "2023年调解纠纷34件，2024年调解纠纷56件。" not in apart


def test_a_table_of_figures_in_a_table_for_layout_reads_as_sentences() -> None:
    inner = "<table><tr><td>项目<td>数量（件）<tr><td>纠纷<td>34</table>"
    assert lines(f"<table><tr><td>{inner}</td></tr></table>") == ["项目\t数量（件）", "纠纷：34件。"]


def test_parts_that_appear_as_the_page_is_scrolled_are_read() -> None:
    parts = "".join(f'<div style="visibility:hidden"><p>{LONG}{number}</p></div>' for number in range(3))
    assert lines(f"<p>{NEW}</p>{parts}") == [NEW, *(f"{LONG}{number}" for number in range(3))]


@pytest.mark.parametrize(
    ("style", "is_read"),
    [
        ("opacity:0;transition:opacity .5s", True),
        ("opacity:0;animation:fade 1s forwards", True),
        ("opacity:0;transition:none", False),
        ("opacity:0;transition:opacity .5s;position:absolute", False),
        ("opacity:0", False),
    ],
)
def test_a_paragraph_that_fades_in_is_read(style: str, is_read: bool) -> None:
    shown = lines(f'<p>{LONG}</p><p style="{style}">{NEW}</p>')
    assert shown == ([LONG, NEW] if is_read else [LONG])


@pytest.mark.parametrize(
    "hidden",
    [
        f"<div popover>{OLD}</div>",
        f'<div style="mso-element:comment-list"><p>{OLD}</p></div>',
        f'<div style="mso-element:header"><p>{OLD}</p></div>',
        f'<p style="clip-path: circle(0)">{OLD}</p>',
        f'<p style="font-size:1px">{OLD}</p>',
        f"<select><option>{OLD}</option></select>",
        f"<marquee>{OLD}</marquee>",
    ],
)
def test_text_that_browser_and_word_do_not_show_is_not_read(hidden: str) -> None:
    assert lines(f"<p>{LONG}</p>{hidden}") == [LONG]


def test_a_page_that_is_one_marquee_is_read() -> None:
    assert lines(f"<p>通知公告</p><marquee>{LONG * 2}</marquee>") == ["通知公告", LONG * 2]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("<ol><li>学习。<li>普法。</ol>", ["1.学习。", "2.普法。"], id="plain"),
        pytest.param(
            '<ol start="3"><li>学习。</li><li><p>普法。</p></li></ol>', ["3.学习。", "4.普法。"], id="start"
        ),
        pytest.param(
            "<ol reversed><li>学习。</li><li>普法。</li></ol>", ["2.学习。", "1.普法。"], id="reversed"
        ),
        pytest.param(
            '<ol><li value="5">学习。</li><li>普法。</li></ol>', ["5.学习。", "6.普法。"], id="value"
        ),
        pytest.param(
            '<ol type="A"><li>学习。</li></ol><ol type=i><li>普法。</li></ol>',
            ["A.学习。", "i.普法。"],
            id="type",
        ),
        pytest.param('<ol style="list-style-type:cjk-ideographic"><li>学习</ol>', ["一、学习"], id="Chinese"),
        pytest.param(
            "<ol><li>学习<ol><li>甲</li><li>乙</li></ol></li><li>普法</li></ol>",
            ["1.学习", "1.甲", "2.乙", "2.普法"],
            id="nested",
        ),
        pytest.param("<ol><li><ol><li>甲</li></ol></li></ol>", ["1.甲"], id="nothing before the inner list"),
        pytest.param("<ol><li>34件办结。</li></ol>", ["1. 34件办结。"], id="a number behind it"),
        pytest.param(
            "<ol><li>1.学习</li><li>2.普法</li></ol>", ["1.学习", "2.普法"], id="numbers of their own"
        ),
        pytest.param("<ol><li>（一）学习</li></ol>", ["（一）学习"], id="Chinese numbers of their own"),
        pytest.param('<ol style="list-style:none"><li>学习</li></ol>', ["学习"], id="none"),
        pytest.param(
            "<style>ol{list-style:none}</style><ol><li>学习</li></ol>", ["学习"], id="none by a rule"
        ),
        pytest.param("<ul><li>学习</li></ul>", ["学习"], id="no numbers"),
        pytest.param("<ol><li hidden>旧</li><li>学习</li></ol>", ["1.学习"], id="a hidden item"),
        pytest.param('<ol start="0"><li>学习</li></ol>', ["0.学习"], id="from nought"),
    ],
)
def test_numbers_of_lists_are_written_out(body: str, expected: list[str]) -> None:
    assert lines(body) == expected


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ('调解34<span style="vertical-align:super">1</span>件', "调解34¹件"),
        ("<style>.n{vertical-align: super}</style>调解34<a class=n>[1]</a>件", "调解34件"),
        ('<font style="vertical-align: inherit;">调解34</font>件', "调解34件"),
        ('调解34<a href="#_ftn1"><span>[1]</span></a>件', "调解34件"),
        ('调解34<a href="#fn1" class="footnote-ref">1</a>件', "调解34¹件"),
        ('见第<a href="#part3">3</a>部分', "见第3部分"),
        ("调解34<sup>1,2</sup>件，CO<sub>2</sub>", "调解34件，CO₂"),
        (
            "占<math><mfrac><mn>1</mn><mn>3</mn></mfrac></math>，<math><mn>98</mn><mo>%</mo></math>",
            "占1/3，98%",
        ),
        (
            "<math><semantics><msup><mn>10</mn><mn>4</mn></msup><annotation>10^4</annotation></semantics></math>元",
            "10⁴元",
        ),
        ('调解<input type="text" value="34">件', "调解34件"),
        ("办理<select><option>9<option selected>12</select>件", "办理12件"),
        ('调解34件<input type="hidden" value="99"><input value="搜索" type="submit">', "调解34件"),
        ("调解<!-- -->1<!-- -->,234<!-- -->件", "调解1,234件"),
        ('调解<script>document.write("34")</script>件', "调解34件"),
        ("调解<script>document.write('<b>3\\u0034<\\/b>');</script>件", "调解34件"),
        ("调解<script>document.write(count())</script>件", "调解\ufffd件"),
        ("调解34件<script>document.write(count())</script>", "调解34件"),
        ('调解34件<script>/* document.write("，处罚9件"); */</script>', "调解34件"),
        ('调解34件<script>\n// document.write("，处罚9件");\ndocument.write("。")</script>', "调解34件。"),
        ("成功率<img src=up.png>，达98%", "成功率，达98%"),
        ("成功率<img src=98.png>，排名靠前", "成功率\ufffd，排名靠前"),
        ('调解<i class="n3"></i><i class="n4"></i>件', "调解\ufffd件"),
        ("<style>.n::before{content:url(34.png)}</style>调解<i class=n></i>件", "调解\ufffd件"),
        ("<style>.n{color:red}</style>调解<i class=n></i>件", "调解件"),
        ('走访<i class="icon"></i>56户', "走访56户"),
        ('调解<b id="n">0</b>件<script>set("n", 34)</script>', "调解\ufffd件"),
        ('调解<b id="n">0</b>件<script>set("m", 34)</script>', "调解0件"),
        ('调解<b id="n">9</b>件<script>set("n", 34)</script>', "调解9件"),
        ('评论<b id="n">0</b>件<script>set("n", 34)</script>', "评论0件"),
    ],
)
def test_a_sentence_reads_as_it_is_shown(shown: str, text: str) -> None:
    assert lines(f"<p>{shown}</p>") == [text]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            '<p><span style="display:block">调解34</span><span style="display:block">12件</span></p>',
            ["调解34", "12件"],
            id="blocks by style",
        ),
        pytest.param(
            '<div>调解<div style="display:inline">34</div>件，信访<p style="display:inline;color:red">8</p>件。</div>',
            ["调解34件，信访8件。"],
            id="in the line by style",
        ),
        pytest.param(
            "<style>.n{display:inline-block}</style><div>调解<div class=n>34</div><div class=n>件</div>。</div>",
            ["调解34件。"],
            id="boxes in a sentence by a rule",
        ),
        pytest.param(
            '<div><div style="display:inline-block">34</div><div style="display:inline-block">12</div></div>',
            ["34", "12"],
            id="a row of boxes",
        ),
        pytest.param(
            '<div style="white-space:pre-wrap">二、成效\n调解34件</div>',
            ["二、成效", "调解34件"],
            id="line ends",
        ),
        pytest.param(
            "<style>.c{white-space:pre-line}</style><div class=c>二、成效\n调解34件</div>",
            ["二、成效", "调解34件"],
            id="line ends by a rule",
        ),
        pytest.param(
            "<svg><title>图</title><text>调解34件</text><text>20</text></svg>", ["调解34件"], id="drawing"
        ),
        pytest.param(
            '<div><template shadowrootmode="open"><p>调解34件</p></template></div>',
            ["调解34件"],
            id="shadow tree",
        ),
        pytest.param(
            "<iframe srcdoc=\"<iframe srcdoc='&lt;p&gt;调解34件&lt;/p&gt;'></iframe>\"></iframe>",
            ["调解34件"],
            id="frame in a frame",
        ),
        pytest.param(
            "<details><summary>二、成效</summary><p>调解34件</p></details>",
            ["二、成效", "调解34件"],
            id="details",
        ),
        pytest.param(
            "<table><caption>统计表 单位：件</caption><tr><td>项目<td>受理<tr><td>纠纷<td>34</table>",
            ["统计表 单位：件", "项目\t受理", "纠纷：受理34件。"],
            id="unit in the caption",
        ),
        pytest.param(
            "<table><tfoot><tr><td>合计<td>46</tfoot><tr><td>项目<td>数量（件）<tr><td>纠纷<td>34</table>",
            ["项目\t数量（件）", "纠纷：34件。", "合计：46件。"],
            id="foot of a table first",
        ),
    ],
)
def test_blocks_are_read_as_shown(body: str, expected: list[str]) -> None:
    assert lines(body) == expected


def test_empty_elements_of_xhtml_swallow_nothing() -> None:
    head = '<?xml version="1.0"?><html><head><title/><script src="a"/></head>'
    page = f"{head}<body><iframe/><p>{LONG}</p></body></html>"
    assert html.read(page.encode()).text == LONG


def test_a_text_with_some_tags_keeps_its_lines() -> None:
    read = html.read(f"{LONG}\n## 一、做法\n调解<b>34</b>件<sup>1</sup>。\n二、打算<br/>\n继续。".encode())
    assert read.text.split("\n") == [LONG, "一、做法", "调解34件¹。", "二、打算", "继续。"]


def test_words_that_keep_looking_like_tags_do_not_end_the_run() -> None:
    broken = '<font face="仿宋>3</font><font face="Times">4</font>'  # a quotation mark is missing
    page = f"<html><body><h1>甲</h1><p>{LONG}</p><p>乙</p><p>丙{broken}件。</p></body></html>"
    assert LONG in html.read(page.encode()).text


def test_an_editor_that_was_saved_with_its_article_is_read() -> None:
    held = f"&lt;p&gt;{LONG}&lt;/p&gt;&lt;p&gt;{NEW}&lt;/p&gt;"
    assert lines(f"<form><textarea>标题</textarea><textarea>{held}</textarea></form>") == [LONG, NEW]
    assert lines(f"<p>{LONG}</p><textarea>{OLD}</textarea>") == [LONG]


def test_a_set_of_frames_leads_to_its_pages() -> None:
    page = "<html><head><title>x</title></head><frameset cols='1,2'><frame src='a.html'><frame src='b.html'></frameset>"
    assert html.read(page.encode()).links == ("<a.html>", "<b.html>")


def test_deep_nesting_does_not_end_the_run() -> None:
    for name in ("ol><li", "math><mrow", "svg><g", "sup"):
        assert html.read(f"<p>{LONG}</p>".encode() + f"<{name}>".encode() * 3_000 + b"x").text.startswith(
            LONG
        )


def test_rules_for_elements_without_end_are_refused() -> None:
    sheet = ".a{display:block}.b{display:none}" * 100
    with pytest.raises(RejectedFile, match="style rules") as refused:
        lines('<p class="a b">x</p>' * 2_000, f"<style>{sheet}</style>")
    assert refused.value.code == "too_large"


HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset={}\r\n{}\r\n"
PAGE = f"<html><body><p>{LONG}</p><p>{NEW}</p></body></html>"


def _answer(charset: str, more: str, body: bytes) -> bytes:
    return HEAD.format(charset, more).encode() + body


CUT = PAGE.encode().index(b"34") + 1
CHUNKED = b"%x\r\n%s\r\n%x;a=b\r\n%s\r\n0\r\n\r\n" % (
    CUT,
    PAGE.encode()[:CUT],
    len(PAGE.encode()) - CUT,
    PAGE.encode()[CUT:],
)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(_answer("gb2312", "", PAGE.encode("gb18030")), id="plain"),
        pytest.param(_answer("utf-8", "Transfer-Encoding: chunked\r\n", CHUNKED), id="in chunks"),
        pytest.param(_answer("utf-8", "Transfer-Encoding: chunked\r\n", PAGE.encode()), id="joined already"),
        pytest.param(
            _answer("utf-8", "Content-Encoding: gzip\r\n", gzip.compress(PAGE.encode())), id="packed"
        ),
        pytest.param(_answer("utf-8", "Content-Encoding: gzip\r\n", PAGE.encode()), id="unpacked already"),
    ],
)
def test_an_answer_of_a_web_server_is_the_page_in_it(data: bytes) -> None:
    assert choose_reader(data, "x").NAME == "html"
    assert html.read(data).text.split("\n") == [LONG, NEW]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"WARC/1.0\r\nWARC-Type: response\r\n\r\n<html>", "unsupported"),
        (_answer("utf-8", "Content-Encoding: br\r\n", b"<p>x"), "unsupported"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html", "truncated"),
        (_answer("utf-8", "Transfer-Encoding: chunked\r\n", b"5\r\n<p>x<\r\nzz"), "truncated"),
    ],
)
def test_an_answer_that_cannot_be_opened_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(RejectedFile) as refused:
        open_message(data)
    assert refused.value.code == code
