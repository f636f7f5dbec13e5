"""PDF files with a text layer: the visible glyphs, laid out in lines by `readers.layout`.

The library is imported with the first document, because few reports are PDF files.
"""

from __future__ import annotations

import ctypes
import math
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from orchestration.pipeline.readers.base import LIMITS, ReadText, RejectedFile, join_lines
from orchestration.pipeline.readers.layout import upright
from orchestration.pipeline.readers.layout.boxes import Box
from orchestration.pipeline.readers.layout.lines import join_paragraphs, set_lines
from orchestration.pipeline.readers.layout.running import drop_running_lines, order_pages
from orchestration.pipeline.readers.layout.shapes import Glyph, Page, Rule
from orchestration.pipeline.readers.layout.struck import close_struck
from orchestration.pipeline.readers.pdf.boxes import map_box
from orchestration.pipeline.readers.pdf.streams import check_streams
from orchestration.pipeline.readers.pdf.visible import Color, Visibility, is_filled_dark
from orchestration.pipeline.readers.tables.rows import write_tabbed

if TYPE_CHECKING:
    import pypdfium2 as pdfium

NAME = "pdf"
VERSION = "17"
MEDIA_TYPES: tuple[str, ...] = ("application/pdf",)
CONTAINER_MEMBERS: tuple[str, ...] = ()

_MIN_CHARS_PER_PAGE = 20
_MAX_ANNOTATIONS = 500  # read per page
_UNKNOWN = 0xFFFD
_FLAT = 0.2  # height/width of a box; spaces of some fonts have almost no height
_HYPHEN = 0x02  # PDFium's code for a hyphen at the end of a line
_BLANKS = frozenset((0xA0, 0xAD, 0x200B, 0x3000, 0xFEFF, *range(0x2000, 0x200B)))
_LEADING_UNKNOWN = re.compile(r"^(\s*)\ufffd+\s*", re.MULTILINE)  # bullets from a symbol font
_MIN_SIZE = 2.0  # points; smaller text cannot be seen
_FLAT_SIZE = 6.0  # points
_MAX_FILES = 20  # attached to a PDF, that are named
_SKETCH = 0.1  # pixels per point; the picture is not used
_UPRIGHT = math.radians(45)


class PageGlyphs(NamedTuple):
    """The glyphs of a page, the y of its upper and lower edge, and the lines drawn on it."""

    glyphs: list[Glyph]
    top: float
    bottom: float
    rules: list[Rule]


class _Look(NamedTuple):
    """The appearance of a text object."""

    turn: float  # radians clockwise
    is_hidden: bool = False  # white, or a watermark by name
    is_pale: bool = False
    is_invisible: bool = False  # neither filled nor outlined, as the text layer of a scan
    address: int | None = None
    color: Color | None = None  # of its filling


def sniff(data: bytes, name: str) -> bool:
    """Return whether the first kilobyte has the mark of a PDF."""
    return b"%PDF-" in data[:1024]


def read(data: bytes) -> ReadText:
    """Return the paragraphs of all pages, without running headers, page numbers, watermarks and invisible text.

    Indented paragraphs keep their indent; see `readers.layout`.

    Raises:
        RejectedFile: encrypted, scanned (no text layer), truncated (damaged), too_large, zip_bomb,
            unsupported (vertical text).
    """
    import pypdfium2 as pdfium
    import pypdfium2.raw as pdfium_c

    has_layers = check_streams(data)
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        code = getattr(error, "err_code", None)
        if code == pdfium_c.FPDF_ERR_PASSWORD or "password" in str(error).lower():
            raise RejectedFile("encrypted", "the PDF needs a password") from error
        raise RejectedFile("truncated", f"not a complete PDF: {error}") from error
    with document:
        attached = _list_attachments(document)
        count = len(document)
        if count > LIMITS.pdf_pages:
            raise RejectedFile("too_large", f"{count} pages; the limit is {LIMITS.pdf_pages}")
        pages: list[Page] = []
        left = LIMITS.text_chars
        try:
            for index in range(count):
                before_fields = set_forms(document[index])
                glyphs, top, bottom, rules = read_glyphs(
                    document[index], left, has_layers=has_layers, before_fields=before_fields
                )
                left -= len(glyphs)
                pages.append(Page(set_lines(glyphs, rules=rules), top, bottom))
        except pdfium.PdfiumError as error:
            raise RejectedFile("truncated", f"a page is damaged: {error}") from error
    if sum(len(line.text) for page in pages for line in page.lines) < _MIN_CHARS_PER_PAGE * min(count, 3):
        raise RejectedFile(
            "scanned", f"{count} pages with hardly any text, and no page pictures that OCR could read"
        )
    kept, header = drop_running_lines(order_pages(pages))
    fields = {"page_title": header} if header else {}
    text = drop_bullets(join_lines(write_tabbed(join_paragraphs(kept))))
    return ReadText(text, MEDIA_TYPES[0], f"{NAME}/{VERSION}", None, MappingProxyType(fields), attached)


