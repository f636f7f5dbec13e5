"""Users' indicator rules (YAML): read, compile and test each on its own examples and on the project's.

This module decides which rules are used and says why others are not; `tables` does so for table rows.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestration.pipeline.extract.catalogue import (
    Catalogue,
    compile_rule,
    load_catalogue,
    load_indicators,
    name_units,
)
from orchestration.pipeline.extract.explain import read_example
from orchestration.pipeline.extract.figure_rules import load_figure_rules, load_figure_words
from orchestration.pipeline.extract.indicator_rules import (
    GROUPS_FILE,
    IndicatorRule,
    iter_examples,
    load_indicator_rules,
    locate_entries,
)
from orchestration.pipeline.own_reference.files import OwnFile
from orchestration.pipeline.own_reference.tables import refuse_file, split_place
from orchestration.pipeline.own_reference.wording import in_chinese
from orchestration.pipeline.records import CorrectionFinding
from orchestration.pipeline.reference.tables import decode_table

_RULES_FOLDER = "extract/rules"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A rule or group of a user's file; `text` is the file with the lines of all other entries emptied."""

    file: OwnFile
    name: str
    line: int
    text: str

    @property
    def is_group(self) -> bool:
        return self.file.path.name.lower() in (GROUPS_FILE, "groups.yml")

    def refuse(
        self, code: str, problem_zh: str, problem: str, line: int | None = None, nearest: str | None = None
    ) -> CorrectionFinding:
        return self.file.problem(
            code, problem_zh, problem, row=line or self.line, column="rule", value=self.name, nearest=nearest
        )


@dataclass(frozen=True, slots=True)
class _Known:
    """The names that a user's rule may refer to, and those already taken."""

    rules: dict[str, str]  # id → the user's file, empty for the project's rules
    groups: dict[str, list[str]]
    indicators: Collection[str]
    units: Collection[str]


def merge_rules(files: Sequence[OwnFile], target: Path) -> list[CorrectionFinding]:
    """Add users' usable rules to a copy of the project's reference folder.

    Args:
        files: users' rule files.
        target: the copy, with users' indicators already merged.

    Returns:
        Findings for the rules and files that are not used, with line and reason.
    """
    if not files:
        return []
    problems: list[CorrectionFinding] = []
    entries: list[_Entry] = []
    for file in files:
        try:
            entries += _split_file(file, target / "trial")
        except (ValueError, OSError) as error:
            problems.append(refuse_file(file, error))
    known = _load_known(target)
    own: dict[str, _Entry] = {}
    for entry in sorted(entries, key=lambda entry: not entry.is_group):  # rules refer to groups
        refused = _try_entry(entry, known, target / "trial")
        if refused is None:
            own[entry.name] = entry
        else:
            problems.append(refused)
    _write(own, target)
    problems += _drop_failing(own, target)
    return sorted(problems, key=lambda problem: (problem.file, problem.row_number or 0))


def _split_file(file: OwnFile, scratch: Path) -> Iterator[_Entry]:
    """Yield the entries of a file, each alone on its original lines, so messages have its line numbers."""
    text = decode_table(file.path.read_bytes(), file.path).removeprefix("\ufeff")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    path = scratch / file.path.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines), encoding="utf-8")
    names = locate_entries(path)
    ends = [name.number - 1 for name in names[1:]] + [len(lines)]
    for name, end in zip(names, ends, strict=True):
        before = [""] * (name.number - 1)
        yield _Entry(file, name.text, name.number, "\n".join([*before, *lines[name.number - 1 : end]]) + "\n")


def _load_known(target: Path) -> _Known:
    rules, groups = load_indicator_rules([target / _RULES_FOLDER])
    figure_rules = load_figure_rules(target, load_figure_words(target))
    indicators = load_indicators(target / "extract" / "indicators.csv")
    return _Known(dict.fromkeys(rules, ""), groups, indicators, name_units(figure_rules))


