"""Regular expressions are readable: long ones are verbose, and each example in their comments matches."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import orchestration
from orchestration.pipeline.extract.catalogue import load_catalogue
from orchestration.pipeline.ingest.page_words import load_ingest_reference
from orchestration.settings import PROJECT_DIR

PACKAGE = PROJECT_DIR / "orchestration"
REFERENCE = PROJECT_DIR / "seeds" / "reference"
MAX_CHARS = 60  # in an expression on one line
MAX_GROUPS = 3  # in an expression with alternatives
_GROUP = re.compile(r"(?<!\\)\((?!\?(?:[=!<]|[aimsx]+\)))")  # neither lookarounds nor flags
_COMMENT = re.compile(r"(?:^|\s)# (.*)$", re.MULTILINE)
_NOT = re.compile("; not? ")
_BRANCHING = re.compile(r"\[|\?|\*|\+|\{|\\[dsw]")  # more than plain words


def _text_of(node: ast.expr) -> str:
    """Return the constant parts of an expression's text."""
    return "".join(
        part.value if isinstance(part.value, str) else part.value.decode()
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str | bytes)
    )


def _is_long(pattern: ast.expr) -> bool:
    text = _text_of(pattern)
    return len(text) > MAX_CHARS or ("|" in text and len(_GROUP.findall(text)) > MAX_GROUPS)


def _long_one_liners(source: str) -> list[int]:
    """Return the lines of `re` calls with a long expression that is not verbose."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr != "escape"
        and node.args
        and "VERBOSE" not in ast.unparse(node)
        and _is_long(node.args[0])
    ]


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix()
)
def test_long_expressions_are_verbose(path: Path) -> None:
    assert not _long_one_liners(path.read_text(encoding="utf-8"))


def test_a_long_one_liner_would_be_found() -> None:
    long, forked = "a" * (MAX_CHARS + 1), "(a)(b)(c)(d|e)"
    assert _long_one_liners(f're.compile("{long}")\nre.search(r"{forked}", "")') == [1, 2]
    assert not _long_one_liners(f're.compile("{long}", re.VERBOSE)')


def _patterns_within(name: str, value: Any) -> Iterator[tuple[str, re.Pattern[Any]]]:
    if isinstance(value, re.Pattern):
        yield name, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _patterns_within(f"{name}[{key}]", item)
    elif isinstance(value, tuple) and len(value) < 30:
        for index, item in enumerate(value):
            yield from _patterns_within(f"{name}[{index}]", item)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _patterns_within(f"{name}.{field.name}", getattr(value, field.name))


def _verbose_patterns() -> dict[str, re.Pattern[Any]]:
    found: dict[str, re.Pattern[Any]] = {}
    values: list[tuple[str, Any]] = [
        ("catalogue", load_catalogue(REFERENCE)),
        ("ingest reference", load_ingest_reference(REFERENCE)),
    ]
    for module in pkgutil.walk_packages(orchestration.__path__, "orchestration."):
        if "pipeline" in module.name or module.name.endswith("preview"):
            members = vars(importlib.import_module(module.name))
            values += [(f"{module.name.split('.', 1)[1]}.{name}", value) for name, value in members.items()]
    for name, value in values:
        for place, pattern in _patterns_within(name, value):
            if pattern.flags & re.VERBOSE and pattern not in found.values():
                found[place] = pattern
    return found


VERBOSE = _verbose_patterns()
ZERO_WIDTH = {"assets.preview._ADDRESS"}  # matches between two characters
NO_EXAMPLES = {  # examples are in its parts (tests/unit/extract/test_figure_scanner.py), or matches are not printable
    "catalogue.figure_rules.scanner", "pipeline.ocr.scans._NO_TEXT", "pipeline.identify.phrases._HEADING",
}  # fmt: skip


def _examples(pattern: re.Pattern[Any]) -> list[str]:
    """Return the examples in comments: the first two of `# e.g. 一、   十二．; not 一、二、三`."""
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode()
    comments = [comment for comment in _COMMENT.findall(text) if comment.startswith("e.g. ")]
    return [
        example
        for comment in comments
        for example in _NOT.split(comment.removeprefix("e.g. "))[0].split("   ")
    ]


def _counterexamples(pattern: re.Pattern[Any]) -> list[str]:
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode()
    return [halves[1] for comment in _COMMENT.findall(text) if len(halves := _NOT.split(comment)) > 1]


@pytest.mark.parametrize("name", VERBOSE)
def test_examples_are_matched(name: str) -> None:
    pattern = VERBOSE[name]
    for example in _examples(pattern):
        text: Any = example.strip() if isinstance(pattern.pattern, str) else example.strip().encode()
        found = list(pattern.finditer(text))
        assert found and (name in ZERO_WIDTH or any(match.group() for match in found)), (
            f"{example!r} by {name}"
        )


@pytest.mark.parametrize("name", [name for name in VERBOSE if _counterexamples(VERBOSE[name])])
def test_counterexamples_are_not_matched_whole(name: str) -> None:
    for example in _counterexamples(VERBOSE[name]):
        assert VERBOSE[name].fullmatch(example) is None, f"{example!r} by {name}"


@pytest.mark.parametrize("name", sorted(VERBOSE.keys() - NO_EXAMPLES))
def test_an_expression_of_more_than_words_has_an_example(name: str) -> None:
    pattern = VERBOSE[name]
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode()
    is_forked = "\n" in text and _BRANCHING.search(_COMMENT.sub("", text)) is not None
    assert _examples(pattern) or not is_forked
