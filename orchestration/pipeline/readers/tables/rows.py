"""Write tables of any format as lines of text.

A row of figures becomes a sentence that includes its column headers:
`矛盾纠纷：受理31件，办结30件。` Rows of other tables have tabs between cells, and cells with paragraphs
(layout tables) give one line per paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, groupby
from typing import NamedTuple

from orchestration.pipeline.chinese import SENTENCE_STOPS
from orchestration.pipeline.readers.tables.cells import (
    Cell,
    PlacedCell,
    index_by_column,
    is_prose,
    place_cells,
    split_halves,
    split_lists,
)
from orchestration.pipeline.readers.tables.figures import NO_FIGURE, holds_figures
from orchestration.pipeline.readers.tables.header import ROW_NUMBER, Column, are_years, read_header
from orchestration.pipeline.readers.tables.names_below import pair_with_names_below
from orchestration.pipeline.readers.tables.units import (
    BEHIND,
    IS_AMOUNT,
    IS_COUNT,
    IS_NUMBER,
    SHARE,
    UNITS,
    find_unit,
)

# Numbers in columns with these names do not count.
_NO_COUNT = re.compile(
    r"""
    .*(?: 序号 | 编号 | 代码 | 号码 | 电话 | 手机 | 邮编 | 日期 | 时间 | 月份 | 排名 | 名次 | 文号 | 页码 | 备注
      | 版本 )
    | № | No\.?                              # e.g. 联系电话   No.
    """,
    re.VERBOSE,
)
_YEAR_COLUMN = re.compile(r".*(?<![上本今去前全\d])年(?:份|度)?")  # of years: 年份; not 上年, 2023年
_YEAR = re.compile(r"(?:19|20)\d\d")
_PERIOD = re.compile(
    r"""
    (?:19|20) \d\d 年 [度份]? | [上本今去前] 年 (?: 度 | 同期 )? | 同期           # e.g. 2023年   上年同期
    | 第? [一二三四1-4] 季度 | [上下] 半年 | 全年 (?: 度 | 累计 | 合计 )?          # e.g. 一季度   全年
    | (?: 计划 (?: 目标 | 任务 | 完成 )? | 目标 (?: 任务 )? | 任务 (?: 目标 )? | (?: 实际 )? 完成 | 实际 )
      (?= [数量值情\d] | $ )                                                     # e.g. 计划数   实际完成; not 完成率
    """,
    re.VERBOSE,
)
_AIM = ("目标", "任务")  # alone, as in 完成目标, these do not mark a figure as planned; 计划 does
_PERIOD_COLUMN = re.compile(
    rf"(?: {_PERIOD.pattern} ) (?: 数量? | 数值 | 件数 | 次数 | 人数 | 总数 | 值 | 情况 )?", re.VERBOSE
)
_CHANGE_COLUMN = re.compile(r".*(?:率|占比|增减|增长|增幅|同比|环比).*")
_PARTS = re.compile(  # names of the first column if each row is a part of the township or of the year
    r"部门|科室|站所|村[别名居组]?|行政村|社区|村（社区）|网格|片区|日期|时间|月份|季度"
)
_NAMED_PARTS = ("村", "社区", "月")  # which say so themselves
_SUM = re.compile(r"(?:全[镇乡年街])?道?(?:合计|总计|共计)")
_SAYS_NOTHING = re.compile(r"(?:数量|数值|数目|数据|件数|次数|人数|总数|个数|指标值|内容)?")
_IS_FIGURE = re.compile(f"{IS_NUMBER.pattern}|{IS_AMOUNT.pattern}", re.VERBOSE)
_ENDS = tuple(SENTENCE_STOPS + "：…")
_SHARE_SIGNS = "%％‰"


class _Piece(NamedTuple):
    """A part of the sentence for a row of figures."""

    words: str
    is_figure: bool


def _count_or_words(words: str) -> _Piece:
    """Return the piece for a cell that is not a bare number; with its own unit (34件) it is a figure."""
    return _Piece(words, IS_COUNT.fullmatch(words) is not None)


def _name_parts(placed: Sequence[Sequence[PlacedCell]], columns: Mapping[int, Column]) -> None:
    """Name the kind of the label in each row beside a sum: 部门·执法队, whose figures are parts of it."""
    kind = columns[0].name if 0 in columns else ""
    labelled = [
        row[0] for row in placed if row and row[0].column == 0 and not IS_NUMBER.fullmatch(row[0].text)
    ]
    if not _PARTS.fullmatch(kind) or not any(_SUM.fullmatch(label.text) for label in labelled):
        return
    for label in labelled:
        if not _SUM.fullmatch(label.text) and not label.text.endswith(_NAMED_PARTS):
            label.text = f"{kind.partition('（')[0]}·{label.text}"


def write_rows(rows: Sequence[Sequence[Cell]], above: str = "") -> Iterator[str]:
    """Yield the lines of a table, in reading order.

    Args:
        rows: cells of each row, in any number.
        above: the line above the table, which may state the unit of all its figures (单位：件).
    """
    if named := pair_with_names_below([index_by_column(row) for row in rows]):
        yield from named
        return
    placed = place_cells(rows)
    header = read_header(placed, above)
    if header.rows:
        _name_parts(placed[header.rows :], header.columns)
    for index, row in enumerate(placed):
        if index > header.rows > 0 and _is_header_again(row, placed[header.rows - 1]):
            header = read_header(placed[index:], above)
            header = header._replace(rows=header.rows + index if header.rows else index)
        is_headed = index >= header.rows > 0
        parts = split_halves(row, header.half) if is_headed else (row,)
        for split in chain.from_iterable(map(split_lists, parts)):
            part = split if header.columns else _join_units(split)
            if is_headed and _holds_numbers(part):
                yield _write_figures(part, header.columns, header.unit)
            else:
                yield from _write_words(part, header.unit)


def _is_header_again(row: Sequence[PlacedCell], header: Sequence[PlacedCell]) -> bool:
    """Return whether a row is another header or this one repeated: 项目|数量（场次） below 项目|数量（件）."""
    names = [cell.text for cell in row]
    return (
        len(row) == len(header) > 1
        and not any(IS_NUMBER.fullmatch(name) or IS_COUNT.fullmatch(name) for name in names)
        and (
            names[0] == header[0].text
            or all(BEHIND.search(name) or find_unit(name, "") for name in names[1:])
        )
    )


def _holds_numbers(row: list[PlacedCell]) -> bool:
    """Return whether a row has a number, or several with own units (34件), which need the header's names."""
    return (
        any(IS_NUMBER.fullmatch(cell.text) for cell in row)
        or sum(IS_AMOUNT.fullmatch(cell.text) is not None for cell in row) > 1
    )


