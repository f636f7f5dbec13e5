"""Infer a county that is not stated, from place names, law firms, courts and document numbers in the text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from orchestration.pipeline.chinese import ALL_HAN
from orchestration.pipeline.identify.divisions import County
from orchestration.pipeline.identify.evidence import Evidence, Unit
from orchestration.pipeline.identify.gazetteer import Gazetteer
from orchestration.pipeline.records import Township
from orchestration.pipeline.vocabulary import AdminLevel, Resolution

_SUPERIOR = re.compile(
    r"""
    ([县区旗市]) (?<!治.)          # e.g. 县委; not 自治区政府
    (?: 委 | 政府 | 人民政府 )     # e.g. 县委   区人民政府
    (?!员会办公厅)
    """,
    re.VERBOSE,
)
_MIN_OTHER_SUPERIORS = 2
# Weights of the evidence for a county.
_LEVEL_WEIGHTS = {AdminLevel.COUNTY: 3.0, AdminLevel.CITY: 1.5, AdminLevel.PROVINCE: 0.5}  # of a full name
_MOST_COUNTED = 3  # occurrences of a name that count
_SHORT_NAME_WEIGHT = 2.5  # 铜梁法院
_INITIAL_WEIGHT = 1.5  # 铜府办发
_SHORT_CITY_WEIGHT = 0.6  # only if there is no other evidence for the county
_CLEAR_LEAD = 1.5  # times the weight of the next county
_NEAR = 0.67  # share of the best weight at which a candidate stays
_MIN_MENTIONS = 2  # of a county that is not a candidate
_PRAISES = ("法治", "平安", "数字", "美丽", "大美", "幸福")  # 法治铜梁
_LAW_FIRM = re.compile(r"[）)][^，。]{0,6}律师")  # （铜梁）律师事务所
_COUNTY_WORDS = re.compile(
    r"""
    [^，。]{0,4}律师事务所                                            # e.g. 某某律师事务所
    | (?: 县 | 区 | 市 | 旗 )? (?:人民)?
      (?: 法院 | 检察院 | 公安 | 司法局 | 区委 | 县委 | 市委 | 融媒 )   # e.g. 县人民法院   区司法局   公安
    | [府政委办法] [^，。〔\[【（(]{0,6} [〔\[【（(] \d{4}              # e.g. 府办发〔2024; the number of a document
    | (?: 县 | 区 | 市 | 旗 ) (?!人)                                  # e.g. 县
    """,
    re.VERBOSE,
)
_BRACKETED_YEAR = re.compile(r"[〔\[【（(]\d{4}")
_INITIAL = re.compile(
    rf"""
    (?<![{ALL_HAN}]) ([{ALL_HAN}])                                       # 铜 of 铜府办发
    (?= ( [府政委办党法] [^，。〔\[【（(]{{0,5}} ) \Z )           # e.g. 铜府办发   （铜委
    """,
    re.VERBOSE,
)
_MAX_ISSUER_CHARS = 7  # of the words before the year: 铜府办


@dataclass(slots=True)
class CountySearch:
    """Candidates for one unit, narrowed source by source."""

    unit: Unit | None  # None if nothing names the township
    candidates: list[Township]
    notes: list[str] = field(default_factory=list)
    county: County | None = None
    resolution: Resolution = Resolution.UNRESOLVED


class _Score(NamedTuple):
    """The weight of the evidence for a county, and its words."""

    county: County
    weight: float
    words: list[str]


def settle_county(search: CountySearch, county: County, resolution: Resolution, note: str) -> None:
    """Record the county and what decided it."""
    search.county, search.resolution = county, resolution
    search.notes.append(note)


def infer_county(search: CountySearch, evidence: Evidence) -> CountySearch:
    """Weigh the text's mentions: county names, law firms, courts, document numbers."""
    clean, gazetteer = evidence.clean, evidence.gazetteer
    unit_name = search.unit.name if search.unit is not None else "the township"
    text = f"{clean.header}\n{clean.text}\n{clean.footer}"
    spotted = Counter((place.name, place.level, place.county_codes) for place in gazetteer.spot_places(text))
    _narrow_by_superior(search, clean.text, gazetteer)
    codes = dict.fromkeys(one.county_code for one in search.candidates)
    initials = _find_initials(text)
    short_names = frozenset(gazetteer.counties[code].short_name for code in codes)
    scores = [
        _score_county(gazetteer.counties[code], text, spotted, initials, unit_name, short_names)
        for code in codes
    ]
    ranked = sorted(scores, key=lambda score: -score.weight)
    # Named counties without a candidate, most frequent first.
    strangers = sorted(
        (
            (count, name)
            for (name, level, members), count in spotted.items()
            if level == AdminLevel.COUNTY and not members & codes.keys() and len(members) == 1
        ),
        reverse=True,
    )
    if not ranked:
        _infer_stranger(search, strangers, gazetteer, unit_name)
    elif len(ranked) == 1:
        is_strange = bool(strangers) and strangers[0][0] >= _MIN_MENTIONS
        _infer_only(search, ranked[0], evidence, unit_name, is_strange=is_strange)
    else:
        _infer_best(search, ranked, unit_name)
    return search


def _infer_only(
    search: CountySearch, score: _Score, evidence: Evidence, unit_name: str, *, is_strange: bool
) -> None:
    """Settle on the one county left, unless the text names another (`is_strange`) or superiors of another kind."""
    county = score.county
    kinds = evidence.gazetteer.list_county_kinds(county.code)
    if score.weight > 0:
        settle_county(search, county, Resolution.INFERRED, f"the text has {', '.join(score.words)}")
    elif not is_strange and not _has_another_superior(evidence.clean.text, kinds):
        settle_county(search, county, Resolution.INFERRED, f"the only {unit_name} that fits")
    else:
        search.resolution = Resolution.AMBIGUOUS
        search.notes.append(f"the only {unit_name} is in {county.name}, which does not fit the text")


def _infer_best(search: CountySearch, ranked: Sequence[_Score], unit_name: str) -> None:
    """Settle on the county with the most evidence if it leads clearly; otherwise keep those near it."""
    best, second = ranked[0], ranked[1]
    if best.weight > 0 and best.weight >= _CLEAR_LEAD * second.weight:
        settle_county(search, best.county, Resolution.INFERRED, f"the text has {', '.join(best.words)}")
        return
    by_county = {one.county_code: one for one in search.candidates}
    near = [score.county.code for score in ranked if score.weight >= best.weight * _NEAR]
    search.candidates = [by_county[code] for code in near]
    search.resolution = Resolution.AMBIGUOUS
    search.notes.append(f"{len(search.candidates)} townships are called {unit_name}")


def _infer_stranger(
    search: CountySearch, strangers: Sequence[tuple[int, str]], gazetteer: Gazetteer, unit_name: str
) -> None:
    """Settle on the county that the text names repeatedly, for a township that the gazetteer lacks."""
    if strangers:
        (count, name), *more = strangers
        counties = gazetteer.find_counties(name)
        if count >= _MIN_MENTIONS and len(counties) == 1 and (not more or count >= 2 * more[0][0]):
            settle_county(search, counties[0], Resolution.INFERRED, f"the text has {name} {count} times")
            return
    search.notes.append(f"the gazetteer has no {unit_name}")


def _count_superiors(text: str) -> Counter[str]:
    """Count the committees and governments of each kind in a text: 县委, 区政府."""
    return Counter(_SUPERIOR.findall(text))


def _narrow_by_superior(search: CountySearch, text: str, gazetteer: Gazetteer) -> None:
    """Keep candidates whose county is of the kind that the text names: 区委、区政府 means a district.

    市 counts only if no 县, 区 or 旗 is named, because every township's report also mentions the
    市委 of its prefecture.
    """
    if len(search.candidates) < 2:
        return
    named = _count_superiors(text)
    kind = max(("县", "区", "旗"), key=lambda one: named[one])
    if not named[kind]:
        kind = "市"
    fitting = [one for one in search.candidates if kind in gazetteer.list_county_kinds(one.county_code)]
    if named[kind] and fitting and len(fitting) < len(search.candidates):
        search.candidates = fitting
        search.notes.append(f"its superior is a {kind}")


def _has_another_superior(text: str, kinds: Container[str]) -> bool:
    """Return whether a text's superiors are all of another kind: 县委 twice and never 区委, for a district."""
    named = _count_superiors(text)
    own = sum(count for kind, count in named.items() if kind in kinds)
    others = sum(count for kind, count in named.items() if kind not in kinds and kind != "市")
    return others >= _MIN_OTHER_SUPERIORS and own == 0


def _score_county(
    county: County,
    text: str,
    spotted: Mapping[tuple[str, AdminLevel, frozenset[str]], int],
    initials: Mapping[str, str],
    unit_name: str,
    short_names: Container[str],
) -> _Score:
    """Weigh the evidence in a text for a county.

    Args:
        county: the county.
        text: header, text and footer.
        spotted: full place names in the text, with counts.
        initials: the result of `_find_initials`.
        unit_name: name of the township.
        short_names: short names of all candidate counties; a city with such a name is no evidence
            (朝阳市 and 朝阳区).
    """
    weight = 0.0
    words: list[str] = []
    for (name, level, codes), count in spotted.items():
        if county.code in codes:
            weight += _LEVEL_WEIGHTS[level] * min(count, _MOST_COUNTED)
            words.append(name)
    short = county.short_name
    if len(short) < 2 or short in unit_name:
        return _Score(county, weight, words)
    if around := _find_county_words(text, short):
        weight += _SHORT_NAME_WEIGHT
        words.append(around)
    if short[0] in initials:
        weight += _INITIAL_WEIGHT
        words.append(initials[short[0]])
    city = county.city_name.removesuffix("市")
    if (
        weight == 0
        and len(city) >= 2
        and city in text
        and city != unit_name[: len(city)]
        and (city == short or city not in short_names)
    ):
        weight += _SHORT_CITY_WEIGHT
        words.append(city)
    return _Score(county, weight, words)


def _find_county_words(text: str, short_name: str) -> str | None:
    """Return the first words around a county's short name that show that it means the county: 铜梁法院, 平安铜梁."""
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


def _find_initials(text: str) -> dict[str, str]:
    """Return the first document number by initial, without its year: 铜府办 of 铜府办〔2024〕15号."""
    found: dict[str, str] = {}
    for year in _BRACKETED_YEAR.finditer(text):
        for match in _INITIAL.finditer(text, max(0, year.start() - _MAX_ISSUER_CHARS), year.start()):
            found.setdefault(match[1], match[1] + match[2])
    return found
