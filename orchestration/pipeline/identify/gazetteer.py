"""The gazetteer: every township of China with its county, city, province and code.

Source: `china_location.zip` of the package jionlp (Apache-2.0), whose text tree reaches
from province to village and carries GB/T 2260 codes down to the county. The file is read
from the installed package without importing it, for the import prints and unpacks files.
Renamed and merged counties come from the package's list of changes and from
seeds/reference/identify/county_changes.csv, which also names development zones.

What a report says about its place is read in `orchestration.pipeline.identify`.
"""

from __future__ import annotations

import csv
import importlib.util
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

import ahocorasick_rs

from orchestration.pipeline.records import Township

_LINE_ABOVE_VILLAGES = re.compile(rb"\n(?!\t{4})([^\r\n]+)")  # one in fifteen
_DIRECT_COUNTY = "市直辖行政区划"  # cities without counties: 东莞市, 中山市 …
_DIRECT_CITY = "省直辖行政区划"  # counties without a city: 济源市, 仙桃市 …
_COUNTY_SUFFIXES = ("县", "市", "区", "旗")
# Names that are common words: they count only behind the name of their city.
_GENERIC_COUNTIES = frozenset(
    ("城区", "郊区", "矿区", "东区", "西区", "南区", "北区", "中区", "新城区", "市中区", "新区")
)
_MIN_SHORT_CHARS = 2
_PEOPLES = re.compile(
    r"(?:(?:蒙古|维吾尔|布依|朝鲜|土家|哈尼|哈萨克|傈僳|高山|拉祜|东乡|纳西|景颇|柯尔克孜|达斡尔|仫佬|布朗|撒拉|毛南|仡佬|锡伯|阿昌"
    r"|普米|塔吉克|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺|各|[回藏苗彝壮满侗瑶白傣黎佤畲水土羌怒京])族|民族)+$"
)
_PROVINCE_SUFFIX = re.compile(r"(?:特别行政区|(?:壮族|回族|维吾尔)?自治区|省|市)$")


class County(NamedTuple):
    """A unit of county level and what it belongs to."""

    code: str  # GB/T 2260, 6 digits
    name: str
    short_name: str  # as people say it: 綦江
    city_name: str
    province_name: str


class Place(NamedTuple):
    """A name found in a text and the counties that it may mean."""

    name: str
    level: str  # province, city, county
    county_codes: frozenset[str]
    start: int
    end: int


class UnitType(NamedTuple):
    """A row of unit_types.csv: how a township-level unit's name ends."""

    suffix: str
    unit_type: str
    canonical_suffix: str
    is_named_in_titles: bool


class UnitTypes:
    """How township-level names end; finds the longest suffix by the name's last character.

    Attributes:
        believed: types whose names a title may bring up though the gazetteer lacks them.
    """

    def __init__(self, kinds: Iterable[UnitType]) -> None:
        longest_first = sorted(kinds, key=lambda kind: -len(kind.suffix))
        self.believed = frozenset(kind.unit_type for kind in longest_first if kind.is_named_in_titles)
        self._by_last: dict[str, list[tuple[str, UnitType]]] = {}
        for kind in longest_first:
            self._by_last.setdefault(kind.suffix[-1], []).append((kind.suffix, kind))

    def split(self, name: str) -> tuple[str, UnitType] | None:
        """Stem and kind of a name: 太平 and 镇; None where no suffix fits."""
        for suffix, kind in self._by_last.get(name[-1:], ()):
            if name.endswith(suffix) and len(name) > len(suffix):
                return name[: -len(suffix)], kind
        return None


