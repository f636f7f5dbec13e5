"""Words of a report: jieba's segmentation with the domain's own words, counted by section type.

The segmenter is rjieba, a compiled implementation of jieba's algorithm with jieba's dictionary,
without the hidden Markov model (docs/adr/0003). Parts of speech come from jieba's dictionary, read
from the installed package without importing it. A term is a word of that dictionary, a word of
`words.csv` or a place name, with two characters or more, and not in `stop_words.csv`. Single
characters, figures, punctuation and Latin letters are not terms. Counts refer to terms by number.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.pipeline.records import Section, SectionTerms
from orchestration.pipeline.reference.tables import read_reference_table

if TYPE_CHECKING:
    import rjieba

WORDS_TABLE = "segment/words.csv"
STOP_WORDS_TABLE = "segment/stop_words.csv"
NO_TERM = 0  # the number of a word that is not a term
_PLACE = "ns"  # jieba's tag of place names
_CACHE_LIMIT = 100_000  # words; above it only terms are cached
_SHORTEST_PLACE = 3  # 太平 alone is also a word; 太平镇 is a place


class TermCache(dict[str, int]):
    """The numbers of the words met so far; `NO_TERM` for words that are not terms.

    The table is small, so most lookups stay in the processor's cache.
    """

    def __init__(self, numbers: Mapping[str, int]) -> None:
        super().__init__()
        self._numbers = numbers

    def __missing__(self, word: str) -> int:
        """Return the number of a new word and cache it."""
        number = self._numbers.get(word, NO_TERM)
        if number or len(self) < _CACHE_LIMIT:  # figures and Latin words have no number
            self[word] = number
        return number


@dataclass(frozen=True, slots=True)
class WordRules:
    """A segmenter that knows the domain's words, and the words that count as terms."""

    segmenter: rjieba.Jieba
    numbers: Mapping[str, int]  # by term; without stop words
    seen: TermCache  # the numbers of the words met so far


def list_terms(reference_dir: Path, place_names: Sequence[str] = ()) -> dict[str, str]:
    """Return the vocabulary: every term with its part of speech.

    Args:
        reference_dir: The folder seeds/reference.
        place_names: As for `load_word_rules`.

    Returns:
        jieba's tag by term, in an order that depends only on the arguments.

    Raises:
        ValueError: A row of a table is invalid.
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
            fewer than three characters are ignored.
        numbers: Number of each term; by default its position in `list_terms`, from 1.

    Returns:
        The rules; for one process.

    Raises:
        ValueError: A row of a table is invalid.
        ModuleNotFoundError: jieba is not installed.
    """
    import rjieba  # imported here: it loads its dictionary, which other stages do not need

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
    """Return the words of words.csv with their tags."""
    words = {}
    columns = ("word", "part_of_speech", "domain_id")
    for row in read_reference_table(reference_dir / WORDS_TABLE, columns, "word"):
        word, tag = row["word"], row["part_of_speech"]
        if len(word) < 2:
            raise row.error(f"word {word!r} has only one character")
        if not tag.isascii() or not tag.isalpha():
            raise row.error(f"part_of_speech {tag!r} is not a jieba tag")
        words[word] = tag
    return words


def _read_dictionary() -> dict[str, str]:
    """Return the words of two or more characters in jieba's dict.txt with their tags."""
    spec = find_spec("jieba")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("jieba is not installed; its dict.txt is needed for parts of speech")
    fields = (Path(spec.origin).parent / "dict.txt").read_text(encoding="utf-8").split()
    # word, frequency, tag
    return {word: tag for word, tag in zip(fields[::3], fields[2::3], strict=True) if len(word) > 1}


def segment_words(text: str, rules: WordRules) -> list[str]:
    """Return the tokens of a text, in order; joined, they give the text."""
    return rules.segmenter.cut(text, False)


def count_terms(sections: Sequence[Section], rules: WordRules) -> list[SectionTerms]:
    """Count the terms of a report by section type.

    Args:
        sections: The sections of one report.
        rules: The segmenter and the terms.

    Returns:
        One record per section type with terms; types and terms in the order of the report.
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
