"""Prepare Word 2003 XML for LibreOffice, which drops tracked insertions and shows hidden text."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

_NAMESPACE = b"http://schemas.microsoft.com/office/word/2003/wordml"
_READ_AS = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ANNOTATION = "{http://schemas.microsoft.com/aml/2001/core}annotation"
_CONTENT = "{http://schemas.microsoft.com/aml/2001/core}content"
_HEAD = b'<?xml version="1.0" encoding="UTF-8"?><?mso-application progid="Word.Document"?>'  # LibreOffice asks for it
_OFF = ("off", "false", "0")


def accept_revisions(data: bytes) -> bytes:
    """Return the document with its revisions accepted and without hidden text.

    Raises:
        RejectedFile: truncated, too_large, unsupported (as `parse_xml`).
    """
    from lxml import etree  # imported here: loading lxml takes time

    from orchestration.pipeline.readers.ooxml.opc import parse_xml

    root = parse_xml(data, "the document")
    for annotation in list(root.iter(_ANNOTATION)):
        kind = annotation.get(f"{_W}type") or ""
        if kind == "Word.Deletion":
            _drop(annotation)
        elif kind == "Word.Insertion":
            _unwrap(annotation)
    hidden = {
        style.get(f"{_W}styleId")
        for style in root.iter(f"{_W}style")
        if (properties := style.find(f"{_W}rPr")) is not None and _is_hidden(properties, ())
    }
    for run in list(root.iter(f"{_W}r")):
        properties = run.find(f"{_W}rPr")
        if properties is not None and _is_hidden(properties, hidden):
            _drop(run)
    written: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=False)
    return _HEAD + written.replace(_READ_AS, _NAMESPACE)  # `parse_xml` maps it to the current namespace


def _is_hidden(properties: Any, styles: Container[str | None]) -> bool:
    own = properties.find(f"{_W}vanish")
    if own is not None:
        return own.get(f"{_W}val", "on") not in _OFF
    style = properties.find(f"{_W}rStyle")
    return style is not None and style.get(f"{_W}val") in styles


def _drop(node: Any) -> None:
    parent = node.getparent()
    if parent is not None:
        parent.remove(node)


def _unwrap(annotation: Any) -> None:
    """Replace an insertion by its content; one in the properties of a paragraph or row is empty."""
    parent = annotation.getparent()
    if parent is None:
        return
    at = parent.index(annotation)
    inserted = [child for content in annotation.findall(_CONTENT) for child in content]
    parent[at : at + 1] = inserted
