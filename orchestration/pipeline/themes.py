"""Themes of problems, plans and achievements: what is lacking, what is planned, what was done of it.

`themes.csv` has one row per theme with the words that name it, separated by `|`; `…` in them stands for
up to twelve characters within a clause (宣传…单一). `section_type` says whether the theme is one of
`problems`, of `plans` or of `both`; in achievements every theme is looked for, so that a plan can be
compared with what the next report says of it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ahocorasick_rs import AhoCorasick, MatchKind

from orchestration.pipeline.records import Section, Sentence, ThemeMention
from orchestration.pipeline.reference_tables import read_reference_table

THEMES_TABLE = "themes.csv"
_GAP = "…"
_GAP_PATTERN = r"[^，。；！？,;!?\n]{0,12}?"
_APPLIES_TO = {
    "problems": frozenset({"problems", "achievements"}),
    "plans": frozenset({"plans", "achievements"}),
    "both": frozenset({"problems", "plans", "achievements"}),
}


@dataclass(frozen=True, slots=True)
class ThemeWords:
    """One entry of a theme's words."""

    theme_id: str
    section_types: frozenset[str]
    expression: re.Pattern[str] | None  # of words with a gap; None for plain words


@dataclass(frozen=True, slots=True)
class ThemeRules:
    """The automaton of all first words, and for each of them the entries that begin so."""

    automaton: AhoCorasick
    entries: tuple[tuple[ThemeWords, ...], ...]  # by number of the automaton's pattern


def load_theme_rules(reference_dir: Path) -> ThemeRules:
    """Load themes.csv.

    Args:
        reference_dir: The folder seeds/reference.

    Returns:
        The compiled rules.

    Raises:
        ValueError: A theme's section_type is unknown, or its words are empty or begin with a gap.
    """
    by_first: dict[str, list[ThemeWords]] = {}
    columns = ("theme_id", "section_type", "name_zh", "name_en", "words")
    for row in read_reference_table(reference_dir / THEMES_TABLE, columns, "theme_id"):
        section_types = _APPLIES_TO.get(row["section_type"])
        if section_types is None:
            raise row.error(f"section_type {row['section_type']!r} is none of {', '.join(_APPLIES_TO)}")
        for words in row["words"].split("|"):
            parts = words.split(_GAP)
            if not all(parts):
                raise row.error(f"words {words!r} are empty, or have a gap at an end")
            expression = re.compile(_GAP_PATTERN.join(map(re.escape, parts))) if len(parts) > 1 else None
            by_first.setdefault(parts[0], []).append(ThemeWords(row["theme_id"], section_types, expression))
    return ThemeRules(
        AhoCorasick(list(by_first), matchkind=MatchKind.Standard),
        tuple(tuple(entries) for entries in by_first.values()),
    )


def find_theme_mentions(
    text: str, sections: Sequence[Section], sentences: Sequence[Sentence], rules: ThemeRules
) -> list[ThemeMention]:
    """Find the sentences of problems, plans and achievements that name a theme.

    Args:
        text: The clean text.
        sections: Its sections.
        sentences: Its sentences, in order.
        rules: The themes.

    Returns:
        One mention per theme and sentence, at the first words that name it (the longest of those
        that begin there), in the order of the text. Offsets in characters of the text.
    """
    type_of = {section.section_id: section.section_type for section in sections}
    starts = [sentence.char_start for sentence in sentences]
    types = [type_of[sentence.section_id] for sentence in sentences]
    found: dict[tuple[int, str], tuple[int, int]] = {}
    for pattern, start, end in rules.automaton.find_matches_as_indexes(text, overlapping=True):
        index = bisect_right(starts, start) - 1
        if index < 0 or end > sentences[index].char_end:
            continue
        section_type = types[index]
        for entry in rules.entries[pattern]:
            if section_type not in entry.section_types:
                continue
            stop = end
            if entry.expression is not None:
                match = entry.expression.match(text, start, sentences[index].char_end)
                if match is None:
                    continue
                stop = match.end()
            key = (index, entry.theme_id)
            known = found.get(key)
            if known is None or start < known[0] or (start == known[0] and stop > known[1]):
                found[key] = (start, stop)
    in_order = sorted(found.items(), key=lambda item: (item[0][0], item[1], item[0][1]))
    return [
        ThemeMention(
            report_id=sentence.report_id,
            section_id=sentence.section_id,
            sentence_id=sentence.sentence_id,
            section_type=types[index],
            theme_id=theme_id,
            sentence_start=sentence.char_start,
            sentence_end=sentence.char_end,
            matched=text[start:stop],
            char_start=start,
            char_end=stop,
        )
        for (index, theme_id), (start, stop) in in_order
        for sentence in (sentences[index],)
    ]
