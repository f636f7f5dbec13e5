"""The typed records that the stages hand on to each other.

Each record of a raw table is one named tuple whose fields are that table's columns, in
order: `orchestration.warehouse` derives the DDL from them, so a column is defined once.
Behaviour does not belong here, nor does anything that only one module uses.

Offsets are half-open and count characters (code points) of the clean text,
`Document.text`, everywhere: `text[char_start:char_end]` is what a row speaks of.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from orchestration.pipeline.vocabulary import TextSource


class SourceFile(NamedTuple):
    """`raw.files`: one row per file ever seen, that is per path and content.

    A file whose bytes change is a new row; a file in an archive counts as a file, at
    `archive.zip!/inner/path.txt`. Rows are never deleted.
    """

    file_id: str  # 16 hex digits of sha256(source_path, content_sha256 or modified_ns)
    content_sha256: str | None  # null where the bytes were not read (too large, link out of the folder)
    source_path: str  # relative to the reports folder, with /
    source_name: str  # last part of source_path
    byte_size: int
    modified_ns: int  # modification time when read; with byte_size, lets an unchanged file be skipped
    media_type: str | None  # found by content; null where nothing could be told
    encoding: str | None  # of text formats; null for binary ones
    status: str  # loaded, rejected, duplicate, superseded
    reason: str | None  # null for loaded; else code and message, such as "scanned: …"
    reader: str | None  # reader module that took or refused the file
    report_id: str | None  # the report this file holds; null when rejected
    is_present: bool  # still in the folder at the last run
    first_seen_at: datetime  # UTC
    last_seen_at: datetime  # UTC, when it was last read; an unchanged file is not read again


class RawReport(NamedTuple):
    """`raw.reports`: one row per distinct readable content, as read, before cleaning."""

    report_id: str  # first 16 hex digits of content_sha256
    content_sha256: str
    source_path: str
    source_name: str
    media_type: str
    encoding: str | None
    reader: str
    raw_text: str  # what the reader found, lines kept
    side_metadata: str | None  # JSON of NAME.meta.json, null without one
    loaded_at: datetime  # UTC


class Document(NamedTuple):
    """`raw.documents`: one row per report: its clean text, and whose it is."""

    report_id: str
    text: str  # clean text, simplified Chinese, paragraphs separated by \n
    original_text: str | None  # before conversion, where the source is traditional Chinese
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
    resolution_evidence: str | None  # what decided, in words with the text found
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
    text_confidence: float | None = None  # mean of the characters that OCR read, 0 to 1; null for text
    unread_pages: int = 0  # pictures of pages beside the text that nothing has read


class OcrLine(NamedTuple):
    """`raw.ocr_lines`: one row per line, or table cell, that OCR read on a page of a report.

    The box is in fractions of the page's width and height, from its top left corner, on the page as it stands
    when it is turned clockwise by `turned_degrees`.
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
    character_confidences: list[float]  # one for each character of `text`
    char_start: int | None  # in the clean text; null for lines that cleaning dropped
    char_end: int | None
    is_exact: bool  # the clean text has each of its characters; else the span is that between its neighbours


