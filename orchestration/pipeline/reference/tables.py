"""Read the CSV files of seeds/reference, as saved by editors and Excel.

The loader accepts UTF-8 with or without a byte order mark, UTF-16 and GB18030, any line ends, a
missing last one, and blank lines. Errors name file, row (the header is row 1) and reason.
`rows` describes the rows of each file; the stages give them meaning.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DELIMITERS = ",\t;，"  # Excel saves "Unicode text" with tabs, and some locales with semicolons
# 2026-11-29, 2026/11/29, 2026.11.29, 2026年11月29日
_DATE = re.compile(
    r"""
    (\d{4}) \s* (?: [-/.] | 年 ) \s* (\d{1,2}) \s* (?: [-/.] | 月 ) \s* (\d{1,2}) \s* 日?
    # e.g. 2026-11-29   2026年11月29日
    """,
    re.VERBOSE,
)

_BOOLEANS = {"TRUE": "true", "FALSE": "false"}  # as Excel saves them


class ReferenceTableError(ValueError):
    """Unusable reference data; the message has one line per invalid row."""


class ReferenceRow(dict[str, str]):
    """One row of a reference table, with its file and row number for messages."""

    def __init__(self, values: dict[str, str], path: Path, number: int) -> None:
        super().__init__(values)
        self.path = path
        self.number = number

    def error(self, reason: str) -> ReferenceTableError:
        """Return an error that names file, row number (the header is row 1) and reason."""
        return ReferenceTableError(f"{self.path}, row {self.number}: {reason}")


def decode_table(data: bytes, path: Path) -> str:
    """Decode a CSV file.

    Raises:
        ReferenceTableError: it has none of the accepted encodings; names the file.
    """
    encodings = [name for mark, name in _BOMS if data.startswith(mark)] or ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ReferenceTableError(
        f"{path}: neither UTF-8 nor GB18030 text; save it as CSV UTF-8 (请另存为 CSV UTF-8)"
    )


def normalise_date(text: str) -> str:
    """Return a date as people type it (2026/11/29, 2026年11月29日) as 2026-11-29; other text unchanged."""
    match = _DATE.fullmatch(text.strip())
    return f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}" if match else text


def split_table(path: Path) -> tuple[list[str], list[list[str]]]:
    """Return header and cells of a CSV file, unchecked.

    Raises:
        ReferenceTableError: it cannot be decoded, or a quotation mark is not closed.
        OSError: it cannot be read.
    """
    text = decode_table(path.read_bytes(), path)
    delimiter = max(_DELIMITERS, key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        lines = list(reader)
    except csv.Error as error:
        raise ReferenceTableError(f"{path}, row {reader.line_num}: {error}") from error
    header = [name.strip() for name in lines[0]] if lines else []
    while header and not header[-1]:  # empty columns that Excel keeps on the right
        header.pop()
    return header, lines[1:]


def read_reference_table(path: Path, columns: Iterable[str], key: str | None) -> list[ReferenceRow]:
    """Read a CSV with a header.

    Args:
        path: The table.
        columns: Required columns, in any order.
        key: The column whose value is required and unique; None without one.

    Returns:
        The rows, with stripped values; empty rows are left out.

    Raises:
        ReferenceTableError: A column is missing, or rows have too few or too many fields, or an empty or repeated
            key; names all of them.
        OSError: The file cannot be read.
    """
    rows, problems = read_usable_rows(path, columns, key)
    if problems:
        raise ReferenceTableError("\n".join(str(row.error(reason)) for row, reason in problems))
    return rows


def read_usable_rows(
    path: Path, columns: Iterable[str], key: str | None
) -> tuple[list[ReferenceRow], list[tuple[ReferenceRow, str]]]:
    """Read like `read_reference_table`, but return invalid rows with the reason instead of raising.

    Raises:
        ReferenceTableError: The table as a whole cannot be read.
        OSError: The file cannot be read.
    """
    header, lines = split_table(path)
    missing = [column for column in columns if column not in header]
    if missing:
        raise ReferenceTableError(f"{path}, row 1: missing columns {', '.join(missing)}")
    problems: list[tuple[ReferenceRow, str]] = []
    rows: list[ReferenceRow] = []
    seen: set[str] = set()
    for number, line in enumerate(lines, start=2):
        values = [_BOOLEANS.get(value.strip(), value.strip()) for value in line]
        if not any(values):
            continue
        row = ReferenceRow(dict(zip(header, values, strict=False)), path, number)
        if len(values) < len(header) or any(values[len(header) :]):
            problems.append((row, f"{len(values)} fields instead of {len(header)}"))
        elif key is not None and not row[key]:
            problems.append((row, f"{key} is empty"))
        elif key is not None and row[key] in seen:
            problems.append((row, f"{key} {row[key]!r} occurs twice"))
        else:
            seen.add(row[key] if key is not None else "")
            rows.append(row)
    return rows, problems
