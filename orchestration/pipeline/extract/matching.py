"""Match a figure to an indicator of the catalogue: by which rule, and by what margin.

A pattern's words must be in the figure's own clause; its topic may be further away.
The score falls with the distance of both, so the nearer topic wins. It rises with the
length of the words, so the more specific pattern wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from orchestration.pipeline.chinese import ORDINAL_DIGITS
from orchestration.pipeline.extract.catalogue import Catalogue, Pattern
from orchestration.pipeline.extract.context import Clause, ContextRules
from orchestration.pipeline.extract.figures import Figure
from orchestration.pipeline.vocabulary import IndicatorKind

THRESHOLD = 0.55
FLOOR = 0.5  # the margin is measured from here if no other indicator is possible
_LENGTH_GAIN, _MAXIMUM_GAIN = 0.02, 0.16
_LEFT_LOSS, _RIGHT_LOSS = 0.012, 0.02
_EARLIER_LOSS, _EARLIER_START = 0.003, 0.02
_LATER_LOSS = 0.12
_BEFORE_LOSS = 0.12  # for the sentence before
_HEADING_LOSSES = (0.12, 0.18, 0.24)
_INHERITED_LOSS = 0.1
_AFTER_LOSS = 0.04
_FAR, _FAR_LOSS = 4, 0.25  # characters; a loss of margin, not of score
_FOREIGN_LOSS = 0.45  # of margin, if the words between name another thing as counted
_TOLD = "共计有约近达为到：:"  # between a noun and its number: 台账共12本
_SHARED_NOUN = 2  # characters at the end
_BECAME = re.compile(
    r"""
    (?: [今本全]年 | 目前 | 现 )? 已? (?: [增降减升] | 提高 | 增加 | 减少 | 上升 | 下降 ) [至到为]   # e.g. 今年增至
    # after 去年办理案件18件; e.g. 今年办理
  | [今本]年 共? (?: 办理 | 受理 | 查处 | 立案 | 开展 | 组织 | 举办 | 召开 | 完成 )
  | (?: (?: 20[0-9]{2} | [去上] ) 年 [度底]? [0-9.,]+ [^，。；：0-9]{1,3} ， )?
    (?: 20[0-9]{2} | [今本去上当] ) 年 [度底]? (?:同期)? [为：]?                      # 许可：2023年88件，2024年102件
  | [和与及]                                                                 # 分别研究2次和5次
    """,
    re.VERBOSE,
)
_PART_OF_YEAR = (
    rf"(?: 第?[{ORDINAL_DIGITS}1-4]季度? | [上下]半年 | [0-9]{{1,2}}(?:[-—～~至到][0-9]{{1,2}})?月份? )"
)
_OF_PERIODS = re.compile(
    rf"""
    [，、]? {_PART_OF_YEAR} [共为是有达计]*                                          # e.g. 二季度   上半年共
  | (?P<sum> {_PART_OF_YEAR} [0-9.,]+ [^，。；：0-9]{{1,3}} [，、；]
    (?: 全年 | 合计 | 共计 | 总计 | 累计 | 共 | 计 | 为 )+ )                          # e.g. 下半年18件，合计
    """,
    re.VERBOSE,
)
# not 一季度学法4次，培训2次，
_PERIOD_LAST = re.compile(rf"{_PART_OF_YEAR} [^，。；、]* [，、；]? \Z", re.VERBOSE)
_VILLAGE = "[一-鿿]{1,6}(?:村|社区)"
_OF_VILLAGES = re.compile(
    rf"""
    (?: [、，]? {_VILLAGE} [^，。；：、0-9]{{0,6}} [0-9.,]+ [^，。；：、0-9]{{1,3}} ){{1,40}}
    (?: 、 {_VILLAGE} | ，? (?:合计|共计|总计|共)+ )           # e.g. 东村调解12件、西村   东村12件、西村9件，共
    """,
    re.VERBOSE,
)
_ISSUES = frozenset({"期", "期次", "集"})  # issues of a titled publication
_TITLE = re.compile(r"《[^》]*》")
_LEVEL_ONLY = re.compile(r"[、，及和]?(?:(?:国家|省|市|州|盟|区|县|旗|镇|村|乡|街道|社区)级|[一二再]审)")


@dataclass(slots=True)
class Match:
    """The indicator chosen for a figure."""

    indicator_id: str
    pattern_id: str
    margin: float  # its score minus that of the best other indicator, or FLOOR without one
    is_own: bool  # no topic was needed, or it is in the figure's own clause


class Candidate(NamedTuple):
    """A pattern whose words are in the clause, with the parts of its score."""

    pattern: Pattern
    words: str  # the nearest of its words that were found
    place: float  # gain by their length minus loss by their distance
    topic_loss: float  # 1 if there is no topic
    unless: str  # words found that forbid the pattern; empty for none

    @property
    def score(self) -> float:
        """Weight plus place minus topic loss."""
        return self.pattern.weight + self.place - self.topic_loss

    @property
    def is_possible(self) -> bool:
        """Whether the pattern may win."""
        return not self.unless and self.score > THRESHOLD


def match_indicator(
    clause: Clause,
    figure: Figure,
    find_surroundings: Callable[[], Sequence[str]],
    catalogue: Catalogue,
    previous: str | None = None,
) -> Match | None:
    """Choose the indicator of a figure.

    Args:
        clause: the words around it.
        figure: the figure; only patterns for its unit or unit class are tried.
        find_surroundings: returns the previous sentence and the headings, nearest first;
            called only if nothing nearer decides.
        catalogue: compiled catalogue.
        previous: indicator of the previous figure in the sentence; None without one.

    Returns:
        The best pattern above the threshold; None if there is none.
    """
    left, right = clause.left, clause.right
    own = f"{left}\n{right}" if right else left
    said = _hide_titles(own, clause, figure) if "《" in own else own
    best, best_score, other, is_own, distance = None, THRESHOLD, FLOOR, True, 0
    for pattern in _find_patterns(own, figure, catalogue):
        if pattern.after and pattern.topic is None and previous not in pattern.after:
            continue
        is_same = best is not None and pattern.indicator_id == best.indicator_id
        needed = best_score if is_same else other  # a lower score changes neither best nor margin
        if pattern.weight + _MAXIMUM_GAIN <= needed:
            continue
        place, gap = _weigh_place(pattern, left, right, figure)
        score = pattern.weight + place
        if score <= needed or _find_excluded(pattern, said, clause.earlier):
            continue
        loss = 0.0
        if pattern.topic is not None or pattern.after:
            loss = _topic_loss(pattern, clause, own, find_surroundings, previous)
            score -= loss
        if score > best_score:
            if best is not None and not is_same:
                other = best_score
            best, best_score, is_own, distance = pattern, score, not loss, gap
        elif score > other and not is_same:
            other = score
    if best is None:
        return None
    margin = best_score - other
    if distance > 0 and _counts_other(best, left[-distance:], catalogue):
        margin -= _FOREIGN_LOSS
    elif abs(distance) >= _FAR:  # other words come between: 学法、研讨、主题党课、各类讲座12场
        margin -= _FAR_LOSS
    return Match(best.indicator_id, best.pattern_id, margin, is_own)


def _counts_other(pattern: Pattern, between: str, catalogue: Catalogue) -> bool:
    """Return whether the words between pattern and number show that the number counts something else.

    合法性审查台账2本 does not count reviews; 网格员帮扶困难群众47人 does not count grid workers.
    """
    rules = catalogue.context_rules
    if between.rstrip(_TOLD).endswith(rules.other_heads):
        return True
    is_stock = catalogue.indicators[pattern.indicator_id].kind == IndicatorKind.STOCK
    return is_stock and not rules.stock_link.fullmatch(between)


def _find_excluded(pattern: Pattern, said: str, earlier: str) -> re.Match[str] | None:
    """Return the match that forbids a pattern: in its own clause, or earlier in the sentence after the last ；."""
    found = pattern.excluded.search(said) if pattern.excluded is not None else None
    if found is None and pattern.excluded_earlier is not None:
        found = pattern.excluded_earlier.search(earlier, earlier.rfind("；") + 1)
    return found


def _hide_titles(own: str, clause: Clause, figure: Figure) -> str:
    """Return the words that `unless` searches, without titles: 开展《信访工作条例》宣传6场 is not about petitions."""
    if figure.unit_class == "document" and clause.left.endswith("》"):
        return own  # 发出《执法监督通知书》2份: the title is what is counted
    return _TITLE.sub("《》", own)


def _find_patterns(own: str, figure: Figure, catalogue: Catalogue) -> dict[Pattern, None]:
    """Return the patterns for a figure's unit with a trigger word in its clause, in the order of those words."""
    by_class = catalogue.triggered.get(figure.unit_class, {})
    by_unit = catalogue.triggered.get(figure.unit, {})
    found: dict[Pattern, None] = {}
    if by_class or by_unit:
        for word, _, _ in catalogue.automaton.find_matches_as_indexes(own, overlapping=True):
            if word in by_class:
                found |= by_class[word]
            if word in by_unit:
                found |= by_unit[word]
    if figure.unit == "人次":  # 人次 counts attendances, never a stock: 发动网格员上门宣传500人次
        indicators = catalogue.indicators
        return {one: None for one in found if indicators[one.indicator_id].kind != IndicatorKind.STOCK}
    return found


