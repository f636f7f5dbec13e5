"""Refuse zip archives that no reader accepts, naming their kind.

Archives of files do not get here, because `orchestration.pipeline.ingest` lists their members instead.
Archives inside archives and documents of other programs (such as slides) do.
"""

from __future__ import annotations

from orchestration.pipeline.readers.archive import check_archive, drop_common_folder
from orchestration.pipeline.readers.base import ReadText, RejectedFile

NAME = "package"
VERSION = "2"
MEDIA_TYPES: tuple[str, ...] = ()
# Every Office (ISO/IEC 29500-2), OpenDocument or EPUB package has one of these. Pages and Numbers documents
# have one of the last two; index.zip alone is not enough, because reports may be next to it.
CONTAINER_MEMBERS: tuple[str, ...] = (
    "[Content_Types].xml",
    "mimetype",
    "uof.xml",
    "Index/Document.iwa",
    "Metadata/BuildVersionHistory.plist",
)

_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_KINDS: tuple[tuple[str, str], ...] = (  # (prefix of a member's name, kind of archive with such members)
    ("xl/", "an Excel workbook"),
    ("ppt/", "a PowerPoint presentation"),
    ("visio/", "a Visio drawing"),
    ("meta-inf/container.xml", "an EPUB book"),
    ("fixeddoc", "an XPS document; print it to PDF"),
    ("uof.xml", "a UOF document (标文通); save it as Word, Excel or PDF"),
    ("content.xml", "an OpenDocument file"),
    ("index/document.iwa", "a document of Pages or Numbers (Apple); save it as Word, Excel or PDF"),
    (
        "metadata/buildversionhistory.plist",
        "a document of Pages or Numbers (Apple); save it as Word, Excel or PDF",
    ),
)


def sniff(data: bytes, name: str) -> bool:
    """Return whether data is a zip archive."""
    return data.startswith(_MAGIC)


def read(data: bytes) -> ReadText:
    """Refuse the archive.

    Raises:
        RejectedFile: unsupported (names its kind), truncated, encrypted, zip_bomb.
    """
    with check_archive(data) as archive:
        names = [name.lower() for name in drop_common_folder(archive.namelist())]
    for beginning, what in _KINDS:
        if any(name.startswith(beginning) for name in names):
            raise RejectedFile("unsupported", f"no reader for {what}")
    raise RejectedFile(
        "unsupported", "an archive in an archive, or an Office file other than a Word document"
    )
