"""Phrases that several modules of identify share: topic words, years, headings."""

from __future__ import annotations

import re

from orchestration.pipeline.chinese import ALL_HAN, FIRST_MARK, SECOND_MARK, TOPIC, YEAR
from orchestration.pipeline.vocabulary import AdminLevel

# Each pattern begins with its characters and puts the lookbehind after them, so a search can skip to them.
WHOLE_YEAR = rf"({YEAR})(?<!\d.{{4}})"  # not after a digit
TO_YEAR = rf"\s*年?\s*[-—–~～至到]+\s*{YEAR}\s*年?"
YEAR_RANGE = re.compile(rf"{YEAR}{TO_YEAR}")
_HEADING = re.compile(
    rf"""
    \n (?: {FIRST_MARK} | {SECOND_MARK} )            # 一、主要举措, at the start of a line
    ( .. [^。；\n]{{0,58}}+ ) (?: [。；] | $ )
    """,
    re.MULTILINE | re.VERBOSE,
)
FILLER = re.compile(
    r"""
    新疆生产建设兵团 | 兵团(?=第)                         # e.g. 兵团第一师; the corps above a division
    | 中共 | 中国共产党 | 人民政府 | 政府 | 委员会 | 党委
    | 关于 | 报送 | 印发 | 市辖区 | [\s、，,：:·-]
    """,
    re.VERBOSE,
)
# 统计表 must end the title: not 统计工作方案, 大数据执法方案, 统计表的通知
REPORT_WORDS = re.compile(
    r"报告|总结|汇报|年报|情况|小结|自查|述职|(?:数据|统计)表?(?=公示|公开|\s*[（(]|\s*$)"
)
IS_TOPIC = re.compile(TOPIC)
LEGAL_WORDS = re.compile(
    r"""
    法治 | 依法 | 普法 | 学法 | 用法 | 执法 | 法律顾问 | 合法性 | 规范性文件 | 行政复议 | 行政应诉
    | 行政处罚 | 法律明白人 | 人民调解 | 民法典
    """,
    re.VERBOSE,
)
_ANNOUNCED = ("报告", "汇报", "总结", "通报", "公布", "公开", "情况")
_ANNOUNCEMENT_CHARS = 80
OWN_WORDS = {
    AdminLevel.TOWNSHIP: re.compile(
        rf"""
        [我本全][镇乡] | [我本]街道? | 全街 | [我本]苏木      # e.g. 我镇   全乡   本街道
        # e.g. 镇党委   乡政府; not 乡镇党委
        | [镇乡](?<! 乡镇 | 各. )(?: 党委 | 委(?!托) | (?:人民)?政府 )
        | 街道党工委 | 苏木党委
        | 街道(?: 办事处 | 平安办 | 司法所 | 内设 )           # e.g. 街道司法所
        | (?<![{ALL_HAN}])街道(?= 按照 | 坚持 | 以 | 深入 | 认真 | 始终 | 严格 | 在 )   # e.g. 街道坚持
        """,
        re.VERBOSE,
    ),
    AdminLevel.COUNTY: re.compile(r"[我全][县旗]|[我]区|县政府各|区政府各"),
    AdminLevel.CITY: re.compile(r"我市"),
    AdminLevel.PROVINCE: re.compile(r"我省|我区各盟"),
    AdminLevel.DEPARTMENT: re.compile(
        rf"""
        [我本](?: 局 | 委 | 厅 | 所 | 单位 )                  # e.g. 我局   本单位
        | 全局(?= 上下 | 干部 | 领导 | 各 )
        | [县区市旗](?<! [{ALL_HAN}] . ) [{ALL_HAN}]{{2,8}} 局
          (?= 坚持 | 以 | 在 | 深入 | 认真 | 始终 | 严格 )    # 区城市管理局坚持: the county is not named
        """,
        re.VERBOSE,
    ),
}
INTRO_CHARS = 700
STOP = re.compile(r"[。；，,;]")


def find_headings(text: str) -> list[str]:
    """Return the words of lines that begin with 一、 or （一）, up to a stop."""
    return _HEADING.findall("\n" + text)


def find_announcement(text: str, end: int) -> str | None:
    """Return the words up to 如下 that announce a report (现将某镇…情况报告如下) in the first `end` characters."""
    at = text.find("如下", 0, end)
    while at >= 0:
        if text.startswith(_ANNOUNCED, at - 2):
            begin = max(text.rfind(stop, 0, at) for stop in "。；\n") + 1
            return text[max(begin, at - _ANNOUNCEMENT_CHARS) : at + 2]
        at = text.find("如下", at + 2, end)
    return None
