"""Overlays on the text of a PDF page: corrections, seals, filled-in fields, watermarks."""

from __future__ import annotations

import pytest

from orchestration.pipeline.ingest.files import read_report
from orchestration.pipeline.ocr.scans import find_scan
from orchestration.pipeline.readers import RejectedFile
from orchestration.pipeline.readers.layout.lines import set_lines
from orchestration.pipeline.readers.layout.shapes import Glyph
from orchestration.pipeline.readers.pdf import reader as pdf
from tests.unit.ingest.readers.pdf.files import show, stream, write_pdf

LINES = ["松坪镇坚持依法行政，推进法治政府建设。", "全年调解纠纷34件。", "下一步，加强执法队伍建设。"]
PLACES = list(zip((700, 660, 620), LINES, strict=True))
PRINT = b"".join(show(72, y, line) for y, line in PLACES)
DRAFT = PRINT.replace("34".encode("utf-16-be").hex().encode(), "99".encode("utf-16-be").hex().encode())
PATCH = b"1 1 1 rg 70 654 300 20 re f 0 g\n"
CORRECTED = PATCH + show(72, 660, LINES[1])
FONT = "/Resources<</Font<</F1 5 0 R>>>>"
FORM = f"/Type/XObject/Subtype/Form/BBox[0 0 595 842]{FONT}"
PICTURE = "/Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8"
STUCK = b"q 300 0 0 20 70 654 cm /X1 Do Q\n"
BOTH = "/XObject<</X1 9 0 R/X2 10 0 R>>"


def read_lines(content: bytes, objects: dict[int, bytes] | None = None, **more: str) -> list[str]:
    text = pdf.read(write_pdf(content, objects=objects, **more)).text  # type: ignore[arg-type]
    return [line.strip() for line in text.split("\n")]


CORRECTIONS = {
    "in a form": (b"/X1 Do", {9: stream(DRAFT + CORRECTED, FORM)}),
    "in a form of its own": (b"/X1 Do /X2 Do", {9: stream(DRAFT, FORM), 10: stream(CORRECTED, FORM)}),
    "in a form that is moved": (
        DRAFT + b"q 1 0 0 1 70 650 cm /X1 Do Q",
        {9: stream(b"1 1 1 rg 0 4 300 20 re f 0 g\n" + show(2, 10, LINES[1]), FORM)},
    ),
    "a picture": (DRAFT + STUCK + show(72, 660, LINES[1]), {9: stream(b"\xff", PICTURE)}),
}


@pytest.mark.parametrize("kind", CORRECTIONS)
def test_text_under_a_correction_is_not_read(kind: str) -> None:
    content, objects = CORRECTIONS[kind]
    assert read_lines(content, objects, resources=BOTH) == LINES


NUMBER = "/Rect[156 656 170 674]"  # around 34 of the second line
THICK = "<</Type/Annot/Subtype/Ink/Rect[150 656 176 674]/InkList[[156 665 170 665]]/F 4/AP<</N 21 0 R>>>>"
MARKS = {
    "a pen": "<</Type/Annot/Subtype/Ink/Rect[156 660 170 669]/InkList[[156 665 170 666]]/C[1 0 0]/F 4>>",
    "a line": "<</Type/Annot/Subtype/Line/Rect[156 664 170 666]/L[156 665 170 665]/F 4>>",
    "a circle": "<</Type/Annot/Subtype/Ink/Rect[150 645 176 685]/InkList[[150 665 163 684 176 665 163 646]]/F 4>>",
    "a caret": "<</Type/Annot/Subtype/Caret/Rect[154 656 158 668]/F 4>>",
    "a caret elsewhere": "<</Type/Annot/Subtype/Caret/Rect[100 656 104 668]/F 4>>",
    "a line below, with room for arrows": "<</Type/Annot/Subtype/Line/Rect[150 651 176 669]/L[156 656 170 656]/F 4>>",
    "a pen below": "<</Type/Annot/Subtype/Ink/Rect[150 650 176 668]/InkList[[156 656 170 657]]/F 4>>",
    "a pen not seen": "<</Type/Annot/Subtype/Ink/Rect[156 660 170 669]/InkList[[156 665 170 666]]/F 36>>",
    "a highlighter": THICK,
    "a thick dark pen": THICK,
    "a redaction": f"<</Type/Annot/Subtype/Redact{NUMBER}/IC[0 0 0]/F 4>>",
}
MARKED = {
    "a pen": "件",
    "a line": "件",
    "a thick dark pen": "件",
    "a caret": "\ufffd4件",
    "a redaction": "\ufffd\ufffd件",
}


