"""People's decisions: a CSV file per person in `FAZHI_DATA/corrections/`, to which rows are only added.

The next refresh reads these files, like the workbooks that officers save there. A withdrawn decision keeps its row,
without the cells that decide: the pipeline skips it, and a note says what it was and who withdrew it.
The header is in Chinese and the encoding UTF-8 with BOM, so that a spreadsheet can open them.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

from orchestration.explorer.database import Reader, Row
from orchestration.pipeline.corrections.conflicts import SUPERSEDED
from orchestration.pipeline.vocabulary import Period
from orchestration.publishing.spreadsheet import BOM, CODES_ZH, harmless
from orchestration.whole_files import write_whole

YES = "是"
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
}
PERIOD_WORDS = {
    Period.REPORT_YEAR: "本年",
    Period.PREVIOUS_YEAR: "上年",
    Period.PLAN: "计划",
    Period.OTHER: "其他",
}
SCOPE_WORDS = CODES_ZH["scope"]
_CHANGES = ("value", "unit", "indicator", "period", "scope", "not_a_figure", "township", "year")
_SAY_WRONG = {"value", "unit", "indicator", "not_a_figure"}
_NOT_IN_NAMES = re.compile(r"[^\w-]+")
_NAME_CHARS = 40
_LOCK_SECONDS = 5
_RESTORED = "下次刷新时恢复更正以前的内容"


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

    @property
    def changes(self) -> dict[str, str]:
        """Return the fields that it decides, without a confirmation."""
        return {name: getattr(self, name) for name in _CHANGES if getattr(self, name)}

    @property
    def target(self) -> str:
        """Return the id of the figure, or of the report."""
        return self.quantity_id or self.report_id

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


@dataclass(frozen=True, slots=True)
class DecisionState:
    """What became of a decision.

    Attributes:
        state: confirmed, waiting (for the next run), applied, replaced (by a later decision), withdrawn or failed.
        why: the words of the run that did not apply it, or that it is still applied; else empty.
    """

    written: WrittenDecision
    state: str
    why: str


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
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\r\n").writerows(rows)
        write_whole(path, BOM + buffer.getvalue())


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
        if header != list(HEADINGS.values()):
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


def standing_decisions(reader: Reader, decisions: list[WrittenDecision]) -> dict[str, WrittenDecision]:
    """Return the last decision on each figure or report, without those that a run could not apply."""
    failed = _read_failures(reader)
    latest = latest_by_target(decisions)
    return {target: one for target, one in latest.items() if (one.file, one.row_number) not in failed}


def measure_precision(reader: Reader, decisions: list[WrittenDecision]) -> dict[str, tuple[int, int]]:
    """Return indicator → (figures confirmed, reviewed): `marts.indicator_precision` and waiting decisions."""
    waiting = standing_decisions(reader, decisions)
    counts: dict[str, tuple[int, int]] = {}
    for row in reader.rows("select indicator_id, confirmed, reviewed from marts.indicator_precision"):
        counts[row["indicator_id"]] = row["confirmed"], row["reviewed"]
    for row in reader.rows("select quantity_id from marts.decisions where quantity_id is not null"):
        waiting.pop(row["quantity_id"], None)
    for indicator, (right, reviewed) in count_reviewed(one.decision for one in waiting.values()).items():
        known = counts.get(indicator, (0, 0))
        counts[indicator] = known[0] + right, known[1] + reviewed
    return counts


def count_reviewed(decisions: Iterable[Decision]) -> dict[str, tuple[int, int]]:
    """Return indicator → (figures confirmed, figures reviewed), counted like `marts.indicator_precision`.

    Decisions on period and scope do not concern the indicator.
    """
    counts: dict[str, tuple[int, int]] = {}
    for decision in decisions:
        is_wrong = bool(_SAY_WRONG & decision.changes.keys())
        if decision.quantity_id and decision.seen_indicator and (is_wrong or decision.confirmed):
            right, reviewed = counts.get(decision.seen_indicator, (0, 0))
            counts[decision.seen_indicator] = right + (not is_wrong), reviewed + 1
    return counts


def tell_states(
    reader: Reader, decisions: list[WrittenDecision], published_at: datetime
) -> list[DecisionState]:
    """Return the state of each decision.

    Args:
        published_at: when the published copy was made, in local time.
    """
    failed = _read_failures(reader)
    latest = latest_by_target(decisions)
    figures = [one.decision.quantity_id for one in decisions if one.decision.quantity_id]
    reports = [one.decision.report_id for one in decisions]
    rows = reader.rows(
        "select quantity_id, correction_id from marts.fct_quantity where quantity_id in $ids",
        {"ids": figures or [""]},
    )
    corrected = {row["quantity_id"]: row["correction_id"] is not None for row in rows}
    rows = reader.rows(
        "select report_id, correction_ids from marts.dim_report where report_id in $ids",
        {"ids": reports or [""]},
    )
    corrected |= {row["report_id"]: row["correction_ids"] is not None for row in rows}
    still_applied = _list_applied(reader) if any(one.decision.is_withdrawn for one in decisions) else set()
    told = []
    for one in decisions:
        target = one.decision.target
        code, why = failed.get((one.file, one.row_number), ("", ""))
        if one.decision.is_withdrawn:
            state, why = "withdrawn", _RESTORED if (one.file, one.row_number) in still_applied else ""
        elif code:
            state = "replaced" if code == SUPERSEDED else "failed"
        elif latest[target] is not one:
            state = "replaced"
        elif not one.decision.changes:
            state = "confirmed"
        elif one.written_at is None or one.written_at > published_at:
            state = "waiting"
        elif corrected.get(target) or (one.decision.not_a_figure and target not in corrected):
            state = "applied"
        else:
            state = "waiting"
        told.append(DecisionState(one, state, why))
    return told


def latest_states(
    reader: Reader, folder: Path, targets: Collection[str], published_at: datetime
) -> dict[str, DecisionState]:
    """Return the state of the last decision on each of these figures and reports that has one."""
    wanted = set(targets)
    own = [one for one in read_decisions(folder) if one.decision.target in wanted] if wanted else []
    standing = [one for one in own if not one.decision.is_withdrawn]
    told = tell_states(reader, standing, published_at) if standing else []
    return {state.written.decision.target: state for state in told}


def _list_applied(reader: Reader) -> set[tuple[str, int]]:
    """Return file and row of the decisions in the published copy."""
    return {
        (row["file"], row["row_number"])
        for row in reader.rows("select file, row_number from marts.decisions")
    }


def _read_failures(reader: Reader) -> dict[tuple[str, int], tuple[str, str]]:
    """Return file and row → code of the problem and its text."""
    rows = reader.rows(
        "select file, row_number, problem_code, problem_zh, nearest_match from marts.correction_findings"
    )
    return {(row["file"], row["row_number"]): (row["problem_code"], _say_failure(row)) for row in rows}


def _say_failure(row: Row) -> str:
    # the words of one that was replaced name the later one
    nearest = row["nearest_match"] if row["problem_code"] != SUPERSEDED else None
    return f"{row['problem_zh']}（最接近的是“{nearest}”）" if nearest else str(row["problem_zh"])


def now() -> str:
    """Return the local time in the format of the files."""
    return datetime.now(UTC).astimezone().replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")


assert tuple(HEADINGS) == tuple(field.name for field in fields(Decision))
