"""The typed records that the stages pass to each other.

Each raw table has one named tuple whose fields are its columns, in order.
`orchestration.warehouse` derives the DDL from them, so a column is defined once. This module
has no behaviour, and no types used by a single module.

All offsets are half-open and count characters (code points) of the clean text,
`Document.text`: `text[char_start:char_end]` is the text of a row.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from orchestration.pipeline.vocabulary import TextSource


class SourceFile(NamedTuple):
    """`raw.files`: one row per file ever seen, identified by path and content.

    A file whose bytes change gets a new row. A file in an archive counts as a file at
    `archive.zip!/inner/path.txt`. Rows are never deleted.
    """

    file_id: str  # 16 hex digits of sha256(source_path, content_sha256 or modified_ns)
    content_sha256: str | None  # null if the bytes were not read (too large, link out of the folder)
    source_path: str  # relative to the reports folder, with /
    source_name: str  # last part of source_path
    byte_size: int
    modified_ns: int  # modification time when read; with byte_size, lets an unchanged file be skipped
    media_type: str | None  # from the content; null if unknown
    encoding: str | None  # of text formats; null for binary ones
    status: str  # loaded, rejected, duplicate, superseded
    reason: str | None  # null for loaded; otherwise code and message, such as "scanned: …"
    reader: str | None  # reader module that took or refused the file
    report_id: str | None  # the report this file holds; null when rejected
    is_present: bool  # still in the folder at the last run
    first_seen_at: datetime  # UTC
    last_seen_at: datetime  # UTC, when it was last read; an unchanged file is not read again
    superseded_by: str | None = (
        None  # report that counts instead; of a copy of the same bytes its own report_id
    )


class RawReport(NamedTuple):
    """`raw.reports`: one row per distinct readable content, before cleaning."""

    report_id: str  # first 16 hex digits of content_sha256
    content_sha256: str
    source_path: str
    source_name: str
    media_type: str
    encoding: str | None
    reader: str
    raw_text: str  # the reader's text, with its lines
    side_metadata: str | None  # JSON of NAME.meta.json; null without one
    loaded_at: datetime  # UTC


class Document(NamedTuple):
    """`raw.documents`: one row per report, with its clean text and identity."""

    report_id: str
    text: str  # clean text, simplified Chinese, paragraphs separated by \n
    original_text: str | None  # before conversion, if the source is traditional Chinese
    text_sha256: str
    char_count: int
    title: str | None
    admin_level: str  # township, county, city, province, department, unknown
    unit_name: str | None
    unit_type: str | None  # 镇, 乡, 民族乡, 街道, 苏木 …
    township_key: str | None  # 500151-太平镇; null while unresolved
    township_code: str | None  # 统计用区划代码, 9 digits
    county_name: str | None
    county_code: str | None  # GB/T 2260, 6 digits
    city_name: str | None
    province_name: str | None
    resolution: str  # stated, inferred, ambiguous, unresolved
    resolution_evidence: str | None  # what decided, with the text found
    candidates: str | None  # JSON list of township keys when ambiguous
    report_kind: str  # ReportKind of vocabulary.py
    report_year: int | None
    report_year_evidence: str | None
    published_on: date | None
    document_date: date | None
    index_number: str | None  # 索引号
    document_number: str | None  # 发文字号
    issuer: str | None  # 发布机构
    source_url: str | None
    correction_ids: str | None  # comma-separated ids of raw.corrections
    text_source: str = TextSource.TEXT  # TextSource of vocabulary.py
    text_confidence: float | None = None  # mean confidence of the OCR characters, 0 to 1; null without OCR
    unread_pages: int = 0  # page pictures that were not read, next to the text or below a scan's own


class OcrLine(NamedTuple):
    """`raw.ocr_lines`: one row per line, or table cell, that OCR read on a page of a report.

    The box is in fractions of the page's width and height, from the top left corner, after turning the page
    clockwise by `turned_degrees`.
    """

    report_id: str
    page_number: int  # 1 is the first
    line_number: int  # 1, 2 … on its page, in reading order
    text: str  # as read, before cleaning
    x: float
    y: float
    width: float
    height: float
    turned_degrees: int
    confidence: float  # mean of its characters, 0 to 1
    character_confidences: list[float]  # one per character of `text`
    char_start: int | None  # in the clean text; null for lines that cleaning dropped
    char_end: int | None
    is_exact: bool  # every character is in the clean text; otherwise the span lies between its neighbours


class Section(NamedTuple):
    """`raw.sections`: one row per section of a report's outline, in reading order.

    Rows partition the text: a section ends where the next one starts, so a parent has only
    the text before its first child.
    """

    section_id: str  # report_id, "-s", position with three digits
    report_id: str
    parent_section_id: str | None
    position: int  # 0, 1, 2 …
    level: int  # 1 for 一、, 2 for （一）, 3 for 1., 4 for （1）, 5 for 一是; 0 for text before the first heading
    ordinal: str | None  # as printed, without brackets and stops
    heading: str | None
    section_type: str  # preamble, achievements, leadership, problems, plans, other
    char_start: int
    char_end: int
    text: str


class ReportSentences(NamedTuple):
    """`raw.sentences`: one row per report, with its sentences as lists in reading order.

    A report has some 90 sentences, always read together; one row per sentence would take longer to write
    and read than to compute.
    """

    report_id: str
    section_positions: list[int]  # `position` of each sentence's section
    char_starts: list[int]
    char_ends: list[int]  # without surrounding white space


class Term(NamedTuple):
    """`raw.terms`: one row per term (词) and part of speech ever counted in reports.

    Rows are never deleted and numbers never reused, so counts of an earlier vocabulary stay readable.
    """

    term_number: int  # 1, 2, 3 …
    term: str
    part_of_speech: str  # jieba's tag
    is_current: bool  # in the present vocabulary


class SectionTerms(NamedTuple):
    """`raw.section_terms`: one row per report and section type, with its terms and counts as lists.

    A report has some 600 terms; one row per term would make up most of the warehouse.
    """

    report_id: str
    section_type: str
    term_numbers: list[int]  # of raw.terms, without repeats
    occurrences: list[int]  # of each term


class SectionThemes(NamedTuple):
    """`raw.theme_mentions`: one row per report and section type, with its theme mentions as lists.

    A mention is a theme and a sentence that names it, at the first such words; a report has some 70.
    """

    report_id: str
    section_type: str
    theme_ids: list[str]
    section_positions: list[int]
    sentence_positions: list[int]  # within the report
    sentence_starts: list[int]
    sentence_ends: list[int]
    char_starts: list[int]  # of the words found
    char_ends: list[int]


class Quantity(NamedTuple):
    """`raw.quantities`: one row per figure that a report states."""

    quantity_id: str  # report_id, "-q", char_start, "-", number among rows of that span
    report_id: str
    section_id: str
    section_type: str
    indicator_id: str | None
    value: float  # in `unit`: 3万余元 is 30000 元
    unit: str  # plain unit, without 万 or 余; empty if none is printed
    qualifier: str  # exact, approx, at_least, at_most
    period: str  # report_year, previous_year, plan, other
    scope: str  # total, partial
    measured: str  # the words that say what is counted
    surface: str  # text[char_start:char_end]
    sentence: str
    sentence_start: int
    char_start: int
    char_end: int
    rule: str | None  # pattern_id, or "out_of_range:" and the refused indicator; null without either
    confidence: float  # probability that indicator_id is right, 0 to 1; for OCR times `ocr_confidence`
    correction_id: str | None
    ocr_confidence: float | None = None  # OCR confidence of its characters and line, 0 to 1; null without OCR
    extracted_indicator_id: str | None = None  # extraction's choice, where a correction may have changed it


class StageFailure(NamedTuple):
    """`raw.failures`: one row per stage and report that failed in it.

    The report has no rows of that stage until a later run succeeds, which deletes the failure.
    """

    stage: str  # segment or extract; a file that fails in ingest is a rejected row of raw.files
    report_id: str
    error: str  # type, message and place in the code
    failed_at: datetime  # UTC


class StageRun(NamedTuple):
    """`raw.stage_runs`: one row per stage and subject, with the input hash of its present rows."""

    stage: str  # ingest, segment, extract, unchecked …; format, townships, terms, inputs and project for whole tables
    subject_id: str  # file_id in ingest, report_id in segment and extract; raw or marts
    # Hash of the subject's input and the stage's code and reference data. Earlier warehouse files store their
    # format in this column, so it keeps its name.
    fingerprint: str


class Township(NamedTuple):
    """`raw.townships`: one row per present township-level unit of the gazetteer."""

    township_key: str  # county_code, "-", unit_name
    unit_name: str
    unit_type: str
    county_code: str
    county_name: str
    city_name: str
    province_name: str
    township_code: str | None  # 统计用区划代码, 9 digits; null for a former unit (never in raw.townships)
    former_names: list[str]


class AppliedDecision(NamedTuple):
    """`raw.corrections`: one row per applied decision and figure, or per applied decision on a report.

    Decisions that are not applied are in `raw.correction_findings`.
    """

    correction_id: str
    file: str  # path in the folder of corrections, or corrections.csv of the reference tables
    sheet: str | None
    row_number: int
    report_id: str
    quantity_id: str | None  # null for a report
    field: str  # value, unit, indicator_id …; confirmed and received_on are only notes
    corrected_value: str
    decided_by: str | None
    decided_at: datetime | None
    note: str | None


class CorrectionFinding(NamedTuple):
    """`raw.correction_findings`: one row per row or file of people that was not applied, and why."""

    file: str
    sheet: str | None
    row_number: int | None  # spreadsheet row, or line of a rule file; null for a whole file
    problem_code: str  # short name of the kind of problem
    problem_zh: str
    problem: str
    nearest_match: str | None = None  # what was probably meant; null without a guess
    report_id: str | None = None
    quantity_id: str | None = None
    field: str | None = None
    corrected_value: str | None = None
