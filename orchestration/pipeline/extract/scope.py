"""The scope of a figure: the whole township's year, or a part of it (其中, a campaign, one village).

This module decides it from the words around the figure, which `context` provides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from orchestration.pipeline.chinese import TOWNSHIP_KINDS
from orchestration.pipeline.extract.assignment import Reading
from orchestration.pipeline.extract.clause_words import find_open_brackets
from orchestration.pipeline.extract.context import SUM, WHOLE_YEAR, Clause, ContextRules, SentenceCues
from orchestration.pipeline.extract.figure_rules import CLAUSE_STOPS
from orchestration.pipeline.extract.figures import Figure
from orchestration.pipeline.vocabulary import Scope

_KIND_OF = re.compile(r"(?!.{0,3}[各多这此])[^，。；]{0,4}类|(?:省|市|区|县|镇|乡|街道|社区|村)级")
_OWN_DEED = re.compile(
    rf"""
    [，、]?
    (?:
        [我本全] (?: {TOWNSHIP_KINDS} )
      | (?: {TOWNSHIP_KINDS} ) 级? (?: 人民 )? (?: 调委会 | 调解委员会 )    # e.g. 各村共调处286件，镇调委会调处63件
    )
    """,
    re.VERBOSE,
)
_OF_CAMPAIGNS = re.compile(r"(?:行动|活动|工作)?[0-9]")
_ONE_VILLAGE = re.compile(
    r"""
    (?: 如 | 以 )?
    (?! [各全每进该本] | 行政 | 建制 | 示范 | 试点 | 重点 | 联系 | 所辖 | 下辖
      | 法治 | 民主 | 文明 | 先进 | 服务 | 组织 | 深入 | 全体
      | 推进 | 加强 | 开展 | 发挥 | 建立 | 指导 | 健全 | 完善 | 充实 | 规范 | 强化 | 通过 | 依托
      | 会同 | 协同 | 协助 | 联动 | 带领 | 督促 | 督导 | 引导 | 动员 | 发动 | 帮助 | 支持 | 结合 | 利用
      | 联合 (?: 村 | 社区 ) (?! 全年 | 今年 | 累计 | 共 | 已 ) )           # not 推进村调委会
    [一-鿿]{2,3} (?<![驻包联辖到入在向对于赴往沉访农乡各每及与区]) (?: (?<!进) | (?<=[前跃奋]进) )   # a name
    (?:
        村 (?! [一-鿿]{0,2} (?: 两委 | 干部 | 社区 ) | [级居规民] )        # e.g. 岩山村人民调解; not 岩山村民
      | (?<!村) 社区 (?! 矫正 | 服务 | 工作 | 治理 | 干部 | 法律 )                     # e.g. 如青松社区全年
    )
    (?: [、和] [一-鿿]{2,4} (?: 村 | 社区 ) ){0,9}                      # e.g. 岩山村、新桥村分别
    (?: 人民 | 村民 | 居民 )?
    (?: 调解委员会 | 调委会 | 委员会 | 党支部 | 党总支 | 两委 | 司法 | 法律明白人 )?     # e.g. 岩山村调委会成功
    (?=
        全年 | 今年 | 累计 | 共 | 已 | 分别 | 成功 | 调解 (?! 委员 | 员 | 室 | 组织 ) | 调处 | 化解 | 排查 | 受理
      | 开展 | 召开 | 组织 | 举办 | 发放 | 通过 | 依托 | 创新 | 率先 | 打造 | 建成
    )
    """,
    re.VERBOSE,
)
_VILLAGE = r"""
        [一-鿿]{1,3} 村 (?<! [乡农山全各进驻入到每本新]村 ) (?<! (?: 行政 | 示范 | 试点 | 先进 | 贫困 )村 )
      | [一-鿿]{1,4} 社区 (?<! [进驻入到各全每] 社区 )
            (?<! (?: 平安 | 法治 | 示范 | 和谐 | 智慧 | 服务 | 深入 | 无讼 | 居住 | 城市 ) 社区 )
