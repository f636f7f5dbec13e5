"""Whose report a clean text is: the order in which title, place, year and dates are settled.

Every decision keeps what decided it. Where several townships of one name fit and nothing
tells them apart, the report is `ambiguous` with its candidates; nothing is guessed.
Sources are believed in this order: reviewed corrections, the title, the side file, a county
printed right before the unit, folder names, the page's header, codes, and last what the
body mentions.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from orchestration.pipeline.identify.county import find_own_county, locate_county
from orchestration.pipeline.identify.dates import find_document_date, find_published_on
from orchestration.pipeline.identify.evidence import Evidence
from orchestration.pipeline.identify.gazetteer import Gazetteer
from orchestration.pipeline.identify.kind import find_kind
from orchestration.pipeline.identify.phrases import IS_TOPIC, REPORT_WORDS
from orchestration.pipeline.identify.unit import find_unit
from orchestration.pipeline.identify.year import find_year
from orchestration.pipeline.ingest.clean import CleanText
from orchestration.pipeline.records import Document
from orchestration.pipeline.vocabulary import AdminLevel, Resolution


def identify_report(
    clean: CleanText,
    *,
    report_id: str,
    source_path: str,
    side_metadata: Mapping[str, Any] | None,
    gazetteer: Gazetteer,
    corrections: Mapping[str, str] | None = None,
    home_county: str | None = None,
) -> Document:
    """Fill in every field of a report's identity.

    Args:
        clean: the cleaned text with the facts of its page header.
        report_id: first 16 hex digits of the file's sha256.
        source_path: relative to the reports folder; folder names and file name are evidence.
        side_metadata: the object of NAME.meta.json, if there is one.
        gazetteer: all townships.
        corrections: reviewed decisions, field → value; they win over everything.
        home_county: code of the county whose reports these are; settles namesakes.

    Returns:
        The document; `correction_ids` is left to the caller.

    Raises:
        ValueError: a correction whose value is not a valid date, year, level or county code.
    """
    corrections = dict(corrections or {})
    side = {key: str(value) for key, value in (side_metadata or {}).items() if value not in (None, "")}
    title = corrections.get("title") or clean.title or side.get("title") or _title_from_path(source_path)
    evidence = Evidence(clean, title, source_path, side, corrections, gazetteer, home_county)
    level, unit, level_note = find_unit(evidence)
    search = locate_county(evidence, unit) if level == AdminLevel.TOWNSHIP else None
    published_on = find_published_on(evidence)
    document_date = find_document_date(evidence)
    year, year_note = find_year(evidence, published_on, document_date)
    county = search.county if search is not None else find_own_county(evidence, level)
    unit_name = unit.name if unit is not None else None
    unit_type = unit.unit_type if unit is not None else None
    if (
        unit is None
        and level in (AdminLevel.COUNTY, AdminLevel.CITY, AdminLevel.PROVINCE)
        and county is not None
    ):
        unit_name = {
            AdminLevel.COUNTY: county.name,
            AdminLevel.CITY: county.city_name,
            AdminLevel.PROVINCE: county.province_name,
        }[level]
    notes = [level_note, *(search.notes if search is not None else ())]
    has_county = county is not None and level in (
        AdminLevel.TOWNSHIP,
        AdminLevel.COUNTY,
        AdminLevel.DEPARTMENT,
    )
    has_city = county is not None and level not in (AdminLevel.PROVINCE, AdminLevel.UNKNOWN)
    resolution = (
        search.resolution
        if search is not None
        else (Resolution.STATED if county is not None else Resolution.UNRESOLVED)
    )
    ambiguous = search is not None and resolution == Resolution.AMBIGUOUS
    return Document(
        report_id=report_id,
        text=clean.text,
        original_text=clean.original_text,
        text_sha256=hashlib.sha256(clean.text.encode("utf-8")).hexdigest(),
        char_count=len(clean.text),
        title=title,
        admin_level=level,
        unit_name=unit_name,
        unit_type=unit_type,
        township_key=f"{county.code}-{unit_name}"
        if level == AdminLevel.TOWNSHIP and county is not None and unit_name
        else None,
        township_code=gazetteer.find_code(county.code, unit_name)
        if level == AdminLevel.TOWNSHIP and county is not None and unit_name
        else None,
        county_name=county.name if county is not None and has_county else None,
        county_code=county.code if county is not None and has_county else None,
        city_name=county.city_name if county is not None and has_city else None,
        province_name=county.province_name if county is not None and level != AdminLevel.UNKNOWN else None,
        resolution=resolution,
        resolution_evidence="; ".join(note for note in notes if note) or None,
        candidates=json.dumps(sorted(one.township_key for one in search.candidates), ensure_ascii=False)
        if ambiguous and search is not None
        else None,
        report_kind=find_kind(title, clean.text),
        report_year=year,
        report_year_evidence=year_note,
        published_on=published_on,
        document_date=document_date,
        index_number=corrections.get("index_number")
        or clean.fields.get("index_number")
        or side.get("index_number"),
        document_number=corrections.get("document_number")
        or clean.fields.get("document_number")
        or side.get("document_number"),
        issuer=corrections.get("issuer") or clean.fields.get("issuer") or side.get("issuer"),
        source_url=side.get("source_url") or clean.fields.get("source_url"),
        correction_ids=None,
    )


def _title_from_path(source_path: str) -> str | None:
    """A file name that reads as a title: 太平镇2024年法治政府建设情况报告.docx."""
    stem = source_path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return stem if IS_TOPIC.search(stem) and REPORT_WORDS.search(stem) else None
