"""Pages with invalid bytes next to their text, and pages that are only part of an article."""

from __future__ import annotations

import pytest

from orchestration.pipeline.ingest.files import read_report
from orchestration.pipeline.readers import RejectedFile
from orchestration.pipeline.readers.html import reader as html

TITLE = "松坪镇2024年法治政府建设年度报告"
TEXT = "<p>全年调解纠纷34件，组织法治讲座12场次，接受群众咨询50人次。</p>"
CUT = "松坪镇依法治镇工作".encode("gb18030")[:-1]


def page(head: str = "", behind: str = "", charset: str = "gb2312") -> bytes:
    markup = f'<html><head><meta charset="{charset}">{head}</head><body><h1>{TITLE}</h1>{TEXT}{behind}</body></html>'
    return markup.encode("gb18030" if charset == "gb2312" else charset)


@pytest.mark.parametrize(
    ("head", "behind"),
    [
        ('<meta name="description" content="@@">', ""),
        ("<!-- @@ -->", ""),
        ("<script>var a='@@';</script>", ""),
        ("", '<img alt="x" title="@@">'),
    ],
    ids=["a description", "a comment", "a script", "an attribute"],
)
@pytest.mark.parametrize("charset", ["gb2312", "utf-8"])
def test_invalid_bytes_outside_the_text_do_no_harm(head: str, behind: str, charset: str) -> None:
    read = read_report(page(head, behind, charset).replace(b"@@", CUT), "x.html")
    assert "调解纠纷34件" in read.text
    assert "\ufffd" not in read.text


@pytest.mark.parametrize("behind", ["<p>@@件</p>", "<title>@@</title>"])
def test_bad_bytes_in_the_text_refuse_the_page(behind: str) -> None:
    with pytest.raises(RejectedFile, match="gb18030") as refused:
        read_report(page(behind=behind).replace(b"@@", CUT), "x.html")
    assert refused.value.code == "undecodable"


TURNED = {
    "numbered": '<span>1</span><a href="t2025_12_1.html">2</a><a href="t2025_12_1.html">下一页</a>',
    "the last one": '<a href="./t2025_12.html">1</a><a href="./t2025_12_1.html">上一页</a><span>3</span>',
    "counted": "共 3 页 <a class=next href=a25_2.shtml target=_self>下一页</a>",
}
WHOLE = {
    "the next article": '<p>共3页</p><a href="t2025_13.html">下一篇</a>',
    "a list beside it": '<a href="index_1.html">2</a><a href="index_1.html">下一页</a>共5页',
    "a list of articles": '共12页<a href="fzjs_2.html">下一页</a>',
    "an article by its number": '共12页<a href="art_1234_56.html">上一页</a>',
    "nothing to turn": '<a href="javascript:;">下一页</a>共3页',
    "one page": '共1页<a href="t2025_12_1.html">下一页</a>',
    "another article": '共3页<a href="art_12_4567.html">下一页</a>',
}


@pytest.mark.parametrize("kind", TURNED)
def test_one_page_of_a_multi_page_article_is_refused(kind: str) -> None:
    with pytest.raises(RejectedFile, match=r"分页.*html") as refused:
        html.read(page(behind=TURNED[kind]))
    assert refused.value.code == "truncated"


@pytest.mark.parametrize("kind", WHOLE)
def test_other_pages_are_read(kind: str) -> None:
    assert "调解纠纷34件" in html.read(page(behind=WHOLE[kind])).text
