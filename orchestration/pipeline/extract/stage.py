"""Extract a report's figures: what each one counts, for which period, and the words that prove it.

This module walks the sentences and builds the records. `figures` finds the figures, `context` reads
the words around them, and `matching` chooses the indicators.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property, partial

from orchestration.pipeline.corrections.decisions import Correction
from orchestration.pipeline.corrections.figures import correct_quantities
from orchestration.pipeline.extract.areas import (
    find_larger_areas,
    is_by_others,
    is_of_larger_area,
    is_own_share,
    may_be_by_others,
)
from orchestration.pipeline.extract.assignment import (
    LARGER_AREA,
    Reading,
    SectionHead,
    Sentence,
    assign_indicators,
    split_names,
)
from orchestration.pipeline.extract.blocks import EACH_ANOTHER, find_block, is_change
from orchestration.pipeline.extract.catalogue import Catalogue
from orchestration.pipeline.extract.clause_words import clean_words, denied_words
from orchestration.pipeline.extract.context import (
    DISPUTE,
    Clause,
    ContextRules,
    SentenceCues,
    choose_period,
    describe_measured,
    drop_listed,
    find_cues,
    is_transition,
    split_clause,
)
from orchestration.pipeline.extract.denials import find_denials
from orchestration.pipeline.extract.dispute_kinds import mark_kinds
from orchestration.pipeline.extract.figure_rules import CLAUSE_STOP, FigureRules
from orchestration.pipeline.extract.figures import POINT_FOR_COMMA, Figure, find_figures
from orchestration.pipeline.extract.labels import find_labels, find_matter
from orchestration.pipeline.extract.matching import Match
from orchestration.pipeline.extract.scope import choose_scope, leave_part
from orchestration.pipeline.extract.sharing import (
    PART,
    end_parts,
    mark_parts,
    part_years,
    share_agenda,
    share_right,
)
from orchestration.pipeline.records import Quantity, ReportSentences
from orchestration.pipeline.vocabulary import IndicatorKind, Period, Scope, SectionType

_DENIAL_SECTIONS = frozenset(SectionType) - {
    SectionType.PROBLEMS,
    SectionType.PLANS,
}  # in the other two 未 states a shortcoming or a plan
_IN_TURN = re.compile(
    r"""
    分别 (?: 为 | 达到 | 达 | 是 | 有 | 办理 | 完成 | 举办 | 开展 | 组织 | 召开 | [提上]升[至到] | 提高[至到] )* $
    # e.g. 分别为   分别达到   分别举办
    """,
    re.VERBOSE,
)
_SLASHED = re.compile(r"[一-鿿]{2,12}/[一-鿿]{2,8}(?=[：:]?\Z)")  # 排查/化解：56件/54件
_NEXT_IN_TURN = re.compile(r"[^，。；：0-9]{0,4}[、，和及与/]")
_KIND_IN_LIST = re.compile(r"、?[^，。；]{1,6}类")  # 受理工单：咨询类45件、投诉类12件
_TITLE_DEPTH = 2  # the title is at least as far away as the third heading
_LEAD_END = re.compile(r"[。\n]")
OUT_OF_RANGE = "out_of_range"  # prefix of `rule` for a value outside its indicator's range
_LEAD_LENGTH = 40
_SHARED_RIGHT = 3  # characters; longer words say more than what is counted (社区, 村委会)
_READ_AS_COMMA = re.compile(rf"{POINT_FOR_COMMA.pattern}(?!\s*[0-9百千万亿])")
_THOUSAND, _DOUBTFUL = 1000, 0.5
# 行政处罚12 above 34件 may be two rows or one broken number
_DIGIT_BELOW = re.compile(r"\n(?!(?:19|20)[0-9]{2}年|[0-9]{1,2}[、.．)）])[0-9]")
_DIGIT_ABOVE = re.compile(r"[一-鿿][0-9]{1,6}[.,]?\n\Z")
_PARTED = "\n 。"
# 35 6件, 3。5万元; not 2024 12件
_DIGIT_BEFORE = re.compile(r"(?<![0-9])(?!(?:19|20)[0-9]{2})[0-9]{1,6}[ 。]\Z")
_WINDOW = 400  # characters of the sentence to read before a figure


@dataclass(frozen=True, slots=True)
class SegmentedText:
    """A report's text with the positions of its sections and sentences: the input of extraction."""

    report_id: str
    text: str  # clean; results have half-open character offsets into it
    sections: Sequence[SectionHead]  # in order
    sentences: ReportSentences  # figures outside them are ignored
    report_year: int | None  # the year reported on; None: treat every year named as that year
    corrections: Sequence[Correction] = ()  # reviewed decisions; only those on this report's figures apply
    is_township: bool = False  # if so, figures of its county (全县…) get no indicator


