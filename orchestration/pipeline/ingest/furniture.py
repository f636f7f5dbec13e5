"""Page furniture before and after the report: navigation, breadcrumbs, share buttons, attachments."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orchestration.pipeline.ingest.fields import (
    DAY_FIELDS,
    MAX_LABELLED_CHARS,
    find_site_day,
    read_fields,
    take_fields,
)
from orchestration.pipeline.ingest.line_shapes import (
    BREADCRUMB,
    DATE_LINE,
    HAS_SENTENCE,
    INSTRUCTIONS,
    MAX_TITLE_LINE_CHARS,
    STARTS_ITEM,
    is_chrome,
    is_long_prose,
    is_prose,
)
from orchestration.pipeline.ingest.page_words import IngestReference

_BULLETS = " •·●■-"
_MAX_BYLINE_CHARS = 40
# The reporter's line above the rows of a form (填报：太平镇, 报送单位：…); no menus follow it.
_FORM_LABEL = re.compile(rf"[{re.escape(_BULLETS)}]*(?:填报|填表|报送)")
_LETTERHEAD = re.compile(
    r"(?P<office> [^，。；：\d]{2,24} (?: 政府 | 办事处 | 委员会 ) ) (?: 办公室 )? 文件",  # 松坪镇人民政府文件
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class _Head:
    body_start: int
    kept: frozenset[int]  # lines above the body that belong to the text


@dataclass(frozen=True, slots=True)
class _Tail:
    body_end: int
    dropped: frozenset[int]


def split_header(
    lines: Sequence[str],
    raw_lines: Sequence[str],
    reference: IngestReference,
    title_at: int,
    title_size: int,
    fields: dict[str, str],
) -> _Head:
    """Return where the body begins; add the labelled facts above it to `fields`."""
    title = "".join(lines[title_at : title_at + title_size])
    kept: set[int] = set()
    instructs = False
    index = 0
    while index < len(lines):
        if title_size and index == title_at:
            index += title_size
            continue
        line = lines[index]
        labelled = read_fields(raw_lines[index], reference) if len(line) <= MAX_LABELLED_CHARS else None
        above = index < title_at
        if labelled is not None:
            taken = take_fields(labelled, raw_lines, index, title_at, fields, reference)
            index += 1 + taken
            continue
        date_only = DATE_LINE.fullmatch(line.strip(_BULLETS))
        if date_only and title_size:
            fields.setdefault("subtitle_date", line.strip(_BULLETS))
        elif title_size and not above and (day := _find_day_of_line(line)):
            fields.setdefault("subtitle_date", day)
        elif not is_long_prose(line) and BREADCRUMB.search(line):
            fields.setdefault("breadcrumb", raw_lines[index])
        elif above:
            instructs = instructs or INSTRUCTIONS.match(line) is not None  # with examples
            if not instructs and (HAS_SENTENCE.search(line) or len(line) > MAX_TITLE_LINE_CHARS):
                kept.add(index)
            elif (letterhead := _LETTERHEAD.fullmatch(line)) is not None:
                fields.setdefault("issuer", letterhead["office"])
        elif not is_chrome(line, reference) and line != title:
            if not title_size or not _stands_over_day(lines, raw_lines, index, reference):
                return _Head(index, frozenset(kept))
            kept.add(index)
        index += 1
    return _Head(index, frozenset(kept))


def _stands_over_day(
    lines: Sequence[str], raw_lines: Sequence[str], index: int, reference: IngestReference
) -> bool:
    """Return whether a line is the office or subtitle between a title and a labelled date (发布时间：…)."""
    line = lines[index]
    if index + 1 == len(lines) or len(line) > _MAX_BYLINE_CHARS:
        return False
    if HAS_SENTENCE.search(line) or STARTS_ITEM.match(line) or line.endswith(("：", ":")):
        return False
    labelled = read_fields(raw_lines[index + 1], reference)
    return labelled is not None and any(labelled.get(name) for name in DAY_FIELDS)


def _find_day_of_line(line: str) -> str | None:
    """Return the date of a line that names publisher and date without labels (党政办 2024/01/10), or None."""
    if len(line) > _MAX_BYLINE_CHARS or HAS_SENTENCE.search(line) or STARTS_ITEM.match(line):
        return None
    if "日期" in line or "时间" in line:  # the date of something else, under an unknown label
        return None
    return find_site_day(line)


def split_footer(
    lines: Sequence[str],
    raw_lines: Sequence[str],
    reference: IngestReference,
    start: int,
    fields: dict[str, str],
) -> _Tail:
    """Return where the body ends; after its last sentence, short lines from the first footer mark on are dropped."""
    last = len(lines)
    while last > start and not (
        is_prose(lines[last - 1]) and reference.footer.fullmatch(lines[last - 1]) is None
    ):
        last -= 1
    dropped: set[int] = set()
    for index in range(last, len(lines)):
        line = lines[index]
        labelled = read_fields(raw_lines[index], reference)
        _keep_fields(labelled or {}, fields)
        if reference.footer.fullmatch(line) is not None:
            if reference.chrome.fullmatch(line) is None or index + 1 == len(lines):
                return _Tail(index, frozenset(dropped))
            dropped.add(index)
        elif labelled is not None:
            if not _FORM_LABEL.match(line):
                dropped.add(index)
        elif dropped and not DATE_LINE.fullmatch(line) and not STARTS_ITEM.match(line):
            dropped.add(index)  # menus after the first mark
    return _Tail(len(lines), frozenset(dropped))


def _keep_fields(labelled: Mapping[str, str], fields: dict[str, str]) -> None:
    """Add a footer's labelled facts that the header lacks; a title there belongs to another page."""
    for name, value in labelled.items():
        if name not in ("ignore", "title") and value:
            fields.setdefault(name, value)