class Gazetteer:
    """Look-ups by name of townships and of what stands above them.

    Records of townships are made when they are asked for: a process looks up few of 43,000.

    Args:
        units: each county with its units of township level, name → type. Two zones may share a code.

    Attributes:
        counties: by code.
        unit_types: how township-level names end.
        former_codes: county codes no longer in use → the present one.
        common_words: words that end like a township's name and are none: 乡镇, 我镇.
    """

    def __init__(
        self,
        units: Sequence[tuple[County, Mapping[str, str]]],
        unit_types: UnitTypes,
        other_names: Iterable[tuple[str, str]],
        former_codes: Mapping[str, str],
        common_words: Iterable[str],
    ) -> None:
        self.counties = {county.code: county for county, _ in units}
        self.unit_types = unit_types
        self.former_codes = dict(former_codes)
        self.common_words = frozenset(common_words)
        self._units = units
        self._counties_by_unit: defaultdict[str, list[int]] = defaultdict(list)  # places in units
        for index, (_, names) in enumerate(units):
            for name in names:
                self._counties_by_unit[name].append(index)
        self._names: dict[str, list[tuple[str, frozenset[str]]]] = {}
        self._short_names: dict[str, list[tuple[str, frozenset[str]]]] = {}
        self._index_places(other_names)
        self._spotted = [name for name in self._names if name not in _GENERIC_COUNTIES]
        self._spotter = ahocorasick_rs.AhoCorasick(
            self._spotted, matchkind=ahocorasick_rs.MatchKind.LeftmostLongest
        )

    @cached_property
    def townships(self) -> list[Township]:
        """Every township-level unit, one for each county and name."""
        return [
            self._make_township(index, name) for index, (_, names) in enumerate(self._units) for name in names
        ]

    @cached_property
    def _units_by_beginning(self) -> Mapping[str, list[tuple[int, str]]]:
        """Places of counties in units, and names, by the first characters of the names, with which stems begin."""
        units: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
        for index, (_, names) in enumerate(self._units):
            for name in names:
                units[name[:_MIN_SHORT_CHARS]].append((index, name))
        return units

    def _make_township(self, index: int, name: str) -> Township:
        county, names = self._units[index]
        return Township(
            township_key=f"{county.code}-{name}",
            unit_name=name,
            unit_type=names[name],
            county_code=county.code,
            county_name=county.name,
            city_name=county.city_name,
            province_name=county.province_name,
        )

    def _index_places(self, other_names: Iterable[tuple[str, str]]) -> None:
        codes: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        short: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for code, name, short_name, city_name, province_name in self.counties.values():
            codes[name, "county"].add(code)
            short[short_name, "county"].add(code)
            if city_name != name:
                codes[city_name, "city"].add(code)
                short[city_name.removesuffix("市"), "city"].add(code)
            codes[province_name, "province"].add(code)
            short[_PROVINCE_SUFFIX.sub("", province_name), "province"].add(code)
        for name, code in other_names:
            codes[name, "county"].add(code)
        for table, target in ((codes, self._names), (short, self._short_names)):
            for (name, level), found in table.items():
                if len(name) >= _MIN_SHORT_CHARS:
                    target.setdefault(name, []).append((level, frozenset(found)))

    def find_units(self, name: str) -> Sequence[Township]:
        """Townships of exactly this name, such as 太平镇."""
        return [self._make_township(index, name) for index in self._counties_by_unit.get(name, ())]

    def has_unit(self, name: str) -> bool:
        """Whether a township of exactly this name exists."""
        return name in self._counties_by_unit

    def find_unit_variants(self, name: str) -> Sequence[Township]:
        """Townships whose name differs in its kind only: 太平乡 for 太平镇 (raised, merged)."""
        stem = self._stem(name)
        if len(stem) < _MIN_SHORT_CHARS:
            return ()
        return [
            self._make_township(index, unit_name)
            for index, unit_name in self._units_by_beginning.get(stem[:_MIN_SHORT_CHARS], ())
            if self._stem(unit_name) == stem
        ]

    def find_in_county(self, county_code: str, name: str) -> Township | None:
        """The township of that name in that county, or None."""
        return next((unit for unit in self.find_units(name) if unit.county_code == county_code), None)

    def find_counties(self, name: str) -> list[County]:
        """Counties by full, short or former name, also those of a development zone."""
        found = self._names.get(name) or self._short_names.get(name) or []
        codes = {code for level, members in found if level == "county" for code in members}
        return [self.counties[code] for code in sorted(codes)]

    def match_place(self, text: str, start: int, short: bool = True) -> list[Place]:
        """Places whose name begins at `start`, longest name first; with short names if `short`.

        A short name takes a 县, 市, 区 or 旗 behind it along: 潼南县 is 潼南区 before 2015.
        """
        places: list[Place] = []
        for length in range(min(15, len(text) - start), 1, -1):
            name = text[start : start + length]
            end = start + length
            for level, codes in self._names.get(name, ()):
                places.append(Place(name, level, codes, start, end))
            if short and name in self._short_names:
                end += text[end : end + 1] in _COUNTY_SUFFIXES
                for level, codes in self._short_names[name]:
                    places.append(Place(text[start:end], level, codes, start, end))
        return places

    def spot_places(self, text: str) -> Iterator[Place]:
        """Full names of counties, cities and provinces anywhere in a text, in order."""
        for index, start, end in self._spotter.find_matches_as_indexes(text):
            name = self._spotted[index]
            for level, codes in self._names[name]:
                yield Place(name, level, codes, start, end)

    def name_unit(self, printed: str) -> tuple[str, str] | None:
        """Canonical name and type of a township-level unit as printed.

        金龙街道办事处 → (金龙街道, 街道). None where the ending is of no known type.
        """
        found = self.unit_types.split(printed)
        if found is None:
            return None
        stem, kind = found
        if kind.suffix == "街" and not self.has_unit(stem + kind.canonical_suffix):
            return None
        return stem + kind.canonical_suffix, kind.unit_type

    def _stem(self, name: str) -> str:
        """What stays when a unit changes its kind: 铁石 of 铁石苗族彝族乡, 北城 of 北城街街道."""
        found = self.unit_types.split(name)
        if found is None:
            return name
        stem = found[0] + "族" if found[1].suffix.startswith("族") else found[0]
        bare = _PEOPLES.sub("", stem)
        if len(bare) >= _MIN_SHORT_CHARS:
            stem = bare
        return stem[:-1] if stem.endswith("街") and len(stem) > _MIN_SHORT_CHARS else stem


