"""People's decisions: a CSV file per person in `FAZHI_DATA/corrections/`, to which rows are only added.

The next refresh reads these files, like the workbooks that officers save there. A withdrawn decision keeps its row,
without the cells that decide: the pipeline skips it, and a note says what it was and who withdrew it.
`decision_states` tells what became of them. The header is in Chinese, and the encoding is UTF-8 with BOM, so that a
spreadsheet can open them.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path

from filelock import FileLock

from orchestration.pipeline.vocabulary import Period
from orchestration.publishing.spreadsheet import BOM, CODES_ZH, harmless
from orchestration.whole_files import write_whole

YES = "是"
RECEIVED = "received"  # end of the target, and of the form's address, for the day of arrival
# column of the file for each field of a Decision, in this order
HEADINGS = {
    "report_id": "report_id",
    "quantity_id": "quantity_id",
    "value": "更正值",
    "unit": "更正单位",
    "indicator": "更正指标",
    "period": "更正时期",
    "scope": "更正范围",
    "not_a_figure": "不是数字",
    "township": "更正乡镇",
    "year": "更正年份",
    "confirmed": "已确认",
    "note": "备注",
    "person": "更正人",
    "decided_at": "更正时间",
    "seen": "当时所见",
    "seen_indicator": "当时指标",
    "received": "收到日期",
}
_EARLIER_HEADER = [heading for name, heading in HEADINGS.items() if name != "received"]
PERIOD_WORDS = {
    Period.REPORT_YEAR: "本年",
    Period.PREVIOUS_YEAR: "上年",
    Period.PLAN: "计划",
    Period.OTHER: "其他",
}
SCOPE_WORDS = CODES_ZH["scope"]
_CHANGES = ("value", "unit", "indicator", "period", "scope", "not_a_figure", "township", "year", "received")
_NOT_IN_NAMES = re.compile(r"[^\w-]+")
_NAME_CHARS = 40
_LOCK_SECONDS = 5


class DecisionError(ValueError):
    """A decision that cannot be recorded; says why in Chinese."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One row: a person's decision on a figure or a report. Empty fields decide nothing.

    Attributes:
        quantity_id: the figure; empty for a report.
        confirmed: 是 if the figure is correct.
        decided_at: local time, for example 2026-03-01 14:05:09.
        seen, seen_indicator: the figure and its indicator_id when decided, for later readers.
        received: the day on which the report arrived, as 2026-02-27; the only change of its row.
    """

    report_id: str
    quantity_id: str = ""
    value: str = ""
    unit: str = ""
    indicator: str = ""
    period: str = ""
    scope: str = ""
    not_a_figure: str = ""
    township: str = ""
    year: str = ""
    confirmed: str = ""
    note: str = ""
    person: str = ""
    decided_at: str = ""
    seen: str = ""
    seen_indicator: str = ""
    received: str = ""

    @property
    def changes(self) -> dict[str, str]:
        """Return the fields that it decides, without a confirmation."""
        return {name: getattr(self, name) for name in _CHANGES if getattr(self, name)}

    @property
    def target(self) -> str:
        """Return the id of the figure, or of the report; the day of arrival is decided apart from township and year."""
        return f"{self.report_id}/{RECEIVED}" if self.received else self.quantity_id or self.report_id

    @property
    def is_withdrawn(self) -> bool:
        """Return whether it decides nothing any more."""
        return not self.changes and not self.confirmed


@dataclass(frozen=True, slots=True)
class WrittenDecision:
    """A decision with its file and row; rows are numbered as in a spreadsheet."""

    decision: Decision
    file: str
    row_number: int
    written_at: datetime | None


def append_decision(folder: Path, decision: Decision) -> Path:
    """Append a row to the person's file; concurrent writers wait for each other.

    Raises:
        DecisionError: nothing is decided, nobody is named, or the file cannot be written.
    """
    person = _NOT_IN_NAMES.sub("_", decision.person).strip("_")[:_NAME_CHARS]
    if not person:
        raise DecisionError("请填写更正人")
    if decision.is_withdrawn:
        raise DecisionError("没有填写任何更正，也没有确认")
    path = folder / f"{person}.csv"
    with _writing(path):
        _complete_header(path)
        _append_row(path, [_guard(getattr(decision, name)) for name in HEADINGS])
    return path


def withdraw_decision(folder: Path, written: WrittenDecision, person: str) -> None:
    """Empty the cells that decide, and say in the note what they were and who withdrew them.

    Raises:
        DecisionError: nobody is named, the row is no longer that decision, or the file cannot be written.
    """
    if not person.strip():
        raise DecisionError("请填写撤销的人")
    path = folder / written.file
    with _writing(path):
        _complete_header(path)
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
        if written.decision.is_withdrawn or written not in _read_file(path):
            raise DecisionError("这一项已经改动，请刷新页面再看")
        row = rows[written.row_number - 1]
        said = "，".join(
            f"{HEADINGS[name]} {getattr(written.decision, name)}"
            for name in (*written.decision.changes, "confirmed")
            if getattr(written.decision, name)
        )
        note = "；".join(one for one in (f"{person}于{now()}撤销（{said}）", written.decision.note) if one)
        for number, name in enumerate(HEADINGS):
            if name in _CHANGES or name == "confirmed":
                row[number] = ""
            elif name == "note":
                row[number] = _guard(note)
        _write_rows(path, rows)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Hold the lock of a person's file.

    Raises:
        DecisionError: the file cannot be written, or somebody else holds its lock.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f".{path.stem}.lock"), timeout=_LOCK_SECONDS):
            yield
    except OSError as error:  # includes a timeout of the lock
        raise DecisionError(f"写不进 {path}：{error}") from error


def _complete_header(path: Path) -> None:
    """Add the column that files of earlier versions lack; an incomplete row stays as it is."""
    if not path.exists() or not path.read_bytes().startswith(
        f"{BOM}{','.join(_EARLIER_HEADER)}\r\n".encode()
    ):
        return
    try:
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    except UnicodeDecodeError as error:
        raise DecisionError(f"{path} 已损坏（不是 UTF-8 文本），请改名后再保存") from error
    width = len(_EARLIER_HEADER)
    added = [HEADINGS["received"], *[""] * (len(rows) - 1)]
    wider = [[*row, cell] if len(row) == width else row for row, cell in zip(rows, added, strict=True)]
    _write_rows(path, wider)


def _write_rows(path: Path, rows: list[list[str]]) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    write_whole(path, BOM + buffer.getvalue())


def _append_row(path: Path, cells: list[str]) -> None:
    """Append in one write, and sync to disk; first end an incomplete last line left by a crash."""
    is_new = not path.exists() or path.stat().st_size == 0
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    if is_new:
        writer.writerow(HEADINGS.values())
    else:
        with path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                buffer.write("\r\n")
    writer.writerow(cells)
    with path.open("ab") as file:
        file.write(((BOM if is_new else "") + buffer.getvalue()).encode("utf-8"))
        file.flush()
        os.fsync(file.fileno())


def _guard(text: str) -> str:
    """Return one line; text that looks like a formula gets an apostrophe, which the reader removes."""
    line = " ".join(text.split())
    return line if re.fullmatch(r"-[\d.,]+", line) else harmless(line)


def read_decisions(folder: Path) -> list[WrittenDecision]:
    """Return all decisions made on these pages, oldest first; files with another header are not ours."""
    found: list[WrittenDecision] = []
    for path in sorted(folder.glob("*.csv")) if folder.is_dir() else ():
        try:
            found.extend(_read_file(path))
        except (OSError, UnicodeDecodeError, csv.Error):  # somebody else's file: the pipeline reports it
            continue
    return sorted(found, key=lambda one: (one.decision.decided_at, one.file, one.row_number))


def _read_file(path: Path) -> Iterator[WrittenDecision]:
    names = {heading: name for name, heading in HEADINGS.items()}
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        header = next(rows, [])
        if header not in (list(HEADINGS.values()), _EARLIER_HEADER):
            return
        for number, row in enumerate(rows, start=2):
            if len(row) != len(header):  # incomplete after a crash; the pipeline reports it
                continue
            cells: Mapping[str, str] = {
                names[heading]: cell.removeprefix("'") for heading, cell in zip(header, row, strict=True)
            }
            if cells.get("report_id"):
                yield WrittenDecision(
                    Decision(**cells), path.name, number, _read_time(cells.get("decided_at", ""))
                )


def _read_time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def latest_by_target(decisions: list[WrittenDecision]) -> dict[str, WrittenDecision]:
    """Return the last decision on each figure or report that was not withdrawn."""
    return {one.decision.target: one for one in decisions if not one.decision.is_withdrawn}


def now() -> str:
    """Return the local time in the format of the files."""
    return _local_time().isoformat(sep=" ", timespec="seconds")


def today() -> date:
    """Return the local date."""
    return _local_time().date()


def _local_time() -> datetime:
    return datetime.now(UTC).astimezone().replace(tzinfo=None)


assert tuple(HEADINGS) == tuple(field.name for field in fields(Decision))
