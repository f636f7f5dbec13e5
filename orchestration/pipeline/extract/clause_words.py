"""Remove characters and words that do not help to say what a figure counts: quotes, spaces, causes, fillers.

`context` reads the words that are left.
"""

from __future__ import annotations

import re

from orchestration.pipeline.chinese import HAN
from orchestration.pipeline.extract.figure_scanner import start_of

# “大排查、大起底、大化解” is only a campaign's name; “法治进乡村、进校园” says what it is about
_LISTED_NAME = re.compile(r"“[^”、法]{1,8}、[^”法]{1,24}”")
_CAUSE = re.compile(r"因[^，。；]*?(?:引起|引发|导致|造成|产生)的?")
_SPACES = " \t\u3000\xa0\u2002\u2003\u2009\u200b\ufeff"
_QUOTES = '“”"‘’「」『』'
_DROPPED = re.compile(rf"[{_QUOTES}{_SPACES}]+")
_SHORT_BRACKETS = re.compile(r"[（(【\[][^（()）【】\[\]，。]{1,6}[）)】\]]")
# A bracket right before the number says which things are counted.
_LAST_BRACKET = re.compile(
    rf"""
    [（(] (
        (?! 简称 | [含包不即以下如见注均全已其截共较占约比另] | [{HAN}]*(?:[镇乡村县市区省]|街道|社区) [）)] )
        [{HAN}]{{2,6}} (?<![件次起场人份名个条项户家处元])
    ) [）)] (?= [：:为共达]? \s* \Z )               # e.g. 处罚案件（普通程序）：; not 组织（含街道）
    """,
    re.VERBOSE,
)
_BRACKET = re.compile(r"[（()）]")
TO_CLEAN = re.compile(rf"[{_QUOTES}{_SPACES}（()）,;:]")  # characters that `clean_words` changes
# No alternative is a concatenation of others (均为 = 均 + 为); otherwise matching could backtrack exponentially
_FILLER = (
    "截至目前|截至年底|截止目前|今年以来|全年以来|今年来|全年|今年|本年度|本年|年内|当年|一年来|一年|去年|上年度|上年|目前|现有|先后|累计|总计|合计|"
    "一共|总共|分别|其中|平均|达到|达成|保持|实现|完成|大约|将近|接近|不少于|不低于|不超过|超过|至少|"
    "总数|数量|人数|次数|件数|共|均|各|都|已|达|为|有|是|了|约|近|超|逾|的|计|在"
)
_FILLER_START = start_of([*_FILLER.split("|"), "2", *"，、：:"])
FILLER_ENDS = {word[-1] for word in _FILLER.split("|")} | set("、：:\n")
FILLERS = re.compile(
    rf"(?: {_FILLER_START} (?!计划) (?: {_FILLER} | 20[0-9]{{2}}年度?(?:以来)? | [，、：:] ) )*",  # 2024年以来，累计
    re.VERBOSE,
)
SAYS_NOTHING = re.compile(
    # 从春耕到秋收共
    rf"(?: [从自] [^，。；：]{{1,8}} [到至] [^，。；：]{{0,8}} [季月节春夏秋冬收底初末] (?=共|累计) |)"
    rf"{FILLERS.pattern} (?: (?: 开展 | 组织 | 举办 | 举行 | 进行 | 召开 ) 了? {FILLERS.pattern} )?",
    re.VERBOSE,
)
TRAILING_FILLERS = re.compile(rf"{_FILLER_START}(?:(?<![行民合公])(?:{_FILLER})|[、：:])+$")


def find_open_brackets(text: str, start: int, position: int) -> list[int]:
    """Return the offsets of brackets that are still open at a position, outermost first.

    Args:
        text: any text.
        start: offset to search from.
        position: offset where they are still open.
    """
    opened: list[int] = []
    for match in _BRACKET.finditer(text, start, position):
        if match[0] in "（(":
            opened.append(match.start())
        elif opened:
            opened.pop()
    return opened


def clean_words(text: str) -> str:
    """Return text without quotation marks, spaces and short brackets (村（居）民 is 村民), with full-width stops."""
    if TO_CLEAN.search(text) is None:
        return text
    if "“" in text:
        text = _LISTED_NAME.sub("", text)
    text = _DROPPED.sub("", text).replace(",", "，").replace(";", "；").replace(":", "：")
    return _SHORT_BRACKETS.sub("", text) if "（" in text or "(" in text else text


def clean_left(text: str) -> str:
    """Clean the words before a number as `clean_words` does, but keep the words of the bracket right before it."""
    return clean_words(_LAST_BRACKET.sub(r"\1", text))


def denied_words(text: str) -> str:
    """Return a denial's words without the cause: 未发生因调解不当引发的上访 does not deny 调解."""
    return _CAUSE.sub("", clean_words(text))
