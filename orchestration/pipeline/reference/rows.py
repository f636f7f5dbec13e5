"""Row models of the files of seeds/reference.

They declare types, closed lists and required cells; `checks` applies them. Rules over several
rows or files (such as "the indicator of a rule exists") are checked by the stage that reads them.
Worker processes do not import this module, because their files were checked when the run began.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat, StringConstraints

from orchestration.pipeline.reference.tables import normalise_date
from orchestration.pipeline.vocabulary import IndicatorKind, SectionType, Severity

Text = Annotated[str, StringConstraints(min_length=1)]
CountyCode = Annotated[str, StringConstraints(pattern=r"^\d{6}$")]
TownshipCode = Annotated[str, StringConstraints(pattern=r"^(\d{6}|\d{9})$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Day = Annotated[date, BeforeValidator(normalise_date)]
Value = TypeVar("Value")


def _none_if_empty(text: str) -> str | None:
    return text or None


OrEmpty = Annotated[Value | None, BeforeValidator(_none_if_empty)]


class Row(BaseModel):
    """A row of any reference file; columns that the model does not name (notes) may contain anything."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class DivisionRow(Row):
    """identify/divisions.csv: one row per province, prefecture, county and development zone."""

    code: CountyCode
    level: Literal["province", "prefecture", "county", "zone"]
    name: Text
    parent_code: OrEmpty[CountyCode]
    short_names: str


class TownshipRow(Row):
    """identify/townships.csv: one row per township-level unit."""

    code: TownshipCode
    unit_name: Text
    former_names: str


class FormerCountyRow(Row):
    """identify/former_counties.csv: one row per former name or code of a county."""

    name: Text
    code: OrEmpty[CountyCode]
    county_code: CountyCode
    last_year: OrEmpty[int]


class CountyChangeRow(Row):
    """identify/county_changes.csv: one row per change or name that the tables lack."""

    kind: Literal["renamed", "merged", "split", "zone", "alias"]
    code: OrEmpty[CountyCode]
    name: str
    new_code: CountyCode
    new_name: str
    townships: str
    year: OrEmpty[int]


class OfficialHostRow(Row):
    """identify/official_hosts.csv: one row per web site of a county government."""

    host: Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)*\.gov\.cn$")]
    county_code: CountyCode
    county_name: Text
    source: Text  # the place whose page was seen there


class UnitTypeRow(Row):
    """identify/unit_types.csv: one row per ending of township-level names."""

    suffix: Text
    unit_type: Text
    canonical_suffix: str
    is_named_in_titles: bool


class WordRow(Row):
    """One row per word."""

    word: Text


class HeaderFieldRow(Row):
    """ingest/header_fields.csv: one row per label of a header field."""

    label: Text
    field: Literal[
        "index_number", "document_number", "issuer", "source", "document_date", "issued_on", "published_on", "title",
        "ignore",
    ]  # fmt: skip
    needs_colon: bool


class WebChromeRow(Row):
    """ingest/web_chrome.csv: one row per regular expression for chrome lines."""

    zone: Literal["any", "footer"]
    pattern: Text


class SectionHeadingRow(Row):
    """segment/section_headings.csv: one row per regular expression for headings."""

    pattern_id: Text
    role: Literal[
        "type", "override", "title", "opening", "turn", "closing", "body_start", "heading_end", "body_begin", "prose"
    ]  # fmt: skip
    section_type: OrEmpty[SectionType]
    pattern: Text


class DomainWordRow(WordRow):
    """segment/words.csv: one row per word that jieba's dictionary lacks."""

    part_of_speech: Text
    domain_id: str


class StopWordRow(WordRow):
    """segment/stop_words.csv: one row per word that is not a term."""

    reason: Text


class ThemeRow(Row):
    """segment/themes.csv: one row per theme of problems or plans."""

    theme_id: Text
    section_type: Literal["problems", "plans", "both"]
    name_zh: Text
    name_en: Text
    words: Text


class IndicatorRow(Row):
    """extract/indicators.csv: one row per indicator."""

    indicator_id: Annotated[str, StringConstraints(pattern=r"^[a-z_]+\.[a-z0-9_]+$")]
    domain_id: Text
    name_zh: Text
    name_en: Text
    unit: str
    kind: IndicatorKind
    valid_min: FiniteFloat
    valid_max: FiniteFloat
    definition: str


class UnitRow(Row):
    """extract/units.csv: one row per printed unit."""

    unit: Text
    plain_unit: Text
    factor: float
    unit_class: Text
    han_reading: Literal["count", "noun", "never", "kinds"]


