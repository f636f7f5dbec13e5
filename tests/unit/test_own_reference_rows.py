"""Users' own reference data: usable rows are added to the project's, others are reported and stop nothing."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.merged_reference import read_reference_findings, settle_reference
from orchestration.pipeline.extract.catalogue import load_catalogue
from orchestration.pipeline.extract.explain import read_example
from orchestration.pipeline.identify.divisions import load_divisions
from orchestration.pipeline.own_reference.files import OWN_TABLES
from orchestration.pipeline.own_reference.merge import merge_reference
from orchestration.pipeline.records import CorrectionFinding
from orchestration.pipeline.reference.tables import split_table
from orchestration.pipeline.segment.themes import load_theme_rules
from orchestration.pipeline.versions import EXTRACT, INGEST, SEGMENT
from orchestration.refreshes import fingerprint_inputs
from orchestration.settings import PROJECT_DIR, Settings

REFERENCE = PROJECT_DIR / "seeds" / "reference"
INDICATORS = """indicator_id,domain_id,name_zh,name_en,unit,kind,valid_min,valid_max,definition
publicity.trees,publicity,义务植树棵数,Trees planted,棵,count,0,100000,组织义务植树的棵数
"""
RULES = """# 植树
publicity.trees.1:
  weight: 0.9
  units: [none, 棵]
  words:
    - 义务植树
  examples:
    - 组织义务植树300棵。