class Section(NamedTuple):
    """`raw.sections`: one row per section of a report's outline, in reading order.

    Rows partition the text: a section reaches from its own start to the start of the
    next one, so a parent holds only what is before its first child.
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
    """`raw.sentences`: one row per report, its sentences in reading order as lists.

    A report has some 90, and what reads them reads all of a report: rows of their own would cost more
    to write, and to read again, than to find.
    """

    report_id: str
    section_positions: list[int]  # `position` of the section that each is in
    char_starts: list[int]
    char_ends: list[int]  # without surrounding white space


class Term(NamedTuple):
    """`raw.terms`: one row per term (词) and part of speech that words of reports were ever counted under.

    Rows are never deleted and numbers never given anew, so that counts of an earlier vocabulary stay readable.
    """

    term_number: int  # 1, 2, 3 …
    term: str
    part_of_speech: str  # jieba's tag
    is_current: bool  # a term of the present vocabulary


class SectionTerms(NamedTuple):
    """`raw.section_terms`: one row per report and section type, its terms and their counts as lists.

    A report has some 600 terms: as rows of their own they would be most of the warehouse.
    """

    report_id: str
    section_type: str
    term_numbers: list[int]  # of raw.terms, each once
    occurrences: list[int]  # of each


class SectionThemes(NamedTuple):
    """`raw.theme_mentions`: one row per report and section type, its mentions of themes as lists.

    A mention is a theme and a sentence that names it, at the first words that name it; a report has some 70.
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
    """`raw.quantities`: one row per figure that a report asserts."""

    quantity_id: str  # report_id, "-q", char_start, "-", number among rows of that span
    report_id: str
    section_id: str
    section_type: str
    indicator_id: str | None
    value: float  # in `unit`: 3万余元 is 30000 元
    unit: str  # as printed without 万 or 余; empty where none is printed
    qualifier: str  # exact, approx, at_least, at_most
    period: str  # report_year, previous_year, plan, other
    scope: str  # total, partial
    measured: str  # the words that say what is counted
    surface: str  # text[char_start:char_end]
    sentence: str
    sentence_start: int
    char_start: int
    char_end: int
    rule: str | None  # pattern_id of the catalogue; null without an indicator
    confidence: float  # probability that indicator_id is right, 0 to 1; by OCR times `ocr_confidence`
    correction_id: str | None
    ocr_confidence: float | None = None  # how sure OCR is of its characters and line, 0 to 1; null for text
    extracted_indicator_id: str | None = None  # what extraction chose, where a correction may have changed it


class StageFailure(NamedTuple):
    """`raw.failures`: one row per stage and report that the stage could not work on.

    The report has no rows of that stage until a later run succeeds, which deletes the row here.
    """

    stage: str  # segment or extract; a file that fails in ingest is a rejected row of raw.files
    report_id: str
    error: str  # type, message and place in the code
    failed_at: datetime  # UTC


class StageRun(NamedTuple):
    """`raw.stage_runs`: one row per stage and subject: what its rows were last made with."""

    stage: str  # ingest, segment, extract, unchecked …; format, townships, terms, inputs and project for whole tables
    subject_id: str  # file_id in ingest, report_id in segment and extract; raw or marts
    # The input hash: of the subject's input and of the stage's code and reference data. Files of earlier formats
    # tell their format in this column, so it keeps its name.
    fingerprint: str


class Township(NamedTuple):
    """`raw.townships`: one row per township-level unit of today, after the gazetteer."""

    township_key: str  # county_code, "-", unit_name
    unit_name: str
    unit_type: str
    county_code: str
    county_name: str
    city_name: str
    province_name: str
    township_code: str | None  # 统计用区划代码, 9 digits; null for a former unit (never in raw.townships)
    former_names: list[str]


class Decision(NamedTuple):
    """`raw.corrections`: one row per decision of a person that holds, and figure that it is about.

    A decision about a report has one row. Those that do not hold are in `raw.correction_findings`.
    """

    correction_id: str
    file: str  # below the folder of corrections, or corrections.csv of the reference tables
    sheet: str | None
    row_number: int
    report_id: str
    quantity_id: str | None  # null for a report
    field: str  # value, unit, indicator_id …; confirmed and received_on only note something
    corrected_value: str
    decided_by: str | None
    decided_at: datetime | None
    note: str | None


class CorrectionFinding(NamedTuple):
    """`raw.correction_findings`: one row per row or file of people that could not be applied, and why."""

    file: str
    sheet: str | None
    row_number: int | None  # as a spreadsheet counts, or a line of a rule file; null for a whole file
    problem_code: str  # a short name of the kind of problem
    problem_zh: str
    problem: str
    nearest_match: str | None = None  # what it may have meant; null where there is no guess
    report_id: str | None = None
    quantity_id: str | None = None
    field: str | None = None
    corrected_value: str | None = None
