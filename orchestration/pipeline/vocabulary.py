"""Closed lists that several stages, the seeds and the marts share.

A value is what stands in the tables; the Python name says it in English.
"""

from __future__ import annotations

from enum import StrEnum


class ReportKind(StrEnum):
    """What a yearly report is about; `reporting_compliance` and `coverage` count the first only."""

    RULE_OF_LAW = "法治政府建设"  # with 依法行政, 法治建设
    ENFORCEMENT = "行政执法"
    ACCOUNTABILITY = "述法"  # of the head of party or government: 履行推进法治建设第一责任人职责
    LEGAL_EDUCATION = "普法"
