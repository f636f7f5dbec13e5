"""Each way in which a report names its township, tried with townships and counties from all over China."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from orchestration.pipeline.chinese import TOWNSHIP_KINDS
from orchestration.pipeline.identify.gazetteer import Gazetteer
from orchestration.pipeline.records import Document, Township
from orchestration.pipeline.vocabulary import AdminLevel

Identify = Callable[..., Document]

KINDS = tuple(TOWNSHIP_KINDS.split("|"))
SAMPLE = 400  # of some 40,000
LEAST_FOUND = 0.99  # the rest have names like 中心镇 that are also words
WORK = (
    "\n一、主要做法\n全年学法6次，开展普法宣传12场，合法性审查9件，调解纠纷30件，法律顾问参与4次。"
    "\n二、存在的不足\n执法力量薄弱。"
)
TITLE = "2024年法治政府建设年度报告"

# Ways in which the text and the path of a report name a township and its county.
WAYS: dict[str, Callable[[Township], tuple[str, str]]] = {
    "in the title": lambda unit: (
        f"{unit.county_name}{unit.unit_name}{TITLE}\n2024年，工作有序推进。{WORK}",
        "a.txt",
    ),
    "addressed to its county": lambda unit: (
        f"{unit.unit_name}{TITLE}\n{unit.county_name}司法局：\n现将{unit.unit_name}情况报告如下。{WORK}",
        "a.txt",
    ),
    "under its county's party committee": lambda unit: (
        f"{unit.unit_name}{TITLE}\n在{unit.county_name}委、{unit.county_name}政府领导下，{unit.unit_name}落实部署。{WORK}",
        "a.txt",
    ),
    "below the text": lambda unit: (
        f"{TITLE}\n2024年，各项工作有序推进。{WORK}\n{unit.county_name}{unit.unit_name}人民政府\n2025年1月10日",
        "a.txt",
    ),
    "in the text, the county by its folder": lambda unit: (
        f"{TITLE}\n2024年，{unit.unit_name}深入落实部署。{WORK}",
        f"{unit.county_name}/a.txt",
    ),
    "alone": lambda unit: (f"{unit.unit_name}{TITLE}\n2024年，工作有序推进。{WORK}", "a.txt"),
}


@pytest.mark.parametrize("way", WAYS)
def test_townships_of_the_whole_country_are_found_and_none_in_another_county(
    identify: Identify, gazetteer: Gazetteer, way: str
) -> None:
    townships = [unit for unit in gazetteer.townships if unit.unit_name.endswith(KINDS)]
    found = 0
    elsewhere = []
    for unit in random.Random(way).sample(townships, SAMPLE):
        text, path = WAYS[way](unit)
        document = identify(text, path)
        found += document.unit_name == unit.unit_name
        if document.county_code not in (unit.county_code, None):
            elsewhere.append(f"{unit.county_name}{unit.unit_name}: {document.resolution_evidence}")
    assert elsewhere == []
    assert found >= LEAST_FOUND * SAMPLE


@pytest.mark.parametrize("title", ["{}2024年法治政府建设年度报告", "{}管委会2024年行政执法工作报告"])
def test_a_zone_with_county_status_is_not_a_township(
    identify: Identify, gazetteer: Gazetteer, title: str
) -> None:
    zones = [
        county for county in gazetteer.counties.values() if county.name.endswith(("新区", "开发区", "园区"))
    ]
    assert len(zones) > 50
    for zone in zones:
        document = identify(f"{title.format(zone.name)}\n2024年，全区依法行政有序推进。{WORK}")
        assert (document.admin_level, document.unit_name) == (AdminLevel.COUNTY, zone.name)


def test_a_county_is_not_taken_for_its_prefecture(identify: Identify, gazetteer: Gazetteer) -> None:
    names = [county.name for county in gazetteer.counties.values() if county.name.endswith("市")]
    assert {"恩施市", "大理市", "喀什市"} < set(names)
    for name in names:
        document = identify(f"{name}2024年法治政府建设年度报告\n2024年，依法行政有序推进。{WORK}")
        assert (document.admin_level, document.county_name) == (AdminLevel.COUNTY, name)
