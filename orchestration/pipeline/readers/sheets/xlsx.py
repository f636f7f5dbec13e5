"""Excel workbooks (.xlsx, .xlsm, also of WPS) with a report as a table, as their sheets print it.

Hidden sheets, rows and columns are left out; numbers are read as displayed. A workbook that names no report is
refused, because most of these are lists of something else.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterator, Set
from typing import TYPE_CHECKING, Any, NamedTuple

from orchestration.pipeline.chinese import RULE_OF_LAW
from orchestration.pipeline.readers.archive import names_member
from orchestration.pipeline.readers.base import ReadText, RejectedFile, join_lines
from orchestration.pipeline.readers.ooxml.markup import TRUE, S
from orchestration.pipeline.readers.raised import write_raised
from orchestration.pipeline.readers.sheets.styles import is_struck, read_formats
from orchestration.pipeline.readers.tables.cells import Cell
from orchestration.pipeline.readers.tables.rows import write_rows

if TYPE_CHECKING:
    from orchestration.pipeline.readers.ooxml.opc import Package

NAME = "xlsx"
VERSION = "13"
MEDIA_TYPES: tuple[str, ...] = ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",)
CONTAINER_MEMBERS: tuple[str, ...] = ("[Content_Types].xml",)

_MARKS = (b"xl/workbook", b"xl/_rels/", b"xl/worksheets/")
_IS_REPORT = re.compile(rf"(?:{RULE_OF_LAW})[^\n]{{0,30}}(?:报告|总结|汇报|年报|小结)")
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_INSTRUCTIONS = re.compile(  # names of sheets
    r"""
    (?: 填[表报写] | 使用 | 编制 ) (?: 说明 | 须知 | 要求 | 指南 )      # e.g. 填表说明
    | (?: 填[表报写] )? (?: 示例 | 样例 | 样表 )                        # e.g. 样表
    """,
    re.VERBOSE,
)
_PICTURE = re.compile(r"=?(?:_xlfn\.)?DISPIMG\(", re.IGNORECASE)  # WPS
_TITLE_ROWS = 5  # the first ones of a sheet
_MAX_MERGES = 1_000
_MAX_COVERED = 2_000  # cells of a merged area
_MAX_NOTES = 0.5  # rows below the area read, as a share of those in it
_MAX_COLUMNS = 16_384  # of a sheet


class _Area(NamedTuple):
    """A part of a sheet; rows count from 1, columns from 0."""

    left: int
    top: int
    right: int
    bottom: int


def sniff(data: bytes, name: str) -> bool:
    """Return whether data is a zip whose directory names XML parts of a workbook."""
    return names_member(data, _MARKS) and not names_member(data, (b"xl/workbook.bin",))


def read(data: bytes) -> ReadText:
    """Return the lines of all visible sheets, in order, written by `tables.rows`.

    Raises:
        RejectedFile: not_a_report_text (no report is named), unsupported (an unknown number format or a formula
            without a value; names the cell), truncated, encrypted, zip_bomb, too_large.
    """
    from orchestration.pipeline.readers.ooxml.opc import Package, R  # imported here: loading lxml takes time

    package = Package.open(data)
    main = package.related("", "officeDocument") or "xl/workbook.xml"
    book = package.xml(main)
    settings = book.find(f"{S}workbookPr")
    sheets = _Sheets(package, main, settings is not None and settings.get("date1904") in TRUE)
    sheets.is_uncalculated = any(node.get("fullCalcOnLoad") in TRUE for node in book.iter(f"{S}calcPr"))
    relations = package.relations(main)
    printed = _read_print_areas(book)
    lines: list[str] = []
    for number, sheet in enumerate(book.iter(f"{S}sheet")):
        relation = relations.get(sheet.get(f"{R}id", ""))
        if (
            sheet.get("state", "visible") == "visible"
            and relation is not None
            and relation.kind == "worksheet"
        ):
            if _INSTRUCTIONS.fullmatch(sheet.get("name", "").strip()):
                continue  # their examples are nobody's figures
            lines += sheets.read(relation.target, sheet.get("name", ""), printed=printed.get(str(number)))
    text = join_lines(lines)
    if not any(map(_IS_REPORT.search, [text, *sheets.titles])):
        raise RejectedFile("not_a_report_text", "an Excel workbook that names no report on 法治")
    return ReadText(text, MEDIA_TYPES[0], f"{NAME}/{VERSION}")


def read_shown(data: bytes) -> list[str]:
    """Return the lines of what a workbook embedded in a document shows: the part named by oleSize of its active sheet.

    Raises:
        RejectedFile: as `read`, but whatever the workbook is about.
    """
    from orchestration.pipeline.readers.ooxml.opc import Package, R

    package = Package.open(data)
    main = package.related("", "officeDocument") or "xl/workbook.xml"
    book = package.xml(main)
    listed = list(book.iter(f"{S}sheet"))
    view = next(book.iter(f"{S}workbookView"), None)
    active = "0" if view is None else view.get("activeTab", "0")
    sheet = listed[int(active)] if active.isdecimal() and int(active) < len(listed) else None
    relation = None if sheet is None else package.relations(main).get(sheet.get(f"{R}id", ""))
    if sheet is None or relation is None or relation.kind != "worksheet":
        return []
    size = book.find(f"{S}oleSize")
    area = None if size is None else _read_area(size.get("ref", ""))
    settings = book.find(f"{S}workbookPr")
    sheets = _Sheets(package, main, settings is not None and settings.get("date1904") in TRUE)
    return list(sheets.read(relation.target, sheet.get("name", ""), area))


class _Sheets:
    """Reads the sheets of one workbook, which share strings and formats."""

    def __init__(self, package: Package, main: str, counts_from_1904: bool) -> None:
        self._package = package
        self._counts_from_1904 = counts_from_1904
        self.is_uncalculated = False  # whether stored results are not those of the formulas
        self._shows_zeros = True  # of the sheet
        self.titles: list[str] = []  # cells of several lines, which may be the title, each as one line
        texts = package.related(main, "sharedStrings")
        root = None if texts is None else package.xml(texts)
        self._texts = [_read_text(node) for node in (() if root is None else root.findall(f"{S}si"))]
        styles = package.related(main, "styles")
        self._formats, self._unread = read_formats(None if styles is None else package.xml(styles))

    def read(
        self, part: str, name: str, area: _Area | None = None, printed: _Area | None = None
    ) -> Iterator[str]:
        """Yield the lines of one sheet, or of an area of it, then those of its text boxes.

        Notes beside or below the area that is `printed` are left out if an empty column or row parts them from it.
        """
        from orchestration.pipeline.readers.ooxml.drawings import find_boxes, read_drawn_lines

        sheet = self._package.xml(part)
        self._shows_zeros = all(view.get("showZeros", "1") in TRUE for view in sheet.iter(f"{S}sheetView"))
        hidden = _hidden_columns(sheet)
        if area is None and printed is not None:
            area = _extend(printed, sheet)
        sides = (0, _MAX_COLUMNS) if area is None else (area.left, area.right)
        merged = _MergedAreas(sheet)
        rows = []
        for number, row in enumerate(sheet.iter(f"{S}row"), start=1):
            if row.get("hidden") not in TRUE and not _is_nought(row.get("ht")):
                at = int(row.get("r", "")) if row.get("r", "").isdecimal() else number
                if area is not None and not area.top <= at <= area.bottom:
                    continue
                covered = merged.list_covered(at)
                unseen = hidden | covered if covered else hidden
                rows.append(self._read_row(row, at, name, unseen, sides, merged))
        yield from write_rows(rows)
        drawing = self._package.related(part, "drawing")
        for box in () if drawing is None else find_boxes(self._package.xml(drawing)):
            yield from (line for line in read_drawn_lines(box) if line.strip())

    def _read_row(
        self,
        row: Any,
        at: int,
        name: str,
        unseen: Container[int],
        sides: tuple[int, int],
        merged: _MergedAreas,
    ) -> list[Cell]:
        """Return the cells of row number `at` of sheet `name` between two columns, without those of `unseen` ones."""
        cells: list[Cell] = []
        column = 0  # of the next cell
        for node in row.iter(f"{S}c"):
            place = _PLACE.fullmatch(node.get("r", ""))
            own = _column_number(place[1]) if place else column
            if own in unseen or own < column or not sides[0] <= own <= sides[1]:
                column = max(column, own + 1)
                continue
            for reached in merged.list_continued(at, column, own):
                cells += [Cell([], reached - column)] * (reached > column) + [Cell([], 1, is_continued=True)]
                column = reached + 1
            if own > column:
                cells.append(Cell([], own - column))
            last = merged.find_last_column(at, own)
            shown = self._show(node, name).split("\n")
            if len(shown) > 1 and at <= _TITLE_ROWS:
                self.titles.append("".join(shown))
            cells.append(Cell(shown, last - own + 1, merged.is_continued(at, own)))
            column = last + 1
        return cells

    def _show(self, cell: Any, sheet: str) -> str:
        """Return what a cell shows; empty if its style hides it.

        Raises:
            RejectedFile: unsupported (a formula without a value, an unknown number format), truncated.
        """
        from orchestration.pipeline.readers.sheets.number_display import show_number, show_text

        kind, value = cell.get("t", "n"), cell.find(f"{S}v")
        stored = "" if value is None else value.text or ""
        where = f"{sheet}!{cell.get('r', '')}"
        style = int(cell.get("s", "0")) if cell.get("s", "0").isdecimal() else 0
        if style in self._unread:
            return ""
        code = self._formats[style] if style < len(self._formats) else "General"
        if kind == "inlineStr":
            return show_text(_read_text(cell.find(f"{S}is")), code)
        self._require_value(cell, stored, where)
        if not stored:
            return ""
        match kind:
            case "s":
                return show_text(self._find_text(stored, where), code)
            case "str":
                return show_text(_unescape(stored), code)
            case "b":
                return "FALSE" if stored == "0" else "TRUE"  # a boolean, not a number
            case "e" | "d":
                return stored
        if not self._shows_zeros and not stored.strip("0.-"):
            return ""
        try:
            return show_number(stored, code, self._counts_from_1904)
        except ValueError as error:
            raise RejectedFile("unsupported", f"{where}: {error} is not supported") from error

    def _require_value(self, cell: Any, stored: str, where: str) -> None:
        """Refuse a formula that nothing calculated, or that stands for a picture.

        Raises:
            RejectedFile: unsupported.
        """
        is_empty = not stored or (stored == "0" and self.is_uncalculated)
        if cell.get("t") == "str":
            if _PICTURE.match(stored):
                raise RejectedFile("unsupported", f"{where} holds a picture: type what it shows")
        elif is_empty and cell.find(f"{S}f") is not None:
            raise RejectedFile(
                "unsupported",
                f"{where} is a formula without a stored value: save the workbook once in Excel or WPS",
            )

    def _find_text(self, stored: str, where: str) -> str:
        """Return the shared string that the cell at `where` refers to by number."""
        number = int(stored) if stored.isdecimal() else -1
        if not 0 <= number < len(self._texts):
            raise RejectedFile("truncated", f"{where} refers to a missing text")
        return self._texts[number]


def _read_text(node: Any) -> str:
    """Return the text of a shared or inline string, without phonetic guides."""
    if node is None:
        return ""
    return "".join(
        _read_part(_unescape(part.text or ""), part.getparent().find(f"{S}rPr"))
        for part in node.iter(f"{S}t")
        if part.getparent().tag != f"{S}rPh"
    )


def _unescape(text: str) -> str:
    """Decode escapes of characters that XML does not allow (ISO/IEC 29500-1, 22.9.2.19): _x000D_ is a line end."""
    if "_x" not in text:
        return text
    text = _ESCAPED.sub(lambda found: _show_escaped(chr(int(found[1], 16))), text)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _show_escaped(character: str) -> str:
    return character if character.isprintable() or character in "\t\n\r" else ""


def _read_part(text: str, font: Any) -> str:
    """Return a part of a text with its own font; empty if struck out; raised digits become marks."""
    if font is None:
        return text
    align = font.find(f"{S}vertAlign")
    stands = "" if align is None else align.get("val", "")
    if is_struck(font):
        return ""
    return write_raised(text, stands == "subscript") if stands in ("superscript", "subscript") else text


def _is_nought(size: str | None) -> bool:
    """Return whether a row has no height or a column no width."""
    return size is not None and not size.strip("0.") and "0" in size


def _hidden_columns(sheet: Any) -> set[int]:
    hidden: set[int] = set()
    for node in sheet.findall(f"{S}cols/{S}col"):
        first, last = node.get("min", ""), node.get("max", "")
        if (
            (node.get("hidden") in TRUE or _is_nought(node.get("width")))
            and first.isdecimal()
            and last.isdecimal()
        ):
            hidden |= set(range(int(first) - 1, min(int(last), _MAX_COLUMNS)))
    return hidden


class _MergedAreas:
    """The merged areas of a sheet; rows count from 1, columns from 0.

    Raises:
        RejectedFile: too_large.
    """

    def __init__(self, sheet: Any) -> None:
        self._ends: dict[tuple[int, int], int] = {}  # (row, column) of the first cell → last column
        self._rows: defaultdict[int, list[tuple[int, int]]] = defaultdict(
            list
        )  # first column → (first, last row)
        self._covered: defaultdict[int, set[int]] = defaultdict(set)  # row → columns after the first one
        areas = dict(_read_areas(sheet))
        if len(areas) > _MAX_MERGES:
            raise RejectedFile("too_large", f"{len(areas)} merged areas; the limit is {_MAX_MERGES}")
        for (first, column), (last, last_column) in areas.items():
            self._ends[first, column] = last_column
            self._rows[column].append((first, last))
            if (last - first) * (last_column - column) <= _MAX_COVERED:
                for row in range(first + 1, last + 1):
                    self._covered[row] |= set(range(column + 1, last_column + 1))

    def find_last_column(self, row: int, column: int) -> int:
        """Return the last column of the area that begins at a cell, or the cell's own column if none does."""
        return self._ends.get((row, column), column)

    def is_continued(self, row: int, column: int) -> bool:
        """Return whether an area with this first column continues into the row from above."""
        return any(first < row <= last for first, last in self._rows.get(column, ()))

    def list_continued(self, row: int, start: int, end: int) -> list[int]:
        """Return the first columns, from `start` to before `end`, of areas that continue into the row from above."""
        return sorted(one for one in self._rows if start <= one < end and self.is_continued(row, one))

    def list_covered(self, row: int) -> Set[int]:
        """Return the columns of a row that lie inside areas from above, whose cells Excel does not show."""
        return self._covered.get(row, frozenset())


