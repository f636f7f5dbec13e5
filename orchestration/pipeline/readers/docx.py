"""Word documents (.docx, also written by WPS): paragraphs, tables and automatic numbers.

The libraries are imported when the first document is read: they take longer than hundreds of pages.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from orchestration.pipeline.readers.archive import check_archive, check_members
from orchestration.pipeline.readers.base import ReadText, RejectedFile, join_lines

if TYPE_CHECKING:
    from docx.document import Document

NAME = "docx"
VERSION = "1"
MEDIA_TYPES: tuple[str, ...] = ("application/vnd.openxmlformats-officedocument.wordprocessingml.document",)
CONTAINER_MEMBERS: tuple[str, ...] = ("[Content_Types].xml",)

_DOCUMENT_PART = b"word/document"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"  # namespace of elements and attributes
_HAN_DIGITS = "零一二三四五六七八九"
_HAN_FORMATS = frozenset(
    ("chineseCounting", "chineseCountingThousand", "chineseLegalSimplified", "japaneseCounting", "ideographDigital",
     "taiwaneseCounting", "taiwaneseCountingThousand")
)  # fmt: skip
_Numbering = dict[tuple[str, int], tuple[str, str, int]]  # (numId, level) → (format, text, start)


def sniff(data: bytes, name: str) -> bool:
    """True for a zip whose directory names a Word document part."""
    return data[:4] == b"PK\x03\x04" and (_DOCUMENT_PART in data[:4096] or _DOCUMENT_PART in data[-65_536:])


def read(data: bytes) -> ReadText:
    """One line for each paragraph or table row, tracked insertions in, deletions out.

    Automatic numbers (一、（一）1.) are written out as Word would show them.

    Raises:
        RejectedFile: truncated, zip_bomb.
    """
    import docx
    from docx.opc.exceptions import PackageNotFoundError
    from lxml import etree  # type: ignore[import-untyped]

    check_members(check_archive(data))
    try:
        document = docx.Document(io.BytesIO(data))
        if getattr(document.element, "body", None) is None:
            raise RejectedFile("truncated", "the Word document has no body")
        text = join_lines(_walk(document))
    except (PackageNotFoundError, KeyError, ValueError, AttributeError, etree.XMLSyntaxError) as error:
        # python-docx leaves it to its reader whether a part has the type and the root element that it has a
        # class for (AttributeError), and whether a level is a number (ValueError).
        raise RejectedFile("truncated", f"not a complete Word document: {error}") from error
    return ReadText(text, MEDIA_TYPES[0], f"{NAME}/{VERSION}")


def _walk(document: Document) -> Iterator[str]:
    numbering = _read_numbering(document)
    styles = _read_style_numbers(document)
    counters: dict[tuple[str, int], int] = {}
    for block in _blocks(document.element.body):
        if block.tag == f"{_W}tbl":
            for row in block.iter(f"{_W}tr"):
                yield "\t".join(_text(cell) for cell in row.iter(f"{_W}tc"))
        else:
            yield _number(block, numbering, styles, counters) + _text(block)


def _blocks(parent: Any) -> Iterator[Any]:
    """Paragraphs and tables in reading order, also inside content controls and text boxes' hosts."""
    for child in parent:
        if child.tag in (f"{_W}p", f"{_W}tbl"):
            yield child
        elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml"):
            yield from _blocks(child)


def _text(element: Any) -> str:
    parts: list[str] = []
    for node in element.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}cr", f"{_W}noBreakHyphen"):
        if node.tag == f"{_W}t":
            parts.append(node.text or "")
        elif node.tag == f"{_W}tab":
            if node.getparent().tag == f"{_W}r":  # w:tabs of the paragraph's properties hold w:tab too
                parts.append("\t")
        elif node.tag == f"{_W}noBreakHyphen":
            parts.append("-")
        else:
            parts.append("\n")
    return "".join(parts)


def _read_numbering(document: Document) -> _Numbering:
    try:
        root = document.part.numbering_part.element
    except (KeyError, NotImplementedError):
        return {}
    abstract = {node.get(f"{_W}abstractNumId"): node for node in root.iter(f"{_W}abstractNum")}
    numbering: _Numbering = {}
    for num in root.iter(f"{_W}num"):
        reference = num.find(f"{_W}abstractNumId")
        levels = abstract.get(reference.get(f"{_W}val")) if reference is not None else None
        for level in () if levels is None else levels.iter(f"{_W}lvl"):
            index = int(level.get(f"{_W}ilvl", "0"))
            values = {tag: _value(level, tag) for tag in ("numFmt", "lvlText", "start")}
            start = int(values["start"]) if values["start"].isdigit() else 1
            numbering[(num.get(f"{_W}numId"), index)] = (values["numFmt"], values["lvlText"], start)
    return numbering


def _read_style_numbers(document: Document) -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for style in document.styles.element.iter(f"{_W}style"):
        number = style.find(f"{_W}pPr/{_W}numPr")
        if number is not None and _value(number, "numId"):
            found[style.get(f"{_W}styleId")] = (
                _value(number, "numId"),
                int(_value(number, "ilvl") or 0),
            )
    return found


def _value(node: Any, tag: str) -> str:
    child = node.find(_W + tag)
    return "" if child is None else str(child.get(f"{_W}val", ""))


def _number(
    paragraph: Any,
    numbering: _Numbering,
    styles: dict[str, tuple[str, int]],
    counters: dict[tuple[str, int], int],
) -> str:
    """The automatic number of a paragraph as Word shows it, such as 一、; empty without one."""
    properties = paragraph.find(f"{_W}pPr")
    if properties is None:
        return ""
    own = properties.find(f"{_W}numPr")
    if own is not None:
        number, level = _value(own, "numId"), int(_value(own, "ilvl") or 0)
    else:
        number, level = styles.get(_value(properties, "pStyle"), ("", 0))
    kind, pattern, start = numbering.get((number, level), ("", "", 1))
    if not number or kind in ("", "bullet", "none"):
        return ""
    counters[(number, level)] = counters.get((number, level), start - 1) + 1
    for deeper in [key for key in counters if key[0] == number and key[1] > level]:
        del counters[deeper]
    for index in range(level + 1):
        shown_kind, _, shown_start = numbering.get((number, index), (kind, "", 1))
        value = counters.get((number, index), shown_start)
        pattern = pattern.replace(f"%{index + 1}", _format_number(value, shown_kind))
    return pattern


def _format_number(value: int, kind: str) -> str:
    if kind in _HAN_FORMATS:
        tens, ones = divmod(value, 10)
        if value < 10:
            return _HAN_DIGITS[value]
        return ("" if tens == 1 else _HAN_DIGITS[tens % 10]) + "十" + (_HAN_DIGITS[ones] if ones else "")
    if kind == "decimalEnclosedCircle" and 1 <= value <= 20:
        return chr(0x2460 + value - 1)
    if kind in ("upperLetter", "lowerLetter"):
        letter = chr(ord("A") + (value - 1) % 26)
        return letter if kind == "upperLetter" else letter.lower()
    return str(value)
