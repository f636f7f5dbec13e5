"""Pages whose text is fetched by scripts are refused with advice; pages that merely have scripts are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.pipeline.ingest.clean import clean_text
from orchestration.pipeline.ingest.files import read_report
from orchestration.pipeline.ingest.page_words import load_ingest_reference
from orchestration.pipeline.readers import RejectedFile
from tests.unit.ingest.readers.report_files import FOOTER, NAVIGATION, as_html

ROOT = Path(__file__).resolve().parents[5]
REFERENCE = load_ingest_reference(ROOT / "seeds" / "reference")
TITLE = "松坪镇2023年法治政府建设年度报告"
SCRIPT = '<script src="/js/app.js"></script>'
ASKED = "<noscript>请开启JavaScript后浏览本页。</noscript>"
HEAD = f"<h1>{TITLE}</h1><p>发布日期：2024-01-10　来源：松坪镇人民政府</p>"
SIDE = "".join(f"<li>{word}第{number}号通知公告</li>" for number in range(40) for word in ("某县", "某镇"))
WAITING = {
    "nothing but scripts": (SCRIPT, "<script>"),
    "a program's place": (f'<div id="app"></div>{SCRIPT}', '<div id="app">'),
    "English": (
        f'<noscript>You need to enable JavaScript to run this app.</noscript><div id="root"></div>{SCRIPT}',
        '<div id="root">',
    ),
    "asked for scripts": (f"{HEAD}{ASKED}{SCRIPT}", "请开启JavaScript"),
    "menu and place": (
        f'{NAVIGATION}{HEAD}<div class="article-content"> </div>{FOOTER}',
        '<div class="article-content">',
    ),
    "template": (f"{NAVIGATION}<h1>{{{{ article.title }}}}</h1><p>{TITLE}</p>{SCRIPT}", "{{ article.title }}"),
    "bound": (f'{HEAD}<p v-html="detail.text"></p>{SCRIPT}', '<p v-html="detail.text">'),
    "waiting": (f"{NAVIGATION}{HEAD}<div>正在加载，请稍候…</div>{FOOTER}", "正在加载"),
    "waiting, with a logo": (f'<img src="logo.png">{HEAD}<div id="content"></div>{SCRIPT}', '<div id="content">'),
    "headlines with figures": (
        f'{HEAD}<div id="zoom"></div><p>某县通报5起典型案例</p><p>表彰30名调解员</p><p>化解34件积案</p>{SCRIPT}',
        '<div id="zoom">',
    ),
    "text in a variable": (f'{HEAD}<script>var text = "{"全年调解纠纷，组织培训。" * 20}";</script>', "<script>"),
    "much beside it": (f'{HEAD}<div id="zoom"></div><ul>{SIDE}</ul>{SCRIPT}', '<div id="zoom">'),
}  # fmt: skip


def _refuse(page: str) -> RejectedFile:
    with pytest.raises(RejectedFile) as refused:
        clean_text(read_report(f"<html><body>{page}</body></html>".encode(), "x"), REFERENCE)
    return refused.value


@pytest.mark.parametrize("kind", WAITING)
def test_a_page_drawn_by_scripts_is_refused_with_the_evidence(kind: str) -> None:
    page, sign = WAITING[kind]
    refused = _refuse(page)
    assert refused.code == "drawn_by_script"
    assert sign in refused.message
    assert "save the complete page, or a PDF" in refused.message


@pytest.mark.parametrize(
    "more",
    [ASKED, '<div id="app"></div>', "<div>正在加载相关阅读…</div>", "<p>{{ item.title }}</p>", SCRIPT],
)
def test_a_page_with_its_text_is_read_whatever_scripts_add(more: str) -> None:
    body = "\n".join(
        [TITLE, "一、主要举措", "全年调解纠纷34件。", "二、存在不足", "执法力量偏少。"]
        + ["坚持依法行政。"] * 20
    )
    page = as_html(body).decode().replace("</body>", f"{more}{SCRIPT}</body>")
    assert "34件" in clean_text(read_report(page.encode(), "x"), REFERENCE).text


@pytest.mark.parametrize(
    "form",
    [
        "<p>党委会前集中学法：12次</p><p>人民调解矛盾纠纷：34件</p><p>行政处罚罚款：3.2万元</p>",
        "<table><tr><td>项目<td>数量（件）</tr><tr><td>行政处罚案件<td>3</tr><tr><td>行政复议案件<td>0</tr>"
        "<tr><td>人民调解矛盾纠纷<td>34</tr></table>",
    ],
    ids=["lines", "table"],
)
def test_a_form_without_sentences_is_read_despite_an_empty_placeholder(form: str) -> None:
    page = f'<html><body>{HEAD}<div id="app"></div>{form}{SCRIPT}</body></html>'
    assert "人民调解矛盾纠纷：34件" in clean_text(read_report(page.encode(), "x"), REFERENCE).text


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (f"{HEAD}{ASKED}<p><img src='1.jpg'></p>{SCRIPT}", "attachment_only"),
        (
            f'{HEAD}<div class="info"></div><div class="content"><p><img src="1.jpg"></p></div>{SCRIPT}',
            "attachment_only",
        ),
        (f'{HEAD}<div id="content"></div><a href="a.pdf">年度报告.pdf</a>{SCRIPT}', "attachment_only"),
        (
            f"<p>对不起，您访问的页面不存在，请返回首页后重试，三秒后自动跳转。</p>{SCRIPT}",
            "not_a_report_text",
        ),
        ("<p> </p>", "empty"),
    ],
    ids=["pictures", "pictures beside an empty place", "link", "error page", "no script"],
)
def test_other_pages_without_text_are_refused_as_what_they_are(page: str, code: str) -> None:
    assert _refuse(page).code == code
