"""Digits of a PDF whose map for copying names others than are seen."""

from __future__ import annotations

import io

import numpy as np
import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from orchestration.pipeline.ocr.scans import find_scan
from orchestration.pipeline.readers.pdf.digits import count_holes

PROSE = [
    "石桥镇坚持依法行政，扎实推进法治政府建设。",
    "全年排查矛盾纠纷",
    "下一步，加强执法队伍建设，持续提升依法行政水平。",
]


def page_with(number: str, named: dict[str, str], rotation: int = 0) -> bytes:
    """Return a page with a number in Helvetica, whose map names other digits."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(595, 842), pageCompression=0)
    canvas.setPageRotation(rotation)
    for row, line in enumerate(PROSE):
        canvas.setFont("STSong-Light", 14)
        canvas.drawString(70, 560 - 24 * row, line)
    canvas.setFont("Helvetica", 14)
    canvas.drawString(70 + 8 * 14, 536, number)
    canvas.setFont("STSong-Light", 14)
    canvas.drawString(72 + 8 * 14 + 8 * len(number), 536, "件。")
    canvas.save()
    pairs = "".join(f"<{ord(seen):02x}> <{ord(name):04x}>\n" for seen, name in named.items())
    table = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def "
        f"1 begincodespacerange <00> <ff> endcodespacerange {len(named)} beginbfchar\n{pairs}endbfchar endcmap end end"
    )
    mapped = f"999 0 obj\n<</Length {len(table)}>>stream\n{table}\nendstream\nendobj\n".encode()
    data = buffer.getvalue().replace(b"/BaseFont /Helvetica", b"/ToUnicode 999 0 R /BaseFont /Helvetica")
    # Without its table of places, the file is searched for objects.
    return data[: data.index(b"xref\n")] + mapped + data[data.rindex(b"trailer") : data.rindex(b"startxref")]


SAME = {digit: digit for digit in "0123456789"}


@pytest.mark.parametrize("rotation", [0, 90])
@pytest.mark.parametrize(
    ("number", "named"),
    [("348", {"3": "4", "4": "8", "8": "3"}), ("17", {"1": "8", "7": "0"}), ("5", {"5": "6", "6": "5"})],
)
def test_a_page_whose_digits_are_named_wrongly_is_one_for_ocr(
    number: str, named: dict[str, str], rotation: int
) -> None:
    scan = find_scan(page_with(number, SAME | named, rotation))
    assert scan is not None and (scan.pages, scan.has_report) == ((0,), False)


@pytest.mark.parametrize(
    ("number", "named"),
    [("0123456789", {}), ("69", {"6": "9", "9": "6"})],
    ids=["right", "digits that look alike to it"],
)
def test_other_digits_are_believed(number: str, named: dict[str, str]) -> None:
    assert find_scan(page_with(number, SAME | named)) is None


@pytest.mark.parametrize(
    ("rows", "holes"),
    [
        (["####", "#..#", "#..#", "####", "#..#", "#..#", "####"], 2),
        (["....", "####", "...#", "..#.", ".#..", "...."], 0),
        (["######", "#....#", "#.##.#", "#.##.#", "#....#", "######"], 1),
        (["...", "...", "..."], None),
    ],
    ids=["eight", "seven", "dotted nought", "blank"],
)
def test_holes_are_counted(rows: list[str], holes: int | None) -> None:
    small = np.array([[0 if mark == "#" else 255 for mark in row] for row in rows], np.uint8)
    picture = np.pad(small.repeat(3, axis=0).repeat(3, axis=1), 4, constant_values=255)
    assert (count_holes(picture), count_holes(255 - picture)) == (holes, holes)
