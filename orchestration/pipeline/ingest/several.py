"""Refuse files with several reports, such as a county's collection: all figures would count for the first one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import NamedTuple

from orchestration.pipeline.chinese import FIRST_MARK, HAN, ROUND_MARK, TOPIC, TOWNSHIP_KINDS
from orchestration.pipeline.readers import RejectedFile

_MAX_TITLE = 60
_MIN_BODY = 80  # characters of sentences below a title; lists of titles and letters have fewer
_MIN_LINES = 2  # with these sentences; a teaser or a note below a link has one
_TITLE = re.compile(
    rf"""
    (?P<mark> {FIRST_MARK} | {ROUND_MARK} | \d{{1,2}}[.．、] )?
    (?P<words> (?= [^\n]* (?:{TOPIC}) ) [^，。；：:\n《》“”]{{4,}}
      (?: 报告 (?:数据)? | 总结 | 汇报 | 年报 | (?P<table> 表 (?<= 情况表 | 统计表 | 数据表 | 一览表 ) ) )
      (?: [（(] [^（）()]{{1,20}} [）)] )? )       # e.g. 某镇2024年法治工作报告   某镇法治工作总结（2024年度）
    """,
    re.VERBOSE,
)
_ENDS = ("报告", "总结", "汇报", "年报", "数据", "表", "）", ")")  # of titles; looked for first, to save time
_HEADER_LINES = 3  # among which the header of a table with a report in each row is: 标题,正文
_CELL = re.compile(rf"[^\t,]{{0,{_MAX_TITLE + 1}}}")  # the first one, where a table has a report in each row
_UNIT = re.compile(rf"[{HAN}]{{1,10}}(?:{TOWNSHIP_KINDS})(?!村)")  # not 法治乡村
_BEFORE_UNIT = re.compile(r"^.*?(?:年度?|关于|委员会|政府|办事处)(?=.{2})")  # 2024年松坪镇
_NO_NAME = re.compile(
    rf"""
    (?: ^ | [各全本我该个两] ) (?:{TOWNSHIP_KINDS})+ $              # e.g. 各镇   全乡
    | 乡镇 (?: 街道 )? $
    | (?: ^ | 推进 | 统筹 | 加强 ) (?: 小? 城镇 | 集镇 | 场镇 | 城乡 ) $  # e.g. 小城镇   推进城乡; not 古城镇
    | (?: 中心 | 重点 | 发达 | 特色 ) 镇 $                          # e.g. 经济发达镇
    | [法律技化员部] 下乡 $                                         # e.g. 送法下乡
    """,
    re.VERBOSE,
)
_AROUND_SUBJECT = re.compile(  # 松坪镇[人民政府关于2024年度]法治工作总结
    r"^(?:人民政府|办事处|党工?委|委员会|关于|20\d\d年度?)+"
)
_UNIT_LINE = re.compile(  # the line above its title
    rf"[^，。；：:\n]{{2,30}}(?:政府|办事处|委员会|党工委|{TOWNSHIP_KINDS})"
)
_FIRST_PART = re.compile(r"\s*一、")
_YEAR = re.compile(r"20\d\d(?=年)")
_DIGITS = re.compile(r"\d+")


class _Heading(NamedTuple):
    at: int  # number of its line
    words: str
    unit: str
    year: str
    subject: str  # without township, office and year
    is_numbered: bool  # 一、松坪镇2024年法治工作总结
    is_table: bool
    has_parts: bool = False  # parts numbered from 一、 follow it
    numbers: tuple[str, ...] = ()  # in the text below it


def refuse_several_reports(lines: Sequence[str]) -> None:
    """Refuse a text with the reports of two townships, or of two years, one below the other.

    A title counts if sentences follow it. One without a township may be any township's.

    Args:
        lines: paragraphs of the text.

    Raises:
        RejectedFile: several_reports, with the titles.
    """
    ends = [index for index, line in enumerate(lines) if line.endswith(_ENDS)]
    if any("标题" in line and ("," in line or "\t" in line) for line in lines[:_HEADER_LINES]):
        ends = list(range(len(lines)))
    if len(ends) < 2:
        return
    titles = [found for index in ends if (found := _read_title(lines, index)) is not None]
    if len(titles) < 2:
        return
    below = [*(title.at for title in titles[1:]), len(lines)]
    whole = [
        title._replace(
            has_parts=any(map(_FIRST_PART.match, lines[title.at + 1 : end])),
            numbers=tuple(_DIGITS.findall("\n".join(lines[title.at + 1 : end]))),
        )
        for title, end in zip(titles, below, strict=True)
        if _has_body(lines, title.at, end)
    ]
    if any(_differ(one, two) for one, two in combinations(whole, 2)):
        parts = [whole[0], *(two for one, two in pairwise(whole) if _differ(one, two))]
        named = "、".join(f"《{part.words}》" for part in parts[:3])
        raise RejectedFile(
            "several_reports", f"{len(parts)} reports in one file: {named}; save each as a file of its own"
        )


def _has_body(lines: Sequence[str], at: int, end: int) -> bool:
    """Return whether a title has the sentences of a report below it, or beside it in a table."""
    body = [line for line in lines[at:end] if "。" in line]
    return sum(map(len, body)) >= _MIN_BODY and (len(body) >= _MIN_LINES or body[0] is lines[at])


def _read_title(lines: Sequence[str], index: int) -> _Heading | None:
    line = _CELL.match(lines[index])[0].strip('" ')  # type: ignore[index]  # it matches anywhere
    if len(line) > _MAX_TITLE:
        return None
    found = _TITLE.fullmatch(line)
    if found is None:
        return None
    words = found["words"]
    unit = _read_unit(words)
    if not unit and index and _UNIT_LINE.fullmatch(lines[index - 1]):
        unit, words = _read_unit(lines[index - 1]), lines[index - 1] + words
    year = _YEAR.search(words)
    subject = _AROUND_SUBJECT.sub("", words.partition(unit)[2] if unit else words)
    is_numbered, is_table = found["mark"] is not None, found["table"] is not None
    return _Heading(index, words, unit, year[0] if year else "", subject, is_numbered, is_table)


def _read_unit(words: str) -> str:
    names = [_BEFORE_UNIT.sub("", name) for name in _UNIT.findall(words)]
    return next((name for name in reversed(names) if not _NO_NAME.search(name)), "")


def _differ(one: _Heading, two: _Heading) -> bool:
    """Return whether two titles belong to different reports; 铜梁区太平镇 is 太平镇.

    A numbered title below one without a number is a section: 四、2023年法治督察问题整改情况报告. So is one on
    another subject without a year, 返乡人员法治宣传情况汇报, unless neither has one and each has its own parts.
    """
    if not (one.unit and two.unit) or one.is_numbered is not two.is_numbered:
        return False
    have_years = bool(one.year and two.year)
    if one.words == two.words and one.has_parts and two.has_parts:  # two drafts of a report, or it twice
        return one.numbers != two.numbers
    if not (one.unit.endswith(two.unit) or two.unit.endswith(one.unit)):
        are_whole = one.has_parts and two.has_parts and not (one.year or two.year)
        return have_years or one.subject == two.subject or are_whole
    # an annexed table may be of another year
    return have_years and one.year != two.year and not (one.is_table or two.is_table)
