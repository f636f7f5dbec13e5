"""Words: the compiled segmenter against jieba itself, and which words count as terms."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import jieba
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.pipeline.records import Section, SectionTerms
from orchestration.pipeline.segment.outline import split_sections
from orchestration.pipeline.segment.stage import SegmentReference, load_segment_reference
from orchestration.pipeline.segment.words import (
    WordRules,
    _read_dictionary,
    count_terms,
    list_terms,
    load_word_rules,
    number_terms,
    segment_words,
)

PLACES = ("云溪镇", "石桥乡", "清河区")
SENTENCES = [
    "云溪镇聘请律师事务所为石桥乡提供合法性审查，全年审查合同八十份。",
    "法律明白人走村入户，把矛盾纠纷化解在家门口，践行新时代枫桥经验。",
    "推行行政执法“三项制度”和综合查一次，落实行政机关负责人出庭应诉。",
    "一网通办、一件事一次办、民呼我为，办件1278件，办结率99.16%。",
    "清河区司法局2024年5月组织旁听庭审，LED屏滚动播放民法典。",
]


class Counted(NamedTuple):
    """A term of a section type, taken from the lists of its row."""

    section_type: str
    term: str
    occurrences: int


def counted_terms(sections: Sequence[Section], rules: WordRules) -> list[Counted]:
    terms = {number: term for term, number in rules.numbers.items()}
    return [
        Counted(row.section_type, terms[number], occurrences)
        for row in count_terms(sections, rules)
        for number, occurrences in zip(row.term_numbers, row.occurrences, strict=True)
    ]


@pytest.fixture(scope="module")
def plain_jieba(reference_dir: Path) -> jieba.Tokenizer:
    tokenizer = jieba.Tokenizer()
    for place in PLACES:
        tokenizer.add_word(place, None, "ns")
    with (reference_dir / "segment" / "words.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            tokenizer.add_word(row["word"], None, row["part_of_speech"])
    return tokenizer


@pytest.mark.parametrize("sentence", SENTENCES)
def test_tokens_are_those_of_jieba(
    sentence: str, plain_jieba: jieba.Tokenizer, reference: SegmentReference
) -> None:
    assert segment_words(sentence, reference.words) == list(plain_jieba.cut(sentence, HMM=False))


CLAUSES = [clause for sentence in SENTENCES for clause in sentence.replace("。", "，").split("，") if clause]


@settings(max_examples=200, deadline=None)
@given(clauses=st.lists(st.sampled_from(CLAUSES), max_size=12))
def test_tokens_of_clauses_in_any_order_are_those_of_jieba(
    clauses: list[str], plain_jieba: jieba.Tokenizer, reference: SegmentReference
) -> None:
    text = "".join(clauses)
    assert segment_words(text, reference.words) == list(plain_jieba.cut(text, HMM=False))


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=80))
def test_tokens_join_to_the_text(text: str, reference: SegmentReference) -> None:
    assert "".join(segment_words(text, reference.words)) == text


@pytest.mark.parametrize(
    "word", ["法律明白人", "行政复议", "一网通办", "枫桥经验", "三项制度", "综合查一次", "民呼我为", "云溪镇"]
)
def test_words_of_the_domain_stay_whole(word: str, reference: SegmentReference) -> None:
    assert word in segment_words(f"今年{word}有新进展", reference.words)


def test_terms_are_counted_by_section_type(reference: SegmentReference) -> None:
    text = "一、主要做法\n法律顾问审查合同，法律顾问参加会议12次。\n二、存在的不足\n法律顾问作用不够。"
    sections = split_sections("r", text, reference.headings)
    terms = {(term.section_type, term.term): term for term in counted_terms(sections, reference.words)}
    assert terms["achievements", "法律顾问"].occurrences == 2
    assert terms["problems", "法律顾问"].occurrences == 1
    assert len(terms) == len(counted_terms(sections, reference.words))


def test_the_vocabulary_has_words_places_and_their_tags_and_no_stop_words(reference_dir: Path) -> None:
    terms = list_terms(reference_dir, ["云溪镇", "河"])
    assert (terms["合同"], terms["云溪镇"], terms["法律明白人"]) == ("a", "ns", "n")
    assert "以及" not in terms and "河" not in terms
    assert list(number_terms(terms).values()) == list(range(1, len(terms) + 1))


def test_terms_are_counted_by_the_numbers_given(reference_dir: Path) -> None:
    rules = load_word_rules(reference_dir, ["云溪镇"], {"云溪镇": 70, "合同": 9})
    section = Section("r-s000", "r", None, 0, 0, None, None, "plans", 0, 13, "云溪镇的合同，合同的归档。")
    assert count_terms([section], rules) == [SectionTerms("r", "plans", [70, 9], [1, 2])]


def test_a_place_of_the_dictionary_keeps_its_weight(reference_dir: Path) -> None:
    known = load_word_rules(reference_dir).segmenter
    in_dictionary = _read_dictionary()
    for place in ("太平镇", "铜梁区", "北京市", "上海市"):
        assert known.has_word(place) == (place in in_dictionary)


def test_a_section_type_without_terms_has_no_row(reference: SegmentReference) -> None:
    (*_, last) = split_sections("r", "一、主要做法\n法律顾问审查合同。", reference.headings)
    assert count_terms([last._replace(text="12，34。")], reference.words) == []


def test_figures_punctuation_single_characters_and_stop_words_are_not_terms(
    reference: SegmentReference,
) -> None:
    text = "我镇2024年的法治宣传，以及LED屏12次。"
    terms = {
        term.term for term in counted_terms(split_sections("r", text, reference.headings), reference.words)
    }
    assert terms == {"法治宣传"}


def test_the_reference_has_enough_words(reference_dir: Path) -> None:
    with (reference_dir / "segment" / "words.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with (reference_dir / "transform" / "domains.csv").open(encoding="utf-8", newline="") as file:
        domains = {row["domain_id"] for row in csv.DictReader(file)}
    assert len(rows) >= 250
    assert {row["domain_id"] for row in rows} == domains


@pytest.mark.parametrize(
    ("table", "line", "reason"),
    [
        ("words.csv", "法,n,rules", "only one character"),
        ("words.csv", "法律明白人,,legal_services", "not a jieba tag"),
        ("words.csv", "法律明白人,n", "fields"),
        ("words.csv", "行政复议,n,litigation\n行政复议,n,litigation", "occurs twice"),
        ("stop_words.csv", ",function", "is empty"),
        ("themes.csv", "x,sometimes,甲,a,乙", "section_type"),
        ("themes.csv", "x,both,甲,a,乙…", "gap"),
        ("section_headings.csv", "x,kind,plans,下一步,note", "role"),
        ("section_headings.csv", "x,type,tomorrow,下一步,note", "section_type"),
        ("section_headings.csv", "x,type,plans,下一步(,note", "regular expression"),
        ("section_headings.csv", "x,prose,plans,下一步,note", "does not go with"),
    ],
)
def test_a_bad_row_is_named(table: str, line: str, reason: str, reference_dir: Path, tmp_path: Path) -> None:
    shutil.copytree(reference_dir / "segment", tmp_path / "segment")
    path = tmp_path / "segment" / table
    header = path.read_text(encoding="utf-8").splitlines()[0]
    path.write_text(f"{header}\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=rf"{table}, row [23]: .*{reason}"):
        load_segment_reference(tmp_path)


def test_a_missing_column_is_named(reference_dir: Path, tmp_path: Path) -> None:
    shutil.copytree(reference_dir / "segment", tmp_path / "segment")
    (tmp_path / "segment" / "words.csv").write_text("word\n法律明白人\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"words\.csv, row 1: missing columns part_of_speech, domain_id"):
        load_segment_reference(tmp_path)
