"""The registry of formats: one module for each, asked in this order by content.

What a module offers is the protocol `Reader`; docs/adding_a_format.md tells how to add one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from orchestration.pipeline.readers import (
    data_file,
    doc,
    docx,
    html,
    mht,
    ofd,
    office_xml,
    opendocument,
    package,
    pdf,
    rtf,
    text,
    xls,
    xlsx,
)
from orchestration.pipeline.readers.archive import drop_common_folder
from orchestration.pipeline.readers.base import LIMITS, Limits, ReadText, RejectedFile

__all__ = [
    "LIMITS",
    "READERS",
    "Limits",
    "ReadText",
    "Reader",
    "RejectedFile",
    "choose_reader",
    "is_container",
]


class Reader(Protocol):
    """What a reader module says about its format.

    Attributes:
        NAME: of the format, as in `ReadText.reader`.
        VERSION: raised whenever the output changes: files that it has read are read again.
        MEDIA_TYPES: what `ReadText.media_type` may be.
        CONTAINER_MEMBERS: names of zip members that make an archive one document of this format, whose
            members are not files of their own; empty for a format that is not a zip archive.
    """

    NAME: str
    VERSION: str
    MEDIA_TYPES: tuple[str, ...]
    CONTAINER_MEMBERS: tuple[str, ...]

    def sniff(self, data: bytes, name: str) -> bool:
        """Whether the signature of this format is in the content; the file's name is only a hint."""
        ...

    def read(self, data: bytes) -> ReadText:
        """The text of the file.

        Raises:
            RejectedFile: why there is none.
        """
        ...


# Formats with a signature first; `package` refuses the archives that nobody before it takes, `text` the rest.
READERS: tuple[Reader, ...] = (
    pdf, ofd, docx, xlsx, opendocument, xls, package, doc, rtf, office_xml, mht, data_file, html, text,
)  # fmt: skip
_CONTAINER_MEMBERS = frozenset(name.lower() for reader in READERS for name in reader.CONTAINER_MEMBERS)


def choose_reader(data: bytes, name: str) -> Reader:
    """The first reader that takes this content; `name` is only a hint."""
    return next(reader for reader in READERS if reader.sniff(data, name))


def is_container(members: Iterable[str]) -> bool:
    """Whether an archive with members of these names is one document, and its members are not files."""
    return any(name.lower() in _CONTAINER_MEMBERS for name in drop_common_folder(members))
