"""Shared parts of all sheets of a county's workbook: its rows, cell formats, text widths, print set-up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from orchestration.publishing.spreadsheet import TEXT_AS_TEXT, set_paper

Row = tuple[Any, ...]
TRENDS_TITLE = "趋势"


@dataclass(frozen=True, slots=True)
class County:
    """A county and all rows of its workbook.

    Attributes:
        rows: rows by sheet title, without the county's code.
        trends: indicator id, name, unit, township, year and value, grouped by indicator.
        indicators: rows of the catalogue: name, unit, domain, definition and id.
    """

    code: str
    name: str
    full_name: str
    rows: Mapping[str, Sequence[Row]]
    trends: Sequence[Row]
    indicators: Sequence[Row]


class CountyBook(Workbook):  # type: ignore[misc]  # XlsxWriter has no types
    """A workbook with all cell formats."""

    def __init__(self, target: Path | BinaryIO) -> None:
        super().__init__(target, TEXT_AS_TEXT | {"in_memory": True})  # otherwise a file on disk for each part
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}

    def styled(self, **properties: Any) -> Format:
        """Return a format in the workbook's font, created once."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            base = {"font_name": "微软雅黑", "font_size": 10, "valign": "top"}
            self._formats[key] = self.add_format(base | properties)
        return self._formats[key]


def set_print(worksheet: Worksheet, county: County, title: str) -> None:
    """Like `set_paper`, with county and sheet in the header."""
    set_paper(worksheet)
    worksheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
    worksheet.set_header(f"&C{county.name} {title}")
