"""Office documents in one XML file: Word's flat packages, Word and Excel 2003; other XML is refused by name.

Otherwise their markup would be read as text. `html` reads pages (XHTML) and feeds, `opendocument` flat
OpenDocument files.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from orchestration.pipeline.readers.base import ReadText, RejectedFile
from orchestration.pipeline.readers.converters import convert_office, find_office
from orchestration.pipeline.readers.html import reader as html
from orchestration.pipeline.readers.office.word_2003 import accept_revisions
from orchestration.pipeline.readers.sheets import xlsx
from orchestration.pipeline.readers.word import docx

if TYPE_CHECKING:
    from orchestration.pipeline.readers.ooxml.opc import Package

NAME = "office_xml"
VERSION = "3"
MEDIA_TYPES: tuple[str, ...] = ("application/xml",)
CONTAINER_MEMBERS: tuple[str, ...] = ()

_HEAD_BYTES = 8_192
_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml[\s?]")
_FLAT = b"http://schemas.microsoft.com/office/2006/xmlPackage"
_PACKAGE = "{http://schemas.microsoft.com/office/2006/xmlPackage}"
_UOF = b"schemas.uof.org"
_WORD_2003 = b"http://schemas.microsoft.com/office/word/2003/wordml"
_EXCEL_2003 = b"urn:schemas-microsoft-com:office:spreadsheet"
_CONVERTED: tuple[
    tuple[bytes, str, str, str], ...
] = (  # (mark, description, usual ending, conversion target)
    (_WORD_2003, "a Word 2003 XML document", "xml", "docx"),
    (_EXCEL_2003, "an Excel 2003 XML workbook", "xml", "xlsx"),
)


def sniff(data: bytes, name: str) -> bool:
    """Return whether data is an Office document in XML, or other XML without tags of a page."""
    head = data[:_HEAD_BYTES]
    if _BEGINS.match(head) is None:
        return False
    marks = (_FLAT, *(mark for mark, *_ in _CONVERTED))
    return any(mark in head for mark in marks) or not html.sniff(data, name)


def read(data: bytes) -> ReadText:
    """Read like `docx.read` or `xlsx.read`; Word and Excel 2003 files are converted by LibreOffice.

    Raises:
        RejectedFile: unsupported (other XML, no LibreOffice), truncated, and as `docx.read`.
    """
    head = data[:_HEAD_BYTES]
    if _FLAT in head:
        return docx.read_package(_open_flat(data))
    for mark, what, ending, target in _CONVERTED:
        if mark in head:
            office = find_office()
            if office is None:
                raise RejectedFile(
                    "unsupported", f"{what}; install LibreOffice (soffice on PATH) or save it as .{target}"
                )
            if mark == _WORD_2003:
                data = accept_revisions(data)
            made = convert_office(office, data, ending, target)
            return docx.read(made) if target == "docx" else xlsx.read(made)
    if _UOF in head:
        raise RejectedFile("unsupported", "a UOF document (标文通); save it as Word, Excel or PDF")
    raise RejectedFile("unsupported", "no reader for this kind of XML")


def _open_flat(data: bytes) -> Package:
    """Open a flat package (pkg:package), whose parts are XML or base64."""
    from lxml import etree

    from orchestration.pipeline.readers.ooxml.opc import Package, parse_xml

    parts: dict[str, bytes] = {}
    for part in parse_xml(data, "the document").iter(f"{_PACKAGE}part"):
        name = (part.get(f"{_PACKAGE}name") or "").lstrip("/").lower()
        content = next(iter(part), None)
        if content is None:
            continue
        if content.tag == f"{_PACKAGE}xmlData" and len(content):
            parts[name] = etree.tostring(content[0])
        elif content.tag == f"{_PACKAGE}binaryData":
            try:
                parts[name] = base64.b64decode("".join((content.text or "").split()), validate=True)
            except binascii.Error as error:
                raise RejectedFile("truncated", f"{name} is not base64: {error}") from error
    return Package(parts)
