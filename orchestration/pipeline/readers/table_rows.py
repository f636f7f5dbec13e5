"""Tables as lines of text, whatever format they come from.

A row of figures is written as the sentence that it stands for, with what its column's header says:
`矛盾纠纷：受理31件，办结30件。` Rows of other tables keep their cells apart by a tab, and cells that hold
paragraphs (layout tables) give one line for each paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from orchestration.pipeline.chinese import HAN, ORDINAL, ROUND_MARK
from orchestration.pipeline.readers.names_below import pair_with_names_below
from orchestration.pipeline.readers.table_units import BEHIND, IS_COUNT, IS_NUMBER, UNIT, UNITS, find_unit

_HEADER_UNIT = re.compile(
    rf"""
    [（(【\[] \s* (?: 单位 \s* [:：]? \s* )? (?P<unit> {UNIT} ) \s* [)）】\]]    # e.g. （单位：件）   (人次)
    | [/／] \s* (?P<slashed> {UNIT} )$                                           # e.g. 受理/件
    """,
    re.VERBOSE,
)
_STATED_UNIT = re.compile(rf"单位\s*[:：]\s*(?P<unit>{UNIT})(?![{HAN}]|\s*[、,，/／])")
_CAPTION_CHARS = 40  # at most, of the line above a table that states its unit
_UNIT_COLUMN = re.compile(r"(?:计量|计算)?单位")
# Numbers in columns of these names count nothing.
_NO_COUNT = re.compile(
    r"""
    .*(?: 序号 | 编号 | 代码 | 号码 | 电话 | 手机 | 邮编 | 日期 | 时间 | 月份 | 排名 | 名次 | 文号 | 页码 | 备注
      | 版本 )
    | № | No\.?                              # e.g. 联系电话   No.
    """,
    re.VERBOSE,
)
ROW_NUMBER = re.compile(r"序号|编号|序|№|No\.?")
_YEAR_COLUMN = re.compile(r".*年(?:份|度)?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_PERIOD = re.compile(r"(?:19|20)\d\d年(?:度|份)?|[上本今去前]年(?:度|同期)?|同期")
_PERIOD_COLUMN = re.compile(rf"{_PERIOD.pattern}(?:数量?|件数|次数|人数|总数)?")
_SAYS_NOTHING = re.compile(r"(?:数量|数值|数目|数据|件数|次数|人数|总数|个数|指标值|内容)?")
PROSE = re.compile(rf"[。；！？]|^(?:{ORDINAL}、|{ROUND_MARK}|\d{{1,2}}[.．、])")
_PLAIN_NUMBER = re.compile(r"-?\d[\d,，]*(?:\.\d+)?[%％‰]?")
_RANGE = re.compile(r"\d{1,5}[-—~～至到]\d{1,5}[%％]?")
NO_FIGURE = re.compile(r"[-—–/／\s]*|无")
_COLUMN_NAME = re.compile(
    r"""
    (?!.*[:：]$)
    \D*                                    # e.g. 调解纠纷
    (?:
        (?:
            (?:19|20) \d\d 年?             # e.g. 2024年调解数
          | \d{1,2} (?:月份?|季度)         # e.g. 3月份   2季度办结
        )
        \D*
    )?
    """,
    re.VERBOSE,
)
_IN_COLUMNS = (IS_NUMBER, _RANGE, NO_FIGURE, _COLUMN_NAME)  # what a column of figures may hold
_ENDS = ("。", "；", "！", "？", "：", "…")
_LONG_CHARS = 25  # of a paragraph that is not a name of a column
_HEADER_ROWS = 3


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


@dataclass(slots=True)
class _Column:
    """What the header says of one column."""

    name: str = ""
    unit: str = ""
    is_unit: bool = False  # it names the unit of its row


@dataclass(slots=True)
class _Placed:
    """A cell with text, and the column that it starts in."""

    column: int
    lines: list[str]
    is_repeated: bool = False  # the label of a cell above that reaches down
    text: str = field(init=False)

    def __post_init__(self) -> None:
        self.text = _join_words(self.lines)


def write_rows(rows: Sequence[Sequence[Cell]], above: str = "") -> Iterator[str]:
    """Lines of a table, in reading order.

    Args:
        rows: cells of each row as they stand; a row may have any number of them.
        above: the line above the table, which may state the unit of all its figures (单位：件).
    """
    if named := pair_with_names_below([_by_column(row) for row in rows]):
        yield from named
        return
    placed = _place(rows)
    header_rows = _count_header_rows(placed)
    columns = _read_header(placed[:header_rows])
    titles = " ".join(cell.text for row in placed[:header_rows] for cell in row)
    stated = _STATED_UNIT.search(titles) or (
        _STATED_UNIT.search(above) if len(above) <= _CAPTION_CHARS else None
    )
    over_all = (row[0].text for row in placed[:header_rows] if len(row) == 1)  # 行政处罚数量（宗）
    stated = stated or next(filter(None, map(BEHIND.search, over_all)), None)
    unit = stated["unit"] if stated else ""
    for index, row in enumerate(placed):
        for part in _split_lists(row):
            if index >= header_rows > 0 and any(IS_NUMBER.fullmatch(cell.text) for cell in part):
                yield _write_figures(part, columns, unit)
            else:
                yield from _write_words(part, unit)


def write_tabbed(lines: Sequence[str]) -> list[str]:
    """Lines whose cells are parted by tabs, each table of figures among them as `write_rows` writes it.

    A table is two lines or more with as many cells each; a row that lacks a cell stays as it is.
    """
    written: list[str] = []
    for count, group in groupby(lines, key=lambda line: line.count("\t")):
        rows = list(group)
        grid = [[Cell([cell]) for cell in row.split("\t")] for row in rows] if count else []
        above = written[-1].strip() if written else ""
        written += write_rows(grid, above) if holds_figures(grid, above) else rows
    return written


def holds_figures(grid: Sequence[Sequence[Cell]], above: str = "") -> bool:
    """Whether a column of numbers is under its name, or each beside a name with its unit, in two rows or more.

    Args:
        grid: cells of each row.
        above: the line above the table; where it states the unit, names need none.
    """
    texts = [_by_column(row) for row in grid]
    states_unit = len(above) <= _CAPTION_CHARS and _STATED_UNIT.search(above) is not None
    names = _is_named_number if states_unit else _names_units
    if (len(texts) > 1 and all(map(names, texts))) or pair_with_names_below(texts):
        return True
    head = next((index for index, row in enumerate(texts) if len(row) > 1), len(texts))
    columns = texts[head] if head < len(texts) else {}
    if not all(map(_COLUMN_NAME.fullmatch, columns.values())):
        return False
    below = [row for row in texts[head + 1 :] if len(row) > 1]
    return any(
        any(IS_NUMBER.fullmatch(row.get(column, "")) for row in below)
        and all(any(form.fullmatch(row.get(column, "")) for form in _IN_COLUMNS) for row in below)
        for column in columns
        if column
    )


def _names_units(row: dict[int, str]) -> bool:
    """Whether a row is a name and its number, one or several times, with units: 调解纠纷（件）|34, 调解纠纷|件|34."""
    cells = list(row.values())
    numbers = [index for index, text in enumerate(cells) if _PLAIN_NUMBER.fullmatch(text)]
    return bool(numbers) and all(
        index and (_says_unit(cells[index - 1]) or (index > 1 and cells[index - 1] in UNITS))
        for index in numbers
    )


def _is_named_number(row: dict[int, str]) -> bool:
    name, *numbers = row.values() or [""]
    return (
        len(numbers) == 1
        and not IS_NUMBER.fullmatch(name)
        and _PLAIN_NUMBER.fullmatch(numbers[0]) is not None
    )


def _says_unit(name: str) -> bool:
    return BEHIND.search(name) is not None or find_unit(name, "") != ""


def _by_column(row: Sequence[Cell]) -> dict[int, str]:
    column, texts = 0, {}
    for cell in row:
        text = "".join("".join(cell.lines).split())
        if text:
            texts[column] = text
        column += cell.span
    return texts


def _place(rows: Sequence[Sequence[Cell]]) -> list[list[_Placed]]:
    """Cells that say something, each with its column; the label of a cell that reaches down is repeated."""
    above: dict[int, list[str]] = {}
    placed: list[list[_Placed]] = []
    for row in rows:
        column, line, counted = 0, [], False
        for cell in row:
            lines = [text for text in (text.strip() for text in cell.lines) if text]
            if cell.is_continued:
                kept = above.get(column, [])
                # A label belongs to each of its rows; figures and remarks are said once.
                lines = [] if counted or any(re.search(r"[\d。，；]", text) for text in kept) else kept
            else:
                above[column] = lines
            if lines:
                line.append(_Placed(column, lines, cell.is_continued))
                counted = counted or any(map(IS_NUMBER.fullmatch, lines))
            column += max(1, cell.span)
        own = any(not cell.is_continued and any(map(str.strip, cell.lines)) for cell in row)
        placed.append(line if own else [])
    return placed


def _count_header_rows(placed: Sequence[Sequence[_Placed]]) -> int:
    """Rows above the first figures; 0 where there are none, or where they are not names of columns."""
    names = 0
    for index, row in enumerate(placed):
        if any(IS_NUMBER.fullmatch(line) or IS_COUNT.fullmatch(line) for cell in row for line in cell.lines):
            return index
        if len(row) > 1 and any(PROSE.search(cell.text) or len(cell.text) > _LONG_CHARS for cell in row):
            return 0
        names += len(row) > 1
        if names > _HEADER_ROWS:
            return 0
    return 0


def _read_header(rows: Sequence[Sequence[_Placed]]) -> dict[int, _Column]:
    width = max((cell.column for row in rows for cell in row), default=0) + 1
    columns: dict[int, _Column] = {}
    for row in rows:
        if len(row) < 2:  # a title over the whole table
            continue
        if _UNIT_COLUMN.fullmatch(row[0].text) and all(cell.text in UNITS for cell in row[1:]):
            for cell in row[1:]:
                columns.setdefault(cell.column, _Column()).unit = cell.text
            continue
        for cell, following in zip(row, [*row[1:], None], strict=True):
            end = following.column if following is not None else max(width, cell.column + 1)
            unit = _HEADER_UNIT.search(cell.text)
            name = (cell.text[: unit.start()] + cell.text[unit.end() :] if unit else cell.text).strip(" ：:")
            for column in range(cell.column, end):
                known = columns.setdefault(column, _Column())
                if name not in known.name:
                    known.name += name
                known.unit = (unit["unit"] or unit["slashed"] or "") if unit else known.unit
                known.is_unit = _UNIT_COLUMN.fullmatch(known.name) is not None
    before = ""
    for _, each in sorted(columns.items()):
        if each.name.startswith("其中") and not each.unit and before:  # a part of the column before it
            each.unit = find_unit(each.name, before)
        before = each.unit or find_unit(each.name, "")
    return columns


def _split_lists(row: list[_Placed]) -> Iterator[list[_Placed]]:
    """A row whose cells list as many lines each, some of them numbers, as that many rows."""
    count = len(row[0].lines) if row else 0
    if (
        len(row) > 1
        and count > 1
        and all(len(cell.lines) == count for cell in row)
        and any(all(map(IS_NUMBER.fullmatch, cell.lines)) for cell in row)
    ):
        for line in range(count):
            yield [_Placed(cell.column, [cell.lines[line]]) for cell in row]
    else:
        yield row


def _write_figures(row: list[_Placed], columns: dict[int, _Column], stated: str) -> str:
    """A row of figures as a sentence; `stated` is the unit of the whole table."""
    headed = [(cell, columns.get(cell.column, _Column())) for cell in row]
    own = next((cell.text for cell, column in headed if column.is_unit and cell.text in UNITS), "")
    numbers = sum(IS_NUMBER.fullmatch(cell.text) is not None for cell in row)
    label = next((cell.text for cell in row if not IS_NUMBER.fullmatch(cell.text)), "")
    pieces: list[tuple[str, bool]] = []  # words, and whether they hold a figure
    named = ""  # unit that the label of the row says: 罚没款（万元）
    for cell, column in headed:
        if (own and column.is_unit) or (ROW_NUMBER.fullmatch(column.name) and IS_NUMBER.fullmatch(cell.text)):
            continue
        if not IS_NUMBER.fullmatch(cell.text) or _NO_COUNT.fullmatch(column.name):
            behind = BEHIND.search(cell.text) if numbers else None
            named = behind["unit"] if behind else named
            words = cell.text[: behind.start()].rstrip() if behind else cell.text
            pieces.append((words, IS_COUNT.fullmatch(words) is not None))
        elif _YEAR.fullmatch(cell.text) and _YEAR_COLUMN.fullmatch(column.name):
            pieces.append((f"{cell.text}年", False))
        elif cell.column == 0 and numbers < len(row) and not column.unit:
            pieces.append((cell.text, False))  # the number of the row
        else:
            unit = (
                ""
                if cell.text[-1] in "%％‰"
                else named or column.unit or own or _unit_by_names(column.name, label, stated)
            )
            pieces.append((_name(column, row, numbers) + cell.text + unit, True))
    figures = [column.name for cell, column in headed if IS_NUMBER.fullmatch(cell.text)]
    if len(figures) > 1 and all(map(_PERIOD_COLUMN.fullmatch, figures)) and not pieces[0][1]:
        pieces = _repeat_label(pieces)
    return _join_pieces(pieces)


def _unit_by_names(column: str, label: str, stated: str) -> str:
    """The unit that the name of the column says, else that of the row, else that stated for the whole table."""
    return find_unit(column, "") or (find_unit(label, stated) if find_unit(column, stated) == stated else "")


def _repeat_label(pieces: Sequence[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """Figures of several years, each with what it counts: 2023年行政处罚12件，2024年行政处罚34件."""
    first = next(index for index, (_, is_figure) in enumerate(pieces) if is_figure)
    label = "".join(words for words, _ in pieces[:first])
    return [
        (_PERIOD.sub(lambda found: found[0] + label, words, count=1) if is_figure else words, is_figure)
        for words, is_figure in pieces[first:]
    ]


def _name(column: _Column, row: list[_Placed], numbers: int) -> str:
    """What the header calls a figure, where that says more than the row's own label."""
    name = column.name
    if _SAYS_NOTHING.fullmatch(name) or (numbers == 1 and _says_same(column, row)):
        return ""
    return f"{name}：" if name[-1].isascii() and name[-1].isalnum() else name


