"""Automatic numbers of Word paragraphs: definitions, overrides, styles, and the counting (17.9)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from orchestration.pipeline.chinese import NUMERALS
from orchestration.pipeline.readers.number_formats import format_number, pad_number
from orchestration.pipeline.readers.ooxml.markup import W, integer, is_on, value_of
from orchestration.pipeline.readers.word.styles import Styles

_LEVELS = 9
_PLACEHOLDER = re.compile(r"%([1-9])")
_STARTS_NUMBER = re.compile(rf"[\d{NUMERALS}]")
_NO_LIST = "0"  # numId that removes a paragraph from its style's list


@dataclass(frozen=True, slots=True)
class _Level:
    """The numbering of one list level."""

    start: int = 1
    kind: str = "decimal"
    sample: str = ""  # first numbers of a custom format: 001, 002, …
    pattern: str = ""  # %1、
    style: str = ""  # of the paragraphs on this level
    # Level (1 …) after which counting restarts; 0: never, None: after any higher level.
    restart: int | None = None
    is_legal: bool = False  # all levels in Arabic numerals
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class _List:
    """One w:num: its definition, and its levels with overrides."""

    definition: str
    levels: Mapping[int, _Level]
    starts: Mapping[int, int]  # level → number of its first paragraph


class Numbering:
    """Counts the numbered paragraphs of a document in reading order.

    Args:
        root: w:numbering, or None.
        styles: the styles of the same document.

    Raises:
        RejectedFile: truncated (levels or starts are not numbers).
    """

    def __init__(self, root: Any, styles: Styles) -> None:
        self._styles = styles
        self._lists: dict[str, _List] = {}
        self._counts: dict[str, dict[int, int]] = {}  # by definition, which lists may share
        self._started: set[tuple[str, int]] = set()
        if root is None:
            return
        definitions = {node.get(f"{W}abstractNumId", ""): node for node in root.iter(f"{W}abstractNum")}
        numbers = {node.get(f"{W}numId", ""): node for node in root.iter(f"{W}num")}
        for number, node in numbers.items():
            definition = self._resolve(value_of(node, "abstractNumId"), definitions, numbers)
            if definition in definitions:
                self._lists[number] = _read_list(node, definition, definitions[definition])

    def _resolve(self, definition: str, definitions: Mapping[str, Any], numbers: Mapping[str, Any]) -> str:
        """Follow w:numStyleLink to the definition of a numbering style."""
        seen: set[str] = set()
        while definition in definitions and definition not in seen:
            seen.add(definition)
            linked = value_of(definitions[definition], "numStyleLink")
            number = next((style.number for _, style in self._styles.chain(linked) if style.number), "")
            if not linked or number not in numbers:
                break
            definition = value_of(numbers[number], "abstractNumId")
        return definition

    def take_number(self, properties: Any, following: str) -> str:
        """Count a paragraph and return its number as Word shows it, such as 一、; empty without one.

        Args:
            properties: its w:pPr, or None.
            following: the text of the paragraph; a space separates it from a number that it would change.
        """
        number, level = self._find_list(properties)
        found = self._lists.get(number)
        if found is None or level not in found.levels:
            return ""
        counts = self._counts.setdefault(found.definition, {})
        if level in found.starts and (number, level) not in self._started:
            counts[level] = found.starts[level]
        else:
            counts[level] = counts.get(level, found.levels[level].start - 1) + 1
        self._started.add((number, level))
        for deeper in range(level + 1, _LEVELS):
            restart = found.levels.get(deeper, _Level()).restart
            if restart is None or level < restart:
                counts.pop(deeper, None)
        return _separate(_write(found.levels, level, counts), following)

    def _find_list(self, properties: Any) -> tuple[str, int]:
        """Return the list and level of a paragraph, from itself or its style."""
        number, level = value_of(properties, "numPr/numId"), value_of(properties, "numPr/ilvl")
        if number:
            return ("" if number == _NO_LIST else number), integer(level, 0)
        style_id = self._styles.paragraph_style(properties)
        chain = list(self._styles.chain(style_id))
        number = next((style.number for _, style in chain if style.number), "")
        if number in ("", _NO_LIST) or number not in self._lists:
            return "", 0
        if level:
            return number, integer(level, 0)
        levels = self._lists[number].levels
        for id_, style in chain:
            for index, definition in levels.items():
                if definition.style == id_:
                    return number, index
            if style.level:
                return number, integer(style.level, 0)
        return number, 0


def _read_list(node: Any, definition: str, abstract: Any) -> _List:
    levels = {
        integer(level.get(f"{W}ilvl", ""), 0): _read_level(level) for level in abstract.findall(f"{W}lvl")
    }
    starts = {}
    for override in node.findall(f"{W}lvlOverride"):
        index = integer(override.get(f"{W}ilvl", ""), 0)
        own = override.find(f"{W}lvl")
        if own is not None:
            levels[index] = _read_level(own)
        start = value_of(override, "startOverride")
        if start:
            starts[index] = integer(start, 1)
            levels[index] = replace(levels.get(index, _Level()), start=starts[index])
    return _List(definition, levels, starts)


def _read_level(node: Any) -> _Level:
    form = node.find(f"{W}numFmt")
    if form is None:  # a custom format has a plain fallback for other programs
        form = next(node.iter(f"{W}numFmt"), None)
    restart = value_of(node, "lvlRestart")
    return _Level(
        start=integer(value_of(node, "start"), 1),
        kind="decimal" if form is None else form.get(f"{W}val", "decimal"),
        sample="" if form is None else form.get(f"{W}format", ""),
        pattern=value_of(node, "lvlText"),
        style=value_of(node, "pStyle"),
        restart=integer(restart, 0) if restart else None,
        is_legal=is_on(node, "isLgl") or False,
        is_hidden=is_on(node.find(f"{W}rPr"), "vanish") or False,
    )


def _write(levels: Mapping[int, _Level], level: int, counts: Mapping[int, int]) -> str:
    own = levels[level]
    if own.is_hidden or own.kind in ("bullet", "none"):
        return ""

    def fill(placeholder: re.Match[str]) -> str:
        index = int(placeholder[1]) - 1
        shown = levels.get(index, _Level())
        count = counts.get(index, shown.start)
        if own.is_legal:
            return str(count)
        return pad_number(count, shown.sample) if shown.kind == "custom" else format_number(count, shown.kind)

    return _PLACEHOLDER.sub(fill, own.pattern)


def _separate(label: str, following: str) -> str:
    """Add a space to a number that the text after it would change: 1. and 5件, 一 and 三项; 1 and 348件 is 1. 348件."""
    bare = label.rstrip()
    if bare[-1:].isdecimal() and following[:1].isdecimal():
        return f"{bare}. "  # 1 348 would be 1,348
    if not label or label.endswith((" ", "\t")):
        return label
    last = label[-1]
    if (last.isascii() and last.isalnum()) or (
        (last.isalnum() or last in ".．") and _STARTS_NUMBER.match(following)
    ):
        return f"{label} "
    return label
