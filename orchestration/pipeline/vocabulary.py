"""Closed lists (封闭词表) shared by several stages, the seeds and the marts.

The tables contain the values; the Python names are in English. A test compares each list
with the seeds and with the `accepted_values` of the dbt project.
"""

from __future__ import annotations

from enum import StrEnum


class FileStatus(StrEnum):
    """The status of a file (文件状态); every file seen has exactly one."""

    LOADED = "loaded"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"  # the same bytes, or the same clean text, as another file
    SUPERSEDED = "superseded"  # replaced by a later file for the same path, or for the same township and year


class AdminLevel(StrEnum):
    """The level of the reporting unit (层级); only townships enter the township marts."""

    TOWNSHIP = "township"
    COUNTY = "county"
    CITY = "city"
    PROVINCE = "province"
    DEPARTMENT = "department"
    UNKNOWN = "unknown"


class Resolution(StrEnum):
    """How the township was found (归属依据)."""

    STATED = "stated"  # the report or its surroundings name the county
    INFERRED = "inferred"  # no other place fits the report
    AMBIGUOUS = "ambiguous"  # several namesakes fit; the candidates are stored
    UNRESOLVED = "unresolved"


class ReportKind(StrEnum):
    """The subject of a yearly report; `reporting_compliance` and `coverage` count only the first."""

    RULE_OF_LAW = "法治政府建设"  # includes 依法行政, 法治建设
    ENFORCEMENT = "行政执法"
    ACCOUNTABILITY = "述法"  # of the head of party or government: 履行推进法治建设第一责任人职责
    LEGAL_EDUCATION = "普法"


class TextSource(StrEnum):
    """The source of a report's text (文字来源)."""

    TEXT = "text"
    OCR = "ocr"  # at least one page was read from a picture


class SectionType(StrEnum):
    """The subject of a section (部分类型); inherited from the level-1 section unless overridden."""

    PREAMBLE = "preamble"
    ACHIEVEMENTS = "achievements"  # 主要举措和成效
    LEADERSHIP = "leadership"  # 第一责任人履职
    PROBLEMS = "problems"  # 不足和原因
    PLANS = "plans"  # 下一年安排
    OTHER = "other"


class Qualifier(StrEnum):
    """How exact a figure is (精确程度)."""

    EXACT = "exact"
    APPROX = "approx"  # 余, 多, 近, 约
    AT_LEAST = "at_least"  # 以上, 不少于
    AT_MOST = "at_most"


class Period(StrEnum):
    """The period that a figure refers to (时期)."""

    REPORT_YEAR = "report_year"
    PREVIOUS_YEAR = "previous_year"
    PLAN = "plan"
    OTHER = "other"


class Scope(StrEnum):
    """Whether a figure is the township's total or a part (范围)."""

    TOTAL = "total"
    PARTIAL = "partial"  # a part of it, one of several kinds, or a special campaign


class IndicatorKind(StrEnum):
    """How the figures of an indicator add up (指标类型)."""

    COUNT = "count"
    STOCK = "stock"
    RATE = "rate"
    AMOUNT = "amount"


class Severity(StrEnum):
    """The severity of a finding (严重程度)."""

    INFO = "info"
    WARN = "warn"
    ERROR = "error"