class _Outline:
    """The previous sentence and the headings of each sentence, computed on first use.

    Few figures need them: most sentences name the indicator's topic themselves.
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
        """Return the previous sentence of the section ("" for the first), then headings and title, nearest first."""
        sentences, positions = self._sentences, self._sentences.section_positions
        before = ""
        if number > 0 and positions[number - 1] == positions[number]:
            before = self._text[sentences.char_starts[number - 1] : sentences.char_ends[number - 1]]
        headings = self._find_headings(self._sections[positions[number]])
        far = ("",) * (_TITLE_DEPTH - len(headings))
        return clean_words(before), *headings, *far, self._matter

    @cached_property
    def _matter(self) -> str:
        return find_matter(self._text)

    def _find_headings(self, section: SectionHead) -> tuple[str, ...]:
        """Return a section's headings, nearest first; for a section without one (一是), its opening words."""
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
    """Extract every figure that the reports state.

    Args:
        reports: the reports, each with a unique id.
        catalogue: the result of `load_catalogue`.
        guard: returns a context manager for a report_id; the report is extracted inside it. If it
            suppresses an error, that report is left out; the default raises.

    Returns:
        Quantities by report, in reading order. Spans do not overlap, but several rows may
        share one span (参考率、合格率均达100%); their ids end in -0, -1 ….
    """
    quantities: list[Quantity] = []
    ranges = catalogue.ranges
    for report in reports:
        with guard(report.report_id):
            rows: list[Quantity] = []
            for sentence, readings in read_report(report, catalogue):
                rows += _make_quantities(report, sentence, readings, catalogue)
            quantities += correct_quantities(report.report_id, rows, report.corrections, ranges)
    return quantities


def read_report(report: SegmentedText, catalogue: Catalogue) -> list[tuple[Sentence, list[Reading]]]:
    """Return the sentences of a report that have figures, each with the readings of its figures."""
    figures = find_figures(report.text, catalogue.figure_rules)
    denials = find_denials(report.text, figures, catalogue.figure_rules)
    sentences = _find_sentences(report, figures, denials)
    return [(sentence, _read_sentence(report, sentence, catalogue)) for sentence in sentences]


def _find_sentences(
    report: SegmentedText, figures: Sequence[Figure], denials: Sequence[Figure]
) -> Iterator[Sentence]:
    """Yield the sentences that have figures; most have none."""
    sentences = report.sentences
    found, denied = _group_by_sentence(figures, sentences), _group_by_sentence(denials, sentences)
    outline = _Outline(report)
    for number in sorted(found.keys() | denied.keys()):
        section = report.sections[sentences.section_positions[number]]
        start, end = sentences.char_starts[number], sentences.char_ends[number]
        own = found.get(number, [])
        if own and own[-1].end > end:  # it crosses the sentence boundary (队伍|组织)
            own.pop()
        if number in denied and section.section_type in _DENIAL_SECTIONS:
            own = _merge_denials(own, denied[number])
        if own:
            find_surroundings = partial(outline.find_surroundings, number)
            yield Sentence(start, end, report.text[start:end], section, find_surroundings, own)


def _group_by_sentence(figures: Sequence[Figure], sentences: ReportSentences) -> dict[int, list[Figure]]:
    """Group figures by the number of the sentence that they start in."""
    groups: dict[int, list[Figure]] = {}
    for figure in figures:
        number = bisect_right(sentences.char_starts, figure.start) - 1
        if number >= 0 and figure.start < sentences.char_ends[number]:
            groups.setdefault(number, []).append(figure)
    return groups


def _merge_denials(figures: list[Figure], denials: list[Figure]) -> list[Figure]:
    """Merge figures and denials in reading order; drop figures inside a denial (一起 in 没有发生一起…)."""
    kept = [figure for figure in figures if not any(d.start <= figure.start < d.end for d in denials)]
    return sorted([*kept, *denials], key=lambda figure: figure.start)


