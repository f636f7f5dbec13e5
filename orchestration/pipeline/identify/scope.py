"""Decide whether a text is a report at all, and of which level: township, county, city or department."""

from __future__ import annotations

import re
from itertools import islice

from orchestration.pipeline.chinese import HAN, ORDINAL_DIGITS, TOWNSHIP_KINDS, YEAR
from orchestration.pipeline.identify.phrases import (
    INTRO_CHARS,
    IS_TOPIC,
    LEGAL_WORDS,
    OWN_WORDS,
    REPORT_WORDS,
    find_announcement,
    find_headings,
)
from orchestration.pipeline.ingest.clean import CleanText
from orchestration.pipeline.vocabulary import AdminLevel

_OTHER_DOCUMENT = re.compile(
    r"""
    解读 | 工作方案 | 实施方案 | 实施意见 | 工作要点 | 工作计划 | 通知 | 办法 | 规定 | 制度 | 公示 | 名单 | 清单 | 规划
    | 讲话 | 政府信息公开 | 预算 | 决算 | 招标 | 采购
    """,
    re.VERBOSE,
)
_PART_OF_YEAR = re.compile(
    rf"""
    (?<!每) [上下]? 半年                                                     # e.g. 2024年上半年
    | 第? [一二三四1-4] 季度
    | (?: 1 | 一 ) 月? 份? [-—–~～至到] (?: [2-9] | 10 | [{ORDINAL_DIGITS}] ) 月      # e.g. 1-10月; not 1-11月
    | (?<![\d.-]) (?: [1-9] | 1[0-2] ) 月份                                   # e.g. 2024年3月份
    """,
    re.VERBOSE,
)
_NEXT_PLANS = re.compile(r"[及和与暨、][^，。；]{2,16}(?:计划|打算|安排|思路)")  # 总结及2025年上半年工作计划
_WHOLE_YEAR = re.compile(r"上半年.*下半年|下半年.*上半年|一季度.*四季度|全年")
_OF_VILLAGE = re.compile(
    rf"""
    (?: {TOWNSHIP_KINDS} ) [{HAN}]{{1,4}} (?: (?<![农乡各全]) 村 | (?<!各) 社区 )
    (?: [村居]民委员会 | [村居]委会 | 党 [总支]{{1,2}}部? | 委员会 )? (?: 关于 )? {YEAR}    # e.g. 松坪镇东村2024年
    """,
    re.VERBOSE,
)
_OTHER_HEADLINE = re.compile(
    r"[^。；，,：:\n]{4,60}(?:方案|的通知|公告|倡议书)\n"
)  # if the text has no title
_TEMPLATE = re.compile(
    r"""
    [xX×＊*某2二（(【\[_] (?:                                # any of the first characters below
        (?<=[xX×＊*]) [xX×＊*]+ [镇乡街县区市年]             # e.g. XX镇   ****年
      | (?<=某) 某? [镇乡县区街]                             # e.g. 某镇   某某县; 签发人：张某某 is a person
      | (?<=2) 0[xX×*]{2}                                    # e.g. 20XX
      | (?<=二) 〇[xX×]{2}                                   # e.g. 二〇××
      | (?<=[（(【\[]) [镇乡县区街道]{1,2} 名称? [）)】\]]   # e.g. （乡镇名称）   [街道名]
      | (?<=_) _+ [镇乡街县区]                               # e.g. ____镇
    )
    """,
    re.VERBOSE,
)
_TEMPLATE_SITE = re.compile(r"小编|供大家参考|仅供参考|范文网|文库")  # sites that offer sample texts
# Only in titles: in a body these are templates of contracts and the like.
_TEMPLATE_TITLE = re.compile(r"范文|模板|样本|参考格式")
_OTHER_TOPIC = re.compile(r"信息公开|预算|决算|安全生产|党建|乡村振兴|巡察|审计")
_FILLED_IN = re.compile("填报[：:单]|报送单位")  # a form that is a report, whatever its name
_MIN_LEGAL_WORDS = 2
_USUAL_HEADINGS = re.compile(r"举措和成效|依法行政|法治")
_OPENS_WITH_YEAR = re.compile(
    rf"""
    (?: [^。；，,;\n]{{1,30}} \n )? {YEAR} \s* 年  # the line above may be the addressee
    # e.g. 一、2025年推进法治政府建设的主要举措和成效
    | 一、 {YEAR} 年 [^。；\n]{{0,12}} 法治政府建设 [^。；\n]{{0,12}} (?: 举措 | 成效 )
    """,
    re.VERBOSE,
)


