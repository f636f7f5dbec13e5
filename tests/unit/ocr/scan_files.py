"""Files whose pages are pictures, and pages as OCR would have read them."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from orchestration.pipeline.ocr.records import Line, Page

FIXTURES = Path(__file__).parents[2] / "fixtures" / "ocr"
SCAN = (FIXTURES / "report.pdf").read_bytes()
TIFF = (FIXTURES / "report.tif").read_bytes()
PRINTED = (FIXTURES / "report.txt").read_text(encoding="utf-8")
_FONT = "STSong-Light"


def text_pdf(
    *pages: Sequence[str], picture: Image.Image | None = None, mode: int = 0, is_covered: bool = False
) -> bytes:
    """Return a PDF file with a text layer; a picture, if given, fills each page behind the text or over it.

    The mode of the text is that of PDF: 0 filled, 3 invisible.
    """
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(595, 842))
    for lines in pages:
        if picture is not None and not is_covered:
            canvas.drawInlineImage(picture, 0, 0, 595, 842)
        canvas.setFont(_FONT, 14)
        for row, line in enumerate(lines):
            canvas.drawString(70, 760 - 24 * row, line, mode=mode)
        if picture is not None and is_covered:
            canvas.drawImage(ImageReader(picture), 0, 0, 595, 842, mask="auto")
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def join_pdfs(*parts: bytes) -> bytes:
    """Return the pages of several PDF files as one."""
    buffer = io.BytesIO()
    with pdfium.PdfDocument.new() as whole:
        for part in parts:
            with pdfium.PdfDocument(part) as document:
                whole.import_pages(document)
        whole.save(buffer)
    return buffer.getvalue()


def tiff_page(index: int) -> Image.Image:
    """Return a page of the black-and-white scan."""
    with Image.open(io.BytesIO(TIFF)) as image:
        image.seek(index)
        return image.convert("L")


def encode(image: Image.Image, kind: str, **options: object) -> bytes:
    """Return the bytes of a picture file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def page_of(rows: Sequence[tuple[str, float, float]], *, skew: float = 0.0, sure: float = 0.99) -> Page:
    """Return an A4 page as read; each row is a text and its offset from the top left in ems and lines."""
    em, step = 0.0268, 0.0344  # fractions of the page's width and height
    lines = []
    for text, left, row in rows:
        width = sum(0.55 if char.isascii() else 1.0 for char in text) * em
        x, y = 0.13 + left * em, 0.13 + row * step
        # falls to the right by `skew` degrees, rotated about the page's centre
        slope = math.tan(math.radians(skew))
        drop, shift = (x + width / 2 - 0.5) * slope / 1.414, (y - 0.5) * slope * 1.414
        lines.append(Line(text, x - shift, y + drop, width, 0.019, sure, (sure,) * len(text)))
    return Page(1654, 2339, 0, skew, tuple(lines))
