"""Header fields of a document page (索引号, 发文字号, 发布日期 …) read from its lines."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from orchestration.pipeline.chinese import DATE
from orchestration.pipeline.ingest.line_shapes import (
    DATE_LINE,
    HAS_SENTENCE,
    IS_PROSE,
    LONG_LINE_CHARS,
    MAX_TITLE_LINE_CHARS,
    SITE_DAY,
    STARTS_ITEM,
)
from orchestration.pipeline.ingest.page_words import IngestReference

_DAY_LABELS = ("日期", "时间", "时限")  # labels that name a date
DAY_FIELDS = ("published_on", "document_date", "issued_on")  # fields with a date
_TELLS_DAY = re.compile(rf"{DATE}|\d{{8}}")
_PERIOD = re.compile(r"[\d年月日]\s*[-—–~～至到]+\s*(?:19|20)\d\d(?!\d)")  # 2023.1.1-2023.12.31
_LABEL_LEADS = " [【〖•·●■|-—"
_LABEL_MARKS = re.compile(r"[\s:：\[\]【】〖〗]")
MAX_LABELLED_CHARS = 200
_MAX_DATED_CHARS = LONG_LINE_CHARS + len("2024-01-01 00:00:00")


def read_fields(line: str, reference: IngestReference) -> dict[str, str] | None:
    """Return the labelled facts of a header line (values may be empty); None if it is not such a line."""
    pattern = reference.label_pattern
    # A long line must begin with a label; a short one may name its site first.
    places = range(len(line) - len(line.lstrip(_LABEL_LEADS)) + 1)
    begins_with_label = any(pattern.match(line, place) for place in places)
    if not begins_with_label and len(line) > _MAX_DATED_CHARS:
        return None
    matches = list(pattern.finditer(line))
    if not matches or not (
        begins_with_label
        or any(_dates_line(line, match, reference) for match in matches)
        or _opens_with_date(line, matches[0])
    ):
        return None
    found: dict[str, str] = {}
    opening = DATE_LINE.match(line.lstrip(_LABEL_LEADS)) if not begins_with_label else None
    if opening is not None:  # 2024-01-10 来源：…
        found["published_on"] = opening.group()
    for match, following in zip(matches, [*matches[1:], None], strict=True):
        value = line[match.end() : following.start() if following else len(line)].strip(" []【】|;；\t")
        label = _LABEL_MARKS.sub("", match["label"])
        field = reference.labels[label]
        if field in DAY_FIELDS and value and not _TELLS_DAY.search(value):  # 发布：太平镇人民政府
            field = "ignore"
        found.setdefault(field, value)
        if not label.endswith(_DAY_LABELS) and (day := find_site_day(value)):  # 来源：太平镇 2024-01-10
            found.setdefault("published_on", day)
    return found


def find_site_day(text: str) -> str | None:
    """Return a short text's only date in web format (党政办 2024-01-10 09:30); None for several or a period."""
    if _PERIOD.search(text):
        return None
    days = [match.group() for match in SITE_DAY.finditer(text)]
    return days[0] if len(days) == 1 else None


def _dates_line(line: str, label: re.Match[str], reference: IngestReference) -> bool:
    """Return whether a line states a publication date after words that are not a known label: a site, 馆藏号：…."""
    name = _LABEL_MARKS.sub("", label["label"])
    return (
        reference.labels[name] == "published_on"
        and not HAS_SENTENCE.search(line)
        and DATE_LINE.match(line[label.end() :].lstrip()) is not None
    )


def _opens_with_date(line: str, label: re.Match[str]) -> bool:
    """Return whether a line is a date followed by labels: 2024-01-10 09:30 来源：本网."""
    before = line[: label.start()].strip(_LABEL_LEADS)
    return DATE_LINE.fullmatch(before) is not None


def take_fields(
    labelled: Mapping[str, str],
    raw_lines: Sequence[str],
    index: int,
    title_at: int,
    fields: dict[str, str],
    reference: IngestReference,
) -> int:
    """Add the values to `fields`; a lone label takes the next line. Return the number of extra lines taken."""
    for name, value in labelled.items():
        if name != "ignore" and value.strip("-—/ 无"):
            fields.setdefault(name, value)
    (name, value), *more = labelled.items()
    follows = index + 1
    if more or value or follows >= len(raw_lines) or follows == title_at:
        return 0
    next_line = raw_lines[follows]
    if (
        len(next_line) > MAX_TITLE_LINE_CHARS
        or read_fields(next_line, reference) is not None
        or IS_PROSE.search(next_line)
    ):
        return 0
    is_day = name in DAY_FIELDS and DATE_LINE.fullmatch(next_line.strip(_LABEL_LEADS)) is not None
    if STARTS_ITEM.match(next_line) or not (is_day or raw_lines[index].rstrip().endswith((":", "："))):
        return 0
    if name != "ignore":
        fields.setdefault(name, next_line)
    return 1
