"""Classes of characters for regular expressions, written so that a text is looked through fast.

Which characters they are belongs to the expressions that use them.
"""

from __future__ import annotations

import sys
from itertools import pairwise


def all_but(characters: str) -> str:
    """Class of all characters but these; the same as `[^…]`, which takes twice as long over a text.

    Python's engine asks a class that is written as ranges one question for each character, and `[^…]` up to as
    many as it names.

    Args:
        characters: each stands for itself.
    """
    gaps = [-1, *sorted({ord(one) for one in characters}), sys.maxunicode + 1]
    ranges = (
        rf"\U{before + 1:08x}-\U{after - 1:08x}" for before, after in pairwise(gaps) if after - before > 1
    )
    return f"[{''.join(ranges)}]"
