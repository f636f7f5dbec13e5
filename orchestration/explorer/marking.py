"""A report's text with marks, as HTML with all text escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_NONE = Markup("")


@dataclass(frozen=True, slots=True)
class Mark:
    """A span of a text that is shown differently.

    Attributes:
        start, end: half-open, in characters of the text.
        tag: element, such as `a`, `b` or `mark`.
        attributes: attributes of the element, as escaped HTML.
    """

    start: int
    end: int
    tag: str
    attributes: Markup = _NONE


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line of a text; `heading_level` is 0 for running text, else the level of the heading."""

    html: Markup
    heading_level: int = 0


def mark_text(text: str, start: int, end: int, marks: Sequence[Mark]) -> Markup:
    """Return the span `[start, end)` of a text with its marks.

    Marks may be nested and may begin at the same place. If two overlap partly, the later one ends
    with the earlier. An `a` inside an `a` becomes a `span`, because links cannot be nested.
    """
    inside = [mark for mark in marks if mark.start < end and mark.end > start]
    inside.sort(key=lambda mark: (mark.start, -mark.end))
    return _mark(text, start, end, inside, in_link=False)


def _mark(text: str, start: int, end: int, marks: Sequence[Mark], in_link: bool) -> Markup:
    parts: list[Markup] = []
    position = start
    number = 0
    while number < len(marks):
        mark = marks[number]
        number += 1
        mark_start, mark_end = max(mark.start, position), min(mark.end, end)
        held = number
        while held < len(marks) and marks[held].start < mark_end:
            held += 1
        tag = "span" if mark.tag == "a" and in_link else mark.tag
        body = _mark(text, mark_start, mark_end, marks[number:held], in_link or tag == "a")
        number = held
        parts += [
            escape(text[position:mark_start]),
            Markup("<{}{}>").format(tag, mark.attributes),
            body,
            Markup("</{}>").format(tag),
        ]
        position = mark_end
    parts.append(escape(text[position:end]))
    return Markup("").join(parts)


def mark_paragraphs(
    text: str, start: int, end: int, marks: Sequence[Mark], heading_end: int, level: int
) -> list[Paragraph]:
    """Return a section's lines; the first is a heading if the heading fills it, else it begins with bold words.

    Args:
        heading_end: end of the heading in the text; `start` without one.
        level: level of the section, 1 to 5.
    """
    paragraphs: list[Paragraph] = []
    for line_start, line_end in _lines(text, start, end):
        heading_level = 0
        own = list(marks)
        if line_start < heading_end:
            if heading_end >= line_end:
                heading_level = level
            else:
                own.insert(0, Mark(line_start, heading_end, "b"))
        paragraphs.append(Paragraph(mark_text(text, line_start, line_end, own), heading_level))
    return paragraphs


def _lines(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the non-blank lines of a span, without surrounding space."""
    found = []
    position = start
    for line in text[start:end].split("\n"):
        if body := line.strip():
            first = position + line.index(body)
            found.append((first, first + len(body)))
        position += len(line) + 1
    return found