@cache
def load_gazetteer(reference_dir: Path | None = None) -> Gazetteer:
    """Read the gazetteer of the installed package and our own additions to it.

    Args:
        reference_dir: folder of unit_types.csv, county_changes.csv and not_unit_names.csv; by default
            seeds/reference of this checkout.

    Raises:
        ValueError: a bad row of a seed, with file, row and reason.
        FileNotFoundError: the package or a seed is missing.
    """
    folder = reference_dir or Path(__file__).resolve().parents[3] / "seeds" / "reference"
    unit_types = load_unit_types(folder)
    dictionary = _find_dictionary()
    units = _read_tree(dictionary / "china_location.zip", unit_types)
    by_name: dict[tuple[str, str], list[str]] = {}
    for county, _ in units:
        by_name.setdefault((county.province_name, county.name), []).append(county.code)
    others = list(_read_package_changes(dictionary / "china_location_change.txt", by_name))
    changes = load_county_changes(folder, (county.code for county, _ in units))
    others.extend((name, code) for name, code in changes if not name.isdigit())
    former_codes = {name: code for name, code in changes if name.isdigit()}
    words = [row["word"] for _, row in _read_rows(folder / "identify" / "not_unit_names.csv")]
    return Gazetteer(units, unit_types, others, former_codes, words)


def load_unit_types(reference_dir: Path) -> UnitTypes:
    """Rows of unit_types.csv.

    Raises:
        ValueError: naming file, row and reason.
    """
    path = reference_dir / "identify" / "unit_types.csv"
    rows: list[UnitType] = []
    for number, row in _read_rows(path):
        if not row["suffix"] or not row["unit_type"] or row["is_named_in_titles"] not in ("true", "false"):
            raise ValueError(
                f"{path.name}, row {number}: suffix, unit_type and is_named_in_titles (true, false) needed"
            )
        rows.append(
            UnitType(
                row["suffix"], row["unit_type"], row["canonical_suffix"], row["is_named_in_titles"] == "true"
            )
        )
    return UnitTypes(rows)


