"""Tables with numbers above their names: 34件|12场 over 调解纠纷|普法宣传."""

from __future__ import annotations

import re
from collections.abc import Sequence

from orchestration.pipeline.chinese import HAN
from orchestration.pipeline.readers.tables.units import BEHIND, NUMBER, UNIT

_ABOVE_NAME = re.compile(rf"{NUMBER}(?:[%％‰]|{UNIT})?")
_NAME_BELOW = re.compile(rf"(?!无)[{HAN}]{{2,16}}(?:[（(][^（()）]{{1,5}}[)）])?")
_YEAR = re.compile(r"(?:19|20)\d\d")


def pair_with_names_below(rows: Sequence[dict[int, str]]) -> list[str]:
    """Return the lines of a table with numbers above their names; empty for any other table.

    Args:
        rows: text by column of each row; a title may come first.
    """
    body = rows[1:] if len(rows) % 2 and len(rows[0]) == 1 else rows
    if not body or len(body) % 2:
        return []
    lines = []
    for numbers, names in zip(body[::2], body[1::2], strict=True):
        if len(numbers) < 2 or numbers.keys() != names.keys() or all(map(_YEAR.fullmatch, numbers.values())):
            return []
        if list(numbers.values()) == [str(place) for place in range(1, len(numbers) + 1)]:
            return []  # these are column numbers
        for column, name in names.items():
            number = numbers[column]
            if not _ABOVE_NAME.fullmatch(number) or not _NAME_BELOW.fullmatch(name):
                return []
            unit = BEHIND.search(name)
            lines.append(
                f"{name[: unit.start()]}：{number}{unit['unit']}。" if unit else f"{name}：{number}。"
            )
    title = list(rows[0].values()) if body is not rows else []
    return [*title, *lines]