def rank_candidates(
    clause: Clause,
    figure: Figure,
    find_surroundings: Callable[[], Sequence[str]],
    catalogue: Catalogue,
    previous: str | None = None,
) -> list[Candidate]:
    """Return every pattern that `match_indicator` weighs, best first, with all its scores. Slow."""
    own = f"{clause.left}\n{clause.right}" if clause.right else clause.left
    said = _hide_titles(own, clause, figure) if "《" in own else own
    found = []
    for pattern in _find_patterns(own, figure, catalogue):
        place, _ = _weigh_place(pattern, clause.left, clause.right, figure)
        if place <= -1.0:
            continue
        last = pattern.left and pattern.left.match(clause.left)
        if pattern.left and last and "《" in clause.left:
            last = _leave_titles(last, pattern.left, clause.left, figure)
        hits = [last, pattern.right and pattern.right.search(clause.right)]
        excluded = _find_excluded(pattern, said, clause.earlier)
        needs_topic = pattern.topic is not None or pattern.after
        loss = _topic_loss(pattern, clause, own, find_surroundings, previous) if needs_topic else 0.0
        words = next(hit[1] for hit in hits if hit)
        found.append(Candidate(pattern, words, place, loss, excluded[0] if excluded else ""))
    return sorted(found, key=lambda candidate: (not candidate.is_possible, -candidate.score))


