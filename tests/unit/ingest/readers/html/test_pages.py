"""Web pages: visible text is read once, hidden text never, and pages of links say where they lead."""

from __future__ import annotations

import re
from email.message import EmailMessage
from itertools import product
from pathlib import Path

import pytest

from orchestration.pipeline.ingest.clean import clean_text
from orchestration.pipeline.ingest.files import read_report
from orchestration.pipeline.ingest.page_words import load_ingest_reference
from orchestration.pipeline.readers import ReadText, RejectedFile, choose_reader
from orchestration.pipeline.readers.html import reader as html

ROOT = Path(__file__).resolve().parents[5]
TITLE = "松坪镇2023年法治政府建设年度报告"
BODY = (
    f"<h1>{TITLE}</h1><p>松坪镇坚持依法行政，推进法治政府建设，现将有关情况报告如下。</p>"
    "<p>一、主要做法</p><p>全年调解纠纷34件。</p>"
)
LINES = [
    TITLE,
    "松坪镇坚持依法行政，推进法治政府建设，现将有关情况报告如下。",
    "一、主要做法",
    "全年调解纠纷34件。",
]
OLD = "旧稿：全年调解纠纷99件。"


def read(body: str, head: str = "", before: str = "<!DOCTYPE html>") -> ReadText:
    return html.read(
        f"{before}<html><head><meta charset='utf-8'>{head}</head><body>{body}</body></html>".encode()
    )


def lines(body: str, head: str = "") -> list[str]:
    return read(body, head).text.split("\n")


HIDDEN = {
    "attribute": f"<p hidden>{OLD}</p>",
    "attribute with a value": f'<p hidden="hidden">{OLD}</p>',
    "display": f'<div style="DISPLAY : none !important">{OLD}</div>',
    "display among others": f'<div style="color:red;display:none">{OLD}</div>',
    "visibility": f'<div style="visibility: hidden">{OLD}</div>',
    "opacity": f'<div style="opacity:0">{OLD}</div>',
    "size": f'<p style="font-size:0">{OLD}</p>',
    "size with a unit": f'<p style="font-size: 0.0pt;color:red">{OLD}</p>',
    "Word's way": f'<span style="mso-hide:all">{OLD}</span>',
    "for readers aloud": f'<p aria-hidden="TRUE">{OLD}</p>',
    "beside the page": f'<p style="position:absolute;left:-9999px">{OLD}</p>',
    "without height": f'<div style="height:0;overflow:hidden">{OLD}</div>',
    "white": f'<p style="color:#fff">{OLD}</p>',
    "white on white": f'<p style="color:#fff; background-color: white"><span style="background:#FFF">{OLD}</span></p>',
    "white by a tag": f'<font color="white">{OLD}</font>',
    "transparent": f'<p style="color:rgba(0,0,0,0)">{OLD}</p>',
    "white by its lightness": f'<p style="color:hsl(0, 0%, 100%)">{OLD}</p>',
    "scaled to nothing": f'<p style="transform:scale(0)">{OLD}</p>',
    "size in a short form": f'<p style="font:0/0 a">{OLD}</p>',
    "struck out": f"<p><del>{OLD}</del></p>",
    "struck out by style": f'<span style="text-decoration: line-through">{OLD}</span>',
    "template": f"<template><p>{OLD}</p></template>",
    "noscript": f"<noscript><p>{OLD}</p></noscript>",
    "closed dialog": f"<dialog>{OLD}</dialog>",
    "comment": f"<!-- <p>{OLD}</p> -->",
    "conditional comment": f"<!--[if IE]><p>{OLD}</p><![endif]-->",
    "inside what is hidden": f'<div hidden><p style="display:none">{OLD}</p><script>x</script></div>',
    "text field": f"<textarea>{OLD}</textarea>",
}


@pytest.mark.parametrize("kind", HIDDEN)
def test_hidden_text_is_not_read(kind: str) -> None:
    assert lines(BODY + HIDDEN[kind]) == LINES


