"""The context of a figure: its clause, its period, and the words that say what is counted.

This module reads the words around any figure. `scope` decides between whole and part, `matching` which
indicator the words point to.
Vocabulary: seeds/reference/extract/figure_words.csv.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from orchestration.pipeline.extract.clause_words import (
    FILLER_ENDS,
    FILLERS,
    SAYS_NOTHING,
    TO_CLEAN,
    TRAILING_FILLERS,
    clean_left,
    clean_words,
)
from orchestration.pipeline.extract.figure_rules import CLAUSE_STOP, CLAUSE_STOPS
from orchestration.pipeline.extract.figure_scanner import any_of
from orchestration.pipeline.extract.figures import Figure
from orchestration.pipeline.extract.periods import PeriodRules, compile_period_rules, find_period_marks
from orchestration.pipeline.vocabulary import Period, SectionType

DISPUTE = "纠纷"
_LAST_STOP = re.compile(rf"(?s:.*)[{CLAUSE_STOPS}]")
_OPEN_BRACKET = re.compile(r"[（(][^（()）]*\Z")
_DENIAL_WORDS = re.compile(
    r"""
    ^(?: 未曾? | 没有 | 暂?无 | 均无 | 并无 | 不 | 零 )
    (?:
        发生 | 发案 | 出现 | 涉及 | 引发 | 收到 | 接到 | 接收到 | 受理 | 产生 | 制定 | 制发 | 出台 | 印发 | 作出
      | 开展 | 被 | 存在
    )? 过?                     # e.g. 未发生过   不涉及   暂无
    (?: 一[起件例宗人] )?      # e.g. 没有发生一起
    """,
    re.VERBOSE,
)
_NOUN = re.compile(r"[一-鿿]{2,14}")
_MEASURED_LENGTH = 20
_SHORT_LENGTH = 4
_SHORT_BETWEEN = 2  # a bracket, a comma
_VERB_OF_NEXT = re.compile(
    r"""
    [已均共全部成功参与]*
    (?: 办结 | 化解 | 答复 | 解决 | 整改 | 结案 | 调解 | 调处 | 调成 | 成功 | 立案 | 罚款 | 处罚 | 发放 | 覆盖
      | 参加 | 参训 | 培训 | 受众 )
    (?:成功)? [了共达约]*                                   # e.g. 已化解   调解成功了
  | (?: 按期 | 按时 | 及时 | 回访 | 群众 )?
    (?: 办结 | 办复 | 答复 | 回复 | 满意 | 化解 | 调解 | 调处 | 成功 | 合格 | 优秀 | 参考 | 整改 | 持证 )*
    率 [均为达]*                                            # e.g. 提案2件按期办结率100%
    """,
    re.VERBOSE,
)
# words that belong to the next figure, but not the noun before them; not 62名干部考试通过率, where 考试 is theirs
_OF_NEXT = re.compile(
    r"""
    (?: 全年 | 今年 | 年内 | 累计 | 先后 | (?<![公总])共(?![同享建治产青]) | 均?已(?![婚故成]) )
      (?! .* (?: 参加 | 参训 | 参学 | 参考 ) ) .* \Z                             # e.g. 已化解; not 12名队员全年参加
  | (?: 持证 | 上岗 | 办结 | 化解 | 满意 | 答复 | 结案 | 整改 )+ 率 [均为达到]* \Z           # e.g. 8名队员持证率
    """,
    re.VERBOSE,
)
_RIGHT_LENGTH, _LATER_LENGTH = 24, 30
_MORE_LAWS = re.compile(
    r"(?<=[法例典》]) (?: 、? 《[^》]{2,30}》 | 、 [一-鿿]{2,14} (?: 法 | 条例 ) )+",  # e.g. 宪法、监察法、信访条例
    re.VERBOSE,
)
# 纠纷76件中经调解结案的51件, 3起案件中败诉1起, 12名队员中持证10名; not 12次集中整治, 19期班次中开设课程26次
_OF_THESE = re.compile("(?:^|(?<=[件纷员会户业患题]))中(?![心队小央层国介青型级学药医专等秋南])")
_AND_NEXT = ("以及", "并", "及", "和", "与", "＋", "+")
_GOVERNED, _NOUN_LENGTH = ("对", "将"), 8  # before a number whose verb is at the end of the clause
_TRANSITION = re.compile(
    r"""
    (?: [一-鿿]{0,4} [至到为] (?: 今年 | 本年 | 全年 | 当年 | 目前 | 现在 | 20[0-9]{2}年 )? 度? 的? | 升 | 降 ) $
    # e.g. 降至   下降到2024年的
    """,
    re.VERBOSE,
)
_BECAME_MORE = re.compile(
    r"""
    [由从] [^，。；]* (?: [增减升降] | 提高 | 扩大 | 扩充 | 壮大 ) [一-鿿]{0,2} [至到为]
    (?: (?: 目前 | 现在 | 如今 ) 的? )? $       # e.g. 由上年的一家增加到   从去年底的6人扩充为目前的
    """,
    re.VERBOSE,
)
_THEN = re.compile(
    r"""
    (?: \A | [，。；\n] ) (?: 20[0-9]{2}年 | [去上]年 | 上一年 ) 度? ，?
    (?! [^。；]* (?: 以来 | 相比 | 相较 | 对比 | 同期 | 基础 | [底末] | 目前 | 现 | 如今 | 今年 | 本年 ) )
    [^，。；由从]* [由从] [^。；]* \Z                  # e.g. 2022年调解员由8人增加到   2022年，调解员由8人
    """,
    re.VERBOSE,
)
_BECOMES = ("至", "到", "为", "目前的", "目前", "现在的", "现在", "如今的", "如今")
_MEASURED_END = re.compile(r"[，。；：、！？｜,;:!?\n]")
_LISTED_LENGTH = 3  # words this long between unit and 、 open a list
_RIGHT_END = re.compile(r"[，。；：！？｜,;:!?\n]")
_LOOSE_BRACKET = re.compile(r"[（(）)]")
_NO_PERIOD = "(?!工作日|月|季度|星期|季|周)"
_NO_NAME = "(?!一[法课学题讲测案考练])"  # “每月一法” is the name of a meeting
WHOLE_YEAR = re.compile(r"全年|今年|累计|共计|开展")
SUM = re.compile("，.*(?:全年|累计|共)|累计|共计|合计")
_BECAME = frozenset({"降至", "降到", "降为", "减至", "减少到", "减少至", "增至", "增加到", "增加至", "升至"})
_HAS_SUBJECT = re.compile(r"(?:[，。；,;]|\A)[^，。；,;由从]*[，；,;]\Z")  # 处罚案件同比下降两成，降至502件
_FROM_FIGURE = re.compile("[由从][^，。；]*[0-9][^，。；]*，$")  # 由上年的310件，降至268件
_JOINTS = frozenset("、和及")
_LISTED_BEFORE = re.compile(r"[一-鿿]{2,12}[、和及]")


@dataclass(frozen=True, slots=True)
class ContextRules:
    """Regular expressions of the words that set period and scope, compiled once."""

    periods: PeriodRules
    change_before: re.Pattern[str]
    comparison: re.Pattern[str]
    campaign: re.Pattern[str]
    part: re.Pattern[str]
    addition: re.Pattern[str]  # 新增: an addition to a stock is a part of it
    per_unit: re.Pattern[str]
    how_often: re.Pattern[str]  # a frequency or a ratio: 每月1次, 一年1次, but not 一年有5次
    deed_before: re.Pattern[str]
    aspect: re.Pattern[str]  # 方面, 领域: how something is divided
    fault: re.Pattern[str]  # 过错, 越权 but not 败诉: a denied fault does not count work
    pending: tuple[str, ...]  # 正在办理, 由原来: right before a number not done yet or of before
    remainder: tuple[str, ...]  # 其余: the rest of what an earlier figure counts
    heirs: dict[str, re.Pattern[str]]  # by unit class: an item that continues its list
    stock_link: re.Pattern[str]  # allowed between noun and number: 调解员队伍壮大到68人
    dispute_kind: re.Pattern[str]  # ends with 纠纷: 劳资纠纷, 家庭邻里纠纷, 涉企纠纷
    other_heads: tuple[str, ...]  # right before a number, these are what it counts: 审查台账2本


@dataclass(slots=True)
class SentenceCues:
    """What all figures of a sentence share, computed once."""

    periods: list[tuple[int, Period]]  # (offset in the sentence, period of the figures after it)
    is_clean: bool  # nothing for `clean_words` to drop, and no brackets
    may_be_campaign: bool
    may_be_village: bool


@dataclass(slots=True)
class Clause:
    """The words around a figure, without quotation marks, spaces and short brackets."""

    left: str  # own clause before the number; with the clause before, if the own one says nothing (全年共)
    right: str  # own clause after the unit, up to the next stop or figure
    earlier: str  # the sentence up to `left`
    later: str  # the next clause


def compile_context_rules(words: dict[str, list[str]]) -> ContextRules:
    """Compile the words of figure_words.csv that set period and scope."""
    # plain alternatives let a search skip to their first characters
    per_unit = [re.escape(word) + _NO_PERIOD for word in words["per_unit"]]
    frequency = [re.escape(word) + _NO_NAME for word in words["frequency"]]
    return ContextRules(
        periods=compile_period_rules(words),
        change_before=re.compile(rf"{any_of(words['change'])}(?:(?<=幅)为)?[了约近达超过]*$"),
        comparison=re.compile(any_of(words["comparison"])),
        # the lookbehind comes last, so each branch begins with a character that the search can skip to
        campaign=re.compile(any_of(words["campaign"])[:-1] + "|期间(?<=[一-鿿”]期间))"),
        part=re.compile(any_of(words["part"])),
        addition=re.compile(rf"{any_of(words['addition'])}[^，。；0-9]*$"),
        per_unit=re.compile(any_of(words["per_unit"]) + _NO_PERIOD),
        how_often=re.compile("|".join([*per_unit, *frequency, "一年[^0-9，。有了来共计]{0,3}$"])),
        deed_before=re.compile(rf"({any_of(words['deed_verb'])})了?$"),
        aspect=re.compile(rf"(?:重点|关键|主要|不同)?{any_of(words['aspect'])}"),
        fault=re.compile(f"(?!.*{any_of(words['no_fault'])}).*?{any_of(words['fault'])}", re.DOTALL),
        pending=tuple(words["pending"]),
        remainder=tuple(words["remainder"]),
        heirs={
            unit_class: re.compile(
                rf"(?:[、和及]+|其中)(?:走?进|面向|针对|对)?{any_of(words[role])}(?:类|专题)?"
            )
            for unit_class, role in (
                ("event", "heir_event"),
                ("person", "heir_person"),
                ("place", "heir_place"),
            )
        },
        stock_link=re.compile(rf"(?:{any_of(words['stock_link'])}|[0-9年：:，,、｜|])*"),
        dispute_kind=re.compile(
            rf"""
            (?: {any_of(words["dispute_kind"])} | 涉 (?!及) [一-鿿]{{1,6}}? )+
            (?: [类型性] | 领域 | 方面 )? (?: 案件 | 矛盾 )? {DISPUTE}    # e.g. 家庭邻里纠纷   涉企纠纷
            """,
            re.VERBOSE,
        ),
        other_heads=tuple(words["other_head"]),
    )


def find_cues(text: str, report_year: int | None, rules: ContextRules) -> SentenceCues:
    """Return what all figures of the sentence `text` share."""
    is_clean = TO_CLEAN.search(text) is None
    # dropping quotation marks may join words, so only a clean text can rule them out
    may_be_campaign = not is_clean or rules.campaign.search(text) is not None
    may_be_village = not is_clean or "村" in text or "社区" in text
    marks = find_period_marks(text, report_year, rules.periods)
    return SentenceCues(marks, is_clean, may_be_campaign, may_be_village)


def split_clause(
    text: str, start: int, end: int, figure: Figure, previous_end: int, next_start: int, is_clean: bool
) -> Clause:
    """Cut out the words around a figure.

    Args:
        text: clean text.
        start: offset of the sentence.
        end: its end, exclusive.
        figure: a figure of the sentence.
        previous_end: end of the previous figure; without one, the start of the sentence.
        next_start: start of the next figure; without one, the end of the sentence.
        is_clean: from the sentence's cues.
    """
    own = _clause_start(text, max(start, previous_end), figure.start, is_clean)
    left = text[own : figure.start]
    stop = _MEASURED_END.search(text, figure.end, next_start)
    if stop and stop[0] == "、" and stop.start() - figure.end >= _LISTED_LENGTH:
        stop = _RIGHT_END.search(text, figure.end, next_start)  # 116名在编干部、村干部参加考试
    right = text[figure.end : stop.start() if stop else next_start]
    if not is_clean:
        left = clean_left(left)
        right = _LOOSE_BRACKET.split(clean_words(right), maxsplit=1)[0]
    right = _trim_right(right, left, runs_on=stop is None and next_start < end)
    if (
        own > start
        and len(right) < 2
        and (SAYS_NOTHING.fullmatch(left) or (left in _BECAME and _HAS_SUBJECT.search(text, start, own)))
    ):
        # 开展普法活动，全年共举办20场: the previous clause says what is counted
        before_own = start + len(text[start : own - 1].rstrip(CLAUSE_STOPS + "、"))
        # 诉讼（2件）、复议（1件）: the words after the previous figure are enough
        floor = previous_end if before_own - previous_end > _SHORT_BETWEEN else start
        own = _clause_start(text, floor, before_own, is_clean)
        left = text[own : figure.start] if is_clean else clean_left(text[own : figure.start])
    earlier, later = text[start:own], ""
    if stop and stop.end() < end:
        following = CLAUSE_STOP.search(text, stop.end(), next_start)
        later = text[stop.end() : following.start() if following else next_start]
    if not is_clean:
        earlier, later = clean_words(earlier), clean_words(later)
    return Clause(left, right, earlier, later[:_LATER_LENGTH])


def _trim_right(right: str, left: str, runs_on: bool) -> str:
    """Return the words after a figure's unit without those of the next figure or action, and not too long.

    Args:
        right: the words up to the next stop or figure.
        left: the words before the number.
        runs_on: whether the next figure follows without a stop.
    """
    if runs_on:
        if _VERB_OF_NEXT.fullmatch(right) or right.startswith(_AND_NEXT):
            return ""  # 信访26件办结25件, 审查合同20份以及提出意见15条
        if of_these := _OF_THESE.search(right):
            return _shorten(right[: of_these.start()])
        if of_next := _OF_NEXT.search(right):
            return _shorten(right[: of_next.start()])
        if "、" in right:  # 清理12处违建钢棚、拆除面积300平方米
            return _shorten(right[: right.rindex("、")])
    if right[:1] == "并" and len(left) > 1:
        return ""  # 培训1次并全员通过考试: another action
    if len(right) > _RIGHT_LENGTH and left[-1:] in _GOVERNED and (verb := right.rfind("进行")) > 0:
        right = right[:_NOUN_LENGTH] + right[verb:]  # 对60件…协议进行合法性审核
    return _shorten(right)


def _shorten(right: str) -> str:
    """Return at most `_RIGHT_LENGTH` characters; one law of a list is enough (宪法、行政处罚法、监察法等学法考试)."""
    return right if len(right) <= _RIGHT_LENGTH else _MORE_LAWS.sub("", right)[:_RIGHT_LENGTH]


def _clause_start(text: str, start: int, end: int, is_clean: bool) -> int:
    """Return the offset where the last clause of text[start:end] starts; an open bracket starts one too."""
    stop = _LAST_STOP.match(text, start, end)
    position = stop.end() if stop else start
    if is_clean:
        return position
    bracket = _OPEN_BRACKET.search(text, position, end)
    return bracket.start() + 1 if bracket else position


def drop_listed(clause: Clause) -> Clause:
    """Remove the previous figure's noun from a clause: 法治员 in 1名法治员、1名法律顾问."""
    if clause.left[-1:] not in _JOINTS or len(clause.right) < 2 or not _LISTED_BEFORE.fullmatch(clause.left):
        return clause
    return Clause("", clause.right, clause.earlier + clause.left, clause.later)


