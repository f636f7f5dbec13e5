"""The gazetteer: every township of China with its county, city, province and code, looked up by name.

`divisions` reads its tables; `unit` and `county` read what a report says about its place.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

import ahocorasick_rs

from orchestration.pipeline.chinese import ALL_HAN
from orchestration.pipeline.identify.divisions import County, Divisions, UnitRow, load_divisions
from orchestration.pipeline.records import Township
from orchestration.pipeline.reference.tables import read_reference_table
from orchestration.pipeline.vocabulary import AdminLevel

_COUNTY_SUFFIXES = ("县", "市", "区", "旗")
# Names that are common words: they count only after the name of their city.
_GENERIC_COUNTIES = frozenset(
    ("城区", "郊区", "矿区", "东区", "西区", "南区", "北区", "中区", "新城区", "市中区", "新区")
)
_MIN_SHORT_CHARS = 2
# Text that a two-character name may not follow: 县委和县政府 does not name 和县.
_RUNS_INTO_SHORT_NAME = re.compile(rf"[{ALL_HAN}”’\"》）)0-9](?<![在共由向报省市州盟至到])")
_PEOPLES = re.compile(
    r"""
    (?:
        (?:
            蒙古 | 维吾尔 | 布依 | 朝鲜 | 土家 | 哈尼 | 哈萨克 | 傈僳 | 高山 | 拉祜 | 东乡 | 纳西 | 景颇 | 柯尔克孜
          | 达斡尔 | 仫佬 | 布朗 | 撒拉 | 毛南 | 仡佬 | 锡伯
          | 阿昌 | 普米 | 塔吉克 | 乌孜别克 | 俄罗斯 | 鄂温克 | 德昂 | 保安
          | 裕固 | 塔塔尔 | 独龙 | 鄂伦春 | 赫哲 | 门巴 | 珞巴 | 基诺 | 各 | [回藏苗彝壮满侗瑶白傣黎佤畲水土羌怒京]
        )族                # e.g. 土家族苗族   各族
      | 民族               # e.g. 民族
    )+$
    """,
    re.VERBOSE,
)


class Place(NamedTuple):
    """A place name in a text, and the counties that it may mean or contain."""

    name: str
    level: AdminLevel  # province, city or county
    county_codes: frozenset[str]
    start: int
    end: int
    is_full: bool = True  # the full name of the tables, not 綦江 for 綦江区


class UnitType(NamedTuple):
    """A row of unit_types.csv: an ending of township-level names."""

    suffix: str
    unit_type: str
    canonical_suffix: str
    is_named_in_titles: bool


class UnitTypes:
    """The endings of township-level names, indexed by last character, longest first.

    Attributes:
        believed: types of units that are believed from a title even if the gazetteer lacks them.
    """

    def __init__(self, kinds: Iterable[UnitType]) -> None:
        longest_first = sorted(kinds, key=lambda kind: -len(kind.suffix))
        self.believed = frozenset(kind.unit_type for kind in longest_first if kind.is_named_in_titles)
        self._by_last: dict[str, list[tuple[str, UnitType]]] = {}
        for kind in longest_first:
            self._by_last.setdefault(kind.suffix[-1], []).append((kind.suffix, kind))

    def split(self, name: str) -> tuple[str, UnitType] | None:
        """Split a name into stem and type, as 太平 and 镇; None if no suffix fits."""
        for suffix, kind in self._by_last.get(name[-1:], ()):
            if name.endswith(suffix) and len(name) > len(suffix):
                return name[: -len(suffix)], kind
        return None


class Gazetteer:
    """Look up townships, counties, cities and provinces by name.

    Township records are created on lookup, because a process needs few of the 44,000.

    Attributes:
        counties: by code.
        unit_types: the endings of township-level names.
        former_codes: county codes no longer in use → the present one.
        pinyin: pinyin of prefectures and provinces by full name, as in "teng zhou".
        common_words: words that only look like a township's name: 乡镇, 我镇.
        hosts: official web sites → county code.
    """

    def __init__(
        self,
        divisions: Divisions,
        unit_types: UnitTypes,
        common_words: Iterable[str],
        hosts: Mapping[str, str] | None = None,
    ) -> None:
        self.counties = dict(divisions.counties)
        self.unit_types = unit_types
        self.former_codes = dict(divisions.former_codes)
        self.pinyin = dict(divisions.pinyin)
        self.common_words = frozenset(common_words)
        self.hosts = dict(hosts or {})
        self._units = [(code, unit) for code, units in divisions.units.items() for unit in units]
        self._by_name: defaultdict[str, list[tuple[str, UnitRow]]] = defaultdict(list)
        for placed in self._units:
            for name in (placed[1].name, *placed[1].former_names):
                self._by_name[name].append(placed)
        self._names: dict[str, list[tuple[AdminLevel, frozenset[str]]]] = {}
        self._short_names: dict[str, list[tuple[AdminLevel, frozenset[str]]]] = {}
        self._county_kinds: dict[str, frozenset[str]] = {}
        self._index_places(divisions)
        self._beginnings = {name[:_MIN_SHORT_CHARS] for name in (*self._names, *self._short_names)}
        self._spotted = [name for name in self._names if name not in _GENERIC_COUNTIES]
        self._spotter = ahocorasick_rs.AhoCorasick(
            self._spotted, matchkind=ahocorasick_rs.MatchKind.LeftmostLongest
        )

    @cached_property
    def townships(self) -> list[Township]:
        """Every present township-level unit, one per county and name."""
        return [
            self._make_township(code, unit, unit.name)
            for code, unit in self._units
            if unit.township_code is not None
        ]

    @cached_property
    def _units_by_beginning(self) -> Mapping[str, list[tuple[str, str, UnitRow]]]:
        """(name, county code, unit) by the first two characters of the name, which its stem shares."""
        units: defaultdict[str, list[tuple[str, str, UnitRow]]] = defaultdict(list)
        for name, placed in self._by_name.items():
            units[name[:_MIN_SHORT_CHARS]].extend((name, code, unit) for code, unit in placed)
        return units

    def _make_township(self, county_code: str, unit: UnitRow, name: str) -> Township:
        county = self.counties[county_code]
        found = self.unit_types.split(name)
        return Township(
            township_key=f"{county_code}-{name}",
            unit_name=name,
            unit_type="其他" if found is None or found[1].suffix == "街" else found[1].unit_type,
            county_code=county_code,
            county_name=county.name,
            city_name=county.city_name,
            province_name=county.province_name,
            township_code=unit.township_code,
            former_names=list(unit.former_names),
        )

    def _index_places(self, divisions: Divisions) -> None:
        codes: defaultdict[tuple[str, AdminLevel], set[str]] = defaultdict(set)
        short: defaultdict[tuple[str, AdminLevel], set[str]] = defaultdict(set)
        for county in self.counties.values():
            codes[county.name, AdminLevel.COUNTY].add(county.code)
            for name in county.short_names:
                short[name, AdminLevel.COUNTY].add(county.code)
            if county.city_name != county.name:
                codes[county.city_name, AdminLevel.CITY].add(county.code)
                for name in divisions.prefecture_names.get(county.city_name, ()):
                    short[name, AdminLevel.CITY].add(county.code)
            codes[county.province_name, AdminLevel.PROVINCE].add(county.code)
            for name in divisions.province_names[county.province_name]:
                short[name, AdminLevel.PROVINCE].add(county.code)
        for name, code in divisions.other_names:
            codes[name, AdminLevel.COUNTY].add(code)
            self._county_kinds[code] = self._county_kinds.get(code, frozenset()) | {name[-1]}
        for table, target in ((codes, self._names), (short, self._short_names)):
            for (name, level), found in table.items():
                if len(name) >= _MIN_SHORT_CHARS:
                    target.setdefault(name, []).append((level, frozenset(found)))

    def find_units(self, name: str) -> Sequence[Township]:
        """Return the townships with exactly this present or former name, such as 太平镇."""
        return [self._make_township(code, unit, name) for code, unit in self._by_name.get(name, ())]

    def has_unit(self, name: str) -> bool:
        """Return whether a township has exactly this present or former name."""
        return name in self._by_name

    def find_unit_variants(self, name: str) -> Sequence[Township]:
        """Return the townships whose name differs only in type: 太平乡 for 太平镇 (upgraded, merged)."""
        stem = self._stem(name)
        if len(stem) < _MIN_SHORT_CHARS:
            return ()
        return [
            self._make_township(code, unit, unit_name)
            for unit_name, code, unit in self._units_by_beginning.get(stem[:_MIN_SHORT_CHARS], ())
            if self._stem(unit_name) == stem
        ]

    def find_code(self, county_code: str, name: str) -> str | None:
        """Return the 统计用区划代码 of a county's unit, also by a former name or another type."""
        exact = [unit.township_code for code, unit in self._by_name.get(name, ()) if code == county_code]
        if any(exact):
            return next(filter(None, exact))
        codes = {
            unit.township_code for unit in self.find_unit_variants(name)
            if unit.county_code == county_code and unit.township_code is not None
        }  # fmt: skip
        return codes.pop() if len(codes) == 1 else None

    def list_county_kinds(self, code: str) -> frozenset[str]:
        """Return the last characters of a county's present and former names: 区 and 县 for 铜梁区."""
        return self._county_kinds.get(code, frozenset()) | {self.counties[code].name[-1]}

    def find_counties(self, name: str) -> list[County]:
        """Return counties and development zones by full or former name, otherwise by short name."""
        found = self._names.get(name) or self._short_names.get(name) or []
        codes = {code for level, members in found if level == AdminLevel.COUNTY for code in members}
        return [self.counties[code] for code in sorted(codes)]

    def match_place(self, text: str, start: int, short: bool = True) -> list[Place]:
        """Return the places whose name begins at `start`, longest first; with short names if `short`.

        A short name includes a 县, 市, 区 or 旗 after it: 潼南县 is 潼南区 before 2015.
        """
        places: list[Place] = []
        if text[start : start + _MIN_SHORT_CHARS] not in self._beginnings:
            return places
        for length in range(min(15, len(text) - start), 1, -1):
            name = text[start : start + length]
            end = start + length
            for level, codes in self._names.get(name, ()):
                places.append(Place(name, level, codes, start, end))
            if short and name in self._short_names:
                end += text[end : end + 1] in _COUNTY_SUFFIXES
                for level, codes in self._short_names[name]:
                    places.append(Place(text[start:end], level, codes, start, end, is_full=False))
        return places

    def spot_places(self, text: str) -> Iterator[Place]:
        """Yield the full names of counties, cities and provinces anywhere in a text, in order."""
        for index, start, end in self._spotter.find_matches_as_indexes(text):
            name = self._spotted[index]
            if len(name) == _MIN_SHORT_CHARS and _RUNS_INTO_SHORT_NAME.search(text, max(0, start - 1), start):
                continue
            for level, codes in self._names[name]:
                yield Place(name, level, codes, start, end)

    def name_unit(self, printed: str) -> tuple[str, str] | None:
        """Return canonical name and type of a printed township-level unit.

        金龙街道办事处 → (金龙街道, 街道). None if the ending is not of a known type.
        """
        found = self.unit_types.split(printed)
        if found is None:
            return None
        stem, kind = found
        if kind.suffix == "街" and not self.has_unit(stem + kind.canonical_suffix):
            return None
        return stem + kind.canonical_suffix, kind.unit_type

    def _stem(self, name: str) -> str:
        """Return the part that stays when a unit's type changes: 铁石 of 铁石苗族彝族乡, 北城 of 北城街街道."""
        found = self.unit_types.split(name)
        if found is None:
            return name
        stem = found[0] + "族" if found[1].suffix.startswith("族") else found[0]
        bare = _PEOPLES.sub("", stem)
        if len(bare) >= _MIN_SHORT_CHARS:
            stem = bare
        return stem[:-1] if stem.endswith("街") and len(stem) > _MIN_SHORT_CHARS else stem


