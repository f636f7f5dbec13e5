"""The year that a report covers, by votes of title, introduction, headings, dates and other sources."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from orchestration.pipeline.character_classes import all_but
from orchestration.pipeline.chinese import YEAR, read_year
from orchestration.pipeline.identify.evidence import Evidence
from orchestration.pipeline.identify.phrases import (
    INTRO_CHARS,
    REPORT_WORDS,
    TO_YEAR,
    WHOLE_YEAR,
    YEAR_RANGE,
    find_headings,
)

_YEAR_IN_TITLE = re.compile(rf"{WHOLE_YEAR}(?:\s*年度?)?")
_YEAR_OF_FILE = re.compile(rf"{WHOLE_YEAR}\s*年(?!\s*\d|上报|报送)")  # not 2025年1月 or 2025年报送
_YEAR_OF_FOLDER = re.compile(rf"{WHOLE_YEAR}\s*年度")
_YEAR_IN_TEXT = re.compile(rf"{WHOLE_YEAR}\s*年")
# Before a noun, 将 only marks the object (2023年，我镇将法治建设纳入考核).
_PLANS = """
    [，,]? (?: [我本全]. | 街道 )?
    (?:
        将 (?= 继续 | 进一步 | 严格 | 积极 | 重点 | 着力 | 着重 | 持续 | 不断
             | 全面 | 坚持 | 加强 | 加大 | 深入 | 从以下 )
      | 计划 (?! 安排 | 数 | 生育 ) | 拟 | 打算
    )
"""
_PLANNED_YEAR = re.compile(
    rf"{WHOLE_YEAR} \s* 年 {_PLANS} # e.g. 2024年，我镇将继续   2024年拟",
    re.VERBOSE,
)
# Years, ranges and planned years in one pass, skipping text that begins none of them.
_YEAR_OR_RANGE = re.compile(
    rf"""
    (?: {all_but("12二")}++ | (?!{YEAR}) . | (?!) )*+
    (?:
        ({YEAR})
        (?:
            ({TO_YEAR})                          # e.g. 2021—2025年
          | (?<!\d.{{4}})                         # not behind a digit
            \s* 年 (?: (?= ({_PLANS}) ) | )       # e.g. 2024 年   2024年拟
        )
      | . | \Z
    )
    """,
    re.VERBOSE,
)
# looked for first, to save time
_TO_OTHER_YEAR = re.compile(r"月(?:\s*\d{1,2}\s*日)?\s*[-—–~～至到]+\s*(?:20|二)")
_MONTHS_OF_TWO_YEARS = re.compile(  # 2023年12月至 before 2024年11月
    rf"{WHOLE_YEAR} \s* 年 \s* 1?\d \s* 月 (?: \s* \d{{1,2}} \s* 日 )? \s* [-—–~～至到]+ (?= \s* {YEAR} \s* 年 )",
    re.VERBOSE,
)
_PLAN_WORDS = re.compile(r"计划|安排|打算|思路|要点|规划|目标|展望|谋划")
_CARRIED_OUT = re.compile(
    rf"""
    # e.g. 落实市2024年工作要点, a plan of the year reported on
    (?: 落实 | 贯彻 | 按照 | 根据 | 围绕 | 对照 | 对标 | 完成 ) [^，、：]{{0,3}} {WHOLE_YEAR} 年
    (?! .* (?: 打算 | 思路 | 安排 | 展望 | 谋划 ) )
    """,
    re.VERBOSE,
)
_WORK_WORDS = re.compile(r"举措|成效|情况|总结|工作|做法|开展|履行|成绩|回顾|完成|进展")
_REPORT_PHRASE = re.compile(
    rf"""
    {WHOLE_YEAR} \s* 年?度?
    [^。；，,〕\]】号]{{0,40}}
    (?: 报告 | 汇报 | 总结 | 通报 | 公布 | 公开 ) 如下      # e.g. 2023年法治政府建设情况报告如下
    """,
    re.VERBOSE,
)
_LABELLED_YEAR = re.compile(r"^(?:报告|统计|填报|所属)?年[度份][：:] ?(20\d\d) ?(?:年度?)?$", re.MULTILINE)
_OPENING_YEAR = re.compile(rf"{WHOLE_YEAR}\s*(?:年|以来|度)")
_OPENING_OF_LINE = re.compile(rf"^{WHOLE_YEAR}\s*年?以?来", re.MULTILINE)  # under a name and a month
_Votes = Iterator[tuple[int, float, str]]  # year, weight, reason


def find_year(
    evidence: Evidence, published_on: date | None, document_date: date | None
) -> tuple[int | None, str | None]:
    """Return the year covered and the reasons with the most weight."""
    if "report_year" in evidence.corrections:
        return int(evidence.corrections["report_year"]), "reviewed correction"
    clean, title = evidence.clean, evidence.title
    text, years, planned = _find_years(clean.text.removeprefix(title or "").lstrip("\n"))
    votes: dict[int, list[tuple[float, str]]] = {}
    for source in (
        _vote_by_side_file(evidence.side),
        _vote_by_title(YEAR_RANGE.sub("", title or "")),
        _vote_by_introduction(text[:INTRO_CHARS]),
        _vote_by_headings(text),
        _vote_by_page_title(clean.fields.get("page_title", "")),
        _vote_by_breadcrumb(clean.fields.get("breadcrumb", "")),
        _vote_by_path(evidence.source_path),
        _vote_by_dates(document_date, published_on),
        _vote_by_plans(planned),
        _vote_by_mentions(years, planned),
    ):
        for year, weight, reason in source:
            if 1990 <= year <= 2100:
                votes.setdefault(year, []).append((weight, reason))
    if not votes:
        return None, None
    totals = {year: sum(weight for weight, _ in reasons) for year, reasons in votes.items()}
    best = max(totals, key=lambda year: (totals[year], year))
    reasons = sorted(dict.fromkeys(votes[best]), reverse=True)
    note = "; ".join(reason for _, reason in reasons[:3])
    against = max((other for other in totals if other != best), key=lambda year: totals[year], default=None)
    if against is not None and totals[against] >= 2:
        note += f"; against it {against}"
    return best, note


def _find_years(text: str) -> tuple[str, list[str], list[str]]:
    """Return the text without ranges of years, the years outside ranges, and those of them with plans."""
    if _TO_OTHER_YEAR.search(text):
        text = _MONTHS_OF_TWO_YEARS.sub("", text)
    found = [groups for groups in _YEAR_OR_RANGE.findall(text) if groups[0]]
    if any(until for _, until, _ in found):
        text = YEAR_RANGE.sub("", text)
        return text, _YEAR_IN_TEXT.findall(text), _PLANNED_YEAR.findall(text)
    return text, [year for year, _, _ in found], [year for year, _, plans in found if plans]


def _vote_by_side_file(side: Mapping[str, str]) -> _Votes:
    if side.get("report_year", "").isdigit():
        yield int(side["report_year"]), 6.0, "side file"


def _vote_by_title(title: str) -> _Votes:
    """Vote for the first year of a title that is not next year's plan."""
    for found in _YEAR_IN_TITLE.finditer(title):
        behind = title[found.end() : found.end() + 8]
        if not _PLAN_WORDS.search(behind) or REPORT_WORDS.search(behind):
            yield read_year(found.group(1)), 5.0, f"title: {found.group()}"
            return


