"""Identify a report: settle its title, place, year and dates from the clean text.

Every decision records its evidence. If several townships of one name fit equally, the report is
`ambiguous` with its candidates; nothing is guessed. Sources of the county, most trusted first:
reviewed corrections, the title, the side file, a county printed right before the unit, a superior
in the text, folder and file names, the page's header, codes, the footer, cited documents,
`FAZHI_COUNTY`, the web site, and last the mentions in the text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

from orchestration.pipeline.identify.county import find_own_county, locate_county
from orchestration.pipeline.identify.dates import find_document_date, find_published_on
from orchestration.pipeline.identify.divisions import County
from orchestration.pipeline.identify.evidence import Evidence
from orchestration.pipeline.identify.gazetteer import Gazetteer
from orchestration.pipeline.identify.inference import CountySearch
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
        source_path: relative to the reports folder; folder and file names are evidence.
        side_metadata: the object of NAME.meta.json, if there is one.
        gazetteer: all townships.
        corrections: reviewed decisions, field → value; they override everything.
        home_county: code of the county of this installation; settles namesakes.

    Returns:
        The document; the caller sets `correction_ids`.

    Raises:
        ValueError: a correction is not a valid date, year, level or county code.
    """
    corrections = dict(corrections or {})
    side = {key: str(value) for key, value in (side_metadata or {}).items() if value not in (None, "")}
    source_path = unquote(source_path)  # a browser may name a file by its address: %E6%9D%BE%E5%9D%AA
    title = corrections.get("title") or clean.title or side.get("title") or _title_from_path(source_path)
    evidence = Evidence(clean, title, source_path, side, corrections, gazetteer, home_county)
    place = _find_place(evidence)
    published_on, document_date = find_published_on(evidence), find_document_date(evidence)
    year, year_note = find_year(evidence, published_on, document_date)

    def stated(name: str) -> str | None:
        return corrections.get(name) or clean.fields.get(name) or side.get(name)

    return Document(
        report_id=report_id,
        text=clean.text,
        original_text=clean.original_text,
        text_sha256=hashlib.sha256(clean.text.encode("utf-8")).hexdigest(),
        char_count=len(clean.text),
        title=title,
        **place._asdict(),
        report_kind=find_kind(title, clean.text),
        report_year=year,
        report_year_evidence=year_note,
        published_on=published_on,
        document_date=document_date,
        index_number=stated("index_number"),
        document_number=stated("document_number"),
        issuer=stated("issuer"),
        source_url=side.get("source_url") or clean.fields.get("source_url"),
        correction_ids=None,
    )


class _Place(NamedTuple):
    """The place fields of a document; None if unknown or narrower than the reporting unit."""

    admin_level: AdminLevel
    unit_name: str | None
    unit_type: str | None
    resolution: Resolution
    resolution_evidence: str | None
    candidates: str | None
    township_key: str | None = None
    township_code: str | None = None
    county_name: str | None = None
    county_code: str | None = None
    city_name: str | None = None
    province_name: str | None = None


def _find_place(evidence: Evidence) -> _Place:
    """Return the place of the reporting unit: for a county also its city and province, for a province nothing else."""
    level, unit, level_note = find_unit(evidence)
    search = locate_county(evidence, unit) if level == AdminLevel.TOWNSHIP else None
    county, resolution = (
        (search.county, search.resolution) if search is not None else find_own_county(evidence, level)
    )
    notes = [level_note, *(search.notes if search is not None else ())]
    place = _Place(
        level,
        unit.name if unit is not None else None,
        unit.unit_type if unit is not None else None,
        resolution,
        "; ".join(note for note in notes if note) or None,
        _list_candidates(search),
    )
    return place if county is None else _place_in(county, place, evidence.gazetteer)


def _place_in(county: County, place: _Place, gazetteer: Gazetteer) -> _Place:
    level, unit_name = place.admin_level, place.unit_name or _find_own_name(place.admin_level, county)
    is_placed = level == AdminLevel.TOWNSHIP and bool(unit_name)
    is_within_county = level in (AdminLevel.TOWNSHIP, AdminLevel.COUNTY, AdminLevel.DEPARTMENT)
    is_within_city = level not in (AdminLevel.PROVINCE, AdminLevel.UNKNOWN)
    return place._replace(
        unit_name=unit_name,
        township_key=f"{county.code}-{unit_name}" if is_placed else None,
        township_code=gazetteer.find_code(county.code, unit_name) if is_placed and unit_name else None,
        county_name=county.name if is_within_county else None,
        county_code=county.code if is_within_county else None,
        city_name=county.city_name if is_within_city else None,
        province_name=county.province_name if level != AdminLevel.UNKNOWN else None,
    )


def _find_own_name(level: AdminLevel, county: County) -> str | None:
    """Return the name of a county, city or province that reports itself; None for other levels."""
    match level:
        case AdminLevel.COUNTY:
            return county.name
        case AdminLevel.CITY:
            return county.city_name
        case AdminLevel.PROVINCE:
            return county.province_name
        case _:
            return None


def _list_candidates(search: CountySearch | None) -> str | None:
    """Return the candidate townships of an ambiguous report as a JSON list of keys; None for other reports."""
    if search is None or search.resolution != Resolution.AMBIGUOUS:
        return None
    return json.dumps(sorted(one.township_key for one in search.candidates), ensure_ascii=False)


def _title_from_path(source_path: str) -> str | None:
    """Return the file name if it reads as a title (太平镇2024年法治政府建设情况报告.docx), or None."""
    stem = source_path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return stem if IS_TOPIC.search(stem) and REPORT_WORDS.search(stem) else None