def write_tabbed(lines: Sequence[str]) -> list[str]:
    """Return the lines, with each table of figures among those with tabs written by `write_rows`.

    A table is a run of lines with equally many cells; a row that lacks a cell stays unchanged.
    """
    written: list[str] = []
    for count, group in groupby(lines, key=lambda line: line.count("\t")):
        rows = list(group)
        grid = [[Cell([cell]) for cell in row.split("\t")] for row in rows] if count else []
        above = written[-1].strip() if written else ""
        written += write_rows(grid, above) if holds_figures(grid, above) else rows
    return written


def _write_figures(row: list[PlacedCell], columns: Mapping[int, Column], stated: str) -> str:
    """Return a row of figures as a sentence; `stated` is the unit of the whole table."""
    headed = [(cell, columns.get(cell.column, Column())) for cell in row]
    stating = [cell for cell, column in headed if column.is_unit and cell.text in UNITS]
    own = stating[0].text if stating else ""
    numbers = sum(IS_NUMBER.fullmatch(cell.text) is not None for cell in row)
    amounts = sum(IS_AMOUNT.fullmatch(cell.text) is not None for cell in row)
    label = next((cell.text for cell in row if not IS_NUMBER.fullmatch(cell.text)), "")
    pieces: list[_Piece] = []
    named = ""  # unit in the row's label: 罚没款（万元）
    for cell, column in headed:
        if (own and column.is_unit) or (ROW_NUMBER.fullmatch(column.name) and IS_NUMBER.fullmatch(cell.text)):
            continue
        is_named = bool(column.name and cell.column) and not _NO_COUNT.fullmatch(column.name)
        if is_named and numbers + amounts > 1 and IS_AMOUNT.fullmatch(cell.text):
            pieces.append(_Piece(_name(column, row, numbers + amounts) + cell.text, is_figure=True))
        elif not IS_NUMBER.fullmatch(cell.text) or _NO_COUNT.fullmatch(column.name):
            behind = BEHIND.search(cell.text) if numbers else None
            named = behind["unit"] if behind else named
            words = cell.text[: behind.start()].rstrip() if behind else cell.text
            pieces.append(_count_or_words(words))
        elif _YEAR.fullmatch(cell.text) and _YEAR_COLUMN.fullmatch(column.name):
            pieces.append(_Piece(f"{cell.text}年", is_figure=False))
        elif cell.column == 0 and numbers < len(row) and not column.unit:
            pieces.append(_Piece(cell.text, is_figure=False))  # the row number
        else:
            if len(stating) > 1:  # 2023年|单位|2024年|单位: the unit after it
                own = next((unit.text for unit in stating if unit.column > cell.column), own)
            # 同比（%） is not counted in the unit of the row, 调解纠纷（件）
            is_share = column.unit in _SHARE_SIGNS if column.unit else SHARE.fullmatch(column.name)
            unit = (
                (named if not is_share else "")
                or column.unit
                or own
                or _unit_by_names(column.name, label, stated)
            )
            pieces.append(_Piece(_name(column, row, numbers) + _add_unit(cell.text, unit), is_figure=True))
    figures = [
        column.name
        for cell, column in headed
        if _IS_FIGURE.fullmatch(cell.text) and not ROW_NUMBER.fullmatch(column.name)
    ]
    of_periods = [name for name in figures if not _CHANGE_COLUMN.fullmatch(name)]
    if of_periods and all(map(_PERIOD_COLUMN.fullmatch, of_periods)) and not pieces[0].is_figure:
        pieces = _repeat_label(pieces)
    return _join_pieces(pieces)


