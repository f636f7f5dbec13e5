"""The gazetteer is complete, its seeds are checked, its names are found as printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.pipeline.identify.divisions import County, Divisions, UnitRow, apply_changes
from orchestration.pipeline.identify.gazetteer import Gazetteer, find_home_county, load_unit_types

SEEDS = Path(__file__).resolve().parents[3] / "seeds" / "reference"


def test_it_has_all_of_china_with_unique_keys(gazetteer: Gazetteer) -> None:
    keys = [unit.township_key for unit in gazetteer.townships]
    assert len(keys) == len(set(keys)) > 40_000
    assert len({unit.province_name for unit in gazetteer.townships}) == 31
    assert all(unit.county_code.isdigit() and len(unit.county_code) == 6 for unit in gazetteer.townships)
    assert not any(unit.unit_name != unit.unit_name.strip() for unit in gazetteer.townships)


def test_township_codes_are_nine_digits_and_unique(gazetteer: Gazetteer) -> None:
    codes = [unit.township_code for unit in gazetteer.townships]
    assert all(code is not None and code.isdigit() and len(code) == 9 for code in codes)
    assert len(codes) == len(set(codes))


def test_a_record_asked_for_by_name_is_the_one_of_the_list(gazetteer: Gazetteer) -> None:
    listed = [unit for unit in gazetteer.townships if unit.unit_name == "太平镇"]
    found = [unit for unit in gazetteer.find_units("太平镇") if unit.township_code is not None]
    assert listed and {unit.township_key for unit in listed} <= {unit.township_key for unit in found}
    assert gazetteer.has_unit("太平镇") and not gazetteer.has_unit("太平")


@pytest.mark.parametrize(
    ("county_code", "name", "code"),
    [
        ("500151", "太平镇", "500151124"),
        ("130207", "东田庄镇", "130207118"),  # a town of today
        ("130207", "东田庄乡", "130207118"),  # formerly a township
        ("130204", "某某镇", None),
    ],
)
def test_codes_to_join_census_tables(
    gazetteer: Gazetteer, county_code: str, name: str, code: str | None
) -> None:
    assert gazetteer.find_code(county_code, name) == code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("太平镇", "500151"),
        ("东棘坨镇", "120117"),
        ("巴山镇", "500229"),
        ("万江街道", "441900"),
        ("下冶镇", "419001"),
    ],
)
def test_units_by_name_and_county(gazetteer: Gazetteer, name: str, code: str) -> None:
    (unit,) = (one for one in gazetteer.find_units(name) if one.county_code == code)
    assert unit.township_key == f"{code}-{name}"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("铜梁区", "500151"), ("铜梁", "500151"), ("铜梁县", "500151"), ("万盛经开区", "500110"), ("孟津县", "410308"),
        ("城口县", "500229"), ("芷江侗族自治县", "431228"), ("芷江", "431228"),
    ],
)  # fmt: skip
def test_counties_by_full_short_and_former_name(gazetteer: Gazetteer, name: str, code: str) -> None:
    assert [county.code for county in gazetteer.find_counties(name)] == [code]


@pytest.mark.parametrize(
    ("printed", "name", "kind"),
    [
        ("金龙街道办事处", "金龙街道", "街道"),
        ("东城街", "东城街道", "街道"),
        ("罗子山瑶族乡", "罗子山瑶族乡", "民族乡"),
        ("巴彦淖尔苏木", "巴彦淖尔苏木", "苏木"),
    ],
)
def test_printed_names_in_canonical_form(gazetteer: Gazetteer, printed: str, name: str, kind: str) -> None:
    assert gazetteer.name_unit(printed) == (name, kind)


def test_an_unknown_street_is_not_a_subdistrict(gazetteer: Gazetteer) -> None:
    assert gazetteer.name_unit("法治文化街") is None


def test_variants_differ_in_kind_only(gazetteer: Gazetteer) -> None:
    assert "铁石苗族彝族乡" in {unit.unit_name for unit in gazetteer.find_unit_variants("铁石乡")}
    assert {unit.unit_name for unit in gazetteer.find_unit_variants("太平乡")} >= {"太平镇", "太平街道"}
    assert gazetteer.find_unit_variants("乡") == ()


def test_places_are_spotted_in_text_without_common_words(gazetteer: Gazetteer) -> None:
    names = [place.name for place in gazetteer.spot_places("城区与郊区，潼南区委依法治区，天津市宁河区。")]
    assert sorted(set(names)) == ["天津市", "宁河区", "潼南区"]


@pytest.mark.parametrize(
    ("name", "present", "code"),
    [
        ("湟中县", "湟中区", "630106"), ("下城区", "拱墅区", "330105"), ("开县", "开州区", "500154"),
        ("任县", "任泽区", "130505"),
        ("阜蒙县", "阜新蒙古族自治县", "210921"), ("科左后旗", "科尔沁左翼后旗", "150522"),
        ("凤翔县", "凤翔区", "610305"),
        ("和安县", "和安县", "653228"), ("铜陵县", "义安区", "340706"), ("苏州工业园区", "苏州工业园区", "320576"),
    ],
)  # fmt: skip
def test_former_and_short_names_mean_the_county_of_today(
    gazetteer: Gazetteer, name: str, present: str, code: str
) -> None:
    assert [(county.name, county.code) for county in gazetteer.find_counties(name)] == [(present, code)]


def test_a_name_of_two_places_means_both(gazetteer: Gazetteer) -> None:
    assert {county.code for county in gazetteer.find_counties("桥东区")} == {"130502", "130702"}


def test_former_codes_lead_to_the_county_of_today(gazetteer: Gazetteer) -> None:
    assert gazetteer.former_codes["500225"] == "500111" and gazetteer.former_codes["630122"] == "630106"
    assert not gazetteer.former_codes.keys() & gazetteer.counties.keys()
    assert set(gazetteer.former_codes.values()) <= gazetteer.counties.keys()


CHANGES_HEADER = "kind,code,name,new_code,new_name,townships,year,note\n"


def make_divisions() -> Divisions:
    """Return two counties of one prefecture, each with two townships."""
    divisions = Divisions()
    for code, name, units in (("999921", "云岭县", "清溪镇 石桥乡"), ("999922", "山阳县", "白云镇 石桥乡")):
        divisions.counties[code] = County(code, name, (name[:-1],), "云中市", "岭南省")
        divisions.units[code] = [
            UnitRow(unit, f"{code}{100 + number}", ()) for number, unit in enumerate(units.split())
        ]
    divisions.prefecture_names["云中市"] = ("云中",)
    divisions.province_names["岭南省"] = ("岭南",)
    divisions.former_codes["999901"] = "999921"
    return divisions


def change(tmp_path: Path, *rows: str) -> Divisions:
    path = tmp_path / "county_changes.csv"
    path.write_text(CHANGES_HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    divisions = make_divisions()
    apply_changes(divisions, path)
    return divisions


def test_a_row_renames_a_county_and_gives_it_a_new_code(tmp_path: Path) -> None:
    divisions = change(tmp_path, "renamed,999921,云岭县,999981,云岭市,,2025,")
    assert divisions.counties["999981"].name == "云岭市" and "999921" not in divisions.counties
    assert [unit.name for unit in divisions.units["999981"]] == ["清溪镇", "石桥乡"]
    assert ("云岭县", "999981") in divisions.other_names
    assert divisions.former_codes == {"999901": "999981", "999921": "999981"}


def test_a_row_may_rename_without_a_new_code(tmp_path: Path) -> None:
    divisions = change(tmp_path, "renamed,999921,云岭县,999921,云峰县,,,")
    assert divisions.counties["999921"].name == "云峰县" and ("云岭县", "999921") in divisions.other_names
    assert "999921" not in divisions.former_codes


def test_a_row_merges_a_county_into_another(tmp_path: Path) -> None:
    divisions = change(tmp_path, "merged,999922,山阳县,999921,云岭县,,2025,")
    assert list(divisions.counties) == ["999921"]
    assert [unit.name for unit in divisions.units["999921"]] == ["清溪镇", "石桥乡", "白云镇"]
    assert ("山阳县", "999921") in divisions.other_names and divisions.former_codes["999922"] == "999921"


def test_a_row_splits_a_county_off(tmp_path: Path) -> None:
    divisions = change(tmp_path, "split,999921,云岭县,999923,清溪区,清溪镇,2025,")
    assert [unit.name for unit in divisions.units["999921"]] == ["石桥乡"]
    assert [unit.name for unit in divisions.units["999923"]] == ["清溪镇"]
    assert divisions.counties["999923"].city_name == "云中市"


def test_later_rows_change_what_earlier_ones_made(tmp_path: Path) -> None:
    divisions = change(
        tmp_path, "renamed,999921,云岭县,999981,云岭市,,2024,", "merged,999981,云岭市,999922,山阳县,,2025,"
    )
    assert {code for name, code in divisions.other_names if name.startswith("云岭")} == {"999922"}
    assert set(divisions.former_codes.values()) == {"999922"}


@pytest.mark.parametrize(
    ("row", "words"),
    [("moved,,某县,999921,,,,", "kind"), ("alias,,某某县,999999,,,,", "no county"),
     ("zone,,某,999921,,,,", "too short"),
     ("renamed,999921,某某县,99992,,,,", "6 digits"),
     ("split,999921,云岭县,999925,,清溪镇,,", "new_name"), ("alias,,某县", "fields")],
)  # fmt: skip
def test_a_bad_change_is_named(tmp_path: Path, row: str, words: str) -> None:
    with pytest.raises(ValueError, match=rf"county_changes.csv, row 2: .*{words}"):
        change(tmp_path, row)


def test_a_bad_unit_type_is_named(tmp_path: Path) -> None:
    header = "suffix,unit_type,canonical_suffix,is_named_in_titles,note\n"
    (tmp_path / "identify").mkdir()
    (tmp_path / "identify" / "unit_types.csv").write_text(header + "镇,镇,镇,maybe,\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"unit_types.csv, row 2"):
        load_unit_types(tmp_path)


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        (None, None),
        ("500151", "500151"),
        ("铜梁区", "500151"),
        ("铜梁", "500151"),
        ("500224", "500151"),
        ("湟中县", "630106"),
    ],
)
def test_the_home_county_by_name_or_code(printed: str | None, code: str | None) -> None:
    assert find_home_county(printed) == code


@pytest.mark.parametrize(
    ("printed", "words"), [("无名县", "no county"), ("999999", "no county"), ("鼓楼区", "several")]
)
def test_an_unknown_or_ambiguous_home_county_is_named(printed: str, words: str) -> None:
    with pytest.raises(ValueError, match=rf"FAZHI_COUNTY: .*{words}"):
        find_home_county(printed)
