"""OpenDocument texts and workbooks (.odt, .ods, flat ones), converted by LibreOffice; without it they are refused.

Hidden parts that LibreOffice would write into the other format as text are removed before.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Any

from orchestration.pipeline.readers.archive import check_archive, drop_common_folder, names_member
from orchestration.pipeline.readers.base import LIMITS, ReadText, RejectedFile
from orchestration.pipeline.readers.converters import convert_office, find_office
from orchestration.pipeline.readers.ooxml.markup import integer
from orchestration.pipeline.readers.sheets import xlsx
from orchestration.pipeline.readers.word import docx

if TYPE_CHECKING:
    from orchestration.pipeline.readers.ooxml.opc import Package

NAME = "opendocument"
VERSION = "3"
MEDIA_TYPES: tuple[str, ...] = (
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
)
CONTAINER_MEMBERS: tuple[str, ...] = ("mimetype",)

_HEAD_BYTES = 8_192
_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml[\s?]")
_FLAT = b"urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_MANIFEST, _CONTENT, _STYLES = "meta-inf/manifest.xml", "content.xml", "styles.xml"
_SHOWN_PARTS = (_CONTENT, _STYLES)
_KIND = re.compile(
    rb"application/vnd\. (?: oasis\.opendocument | sun\.xml ) \. ([a-z-]+)",  # application/vnd.oasis.opendocument.text
    re.VERBOSE,
)
_TEMPLATE = "-template"
_TARGETS = {"text": "docx", "spreadsheet": "xlsx"}
_ENDINGS = {"text": "odt", "spreadsheet": "ods"}  # flat files put an f before it
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_VALUE_TYPE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}value-type"
_HIDDEN = f"{_TEXT}is-hidden"


def sniff(data: bytes, name: str) -> bool:
    """Return whether data is an OpenDocument zip or flat XML file."""
    if data.startswith(b"PK"):
        return names_member(data, (b"content.xml",)) and names_member(data, (b"meta-inf/manifest.xml",))
    return _BEGINS.match(data) is not None and _FLAT in data[:_HEAD_BYTES]


def read(data: bytes) -> ReadText:
    """Convert with LibreOffice and read like `docx.read` or `xlsx.read`.

    Raises:
        RejectedFile: unsupported (no LibreOffice; drawings, presentations, databases, master documents),
            encrypted, truncated, zip_bomb, too_large, and as `docx.read` or `xlsx.read`.
    """
    is_flat = not data.startswith(b"PK")
    kind = _find_kind(data[:_HEAD_BYTES]) if is_flat else _look_inside(data)
    target = _TARGETS.get(kind)
    if target is None:
        raise RejectedFile(
            "unsupported",
            f"no reader for an OpenDocument file ({kind or 'of unknown kind'})",
        )
    office = find_office()
    if office is None:
        raise RejectedFile(
            "unsupported",
            f"an OpenDocument {kind}; install LibreOffice (soffice on PATH) or save it as .{target}",
        )
    shown = _show_flat(data) if is_flat else _show_package(data)
    made = convert_office(office, shown, "f" * is_flat + _ENDINGS[kind], target)
    read = docx.read(made) if target == "docx" else xlsx.read(made)
    return ReadText(read.text, MEDIA_TYPES[kind == "spreadsheet"], f"{NAME}/{VERSION}")


def _find_kind(stated: bytes) -> str:
    """Return the kind in a media type (text, spreadsheet …); empty without one."""
    found = _KIND.search(stated)
    return found[1].decode().removesuffix(_TEMPLATE) if found else ""


def _look_inside(data: bytes) -> str:
    """Check a package for limits and password, and return its kind."""
    package = _open(data)
    manifest = package.read(_MANIFEST)
    if b"encryption-data" in manifest:
        raise RejectedFile("encrypted", "the OpenDocument file needs a password")
    return _find_kind(package.read("mimetype") if "mimetype" in package else manifest)


def _open(data: bytes) -> Package:
    from orchestration.pipeline.readers.ooxml.opc import Package  # imported here: loading lxml takes time

    return Package.open(data)


def _show_package(data: bytes) -> bytes:
    """Return the package without hidden parts."""
    package, archive = _open(data), check_archive(data)
    members = archive.infolist()
    names = drop_common_folder(member.filename for member in members)
    changed = {name: _drop_unshown(package.xml(name)) for name in _SHOWN_PARTS if name in package}
    if not any(changed.values()) and [member.filename for member in members] == names:
        return data
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as written:
        for name, member in zip(names, members, strict=True):
            part = name.lower()
            written.writestr(name, changed.get(part) or package.read_picture(part), member.compress_type)
    return buffer.getvalue()


def _show_flat(data: bytes) -> bytes:
    from orchestration.pipeline.readers.ooxml.opc import parse_xml

    return _drop_unshown(parse_xml(data, "the document")) or data


def _drop_unshown(root: Any) -> bytes | None:
    """Return the part without hidden sections, paragraphs and words; None if it has none."""
    from lxml import etree

    _check_cells(root)
    hidden = [node for node in root.iter(f"{_TEXT}section") if _is_hidden_section(node)]
    for field in root.iter(f"{_TEXT}hidden-paragraph"):
        around = next(field.iterancestors(f"{_TEXT}p", f"{_TEXT}h"), None)
        if field.get(_HIDDEN) == "true" and around is not None:
            hidden.append(around)
    words = [node for node in root.iter(f"{_TEXT}hidden-text") if node.get(_HIDDEN) == "true"]
    for node in words:
        node.text = ""
        node.set(f"{_TEXT}string-value", "")
    for node in hidden:
        if (parent := node.getparent()) is not None:  # a paragraph may have two such fields
            parent.remove(node)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True) if hidden or words else None


def _check_cells(root: Any) -> None:
    """Refuse a part with more non-empty cells, including repeated ones, than the limit of tags.

    Raises:
        RejectedFile: too_large.
    """
    count = 0
    for row in root.iter(f"{_TABLE}table-row"):
        filled = [cell for cell in row if len(cell) or cell.get(_VALUE_TYPE)]
        cells = sum(_read_count(cell, "number-columns-repeated") for cell in filled)
        count += cells * _read_count(row, "number-rows-repeated")
    if count > LIMITS.office_tags:
        raise RejectedFile("too_large", f"{count} cells with content; the limit is {LIMITS.office_tags}")


def _read_count(node: Any, name: str) -> int:
    return max(integer(node.get(_TABLE + name), 1), 1)


def _is_hidden_section(node: Any) -> bool:
    display = node.get(f"{_TEXT}display", "true")
    return bool(display == "none" or (display == "condition" and node.get(_HIDDEN) == "true"))