def drop_bullets(text: str) -> str:
    """Remove bullets of a symbol font, which have no character, from the beginning of lines."""
    return _LEADING_UNKNOWN.sub(r"\1", text)


def _list_attachments(document: pdfium.PdfDocument) -> tuple[str, ...]:
    """Return the names of the files that a PDF carries; of a portfolio (PDF 包) they are its content."""
    names = [
        document.get_attachment(index).get_name()
        for index in range(min(document.count_attachments(), _MAX_FILES))
    ]
    return tuple(f"{name[:200]} <in the PDF>" for name in names)


def set_forms(page: pdfium.PdfPage) -> int | None:
    """Make text typed into a page's fields and notes part of its content; closes the page.

    Returns:
        The number of objects without fields, whose backgrounds may cover neighbouring words; None without
        fields.
    """
    import pypdfium2.raw as c

    is_typed, is_drawn = False, True
    unseen: list[int] = []
    before_fields: int | None = None
    try:
        for index in range(min(max(c.FPDFPage_GetAnnotCount(page.raw), 0), _MAX_ANNOTATIONS)):
            annotation = c.FPDFPage_GetAnnot(page.raw, index)
            if not annotation:
                continue
            kind = c.FPDFAnnot_GetSubtype(annotation)
            if kind in (c.FPDF_ANNOT_WIDGET, c.FPDF_ANNOT_FREETEXT):
                is_typed = True
                if kind == c.FPDF_ANNOT_WIDGET and before_fields is None:
                    before_fields = c.FPDFPage_CountObjects(page.raw)
                is_drawn = is_drawn and bool(c.FPDFAnnot_HasKey(annotation, b"AP"))
                seen_by = c.FPDFAnnot_GetFlags(annotation) & (
                    c.FPDF_ANNOT_FLAG_NOVIEW | c.FPDF_ANNOT_FLAG_PRINT
                )
                if seen_by == c.FPDF_ANNOT_FLAG_NOVIEW:  # neither shown nor printed
                    unseen.append(index)
            c.FPDFPage_CloseAnnot(annotation)
        for index in reversed(unseen):
            c.FPDFPage_RemoveAnnot(page.raw, index)
        if is_typed:
            if not is_drawn:  # form-filling programs may leave the drawing of typed text to the reader
                page.render(scale=_SKETCH)
            c.FPDFPage_Flatten(page.raw, c.FLAT_NORMALDISPLAY)
    finally:
        page.close()
    return before_fields


def read_glyphs(
    page: pdfium.PdfPage,
    most: int = LIMITS.text_chars,
    *,
    has_layers: bool = False,
    before_fields: int | None = None,
) -> PageGlyphs:
    """Return the visible text of a page, turned upright, with y downward. Closes the page.

    Args:
        page: the page.
        most: maximum number of characters.
        has_layers: whether the file has layers that may be switched off.
        before_fields: number of objects that may cover others; None for all.

    Returns:
        The glyphs, the page's edges and the lines drawn on it, turned like the text.

    Raises:
        RejectedFile: too_large (more than `most` characters), unsupported (vertical text).
    """
    textpage = page.get_textpage()
    try:
        count = textpage.count_chars()
        if count > most + 2 * _MIN_CHARS_PER_PAGE:
            raise RejectedFile("too_large", f"more than {LIMITS.text_chars} characters")
        visibility = Visibility(page, has_layers=has_layers, before_fields=before_fields)
        return _read_chars(page, textpage, max(count, 0), visibility)
    finally:
        textpage.close()
        page.close()