def _vote_by_introduction(intro: str) -> _Votes:
    phrase = _REPORT_PHRASE.search(intro)
    if phrase is not None:
        yield read_year(phrase.group(1)), 3.0, f"introduction: {phrase.group()[:24]}"
    labelled = _LABELLED_YEAR.search(intro)
    if labelled is not None:
        yield int(labelled.group(1)), 4.0, f"first lines: {labelled.group()}"
    opening = _OPENING_YEAR.match(intro) or _OPENING_OF_LINE.search(intro)
    if opening is not None:
        yield read_year(opening.group(1)), 2.0, f"first words: {opening.group()}"


def _vote_by_headings(text: str) -> _Votes:
    """Vote for 2023 by 一、2023年工作情况, and by 三、2024年工作打算 for the year before 2024."""
    for heading in find_headings(text):
        named = _YEAR_IN_TEXT.search(heading) if "年" in heading else None
        if named is None:
            continue
        if _PLAN_WORDS.search(heading) and not _CARRIED_OUT.search(heading):
            yield read_year(named.group(1)) - 1, 2.0, f"plan heading: {heading[:20]}"
        elif _WORK_WORDS.search(heading):
            yield read_year(named.group(1)), 2.0, f"heading: {heading[:20]}"


def _vote_by_page_title(page_title: str) -> _Votes:
    """Vote for the only year that a page's head names: 松坪镇2024年法治政府建设报告_县政府网."""
    years = {read_year(year) for year in _YEAR_OF_FILE.findall(YEAR_RANGE.sub("", page_title))}
    if len(years) == 1:
        yield years.pop(), 1.2, "title of the page"


def _vote_by_breadcrumb(breadcrumb: str) -> _Votes:
    """Vote for the last year of the page's path: 首页 > 法治政府建设年度报告 > 2021年度."""
    for year in _YEAR_IN_TEXT.findall(breadcrumb)[-1:]:
        yield read_year(year), 1.5, f"path of the page: {year}"


def _vote_by_path(source_path: str) -> _Votes:
    """Vote by file name (太平镇2024年报告.docx) and folder 2024年度; folders 2024 or 2024年 may be years of receipt."""
    *folders, name = source_path.split("/")
    for year in _YEAR_OF_FILE.findall(YEAR_RANGE.sub("", name))[:1]:
        yield read_year(year), 1.6, f"file name: {year}"
    for year in _YEAR_OF_FOLDER.findall(YEAR_RANGE.sub("", "/".join(folders)))[-1:]:
        yield read_year(year), 1.0, f"folder: {year}"


def _vote_by_dates(document_date: date | None, published_on: date | None) -> _Votes:
    """Vote by dates; a report dated January to August covers the year before."""
    for day, reason in ((document_date, "dated"), (published_on, "published")):
        if day is not None:
            yield day.year - (day.month <= 8), 1.5, f"{reason} {day}"


def _vote_by_plans(planned: Sequence[str]) -> _Votes:
    """Vote for the year before the first planned year: 2024年，我镇将继续 votes for 2023."""
    for year in planned[:1]:
        yield read_year(year) - 1, 1.0, f"plans for {year}"


def _vote_by_mentions(years: Iterable[str], planned: Iterable[str]) -> _Votes:
    counted = Counter(map(read_year, years)) - Counter(map(read_year, planned))
    for year, count in counted.most_common(1):
        yield year, min(1.5, 0.3 * count), f"the text names {year} {count} times"