def _try_entry(entry: _Entry, known: _Known, scratch: Path) -> CorrectionFinding | None:
    """Read and compile an entry alone; return the problem, or None and register its name."""
    taken: Mapping[str, object] = known.groups if entry.is_group else known.rules
    if entry.name in taken:
        where = known.rules.get(entry.name) or "系统自带的规则"
        return entry.refuse(
            "reference_id_taken",
            f"“{entry.name}”在{where}中已有，本条未采用；请换一个编码",
            f"{entry.name!r} is already in {known.rules.get(entry.name) or 'the rules of the project'}: not used",
        )
    folder = scratch / "rules"
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.iterdir():
        left.unlink()
    (folder / (GROUPS_FILE if entry.is_group else "own.yaml")).write_text(entry.text, encoding="utf-8")
    try:
        rules, groups = load_indicator_rules([folder])
        for rule in rules.values():
            compile_rule(rule, known.groups | groups, known.indicators, known.units)
    except ValueError as error:
        line, reason = split_place(str(error))
        return entry.refuse(
            "reference_bad_rule", f"{in_chinese(reason)}；规则“{entry.name}”未采用", reason, line,
            _guess(reason, known),
        )  # fmt: skip
    known.groups.update(groups)
    known.rules.update(dict.fromkeys(rules, entry.file.name))
    return None


def _guess(reason: str, known: _Known) -> str | None:
    """Return the known name most similar to an unknown one in the reason, or None."""
    quoted = reason.partition("'")[2].partition("'")[0]
    if reason.startswith("indicator "):
        return next(iter(difflib.get_close_matches(quoted, known.indicators, 1)), None)
    if reason.startswith("no unit"):
        return next(iter(difflib.get_close_matches(quoted, known.units, 1, 0.5)), None)
    return None


def _write(own: Mapping[str, _Entry], target: Path) -> None:
    """Write each rule to its own file, and all groups to the project's groups file."""
    folder = target / _RULES_FOLDER
    for path in folder.glob("own_*.yaml"):
        path.unlink()
    groups = "".join(entry.text.lstrip("\n") for entry in own.values() if entry.is_group)
    if groups:
        project = (folder / GROUPS_FILE).read_text(encoding="utf-8-sig").partition(_OWN_MARK)[0]
        (folder / GROUPS_FILE).write_text(f"{project.rstrip(chr(10))}\n{_OWN_MARK}{groups}", encoding="utf-8")
    for number, entry in enumerate(entry for entry in own.values() if not entry.is_group):
        (folder / f"own_{number:04}.yaml").write_text(entry.text, encoding="utf-8")


_OWN_MARK = "# of users\n"


def _drop_failing(own: dict[str, _Entry], target: Path) -> list[CorrectionFinding]:
    """Remove rules whose examples fail, or that change the result of a project example."""
    if all(entry.is_group for entry in own.values()):
        return []
    catalogue = load_catalogue(target)
    refused: dict[str, CorrectionFinding] = {}
    for rule, sentence, wanted, found in _failing_examples(catalogue):
        names = [rule.rule_id] if rule.rule_id in own else [name for name in found.values() if name in own]
        for name in names:
            refused.setdefault(name, _describe_example(own[name], rule, sentence, wanted, found, catalogue))
    for name in refused:
        del own[name]
    if refused:
        _write(own, target)
    return list(refused.values())


def _failing_examples(
    catalogue: Catalogue,
) -> Iterator[tuple[IndicatorRule, str, bool, dict[str | None, str | None]]]:
    """Yield (rule, sentence, whether it is an example, found indicators → rules) for each failing sentence."""
    for rule, line, wanted in iter_examples(catalogue.rules.values()):
        found = {quantity.indicator_id: quantity.rule for quantity in read_example(line.text, catalogue)}
        if (rule.indicator.text in found) != wanted:
            yield rule, line.text, wanted, found


def _describe_example(
    entry: _Entry,
    rule: IndicatorRule,
    sentence: str,
    wanted: bool,
    found: Mapping[str | None, str | None],
    catalogue: Catalogue,
) -> CorrectionFinding:
    names = [
        catalogue.indicators[indicator].name_zh for indicator in found if indicator in catalogue.indicators
    ]
    got = "、".join(names) or "没有指标"
    if rule.rule_id != entry.name:
        return entry.refuse(
            "reference_example_fails",
            f"规则“{entry.name}”会改变系统例句的结果：“{sentence}”变为{got}；本条未采用，请加上 topic 或 unless",
            f"rule {entry.name!r} changes the result of an example of the project ({sentence}): not used",
            nearest=rule.rule_id,
        )
    kind_zh, kind = ("例句", "example") if wanted else ("反例", "counterexample")
    return entry.refuse(
        "reference_example_fails",
        f"规则“{entry.name}”的{kind_zh}不成立：“{sentence}”得到{got}；本条未采用",
        f"{kind} of rule {entry.name!r} fails ({sentence}): not used",
    )
