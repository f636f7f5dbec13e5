"""Extract: the figures of a report, what they count, when, and the words that prove it.

Here belongs the walk over sentences and the making of records. Finding figures belongs to
`figures`, reading their surroundings to `context`, choosing indicators to `matching`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import NamedTuple

from orchestration.pipeline.corrections.decisions import Correction
from orchestration.pipeline.corrections.figures import correct_quantities
from orchestration.pipeline.extract.catalogue import Catalogue
from orchestration.pipeline.extract.clause_words import clean_words, denied_words
from orchestration.pipeline.extract.context import (
    Clause,
    choose_period,
    choose_scope,
    describe_measured,
    drop_listed,
    find_cues,
    is_aspect,
    is_change,
    is_frequency,
    is_transition,
    split_clause,
)
from orchestration.pipeline.extract.figures import Figure, find_denials, find_figures
from orchestration.pipeline.extract.matching import Match, inherit_indicator, inherit_whole, match_indicator
from orchestration.pipeline.records import Quantity, ReportSentences
from orchestration.pipeline.vocabulary import IndicatorKind, Period, Scope, SectionType

_DENIAL_SECTIONS = frozenset(SectionType) - {
    SectionType.PROBLEMS,
    SectionType.PLANS,
}  # elsewhere 未 is a shortcoming
_SHARED_BY_ALL = re.compile(
    r"""
    (?: 均 | 都 | 皆 | 双 | [两三]个 | (?<![合共协会相])同 )                # e.g. 均达到   都是
    (?: 为 | 达到 | 达 | 是 | 保持在 | 保持 | 实现 | 做到 | 有 | 双 | [两三]个 )*$
    | (?: 实现 | 做到 | 达到 | 达 ) (?: 双 | [两三]个 )$                    # e.g. 实现两个
    """,
    re.VERBOSE,
)
_MAY_SHARE = re.compile(r"[均都皆双两三同各]")
_EACH = re.compile(
    r"(?: 各 (?: 类 | 种 )? ) (?: 开展 | 组织 | 举办 | 完成 | 有 )? 了? $",  # e.g. 各类   各开展了
    re.VERBOSE,
)
_ARE_NONE = re.compile(
    r"(?: 数量? )? (?: 均 | 都 | 皆 )? (?: 为 | 是 ) $",  # e.g. 案件数为   均是
    re.VERBOSE,
)  # 行政复议和行政诉讼案件数为零
_IN_TURN = re.compile(r"分别(?:为|达到|达|是|有|办理|完成)*$")
_JOINT = re.compile(  # 参与率 is one name; 参考率优秀率 are two
    r"[、和]|(?<!参)与|以及|及(?!时)|(?<=[率度])(?=[一-鿿]{1,5}[率度])"
)
_NAME = re.compile(r"[一-鿿A-Za-z0-9]{2,20}")
_OPENING = re.compile(r"([^，。；：、0-9]{4,16})[，：]")
_LEAD_END = re.compile(r"[。\n]")
_SHORT_LENGTH = 4
OUT_OF_RANGE = "out_of_range"  # in `rule`, before the indicator whose range a figure breaks
_LEAD_LENGTH = 40
_PLACES = re.compile(r"(?:行政|农村|城市)?(?:村(?![级居民规委调])|社区(?!矫正|服务|工作)|居委会|嘎查村?)")
_AND_PLACES = re.compile(rf"{_PLACES.pattern}[、和及]")
_WINDOW = 400  # characters of a sentence before a figure that are looked at


class SectionHead(NamedTuple):
    """A section as far as its figures need it; a `records.Section` has all of this too."""

    section_id: str
    parent_section_id: str | None
    level: int
    heading: str | None
    section_type: str
    char_start: int
    char_end: int


@dataclass(frozen=True, slots=True)
class SegmentedText:
    """What the figures of a report are read from: its text, and where its parts are in it."""

    report_id: str
    text: str  # clean; offsets of the result are half-open and count its characters
    sections: Sequence[SectionHead]  # in order
    sentences: ReportSentences  # figures outside them are not looked for
    report_year: int | None  # that it reports on; None: every year named counts as that year
    corrections: Sequence[Correction] = ()  # reviewed decisions; those on figures of this report are applied


@dataclass(slots=True)
class Place:
    """A sentence with its section and its figures, as far as these need it."""

    char_start: int
    char_end: int
    text: str
    section: SectionHead
    find_surroundings: Callable[[], tuple[str, ...]]  # the sentence before it, and the headings over it
    figures: list[Figure]


@dataclass(slots=True)
class Reading:
    """A figure with what its surroundings say of it, before its indicator is chosen."""

    figure: Figure
    clause: Clause
    period: Period
    scope: Scope
    blocked_by: (
        str  # plan, change, frequency, aspect: not the year's count of anything; empty for what may be
    )


class _Outline:
    """What comes before and over the sentences of a report, found when first asked for.

    Few figures need it: an indicator's topic is mostly named in the figure's own sentence.
    """

    def __init__(self, report: SegmentedText) -> None:
        self._text = report.text
        self._sections = report.sections
        self._sentences = report.sentences
        self._headings: dict[str, tuple[str, ...]] = {}

    @cached_property
    def _by_id(self) -> dict[str, SectionHead]:
        return {section.section_id: section for section in self._sections}

    def find_surroundings(self, number: int) -> tuple[str, ...]:
        """The sentence before one in its section, empty for the first; then the headings over it, nearest first."""
        sentences, places = self._sentences, self._sentences.section_positions
        before = ""
        if number > 0 and places[number - 1] == places[number]:
            before = self._text[sentences.char_starts[number - 1] : sentences.char_ends[number - 1]]
        return clean_words(before), *self._find_headings(self._sections[places[number]])

    def _find_headings(self, section: SectionHead) -> tuple[str, ...]:
        """Headings over a section, nearest first; 一是 has none, so what it opens with stands for it."""
        if section.section_id in self._headings:
            return self._headings[section.section_id]
        words = section.heading
        if words is None and section.level > 0:
            lead = self._text[section.char_start : min(section.char_start + _LEAD_LENGTH, section.char_end)]
            words = _LEAD_END.split(lead, maxsplit=1)[0]
        headings: tuple[str, ...] = (clean_words(words),) if words else ()
        if section.parent_section_id and (parent := self._by_id.get(section.parent_section_id)):
            headings += self._find_headings(parent)
        self._headings[section.section_id] = headings
        return headings


def extract_reports(
    reports: Sequence[SegmentedText],
    catalogue: Catalogue,
    guard: Callable[[str], AbstractContextManager[object]] = nullcontext,
) -> list[Quantity]:
    """Find every figure that reports assert.

    Args:
        reports: the reports, each with an id of its own.
        catalogue: what `load_catalogue` returned.
        guard: makes, for a report_id, the context that its work runs in. One that swallows an error
            leaves the report out of the result; the default lets it through.

    Returns:
        Quantities report by report in reading order. Spans do not overlap, but several rows may
        share one span (参考率、合格率均达100%): their ids end in -0, -1 ….
    """
    quantities: list[Quantity] = []
    for report in reports:
        with guard(report.report_id):
            rows: list[Quantity] = []
            for place, readings in read_report(report, catalogue):
                rows += _make_quantities(report, place, readings, catalogue)
            quantities += correct_quantities(report.report_id, rows, report.corrections, catalogue.ranges)
    return quantities


def read_report(report: SegmentedText, catalogue: Catalogue) -> list[tuple[Place, list[Reading]]]:
    """The sentences of one report that have figures, and the words around each figure."""
    figures = find_figures(report.text, catalogue.figure_rules)
    denials = find_denials(report.text, figures, catalogue.figure_rules)
    places = _find_places(report, figures, denials)
    return [(place, _read_place(report, place, catalogue)) for place in places]


def _find_places(
    report: SegmentedText, figures: Sequence[Figure], denials: Sequence[Figure]
) -> Iterator[Place]:
    """The sentences that have figures, which most have not."""
    sentences = report.sentences
    found, denied = _group_by_sentence(figures, sentences), _group_by_sentence(denials, sentences)
    outline = _Outline(report)
    for number in sorted(found.keys() | denied.keys()):
        section = report.sections[sentences.section_positions[number]]
        start, end = sentences.char_starts[number], sentences.char_ends[number]
        own = found.get(number, [])
        if own and own[-1].end > end:  # 队伍|组织: what runs into the next sentence is not a figure
            own.pop()
        if number in denied and section.section_type in _DENIAL_SECTIONS:
            own = _merge_denials(own, denied[number])
        if own:
            find_surroundings = partial(outline.find_surroundings, number)
            yield Place(start, end, report.text[start:end], section, find_surroundings, own)


def _group_by_sentence(figures: Sequence[Figure], sentences: ReportSentences) -> dict[int, list[Figure]]:
    """Figures by the number of the sentence that they start in."""
    groups: dict[int, list[Figure]] = {}
    for figure in figures:
        number = bisect_right(sentences.char_starts, figure.start) - 1
        if number >= 0 and figure.start < sentences.char_ends[number]:
            groups.setdefault(number, []).append(figure)
    return groups


def _merge_denials(figures: list[Figure], denials: list[Figure]) -> list[Figure]:
    """Figures and denials in reading order; 一起 within 没有发生一起… is not a figure of its own."""
    kept = [figure for figure in figures if not any(d.start <= figure.start < d.end for d in denials)]
    return sorted([*kept, *denials], key=lambda figure: figure.start)


def _read_place(report: SegmentedText, place: Place, catalogue: Catalogue) -> list[Reading]:
    """The words around each figure of a sentence, and what that says of it."""
    text, rules = report.text, catalogue.context_rules
    start, end, figures = place.char_start, place.char_end, place.figures
    cues = find_cues(place.text, report.report_year, rules)
    readings: list[Reading] = []
    previous: Figure | None = None
    previous_scope = Scope.TOTAL
    queue: list[str] = []
    for number, figure in enumerate(figures):
        next_start = figures[number + 1].start if number + 1 < len(figures) else end
        opening = max(start, figure.start - _WINDOW)
        clause = split_clause(
            text, opening, end, figure, previous.end if previous else opening, next_start, cues.is_clean
        )
        if figure.is_denial:
            clause = replace(clause, left=denied_words(text[figure.start : figure.end]), right="")
        is_like_previous = previous is not None and previous.unit_class == figure.unit_class
        if is_like_previous:
            clause = drop_listed(clause)
        if "分别" in clause.left and (shared := _IN_TURN.search(clause.left)):
            queue = _split_names(clause.left[: shared.start()])
        if queue and not figure.is_denial:
            # 受理量、办结量分别为70件和68件: each figure takes its name
            name = queue.pop(0)
            clause = replace(clause, left=name)
        changed = is_change(clause, figure, rules)
        period = choose_period(
            clause, figure, cues.periods, figure.start - start, place.section.section_type, changed
        )
        if previous is not None and is_like_previous and is_transition(clause):
            earlier, _, left = clause.earlier.rpartition("，")
            clause = replace(clause, left=left, earlier=earlier)
        scope = choose_scope(
            clause, figure, previous_scope if is_like_previous else Scope.TOTAL, is_like_previous, cues, rules
        )
        blocked = "change" if changed else "plan" if period == Period.PLAN else ""
        if not blocked and is_frequency(clause, figure, rules):
            blocked = "frequency"
        if not blocked and is_aspect(clause, figure, rules):
            blocked = "aspect"
        if previous is not None and is_like_previous and _PLACES.match(clause.right):
            places = _AND_PLACES.fullmatch(clean_words(text[previous.end : figure.start]))
            if places:  # 9个社区、4个行政村都聘请了法律顾问: what follows the second is said of both
                readings[-1].clause = replace(readings[-1].clause, right=places[0][:-1] + clause.right)
        readings.append(Reading(figure, clause, period, scope, blocked))
        previous, previous_scope = figure, scope
    return readings


def _make_quantities(
    report: SegmentedText, place: Place, readings: Sequence[Reading], catalogue: Catalogue
) -> Iterator[Quantity]:
    """The rows of a sentence's figures, each with its indicator."""
    previous: Figure | None = None
    previous_match: Match | None = None
    whole: tuple[Reading, Match] | None = None  # the last figure that is not of a part
    for reading in readings:
        figure, clause = reading.figure, reading.clause
        matches = match_each(reading, place, catalogue)
        last, match = matches[-1]
        if not reading.blocked_by and previous is not None and previous_match is not None:
            # the last name is the one that goes on
            match = match or inherit_indicator(clause, figure, previous, previous_match)
        if match and reading.scope is Scope.TOTAL:
            whole = (reading, match)
        elif match and whole and whole[0].figure.unit == figure.unit:
            match = inherit_whole(clause, match, whole[0].clause, whole[1])
        matches[-1] = (last, match)
        for row, (named, match) in enumerate(matches):
            indicator_id, rule, confidence = _refuse_out_of_range(match, figure, catalogue)
            yield Quantity(
                quantity_id=f"{report.report_id}-q{figure.start}-{row}",
                report_id=report.report_id,
                section_id=place.section.section_id,
                section_type=place.section.section_type,
                indicator_id=indicator_id,
                value=figure.value,
                unit=figure.unit,
                qualifier=figure.qualifier,
                period=reading.period,
                scope=reading.scope,
                measured=describe_measured(named, figure, catalogue.context_rules),
                surface=report.text[figure.start : figure.end],
                sentence=place.text,
                sentence_start=place.char_start,
                char_start=figure.start,
                char_end=figure.end,
                rule=rule,
                confidence=confidence,
                correction_id=None,
            )
        previous, previous_match = figure, matches[-1][1]