@pytest.mark.parametrize(
    "sheet",
    [
        ".old{display:none}",
        "p.old , .x { visibility : hidden }",
        "/* a */ @media print{.y{top:1px}} div .old{font-size:0}",
    ],
)
def test_text_hidden_by_a_style_rule_is_not_read(sheet: str) -> None:
    assert lines(f'{BODY}<div><p class="old">{OLD}</p></div>', f"<style>{sheet}</style>") == LINES


SHOWN = {
    "size": '<p style="font-size:0.9em">{}</p>',
    "opacity": '<p style="opacity:0.8">{}</p>',
    "shown again": '<style>.a{{display:none}} .a{{display:block}}</style><p class="a">{}</p>',
    "hidden from print": '<style>@media print{{.b{{display:none}}}}</style><p class="b">{}</p>',
    "white on a ground": '<p style="background:#900"><span style="color:#fff">{}</span></p>',
    "open dialog": "<dialog open>{}</dialog>",
    "not for readers aloud": '<p aria-hidden="false">{}</p>',
    "half transparent": '<p style="color:rgba(0,0,0,0.8)">{}</p>',
    "white by a tag on a ground": '<table bgcolor="#900"><tr><td><font color="#fff">{}</font></td></tr></table>',
    "line height": '<p style="line-height:0;overflow:hidden">{}</p>',
}


@pytest.mark.parametrize("kind", SHOWN)
def test_visible_text_is_read(kind: str) -> None:
    assert lines(BODY + SHOWN[kind].format("走访群众5户。")) == [*LINES, "走访群众5户。"]


def test_an_article_that_a_script_will_show_is_read() -> None:
    assert lines(f'<p>首页</p><div id="zoom" style="display:none">{BODY}</div>') == ["首页", *LINES]


WORDS = {
    "ruby": ("在<ruby>㵲<rp>(</rp><rt>wǔ</rt><rp>)</rp></ruby>水调解14件", "在㵲水调解14件"),
    "break opportunity": ("调解1<wbr>234件", "调解1234件"),
    "number over spans": ("调解<span>1</span><span>23</span>件", "调解123件"),
    "number over spans and lines": ("调解<span>1\n</span><span>23</span>件", "调解123件"),
    "number over spans and lines too": ("调解<span>1</span>\n  <span>23</span>件", "调解123件"),
    "a blank between two numbers": ("比分3 <b>2</b>", "比分3 2"),
    "note mark": ("调解34<sup>[1]</sup>件", "调解34件"),
    "note mark that is a digit": ("调解34<sup>1</sup>件", "调解34¹件"),
    "data of XML": ("<![CDATA[调解<b>34件]]></b>", "调解34件"),
    "exponent": ("绿化34m<sup>2</sup>", "绿化34m²"),
    "sign in an attribute": ('调解<a title="a>b" href="x">34</a>件', "调解34件"),
    "bullet of Word": ("<!--[if !supportLists]-->（一）<!--[endif]-->抓学习<o:p></o:p>", "（一）抓学习"),
    "entity escaped twice": ("调解&amp;nbsp;34件&amp;ldquo;好&amp;rdquo;", "调解\xa034件“好”"),
}


@pytest.mark.parametrize("kind", WORDS)
def test_words_are_put_together_as_shown(kind: str) -> None:
    source, shown = WORDS[kind]
    assert lines(f"<p>{source}</p>") == [shown]


@pytest.mark.parametrize("cell", ["{}", "<p>{}</p>", "<div>\n{}</div>"])
def test_cells_of_a_row_are_separate_on_one_line(cell: str) -> None:
    row = "".join(f"<td>{cell.format(words)}</td>" for words in ("调解纠纷", "34", "12"))
    assert [line.split("\t") for line in lines(f"<table><tr>{row}</tr></table>")] == [
        ["调解纠纷", "34", "12"]
    ]