def _read_sentence(report: SegmentedText, sentence: Sentence, catalogue: Catalogue) -> list[Reading]:
    """Read the words around each figure of a sentence: clause, period, scope and block."""
    text, rules = report.text, catalogue.context_rules
    start, figures = sentence.char_start, sentence.figures
    cues = find_cues(sentence.text, report.report_year, rules)
    areas = find_larger_areas(sentence.text) if report.is_township else ()
    labels = find_labels(text, sentence) if "：" in sentence.text or ":" in sentence.text else {}
    readings: list[Reading] = []
    names: list[str] = []  # for the next figures, in turn
    scope = Scope.TOTAL  # of the previous figure, if it carries over
    for number, figure in enumerate(figures):
        last = readings[-1] if readings else None
        like = last if last is not None and last.figure.unit_class == figure.unit_class else None
        between = text[last.figure.end : figure.start] if last is not None else ""
        clause = _cut_clause(text, sentence, number, readings, cues, catalogue.figure_rules)
        if like is not None:
            clause = drop_listed(clause)
        if names or "分别" in clause.left or clause.right == "/":
            clause, names = _take_name(clause, names, between, figure)
        changed = is_change(clause, figure, rules)
        offset = figure.start - start
        period = choose_period(clause, figure, cues.periods, offset, sentence.section.section_type, changed)
        is_moved = like is not None and is_transition(clause)
        if is_moved:
            clause = _leave_origin(clause, readings[-1])
        scope = leave_part(scope, readings, text, start, figure)
        scope = choose_scope(clause, figure, scope if like is not None else None, cues, rules)
        own_scope = choose_scope(clause, figure, None, cues, rules) if PART in sentence.text else scope
        surface = text[figure.start : figure.end]
        blocked, period = find_block(clause, figure, surface, period, changed, rules, like)
        if is_moved and surface.endswith(EACH_ANOTHER):  # 从200元到500元不等
            readings[-1].blocked_by = blocked
        if areas and not blocked:
            blocked = LARGER_AREA if is_of_larger_area(areas, offset) else ""
            scope = Scope.TOTAL if is_own_share(clause.left) else scope
        if len(clause.right) > _SHARED_RIGHT and last is not None:
            share_right(last, clause, figure, between)
        readings.append(Reading(figure, clause, period, scope, blocked, own_scope))
        if label := labels.get(number):
            scope = _set_label(readings[-1], label, rules, is_last=number + 1 not in labels)
        if figure.unit_class == "event":
            share_agenda(readings, text)
    return readings


def _leave_origin(clause: Clause, origin: Reading) -> Clause:
    """Return the clause of 98% in 从96%提升到98% without its origin; 96% has no known year."""
    if origin.period is Period.REPORT_YEAR:
        origin.period = Period.OTHER
    earlier, _, left = clause.earlier.rstrip("，").rpartition("，")
    return replace(clause, left=left, earlier=earlier)


def _cut_clause(
    text: str,
    sentence: Sentence,
    number: int,
    readings: Sequence[Reading],
    cues: SentenceCues,
    rules: FigureRules,
) -> Clause:
    """Return the clause of a figure, given the readings of the figures before it."""
    start, end, figures = sentence.char_start, sentence.char_end, sentence.figures
    figure, previous = figures[number], figures[number - 1] if number else None
    next_start = figures[number + 1].start if number + 1 < len(figures) else end
    opening = max(start, figure.start - _WINDOW)
    clause = split_clause(
        text, opening, end, figure, previous.end if previous else opening, next_start, cues.is_clean
    )
    if figure.is_denial:
        clause = _deny(clause, figure, text[figure.start : figure.end], rules)
    if previous is not None and previous.end == figure.start and previous.unit_class == "kind":
        # 反馈的4类9项问题: 4类 separates the words from the number 9
        before = readings[-1].clause
        clause = replace(clause, left=before.left, earlier=before.earlier)
    return clause


def _set_label(reading: Reading, label: str, rules: ContextRules, is_last: bool) -> Scope:
    """Put a list's label before the figure's own words; return the scope to carry to the next figure."""
    clause = reading.clause
    if _KIND_IN_LIST.match(clause.left) or rules.campaign.search(label):  # 宪法宣传周：讲座3场
        reading.scope = Scope.PARTIAL
    reading.clause = replace(clause, left=label + clause.left.lstrip("、"))
    return Scope.TOTAL if is_last else reading.scope


def _deny(clause: Clause, figure: Figure, surface: str, rules: FigureRules) -> Clause:
    """Return a clause with the thing denied: in the denial itself, or before it (行政诉讼零发生 → 未发生行政诉讼)."""
    own = denied_words(surface)
    if figure.unit_class != "none":
        return replace(clause, left=own, right="")
    before = CLAUSE_STOP.split(clause.left)[-1].lstrip("、").rstrip("均都")
    if not own.startswith("零"):
        return replace(clause, left=f"未发生{before}", right="")
    if own not in rules.zero_events:
        return replace(clause, left=own, right="", earlier=clause.earlier + before)
    is_thing = rules.denied_thing.fullmatch(own, 1) is not None
    return replace(clause, left=f"未发生{before}{own[1:]}" if is_thing else f"未{own[1:]}{before}", right="")


