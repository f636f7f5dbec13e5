"""Remove footnotes and tables of contents from between the lines of the text."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import median
from typing import NamedTuple

from orchestration.pipeline.chinese import glue_lines
from orchestration.pipeline.readers.layout.columns import ends_sentence
from orchestration.pipeline.readers.layout.shapes import Line

_SMALLER = 0.87  # maximum size of a note, relative to the text
_RAISED_DIGITS = tuple("⁰¹²³⁴⁵⁶⁷⁸⁹")
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_ROMAN = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
_CIRCLED = "⓪①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_MARK = re.compile(
    r"""
    [\[【〔(（]? (?:注\s*)?
    (?:
        (?P<digits>\d{1,2}) (?![\d.．、,，:：%％年月日])        # e.g. 1   [2]   注3
      | (?P<roman>[ivx]{1,4}) (?![a-z])                      # e.g. ii
    )
    | (?P<circled>[①-⑳])
    | [*†‡※]
    """,
    re.VERBOSE,
)
_CONTENTS = re.compile(
    r"""
    (?P<heading> .*? \S ) \s* [.．·•…‥⋯]{4,} [\s.．·…]*      # e.g. 一、主要做法………………3   二、存在问题.......- 5 -
    [-—－]? \s* \d{1,3} \s* [-—－]?
    """,
    re.VERBOSE,
)


class Note(NamedTuple):
    """A note and the number of its mark; 0 for a mark that is not a number."""

    number: int
    text: str


def part_notes(pages: Sequence[Sequence[Line]]) -> tuple[list[list[Line]], list[list[Note]]]:
    """Separate notes from the lines of each page: smaller lines at its end, the first one with a mark.

    Args:
        pages: the lines of each page, from top to bottom.
    """
    sizes = [line.size for page in pages for line in page for _ in range(1 + len(line.text) // 10)]
    usual = median(sizes) if sizes else 0.0
    bodies: list[list[Line]] = []
    notes: list[list[Note]] = []
    for page in pages:
        start = len(page)
        while start and page[start - 1].size <= _SMALLER * usual and "\t" not in page[start - 1].text:
            start -= 1
        while start < len(page) and not _MARK.match(page[start].text):
            start += 1
        bodies.append(list(page[:start]))
        notes.append(_join_notes(page[start:]))
    return bodies, notes


def _join_notes(lines: Sequence[Line]) -> list[Note]:
    """Join the lines of each note; a mark begins the next note."""
    notes: list[Note] = []
    for line in lines:
        found = _MARK.match(line.text)
        number = _read_mark(found) if found else -1
        if not notes or number in (0, notes[-1].number + 1):
            notes.append(Note(number, line.text))
        else:
            text = notes[-1].text
            notes[-1] = notes[-1]._replace(text=text + glue_lines(text, line.text) + line.text)
    return notes


def put_notes(
    paragraphs: Sequence[str], notes: Sequence[Sequence[Note]], ends: Mapping[int, int]
) -> list[str]:
    """Insert each note after the paragraph with its mark, or after the last sentence of its page.

    Args:
        paragraphs: the paragraphs of all pages.
        notes: the notes of each page.
        ends: page → index of the paragraph in which its text ends.
    """
    behind: defaultdict[int, list[str]] = defaultdict(list)
    last = -1
    for number, mine in enumerate(notes):
        last = ends.get(number, last)
        for note in mine:
            behind[_find_paragraph(note, paragraphs[: last + 1])].append(note.text)
    placed = list(behind[-1])
    for index, paragraph in enumerate(paragraphs):
        placed += [paragraph, *behind[index]]
    return placed


def _find_paragraph(note: Note, paragraphs: Sequence[str]) -> int:
    mark = str(note.number).translate(_RAISED)
    places = range(len(paragraphs) - 1, -1, -1)
    for place in places if note.number > 0 else ():
        before, found, after = paragraphs[place].partition(mark)
        if found and before[-1:] not in _RAISED_DIGITS and after[:1] not in _RAISED_DIGITS:
            return place
    return next((place for place in places if ends_sentence(paragraphs[place])), len(paragraphs) - 1)


def _read_mark(found: re.Match[str]) -> int:
    """Return the number of a mark; 0 if it is not a number, -1 without a mark."""
    if found["digits"]:
        return int(found["digits"])
    if found["circled"]:
        return _CIRCLED.index(found["circled"])
    if found["roman"]:
        return _ROMAN.index(found["roman"]) if found["roman"] in _ROMAN else -1
    return 0


def drop_contents(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Return the lines of each page without a table of contents: headings that occur again, dots and page numbers.

    Args:
        pages: the lines of each page.
    """
    entries = {
        (number, index): found["heading"]
        for number, page in enumerate(pages)
        for index, line in enumerate(page)
        if (found := _CONTENTS.fullmatch(line.text)) is not None
    }
    if not entries:
        return [list(page) for page in pages]
    starts = [
        "".join(line.text.split())
        for number, page in enumerate(pages)
        for index, line in enumerate(page)
        if (number, index) not in entries
    ]
    named = {
        place
        for place, heading in entries.items()
        if any(start.startswith("".join(heading.split())) for start in starts)
    }
    return [
        [line for index, line in enumerate(page) if (number, index) not in named]
        for number, page in enumerate(pages)
    ]
