"""Years and words that set the period of the figures after them.

This module finds them and how far each reaches. `context` makes the final choice, which also depends on
changes and plans sections. Vocabulary: seeds/reference/extract/figure_words.csv.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from operator import itemgetter

from orchestration.pipeline.chinese import DIGITS, ZEROS
from orchestration.pipeline.extract.figure_rules import CLAUSE_STOPS
from orchestration.pipeline.extract.figure_scanner import any_of
from orchestration.pipeline.vocabulary import Period

_PERIODS = {
    "previous": Period.PREVIOUS_YEAR,
    "this": Period.REPORT_YEAR,
    "other": Period.OTHER,
    "future": Period.PLAN,
    "planned": Period.PLAN,
}
_CLAUSE_END = re.compile(rf"[{CLAUSE_STOPS}）)]")
# or after a year: 今年计划, 年初计划, 原计划; not 按照年初计划
_CLAUSE_START = r"(?: (?<![^，。；：、！？年\s]) | (?<=年初) (?<![按照据]年初) | (?<=原) (?<![按照据]原) )"
# 计划12场，实际15场, 计划6期，只办了4期
_PLAN_END = re.compile(r"；|实际|[只仅](?:办|完成|开展|组织)了|(?<=，)(?:已|目前|[现共均全部]*完成)")
_PLANNED_WITHIN = re.compile(
    "(?:下一?步|下一年|明年|今后[将要]|预计)[^。；]*(?<!已)$"
)  # 今后将加大投入，年内再聘请2名
_VERB, _VERB_LENGTH = re.compile("[一-鿿]+"), 2
_DONE_AFTER = re.compile(r"[了共计]*[0-9]")
_DONE_BEFORE = re.compile(r"，(?:[全今]年|累计|共|已|已经)*\Z")
_CLOSING_BRACKET = re.compile(r"[）)]")
_CLAUSE_CHARS = 60
_REQUIRED = re.compile(
    r"""
    (?=[目任计要])
    (?:
        (?: 目标任务数? | 任务数 ) (?= [^，。；（(]{0,10} [0-9] )         # e.g. 目标任务为调解率98%
      | (?<!成) 任务 (?= [0-9]+ [^，。；0-9]{0,3} ，(?:实际)?完成了?[0-9] )   # e.g. 排查任务400件，完成348件
      | (?<!年初) (?<!原) 计划 (?= [0-9]+ (?: 次 | 场 | 期 | 人 ) )       # e.g. 检查计划120次，完成136次
      | 要求 (?= [^，。；0-9]{0,14} (?: 不少于 | 不低于 | 至少 ) )        # e.g. 按要求学法不少于12次
    )
    """,
    re.VERBOSE,
)
_YEARS_IN_TURN = re.compile(
    r"""
    (?P<years> 20[0-9]{2}年? (?: [、和及与] 20[0-9]{2}年? )+ ) (?<=年) 度?
    [^。；0-9]{0,20} 分别 [^。；0-9]{0,20}                            # e.g. 2022年、2023年分别调解
    """,
    re.VERBOSE,
)
_YEAR = re.compile("20[0-9]{2}")
_NEXT_IN_TURN = re.compile(r"[^0-9。；]{0,4}(?P<number>[0-9][0-9.]*)")  # after 80: 件、96
_REFERENCE_CHARS = 4  # before a year: 相较于
# 与去年同期相比, 在去年工作的基础上, 上年结转4件，完成18件
_REFERENCE_AFTER = re.compile(r"[^，。；]{0,8}(?:相比|对比|基础上)|度?(?:结转|转入|结存)")
# 立案38起，去年同期51起，结案36起: only 51 is last year's
_COMPARED_BEFORE = re.compile("[0-9][^0-9。；]{1,4}[，,]\\Z")
_COMPARED_AFTER = re.compile("(?:同期)?[为是的]?[0-9]")
_WITH = ("与", "同", "和", "跟")
# 与2022年同比, 与上年同期上升20%; not 2023年信访30件同比下降10%
_REFERENCE_AFTER_WITH = re.compile("[^，。；0-9]{0,8}(?:同比|上升|上涨|下降|增[长加]|减少|持平)")
_OBJECT_MARKS = ("对", "将", "把")  # 对2008年以来的文件进行清理，清理9件: says which files, not when
# 对2021年以来排查的600件纠纷进行回访: says how many there are
_COUNTS_OBJECT = re.compile(r"(?:(?!进行|开展|清理|评查|审查|核查|复查|梳理|评估)[^，。；0-9])*[0-9]")


@dataclass(frozen=True, slots=True)
class PeriodRules:
    """Regular expressions of the words that set a period, compiled once."""

    mark: re.Pattern[str]
    reference_before: re.Pattern[str]  # 较, 按照: right before a year that is only a reference


def compile_period_rules(words: dict[str, list[str]]) -> PeriodRules:
    """Compile the words of figure_words.csv that set a period."""
    marks = [
        word for role in ("previous_year", "this_year", "other_period", "future") for word in words[role]
    ]
    firsts = re.escape("".join(sorted({word[0] for word in marks})))
    return PeriodRules(
        mark=re.compile(
            rf"""
            (?=[12《〔\[（(”五计拟{firsts}])
            (?:
                《[^》]{{0,80}}》                                              # e.g. 《2023年要点》
              | [〔\[（(][12][0-9]{{3}}(?!年[^）)]*[0-9])[^）)〕\]]{{0,6}}[）)〕\]]   # e.g. 〔2023〕; not （2023年2件）
              | (?P<year> (?:19|20)[0-9]{{2}} ) \s* 年?
                (?P<range> \s* [-—–~～至到] \s* (?:19|20)[0-9]{{2}} \s* 年 )?   # e.g. 2021-2025年
                (?(range) | (?<=年) )
                (?: [0-9]{{1,2}}月 [至到—-]
                    (?P<until> (?:19|20)[0-9]{{2}} ) 年 [0-9]{{1,2}}月 )?        # e.g. 2023年12月至2024年11月
                (?P<since> [^，。；]{{0,6}}? 以来 )?                             # e.g. 2023年   2021年换届以来
              | (?P<previous> {any_of(words["previous_year"])} )
              | (?P<this> {any_of(words["this_year"])} )
              | (?P<other> {any_of(words["other_period"])} | [”五]普法(?:以来|期间)  # e.g. 八五普法以来
                  | (?<![{ZEROS}{DIGITS}第]) [两三四五]年 (?: 累计 | [合总共]计 | 共 ) )   # not 二〇二三年累计
              | (?P<future> {any_of(words["future"])} )
              | (?P<planned> {_CLAUSE_START} (?: 计划 (?! [生的书内外任性、，] ) | 拟 (?! [定稿写好] ) ) )
            )
            """,
            re.VERBOSE,
        ),
        reference_before=re.compile(rf"{any_of(words['year_reference'])}[于了]?$"),
    )


def find_period_marks(text: str, report_year: int | None, rules: PeriodRules) -> list[tuple[int, Period]]:
    """Find the marks that set the period of the figures after them.

    A year that is only a reference (较2023年下降12%，成功率98%) holds to the end of its clause.

    Returns:
        (offset in `text`, period) in reading order; empty for most sentences.
    """
    marks: list[tuple[int, Period]] = []
    for match in rules.mark.finditer(text):
        kind = match.lastgroup
        is_object = bool(match["since"]) and text[: match.start()].endswith(_OBJECT_MARKS)
        if match["year"]:
            if is_object and not _COUNTS_OBJECT.match(text, match.end()):
                continue
            if (
                marks
                and marks[-1][1] is Period.PLAN
                and not _CLAUSE_END.search(text, marks[-1][0], match.start())
            ):
                continue  # 力争2025年底前: the plan's deadline
            period = _period_of_year(int(match["year"]), match, report_year)
        elif kind is None:
            continue
        else:
            period = _PERIODS[kind]
        before = marks[-1][1] if marks else Period.REPORT_YEAR
        if match["this"] and before is Period.PLAN and _PLANNED_WITHIN.search(text, 0, match.start()):
            continue
        marks.append((match.start(), period))
        if period is not before and (close := _closing_bracket(text, match.start())) >= 0:
            marks.append((close, before))  # （含上年结转1件），办结3件
        elif match["planned"]:
            if plan_end := _find_plan_end(text, match.end()):
                marks.append((plan_end, before))
        elif period is not Period.REPORT_YEAR and (is_object or _is_reference(text, match, rules)):
            end = _CLAUSE_END.search(text, match.end(), match.end() + _CLAUSE_CHARS)
            if end:
                marks.append((end.start(), before))
    marks += _mark_in_turn(text, report_year) if marks else ()
    marks = _mark_required(text, marks)
    return sorted(marks, key=itemgetter(0)) if len(marks) > 1 else marks


def _mark_required(text: str, marks: list[tuple[int, Period]]) -> list[tuple[int, Period]]:
    """Return the marks plus a plan for each clause that only states a requirement."""
    if not ("任务" in text or "计划" in text or "要求" in text):
        return marks
    for match in _REQUIRED.finditer(text):
        end = _CLAUSE_END.search(text, match.end())
        start, stop = match.start(), end.start() if end else len(text)
        earlier = [mark for mark in marks if mark[0] < start]
        before = max(earlier, key=itemgetter(0))[1] if earlier else Period.REPORT_YEAR
        later = [mark for mark in marks if mark[0] >= stop]  # 要求全年不少于12次: 全年 belongs to the plan
        marks = [*earlier, (start, Period.PLAN), (stop, before), *later]
    return marks


def _mark_in_turn(text: str, report_year: int | None) -> list[tuple[int, Period]]:
    """Return a mark per number of 2022年、2023年分别调解80件、96件; none if there are fewer numbers than years."""
    years = _YEARS_IN_TURN.search(text) if "分别" in text else None
    if years is None:
        return []
    named = [int(year) for year in _YEAR.findall(years["years"])]
    numbers: list[re.Match[str]] = []
    position = years.end()
    while len(numbers) < len(named) and (number := _NEXT_IN_TURN.match(text, position)):
        numbers.append(number)
        position = number.end()
    if len(numbers) < len(named):
        return []
    periods = [_period_of(year, report_year) for year in named]
    marks = [(number.start("number"), period) for number, period in zip(numbers, periods, strict=True)]
    end = _CLAUSE_END.search(text, position)
    return [*marks, (end.start() if end else len(text), Period.REPORT_YEAR)]


def _find_plan_end(text: str, position: int) -> int:
    """Return the offset where the actual result follows a plan; 0 if it does not.

    计划12场，实际15场; 计划开展宣传10场，全年开展12场, where the plan's verb is repeated with a number.

    Args:
        text: a sentence.
        position: offset of the plan's verb.
    """
    ends = [end.start()] if (end := _PLAN_END.search(text, position)) else []
    verb = text[position : position + _VERB_LENGTH]
    at = text.find(verb, position + _VERB_LENGTH) if _VERB.fullmatch(verb) else -1
    if (
        at > 0
        and _DONE_AFTER.match(text, at + _VERB_LENGTH)
        and (before := _DONE_BEFORE.search(text, position, at))
    ):
        ends.append(before.start())
    return min(ends, default=0)


def _closing_bracket(text: str, position: int) -> int:
    """Return the offset where the bracket open at `position` closes; -1 without one."""
    opening = max(text.rfind("（", 0, position), text.rfind("(", 0, position))
    if opening < 0 or _CLOSING_BRACKET.search(text, opening, position):
        return -1
    close = _CLOSING_BRACKET.search(text, position)
    return close.start() if close else -1


def _is_reference(text: str, match: re.Match[str], rules: PeriodRules) -> bool:
    start, end = match.span()
    before = rules.reference_before.search(text, max(0, start - _REFERENCE_CHARS), start)
    if before is not None or _REFERENCE_AFTER.match(text, end):
        return True
    if match["previous"] and _COMPARED_AFTER.match(text, end) and _COMPARED_BEFORE.search(text, 0, start):
        return True
    return text[:start].endswith(_WITH) and _REFERENCE_AFTER_WITH.match(text, end) is not None


def _period_of_year(year: int, match: re.Match[str], report_year: int | None) -> Period:
    if match["range"]:
        return Period.OTHER
    if report_year is None or report_year in (year, int(match["until"] or year)):
        return Period.REPORT_YEAR
    return Period.OTHER if match["since"] else _period_of(year, report_year)


def _period_of(year: int, report_year: int | None) -> Period:
    if report_year is None or year == report_year:
        return Period.REPORT_YEAR
    if year > report_year:
        return Period.PLAN
    return Period.PREVIOUS_YEAR if year == report_year - 1 else Period.OTHER