def match_each(reading: Reading, place: Place, catalogue: Catalogue) -> list[tuple[Clause, Match | None]]:
    """The clauses that a figure is a row of, each with its indicator; at least one.

    参考率、合格率均达100% is one row where both are one indicator, 办结率、满意率均达100% is two; a name
    that fits none has no row beside one that does. 讲座、培训各3场 are two figures in any case.
    """
    clause, figure = reading.clause, reading.figure
    if figure.value and not _MAY_SHARE.search(clause.left):  # nearly all
        return [(clause, None if reading.blocked_by else _choose(clause, clause, figure, place, catalogue))]
    clauses, is_each = _name_each(clause, figure)
    if reading.blocked_by:
        return [(named, None) for named in (clauses if is_each else [clause])]
    found = [(named, _choose(named, clause, figure, place, catalogue)) for named in clauses]
    if len(found) == 1 or is_each:
        return found
    kept: dict[str | None, tuple[Clause, Match | None]] = {}
    for named, match in found:
        kept.setdefault(match.indicator_id if match else None, (named, match))
    if len(kept) > 1:
        kept.pop(None, None)
        return list(kept.values())
    return [(clause, match) for _, match in kept.values()]


def _refuse_out_of_range(
    match: Match | None, figure: Figure, catalogue: Catalogue
) -> tuple[str | None, str | None, float]:
    """Indicator, rule and confidence of a figure.

    Where the indicator cannot have the figure's value there is none, and `rule` says which one that was.
    """
    if match is None:
        return None, None, catalogue.confidence.unmatched
    indicator = catalogue.indicators[match.indicator_id]
    if indicator.valid_min <= figure.value <= indicator.valid_max:
        return match.indicator_id, match.pattern_id, catalogue.confidence.estimate(match.margin)
    return None, f"{OUT_OF_RANGE}:{match.indicator_id}", catalogue.confidence.unmatched