def inherit_indicator(
    clause: Clause, figure: Figure, previous: Figure, match: Match, rules: ContextRules
) -> Match | None:
    """Return the previous figure's indicator if only level, stage, audience or period differs; else None.

    省级示范村2个，市级5个; 一审案件4件、二审2件; 普法进校园6场、企业5场; 专职调解员5名、兼职38名; 去年3次，今年增至5次;
    上半年23件、下半年18件，合计41件; 东村12件、西村9件
    """
    if figure.unit_class != previous.unit_class or clause.right:
        return None
    heirs = rules.heirs.get(figure.unit_class)
    if (
        _LEVEL_ONLY.fullmatch(clause.left)
        or _BECAME.fullmatch(clause.left)
        or (
            (part := _OF_PERIODS.fullmatch(clause.left))
            and (part["sum"] or _PERIOD_LAST.search(clause.earlier))
        )
        or (heirs is not None and heirs.fullmatch(clause.left))
        or _is_of_villages(clause)
    ):
        return replace(match, margin=match.margin - _INHERITED_LOSS)
    return None


def _is_of_villages(clause: Clause) -> bool:
    """Return whether a figure continues or sums up a list of villages: 东村调解12件、西村9件，合计21件."""
    if clause.left.endswith(("村", "社区")):
        return clause.left.startswith("、") and _OF_VILLAGES.fullmatch(_last_list(clause)) is not None
    return clause.left.endswith(("计", "共")) and _OF_VILLAGES.fullmatch(clause.left) is not None