class FigureWordRow(WordRow):
    """extract/figure_words.csv: one row per word around figures; | separates several roles."""

    role: Text


class PhraseRow(Row):
    """extract/not_figures.csv and zero_phrases.csv: one row per phrase."""

    phrase: Text
    kind: Text


class ConfidenceRow(Row):
    """extract/confidence.csv: one row per margin step, plus one for figures without an indicator."""

    margin_from: Text
    probability: Annotated[float, Field(gt=0, lt=1)]
    figures: int
    right: int


class DomainRow(Row):
    """transform/domains.csv: one row per domain of the catalogue."""

    domain_id: Text
    position: int
    name_zh: Text
    name_en: Text


class IndicatorRelationRow(Row):
    """transform/indicator_relations.csv: one row per related part, whole and rate."""

    relation_id: Text
    part_indicator_id: Text
    whole_indicator_id: Text
    rate_indicator_id: str
    severity: Severity
    is_kind: bool


class CompliancePartRow(Row):
    """transform/compliance_parts.csv: one row per part that a report must have."""

    position: int
    section_type: SectionType
    name_zh: Text
    name_en: Text


class RejectionReasonRow(Row):
    """transform/rejection_reasons.csv: one row per code of a rejected file, with words for officers."""

    reason_code: Text
    reason_zh: Text
    reply_zh: str


class ReviewReasonRow(Row):
    """transform/review_reasons.csv: one row per reason to review a figure or report."""

    reason_code: Text
    position: int
    reason_zh: Text


class MartRow(Row):
    """publish/marts.csv: one row per mart."""

    mart: Text
    key: Text
    name_zh: Text
    description_zh: Text


class MartColumnRow(Row):
    """publish/mart_columns.csv: one row per column; an empty mart means all marts."""

    mart: str
    column: Text
    name_zh: Text
    description_zh: Text


class CorrectionColumnRow(Row):
    """corrections/correction_columns.csv: one row per accepted header of a decision column."""

    column: Text
    header: Text


class CorrectionWordRow(WordRow):
    """corrections/correction_words.csv: one row per accepted word in a decision cell."""

    column: Literal["yes", "period", "scope", "qualifier", "indicator_id"]
    value: Text


# Path under seeds/reference → row model and unique column. corrections.csv is missing here: its rows are
# decisions, and an invalid one is a finding, as in any file of decisions, and stops nothing.
TABLES: dict[str, tuple[type[Row], str | None]] = {
    "corrections/correction_columns.csv": (CorrectionColumnRow, "header"),
    "corrections/correction_words.csv": (CorrectionWordRow, "word"),
    "identify/divisions.csv": (DivisionRow, "code"),
    "identify/townships.csv": (TownshipRow, None),
    "identify/former_counties.csv": (FormerCountyRow, None),
    "identify/county_changes.csv": (CountyChangeRow, None),
    "identify/official_hosts.csv": (OfficialHostRow, "host"),
    "identify/not_unit_names.csv": (WordRow, "word"),
    "identify/unit_types.csv": (UnitTypeRow, "suffix"),
    "ingest/header_fields.csv": (HeaderFieldRow, "label"),
    "ingest/web_chrome.csv": (WebChromeRow, None),
    "segment/section_headings.csv": (SectionHeadingRow, "pattern_id"),
    "segment/words.csv": (DomainWordRow, "word"),
    "segment/stop_words.csv": (StopWordRow, "word"),
    "segment/themes.csv": (ThemeRow, "theme_id"),
    "extract/indicators.csv": (IndicatorRow, "indicator_id"),
    "extract/units.csv": (UnitRow, "unit"),
    "extract/figure_words.csv": (FigureWordRow, "word"),
    "extract/not_figures.csv": (PhraseRow, "phrase"),
    "extract/zero_phrases.csv": (PhraseRow, "phrase"),
    "extract/confidence.csv": (ConfidenceRow, "margin_from"),
    "transform/domains.csv": (DomainRow, "domain_id"),
    "transform/indicator_relations.csv": (IndicatorRelationRow, "relation_id"),
    "transform/compliance_parts.csv": (CompliancePartRow, "section_type"),
    "transform/rejection_reasons.csv": (RejectionReasonRow, "reason_code"),
    "transform/review_reasons.csv": (ReviewReasonRow, "reason_code"),
    "publish/marts.csv": (MartRow, "mart"),
    "publish/mart_columns.csv": (MartColumnRow, None),
}
