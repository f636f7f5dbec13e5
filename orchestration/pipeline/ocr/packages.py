"""Word and OFD documents with pages that are pictures: find these pages, their pictures and the text between.

A Word document is a scan if it has pictures of pages and hardly any text, or pictures of printed paper next to
its text. An OFD document is judged page by page, like a PDF file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from orchestration.pipeline.ocr.scans import FEW_CHARACTERS, MARK_CHARACTERS, Scan, find_picture_type
from orchestration.pipeline.readers.base import RejectedFile, join_lines
from orchestration.pipeline.readers.ofd import reader as ofd
from orchestration.pipeline.readers.word import docx

if TYPE_CHECKING:
    from orchestration.pipeline.readers.layout.shapes import Page as PlacedPage
    from orchestration.pipeline.readers.ooxml.opc import Package

OFD, WORD = ofd.MEDIA_TYPES[0], docx.MEDIA_TYPES[0]
_MEDIA = b"word/media/"
_BLIP = "{http://schemas.openxmlformats.org/drawingml/2006/main}blip"
_IMAGE = "{urn:schemas-microsoft-com:vml}imagedata"
_PAGE_MARK = re.compile("\x01(\\d+)\x02")
_WHOLE_REPORT = 600  # characters of text that make a report without the pictures
_MIN_WIDTH, _MIN_HEIGHT = 500, 600  # pixels of a page picture: A4 at 60 dpi


def find_package_scan(data: bytes) -> Scan | None:
    """Return the picture pages of a Word or OFD package; None without any.

    Damaged documents give None; their reader reports the damage.
    """
    try:
        if ofd.sniff(data, ""):
            return _find_in_ofd(data)
        if _MEDIA in data[-65_536:].replace(b"\\", b"/").lower() and docx.sniff(data, ""):
            return _find_in_word(data)
    except RejectedFile:
        return None
    return None


def read_package_picture(data: bytes, scan: Scan, index: int) -> bytes:
    """Return the picture file of page `index`.

    Raises:
        RejectedFile: truncated, too_large.
    """
    if scan.media_type == OFD:
        document = ofd.open_only_document(data)
        assert document is not None  # checked by `find_package_scan`
        return document.read_picture(document.list_pages()[index].picture)
    package, names = _list_pictures(data, _count_typed(data) >= MARK_CHARACTERS)
    return package.read_picture(names[index])


def read_package_page(data: bytes, index: int) -> PlacedPage:
    """Read page `index` of an OFD document, which has a text layer."""
    document = ofd.open_only_document(data)
    assert document is not None
    return ofd.read_page(document, document.page_paths[index])


def read_word_lines(data: bytes) -> list[str | int]:
    """Return a scanned Word document in reading order: lines of text, and the indices of its page pictures."""
    from orchestration.pipeline.readers.ooxml.opc import Package

    _, names = _list_pictures(data, _count_typed(data) >= MARK_CHARACTERS)
    package = Package.open(data)
    marks = {name: f"\x01{index}\x02" for index, name in enumerate(names)}
    lines, _ = docx.read_main_part(
        package, docx.find_main_part(package), show_picture=lambda name: marks.pop(name, "")
    )
    parts: list[str | int] = []
    for line in join_lines(lines).split("\n"):
        for number, part in enumerate(_PAGE_MARK.split(line)):
            if number % 2:
                parts.append(int(part))
            elif part.strip():
                parts.append(part)
    return parts


def _find_in_ofd(data: bytes) -> Scan | None:
    document = ofd.open_only_document(data)
    if document is None:
        return None
    listed = document.list_pages()
    pages = tuple(
        index
        for index, page in enumerate(listed)
        if page.picture and page.characters < (MARK_CHARACTERS if page.covers else FEW_CHARACTERS)
    )
    return Scan(OFD, len(listed), pages) if pages else None


def _find_in_word(data: bytes) -> Scan | None:
    typed = _count_typed(data)
    _, names = _list_pictures(data, typed >= MARK_CHARACTERS)
    return Scan(WORD, len(names), tuple(range(len(names))), typed >= _WHOLE_REPORT) if names else None


def _count_typed(data: bytes) -> int:
    return len("".join(docx.read(data).text.split()))


def _list_pictures(data: bytes, has_text: bool) -> tuple[Package, list[str]]:
    """Return the package and the distinct names of its page pictures, in reading order.

    If the document has text, only pictures that look like printed paper count; others are photographs.
    """
    from orchestration.pipeline.readers.ooxml.opc import Package

    package = Package.open(data)
    found = dict.fromkeys(_referred(package, docx.find_main_part(package)))
    return package, [
        name for name in found if name in package and _is_page(package.read_picture(name), has_text)
    ]


def _referred(package: Package, part: str) -> Iterator[str]:
    from orchestration.pipeline.readers.ooxml.opc import R

    relations = package.relations(part)
    for node in package.xml(part).iter(_BLIP, _IMAGE):
        relation = relations.get(node.get(f"{R}embed") or node.get(f"{R}id") or "")
        if relation is not None and relation.target:
            yield relation.target


def _is_page(picture: bytes, must_be_paper: bool) -> bool:
    from orchestration.pipeline.ocr.pictures import looks_like_paper, measure_picture

    if find_picture_type(picture) is None:
        return False
    width, height = measure_picture(picture)
    if width < _MIN_WIDTH or height < _MIN_HEIGHT:
        return False
    return not must_be_paper or looks_like_paper(picture)
