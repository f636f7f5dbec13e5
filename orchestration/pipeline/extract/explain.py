"""Explain why each figure of a sentence got its indicator, for people who write rules.

This module shows what `stage`, `assignment` and `matching` decide; it decides nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.pipeline.extract.assignment import (
    LARGER_AREA,
    Assigned,
    SectionHead,
    Sentence,
    assign_indicators,
)
from orchestration.pipeline.extract.catalogue import Catalogue
from orchestration.pipeline.extract.matching import THRESHOLD, Candidate, rank_candidates
from orchestration.pipeline.extract.stage import SegmentedText, extract_reports, read_report
from orchestration.pipeline.records import Quantity, ReportSentences

_BLOCKED = {
    "change": "增减的幅度，不是当年总数，不归指标",
    "plan": "计划，不归指标",
    "pending": "还没有办完的、应办的，或先前的数，不归指标",
    "fault": "否认过错的，不是当年的件数，不归指标",
    "aspect": "方面、领域的个数，不归指标",
    LARGER_AREA: "全县、全市等上级区域的数，不是本乡镇的，不归指标",
    "frequency": "频次或每个单位的数，不归指标",
}
_MAX_CANDIDATES = 6


def make_sentence_report(
    sentence: str, heading: str = "", section_type: str = "achievements", report_year: int | None = None
) -> SegmentedText:
    """Return a township's report of one sentence under one heading.

    Args:
        sentence: treated as one sentence even if it has several.
        heading: its heading; empty for none.
        section_type: type of its section.
        report_year: the year reported on; None: treat every year named as that year.
    """
    title = f"{heading}\n" if heading else ""
    text = title + sentence
    section = SectionHead("explain-s000", None, 1, heading or None, section_type, 0, len(text))
    sentences = ReportSentences("explain", [0], [len(title)], [len(text)])
    return SegmentedText("explain", text, [section], sentences, report_year, is_township=True)


def read_example(example: str, catalogue: Catalogue) -> list[Quantity]:
    """Return the figures of a rule's example: `heading | sentence`, or a sentence alone."""
    heading, mark, sentence = example.partition(" | ")
    report = make_sentence_report(sentence if mark else example, heading if mark else "")
    return list(extract_reports([report], catalogue))


def explain_sentence(sentence: str, catalogue: Catalogue, heading: str = "") -> str:
    """Describe what is read in a sentence, which rules were weighed and why the best one won.

    Args:
        sentence: one sentence with figures.
        catalogue: the result of `load_catalogue`.
        heading: its heading; empty for none.

    Returns:
        Lines in Chinese: for each figure its value, its clause, its candidates with their scores, the result.
    """
    report = make_sentence_report(sentence, heading)
    rows: dict[int, list[Quantity]] = {}
    for quantity in extract_reports([report], catalogue):
        rows.setdefault(quantity.char_start, []).append(quantity)
    lines = [f"句子  {sentence}", f"标题  {heading or '（无）'}"]
    for read, readings in read_report(report, catalogue):
        for assigned in assign_indicators(read, readings, catalogue):
            figure = assigned.reading.figure
            lines += ["", *_explain_figure(assigned, read, rows[figure.start], catalogue)]
    if not rows:
        lines += ["", "没有数字：日期、序号、文号、固定提法和概数（几十、数百）不算。"]
    return "\n".join(lines)


def _explain_figure(
    assigned: Assigned, sentence: Sentence, rows: list[Quantity], catalogue: Catalogue
) -> Iterator[str]:
    reading, first = assigned.reading, rows[0]
    yield (
        f"数字  {first.surface} = {first.value:g} {first.unit or '（无单位）'}"
        f"  [{first.qualifier}, {first.period}, {first.scope}]"
    )
    if reading.blocked_by:
        yield f"  → 无指标：{_BLOCKED[reading.blocked_by]}"
        return
    for (clause, _), row in zip(assigned.rows, rows, strict=False):
        yield f"  分句  左「{clause.left}」 右「{clause.right}」 前文「{clause.earlier}」"
        candidates = rank_candidates(
            clause, reading.figure, sentence.find_surroundings, catalogue, assigned.previous
        )
        for candidate in candidates[:_MAX_CANDIDATES]:
            yield _describe_candidate(candidate)
        if len(candidates) > _MAX_CANDIDATES:
            yield f"    另有 {len(candidates) - _MAX_CANDIDATES} 条规则得分更低"
        yield _describe_result(row, candidates, catalogue)


def _describe_candidate(candidate: Candidate) -> str:
    mark = "✓" if candidate.is_possible else "✗"
    loss = f"主题 −{candidate.topic_loss:.2f}" if candidate.topic_loss < 1 else "主题词不在附近"
    forbidden = f"  有排除词「{candidate.unless}」" if candidate.unless else ""
    return (
        f"    {mark} {candidate.pattern.pattern_id:<42} {candidate.score:5.2f} = 权重 {candidate.pattern.weight:.2f}"
        f" 位置 {candidate.place:+.2f} {loss}  词「{candidate.words}」{forbidden}"
    )


def _describe_result(row: Quantity, candidates: list[Candidate], catalogue: Catalogue) -> str:
    if row.indicator_id is None:
        if row.rule:
            return f"  → 无指标：数值超出范围（{row.rule}）"
        reason = f"没有规则超过 {THRESHOLD}" if candidates else "没有规则的词在分句里"
        if candidates and candidates[0].is_possible:
            reason = "有规则成立，但这个数说的是几个村、几张清单、短板，或别的单位办的案"
        return f"  → 无指标：{reason}"
    name = catalogue.indicators[row.indicator_id].name_zh
    possible = [candidate for candidate in candidates if candidate.is_possible]
    if not possible or possible[0].pattern.pattern_id != row.rule:
        reason = "主题由句首、并列的名称或前一个数字带来"
    elif len(possible) == 1:
        reason = "只有这条规则成立"
    else:
        reason = f"得分最高，比下一条高 {possible[0].score - possible[1].score:.2f}"
    return f"  → {row.indicator_id}（{name}），规则 {row.rule}，可信度 {row.confidence:.2f}：{reason}"
