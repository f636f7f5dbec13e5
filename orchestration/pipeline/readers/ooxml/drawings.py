"""Drawings in documents and on sheets: their visible text, and what names pictures, objects and diagrams."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from orchestration.pipeline.readers.ooxml.diagrams import DIAGRAM
from orchestration.pipeline.readers.ooxml.markup import GONE, TRUE, A, M, V, W

ALTERNATE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_KNOWN_SPACE = re.compile(
    r"""
    https?:// (?: schemas\.(?:microsoft|openxmlformats)\.(?:com|org) | (?:[\w-]+\.)*wps\.cn ) /    # e.g. http://www.wps.cn/a
    """,
    re.VERBOSE,
)
BOX = f"{W}txbxContent"
_SHEET_BOX = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}txBody"
OBJECT = "{urn:schemas-microsoft-com:office:office}OLEObject"  # a table or text of another program
PICTURES = (f"{A}blip", f"{V}imagedata")  # elements that name a picture
_HIDDEN_SHAPE = re.compile(r"visibility\s*:\s*hidden", re.IGNORECASE)
_SLANTED = re.compile(  # a watermark
    r"rotation \s*:\s* -? (?: [1-7]\d | 1[0-6]\d | 2[0-5]\d | 29\d | 3[0-4]\d ) (?!\d)",  # rotation:315
    re.VERBOSE,
)


def choose_alternative(node: Any) -> Any:
    """Return the child of mc:AlternateContent to read: the first with text, else the first.

    Choices for programs other than Word and WPS come last.
    """
    choices = sorted((child for child in node if isinstance(child.tag, str)), key=_is_foreign)
    texts = (f"{W}t", f"{A}t", f"{M}t", f"{W}sym")
    return next(
        (child for child in choices if next(child.iter(*texts), None) is not None), next(iter(choices), None)
    )


def _is_foreign(choice: Any) -> bool:
    """Return whether a choice needs an extension (its name space) that neither Word nor WPS has."""
    spaces = map(choice.nsmap.get, choice.get("Requires", "").split())
    return any(space is not None and _KNOWN_SPACE.match(space) is None for space in spaces)


def find_boxes(node: Any) -> Iterator[Any]:
    """Yield the outermost text bodies of a visible drawing, and elements that name pictures and diagrams, each once."""
    named = (node.find(path) for path in ("{*}docPr", "{*}cNvPr", "{*}nvSpPr/{*}cNvPr"))
    if any(each is not None and each.get("hidden", "") in TRUE for each in named):
        return
    for child in node:
        if _HIDDEN_SHAPE.search(child.get("style", "")):
            continue
        if child.tag in (BOX, f"{A}txBody", _SHEET_BOX, DIAGRAM, OBJECT, *PICTURES):
            yield child
        elif child.tag == ALTERNATE:
            chosen = choose_alternative(child)
            if chosen is not None:
                yield from find_boxes(chosen)
        elif child.tag == f"{V}textpath":
            if child.get("string", "").strip() and not _SLANTED.search(node.get("style", "")):
                yield child
        elif child.tag not in GONE:
            yield from find_boxes(child)


def read_drawn_lines(body: Any) -> list[str]:
    """Return the lines of a drawing without Word paragraphs: a:txBody, or words along a path."""
    if body.tag == f"{V}textpath":
        return [body.get("string", "")]
    return [
        "".join("\n" if node.tag == f"{A}br" else node.text or "" for node in line.iter(f"{A}t", f"{A}br"))
        for line in body.iter(f"{A}p")
    ]
