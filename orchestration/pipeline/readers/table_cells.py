"""The cells of a table, of whatever format: their words, the columns that they start in, rows listed in one cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from orchestration.pipeline.chinese import HAN, ORDINAL, ROUND_MARK, SENTENCE_STOPS
from orchestration.pipeline.readers.table_units import IS_NUMBER, NUMBER

PROSE = re.compile(rf"[{SENTENCE_STOPS}]|^(?:{ORDINAL}、|{ROUND_MARK}|\d{{1,2}}[.．、])")
_MARKED_NUMBER = re.compile(  # 34 and the mark of a note above it, '34 that is kept as text; 10⁴ is a power
    rf"(?!10[⁰¹²³⁴-⁹]) '? (?P<number> {NUMBER} [%％‰]? ) '? [¹²³⁰⁴-⁹₀-₉]{{0,3}} (?P<unit> [{HAN}]{{0,3}} )",
    re.VERBOSE,
)
_MARK = re.compile("[¹²³⁰⁴-⁹₀-₉]|^\\s*'")
_NO_VALUE = frozenset(
    ("nan", "NaN", "NAN", "None", "<NA>", "NaT", "null", "NULL", "#N/A", "空")
)  # of programs
LONG_CHARS = 25  # of a paragraph that is not a name of a column


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table.

    Attributes:
        lines: its paragraphs.
        span: how many columns it takes.
        is_continued: whether the cell above it reaches down over it; its own lines are not shown then.
    """

    lines: Sequence[str]
    span: int = 1
    is_continued: bool = False

    def __post_init__(self) -> None:
        """Lose what stands at a number and is no part of it, so that it is read as the number that it is."""
        if any(map(_MARK.search, self.lines)):
            lines = [
                f"{found['number']}{found['unit']}"
                if (found := _MARKED_NUMBER.fullmatch(line.strip()))
                else line
                for line in self.lines
            ]
            object.__setattr__(self, "lines", lines)


@dataclass(slots=True)
class PlacedCell:
    """A cell with text, and the column that it starts in."""

    column: int
    lines: list[str]
    is_repeated: bool = False  # the label of a cell above that reaches down
    text: str = field(init=False)

    def __post_init__(self) -> None:
        self.text = _join_lines(self.lines)


def is_prose(text: str) -> bool:
    """Whether text in a cell is a sentence, an item of a list or long, and so names no column."""
    return PROSE.search(text) is not None or len(text) > LONG_CHARS


def index_by_column(row: Sequence[Cell]) -> dict[int, str]:
    """The words of each cell that has some, without blanks, by the column that it starts in."""
    column, texts = 0, {}
    for cell in row:
        text = "".join("".join(cell.lines).split())
        if text:
            texts[column] = text
        column += cell.span
    return texts


def place_cells(rows: Sequence[Sequence[Cell]]) -> list[list[PlacedCell]]:
    """Cells that say something, each with its column; the label of a cell that reaches down is repeated."""
    above: dict[int, list[str]] = {}
    placed: list[list[PlacedCell]] = []
    for row in rows:
        column, line, counted = 0, [], False
        for cell in row:
            lines = [text for text in (text.strip() for text in cell.lines) if text and text not in _NO_VALUE]
            if cell.is_continued:
                kept = above.get(column, [])
                # A label belongs to each of its rows; figures and remarks are said once.
                lines = [] if counted or any(re.search(r"[\d。，；]", text) for text in kept) else kept
            else:
                above[column] = lines
            if lines:
                line.append(PlacedCell(column, lines, cell.is_continued))
                counted = counted or any(map(IS_NUMBER.fullmatch, lines))
            column += max(1, cell.span)
        own = any(not cell.is_continued and any(map(str.strip, cell.lines)) for cell in row)
        placed.append(line if own else [])
    return placed


def split_lists(row: list[PlacedCell]) -> Iterator[list[PlacedCell]]:
    """A row whose cells list as many lines each, some of them numbers, as that many rows."""
    count = len(row[0].lines) if row else 0
    if (
        len(row) > 1
        and count > 1
        and all(len(cell.lines) == count for cell in row)
        and any(all(map(IS_NUMBER.fullmatch, cell.lines)) for cell in row)
    ):
        for line in range(count):
            yield [PlacedCell(cell.column, [cell.lines[line]]) for cell in row]
    else:
        yield row


def _join_lines(lines: Sequence[str]) -> str:
    """Lines of a narrow cell as one; those with figures stay apart."""
    text = ""
    for has_digit, group in groupby(lines, key=lambda line: re.search(r"\d", line) is not None):
        words = ("；" if has_digit else "").join(group)
        text += ("；" if text and has_digit else "") + words
    return text
