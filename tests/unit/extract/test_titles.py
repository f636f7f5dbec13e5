"""The title of a report as the topic of its figures."""

from __future__ import annotations

import pytest

from tests.unit.extract.conftest import Extract

MATTERS = {
    "petitions": ("云溪镇2024年信访工作总结", "disputes.petitions_closed"),
    "enforcement": ("关于云溪镇2024年行政执法工作情况的报告", "enforcement.closed_cases"),
    "everything": ("云溪镇2024年法治政府建设和行政执法工作报告", None),
    "other work": ("云溪镇2024年工作总结", None),
    "a heading": ("一、行政执法工作情况", None),
    "a heading without a number": ("云溪镇2024年法治政府建设年度报告\n信访工作情况", None),
    "words after the title": ("云溪镇2024年工作报告\n一年来，工作稳步推进。\n信访工作情况", None),
}


@pytest.mark.parametrize(("title", "indicator_id"), MATTERS.values(), ids=MATTERS)
def test_the_title_of_a_report_on_one_matter_is_a_topic(
    extract: Extract, title: str, indicator_id: str | None
) -> None:
    found = extract(
        f"{title}\n今年以来，工作稳步推进。\n下面是主要做法。\n年底已办结45件。", heading="主要做法"
    )
    assert [q.indicator_id for q in found if q.surface == "45件"] == [indicator_id]