"""
THEMES = """theme_id,section_type,name_zh,name_en,words
tree_planting,both,植树造林,Tree planting,植树造林|树苗…不足
"""
COUNTY_CHANGES = """kind,code,name,new_code,new_name,townships,year,note
zone,,云岭试验区,500110,,,2024,虚构
renamed,500110,,500990,綦云区,,2025/3/1,虚构
"""
TREES = "组织义务植树300棵。"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    own = tmp_path / "own"
    own.mkdir()
    return own


@pytest.fixture
def merge(folder: Path, tmp_path: Path) -> Callable[[], tuple[Path, list[CorrectionFinding]]]:
    """merge(): merge the folder into the reference data; return the merged copy and the findings."""

    def run() -> tuple[Path, list[CorrectionFinding]]:
        target = tmp_path / "merged"
        return target, merge_reference(REFERENCE, folder, target)

    return run


FORMS: dict[str, Callable[[str], bytes]] = {
    "UTF-8": lambda text: text.encode(),
    "UTF-8 with a byte order mark": lambda text: codecs.BOM_UTF8 + text.encode(),
    "GB18030 with CRLF, as Chinese Excel and Notepad save": lambda text: text.replace("\n", "\r\n").encode(
        "gb18030"
    ),
    "UTF-16": lambda text: text.encode("utf-16"),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "no last line end": lambda text: text.rstrip("\n").encode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_all_four_kinds_are_used_in_every_form(
    form: str, folder: Path, merge: Callable[[], tuple[Path, list[CorrectionFinding]]]
) -> None:
    for name, text in {
        "indicators.csv": INDICATORS,
        "rules/publicity.yaml": RULES,
        "themes.csv": THEMES,
        "county_changes.csv": COUNTY_CHANGES,
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(FORMS[form](text))
    merged, problems = merge()
    assert problems == []
    catalogue = load_catalogue(merged)
    assert catalogue.indicators["publicity.trees"].valid_max == 100000
    found = [(one.indicator_id, one.value, one.rule) for one in read_example(TREES, catalogue)]
    assert found == [("publicity.trees", 300, "publicity.trees.1")]
    assert read_example(TREES, load_catalogue(REFERENCE))[0].indicator_id is None
    divisions = load_divisions(merged)
    assert divisions.counties["500990"].name == "綦云区"
    assert ("云岭试验区", "500990") in divisions.other_names
    load_theme_rules(merged)
    assert split_table(merged / "segment" / "themes.csv")[1][-1][0] == "tree_planting"


def test_files_without_users_rows_equal_the_projects_byte_for_byte(
    folder: Path, merge: Callable[[], tuple[Path, list[CorrectionFinding]]]
) -> None:
    (folder / "themes.csv").write_text(THEMES, encoding="utf-8")
    merged, problems = merge()
    assert problems == []
    # so only the stage that reads themes runs again
    assert INGEST.version(merged) == INGEST.version(REFERENCE)
    assert EXTRACT.version(merged) == EXTRACT.version(REFERENCE)
    assert SEGMENT.version(merged) != SEGMENT.version(REFERENCE)


HEAD = INDICATORS.splitlines()[0]
BAD_ROWS = {
    "id of the project": (
        "indicators.csv",
        f"{HEAD}\nleadership.law_work_meetings,leadership,会议,Meetings,次,count,0,9,",
        "reference_id_taken",
        2,
        "indicator_id",
        "系统自带的词表",
    ),
    "id twice": (
        "indicators.csv",
        INDICATORS + INDICATORS.splitlines()[1],
        "reference_bad_row",
        3,
        "indicator_id",
        "重复",
    ),
    "no such domain": (
        "indicators.csv",
        INDICATORS.replace("publicity", "publicty"),
        "reference_bad_row",
        2,
        "domain_id",
        "应为以下之一",
    ),
    "another domain": (
        "indicators.csv",
        INDICATORS.replace("publicity.trees", "rules.trees"),
        "reference_bad_row",
        2,
        "indicator_id",
        "以它的领域和点开头",
    ),
    "kind": (
        "indicators.csv",
        INDICATORS.replace(",count,", ",总数,"),
        "reference_bad_row",
        2,
        "kind",
        "“类型”总数 应为以下之一",
    ),
    "no number": (
        "indicators.csv",
        INDICATORS.replace(",0,1", ",零,1"),
        "reference_bad_row",
        2,
        "valid_min",
        "不是数字",
    ),
    "endless number": (
        "indicators.csv",
        INDICATORS.replace(",100000,", ",inf,"),
        "reference_bad_row",
        2,
        "valid_max",
        "不是有限的数字",
    ),
    "range upside down": (
        "indicators.csv",
        INDICATORS.replace(",0,100000,", ",9,1,"),
        "reference_bad_row",
        2,
        "valid_min",
        "大于",
    ),
    "one comma too many": (
        "indicators.csv",
        INDICATORS.rstrip() + ",甲,乙\n",
        "reference_bad_row",
        2,
        None,
        "单元格",
    ),
    "no column": (
        "indicators.csv",
        INDICATORS.replace("kind,", "art,"),
        "reference_unreadable",
        1,
        None,
        "缺少列：kind",
    ),
    "column of the wide mart": (
        "indicators.csv",
        INDICATORS + "publicity.law_lectures,publicity,一,One,场,count,0,9,\n"
        "publicity.law.lectures,publicity,二,Two,场,count,0,9,\n",
        "reference_bad_row",
        4,
        "indicator_id",
        "领域.名称",
    ),
    "theme without words": (
        "themes.csv",
        THEMES.replace("植树造林|", "|"),
        "reference_bad_row",
        2,
        "words",
        "关键词",
    ),
    "theme of the project": (
        "themes.csv",
        THEMES.replace("tree_planting", "enforcement_staff"),
        "reference_id_taken",
        2,
        "theme_id",
        "已有",
    ),
    "section type": (
        "themes.csv",
        THEMES.replace(",both,", ",成效,"),
        "reference_bad_row",
        2,
        "section_type",
        "以下之一",
    ),
    "no such county": (
        "county_changes.csv",
        COUNTY_CHANGES.replace("云岭试验区,500110", "云岭试验区,999999"),
        "reference_bad_row",
        2,
        None,
        "没有代码为999999的区县",
    ),
    "no such former county": (
        "county_changes.csv",
        COUNTY_CHANGES.replace("renamed,500110", "renamed,999999"),
        "reference_bad_row",
        3,
        None,
        "没有代码为999999的区县",
    ),
    "code of five digits": (
        "county_changes.csv",
        COUNTY_CHANGES.replace("500990", "50099"),
        "reference_bad_row",
        3,
        "new_code",
        "6位数字",
    ),
    "no file of ours": (
        "indicators.xlsx",
        "anything",
        "reference_unknown_file",
        None,
        None,
        "不认识的文件",
    ),
    "another table": ("units.csv", "unit\n棵\n", "reference_unknown_file", None, None, "indicators.csv"),
    "no text": ("indicators.csv", "\x81\xff", "reference_unreadable", None, None, "编码无法识别"),
    "no YAML": ("trees.yaml", RULES + "  : [\n", "reference_unreadable", 9, None, "整个文件未采用"),
    "no such indicator": (
        "trees.yaml",
        RULES.replace("publicity.trees", "publicity.tree"),
        "reference_bad_rule",
        2,
        "rule",
        "没有指标“publicity.tree”",
    ),
    "no such unit": (
        "trees.yaml",
        RULES.replace("棵]", "光年]"),
        "reference_bad_rule",
        4,
        "rule",
        "没有单位“光年”",
    ),
    "no such group": (
        "trees.yaml",
        RULES.replace("- 义务植树", "- <植树>"),
        "reference_bad_rule",
        6,
        "rule",
        "没有词组<植树>",
    ),
    "weight": ("trees.yaml", RULES.replace("0.9", "9"), "reference_bad_rule", 3, "rule", "不超过1"),
    "key twice": (
        "trees.yaml",
        RULES + "  weight: 0.7\n",
        "reference_bad_rule",
        9,
        "rule",
        "“weight”这一项写了两次",
    ),
    "unknown key": ("trees.yaml", RULES + "  near: 树\n", "reference_bad_rule", 9, "rule", "没有“near”"),
    "example that fails": (
        "trees.yaml",
        RULES.replace("组织义务植树300棵", "种花300盆"),
        "reference_example_fails",
        2,
        "rule",
        "例句不成立",
    ),
    "rule of the project": (
        "trees.yaml",
        RULES.replace("publicity.trees.1", "leadership.law_work_meetings.1"),
        "reference_id_taken",
        2,
        "rule",
        "系统自带的规则",
    ),
}


@pytest.mark.parametrize("case", BAD_ROWS)
def test_a_bad_row_is_reported_with_its_place_and_stops_nothing(
    case: str, folder: Path, merge: Callable[[], tuple[Path, list[CorrectionFinding]]]
) -> None:
    name, text, code, row, column, words = BAD_ROWS[case]
    (folder / "good").mkdir()
    (folder / "good" / "themes.csv").write_text(
        THEMES.replace("tree_planting", "still_good"), encoding="utf-8"
    )
    if name.endswith("yaml"):
        (folder / "indicators.csv").write_text(INDICATORS, encoding="utf-8")
    (folder / name).write_bytes(text.encode("latin-1" if text.startswith("\x81") else "utf-8"))
    merged, problems = merge()
    assert [problem.problem_code for problem in problems] == [code]
    (problem,) = problems
    assert (problem.file, problem.row_number) == (f"reference/{name}", row)
    assert words in problem.problem_zh, problem.problem_zh
    assert "写法有误" not in problem.problem_zh or case == "no YAML"
    assert column is None or problem.field == column
    catalogue = load_catalogue(merged)
    assert set(load_catalogue(REFERENCE).rules) <= set(catalogue.rules)
    assert split_table(merged / OWN_TABLES["themes"])[1][-1][0] == "still_good"


def test_a_rule_that_takes_figures_from_the_projects_examples_is_refused(
    folder: Path, merge: Callable[[], tuple[Path, list[CorrectionFinding]]]
) -> None:
    (folder / "indicators.csv").write_text(INDICATORS, encoding="utf-8")
    greedy = RULES + "publicity.trees.2:\n  weight: 1\n  units: [case]\n  words:\n    - 矛盾纠纷\n"
    (folder / "trees.yml").write_text(greedy, encoding="utf-8")
    merged, problems = merge()
    assert [(problem.problem_code, problem.row_number, problem.corrected_value) for problem in problems] == [
        ("reference_example_fails", 9, "publicity.trees.2")
    ]
    assert "会改变系统例句的结果" in problems[0].problem_zh
    rules = load_catalogue(merged).rules
    assert "publicity.trees.1" in rules
    assert "publicity.trees.2" not in rules


def test_groups_of_users_serve_their_rules_without_replacing_others(
    folder: Path, merge: Callable[[], tuple[Path, list[CorrectionFinding]]]
) -> None:
    project = next(iter(load_groups()))
    (folder / "indicators.csv").write_text(INDICATORS, encoding="utf-8")
    (folder / "groups.yaml").write_text(
        f"植树:\n  - 义务植树\n  - 栽树\n{project}:\n  - 甲\n", encoding="utf-8"
    )
    (folder / "trees.yaml").write_text(RULES.replace("- 义务植树", "- <植树>"), encoding="utf-8")
    merged, problems = merge()
    assert [(problem.problem_code, problem.corrected_value) for problem in problems] == [
        ("reference_id_taken", project)
    ]
    found = read_example("发动群众栽树40棵。", load_catalogue(merged))
    assert [(one.indicator_id, one.value) for one in found] == [("publicity.trees", 40)]
    assert load_groups(merged)[project] == load_groups()[project]


def load_groups(reference: Path = REFERENCE) -> dict[str, list[str]]:
    from orchestration.pipeline.extract.indicator_rules import load_indicator_rules

    return load_indicator_rules([reference / "extract" / "rules"])[1]


def test_changes_and_removal_of_users_files_are_noticed(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    settings = Settings(tmp_path / "reports", tmp_path / "data", 1, 5, None)
    settings.own_reference.mkdir(parents=True)
    before = fingerprint_inputs(settings)
    settle_reference(settings)
    assert settings.reference == settings.project_reference
    (settings.own_reference / "indicators.csv").write_text(INDICATORS, encoding="utf-8")
    assert fingerprint_inputs(settings) != before
    settle_reference(settings)
    with_trees = settings.reference
    assert "publicity.trees" in load_catalogue(with_trees).indicators
    assert "publicity_trees" in (settings.wide_columns / "_township_indicators_wide.yml").read_text(
        encoding="utf-8"
    )
    # same size, different words
    (settings.own_reference / "indicators.csv").write_text(
        INDICATORS.replace("count,0", "stock,0"), encoding="utf-8"
    )
    settle_reference(settings)
    assert settings.reference != with_trees
    assert load_catalogue(settings.reference).indicators["publicity.trees"].kind == "stock"
    (settings.own_reference / "indicators.csv").write_text(HEAD + "\n一,二\n", encoding="utf-8")
    settle_reference(settings)
    assert [finding.problem_code for finding in read_reference_findings(settings)] == ["reference_bad_row"]
    (settings.own_reference / "indicators.csv").unlink()
    settle_reference(settings)
    assert settings.reference == settings.project_reference
    assert read_reference_findings(settings) == []
    assert fingerprint_inputs(settings) == before
