"""Read files of people's decisions as rows: workbooks and CSV, whatever program saved them.

Bytes in, rows with known columns out. `values` reads the cells; `figures` and `identify` apply the
decisions. A bad file raises nothing here; it becomes a problem to report.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from orchestration.pipeline.readers import RejectedFile
from orchestration.pipeline.readers.encoding import decode_text
from orchestration.pipeline.records import CorrectionFinding
from orchestration.pipeline.reference.tables import read_reference_table

WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xls", ".ods"})
TEXTS = frozenset({".csv", ".tsv", ".txt"})
KEYS = ("quantity_id", "report_id", "content_sha256")  # columns that name the row's report or figure
DECISIONS = (
    "value", "unit", "indicator_id", "period", "scope", "qualifier", "not_a_figure", "township",
    "report_year", "received_on", "confirmed",
)  # fmt: skip
_MAX_BYTES = 50_000_000
_MAX_CELLS = 5_000_000
_HEADER_ROWS = 20  # a heading and notes may be above the header
_DELIMITERS = ",\t;，"
_INVISIBLE = frozenset(("Cc", "Cf", "Zs", "Zl", "Zp"))  # categories that spreadsheets may skip
_BRACKETED = re.compile(r"[(（\[【].*?[)）\]】]")
_NOT_IN_HEADERS = re.compile(r"[\s:：*＊、/／·.。\"'“”]+")

Cell = str | int | float | bool | date | datetime | time | timedelta


@dataclass(frozen=True, slots=True)
class DecisionFile:
    """A file in the folder of corrections.

    Attributes:
        path: where it is.
        name: its path relative to that folder.
        modified_at: UTC, when it was last saved.
    """

    path: Path
    name: str
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A row of a table with columns for decisions.

    Attributes:
        file: its file.
        sheet: its sheet; None in a CSV.
        number: row number as in a spreadsheet; the first is 1.
        cells: canonical column → value, without empty cells.
        surplus: cells beyond the header, as an unquoted comma produces.
    """

    file: DecisionFile
    sheet: str | None
    number: int
    cells: Mapping[str, Cell]
    surplus: tuple[str, ...] = ()

    def text(self, column: str) -> str:
        """Return a cell as stripped text; empty for an empty cell."""
        return cell_text(self.cells.get(column, ""))


def load_columns(reference_dir: Path) -> dict[str, str]:
    """Read correction_columns.csv into normalised header → canonical column.

    Raises:
        ValueError: a row is invalid; with file and row.
    """
    rows = read_reference_table(
        reference_dir / "corrections" / "correction_columns.csv", ("column", "header"), "header"
    )
    return {normalise_header(row["header"]): row["column"] for row in rows}


def list_decision_files(folder: Path) -> tuple[list[DecisionFile], list[CorrectionFinding]]:
    """Return the files of decisions below a folder, oldest first, and problems; none without the folder.

    Lock, temporary, hidden and .md files are skipped.
    """
    files: list[DecisionFile] = []
    problems: list[CorrectionFinding] = []
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if not path.is_file() or path.name.startswith((".", "~$")):
            continue
        if path.suffix.lower() in {".lock", ".md", ".tmp"}:
            continue
        modified = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)
        file = DecisionFile(path, path.relative_to(folder).as_posix(), modified)
        if path.suffix.lower() in WORKBOOKS | TEXTS:
            files.append(file)
        else:
            problems.append(
                CorrectionFinding(
                    file.name, None, None, "unknown_format",
                    f"不能读取“{path.suffix or path.name}”格式，请另存为 .xlsx 或 .csv",
                    f"decisions cannot be read from {path.suffix or path.name}; save the file as .xlsx or .csv",
                )
            )  # fmt: skip
    return sorted(files, key=lambda file: (file.modified_at, file.name)), problems


def read_decision_rows(
    file: DecisionFile, columns: Mapping[str, str]
) -> tuple[list[DecisionRow], list[CorrectionFinding]]:
    """Return all rows of a file's tables that have a key column and a decision column, and problems.

    Other sheets are skipped, because a county's workbook has some; a file without such a table is a problem.

    Args:
        file: the file.
        columns: the result of `load_columns`.
    """
    try:
        if file.path.stat().st_size > _MAX_BYTES:
            raise _UnreadableError(
                "too_large", f"文件超过{_MAX_BYTES // 1_000_000}MB", f"larger than {_MAX_BYTES:,} bytes"
            )
        is_workbook = file.path.suffix.lower() in WORKBOOKS
        tables = _read_workbook(file.path) if is_workbook else [_read_csv(file.path, columns)]
    except _UnreadableError as error:
        return [], [CorrectionFinding(file.name, None, None, error.code, error.zh, error.en)]
    except OSError as error:
        reason = error.strerror or str(error)
        problem = f"cannot be opened: {reason}"
        return [], [CorrectionFinding(file.name, None, None, "unreadable", f"文件打不开：{reason}", problem)]
    rows: list[DecisionRow] = []
    has_table = False
    for sheet, cells in tables:
        header = find_header(cells, columns)
        if header is not None:
            has_table = True
            rows.extend(_read_rows(file, sheet, cells, *header))
    if not has_table and any(cells for _, cells in tables):
        return [], [_missing_header(file, tables)]
    return rows, []