def _says_same(column: _Column, row: list[_Placed]) -> bool:
    """Whether the label of a row says already what the column's name does."""
    return any(column.name in cell.text for cell in row if not IS_NUMBER.fullmatch(cell.text))


def _join_pieces(pieces: Sequence[tuple[str, bool]]) -> str:
    text, before = "", True
    for words, is_figure in pieces:
        # A comma between digits could be that of one number.
        mark = (
            "："
            if is_figure and not before
            else "；"
            if text[-1:].isdigit() and words[:1].isdigit()
            else "，"
        )
        text += (mark if text else "") + words
        before = is_figure
    return text if text.endswith(_ENDS) else text + "。"


def _write_words(row: list[_Placed], stated: str) -> Iterator[str]:
    """A row that is not a row of figures under a header; `stated` is the unit of the whole table."""
    row = [cell for cell in row if not cell.is_repeated]
    if any(len(cell.lines) > 1 and any(_is_prose(line) for line in cell.lines) for cell in row):
        for cell in row:
            yield from cell.lines
    elif len(row) == 1:
        yield from row[0].lines
    elif len(row) > 1 and any(map(_is_figure, row)) and not _has_labels(row):
        yield _join_pieces(list(_give_units(row, stated)))
    elif row:
        yield "\t".join(cell.text for cell in row)


