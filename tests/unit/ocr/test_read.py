"""From recognised pages to the text of a file."""

from __future__ import annotations

import re

import pytest

from orchestration.pipeline.ocr.read import MAX_PAGES, ReadScan, read_scan
from orchestration.pipeline.ocr.records import Page
from orchestration.pipeline.ocr.scans import Scan, find_scan
from orchestration.pipeline.ocr.store import StoredPage
from orchestration.pipeline.readers import RejectedFile
from tests.unit.ocr.scan_files import SCAN, join_pdfs, page_of, text_pdf

HEAD = ("石桥镇政务公开", 10, -2)
FIRST = [
    ("石桥镇2024年法治政府建设年度报告", 6, 0),
    ("（一）健全决策机制。全年召开法治工作专题会议6次，", 2, 2),
    ("审核规范性文件12件、合同38份，法律顾问参与决策研究9", 0, 3),
    ("次。", 0, 4),
    ("（二）规范行政执法。办理案件27件，组织执法人员培训4", 2, 5),
]
SECOND = [("场次，46人参加考试，合格率97.8%，群众满意度持续上升", 0, 0), ("并保持稳定。", 0, 1)]


def read_pages(*pages: Page) -> ReadScan:
    scan = Scan("image/tiff", len(pages), tuple(range(len(pages))))
    return read_scan(b"", scan, {index: StoredPage(page, None) for index, page in enumerate(pages)}, "1")


@pytest.mark.parametrize("skew", [-2.0, 0.0, 1.5])
def test_lines_become_paragraphs_over_skew_and_pages(skew: float) -> None:
    pages = (
        page_of([HEAD, *FIRST, ("— 1 —", 13, 24)], skew=skew),
        page_of([HEAD, *SECOND, ("一2一", 13, 24)], skew=-skew),
    )
    read = read_pages(*pages)
    assert [line.strip() for line in read.read.text.split("\n")] == [
        "石桥镇2024年法治政府建设年度报告",
        "（一）健全决策机制。全年召开法治工作专题会议6次，审核规范性文件12件、合同38份，法律顾问参与决策研究9次。",
        "（二）规范行政执法。办理案件27件，组织执法人员培训4场次，46人参加考试，合格率97.8%，群众满意度持续上升并保持稳定。",
    ]
    assert read.read.fields == {"page_title": "石桥镇政务公开"}
    assert read.confidence == 0.99


def test_brackets_and_stops_next_to_chinese_become_full_width() -> None:
    read = read_pages(page_of([("(一)审核文件1,278件:均已备案,无一例外(含存量)", 2, 7), *FIRST]))
    assert "（一）审核文件1,278件：均已备案，无一例外（含存量）" in read.read.text


def test_cells_of_a_table_stay_separate() -> None:
    rows = [("调解纠纷数量", 0, 8), ("198件", 12, 8), ("办理案件数量", 0, 9), ("27件", 12, 9)]
    text = read_pages(page_of([*FIRST, *rows])).read.text
    assert "调解纠纷数量\t198件\n办理案件数量\t27件" in text


@pytest.mark.parametrize("skew", [-1.2, 0.0, 1.2])
def test_a_table_of_figures_reads_as_sentences(skew: float) -> None:
    rows = [
        *(("项目", 1, 8), ("受理数量（件）", 8.5, 8), ("办结数量（件）", 16.1, 8)),
        *(("调解矛盾", 0.5, 9.1), ("纠纷总数", 0.5, 9.9), ("3", 11.5, 9.5), ("1", 19, 9.5)),
        *(("行政处罚案件", 0, 11), ("1,278", 10.5, 11), ("12", 18.8, 11)),
    ]
    text = read_pages(page_of([*FIRST, *rows], skew=skew)).read.text
    assert text.endswith(
        "项目\t受理数量（件）\t办结数量（件）\n"
        "调解矛盾纠纷总数：受理数量3件，办结数量1件。\n行政处罚案件：受理数量1,278件，办结数量12件。"
    )


def test_text_pages_of_a_mixed_file_are_kept_in_place() -> None:
    data = join_pdfs(text_pdf(["法治工作取得成效，共办理案件31件。"] * 8), SCAN)
    scan = find_scan(data)
    assert scan is not None and scan.pages == (1, 2)
    read = read_scan(
        data, scan, {1: StoredPage(page_of(FIRST), None), 2: StoredPage(page_of(SECOND), None)}, "1"
    )
    assert re.search(r"案件31件.*合同38份.*97\.8%", read.read.text, re.DOTALL)
    assert {line.page_number for line in read.lines} == {2, 3}
    assert read.read.media_type == "application/pdf"


def stored(confidence: float) -> dict[int, StoredPage]:
    return {0: StoredPage(page_of(FIRST, sure=confidence), None), 1: StoredPage(page_of(SECOND), None)}


@pytest.mark.parametrize(
    ("pages", "version", "message"),
    [
        pytest.param({}, None, r"scanned: 2 of 2 pages .*`make ocr` installs.*扫描件", id="no library"),
        pytest.param({}, "1", r"scanned: waiting for OCR: .*, 2 not read yet.*等待文字识别", id="none read"),
        pytest.param(
            {0: StoredPage(page_of(FIRST), None)},
            "1",
            r"scanned: waiting for OCR.* 1 not read yet",
            id="one read",
        ),
        pytest.param(
            stored(0.9) | {1: StoredPage(None, "it was not read after 120 s")},
            "1",
            r"scanned: page 2 could not be read by OCR: it was not read after 120 s \(第2页无法识别\)",
            id="a page fails",
        ),
        pytest.param(stored(0.3), "1", r"scanned: .*not sure enough: mean confidence 0\.\d\d", id="smudge"),
        pytest.param(
            {0: StoredPage(page_of([]), None), 1: StoredPage(page_of([]), None)},
            "1",
            r"scanned: .*finds no text",
            id="pictures without print",
        ),
    ],
)
def test_refusals_say_why(pages: dict[int, StoredPage], version: str | None, message: str) -> None:
    with pytest.raises(RejectedFile, match=message):
        read_scan(b"", Scan("image/tiff", 2, (0, 1)), pages, version)


def test_pages_that_were_read_serve_without_the_library() -> None:
    read = read_scan(b"", Scan("image/tiff", 2, (0, 1)), stored(0.98), None)
    assert "合同38份" in read.read.text


def test_too_many_pages_are_refused() -> None:
    with pytest.raises(RejectedFile, match=f"too_large: .* the limit for OCR is {MAX_PAGES}"):
        read_scan(b"", Scan("image/tiff", 500, tuple(range(500))), {}, "1")


def test_foreign_print_is_not_a_report() -> None:
    page = page_of([("Annual report on the rule of law in the township", 0, row) for row in range(20)])
    with pytest.raises(RejectedFile, match="not_a_report_text"):
        read_pages(page)
