"""The pages of a scan next to its text: the picture with frames around the lines that OCR read."""

from __future__ import annotations

from typing import Any

from orchestration.explorer.database import Reader, Row
from orchestration.explorer.view import NoSuchThingError, View
from orchestration.explorer.wording import Words
from orchestration.pipeline.vocabulary import TextSource

LINES_SQL = "select * from marts.scan_lines($report_id) order by page_number, line_number"
_MARGIN = 0.004  # of the page's width, between the print and its frame


def list_lines(reader: Reader, report: Row) -> list[Row]:
    """Return the lines of a scan with their boxes; empty for a text report."""
    if report["text_source"] != TextSource.OCR:
        return []
    return reader.rows(LINES_SQL, {"report_id": report["report_id"]})


def find_pages(lines: list[Row], figures: list[Row]) -> dict[str, int]:
    """Return the page of each figure by quantity_id; figures without a line are left out."""
    found: dict[str, int] = {}
    for figure in figures:
        page = next((line["page_number"] for line in lines if _holds(line, figure)), None)
        if page is not None:
            found[figure["quantity_id"]] = page
    return found


def show_page(
    view: View, lines: list[Row], figures: list[Row], pages: dict[str, int]
) -> dict[str, Any] | None:
    """Return the page of `?figure=` or `?scan=`, else the first: its number, frames and their figures.

    Frames are boxes in thousandths of the page, from its top left corner; `pages` is the result of `find_pages`.
    """
    numbers = sorted({line["page_number"] for line in lines})
    if not numbers:
        return None
    chosen = view.ask("figure")
    asked = view.ask_number("scan")
    number = pages.get(chosen) or (asked if asked in numbers else numbers[0])
    frames = [
        {
            "quantity_id": figure["quantity_id"],
            "said": f"{figure['surface']}：{figure['name']}",
            "is_chosen": figure["quantity_id"] == chosen,
            **_frame(line),
        }
        for line in lines
        if line["page_number"] == number
        for figure in figures
        if _holds(line, figure)
    ]
    return {
        "number": number,
        "numbers": numbers,
        "frames": sorted(frames, key=lambda frame: frame["is_chosen"]),  # the chosen one on top
    }


def find_picture(view: View) -> tuple[str, int, int]:
    """`/reports/<report_id>/pages/<number>`: report, index and degrees to turn of a page of a scan.

    Raises:
        NoSuchThingError: no line was read on such a page.
    """
    parameters = view.request.path_params
    turned = view.reader.value(
        "select turned_degrees from marts.scan_lines($report_id) where page_number = $number limit 1",
        {"report_id": parameters["report_id"], "number": parameters["number"]},
    )
    if turned is None:
        raise NoSuchThingError(Words("没有这一页的图片。", "There is no picture of this page."))
    return parameters["report_id"], parameters["number"] - 1, turned


def _holds(line: Row, figure: Row) -> bool:
    start, end = line["char_start"], line["char_end"]
    return start is not None and bool(start < figure["char_end"] and end > figure["char_start"])


def _frame(line: Row) -> dict[str, float]:
    left, top = line["x"] - _MARGIN, line["y"] - _MARGIN
    return {
        "x": round(1000 * left, 1),
        "y": round(1000 * top, 1),
        "width": round(1000 * (line["width"] + 2 * _MARGIN), 1),
        "height": round(1000 * (line["height"] + 2 * _MARGIN), 1),
    }