def _read_chars(
    page: pdfium.PdfPage, textpage: pdfium.PdfTextPage, count: int, visibility: Visibility
) -> PageGlyphs:
    """Return the visible glyphs of a page with `count` characters, turned upright, and its drawn lines."""
    drawn, boxes = _draw_chars(page, textpage, count, visibility)
    printed = visibility.find_printed(boxes)
    unseen = visibility.find_unseen([(look.address, look.color) for _, look in drawn], boxes)
    drawn = close_struck(drawn, visibility.find_struck(boxes) | unseen, printed)
    glyphs, quarter = upright.keep_text(_drop_unseen(page, drawn), _MIN_SIZE)
    low, bottom, high, top = page.get_bbox()
    edges = ((-top, -bottom), (-high, -low), (bottom, top), (low, high))[quarter]
    # Tables of sideways pages are read by word positions only.
    rules = [Rule(box.left, box.right, -box.top, -box.bottom) for box in visibility.rules if quarter == 0]
    return PageGlyphs(glyphs, *edges, rules)


def _draw_chars(
    page: pdfium.PdfPage, textpage: pdfium.PdfTextPage, count: int, visibility: Visibility
) -> tuple[list[tuple[Glyph, _Look]], list[Box]]:
    """Return the glyphs within a page's edges with their looks, and their boxes in page coordinates."""
    import pypdfium2.raw as c

    looks: dict[int | None, _Look] = {}
    drawn: list[tuple[Glyph, _Look]] = []
    boxes: list[Box] = []
    rect, x, y = c.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    raw = textpage.raw
    low, bottom, high, top = page.get_bbox()
    for index in range(count):
        if c.FPDFText_IsGenerated(raw, index) == 1:
            continue
        code = c.FPDFText_GetUnicode(raw, index)
        if is_nameless(raw, index, code):
            code = _UNKNOWN if _is_drawn(raw, index) else 32
        elif code < 32 or code in (0xFFFE, 0xFFFF) or 0xD800 <= code < 0xE000 or code > 0x10FFFF:
            continue
        item = c.FPDFText_GetTextObject(raw, index)
        address = ctypes.addressof(item.contents) if item else None
        look = looks.get(address)
        if look is None:
            look = looks[address] = _look_at(textpage, item, index)
        if not c.FPDFText_GetLooseCharBox(raw, index, rect) or not c.FPDFText_GetCharOrigin(raw, index, x, y):
            continue
        box = Box(rect.left, rect.bottom, rect.right, rect.top)
        matrix = visibility.find_matrix(address, box)
        if matrix is not None:
            box = map_box(box, matrix) or box
            rect.left, rect.bottom, rect.right, rect.top = box
            x.value, y.value = _move(x.value, y.value, matrix)
        if not (low - 1 <= x.value <= high + 1 and bottom - 1 <= y.value <= top + 1):
            continue  # outside the page
        if visibility.hides(address, box):
            continue
        if look.is_pale and not look.is_hidden and visibility.is_on_ground(box):
            look = looks[address] = look._replace(is_pale=False)
        boxes.append(box)
        glyph = _turn(
            visibility.read_marked(chr(code), box), rect, x.value, y.value, upright.quarter_turns(look.turn)
        )
        if glyph.size < _FLAT_SIZE and not glyph.char.isalnum():
            # Some fonts only give the ink box, so a dash or stop would look smaller than its neighbours.
            glyph = glyph._replace(size=max(glyph.size, _read_em(item)))
        drawn.append((glyph, look))
    return drawn, boxes


def _move(x: float, y: float, matrix: Any) -> tuple[float, float]:
    return matrix.a * x + matrix.c * y + matrix.e, matrix.b * x + matrix.d * y + matrix.f


def is_nameless(raw: Any, index: int, code: int) -> bool:
    """Return whether a glyph has no known character, so that not even a digit is reliable.

    Args:
        raw: the page's text in PDFium.
        index: index of the character.
        code: its code point in PDFium.
    """
    import pypdfium2.raw as c

    if c.FPDFText_HasUnicodeMapError(raw, index) == 1:
        return True
    # The font's map may call a visible glyph nothing or a space.
    return (code < 33 or code in _BLANKS) and code != _HYPHEN and _is_drawn(raw, index, _FLAT)


def _is_drawn(raw: Any, index: int, flat: float = 0.0) -> bool:
    """Return whether a character leaves ink; a space's box has no height, or at most `flat` times its width."""
    import pypdfium2.raw as c

    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    found = c.FPDFText_GetCharBox(raw, index, left, right, bottom, top)
    width, height = right.value - left.value, top.value - bottom.value
    if flat and abs(math.sin(c.FPDFText_GetCharAngle(raw, index))) > math.sin(_UPRIGHT):  # sideways text
        width, height = height, width
    return bool(found) and width > 0.01 and height > max(0.01, flat * width)


