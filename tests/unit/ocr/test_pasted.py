"""Pictures of print on PDF pages of text, such as a table pasted as a screenshot."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from orchestration.pipeline.ocr import read as reading
from orchestration.pipeline.ocr.read import read_scan, read_stored_pages
from orchestration.pipeline.ocr.records import Page
from orchestration.pipeline.ocr.scans import Scan, find_scan
from orchestration.pipeline.ocr.store import PageStore, StoredPage
from tests.unit.ocr.scan_files import page_of, tiff_page

TEXT = [
    "石桥镇2024年法治政府建设年度报告",
    "全年召开法治工作专题会议6次，审核合同38份，群众满意。",
    "主要数据如下：",
]
AFTER = ["下一步，石桥镇将继续坚持依法行政，加强执法队伍建设。", "石桥镇人民政府"]
TABLE = tiff_page(0).crop((100, 200, 1500, 700))
PLACE = (90.0, 480.0, 400.0, 160.0)  # x, y, width, height in points


def page_with(
    picture: Image.Image,
    place: tuple[float, float, float, float] = PLACE,
    rotation: int = 0,
    clip: tuple[float, float, float, float] | None = None,
    *,
    indent: str = "　　",
    after: Sequence[str] = AFTER,
    typed: str = "",
) -> bytes:
    """Return a page with text above and below a picture; `typed` is the value of a field at its end."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(595, 842))
    canvas.setPageRotation(rotation)
    canvas.saveState()
    if clip is not None:
        path = canvas.beginPath()
        path.rect(*clip)
        canvas.clipPath(path, stroke=0, fill=0)
    canvas.drawImage(ImageReader(picture), *place)
    canvas.restoreState()
    canvas.setFont("STSong-Light", 14)
    for row, line in enumerate(TEXT):
        canvas.drawString(70 if row else 180, 760 - 24 * row, f"{indent}{line}" if row else line)
    for row, line in enumerate(after):
        canvas.drawString(70, 440 - 24 * row, f"{indent}{line}")
    if typed:
        canvas.acroForm.textfield(value=typed, x=70, y=300, width=80, height=20)
    canvas.save()
    return buffer.getvalue()


def rows_at(*rows: tuple[str, float, float]) -> Page:
    """Return OCR lines; each row is a text and its left end and middle in points from the top left corner."""
    lines = page_of([(text, 0, 0) for text, _, _ in rows]).lines
    placed = zip(lines, rows, strict=True)
    return replace(
        page_of([]),
        lines=tuple(replace(line, x=x / 595, y=y / 842 - line.height / 2) for line, (_, x, y) in placed),
    )


def draw_chart() -> Image.Image:
    """Return the table's picture as a chart, with bars of two years beside one another."""
    chart = Image.new("RGB", TABLE.size, "white")
    chart.paste(TABLE.crop((0, 0, 1400, 200)))
    for number, height in enumerate((120, 180, 90, 210, 60, 150)):
        left = 150 + 100 * number + 150 * (number // 2)
        chart.paste("#4472c4" if number % 2 else "#777777", (left, 480 - height, left + 90, 480))
    return chart


def shade(box: tuple[int, int, int, int]) -> Image.Image:
    """Return the table with a shaded part."""
    table = TABLE.crop((0, 0, 1140, 500))
    table.paste(table.crop(box).point([grey * 5 // 6 for grey in range(256)]), box)
    return table


DATA = page_with(TABLE)
TABLE_LINES = ["项目\t数量（件）", "调解纠纷：198件。", "行政处罚：27件。"]
FOUND = Scan("application/pdf", 1, (0,), True, (0,))
READ = rows_at(
    (TEXT[1].replace("38", "33"), 70, 106),  # the text, which OCR reads too
    *(("项目", 100, 220), ("数量（件）", 300, 220)),
    *(("调解纠纷", 100, 250), ("198", 310, 250), ("行政处罚", 100, 280), ("27", 310, 280)),
)


def test_a_table_that_is_a_picture_is_read_between_the_lines_of_the_text() -> None:
    assert find_scan(DATA) == FOUND
    read = read_scan(DATA, FOUND, {0: StoredPage(READ, None)}, "1")
    assert [line.strip() for line in read.read.text.split("\n")] == [
        *TEXT,
        *TABLE_LINES,
        *AFTER,
    ]
    assert [line.line.text for line in read.lines][-2:] == ["行政处罚", "27"]
    assert len(read.lines) == 6


@pytest.mark.parametrize("box", [(0, 0, 1140, 100), (0, 0, 250, 500)], ids=["row", "column"])
def test_a_table_with_a_shaded_part_is_no_chart(box: tuple[int, int, int, int]) -> None:
    assert find_scan(page_with(shade(box))) == FOUND


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(page_with(Image.new("L", (1400, 500), 255)), id="blank"),
        pytest.param(
            page_with(Image.fromarray(np.random.default_rng(1).integers(0, 255, (50, 140, 3), np.uint8))),
            id="a photograph",
        ),
        pytest.param(page_with(TABLE, (400, 480, 120, 120)), id="as small as a seal"),
        pytest.param(page_with(ImageOps.colorize(TABLE, "red", "white")), id="a letterhead"),
        pytest.param(page_with(draw_chart()), id="a chart"),
        pytest.param(page_with(TABLE, (60, 660, 480, 120)), id="a ground of text"),
        pytest.param(page_with(TABLE, clip=(90, 480, 400, 20)), id="cut off by its clip"),
        pytest.param(page_with(TABLE, rotation=90), id="a page on its side"),
    ],
)
def test_other_pictures_on_pages_of_text_are_left_alone(data: bytes) -> None:
    assert find_scan(data) is None


@pytest.mark.parametrize(
    ("page", "version", "unread"),
    [
        pytest.param(None, None, 1, id="without OCR"),
        pytest.param(rows_at((TEXT[1], 70, 106)), "1", 0, id="no print in the picture"),
        pytest.param(StoredPage(None, "it crashed"), "1", 1, id="unreadable"),
    ],
)
def test_the_text_counts_where_the_picture_gives_none(
    page: Page | StoredPage | None,
    version: str | None,
    unread: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored = page if isinstance(page, StoredPage) else StoredPage(page, None)
    monkeypatch.setattr(reading, "find_ocr_version", lambda: version)
    monkeypatch.setattr(PageStore, "find", lambda *_: {0: stored} if page else {})
    store = PageStore(tmp_path)
    assert read_stored_pages(DATA, hashlib.sha256(DATA).hexdigest(), store) == (None, unread)


def test_the_text_beside_a_picture_is_set_as_without_it() -> None:
    signed = ["石桥镇人民政府", "2025年1月6日"]
    data = page_with(TABLE, indent="", after=signed)
    lines = read_scan(data, FOUND, {0: StoredPage(READ, None)}, "1").read.text.split("\n")
    assert [line.strip() for line in lines] == [
        *TEXT,
        "项目\t数量（件）",
        "调解纠纷：198件。",
        "行政处罚：27件。",
        *signed,
    ]


def test_a_field_filled_in_beside_a_picture_is_read() -> None:
    data = page_with(TABLE, typed="46")
    assert read_scan(data, FOUND, {0: StoredPage(READ, None)}, "1").read.text.endswith("46")


def test_a_page_that_ocr_turned_is_read_as_a_picture() -> None:
    turned = replace(READ, turned_degrees=90)
    read = read_scan(DATA, FOUND, {0: StoredPage(turned, None)}, "1")
    assert "审核合同33份" in read.read.text and len(read.lines) == len(READ.lines)
