"""Reasons why a figure does not count: changes, plans, pending cases, frequencies, averages, divisions.

This module finds figures that get no indicator whatever their words say; `context` finds those words.
Vocabulary: seeds/reference/extract/figure_words.csv.
"""

from __future__ import annotations

import re

from orchestration.pipeline.extract.assignment import PENDING, Reading
from orchestration.pipeline.extract.context import SUM, WHOLE_YEAR, Clause, ContextRules
from orchestration.pipeline.extract.figures import Figure
from orchestration.pipeline.vocabulary import Period

_MORE_THAN = re.compile(
    r"""
    (?: [较比] [^，。；：]{0,6} [年期月初底度前] | [年期] 相比 ) ，? [多少]   # e.g. 比去年多   同2020年相比，多
    (?! [元方次种部渠项层样功年量数发形角措途维点管] ) [一-鿿]{0,10} $   # the verb, e.g. 排查纠纷
    """,
    re.VERBOSE,
)
_MORE_OR_FEWER = ("多", "少")
_PER_TIME = ("/月", "/季", "/周", "/年", "/天", "/日", "／月", "／季", "／周", "／年")
_GOES_ON_WITH_EACH = re.compile(
    r"""
    # e.g. 、网格长1名   ，配备调解员1名
    (?: [、和及] | (?:并|同时)? (?P<anew> 配备 | 配有 | 配足 | 设有 | 设立 | 设置 | 聘请 | 聘任 | 安排 ) )
    (?! .* (?: [全今]年 | 累计 | 共 ) ) [^，。；：]{0,12}
    """,
    re.VERBOSE,
)
_JOINTS = ("、", "和", "及", "与")
_MOST_OF_ONE = 5  # people or rooms in one village
# 人均办案30件, 平均由5次降至2次; not 负责人均出庭, 申请人均撤回, 商户均签订
_AVERAGE = re.compile(
    "(?<![水公])平均|户均(?<![商住散用租客]户均)|人均(?<![责请事解理系任白证保头办表持述疑选告诉]人均)"
)
_TOLD_AS_AVERAGES = ("percent", "hours")  # 平均满意率98%, 人均学法40学时
_EACH_PERSON = ("每人", "每名", "每位")
_GOES_ON_OFTEN = re.compile(r"每(?:半年|季度|月|年|周|两个?月)[^，。；]{0,12}一次[^，。；、]{0,16}[，、]\Z")
_MONTHS = 12
_HAVE = "的有共"
# 应开4次，实开4次; not 响应开展
_DUE = re.compile(
    "(?<![相响对反适供效感呼答回顺])应(?:开展?|召开|参加|完成|听取|组织|出庭|参训|参考|述法|报备)?$"
)
_DEMANDED = "的要求"  # 按照化解率达到98%的要求
_NOT_YET = ("正在", "尚", "仍", "未", "限期", "在办")
EACH_ANOTHER = "不等"  # 罚款从200元到500元不等: each fine, not their sum


def find_block(
    clause: Clause,
    figure: Figure,
    surface: str,
    period: Period,
    changed: bool,
    rules: ContextRules,
    like: Reading | None,
) -> tuple[str, Period]:
    """Return why a figure is not a count of its year ("" if it may be), and its period.

    Args:
        clause: the words around the figure.
        figure: the figure.
        surface: the figure as printed.
        period: the figure's period so far.
        changed: whether it is the size of a change.
        rules: compiled words.
        like: the previous figure, if of the same unit class.
    """
    if changed:
        return "change", period
    if period == Period.PLAN or clause.right.startswith(_DEMANDED):
        return "plan", Period.PLAN
    if figure.is_denial and rules.fault.match(surface):
        return "fault", period  # 未发生执法过错案件 does not say how many cases there were
    if _is_pending(clause, rules):
        return PENDING, period
    if _is_frequency(clause, figure, rules):
        # 每村1名 describes the year, 每月1次 no particular year
        return "frequency", period if rules.per_unit.search(clause.left) else Period.OTHER
    if surface.endswith(EACH_ANOTHER) or _is_average(clause, figure):
        return "frequency", period
    if like and like.blocked_by == "frequency" and _goes_on_with_each(clause, figure):
        return "frequency", like.period
    return "aspect" if _is_aspect(clause, figure, rules) else "", period


def is_change(clause: Clause, figure: Figure, rules: ContextRules) -> bool:
    """Return whether a figure is the size of a change: 较上年下降12%, 增长15.6%, 减少2件, 比去年多化解41件."""
    if figure.unit_class in ("points", "change") or _MORE_THAN.search(clause.left):
        return True
    if clause.left.startswith(_MORE_OR_FEWER) and _MORE_THAN.search(clause.earlier + clause.left):
        return True  # 与上年相比，少受理2件
    match = rules.change_before.search(clause.left)
    if match is None:
        return False
    if figure.unit_class in ("percent", "fraction"):
        return True
    return rules.comparison.search(clause.earlier + clause.left[: match.start()]) is not None


def _is_frequency(clause: Clause, figure: Figure, rules: ContextRules) -> bool:
    """Return whether a figure is a frequency or a ratio: 每季度召开1次, 每村配备1名; not 每周学习，全年共20次.

    A frequency also covers the verbs after the comma: 每半年听取一次汇报，召开一次会议.
    """
    if clause.right.startswith(_PER_TIME):  # 讲座1场/月
        return True
    found = rules.how_often.search(clause.left)
    if found is not None:
        if found[0].startswith("一年") and (figure.unit_class != "event" or figure.value > _MONTHS):
            return False  # 一年260起 is a year's count
        if figure.unit_class == "hours" and found[0].startswith(_EACH_PERSON):
            return rules.how_often.search(clause.left, found.end()) is not None  # 每人每年不少于40学时
        return SUM.search(clause.left, found.end()) is None
    if figure.value != 1 or figure.unit_class != "event" or WHOLE_YEAR.search(clause.left):
        return False
    return _GOES_ON_OFTEN.search(clause.earlier) is not None


def _is_average(clause: Clause, figure: Figure) -> bool:
    """Return whether a figure is an average of things counted: 人均办案30件; rates and hours are exempt."""
    return figure.unit_class not in _TOLD_AS_AVERAGES and _AVERAGE.search(clause.left) is not None


def _goes_on_with_each(clause: Clause, figure: Figure) -> bool:
    """Return whether a figure continues a per-unit list: 每村配备网格员1名、网格长1名，配备调解员2名.

    Also 每村配备1名网格员和1名网格长, where only the joint comes before the number.
    """
    if not clause.left:
        return clause.earlier.endswith(_JOINTS)
    found = _GOES_ON_WITH_EACH.fullmatch(clause.left)
    return found is not None and not (found["anew"] and figure.value > _MOST_OF_ONE)


def _is_aspect(clause: Clause, figure: Figure, rules: ContextRules) -> bool:
    """Return whether a figure only counts divisions: 三个方面, 15项重点领域."""
    return figure.unit_class in ("generic", "kind") and rules.aspect.match(clause.right) is not None


def _is_pending(clause: Clause, rules: ContextRules) -> bool:
    """Return whether a figure counts what is open, due or former: 正在办理2件, 其余2件正在办理, 应开4次, 由原来的2件.

    Not 复议2件正在办理.
    """
    left = clause.left.rstrip(_HAVE)
    if "应" in left and _DUE.search(left):
        return True
    return left.endswith(rules.pending) or (
        clause.right.startswith(_NOT_YET) and left.endswith(rules.remainder)
    )
