"""What spreadsheet programs can hold, and what they must not take for a formula."""

from __future__ import annotations

from orchestration.publishing.describe import Mart

BOM = "\ufeff"  # without it Excel takes UTF-8 for the local encoding
EXCEL_ROWS = 1_048_576  # of one sheet, its title and heading rows included
EXCEL_CELL_CHARS = 32_767
# XlsxWriter writes some 300,000 cells a second: a longer sheet would hold up every publish, and few
# computers open it. A sheet that is too long keeps the latest years and says so.
SHEET_CELLS = 500_000
CSV_CELLS = 10_000_000  # what a spreadsheet program may still open, in minutes; some 200 MB
FORMULA_STARTS = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
)  # what makes a spreadsheet take text for a formula (OWASP, CSV injection)


def fits_spreadsheet(mart: Mart) -> bool:
    """Whether a mart is worth a CSV: no longer than a sheet, and small enough to be opened."""
    return mart.rows < EXCEL_ROWS and mart.rows * len(mart.columns) <= CSV_CELLS


def fitting_rows(columns: int) -> int:
    """How many rows of so many columns go into one sheet."""
    return min(EXCEL_ROWS - HEAD_ROWS, SHEET_CELLS // columns)


HEAD_ROWS = 2  # what the sheet is, and the headings
