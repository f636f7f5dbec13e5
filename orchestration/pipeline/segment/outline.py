"""The outline of a report: sections that partition its text, each with level, heading and type.

`marks.py` finds the marks and `headings.py` separates headings from prose. This module combines
them: it opens sections, types them and finds their parents.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from orchestration.pipeline.chinese import SENTENCE_STOPS
from orchestration.pipeline.records import Section
from orchestration.pipeline.segment.headings import (
    Heading,
    HeadingRules,
    find_heading,
    find_override,
    find_section_types,
    find_title_type,
    find_year,
)
from orchestration.pipeline.segment.marks import Mark, choose_marks, find_items, find_marks, find_quoted
from orchestration.pipeline.vocabulary import SectionType

_LINE = re.compile(r"[^\n]+")
_SENTENCE_STOP = re.compile(f"[{SENTENCE_STOPS}]")
_REPORT_FOLLOWS = re.compile(r"(?:报告|汇报|总结|情况|通报|述职)[^。\n]{0,6}如下[：:。]?")
_DOCUMENT_TITLE = re.compile(r"(?:报告|总结|汇报|年报|通知|公告)$")
_LONGEST_TITLE = 32  # characters of a heading line without a mark
_LONGEST_CLOSING = 60  # characters of a line below the report's end
_PROSE_LINE = 60  # a line with this many characters is a paragraph


@dataclass(slots=True)
class _Opening:
    """The start of a section while the outline is being built."""

    start: int
    level: int
    ordinal: str | None = None
    heading: Heading | None = None
    section_type: str | None = None  # set for openings without a mark; otherwise by _type_openings


def split_sections(report_id: str, text: str, rules: HeadingRules) -> list[Section]:
    """Split the clean text of a report into the sections of its outline.

    Args:
        report_id: The report.
        text: Clean text, paragraphs separated by a line feed.
        rules: The vocabulary of headings.

    Returns:
        Sections in reading order. They partition the text: the first starts at 0, each ends where
        the next begins, the last ends with the text. Level 0 is text before the first heading. A
        level-1 section without ordinal and heading is a part that only a phrase opens
        (下一步，我镇将…), or the text below the report's end (type `other`). A report without any
        heading is one such part after its preamble. Empty text has no sections.
    """
    if not text:
        return []
    quoted = find_quoted(text)
    marks = choose_marks(find_marks(text, quoted))
    marks = sorted(marks + find_items(text, quoted, marks), key=lambda mark: mark.start)
    openings = _open_marked(text, marks, rules)
    # A heading never closes a report, not even on the line below its mark.
    ends = (opening.heading.end if opening.heading else opening.start for opening in openings)
    closing = _find_closing(text, max(ends, default=0), rules)
    openings += _open_titles(text, openings, closing, rules)
    if not any(opening.level < 5 for opening in openings):
        body = _find_body(text)
        if all(opening.start != body for opening in openings):
            openings.append(_Opening(body, 1, section_type=SectionType.ACHIEVEMENTS))
    openings.sort(key=lambda opening: opening.start)
    _type_openings(text, openings, rules)
    openings = _open_turns(text, openings, closing, rules)
    openings = _open_unheaded(text, openings, closing, rules)
    if closing < len(text):
        openings.append(_Opening(closing, 1, section_type=SectionType.OTHER))
    if openings[0].start > 0:
        if text[: openings[0].start].strip():
            openings.insert(0, _Opening(0, 0, section_type=SectionType.PREAMBLE))
        else:
            openings[0].start = 0
    return _make_sections(report_id, text, openings)


def _open_marked(text: str, marks: list[Mark], rules: HeadingRules) -> list[_Opening]:
    """Return an opening for each mark with words or deeper marks after it."""
    openings = []
    for index, mark in enumerate(marks):
        following = marks[index + 1] if index + 1 < len(marks) else None
        next_start = following.start if following else len(text)
        has_deeper = following is not None and following.level > mark.level
        line_end = text.find("\n", mark.end, next_start)
        paragraph_end = line_end if line_end >= 0 else next_start
        if not has_deeper and not text[mark.end : paragraph_end].strip():
            continue
        heading = None
        if mark.level < 5:
            has_children = has_deeper or bool(text[paragraph_end:next_start].strip())
            heading = find_heading(
                text,
                mark.end,
                paragraph_end,
                mark.level,
                rules,
                has_children=has_children,
                is_inline=mark.is_inline,
            )
        openings.append(_Opening(mark.start, mark.level, mark.ordinal, heading))
    return openings


def _open_titles(text: str, openings: list[_Opening], closing: int, rules: HeadingRules) -> list[_Opening]:
    """Return level-1 openings for short lines without a mark (bold in the original).

    In a report without level-1 marks, each line listed as a title opens a section; a title of
    achievements only after a first paragraph and next to a title of another type. In a report with
    level-1 marks, only titles of problems and plans do, if no level-1 heading names these. In a
    report without marks of levels 1 to 4, three or more short lines before paragraphs are its outline.
    """
    marked = {opening.start for opening in openings}
    first_level = [opening for opening in openings if opening.level == 1]
    lines = [match for match in _LINE.finditer(text, 0, closing) if match.start() not in marked]
    has_prose_before = False
    known: list[_Opening] = []
    plain: list[_Opening] = []
    for index, line in enumerate(lines):
        words = line[0].strip()
        has_body = index + 1 < len(lines) or line.end() < closing
        if len(words) > _LONGEST_TITLE or _SENTENCE_STOP.search(words) or not has_body:
            has_prose_before |= len(words) >= _PROSE_LINE
            continue
        opening = _Opening(line.start(), 1, None, Heading(line.start(), line.end()))
        kind = find_title_type(words.rstrip("：:"), rules)
        if (
            kind
            and not _DOCUMENT_TITLE.search(words)
            and (has_prose_before or kind != SectionType.ACHIEVEMENTS)
        ):
            opening.section_type = kind
            opening.heading = Heading(line.start(), line.start() + len(line[0].rstrip("：: 　")))
            known.append(opening)
        elif has_prose_before and index + 1 < len(lines) and len(lines[index + 1][0]) >= _PROSE_LINE:
            plain.append(opening)
    if first_level:
        wanted = {SectionType.PROBLEMS, SectionType.PLANS}
        for opening in first_level if known else ():
            wanted.difference_update(find_section_types(_heading_text(text, opening), rules))
        return [
            opening
            for opening in known
            if opening.section_type in wanted and opening.start > first_level[0].start
        ]
    if not any(opening.level < 5 for opening in openings) and len(plain) + len(known) >= 3:
        return sorted(known + plain, key=lambda opening: opening.start)
    return known if {opening.section_type for opening in known} - {"achievements"} else []


def _find_closing(text: str, after: int, rules: HeadingRules) -> int:
    """Return the offset of the text below the report's end: signature, date, attachments, website furniture.

    This is the first line listed as closing that has only short lines without sentences after it;
    without one, the end of the text.
    """
    closing = len(text)
    lines = [line for line in _LINE.finditer(text, after) if line[0].strip()]
    if after == 0 and lines:
        lines = lines[1:]
    for line in reversed(lines):
        words = line[0].strip()
        if line.start() == after:
            break
        if rules.closing.search(words):
            closing = line.start()
        elif len(words) > _LONGEST_CLOSING or "。" in words or "；" in words:
            break
    return closing


def _find_body(text: str) -> int:
    """Return the start of the body of a report without headings: after 现将…报告如下, else its first paragraph."""
    follows = _REPORT_FOLLOWS.search(text)
    if follows:
        start = follows.end()
        return start + len(text[start:]) - len(text[start:].lstrip()) if text[start:].strip() else 0
    return next((line.start() for line in _LINE.finditer(text) if len(line[0]) >= _PROSE_LINE), 0)


def _type_openings(text: str, openings: list[_Opening], rules: HeadingRules) -> None:
    """Set the section type of every opening, top down.

    The headings of the report's topmost level decide. An unknown heading is achievements; after
    problems or plans it continues them if the count restarts (三、下一步打算 / 一、… / 二、…), else it
    is plans. Achievements of a later year than the first one named are plans. A level-2 heading may
    override the type if its parent is achievements or names several types.
    """
    headings = [_heading_text(text, opening) for opening in openings]
    top = min(opening.level for opening in openings)
    named = [
        (find_section_types(heading, rules) if heading and opening.level == top else [])
        for opening, heading in zip(openings, headings, strict=True)
    ]
    has_leadership = any(names[:1] == [SectionType.LEADERSHIP] for names in named)
    first_year = find_year(text)
    parent: str = SectionType.ACHIEVEMENTS
    own = parent
    parent_names: list[str] = []
    is_first, counts_anew = True, False
    for opening, heading, names in zip(openings, headings, named, strict=True):
        if opening.level == top:
            parent_names = [opening.section_type] if opening.section_type else names
            counts_anew = not parent_names and (counts_anew or opening.ordinal in ("一", "1"))
            if parent_names:
                year = find_year(heading)
                is_later = not is_first and first_year is not None and year is not None and year > first_year
                parent = parent_names[0]
                if is_later and parent == SectionType.ACHIEVEMENTS:
                    parent = SectionType.PLANS
            elif parent not in (SectionType.PROBLEMS, SectionType.PLANS):
                parent = SectionType.ACHIEVEMENTS
            elif not counts_anew:
                parent = SectionType.PLANS
            own = parent
            is_first = False
        elif opening.level == 2:
            is_open = parent == SectionType.ACHIEVEMENTS or len(parent_names) > 1
            override = find_override(heading, rules) if is_open else None
            if override and not (override == SectionType.LEADERSHIP and has_leadership):
                own = override
            elif len(parent_names) < 2:
                own = parent
        opening.section_type = own


def _heading_text(text: str, opening: _Opening) -> str:
    """Return the words of an opening's heading; empty without one."""
    return text[opening.heading.start : opening.heading.end] if opening.heading else ""


