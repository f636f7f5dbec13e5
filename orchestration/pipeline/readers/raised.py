"""Text above or below the line: remove note marks, and keep digits apart from the number before them.

Also what is between words and a unit although it is no text: a number drawn as pictures.
"""

from __future__ import annotations

import re

from orchestration.pipeline.chinese import ALL_HAN

LOST = "\ufffd"  # stands for a digit that cannot be read
_LACKS_NUMBER = re.compile(
    rf"""
    [{ALL_HAN}] _    # _ is the place
    [余多]?
    (?: 人次 | 场次 | 万元 | [次户场] (?=[，。；、,;])                       # e.g. 询_人次
      | (?: (?<![附案文事条证邮信稿]_) 件 | (?<![发引掀兴]_) 起 | (?<![身月年股省备份]_) 份 )
        (?! (?!其中|并|和|均|全) [{ALL_HAN}] ) )                             # e.g. 纷_件   纷_余件并
  | [率达] _ [，。；] (?! [为达是]? \d)                                          # e.g. 成功率_。
    """,
    re.VERBOSE,
)
_DIGITS = str.maketrans("０１２３４５６７８９，", "0123456789,")
_ABOVE = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_BELOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
LONG_NUMBER = re.compile(r"\s*\d{3,}\s*")  # too long for a mark that only its place and size show
_NOTE_MARK = re.compile(
    r"""
    [\[【〔(（] \s* (?:注\s*)? \d{1,3} (?: \s* [,、-] \s* \d{1,3} )* \s* [\]】〕)）]      # e.g. [1]   （12）   [1,2]
    | \d{1,2} (?: \s* [,、] \s* \d{1,2} )+                                               # e.g. 1,2
    | [①-⑳*†‡※]{1,3}                                                                    # e.g. ①   *
    | 注 \s* \d{0,2}                                                                     # e.g. 注1
    | i{1,3} | iv | vi{0,3} | i?x                                                         # e.g. iii, of endnotes
    """,
    re.VERBOSE,
)


def lacks_number(before: str, after: str) -> bool:
    """Return whether a number is missing between the words before and after a place."""
    return _LACKS_NUMBER.match(f"{before[-1:]}_{after[:4]}") is not None


def write_raised(text: str, is_below: bool = False) -> str:
    """Return raised or lowered text for use in a line, so that 34 and a raised 1 do not become 341.

    A note mark becomes empty, digits become Unicode ones (m², CO₂), other text stays.
    """
    bare = text.strip().translate(_DIGITS)
    if _NOTE_MARK.fullmatch(bare):
        return ""
    if bare.isdecimal() and bare.isascii():
        return bare.translate(_BELOW if is_below else _ABOVE)
    return text
