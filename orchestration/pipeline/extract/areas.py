"""Whose figures a sentence has: 全县受理信访320件 is not the township's, 其中我镇15件 is.

This module decides it from the words around; `stage` and `assignment` apply it to the rows.
"""

from __future__ import annotations

import re

from orchestration.pipeline.chinese import ORDINAL_DIGITS, TOWNSHIP_KINDS

_LARGER = (
    r"全[县市区省州旗盟](?!域|面|员|境|首|唯|率先|第|前|仅|通办|推广|排|先进|优秀)"
    # nor an occasion: 全市统一部署，   全省平安建设会议后，   全区考核中，
    r"(?![^，。；：0-9开组举]{0,20}(?:会议?|[日周月]|考核|行动|活动|部署|要求|安排|精神|竞赛|试点)(?:[后上中前]|期间)?[，：])"
)
_TO_ALL = "[向为给]各(?:镇|乡(?!村)|街道?(?![道巷区商铺居住市门]))"  # 县司法局向各乡镇派出; not 向各街巷
# 城市, 市场 and 社区 are not bodies above a township
_ABOVE = "(?:[省县州旗]|(?<![城集超门夜])市(?![容政场])|(?<![社园景小辖片林库山矿厂校牧街])区)"
_MAY_BE_LARGER = re.compile(_LARGER)  # begins with a literal character that a search skips to
_MAY_BE_TO_ALL = re.compile(_TO_ALL)
_MARK = re.compile(
    rf"""
    (?: \A | (?<=[，。；：:;,（(\n）)]) | (?<=“) (?=[^”]*[0-9])
      | (?<=[{ORDINAL_DIGITS}]是) | (?<=[0-9{ORDINAL_DIGITS}][、.．]) ) \s*
    (?: (?: 20[0-9]{{2}}年 | [今去上全]年 | 年内 | 目前 | 截至[^，。；]{{1,12}}? )? (?: 度 | 以来 | 底 | 末 )? )?
    (?P<larger> {_LARGER}                    # e.g. 全县受理   2025年全市共; not 在全县率先
      | [^，。；：:我本]{{0,10}}? {_ABOVE} [^，。；：:我本]{{0,14}}? {_TO_ALL} )             # e.g. 县司法局全年向各乡镇
  | (?: 我 | 本 | 全 | 该 ) (?: 镇 | 乡 | 街 | 苏木 ) | 辖区 | [；;]
    """,
    re.VERBOSE,
)
_LEARNT = re.compile(
    rf"""
    (?: 学习 | 借鉴 | 对标 | 考察 | 推广 ) [^。；，我本]{{0,12}} (?: {TOWNSHIP_KINDS} ) [^。；，]{{0,8}}
    (?: 经验 | 做法 ) [^。；]{{0,12}} (?P<that> 该 (?: {TOWNSHIP_KINDS} | 街 ) )       # e.g. 学习柳河镇经验，该镇
    """,
    re.VERBOSE,
)
_OWN_AFTER = re.compile(rf"[我本全](?:{TOWNSHIP_KINDS}|街)|；")
_OWN_SHARE = re.compile(
    rf"""
    (?: 其中 )? [，：:]? [我本全] (?: {TOWNSHIP_KINDS} | 街 ) [占有共为计达]*
    (?:
        受理 | 办理 | 办结 | 排查 | 化解 | 完成 | 检查 | 巡查 | 开展 | 组织 | 举办 | 承办 | 参加 | 调解 | 查处 | 立案
      | 整改 | 拆除 | 发放 | 分到 | 分得 | 分配到
    )? 了?                                              # e.g. 其中我镇占   我镇检查
    """,
    re.VERBOSE,
)
_IN_OWN = re.compile("[在到来赴][我本]")
_BY_OTHERS = re.compile(
    rf"""
    (?: [省市县区州旗] [^，。；：我本0-9]{{0,8}} (?: 局 | 院 | 委 | 办 | 大队 | 支队 | 中心 | 党校 | 公司 | 银行 )
      | (?: 法院 | 检察院 | 公安 | 消防 | 律师协会 ) [^，。；：我本0-9]{{0,6}} )
    (?: 先后 | 多次 | 今年 )? [在到来赴] [我本] (?: {TOWNSHIP_KINDS} | 街 )     # e.g. 县司法局在我镇
    """,
    re.VERBOSE,
)
# joint action is the township's too: 会同县林业局查处
_CASES_OF_OTHERS = re.compile(
    rf"""
    (?<! [与和同合及、] )
    (?: {_ABOVE} [^，。；：、0-9镇乡街我本与和同]{{1,8}}? (?: 局 | 大队 | 支队 )
      | 驻 [镇乡街] 道? [^，。；：0-9我本]{{0,2}} (?: 站所 | 单位 | 部门 )
      | [省市县区州旗] 直 (?: 部门 | 单位 )
      | 派出所 | 公安 (?: 机关 | 部门 | 分局 )
    )
    (?: [、和] [一-鿿]{{2,6}} (?: 局 | 大队 | 支队 | 派出所 ) )*
    (?: 全年 | 今年 | 累计 | 共 | 已 | 依法 )*
    (?: 查办 | 查处 | 立案 | 侦办 | 处罚 | 行政处罚 | 办理 [^，。；：]{{0,6}} 案 | 办案 )
    # e.g. 县林业局查办   驻镇站所查处
    """,
    re.VERBOSE,
)
_BODY_DOES = re.compile("[局队所门位关][查立侦处行办全今累共已依]")  # pre-check: most clauses lack it
_OWN_AGAIN = re.compile(rf"[，；] (?: [我全本] (?: {TOWNSHIP_KINDS} | 街 ) )", re.VERBOSE)


