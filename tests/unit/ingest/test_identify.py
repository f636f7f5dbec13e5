"""Which township reports, from titles, headers, folders, side files and the body."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from orchestration.pipeline.records import Document

Identify = Callable[..., Document]

BODY = (
    "，我们认真抓好法治政府建设，推进依法行政。现将有关情况报告如下：\n一、主要举措和成效\n全年组织学法12次。"
)


@pytest.mark.parametrize(
    ("title", "unit", "kind", "code"),
    [
        ("重庆市铜梁区太平镇人民政府关于2023年法治政府建设情况的报告", "太平镇", "镇", "500151"),
        ("铜梁区太平镇2023年度法治政府建设情况报告", "太平镇", "镇", "500151"),
        ("铜梁太平镇2023年度法治政府建设情况报告", "太平镇", "镇", "500151"),
        ("2023年度杨浦区新江湾城街道法治政府建设工作报告", "新江湾城街道", "街道", "310110"),
        ("鲤城区人民政府金龙街道办事处关于2023年度法治政府建设情况的报告", "金龙街道", "街道", "350502"),
        ("清城区东城街2023年法治政府建设情况报告", "东城街道", "街道", "441802"),
        ("辰溪县罗子山瑶族乡2023年法治政府建设情况报告", "罗子山瑶族乡", "民族乡", "431223"),
        (
            "中共云阳县凤鸣镇委员会云阳县凤鸣镇人民政府关于2023年法治政府建设情况的报告",
            "凤鸣镇",
            "镇",
            "500235",
        ),
        ("中共柳江区三都镇委三都镇人民政府2023年法治政府建设报告", "三都镇", "镇", "450206"),
        ("中共铜梁区委太平镇委员会2023年法治政府建设报告", "太平镇", "镇", "500151"),
        ("依安县中心镇人民政府2023年度法治政府建设情况报告", "中心镇", "镇", "230223"),
        ("吉林省舒兰市小城镇2023年法治政府建设情况报告", "小城镇", "镇", "220283"),
        ("潼南县太安镇2023年法治政府建设情况报告", "太安镇", "镇", "500152"),
        ("万盛经开区金桥镇2023年法治政府建设情况报告", "金桥镇", "镇", "500110"),
        ("东莞市万江街道2023年法治政府建设年度报告", "万江街道", "街道", "441900"),
        ("雄安新区雄县雄州镇2023年法治政府建设情况报告", "雄州镇", "镇", "130638"),
        ("吉林省吉林市船营区大绥河镇2023年法治政府建设情况的报告", "大绥河镇", "镇", "220204"),
        ("晋城市城区北街街道办事处2023年法治政府建设情况报告", "北街街道", "街道", "140502"),
        ("黔西市铁石乡2023年度法治政府建设工作情况报告", "铁石乡", "乡", "520581"),
    ],
)
def test_title_tells_unit_and_county(identify: Identify, title: str, unit: str, kind: str, code: str) -> None:
    found = identify(f"{title}\n2023年{BODY}")
    assert (found.unit_name, found.unit_type, found.county_code) == (unit, kind, code)
    assert (found.admin_level, found.resolution) == ("township", "stated")
    assert found.township_key == f"{code}-{unit}"


@pytest.mark.parametrize("name", ["仙鹤门路街道", "高新三路街道"])
def test_a_street_that_the_gazetteer_lacks_keeps_its_name(identify: Identify, name: str) -> None:
    found = identify(f"{name}办事处2024年度法治政府建设工作报告\n2024年{BODY}")
    assert (found.admin_level, found.unit_name, found.resolution) == ("township", name, "unresolved")


def test_direct_municipality_is_its_own_city(identify: Identify) -> None:
    found = identify(f"城口县巴山镇2023年法治政府建设情况报告\n2023年{BODY}")
    assert (found.county_name, found.city_name, found.province_name) == ("城口县", "重庆市", "重庆市")


HOMONYM = f"太平镇2023年法治政府建设情况报告\n2023年{BODY}"


def test_homonym_without_evidence_is_ambiguous_with_candidates(identify: Identify) -> None:
    found = identify(HOMONYM)
    assert (found.resolution, found.county_code, found.township_key) == ("ambiguous", None, None)
    assert "500151-太平镇" in json.loads(found.candidates or "[]")
    assert found.unit_name == "太平镇"


@pytest.mark.parametrize(
    ("changes", "resolution"),
    [
        ({"path": "重庆市/铜梁区/a.txt"}, "stated"),
        ({"path": "铜梁/a.txt"}, "stated"),
        ({"path": "铜梁区太平镇2023.txt"}, "stated"),
        ({"side": {"county": "铜梁区"}}, "stated"),
        ({"side": {"county_code": 500151}}, "stated"),
        ({"side": {"county": "重庆市铜梁县"}}, "stated"),
        ({"text": HOMONYM + "\n聘请重庆（铜梁）律师事务所担任顾问。"}, "inferred"),
        ({"text": HOMONYM + "\n按照铜梁府办发〔2023〕7号文件要求抓落实。"}, "inferred"),
        ({"text": HOMONYM + "\n向铜梁区委报告。"}, "stated"),
        ({"text": HOMONYM + "\n铜梁的庭审，铜梁法院的建议。"}, "inferred"),
        ({"text": HOMONYM + "\n全力建设平安铜梁，落实到村。"}, "inferred"),
        ({"text": HOMONYM + "\n按照（铜府办〔2023〕7号）要求抓落实。"}, "inferred"),
        ({"text": HOMONYM + "\n铜梁区太平镇人民政府"}, "stated"),
        ({"text": "来源：重庆市铜梁区人民政府\n" + HOMONYM}, "stated"),
        ({"text": "索引号：11500151009345678X/2024-00001\n" + HOMONYM}, "stated"),
        ({"text": "索引号：11500224009345678X/2024-00001\n" + HOMONYM}, "stated"),
        ({"text": "首页 > 铜梁区 > 政务公开\n" + HOMONYM}, "stated"),
        ({"corrections": {"county_code": "500151"}}, "stated"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_evidence_settles_a_homonym(identify: Identify, changes: dict[str, Any], resolution: str) -> None:
    found = identify(**({"text": HOMONYM} | changes))
    assert (found.county_code, found.resolution) == ("500151", resolution)
    assert found.resolution_evidence


def test_the_evidence_quotes_the_first_words_that_show_a_county(identify: Identify) -> None:
    found = identify(
        f"{HOMONYM}\n在铜梁的平安铜梁建设中，铜梁法院派员；见（铜府办〔2023〕7号）、（铜府发〔2023〕8号）。"
    )
    assert found.resolution_evidence == "title names 太平镇; the text has 平安铜梁, 铜府办"


def test_kind_of_superior_narrows_homonyms(identify: Identify) -> None:
    found = identify(f"观胜镇2023年法治政府建设情况报告\n2023年，在区委、区政府的领导下{BODY}")
    assert (found.county_name, found.resolution) == ("荣昌区", "inferred")


def test_unique_name_is_inferred(identify: Identify) -> None:
    found = identify(f"东棘坨镇2023年法治建设情况报告\n2023年{BODY}")
    assert (found.county_code, found.resolution) == ("120117", "inferred")


def test_unique_name_against_the_text_is_ambiguous(identify: Identify) -> None:
    found = identify(
        f"东棘坨镇2023年法治建设情况报告\n2023年{BODY}\n按徐闻县要求报徐闻县司法局，抄送徐闻县普法办。"
    )
    assert (found.county_code, found.resolution) == (None, "ambiguous")


def test_unknown_county_is_not_replaced_by_a_homonym(identify: Identify) -> None:
    found = identify(f"霁川市青砚县东棘坨镇2023年法治建设情况报告\n2023年{BODY}")
    assert (found.unit_name, found.county_code, found.resolution) == ("东棘坨镇", None, "unresolved")


def test_a_clear_title_needs_no_further_evidence_of_the_kind(identify: Identify) -> None:
    text = "铜梁区太平镇2023年度法治政府建设情况报告\n全年召开党委会议12次，调解邻里纠纷36件，化解35件，群众满意。"
    assert identify(text).township_key == "500151-太平镇"


@pytest.mark.parametrize(
    "title", ["中心镇建设与法治政府建设情况报告", "象山县中心镇2023年法治政府建设情况报告"]
)
def test_a_common_word_is_a_unit_only_in_a_county_that_has_it(identify: Identify, title: str) -> None:
    assert identify(f"{title}\n2023年{BODY}").unit_name is None


def test_unit_of_a_page_without_title(identify: Identify) -> None:
    found = identify(f"区委、区政府：\n2023年，在上级领导下，新江湾城街道{BODY.removeprefix('，我们')}")
    assert (found.title, found.unit_name, found.county_code) == (None, "新江湾城街道", "310110")


def test_unit_of_a_page_that_begins_with_its_addressee(identify: Identify) -> None:
    found = identify(
        "杨浦区人民政府\n2023年，新江湾城街道贯彻习近平法治思想，推进依法行政。\n一、法治建设主要举措和成效\n"
        "开展执法检查12次，普法宣传8场，人民调解30件。"
    )
    assert (found.admin_level, found.unit_name) == ("township", "新江湾城街道")


def test_unit_of_a_page_that_begins_with_its_first_heading(identify: Identify) -> None:
    found = identify(
        "一、2023年度法治政府建设的主要举措和成效\n（一）组织领导。定期研究法治建设。新江湾城街道持续推进依法行政。\n"
        "（二）执法普法。开展执法检查12次，普法宣传8场，人民调解30件。"
    )
    assert (found.admin_level, found.unit_name, found.report_year) == ("township", "新江湾城街道", 2023)


def test_the_name_of_an_implemented_document_is_not_the_reporter(identify: Identify) -> None:
    plan = "《湖北省落实第一责任人职责实施办法》"
    found = identify(f"2023年，新江湾城街道扎实推进依法行政。现将情况报告如下：按照{plan}，述法3人。{BODY}")
    assert (found.admin_level, found.unit_name) == ("township", "新江湾城街道")


@pytest.mark.parametrize(
    ("text", "level"),
    [
        (f"静海区2023年度法治政府建设情况报告\n2023年，静海区{BODY}", "county"),
        (f"芷江侗族自治县人民政府关于2023年法治政府建设情况的报告\n2023年{BODY}", "county"),
        (f"湛江市2023年法治政府建设年度报告\n2023年{BODY}", "city"),
        (f"湖北省人民政府关于2023年度法治政府建设情况的报告\n2023年{BODY}", "province"),
        (f"歙县财政局2023年度法治政府建设年度报告\n2023年{BODY}", "department"),
        (f"歙县政府办2023年度法治政府建设工作报告\n2023年{BODY}", "department"),
        (f"2023年，歙县司法局坚持依法行政，歙县在全市考核中靠前。现将情况报告如下：{BODY}", "department"),
        (f"2023年，区城市管理局坚持依法行政{BODY}", "department"),
        (f"2023年，我局坚持依法行政{BODY}", "department"),
        (f"2023年，我镇坚持依法行政，区司法局在我镇设点{BODY}", "township"),
        (f"中共南湖区委南湖区人民政府关于2023年度法治政府建设工作的报告\n2023年{BODY}", "county"),
        (f"中共淮南市委淮南市人民政府关于2023年法治政府建设情况的报告\n2023年{BODY}", "city"),
        (f"2023年，歙县坚持依法行政。现将情况报告如下：{BODY}", "county"),
        (f"2023年，歙县县委、县政府坚持依法行政{BODY}明确乡镇党委、政府职责。", "county"),
        (f"2023年，长丰县委、县政府坚持依法行政，督导各镇政府{BODY}", "county"),
        (f"2023年，推进依法行政，乡镇党委、政府负责，各镇政府落实{BODY}", "unknown"),
        (f"2023年，歙县着眼大局坚持依法行政。现将情况报告如下：{BODY}", "unknown"),
        (f"太平镇司法所2023年法治建设工作总结\n2023年{BODY}", "department"),
        (f"XX镇2023年法治政府建设情况报告\n2023年，XX镇{BODY}", "unknown"),
        (f"关于《太平镇2023年法治政府建设情况报告》的政策解读\n2023年{BODY}", "unknown"),
        (f"太平镇2023年法治政府建设工作方案\n2023年{BODY}", "unknown"),
        ("太平镇2023年政府信息公开工作年度报告\n2023年，我镇主动公开信息120条，办理申请3件。", "unknown"),
        (f"某某镇2023年法治政府建设情况报告\n2023年，某某镇{BODY}", "unknown"),
        (f"太平镇2023年法治政府建设情况报告\n2023年{BODY}", "township"),
        (f"太平镇2023年法治政府建设情况报告\n太府〔2024〕5号     签发人：张某某\n2023年{BODY}", "township"),
    ],
)
def test_level_keeps_others_out_of_the_township_marts(identify: Identify, text: str, level: str) -> None:
    found = identify(text)
    assert found.admin_level == level
    assert level == "township" or found.township_key is None


@pytest.mark.parametrize(
    ("text", "side", "year"),
    [
        (f"太平镇2023年法治政府建设情况报告\n2023年{BODY}", None, 2023),
        (f"太平镇2023年法治政府建设工作总结及2024年工作计划\n2023年{BODY}", None, 2023),
        (f"太平镇二〇二三年法治政府建设情况报告\n今年以来{BODY}", None, 2023),
        (f"太平镇法治政府建设年度报告（2023年度）\n一年来{BODY}", None, 2023),
        (f"太平镇法治政府建设情况报告\n发布日期：2024-02-01\n上一年度{BODY}", None, 2023),
        (f"太平镇法治政府建设情况报告\n今年以来{BODY}\n2023年12月20日", None, 2023),
        (f"太平镇法治政府建设情况报告\n过去一年{BODY}\n二、2024年工作安排\n抓落实。", None, 2023),
        (
            f"太平镇法治政府建设情况报告\n过去一年{BODY}\n二、落实市2023年依法治市工作要点\n抓落实。",
            None,
            2023,
        ),
        *[
            (f"太平镇法治政府建设情况报告\n过去一年{BODY}\n二、{plan}\n抓落实。", None, 2023)
            for plan in (
                "围绕高质量发展谋划2024年工作",
                "对照目标，2024年工作计划",
                "落实上级部署的2024年工作打算",
            )
        ],
        (f"铜梁区太平镇镇长述法报告\n（2024年1月）\n2023年以来{BODY}", None, 2023),
        (f"太平镇法治政府建设情况报告\n过去一年{BODY}", {"report_year": "2023"}, 2023),
        (f"太平镇贯彻《纲要（2021-2025年）》法治政府建设情况报告\n2023年{BODY}", None, 2023),
        (f"太平镇2025年法治政府建设情况报告\n2025年{BODY}\n一、2024年法治建设基本情况\n抓落实。", None, 2025),
        (
            f"太平镇法治政府建设情况报告\n过去一年{BODY}\n对2019年至2021年的合同，2022年清理，2022年归档。",
            None,
            2022,
        ),
        (
            f"太平镇法治政府建设情况报告\n去年，即2023年{BODY}\n不足：2024年，我镇将严格执法。2024年将继续整改。",
            None,
            2023,
        ),
        (
            f"太平镇法治政府建设情况报告\n一年来{BODY}\n2023年，我镇将法治建设纳入考核。2023年将考核结果通报。",
            None,
            2023,
        ),
        (f"太平镇法治政府建设情况报告\n一年来{BODY}\n2023年计划生育工作有序推进。", None, 2023),
        (f"太平镇法治政府建设情况报告\n2023年12月至2024年11月{BODY}", None, 2024),
        (f"太平镇法治政府建设情况报告\n过去一年{BODY}", None, None),
    ],
)
def test_year_reported_on(
    identify: Identify, text: str, side: dict[str, Any] | None, year: int | None
) -> None:
    found = identify(text, side=side)
    assert found.report_year == year
    assert (found.report_year_evidence is None) is (year is None)


@pytest.mark.parametrize(
    ("text", "document_date", "published_on"),
    [
        (HOMONYM + "\n太平镇人民政府\n2024年1月10日", date(2024, 1, 10), None),
        (HOMONYM + "\n二〇二四年一月十日", date(2024, 1, 10), None),
        (HOMONYM + "\n二○二四年十一月二十三日", date(2024, 11, 23), None),
        ("成文日期：2024-01-10\n发布日期：2024/2/3\n" + HOMONYM, date(2024, 1, 10), date(2024, 2, 3)),
        (HOMONYM.replace("\n", "\n（2024年1月10日）\n", 1), date(2024, 1, 10), None),
        (HOMONYM.replace("\n", "\n2024-01-10 09:30\n", 1), None, date(2024, 1, 10)),
        (HOMONYM.replace("\n", " 2024-01-10\n", 1), None, date(2024, 1, 10)),
        (HOMONYM.replace("\n", "\n无\n主动公开\n2024.01.10\n", 1), None, date(2024, 1, 10)),
        ("| 发文日期: | 2024-01-10 | ||\n|---|---|---|\n" + HOMONYM, date(2024, 1, 10), date(2024, 1, 10)),
        (
            f"![]() |\n|\n发文日期: | 2024-01-10 |\n区政府：\n2023年，太平镇{BODY}",
            date(2024, 1, 10),
            date(2024, 1, 10),
        ),
        (HOMONYM.replace("\n", "\n2024-01-10 09:30 来源：本网 发布机构：\n", 1), None, date(2024, 1, 10)),
        (HOMONYM.replace("\n", "\n2024年1月10日 来源：某某日报\n", 1), None, date(2024, 1, 10)),
        (HOMONYM.replace("\n", "\n信息提供日期 : 2024-01-10 16:29来源 : 某区\n", 1), None, date(2024, 1, 10)),
        ("发表日期:2024-01-10 文章来源:某镇\n" + HOMONYM, None, date(2024, 1, 10)),
        ("发文日期：2024-01-10\n" + HOMONYM, date(2024, 1, 10), date(2024, 1, 10)),
        ("成文时间：2024年1月8日\n发文时间：2024年1月10日\n" + HOMONYM, date(2024, 1, 8), date(2024, 1, 10)),
        ("发布日期：2024-02-03\n发文日期：2024-01-10\n" + HOMONYM, date(2024, 1, 10), date(2024, 2, 3)),
        ("公文生成日期：2024-01-10\n" + HOMONYM, date(2024, 1, 10), None),
        ("• 2024-01-10\n• 2024-01-10\n" + HOMONYM, None, date(2024, 1, 10)),
        ("成文日期\n2024-01-08\n发布日期\n2024-01-10\n" + HOMONYM, date(2024, 1, 8), date(2024, 1, 10)),
        (HOMONYM.replace("\n", "\n公布时间【2024-01-10】\n", 1), None, date(2024, 1, 10)),
        (HOMONYM.replace("\n", "\n党政办 2024/01/10\n", 1), None, date(2024, 1, 10)),
        (HOMONYM.replace("\n", "\n原创 法治太平 2024年1月10日 17:20 重庆\n", 1), None, date(2024, 1, 10)),
        (HOMONYM.replace("\n", "\n于2024年1月10日 15:30召开会议\n", 1) + "\n加强学习。" * 6, None, None),
        (HOMONYM.replace("\n", "\n[2024-01-10] [字号 大 中 小]\n", 1), None, date(2024, 1, 10)),
        (HOMONYM.replace("\n", "\n来源：太平镇 2024-01-10 09:30\n", 1), None, date(2024, 1, 10)),
        (HOMONYM.replace("\n", "\n发布于 2024-01-10\n", 1), None, date(2024, 1, 10)),
        (HOMONYM.replace("\n", "\n截止日期 2024-03-10\n", 1), None, None),
        (HOMONYM.replace("\n", "\n2023.1.1-2023.12.31\n", 1), None, None),  # a period
        (HOMONYM.replace("\n", "\n（2023.1—2023.12.31）\n", 1), None, None),
        (HOMONYM.replace("\n", "\n发布：太平镇人民政府\n发布时间：2024-01-10\n", 1), None, date(2024, 1, 10)),
        (HOMONYM.replace("\n", "\n发布：党政办 时间：2024-01-10\n", 1), None, date(2024, 1, 10)),
        (HOMONYM.replace("\n", "\n太平镇人民政府\n发布时间：2024-01-10\n", 1), None, date(2024, 1, 10)),
        (HOMONYM.replace("\n", "公开\n2024-01-10 09:30\n", 1), None, date(2024, 1, 10)),
        ("太平镇召开推进会 2024-01-05\n太平镇开展宣传 2024-01-06\n" + HOMONYM, None, None),  # a list of news
        (HOMONYM + "\n2024年13月45日", None, None),
        (HOMONYM + "\n到2024年1月10日全部完成。", None, None),
        (HOMONYM, None, None),
    ],
)
def test_dates_only_as_printed(
    identify: Identify, text: str, document_date: date | None, published_on: date | None
) -> None:
    found = identify(text)
    assert (found.document_date, found.published_on) == (document_date, published_on)


def test_corrections_win_over_everything(identify: Identify) -> None:
    fixed = {
        "unit_name": "巴山镇", "county_code": "500229", "report_year": "2022", "published_on": "2023-03-01",
        "document_date": "2023-02-01", "title": "更正的题目", "index_number": "N1",
        "document_number": "N2", "issuer": "N3",
    }  # fmt: skip
    found = identify(HOMONYM, corrections=fixed)
    assert (found.township_key, found.county_name, found.report_year) == ("500229-巴山镇", "城口县", 2022)
    assert (found.published_on, found.document_date) == (date(2023, 3, 1), date(2023, 2, 1))
    assert (found.title, found.index_number, found.document_number, found.issuer) == (
        "更正的题目",
        "N1",
        "N2",
        "N3",
    )
    assert found.correction_ids is None


def test_corrected_level_takes_a_report_out(identify: Identify) -> None:
    found = identify(HOMONYM, corrections={"admin_level": "department"})
    assert (found.admin_level, found.township_key) == ("department", None)


@pytest.mark.parametrize(
    "fixed", [{"admin_level": "village"}, {"county_code": "999999"}, {"published_on": "soon"}]
)
def test_an_impossible_correction_is_an_error(identify: Identify, fixed: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        identify(HOMONYM, corrections=fixed)


def test_document_describes_its_text(identify: Identify) -> None:
    found = identify(HOMONYM, side={"source_url": "http://example.org/1"})
    assert found.char_count == len(found.text)
    assert len(found.text_sha256) == 64
    assert found.source_url == "http://example.org/1"


@pytest.mark.parametrize(
    ("path", "year"),
    [
        ("太平镇2023年报告.txt", 2023),
        ("2024年1月太平镇2023年报告.txt", 2023),
        ("2024年1月太平镇报告.txt", None),
        ("太平镇2024年报送.txt", None),
        ("太平镇2024年报.txt", 2024),
        ("2023年度/太平镇.txt", 2023),
        ("2024年上报/太平镇.txt", None),  # the year of arrival
        ("2024/太平镇.txt", None),
        ("%E5%A4%AA%E5%B9%B3%E9%95%872023%E5%B9%B4%E6%8A%A5%E5%91%8A.txt", 2023),
    ],
)
def test_a_path_tells_the_year_where_the_text_does_not(
    identify: Identify, path: str, year: int | None
) -> None:
    assert identify(f"太平镇法治政府建设情况报告\n过去一年{BODY}", path=path).report_year == year


def test_file_name_serves_as_title_and_unit(identify: Identify) -> None:
    found = identify(f"2023年{BODY}", path="x/东棘坨镇2023年法治政府建设情况报告.txt")
    assert (found.title, found.unit_name) == ("东棘坨镇2023年法治政府建设情况报告", "东棘坨镇")
