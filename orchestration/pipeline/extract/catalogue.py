"""The catalogue: which words near a figure say which indicator it belongs to.

Here belongs reading and compiling seeds/reference/extract/indicators.csv, indicator_words.csv and
indicator_patterns.csv (see docs/adding_an_indicator.md). How patterns are weighed against
each other belongs to `matching`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import ahocorasick_rs

from orchestration.pipeline.extract.context import ContextRules, compile_context_rules
from orchestration.pipeline.extract.figure_rules import FigureRules, load_figure_rules, load_figure_words
from orchestration.pipeline.reference import ReferenceRow, read_reference_table

KINDS = ("count", "stock", "rate", "amount")
_SIDES = ("left", "right", "either")
_GAP = "…"
_GAP_PATTERN = ".{0,20}?"
_NO_UNIT = "none"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One row of indicators.csv."""

    indicator_id: str
    domain_id: str
    name_zh: str
    name_en: str
    unit: str
    kind: str  # count, stock, rate, amount
    valid_min: float
    valid_max: float
    definition: str


@dataclass(frozen=True, slots=True)
class Topic:
    """Words that a pattern needs somewhere near or over its figure."""

    any: re.Pattern[str]
    last: re.Pattern[str]  # group 1 is the last hit; slow where there is none


@dataclass(frozen=True, slots=True, eq=False)  # each row is itself only, which makes sets of them cheap
class Pattern:
    """One row of indicator_patterns.csv, compiled."""

    pattern_id: str
    indicator_id: str
    left: re.Pattern[str] | None  # group 1 is the last hit before the number; None: side is right
    right: re.Pattern[str] | None  # group 1 is the first hit after the unit; None: side is left
    topic: Topic | None  # None: no topic needed
    excluded: re.Pattern[str] | None
    weight: float


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that extraction looks up, compiled once."""

    figure_rules: FigureRules
    context_rules: ContextRules
    indicators: dict[str, Indicator]
    patterns: tuple[Pattern, ...]
    automaton: ahocorasick_rs.AhoCorasick  # finds trigger words of patterns
    triggered: dict[str, dict[int, dict[Pattern, None]]]  # unit class or unit → trigger word → patterns


def load_catalogue(reference_dir: Path) -> Catalogue:
    """Read and compile the reference data of extraction.

    Args:
        reference_dir: folder with units.csv, not_figures.csv, zero_phrases.csv,
            figure_words.csv, indicators.csv, indicator_words.csv and indicator_patterns.csv.

    Raises:
        ValueError: for a bad row of any file, with file, row number and reason.
    """
    words = load_figure_words(reference_dir)
    figure_rules = load_figure_rules(reference_dir, words)
    indicators = load_indicators(reference_dir)
    groups = _load_word_groups(reference_dir / "extract" / "indicator_words.csv")
    unit_names = {unit.plain for unit in figure_rules.units.values()} | {_NO_UNIT}
    unit_names |= {unit.unit_class for unit in figure_rules.units.values()} | set(figure_rules.units)

    patterns: list[Pattern] = []
    trigger_words: dict[str, int] = {}
    triggered: dict[str, dict[int, dict[Pattern, None]]] = {}
    columns = ("pattern_id", "indicator_id", "near", "side", "topic", "not", "units", "weight")
    for row in read_reference_table(
        reference_dir / "extract" / "indicator_patterns.csv", columns, "pattern_id"
    ):
        if row["indicator_id"] not in indicators:
            raise row.error(f"indicator_id {row['indicator_id']!r} is not in indicators.csv")
        units = row["units"].split("|")
        if unknown := [unit for unit in units if unit not in unit_names]:
            raise row.error(f"units: no unit or unit class {', '.join(map(repr, unknown))} in units.csv")
        pattern = _compile_pattern(row, groups)
        patterns.append(pattern)
        for word in _trigger_words(row, groups):
            number = trigger_words.setdefault(word, len(trigger_words))
            for unit in units:
                triggered.setdefault(unit, {}).setdefault(number, {})[pattern] = None
    return Catalogue(
        figure_rules=figure_rules,
        context_rules=compile_context_rules(words),
        indicators=indicators,
        patterns=tuple(patterns),
        automaton=ahocorasick_rs.AhoCorasick(list(trigger_words), store_patterns=False),
        triggered=triggered,
    )


def load_indicators(reference_dir: Path) -> dict[str, Indicator]:
    """Read indicators.csv into indicator_id → row.

    Raises:
        ValueError: for a bad row, with file, row number and reason.
    """
    indicators = {}
    columns = tuple(Indicator.__dataclass_fields__)
    for row in read_reference_table(reference_dir / "extract" / "indicators.csv", columns, "indicator_id"):
        if row["kind"] not in KINDS:
            raise row.error(f"kind {row['kind']!r} is not one of {', '.join(KINDS)}")
        low, high = _read_number(row, "valid_min"), _read_number(row, "valid_max")
        if low > high:
            raise row.error(f"valid_min {low:g} is above valid_max {high:g}")
        indicators[row["indicator_id"]] = Indicator(
            row["indicator_id"], row["domain_id"], row["name_zh"], row["name_en"], row["unit"],
            row["kind"], low, high, row["definition"],
        )  # fmt: skip
    return indicators


def _read_number(row: ReferenceRow, column: str) -> float:
    try:
        return float(row[column])
    except ValueError:
        raise row.error(f"{column} {row[column]!r} is not a number") from None


def _load_word_groups(path: Path) -> dict[str, list[str]]:
    groups = {}
    for row in read_reference_table(path, ("word_group", "words"), "word_group"):
        words = row["words"].split("|")
        if "" in words:
            raise row.error("words has an empty word: look for || or a | at an end")
        groups[row["word_group"]] = words
    return groups


def _compile_pattern(row: ReferenceRow, groups: dict[str, list[str]]) -> Pattern:
    near = _compile_words(row, "near", groups)
    topic, excluded = (
        _compile_words(row, column, groups) if row[column] else None for column in ("topic", "not")
    )
    if row["side"] not in _SIDES:
        raise row.error(f"side {row['side']!r} is not one of {', '.join(_SIDES)}")
    weight = _read_number(row, "weight")
    if not 0 < weight <= 1:
        raise row.error(f"weight {weight:g} is not above 0 and at most 1")
    return Pattern(
        pattern_id=row["pattern_id"],
        indicator_id=row["indicator_id"],
        left=re.compile(f"(?s:.*)({near})") if row["side"] != "right" else None,
        right=re.compile(f"({near})") if row["side"] != "left" else None,
        topic=Topic(re.compile(topic), re.compile(f"(?s:.*)({topic})")) if topic else None,
        excluded=re.compile(excluded) if excluded else None,
        weight=weight,
    )


def _alternatives(row: ReferenceRow, column: str, groups: dict[str, list[str]]) -> list[list[list[str]]]:
    """Alternatives of a cell, each a list of parts (between gaps), each a list of words."""
    alternatives = []
    for alternative in row[column].split("|"):
        parts = []
        for part in alternative.split(_GAP):
            if part.startswith("<") and part.endswith(">"):
                if part[1:-1] not in groups:
                    raise row.error(f"{column}: no word group {part} in indicator_words.csv")
                parts.append(groups[part[1:-1]])
            elif not part or "<" in part or ">" in part:
                raise row.error(f"{column}: {alternative!r} is not words, <groups> and {_GAP} between them")
            else:
                parts.append([part])
        alternatives.append(parts)
    return alternatives


def _compile_words(row: ReferenceRow, column: str, groups: dict[str, list[str]]) -> str:
    """Regular expression of a cell, longest alternatives first."""
    if not row[column]:
        raise row.error(f"{column} is empty")
    found = []
    for parts in _alternatives(row, column, groups):
        choices = [
            "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) for words in parts
        ]
        if len(choices) > 1:
            choices = [f"(?:{choice})" if "|" in choice else choice for choice in choices]
        found.append(_GAP_PATTERN.join(choices))
    return "|".join(sorted(found, key=len, reverse=True))


def _trigger_words(row: ReferenceRow, groups: dict[str, list[str]]) -> list[str]:
    """One word of each alternative of `near` that has to be there for it to match."""
    if not row["near"]:
        raise row.error("near is empty")
    words: dict[str, None] = {}
    for parts in _alternatives(row, "near", groups):
        rarest = max(parts, key=lambda part: min(map(len, part)))
        words.update(dict.fromkeys(rarest))
    return list(words)
