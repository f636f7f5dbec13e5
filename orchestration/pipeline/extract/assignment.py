"""Assign an indicator to each figure of a sentence, given the figures before it.

This module does what needs several figures: names joined before one number, parts of a whole, figures that
continue an earlier one. `matching` weighs the rules for a single figure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from orchestration.pipeline.extract.areas import are_cases_of_others, is_own_share
from orchestration.pipeline.extract.catalogue import Catalogue
from orchestration.pipeline.extract.context import Clause
from orchestration.pipeline.extract.figures import Figure
from orchestration.pipeline.extract.matching import Match, inherit_indicator, inherit_whole, match_indicator
from orchestration.pipeline.vocabulary import IndicatorKind, Period, Scope, SectionType

_SHARED_BY_ALL = re.compile(
    r"""
    (?: 均 | 都 | 皆 | 双 | [两三]个 | (?<![合共协会相])同 )                # e.g. 均达到   都是
    (?: 为 | 达到 | 达 | 是 | 保持在 | 保持 | 实现 | 做到 | 有 | 双 | [两三]个 )*$
    | (?: 实现 | 做到 | 达到 | 达 ) (?: 双 | [两三]个 )$                    # e.g. 实现两个
    """,
    re.VERBOSE,
)
_MAY_SHARE = re.compile(r"[均都皆双两三同各]")
_LIST_MARKS = ("、", "和", "及")
LARGER_AREA, PENDING = "larger_area", "pending"  # values of `blocked_by`
_ACTUAL = re.compile("[，、]?(?:实际|实)(?:开展?|召开|参加|完成|听取|组织|有|到)?了?")  # after 应开4次，
_EACH = re.compile(
    r"(?: 各 (?: 类 | 种 )? ) (?: 开展 | 组织 | 举办 | 完成 | 有 )? 了? $",  # e.g. 各类   各开展了
    re.VERBOSE,
)
_ARE_NONE = re.compile(
    r"(?: 数量? )? (?: 均 | 都 | 皆 )? (?: 为 | 是 ) $",  # e.g. 案件数为   均是
    re.VERBOSE,
)  # 行政复议和行政诉讼案件数为零
_JOINT = re.compile(  # 参与率 is one name; 参考率优秀率 are two
    r"[、和]|(?<!参)与|以及|及(?!时)|(?<=[率度])(?=[一-鿿]{1,5}[率度])"
)
# 在宪法日、民法典宣传月开展了讲座、展览各2场: place and time are not names
_SETTING = re.compile(
    r"""
    (?: 在 | 于 | 利用 | 结合 | 围绕 | 依托 | 通过 | 借助 | 抓住 )
    [^，]*? [、和及] [^，]*?                                          # e.g. 在宪法日、宣传月开展
    (?= 开展 | 举办 | 组织 | 召开 | 举行 | 进行 )
    """,
    re.VERBOSE,
)
_MEETING_DEED = re.compile("(?<=会)(?:会前|学|研究|审议|听取|部署).+")
_NAME = re.compile(r"[一-鿿A-Za-z0-9]{2,20}")
# 13个村 and their actions
_PLACES_COUNTED = re.compile(
    r"""
    (?: 行政 | 农村 | 城市 )?
    (?:
        村 (?! [级民居规党支两主社委] ) | 村社区? (?!级) | 村居 (?!级)    # not 村级站点, 村民小组, 村规民约
      | 社区 (?! [级居民党矫工服] ) | 嘎查村? | 部门 | 站所 | 科室 | 单位 | 乡镇
    )
    (?! 主要 | 负责 | 党 | 一把手 | 述法 )                                # not 部门主要负责人
    # e.g. 村   行政村   社区   部门
    """,
    re.VERBOSE,
)
_OPENING = re.compile(r"([^，。；：、0-9]{4,16})[，：]")
_SHORT_LENGTH = 4
_DENIAL = re.compile("未..")  # 未发生, 未制发
_LISTS, _OF_LISTS = ("事项清单", "权责清单"), frozenset("个份张套")
_UNKNOWN_EVENT_LOSS = 0.25
_OTHER_DOMAIN_LOSS = 0.25


class SectionHead(NamedTuple):
    """The fields of a `records.Section` that its figures need."""

    section_id: str
    parent_section_id: str | None
    level: int
    heading: str | None
    section_type: str
    char_start: int
    char_end: int


@dataclass(slots=True)
class Sentence:
    """A sentence with its section and its figures."""

    char_start: int
    char_end: int
    text: str
    section: SectionHead
    find_surroundings: Callable[[], tuple[str, ...]]  # the previous sentence, then the headings
    figures: list[Figure]


@dataclass(slots=True)
class Reading:
    """A figure with its context, before an indicator is chosen."""

    figure: Figure
    clause: Clause
    period: Period
    scope: Scope
    blocked_by: str  # why it gets no indicator (plan, change, larger_area …); "" if it may get one
    own_scope: Scope  # by its own words, whatever 其中 or the figure before it say


class Assigned(NamedTuple):
    """A figure with the clauses of its rows."""

    reading: Reading
    rows: list[tuple[Clause, Match | None]]  # each with its match; at least one
    previous: str | None  # indicator of the previous figure in the sentence

    @property
    def indicator_id(self) -> str | None:
        """Indicator of the last row, whose clause has the figure's own words."""
        match = self.rows[-1][1]
        return match.indicator_id if match else None


