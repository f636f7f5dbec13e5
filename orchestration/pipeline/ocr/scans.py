"""Find the pages of a file that are pictures: PDF pages without a usable text layer, and picture files.

`packages` does this for Word and OFD documents.

A PDF page has no usable text layer if there is none, if it is only a few words over a picture of a page (a
scanner's mark, a page number), if its characters are not text (private use, a font without names for its
glyphs), or if print was turned into outlines. The invisible text that a copier put on its scan is usable, but
nobody has seen it: OCR reads the page if it can, because it knows how sure it is. Of a page of text, OCR reads the
pictures of print, such as a table.
"""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from orchestration.pipeline.chinese import count_han
from orchestration.pipeline.readers.base import LIMITS, RejectedFile
from orchestration.pipeline.readers.encoding import find_damaged_number, measure_common_share
from orchestration.pipeline.readers.layout.boxes import Box, meet
from orchestration.pipeline.readers.pdf import reader as pdf
from orchestration.pipeline.readers.pdf.boxes import find_bounds
from orchestration.pipeline.readers.pdf.digits import DigitShapes
from orchestration.pipeline.readers.pdf.streams import check_streams
from orchestration.pipeline.readers.pdf.visible import is_opaque_picture, read_clip

if TYPE_CHECKING:
    import pypdfium2 as pdfium

    from orchestration.pipeline.ocr.pictures import Picture

MEDIA_TYPES = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"II*\x00": "image/tiff",
    b"MM\x00*": "image/tiff",
    b"BM": "image/bmp",
    b"RIFF": "image/webp",
}
PDF = "application/pdf"
FEW_CHARACTERS = 10  # a page with fewer has no text layer
MARK_CHARACTERS = 60  # a scanner's mark and page number have fewer, half a page of print has more
_PICTURE_SHARE = 0.25  # of a page without text, covered by pictures if it is a scan
_PAGE_SHARE = 0.6  # of a page with few characters, covered by pictures if these are a mark on a scan
_PASTED_WIDTH, _PASTED_SHARE = 0.35, 0.03  # of the page; a seal is less wide, a line of a letterhead smaller
_SKETCH = 0.5  # pixels per point of a page looked at for print
_PICTURE = re.compile(rb"/Subtype\s*/Image")  # in the dictionary of each picture, which is never packed
_SAMPLES = 9  # characters of a page checked for being invisible
_OUTLINES = 400  # paths on a page of outlined print; tables have under 200
_BAD_SHARE = 0.2  # of characters that are not text
_COMMON_SHARE = 0.5  # of common Chinese characters among all that are not ASCII
_HAN_SHARE = 0.05
_NO_TEXT = re.compile(
    r"""
    [\ue000-\uf8ff] | [\U000f0000-\U0010ffff]        # private use
    | [\ufffd\ufffe\x00-\x08\x0e-\x1f]             # replacement and control characters
    """,
    re.VERBOSE,
)
_WAIT = re.compile(r"Please wait|请稍[候等]|正在加载")
_LETTER = re.compile(r"[A-Za-z\u0080-\u024f]")


class Place(NamedTuple):
    """A rectangle of an upright page, in fractions of its width and height from its top left corner."""

    left: float
    top: float
    right: float
    bottom: float

    def holds(self, x: float, y: float) -> bool:
        """Return whether a point is in it."""
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    def is_wide(self) -> bool:
        """Return whether it is wide enough for a table or paragraph; a seal is not."""
        return self.right - self.left >= _PASTED_WIDTH

    def share(self) -> float:
        """Return its share of the page."""
        return (self.right - self.left) * (self.bottom - self.top)

    def cut(self, page: Picture) -> Picture:
        """Return its part of a picture of the page."""
        height, width = page.shape[:2]
        rows = slice(max(0, round(self.top * height)), max(1, round(self.bottom * height)))
        return page[rows, max(0, round(self.left * width)) : max(1, round(self.right * width))]


@dataclass(frozen=True, slots=True)
class Scan:
    """A file with pages that are pictures.

    Attributes:
        media_type: media type of the file.
        page_count: number of its pages.
        pages: indices of the picture pages, from 0.
        has_report: whether there is a report without OCR, in the other text or in invisible text over the pictures,
            so that an unreadable page does not lose the report.
        pasted: indices of those of `pages` that are text with pictures of print, such as a table; only these are read.
    """

    media_type: str
    page_count: int
    pages: tuple[int, ...]
    has_report: bool = False
    pasted: tuple[int, ...] = ()


def find_picture_type(data: bytes) -> str | None:
    """Return the media type of a picture file by its first bytes; None for other files."""
    for mark, media_type in MEDIA_TYPES.items():
        if data.startswith(mark):
            if media_type == "image/webp" and data[8:12] != b"WEBP":
                return None
            if media_type == "image/bmp" and data[6:10] != b"\0\0\0\0":
                return None
            return media_type
    return None