@pytest.mark.parametrize("kind", MARKS)
def test_a_number_that_a_reviewer_marked_is_struck_out_or_unsure(kind: str) -> None:
    color = "1 1 0" if kind == "a highlighter" else "0 0 0"
    drawn = stream(
        f"{color} RG 14 w 156 665 m 170 665 l S".encode(), "/Type/XObject/Subtype/Form/BBox[150 656 176 674]"
    )
    objects = {20: MARKS[kind].encode(), 21: drawn}
    data = write_pdf(PRINT, page="/Annots[20 0 R]", objects=objects)
    assert f"调解纠纷{MARKED.get(kind, '34件')}" in pdf.read(data).text


@pytest.mark.parametrize(("ground", "color"), [("0 g", "0 g"), ("0.9 0.9 1 rg", "0.9 0.9 1 rg")])
def test_text_in_the_colour_of_its_ground_is_not_read(ground: str, color: str) -> None:
    box = f"{ground} 70 575 300 20 re f\n"
    hidden = f"{box}{color}\n".encode() + show(72, 580, "旧稿99件") + b"0 g\n"
    assert read_lines(PRINT + hidden) == LINES
    shown = f"{box}1 0 0 rg\n".encode() + show(72, 580, "另有99件") + b"0 g\n"
    assert read_lines(PRINT + shown)[-1] == "另有99件"
    on_it = f"{box}1 0 0 rg 70 575 m 370 575 l 370 595 l 70 595 l 60 585 l f {color}\n".encode()  # a ribbon
    assert read_lines(PRINT + on_it + show(72, 580, "另有99件") + b"0 g\n")[-1] == "另有99件"
    all_of_it = f"{color} 0 0 595 842 re f\n{color}\n".encode() + PRINT  # as of a pattern
    assert read_lines(all_of_it) == LINES


SEALS = {
    "a mask": (stream(b"\xff", PICTURE + "/SMask 10 0 R"), stream(b"\x40", PICTURE)),
    "a scan as large as the page": (stream(b"\xff", PICTURE), b"null"),
}


@pytest.mark.parametrize("kind", SEALS)
def test_pictures_that_leave_text_legible_do_not_hide_it(kind: str) -> None:
    size = b"300 0 0 20 70 654" if kind == "a mask" else b"595 0 0 842 0 0"
    picture, mask = SEALS[kind]
    content = PRINT + b"q %s cm /X1 Do Q" % size
    assert read_lines(content, {9: picture, 10: mask}, resources="/XObject<</X1 9 0 R>>") == LINES


def test_a_character_that_a_tag_names_is_read_where_its_form_stands() -> None:
    tagged = b"/Span<</ActualText<FEFF4E00>>>BDC " + show(170, 700, "⼀") + b"EMC "
    form = show(72, 700, "全年调解纠纷二") + tagged + show(184, 700, "件。") + show(72, 660, LINES[0])
    for content in (b"/X1 Do", b"q .5 0 0 .5 30 300 cm /X1 Do Q"):
        found = read_lines(content, {9: stream(form, FORM)}, resources="/XObject<</X1 9 0 R>>")
        assert found == ["全年调解纠纷二一件。", LINES[0]]


