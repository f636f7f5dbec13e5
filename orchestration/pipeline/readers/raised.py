"""Text above or below the line: remove note marks, and keep digits apart from the number before them.

Also what is between words and a unit although it is no text: a number drawn as pictures.
"""

from __future__ import annotations

import re

LOST = "\ufffd"  # stands for a digit that cannot be read
BEFORE_UNIT = re.compile(
    r"[余多]?(?:[件起份]|人次|场次|万元|[次户场](?=[，。；、,;]))"
)  # what follows a number
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
