"""Scanner: each named part matches all of each example and none of its near misses."""

from __future__ import annotations

import re

import pytest

from orchestration.pipeline.extract.figure_scanner import (
    FRACTION,
    NOT_FIGURES,
    NUMBER,
    PERCENT_HAN,
    TENTHS,
    Part,
    compile_scanner,
)

PARTS = [*(part for parts in NOT_FIGURES.values() for part in parts), PERCENT_HAN, FRACTION, TENTHS, NUMBER]


def compile_part(part: Part) -> re.Pattern[str]:
    return re.compile(part.pattern.replace("<unit>", "件"), re.VERBOSE)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_a_part_matches_its_examples_and_no_near_miss(part: Part) -> None:
    pattern = compile_part(part)
    assert part.examples or part.near_misses
    assert [text for text in part.examples if not pattern.fullmatch(text)] == []
    assert [text for text in part.near_misses if pattern.fullmatch(text)] == []


def test_names_of_parts_are_unique() -> None:
    assert len({part.name for part in PARTS}) == len(PARTS)


def test_a_range_of_days_needs_its_day() -> None:
    (days,) = (part for part in NOT_FIGURES["arabic"] if part.name == "range of days")
    assert compile_part(days).match("3-5日") and not compile_part(days).match("3-5件")


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("办结1 278件", "1 278", "件"),
        ("第12", None, None),
        ("《2024年办法》办结12件", "12", "件"),
        ("“1+3”体系办结12件", "12", "件"),
        ("统一编号后办结三件", "三", "件"),
    ],
)
def test_the_scanner_stops_at_the_first_number(text: str, number: str | None, unit: str | None) -> None:
    phrases: dict[str, list[str]] = {"arabic": [], "han": [], "other": [r"第[0-9]+"]}
    scanner = compile_scanner(phrases, {"第"}, ["件"], ["以上"])
    found = [match for match in scanner.finditer(text) if match.lastgroup and match["unit"]]
    assert [(match["number"], match["unit"]) for match in found] == ([(number, unit)] if number else [])
