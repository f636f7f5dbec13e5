"""One report saved in every format: what crawlers and clerks make of the same text.

Used by the tests of real reports (outside the repository) and of our own fixtures.
"""

from __future__ import annotations

import html
import io
from collections.abc import Callable
from email.message import EmailMessage

import docx
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, SimpleDocTemplate

NAVIGATION = """<div class="top"><a href="/">首页</a><a href="/a">政务公开</a><a href="/b">政务服务</a>
<a href="/c">互动交流</a><a href="/d">走进我们</a></div>
<ul class="menu"><li><a href="/e">机构职能</a></li><li><a href="/f">规划计划</a></li>
<li><a href="/g">财政信息</a></li></ul><script>var clock = new Date();</script>"""
FOOTER = """<div class="share">分享到：</div><p>【打印】</p><p>【关闭】</p><div class="footer">
<p>主办单位：某地人民政府办公室</p><p>版权所有 未经许可不得转载</p><p>网站标识码：0000000000</p>
<a href="/x">网站地图</a><a href="/y">联系我们</a><a href="/z">隐私声明</a></div>"""


def as_html(text: str, charset: str = "utf-8") -> bytes:
    """A page with menu, share buttons and footer around one paragraph for each line."""
    body = "\n".join(f"<p>　　{html.escape(line.strip())}</p>" for line in text.splitlines() if line.strip())
    page = (
        f'<!DOCTYPE html><html><head><meta charset="{charset}"><title>政府网站</title></head><body>'
        f'{NAVIGATION}<div id="zoom" class="TRS_Editor">{body}</div>{FOOTER}</body></html>'
    )
    return page.encode(charset)


def as_mht(text: str) -> bytes:
    """The page as a browser saves it in one file."""
    message = EmailMessage()
    message["Subject"] = "page"
    message["MIME-Version"] = "1.0"
    message.set_content("saved by a browser")
    message.add_alternative(as_html(text).decode("utf-8"), subtype="html")
    return message.as_bytes()


def as_docx(text: str) -> bytes:
    """A Word document with one paragraph for each line."""
    document = docx.Document()
    for line in text.splitlines():
        document.add_paragraph(line)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def as_pdf(text: str) -> bytes:
    """A PDF whose lines wrap at the margin, each paragraph two characters in."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    style = ParagraphStyle(
        "body",
        fontName="STSong-Light",
        fontSize=15,
        leading=28,
        firstLineIndent=30,
        wordWrap="CJK",
        alignment=TA_LEFT,
    )
    title = ParagraphStyle("title", parent=style, firstLineIndent=0, alignment=1)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    buffer = io.BytesIO()
    SimpleDocTemplate(buffer, pagesize=A4).build(
        [
            Paragraph(html.escape(line), title if index < 2 and len(line) < 45 else style)
            for index, line in enumerate(lines)
        ]
    )
    return buffer.getvalue()


SAVED_AS: dict[str, Callable[[str], bytes]] = {
    "utf-8": lambda text: text.encode("utf-8"),
    "utf-8 with mark": lambda text: text.encode("utf-8-sig"),
    "gb18030": lambda text: text.encode("gb18030"),
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16 without mark": lambda text: text.encode("utf-16-le"),
    "html": as_html,
    "html in gb2312": lambda text: as_html(text, "gb18030").replace(
        b'charset="gb18030"', b'charset="gb2312"'
    ),
    "mht": as_mht,
    "docx": as_docx,
    "pdf": as_pdf,
}
