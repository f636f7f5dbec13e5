"""Read the places printed before a unit: 重庆市铜梁区太平镇 is 太平镇 with its parents."""

from __future__ import annotations

import re
from collections.abc import Sequence

from orchestration.pipeline.chinese import ALL_HAN
from orchestration.pipeline.identify.gazetteer import Gazetteer, Place
from orchestration.pipeline.identify.phrases import FILLER
from orchestration.pipeline.vocabulary import AdminLevel

_COUNTY_ENDS = ("县", "区", "旗", "市")
_ORDER = {AdminLevel.PROVINCE: 0, AdminLevel.CITY: 1, AdminLevel.COUNTY: 2}
# A development zone that the gazetteer lacks means the city or county before it: 绵阳经开区 is in 绵阳.
_ZONE = re.compile(
    rf"""
    (?: 国家级? | 省级 )?
    (?: [{ALL_HAN}]{{0,4}}? )                        # a name of its own
    (?:
        (?: 经济 | 技术 | 高新 | 产业 | 高技术 | 工业 | 旅游 | 生态 | 农业 | 综合 | 现代 | 临港 | 临空
          | 滨海 | 城乡一体化 )*
        (?: 开发区 | 示范区 | 管理区 | 园区 | 度假区 | 试验区 | 保税区 | 集聚区 | 功能区
          | 合作区 )                                 # e.g. 国家级经济技术开发区
      | 经开区 | 高新区 | 新区                       # e.g. 绵阳经开区
    )
    """,
    re.VERBOSE,
)


# Zone names that many cities share.
_ANY_ZONE = re.compile(
    r"(?:经济?|技术|高新|产业|工业|化工|汽车?|文化?|旅游?|创意|管理|示范|开发?)*(?:园区?|区)"
)


def parse_parents(prefix: str, gazetteer: Gazetteer) -> list[Place]:
    """Return the places before a unit; if an outer one is unknown, the county right before it: 雄安新区雄县."""
    for start in range(len(prefix) - 1):
        places = parse_places(prefix[start:], gazetteer, open_readings=True)
        if places and (
            start == 0 or (places[-1].level == AdminLevel.COUNTY and places[-1].name.endswith(_COUNTY_ENDS))
        ):
            return places
    return []


def parse_places(text: str, gazetteer: Gazetteer, open_readings: bool = False) -> list[Place]:
    """Return the places that make up a whole text, outermost first; empty if any text is left over.

    Args:
        text: the text.
        gazetteer: all places.
        open_readings: whether a name of several places (朝阳: 朝阳市, 朝阳区, 朝阳县) means any of them, if
            a unit will decide; otherwise the widest.
    """
    rest, places = _read_places(text, gazetteer, open_readings=open_readings)
    return places if not rest else []


def strip_places(text: str, gazetteer: Gazetteer, short: bool = True) -> tuple[str, list[Place]]:
    """Return the rest of a text after the place names at its start, and those places.

    The rest always keeps a unit (all of 城关镇). A zone is skipped only after a full name, because
    宜阳新区 need not be in 宜阳县.

    Args:
        text: the text.
        gazetteer: all places.
        short: whether names like 铜梁 for 铜梁区 count.
    """
    return _read_places(text, gazetteer, short=short, is_all=False)


def _read_places(
    text: str, gazetteer: Gazetteer, *, short: bool = True, is_all: bool = True, open_readings: bool = False
) -> tuple[str, list[Place]]:
    """Read places from the beginning of a text, each within the one before; return what is left, and the places.

    Args:
        text: a text such as 重庆市铜梁区太平镇.
        gazetteer: all places.
        short: whether short names count, such as 铜梁 for 铜梁区.
        is_all: whether the text has nothing but places, so that nothing is left over for a unit.
        open_readings: see `parse_places`.
    """
    places: list[Place] = []
    at = 0
    while at < len(text):
        filler = FILLER.match(text, at)
        if filler is not None:
            at = filler.end()
            continue
        options = _list_options(text, at, places[-1] if places else None, gazetteer, short, is_all)
        if not options:
            zone = _ZONE.match(text, at) if places and (is_all or places[-1].is_full) else None
            if zone is None:
                break
            at = zone.end()
            continue
        longest = max(options, key=lambda place: (place.end, _ORDER[place.level]))
        # 重庆市 and 北京市 are both province and city; the wider reading allows more places to follow.
        same = [place for place in options if place.end == longest.end]
        chosen = same[0] if len(same) == 1 else _choose_reading(same, open_readings)
        places.append(chosen)
        at = chosen.end
    return text[at:], places