AREA = b"0.9 g 40 560 500 200 re f\n"
CUT = b"70 560 300 40 re W n "
CUTS = {
    "a shape": (b"q " + CUT + AREA + b"Q", FORM),
    "a shape in a form": (b"/X1 Do", FORM),
    "a form": (b"q " + CUT + b"/X1 Do Q", FORM),
    "a form with a small box": (b"/X1 Do", FORM.replace("[0 0 595 842]", "[70 560 370 600]")),
}


@pytest.mark.parametrize("kind", CUTS)
def test_what_is_cut_off_a_shape_hides_no_text(kind: str) -> None:
    content, head = CUTS[kind]
    form = stream((CUT if kind == "a shape in a form" else b"") + AREA, head)
    assert read_lines(PRINT + content, {9: form}, resources="/XObject<</X1 9 0 R>>") == LINES


def test_a_translucent_form_does_not_hide_text() -> None:
    form = stream(PATCH, FORM + "/Group<</S/Transparency>>")
    content = PRINT + b"/Gs gs /X1 Do"
    more = "/XObject<</X1 9 0 R>>/ExtGState<</Gs<</ca .3>>>>"
    assert read_lines(content, {9: form}, resources=more) == LINES


TYPED = {
    "a field": "/Subtype/Widget/FT/Tx/T(n)/V(34)",
    "a note": "/Subtype/FreeText/Contents(34)",
    "a field whose ground reaches too far": "/Subtype/Widget/FT/Tx/T(n)/V(34)/MK<</BG[.9 .9 1]>>",
}


@pytest.mark.parametrize("kind", TYPED)
def test_filled_in_fields_are_read_even_without_an_appearance(kind: str) -> None:
    width = 34 if kind.endswith("far") else 24
    field = f"<</Type/Annot{TYPED[kind]}/Rect[156 656 {156 + width} 674]/DA(0 g /F3 12 Tf)/F 4>>"
    objects = {
        3: f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Annots[9 0 R]{FONT}>>".encode(),
        9: field.encode(),
        10: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    }
    catalog = "/AcroForm<</NeedAppearances true/Fields[9 0 R]/DR<</Font<</F3 10 0 R>>>>>>"
    gap = (
        show(72, 700, LINES[0])
        + show(72, 660, "全年调解纠纷")
        + show(180, 660, "件。")
        + show(72, 620, LINES[2])
    )
    found = read_lines(gap, objects, catalog=catalog)
    assert [line.replace(" ", "") for line in found] == LINES


@pytest.mark.parametrize(("flags", "is_read"), [(4, True), (36, True), (32, False), (2, False)])
def test_fields_that_nobody_sees_are_not_read(flags: int, is_read: bool) -> None:
    objects = {
        3: f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Annots[9 0 R]{FONT}>>".encode(),
        9: f"<</Type/Annot/Subtype/Widget/FT/Tx/T(n)/V(99)/Rect[72 576 110 594]/DA(0 g /F3 12 Tf)/F {flags}>>".encode(),
        10: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    }
    catalog = "/AcroForm<</NeedAppearances true/Fields[9 0 R]/DR<</Font<</F3 10 0 R>>>>>>"
    assert ("99" in "".join(read_lines(PRINT, objects, catalog=catalog))) is is_read


def test_a_number_printed_over_another_is_refused() -> None:
    content = PRINT * 3 + show(72 + 6 * 14, 660, "99")
    with pytest.raises(RejectedFile, match="调解纠纷") as refused:
        read_report(write_pdf(content), "report.pdf")
    assert refused.value.code == "undecodable"


@pytest.mark.parametrize(
    ("second", "shown"),
    [
        (Glyph("3", 11, 16, 0, 10), "调3"),
        (Glyph("9", 10, 15, 0, 10), "调��"),
        (Glyph("件", 11, 21, 0, 10), "调��"),
        (Glyph("9", 14, 19, 0, 10), "调39"),
        (Glyph("○", 10, 20, 0, 10), "调3○"),
    ],
    ids=["bold", "another number", "a word", "close", "a circle around it"],
)
def test_only_digits_that_lie_on_another_character_are_lost(second: Glyph, shown: str) -> None:
    glyphs = [Glyph("调", 0, 10, 0, 10), Glyph("3", 10, 15, 0, 10), second]
    assert [line.text for line in set_lines(glyphs)] == [shown]


