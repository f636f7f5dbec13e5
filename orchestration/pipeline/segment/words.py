"""Words of a report: jieba's segmentation with the domain's own words, counted by section type.

The segmenter is rjieba, a compiled implementation of jieba's algorithm with jieba's dictionary,
without the hidden Markov model (docs/adr/0003). Parts of speech are those of jieba's dictionary,
read from the installed package without importing it. A term is a word of that dictionary, of
`words.csv` or a place name, of two characters or more and not in `stop_words.csv`: single characters,
figures, punctuation and Latin letters are not terms. Terms are counted by their numbers in a vocabulary.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.pipeline.records import Section, SectionTerms
from orchestration.pipeline.reference import read_reference_table

if TYPE_CHECKING:
    import rjieba

WORDS_TABLE = "segment/words.csv"
STOP_WORDS_TABLE = "segment/stop_words.csv"
NO_TERM = 0  # in the place of a term's number
_PLACE = "ns"  # jieba's tag of place names
_CACHE_LIMIT = 100_000  # words in the cache from which on only terms are added
_SHORTEST_PLACE = 3  # 太平 alone is also a word; 太平镇 is a place


class TermCache(dict[str, int]):
    """The words met so far with their numbers, `NO_TERM` for what is not a term.

    A small table, so that most look-ups stay in the processor's cache.
    """

    def __init__(self, numbers: Mapping[str, int]) -> None:
        super().__init__()
        self._numbers = numbers

    def __missing__(self, word: str) -> int:
        """A word met for the first time, with its number."""
        number = self._numbers.get(word, NO_TERM)
        if number or len(self) < _CACHE_LIMIT:  # figures and Latin words are without number
            self[word] = number
        return number


@dataclass(frozen=True, slots=True)
class WordRules:
    """A segmenter that knows the domain's words, and the words that count as terms."""

    segmenter: rjieba.Jieba
    numbers: Mapping[str, int]  # term to its number; stop words are not among them
    seen: TermCache  # the same, of the words met so far


def list_terms(reference_dir: Path, place_names: Sequence[str] = ()) -> dict[str, str]:
    """The vocabulary: every term with its part of speech.

    Args:
        reference_dir: The folder seeds/reference.
        place_names: As for `load_word_rules`.

    Returns:
        jieba's tag by term, in an order that the arguments decide.

    Raises:
        ValueError: A row of a table is bad.
        ModuleNotFoundError: jieba is not installed.
    """
    terms = _read_dictionary()
    for place in _long_names(place_names):
        terms.setdefault(place, _PLACE)
    terms.update(_read_words(reference_dir))
    for row in read_reference_table(reference_dir / STOP_WORDS_TABLE, ("word", "reason"), "word"):
        terms.pop(row["word"], None)
    return terms


def number_terms(terms: Iterable[str]) -> dict[str, int]:
    """Number the terms of a vocabulary from 1."""
    return {term: number for number, term in enumerate(terms, start=1)}


def load_word_rules(
    reference_dir: Path, place_names: Sequence[str] = (), numbers: Mapping[str, int] | None = None
) -> WordRules:
    """Load words.csv and the segmenter.

    Args:
        reference_dir: The folder seeds/reference.
        place_names: Names of townships and counties with their endings (太平镇, 铜梁区); names of
            fewer than three characters are left out.
        numbers: Number of each term; by default the terms are numbered as `list_terms` gives them.

    Returns:
        The rules; for one process.

    Raises:
        ValueError: A row of a table is bad.
        ModuleNotFoundError: jieba is not installed.
    """
    import rjieba  # with the first rules: it brings its dictionary along, and other stages' processes need none

    segmenter = rjieba.Jieba()
    for place in _long_names(place_names):
        if not segmenter.has_word(place):
            segmenter.add_word(place, None, _PLACE)
    for word, tag in _read_words(reference_dir).items():
        segmenter.add_word(word, None, tag)
    if numbers is None:
        numbers = number_terms(list_terms(reference_dir, place_names))
    return WordRules(segmenter, numbers, TermCache(numbers))


def _long_names(place_names: Iterable[str]) -> Iterator[str]:
    return (place for place in place_names if len(place) >= _SHORTEST_PLACE)


def _read_words(reference_dir: Path) -> dict[str, str]:
    """Words of words.csv with their tags."""
    words = {}
    columns = ("word", "part_of_speech", "domain_id")
    for row in read_reference_table(reference_dir / WORDS_TABLE, columns, "word"):
        word, tag = row["word"], row["part_of_speech"]
        if len(word) < 2:
            raise row.error(f"word {word!r} has a single character")
        if not tag.isascii() or not tag.isalpha():
            raise row.error(f"part_of_speech {tag!r} is no tag of jieba's")
        words[word] = tag
    return words


def _read_dictionary() -> dict[str, str]:
    """Words of two or more characters of jieba's dict.txt with their tags."""
    spec = find_spec("jieba")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("jieba is not installed: its dict.txt gives the parts of speech")
    fields = (Path(spec.origin).parent / "dict.txt").read_text(encoding="utf-8").split()
    # word, frequency, tag
    return {word: tag for word, tag in zip(fields[::3], fields[2::3], strict=True) if len(word) > 1}


def segment_words(text: str, rules: WordRules) -> list[str]:
    """The tokens of a text, in order; joined they are the text."""
    return rules.segmenter.cut(text, False)


def count_terms(sections: Sequence[Section], rules: WordRules) -> list[SectionTerms]:
    """Count the terms of a report by section type.

    Args:
        sections: The sections of one report.
        rules: The segmenter and the terms.

    Returns:
        One record per section type that has terms, types and terms in the order of the report.
    """
    texts: dict[str, list[str]] = defaultdict(list)
    for section in sections:
        texts[section.section_type].append(section.text)
    counts: list[SectionTerms] = []
    for section_type, parts in texts.items():
        numbers = map(rules.seen.__getitem__, segment_words("\n".join(parts), rules))
        occurrences = Counter(filter(None, numbers))  # without `NO_TERM`
        if occurrences:
            terms, times = list(occurrences), list(occurrences.values())
            counts.append(SectionTerms(sections[0].report_id, section_type, terms, times))
    return counts