FIGURES = (
    "<tr><th>类别</th><th>项目</th><th>数量（件）</th></tr>"
    "<tr><td rowspan=2>执法</td><td>立案</td><td>9</td></tr><tr><td>结案</td><td><p>8</p></td></tr>"
)


def test_a_table_of_figures_reads_as_sentences() -> None:
    assert lines(f"<table>{FIGURES}</table><p>后文。</p>") == [
        "类别\t项目\t数量（件）", "执法，立案：9件。", "执法，结案：8件。", "后文。"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "rows",
    [
        "<tr><td>索引号：</td><td>001/2024-1</td></tr><tr><td>浏览次数：</td><td>128</td></tr>",
        "<tr><td>索引号</td><td>001/2024-1</td><td>发布日期</td></tr><tr><td>编号</td><td>128</td><td>3</td></tr>",
        "<tr><td>项目</td><td>说明</td></tr><tr><td>（一）学习。学习13次。</td><td>（二）调解。调解34件。</td></tr>",
    ],
)
def test_other_tables_stay_as_they_are(rows: str) -> None:
    text = "\n".join(lines(f"<table>{rows}</table>"))
    for cell in re.findall("<td>(.*?)</td>", rows):
        assert cell in re.split("[\t\n]", text)


def test_paragraphs_of_a_layout_table_stay_paragraphs() -> None:
    assert lines(f"<table><tr><td>菜单</td><td>{BODY}</td></tr></table>") == ["菜单", *LINES]


@pytest.mark.parametrize("times", [1, 2])
def test_an_article_that_was_escaped_too_often_is_read(times: int) -> None:
    body = BODY
    for _ in range(times):
        body = body.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert lines(f"<div>{body}</div>") == LINES


PIECES = {
    "spans": BODY.replace("<h1>", '<span style="x">').replace("</h1>", "</span><br>"),
    "words first": f"{TITLE}<br>" + BODY.split("</h1>")[1],
    "long comment first": f"<!-- {'x' * 70_000} -->\n{BODY}",
    "long style first": f"<style>{'a{top:1px}' * 2_000}</style>{BODY}",
    "XML first": f'<?xml version="1.0" encoding="utf-8"?>\n{BODY}',
    "mark first": f"\ufeff\n<section>{BODY}</section>",
    "frame with its page": f"<body><iframe srcdoc='{BODY}'></iframe></body>",
}


@pytest.mark.parametrize(
    ("kind", "encoding"),
    [
        *product(PIECES, ("utf-8", "gb18030", "utf-16")),
        # without a byte order mark, UTF-16 is recognised by the tag at its beginning
        *((kind, "utf-16-le") for kind in PIECES if "long" not in kind),
    ],
)
def test_a_piece_of_a_page_is_a_page(kind: str, encoding: str) -> None:
    data = PIECES[kind].encode(encoding)
    assert choose_reader(data, "x").NAME == "html"
    assert read_report(data, "x").text.split("\n") == LINES


@pytest.mark.parametrize(
    ("head", "before", "address"),
    [
        ('<link rel="canonical" href="https://a.gov.cn/2024/1.html">', "", "https://a.gov.cn/2024/1.html"),
        ('<meta property="og:url" content="https://a.gov.cn/2024/2.html">', "", "https://a.gov.cn/2024/2.html"),
        ("", "<!-- saved from url=(0029)https://a.gov.cn/2024/3.html -->", "https://a.gov.cn/2024/3.html"),
        ('<link rel="canonical" href="https://a.gov.cn/"><meta name="og:url" content="https://a.gov.cn/t?id=4">', "",
         "https://a.gov.cn/t?id=4"),
        ('<link rel=canonical href="/5.html">', "<!-- saved from url=(0018)https://a.gov.cn/x -->", "https://a.gov.cn/5.html"),
        ('<link rel="canonical" href="http://[bad">', "", None),
        ('<link rel="canonical" href="file:///C:/a.html">', "", None),
    ],
)  # fmt: skip
def test_a_page_says_where_it_was_published(head: str, before: str, address: str | None) -> None:
    assert read(BODY, head, before).fields.get("source_url") == address


