"""Enumeration marks of Chinese official writing: 一、 （一） 1. （1） 一是, in all their broken forms.

This module finds where a section may begin and reads its mark. `headings.py` reads the heading and
its section type; `outline.py` builds the sections.

The order of marks follows GB/T 9704-2012, 7.3.3: 一、 then （一） then 1. then （1）.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from orchestration.pipeline import chinese
from orchestration.pipeline.chinese import HAN, ORDINAL, ORDINAL_DIGITS

_DEEPEST = 5  # level
ITEM_WORDS = {"首先": 1, "其次": 2, "再次": 3, "最后": 4}

_HAN = f"[{ORDINAL_DIGITS}]"
_OPEN, _CLOSE = r"[（(〔【\[]", r"[）)〕】\]]"
_STOP = "。；：！？;:!?”"

_LINE_END = re.compile(r"\n")
# Marks at the start of a line. The last digit of a group's name is the level.
_LINE_MARK = re.compile(
    rf"""
    [^\S\n]* (?:
        (?P<part1> 第{ORDINAL}部分 ) [、，,：:]?                                # e.g. 第一部分：
      | (?P<plain1> {ORDINAL} ) \s? [、．.,，:：] (?!{ORDINAL}[、，,])          # e.g. 一、   十二．; not 一、二、三
      | {_OPEN} \s? (?P<round2> {ORDINAL} ) \s? {_CLOSE} [、．.:：,，]?         # e.g. （一）   ( 三 )、
      | (?P<half2> {ORDINAL} ) {_CLOSE} [、．.:：,，]?                          # e.g. 一）
      | (?P<glyph2> [㈠-㈩] ) [、．.:：,，]?                                    # e.g. ㈢
      | (?P<plain3> [1-9]\d? ) \s? (?:
            [．.、](?!\d) | [．.](?=20\d\d年) | 、(?=\d+(?![\d、]))            # e.g. 1.   2．2024年   3、43件
          | [,，:：](?=[{HAN}《“])                                           # e.g. 4：加
        )
      | {_OPEN} \s? (?P<round4> [1-9]\d? ) \s? {_CLOSE} [、．.:：,，]?          # e.g. （1）   [12]
      | (?P<half4> [1-9]\d? ) {_CLOSE} [、．.:：,，]?                           # e.g. 1）
      | (?P<glyph4> [⑴-⒇] ) [、．.:：,，]?                                      # e.g. ⑴
      | (?P<glyph5> [①-⑳] ) [、．.:：,，]?                                      # e.g. ①

      # incomplete marks: valid only if they continue the count
      | (?P<bare1> {ORDINAL} ) (?![是要年般方些个项{ORDINAL_DIGITS}])
        (?= [^\S\n]* [{HAN}\d] [^。，；！？：,;:\n]{{2,40}} $ )               # e.g. 三 加强队伍建设; not 三年来
      | {_OPEN} (?P<open2> {ORDINAL} ) (?=[、．.\s]?[{HAN}]) [、．.]?         # e.g. （二加强
      | (?P<bare3> [1-9]\d? ) (?= [^\S\n]? [{HAN}] )
        (?! [^\S\n]? [年月日号时分名次件场份个人起条项点周岁万元] )             # e.g. 3加强; not 3件
    )
    [^\S\n]* (?: \n\s* )?
    """,
    re.MULTILINE | re.VERBOSE,
)
# Marks within a line: an expression that begins with a character set finds the candidates first.
_INLINE_PLACE = re.compile(
    rf"""
    [（(〔【\[㈠-㈩⑴-⒇①-⑳{ORDINAL_DIGITS}1-9]
    (?:
        (?<=[（(〔【\[㈠-㈩⑴-⒇①-⑳])                                          # e.g. （   ①
      | (?<=[{_STOP}\s].) (?= [{ORDINAL_DIGITS}\d]{{0,2}} [、．.)）] )         # e.g. 。一、   ；2.   。十二）
    )
    """,
    re.VERBOSE,
)
_INLINE_MARK = re.compile(
    rf"""
    (?:
        (?<=[{_STOP}]) (?P<plain1> {ORDINAL} ) 、 (?!{ORDINAL}[、，,])          # e.g. 。一、
      | {_OPEN} (?P<round2> {ORDINAL} ) {_CLOSE} (?![项款条类目、至和]) [、．.:：,，]?   # e.g. （一）; not （一）项
      | (?P<glyph2> [㈠-㈩] )                                                   # e.g. ㈠
      | (?<=[{_STOP}\s]) (?P<plain3> [1-9]\d? ) [．.、] (?=\s?[{HAN}《“])     # e.g. 。2.加
      | {_OPEN} (?P<round4> [1-9]\d? ) {_CLOSE} (?![项款条类目、至和]) [、．.:：,，]?    # e.g. （1）; not （1）至
      | (?<=[{_STOP}]) (?P<half4> [1-9]\d? ) [）)]                              # e.g. ；1）
      | (?P<glyph4> [⑴-⒇] )                                                     # e.g. ⑵
      | (?P<glyph5> [①-⑳] )                                                     # e.g. ②
    )
    [^\S\n]*
    """,
    re.VERBOSE,
)
# 第三条第（一）项, 附件（一）: a reference, not a mark.
_REFERENCE_BEFORE = re.compile(r"(?:[第条款项表图]|附件|附表|之)$")

_ITEM = re.compile(
    rf"""
    (?P<ordinal> {_HAN}{_HAN}{{0,2}} )
    (?:
        (?P<is> 是 (?![否非]) )                # e.g. 一是; not 一是否
      | (?P<must> 要 (?![求点素件害]) )        # e.g. 二要; not 二要点
    )
    """,
    re.VERBOSE,
)
_ITEM_WORD = re.compile(
    rf"""
    第 (?P<nth> {_HAN} ) (?=[是，,、])                       # e.g. 第一，
    | (?P<word> 首先 | 其次 | 再次 | 最后 ) (?=[，,])        # e.g. 首先，
    """,
    re.VERBOSE,
)
_QUOTED = re.compile(
    rf"""
    [“‘《（(] (?:
        (?<=“) [^“”\n]{{0,120}} ”                                                # e.g. “双随机”
      | (?<=‘) [^‘’\n]{{0,80}} ’                                                 # e.g. ‘一站式’
      | (?<=《) [^《》\n]{{0,80}} 》                                             # e.g. 《条例》
      | (?<=[（(]) (?! {ORDINAL}[）)] | \d{{1,2}}[）)] ) [^（）()\n]{{0,80}} [）)]   # e.g. （含街道）; not （一）
    )
    """,
    re.VERBOSE,
)


@dataclass(slots=True)
class Mark:
    """Where a section may begin; offsets count characters of the text."""

    start: int  # of the mark
    end: int  # after the mark with its stop and white space
    level: int  # 1 for 一、 to 5 for 一是
    value: int  # 3 for 三
    ordinal: str  # as printed, without brackets and stops
    is_inline: bool  # within a line, not at its start
    is_sure: bool  # valid by itself; otherwise only if it continues a count


class Spans:
    """Sorted spans that do not overlap; `in` tests whether an offset is inside one, after its start."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        ordered = list(spans)
        self._starts = [start for start, _ in ordered]
        self._ends = [end for _, end in ordered]

    def __contains__(self, place: int) -> bool:
        index = bisect_left(self._starts, place)  # how many begin before it
        return index > 0 and place < self._ends[index - 1]


def find_quoted(text: str) -> Spans:
    """Return the spans of quotations, book titles and bracketed remarks, each on one line."""
    return Spans(match.span() for match in _QUOTED.finditer(text))


@lru_cache(maxsize=1024)
def read_ordinal(ordinal: str) -> int:
    """Return the value of a printed ordinal.

    Args:
        ordinal: 三, 十二, 二十一, 12, ㈢, ⑴, ①, 第三部分 or 其次.

    Returns:
        The number, from 1.
    """
    ordinal = ordinal.removeprefix("第").removesuffix("部分")
    if ordinal in ITEM_WORDS:
        return ITEM_WORDS[ordinal]
    if ordinal.isdecimal() or ordinal[0] in ORDINAL_DIGITS:
        return chinese.read_ordinal(ordinal)
    first = next(glyph for glyph in "⑴①㈠" if ord(glyph) <= ord(ordinal) < ord(glyph) + 20)
    return ord(ordinal) - ord(first) + 1


def find_marks(text: str, quoted: Spans) -> list[Mark]:
    """Return all marks of levels 1 to 4 (and ①) that may open a section, sure or not, in order."""
    marks: list[Mark] = []
    for start in (0, *(end.end() for end in _LINE_END.finditer(text))):
        match = _LINE_MARK.match(text, start)
        if match is None or (marks and start < marks[-1].end):
            continue
        group = match.lastgroup
        assert group is not None
        ordinal = match[group]
        marks.append(
            Mark(
                start=start,
                end=match.end(),
                level=int(group[-1]),
                value=read_ordinal(ordinal),
                ordinal=ordinal,
                is_inline=False,
                is_sure=not group.startswith(("bare", "open")),
            )
        )
    line_ends = {mark.start: mark.end for mark in marks}
    covered = Spans(line_ends.items())
    for place in _INLINE_PLACE.finditer(text):
        start = place.start()
        if start in line_ends or start in covered or start in quoted:
            continue
        inline = _INLINE_MARK.match(text, start)
        if inline is None:
            continue
        before = text[max(0, start - 2) : start]
        if not before.strip("\n") or before.endswith("\n") or _REFERENCE_BEFORE.search(before):
            continue
        group = inline.lastgroup
        assert group is not None
        marks.append(
            Mark(
                start=start,
                end=inline.end(),
                level=int(group[-1]),
                value=read_ordinal(inline[group]),
                ordinal=inline[group],
                is_inline=True,
                is_sure=group == "round2" and before[-1] in _STOP,
            )
        )
    marks.sort(key=lambda mark: mark.start)
    return marks


def choose_marks(marks: list[Mark]) -> list[Mark]:
    """Return the valid marks: those that are sure, and those that continue a count.

    An unsure mark 1 needs a 2 after it, before any mark of a higher level; an unsure mark n needs
    the chosen mark n - 1. An inline 一、 opens a section only if no line begins with that number,
    because a list 一、…；二、… inside a paragraph is not an outline.
    """
    first_level_lines = {
        mark.value for mark in marks if mark.level == 1 and not mark.is_inline and mark.is_sure
    }
    chosen: list[Mark] = []
    last_values = [0] * (_DEEPEST + 1)  # by level; 0 without one
    refused_first_level = False
    for index, mark in enumerate(marks):
        if mark.is_inline and mark.level == 1:
            refused_first_level |= mark.value in first_level_lines
            if refused_first_level:
                continue
        elif mark.level == 1:
            refused_first_level = False
        if not mark.is_sure and not _continues(marks, index, last_values):
            continue
        chosen.append(mark)
        last_values[mark.level :] = [mark.value] + [0] * (_DEEPEST - mark.level)
    return chosen


def _continues(marks: list[Mark], index: int, last_values: list[int]) -> bool:
    """Return whether an unsure mark continues the count of its level, or starts one that continues."""
    mark = marks[index]
    if mark.value > 1:
        return last_values[mark.level] == mark.value - 1
    for number in range(index + 1, len(marks)):  # a slice per mark would make this quadratic
        later = marks[number]
        if later.is_sure and later.level < mark.level:
            return False
        if later.level == mark.level:
            return later.value == 2
    return False


def find_items(text: str, quoted: Spans, marks: list[Mark]) -> list[Mark]:
    """Return the items 一是 … 二是 (also 一要, 第一，, 首先，) within and between the chosen marks.

    An item is at the start of a line or after punctuation (二是 and later: not just a comma). Otherwise
    一是 needs a 二是 after it, and a later item a digit before it (…86三是从严把关…) or the item it
    continues. 一要, 第一 and 首先 also need a second item, and their later items must continue the count.
    """
    borders = [mark.start for mark in marks]
    found = [(item.start(), item.end(), item.lastgroup, item["ordinal"]) for item in _ITEM.finditer(text)]
    if "第二" in text or "其次" in text:
        words = _ITEM_WORD.finditer(text)
        found += [(word.start(), word.end(), word.lastgroup, word[word.lastgroup or 0]) for word in words]
        found.sort()
    candidates = [
        (start, end, kind, ordinal, read_ordinal(ordinal), bisect_right(borders, start))
        for start, end, kind, ordinal in found
        if start not in quoted and text[start - 1 : start] != "第"
    ]
    last_second = {
        (kind, border): index for index, (_, _, kind, _, value, border) in enumerate(candidates) if value == 2
    }
    items: list[Mark] = []
    run: tuple[str | None, int] | None = None
    last_value = 0
    for index, (start, end, kind, ordinal, value, border) in enumerate(candidates):
        if run != (kind, border):
            run, last_value = (kind, border), 0
        before = text[start - 1] if start else "\n"
        is_after_stop = before in "\n。；：！？;:!?，,、”） )"
        is_next = last_value > 0 and value == last_value + 1
        has_second = last_second.get((kind, border), -1) > index
        if value == 1:
            is_item = (is_after_stop or has_second) if kind == "is" else (is_after_stop and has_second)
        elif kind == "is":
            is_item = is_next or before.isdigit() or (is_after_stop and before not in "，,、")
        else:
            is_item = is_next and is_after_stop
        if not is_item:
            continue
        last_value = value
        items.append(Mark(start, end, 5, value, ordinal, before != "\n", True))
    return items