def _read_areas(sheet: Any) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Yield (row, column) of the first and of the last cell of each merged area."""
    for node in sheet.iter(f"{S}mergeCell"):
        first, _, last = node.get("ref", "").partition(":")
        begins, ends = _PLACE.fullmatch(first), _PLACE.fullmatch(last)
        if begins and ends:
            yield (int(begins[2]), _column_number(begins[1])), (int(ends[2]), _column_number(ends[1]))


def _read_area(reference: str) -> _Area | None:
    """Return the area named like A1:D5; None if it is not."""
    first, _, last = reference.partition(":")
    begins, ends = _PLACE.fullmatch(first), _PLACE.fullmatch(last or first)
    if begins is None or ends is None:
        return None
    return _Area(_column_number(begins[1]), int(begins[2]), _column_number(ends[1]), int(ends[2]))


def _read_print_areas(book: Any) -> dict[str, _Area]:
    """Return the area around what is printed of each sheet for which one is set, by its number from 0."""
    found: dict[str, _Area] = {}
    for node in book.iter(f"{S}definedName"):
        if node.get("name") == "_xlnm.Print_Area":
            named = [part.rpartition("!")[2].replace("$", "") for part in (node.text or "").split(",")]
            areas = [area for each in named if (area := _read_area(each)) is not None]
            if areas:
                sides = list(zip(*areas, strict=True))
                found[node.get("localSheetId", "")] = _Area(
                    min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3])
                )
    return found


def _extend(printed: _Area, sheet: Any) -> _Area:
    """Return a sheet's area down to the first empty row below the printed one, and to the first empty column."""
    rows: set[int] = set()
    columns: set[int] = set()
    for place in (_PLACE.fullmatch(cell.get("r", "")) for cell in sheet.iter(f"{S}c") if len(cell)):
        if place is not None:
            rows.add(int(place[2]))
            columns.add(_column_number(place[1]))
    right, bottom = printed.right, printed.bottom
    while right + 1 in columns:
        right += 1
    while bottom + 1 in rows:
        bottom += 1
    beyond = sum(row > bottom for row in rows)
    if beyond > _MAX_NOTES * (len(rows) - beyond):
        bottom = max(rows)  # no notes: the report grew after its print area was set
    return _Area(0, 1, right, bottom)


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
