"""Odd PDF files: text covered, clipped, on a layer or struck out; note marks, cells, glyphs without names."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName
from reportlab.pdfgen.canvas import Canvas

from orchestration.pipeline.ingest.files import read_report
from orchestration.pipeline.ocr.scans import find_scan
from orchestration.pipeline.readers import RejectedFile
from orchestration.pipeline.readers.layout.lines import INDENT, set_lines
from orchestration.pipeline.readers.layout.shapes import Glyph
from orchestration.pipeline.readers.pdf import reader as pdf
from tests.unit.ingest.readers.pdf.files import make_pdf, show, stream, write_pdf

TITLE = "松坪镇2023年法治政府建设年度报告"
HEADING = "一、主要做法"
NEW, OLD = "全年调解纠纷34件。", "旧稿：全年调解纠纷99件。"


def read_lines(draw: Callable[[Canvas], None], **options: object) -> list[str]:
    """Return the lines below the heading."""

    def page(canvas: Canvas) -> None:
        canvas.drawString(150, 780, TITLE)
        canvas.drawString(100, 750, "松坪镇坚持依法行政，推进法治政府建设，现将有关情况报")
        canvas.drawString(72, 725, "告如下。")
        canvas.drawString(100, 700, HEADING)
        draw(canvas)

    lines = [line.strip() for line in pdf.read(make_pdf(page, **options)).text.split("\n")]  # type: ignore[arg-type]
    return lines[lines.index(HEADING) + 1 :]


def _cover(canvas: Canvas) -> None:
    canvas.drawString(100, 650, "全年调解纠纷40件。")
    canvas.setFillGray(1)
    canvas.rect(95, 645, 200, 20, fill=1, stroke=0)
    canvas.setFillGray(0)
    canvas.drawString(100, 650, NEW)


def _blacken(canvas: Canvas) -> None:
    canvas.drawString(100, 650, NEW)
    canvas.drawString(100, 600, OLD)
    canvas.rect(95, 595, 300, 20, fill=1, stroke=0)


def _clip(canvas: Canvas) -> None:
    canvas.drawString(100, 650, NEW)
    canvas.saveState()
    path = canvas.beginPath()
    path.rect(0, 0, 10, 10)
    canvas.clipPath(path, stroke=0, fill=0)
    canvas.drawString(100, 600, OLD)
    canvas.restoreState()


def _only_clips(canvas: Canvas) -> None:
    canvas.drawString(100, 650, NEW)
    words = canvas.beginText(100, 600)
    words.setTextRenderMode(7)
    words.textOut(OLD)
    canvas.saveState()
    canvas.drawText(words)
    canvas.restoreState()


def _strike(canvas: Canvas) -> None:
    canvas.drawString(100, 650, "全年调解纠纷")
    canvas.drawString(184, 650, "40")
    canvas.drawString(198, 650, "34件。")
    mark = PDFDictionary()
    mark["Type"], mark["Subtype"] = PDFName("Annot"), PDFName("StrikeOut")
    mark["Rect"] = PDFArray([184, 648, 198, 664])
    mark["QuadPoints"] = PDFArray([184, 664, 198, 664, 184, 648, 198, 648])
    canvas._addAnnotation(mark)


@pytest.mark.parametrize("draw", [_cover, _blacken, _clip, _only_clips, _strike])
def test_covered_or_struck_out_text_is_not_read(draw: Callable[[Canvas], None]) -> None:
    assert read_lines(draw) == [NEW]


def _ground(canvas: Canvas) -> None:
    canvas.setFillGray(0.9)
    canvas.rect(95, 645, 200, 20, fill=1, stroke=0)
    canvas.setFillGray(0)
    canvas.drawString(100, 650, NEW)


def _highlight(canvas: Canvas) -> None:
    canvas.drawString(100, 650, NEW)
    canvas.setFillColorRGB(1, 1, 0)
    canvas.setFillAlpha(0.4)
    canvas.rect(95, 645, 200, 20, fill=1, stroke=0)


def _frame(canvas: Canvas) -> None:
    canvas.drawString(100, 650, NEW)
    canvas.rect(50, 500, 400, 250, fill=0, stroke=1)


def _clip_around(canvas: Canvas) -> None:
    path = canvas.beginPath()
    path.rect(90, 640, 300, 30)
    canvas.clipPath(path, stroke=0, fill=0)
    canvas.drawString(100, 650, NEW)


@pytest.mark.parametrize("draw", [_ground, _highlight, _frame, _clip_around])
def test_visible_text_is_read(draw: Callable[[Canvas], None]) -> None:
    assert read_lines(draw) == [NEW]


LAYERS = "/OCProperties<</OCGs[9 0 R 10 0 R]/D<</ON[9 0 R]/OFF[10 0 R]>>>>"
GROUPS = {9: b"<</Type/OCG/Name(on)>>", 10: b"<</Type/OCG/Name(off)>>"}
FORM = stream(
    show(100, 660, OLD),
    "/Type/XObject/Subtype/Form/BBox[0 0 595 842]/OC 10 0 R/Resources<</Font<</F1 5 0 R>>>>",
)


@pytest.mark.parametrize("width", [595, 3_000], ids=["A4", "a wall chart"])
@pytest.mark.parametrize(
    ("content", "resources"),
    [
        (b"/OC /B BDC " + show(100, 660, OLD) + b"EMC", "/Properties<</A 9 0 R/B 10 0 R>>"),
        (b"/X Do", "/XObject<</X 11 0 R>>/Properties<</A 9 0 R>>"),
    ],
    ids=["marked", "a form"],
)
def test_text_on_a_layer_that_is_switched_off_is_not_read(content: bytes, resources: str, width: int) -> None:
    shown = show(100, 780, TITLE) + b"/OC /A BDC " + show(100, 690, NEW) + b"EMC "
    objects = {**GROUPS, 11: FORM}
    data = write_pdf(shown + content, catalog=LAYERS, resources=resources, objects=objects, width=width)
    assert pdf.read(data).text.split("\n") == [TITLE, NEW]


NAMELESS = {
    8: b"<</Type/Font/Subtype/Type0/BaseFont/AAAAAA+F/Encoding/Identity-H/DescendantFonts[9 0 R]>>",
    9: b"<</Type/Font/Subtype/CIDFontType2/BaseFont/AAAAAA+F/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
    b"/Supplement 0>>/DW 500/CIDToGIDMap/Identity/FontDescriptor 10 0 R>>",
    10: b"<</Type/FontDescriptor/FontName/AAAAAA+F/Flags 4/FontBBox[0 -200 1000 900]/ItalicAngle 0/Ascent 880"
    b"/Descent -120/CapHeight 700/StemV 80>>",
}
DRAWN = {
    8: b"<</Type/Font/Subtype/Type3/FontBBox[0 0 500 700]/FontMatrix[.001 0 0 .001 0 0]/FirstChar 20/LastChar 21"
    b"/Widths[500 500]/Encoding<</Type/Encoding/Differences[20/g1/g2]>>/CharProcs<</g1 9 0 R/g2 9 0 R>>"
    b"/Resources<<>>>>",
    9: stream(b"500 0 d0 100 0 50 700 re f"),
}


@pytest.mark.parametrize(
    ("objects", "codes"),
    [(NAMELESS, "00140015"), (NAMELESS, "00330034"), (DRAWN, "1415")],
    ids=["", "digits", "drawn"],
)
def test_a_number_in_a_font_without_names_is_a_page_for_ocr_and_never_lost(
    objects: dict[int, bytes], codes: str
) -> None:
    words = show(100, 780, TITLE) + show(100, 690, "全镇围绕依法行政的要求推进各项工作，全年调解纠纷")
    number = f"BT /F2 14 Tf 436 690 Td <{codes}> Tj ET\n".encode()
    data = write_pdf(words + number + show(450, 690, "件。"), objects=objects)
    assert find_scan(data) is not None
    with pytest.raises(RejectedFile, match="a meaningless character") as refused:
        read_report(data, "x.pdf")
    assert refused.value.code == "undecodable"


@pytest.mark.parametrize("named", ["0000", "0020", "3000"], ids=["nothing", "a blank", "a wide blank"])
def test_digits_that_a_font_calls_blanks_are_a_page_for_ocr_and_never_lost(named: str) -> None:
    to_unicode = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap 1 begincodespacerange <0000> <FFFF>"
        f" endcodespacerange 2 beginbfchar <0031> <{named}> <0032> <{named}> endbfchar endcmap end end"
    )
    font = (
        b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[6 0 R]"
        b"/ToUnicode 9 0 R>>"
    )
    words = show(100, 780, TITLE) + show(100, 690, "全镇围绕依法行政的要求推进各项工作，全年调解纠纷12件。")
    data = write_pdf(words, objects={5: font, 9: stream(to_unicode.encode())})
    assert find_scan(data) is not None
    with pytest.raises(RejectedFile, match="a meaningless character"):
        read_report(data, "x.pdf")


def test_bullets_of_a_font_without_names_are_not_text() -> None:
    bullet = b"BT /F2 14 Tf 86 690 Td <0014> Tj ET\n"
    data = write_pdf(show(100, 780, TITLE) + bullet + show(100, 690, NEW), objects=NAMELESS)
    assert pdf.read(data).text.replace(INDENT, "").split("\n") == [TITLE, NEW]


def packed_page(change: Callable[[bytes], bytes]) -> bytes:
    """Return a page whose packed contents are changed."""
    rows = [TITLE, "松坪镇坚持依法行政，推进法治政府建设。", NEW, "下一步，加强执法队伍建设。"]
    contents = b"".join(show(72, 700 - 30 * number, row) for number, row in enumerate(rows))
    data = change(zlib.compress(contents))
    head = f"<</Filter/FlateDecode/Length {len(data)}>>stream\n".encode()
    return write_pdf(b"", objects={4: head + data + b"\nendstream"})


@pytest.mark.parametrize(
    "change",
    [lambda data: data[:-60], lambda data: data[:-60] + bytes(60), lambda data: data[:120] + b"\x07" * 400],
    ids=["cut off", "zeros", "overwritten"],
)
def test_a_page_whose_data_is_damaged_is_refused(change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(RejectedFile, match="breaks off") as refused:
        pdf.read(packed_page(change))
    assert refused.value.code == "truncated"


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data,
        lambda data: data[:-4],
        lambda data: data[:-4] + b"\0\0\0\0",
        lambda data: data + b"\r\n",
        lambda data: (
            (it := zlib.compressobj(0)).compress(zlib.decompress(data)) + it.flush(zlib.Z_SYNC_FLUSH)
        ),
    ],
    ids=["whole", "no checksum", "wrong checksum", "line end", "never closed"],
)
def test_a_wrong_end_is_no_damage(change: Callable[[bytes], bytes]) -> None:
    assert NEW in pdf.read(packed_page(change)).text


@pytest.mark.parametrize("mark", ["1", "[1]", "①"])
def test_a_superscript_is_not_a_digit(mark: str) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(100, 650, "全年调解纠纷34")
        canvas.setFont("STSong-Light", 7)
        canvas.drawString(198, 655, mark)
        canvas.setFont("STSong-Light", 14)
        canvas.drawString(198 + 7 * len(mark), 650, "件。")

    assert read_lines(draw) == ["全年调解纠纷34¹件。" if mark == "1" else NEW]


def _table(canvas: Canvas, rows: list[list[str]], pitch: float) -> None:
    """Draw each cell with its lines centred in its row."""
    canvas.setFont("STSong-Light", 12)
    for number, row in enumerate(rows):
        for x, cell in zip((72, 200, 320), row, strict=True):
            cell_lines = cell.split("\n")
            for index, line in enumerate(cell_lines):
                canvas.drawString(x, 640 - pitch * number + 8 * (len(cell_lines) - 1) - 16 * index, line)


@pytest.mark.parametrize(
    ("rows", "pitch"),
    [
        (
            [
                ["项目", "受理数量（件）", "办结数量（件）"],
                ["调解矛盾\n纠纷总数", "34", "33"],
                ["行政处罚\n案件", "12", "11"],
            ],
            40,
        ),
        (
            [
                ["项目", "受理数量\n（件）", "办结数量\n（件）"],
                ["调解矛盾纠纷总数", "34", "33"],
                ["行政处罚案件", "12", "11"],
            ],
            40,
        ),
        (
            [
                ["项目", "受理数量（件）", "办结数量（件）"],
                ["调解\n矛盾纠纷\n总数", "34", "33"],
                ["行政\n处罚\n案件", "12", "11"],
            ],
            56,
        ),
    ],
    ids=["two lines", "a header of two lines", "three lines"],
)
def test_lines_of_a_cell_are_put_together(rows: list[list[str]], pitch: float) -> None:
    assert read_lines(lambda canvas: _table(canvas, rows, pitch)) == [
        "项目\t受理数量（件）\t办结数量（件）",
        "调解矛盾纠纷总数：受理数量34件，办结数量33件。",
        "行政处罚案件：受理数量12件，办结数量11件。",
    ]


def test_lines_of_cells_that_begin_on_one_line_are_put_together() -> None:
    rows = [
        ["项目", "数量（件）", "备注"],
        ["行政处罚", "12", "均已按期办结"],
        ["案件", "", "并且公示"],
        ["信访", "4", "无"],
        ["矛盾纠纷", "133", "含网格员上报"],
        ["排查化解", "", "并化解的"],
        ["行政复议", "0", "无"],
    ]

    def draw(canvas: Canvas) -> None:
        for number, row in enumerate(rows):
            for x, cell in zip((72, 200, 320), row, strict=True):
                canvas.drawString(x, 640 - 18 * number, cell)
        canvas.drawString(72, 640 - 18 * 7, "以上数据截至年底，不含移送其他机关的案件。")

    assert read_lines(draw) == [
        "项目\t数量（件）\t备注",
        "行政处罚案件：12件，均已按期办结并且公示。",
        "信访：4件，无。",
        "矛盾纠纷排查化解：133件，含网格员上报并化解的。",
        "行政复议：0件，无。",
        "以上数据截至年底，不含移送其他机关的案件。",
    ]


def test_a_cell_of_three_full_lines_is_one() -> None:
    rows = [
        ["项目", "数量（件）", "备注"],
        ["矛盾纠纷", "133", "其中含网格员上报和"],
        ["", "", "信访部门转办的事项，"],
        ["", "", "均已化解。"],
        ["行政处罚", "12", "公示。"],
    ]

    def draw(canvas: Canvas) -> None:
        for number, row in enumerate(rows):
            for x, cell in zip((72, 200, 320), row, strict=True):
                canvas.drawString(x, 640 - 18 * number, cell)

    assert read_lines(draw)[1:] == [
        "矛盾纠纷：133件，其中含网格员上报和信访部门转办的事项，均已化解。",
        "行政处罚：12件，公示。",
    ]


def test_cells_that_nearly_touch_are_split_as_in_nearby_rows() -> None:
    rows = [
        ["项目", "受理数量（件）", "办结（件）"],
        ["调解矛盾纠纷", "3", "1"],
        ["行政处罚案件", "12", "11"],
    ]

    def draw(canvas: Canvas) -> None:
        for number, row in enumerate(rows):
            for x, cell in zip((72, 200, 308), row, strict=True):  # the header's second cell ends at 298
                canvas.drawString(x, 640 - 24 * number, cell)

    assert read_lines(draw)[1:] == [
        "调解矛盾纠纷：受理数量3件，办结1件。",
        "行政处罚案件：受理数量12件，办结11件。",
    ]


def test_a_paragraph_after_a_table_is_not_part_of_it() -> None:
    def draw(canvas: Canvas) -> None:
        _table(canvas, [["项目", "受理（件）", "办结（件）"], ["纠纷", "34", "33"], ["处罚", "12", "11"]], 24)
        canvas.drawString(72, 568, "二、打算")
        canvas.drawString(72, 544, "继续努力，做好各项工作，推进法治建设。")

    assert read_lines(draw)[-2:] == ["二、打算", "继续努力，做好各项工作，推进法治建设。"]


@pytest.mark.parametrize("is_filled", [True, False], ids=["a bar", "a line"])
def test_struck_out_text_is_not_read_and_leaves_no_gap(is_filled: bool) -> None:
    def draw(canvas: Canvas) -> None:
        words, size = (
            (("全年调解纠纷1", False), ("99", True), ("33件，", False), ("旧稿。", True), ("完。", False)),
            14,
        )
        x = 72.0
        for text, is_struck in words:
            canvas.drawString(x, 600, text)
            width = canvas.stringWidth(text, "STSong-Light", size)
            if is_struck and is_filled:
                canvas.rect(x, 604.5, width, 0.7, stroke=0, fill=1)
            elif is_struck:
                canvas.line(x, 605, x + width, 605)
            x += width
        canvas.drawString(72, 560, "下有横线的文字34件。")
        canvas.line(72, 557, 300, 557)
        canvas.drawString(200, 520, "装饰")
        canvas.line(72, 525, 500, 525)

    assert read_lines(draw) == ["全年调解纠纷133件，完。", "下有横线的文字34件。", "装饰"]


def test_text_printed_over_text_is_not_a_cell() -> None:
    glyphs = [
        Glyph(char, 10 * i, 10 * i + 10, base, 10) for base in (0, 6) for i, char in enumerate("调解纠纷")
    ]
    assert [line.text for line in set_lines(glyphs)] == ["调解纠纷", "调解纠纷"]


def test_a_file_that_only_its_owner_may_change_is_read() -> None:
    locked = StandardEncryption("", ownerPassword="x", canModify=0, strength=128)
    assert read_lines(lambda canvas: canvas.drawString(100, 650, NEW), encrypt=locked) == [NEW]
