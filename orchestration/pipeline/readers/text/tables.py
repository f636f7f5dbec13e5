"""Tables of figures drawn in plain text: with | as in Markdown, box lines, commas or spaces."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from itertools import groupby

from orchestration.pipeline.chinese import SENTENCE_STOPS
from orchestration.pipeline.readers.base import RejectedFile
from orchestration.pipeline.readers.tables.cells import Cell
from orchestration.pipeline.readers.tables.figures import holds_figures
from orchestration.pipeline.readers.tables.rows import write_rows, write_tabbed
from orchestration.pipeline.readers.text.lined_tables import NUMBER_LINE, write_lined

_UPRIGHTS = str.maketrans("│┃┆┇┊┋║", "|||||||")
_IS_UPRIGHT = re.compile("[│┃┆┇┊┋║]")
_BOX_LINE = re.compile(r"[\s─━═┄┅┈┉┌-╋╔-╬]*[─━═][\s─━═┄┅┈┉┌-╋╔-╬]*")  # ┌──┬──┐
_FRAME = re.compile(r"[\s|+=:-]*")
_PIPED = re.compile(
    r"""
    \s* \| .* \| \s*
  | [^|]+ \| (?: [^|]* \| )+ \s*      # e.g. 受理 | 办结 |
  | \s* \+ [-=+]+ \+ \s*
    """,
    re.VERBOSE,
)
_BREAK = re.compile(r"<br */?>", re.IGNORECASE)  # the only line end that a cell of Markdown can have
_DELIMITER = re.compile(r"\s* :?-+:? \s* (?: \| \s* :?-+:? \s* )+", re.VERBOSE)  # ---|---
_PROSE = re.compile(f"[{SENTENCE_STOPS}]")
_BLANKS = re.compile(r"(?<=\S)(?: {2,}|　+)(?=\S)")
# Lines are split only if the text has one of these; most texts have no such table.
_COMMA_NUMBER = re.compile(  # e.g. ,"1,234"   ;12   ,"=""12"""
    r"[,;](?:=?\"|'){0,3}\d[\d,.]*[%％]?\"{0,3}(?:[,;]|$)", re.MULTILINE
)
_PARTING_COMMA = re.compile(r"(?<![0-9]),|,(?![0-9]{3})")  # not a thousands separator
_QUOTED_CELL = re.compile(r'"[,;\t]|[,;\t]"')
_QUOTED_LINE = re.compile(r'=?"([^"]*)"[,;]*')
_KEPT_AS_TEXT = re.compile(r'="(.*)"')  # programs write this to keep Excel from changing a value
_BLANK_NUMBER = re.compile(r"(?:  |　)\d[\d,.]*[%％]?[ \t　]*(?:$|  |　)", re.MULTILINE)
_SPACED_NUMBER = re.compile(r" (?<=\S )\d[\d,.]*[%％]?$", re.MULTILINE)  # a search skips to its space
# not 1.38E+10, a telephone or identity number: figures of a township have fewer digits
_SCIENTIFIC = re.compile(r"(?:^|[,;\t])\"?(\d(?:\.\d+)?E\+0\d)\"?(?=[,;\t\r]|$)", re.MULTILINE)
_MAX_CELL_CHARS = 200
_MAX_CELL_LINES = 20


def write_text_tables(text: str) -> str:
    """Return the text with each table of figures written out by `tables.rows`, and the rest unchanged.

    Raises:
        RejectedFile: undecodable (a number that Excel saved in part: 1.23E+05).
    """
    cut = _SCIENTIFIC.search(text) if "E+" in text else None
    if cut is not None:
        advice = "show it in full (单元格格式改为数值) and save the table again"
        raise RejectedFile("undecodable", f"a number is saved as {cut[1]} (科学计数法): {advice}")
    lines = text.split("\n")
    is_piped = "|" in text
    if '"' in text and _QUOTED_CELL.search(text):
        lines = list(map(_unquote, lines))
    if _IS_UPRIGHT.search(text):
        lines = [line.translate(_UPRIGHTS) for line in lines if not _BOX_LINE.fullmatch(line)]
        is_piped = any("|" in line for line in lines)
    if is_piped:
        lines = list(_write_piped(lines))
    if ("," in text or ";" in text) and _COMMA_NUMBER.search(text):
        lines = list(_write_split(list(_join_quoted(lines)), _split_commas))
    has_blanks = "  " in text
    if has_blanks and "\n0 " in text:
        lines = _drop_row_numbers(lines)
    if (has_blanks or "　" in text) and _BLANK_NUMBER.search(text):
        lines = list(_write_split(lines, _split_blanks))
    if _SPACED_NUMBER.search(text):
        lines = list(_write_split(lines, _split_spaces))
    if "\t" in text:
        lines = write_tabbed(lines)
    if len(NUMBER_LINE.findall(text)) > 1:
        lines = list(write_lined(lines))
    return "\n".join(lines)