def _look_at(textpage: pdfium.PdfTextPage, item: Any, index: int) -> _Look:
    import pypdfium2.raw as c

    turn = c.FPDFText_GetCharAngle(textpage.raw, index)
    if not item:
        return _Look(turn)
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    has_color = c.FPDFPageObj_GetFillColor(item, red, green, blue, alpha)
    mode = c.FPDFTextObj_GetTextRenderMode(item)
    is_filled = mode in (c.FPDF_TEXTRENDERMODE_FILL, c.FPDF_TEXTRENDERMODE_FILL_CLIP)
    colors = (red.value, green.value, blue.value) if has_color and is_filled else (0, 0, 0)
    is_faint = bool(has_color) and is_filled and alpha.value < upright.FAINT_ALPHA
    return _Look(
        turn,
        is_hidden=min(colors) >= upright.WHITE
        or (is_faint and alpha.value < upright.UNSEEN_ALPHA)
        or _is_watermark(item),
        is_pale=is_faint or min(colors) > upright.PALE,
        is_invisible=mode in (c.FPDF_TEXTRENDERMODE_INVISIBLE, c.FPDF_TEXTRENDERMODE_CLIP),
        address=ctypes.addressof(item.contents),
        color=colors if is_filled else None,
    )


def _read_em(item: Any) -> float:
    """Return the drawn font size of a text object in points; 0 if unknown."""
    import pypdfium2.raw as c

    if not item:
        return 0.0
    size, matrix = ctypes.c_float(), c.FS_MATRIX()
    if not c.FPDFTextObj_GetFontSize(item, size) or not c.FPDFPageObj_GetMatrix(item, matrix):
        return 0.0
    return abs(size.value) * math.hypot(matrix.c, matrix.d)


def _is_watermark(item: Any) -> bool:
    """Return whether marked content declares a watermark (ISO 32000-2, 14.8.2.2: artifact subtype Watermark)."""
    import pypdfium2.raw as c

    length = ctypes.c_ulong()
    buffer = (ctypes.c_ushort * 64)()
    for number in range(c.FPDFPageObj_CountMarks(item)):
        mark = c.FPDFPageObj_GetMark(item, number)
        for key in (b"Subtype", b"Type"):
            if c.FPDFPageObjMark_GetParamStringValue(mark, key, buffer, ctypes.sizeof(buffer), length):
                value = bytes(buffer)[: max(0, length.value - 2)].decode("utf-16-le", "ignore")
                if value.lower() == "watermark":
                    return True
    return False


def _turn(char: str, rect: Any, x: float, y: float, quarter: int) -> Glyph:
    """Return a glyph with its position on the page turned upright, with y downward."""
    if quarter == 0:
        left, right, base, size = rect.left, rect.right, -y, rect.top - rect.bottom
    elif quarter == 3:  # runs upward
        left, right, base, size = rect.bottom, rect.top, x, rect.right - rect.left
    elif quarter == 2:
        left, right, base, size = -rect.right, -rect.left, y, rect.top - rect.bottom
    else:
        left, right, base, size = -rect.top, -rect.bottom, -x, rect.right - rect.left
    width = right - left
    # A font may state any height, but a Han character is as wide as its em.
    em = width if width > 0 and ord(char) > 0x2E80 else min(size, 2.2 * width) if width > 0 else size
    return Glyph(char, left, right, base, max(em, 0.1))


def _drop_unseen(page: pdfium.PdfPage, drawn: list[tuple[Glyph, _Look]]) -> list[upright.Drawn]:
    has_ground = any(look.is_hidden for _, look in drawn) and _has_ground(page, pictures_only=False)
    is_scan = any(look.is_invisible for _, look in drawn) and _has_ground(page, pictures_only=True)
    return [
        upright.Drawn(glyph, look.turn, look.is_pale and not look.is_hidden)
        for glyph, look in drawn
        if (has_ground or not look.is_hidden) and (is_scan or not look.is_invisible)
    ]


def _has_ground(page: pdfium.PdfPage, *, pictures_only: bool) -> bool:
    """Return whether a picture, or a filled shape that is not pale, may be behind white or invisible text."""
    import pypdfium2.raw as c

    for item in page.get_objects(filter=[c.FPDF_PAGEOBJ_PATH, c.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        if item.type == c.FPDF_PAGEOBJ_IMAGE:
            return True
        if pictures_only:
            continue
        if is_filled_dark(item.raw):
            return True
    return False
