"""Users' own indicators are published with the project's; a bad row warns and stops nothing."""

from __future__ import annotations

from collections.abc import Callable

import dagster as dg
import pytest

from orchestration.assets.checks.corrections import CHECKS
from tests.graph.conftest import Installation

REPORT = """渝江区云岭镇2024年法治政府建设年度报告

2024年，云岭镇认真推进法治政府建设工作，现将有关情况报告如下。

一、2024年推进法治政府建设的主要举措和成效

（一）加强法治宣传。全年开展法治宣传活动12场次，组织义务植树300棵，发放宣传资料2000余份，受到群众普遍欢迎。

（二）化解矛盾纠纷。全年排查矛盾纠纷56件，调处成功55件，没有发生一起因调处不及时引发的案件。

二、存在的不足和原因

一是法治宣传形式比较单一，群众参与的积极性不够高。

三、2025年工作安排

一是继续加强法治宣传，不断提高村（居）民的法治意识。
"""
INDICATORS = """indicator_id,domain_id,name_zh,unit,kind,valid_min,valid_max
publicity.trees,publicity,义务植树棵数,棵,count,0,100000
leadership.law_work_meetings,leadership,占用的编码,次,count,0,9
"""
RULES = """publicity.trees.1:
  weight: 0.9
  units: [none, 棵]
  words:
    - 义务植树
"""
TREES = "select value, unit from marts.township_indicators where indicator_id = 'publicity.trees'"
STAGES = """
    select stage, max(fingerprint) from raw.stage_runs
    where stage in ('ingest', 'segment', 'extract') group by stage
"""
CHECK = "every_own_reference_row_could_be_used"


@pytest.fixture(scope="module")
def installation(install_refreshed: Callable[[], Installation]) -> Installation:
    made = install_refreshed()
    made.write("trees.txt", REPORT.replace("渝江区云岭镇", "重庆市綦江区永新镇"))
    return made


def refreshed(installation: Installation) -> dg.ExecuteInProcessResult:
    result = installation.run()
    assert result.success, [str(event.event_specific_data) for event in result.all_events if event.is_failure]
    return result


def passes(result: dg.ExecuteInProcessResult, name: str) -> bool:
    found = [one for one in result.get_asset_check_evaluations() if one.check_name == name]
    assert len(found) == 1
    return found[0].passed


def test_an_indicator_of_users_is_published_without_a_new_start(installation: Installation) -> None:
    assert installation.query(
        "select count(*) from marts.dim_indicator where indicator_id like '%trees'"
    ) == [(0,)]
    own = installation.settings.own_reference
    own.mkdir()
    (own / "indicators.csv").write_bytes(INDICATORS.replace("\n", "\r\n").encode("gb18030"))
    (own / "trees.yaml").write_text(RULES, encoding="utf-8")
    result = refreshed(installation)
    assert installation.query(TREES, published=True) == [(300, "棵")]
    assert installation.query(
        "select publicity_trees from marts.township_indicators_wide where unit_name = '永新镇'",
        published=True,
    ) == [(300,)]
    findings = installation.query(
        "select file, row_number, problem_code, field, corrected_value from marts.correction_findings",
        published=True,
    )
    assert findings == [
        (
            "reference/indicators.csv", 3, "reference_id_taken", "indicator_id", "leadership.law_work_meetings",
        )
    ]  # fmt: skip
    assert not passes(result, CHECK)
    assert passes(result, "every_decision_could_be_applied")
    assert [check.blocking for check in CHECKS if check.name == CHECK] == [False]


def test_a_changed_range_only_repeats_extraction(installation: Installation) -> None:
    own = installation.settings.own_reference / "indicators.csv"
    own.write_text(INDICATORS.replace("0,100000", "0,200").partition("leadership")[0], encoding="utf-8")
    before = dict(installation.query(STAGES))
    result = refreshed(installation)
    assert passes(result, CHECK)
    assert installation.query(TREES) == []  # 300 is now out of range, so it is not a headline
    after = dict(installation.query(STAGES))
    assert {stage for stage in before if before[stage] != after[stage]} == {"extract"}


def test_removing_users_files_restores_the_tables(installation: Installation) -> None:
    for path in installation.settings.own_reference.iterdir():
        path.unlink()
    refreshed(installation)
    assert installation.query(
        "select count(*) from duckdb_columns() where table_name = 'township_indicators_wide' "
        "and column_name = 'publicity_trees'",
        published=True,
    ) == [(0,)]
