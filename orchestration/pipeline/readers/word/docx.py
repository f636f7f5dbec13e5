"""Word documents (.docx, .docm, templates, strict ones, and those of WPS): the text that Word prints.

Headers and footers, comments, tables of contents, deleted and hidden text are left out; see `runs`.
python-docx does not open unusual packages (strict, macros, broken relations) and omits text boxes, notes
and numbers, so this module reads the parts with lxml.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from orchestration.pipeline.readers.archive import names_member
from orchestration.pipeline.readers.base import ReadText, RejectedFile, join_lines
from orchestration.pipeline.readers.tables.rows import write_tabbed

if TYPE_CHECKING:
    from orchestration.pipeline.readers.ooxml.opc import Package

NAME = "docx"
VERSION = "15"
MEDIA_TYPES: tuple[str, ...] = (
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.ms-word.document.macroenabled.12",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
    "application/vnd.ms-word.template.macroenabled.12",
)
CONTAINER_MEMBERS: tuple[str, ...] = ("[Content_Types].xml",)

_MARKS = (b"word/document", b"word/_rels/", b"word/styles.xml")
_USUAL_PART = "word/document.xml"
_MAX_CHUNK_DEPTH = 2  # documents within documents


def sniff(data: bytes, name: str) -> bool:
    """Return whether data is a zip whose directory names a Word document part."""
    return names_member(data, _MARKS)


def read(data: bytes) -> ReadText:
    """Return one line per paragraph, and tables as written by `tables.rows`.

    Automatic numbers (一、（一）1.) are written as Word shows them. Text boxes and notes follow their
    paragraph.

    Raises:
        RejectedFile: truncated, encrypted, zip_bomb, too_large, unsupported (inserted documents of another format).
    """
    return _read_bytes(data, 0)


def _read_bytes(data: bytes, depth: int) -> ReadText:
    from orchestration.pipeline.readers.ooxml.opc import Package  # imported here: loading lxml takes time

    return read_package(Package.open(data), depth)


def read_package(package: Package, depth: int = 0) -> ReadText:
    """Read an open package like `read`; `depth` is the number of documents around it."""
    part = find_main_part(package)
    lines, attached = read_main_part(package, part, depth)
    kind = package.content_type(part)
    media_type = MEDIA_TYPES[("macroenabled" in kind) + 2 * ("template" in kind)]
    return ReadText(join_lines(write_tabbed(lines)), media_type, f"{NAME}/{VERSION}", links=tuple(attached))


def find_main_part(package: Package) -> str:
    """Return the name of the part with the body.

    Raises:
        RejectedFile: truncated.
    """
    found = package.related("", "officeDocument")
    if found is None and _USUAL_PART not in package:
        raise RejectedFile("truncated", "not a complete Word document: its main part is missing")
    return found or _USUAL_PART


def read_main_part(
    package: Package,
    part: str,
    depth: int = 0,
    show_picture: Callable[[str], str] = lambda name: "",
) -> tuple[list[str], list[str]]:
    """Return the lines of a document by the name of its main part, and the files that it shows as icons.

    Args:
        package: the document.
        part: name of its main part.
        depth: number of documents around it.
        show_picture: returns the line to write for a picture, by the name of its part; empty for none.

    Raises:
        RejectedFile: truncated, too_large, unsupported (a master document, inserted documents of another format).
    """
    from orchestration.pipeline.readers.word.bound import fill_bound_controls
    from orchestration.pipeline.readers.word.numbering import Numbering
    from orchestration.pipeline.readers.word.objects import EmbeddedObjects
    from orchestration.pipeline.readers.word.parts import WordParts
    from orchestration.pipeline.readers.word.styles import Styles
    from orchestration.pipeline.readers.word.text import TextReader

    root = package.xml(part)
    body = _find_body(root)
    fill_bound_controls(root, package, part)
    parts = WordParts(package, part)

    def read_picture(node: Any) -> list[str]:
        name = parts.picture(node)
        line = show_picture(name) if name else ""
        return [line] if line else []

    objects = EmbeddedObjects(parts, lambda name, data: _read_inserted(name, data, depth + 1))
    styles = Styles(parts.root("styles"))
    reader = TextReader(
        root,
        styles,
        Numbering(parts.root("numbering"), styles),
        parts.notes(),
        read_chunk=lambda node: _read_inserted(*parts.chunk(node), depth + 1),
        read_diagram=parts.diagram,
        read_picture=read_picture,
        read_object=objects.read,
    )
    return list(reader.read(body)), objects.attached


def _find_body(root: Any) -> Any:
    """Return the w:body of a document.

    Raises:
        RejectedFile: truncated (there is none), unsupported (its text is in other files).
    """
    from orchestration.pipeline.readers.ooxml.markup import W

    body = root.find(f"{W}body")
    if body is None:
        raise RejectedFile("truncated", "the Word document has no body")
    if next(root.iter(f"{W}subDoc"), None) is not None:
        raise RejectedFile("unsupported", "a master document whose text is in other files (主控文档的子文档)")
    return body


def _read_inserted(name: str, data: bytes, depth: int) -> list[str]:
    """Return the lines of a document inserted by w:altChunk; `depth` is the number of documents around it."""
    from orchestration.pipeline.readers import choose_reader

    if depth > _MAX_CHUNK_DEPTH:
        raise RejectedFile("too_large", f"inserted documents nested more than {_MAX_CHUNK_DEPTH} levels deep")
    if sniff(data, name):
        return _read_bytes(data, depth).text.split("\n")
    return choose_reader(data, name).read(data).text.split("\n")
