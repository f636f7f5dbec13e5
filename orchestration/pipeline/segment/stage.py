"""The segment stage: clean text → outline, sentences, words and themes.

The asset calls this module; `outline.py` (with `marks.py` and `headings.py`), `sentences.py`,
`words.py` and `themes.py` do the work. The extract stage reads the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from orchestration.pipeline.records import ReportSentences, Section, SectionTerms, SectionThemes
from orchestration.pipeline.segment.headings import HeadingRules, load_heading_rules
from orchestration.pipeline.segment.outline import split_sections
from orchestration.pipeline.segment.sentences import split_sentences
from orchestration.pipeline.segment.themes import ThemeRules, find_theme_mentions, load_theme_rules
from orchestration.pipeline.segment.words import WordRules, count_terms, load_word_rules


@dataclass(frozen=True, slots=True)
class SegmentReference:
    """The reference data of the stage, compiled; load it once per process."""

    headings: HeadingRules
    words: WordRules
    themes: ThemeRules


@dataclass(frozen=True, slots=True)
class SegmentedReport:
    """The stage's output for one report."""

    report_id: str
    sections: list[Section]
    sentences: ReportSentences
    terms: list[SectionTerms]
    theme_mentions: list[SectionThemes]


def load_segment_reference(
    reference_dir: Path, place_names: Sequence[str] = (), term_numbers: Mapping[str, int] | None = None
) -> SegmentReference:
    """Load section_headings.csv, words.csv, stop_words.csv and themes.csv.

    Args:
        reference_dir: The folder seeds/reference.
        place_names: Names of townships and counties that the segmenter keeps whole.
        term_numbers: The number of each term; by default its position in `words.list_terms`, from 1.

    Returns:
        The compiled reference.

    Raises:
        ValueError: A row is invalid; the message names file, row and reason.
        OSError: A table cannot be read.
    """
    return SegmentReference(
        headings=load_heading_rules(reference_dir),
        words=load_word_rules(reference_dir, place_names, term_numbers),
        themes=load_theme_rules(reference_dir),
    )


def segment_report(report_id: str, text: str, reference: SegmentReference) -> SegmentedReport:
    """Segment the clean text of one report.

    Args:
        report_id: The report; section ids are made from it and the section's position.
        text: Clean text, paragraphs separated by a line feed.
        reference: The result of `load_segment_reference`.

    Returns:
        Sections that partition the text, sentences, and terms and theme mentions by section type.
        Deterministic; empty for empty text.
    """
    (report,) = segment_reports({report_id: text}, reference)
    return report


def segment_reports(
    texts: Mapping[str, str],
    reference: SegmentReference,
    guard: Callable[[str], AbstractContextManager[object]] = nullcontext,
) -> list[SegmentedReport]:
    """Segment several reports as `segment_report` does, a fifth faster.

    Each step runs over all reports before the next one, so its dictionaries stay in the processor's cache.

    Args:
        texts: Clean text by report_id.
        reference: The result of `load_segment_reference`.
        guard: Returns a context manager for a report_id; each step runs inside it. If it suppresses
            an error, that report is left out; the default raises.
    """
    outlines: dict[str, tuple[list[Section], ReportSentences]] = {}
    terms: dict[str, list[SectionTerms]] = {}
    segmented: list[SegmentedReport] = []
    for report_id, text in texts.items():
        with guard(report_id):
            sections = split_sections(report_id, text, reference.headings)
            outlines[report_id] = sections, split_sentences(report_id, text, sections)
    for report_id, (sections, _) in outlines.items():
        with guard(report_id):
            terms[report_id] = count_terms(sections, reference.words)
    for report_id, counts in terms.items():
        with guard(report_id):
            sections, sentences = outlines[report_id]
            mentions = find_theme_mentions(texts[report_id], sections, sentences, reference.themes)
            segmented.append(SegmentedReport(report_id, sections, sentences, counts, mentions))
    return segmented
