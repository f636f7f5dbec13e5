"""Build the text of a file with picture pages, from their OCR results and the text pages between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from types import MappingProxyType

from orchestration.pipeline.ocr.layout import find_size, sort_lines, split_spread, to_glyphs
from orchestration.pipeline.ocr.packages import WORD, read_package_page, read_word_lines
from orchestration.pipeline.ocr.recognise import find_ocr_version
from orchestration.pipeline.ocr.records import Line, Page, mean_confidence
from orchestration.pipeline.ocr.scans import PDF, Scan, find_pasted, find_scan
from orchestration.pipeline.ocr.store import PageStore, StoredPage
from orchestration.pipeline.readers.base import LIMITS, ReadText, RejectedFile, join_lines
from orchestration.pipeline.readers.encoding import require_chinese
from orchestration.pipeline.readers.layout.lines import join_paragraphs, set_lines
from orchestration.pipeline.readers.layout.running import drop_running_lines
from orchestration.pipeline.readers.layout.shapes import Page as PlacedPage
from orchestration.pipeline.readers.pdf import reader as pdf
from orchestration.pipeline.readers.pdf.streams import check_streams
from orchestration.pipeline.readers.tables.rows import write_tabbed

NAME = "ocr"
VERSION = "6"  # raise it when the same OCR results give another text; pages are not read again
MAX_PAGES = 120  # picture pages per file; reports have under 40
_MIN_CONFIDENCE = 0.6  # of a file; below it, the text is too unreliable for figures
_WIDTH = 595.0  # points, the width of an A4 page, as in PDF files
WAITING = "waiting for OCR"
NO_TEXT = "OCR finds no text on them"
INSTALL_COMMAND = "make ocr"


@dataclass(frozen=True, slots=True)
class ReadLine:
    """An OCR line; `page_number` starts at 1, `turned_degrees` is its page's clockwise rotation before reading."""

    page_number: int
    turned_degrees: int
    line: Line


@dataclass(frozen=True, slots=True)
class ReadScan:
    """The text of a file read by OCR; `confidence` is the mean over its characters, 0 to 1."""

    read: ReadText
    confidence: float
    lines: tuple[ReadLine, ...]


def require_readable(scan: Scan) -> None:
    """Refuse a file with too many picture pages.

    Raises:
        RejectedFile: too_large.
    """
    if len(scan.pages) > MAX_PAGES:
        raise RejectedFile(
            "too_large", f"{len(scan.pages)} pages without a text layer; the limit for OCR is {MAX_PAGES}"
        )


def read_stored_pages(data: bytes, content_sha256: str, store: PageStore) -> tuple[ReadScan | None, int]:
    """Return the text with a file's picture pages, and the number of picture pages left out.

    (None, 0) for a file without picture pages; (None, their number) if they cannot be read but the other
    text is a report without them.

    Args:
        data: the file.
        content_sha256: hash of the file.
        store: the stored OCR results.

    Raises:
        RejectedFile: its picture pages are not read yet, or cannot be read and the other text is not a report.
    """
    scan = find_scan(data)
    if scan is None:
        return None, 0
    version = find_ocr_version()
    try:
        return read_scan(data, scan, store.find(content_sha256, version), version), 0
    except RejectedFile as rejection:
        if not scan.has_report or rejection.message.startswith(WAITING):
            raise
        is_read = scan.pasted == scan.pages and NO_TEXT in rejection.message  # the pictures are none of print
        return None, 0 if is_read else len(scan.pages)


def read_scan(data: bytes, scan: Scan, pages: Mapping[int, StoredPage], version: str | None) -> ReadScan:
    """Return the text of a file from its stored pages.

    Args:
        data: the file.
        scan: the result of `find_scan`.
        pages: stored pages by index.
        version: the OCR version; None if it is not installed.

    Raises:
        RejectedFile: scanned (pages are missing, failed or unreliable; with the reason), too_large,
            not_a_report_text.
    """
    require_readable(scan)
    missing = [index for index in scan.pages if index not in pages]
    of = f"{len(scan.pages)} of {scan.page_count} pages have no text layer"
    if missing and version is None:
        raise RejectedFile(
            "scanned",
            f"{of}; `{INSTALL_COMMAND}` installs OCR (扫描件：请先运行 {INSTALL_COMMAND} 安装文字识别)",
        )
    if missing:
        raise RejectedFile(
            "scanned",
            f"{WAITING}: {of}, {len(missing)} not read yet; the next run continues (等待文字识别)",
        )
    failed = [(index, pages[index].error) for index in scan.pages if pages[index].page is None]
    if failed:
        index, error = failed[0]
        raise RejectedFile(
            "scanned", f"page {index + 1} could not be read by OCR: {error} (第{index + 1}页无法识别)"
        )
    read_pages = {index: page for index in scan.pages if (page := pages[index].page) is not None}
    read_pages |= _keep_pasted(data, scan, read_pages)
    confidence = mean_confidence(tuple(read_pages.values()))
    if confidence is None:
        raise RejectedFile("scanned", f"{of}, and {NO_TEXT} (未识别到文字)")
    if confidence < _MIN_CONFIDENCE:
        raise RejectedFile(
            "scanned",
            f"{of}, but OCR is not sure enough: mean confidence {confidence:.2f} (识别不清)",
        )
    text, header = _set_pages(data, scan, read_pages)
    if len(text) > LIMITS.text_chars:
        raise RejectedFile("too_large", f"{len(text)} characters; the limit is {LIMITS.text_chars}")
    require_chinese(text)
    fields = {"page_title": header} if header else {}
    read = ReadText(text, scan.media_type, f"{NAME}/{VERSION}", None, MappingProxyType(fields))
    lines = [
        ReadLine(index + 1, page.turned_degrees, line)
        for index, page in sorted(read_pages.items())
        for line in sort_lines(page)
    ]
    return ReadScan(read, round(confidence, 4), tuple(lines))


