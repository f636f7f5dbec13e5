"""Facts of written Chinese are only in `pipeline/chinese.py` and match what reports print."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.pipeline import chinese
from orchestration.pipeline.identify import dates, year
from orchestration.pipeline.ingest import line_shapes
from orchestration.pipeline.reference.tables import read_reference_table
from orchestration.settings import PROJECT_DIR

PACKAGE = PROJECT_DIR / "orchestration"
ALLOWED = {PACKAGE / "pipeline" / "chinese.py"}
_DIGIT_LIST = re.compile("[一二三四五六七八九]{5}|[壹贰貳叁參肆伍]{4}")
_WORDS = re.compile("[一-鿿]+")


def _constants(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of a module's string constants, except docstrings; parts of f-strings included."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.lineno, node.value


def _second_copies(text: str) -> list[str]:
    """Return what a string constant repeats from `chinese`."""
    words = set(_WORDS.findall(text))
    found = ["digits"] if _DIGIT_LIST.search(text) else []
    if {"镇", "乡", "街道"} <= words and "村" not in words:  # with 村 it is a list of levels
        found.append("kinds of townships")
    if {"法治", "法制"} <= words and len({"依法行政", "依法治"} & words) == 2:
        found.append("topic")
    return found


def _modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path not in ALLOWED)


@pytest.mark.parametrize("path", _modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_other_module_writes_these_lists(path: Path) -> None:
    copies = [(line, kind) for line, text in _constants(path) for kind in _second_copies(text)]
    assert not copies, f"{path.name}: take these from pipeline/chinese.py"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("[一二三四五六七八九十]{1,3}", "digits"),
        ("零壹贰叁肆伍陆柒捌玖", "digits"),
        ("(镇|乡|街道|苏木)", "kinds of townships"),
        ("街道|苏木|镇(?!街)|乡(?!镇)", "kinds of townships"),
        ("法治|依法行政|依法治|法制|述法", "topic"),
    ],
)
def test_a_second_copy_would_be_found(text: str, kind: str) -> None:
    assert _second_copies(text) == [kind]


def test_kinds_of_townships_are_rows_of_the_seed() -> None:
    rows = read_reference_table(
        PROJECT_DIR / "seeds" / "reference" / "identify" / "unit_types.csv", ("suffix",), None
    )
    assert set(chinese.TOWNSHIP_KINDS.split("|")) <= {row["suffix"] for row in rows}


def test_rare_and_compatibility_han_are_counted_too() -> None:
    assert chinese.count_han("调解34件，㑇𠮷\uf900A。") == 5


@pytest.mark.parametrize(("count", "is_met"), [(3, True), (4, True), (5, False)])
def test_at_least_han_needs_that_many(count: int, is_met: bool) -> None:
    assert (chinese.at_least_han(count).match("1. 调解34件，镇\n") is not None) is is_met


@pytest.mark.parametrize(
    ("numeral", "value"),
    [("1", 1), ("12", 12), ("三", 3), ("十", 10), ("十二", 12), ("二十", 20), ("三十一", 31), ("二三", 23)],
)
def test_ordinals(numeral: str, value: int) -> None:
    assert chinese.read_ordinal(numeral) == value


@pytest.mark.parametrize(
    "digits", ["2024", "二〇二四", "二○二四", "二零二四", "二O二四", "二o二4", "二Ｏ二四"]
)
def test_years(digits: str) -> None:
    assert chinese.read_year(digits) == 2024
    if digits != "2024":
        assert re.fullmatch(chinese.HAN_YEAR, digits) or digits.endswith("4")


@pytest.mark.parametrize(
    ("line", "is_date"),
    [
        ("2024年1月10日", True),
        ("（二〇二四年一月十日）", True),
        ("二O二四年十二月三十一日", True),  # with the letter O
        ("一九九八年三月二日", True),
        ("2024-01-10 09:30", True),
        ("三四五六年一月十日", False),
        ("二〇二四年", False),
    ],
)
def test_a_line_that_is_a_date(line: str, is_date: bool) -> None:
    assert (line_shapes.DATE_LINE.fullmatch(line) is not None) is is_date
    assert (re.search(chinese.DATE, line) is not None) is is_date


@pytest.mark.parametrize("value", ["2024年十十月1日", "二〇二四年十三月一日", "2024年2月三十日"])
def test_an_impossible_date_gives_none(value: str) -> None:
    assert dates._pick_date("published_on", {}, {"published_on": value}) is None


def test_a_year_is_read_where_the_topic_follows_it() -> None:
    votes = list(year._vote_by_title("太平镇二O二三法制建设情况报告"))
    assert [vote[0] for vote in votes] == [2023]