def find_home_county(printed: str | None, reference_dir: Path | None = None) -> str | None:
    """Return the code of the county in `FAZHI_COUNTY`; None if it is not set.

    Raises:
        ValueError: no county has that name or code, or several do.
    """
    if printed is None:
        return None
    gazetteer = load_gazetteer(reference_dir)
    code = gazetteer.former_codes.get(printed, printed)
    if code in gazetteer.counties:
        return code
    found = gazetteer.find_counties(printed)
    if not found:
        raise ValueError(f"FAZHI_COUNTY: no county has the name or code {printed!r}")
    if len(found) > 1:
        several = ", ".join(f"{county.city_name}{county.name} {county.code}" for county in found)
        raise ValueError(f"FAZHI_COUNTY: several counties are called {printed!r} ({several}): give the code")
    return found[0].code


@cache
def load_gazetteer(reference_dir: Path | None = None) -> Gazetteer:
    """Read the tables of places, unit types, common words and web sites.

    Args:
        reference_dir: the folder of reference tables; by default seeds/reference of this checkout.

    Raises:
        ValueError: a row of a table is invalid; with file, row and reason.
        OSError: a table is missing.
    """
    folder = reference_dir or Path(__file__).resolve().parents[3] / "seeds" / "reference"
    table = folder / "identify" / "not_unit_names.csv"
    words = [row["word"] for row in read_reference_table(table, ("word",), "word")]
    return Gazetteer(load_divisions(folder), load_unit_types(folder), words, load_hosts(folder))


def load_hosts(reference_dir: Path) -> dict[str, str]:
    """Read official_hosts.csv into host → county code.

    Raises:
        ValueError: a row is invalid; with file, row and reason.
    """
    table = reference_dir / "identify" / "official_hosts.csv"
    rows = read_reference_table(table, ("host", "county_code"), "host")
    return {row["host"].lower(): row["county_code"] for row in rows}


def load_unit_types(reference_dir: Path) -> UnitTypes:
    """Read unit_types.csv.

    Raises:
        ValueError: a row is invalid; with file, row and reason.
    """
    columns = ("suffix", "unit_type", "canonical_suffix", "is_named_in_titles")
    rows: list[UnitType] = []
    for row in read_reference_table(reference_dir / "identify" / "unit_types.csv", columns, "suffix"):
        if not row["unit_type"] or row["is_named_in_titles"] not in ("true", "false"):
            raise row.error("needs a unit_type and is_named_in_titles true or false")
        is_named = row["is_named_in_titles"] == "true"
        rows.append(UnitType(row["suffix"], row["unit_type"], row["canonical_suffix"], is_named))
    return UnitTypes(rows)
