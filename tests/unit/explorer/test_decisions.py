"""Decisions: one file per person, to which rows are only added, safe with concurrent writers."""

from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from orchestration.explorer.decision_states import count_reviewed
from orchestration.explorer.decisions import (
    HEADINGS,
    Decision,
    DecisionError,
    append_decision,
    latest_by_target,
    read_decisions,
    withdraw_decision,
)
from orchestration.explorer.pages.decide import read_form
from orchestration.explorer.wording import print_exact
from orchestration.pipeline.corrections import folder
from orchestration.settings import PROJECT_DIR

REFERENCE_DIR = PROJECT_DIR / "seeds" / "reference"

FIGURE = Decision(
    report_id="0123456789abcdef",
    quantity_id="0123456789abcdef-q7-0",
    value="12",
    person="王芳",
    decided_at="2026-03-01 09:00:00",
    seen="21件",
    seen_indicator="disputes.found",
)


def test_a_decision_is_a_row_that_a_spreadsheet_opens(tmp_path: Path) -> None:
    path = append_decision(tmp_path / "corrections", FIGURE)
    assert path.name == "王芳.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["quantity_id"], row["更正值"], row["更正人"], row["已确认"]) for row in rows] == [
        ("0123456789abcdef-q7-0", "12", "王芳", "")
    ]
    assert list(rows[0]) == list(HEADINGS.values())


def test_rows_are_added_and_never_changed(tmp_path: Path) -> None:
    append_decision(tmp_path, FIGURE)
    before = (tmp_path / "王芳.csv").read_bytes()
    append_decision(tmp_path, replace(FIGURE, value="13"))
    assert (tmp_path / "王芳.csv").read_bytes().startswith(before)
    assert [one.decision.value for one in read_decisions(tmp_path)] == ["12", "13"]
    assert [one.row_number for one in read_decisions(tmp_path)] == [2, 3]


def test_a_withdrawn_decision_keeps_its_row_but_decides_nothing(tmp_path: Path) -> None:
    append_decision(tmp_path, replace(FIGURE, value="11", person="李明"))
    append_decision(tmp_path, FIGURE)
    append_decision(tmp_path, replace(FIGURE, quantity_id="", township="500151-太平镇", value=""))
    [_, later, other] = read_decisions(tmp_path)
    withdraw_decision(tmp_path, later, "李明")
    [first, withdrawn, last] = read_decisions(tmp_path)
    assert (withdrawn.row_number, withdrawn.decision.is_withdrawn) == (2, True)
    assert withdrawn.decision.note.startswith("李明于") and "更正值 12" in withdrawn.decision.note
    assert last == other
    # what was decided before it stands again
    assert latest_by_target([first, withdrawn])[FIGURE.quantity_id] == first
    # the pipeline finds no decision in the row, and nothing wrong with it
    read = folder.read_decisions(REFERENCE_DIR, tmp_path, today=date(2026, 4, 1))
    assert read.problems == ()
    assert {(one.field, one.corrected_value) for one in read.corrections} == {
        ("value", "11.0"),
        ("county_code", "500151"),
        ("unit_name", "太平镇"),
        ("admin_level", "township"),
    }


def test_a_decision_that_changed_meanwhile_is_not_withdrawn(tmp_path: Path) -> None:
    path = append_decision(tmp_path, FIGURE)
    [written] = read_decisions(tmp_path)
    path.write_text(path.read_text(encoding="utf-8-sig").replace(",12,", ",14,"), encoding="utf-8-sig")
    before = path.read_bytes()
    with pytest.raises(DecisionError, match="已经改动"):
        withdraw_decision(tmp_path, written, "李明")
    with pytest.raises(DecisionError, match="撤销的人"):
        withdraw_decision(tmp_path, read_decisions(tmp_path)[0], " ")
    assert path.read_bytes() == before


def test_a_file_of_an_earlier_version_gets_the_new_column(tmp_path: Path) -> None:
    path = append_decision(tmp_path, FIGURE)
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    earlier = [lines[0].removesuffix(",收到日期"), lines[1].removesuffix(",")]
    path.write_bytes(("\ufeff" + "\r\n".join([*earlier, "0123456789abcdef,0123"])).encode())
    [known] = read_decisions(tmp_path)
    assert known.decision == FIGURE
    day = replace(FIGURE, quantity_id="", value="", received="2026-02-27")
    append_decision(tmp_path, day)
    assert [one.decision for one in read_decisions(tmp_path)] == [FIGURE, day]
    assert path.read_text(encoding="utf-8-sig").startswith(",".join(HEADINGS.values()))
    withdraw_decision(tmp_path, read_decisions(tmp_path)[-1], "李明")
    assert "收到日期 2026-02-27" in read_decisions(tmp_path)[-1].decision.note
    assert latest_by_target(read_decisions(tmp_path)) == {FIGURE.quantity_id: known}


