"""The workbook, the data package and the Chinese names, without a warehouse."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from orchestration.publishing import spreadsheet, workbook
from orchestration.publishing.datapackage import build_datapackage
from orchestration.publishing.describe import Mart, MartNames, load_mart_names
from orchestration.publishing.spreadsheet import EXCEL_CELL_CHARS, EXCEL_ROWS, fitting_rows
from orchestration.publishing.workbook import Sheet, write_workbook

NAMES = MartNames(
    marts={
        "dim_report": (("report_id",), "现行报告", "每份报告一行。"),
        "fct_quantity": (("quantity_id",), "数字", "每个数字一行。"),
    },
    columns={
        ("", "report_id"): ("报告编号", "文件内容的编号。"),
        ("", "sentence"): ("原句", "写有该数字的句子。"),
        ("fct_quantity", "sentence"): ("出处", "句子。"),
    },
)
FIGURES = [
    ("quantity_id", "VARCHAR", "Key."),
    ("report_id", "VARCHAR", "Report."),
    ("sentence", "VARCHAR", "Sentence."),
    ("value", "DOUBLE", "Value."),
]


def figures(rows: int) -> Mart:
    return NAMES.describe("fct_quantity", "One row per figure.", rows, FIGURES)


def written(tmp_path: Path, mart: Mart, rows: Sequence[tuple[Any, ...]]) -> tuple[Worksheet, Worksheet]:
    """Return the guide and the mart's sheet as read back."""
    write_workbook(tmp_path / "book.xlsx", [Sheet(mart, rows)])
    guide, sheet = openpyxl.load_workbook(tmp_path / "book.xlsx").worksheets
    return guide, sheet


def test_a_column_takes_the_name_of_its_mart_before_the_common_one() -> None:
    assert [column.name_zh for column in figures(0).columns] == ["quantity_id", "报告编号", "出处", "value"]


def test_a_generated_column_takes_its_name_from_its_comment() -> None:
    comment = "调解矛盾纠纷件数: Disputes mediated, in 件; null where the report is silent."
    (column,) = NAMES.describe("wide", "", 0, [("disputes_mediated", "DOUBLE", comment)]).columns
    assert (column.name_zh, column.is_generated) == ("调解矛盾纠纷件数", True)


@pytest.mark.parametrize(
    ("marts", "columns", "message"),
    [
        ("a,id,甲,每行\na,id,甲,每行\n", "", "marts.csv, row 3: mart 'a' occurs twice"),
        ("a,,甲,每行\n", "", "marts.csv, row 2: 'a' lacks"),
        ("a,id,甲,每行\n", "b,id,编号,键\n", "mart_columns.csv, row 2: 'b' is not in marts.csv"),
        (
            "a,id,甲,每行\n",
            "a,id,编号,键\na,id,编号,键\n",
            "mart_columns.csv, row 3: column 'id' occurs twice",
        ),
        ("a,id,甲,每行\n", ",id,编号,\n", "mart_columns.csv, row 2: column 'id' .* lacks"),
    ],
    ids=["mart twice", "no key", "unknown mart", "column twice", "no description"],
)
def test_a_bad_row_of_names_is_named(tmp_path: Path, marts: str, columns: str, message: str) -> None:
    (tmp_path / "publish").mkdir()
    (tmp_path / "publish" / "marts.csv").write_text(
        f"mart,key,name_zh,description_zh\n{marts}", encoding="utf-8"
    )
    (tmp_path / "publish" / "mart_columns.csv").write_text(
        f"mart,column,name_zh,description_zh\n{columns}", encoding="utf-8"
    )
    with pytest.raises(ValueError, match=message):
        load_mart_names(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        '=HYPERLINK("x")',
        "+8613800000000",
        "-5%",
        "＝1",
        " ＠SUM(A1)",
        "\t=1",
        "#N/A",
        "#REF!",
        "调解12件",
    ],
)
def test_text_stays_text_in_the_workbook(tmp_path: Path, text: str) -> None:
    _, sheet = written(tmp_path, figures(1), [("q", "r", text, 12.0)])
    cell = sheet["A3"]
    assert (cell.value, cell.data_type) == (text, "s")
    assert cell.quotePrefix is (text[0] in "=+-＝ \t")
    assert (sheet["B3"].value, sheet["B3"].data_type) == (12, "n")


