"""Join lines into paragraphs where a file breaks them at a fixed width."""

from __future__ import annotations

import re
from collections.abc import Sequence

from orchestration.pipeline.chinese import DIGITS, HAN, MULTIPLIERS, RULE_OF_LAW, ZEROS, glue_lines
from orchestration.pipeline.ingest.line_shapes import (
    DATE_LINE,
    HAS_CLAUSE,
    HAS_SENTENCE,
    LONG_LINE_CHARS,
    OPEN_ENDS,
    STARTS_ITEM,
    ends_sentence,
)

_WHOLE_TITLE = re.compile(rf"[^，,。；：:]*(?:{RULE_OF_LAW})[^，,。；：:]*(?:报告|总结|汇报|年报)")
# A break within a number (发放宣传资料12 and 345份， or 达98 and .5%，) or before its unit (调解纠纷12 and 件，).
_UNIT = (
    r"(?: 万?[件次起人元户场份个条宗家名部册篇期处亩吨例] | 亿元 | [%‰] | 万?人次 | 场次 )"
    r" (?: [，。；、（] | 以[上下] | $ )"
)
_LOOSE_UNIT = re.compile(_UNIT, re.VERBOSE)
_LOOSE_DIGITS = re.compile(rf"\.? \d{{1,6}} (?: \.\d+ )? [余多]?[万亿]? {_UNIT}", re.VERBOSE)
_STOPS = frozenset("，、；。：！？％")  # no paragraph begins with these
_OPENED_BY = {"）": "（", "》": "《", "”": "“", "’": "‘"}  # the line before may open it
_SHORT_LABEL = 8  # characters; shorter lines may be table rows: 行政处罚12
_NUMBER_END = re.compile(
    rf"""
    [{HAN}] (?:
        \d{{1,6}} [.,]?                             # e.g. 资料12   达98.
      | \d{{1,3}} (?: ,\d{{3}} )* ,\d{{0,2}}         # e.g. 罚款1,2
      | \d{{1,4}} \.\d                             # e.g. 资金3.5
    ) $
    """,
    re.VERBOSE,
)
_OPEN_CLAUSE = re.compile(rf"[，；].*[{HAN}]$")  # 调解纠纷34件，作出行政处罚
# 一百二 and 十三件，: a line that begins with a multiplier continues a numeral
_HAN_NUMBER_END = re.compile(rf"[{DIGITS}两{MULTIPLIERS}]$")
_LOOSE_HAN_DIGITS = re.compile(rf"[{MULTIPLIERS}][{ZEROS}{DIGITS}{MULTIPLIERS}]* [余多]? {_UNIT}", re.VERBOSE)
_MIN_WRAP_WIDTH, _MAX_WRAP_WIDTH = 15, 60  # Han characters


def unwrap(lines: Sequence[str], indented: Sequence[bool]) -> list[str]:
    """Rejoin the lines of a wrapped text (PDF, fixed width); other texts stay as they are."""
    width = _find_wrap_width(lines, indented)
    if not width:
        return list(lines)
    uses_indent = sum(indented) * 10 > len(lines)
    whole: list[str] = []
    previous = 0.0
    for line, is_indented in zip(lines, indented, strict=True):
        starts = is_indented or previous < width - 2 or STARTS_ITEM.match(line) or DATE_LINE.fullmatch(line)
        is_title = whole and _WHOLE_TITLE.fullmatch(whole[-1]) and not line.startswith("如下")
        if not whole or starts or is_title or (ends_sentence(whole[-1]) and not uses_indent):
            whole.append(line)
        else:
            whole[-1] += glue_lines(whole[-1], line) + line
        previous = _count_width(line) + 2 * is_indented
    return whole


def _find_wrap_width(lines: Sequence[str], indented: Sequence[bool]) -> float:
    """Return the width in Han characters at which a text is wrapped; 0 if it is not."""
    if len(lines) < 8:
        return 0.0
    nearly_all = int(len(lines) * 0.9)
    # Most texts have lines too long for a wrapped text, even if all characters were ASCII.
    if sorted(map(len, lines))[nearly_all] > 2 * _MAX_WRAP_WIDTH:
        return 0.0
    widths = sorted(
        _count_width(line) + 2 * is_indented for line, is_indented in zip(lines, indented, strict=True)
    )
    width = widths[nearly_all]
    if not _MIN_WRAP_WIDTH <= width <= _MAX_WRAP_WIDTH or widths[-1] > width + 6:
        return 0.0
    near = sum(width - 3 <= other <= width + 3 for other in widths)
    if sum(map(ends_sentence, lines)) * 2 > len(lines):
        return 0.0  # rows of a table, each a sentence
    return width if near * 3 >= len(widths) else 0.0


def _count_width(line: str) -> float:
    """Return the width in Han characters; ASCII counts half."""
    return len(line.encode("gb18030", "replace")) / 2


def join_paragraphs(lines: Sequence[str]) -> list[str]:
    """Join the body's lines into paragraphs, without breaks in mid-sentence."""
    paragraphs: list[str] = []
    for line in lines:
        if paragraphs and _continues(paragraphs[-1], line):
            paragraphs[-1] += glue_lines(paragraphs[-1], line) + line
        else:
            paragraphs.append(line)
    return paragraphs


def _continues(before: str, line: str) -> bool:
    """Return whether a line continues the paragraph before it."""
    first = line[0]
    if first in _STOPS or (first in _OPENED_BY and before.count(_OPENED_BY[first]) > before.count(first)):
        return True
    if before[-1] in "0123456789.," and _NUMBER_END.search(before):
        is_running = len(before) >= _SHORT_LABEL or HAS_CLAUSE.search(before) or HAS_SENTENCE.search(line)
        if _LOOSE_UNIT.match(line) or (is_running and HAS_CLAUSE.search(line) and _LOOSE_DIGITS.match(line)):
            return True
    if first in MULTIPLIERS and _HAN_NUMBER_END.search(before) and _LOOSE_HAN_DIGITS.match(line):
        return True
    if ends_sentence(before) or STARTS_ITEM.match(line) or DATE_LINE.fullmatch(line):
        return False
    if (
        first.isdigit()
        and _LOOSE_DIGITS.match(line)
        and _OPEN_CLAUSE.search(before)
        and not STARTS_ITEM.match(before)
    ):
        return True
    if before.endswith(OPEN_ENDS):
        return True
    if HAS_SENTENCE.search(before):
        return True
    return STARTS_ITEM.match(before) is None and len(before) >= LONG_LINE_CHARS