class _UnreadableError(Exception):
    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.code, self.zh, self.en = code, zh, en


_Table = tuple[str | None, Sequence[Sequence[Cell]]]


def _read_workbook(path: Path) -> list[_Table]:
    try:
        # From memory, because the file may be replaced meanwhile and a damaged one must not stay open.
        book = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
        tables: list[_Table] = []
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            if sheet.total_height * sheet.total_width > _MAX_CELLS:
                raise _UnreadableError(
                    "too_large",
                    f"工作表“{name}”超过{_MAX_CELLS:,}格",
                    f"sheet {name}: more than {_MAX_CELLS:,} cells",
                )
            tables.append((name, sheet.to_python(skip_empty_area=False)))
    except PasswordError:
        raise _UnreadableError(
            "protected", "文件有密码，请去掉密码后另存", "the file needs a password"
        ) from None
    except (CalamineError, ValueError) as error:
        raise _UnreadableError(
            "unreadable", "不是完好的工作簿，请重新保存为 .xlsx", f"not a valid workbook: {error}"
        ) from None
    return tables


def _read_csv(path: Path, columns: Mapping[str, str]) -> _Table:
    data = path.read_bytes()
    if not data.strip():
        return None, []
    problem: Exception | None = None
    tables: list[Sequence[Sequence[Cell]]] = []
    decoders: tuple[Callable[[], str], ...] = (lambda: decode_text(data)[0], lambda: data.decode("gb18030"))
    for decode in decoders:
        try:
            text = decode()
            tables = [table for mark in _DELIMITERS if (table := _split(text, mark)) is not None]
        except (RejectedFile, UnicodeDecodeError) as error:
            problem = problem or error
            continue
        # Short GB18030 texts can be valid UTF-8, so take the reading that has a header.
        found = [table for table in tables if find_header(table, columns) is not None]
        if found:
            return None, max(found, key=lambda table: len((find_header(table, columns) or (0, {}))[1]))
    if tables:
        return None, tables[0]
    raise _UnreadableError(
        "unreadable",
        "不是能读懂的文本（编码不明或文件损坏）",
        f"not readable text: {problem or 'no table in it'}",
    )


def _split(text: str, delimiter: str) -> list[list[Cell]] | None:
    try:
        return [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
    except csv.Error:
        return None


def normalise_header(value: Cell) -> str:
    """Return the first line of a header in lower case, without white space, marks and bracketed text."""
    text = unicodedata.normalize("NFKC", str(value)).strip()
    first = next((line for line in text.splitlines() if line.strip()), "")
    return _NOT_IN_HEADERS.sub("", _BRACKETED.sub("", first)).lower()


def find_header(
    table: Sequence[Sequence[Cell]], columns: Mapping[str, str]
) -> tuple[int, dict[int, str]] | None:
    """Return the header row's index and its canonical columns by position; None without a header.

    Of two columns with the same meaning, the first wins.
    """
    for index, row in enumerate(table[:_HEADER_ROWS]):
        places: dict[int, str] = {}
        for place, value in enumerate(row):
            column = columns.get(normalise_header(value)) if isinstance(value, str) else None
            if column is not None and column not in places.values():
                places[place] = column
        found = set(places.values())
        if found & set(KEYS) and found & set(DECISIONS):
            return index, places
    return None


def _read_rows(
    file: DecisionFile,
    sheet: str | None,
    table: Sequence[Sequence[Cell]],
    start: int,
    places: Mapping[int, str],
) -> Iterator[DecisionRow]:
    width = max((place for place, value in enumerate(table[start]) if cell_text(value)), default=0) + 1
    for index, row in enumerate(table[start + 1 :], start=start + 2):
        cells = {
            places[place]: value for place, value in enumerate(row) if place in places and cell_text(value)
        }
        surplus = tuple(text for value in row[width:] if (text := cell_text(value)))
        if cells:
            yield DecisionRow(file, sheet, index, cells, surplus)


def _missing_header(file: DecisionFile, tables: Sequence[_Table]) -> CorrectionFinding:
    first = next(cells for _, cells in tables if cells)
    named = "、".join(text for value in first[0] if (text := cell_text(value)))[:80]
    return CorrectionFinding(
        file.name, None, None, "no_header",
        "没有找到表头：需要“数字编号”或“报告编号”一列，和“更正值”“更正指标”等至少一列",
        "no header: needs a column quantity_id or report_id, and one such as 更正值",
        named or None,
    )  # fmt: skip


def cell_text(value: Cell) -> str:
    """Return a cell as stripped text: integers without a point, dates as 2026-03-01, booleans as 是 and 否."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, str):
        return _without_guard(value.strip("\ufeff \t\r\n\u3000\u00a0"))
    return str(value)


def _without_guard(text: str) -> str:
    """Remove the apostrophe that guards text like a formula from being calculated, as our CSV files have it."""
    if not text.startswith("'"):
        return text
    seen = next((one for one in text[1:] if unicodedata.category(one) not in _INVISIBLE), "")
    sign = unicodedata.normalize("NFKC", seen)[:1]  # ＝ counts as =
    is_guarded = text[1:2] in tuple("\t\r\n") or sign in tuple("=+-@")
    return text[1:] if is_guarded else text