def _take_name(clause: Clause, names: list[str], between: str, figure: Figure) -> tuple[Clause, list[str]]:
    """Give a figure the next name of its list (受理量、办结量分别为70件和68件); return its clause and the names left.

    Args:
        clause: the words around the figure.
        names: names that earlier figures have not used.
        between: the text since the previous figure; other words in it end the list (…，举办讲座3场).
        figure: the figure; a denial takes no name.
    """
    if "分别" in clause.left and (shared := _IN_TURN.search(clause.left)):
        names = split_names(clause.left[: shared.start()])
    elif clause.right == "/" and (slashed := _SLASHED.search(clause.left)):
        names = slashed[0].split("/")
    elif not _NEXT_IN_TURN.fullmatch(clean_words(between)):
        names = []
    if not names or figure.is_denial:
        return clause, names
    return replace(clause, left=names[0]), names[1:]


def _make_quantities(
    report: SegmentedText, sentence: Sentence, readings: Sequence[Reading], catalogue: Catalogue
) -> Iterator[Quantity]:
    """Yield the rows of a sentence's figures, each with its indicator."""
    may_be_others = may_be_by_others(sentence.text)
    assigned = list(assign_indicators(sentence, readings, catalogue))
    if len(assigned) > 1:
        part_years(assigned, sentence, catalogue.indicators)
        mark_parts(assigned, sentence, report.text)
    if DISPUTE in sentence.text:
        mark_kinds(assigned, catalogue.indicators, catalogue.context_rules.dispute_kind)
    if PART in sentence.text:
        end_parts(assigned)
    for reading, rows, _ in assigned:
        figure = reading.figure
        for row, (named, match) in enumerate(rows):
            indicator_id, rule, confidence = _refuse_out_of_range(match, figure, catalogue)
            if figure.value >= _THOUSAND and _READ_AS_COMMA.match(report.text, figure.start, figure.end):
                confidence = min(confidence, _DOUBTFUL)
            if (not figure.unit or report.text[figure.start - 1] in _PARTED) and _may_be_broken(
                report.text, figure
            ):
                confidence = min(confidence, _DOUBTFUL)
            if may_be_others and match is not None and is_by_others(named.earlier + named.left):
                confidence = min(confidence, _DOUBTFUL)
            is_added = _is_of_stock(match, catalogue) and catalogue.context_rules.addition.search(named.left)
            yield Quantity(
                quantity_id=f"{report.report_id}-q{figure.start}-{row}",
                report_id=report.report_id,
                section_id=sentence.section.section_id,
                section_type=sentence.section.section_type,
                indicator_id=indicator_id,
                value=figure.value,
                unit=figure.unit,
                qualifier=figure.qualifier,
                period=reading.period,
                scope=Scope.PARTIAL if is_added else reading.scope,
                measured=describe_measured(named, figure, catalogue.context_rules),
                surface=report.text[figure.start : figure.end],
                sentence=sentence.text,
                sentence_start=sentence.char_start,
                char_start=figure.start,
                char_end=figure.end,
                rule=rule,
                confidence=confidence,
                correction_id=None,
            )


def _may_be_broken(text: str, figure: Figure) -> bool:
    """Return whether a figure's digits may be split: 12 at the end of a line above 34件; 35 6件; 3。5万元."""
    before = _DIGIT_ABOVE if text[figure.start - 1] == "\n" else _DIGIT_BEFORE
    if before.search(text, max(0, figure.start - 9), figure.start):
        return True
    return not figure.unit and not figure.is_denial and _DIGIT_BELOW.match(text, figure.end) is not None


def _is_of_stock(match: Match | None, catalogue: Catalogue) -> bool:
    return match is not None and catalogue.indicators[match.indicator_id].kind == IndicatorKind.STOCK


def _refuse_out_of_range(
    match: Match | None, figure: Figure, catalogue: Catalogue
) -> tuple[str | None, str | None, float]:
    """Return indicator, rule and confidence of a figure.

    A value outside the indicator's range gets no indicator; `rule` then names the refused one.
    """
    if match is None:
        return None, None, catalogue.confidence.unmatched
    indicator = catalogue.indicators[match.indicator_id]
    if indicator.valid_min <= figure.value <= indicator.valid_max:
        return match.indicator_id, match.pattern_id, catalogue.confidence.estimate(match.margin)
    return None, f"{OUT_OF_RANGE}:{match.indicator_id}", catalogue.confidence.unmatched