"""
_ONLY_PART = re.compile(
    rf"""
    [，、；：]? (?: {_VILLAGE} | 1?[0-9] 月份? )      # e.g. ，东村 before 8件   12月
    """,
    re.VERBOSE,
)
# A row of a table of villages or months, written as text.
_ROW_OF_PART = re.compile(
    rf"""
    (?: \A | [；。\n] ) \s*
    (?:
        {_VILLAGE}
      | [1-9]\d? 月份?
      | (?: 部门 | 科室 | 站所 | 村[别名居组]? | 行政村 | 社区 | 网格 | 片区 | 日期 | 时间 | 月份 | 季度 )
        · [^：；。\n]{{1,20}}
    )
    ： [^；。\n]* \Z                             # e.g. 东村：调解   3月：调解   部门·执法队：; not 美丽乡村：
    """,
    re.VERBOSE,
)
_PARTS_OF_YEAR = ("季度", "半年", "6月", "12月")  # 一季度12件、二季度15件
_PART_OF_YEAR = re.compile("季度|[上下]半年|[1-9]月")
_SUMS = ("合计", "总计", "共计", "累计", "共")
_ALL_PARTS_OF_YEAR = re.compile(r"[一1]季?度?[至到-]第?四季度|上半?年?[、和及与]下半年(?=[^，。；]*共)")
_INCLUDED = ("含", "包含", "包括")  # 讲座31场，含线上3场
_ON_THE_DAY = ("当天", "当日")
_OF_DEEDS = ("event", "case", "document")
_PART_ENDS = ("村", "社区", "月", "月份")
_OF_VILLAGES = re.compile(
    r"""
    (?: ^ | [，；、] ) (?: 全[镇乡] | 辖区 | [各镇乡] )* (?:行政)?
    (?: 村 | 社区 | 村居 | 村社 | 嘎查村? | 居委会 )+
    (?: 级? (?: 人民 )? (?: 调委会 | 调解委员会 | 调解组织 ) | 干部 | 两委 )?
    (?: 全年 | 今年 | 累计 | 年内 )* 共                # what the villages do, not the township
    (?: 开展 | 召开 | 组织 | 举办 | 学习 )? [^，。；]{0,8} \Z   # e.g. 各村社区全年共召开   辖区村居共
    """,
    re.VERBOSE,
)
_BODY = re.compile("[村社居支党基]")  # pre-check for _OF_BODIES
_OF_BODIES = re.compile(
    r"""
    (?: ^ | [，；] | 指导 | 推动 | 带动 | 督促 | 组织 | 开展 )
    (?:
        (?: ^ | [、和及] | (?<=[，；导动促织展]) )
        (?: 全[镇乡街] | 辖区 | 下辖 | 所属 | 机关 | 各级? | 基层 )*
        (?:
            (?: 行政村 | 村居? | 社区 | 村社区? | 嘎查村? | 居委会 ) (?: 党组织 | 党支部 | 两委 )?
          | 党组织 | 党总支 | 党支部 | 支部 | (?<=全[镇乡街]) 党委 | (?<=动) 基层
        )
    )+
    (?: 全年 | 今年 | 累计 | 年内 | 共 )*
    (?: 开展 | 召开 | 组织 | 举办 | 进行 | (?: 集中 | 专题 | 理论 | 集体 ) 学习 | 学习 ) [^，。；]{0,12} \Z
    # e.g. 村居党支部开展法治学习   带动全街党委开展集体研讨   各村、社区开展法治宣传
    # not 组织镇村干部学习, 联合学校、社区开展, 我镇和各村开展
    """,
    re.VERBOSE,
)
# 没有因信息公开提起行政复议、行政诉讼: there may be some of other causes
_OF_ONE_CAUSE = re.compile(r"因(?![此而为])[^，。；]{2,16}(?:提起|引发|引起|导致|产生)的?[^，。；]*\Z")
_PARTS = re.compile("其中(?![：:])")
_TIMES = ("宣传周", "宣传月", "活动周", "活动月")
_AND_OTHERS = re.compile("(?:、[^，。；、]{1,12})*等")  # 宪法宣传周、民法典宣传月等节点: all through the year
_OF_THE_YEAR = re.compile("全年|，(?:今年以来|本年度?|年内)")  # 宣传周当天500份，今年以来共2000份
_CLOSING = re.compile("[）)]")


def choose_scope(
    clause: Clause,
    figure: Figure,
    previous: Scope | None,
    cues: SentenceCues,
    rules: ContextRules,
) -> Scope:
    """Return partial for a figure of a part (其中, a campaign, each of several villages), else total.

    Args:
        clause: the words around the figure.
        figure: the figure; a denial always covers the whole.
        previous: scope of the previous figure in the sentence; None if it has another unit class.
        cues: the sentence's cues.
        rules: compiled words.
    """
    if figure.is_denial:
        return Scope.PARTIAL if _OF_ONE_CAUSE.search(clause.earlier + clause.left) else Scope.TOTAL
    each = rules.per_unit.search(clause.left)
    # 每村5名，共60名; hours are told for each person
    if each and figure.unit_class != "hours" and not SUM.search(clause.left, each.end()):
        return Scope.PARTIAL
    if previous is not None and (
        clause.left.startswith(_INCLUDED)
        or rules.part.search(clause.left)
        or (figure.unit_class == "case" and _KIND_OF.match(clause.left))
    ):
        return Scope.PARTIAL
    if (
        previous is Scope.PARTIAL
        and clause.left.endswith(_SUMS)
        and len(_PART_OF_YEAR.findall(clause.earlier + clause.left)) > 1
    ):
        return Scope.TOTAL  # 1-6月检查60家次，7-12月70家次，合计130家次
    if previous is Scope.PARTIAL and not (
        each or WHOLE_YEAR.search(clause.left) or _OWN_DEED.match(clause.left)
    ):
        return Scope.PARTIAL
    if figure.unit_class == "event" and _BODY.search(clause.left) and _is_of_bodies(clause):
        return Scope.PARTIAL
    if "共" in clause.left and figure.unit_class in _OF_DEEDS and _OF_VILLAGES.search(clause.left):
        return Scope.PARTIAL
    if clause.left.endswith(_PART_ENDS) and _ONLY_PART.fullmatch(clause.left):
        return Scope.PARTIAL
    if "：" in clause.earlier and _ROW_OF_PART.search(clause.earlier):
        return Scope.PARTIAL
    return Scope.PARTIAL if _is_campaign(clause, cues, rules) else Scope.TOTAL


def _is_of_bodies(clause: Clause) -> bool:
    """Return whether villages or Party branches did it: 村居党支部开展学习18场, but not 在6个行政村开展18次."""
    found = _OF_BODIES.search(clause.left)
    return found is not None and (
        found.start() > 0 or not clause.earlier or clause.earlier.endswith(tuple(CLAUSE_STOPS))
    )


def _is_campaign(clause: Clause, cues: SentenceCues, rules: ContextRules) -> bool:
    if cues.may_be_campaign:
        if clause.left.endswith(_ON_THE_DAY):  # 发放资料宣传周当天500份
            return True
        if clause.left.startswith("全年"):  # 宣传周当天发放500份，全年共发放2000份
            return False
        for words, behind in ((clause.left, ""), (clause.earlier, clause.left)):
            if "半年" in words or "四季度" in words:
                words = _ALL_PARTS_OF_YEAR.sub("全年", words)
            for match in rules.campaign.finditer(words):
                rest = words[match.end() :]
                if match[0].endswith(_TIMES) and _AND_OTHERS.match(rest):
                    continue
                # 开展专项行动12次 counts the campaigns themselves; 专项行动中 and 专项行动排查 do not
                if match[0].endswith(_PARTS_OF_YEAR) or (len(rest) > 2 and not _OF_CAMPAIGNS.match(rest)):
                    return not _OF_THE_YEAR.search(f"{rest}，{behind}")
    if not cues.may_be_village:
        return False
    words = clause.earlier + clause.left
    return bool(_ONE_VILLAGE.match(words) or _ONE_VILLAGE.match(clause.left))


def leave_part(scope: Scope, readings: Sequence[Reading], text: str, start: int, figure: Figure) -> Scope:
    """Return the scope carried to a figure: a part ends when its bracket closes; after 其中, at a semicolon.

    合同86份（其中社区34份），意见书12份; 纠纷86件，其中邻里20件；信访30件; not 其中：邻里20件；土地30件, a list

    Args:
        scope: scope of the previous figure.
        readings: readings of all earlier figures in the sentence.
        text: the report's text.
        start: offset of the sentence in `text`.
        figure: the figure.
    """
    if scope is Scope.TOTAL:
        return scope
    last = readings[-1].figure
    if text.find("；", last.end, figure.start) >= 0 and _PARTS.search(text, start, last.start):
        return Scope.TOTAL
    if not _CLOSING.search(text, last.end, figure.start):
        return scope
    still_open = find_open_brackets(text, start, figure.start)
    closed = set(find_open_brackets(text, start, last.start)).difference(still_open)
    if not closed:  # 其中婚姻纠纷20件（均已履行），邻里纠纷30件
        return scope
    outside = [reading.scope for reading in readings if reading.figure.end <= min(closed)]
    return outside[-1] if outside else Scope.TOTAL
