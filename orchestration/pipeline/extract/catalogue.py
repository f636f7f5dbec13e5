"""The catalogue: indicators and their rules, compiled for lookup by figure.

This module reads indicators.csv and compiles the rules (docs/rules.md). `indicator_rules` reads the
rule files; `matching` weighs the patterns against each other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ahocorasick_rs

from orchestration.pipeline.extract.confidence import ConfidenceTable, load_confidence
from orchestration.pipeline.extract.context import ContextRules, compile_context_rules
from orchestration.pipeline.extract.figure_rules import FigureRules, load_figure_rules, load_figure_words
from orchestration.pipeline.extract.figure_scanner import any_of, branch
from orchestration.pipeline.extract.indicator_rules import (
    GAP_CHARACTERS,
    IndicatorRule,
    Line,
    load_indicator_rules,
    split_alternatives,
)
from orchestration.pipeline.reference.tables import ReferenceRow, read_reference_table
from orchestration.pipeline.vocabulary import IndicatorKind

KINDS = tuple(IndicatorKind)
_GAP_PATTERN = f".{{0,{GAP_CHARACTERS}}}?"
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
    """Words that a pattern needs near its figure or in a heading."""

    any: re.Pattern[str]
    last: re.Pattern[str]  # group 1 is the last hit; slow if there is none


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity, which makes hashing cheap
class Pattern:
    """One rule, compiled."""

    pattern_id: str
    indicator_id: str
    left: re.Pattern[str] | None  # group 1 is the last hit before the number; None if side is right
    right: re.Pattern[str] | None  # group 1 is the first hit after the unit; None if side is left
    topic: Topic | None  # None: no topic needed, unless `after` is given
    after: frozenset[str]  # indicators of the previous figure; any of them serves as topic
    excluded: re.Pattern[str] | None
    excluded_earlier: re.Pattern[str] | None
    weight: float


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All reference data of extraction, compiled once."""

    figure_rules: FigureRules
    context_rules: ContextRules
    confidence: ConfidenceTable
    indicators: dict[str, Indicator]
    rules: dict[str, IndicatorRule]
    patterns: tuple[Pattern, ...]
    automaton: ahocorasick_rs.AhoCorasick  # finds the patterns' trigger words
    triggered: dict[str, dict[int, dict[Pattern, None]]]  # unit class or unit → trigger word → patterns

    @property
    def ranges(self) -> dict[str, tuple[float, float]]:
        """See `list_ranges`."""
        return list_ranges(self.indicators)


def load_catalogue(reference_dir: Path, own_dirs: Sequence[Path] = ()) -> Catalogue:
    """Read and compile the reference data of extraction.

    Args:
        reference_dir: its folder extract/ has units.csv, not_figures.csv, zero_phrases.csv,
            figure_words.csv, confidence.csv, indicators.csv and rules/*.yaml.
        own_dirs: users' folders, each with an indicators.csv, a folder rules/, both or neither. An
            indicator, rule or group replaces an earlier one of the same name.

    Raises:
        ValueError: a row or line is invalid; with file, row or line, and reason.
    """
    words = load_figure_words(reference_dir)
    figure_rules = load_figure_rules(reference_dir, words)
    indicators: dict[str, Indicator] = {}
    folders = [reference_dir / "extract", *own_dirs]
    for path in (folder / "indicators.csv" for folder in folders):
        if path.is_file():
            indicators |= load_indicators(path)
    rules, groups = load_indicator_rules([folder / "rules" for folder in folders])
    unit_names = name_units(figure_rules)

    patterns: list[Pattern] = []
    trigger_words: dict[str, int] = {}
    triggered: dict[str, dict[int, dict[Pattern, None]]] = {}
    counts = _count_words(rules.values(), groups)
    for rule in rules.values():
        pattern = compile_rule(rule, groups, indicators, unit_names)
        patterns.append(pattern)
        for word in _trigger_words(rule, groups, counts):
            number = trigger_words.setdefault(word, len(trigger_words))
            for unit in rule.units:
                triggered.setdefault(unit.text, {}).setdefault(number, {})[pattern] = None
    return Catalogue(
        figure_rules=figure_rules,
        context_rules=compile_context_rules(words),
        confidence=load_confidence(reference_dir / "extract" / "confidence.csv"),
        indicators=indicators,
        rules=rules,
        patterns=tuple(patterns),
        automaton=ahocorasick_rs.AhoCorasick(list(trigger_words), store_patterns=False),
        triggered=triggered,
    )


