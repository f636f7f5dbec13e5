"""The county of a unit: narrow its namesakes by the evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from orchestration.pipeline.chinese import YEAR
from orchestration.pipeline.identify.divisions import County
from orchestration.pipeline.identify.evidence import Evidence, Unit
from orchestration.pipeline.identify.gazetteer import Gazetteer, Place
from orchestration.pipeline.identify.hosts import find_hosts, narrow_by_hosts
from orchestration.pipeline.identify.inference import CountySearch, infer_county, settle_county
from orchestration.pipeline.identify.phrases import FILLER
from orchestration.pipeline.identify.places import parse_places, places_before, places_of, strip_places
from orchestration.pipeline.identify.subjects import subject_place
from orchestration.pipeline.identify.superior import cited_places, superior_places
from orchestration.pipeline.vocabulary import AdminLevel, Resolution

# A GB/T 2260 code in an index number: 11500110588903728C (credit code), LH331082-071, 6207250034, 370481.
_CODE = re.compile(
    r"""
    (?<![0-9])
    (?: 1[0-9] (?=[0-9]{6}[0-9A-Z]{9,10}(?![0-9A-Z])) )?   # e.g. 11500110588903728C; a credit code begins with its kind
    ([1-6]\d{5})                                           # e.g. LH331082-071   6207250034   370481
    """,
    re.VERBOSE,
)
_COUNTY_OFFICE = re.compile(r".{0,8}?(?:局|委员会|办公室|法院|检察院|[委办]$)")  # 铜梁司法局 (铜梁区)
_FIELDS_OF_PLACES = ("source", "issuer", "breadcrumb", "site_name", "page_title")

# Name, places, and whether to believe a county in which the gazetteer does not list the unit.
Source = tuple[str, Sequence[Place], bool]


def locate_county(evidence: Evidence, unit: Unit | None) -> CountySearch:
    """Find the county of a unit, or of an unnamed township, from the most trusted source down.

    Raises:
        ValueError: a correction has an unknown county code.
    """
    gazetteer = evidence.gazetteer
    search = CountySearch(unit, list(gazetteer.find_units(unit.name)) if unit is not None else [])
    if "county_code" in evidence.corrections:
        code = evidence.corrections["county_code"]
        if code not in gazetteer.counties:
            raise ValueError(f"correction of county_code: no county has the code {code!r}")
        settle_county(search, gazetteer.counties[code], Resolution.STATED, "county by a reviewed correction")
        return search
    if unit is not None and unit.unknown_parent is not None:
        search.candidates = []
        search.notes.append(f"the gazetteer has no {unit.unknown_parent}")
        return search
    if unit is not None and not search.candidates:
        search.candidates = list(gazetteer.find_unit_variants(unit.name))
        if search.candidates:
            search.notes.append("the gazetteer has the name with another ending")
    for source, places, trusted in _stated_sources(evidence, unit):
        if narrow_candidates(search, source, places, trusted, gazetteer):
            return search
    if _is_at_home(evidence, search):
        settle_county(
            search, gazetteer.counties[evidence.home_county or ""], Resolution.INFERRED, "FAZHI_COUNTY"
        )
        return search
    narrow_by_hosts(search, find_hosts(evidence), gazetteer)
    return search if search.county is not None else infer_county(search, evidence)


def _is_at_home(evidence: Evidence, search: CountySearch) -> bool:
    """Return whether the unit may be in the home county: it has a unit of that name, or no county has."""
    if evidence.home_county not in evidence.gazetteer.counties:
        return False
    return not search.candidates or any(one.county_code == evidence.home_county for one in search.candidates)


def _stated_sources(evidence: Evidence, unit: Unit | None) -> Iterable[Source]:
    """Yield places by source, most trusted first.

    The flag says whether to believe a county in which the gazetteer does not list the unit.
    """
    clean, gazetteer, side = evidence.clean, evidence.gazetteer, evidence.side
    if unit is not None:
        yield "title" if unit.evidence.startswith("title") else unit.evidence, unit.parents, True
    for key in ("county_code", "county", "city", "province"):
        if key in side:
            yield f"side file {key}", places_of(side[key], gazetteer), True
    if unit is not None:
        yield "printed before the unit", places_before(clean.text, unit.name, gazetteer), True
    yield "its superior in the text", superior_places(clean.text, gazetteer), True
    folders = [
        place
        for part in evidence.source_path.split("/")[:-1]
        for place in places_of(part.strip("!"), gazetteer, open_readings=True)
    ]
    yield "folder", folders, True
    yield "file name", list(gazetteer.spot_places(evidence.source_path.rsplit("/", 1)[-1])), False
    for key in _FIELDS_OF_PLACES:
        value = clean.fields.get(key, "")
        if value:
            places = list(gazetteer.spot_places(value)) or places_of(value, gazetteer)
            yield f"header {key} {value[:30]}", places, False
    yield "page header", list(gazetteer.spot_places(clean.header)), False
    for key in ("index_number", "site_code"):
        for code in _CODE.findall(clean.fields.get(key, "")):
            if code in gazetteer.counties or code in gazetteer.former_codes:
                yield f"{key} has {code}", places_of(code, gazetteer), False
    yield "page footer", list(gazetteer.spot_places(clean.footer)), False
    yield "documents of the county", cited_places(clean.text, gazetteer), False


def narrow_candidates(
    search: CountySearch, source: str, places: Sequence[Place], trusted: bool, gazetteer: Gazetteer
) -> bool:
    """Narrow the candidates by one source; return whether it settles the county."""
    if not places:
        return False
    within: frozenset[str] = frozenset()
    for place in places:
        within = (within & place.county_codes or within) if within else place.county_codes
    counties = [place for place in places if place.level == AdminLevel.COUNTY]
    of_counties = frozenset[str]().union(*(place.county_codes for place in counties))
    fitting = [one for one in search.candidates if one.county_code in of_counties]
    fitting = [one for one in fitting if one.county_code in within] or fitting
    codes = {one.county_code for one in fitting}
    names = "".join(dict.fromkeys(place.name for place in places))
    if len(codes) == 1:
        settle_county(search, gazetteer.counties[codes.pop()], Resolution.STATED, f"{source}: {names}")
        return True
    if counties and not fitting and (trusted or search.unit is None):
        named = frozenset.intersection(*(place.county_codes for place in counties)) & within
        if len(named) == 1:
            about = (
                f"; the gazetteer does not list {search.unit.name} there" if search.unit is not None else ""
            )
            settle_county(
                search, gazetteer.counties[next(iter(named))], Resolution.STATED, f"{source}: {names}{about}"
            )
            return True
    if fitting:
        search.candidates = fitting
        return False
    return _narrow_within(
        search, source, [place for place in places if place.level != AdminLevel.COUNTY], trusted, gazetteer
    )


def _narrow_within(
    search: CountySearch, source: str, wider: Sequence[Place], trusted: bool, gazetteer: Gazetteer
) -> bool:
    """Keep the candidates in a province or city; return whether a trusted source leaves one."""
    for place in wider:
        inside = [one for one in search.candidates if one.county_code in place.county_codes]
        if inside and len(inside) < len(search.candidates):
            search.candidates = inside
            search.notes.append(f"{source}: {place.name}")
    codes = {one.county_code for one in search.candidates}
    if trusted and len(codes) == 1 and any(codes & place.county_codes for place in wider):
        names = "".join(dict.fromkeys(place.name for place in wider))
        settle_county(
            search, gazetteer.counties[codes.pop()], Resolution.INFERRED, f"the only one in {names}"
        )
        return True
    return False


def find_own_county(evidence: Evidence, level: AdminLevel) -> tuple[County | None, Resolution]:
    """Return a county in the place that reports itself (any county if that is a city), and the resolution.

    A short name alone does not state a county: 兴隆林业局 may belong to 兴隆县 or to a place called 兴隆.
    """
    nowhere = None, Resolution.UNRESOLVED
    if level not in (AdminLevel.COUNTY, AdminLevel.CITY, AdminLevel.PROVINCE, AdminLevel.DEPARTMENT):
        return nowhere
    clean, title, gazetteer = evidence.clean, evidence.title, evidence.gazetteer
    text = (
        f"{title or ''}\n{clean.fields.get('source', '')}\n{clean.fields.get('issuer', '')}\n{clean.header}"
    )
    org = FILLER.sub("", re.split(rf"关于|{YEAR}", title or "")[0])
    rest, places = "", parse_places(org, gazetteer)
    if not places:
        rest, places = strip_places(org, gazetteer)
    if not places or not (places[-1].is_full or not rest or _COUNTY_OFFICE.match(rest)):
        places = list(gazetteer.spot_places(text))  # 天台山管理处 does not belong to 天台县
    if not places:
        subject = subject_place(clean, gazetteer)
        places = [subject[0]] if subject is not None else []
    wanted = [place for place in places if place.level == level or level == AdminLevel.DEPARTMENT]
    if not wanted:
        return nowhere
    codes = wanted[-1].county_codes
    if level in (AdminLevel.COUNTY, AdminLevel.DEPARTMENT) and len(codes) != 1:
        for place in places:
            codes = codes & place.county_codes or codes
        if len(codes) != 1:
            return nowhere
    resolution = Resolution.STATED if wanted[-1].is_full else Resolution.INFERRED
    return gazetteer.counties[min(codes)], resolution