def test_what_excel_cannot_hold_is_left_out_or_cut(tmp_path: Path) -> None:
    rows = [("q", "r", "普法\x0b宣传", None), ("q", "r", "=" + "长" * EXCEL_CELL_CHARS, None)]
    _, sheet = written(tmp_path, figures(2), rows)
    assert sheet["A3"].value == "普法宣传"
    assert sheet["B3"].value is None
    assert (len(sheet["A4"].value), sheet["A4"].value[-1], sheet["A4"].data_type) == (
        EXCEL_CELL_CHARS,
        "…",
        "s",
    )


def test_a_sheet_has_chinese_headings_that_stay_in_view_content_first_and_ids_last(tmp_path: Path) -> None:
    _, sheet = written(tmp_path, figures(1), [("q", "r", "调解12件", 12.0)])
    assert [cell.value for cell in sheet[2]] == ["出处", "value", "quantity_id", "报告编号"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B3", "A2:D3")
    assert sheet.column_dimensions["A"].width > sheet.column_dimensions["D"].width > 0
    guide, _ = written(tmp_path, figures(1), [("q", "r", "调解12件", 12.0)])
    named = {(row[2].value, row[3].value) for row in guide.iter_rows()}
    assert ("出处", "fct_quantity.sentence") in named


def test_columns_of_problems_are_wide(tmp_path: Path) -> None:
    mart = NAMES.describe("dim_report", "", 1, [("file", "VARCHAR", ""), ("problem_zh", "VARCHAR", "")])
    _, sheet = written(
        tmp_path, mart, [("王芳.csv", "更正值“很多”不是一个数，请照原文填写，例如 98 或 1,278")]
    )
    assert sheet.column_dimensions["B"].width > 2 * sheet.column_dimensions["A"].width


def test_omitted_rows_are_mentioned_in_the_sheet_and_in_the_guide(tmp_path: Path) -> None:
    guide, sheet = written(tmp_path, figures(3), [("q", "r", "调解12件", 12.0)])
    assert sheet["A1"].value == guide["C5"].value
    assert "1 of 3 rows" in sheet["A1"].value
    assert "parquet/fct_quantity.parquet" in sheet["A1"].value
    guide, sheet = written(tmp_path, figures(1), [("q", "r", "调解12件", 12.0)])
    assert sheet["A1"].value == "每个数字一行。"
    assert guide["C5"].value is None


def test_the_guide_leads_to_each_sheet(tmp_path: Path) -> None:
    guide, sheet = written(tmp_path, figures(1), [("q", "r", "调解12件", 12.0)])
    assert [cell.value for cell in guide[4]] == [
        "数字",
        1,
        "每个数字一行。",
        "One row per figure.",
    ]
    assert (
        guide["A4"].hyperlink.location == f"'{sheet.title}'!A1"
        or guide["A4"].hyperlink.target == f"#'{sheet.title}'!A1"
    )


def test_dates_numbers_and_booleans_keep_their_types(tmp_path: Path) -> None:
    columns = [("d", "DATE", ""), ("t", "TIMESTAMP", ""), ("b", "BOOLEAN", ""), ("i", "INTEGER", "")]
    mart = NAMES.describe("dim_report", "", 1, columns)
    _, sheet = written(tmp_path, mart, [(date(2026, 2, 9), datetime(2026, 2, 9, 8), False, 0)])
    assert [cell.data_type for cell in sheet[3]] == ["d", "d", "s", "n"]
    assert [cell.is_date for cell in sheet[3]] == [True, True, False, False]
    assert sheet["C3"].value == "否"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (58.0, "#,##0"),
        (1278, "#,##0"),
        (92.5, "#,##0.0"),
        (0.882352, "#,##0.00"),
        (2.0004, "#,##0.00"),
        (0.0012, "#,##0.0000"),
        (0.00001, "General"),
    ],
)
def test_a_number_is_shown_short_without_changing_its_value(tmp_path: Path, value: float, shown: str) -> None:
    _, sheet = written(tmp_path, figures(1), [("q", "r", "调解12件", value)])
    place = next(cell for cell in sheet[3] if cell.value == value)
    assert place.number_format == shown
    assert (place.alignment.horizontal, place.alignment.indent) == ("right", 1)  # off the next column


