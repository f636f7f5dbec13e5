"""Remove the quoted message from an e-mail: it often holds an earlier version of the report.

A forwarded message (转发) with only a line or two above it is kept whole.
"""

from __future__ import annotations

import re

from orchestration.pipeline.chinese import count_han

_ANSWERED = re.compile(
    r"""
    \s* (?:
        [-—_=*\s]{2,} (?: 原始邮件 | 原邮件 | 邮件原件 | 回复的原邮件 | 原始信息 | Original\ Message ) [-—_=*\s]{2,} .*
      | (?: 在 | 于 | At | On ) .{4,120} (?: 写道 | wrote | 写到 ) \s* [:：]
    )
    # e.g. ----- 原始邮件 -----   在 2025-01-10 10:12:33，"某镇" 写道：
    """,
    re.VERBOSE,
)
_QUOTED = re.compile(r"\s*>")
_MIN_HAN = 150  # of an answer that is a report; 请查收 or 请审阅 is shorter
_MIN_SHARE = 0.5  # of the quoted message; a covering letter is shorter
_MIN_LETTER_SHARE = 1.0  # if only the quoted message has a title: a short report below a long letter
_TITLE = re.compile(r"(?:报告|总结|汇报|年报)\s*$", re.MULTILINE)


def drop_answered(text: str) -> str:
    """Return a message without the one below it or quoted with >; unchanged if its own part is much shorter."""
    lines = text.split("\n")
    end = next((index for index, line in enumerate(lines) if _ANSWERED.fullmatch(line)), len(lines))
    own = [line for line in lines[:end] if not _QUOTED.match(line)]
    if len(own) == len(lines):
        return text
    mine = "\n".join(own)
    kept, whole = count_han(mine), count_han(text)
    is_letter = _TITLE.search(mine) is None and _TITLE.search(text) is not None
    share = _MIN_LETTER_SHARE if is_letter else _MIN_SHARE
    return mine if kept >= max(_MIN_HAN, share * (whole - kept)) else text
