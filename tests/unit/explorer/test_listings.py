"""Downloads and charts: safe in a spreadsheet, with correct numbers."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from openpyxl import load_workbook

from orchestration.explorer.charts import Series, draw_histogram, draw_lines, print_compact, shade_of
from orchestration.explorer.listings import Column, Listing, write_csv, write_xlsx
from orchestration.explorer.wording import Words, print_number, whole_of, word

LISTING = Listing(
    "figures",
    Words("数字/表", "Figures"),
    (
        Column("name", Words("名称", "name")),
        Column("value", Words("数值", "value"), "number"),
        Column("period", Words("时期", "period"), "code"),
        Column("day", Words("日期", "day"), "date"),
        Column("ok", Words("是否", "flag"), "flag"),
    ),
    "select 1",
)
ROWS = [
    {"name": "=1+1", "value": 1234.5, "period": "report_year", "day": date(2026, 3, 1), "ok": True},
    {"name": "调解\x01", "value": None, "period": "plan", "day": None, "ok": None},
]


def test_a_csv_has_a_bom_chinese_words_and_no_formula() -> None:
    data = write_csv(LISTING, ROWS, "zh")
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.decode("utf-8-sig").splitlines() == [
        "名称,数值,时期,日期,是否",
        "'=1+1,1234.5,本年,2026-03-01,是",
        "调解\x01,,计划,,",
    ]
    assert (
        write_csv(LISTING, ROWS, "en")
        .decode("utf-8-sig")
        .splitlines()[1]
        .endswith("report year,2026-03-01,yes")
    )


@pytest.mark.parametrize("text", ["＝1+1", "\u3000＠SUM(A1)", "\ufeff=1+1", "\n=1+1", "-5%"])
def test_full_width_signs_and_blanks_do_not_hide_a_formula(text: str) -> None:
    row = ROWS[0] | {"name": text}
    (_, read) = csv.reader(io.StringIO(write_csv(LISTING, [row], "zh").decode("utf-8-sig"), newline=""))
    assert read[0] == f"'{text}"


def test_a_workbook_keeps_the_types_of_numbers_dates_and_text() -> None:
    sheet = load_workbook(io.BytesIO(write_xlsx(LISTING, ROWS, "zh"))).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == ["名称", "数值", "时期", "日期", "是否"]
    assert rows[1][:3] == ["=1+1", 1234.5, "本年"]
    assert sheet["A2"].data_type == "s"
    assert rows[1][3].date() == date(2026, 3, 1)
    assert rows[2][0] == "调解"


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (1234.0, "1,234"),
        (0.5, "0.5"),
        (0.001, "0.001"),
        (None, ""),
        (float("nan"), ""),
        (-3.0, "-3"),
        (99.166, "99.17"),
    ],
)
def test_numbers_are_printed_without_noise(value: float | None, printed: str) -> None:
    assert print_number(value) == printed


def test_the_words_for_the_whole_county_fit_its_kind() -> None:
    assert [whole_of(name) for name in ("铜梁区", "城口县", "廉江市", "阿荣旗", None)] == [
        "全区", "全县", "全市", "全旗", "全区县",
    ]  # fmt: skip


def test_a_code_without_words_stays_what_it_is() -> None:
    assert word("brand_new", "zh") == "brand_new"
    assert word("late", "zh") == "迟报"


def test_a_year_without_a_figure_breaks_the_line() -> None:
    series = Series("本镇", [(2020, 1.0), (2021, 2.0), (2023, 4.0), (2024, 3.0)], "own")
    chart = draw_lines("图", [series], [2020, 2021, 2022, 2023, 2024])
    assert chart.count("<polyline") == 2
    assert chart.count("<circle") == 4


def test_names_in_a_chart_are_text() -> None:
    chart = draw_lines("<b>", [Series("<script>", [(2020, 1.0), (2021, 2.0)], "own")], [2020, 2021])
    assert "<script" not in chart and "<b>" not in chart and "&lt;script&gt;" in chart


def test_the_highest_class_is_the_highest_bar() -> None:
    chart = draw_histogram("图", [(0, 10, 4), (10, 20, 8), (20, 30, 0)])
    heights = [float(part.split('"')[0]) for part in chart.split('height="')[1:] if "bar" not in part[:3]]
    assert max(heights) == heights[1] and heights[0] == pytest.approx(heights[1] / 2, rel=0.01)


@pytest.mark.parametrize(("share", "shade"), [(0, 0), (0.01, 1), (0.2, 1), (0.21, 2), (0.99, 5), (1, 5)])
def test_shades_are_fifths(share: float, shade: int) -> None:
    assert shade_of(share) == shade


def test_large_numbers_are_short() -> None:
    assert [print_compact(value) for value in (120_000, 350_000_000, 12.5, 1500)] == [
        "12万",
        "3.5亿",
        "12.5",
        "1,500",
    ]