def may_be_by_others(text: str) -> bool:
    """Return whether a sentence may describe another body's work in the township; most do not."""
    return _IN_OWN.search(text) is not None


def is_by_others(words: str) -> bool:
    """Return whether the words before a figure describe another body's work in the township: 县司法局在我镇开展…."""
    by_others = _BY_OTHERS.search(words)
    return by_others is not None and _OWN_AGAIN.search(words, by_others.end()) is None


def are_cases_of_others(words: str) -> bool:
    """Return whether the words before a figure say that another body handled the cases: 协调县林业局查办4起."""
    return _BODY_DOES.search(words) is not None and _CASES_OF_OTHERS.search(words) is not None


def find_larger_areas(text: str) -> list[tuple[int, bool]]:
    """Return (offset, whether a larger area begins there) for each mark of a township's sentence, in order.

    Empty if no larger area is a subject, as in nearly all sentences.
    """
    learnt = _LEARNT.search(text) if "经验" in text or "做法" in text else None
    if learnt is not None:
        # 学习柳河镇经验，该镇调解34件。 Only the words behind name it.
        own = _OWN_AFTER.search(text, learnt.end())
        return [(learnt.start("that"), True), *([(own.start(), False)] if own else ())]
    if _MAY_BE_LARGER.search(text) is None and not ("各" in text and _MAY_BE_TO_ALL.search(text)):
        return []
    marks: list[tuple[int, bool]] = []
    is_larger = False
    for match in _MARK.finditer(text):
        was_larger, is_larger = is_larger, match["larger"] is not None
        marks.append((match.start(), is_larger))
        if is_larger and text[: match.start()].endswith("“") and "”" in text[match.end() :]:
            # a quoted county ends with the quotation: 获评“全县2024年度先进镇”，调解34件
            is_larger = was_larger
            marks.append((text.index("”", match.end()), is_larger))
    return sorted(marks) if any(is_larger for _, is_larger in marks) else []


def is_of_larger_area(marks: list[tuple[int, bool]], offset: int) -> bool:
    """Return whether a figure at `offset` of the sentence belongs to a larger area."""
    is_larger = False
    for start, named in marks:
        if start <= offset:
            is_larger = named
    return is_larger


def is_own_share(words: str) -> bool:
    """Return whether the words before a figure only say that it is the township's share of the previous figure."""
    return _OWN_SHARE.fullmatch(words) is not None