def test_a_day_of_arrival_replaces_no_claim(tmp_path: Path) -> None:
    claim = replace(FIGURE, quantity_id="", value="", township="500151-太平镇")
    append_decision(tmp_path, claim)
    append_decision(tmp_path, replace(claim, township="", received="2026-02-27"))
    latest = latest_by_target(read_decisions(tmp_path))
    assert [one.decision.changes for one in latest.values()] == [
        {"township": "500151-太平镇"},
        {"received": "2026-02-27"},
    ]


def test_concurrent_writers_lose_no_row(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        list(
            pool.map(lambda number: append_decision(tmp_path, replace(FIGURE, value=str(number))), range(80))
        )
    written = [one.decision.value for one in read_decisions(tmp_path)]
    assert sorted(map(int, written)) == list(range(80))


def test_a_line_torn_by_a_crash_does_not_lose_later_decisions(tmp_path: Path) -> None:
    path = append_decision(tmp_path, FIGURE)
    with path.open("ab") as file:
        file.write(b"0123456789abcdef,0123")
    append_decision(tmp_path, replace(FIGURE, value="13"))
    assert [one.decision.value for one in read_decisions(tmp_path)] == ["12", "13"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "..", "C:\\x", "王 芳"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "corrections"
    try:
        path = append_decision(folder, replace(FIGURE, person=name))
    except DecisionError:
        return
    assert path.parent == folder
    assert not set(path.name) & set("/\\:")


@pytest.mark.parametrize(
    ("decision", "said"),
    [(replace(FIGURE, person=""), "更正人"), (replace(FIGURE, value=""), "没有填写")],
    ids=["nobody", "nothing decided"],
)
def test_what_cannot_be_written_says_why(tmp_path: Path, decision: Decision, said: str) -> None:
    with pytest.raises(DecisionError, match=said):
        append_decision(tmp_path, decision)
    assert read_decisions(tmp_path) == []


def test_a_note_that_looks_like_a_formula_is_text(tmp_path: Path) -> None:
    path = append_decision(tmp_path, replace(FIGURE, note='=HYPERLINK("http://x")\n第二行'))
    text = path.read_text(encoding="utf-8-sig")
    assert "\"'=HYPERLINK(" in text
    assert read_decisions(tmp_path)[0].decision.note == '=HYPERLINK("http://x") 第二行'


def test_precision_counts_the_last_decision_on_each_figure(tmp_path: Path) -> None:
    confirmed = replace(FIGURE, value="", confirmed="是")
    append_decision(tmp_path, FIGURE)
    append_decision(tmp_path, replace(confirmed, decided_at="2026-03-01 10:00:00"))
    append_decision(tmp_path, replace(confirmed, quantity_id="0123456789abcdef-q9-0", person="李强"))
    append_decision(tmp_path, replace(FIGURE, quantity_id="0123456789abcdef-q11-0", person="李强"))
    # period and scope say nothing about the indicator
    append_decision(tmp_path, replace(FIGURE, quantity_id="0123456789abcdef-q13-0", value="", scope="部分"))
    latest = latest_by_target(read_decisions(tmp_path)).values()
    assert count_reviewed(one.decision for one in latest) == {"disputes.found": (2, 3)}


@pytest.mark.parametrize("value", [12.345, 0.00004, 1234567.8912, 12.0])
def test_a_value_is_written_to_its_last_digit(value: float) -> None:
    figure = {"quantity_id": "q", "surface": "约数", "indicator_id": None, "value": value, "unit": "公里",
              "period": "report_year", "scope": "total"}  # fmt: skip
    report = {"report_id": "r", "title": None, "source_name": "a.txt", "report_year": 2024}
    form = {"action": "correct", "value": print_exact(value), "unit": "里", "indicator": "none"}
    # the form shows the exact value, so only the other field is decided
    assert read_form(form, report, figure).changes == {"unit": "里"}
    assert float(read_form({**form, "value": f"{value + 0.001!r}"}, report, figure).value) == value + 0.001


def test_files_of_others_are_left_to_the_pipeline(tmp_path: Path) -> None:
    (tmp_path / "gbk.csv").write_bytes("数字编号,更正值\nx-q1-0,3\n".encode("gb18030"))
    (tmp_path / "other.csv").write_text("数字编号,更正值\nx-q1-0,3\n", encoding="utf-8")
    append_decision(tmp_path, FIGURE)
    assert [one.file for one in read_decisions(tmp_path)] == ["王芳.csv"]
