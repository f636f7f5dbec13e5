"""The registry of formats: one module per format, tried in this order on the content.

Each module implements the protocol `Reader`; docs/adding_a_format.md explains how to add one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from orchestration.pipeline.readers import data_file, package
from orchestration.pipeline.readers.archive import drop_common_folder
from orchestration.pipeline.readers.base import LIMITS, Limits, ReadText, RejectedFile
from orchestration.pipeline.readers.html import reader as html
from orchestration.pipeline.readers.mail import reader as mht
from orchestration.pipeline.readers.ofd import reader as ofd
from orchestration.pipeline.readers.office import office_xml, opendocument
from orchestration.pipeline.readers.pdf import reader as pdf
from orchestration.pipeline.readers.rtf import reader as rtf
from orchestration.pipeline.readers.sheets import xls, xlsx
from orchestration.pipeline.readers.text import reader as text
from orchestration.pipeline.readers.word import doc, docx

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
    """The interface of a reader module.

    Attributes:
        NAME: name of the format, as in `ReadText.reader`.
        VERSION: raise it whenever the output changes; files read by this reader are then read again.
        MEDIA_TYPES: possible values of `ReadText.media_type`.
        CONTAINER_MEMBERS: names of zip members that make an archive one document of this format, not an
            archive of files; empty for a format that is not a zip archive.
    """

    NAME: str
    VERSION: str
    MEDIA_TYPES: tuple[str, ...]
    CONTAINER_MEMBERS: tuple[str, ...]

    def sniff(self, data: bytes, name: str) -> bool:
        """Return whether the content has the signature of this format; the file name is only a hint."""
        ...

    def read(self, data: bytes) -> ReadText:
        """Return the text of the file.

        Raises:
            RejectedFile: the file has no usable text; with the reason.
        """
        ...


# Formats with a signature come first; `package` refuses all other archives, and `text` takes the rest.
READERS: tuple[Reader, ...] = (
    pdf, ofd, docx, xlsx, opendocument, xls, package, doc, rtf, office_xml, mht, data_file, html, text,
)  # fmt: skip
_CONTAINER_MEMBERS = frozenset(name.lower() for reader in READERS for name in reader.CONTAINER_MEMBERS)


def choose_reader(data: bytes, name: str) -> Reader:
    """Return the first reader that accepts the content; `name` is only a hint."""
    return next(reader for reader in READERS if reader.sniff(data, name))


def is_container(members: Iterable[str]) -> bool:
    """Return whether an archive with these members is one document, not an archive of files."""
    return any(name.lower() in _CONTAINER_MEMBERS for name in drop_common_folder(members))
