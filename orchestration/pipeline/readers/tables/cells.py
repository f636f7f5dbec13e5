"""The cells of a table of any format: their words, their first columns, and several rows in one cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from orchestration.pipeline.chinese import HAN, ORDINAL, ROUND_MARK, SENTENCE_STOPS
from orchestration.pipeline.readers.tables.units import IS_NUMBER, NUMBER

PROSE = re.compile(rf"[{SENTENCE_STOPS}]|^(?:{ORDINAL}、|{ROUND_MARK}|\d{{1,2}}[.．、])")
_MARKED_NUMBER = re.compile(
    rf"""
    # e.g. 34①   34*   '34, stored as text; not 10⁴, a power
    (?! 10 [⁰¹²³⁴-⁹] ) '? (?P<number> {NUMBER} [%％‰]? ) '?
    (?: [¹²³⁰⁴-⁹₀-₉]{{0,3}} | \s* (?: [①-⑳] | [*＊※#]{{1,3}} | \[ [注\d] \d? \] ) ) (?P<unit> [{HAN}]{{0,3}} )
    """,
    re.VERBOSE,
)
_MARK = re.compile("[¹²³⁰⁴-⁹₀-₉\u200b-\u200f\u2060\ufeff\u00ad①-⑳*＊※#\\]]|^\\s*'")
_UNSEEN = dict.fromkeys((*range(0x200B, 0x2010), 0x2060, 0xFEFF, 0x00AD))
_YEAR_IN_LINES = re.compile(r"\b(20\d\d)\n(?=年)")  # a narrow column's name: 2024 above 年
_NO_VALUE = frozenset(
    ("nan", "NaN", "NAN", "None", "<NA>", "NaT", "null", "NULL", "#N/A", "空")
)  # written by programs
LONG_CHARS = 25  # longer text is not a column name


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table.

    Attributes:
        lines: its paragraphs.
        span: the number of its columns.
        is_continued: whether the cell above it spans its row; its own lines are then not shown.
    """

    lines: Sequence[str]
    span: int = 1
    is_continued: bool = False

    def __post_init__(self) -> None:
        """Remove marks next to a number that are not part of it, so that it is read as a number."""
        if len(self.lines) == 2 and self.lines[1].lstrip()[:1] in ("（", "("):
            whole = "".join(map(str.strip, self.lines))
            if IS_NUMBER.fullmatch(whole):  # 34 above （含婚姻12）
                object.__setattr__(self, "lines", [whole])
        if any(map(_MARK.search, self.lines)):
            lines = [
                f"{found['number']}{found['unit']}"
                if (found := _MARKED_NUMBER.fullmatch(line.translate(_UNSEEN).strip()))
                else line
                for line in self.lines
            ]
            object.__setattr__(self, "lines", lines)


@dataclass(slots=True)
class PlacedCell:
    """A cell with text, and the column that it starts in."""

    column: int
    lines: list[str]
    is_repeated: bool = False  # repeats the label of a cell that spans several rows
    text: str = field(init=False)

    def __post_init__(self) -> None:
        self.text = _join_lines(self.lines)


def is_prose(text: str) -> bool:
    """Return whether a cell's text is a sentence, a list item or long, so not a column name."""
    return PROSE.search(text) is not None or len(text) > LONG_CHARS


def index_by_column(row: Sequence[Cell]) -> dict[int, str]:
    """Return the words of non-empty cells, without white space, by first column."""
    column, texts = 0, {}
    for cell in row:
        text = "".join("".join(cell.lines).split())
        if text:
            texts[column] = text
        column += cell.span
    return texts


def place_cells(rows: Sequence[Sequence[Cell]]) -> list[list[PlacedCell]]:
    """Return the non-empty cells of each row with their columns; repeat labels that span several rows."""
    above: dict[int, list[str]] = {}
    placed: list[list[PlacedCell]] = []
    for row in rows:
        column, line, counted = 0, [], False
        for cell in row:
            lines = [text for text in (text.strip() for text in cell.lines) if text and text not in _NO_VALUE]
            if len(lines) > 1 and any(line.startswith("年") for line in lines):
                lines = _YEAR_IN_LINES.sub(r"\1", "\n".join(lines)).split("\n")
            if cell.is_continued:
                kept = above.get(column, [])
                # A label applies to each of its rows; figures and remarks are written once.
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


def split_halves(row: list[PlacedCell], width: int) -> Iterator[list[PlacedCell]]:
    """Yield the parts of a row in which each `width` columns are a row of their own; the row if `width` is 0.

    A table that is printed in halves side by side (项目|2024年|项目|2024年) has such rows.
    """
    if not width:
        yield row
        return
    for _, part in groupby(row, key=lambda cell: cell.column // width):
        yield list(part)


def split_lists(row: list[PlacedCell]) -> Iterator[list[PlacedCell]]:
    """Split a row into one row per line if its cells have equally many lines and one column is numbers."""
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
    """Join the lines of a narrow cell; separate those with figures by ；."""
    text = ""
    for has_digit, group in groupby(lines, key=lambda line: re.search(r"\d", line) is not None):
        words = ("；" if has_digit else "").join(group)
        text += ("；" if text and has_digit else "") + words
    return text
