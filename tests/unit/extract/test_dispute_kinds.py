"""Parts without 其中: disputes of one kind, and denials limited to one cause."""

from __future__ import annotations

import pytest

from tests.unit.extract.conftest import Extract

SCOPES = {
    "one kind of disputes": ("调解涉企纠纷8件，成功7件，调解矛盾纠纷120件。", ["partial", "partial", "total"]),
    "one kind behind verbs": ("全年流转、会商、化解疑难纠纷49件。", ["partial"]),
    "denied for one cause": ("没有产生因信息公开申请提起行政复议、行政诉讼的情况。", ["partial", "partial"]),
    "denied": ("因地制宜，全年未发生行政复议、行政诉讼。", ["total", "total"]),
    "one kind behind its number": ("化解6件劳资纠纷，举办讲座2场。", ["partial", "total"]),
    "kinds and what came of all": (
        "调解邻里纠纷9件，土地、山林纠纷4件，其他纠纷2件，调解成功14件。", ["partial"] * 3 + ["total"]),
    "several kinds": ("化解草场、牲畜买卖纠纷46件，成功45件，解决赡养、邻里等纠纷9件。", ["total"] * 3),
    "disputes of all": ("调解民间纠纷46件，各类合同纠纷3件，提供劳动争议咨询5次。", ["total"] * 3),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), SCOPES.values(), ids=SCOPES)
def test_one_kind_or_cause_is_a_part(extract: Extract, text: str, expected: list[str]) -> None:
    assert [q.scope for q in extract(text)] == expected