def load_county_changes(reference_dir: Path, known_codes: Iterable[str]) -> list[tuple[str, str]]:
    """Rows of county_changes.csv as (former name, zone name or former code, county code).

    Raises:
        ValueError: naming file, row and reason.
    """
    path = reference_dir / "identify" / "county_changes.csv"
    known = set(known_codes)
    changes: list[tuple[str, str]] = []
    for number, row in _read_rows(path):
        if row["kind"] not in ("renamed", "merged", "zone", "code"):
            raise ValueError(
                f"{path.name}, row {number}: kind {row['kind']!r} is none of renamed, merged, zone, code"
            )
        if row["county_code"] not in known:
            raise ValueError(f"{path.name}, row {number}: no county has the code {row['county_code']!r}")
        if len(row["name"]) < _MIN_SHORT_CHARS:
            raise ValueError(f"{path.name}, row {number}: name {row['name']!r} is too short")
        changes.append((row["name"], row["county_code"]))
    return changes


def _read_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a seed with their line number; a missing cell is a ValueError."""
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            if None in row or None in row.values():
                raise ValueError(f"{path.name}, row {number}: not as many cells as the header has")
            yield number, {key: value.strip() for key, value in row.items()}


def _find_dictionary() -> Path:
    spec = importlib.util.find_spec("jionlp")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package jionlp, whose dictionary is the gazetteer, is not installed")
    return Path(spec.origin).parent / "dictionary"


def _read_tree(path: Path, unit_types: UnitTypes) -> list[tuple[County, dict[str, str]]]:
    """Each county with its units of township level, name → type."""
    with zipfile.ZipFile(path) as archive:
        tree = b"\n" + archive.read("china_location.txt")
    units: list[tuple[County, dict[str, str]]] = []
    province = city = city_code = ""
    county: County | None = None
    names: dict[str, str] = {}
    for line in b"\n".join(_LINE_ABOVE_VILLAGES.findall(tree)).decode("utf-8").split("\n"):
        if line.startswith("\t\t\t"):
            if county is not None:
                unit_name, unit_type = _name_unit(line[3:], county, unit_types)
                names[unit_name] = unit_type
            continue
        name, *rest = line.lstrip("\t").split("\t")
        if line.startswith("\t\t"):
            if not rest:  # Taiwan has names without codes
                county = None
                continue
            code, alias = rest
            own = city if name == _DIRECT_COUNTY else name
            above = own if city == _DIRECT_CITY else city
            short = _shorten(own, alias)
            county = County(code if name != _DIRECT_COUNTY else city_code, own, short, above, province)
            names = {}
            units.append((county, names))
        elif line.startswith("\t"):
            city, city_code = name, rest[0]
            county = None
        else:
            province = name
    return units


def _shorten(name: str, alias: str) -> str:
    """The package's short name, without a suffix that it kept (横州市, 延平区)."""
    short = alias.split("/")[0] or name
    if len(short) > _MIN_SHORT_CHARS and short == name and name.endswith(_COUNTY_SUFFIXES):
        short = name[:-1]
    return short


def _name_unit(name: str, county: County, unit_types: UnitTypes) -> tuple[str, str]:
    """Canonical name and type of a unit of the tree."""
    for prefix in (county.name, county.city_name):  # 济源市下冶镇 in 济源市
        if name.startswith(prefix) and len(name) > len(prefix) + _MIN_SHORT_CHARS:
            name = name[len(prefix) :]
    found = unit_types.split(name)
    if found is None or found[1].suffix == "街":
        return name, "其他"
    stem, kind = found
    return stem + kind.canonical_suffix, kind.unit_type


def _read_package_changes(path: Path, by_name: dict[tuple[str, str], list[str]]) -> Iterator[tuple[str, str]]:
    """Former county names of the package's list, as (old name, code of the county it became)."""
    for line in path.read_text(encoding="utf-8").splitlines():
        before, _, after = line.partition("=>")
        old, new = before.split("\t"), after.split("\t")
        if len(old) < 8 or len(new) < 3:  # a change of cities only
            continue
        for code in by_name.get((new[0], new[2]), ()):
            if old[6] != new[2]:
                yield old[6], code