def _give_units(row: list[_Placed], stated: str) -> Iterator[tuple[str, bool]]:
    """Cells, each number with the unit that its name, or the cell before it, or the table gives."""
    held: str | None = None
    before = unit = ""  # the one before what is held
    for cell in row:
        if not IS_NUMBER.fullmatch(cell.text):
            if held is not None:
                yield held, IS_COUNT.fullmatch(held) is not None
            before, held = held or "", cell.text
            continue
        unit = find_unit(held, stated) if held and not _NO_COUNT.fullmatch(held) else ""
        named = BEHIND.search(held or "")
        if named:
            held, unit = (held or "")[: named.start()].rstrip(), named["unit"]
        elif held in UNITS and before:
            held, unit = None, str(held)
        if held is not None:
            yield held, IS_COUNT.fullmatch(held) is not None
        before, held = "", None
        yield cell.text + ("" if cell.text[-1] in "%％‰" else unit), True
    if held is not None:
        yield held, IS_COUNT.fullmatch(held) is not None


def _is_prose(line: str) -> bool:
    return PROSE.search(line) is not None or len(line) > _LONG_CHARS


def _is_figure(cell: _Placed) -> bool:
    return (IS_COUNT.fullmatch(cell.text) or IS_NUMBER.fullmatch(cell.text)) is not None


def _has_labels(row: list[_Placed]) -> bool:
    return any(cell.text.endswith(("：", ":")) for cell in row)


def _join_words(lines: Sequence[str]) -> str:
    """Lines of a narrow cell as one; those with figures stay apart."""
    text = ""
    for has_digit, group in groupby(lines, key=lambda line: re.search(r"\d", line) is not None):
        words = ("；" if has_digit else "").join(group)
        text += ("；" if text and has_digit else "") + words
    return text
