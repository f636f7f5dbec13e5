"""Read the tables and texts of other programs embedded in a Word document (OLE objects).

A table of Excel is a picture in the document: its figures are in the workbook behind it. A file shown as an icon is an
attachment. Formulas and drawings are not read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchestration.pipeline.readers.base import RejectedFile
from orchestration.pipeline.readers.converters import convert_office, find_office
from orchestration.pipeline.readers.sheets import xlsx
from orchestration.pipeline.readers.word.parts import WordParts

_TABLES = ("Excel.Sheet", "ET.Workbook")  # as their programs are called; also with a version behind it
_TEXTS = ("Word.Document", "WPS.Document")
_ZIP = b"PK"


class EmbeddedObjects:
    """Reads the objects of one document.

    Args:
        parts: the parts of the document.
        read_document: returns the lines of a Word document, by its name and bytes.

    Attributes:
        attached: the files shown as icons, `name <place>` each.
    """

    def __init__(self, parts: WordParts, read_document: Callable[[str, bytes], list[str]]) -> None:
        self._parts = parts
        self._read_document = read_document
        self.attached: list[str] = []

    def read(self, node: Any) -> list[str]:
        """Return what an o:OLEObject shows, as lines.

        Raises:
            RejectedFile: unsupported (a table that needs LibreOffice), and as the reader of its format.
        """
        name, data = self._parts.embedded(node)
        program = node.get("ProgID") or ""
        if not data:
            return []
        if node.get("DrawAspect") == "Icon":
            self.attached.append(f"{name.rsplit('/', 1)[-1]} <in the document, as an icon>")
            return []
        if program.startswith(_TEXTS) and data.startswith(_ZIP):
            return self._read_document(name, data)
        if not program.startswith(_TABLES):
            return []
        if data.startswith(_ZIP):
            return xlsx.read_shown(data)
        office = find_office()
        if office is None:
            raise RejectedFile(
                "unsupported",
                "an embedded Excel 97 table (嵌入的 Excel 表格) needs LibreOffice (soffice) on PATH, "
                "or make it a table of Word",
            )
        return xlsx.read_shown(convert_office(office, data, "xls", "xlsx"))
