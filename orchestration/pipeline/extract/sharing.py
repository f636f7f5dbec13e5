"""Lists: how figures of one sentence describe each other.

This module shares words that apply to several figures (`share_…`), and finds which figures are parts of a
whole or of several years. `scope` finds parts by a figure's own words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from orchestration.pipeline.chinese import ORDINAL_DIGITS
from orchestration.pipeline.extract.assignment import Assigned, Reading, Sentence
from orchestration.pipeline.extract.catalogue import Indicator
from orchestration.pipeline.extract.clause_words import clean_words, find_open_brackets
from orchestration.pipeline.extract.context import Clause
from orchestration.pipeline.extract.figures import Figure
from orchestration.pipeline.vocabulary import IndicatorKind, Period, Scope

PART = "其中"
_PLACES = re.compile(r"(?:行政|农村|城市)?(?:村(?![级居民规委调])|社区(?!矫正|服务|工作)|居委会|嘎查村?)")
_AND_PLACES = re.compile(rf"{_PLACES.pattern}[、和及]")
_PEOPLE = "(?:成员|书记|主任|负责人|干部|职工|人员|队员|委员|代表|领导)"
_AND_PEOPLE = re.compile(rf"[一-鿿]{{0,8}}{_PEOPLE}[、和及]")
_PEOPLE_DO = re.compile(rf"[一-鿿]{{0,4}}?{_PEOPLE}[一-鿿]{{2}}")  # 村书记提交; not 人民调解员
_AND_PAPERS = re.compile("[一-鿿]{0,4}(?:合同|协议|文件|决策|决定|事项)[、和及]")
_REVIEWED = re.compile("[一-鿿]{2,10}?(?:进行|开展)了?(?:合法性)?审[查核]")
_ALL_DID = re.compile("均|全部|都|[一-鿿]{0,8}述法")
_NEXT_PEOPLE = re.compile("[、和及][一-鿿]{2,8}")  # 、班子副职
_FOR_PEOPLE = re.compile(r"对[^，。；：、]{0,8}")  # in 3期对辖区63名
_MEETING = "[一-鿿（）()]{2,12}会议?"
_AND_MEETINGS = re.compile(rf"{_MEETING}[、和及]|[、和及]{_MEETING}")  # between two numbers of a list
_AGENDA = re.compile(
    rf"""
    (?:{_MEETING})? [，,]?
    (
        (?: 专题 | 集中 )? (?: 研究 | 研判 | 讨论 | 审议 | 部署 )
        [^，。；、,;0-9]* 法治 [^，。；,;0-9]*    # not 研究法治议题4个: the topic of four meetings
    ) [，。；,;]                                  # e.g. ，专题研究法治建设。   部署法治工作，
    """,
    re.VERBOSE,
)
_LISTED = re.compile(
    r"[^，。；：、,;\n]{0,8}(?:[、和及与]|以及)[^，。；：、,;\n]{0,20}"
)  # between two figures
_SEMICOLON = re.compile("[；;]")
_JOINTS = "、和及与以"
_OUTCOMES = (PART, "已", "成功", "办结", "整改", "化解", "失效", "废止")  # of the items before them
_SUMS = ("全年", "年内", "累计", "合计", "总计", "共")
_YEAR = re.compile("[0-9]{4}年|[今本全当]年|年度|年内")
_PART_OF_A_YEAR = re.compile(r"其中[，：]?(?:[0-9]{4}|[今本])年[^，。；：0-9]*\Z")
_PART_MARK = 3  # characters: 其中，
_SHARES = ("percent", "fraction")
_DEEDS = ("case", "document", "item")  # 建议7条、提案2件 are counted alike
_KINDS = re.compile(
    rf"""
    (?P<post> 专职 | (?<!专)(?<!专、) 兼职 )                                 # not 专兼职
  | (?P<establishment> 行政编制 | 事业编制 )
  | (?P<instance> [一二再]审 )                                            # e.g. 一审   二审
  | (?P<level> (?: 国家 | 省 | 市 | 区 | 县 | 镇 | 乡 | 街道 | 村 | 社区 | 第[{ORDINAL_DIGITS}] )
        级 (?! 及?以上 ) )
  | (?P<manner> 线上 | 线下 )
  | (?P<procedure> 简易程序 | (?: 普通 | 一般 ) 程序 )
  | (?P<holder> 本人 | 主要负责人 | (?<!副) (?: 镇长 | 乡长 | 书记 ) | 副 (?: 镇长 | 乡长 | 书记 ) | 分管 )
  | (?P<duty> 基本履职 | 配合履职 )
  | (?P<removal> 自 [行主动愿]* 拆 | 强制? 拆 )
  | (?P<hazard> 一般隐患 | 重大隐患 )
    """,
    re.VERBOSE,
)
_HAS_INDICATORS = {"procedure"}  # groups of kinds that indicators name: 简易程序
_LITIGATION = "litigation."


def share_right(previous: Reading, clause: Clause, figure: Figure, between: str) -> None:
    """Give words that follow two figures to the first one too.

    9个社区、4个行政村都聘请了法律顾问; 16名班子成员、12名书记提交述法报告; 正职2人、副职8人均已述法;
    分3期对63名村干部进行了培训; 对52份合同、3件规范性文件进行了合法性审核
    """
    before, is_person = previous.figure, figure.unit_class == "person"
    papers = _AND_PAPERS.fullmatch(between)
    if papers and (reviewed := _REVIEWED.match(clause.right)):
        previous.clause = replace(previous.clause, right=papers[0][:-1] + reviewed[0][-2:])
        return
    if before.unit_class != figure.unit_class:
        if is_person and before.unit_class == "event" and _FOR_PEOPLE.fullmatch(between):
            previous.clause = replace(previous.clause, right=clause.right)
        return
    if is_person and _ALL_DID.match(clause.right) and _NEXT_PEOPLE.fullmatch(clean_words(between)):
        previous.clause = replace(previous.clause, right=clause.right)
    joint, second = (_AND_PEOPLE, _PEOPLE_DO) if is_person else (_AND_PLACES, _PLACES)
    joined = joint.fullmatch(clean_words(between))
    if joined and second.match(clause.right):
        previous.clause = replace(previous.clause, right=joined[0][:-1] + clause.right)


def share_agenda(readings: Sequence[Reading], text: str) -> None:
    """Give the agenda after the last meeting of a list to all of them: 党委会3次、办公会2次，研究法治工作."""
    later = readings[-1].figure
    agenda = _AGENDA.match(text, later.end)
    if agenda is None:
        return
    for reading in reversed(readings):
        between = text[reading.figure.end : later.start]
        if between and not _AND_MEETINGS.fullmatch(between):
            return
        clause, later = reading.clause, reading.figure
        if "会" in clause.left + clause.right and agenda[1] not in clause.right:
            reading.clause = replace(clause, right=clause.right + agenda[1])


def part_years(assigned: Sequence[Assigned], sentence: Sentence, indicators: Mapping[str, Indicator]) -> None:
    """Separate this year's count from the total of all years around it.

    累计调解纠纷320件，其中2024年86件; not a stock, as in 累计培育法律明白人60名，其中今年12名
    """
    if PART not in sentence.text:
        return
    for whole, part in pairwise(assigned):
        before, clause = whole.reading, part.reading.clause
        if (
            whole.indicator_id is None
            or whole.indicator_id != part.indicator_id
            or part.reading.period is not Period.REPORT_YEAR
            or not _PART_OF_A_YEAR.search(clause.earlier[-_PART_MARK:] + clause.left)
            or indicators[whole.indicator_id].kind != IndicatorKind.COUNT
        ):
            continue
        words = before.clause.earlier + before.clause.left
        if before.period is Period.REPORT_YEAR and "累计" in words and not _YEAR.search(words):
            before.period = Period.OTHER
        if before.period is Period.OTHER:
            part.reading.scope = Scope.TOTAL


def mark_parts(assigned: Sequence[Assigned], sentence: Sentence, text: str) -> None:
    """Mark figures of one indicator as parts if none of them is the whole, or an earlier one is.

    人大建议7件、政协提案2件; 专职9人，兼职127人; 公开信息66条，其中：动态31条，公告15条
    """
    earlier: dict[str | None, Assigned] = {}  # by indicator, its last figure
    for number, second in enumerate(assigned):
        first = earlier.get(second.indicator_id)
        if first is not None and _count_alike(first, second):
            between = text[first.reading.figure.end : second.reading.figure.start]
            if (first is assigned[number - 1] and _are_listed(between, second.reading)) or _are_of_kinds(
                first.reading, second.reading, between
            ):
                first.reading.scope = second.reading.scope = Scope.PARTIAL
        earlier[second.indicator_id] = second
    if PART not in sentence.text:
        return
    opened = next((number for number, one in enumerate(assigned) if _opens_parts(one.reading.clause)), None)
    if opened is None:
        return
    start, first, wholes = sentence.char_start, assigned[opened], assigned[:opened]
    brackets = set(find_open_brackets(text, start, first.reading.figure.start))
    for one in assigned[opened:]:
        if not brackets.issubset(find_open_brackets(text, start, one.reading.figure.start)):
            return
        # 其中婚姻纠纷20件；召开会议4次，研究法治4次: the meetings are not parts of an earlier figure
        others = assigned if one.indicator_id == first.indicator_id else wholes
        if any(other is not one and _count_alike(other, one) for other in others):
            one.reading.scope = Scope.PARTIAL


def end_parts(assigned: Sequence[Assigned]) -> None:
    """Make figures after 其中 totals if no other figure of the sentence has their indicator.

    立案268起，其中简易程序173起: all summary cases of the year. 信访43件，其中集体访2件，办结43件: more than
    those 2. Not 其中镇级化解20件, one of several levels, nor 其中邻里矛盾20件，化解18件, an outcome of the part.
    """
    is_after_part, part = False, 0.0  # value of the last figure that stays a part
    before: Scope | None = None
    for one in assigned:
        reading = one.reading
        figure, scope = reading.figure, reading.scope
        if _opens_parts(reading.clause):
            is_after_part, part = before is not Scope.PARTIAL, 0.0
        before = scope
        if scope is Scope.TOTAL:
            is_after_part = False
        elif is_after_part:
            if (
                one.indicator_id is None
                or reading.own_scope is Scope.PARTIAL
                or figure.value <= part
                or _is_suit_over_part(one, assigned)
                or any(other is not one and _count_alike(other, one) for other in assigned)
                or _find_kinds(reading.clause, is_apart=False).keys() - _HAS_INDICATORS
            ):
                part = figure.value
            else:
                reading.scope = Scope.TOTAL


def _is_suit_over_part(one: Assigned, assigned: Sequence[Assigned]) -> bool:
    """Return whether a lawsuit is over one of the things before it: 答复申请5件，其中引发行政复议1件."""
    suits = [other for other in assigned if (other.indicator_id or "").startswith(_LITIGATION)]
    return suits == [one]


def _count_alike(first: Assigned, second: Assigned) -> bool:
    one, other = first.reading, second.reading
    return (
        first.indicator_id is not None
        and first.indicator_id == second.indicator_id
        and _class_of(one.figure) == _class_of(other.figure) not in _SHARES
        and one.period is other.period
        and bool(other.figure.value)
    )


def _class_of(figure: Figure) -> str:
    return _DEEDS[0] if figure.unit_class in _DEEDS else figure.unit_class


def _are_listed(between: str, second: Reading) -> bool:
    return _LISTED.fullmatch(between) is not None and not second.clause.left.lstrip(_JOINTS).startswith(
        _OUTCOMES + _SUMS
    )


def _are_of_kinds(first: Reading, second: Reading, between: str) -> bool:
    if _opens_parts(second.clause):
        return False
    is_apart = _SEMICOLON.search(between) is not None
    kinds, others = _find_kinds(first.clause, is_apart), _find_kinds(second.clause, is_apart)
    return any(
        len(words) == len(others[group]) == 1 and words != others[group]
        for group, words in kinds.items()
        if group in others
    )


def _find_kinds(clause: Clause, is_apart: bool) -> dict[str | None, set[str]]:
    """Return the kinds before a figure, or else the one right after it (1名专职法制员), by group.

    With `is_apart`, what comes before it up to a semicolon counts: 简易程序28起，罚款6350元；普通程序….
    """
    words = _SEMICOLON.split(clause.earlier + clause.left)[-1] if is_apart else clause.left
    found = list(_KINDS.finditer(words))
    if not found and (behind := _KINDS.match(clause.right)):
        found = [behind]
    kinds: dict[str | None, set[str]] = {}
    for match in found:
        kinds.setdefault(match.lastgroup, set()).add(match[0])
    return kinds


def _opens_parts(clause: Clause) -> bool:
    return clause.left.startswith(PART) or clause.earlier.rstrip("，：,:").endswith(PART)
