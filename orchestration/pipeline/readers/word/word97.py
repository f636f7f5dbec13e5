"""Checks on a Word 97-2003 document before another program reads it ([MS-DOC])."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_FLAGS = 0x0A  # of FibBase, 2.5.2: bit 8 is fEncrypted, bit 9 says which table stream counts
_CHARACTER_PAGES = 0xFA  # of the Fib: fcPlcfBteChpx and lcbPlcfBteChpx, 2.5.6
_PAGE = 512
_DELETED, _HIDDEN = 0x0800, 0x083C  # sprmCFRMarkDel, sprmCFVanish, 2.6.1
_OPERAND_SIZES = {0: 1, 1: 1, 2: 2, 3: 4, 4: 2, 5: 2, 7: 3}  # by the highest three bits, 2.2.5.1
HEADER_BYTES = _CHARACTER_PAGES + 8


def is_encrypted(document: bytes) -> bool:
    """Return whether the stream WordDocument requires a password."""
    return bool(document[_FLAGS + 1] & 0x01)


def table_stream(document: bytes) -> str:
    """Return the name of the stream with the document's tables."""
    return "1Table" if document[_FLAGS + 1] & 0x02 else "0Table"


def holds_unprinted_text(document: bytes, table: bytes) -> bool:
    """Return whether some text is hidden or a tracked deletion, which simple converters print like other text.

    Args:
        document: the stream WordDocument.
        table: the stream named by `table_stream`.
    """
    start, size = struct.unpack_from("<II", document, _CHARACTER_PAGES)
    places = table[start : start + size]
    count = (len(places) - 4) // 8  # (count + 1) positions, then count page numbers
    for index in range(max(count, 0)):
        (page,) = struct.unpack_from("<I", places, 4 * (count + 1) + 4 * index)
        at = (page & 0x3FFFFF) * _PAGE
        if any(_is_unprinted(properties) for properties in _character_properties(document[at : at + _PAGE])):
            return True
    return False


def _character_properties(page: bytes) -> Iterator[bytes]:
    """Yield the property lists of a ChpxFkp, 2.9.33."""
    if len(page) < _PAGE:
        return
    runs = page[-1]
    offsets = page[4 * (runs + 1) : 4 * (runs + 1) + runs]
    for offset in set(offsets):
        if offset:
            yield page[2 * offset + 1 : 2 * offset + 1 + page[2 * offset]]


def _is_unprinted(properties: bytes) -> bool:
    at = 0
    while at + 3 <= len(properties):
        (code,) = struct.unpack_from("<H", properties, at)
        at += 2
        if code in (_DELETED, _HIDDEN) and properties[at]:
            return True
        at += _OPERAND_SIZES.get(code >> 13, properties[at] + 1)
    return False
