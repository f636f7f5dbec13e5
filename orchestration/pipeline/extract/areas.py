"""Figures of a larger area: 全县受理信访320件 counts nothing of a township, 其中我镇15件 does.

Here belongs finding them in a township's sentence. What they are for the rows belongs to `stage` and `assignment`.
"""

from __future__ import annotations

import re

from orchestration.pipeline.chinese import TOWNSHIP_KINDS

_LARGER = (
    r"全[县市区省州旗盟](?!域|面|员|境|首|唯|率先|第|前|仅|通办|推广|排|先进|优秀)"
    # nor what is only an occasion: 全市统一部署，   全省平安建设会议后，   全区考核中，
    r"(?![^，。；：0-9开组举]{0,20}(?:会议?|[日周月]|考核|行动|活动|部署|要求|安排|精神|竞赛|试点)(?:[后上中前]|期间)?[，：])"
)
_MAY_BE_LARGER = re.compile(_LARGER)
_MARK = re.compile(
    rf"""
    (?: \A | (?<=[，。；：:;,（(\n]) ) \s*
    (?: (?: 20[0-9]{{2}}年 | [今去上全]年 | 年内 | 目前 | 截至[^，。；]{{1,12}}? )? (?: 度 | 以来 | 底 | 末 )? )?
    (?P<larger> {_LARGER} )                  # e.g. 全县受理   2025年全市共; no 在全县率先
  | (?: 我 | 本 | 全 | 该 ) (?: 镇 | 乡 | 街 | 苏木 ) | 辖区 | [；;]
    """,
    re.VERBOSE,
)
_OWN_SHARE = re.compile(
    rf"""
    (?: 其中 )? [，：:]? [我本全] (?: {TOWNSHIP_KINDS} | 街 ) [占有共为计达]*
    (?: 受理 | 办理 | 办结 | 排查 | 化解 | 完成 )?        # e.g. 其中我镇占
    """,
    re.VERBOSE,
)


def find_larger_areas(text: str) -> list[tuple[int, bool]]:
    """(offset, whether what follows is of a larger area) of each mark of a township's sentence, in order.

    Empty where no larger area is a subject, as in nearly all sentences.
    """
    if _MAY_BE_LARGER.search(text) is None:
        return []
    marks = [(match.start(), match["larger"] is not None) for match in _MARK.finditer(text)]
    return marks if any(is_larger for _, is_larger in marks) else []


def is_of_larger_area(marks: list[tuple[int, bool]], offset: int) -> bool:
    """Whether a figure at `offset` of the sentence counts something of a larger area."""
    is_larger = False
    for start, named in marks:
        if start <= offset:
            is_larger = named
    return is_larger


def is_own_share(words: str) -> bool:
    """Whether the words before a figure say only that it is the township's part of the figure before."""
    return _OWN_SHARE.fullmatch(words) is not None
