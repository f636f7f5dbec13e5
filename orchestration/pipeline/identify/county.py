"""The county of a unit: which of its namesakes the evidence leaves."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from orchestration.pipeline.identify.divisions import County
from orchestration.pipeline.identify.gazetteer import Gazetteer, Place
from orchestration.pipeline.identify.phrases import FILLER, INTRO_CHARS, YEAR
from orchestration.pipeline.identify.places import places_before, places_of, strip_places
from orchestration.pipeline.identify.unit import Unit, subject_place
from orchestration.pipeline.ingest.clean import CleanText
from orchestration.pipeline.records import Township

# GB/T 2260 code in an index number: 11500110588903728C (credit code), LH331082-071, 6207250034, 370481.
_CODE = re.compile(r"(?<![0-9])(?:1[0-9](?=[0-9]{6}[0-9A-Z]{9,10}(?![0-9A-Z])))?([1-6]\d{5})")
_SUPERIOR = re.compile(r"([县区旗市])(?<!治.)(?:委|政府|人民政府)(?!员会办公厅)")


@dataclass(slots=True)
class CountySearch:
    """Candidates for one unit, narrowed source by source."""

    unit: Unit
    candidates: list[Township]
    notes: list[str] = field(default_factory=list)
    county: County | None = None
    resolution: str = "unresolved"


# --- where ----------------------------------------------------------------------------
def locate_county(
    clean: CleanText,
    unit: Unit,
    source_path: str,
    side: Mapping[str, str],
    gazetteer: Gazetteer,
    fixed: Mapping[str, str],
) -> CountySearch:
    """Find the county of a unit, from the most trusted source to the least."""
    search = CountySearch(unit, list(gazetteer.find_units(unit.name)))
    if "county_code" in fixed:
        county = gazetteer.counties.get(fixed["county_code"])
        if county is None:
            raise ValueError(f"correction of county_code: no county has the code {fixed['county_code']!r}")
        search.county, search.resolution = county, "stated"
        search.notes.append("county by a reviewed correction")
        return search
    if unit.unknown_parent is not None:
        search.candidates = []
        search.notes.append(f"the gazetteer has no {unit.unknown_parent}")
        return search
    if not search.candidates:
        search.candidates = list(gazetteer.find_unit_variants(unit.name))
        if search.candidates:
            search.notes.append("the gazetteer has the name with another ending")
    for source, places, trusted in _stated_sources(clean, unit, source_path, side, gazetteer):
        if narrow_candidates(search, source, places, trusted, gazetteer):
            return search
    return infer_county(search, clean, gazetteer)


def _stated_sources(
    clean: CleanText, unit: Unit, source_path: str, side: Mapping[str, str], gazetteer: Gazetteer
) -> Iterable[tuple[str, Sequence[Place], bool]]:
    """Places by source, most trusted first.

    The flag says whether a county there is believed even when the gazetteer does not list
    the unit in it.
    """
    yield "title" if unit.evidence.startswith("title") else unit.evidence, unit.parents, True
    for key in ("county_code", "county", "city", "province"):
        if key in side:
            yield f"side file {key}", places_of(side[key], gazetteer), True
    yield "printed before the unit", places_before(clean.text, unit.name, gazetteer), True
    folders = [
        place for part in source_path.split("/")[:-1] for place in places_of(part.strip("!"), gazetteer)
    ]
    yield "folder", folders, True
    yield "file name", list(gazetteer.spot_places(source_path.rsplit("/", 1)[-1])), False
    for key in ("source", "issuer", "breadcrumb", "site_name", "page_title"):
        value = clean.fields.get(key, "")
        if value:
            yield (
                f"header {key} {value[:30]}",
                list(gazetteer.spot_places(value)) or places_of(value, gazetteer),
                False,
            )
    yield "page header", list(gazetteer.spot_places(clean.header)), False
    for key in ("index_number", "site_code"):
        for code in _CODE.findall(clean.fields.get(key, "")):
            if code in gazetteer.counties or code in gazetteer.former_codes:
                yield f"{key} has {code}", places_of(code, gazetteer), False
    yield "page footer", list(gazetteer.spot_places(clean.footer)), False


def narrow_candidates(
    search: CountySearch, source: str, places: Sequence[Place], trusted: bool, gazetteer: Gazetteer
) -> bool:
    """Take what one source says; true when it settles the county."""
    if not places:
        return False
    within: frozenset[str] = frozenset()
    for place in places:
        within = (within & place.county_codes or within) if within else place.county_codes
    counties = [place for place in places if place.level == "county"]
    fitting = [
        one for one in search.candidates if any(one.county_code in place.county_codes for place in counties)
    ]
    fitting = [one for one in fitting if one.county_code in within] or fitting
    codes = {one.county_code for one in fitting}
    names = "".join(dict.fromkeys(place.name for place in places))
    if len(codes) == 1:
        settle_county(search, gazetteer.counties[codes.pop()], "stated", f"{source}: {names}")
        return True
    if counties and not fitting and trusted:
        named = set.intersection(*(set(place.county_codes) for place in counties)) & set(within)
        if len(named) == 1:
            settle_county(search, gazetteer.counties[named.pop()], "stated",
                    f"{source}: {names}; the gazetteer does not list {search.unit.name} there")  # fmt: skip
            return True
    if fitting:
        search.candidates = fitting
        return False
    wider = [place for place in places if place.level != "county"]
    for place in wider:
        inside = [one for one in search.candidates if one.county_code in place.county_codes]
        if inside and len(inside) < len(search.candidates):
            search.candidates = inside
            search.notes.append(f"{source}: {place.name}")
    if (
        wider
        and trusted
        and len({one.county_code for one in search.candidates}) == 1
        and any(search.candidates[0].county_code in place.county_codes for place in wider)
    ):
        settle_county(
            search,
            gazetteer.counties[search.candidates[0].county_code],
            "inferred",
            f"the only one in {names}",
        )
        return True
    return False


def settle_county(search: CountySearch, county: County, resolution: str, note: str) -> None:
    """Note the county, and what decided it."""
    search.county, search.resolution = county, resolution
    search.notes.append(note)


def infer_county(search: CountySearch, clean: CleanText, gazetteer: Gazetteer) -> CountySearch:
    """Weigh what the body mentions: county names, law firms, courts, document numbers."""
    text = f"{clean.header}\n{clean.text}\n{clean.footer}"
    spotted = Counter((place.name, place.level, place.county_codes) for place in gazetteer.spot_places(text))
    _narrow_by_superior(search, clean.text)
    by_county = {one.county_code: one for one in search.candidates}
    initials = _find_initials(text)
    scores = {
        code: _score_county(gazetteer.counties[code], text, spotted, initials, search.unit.name)
        for code in by_county
    }
    ranked = sorted(scores.items(), key=lambda item: -item[1][0])
    others = [
        (count, name)
        for (name, level, codes), count in spotted.items()
        if level == "county" and not codes & by_county.keys() and len(codes) == 1
    ]
    if len(ranked) == 1:
        code, (score, words) = ranked[0]
        foreign = max(others, default=(0, ""))
        if score > 0:
            settle_county(search, gazetteer.counties[code], "inferred", f"the text has {', '.join(words)}")
        elif foreign[0] < 2:
            settle_county(
                search, gazetteer.counties[code], "inferred", f"the only {search.unit.name} that fits"
            )
        else:
            search.resolution = "ambiguous"
            search.notes.append(
                f"the only {search.unit.name} is in {by_county[code].county_name}, the text has {foreign[1]}"
            )
        return search
    if ranked and ranked[0][1][0] > 0 and ranked[0][1][0] >= 1.5 * ranked[1][1][0]:
        code, (_, words) = ranked[0]
        settle_county(search, gazetteer.counties[code], "inferred", f"the text has {', '.join(words)}")
        return search
    if not ranked and others:
        (count, name), *more = sorted(others, reverse=True)
        if count >= 2 and (not more or count >= 2 * more[0][0]):
            settle_county(
                search, gazetteer.find_counties(name)[0], "inferred", f"the text has {name} {count} times"
            )
            return search
    if ranked:
        top = ranked[0][1][0]
        search.candidates = [by_county[code] for code, (score, _) in ranked if score >= top * 0.67]
        search.resolution = "ambiguous"
        search.notes.append(f"{len(search.candidates)} townships are called {search.unit.name}")
    else:
        search.notes.append(f"the gazetteer has no {search.unit.name}")
    return search


def _narrow_by_superior(search: CountySearch, text: str) -> None:
    """Keep candidates of the kind of superior that the text names: 区委、区政府 is a district's.

    A county-level 市 shows only where neither 县 nor 区 nor 旗 is named, for every
    township's report speaks of its prefecture's 市委 too.
    """
    if len(search.candidates) < 2:
        return
    named = Counter(_SUPERIOR.findall(text))
    kind = max(("县", "区", "旗"), key=lambda one: named[one])
    if not named[kind]:
        kind = "市"
    fitting = [one for one in search.candidates if one.county_name.endswith(kind)]
    if named[kind] and fitting and len(fitting) < len(search.candidates):
        search.candidates = fitting
        search.notes.append(f"its superior is a {kind}")


def _score_county(
    county: County,
    text: str,
    spotted: Mapping[tuple[str, str, frozenset[str]], int],
    initials: Mapping[str, str],
    unit_name: str,
) -> tuple[float, list[str]]:
    """How strongly a text speaks of a county, and the words that do.

    Args:
        spotted: full names of places in the text, counted.
        initials: what `_find_initials` found there.
    """
    score = 0.0
    words: list[str] = []
    for (name, level, codes), count in spotted.items():
        if county.code in codes:
            score += {"county": 3.0, "city": 1.5, "province": 0.5}[level] * min(count, 3)
            words.append(name)
    short = county.short_name
    if len(short) < 2 or short in unit_name:
        return score, words
    if around := _find_county_words(text, short):
        score += 2.5
        words.append(around)
    if short[0] in initials:
        score += 1.5
        words.append(initials[short[0]])
    city = county.city_name.removesuffix("市")
    if score == 0 and len(city) >= 2 and city in text and city != unit_name[: len(city)]:
        score += 0.6
        words.append(city)
    return score, words


_PRAISES = ("法治", "平安", "数字", "美丽", "大美", "幸福")  # 法治铜梁
_LAW_FIRM = re.compile(r"[）)][^，。]{0,6}律师")  # （铜梁）律师事务所
_COUNTY_WORDS = re.compile(
    r"[^，。]{0,4}律师事务所|(?:县|区|市|旗)?(?:人民)?(?:法院|检察院|公安|司法局|区委|县委|市委|融媒)"
    r"|[府政委办法][^，。〔\[【（(]{0,6}[〔\[【（(]\d{4}|(?:县|区|市|旗)(?!人)"
)


def _find_county_words(text: str, short_name: str) -> str | None:
    """The first words around a county's short name that show a county is meant: 铜梁法院, 平安铜梁."""
    start = text.find(short_name)
    while start >= 0:
        end = start + len(short_name)
        if text.startswith(_PRAISES, max(start - 2, 0), start):
            return text[start - 2 : end]
        if text.startswith(("（", "("), max(start - 1, 0), start) and (match := _LAW_FIRM.match(text, end)):
            return text[start - 1 : match.end()]
        if match := _COUNTY_WORDS.match(text, end):
            return text[start : match.end()]
        start = text.find(short_name, end)
    return None


