"""The tables of places: provinces, prefectures, counties, townships, and the fate of former counties.

seeds/build_gazetteer.py builds the tables of seeds/reference/identify. county_changes.csv is kept by hand
and applied to them, so a renamed, merged or split county needs a row, not a new build.
`gazetteer` looks up names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from orchestration.pipeline.reference.tables import read_reference_table, split_table

DIVISIONS_TABLE = "identify/divisions.csv"
FORMER_COUNTIES_TABLE = "identify/former_counties.csv"
TOWNSHIPS_TABLE = "identify/townships.csv"
CHANGES_TABLE = "identify/county_changes.csv"
_MUNICIPALITIES = ("11", "12", "31", "50")  # 直辖市: their counties belong to no prefecture
_CODE_CHARS = 6


class County(NamedTuple):
    """A county-level unit with its city and province."""

    code: str  # GB/T 2260, 6 digits; for a development zone the 统计用区划代码
    name: str
    short_names: tuple[str, ...]  # in common use: 綦江; 科左后旗
    city_name: str  # prefecture; the county's own name if it has none (仙桃市)
    province_name: str
    pinyin: str = ""  # of the name without 县, 市, 区: teng zhou

    @property
    def short_name(self) -> str:
        """The name in most common use."""
        return self.short_names[0] if self.short_names else self.name


class UnitRow(NamedTuple):
    """A township-level unit of townships.csv."""

    name: str
    township_code: str | None  # 统计用区划代码, 9 digits; None for a unit that no longer exists
    former_names: tuple[str, ...]


@dataclass(slots=True)
class Divisions:
    """All places, before they are indexed.

    Attributes:
        counties: by code.
        units: units of township level by county code.
        other_names: pairs of a county's former or other name and the code it may mean today.
        former_codes: county codes no longer in use → the present one.
        prefecture_names: short names of prefectures by full name.
        province_names: short names of provinces by full name.
        pinyin: pinyin of prefectures and provinces by full name.
    """

    counties: dict[str, County] = field(default_factory=dict)
    units: dict[str, list[UnitRow]] = field(default_factory=dict)
    other_names: list[tuple[str, str]] = field(default_factory=list)
    former_codes: dict[str, str] = field(default_factory=dict)
    prefecture_names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    province_names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    pinyin: dict[str, str] = field(default_factory=dict)


class CountyChange(NamedTuple):
    """A row of county_changes.csv."""

    kind: str  # renamed, merged, split, zone, alias
    code: str
    name: str
    new_code: str
    new_name: str
    townships: tuple[str, ...]  # for a split: the units that moved to the new county


_KINDS = frozenset(("renamed", "merged", "split", "zone", "alias"))


def load_divisions(reference_dir: Path) -> Divisions:
    """Read the tables of places and apply the changes to them.

    Raises:
        ValueError: a row is invalid; with file, row and reason.
        OSError: a table cannot be read.
    """
    divisions = Divisions()
    _read_divisions(reference_dir / DIVISIONS_TABLE, divisions)
    _read_townships(reference_dir / TOWNSHIPS_TABLE, divisions)
    columns = ("name", "code", "county_code")
    for row in read_reference_table(reference_dir / FORMER_COUNTIES_TABLE, columns, None):
        if row["county_code"] not in divisions.counties:
            raise row.error(f"no county has the code {row['county_code']!r}")
        _remember(divisions, row["name"], row["code"], row["county_code"])
    apply_changes(divisions, reference_dir / CHANGES_TABLE)
    return divisions


def apply_changes(divisions: Divisions, path: Path) -> None:
    """Apply county_changes.csv row by row; a later row may change the result of an earlier one.

    A change that the tables already have only adds the former name and code.

    Raises:
        ValueError: a row is invalid; with file, row and reason.
    """
    columns = ("kind", "code", "name", "new_code", "new_name", "townships")
    for row in read_reference_table(path, columns, None):
        change = CountyChange(
            row["kind"], row["code"], row["name"], row["new_code"], row["new_name"],
            tuple(filter(None, row["townships"].split("|"))),
        )  # fmt: skip
        problem = _find_problem(change, divisions)
        if problem is not None:
            raise row.error(problem)
        _apply(change, divisions)


def _find_problem(change: CountyChange, divisions: Divisions) -> str | None:
    if change.kind not in _KINDS:
        return f"kind {change.kind!r} is not one of {', '.join(sorted(_KINDS))}"
    if not (change.new_code.isdigit() and len(change.new_code) == _CODE_CHARS):
        return f"new_code {change.new_code!r} does not have 6 digits"
    if change.code and not (change.code.isdigit() and len(change.code) == _CODE_CHARS):
        return f"code {change.code!r} does not have 6 digits"
    if len(change.name) == 1 or (not change.name and not change.code):
        return f"name {change.name!r} is too short"
    known = change.new_code in divisions.counties
    if change.kind in ("zone", "alias", "merged") and not known:
        return f"no county has the code {change.new_code!r}"
    if known:
        return None
    if change.code not in divisions.counties:
        return f"no county has the code {change.code or change.new_code!r}"
    return None if len(change.new_name) > 1 else f"{change.new_code} needs its new_name"


def _apply(change: CountyChange, divisions: Divisions) -> None:
    old = divisions.counties.get(change.code)
    if change.kind == "split":
        if old is not None:
            _split(change, old, divisions)
        return
    if change.kind == "renamed" and old is not None:
        _rename(change, old, divisions)
    elif change.kind == "merged" and old is not None:
        _move_units(divisions, change.code, change.new_code, None)
        del divisions.counties[change.code]
    _remember(divisions, change.name, change.code, change.new_code)


def _rename(change: CountyChange, old: County, divisions: Divisions) -> None:
    name = change.new_name or old.name
    short = tuple(dict.fromkeys((*_shorten(name), *old.short_names)))
    del divisions.counties[change.code]
    city = name if old.city_name == old.name else old.city_name
    divisions.counties[change.new_code] = old._replace(
        code=change.new_code, name=name, short_names=short, city_name=city
    )
    divisions.units[change.new_code] = divisions.units.pop(change.code, [])
    if old.name not in (name, change.name):
        divisions.other_names.append((old.name, change.new_code))
    _forward(divisions, change.code, change.new_code)


def _split(change: CountyChange, old: County, divisions: Divisions) -> None:
    if change.new_code not in divisions.counties:
        divisions.counties[change.new_code] = old._replace(
            code=change.new_code, name=change.new_name, short_names=_shorten(change.new_name)
        )
    _move_units(divisions, change.code, change.new_code, change.townships)


def _move_units(divisions: Divisions, code: str, new_code: str, names: tuple[str, ...] | None) -> None:
    """Move units of a county, all or those named, to another one that may already have them."""
    here = divisions.units.get(code, [])
    gone = [unit for unit in here if names is None or unit.name in names]
    divisions.units[code] = [unit for unit in here if unit not in gone]
    there = divisions.units.setdefault(new_code, [])
    have = {unit.name for unit in there}
    there.extend(unit for unit in gone if unit.name not in have)


def _forward(divisions: Divisions, code: str, new_code: str) -> None:
    """Redirect former names and codes of a county to its successor."""
    divisions.other_names = [(name, new_code if old == code else old) for name, old in divisions.other_names]
    for former, old in divisions.former_codes.items():
        if old == code:
            divisions.former_codes[former] = new_code


def _remember(divisions: Divisions, name: str, code: str, county_code: str) -> None:
    """Record a former name and a former code of a present county."""
    _forward(divisions, code, county_code)
    county = divisions.counties[county_code]
    if len(name) > 1 and name != county.name:
        divisions.other_names.append((name, county_code))
    if code and code not in divisions.counties:
        divisions.former_codes[code] = county_code


def _shorten(name: str) -> tuple[str, ...]:
    return (name[:-1],) if len(name) > 2 and name.endswith(("县", "市", "区", "旗")) else ()


def _read_divisions(path: Path, divisions: Divisions) -> None:
    """Read provinces, prefectures and counties, parents before what belongs to them.

    Raises:
        ValueError: an unknown level, or a parent that no row before has; with file, row and reason.
    """
    names: dict[str, str] = {}
    parents: dict[str, str] = {}
    for row in read_reference_table(
        path, ("code", "level", "name", "parent_code", "short_names", "pinyin"), "code"
    ):
        code, name = row["code"], row["name"]
        short = tuple(filter(None, row["short_names"].split("|")))
        names[code] = name
        parents[code] = row["parent_code"]
        if row["level"] in ("province", "prefecture"):
            divisions.pinyin[name] = row["pinyin"]
        if row["level"] == "province":
            divisions.province_names[name] = short
        elif row["level"] == "prefecture":
            divisions.prefecture_names[name] = short
        elif row["level"] in ("county", "zone"):
            above = row["parent_code"]
            province = parents.get(above) or above
            if above not in names or province not in names:
                raise row.error(f"parent_code {above!r} is not in an earlier row")
            city = names[above]
            if above == province and code[:2] not in _MUNICIPALITIES:
                city = name
            divisions.counties[code] = County(code, name, short, city, names[province], row["pinyin"])
        else:
            raise row.error(f"level {row['level']!r} is not one of province, prefecture, county, zone")


def _read_townships(path: Path, divisions: Divisions) -> None:
    """Read the 44,000 rows of townships.csv."""
    header, lines = split_table(path)
    if header != ["code", "unit_name", "former_names"]:
        raise ValueError(f"{path}, row 1: the columns must be code, unit_name, former_names")
    county_code, units = "", list[UnitRow]()
    for number, line in enumerate(lines, start=2):
        try:
            code, name, former = line
        except ValueError:
            raise ValueError(f"{path}, row {number}: must have 3 cells") from None
        if not code.startswith(county_code) or not county_code:
            county_code = code[:_CODE_CHARS]
            if county_code not in divisions.counties:
                raise ValueError(f"{path}, row {number}: no county has the code {county_code!r}")
            units = divisions.units.setdefault(county_code, [])
        units.append(
            UnitRow(
                name, code if len(code) > _CODE_CHARS else None, tuple(former.split("|")) if former else ()
            )
        )