@pytest.mark.parametrize(
    ("head", "day"),
    [
        ('<meta name="PubDate" content="2024-01-10 10:00">', "2024-01-10 10:00"),
        ('<meta property="article:published_time" content="2024-01-10T10:00+08:00">', "2024-01-10T10:00+08:00"),
        ('<meta property="og:release_date" content="2024-1-9"><meta name="PubDate" content="2024-1-10">', "2024-1-10"),
        ('<script type="application/ld+json">{"@type": "A", "datePublished": "2024-01-10"}</script>', "2024-01-10"),
        ('<script>{"datePublished": "2024-01-10"}</script>', None),
        ('<meta property="article:modified_time" content="2024-01-10">', None),
    ],
)  # fmt: skip
def test_a_page_says_when_it_was_published(head: str, day: str | None) -> None:
    assert read(BODY, head, "").fields.get("published_on") == day


NOTICE = f"<h1>{TITLE}</h1><p>发布日期：2024-01-10</p>"
LINKING = {
    "link": '<p>附件：<a href="a.pdf">松坪镇年度报告.pdf</a></p><p>点击下载附件查看全文。如有疑问请致电司法所。</p>',
    "long notice": "<p>根据有关规定，现将松坪镇2023年法治政府建设年度报告予以公开，欢迎社会各界监督。</p>"
    '<p>附件：1.<a href="/f/a.docx?x=1">松坪镇2023年法治政府建设年度报告</a></p>',
    "frame": '<iframe src="/pdfjs/viewer.html?file=%2Ff%2Fa.pdf"></iframe><p>如果不能正常显示，请下载后查看。</p>',
    "picture shown": '<p><img src="1.jpg"></p><p><img src="2.jpg"></p>',
    "forwarded": '<meta http-equiv="refresh" content="0; url=/2024/a.html"><p>正在跳转，如未跳转请点击这里。</p>',
    "picture": '<p><a href="1.jpg">报告第一页</a><a href="2.jpg">报告第二页</a></p>',
}


@pytest.mark.parametrize("kind", LINKING)
def test_a_page_that_only_links_to_the_report_is_refused_with_the_link(kind: str) -> None:
    reference = load_ingest_reference(ROOT / "seeds" / "reference")
    head = '<link rel="canonical" href="https://a.gov.cn/x/1.html">'
    page = f"<html><head>{head}</head><body>{NOTICE}{LINKING[kind]}</body></html>"
    with pytest.raises(RejectedFile) as refused:
        clean_text(read_report(page.encode(), "x"), reference)
    assert refused.value.code == "attachment_only"
    assert "<https://a.gov.cn/" in refused.value.message


def test_a_report_with_an_attachment_is_a_report() -> None:
    reference = load_ingest_reference(ROOT / "seeds" / "reference")
    page = f'<html><body>{BODY}<p>附件：<a href="a.pdf">统计表.pdf</a></p></body></html>'
    assert "34件" in clean_text(read_report(page.encode(), "x"), reference).text


@pytest.mark.parametrize("subtype", ["plain", "html"])
def test_an_e_mail_says_what_is_attached_to_it(subtype: str) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["MIME-Version"] = "报送", "1.0"
    mail.set_content("<p>请查收附件，松坪镇司法所报送2023年法治政府建设年度报告一份。</p>", subtype=subtype)
    mail.add_attachment(b"PK", maintype="application", subtype="octet-stream", filename="松坪镇报告.docx")
    reference = load_ingest_reference(ROOT / "seeds" / "reference")
    with pytest.raises(RejectedFile, match=r"松坪镇报告\.docx") as refused:
        clean_text(read_report(mail.as_bytes(), "mail.eml"), reference)
    assert refused.value.code == "attachment_only"
