"""What spreadsheet programs can hold, and what they must not take for a formula."""

from __future__ import annotations

import unicodedata

from orchestration.publishing.describe import Mart

BOM = "\ufeff"  # without it Excel takes UTF-8 for the local encoding
EXCEL_ROWS = 1_048_576  # of one sheet, its title and heading rows included
EXCEL_CELL_CHARS = 32_767
# XlsxWriter writes some 300,000 cells a second: a longer sheet would hold up every publish, and few
# computers open it. A sheet that is too long keeps the latest years and says so.
SHEET_CELLS = 500_000
CSV_CELLS = 10_000_000  # what a spreadsheet program may still open, in minutes; some 200 MB
_TABS = "\t\r\n"
_FORMULA_STARTS = "".join(
    character
    for character in map(chr, range(0x21, 0x10000))
    if not 0xD800 <= ord(character) < 0xE000 and unicodedata.normalize("NFKC", character)[:1] in set("=+-@")
)  # ＝ ﹢ － ＠ … too: spreadsheets of East Asian systems read them as the narrow ones
_INVISIBLE = "".join(
    character
    for character in map(chr, range(0x10000))
    if unicodedata.category(character) in {"Cc", "Cf", "Zs", "Zl", "Zp"}
)  # a program may drop what nobody sees before it looks for a formula


def _character_class(characters: str) -> str:
    return "[" + "".join(f"\\x{{{ord(character):X}}}" for character in characters) + "]"


# For DuckDB (RE2). Text that begins with a tab or a line break is guarded in any case (OWASP, CSV injection).
FORMULA_PATTERN = (
    f"^(?:{_character_class(_INVISIBLE)}*{_character_class(_FORMULA_STARTS)}|{_character_class(_TABS)})"
)


def could_be_formula(text: str) -> bool:
    """Whether a spreadsheet might calculate this text instead of showing it."""
    begins = text.lstrip(_INVISIBLE)[:1]
    return text.startswith(tuple(_TABS)) or (begins != "" and begins in _FORMULA_STARTS)


def harmless(text: str) -> str:
    """Text that no spreadsheet calculates: with an apostrophe before it where one might."""
    return f"'{text}" if could_be_formula(text) else text


def fits_spreadsheet(mart: Mart) -> bool:
    """Whether a mart is worth a CSV: no longer than a sheet, and small enough to be opened."""
    return mart.rows < EXCEL_ROWS and mart.rows * len(mart.columns) <= CSV_CELLS


def fitting_rows(columns: int) -> int:
    """How many rows of so many columns go into one sheet."""
    return min(EXCEL_ROWS - HEAD_ROWS, SHEET_CELLS // columns)


HEAD_ROWS = 2  # what the sheet is, and the headings