@pytest.mark.parametrize("look", [b".85 g ", b"/Gs gs "], ids=["pale", "transparent"])
def test_pale_words_all_over_a_page_are_a_watermark(look: bytes) -> None:
    marks = b"".join(show(90 + 9 * n, 705 - 40 * n, "第12号专用") for n in range(4))
    states = "/ExtGState<</Gs<</ca .2>>>>"
    assert read_lines(b"q " + look + marks + b"Q " + PRINT, resources=states) == LINES
    once = read_lines(b"q " + look + show(72, 580, "注：不含信访。") + b"Q " + PRINT, resources=states)
    assert once == [*LINES, "注：不含信访。"]


@pytest.mark.parametrize("words", ["行政处罚", "2024年", "1000件"])
def test_pale_words_of_a_dark_table_and_pale_figures_are_read(words: str) -> None:
    ground = b".2 .3 .4 rg 60 450 480 120 re f 0 g\n" if words == "行政处罚" else b""
    cells = b"q .9 g " + b"".join(show(72, 540 - 30 * n, words) for n in range(3)) + b"Q "
    found = read_lines(PRINT + ground + cells)
    assert "".join(found).count(words) == 3


def test_pale_labels_in_lines_of_print_are_read() -> None:
    labels = b".75 g " + b"".join(show(72, 540 - 30 * n, "邻里纠纷") for n in range(3)) + b"0 g "
    figures = b"".join(show(128, 540 - 30 * n, f"{41 + n}件，全部办结。") for n in range(3))
    assert read_lines(PRINT + labels + figures)[-3:] == [f"邻里纠纷{41 + n}件，全部办结。" for n in range(3)]
    assert "邻里纠纷" not in "".join(read_lines(PRINT + labels + show(128, 540, "41件。")))
    below = b"".join(show(72, 540 - 30 * n, f"全年调解{41 + n}件，全部办结。") for n in range(3))
    assert read_lines(PRINT + labels + below)[-3:] == [f"全年调解{41 + n}件，全部办结。" for n in range(3)]


def test_wide_blanks_of_a_page_on_its_side_are_blanks() -> None:
    content = (
        b"q 0 1 -1 0 595 0 cm " + b"".join(show(72, y - 300, "　　2024年，" + t) for y, t in PLACES) + b"Q"
    )
    page = f"<</Type/Page/Parent 2 0 R/Rotate 90/MediaBox[0 0 595 842]/Contents 4 0 R{FONT}>>"
    assert read_lines(content, {3: page.encode()}) == ["2024年，" + line for line in LINES]


def test_a_letter_that_carries_the_report_as_a_file_leads_to_it() -> None:
    files = {
        9: b"<</Type/Filespec/F(a.pdf)/UF<FEFF677E576A95470032002E007000640066>/EF<</F 10 0 R>>>>",
        10: stream(b"%PDF-", "/Type/EmbeddedFile"),
    }
    catalog = "/Names<</EmbeddedFiles<</Names[(a)9 0 R]>>>>"
    letter = write_pdf(
        show(72, 700, "现将松坪镇法治政府建设年度报告随函附上，请审阅。"), objects=files, catalog=catalog
    )
    assert pdf.read(letter).links == ("松坪镇2.pdf <in the PDF>",)


def test_a_form_that_other_programs_do_not_draw_is_named() -> None:
    waiting = "Please wait... your viewer may not be able to display this type of document."
    data = write_pdf(
        show(40, 700, waiting), catalog="/AcroForm<</XFA 9 0 R/Fields[]>>", objects={9: stream(b"<xdp/>")}
    )
    with pytest.raises(RejectedFile, match="动态表单"):
        find_scan(data)
    assert find_scan(data.replace(b"/XFA 9", b"/XXX 9")) is not None
