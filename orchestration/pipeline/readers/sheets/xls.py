"""Excel 97-2003 and binary workbooks (.xls, .et, .xlsb), converted by LibreOffice; without it they are refused."""

from __future__ import annotations

import io

from orchestration.pipeline.readers.archive import check_archive, names_member
from orchestration.pipeline.readers.base import ReadText, RejectedFile
from orchestration.pipeline.readers.converters import convert_office, find_office
from orchestration.pipeline.readers.sheets import xlsx

NAME = "xls"
VERSION = "4"
MEDIA_TYPES: tuple[str, ...] = ("application/vnd.ms-excel",)
CONTAINER_MEMBERS: tuple[str, ...] = ()

_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # signature of an OLE compound file
_STREAMS = ("Workbook", "Book")
_BINARY = (b"xl/workbook.bin",)  # the main part of a binary workbook


def sniff(data: bytes, name: str) -> bool:
    """Return whether data is .xlsb or an OLE workbook, not a workbook inside a Word document."""
    if not data.startswith(_MAGIC):
        return names_member(data, _BINARY)
    import olefile  # imported here, because few reports are in this format

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as container:
            return any(container.exists(stream) for stream in _STREAMS)
    except (OSError, ValueError):
        return False


def read(data: bytes) -> ReadText:
    """Convert with LibreOffice and read like `xlsx.read`.

    Raises:
        RejectedFile: unsupported (no LibreOffice), truncated, encrypted, zip_bomb, and as `xlsx.read`.
    """
    if not data.startswith(_MAGIC):
        check_archive(data)
    what, ending = ("an Excel 97", "xls") if data.startswith(_MAGIC) else ("a binary", "xlsb")
    office = find_office()
    if office is None:
        raise RejectedFile(
            "unsupported", f"{what} workbook; install LibreOffice (soffice on PATH) or save it as .xlsx"
        )
    converted = xlsx.read(convert_office(office, data, ending, "xlsx"))
    return ReadText(converted.text, MEDIA_TYPES[0], f"{NAME}/{VERSION}")
