"""The rule files: which words near a figure point to which indicator.

This module reads and checks the YAML files under rules/ (docs/rules.md). `catalogue` compiles
them; `matching` weighs them against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

GAP = "…"
GAP_CHARACTERS = 20
SIDES = ("left", "right", "either")
GROUPS_FILE = "groups.yaml"
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is ten times as fast
_LISTS = ("words", "topic", "after", "unless", "unless_earlier", "units", "examples", "counterexamples")
_KEYS = ("indicator", "weight", "side", *_LISTS)
_REQUIRED = ("words", "units", "weight")


@dataclass(frozen=True, slots=True)
class Line:
    """A string of a rule file with its file and line."""

    text: str
    path: Path
    number: int  # from 1

    def error(self, reason: str) -> ValueError:
        """Return a ValueError with file, line and reason."""
        return ValueError(f"{self.path}, line {self.number}: {reason}")


@dataclass(frozen=True, slots=True)
class IndicatorRule:
    """One rule: words in the figure's own clause, and further conditions."""

    rule_id: str
    indicator: Line
    words: tuple[Line, ...]  # alternatives; … separates the words of one
    side: str  # side of the number that the words are on: left, right, either
    topic: tuple[Line, ...]  # empty: none needed
    after: tuple[Line, ...]  # indicators of the previous figure; any of them serves as topic
    unless: tuple[Line, ...]  # must not be in the own clause
    unless_earlier: tuple[Line, ...]  # must not be earlier in the sentence, after the last ；
    units: tuple[Line, ...]  # units or unit classes of units.csv; "none": without a unit
    weight: float
    examples: tuple[Line, ...]
    counterexamples: tuple[Line, ...]


def load_indicator_rules(folders: Sequence[Path]) -> tuple[dict[str, IndicatorRule], dict[str, list[str]]]:
    """Read every rule file of the folders.

    Args:
        folders: folders of `*.yaml`; a rule or group replaces one of the same name in an earlier
            folder. A missing folder counts as empty.

    Returns:
        Rules by id and groups of words by name, in the order of their files.

    Raises:
        ValueError: a file is not UTF-8 or not YAML (with file), or a key, type or value is not allowed
            (with file and line).
    """
    rules: dict[str, IndicatorRule] = {}
    groups: dict[str, list[str]] = {}
    for folder in folders:
        own: dict[str, Line] = {}  # a name may not occur twice in one folder
        for path in sorted(folder.glob("*.yaml")) if folder.is_dir() else ():
            root = _compose(path)
            entries = _pairs(root, path, "rules by id") if root is not None else ()
            for name, node in entries:
                if name.text in own:
                    raise name.error(f"{name.text!r} is already in line {own[name.text].number}")
                own[name.text] = name
                if path.name == GROUPS_FILE:
                    groups[name.text] = [line.text for line in _read_list(name, node)]
                else:
                    rules[name.text] = _read_rule(name, node)
    return rules, groups


def locate_entries(path: Path) -> list[Line]:
    """Return the names of a file's rules or groups with their first lines, in the file's order.

    Raises:
        ValueError: it is not YAML of rules by id; with file and line.
    """
    root = _compose(path)
    return [name for name, _ in _pairs(root, path, "rules by id")] if root is not None else []


def _compose(path: Path) -> yaml.Node | None:
    try:
        return yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ValueError(f"{path}, line {line}: {error.problem}") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 ({error.reason})") from None
    except yaml.YAMLError as error:  # a character that YAML forbids
        raise ValueError(f"{path}, line 1: {error}") from None


def _line(node: yaml.Node, path: Path) -> Line:
    if not isinstance(node, yaml.ScalarNode):
        raise ValueError(f"{path}, line {node.start_mark.line + 1}: expected words, found a list or keys")
    return Line(node.value.strip(), path, node.start_mark.line + 1)


