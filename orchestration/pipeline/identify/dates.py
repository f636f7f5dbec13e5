"""Dates of a report: when it was published, and when it was signed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from orchestration.pipeline.chinese import DATE, TOWNSHIP_KINDS, read_ordinal, read_year
from orchestration.pipeline.identify.evidence import Evidence
from orchestration.pipeline.ingest.clean import CleanText
from orchestration.pipeline.ingest.line_shapes import SITE_DAY

_DATE = re.compile(DATE)
_SIGNS = re.compile(rf"政府|办事处|委员会|{TOWNSHIP_KINDS}")  # the signer, on the line of the date


def _read_date(value: str) -> date | None:
    """Read a printed date, also in Chinese numerals; None if there is none or it is impossible."""
    match = _DATE.search(value)
    if match is None:
        compact = re.search(r"(?<!\d)(20\d\d)(\d\d)(\d\d)(?!\d)", value)
        if compact is None:
            return None
        parts = [int(part) for part in compact.groups()]
    else:
        parts = [read_year(match["year"]), read_ordinal(match["month"]), read_ordinal(match["day"])]
    try:
        return date(*parts)
    except ValueError:
        return None


def find_published_on(evidence: Evidence) -> date | None:
    """Return the publication date: from a correction, the page, its issue date, or the side file.

    Without any of these, a date under the title in web format is the publication date
    (党政办 2024-01-10 09:30); （2024年1月10日） is the document's date.
    """
    fields, side = evidence.clean.fields, evidence.side
    day = _pick_date("published_on", evidence.corrections, fields) or _read_date(fields.get("issued_on", ""))
    if day is None and "published_on" not in side:
        alone = fields.get("subtitle_date", "")
        day = _read_date(alone) if SITE_DAY.fullmatch(alone.strip()) else None
    return day or _read_date(side.get("published_on", ""))


def find_document_date(evidence: Evidence) -> date | None:
    """Return the document's date: from a correction, the page, the side file, the issue date, or the closing line."""
    clean = evidence.clean
    day = _pick_date("document_date", evidence.corrections, clean.fields, evidence.side)
    return day or _read_date(clean.fields.get("issued_on", "")) or _find_closing_date(clean)


def _pick_date(name: str, corrections: Mapping[str, str], *sources: Mapping[str, str]) -> date | None:
    """Return the date in field `name`, from the corrections or the first source that has one."""
    if name in corrections:
        return date.fromisoformat(corrections[name])
    for source in sources:
        day = _read_date(source.get(name, ""))
        if day is not None:
            return day
    return None


def _find_closing_date(clean: CleanText) -> date | None:
    """Return the date on a line at the end of the text or under the title."""
    for line in reversed(clean.text.rsplit("\n", 6)[1:]):
        if len(line) <= 40 and _DATE.search(line):
            bare = re.sub(r"印发|[（()）\s]", "", line)
            if _DATE.sub("", bare).strip("日号") == "" or _SIGNS.search(_DATE.sub("", bare)):
                return _read_date(line)
    alone = clean.fields.get("subtitle_date", "")
    return None if SITE_DAY.fullmatch(alone.strip()) else _read_date(alone)
