"""OFD documents (GB/T 33190-2016, 版式文档): pages of positioned text objects, in a zip of XML.

This module opens packages and decides which are refused. `document` has their documents, `drawing`
reads the pages. Section numbers refer to the standard.
"""

from __future__ import annotations

import posixpath
import re
from types import MappingProxyType
from typing import Any, NamedTuple

from orchestration.pipeline.readers.archive import check_archive, drop_common_folder
from orchestration.pipeline.readers.base import LIMITS, ReadText, RejectedFile, join_lines
from orchestration.pipeline.readers.layout.lines import join_paragraphs
from orchestration.pipeline.readers.layout.running import drop_running_lines, order_pages
from orchestration.pipeline.readers.layout.shapes import Page
from orchestration.pipeline.readers.ofd.document import OfdDocument
from orchestration.pipeline.readers.ofd.drawing import PageReader
from orchestration.pipeline.readers.ofd.parts import (
    Parts,
    children_of,
    local_name,
    normalise_path,
    text_of,
)
from orchestration.pipeline.readers.tables.rows import write_tabbed

NAME = "ofd"
VERSION = "12"
MEDIA_TYPES: tuple[str, ...] = ("application/ofd",)
CONTAINER_MEMBERS: tuple[str, ...] = ("OFD.xml",)

_ROOT = "OFD.xml"
_ENCRYPTION = ("encryptions.xml", "decryptseed.dat")  # GM/T 0099
_MAX_NAMELESS = 2
_MAX_FILES = 20  # attached to an OFD, that are named
_TITLE = re.compile(
    r"(?: 报告 | 总结 | 汇报 | 年报 ) (?: [（(] [^（）()]{1,20} [）)] )?",  # 报告（2024年度）
    re.VERBOSE,
)


class _Body(NamedTuple):
    """The content of one document of the package."""

    text: str
    header: str
    pages: int
    pictures: int
    has_title: bool


def sniff(data: bytes, name: str) -> bool:
    """Return whether data is a zip with the entry point of an OFD."""
    if data[:4] != b"PK\x03\x04":
        return False
    try:
        with check_archive(data) as archive:
            members = drop_common_folder(archive.namelist())
            return any(normalise_path(member) == _ROOT.lower() for member in members)
    except RejectedFile:
        return _ROOT.encode() in data[:100]  # damaged, too large or encrypted; `read` reports which


def read(data: bytes) -> ReadText:
    """Return the paragraphs of all pages, laid out by position; see `readers.layout`.

    Raises:
        RejectedFile: truncated (a part is missing or damaged), encrypted, zip_bomb, too_large, scanned
            (only pictures), unsupported (vertical text), several_reports.
    """
    with check_archive(data) as archive:
        parts = Parts(archive)
        if any(name.rsplit("/", 1)[-1] in _ENCRYPTION for name in parts.names):
            raise RejectedFile("encrypted", "the OFD is encrypted")
        root = parts.xml(_ROOT.lower())
        if local_name(root) != "OFD":
            raise RejectedFile("truncated", "the root of OFD.xml is not an OFD element")
        documents = [OfdDocument(parts, path) for path in _find_documents(root, parts)]
        bodies = list(map(_read_document, documents))
        attached = [name[:200] for document in documents for name in document.list_attachments()]
    written = [body for body in bodies if body.text.strip()]
    if not written:
        pages, pictures = sum(body.pages for body in bodies), sum(body.pictures for body in bodies)
        if pictures:
            raise RejectedFile(
                "scanned", f"{pages} pages of drawings, without text or pictures that OCR could read"
            )
        raise RejectedFile("empty", "the OFD's pages contain no text")
    if sum(body.has_title for body in written) > 1:
        raise RejectedFile(
            "several_reports", f"{len(written)} reports in one OFD; save each as a separate file"
        )
    header = next((body.header for body in written if body.header), "")
    fields = {"page_title": header} if header else {}
    text = join_lines(body.text for body in written)
    links = tuple(f"{name} <in the OFD>" for name in attached[:_MAX_FILES])
    return ReadText(text, MEDIA_TYPES[0], f"{NAME}/{VERSION}", None, MappingProxyType(fields), links)


def open_only_document(data: bytes) -> OfdDocument | None:
    """Return the document of a package with exactly one; None for others.

    Raises:
        RejectedFile: as `read`.
    """
    parts = Parts(check_archive(data))
    paths = _find_documents(parts.xml(_ROOT.lower()), parts)
    return OfdDocument(parts, paths[0]) if len(paths) == 1 else None


def read_page(document: OfdDocument, path: str) -> Page:
    """Return the lines of one page, by its path."""
    return PageReader(document).read(path)


def _read_document(document: OfdDocument) -> _Body:
    paths = document.page_paths
    if len(paths) > LIMITS.pdf_pages:
        raise RejectedFile("too_large", f"{len(paths)} pages; the limit is {LIMITS.pdf_pages}")
    reader = PageReader(document)
    pages = list(map(reader.read, paths))
    if reader.nameless > _MAX_NAMELESS:
        raise RejectedFile(
            "unsupported",
            f"{reader.nameless} of its glyphs have no character code (字形没有对应字符): "
            "print it to PDF, so that OCR can read it",
        )
    lines, header = drop_running_lines(order_pages(pages))
    paragraphs = write_tabbed(join_paragraphs(lines))
    head = [paragraph.strip() for paragraph in paragraphs[:5]]
    has_title = any(len(line) <= 60 and _TITLE.search(line) and "。" not in line for line in head)
    return _Body(join_lines(paragraphs), header, len(pages), reader.pictures, has_title)


def _find_documents(root: Any, parts: Parts) -> list[str]:
    """Return the paths of the documents: for each DocBody (7.4) the current version (18), else its DocRoot."""
    paths = []
    for body in children_of(root, "DocBody"):
        current = [
            version.get("BaseLoc") or ""
            for versions in children_of(body, "Versions")
            for version in children_of(versions, "Version")
            if (version.get("Current") or "").lower() == "true"
        ]
        if current:
            path = normalise_path(current[-1])
            folder = posixpath.dirname(path)
            for one in map(text_of, children_of(parts.xml(path), "DocRoot")):
                beside = normalise_path(posixpath.join(folder, one))
                paths.append(beside if beside in parts.names and one[:1] != "/" else normalise_path(one))
        else:
            paths += [normalise_path(text_of(child)) for child in children_of(body, "DocRoot")]
    if not paths:
        raise RejectedFile("truncated", "OFD.xml names no document")
    return paths
