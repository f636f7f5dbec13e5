"""Check the reference files before a run: each cell against the model of its row in `rows`."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from orchestration.pipeline.reference.rows import TABLES, Row
from orchestration.pipeline.reference.tables import ReferenceRow, ReferenceTableError, read_reference_table


def check_reference(reference_dir: Path) -> None:
    """Check every row of every reference file.

    Raises:
        ReferenceTableError: rows are invalid; names all of them, with file, row, column, value and expectation.
        OSError: a file is missing or cannot be read.
    """
    problems: list[str] = []
    for name, (model, key) in TABLES.items():
        try:
            rows = read_reference_table(reference_dir / name, model.model_fields, key)
        except ReferenceTableError as error:
            problems.append(str(error))
            continue
        for row in rows:
            problems += [str(row.error(str(cell))) for cell in find_bad_cells(row, model)]
    if problems:
        raise ReferenceTableError("\n".join(problems))


class CellProblem(NamedTuple):
    """A cell whose value is invalid for its column."""

    column: str
    value: str
    expected: str  # such as `is not a number`, to follow column and value

    def __str__(self) -> str:
        return f"{self.column} {self.value!r} {self.expected}"


def find_bad_cells(row: ReferenceRow, model: type[Row]) -> list[CellProblem]:
    """Return the cells of a row that are invalid by the model."""
    try:
        model.model_validate(row)
    except ValidationError as error:
        return [_describe(detail, row) for detail in error.errors()]
    return []


def _describe(detail: ErrorDetails, row: ReferenceRow) -> CellProblem:
    column = str(detail["loc"][0])
    if detail["type"] in ("literal_error", "enum"):
        allowed = str(detail["ctx"]["expected"]).replace("'", "").replace(" or ", ", ")
        return CellProblem(column, row[column], f"is not one of {allowed}")
    return CellProblem(column, row[column], _EXPECTED.get(detail["type"], detail["msg"]))


_EXPECTED = {
    "string_too_short": "must not be empty",
    "float_parsing": "is not a number",
    "finite_number": "is not a finite number",
    "int_parsing": "is not a whole number",
    "bool_parsing": "is neither true nor false",
    "date_from_datetime_parsing": "is not a date such as 2026-11-29",
    "date_parsing": "is not a date such as 2026-11-29",
}