def _keep_pasted(data: bytes, scan: Scan, read_pages: Mapping[int, Page]) -> dict[int, Page]:
    """Return the pages that are text with pictures of print, with the lines of these pictures only."""
    if not scan.pasted:
        return {}
    import pypdfium2 as pdfium

    kept = {}
    with pdfium.PdfDocument(data) as document:
        for index in scan.pasted:
            page = read_pages[index]
            if page.turned_degrees:  # its print lies on its side, so all of it is read
                continue
            places = find_pasted(document[index])
            lines = [
                line
                for line in page.lines
                if any(place.holds(line.x + line.width / 2, line.y + line.height / 2) for place in places)
            ]
            kept[index] = replace(page, lines=tuple(lines), skew_degrees=0.0)
    return kept


def _set_pages(data: bytes, scan: Scan, read_pages: Mapping[int, Page]) -> tuple[str, str]:
    """Return the text of all pages, laid out by the rules for PDF files, and the longest running header."""
    halves = {index: split_spread(page) for index, page in read_pages.items()}
    usual = find_size([half for page in halves.values() for half in page])
    pages: list[PlacedPage] = []
    numbers: list[int] = []  # index of the page, or of the whole spread, for each of `pages`
    with open_text_pages(data, scan) as read_page:
        for index in range(scan.page_count):
            if index in scan.pasted and not read_pages[index].turned_degrees:
                pages.append(_set_beside(read_page(index), read_pages[index], usual))
                numbers.append(index)
            elif index in read_pages:
                for page in halves[index]:
                    height = _WIDTH * page.height / page.width
                    pages.append(
                        PlacedPage(set_lines(to_glyphs(page, usual, _WIDTH), is_exact=False), 0.0, height)
                    )
                    numbers.append(index)
            else:
                pages.append(read_page(index))
                numbers.append(index)
    kept, header = drop_running_lines(pages)
    if scan.media_type != WORD:
        return pdf.drop_bullets(join_lines(write_tabbed(join_paragraphs(kept)))), header
    lines: list[str] = []
    printed = {line for page in kept for line in (each.text for each in page)}
    for is_page, group in groupby(read_word_lines(data), key=lambda part: isinstance(part, int)):
        if is_page:
            shown = set(group)
            own = [page for number, page in zip(numbers, kept, strict=True) if number in shown]
            lines += write_tabbed(join_paragraphs(own))
        else:  # typed lines, such as a title that the picture repeats
            lines += [str(line) for line in group if line not in printed]
    return join_lines(lines), header


def _set_beside(text: PlacedPage, pictures: Page, usual: float) -> PlacedPage:
    """Return a page of text with the lines of its pictures where they stand."""
    glyphs = to_glyphs(pictures, usual, _WIDTH)
    scale = (text.bottom - text.top) / (_WIDTH * pictures.height / pictures.width)
    placed = [
        glyph._replace(
            left=glyph.left * scale,
            right=glyph.right * scale,
            base=text.top + glyph.base * scale,
            size=glyph.size * scale,
        )
        for glyph in glyphs
    ]
    lines = [*text.lines, *(line._replace(is_pasted=True) for line in set_lines(placed, is_exact=False))]
    return text._replace(lines=sorted(lines, key=lambda line: (line.column, line.base)))


@contextmanager
def open_text_pages(data: bytes, scan: Scan) -> Iterator[Callable[[int], PlacedPage]]:
    """Open a file to read its pages with a text layer; yields a function from page index to page."""
    if not is_pdf(scan):
        yield lambda index: read_package_page(data, index)
        return
    import pypdfium2 as pdfium

    has_layers = check_streams(data)
    with pdfium.PdfDocument(data) as document:

        def read_page(index: int) -> PlacedPage:
            before_fields = pdf.set_forms(document[index])
            glyphs, top, bottom, rules = pdf.read_glyphs(
                document[index], has_layers=has_layers, before_fields=before_fields
            )
            return PlacedPage(set_lines(glyphs, rules=rules), top, bottom)

        yield read_page


def is_pdf(scan: Scan) -> bool:
    """Return whether a scan is a PDF file."""
    return scan.media_type == PDF
