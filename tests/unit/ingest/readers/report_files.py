"""One report saved in every format, as crawlers and clerks save the same text.

The tests of real reports (outside the repository) and of our own fixtures use it.
"""

from __future__ import annotations

import html
import io
import zipfile
from collections.abc import Callable, Sequence
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
    """Return a page with one paragraph per line between a menu, share buttons and a footer."""
    body = "\n".join(f"<p>　　{html.escape(line.strip())}</p>" for line in text.splitlines() if line.strip())
    page = (
        f'<!DOCTYPE html><html><head><meta charset="{charset}"><title>政府网站</title></head><body>'
        f'{NAVIGATION}<div id="zoom" class="TRS_Editor">{body}</div>{FOOTER}</body></html>'
    )
    return page.encode(charset)


def as_mht(text: str) -> bytes:
    """Return the HTML page in one file, as a browser saves it."""
    message = EmailMessage()
    message["Subject"] = "page"
    message["MIME-Version"] = "1.0"
    message.set_content("saved by a browser")
    message.add_alternative(as_html(text).decode("utf-8"), subtype="html")
    return message.as_bytes()


def as_docx(text: str) -> bytes:
    """Return a Word document with one paragraph per line."""
    document = docx.Document()
    for line in text.splitlines():
        document.add_paragraph(line)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def as_pdf(text: str) -> bytes:
    """Return a PDF whose lines wrap at the margin; each paragraph is indented by two characters."""
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


OFD_NAMESPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'


def ofd_package(parts: dict[str, str]) -> bytes:
    """Return a zip of the XML parts of an OFD; `{ns}` is replaced by the namespace."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, xml in parts.items():
            archive.writestr(
                name, '<?xml version="1.0" encoding="UTF-8"?>' + xml.replace("{ns}", OFD_NAMESPACE)
            )
    return buffer.getvalue()


def ofd_document(
    pages: Sequence[str], common: str = "", others: dict[str, str] | None = None, more: str = ""
) -> bytes:
    """Return an OFD of one document whose pages hold these objects; `more` follows its list of pages."""
    parts = {
        "OFD.xml": '<ofd:OFD {ns} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo/>'
        "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": "<ofd:Document {ns}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 297"
        f"</ofd:PhysicalBox></ofd:PageArea>{common}</ofd:CommonData><ofd:Pages>"
        + "".join(
            f'<ofd:Page ID="{100 + n}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(len(pages))
        )
        + f"</ofd:Pages>{more}</ofd:Document>",
    }
    for number, objects in enumerate(pages):
        parts[f"Doc_0/Pages/Page_{number}/Content.xml"] = ofd_page(objects)
    return ofd_package(parts | (others or {}))


def ofd_page(objects: str, head: str = "") -> str:
    """Return a page with these objects in one layer."""
    return f"<ofd:Page {{ns}}>{head}<ofd:Content><ofd:Layer>{objects}</ofd:Layer></ofd:Content></ofd:Page>"


def ofd_text(
    x: float, y: float, text: str, size: float = 5, more: str = "", deltas: str | None = None
) -> str:
    """Return a text object with its baseline at x, y (mm); Han characters advance by `size`, ASCII by half."""
    steps = [size if char > "\u2e7f" else size / 2 for char in text[:-1]]
    deltas = " ".join(map(str, steps)) if deltas is None else deltas
    return (
        f'<ofd:TextObject ID="9" Boundary="{x} {y - size} 180 {size * 1.2}" Font="2" Size="{size}" {more}>'
        f'<ofd:TextCode X="0" Y="{size}" DeltaX="{deltas}">{html.escape(text)}</ofd:TextCode></ofd:TextObject>'
    )


def as_ofd(text: str) -> bytes:
    """Return an OFD whose lines wrap at 32 characters, with a centred title and indented paragraphs."""
    rows: list[tuple[float, str]] = []
    for index, line in enumerate(line.strip() for line in text.splitlines() if line.strip()):
        if index < 2 and len(line) < 32:
            rows.append((105 - 2.5 * len(line), line))
            continue
        left, room = 35.0, 30.0
        while line:
            end = 0
            while end < len(line) and room >= 1:
                room -= 1 if line[end] > "\u2e7f" else 0.5
                end += 1
            rows.append((left, line[:end]))
            line, left, room = line[end:], 25.0, 32.0
    per_page = 25
    pages = [
        "".join(ofd_text(x, 40 + 9 * i, row) for i, (x, row) in enumerate(rows[start : start + per_page]))
        + ofd_text(100, 285, f"- {start // per_page + 1} -")
        for start in range(0, len(rows), per_page)
    ]
    return ofd_document(pages)


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
    "ofd": as_ofd,
}
