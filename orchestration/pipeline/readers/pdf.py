"""PDF files with a text layer.

The library is imported when the first document is read: few reports are PDF files.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from orchestration.pipeline.readers.base import LIMITS, ReadText, RejectedFile, join_lines

if TYPE_CHECKING:
    import pypdfium2 as pdfium

NAME = "pdf"
VERSION = "1"
MEDIA_TYPES: tuple[str, ...] = ("application/pdf",)
CONTAINER_MEMBERS: tuple[str, ...] = ()

_PAGE_NUMBER = re.compile(
    r"\s*(?:[-—–－─]\s*\d{1,3}\s*[-—–－─]|\d{1,3}|第\s*\d{1,3}\s*页(?:\s*[,，/]?\s*共\s*\d{1,3}\s*页)?|\d{1,3}\s*/\s*\d{1,3})\s*"
)
_MIN_CHARS_PER_PAGE = 20
_INDENT_POINTS = 12.0  # a paragraph begins two characters in; a body font has 14 to 16 points
_INDENT = "\u3000\u3000"


def sniff(data: bytes, name: str) -> bool:
    """True where the mark of a PDF stands within the first kilobyte."""
    return b"%PDF-" in data[:1024]


def read(data: bytes) -> ReadText:
    """Lines of all pages, without page numbers; a line that begins a paragraph is indented.

    Raises:
        RejectedFile: encrypted, scanned (no text layer), truncated (damaged), too_large.
    """
    import pypdfium2 as pdfium
    import pypdfium2.raw as pdfium_c

    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        code = getattr(error, "err_code", None)
        if code == pdfium_c.FPDF_ERR_PASSWORD or "password" in str(error).lower():
            raise RejectedFile("encrypted", "the PDF asks for a password") from error
        raise RejectedFile("truncated", f"not a complete PDF: {error}") from error
    with document:
        pages = len(document)
        if pages > LIMITS.pdf_pages:
            raise RejectedFile("too_large", f"{pages} pages, at most {LIMITS.pdf_pages} are read")
        try:
            lines = [line for page in document for line in _read_page(page)]
        except pdfium.PdfiumError as error:
            raise RejectedFile("truncated", f"a page is damaged: {error}") from error
    if sum(len(line.strip()) for line in lines) < _MIN_CHARS_PER_PAGE * min(pages, 3):
        raise RejectedFile(
            "scanned", f"{pages} pages without a text layer; run OCR (such as ocrmypdf -l chi_sim) first"
        )
    return ReadText(join_lines(lines), MEDIA_TYPES[0], f"{NAME}/{VERSION}")


def _read_page(page: pdfium.PdfPage) -> list[str]:
    textpage = page.get_textpage()
    text = textpage.get_text_range()
    rows: list[tuple[float, str]] = []
    start = 0
    for line in text.split("\n"):
        bare = line.rstrip("\r")
        lead = len(bare) - len(bare.lstrip())
        if bare.strip():
            rows.append((textpage.get_charbox(start + lead)[0], bare.strip()))
        start += len(line) + 1
    textpage.close()
    page.close()
    if rows and _PAGE_NUMBER.fullmatch(rows[-1][1]):
        rows.pop()
    if rows and _PAGE_NUMBER.fullmatch(rows[0][1]):
        rows.pop(0)
    if not rows:
        return []
    margin = min(left for left, _ in rows)
    return [(_INDENT if left - margin > _INDENT_POINTS else "") + line for left, line in rows]