def _list_options(
    text: str, at: int, outer: Place | None, gazetteer: Gazetteer, short: bool, is_all: bool
) -> list[Place]:
    """Return the places that may begin at a position of a text, within `outer` if there is one."""
    is_unit = not is_all and gazetteer.name_unit(text[at:]) is not None
    return [
        place
        for place in gazetteer.match_place(text, at, short)
        if (not is_unit or place.end + 1 < len(text)) and _fits_within(place, outer)
    ]


def _fits_within(place: Place, outer: Place | None) -> bool:
    """Return whether a place may lie in another one; the outermost is no short name of a zone (高新区)."""
    if outer is None:
        return place.is_full or not _ANY_ZONE.fullmatch(place.name)
    return _ORDER[place.level] > _ORDER[outer.level] and not outer.county_codes.isdisjoint(place.county_codes)


def _choose_reading(readings: Sequence[Place], is_open: bool) -> Place:
    """Choose the wider of two places with one name, but a county by its full name.

    恩施市 is the county, although 恩施 is also short for 恩施土家族苗族自治州.
    """
    full = [place for place in readings if place.name.endswith(("县", "区", "旗"))]
    if full:
        return full[0]
    readings = [place for place in readings if place.is_full] or readings
    widest = min(readings, key=lambda place: _ORDER[place.level])
    if not is_open:
        return widest
    return widest._replace(county_codes=frozenset().union(*(place.county_codes for place in readings)))


def places_of(value: str, gazetteer: Gazetteer, open_readings: bool = False) -> list[Place]:
    """Return the places of a value that only names places: 铜梁区, 重庆市铜梁区, 铜梁 or 500151; see `parse_places`."""
    if value.isdigit() and len(value) == 6:
        value = gazetteer.former_codes.get(value, value)
        if value in gazetteer.counties:
            return [Place(gazetteer.counties[value].name, AdminLevel.COUNTY, frozenset((value,)), 0, 6)]
        for digits, level in ((4, AdminLevel.CITY), (2, AdminLevel.PROVINCE)):
            if value.endswith("0" * (6 - digits)):
                codes = frozenset(code for code in gazetteer.counties if code.startswith(value[:digits]))
                return [Place(value, level, codes, 0, 6)] if codes else []
        return []
    return parse_places(FILLER.sub("", value), gazetteer, open_readings)


def places_before(text: str, unit_name: str, gazetteer: Gazetteer) -> list[Place]:
    """Return the places named right before the unit anywhere in the text."""
    found: list[Place] = []
    at = text.find(unit_name)
    while at >= 0:
        before = text[max(0, at - 12) : at]
        places = list(gazetteer.spot_places(before))
        if places and places[-1].end == len(before):
            found.extend(places)
        at = text.find(unit_name, at + 1)
    return found


def confirm_parents(places: Sequence[Place], unit_name: str, gazetteer: Gazetteer) -> bool:
    """Return whether the places before a unit are its parents, not part of a longer name.

    A short name (巴彦 for 巴彦县) is believed only if the gazetteer has the unit there:
    巴彦诺日公苏木 is one name, because 巴彦县 has no 诺日公苏木.
    """
    innermost = places[-1]
    if innermost.is_full:
        return True
    units = [*gazetteer.find_units(unit_name), *gazetteer.find_unit_variants(unit_name)]
    return any(unit.county_code in innermost.county_codes for unit in units)
