"""The subject of a yearly report: the rule of law as a whole, or one of its duties."""

from __future__ import annotations

import re

from orchestration.pipeline.identify.phrases import INTRO_CHARS, find_announcement
from orchestration.pipeline.vocabulary import ReportKind

# The first kind with words in the title, or in the sentence that announces the report, wins.
_KIND_WORDS = (
    # except a report on 法治政府建设, which may say who is responsible
    (
        ReportKind.ACCOUNTABILITY,
        re.compile(
            r"""
            述法 | 述职述廉述法
            | 履行.{0,12}第一责任人               # e.g. 履行推进法治建设第一责任人职责情况报告
            | 第一责任人.{0,6}(?: 履职 | 职责 )   # e.g. 第一责任人履职情况
            """,
            re.VERBOSE,
        ),
    ),
    (ReportKind.RULE_OF_LAW, re.compile(r"法治政府|依法行政|法治建设|法制建设|法治工作|依法治|法治[镇乡街]")),
    (ReportKind.ENFORCEMENT, re.compile(r"行政执法|综合执法|执法工作|执法情况")),
    (ReportKind.LEGAL_EDUCATION, re.compile(r"普法|法治宣传|法制宣传")),
)


def find_kind(title: str | None, text: str) -> ReportKind:
    """Return the kind by the title; without one, by the sentence 现将…情况报告如下 or the first words."""
    announced = find_announcement(text, 2 * INTRO_CHARS)
    for words in (title, announced, text[:INTRO_CHARS]):
        for kind, pattern in _KIND_WORDS if words else ():
            if pattern.search(words or ""):
                return kind
    return ReportKind.RULE_OF_LAW