@dataclass(slots=True)
class _Before:
    """What the earlier figures of a sentence say about the next one."""

    figure: Figure | None = None  # the previous figure in the sentence
    match: Match | None = None
    whole: tuple[Reading, Match] | None = None  # the last figure that is not a part
    area: tuple[str, Match | None] = ("", None)  # unit and match of the last figure of a larger area or due
    indicator_id: str | None = None  # of the previous figure; if that has none, of the whole
    reading: Reading | None = None  # of `figure`

    def is_unknown_to(self, figure: Figure) -> bool:
        """Return whether a rate directly follows cases without an indicator.

        In 接待群众52批，录入事件900件，办结率98% the rate is that of the 900.
        """
        last = self.reading
        return (
            figure.unit_class == "percent"
            and self.match is None
            and last is not None
            and last.figure.unit_class == "case"
            and not last.blocked_by
            and last.scope is Scope.TOTAL
        )

    def find_previous(self, figure: Figure) -> str | None:
        """Return the indicator that a figure may continue; a rate continues only the figure right before it."""
        return None if self.is_unknown_to(figure) else self.indicator_id


def assign_indicators(
    sentence: Sentence, readings: Sequence[Reading], catalogue: Catalogue
) -> Iterator[Assigned]:
    """Yield the figures of a sentence in reading order, each with its indicators."""
    before = _Before()
    for reading in readings:
        figure, clause = reading.figure, reading.clause
        rows = _match_each(reading, sentence, catalogue, before)
        last, match = rows[-1]
        if (
            before.figure is not None
            and before.match is not None
            and not reading.blocked_by
            and (match is None or clause.left.startswith(_LIST_MARKS))
        ):
            # the last name continues the list; in 讲座24场、进企业6场 it only names the audience
            match = (
                inherit_indicator(clause, figure, before.figure, before.match, catalogue.context_rules)
                or match
            )
        if reading.blocked_by in (LARGER_AREA, PENDING):
            before.area = (figure.unit, _choose(clause, reading, sentence, catalogue, before))
        elif (
            match is None
            and before.area[0] == figure.unit
            and (is_own_share(clause.left) or _ACTUAL.fullmatch(clause.left))
        ):
            match = before.area[1]  # 全县受理信访320件，其中我镇15件; 应开4次，实开3次
        if match and reading.scope is Scope.TOTAL:
            before.whole = (reading, match)
        elif match and before.whole and before.whole[0].figure.unit == figure.unit:
            match = inherit_whole(clause, match, before.whole[0].clause, before.whole[1])
        rows[-1] = (last, match)
        yield Assigned(reading, rows, before.find_previous(figure))
        before.figure, before.match = figure, match
        before.reading = reading
        if match is not None:
            before.indicator_id = match.indicator_id
        elif reading.scope is Scope.TOTAL and figure.unit_class == "event":
            before.indicator_id = None  # 讲座8场，义诊6次，服务860人次: the people attended only the last
        else:
            before.indicator_id = before.whole[1].indicator_id if before.whole else None