def _last_list(clause: Clause) -> str:
    """Return the list that a figure's words end, from its first item."""
    start = max(clause.earlier.rfind(stop) for stop in "，；：") + 1
    return clause.earlier[start:] + clause.left


def inherit_whole(clause: Clause, match: Match, whole: Clause, whole_match: Match) -> Match:
    """Return the whole's match for a part that only repeats its noun: 化解纠纷35件，其中重大纠纷3件.

    A part matched by that noun with a more distant topic misses the verb that governs both, so
    its own match is kept only if it is in another domain.
    """
    noun = clause.left[-_SHARED_NOUN:]
    if (
        match.is_own
        or clause.right
        or len(noun) < _SHARED_NOUN
        or noun != whole.left[-_SHARED_NOUN:]
        or match.indicator_id.partition(".")[0] != whole_match.indicator_id.partition(".")[0]
    ):
        return match
    return replace(whole_match, margin=whole_match.margin - _INHERITED_LOSS)


def _weigh_place(pattern: Pattern, left: str, right: str, figure: Figure) -> tuple[float, int]:
    """Return the score for a pattern's words (gain by length minus loss by distance) and that distance.

    The score is -1 if no words are found; the distance is negative for words right of the number.
    """
    place, distance = -1.0, 0
    if (
        pattern.left is not None
        and (hit := pattern.left.match(left))
        and ("《" not in left or (hit := _leave_titles(hit, pattern.left, left, figure)))
    ):
        start, end = hit.span(1)
        distance = len(left) - end
        place = min(_LENGTH_GAIN * (end - start), _MAXIMUM_GAIN) - _LEFT_LOSS * distance
    if right and pattern.right is not None and (hit := pattern.right.search(right)):
        start, end = hit.span(1)
        behind = min(_LENGTH_GAIN * (end - start), _MAXIMUM_GAIN) - _RIGHT_LOSS * start
        if behind > place:
            place, distance = behind, -start
    return place, distance


def _leave_titles(
    hit: re.Match[str], words: re.Pattern[str], left: str, figure: Figure
) -> re.Match[str] | None:
    """Return the last hit before the number that is outside titles; `hit` is the last one anywhere.

    围绕《人民调解法》开展活动5场 is not mediation and 学习《行政处罚法》5次 is not penalties, but
    印发《法治宣传手册》300册 and 《法治讲堂》12期 count what the title names, so their hits stay.
    """
    if figure.unit_class == "document" or figure.unit in _ISSUES:
        return hit
    if left.rfind("《", 0, hit.start(1)) <= left.rfind("》", 0, hit.end(1)):
        return hit
    return words.match(_TITLE.sub(_blank, left))


def _blank(title: re.Match[str]) -> str:
    return f"《{'　' * (len(title[0]) - 2)}》"


def _topic_loss(
    pattern: Pattern,
    clause: Clause,
    own: str,
    find_surroundings: Callable[[], Sequence[str]],
    previous: str | None,
) -> float:
    """Return the loss for the topic's distance; 1 if there is no topic."""
    if previous in pattern.after:
        return _AFTER_LOSS
    topic = pattern.topic
    if topic is None:
        return 1.0
    if topic.any.search(own):
        return 0.0
    if topic.any.search(clause.earlier) and (hit := topic.last.match(clause.earlier)):
        return min(_EARLIER_START + _EARLIER_LOSS * (len(clause.earlier) - hit.end(1)), _HEADING_LOSSES[0])
    if topic.any.search(clause.later) and not clause.later.startswith("其中"):
        return _LATER_LOSS  # 会议29次，其中研究法治6次: the topic is that of the six, not of all 29
    before, *headings = find_surroundings()
    # If the figure's clause opens its sentence, the previous sentence may supply the topic.
    if not clause.earlier and topic.any.search(before):
        return _BEFORE_LOSS
    for heading, loss in zip(headings, _HEADING_LOSSES, strict=False):
        if topic.any.search(heading):
            return loss
    return 1.0
