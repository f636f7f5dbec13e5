"""The gazetteer is whole, its seeds are checked, its names are read as printed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.pipeline.identify.gazetteer import Gazetteer, load_county_changes, load_unit_types

SEEDS = Path(__file__).resolve().parents[3] / "seeds" / "reference"


def test_it_has_all_of_china_with_unique_keys(gazetteer: Gazetteer) -> None:
    keys = [unit.township_key for unit in gazetteer.townships]
    assert len(keys) == len(set(keys)) > 40_000
    assert len({unit.province_name for unit in gazetteer.townships}) == 31
    assert all(unit.county_code.isdigit() and len(unit.county_code) == 6 for unit in gazetteer.townships)
    assert not any(unit.unit_name != unit.unit_name.strip() for unit in gazetteer.townships)


def test_it_loads_without_importing_the_package_it_reads() -> None:
    code = (
        "import sys, orchestration.pipeline.identify.gazetteer as g; g.load_gazetteer(); "
        "print('jionlp' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=SEEDS.parents[1]
    )
    assert done.stdout == "False\n"


def test_a_record_asked_for_by_name_is_the_one_of_the_list(gazetteer: Gazetteer) -> None:
    assert [unit for unit in gazetteer.townships if unit.unit_name == "太平镇"] == gazetteer.find_units(
        "太平镇"
    )
    assert gazetteer.has_unit("太平镇") and not gazetteer.has_unit("太平")


def test_zones_that_share_a_code_keep_their_names(gazetteer: Gazetteer) -> None:
    zones = {unit.county_name for unit in gazetteer.townships if unit.county_code == "410471"}
    assert zones == {"平顶山高新技术产业开发区", "平顶山市城乡一体化示范区"}


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
    unit = gazetteer.find_in_county(code, name)
    assert unit is not None
    assert unit.township_key == f"{code}-{name}"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("铜梁区", "500151"), ("铜梁", "500151"), ("铜梁县", "500151"), ("万盛经开区", "500110"), ("孟津县", "410322"),
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


def test_an_unknown_street_is_no_subdistrict(gazetteer: Gazetteer) -> None:
    assert gazetteer.name_unit("法治文化街") is None


def test_variants_differ_in_kind_only(gazetteer: Gazetteer) -> None:
    assert "铁石苗族彝族乡" in {unit.unit_name for unit in gazetteer.find_unit_variants("铁石乡")}
    assert {unit.unit_name for unit in gazetteer.find_unit_variants("太平乡")} >= {"太平镇", "太平街道"}
    assert gazetteer.find_unit_variants("乡") == ()


def test_places_are_spotted_in_text_without_common_words(gazetteer: Gazetteer) -> None:
    names = [place.name for place in gazetteer.spot_places("城区与郊区，潼南区委依法治区，天津市宁河区。")]
    assert sorted(set(names)) == ["天津市", "宁河区", "潼南区"]


@pytest.mark.parametrize(
    ("row", "words"),
    [("moved,某县,500151,", "kind"), ("renamed,某县,999999,", "no county"), ("renamed,某,500151,", "too short"),
     ("renamed,某县", "cells")],
)  # fmt: skip
def test_a_bad_change_is_named(tmp_path: Path, row: str, words: str) -> None:
    (tmp_path / "identify").mkdir()
    (tmp_path / "identify" / "county_changes.csv").write_text(
        f"kind,name,county_code,note\n{row}\n", encoding="utf-8"
    )
    with pytest.raises(ValueError, match=rf"county_changes.csv, row 2: .*{words}"):
        load_county_changes(tmp_path, {"500151"})


def test_a_bad_unit_type_is_named(tmp_path: Path) -> None:
    header = "suffix,unit_type,canonical_suffix,is_named_in_titles,note\n"
    (tmp_path / "identify").mkdir()
    (tmp_path / "identify" / "unit_types.csv").write_text(header + "镇,镇,镇,maybe,\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"unit_types.csv, row 2"):
        load_unit_types(tmp_path)