def _open_turns(text: str, openings: list[_Opening], closing: int, rules: HeadingRules) -> list[_Opening]:
    """Add sections where a part on problems and plans (存在问题及下一步打算) turns to its plans.

    Each item may have both: 一是装备不足。明年将添置设备。二是人员不足。
    """
    if all(opening.section_type != SectionType.PROBLEMS for opening in openings):
        return openings
    top = min(opening.level for opening in openings)
    first_year = find_year(text)
    ends = [opening.start for opening in openings[1:]] + [closing]
    found: list[_Opening] = []
    others: list[str] = []
    for opening, end in zip(openings, ends, strict=True):
        found.append(opening)
        is_top = opening.level == top
        others = [] if is_top else others
        if opening.section_type != SectionType.PROBLEMS:
            continue
        if is_top:
            names = find_section_types(_heading_text(text, opening), rules)
            others = names[1:] if names[:1] == [SectionType.PROBLEMS] else []
        begin = opening.heading.end if opening.heading else opening.start
        for section_type, pattern in rules.turns if others else ():
            turns = pattern.finditer(text, begin, end) if section_type in others else ()
            for turn in turns:
                if turn["later"] and (first_year is None or int(turn["later"]) <= first_year):
                    continue
                found.append(_Opening(turn.start(), opening.level, section_type=section_type))
                break
    return found