def _add_unit(text: str, unit: str) -> str:
    """Return a number with its unit, which stands before a remark: 34件（含婚姻12）."""
    found = IS_NUMBER.fullmatch(text)
    number, remark = (found["number"], found["remark"] or "") if found else (text, "")
    return text if number[-1] in _SHARE_SIGNS else number + unit + remark


def _unit_by_names(column: str, label: str, stated: str) -> str:
    """Return the unit in the column's name, else in the row's label, else the one stated for the table."""
    return find_unit(column, "") or (find_unit(label, stated) if find_unit(column, stated) == stated else "")


def _repeat_label(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Repeat the label for the figure of each period: 2023年行政处罚12件，2024年行政处罚34件."""
    first = next(index for index, (_, is_figure) in enumerate(pieces) if is_figure)
    label = "".join(words for words, _ in pieces[:first] if not NO_FIGURE.fullmatch(words))
    return [
        _Piece(
            _PERIOD.sub(lambda found: _name_period(found[0]) + label, piece.words, count=1), is_figure=True
        )
        if piece.is_figure
        else piece
        for piece in pieces[first:]
    ]


def _name_period(period: str) -> str:
    """Return a period for use in a sentence; a target gets 计划."""
    return f"计划{period}" if period.startswith(_AIM) else period


def _name(column: Column, row: list[PlacedCell], numbers: int) -> str:
    """Return the header's name for a figure; empty if it adds nothing to the row's label."""
    name = column.name
    if _SAYS_NOTHING.fullmatch(name) or (numbers == 1 and _says_same(column, row)):
        return ""
    return f"{name}：" if name[-1].isascii() and name[-1].isalnum() else name


def _says_same(column: Column, row: list[PlacedCell]) -> bool:
    """Return whether the row's label already includes the column's name."""
    return any(column.name in cell.text for cell in row if not IS_NUMBER.fullmatch(cell.text))


def _join_pieces(pieces: Sequence[_Piece]) -> str:
    text, before = "", True
    for words, is_figure in pieces:
        # A comma between digits could be read as part of one number.
        is_apart = text[-1:].isdigit() and words[:1].isdigit()
        mark = "：" if is_figure and not before else "；" if is_apart else "，"
        text += (mark if text else "") + words
        before = is_figure
    return text if text.endswith(_ENDS) else text + "。"


def _write_words(row: list[PlacedCell], stated: str) -> Iterator[str]:
    """Write a row that is not a row of figures under a header; `stated` is the unit of the whole table."""
    row = [cell for cell in row if not cell.is_repeated]
    if any(len(cell.lines) > 1 and any(is_prose(line) for line in cell.lines) for cell in row):
        for cell in row:
            yield from cell.lines
    elif len(row) == 1:
        yield from row[0].lines
    elif len(row) > 1 and any(map(_is_figure, row)) and not (_has_labels(row) or are_years(row)):
        yield _join_pieces(list(_give_units(row, stated)))
    elif row:
        yield "\t".join(cell.text for cell in row)


def _give_units(row: list[PlacedCell], stated: str) -> Iterator[_Piece]:
    """Yield the cells, each number with the unit from its name, the cell before it, or the table."""
    held: str | None = None
    before = unit = ""  # `before` is the cell before the held one
    for cell in row:
        if not IS_NUMBER.fullmatch(cell.text):
            if held is not None:
                yield _count_or_words(held)
            before, held = held or "", cell.text
            continue
        unit = find_unit(held, stated) if held and not _NO_COUNT.fullmatch(held) else ""
        named = BEHIND.search(held or "")
        if named:
            held, unit = (held or "")[: named.start()].rstrip(), named["unit"]
        elif held in UNITS and before:
            held, unit = None, str(held)
        if held is not None:
            yield _count_or_words(held)
        before, held = "", None
        yield _Piece(_add_unit(cell.text, unit), is_figure=True)
    if held is not None:
        yield _count_or_words(held)


def _join_units(row: list[PlacedCell]) -> list[PlacedCell]:
    """Put a number behind its label and the cell with its unit together: 调解|34|件|处罚|5|件."""
    joined: list[PlacedCell] = []
    for cell in row:
        label, number = (each.text for each in joined[-2:]) if len(joined) > 1 else ("", "")
        is_apart = not label or label in UNITS or IS_NUMBER.fullmatch(label) is not None
        if cell.text in UNITS and IS_NUMBER.fullmatch(number) and not is_apart:
            joined[-1] = PlacedCell(joined[-1].column, [number + cell.text])
        else:
            joined.append(cell)
    return joined


def _is_figure(cell: PlacedCell) -> bool:
    return (IS_COUNT.fullmatch(cell.text) or IS_NUMBER.fullmatch(cell.text)) is not None


def _has_labels(row: list[PlacedCell]) -> bool:
    return any(cell.text.endswith(("：", ":")) for cell in row)
