"""The sheet of trends of a county's workbook: figures over the years as tables, with native charts next to them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from statistics import median
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from orchestration.pipeline.vocabulary import Scope
from orchestration.publishing.counties.book import (
    TRENDS_TITLE,
    County,
    CountyBook,
    Row,
    set_print,
)
from orchestration.publishing.spreadsheet import number_format

CHARTS = 6  # indicators shown
_CHART_TOWNSHIPS = 10  # maximum number of lines in a chart
_CHART_ROWS = 17  # rows of the sheet that a chart covers
_CHART_SIZE = {"width": 560, "height": 310}  # pixels
_PAPER_SIZE = 1040, 30  # pixels across and rows down of a landscape A4 within its margins, at full size
_NAME_WIDTH, _YEAR_WIDTH = 18, 9  # characters
_CHARACTER = 10  # pixels if another font replaces the workbook's; 8 in Excel
# Charts grow with the columns under them, and a page ends at a column: a chart cut off there fills another page.
_CHART_GROWTH, _COLUMN_LEFT = 1.36, 90
_SCALES = 65, 85  # per cent: smallest readable; two charts on a page


# how a cell shows that its figure is doubtful, or a part of what others count
_LOOKS: dict[str | None, dict[str, Any]] = {
    "doubtful": {"bg_color": "#FFEFC6", "font_color": "#7F6000"},
    Scope.PARTIAL: {"italic": True, "font_color": "#7F7F7F"},
}
_LEGEND: dict[str, str] = {"doubtful": "黄底的存疑，请先核对", Scope.PARTIAL: "斜体的只是部分"}


def write_trends(book: CountyBook, county: County) -> None:
    """Write a block per indicator: a table of townships and years with a chart."""
    worksheet: Worksheet = book.add_worksheet(TRENDS_TITLE)
    worksheet.set_column(0, 0, _NAME_WIDTH)
    worksheet.set_column(1, 12, _YEAR_WIDTH)
    worksheet.hide_gridlines(2)
    set_print(worksheet, county, TRENDS_TITLE)
    groups = [list(rows) for _, rows in groupby(county.trends, key=lambda row: row[0])][:CHARTS]
    if not groups:
        worksheet.write_string(0, 0, "还没有可以比较的数字。", book.styled(italic=True))
    years = sorted({row[4] for group in groups for row in group})
    starts = [0]
    for group in groups:
        starts.append(_write_trend(book, worksheet, starts[-1], group, years))
    table_width = (_NAME_WIDTH + (len(years) + 1) * _YEAR_WIDTH) * _CHARACTER
    width = table_width + _CHART_SIZE["width"] * _CHART_GROWTH + _COLUMN_LEFT
    scale = min(max(int(100 * _PAPER_SIZE[0] / width), _SCALES[0]), _SCALES[1])
    worksheet.set_print_scale(scale)  # with fit-to-paper, Excel would ignore our page breaks
    worksheet.set_h_pagebreaks(_break_pages(starts, _PAPER_SIZE[1] * 100 // scale))


def _break_pages(starts: Sequence[int], rows: int) -> list[int]:
    """Return the first row of each page so that no block that fits is split; the last of `starts` is the end."""
    breaks: list[int] = []
    top = 0
    for start, end in pairwise(starts):
        if end - 1 - top > rows and start > top:  # the last row of a block is empty
            breaks.append(top := start)
    return breaks


def _write_trend(
    book: CountyBook, worksheet: Worksheet, start: int, group: Sequence[Row], all_years: Sequence[int]
) -> int:
    """Write one block; return the first row of the next one."""
    _, name, unit, *_ = group[0]
    years = sorted({row[4] for row in group})
    townships = list(dict.fromkeys(row[3] for row in group))
    worksheet.write_string(start, 0, f"{name}（{unit}）", book.styled(bold=True, font_size=12))
    heading = book.styled(bold=True, bg_color="#1F4E79", font_color="#FFFFFF", border=1)
    worksheet.write_string(start + 1, 0, "乡镇街道", heading)
    for place, year in enumerate(years, start=1):
        worksheet.write_string(start + 1, place, f"{year}年", heading)
    values = {(row[3], row[4]): row[5] for row in group}
    remarks = {(row[3], row[4]): row[6] for row in group if row[6]}
    for number, township in enumerate(townships, start=start + 2):
        worksheet.write_string(number, 0, township, book.styled(bottom=1, bottom_color="#E7E6E6"))
        for place, year in enumerate(years, start=1):
            value = values.get((township, year))
            look = _LOOKS.get(remarks.get((township, year)), {})
            form = book.styled(num_format=number_format(value), bottom=1, bottom_color="#E7E6E6", **look)
            if value is None:
                worksheet.write_blank(number, place, None, form)
            else:
                worksheet.write_number(number, place, value, form)
    last = start + 1 + len(townships)
    worksheet.write_string(last + 1, 0, "中位数", book.styled(bold=True))
    for place, year in enumerate(years, start=1):
        column = xl_col_to_name(place)
        middle = median(row[5] for row in group if row[4] == year)
        worksheet.write_formula(
            last + 1, place, f"=MEDIAN({column}{start + 3}:{column}{last + 1})",
            book.styled(bold=True, num_format=number_format(middle)), middle,
        )  # fmt: skip
    said = "；".join(words for remark, words in _LEGEND.items() if remark in remarks.values())
    worksheet.write_string(last + 2, 0, said, book.styled(italic=True, font_color="#7F7F7F", font_size=9))
    title = f"{name}（{unit}）"
    if len(years) > 1 and len(townships) > _CHART_TOWNSHIPS:
        title += f"：只画表中前{_CHART_TOWNSHIPS}个和中位数"
    chart = _make_chart(book, start, len(townships), len(years), title)
    worksheet.insert_chart(start, len(all_years) + 2, chart)
    return max(last + 4, start + _CHART_ROWS)


def _make_chart(book: CountyBook, start: int, townships: int, years: int, title: str) -> Any:
    """Return a line chart over the years, or a column chart by township for a single year."""
    if years > 1:
        chart = book.add_chart({"type": "line"})
        shown = [*range(start + 2, start + 2 + min(townships, _CHART_TOWNSHIPS)), start + 2 + townships]
        for row in shown:
            is_median = row == shown[-1]
            line = {"width": 3, "color": "#404040", "dash_type": "dash"} if is_median else {"width": 1.75}
            chart.add_series({
                "name": [TRENDS_TITLE, row, 0],
                "categories": [TRENDS_TITLE, start + 1, 1, start + 1, years],
                "values": [TRENDS_TITLE, row, 1, row, years],
                "line": line,
                "marker": {"type": "circle", "size": 5},
            })  # fmt: skip
        chart.show_blanks_as("span")
        chart.set_legend({"position": "right", "font": {"size": 9}})
    else:
        chart = book.add_chart({"type": "column"})
        last = start + 1 + townships
        chart.add_series({
            "name": [TRENDS_TITLE, start + 1, 1],
            "categories": [TRENDS_TITLE, start + 2, 0, last, 0],
            "values": [TRENDS_TITLE, start + 2, 1, last, 1],
            "fill": {"color": "#2E75B6"},
            "data_labels": {"value": True},
            "gap": 60,
        })  # fmt: skip
        chart.set_legend({"none": True})
    chart.set_title({"name": title, "name_font": {"size": 11, "bold": False}, "overlay": False})
    chart.set_y_axis({"min": 0, "major_gridlines": {"visible": True, "line": {"color": "#E7E6E6"}}})
    chart.set_size(_CHART_SIZE)
    return chart