def _write_piped(lines: list[str]) -> Iterator[str]:
    """Yield the lines with each table of figures drawn with | written out."""
    if any(map(_DELIMITER.fullmatch, lines)):
        lines = _close_rows(lines)
    above = ""
    for is_row, group in groupby(lines, key=lambda line: _PIPED.fullmatch(line) is not None):
        rows = list(group)
        bare = [row.strip().removeprefix("|").removesuffix("|") for row in rows if not _FRAME.fullmatch(row)]
        cells = [row.split("|") for row in bare]
        grid = [[Cell(_BREAK.split(cell)) for cell in row] for row in cells] if is_row else []
        yield from write_rows(grid, above) if holds_figures(grid) else (_BREAK.sub(" ", row) for row in rows)
        above = rows[-1].strip()


def _close_rows(lines: list[str]) -> list[str]:
    """Add the outer | to rows of Markdown tables that lack them: 受理 | 34."""
    closed, last = list(lines), -1
    for index, line in enumerate(lines):
        if index <= last or not _DELIMITER.fullmatch(line):
            continue
        first, last = max(0, index - 1), index
        while last + 1 < len(lines) and "|" in lines[last + 1]:
            last += 1
        for at in range(first, last + 1):
            row = lines[at].strip()
            closed[at] = row if row.startswith("|") else f"|{row.removesuffix('|')}|"
    return closed


def _drop_row_numbers(lines: list[str]) -> list[str]:
    """Remove the row numbers of a table printed by a program, which count from 0 and have no header."""
    bare = list(lines)
    for index, line in enumerate(lines):
        words = line.split()
        if index and words[:1] == ["0"]:
            names, last = lines[index - 1].split(), index
            while last < len(lines) and lines[last].split()[:1] == [str(last - index)]:
                last += 1
            rows = [row.split() for row in lines[index:last]]
            if len(rows) > 1 and len(names) > 1 and all(len(row) == len(names) + 1 for row in rows):
                bare[index - 1 : last] = ["  ".join(row) for row in (names, *(row[1:] for row in rows))]
    return bare


def _write_split(lines: list[str], split: Callable[[str], list[str]]) -> Iterator[str]:
    """Yield the lines with each table of figures written out: lines that `split` cuts into equally many cells."""
    above = ""
    parted = [(line, split(line)) for line in lines]
    for count, group in groupby(parted, key=lambda pair: len(pair[1])):
        rows = list(group)
        grid = [[Cell(cell.split("\n")) for cell in cells] for _, cells in rows] if count > 1 else []
        yield from write_rows(grid, above) if holds_figures(grid) else (line for line, _ in rows)
        above = rows[-1][0].strip()


def _join_quoted(lines: list[str]) -> Iterator[str]:
    """Join the lines of each CSV row, because a quoted cell may contain line breaks."""
    index = 0
    while index < len(lines):
        row = lines[index]
        if row.count('"') % 2 and re.search('(?:^|[,;])"', row):
            for end in range(index + 1, min(index + 1 + _MAX_CELL_LINES, len(lines))):
                if lines[end].count('"') % 2:
                    row, index = "\n".join(lines[index : end + 1]), end
                    break
        yield row
        index += 1


def _unquote(line: str) -> str:
    """Remove the quotes around cells in a line; `csv` handles comma-separated ones."""
    if "\t" not in line:
        whole = _QUOTED_LINE.fullmatch(line)
        return whole[1] if whole else line
    cells = (_QUOTED_LINE.fullmatch(cell) or cell for cell in line.split("\t"))
    return "\t".join(cell if isinstance(cell, str) else cell[1] for cell in cells)


def _split_commas(line: str) -> list[str]:
    """Return the cells of a CSV line; empty for prose."""
    mark = "," if _PARTING_COMMA.search(line) else ";"
    if mark not in line or _PROSE.search(line):
        return []
    try:
        cells = next(csv.reader([line], strict=True, delimiter=mark), [])
    except csv.Error:  # a quote that nothing closes
        cells = line.replace('"', "").split(mark)
    cells = [found[1] if (found := _KEPT_AS_TEXT.fullmatch(cell)) else cell for cell in cells]
    return [] if any(len(cell) > _MAX_CELL_CHARS for cell in cells) else cells


def _split_blanks(line: str) -> list[str]:
    """Return the cells of a line separated by two or more spaces; empty for prose."""
    return [] if _PROSE.search(line) else _BLANKS.split(line.strip())


def _split_spaces(line: str) -> list[str]:
    """Return the cells of a line separated by single spaces; empty for prose."""
    return [] if _PROSE.search(line) else line.split()