def choose_period(
    clause: Clause,
    figure: Figure,
    marks: Sequence[tuple[int, Period]],
    offset: int,
    section_type: str,
    changed: bool,
) -> Period:
    """Return report_year, previous_year, plan or other.

    Args:
        clause: the words around the figure.
        figure: the figure.
        marks: the result of `find_period_marks` for the sentence.
        offset: offset of the figure in the sentence.
        section_type: type of the section; every figure in a plans section is a plan.
        changed: whether the figure is the size of a change.
    """
    if section_type == SectionType.PLANS:
        return Period.PLAN
    if changed:
        return Period.OTHER
    period = Period.REPORT_YEAR
    for start, named in marks:
        if start <= offset:
            period = named
    has_become = period != Period.REPORT_YEAR and (is_transition(clause) or _has_grown(clause))
    if has_become and not _THEN.search(clause.earlier + clause.left):
        return Period.REPORT_YEAR
    return period


def _has_grown(clause: Clause) -> bool:
    """Return whether a figure is the new value of one that may be in an earlier clause: 由上年的2名调解员增加为4名."""
    if _BECAME_MORE.search(clause.left):
        return True
    return clause.left.endswith(_BECOMES) and _BECAME_MORE.search(clause.earlier + clause.left) is not None


def is_transition(clause: Clause) -> bool:
    """Return whether a figure is the new value of another one: 由72%提高到95%."""
    if clause.left in _BECAME and _FROM_FIGURE.search(clause.earlier):
        return True
    return (
        _TRANSITION.fullmatch(clause.left) is not None
        and re.search(r"[由从][^，。；]*$", clause.earlier) is not None
    )


def describe_measured(clause: Clause, figure: Figure, rules: ContextRules) -> str:
    """Return the words that say what is counted: verb plus words after the unit, or the words before the number."""
    if figure.is_denial:
        return (_DENIAL_WORDS.sub("", clause.left) or clause.left)[:_MEASURED_LENGTH]
    counted = _NOUN.match(clause.right) if clause.right else None  # most have none
    if counted and (deed := rules.deed_before.search(clause.left)):
        verb = TRAILING_FILLERS.sub("", deed[1])
        return f"{verb}{counted[0]}"
    left = clause.left
    if left[-1:] in FILLER_ENDS:
        left = TRAILING_FILLERS.sub("", left)
    if opening := FILLERS.match(left):
        left = left[opening.end() :]
    if counted and len(left) <= _SHORT_LENGTH:  # 招募178名解事员
        return f"{left}{counted[0]}" if len(left) > 1 else counted[0]
    return left[-_MEASURED_LENGTH:].lstrip("、") or clause.right[:_MEASURED_LENGTH]
