"""Reading the reference tables of seeds/reference, with errors that name file, row and reason."""

from __future__ import annotations

import csv
from pathlib import Path


class ReferenceRow(dict[str, str]):
    """One row of a reference table that knows where it stands."""

    def __init__(self, values: dict[str, str], path: Path, number: int) -> None:
        super().__init__(values)
        self._path = path
        self._number = number

    def error(self, reason: str) -> ValueError:
        """A ValueError that names file, row number (the header is row 1) and reason."""
        return ValueError(f"{self._path}, row {self._number}: {reason}")


def read_reference_table(path: Path, columns: tuple[str, ...], key: str | None) -> list[ReferenceRow]:
    """Read a CSV with a header.

    Args:
        path: The table.
        columns: Columns that it must have, in any order.
        key: The column whose value is required and unique; None where no column is.

    Returns:
        The rows, values without surrounding white space.

    Raises:
        ValueError: A column is missing, a row has too few or too many fields, or a key is empty or repeated.
        OSError: The file cannot be read.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [column for column in columns if column not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(f"{path}, row 1: missing columns {', '.join(missing)}")
        rows: list[ReferenceRow] = []
        seen: set[str] = set()
        for number, values in enumerate(reader, start=2):
            if None in values or None in values.values():
                raise ValueError(f"{path}, row {number}: not {len(reader.fieldnames or ())} fields")
            row = ReferenceRow({name: value.strip() for name, value in values.items()}, path, number)
            if key is not None:
                if not row[key]:
                    raise row.error(f"{key} is empty")
                if row[key] in seen:
                    raise row.error(f"{key} {row[key]!r} occurs twice")
                seen.add(row[key])
            rows.append(row)
    return rows