def test_a_year_has_no_thousands_separator(tmp_path: Path) -> None:
    columns = [("report_year", "INTEGER", ""), ("previous_year", "INTEGER", "")]
    _, sheet = written(tmp_path, NAMES.describe("dim_report", "", 1, columns), [(2024, 2023)])
    assert [cell.number_format for cell in sheet[3]] == ["0", "0"]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_values_that_are_not_numbers_leave_their_cells_empty(tmp_path: Path, value: float) -> None:
    _, sheet = written(tmp_path, figures(1), [("q", "r", "调解12件", value)])
    assert (sheet["B3"].value, sheet["B3"].data_type) == (None, "n")


def test_each_row_of_the_guide_is_as_high_as_its_text(tmp_path: Path) -> None:
    guide, _ = written(tmp_path, figures(3), [("q", "r", "调解12件", 12.0)])
    note = guide.row_dimensions[5].height  # the note on omitted rows, in both languages
    assert note is not None and note >= 2 * (guide.row_dimensions[4].height or workbook._LINE_HEIGHT)


def test_only_the_workbook_is_left(tmp_path: Path) -> None:
    leftover = tmp_path / "book.xlsx.scratch" / "rows"  # left by a killed run
    leftover.parent.mkdir()
    leftover.write_text("<row>")
    written(tmp_path, figures(1), [("q", "r", "调解12件", 12.0)])
    assert [path.name for path in tmp_path.iterdir()] == ["book.xlsx"]


@pytest.mark.parametrize("columns", [1, 22, 96])
def test_a_full_sheet_fits_into_excel(columns: int) -> None:
    rows = fitting_rows(columns)
    assert 0 < rows <= EXCEL_ROWS - 2
    assert rows * columns <= spreadsheet.SHEET_CELLS


def test_the_data_package_describes_files_types_and_keys() -> None:
    report = NAMES.describe("dim_report", "One row per report.", 2, [("report_id", "VARCHAR", "Key.")])
    made = datetime(2026, 2, 9, 8, tzinfo=UTC)
    package = json.loads(
        build_datapackage([report, figures(5)], {"dim_report": 120}, {"dim_report": 130}, made)
    )
    assert package["created"] == "2026-02-09T08:00:00Z"
    first, second = package["resources"]
    assert (first["path"], first["bytes"], first["alternatives"]) == (
        "csv/dim_report.csv",
        120,
        ["parquet/dim_report.parquet", "csv_zh/现行报告.csv"],
    )
    assert "foreignKeys" not in first["schema"]
    assert (second["path"], second["format"], second["rows"]) == (
        "parquet/fct_quantity.parquet",
        "parquet",
        5,
    )
    assert [field["type"] for field in second["schema"]["fields"]] == ["string", "string", "string", "number"]
    assert second["schema"]["primaryKey"] == ["quantity_id"]
    assert second["schema"]["foreignKeys"] == [
        {"fields": ["report_id"], "reference": {"resource": "dim_report", "fields": ["report_id"]}}
    ]


def test_a_type_without_a_field_type_is_named() -> None:
    mart = NAMES.describe("fct_quantity", "", 0, [("value", "HUGEINT", "")])
    with pytest.raises(ValueError, match=r"marts\.fct_quantity\.value: .* HUGEINT"):
        build_datapackage([mart], {}, {})


def test_the_reason_for_doubt_is_next_to_its_figure_and_coloured(tmp_path: Path) -> None:
    columns = [(name, "VARCHAR", name) for name in ("quantity_id", "unit", "value", "sentence", "doubt_zh")]
    mart = NAMES.describe("fct_quantity", "One row per figure.", 2, columns)
    rows = [("q1", "件", "9", "调解9件。", "9件大于8件，请核对原文"), ("q2", "件", "7", "调解7件。", None)]
    _, sheet = written(tmp_path, mart, rows)
    assert [cell.value for cell in sheet[2]] == ["unit", "value", "doubt_zh", "出处", "quantity_id"]
    assert (sheet["C3"].value, sheet["C4"].value) == ("9件大于8件，请核对原文", None)
    assert sheet["C3"].fill.start_color.rgb == "FFFFEFC6"