def _open_unheaded(text: str, openings: list[_Opening], closing: int, rules: HeadingRules) -> list[_Opening]:
    """Add sections for problems and plans that a report states without a heading.

    Only for types that no section has, after the last topmost heading and after two fifths of the
    text; earlier, 下一步 is about a detail.
    """
    types = {opening.section_type for opening in openings}
    top = min(opening.level for opening in openings)
    begin = max(max(opening.start for opening in openings if opening.level == top) + 1, len(text) * 2 // 5)
    for section_type, pattern in rules.openings:
        starts = {opening.start for opening in openings}
        places = (match.start() for match in pattern.finditer(text, begin, closing))
        found = (
            None if section_type in types else next((place for place in places if place not in starts), None)
        )
        if found is None:
            continue
        index = bisect_left([opening.start for opening in openings], found)
        openings.insert(index, _Opening(found, 1, section_type=section_type))
        for opening in openings[index + 1 :]:
            if opening.level <= 1:
                break
            opening.section_type = section_type
        begin = found + 1
    return openings


def _make_sections(report_id: str, text: str, openings: list[_Opening]) -> list[Section]:
    """Build sections from ordered openings, the first of which starts at 0."""
    sections: list[Section] = []
    parents: list[Section] = []
    ends = [opening.start for opening in openings[1:]] + [len(text)]
    for position, (opening, end) in enumerate(zip(openings, ends, strict=True)):
        while parents and (parents[-1].level >= opening.level or parents[-1].level == 0):
            parents.pop()
        start, level, ordinal, section_type = (
            opening.start,
            opening.level,
            opening.ordinal,
            opening.section_type,
        )
        assert section_type is not None
        section_id = f"{report_id}-s{position:03d}"
        parent_id = parents[-1].section_id if parents else None
        heading = _heading_text(text, opening) if opening.heading else None
        section = Section(section_id, report_id, parent_id, position, level, ordinal, heading, section_type,
                          start, end, text[start:end])  # fmt: skip
        sections.append(section)
        parents.append(section)
    return sections
