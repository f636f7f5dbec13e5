"""Themes of problems, plans and achievements: what is lacking, what is planned, what of it was done.

`themes.csv` has one row per theme with the words that name it, separated by `|`; `…` matches up to
twelve characters within a clause (宣传…单一). `section_type` says whether the theme belongs to
`problems`, `plans` or `both`. Every theme is also searched in achievements, so that a plan can be
compared with the next report.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from orchestration.pipeline.records import ReportSentences, Section, SectionThemes
from orchestration.pipeline.reference.tables import read_reference_table
from orchestration.pipeline.vocabulary import SectionType

THEMES_TABLE = "segment/themes.csv"
_GAP = "…"
_GAP_PATTERN = r"[^，。；！？,;!?\n]{0,12}?"
_APPLIES_TO = {
    SectionType.PROBLEMS: frozenset({SectionType.PROBLEMS, SectionType.ACHIEVEMENTS}),
    SectionType.PLANS: frozenset({SectionType.PLANS, SectionType.ACHIEVEMENTS}),
    "both": frozenset({SectionType.PROBLEMS, SectionType.PLANS, SectionType.ACHIEVEMENTS}),
}


class ThemeWords(NamedTuple):
    """One entry of a theme's words."""

    theme_id: str
    expression: re.Pattern[str] | None  # for words with a gap; None for plain words


class FirstWord(NamedTuple):
    """The entries that begin with one word, in sections of one type."""

    plain: tuple[ThemeWords, ...]
    gapped: tuple[ThemeWords, ...]
    any_gapped: re.Pattern[str] | None  # matches where one of `gapped` does, so most positions need one test


@dataclass(frozen=True, slots=True)
class ThemeRules:
    """The automaton of all first words, and the entries that begin with each.

    Attributes:
        automaton: Finds the first words.
        first_words: By section type; indexed by the automaton's pattern number.
    """

    automaton: AhoCorasick
    first_words: dict[str, tuple[FirstWord, ...]]


def load_theme_rules(reference_dir: Path) -> ThemeRules:
    """Load themes.csv.

    Args:
        reference_dir: The folder seeds/reference.

    Returns:
        The compiled rules.

    Raises:
        ValueError: A theme's section_type is unknown, or its words are empty or begin or end with a gap.
    """
    by_first: dict[str, dict[str, list[tuple[str, str]]]] = {}
    columns = ("theme_id", "section_type", "name_zh", "name_en", "words")
    for row in read_reference_table(reference_dir / THEMES_TABLE, columns, "theme_id"):
        section_types = _APPLIES_TO.get(row["section_type"])
        if section_types is None:
            raise row.error(f"section_type {row['section_type']!r} is not one of {', '.join(_APPLIES_TO)}")
        for words in row["words"].split("|"):
            first, *others = words.split(_GAP)
            if not all((first, *others)):
                raise row.error(f"words {words!r} are empty, or begin or end with a gap")
            rest = _GAP_PATTERN.join(map(re.escape, others))
            if rest:  # group 1 is what follows the last gap
                last = re.escape(others[-1])
                rest = f"{rest[: -len(last)]}({last})"
            by_type = by_first.setdefault(first, {})
            for section_type in section_types:
                by_type.setdefault(section_type, []).append((row["theme_id"], rest))
    return ThemeRules(
        AhoCorasick(list(by_first), matchkind=MatchKind.Standard, implementation=Implementation.DFA),
        {
            section_type: tuple(
                _compile_entries(first, by_type.get(section_type, ())) for first, by_type in by_first.items()
            )
            for section_type in _APPLIES_TO["both"]
        },
    )


def _compile_entries(first: str, entries: Sequence[tuple[str, str]]) -> FirstWord:
    """Compile the entries of one first word, each a theme and the expression after the gap (empty without one)."""
    before = re.escape(first) + _GAP_PATTERN
    rests = [rest for _, rest in entries if rest]
    return FirstWord(
        plain=tuple(ThemeWords(theme_id, None) for theme_id, rest in entries if not rest),
        gapped=tuple(ThemeWords(theme_id, re.compile(before + rest)) for theme_id, rest in entries if rest),
        any_gapped=re.compile(f"{before}(?:{'|'.join(rests)})") if rests else None,
    )


def find_theme_mentions(
    text: str, sections: Sequence[Section], sentences: ReportSentences, rules: ThemeRules
) -> list[SectionThemes]:
    """Find the sentences of problems, plans and achievements that name a theme.

    Args:
        text: The clean text.
        sections: Its sections, in order.
        sentences: Its sentences, as `split_sentences` returns them.
        rules: The themes.

    Returns:
        The report's rows of `raw.theme_mentions`, one per section type. Each has one mention per
        theme and sentence, at the first words that name it (the longest match there), in text order.
        Offsets count characters of the text.
    """
    _, positions, starts, ends = sentences
    index, sentence_start, sentence_end = -1, 0, 0
    first_words: tuple[FirstWord, ...] | None = None
    found: dict[tuple[int, str], tuple[int, int]] = {}
    claimed: set[tuple[int, int]] = set()  # 法治意识 in 群众…法治意识 is not the officials'
    # The automaton returns matches ordered by their end.
    for pattern, start, end in rules.automaton.find_matches_as_indexes(text, overlapping=True):
        if end > sentence_end:
            index = bisect_left(ends, end, index + 1)
            if index == len(ends):
                break
            sentence_start, sentence_end = starts[index], ends[index]
            first_words = rules.first_words.get(sections[positions[index]].section_type)
        if first_words is None or start < sentence_start:
            continue
        entries, gapped, any_gapped = first_words[pattern]
        if any_gapped is not None and any_gapped.match(text, start, sentence_end):
            entries += gapped
        for theme_id, expression in entries:
            key = (index, theme_id)
            known = found.get(key)
            if known is not None and start > known[0]:
                continue
            stop = end
            if expression is not None:
                match = expression.match(text, start, sentence_end)
                if match is None:
                    continue
                stop = match.end()
                claimed.add(match.span(1))
            elif (start, end) in claimed:
                continue
            if known is None or (start, -stop) < (known[0], -known[1]):
                found[key] = (start, stop)
    return _list_mentions(sections, sentences, found)


def _list_mentions(
    sections: Sequence[Section], sentences: ReportSentences, found: dict[tuple[int, str], tuple[int, int]]
) -> list[SectionThemes]:
    """Rows by section type, in text order.

    Args:
        sections: The sections of the report.
        sentences: Its sentences.
        found: By sentence and theme, start and end of the words that name it.
    """
    report_id, positions, starts, ends = sentences
    mentions: dict[str, list[tuple[str, int, int, int, int, int, int]]] = {}
    for index, start, stop, theme_id in sorted(
        (index, *span, theme_id) for (index, theme_id), span in found.items()
    ):
        position = positions[index]
        mentions.setdefault(sections[position].section_type, []).append(
            (theme_id, position, index, starts[index], ends[index], start, stop)
        )
    return [
        SectionThemes(report_id, section_type, *map(list, zip(*members, strict=True)))
        for section_type, members in mentions.items()
    ]