def _pairs(node: yaml.Node, path: Path, what: str) -> Iterator[tuple[Line, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        raise ValueError(f"{path}, line {node.start_mark.line + 1}: expected {what}")
    for key, value in node.value:
        yield _line(key, path), value


def _read_list(name: Line, node: yaml.Node) -> tuple[Line, ...]:
    if not isinstance(node, yaml.SequenceNode):
        raise name.error(f"{name.text!r} is not a list: write one alternative per line, after a dash")
    lines = tuple(_line(item, name.path) for item in node.value)
    for line in lines:
        if not line.text:
            raise line.error(f"{name.text!r} has an empty line")
    return lines


def _read_rule(rule: Line, node: yaml.Node) -> IndicatorRule:
    lists: dict[str, tuple[Line, ...]] = dict.fromkeys(_LISTS, ())
    scalars: dict[str, Line] = {}
    for key, value in _pairs(node, rule.path, "the keys of a rule"):
        if key.text not in _KEYS:
            raise key.error(f"unknown key {key.text!r}: not one of {', '.join(_KEYS)}")
        if key.text in scalars or lists.get(key.text):
            raise key.error(f"key {key.text!r} is given twice")
        if key.text in _LISTS:
            lists[key.text] = _read_list(key, value)
        else:
            scalars[key.text] = _line(value, rule.path)
    for name in _REQUIRED:
        if not lists.get(name) and name not in scalars:
            raise rule.error(f"{rule.text!r} lacks {name!r}")
    side = scalars.get("side")
    if side and side.text not in SIDES:
        raise side.error(f"side {side.text!r} is not one of {', '.join(SIDES)}")
    stem = Line(rule.text.rpartition(".")[0], rule.path, rule.number)
    return IndicatorRule(
        rule_id=rule.text,
        indicator=scalars.get("indicator", stem),
        side=side.text if side else "either",
        weight=_read_weight(scalars["weight"]),
        **lists,
    )


def _read_weight(line: Line) -> float:
    try:
        weight = float(line.text)
    except ValueError:
        raise line.error(f"weight {line.text!r} is not a number") from None
    if not 0 < weight <= 1:
        raise line.error(f"weight {weight:g} must be above 0 and at most 1")
    return weight


def split_alternatives(lines: Iterable[Line], groups: Mapping[str, list[str]]) -> Iterator[list[list[str]]]:
    """Yield each alternative as its parts between gaps; a part is a list of words, one of which is needed.

    Words of a group may have gaps only if the group is the whole alternative.

    Raises:
        ValueError: a <group> is unknown, a group with gaps is next to a gap, or an alternative is not
            words and <groups> with … between them.
    """
    for line in lines:
        parts = [_read_part(part, line, groups) for part in line.text.split(GAP)]
        with_gaps = [word for part in parts for word in part if GAP in word]
        if not with_gaps:
            yield parts
            continue
        if len(parts) > 1:
            raise line.error(f"{line.text!r} combines a group whose words have gaps: {', '.join(with_gaps)}")
        if plain := [word for word in parts[0] if GAP not in word]:
            yield [plain]
        for word in with_gaps:
            yield [_read_part(part, line, {}) for part in word.split(GAP)]


def _read_part(part: str, line: Line, groups: Mapping[str, list[str]]) -> list[str]:
    if part.startswith("<") and part.endswith(">"):
        if part[1:-1] not in groups:
            raise line.error(f"no word group {part} in {GROUPS_FILE}")
        return groups[part[1:-1]]
    if not part or "<" in part or ">" in part or "|" in part:
        raise line.error(f"{line.text!r} must consist of words and <groups>, separated by {GAP}")
    return [part]


def iter_examples(rules: Iterable[IndicatorRule]) -> Iterator[tuple[IndicatorRule, Line, bool]]:
    """Yield (rule, sentence, whether it is an example, not a counterexample)."""
    for rule in rules:
        for line in rule.examples:
            yield rule, line, True
        for line in rule.counterexamples:
            yield rule, line, False