def _choose(
    named: Clause, clause: Clause, figure: Figure, place: Place, catalogue: Catalogue
) -> Match | None:
    match = match_indicator(named, figure, place.find_surroundings, catalogue)
    if match is None and (opening := _opening_for(named)):
        match = match_indicator(
            replace(named, left=opening, earlier=""), figure, place.find_surroundings, catalogue
        )
    if match is None and named is not clause and not named.left.endswith("率"):
        # 合同、协议审查率均为100%: the first name lacks what the last one says
        match = match_indicator(clause, figure, place.find_surroundings, catalogue)
    if match is None or place.section.section_type != SectionType.PROBLEMS:
        return match
    # a shortcoming's figure is the unit's only where it says what there is: 执法人员仅3人
    is_stated = catalogue.indicators[match.indicator_id].kind == IndicatorKind.STOCK and not clause.right
    return match if is_stated else None


def _opening_for(clause: Clause) -> str | None:
    """学法用法常态化，中心组5次: the words of a short clause after those that open the sentence."""
    if not 0 < len(clause.left) <= _SHORT_LENGTH:
        return None
    opening = _OPENING.match(clause.earlier)
    return opening[1] + clause.left if opening else None


def _name_each(clause: Clause, figure: Figure) -> tuple[list[Clause], bool]:
    """One clause for each thing that shares a figure (参考率、合格率均达100%), and whether each has its own.

    讲座、培训各3场 are six in all.
    """
    if figure.is_denial:
        return [clause], False
    each = _EACH.search(clause.left)
    shared = (
        each
        or _SHARED_BY_ALL.search(clause.left)
        or (_ARE_NONE.search(clause.left) if figure.value == 0 else None)
    )
    names = _split_names(clause.left[: shared.start()]) if shared else []
    if not names:
        return [clause], False
    clauses = [
        replace(clause, left=name, earlier=clause.earlier + "".join(names[:number]))
        for number, name in enumerate(names)
    ]
    return clauses, each is not None


def _split_names(words: str) -> list[str]:
    """The things joined in 参考率、合格率; empty where it is not a plain list."""
    names = _JOINT.split(words)
    return names if len(names) > 1 and all(_NAME.fullmatch(name) for name in names) else []
