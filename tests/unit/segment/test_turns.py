"""Where a report turns to its problems and plans, within a part titled so or without any heading."""

from __future__ import annotations

import pytest

from orchestration.pipeline.segment.headings import HeadingRules
from orchestration.pipeline.segment.outline import split_sections

CASES: dict[str, tuple[str, list[str]]] = {
    "next": (
        "二、存在问题及下步打算\n巡查力量不足。下步将添置设备。今年的车辆太少。",
        ["problems 二、存在问题及下步打算\n巡查力量不足。", "plans 下步将添置设备。今年的车辆太少。"],
    ),
    "within a sentence": (
        "二、存在问题与下一步工作\n人员流动频繁，下一步将稳定队伍。",
        ["problems 二、存在问题与下一步工作\n人员流动频繁，", "plans 下一步将稳定队伍。"],
    ),
    "a later year": (
        "二、问题与打算\n2023年人手不足。2024年，每村培养法律明白人5名。",
        ["problems 二、问题与打算\n2023年人手不足。", "plans 2024年，每村培养法律明白人5名。"],
    ),
    "in each item": (
        "二、不足及下年度计划\n一是装备不足。明年将添置设备。\n二是人员不足。",
        [
            "problems 二、不足及下年度计划\n", "problems 一是装备不足。", "plans 明年将添置设备。\n",
            "problems 二是人员不足。"],
    ),
    "a head's own": (
        "二、不足与努力方向\n我的法治思维还有差距。我将带头讲课。",
        ["problems 二、不足与努力方向\n我的法治思维还有差距。", "plans 我将带头讲课。"],
    ),
    "problems alone": (
        "二、存在问题\n将普法融入日常工作不够，今后将改进。",
        ["problems 二、存在问题\n将普法融入日常工作不够，今后将改进。"],
    ),
    "problems that a self-check found": (
        "二、自查发现的问题\n将普法融入日常工作不够。",
        ["problems 二、自查发现的问题\n将普法融入日常工作不够。"],
    ),
    "problems put right": ("二、问题整改完成情况\n已改4个。", ["achievements 二、问题整改完成情况\n已改4个。"]),
    "no turn": (
        "二、存在问题及改进措施\n将普法融入日常工作不够，计划性不强，近200件积案未化解。",
        ["problems 二、存在问题及改进措施\n将普法融入日常工作不够，计划性不强，近200件积案未化解。"],
    ),
    "items with headings of their own": (
        "二、存在问题及下步打算\n（一）存在的问题\n装备不足。\n（二）下一步打算\n添置设备。",
        [
            "problems 二、存在问题及下步打算\n", "problems （一）存在的问题\n装备不足。\n",
            "plans （二）下一步打算\n添置设备。"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_plans_within_a_part_on_problems_are_plans(
    text: str, expected: list[str], heading_rules: HeadingRules
) -> None:
    report = f"云溪镇2023年报告\n一、主要成效\n（一）抓学习。全年学习不断。\n{text}"
    sections = split_sections("r", report, heading_rules)
    start = report.index("二、")
    assert [f"{one.section_type} {one.text}" for one in sections if one.char_start >= start] == expected


def test_problems_and_plans_open_without_headings(heading_rules: HeadingRules) -> None:
    done = "全镇干部把学法放在经常，把执法放在平时，群众看到问题得到了解决。" * 4
    turns = "同时也要看到，工作还有差距。\n下一年，我们重点抓：一是设备。"
    report = f"按照要求，现将情况报告如下：\n{done}\n群众看到问题得到了解决。\n{turns}"
    found = [(one.section_type, one.text) for one in split_sections("r", report, heading_rules)]
    assert found[2:] == [
        ("problems", "同时也要看到，工作还有差距。\n"),
        ("plans", "下一年，我们重点抓："),
        ("plans", "一是设备。"),
    ]