def find_scan(data: bytes) -> Scan | None:
    """Return the picture pages of a file; None if it has none or is of another format.

    Damaged PDF files and those with too many pages give None; their reader reports them.

    Raises:
        RejectedFile: a picture file is too_large or truncated (damaged), or a PDF file is a zip_bomb.
    """
    media_type = find_picture_type(data)
    if media_type is not None:
        from orchestration.pipeline.ocr.pictures import count_frames

        count = count_frames(data)
        return Scan(media_type, count, tuple(range(count)))
    if data.startswith(b"PK\x03\x04"):
        from orchestration.pipeline.ocr.packages import find_package_scan

        return find_package_scan(data)
    if b"%PDF-" not in data[:1024]:
        return None
    import pypdfium2 as pdfium

    check_streams(data)
    try:
        with pdfium.PdfDocument(data) as document:
            count = len(document)
            if count > LIMITS.pdf_pages:
                return None
            has_pictures = _PICTURE.search(data) is not None
            shapes = DigitShapes()
            kinds = [_find_kind(document[index], shapes, has_pictures=has_pictures) for index in range(count)]
            pages = tuple(index for index, kind in enumerate(kinds) if kind is not _Kind.TEXT)
            if pages and _waits_for_form(document):
                raise RejectedFile(
                    "unsupported",
                    "a form that only Adobe programs draw (XFA 动态表单); print it to PDF there",
                )
    except pdfium.PdfiumError:
        return None
    pasted = tuple(index for index in pages if kinds[index] is _Kind.PASTED)
    return Scan(PDF, count, pages, _Kind.PICTURE not in kinds, pasted) if pages else None


def _waits_for_form(document: pdfium.PdfDocument) -> bool:
    """Return whether a PDF holds no more than the notice that its form is being drawn (Please wait…)."""
    import pypdfium2.raw as pdfium_c

    if document.get_formtype() not in (pdfium_c.FORMTYPE_XFA_FULL, pdfium_c.FORMTYPE_XFA_FOREGROUND):
        return False
    textpage = document[0].get_textpage()
    try:
        return _WAIT.search(textpage.get_text_range()) is not None
    finally:
        textpage.close()


def is_garbage(text: str) -> bool:
    """Return whether the characters of a page's text layer differ from those that it shows."""
    text = "".join(text.split())
    if len(text) < FEW_CHARACTERS:
        return False
    if len(_NO_TEXT.findall(text)) > _BAD_SHARE * len(text) or find_damaged_number(text) is not None:
        return True
    han = count_han(text)
    if han > _HAN_SHARE * len(text):
        return measure_common_share(text) < _COMMON_SHARE
    return len(text) >= MARK_CHARACTERS and len(_LETTER.findall(text)) > 0.5 * len(text)


class _Kind(Enum):
    """What a PDF page is."""

    TEXT = auto()
    PICTURE = auto()
    LAYERED = auto()  # a picture with invisible text
    PASTED = auto()  # text with a picture of print


def _find_kind(page: pdfium.PdfPage, shapes: DigitShapes, *, has_pictures: bool) -> _Kind:
    textpage = page.get_textpage()
    text = "".join(_read_text(page, textpage, shapes).split())
    is_layer = len(text) >= MARK_CHARACTERS and (_is_invisible(textpage) or _is_covered(page))
    textpage.close()
    if _is_picture(page, text):
        return _Kind.PICTURE
    if is_layer and _picture_share(page) >= _PAGE_SHARE:
        return _Kind.LAYERED
    return _Kind.PASTED if has_pictures and find_pasted(page) else _Kind.TEXT


def find_pasted(page: pdfium.PdfPage) -> list[Place]:
    """Return the places of pictures that show print, such as a table, beside the text of a page."""
    import pypdfium2.raw as pdfium_c

    width, height = page.get_size()
    if page.get_rotation() or page.get_bbox()[:2] != (0, 0):
        return []
    places: dict[Place, Box] = {}
    for picture in page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=4):
        box = meet(Box(*picture.get_bounds()), read_clip(picture.raw))
        assert box is not None
        place = Place(box.left / width, 1 - box.top / height, box.right / width, 1 - box.bottom / height)
        if place.is_wide() and _PASTED_SHARE <= place.share() < _PAGE_SHARE:
            places[place] = box
    if not places:
        return []
    origins = _list_origins(page)
    bare = [
        place
        for place, box in places.items()
        if sum(box.holds(x, y) for x, y in origins) < FEW_CHARACTERS  # others are the ground of text
    ]
    if not bare:
        return []
    from orchestration.pipeline.ocr.pictures import is_black_print, shows_chart

    shown = page.render(scale=_SKETCH, may_draw_forms=False).to_numpy()[:, :, :3]
    parts = ((place, place.cut(shown)) for place in bare)
    return [place for place, part in parts if is_black_print(part) and not shows_chart(part)]


