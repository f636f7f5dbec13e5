"""Where lines are in the clean text, and OCR's confidence in a figure."""

from __future__ import annotations

import pytest

from orchestration.pipeline.ocr.read import ReadLine
from orchestration.pipeline.ocr.records import Line
from orchestration.pipeline.ocr.spans import LineSpan, locate_lines, lower_confidence, span_confidence
from orchestration.pipeline.records import Quantity


def line(text: str) -> ReadLine:
    return ReadLine(1, 0, Line(text, 0.1, 0.1, 0.5, 0.02, 0.9, (0.9,) * len(text)))


def located(lines: list[str], text: str) -> list[tuple[str, bool] | None]:
    spans = locate_lines([line(said) for said in lines], text)
    return [(text[span.start : span.end], span.is_exact) if span else None for span in spans]


def test_joined_lines_are_found_again() -> None:
    text = "石桥镇2024年报告\n调处纠纷198件，成功率97.5%。"
    assert located(["石桥镇2024年报告", "调处纠纷198", "件，成功率97.5%。"], text) == [
        ("石桥镇2024年报告", True),
        ("调处纠纷198", True),
        ("件，成功率97.5%。", True),
    ]


def test_folded_characters_and_blanks_are_the_same() -> None:
    assert located(["(一)成功率９７％"], "（一） 成功率97%") == [("（一） 成功率97%", True)]


def test_dropped_and_moved_lines() -> None:
    text = "石桥镇法治政府建设年度报告\n全年调解15件。\n全年培训15件。"
    assert located(["— 1 —", "全年调解15件。", "全年培训15件。", "石桥镇法治政府建设年度报告"], text) == [
        None,
        ("全年调解15件。", True),
        ("全年培训15件。", True),
        ("石桥镇法治政府建设年度报告", True),
    ]


def test_a_line_changed_by_cleaning_is_located_between_its_neighbours() -> None:
    text = "第一行文字在此。改写以后的第二行。第三行文字在此。"
    assert located(["第一行文字在此。", "改寫之後的第二行。", "第三行文字在此。"], text)[1] == (
        "改写以后的第二行。",
        False,
    )


def test_repeated_short_lines_are_distinguished_by_order() -> None:
    text = "办理12件。\n办理12件。"
    assert [span.start for span in locate_lines([line("办理12件。")] * 2, text) if span] == [0, 7]


TEXT = "调处198件。审核27件。"
SPANS = [LineSpan(0, 7, True), LineSpan(7, 13, True)]
SURE = [[0.99, 0.99, 0.99, 0.6, 0.99, 0.99, 0.99], [0.99] * 6]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        pytest.param(2, 6, 0.6, id="its weakest digit"),
        pytest.param(9, 12, 0.99, id="not another line's digit"),
        pytest.param(0, 2, 0.9343, id="the mean of its line where its characters are surer"),
        pytest.param(5, 9, 0.9343, id="over two lines the weaker"),
    ],
)
def test_confidence_of_a_span(start: int, end: int, expected: float) -> None:
    assert span_confidence(start, end, TEXT, SPANS, SURE) == pytest.approx(expected, abs=1e-4)


def test_changed_line_counts_with_its_weakest_character() -> None:
    assert span_confidence(0, 2, TEXT, [LineSpan(0, 7, False)], SURE[:1]) == 0.6


def test_text_without_a_line_has_no_confidence() -> None:
    assert span_confidence(7, 9, TEXT, SPANS[:1], SURE[:1]) is None


def figure(report_id: str, start: int, end: int, correction_id: str | None) -> Quantity:
    return Quantity(
        f"{report_id}-q{start}-0", report_id, f"{report_id}-s000", "achievements", "disputes.resolved", 198, "件",
        "exact", "report_year", "total", "调处", TEXT[start:end], TEXT, 0, start, end, "disputes.resolved.1", 0.9,
        correction_id,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("quantity", "confidence", "ocr_confidence"),
    [
        pytest.param(figure("scan", 2, 6, None), 0.54, 0.6, id="of a scan: the product"),
        pytest.param(figure("scan", 2, 6, "c1"), 0.9, 0.6, id="corrected by a person: stays sure"),
        pytest.param(figure("text", 2, 6, None), 0.9, None, id="of a text: nothing of OCR"),
    ],
)
def test_ocr_lowers_the_confidence_of_a_figure(
    quantity: Quantity, confidence: float, ocr_confidence: float | None
) -> None:
    lines = [("scan", *span, sure) for span, sure in zip(SPANS, SURE, strict=True)]
    (found,) = lower_confidence([quantity], {"scan": TEXT, "text": TEXT}, lines)
    assert (found.confidence, found.ocr_confidence) == (confidence, ocr_confidence)