def _match_each(
    reading: Reading, sentence: Sentence, catalogue: Catalogue, before: _Before
) -> list[tuple[Clause, Match | None]]:
    """Return the clauses of a figure's rows, each with its match; at least one.

    Names that share a figure get one row per indicator: 参考率、合格率均达100% is one row if both are one
    indicator, 办结率、满意率均达100% is two. A name without an indicator gets no row if another has one.
    讲座、培训各3场 is always two rows.
    """
    clause, figure = reading.clause, reading.figure
    if figure.value and not _MAY_SHARE.search(clause.left):  # nearly all
        match = None if reading.blocked_by else _choose(clause, reading, sentence, catalogue, before)
        return [(clause, match)]
    clauses, is_each = _name_each(clause, figure)
    if reading.blocked_by:
        return [(named, None) for named in (clauses if is_each else [clause])]
    found = [(named, _choose(named, reading, sentence, catalogue, before)) for named in clauses]
    if len(found) == 1 or is_each:
        return found
    kept: dict[str | None, tuple[Clause, Match | None]] = {}
    for named, match in found:
        kept.setdefault(match.indicator_id if match else None, (named, match))
    if len(kept) > 1:
        kept.pop(None, None)
        return list(kept.values())
    return [(clause, match) for _, match in kept.values()]


def _choose(
    named: Clause, reading: Reading, sentence: Sentence, catalogue: Catalogue, before: _Before
) -> Match | None:
    clause, figure = reading.clause, reading.figure
    find_surroundings = sentence.find_surroundings
    came_to_unknown = figure.unit_class == "person" and before.match is None and _is_event(before.figure)
    if came_to_unknown:  # 旁听庭审2次，45人参加: they attended those events, whatever the heading says
        find_surroundings = _find_nothing
    match = None
    if "｜" in named.left and (cell := _last_cell_of(named)):
        match = match_indicator(cell, figure, find_surroundings, catalogue, before.find_previous(figure))
    if match is None:
        match = match_indicator(named, figure, find_surroundings, catalogue, before.find_previous(figure))
    if match is None and not figure.is_denial and not clause.right and (opening := _opening_for(named)):
        opened = replace(named, left=opening, earlier="")
        match = match_indicator(opened, figure, find_surroundings, catalogue)
    if match is None and named is not clause and not named.left.endswith("率"):
        # 合同、协议审查率均为100%: the first name lacks the noun of the last
        match = match_indicator(clause, figure, find_surroundings, catalogue, before.indicator_id)
    if match is not None and came_to_unknown:
        match = replace(match, margin=match.margin - _UNKNOWN_EVENT_LOSS)  # 农技培训9期，参训420人次
    if match is not None and figure.unit_class == "percent" and _is_of_another_domain(match, figure, before):
        match = replace(match, margin=match.margin - _OTHER_DOMAIN_LOSS)  # 受理公开申请6件，办结率100%
    if (
        match is not None
        and match.indicator_id.startswith("enforcement.")
        and are_cases_of_others(named.left)
    ):
        return None
    if match is not None and named.left.endswith(_LISTS) and figure.unit in _OF_LISTS:
        return None  # 政务服务事项清单31个: the number is of lists, not of the items on them
    if match is not None and _counts_places(clause, figure):
        # 对13个村开展督查: villages, which only a stock may count (村均聘请法律顾问)
        match = match if catalogue.indicators[match.indicator_id].kind == IndicatorKind.STOCK else None
    if match is None or sentence.section.section_type != SectionType.PROBLEMS:
        return match
    # among problems, only a stock or a lawsuit describes the unit itself: 执法人员仅3人, 行政诉讼败诉1件
    is_stock = catalogue.indicators[match.indicator_id].kind == IndicatorKind.STOCK and not clause.right
    return match if is_stock or match.indicator_id.startswith("litigation.") else None