_BRACKETED_YEAR = re.compile(r"[〔\[【（(]\d{4}")
_INITIAL = re.compile(r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff])(?=([府政委办党法][^，。〔\[【（(]{0,5})\Z)")
_MAX_ISSUER_CHARS = 7  # of 铜府办


def _find_initials(text: str) -> dict[str, str]:
    """The first document number of each initial, without its year: 铜府办 of 铜府办〔2024〕15号."""
    found: dict[str, str] = {}
    for year in _BRACKETED_YEAR.finditer(text):
        for match in _INITIAL.finditer(text, max(0, year.start() - _MAX_ISSUER_CHARS), year.start()):
            found.setdefault(match[1], match[1] + match[2])
    return found


def find_own_county(clean: CleanText, title: str | None, level: str, gazetteer: Gazetteer) -> County | None:
    """A county inside the place whose own report it is (any, where that place is a city)."""
    if level not in ("county", "city", "province", "department"):
        return None
    text = (
        f"{title or ''}\n{clean.fields.get('source', '')}\n{clean.fields.get('issuer', '')}\n{clean.header}"
    )
    org = re.split(rf"关于|{YEAR}", title or "")[0]
    places = strip_places(FILLER.sub("", org), gazetteer)[1] or list(gazetteer.spot_places(text))
    if not places:
        subject = subject_place(clean.text[:INTRO_CHARS], gazetteer)
        places = [subject] if subject is not None else []
    wanted = [place for place in places if place.level == level or level == "department"]
    if not wanted:
        return None
    codes = wanted[-1].county_codes
    if level in ("county", "department") and len(codes) != 1:
        for place in places:
            codes = codes & place.county_codes or codes
        if len(codes) != 1:
            return None
    return gazetteer.counties[min(codes)]
