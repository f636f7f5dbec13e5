"""Whose report a text without a clear title is, and what must not be taken for a township's name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.pipeline.identify.gazetteer import Gazetteer, load_gazetteer
from orchestration.pipeline.identify.hosts import spell_labels
from orchestration.pipeline.identify.kind import find_kind
from orchestration.pipeline.identify.unit import split_unit
from orchestration.pipeline.records import Document
from orchestration.pipeline.reference.tables import read_reference_table

Identify = Callable[..., Document]

WORK = (
    "\n一、主要做法\n全年学法6次，开展普法宣传12场，合法性审查9件，调解纠纷30件，法律顾问参与4次。"
    "\n二、存在的不足\n执法力量薄弱。\n"
)


@pytest.mark.parametrize(
    ("text", "unit_name"),
    [
        (f"今年以来工作扎实推进，现将清溪镇2024年度情况报告如下：{WORK}", "清溪镇"),
        (f"白沙街道落实上级部署，稳步前进。现将2024年依法行政工作汇报如下：{WORK}", "白沙街道"),
        (f"2024年以来，石桥铺街道办事处按照要求开展工作。现将情况汇报如下：{WORK}", "石桥铺街道"),
        (f"2024年，我镇抓好法治建设。现将我镇情况报告如下：{WORK}各项制度在关坝镇落地。\n", "关坝镇"),
        (f"2024年，我镇抓好法治建设。现将我镇情况报告如下：{WORK}班子到石角镇学习，关坝镇设立调解室。\n", "关坝镇"),
        (f"2024年，公明坚持依法行政，建设法治公明。街道主要领导带头抓落实。{WORK}", "公明街道"),
        (f"县委、县政府：\n2024年，大河乡坚持依法行政。现将有关情况报告如下：{WORK}", "大河乡"),
        (f"2024年，腰站子东乡族镇坚持依法行政。现将情况报告如下：{WORK}", "腰站子东乡族镇"),  # not 腰站子东乡
        (f"2024年，新滩镇街道坚持依法行政。现将情况报告如下：{WORK}", "新滩镇街道"),
        (f"2024年，湖㳇镇坚持依法行政。现将情况报告如下：{WORK}", "湖㳇镇"),  # a rare character
        (f"2024年，张镇坚持依法行政。现将情况报告如下：{WORK}", "张镇"),
    ],
)  # fmt: skip
def test_the_text_itself_says_who_reports(identify: Identify, text: str, unit_name: str) -> None:
    found = identify(text)
    assert (found.admin_level, found.unit_name, found.report_year) == ("township", unit_name, 2024)


@pytest.mark.parametrize(
    ("title", "is_report"),
    [
        ("松坪镇2024年上半年法治政府建设工作总结", False),
        ("松坪镇2024年上半年法治政府建设工作总结和下半年工作计划", False),
        ("松坪镇2024年法治政府建设工作总结及2025年上半年工作计划", True),
        ("松坪镇2024年第三季度法治政府建设工作总结", False),
        ("松坪镇2024年1-10月法治政府建设工作情况报告", False),
        ("松坪镇东村2024年法治工作总结", False),
        ("松坪镇东街社区居民委员会2024年法治工作总结", False),
        ("松坪镇2024年1-11月法治政府建设工作情况报告", True),
        ("松坪镇2023年下半年至2024年上半年法治政府建设工作总结", True),
        ("松坪镇乡村2024年法治工作总结", True),
    ],
)
def test_a_report_on_a_part_of_the_year_or_of_the_township_is_another(
    identify: Identify, title: str, is_report: bool
) -> None:
    found = identify(f"{title}\n一、主要工作\n2024年，我镇坚持依法行政，调解纠纷34件，推进法治政府建设。")
    assert (found.unit_name == "松坪镇") is is_report


def test_a_text_that_names_two_townships_equally_is_assigned_to_neither(identify: Identify) -> None:
    text = f"2024年，我镇抓好法治建设。现将我镇情况报告如下：{WORK}关坝镇办案9件，石角镇办案8件。\n"
    found = identify(text)
    assert (found.admin_level, found.unit_name) == ("township", None)


@pytest.mark.parametrize(
    "text",
    [
        f"2024年，合阳县坚持依法行政。现将情况报告如下：{WORK}城关镇设立调解室。\n",
        f"2024年，公明坚持依法行政，建设法治公明。全区统筹，街道主要领导带头抓落实。{WORK}",
        f"讲好法治故事，关坝镇召开推进会。会议要求各村抓好落实。{WORK}",
        f"下面是小编整理的范文，供大家参考。2024年，我镇抓好法治建设，现将情况报告如下：{WORK}",
        f"2024年，振兴乡村坚持规划先行。现将情况报告如下：{WORK}",
        "2024年，关坝镇推进公开工作。现将2024年政府信息公开工作年度报告如下：\n一、总体情况\n主动公开30条，依法办理申请2件。\n",
    ],
)
def test_texts_that_are_not_a_townships_report(identify: Identify, text: str) -> None:
    assert identify(text).admin_level != "township"


@pytest.mark.parametrize("kind", ["情况表", "统计表", "主要数据公示"])
def test_a_table_of_a_townships_figures_is_its_report(identify: Identify, kind: str) -> None:
    rows = "行政处罚案件（件）：12\n行政检查（次）：80\n人民调解受理纠纷（件）：43\n"
    found = identify(f"铜梁区太平镇2024年法治政府建设{kind}\n{rows}")
    assert (found.unit_name, found.county_name, found.report_year) == ("太平镇", "铜梁区", 2024)


@pytest.mark.parametrize(
    "kind",
    [
        "法治政府建设统计工作实施方案",
        "行政执法数据报送通知",
        "大数据行政执法工作方案",
        "行政执法统计表的通知",
    ],
)
def test_a_plan_or_notice_on_statistics_is_not_a_report(identify: Identify, kind: str) -> None:
    assert identify(f"铜梁区太平镇2024年{kind}\n2024年，依法行政有序推进。{WORK}").admin_level == "unknown"


@pytest.mark.parametrize(("headline", "level"), [("开放日活动方案", "unknown"), ("的依法治理", "township")])
def test_a_plan_without_a_title_is_not_a_report(identify: Identify, headline: str, level: str) -> None:
    text = f"铜梁区太平镇2024年{headline}\n2024年，太平镇政府抓好依法行政，法治建设有序推进。{WORK}"
    assert identify(text).admin_level == level


def test_a_form_without_a_title_belongs_to_the_unit_that_fills_it_in(identify: Identify) -> None:
    rows = "党委专题研究法治政府建设（次）：4\n行政执法检查（次）：80\n人民调解受理纠纷（件）：43\n"
    found = identify(f"年度：2024\n填报：铜梁区太平镇平安法治办\n{rows}")
    assert (found.unit_name, found.county_name, found.report_year) == ("太平镇", "铜梁区", 2024)


def test_the_title_of_who_answers_for_the_rule_of_law_may_name_the_office_first(identify: Identify) -> None:
    title = "中共铜梁区太平镇委员会书记\n2024年度履行推进法治建设第一责任人职责述法报告"
    found = identify(f"{title}\n一年来，本人认真履行职责，现述法如下。{WORK}")
    assert (found.unit_name, found.county_name) == ("太平镇", "铜梁区")


def test_a_masked_year_with_a_township_in_the_title_is_not_a_template(identify: Identify) -> None:
    masked = identify(f"松阳县竹源乡人民政府****年法治政府建设年度报告\n****年，竹源乡开展工作。{WORK}")
    assert (masked.unit_name, masked.county_name) == ("竹源乡", "松阳县")
    assert identify(f"XX镇2024年法治政府建设情况报告\n2024年，XX镇开展工作。{WORK}").admin_level == "unknown"


@pytest.mark.parametrize(
    ("printed", "name", "county"),
    [
        ("阿拉善左旗巴彦诺日公苏木", "巴彦诺日公苏木", "阿拉善左旗"),
        ("巴彦诺日公苏木", "巴彦诺日公苏木", None),  # not 诺日公苏木 of 巴彦县
        ("海安街道", "海安街道", None),  # not a nameless 街道 of 海安市
        ("阜蒙县十家子镇", "十家子镇", "阜新蒙古族自治县"),
        ("科左后旗吉尔嘎朗镇", "吉尔嘎朗镇", "科尔沁左翼后旗"),
        ("黔东南州镇远县青溪镇", "青溪镇", "镇远县"),
        ("绵阳经开区塘汛街道", "塘汛街道", "涪城区"),
        ("绵阳市高新技术产业开发区塘汛街道", "塘汛街道", "涪城区"),
        ("湟中县鲁沙尔镇", "鲁沙尔镇", "湟中区"),
        ("第八师一四七团", "一四七团", "石河子市"),
        ("天天新闻信息网沙园街道", "沙园街道", None),
        ("宁乡金洲镇", "金洲镇", "宁乡市"),  # here 宁乡 is a county, not a township
        ("西安安家街道", "安家街道", "西安区"),  # of 牡丹江市; 西安市 has no 安家街道
    ],
)
def test_the_longest_name_after_its_parents_wins(
    identify: Identify, printed: str, name: str, county: str | None
) -> None:
    found = identify(f"{printed}2024年法治政府建设情况报告\n2024年，依法行政工作有序推进。{WORK}")
    assert found.unit_name == name
    if county is not None:
        assert found.county_name == county


@pytest.mark.parametrize(
    ("lines", "county"),
    [
        ("中共合阳县委、合阳县人民政府：\n", "合阳县"),
        ("在文峰区委、区政府的领导下，", "文峰区"),
        ("落实《奉节县2024年法治政府建设工作要点》，", "奉节县"),
        ("县委和县政府高度重视，", None),  # does not name 和县
        ("落实市委“138”和县委“117”部署，", None),
    ],
)
def test_the_superior_shows_the_county_even_without_a_township_name(
    identify: Identify, lines: str, county: str | None
) -> None:
    found = identify(f"{lines}2024年，我镇抓好法治建设。现将我镇情况报告如下：{WORK}")
    assert (found.admin_level, found.unit_name, found.county_name) == ("township", None, county)


def test_a_name_of_several_places_leaves_namesakes_open(identify: Identify) -> None:
    title = "朝阳前进街道2024年法治政府建设情况报告"
    found = identify(f"{title}\n2024年，工作有序推进。{WORK}")
    assert (found.unit_name, found.resolution) == (
        "前进街道",
        "ambiguous",
    )  # 双塔区 of 朝阳市, 朝阳区 of 长春市


@pytest.mark.parametrize(
    ("folder", "county"),
    [
        ("滨海新区", "滨海新区"),  # a county, though townships end in 新区 too
        ("怀化市洪江管理区", "怀化市洪江管理区"),  # not 洪江市
        ("景德镇", None),  # a city
    ],
)
def test_a_folder_may_be_named_like_a_township(identify: Identify, folder: str, county: str | None) -> None:
    text = f"法治政府建设年度报告\n2024年，石桥铺街道坚持依法行政。现将情况报告如下：{WORK}"
    found = identify(text, f"{folder}/报告.txt")
    assert found.unit_name == "石桥铺街道"
    assert county is None or found.county_name == county


@pytest.mark.parametrize(
    ("title", "level", "county", "resolution"),
    [
        ("天台山管理处2024年法治建设工作报告", "department", None, "unresolved"),  # not of 天台县
        ("兴隆林业局2024年法治建设工作报告", "department", "兴隆县", "inferred"),
        ("兴隆县林业局2024年法治建设工作报告", "department", "兴隆县", "stated"),
        ("太湖旅游度假区2024年法治政府建设年度报告", "unknown", None, "unresolved"),
        ("绵阳高新区2024年法治政府建设年度报告", "unknown", None, "unresolved"),
    ],
)
def test_a_short_name_may_begin_another_name(
    identify: Identify, title: str, level: str, county: str | None, resolution: str
) -> None:
    found = identify(f"{title}\n2024年，工作有序推进。{WORK}")
    assert (found.admin_level, found.county_name, found.resolution) == (level, county, resolution)


def test_superiors_of_another_kind_leave_the_only_namesake_open(identify: Identify) -> None:
    title = "下冶镇2024年法治政府建设情况报告\n"
    assert identify(f"{title}2024年，工作有序推进。{WORK}").county_code == "419001"
    other = identify(f"{title}2024年，在旗委、旗政府领导下，向旗委报告，工作有序推进。{WORK}")
    assert (other.county_code, other.resolution) == (None, "ambiguous")


@pytest.mark.parametrize(
    ("changes", "county_code"),
    [
        ({}, None),
        ({"home_county": "500151"}, "500151"),
        (
            {"home_county": "500151", "path": "山东省/济南市/a.txt"},
            None,
        ),  # the folder takes precedence
        ({"side": {"source_url": "http://www.cqtl.gov.cn/a.html"}}, "500151"),
        ({"side": {"source_url": "https://www.tongliang.gov.cn/a.html"}}, "500151"),
        ({"side": {"source_url": "https://www.example.com/tongliang"}}, None),
    ],
)
def test_home_county_and_official_hosts_distinguish_namesakes(
    identify: Identify, changes: dict[str, Any], county_code: str | None
) -> None:
    found = identify(f"太平镇2024年法治政府建设情况报告\n2024年，工作有序推进。{WORK}", **changes)
    assert found.county_code == county_code or (county_code is None and found.county_code != "500151")


@pytest.mark.parametrize(
    ("host", "county_code"),
    [
        ("www.fl.gov.cn", "500102"),
        ("zw.fl.gov.cn", "500102"),
        ("www.flx.gov.cn", None),
        ("www.yy.gov.cn", None),
    ],
)
def test_a_known_site_is_its_countys(identify: Identify, host: str, county_code: str | None) -> None:
    text = f"龙潭镇2024年法治政府建设情况报告\n2024年，工作有序推进。{WORK}"
    found = identify(text, side={"source_url": f"http://{host}/a.html"})
    assert found.county_code == county_code


@pytest.mark.parametrize("printed", ["网址www.fl.gov.cn主办单位：办公室", "手机版 http://m.fl.gov.cn/"])
def test_a_site_is_found_among_chinese_and_on_telephones(identify: Identify, printed: str) -> None:
    text = f"首页\n{printed}\n龙潭镇2024年法治政府建设情况报告\n2024年，工作有序推进。{WORK}"
    assert identify(text).county_code == "500102"


def test_known_sites_name_counties_as_the_gazetteer_does(gazetteer: Gazetteer) -> None:
    path = Path(__file__).parents[3] / "seeds" / "reference" / "identify" / "official_hosts.csv"
    rows = read_reference_table(path, ("host", "county_code", "county_name"), "host")
    named = {row["host"]: (row["county_code"], row["county_name"]) for row in rows}
    assert named == {host: (code, gazetteer.counties[code].name) for host, code in gazetteer.hosts.items()}


def test_a_county_is_spelt_as_its_site_is(gazetteer: Gazetteer) -> None:
    assert {"tengzhou", "zztz", "sdtz"} <= spell_labels(gazetteer.counties["370481"], gazetteer)


def test_a_report_has_the_townships_code(identify: Identify) -> None:
    found = identify(f"重庆市铜梁区太平镇2024年法治政府建设情况报告\n2024年，工作推进。{WORK}")
    assert (found.township_key, found.township_code) == ("500151-太平镇", "500151124")


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("关坝镇2024年法治政府建设情况报告", "法治政府建设"),
        ("关坝镇2024年依法行政工作总结", "法治政府建设"),
        ("关坝镇2024年度行政执法工作报告", "行政执法"),
        ("关坝镇党委书记履行推进法治建设第一责任人职责情况报告", "述法"),
        ("关坝镇镇长2024年述法报告", "述法"),
        ("关坝镇2024年普法工作总结", "普法"),
    ],
)
def test_kinds_by_title(identify: Identify, title: str, kind: str) -> None:
    found = identify(f"{title}\n2024年，工作有序推进。{WORK}")
    assert (found.admin_level, found.unit_name, found.report_kind) == ("township", "关坝镇", kind)


def test_kind_without_a_title_is_what_the_report_announces() -> None:
    assert find_kind(None, "法治是根本。现将本年度行政执法工作情况报告如下：") == "行政执法"
    assert find_kind(None, "现将2024年法治政府建设工作汇报如下：执法12次。") == "法治政府建设"
    assert find_kind(None, "今年以来，各项工作有序推进。") == "法治政府建设"


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_township_after_its_county_is_split_from_it(data: st.DataObject) -> None:
    gazetteer = load_gazetteer()
    believed = gazetteer.unit_types.believed
    unit = data.draw(st.sampled_from(gazetteer.townships).filter(lambda one: one.unit_type in believed))
    found = split_unit(f"{unit.county_name}{unit.unit_name}", gazetteer, "title")
    assert found is not None and found.name == unit.unit_name
    assert any(unit.county_code in place.county_codes for place in found.parents)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_the_name_of_a_township_alone_is_never_split(data: st.DataObject) -> None:
    gazetteer = load_gazetteer()
    names = [
        unit.unit_name
        for unit in gazetteer.townships
        if unit.unit_type in gazetteer.unit_types.believed and unit.unit_name not in gazetteer.common_words
    ]
    name = data.draw(st.sampled_from(names))
    found = split_unit(name, gazetteer, "title")
    assert found is not None and (found.name, found.parents) == (name, ())