def load_indicators(path: Path) -> dict[str, Indicator]:
    """Read an indicators.csv into indicator_id → row.

    Raises:
        ValueError: a row is invalid; with file, row number and reason.
    """
    indicators = {}
    columns = tuple(Indicator.__dataclass_fields__)
    for row in read_reference_table(path, columns, "indicator_id"):
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


def list_ranges(indicators: Mapping[str, Indicator]) -> dict[str, tuple[float, float]]:
    """Return the smallest and largest valid value of each indicator."""
    return {one: (row.valid_min, row.valid_max) for one, row in indicators.items()}


def _read_number(row: ReferenceRow, column: str) -> float:
    try:
        return float(row[column])
    except ValueError:
        raise row.error(f"{column} {row[column]!r} is not a number") from None


def name_units(figure_rules: FigureRules) -> set[str]:
    """Return the values allowed in a rule's `units`: printed and plain units, unit classes, "none"."""
    units = figure_rules.units.values()
    return {
        _NO_UNIT,
        *figure_rules.units,
        *(unit.plain for unit in units),
        *(unit.unit_class for unit in units),
    }


def compile_rule(
    rule: IndicatorRule,
    groups: Mapping[str, list[str]],
    indicators: Collection[str],
    unit_names: Collection[str],
) -> Pattern:
    """Compile a rule.

    Args:
        rule: the rule as read.
        groups: words by group name.
        indicators: ids of the catalogue.
        unit_names: the result of `name_units`.

    Raises:
        ValueError: an indicator, unit or group is unknown, or an alternative is malformed; with file and line.
    """
    if rule.indicator.text not in indicators:
        raise rule.indicator.error(f"indicator {rule.indicator.text!r} is not in indicators.csv")
    for before in rule.after:
        if before.text not in indicators:
            raise before.error(f"indicator {before.text!r} is not in indicators.csv")
    for unit in rule.units:
        if unit.text not in unit_names:
            raise unit.error(f"no unit or unit class {unit.text!r} in units.csv")
    words, topic, excluded, excluded_earlier = (
        _branch_words(lines, groups) for lines in (rule.words, rule.topic, rule.unless, rule.unless_earlier)
    )
    return Pattern(
        pattern_id=rule.rule_id,
        indicator_id=rule.indicator.text,
        left=_compile_last(words) if rule.side != "right" else None,
        right=_compile(words) if rule.side != "left" else None,
        topic=Topic(_compile(topic), _compile_last(topic)) if topic else None,
        after=frozenset(line.text for line in rule.after),
        excluded=_compile(excluded) if excluded else None,
        excluded_earlier=_compile(excluded_earlier) if excluded_earlier else None,
        weight=rule.weight,
    )


def _compile(branches: Mapping[str, str]) -> re.Pattern[str]:
    """Return an expression whose group 1 is the first hit."""
    return re.compile(f"({'|'.join(branches.values())})")


def _compile_last(branches: Mapping[str, str]) -> re.Pattern[str]:
    """Return an expression whose group 1 is the last hit; the lookahead rejects other characters at once."""
    return re.compile(f"(?s:.*)(?=[{''.join(branches)}])({'|'.join(branches.values())})")


def _branch_words(lines: Sequence[Line], groups: Mapping[str, list[str]]) -> dict[str, str]:
    """Return the alternatives as one expression per first character, longest first."""
    found: list[str] = []
    for first, *others in split_alternatives(lines, groups):
        rest = "".join(_GAP_PATTERN + any_of(words) for words in others)
        found += [re.escape(word) + rest for word in first]
    return branch(found)


def _count_words(rules: Iterable[IndicatorRule], groups: Mapping[str, list[str]]) -> Counter[str]:
    """Count the alternatives that each word is in; a word of many rules is in many clauses too."""
    return Counter(
        word
        for rule in rules
        for parts in split_alternatives(rule.words, groups)
        for part in parts
        for word in part
    )


def _trigger_words(
    rule: IndicatorRule, groups: Mapping[str, list[str]], counts: Mapping[str, int]
) -> list[str]:
    """Return, for each alternative of `words`, the words of one part that it needs: longest, then rarest."""
    words: dict[str, None] = {}
    for parts in split_alternatives(rule.words, groups):
        words.update(
            dict.fromkeys(
                max(parts, key=lambda part: (min(map(len, part)), -max(counts[word] for word in part)))
            )
        )
    return list(words)
