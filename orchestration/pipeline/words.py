"""Words of a report: jieba's segmentation with the domain's own words, counted by section type.

The segmenter is rjieba, a compiled implementation of jieba's algorithm with jieba's dictionary,
without the hidden Markov model (docs/adr/0003). Parts of speech are those of jieba's dictionary,
read from the installed package without importing it. A term is a word of that dictionary, of
`words.csv` or a place name, of two characters or more and not in `stop_words.csv`: single characters,
figures, punctuation and Latin letters are no terms.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import compress
from pathlib import Path

import rjieba

from orchestration.pipeline.records import Section, SectionTerms
from orchestration.pipeline.reference_tables import read_reference_table

WORDS_TABLE = "words.csv"
STOP_WORDS_TABLE = "stop_words.csv"
TAG_MARK = "/"  # 法治/n, as tagged corpora write it; no term has it
_PLACE = "ns"  # jieba's tag of place names
_SHORTEST_PLACE = 3  # 太平 alone is also a word; 太平镇 is a place


class SeenWords(dict[str, str]):
    """The words met so far with their tags (法治/n), empty for what is no term.

    A small table, so that most look-ups stay in the processor's cache.
    """

    def __init__(self, parts_of_speech: Mapping[str, str]) -> None:
        super().__init__()
        self._parts_of_speech = parts_of_speech

    def __missing__(self, word: str) -> str:
        """A word met for the first time, with its tag."""
        tag = self._parts_of_speech.get(word)
        tagged = f"{word}{TAG_MARK}{tag}" if tag else ""
        if tagged or len(word) == 1:  # figures and Latin words, without number, are not kept
            self[word] = tagged
        return tagged


@dataclass(frozen=True, slots=True)
class WordRules:
    """A segmenter that knows the domain's words, and the words that count as terms."""

    segmenter: rjieba.Jieba
    parts_of_speech: dict[str, str]  # term to jieba's tag; stop words left out
    seen: SeenWords  # the same, of the words met so far


def load_word_rules(reference_dir: Path, place_names: Sequence[str] = ()) -> WordRules:
    """Load words.csv, stop_words.csv and jieba's dictionary.

    Args:
        reference_dir: The folder seeds/reference.
        place_names: Names of townships and counties with their endings (太平镇, 铜梁区); names of
            fewer than three characters are left out.

    Returns:
        The rules, loaded in about half a second; for one process.

    Raises:
        ValueError: A row of a table is bad.
        ModuleNotFoundError: jieba is not installed.
    """
    segmenter = rjieba.Jieba()
    parts_of_speech = _read_dictionary()
    for place in place_names:
        if len(place) >= _SHORTEST_PLACE and place not in parts_of_speech:
            segmenter.add_word(place, None, _PLACE)
            parts_of_speech[place] = _PLACE
    columns = ("word", "part_of_speech", "domain_id")
    for row in read_reference_table(reference_dir / WORDS_TABLE, columns, "word"):
        word, tag = row["word"], row["part_of_speech"]
        if len(word) < 2:
            raise row.error(f"word {word!r} has a single character")
        if not tag.isascii() or not tag.isalpha():
            raise row.error(f"part_of_speech {tag!r} is no tag of jieba's")
        if TAG_MARK in word:
            raise row.error(f"word {word!r} has a {TAG_MARK}, which separates words from their tags")
        segmenter.add_word(word, None, tag)
        parts_of_speech[word] = tag
    for row in read_reference_table(reference_dir / STOP_WORDS_TABLE, ("word", "reason"), "word"):
        parts_of_speech.pop(row["word"], None)
    return WordRules(segmenter, parts_of_speech, SeenWords(parts_of_speech))


def _read_dictionary() -> dict[str, str]:
    """Words of two or more characters of jieba's dict.txt with their tags."""
    spec = find_spec("jieba")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("jieba is not installed: its dict.txt gives the parts of speech")
    lines = (Path(spec.origin).parent / "dict.txt").read_text(encoding="utf-8").splitlines()
    return {word: tag for word, _, tag in (line.split(" ") for line in lines) if len(word) > 1}


def cut_words(text: str, rules: WordRules) -> list[str]:
    """The tokens of a text, in order; joined they are the text."""
    return rules.segmenter.cut(text, False)


def count_terms(sections: Sequence[Section], rules: WordRules) -> list[SectionTerms]:
    """Count the terms of a report by section type.

    Args:
        sections: The sections of one report.
        rules: The segmenter and the terms.

    Returns:
        One record per section type that has terms, types and terms in the order of the report;
        a term has one part of speech.
    """
    texts: dict[str, list[str]] = defaultdict(list)
    for section in sections:
        texts[section.section_type].append(section.text)
    counts: list[SectionTerms] = []
    for section_type, parts in texts.items():
        words = Counter(cut_words("\n".join(parts), rules))
        tagged = list(map(rules.seen.__getitem__, words))
        terms = list(compress(tagged, tagged))
        if terms:
            occurrences = list(compress(words.values(), tagged))
            counts.append(SectionTerms(sections[0].report_id, section_type, terms, occurrences))
    return counts