def _list_origins(page: pdfium.PdfPage) -> list[tuple[float, float]]:
    """Return the places of a page's characters, in points from its lower left corner."""
    import pypdfium2.raw as pdfium_c

    textpage = page.get_textpage()
    x, y = ctypes.c_double(), ctypes.c_double()
    found = []
    for index in range(textpage.count_chars()):
        code = pdfium_c.FPDFText_GetUnicode(textpage.raw, index)
        if code > 32 and pdfium_c.FPDFText_GetCharOrigin(textpage.raw, index, x, y):
            found.append((x.value, y.value))
    textpage.close()
    return found


def _is_picture(page: pdfium.PdfPage, text: str) -> bool:
    """Return whether a page with this text, without white space, has no usable text layer."""
    import pypdfium2.raw as pdfium_c

    if is_garbage(text):
        return True
    if len(text) >= MARK_CHARACTERS:
        # Marks and digits from poor OCR over a scan; a table of figures has no picture behind it.
        return count_han(text) <= _HAN_SHARE * len(text) and _picture_share(page) >= _PAGE_SHARE
    share = _picture_share(page)
    if share >= _PAGE_SHARE or (len(text) < FEW_CHARACTERS and share >= _PICTURE_SHARE):
        return True
    paths = sum(1 for _ in page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_PATH], max_depth=4))
    return paths >= _OUTLINES


def _is_invisible(textpage: pdfium.PdfTextPage) -> bool:
    """Return whether most of a page's text is neither filled nor outlined, by a sample of its characters."""
    import pypdfium2.raw as pdfium_c

    count = textpage.count_chars()
    modes = []
    for number in range(_SAMPLES):
        item = pdfium_c.FPDFText_GetTextObject(textpage.raw, number * count // _SAMPLES)
        if item:
            modes.append(pdfium_c.FPDFTextObj_GetTextRenderMode(item))
    return 2 * modes.count(pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE) > len(modes)


def _is_covered(page: pdfium.PdfPage) -> bool:
    """Return whether the last object of a page is an opaque picture, under which some programs put a scan's text."""
    import pypdfium2.raw as pdfium_c

    last = pdfium_c.FPDFPage_GetObject(page.raw, pdfium_c.FPDFPage_CountObjects(page.raw) - 1)
    if (
        not last
        or pdfium_c.FPDFPageObj_GetType(last) != pdfium_c.FPDF_PAGEOBJ_IMAGE
        or pdfium_c.FPDFPageObj_HasTransparency(last)
    ):
        return False
    width, height = page.get_size()
    shown = meet(find_bounds(last), read_clip(last))
    return (
        shown is not None
        and (shown.right - shown.left) * (shown.top - shown.bottom) / (width * height) >= _PAGE_SHARE
        and is_opaque_picture(page, last)  # a seal or watermark as large as the page is mostly transparent
    )


def _read_text(page: pdfium.PdfPage, textpage: pdfium.PdfTextPage, shapes: DigitShapes) -> str:
    """Return the text of a page, with U+FFFD for glyphs without a character, where the library invents one.

    So is a digit that looks like another: its font maps it wrongly.
    """
    import pypdfium2.raw as pdfium_c

    raw, count = textpage.raw, max(textpage.count_chars(), 0)
    printed = [pdfium_c.FPDFText_GetUnicode(raw, index) for index in range(count)]
    nameless = {
        index
        for index, code in enumerate(printed)
        if pdfium_c.FPDFText_IsGenerated(raw, index) != 1 and pdf.is_nameless(raw, index, code)
    }
    characters = "".join(chr(code) if code < 0x110000 else "\ufffd" for code in printed)
    nameless |= shapes.find_wrong(page, textpage, characters)
    if not nameless:
        return str(textpage.get_text_range())
    codes = (0xFFFD if index in nameless else code for index, code in enumerate(printed))
    return "".join(chr(code) for code in codes if code < 0xD800 or 0xDFFF < code < 0x110000)


def _picture_share(page: pdfium.PdfPage) -> float:
    """Return the share of the page covered by pictures; strips of one scan are added up."""
    import pypdfium2.raw as pdfium_c

    width, height = page.get_size()
    covered = 0.0
    for picture in page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=4):
        left, bottom, right, top = picture.get_bounds()
        covered += max(0.0, min(right, width) - max(left, 0)) * max(0.0, min(top, height) - max(bottom, 0))
    return float(covered / max(width * height, 1.0))