def _is_of_another_domain(match: Match, figure: Figure, before: _Before) -> bool:
    """Return whether a rate with its topic outside its clause follows a figure of another domain or of none."""
    if match.is_own:
        return False
    if before.match is None:
        return before.is_unknown_to(figure)
    return match.indicator_id.partition(".")[0] != before.match.indicator_id.partition(".")[0]


def _counts_places(clause: Clause, figure: Figure) -> bool:
    return figure.unit == "个" and _PLACES_COUNTED.match(clause.right) is not None


def _is_event(figure: Figure | None) -> bool:
    return figure is not None and figure.unit_class == "event"


def _find_nothing() -> tuple[str, ...]:
    return ("",)


def _last_cell_of(clause: Clause) -> Clause | None:
    """Return the clause with only the last cell's words on the left (矛盾纠纷化解｜受理96件); None if too short."""
    cells, _, words = clause.left.rpartition("｜")
    return replace(clause, left=words, earlier=f"{clause.earlier}{cells}｜") if len(words) > 1 else None


def _opening_for(clause: Clause) -> str | None:
    """Return a sentence's opening words plus those of a short clause: 学法用法常态化，中心组5次; else None."""
    if not 0 < len(clause.left) <= _SHORT_LENGTH:
        return None
    opening = _OPENING.match(clause.earlier)
    return opening[1] + clause.left if opening else None


def _name_each(clause: Clause, figure: Figure) -> tuple[list[Clause], bool]:
    """Return a clause for each name that shares a figure, and whether the figure counts each one separately.

    参考率、合格率均达100% is one value for both; 讲座、培训各3场 is six in all.
    """
    if figure.is_denial:
        return _name_denied(clause, figure), False
    each = _EACH.search(clause.left)
    shared = (
        each
        or _SHARED_BY_ALL.search(clause.left)
        or (_ARE_NONE.search(clause.left) if figure.value == 0 else None)
    )
    words = clause.left[: shared.start()] if shared else ""
    if each and (setting := _SETTING.match(words)):
        words = words[setting.end() :]
    names = split_names(words)
    return _clauses_of(clause, names) if names else [clause], bool(names) and each is not None


def _name_denied(clause: Clause, figure: Figure) -> list[Clause]:
    """Return a clause for each thing that 零发生 denies: 行政诉讼、行政复议零发生."""
    denial = _DENIAL.match(clause.left) if figure.unit_class == "none" else None
    names = split_names(clause.left[denial.end() :]) if denial else []
    return _clauses_of(clause, [denial[0] + name for name in names]) if denial and names else [clause]


def _clauses_of(clause: Clause, names: Sequence[str]) -> list[Clause]:
    return [
        replace(clause, left=name, earlier=clause.earlier + "".join(names[:number]))
        for number, name in enumerate(names)
    ]


def split_names(words: str) -> list[str]:
    """Return the names joined in a list (参考率、合格率); empty if `words` is not a plain list.

    What the last of several meetings did, the others did too: 党委会、办公会会前学法.
    """
    names = _JOINT.split(words)
    if len(names) < 2 or not all(_NAME.fullmatch(name) for name in names):
        return []
    if (deed := _MEETING_DEED.search(names[-1])) and all(name.endswith("会") for name in names[:-1]):
        names[:-1] = [name + deed[0] for name in names[:-1]]
    return names
