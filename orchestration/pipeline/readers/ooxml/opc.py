"""Packages of Office documents (Open Packaging Conventions, ISO/IEC 29500-2): parts and their relations.

Limits are checked before unpacking: `lxml` needs some 100 bytes per tag, so a packed document of 3 MB
could become gigabytes. Relations to missing parts are ignored.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

from lxml import etree

from orchestration.pipeline.readers.archive import DAMAGED, check_archive, drop_common_folder
from orchestration.pipeline.readers.base import LIMITS, RejectedFile

R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"  # namespace of the attribute r:id
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
# Strict documents and Word 2003 use other namespaces for the same elements: (as written, as read here).
_NAMESPACES: tuple[tuple[bytes, bytes], ...] = (
    (b"http://purl.oclc.org/ooxml/officeDocument/relationships", _OFFICE.encode()),
    (
        b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    ),
    (
        b"http://purl.oclc.org/ooxml/drawingml/main",
        b"http://schemas.openxmlformats.org/drawingml/2006/main",
    ),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/math",
        b"http://schemas.openxmlformats.org/officeDocument/2006/math",
    ),
    (
        b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    ),
    (
        b"http://schemas.microsoft.com/office/word/2003/wordml",
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    ),
)
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_TYPES = "[content_types].xml"


@dataclass(frozen=True, slots=True)
class Relation:
    """A reference from a part."""

    kind: str  # the last part of the relation's type: footnotes, image, aFChunk …
    target: str  # name of the part, lower case; empty if outside the package


class Package:
    """The parts of one Office document.

    Args:
        parts: name (lower case, without leading slash) → bytes, for documents in one XML file.
        archive: the zip, for all other documents.
    """

    def __init__(self, parts: Mapping[str, bytes], archive: zipfile.ZipFile | None = None) -> None:
        self._parts = dict(parts)
        self._archive = archive
        self._members: dict[str, zipfile.ZipInfo] = {}
        self._unpacked = 0
        members = [] if archive is None else archive.infolist()
        names = drop_common_folder(member.filename for member in members)
        for name, member in zip(names, members, strict=True):
            first = self._members.setdefault(_normalise(name), member)
            if first.CRC != member.CRC and not name.endswith("/"):
                raise RejectedFile("truncated", f"not a complete Office document: two different parts {name}")

    @classmethod
    def open(cls, data: bytes) -> Package:
        """Open a zip and check it against the limits, without unpacking.

        Raises:
            RejectedFile: truncated, encrypted, zip_bomb.
        """
        return cls({}, check_archive(data))

    def __contains__(self, name: str) -> bool:
        return name in self._parts or name in self._members

    def read(self, name: str) -> bytes:
        """Return the bytes of a part, verified by its checksum.

        Raises:
            RejectedFile: truncated (the part is missing or damaged), too_large.
        """
        if name in self._parts:
            return self._parts[name]
        member = self._members.get(name)
        if member is None or self._archive is None:
            raise RejectedFile("truncated", f"not a complete Office document: {name} is missing")
        room = LIMITS.office_bytes - self._unpacked
        if member.file_size > room:
            raise RejectedFile(
                "too_large",
                f"{name} has {member.file_size} bytes; the limit for a document is {LIMITS.office_bytes}",
            )
        try:
            with self._archive.open(member) as stream:
                data = stream.read(member.file_size + 1)
                stream.read(1)  # verifies the checksum at the end
        except DAMAGED as error:
            raise RejectedFile("truncated", f"damaged archive: {name}: {error}") from error
        self._unpacked += len(data)
        return data

    def read_picture(self, name: str) -> bytes:
        """Return the bytes of a picture, which do not count towards the limits of text.

        Raises:
            RejectedFile: truncated, too_large.
        """
        member = self._members.get(name)
        if member is None or self._archive is None:
            return self._parts.get(name, b"")
        if member.file_size > LIMITS.file_bytes:
            raise RejectedFile(
                "too_large", f"{name} has {member.file_size} bytes; the limit is {LIMITS.file_bytes}"
            )
        try:
            return self._archive.read(member)
        except DAMAGED as error:
            raise RejectedFile("truncated", f"damaged archive: {name}: {error}") from error

    def xml(self, name: str) -> Any:
        """Return the root element of a part.

        Raises:
            RejectedFile: truncated (missing, damaged or not XML), too_large (too many tags), unsupported (a
                document type declaration, which is not allowed in parts, 8.1.4).
        """
        return parse_xml(self.read(name), name)

    def relations(self, name: str) -> Mapping[str, Relation]:
        """Return the relations of a part by id; those of the package itself for an empty name."""
        folder, _, base = name.rpartition("/")
        source = posixpath.join(folder, "_rels", f"{base}.rels")
        if source not in self:
            return MappingProxyType({})
        relations = {}
        for node in self.xml(source).iter("{*}Relationship"):
            outside = node.get("TargetMode", "").lower() == "external"
            relations[node.get("Id", "")] = Relation(
                node.get("Type", "").rpartition("/")[2],
                "" if outside else _resolve(folder, node.get("Target", "")),
            )
        return MappingProxyType(relations)

    def related(self, name: str, kind: str) -> str | None:
        """Return the first existing part of a kind that a part refers to, or None."""
        found = (relation.target for relation in self.relations(name).values() if relation.kind == kind)
        return next((target for target in found if target in self), None)

    def content_type(self, name: str) -> str:
        """Return the media type of a part in lower case; empty if none is declared."""
        if _TYPES not in self:
            return ""
        by_ending = ""
        for node in self.xml(_TYPES):
            if _normalise(node.get("PartName") or "") == name:
                return str(node.get("ContentType", "")).lower()
            if name.endswith("." + (node.get("Extension") or "?").lower()):
                by_ending = str(node.get("ContentType", "")).lower()
        return by_ending


def parse_xml(data: bytes, name: str) -> Any:
    """Parse untrusted XML and return its root; strict and old namespaces are replaced by the usual ones.

    Raises:
        RejectedFile: truncated, too_large, unsupported; see `Package.xml`.
    """
    if data[:2] in _UTF16_MARKS:
        text = data.decode("utf-16", "replace")
        data = text[text.find("?>") + 2 if text.startswith("<?xml") else 0 :].encode()
    if b"<!DOCTYPE" in data:  # anywhere, because a comment may precede it; in text, Office writes &lt;
        raise RejectedFile(
            "unsupported", f"{name} declares a document type (DTD), which Office documents must not do"
        )
    tags = data.count(b"<")
    if tags > LIMITS.office_tags:
        raise RejectedFile("too_large", f"{name} has {tags} tags; the limit is {LIMITS.office_tags}")
    for written, meant in _NAMESPACES:
        data = data.replace(written, meant)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        code = "too_large" if "xcessive depth" in str(error) else "truncated"
        raise RejectedFile(code, f"not a complete Office document: {name}: {error}") from error  # type: ignore[arg-type]
    return root


def _normalise(name: str) -> str:
    return posixpath.normpath(unquote(name).replace("\\", "/")).lstrip("/").lower()


def _resolve(folder: str, target: str) -> str:
    target = target.replace("\\", "/")
    return _normalise(target if target.startswith("/") else posixpath.join("/", folder, target))
