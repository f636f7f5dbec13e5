"""The shape of a single line: prose, chrome, a date, an open end."""

from __future__ import annotations

import re
from collections.abc import Sequence

from orchestration.pipeline.chinese import (
    CHAPTER_MARK,
    CLOSERS,
    DATE,
    ORDINAL,
    ORDINAL_DIGITS,
    ROUND_MARK,
    SENTENCE_STOPS,
)
from orchestration.pipeline.ingest.page_words import IngestReference

STARTS_ITEM = re.compile(
    rf"""
    (?:
        {ORDINAL}[、.．，,]                # e.g. 一、   十二.
      | {ROUND_MARK}                       # e.g. （三）   (12)
      | \d{{1,2}}[.．、](?!\d)             # e.g. 1.   2、; not 1.5
      | [①-⑳]
      | {CHAPTER_MARK}                     # e.g. 第一部分   第三条
      | [{ORDINAL_DIGITS}]{{1,2}}是        # e.g. 一是
      | 附件 | 附[:：]                     # e.g. 附：
    )
    """,
    re.VERBOSE,
)
INSTRUCTIONS = re.compile(r"(?:填[表报写]|编制|报送)(?:说明|须知|要求)")  # above a form: 填写说明：1.…
_STOPS = tuple(SENTENCE_STOPS + "：!?;:…")
_CLOSES_SPEECH = tuple("”」』")
OPEN_ENDS = tuple("，、,（(《“‘「『")
HAS_SENTENCE = re.compile(f"[{SENTENCE_STOPS}]")
HAS_CLAUSE = re.compile(r"[，。；]")
IS_PROSE = re.compile(rf"[{SENTENCE_STOPS}]|[，,][^，,]{{6,}}")
DATE_LINE = re.compile(
    rf"""
    [（(]? \s* {DATE} \s* [日号]?                        # e.g. （2024年1月10日）
    (?: \s+ \d{{1,2}}:\d{{2}} (?: :\d{{2}} )? )?         # e.g. 2024-01-10 09:30   2024-01-10 09:30:15
    \s* [）)]?
    """,
    re.VERBOSE,
)
# A date as web sites print it; one in words only if a time follows.
SITE_DAY = re.compile(
    r"""
    (?<![\d.]) (?:19|20)\d\d
    (?:
        (?P<mark>[-/.]) \d{1,2} (?P=mark) \d{1,2} (?![\d.-])         # e.g. 2024-01-10   2024/1/10
        (?: \s+ \d{1,2}:\d{2} (?: :\d{2} )? )?                       # e.g. 2024-01-10 09:30
      | 年 \d{1,2} 月 \d{1,2} 日 \s* \d{1,2}:\d{2} (?: :\d{2} )?
        (?= (?: [一-鿿]{2,3} )? \Z | \s )                            # e.g. 2024年1月10日 09:30重庆
    )
    """,
    re.VERBOSE,
)
BREADCRUMB = re.compile(
    r"""
    位置 \s* [:：>＞]                                          # e.g. 当前位置：
    | 首\s*页 \s* (?: > | ＞ | » | › | / | - )                 # e.g. 首页 > 政务公开
    | [^>＞»›]{2} [>＞»›] [^>＞»›]{2,} [>＞»›]                 # e.g. 公开>法治>年报
    """,
    re.VERBOSE,
)
_ITEM_NUMBER = re.compile(r"(\d{1,2})[.．](?=\S)")
_MIN_ITEMS = 3
_MAY_BE_DECIMAL = re.compile(r"\d{1,3}[余多]?[万亿%％元米吨亩顷公平升度倍小]")  # 1.5万元 is a line of its own
MAX_TITLE_LINE_CHARS = 60
LONG_LINE_CHARS = 45


def is_prose(line: str) -> bool:
    """Return whether a line is running text, not a label, link or heading."""
    return len(line) >= LONG_LINE_CHARS or (len(line) > 12 and IS_PROSE.search(line) is not None)


def is_long_prose(line: str) -> bool:
    """Return whether a line is longer than any title and contains the end of a sentence."""
    return len(line) > MAX_TITLE_LINE_CHARS and HAS_SENTENCE.search(line) is not None


def is_chrome(line: str, reference: IngestReference) -> bool:
    """Return whether a whole line is chrome; a long line with a sentence is prose and never dropped."""
    return not is_long_prose(line) and reference.chrome.fullmatch(line) is not None


def part_item_numbers(lines: list[str]) -> list[str]:
    """Return lines in which the number of a list item is apart from a figure behind it: 1.26场次 becomes 1. 26场次.

    Lines are items if their numbers run from 1 over three lines, or if another line of the list has no figure there.
    Lists with a number that may be a decimal (2.5万元) stay.
    """
    numbered = [at for at, line in enumerate(lines) if "0" <= line[:1] <= "9"]
    if not numbered:
        return lines  # most texts
    parted = list(lines)
    run: list[tuple[int, str]] = []  # index of an item and its number with the point
    for index in numbered:
        found = _ITEM_NUMBER.match(lines[index])
        number = 0 if found is None else int(found[1])
        if run and (number != len(run) + 1 or index != run[-1][0] + 1):
            _part(run, parted)
            run = []
        if found is not None and number == len(run) + 1:
            run.append((index, found[0]))
    _part(run, parted)
    return parted


def _part(run: Sequence[tuple[int, str]], lines: list[str]) -> None:
    glued = [(at, number) for at, number in run if lines[at][len(number)].isdigit()]
    if any(_MAY_BE_DECIMAL.match(lines[at], len(number)) for at, number in glued):
        return
    if len(run) >= _MIN_ITEMS or len(glued) < len(run):
        for at, number in glued:
            lines[at] = f"{number} {lines[at][len(number) :]}"


def ends_sentence(line: str) -> bool:
    """Return whether a line ends with a stop, also before closing quotes and brackets, or with a closing quote."""
    return line.endswith(_CLOSES_SPEECH) or line.rstrip(CLOSERS).endswith(_STOPS)
