"""Values of closed lists are written as members of `pipeline/vocabulary.py`, not as literals."""

from __future__ import annotations

import ast
from enum import StrEnum
from pathlib import Path

import pytest

from orchestration.pipeline import vocabulary
from orchestration.settings import PROJECT_DIR

PACKAGE = PROJECT_DIR / "orchestration"
LISTS = [
    value
    for value in vars(vocabulary).values()
    if isinstance(value, type) and issubclass(value, StrEnum) and value is not StrEnum
]
# Values that are also column names, side-file keys or other kinds; only their place shows which.
ALSO_NAMES = frozenset(
    {"text", "ocr", "report_year", "county", "city", "province", "township", "total", "plan", "count", "rate",
     "error", "info", "unknown", "other", "previous_year", "普法", "行政执法", "述法"}
)  # fmt: skip
ALSO_ARGUMENTS = frozenset({"plans", "problems", "superseded"})  # lists on a page, a finding code
VALUES = {str(value) for values in LISTS for value in values}
# Names of variables and fields that hold a value of a closed list.
HOLDERS = frozenset(
    {"status", "level", "admin_level", "resolution", "section_type", "period", "scope", "qualifier", "severity",
     "report_kind", "text_source"}
)  # fmt: skip


def _name(node: ast.expr | None) -> str:
    """Return the last name of `period`, `reading.period` or `row["period"]`."""
    if isinstance(node, ast.Name):
        return node.id.lstrip("_").lower()
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    return ""


def _constants(node: ast.expr | None) -> list[ast.Constant]:
    """Return the literals of a constant, a tuple, list or set, a dict's keys, or a conditional's branches."""
    if isinstance(node, ast.Constant):
        return [node]
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return [part for item in node.elts for part in _constants(item)]
    if isinstance(node, ast.Dict):
        return [part for item in node.keys for part in _constants(item)]
    if isinstance(node, ast.IfExp):
        return [*_constants(node.body), *_constants(node.orelse)]
    return []


def literals_of_lists(source: str) -> list[tuple[int, str]]:
    """Return line and text of each literal that means a value of a closed list."""
    found: set[tuple[int, str]] = set()

    def note(nodes: list[ast.Constant], is_sure: bool) -> None:
        for node in nodes:
            if node.value in VALUES and (is_sure or node.value not in ALSO_NAMES):
                found.add((node.lineno, str(node.value)))

    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            is_sure = any(_name(side) in HOLDERS for side in sides)
            for side in sides:
                note(_constants(side), is_sure)
        elif isinstance(node, ast.keyword):
            note(_constants(node.value), node.arg in HOLDERS)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            note(_constants(node.value), any(_name(target) in HOLDERS for target in targets))
        elif isinstance(node, ast.Return):
            note(_constants(node.value), False)
        elif (
            isinstance(node, ast.Call) and _name(node.func) != "words"
        ):  # Words("举措和成效", "achievements") is displayed
            for argument in node.args:
                note([part for part in _constants(argument) if part.value not in ALSO_ARGUMENTS], False)
        if isinstance(node, ast.Tuple | ast.Set | ast.List | ast.Dict):
            parts = _constants(node)
            values = {part.value for part in parts}
            for one in LISTS:
                if len(values) > 1 and values <= {str(value) for value in one}:
                    note(parts, True)
    return sorted(found)


def _modules() -> list[Path]:
    # The divisions seed has its own kinds (province, prefecture, county, zone), Dask its own statuses.
    others = {
        PACKAGE / "pipeline" / "vocabulary.py",
        PACKAGE / "pipeline" / "identify" / "divisions.py",
        PACKAGE / "engine" / "dask.py",
    }
    return sorted(path for path in PACKAGE.rglob("*.py") if path not in others)


@pytest.mark.parametrize("path", _modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_literal_is_used_for_a_value_of_a_closed_list(path: Path) -> None:
    assert not literals_of_lists(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "source",
    [
        "if period == 'plan': pass",
        "reading.scope = 'total'",
        "Quantity(qualifier='exact')",
        "return 'superseded'",
        "x = {'problems', 'plans'}",
        "names = {'county': 1, 'city': 2}",
        "settle(county, 'inferred', note)",
        "status = 'loaded' if report else 'rejected'",
    ],
)
def test_a_literal_would_be_found(source: str) -> None:
    assert literals_of_lists(f"def f():\n    {source}\n")


def test_columns_and_keys_are_not_values() -> None:
    assert not literals_of_lists("row['report_year']; ask('county'); Words('区县', 'county'); {'text': 1}")