def refuse_document(clean: CleanText, title: str | None, *, names_township: bool) -> str | None:
    """Return why a text is not a rule-of-law report of anyone, or None if it may be.

    Args:
        clean: the text.
        title: its title.
        names_township: whether the title names a township; such a report of a mirror may have masked years (****年).
    """
    intro = (title or "") + clean.text[:INTRO_CHARS]
    template = _TEMPLATE.search(intro) or _TEMPLATE_TITLE.search(title or "") or _TEMPLATE_SITE.search(intro)
    if template is not None:
        is_masked_year = template.group().endswith("年")
        return None if names_township and is_masked_year else f"a template: {template.group()}"
    announced = find_announcement(clean.text, 2 * INTRO_CHARS)
    other = _find_other_document(clean.text, title, announced)
    if other is not None:
        return f"another kind of document: {other}"
    says_so = title is not None and IS_TOPIC.search(title) and REPORT_WORDS.search(title)
    if not says_so and not _is_on_the_rule_of_law(clean.text, intro, announced):
        return "not about the rule of law"
    if title is None and announced is None and not _reads_as_report(clean):
        return "no title and no words of a report"
    return None


def _find_other_document(text: str, title: str | None, announced: str | None) -> str | None:
    """Return the words that name another kind of document: title, else announcement, else headline; None if none do."""
    if title is not None:
        is_other = _OTHER_DOCUMENT.search(title) and not REPORT_WORDS.search(_OTHER_DOCUMENT.sub("", title))
        past = _NEXT_PLANS.sub("", title)
        is_part = _PART_OF_YEAR.search(past) and not _WHOLE_YEAR.search(past)
        return title if is_other or is_part or "解读" in title or _OF_VILLAGE.search(title) else None
    if announced is not None:
        return announced[:40] if _OTHER_TOPIC.search(announced) else None
    headline = _OTHER_HEADLINE.match(text)
    return headline.group().rstrip() if headline is not None else None


def _reads_as_report(clean: CleanText) -> bool:
    """Return whether a text without title and announcement says so, is a form, or speaks as a township."""
    intro = clean.text[:INTRO_CHARS]
    if "报告" in intro or _FILLED_IN.search(clean.header + intro + clean.footer):
        return True
    is_own = OWN_WORDS[AdminLevel.TOWNSHIP].search(clean.text) or _OPENS_WITH_YEAR.match(clean.text)
    return is_own is not None and bool(find_headings(clean.text))


def _is_on_the_rule_of_law(text: str, intro: str, announcement: str | None) -> bool:
    """Return whether a text without a clear title is on the topic; fewer words suffice if it announces a report."""
    if IS_TOPIC.search(intro) and len(list(islice(IS_TOPIC.finditer(text), 2))) == 2:
        return True
    legal_words = len(set(LEGAL_WORDS.findall(text)))
    if announcement is not None:
        return IS_TOPIC.search(announcement) is not None or legal_words >= _MIN_LEGAL_WORDS
    headings = " ".join(find_headings(text))
    return legal_words > _MIN_LEGAL_WORDS and _USUAL_HEADINGS.search(headings) is not None


def level_by_words(text: str) -> tuple[AdminLevel, str]:
    """Return the level whose own words (我镇, 全县 …) are most frequent, and a note."""
    counts = {level: len(pattern.findall(text)) for level, pattern in OWN_WORDS.items()}
    level = max(counts, key=lambda name: counts[name])
    alone = (
        level in (AdminLevel.TOWNSHIP, AdminLevel.DEPARTMENT) and counts[level] == sum(counts.values()) > 0
    )
    if counts[level] < 2 and not alone:
        return AdminLevel.UNKNOWN, "nothing says whose report it is"
    return level, f"{counts[level]} phrases of a {level} about itself; no unit named"
