"""The registry of formats: one module for each, asked in this order by content.

A reader module has `NAME`, `VERSION` (raise it when its output changes), `MEDIA_TYPES`,
`sniff(data, name) -> bool` and `read(data) -> ReadText`; see docs/adding_a_format.md.
"""

from __future__ import annotations

from typing import Protocol

from orchestration.pipeline.readers import doc, docx, html, mht, pdf, text
from orchestration.pipeline.readers.base import LIMITS, Limits, ReadText, RejectedFile

__all__ = ["LIMITS", "READERS", "Limits", "ReadText", "Reader", "RejectedFile", "choose_reader"]


class Reader(Protocol):
    """What a reader module offers."""

    NAME: str
    VERSION: str
    MEDIA_TYPES: tuple[str, ...]

    def sniff(self, data: bytes, name: str) -> bool:
        """Whether this reader takes a file with this content."""
        ...

    def read(self, data: bytes) -> ReadText:
        """The text of the file, or RejectedFile."""
        ...


# Formats with a signature first; text takes what is left and says why it cannot.
READERS: tuple[Reader, ...] = (pdf, docx, doc, mht, html, text)


def choose_reader(data: bytes, name: str) -> Reader:
    """The first reader that takes this content; `name` is only a hint."""
    return next(reader for reader in READERS if reader.sniff(data, name))
