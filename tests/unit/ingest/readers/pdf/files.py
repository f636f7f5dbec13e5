"""PDF files drawn by reportlab, or written object by object where reportlab cannot write the case."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

_CID_FONT = (
    "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo"
    "<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>/DW 1000/FontDescriptor 7 0 R/W[1 94 500]>>"
)
_DESCRIPTOR = (
    "<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0"
    "/Ascent 880/Descent -120/CapHeight 880/StemV 93>>"
)


def make_pdf(
    *pages: Callable[[Canvas], None], size: tuple[float, float] = (595, 842), **options: Any
) -> bytes:
    """Return a PDF whose pages are drawn by functions, in a Chinese font of 14 points."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=size, **options)
    for draw in pages:
        canvas.setFont("STSong-Light", 14)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def show(x: float, y: float, text: str) -> bytes:
    """Return the instructions that show a text in the font F1."""
    return f"BT /F1 14 Tf {x} {y} Td <{text.encode('utf-16-be').hex()}> Tj ET\n".encode()


def write_pdf(
    content: bytes,
    *,
    catalog: str = "",
    resources: str = "",
    objects: Mapping[int, bytes] | None = None,
    width: int = 595,
    page: str = "",
) -> bytes:
    """Return a one-page PDF with these instructions; `objects` begin at 8, `resources` are added to font F1.

    `catalog` and `page` are entries of these dictionaries.
    """
    all_objects = {
        1: f"<</Type/Catalog/Pages 2 0 R{catalog}>>".encode(),
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {width} 842]/Contents 4 0 R"
        f"/Resources<</Font<</F1 5 0 R/F2 8 0 R>>{resources}>>{page}>>".encode(),
        4: stream(content),
        5: b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[6 0 R]>>",
        6: _CID_FONT.encode(),
        7: _DESCRIPTOR.encode(),
        **(objects or {}),
    }
    written, places = b"%PDF-1.5\n", {}
    for number, body in sorted(all_objects.items()):
        places[number] = len(written)
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, size = len(written), max(all_objects) + 1
    table = b"".join(b"%010d 00000 n \n" % places.get(number, 0) for number in range(1, size))
    head = b"xref\n0 %d\n0000000000 65535 f \n" % size
    return written + head + table + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, start)


def stream(content: bytes, entries: str = "") -> bytes:
    """Return an object with a stream."""
    return f"<<{entries}/Length {len(content)}>>stream\n".encode() + content + b"\nendstream"
