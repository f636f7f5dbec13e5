"""PDF pages are read as people see them: columns, headers, watermarks, hidden and rotated text."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from reportlab.pdfgen.canvas import Canvas

from orchestration.pipeline.readers import RejectedFile
from orchestration.pipeline.readers.layout.lines import INDENT, set_lines
from orchestration.pipeline.readers.layout.shapes import Glyph
from orchestration.pipeline.readers.pdf import reader as pdf
from tests.unit.ingest.readers.pdf.files import make_pdf

TITLE = "松坪镇2023年法治政府建设年度报告"
LEFT = ["（一）强化学习。全年组织", "集中学习13次，参加人员", "260人次。"]
RIGHT = ["（二）强化调解。全年调解", "矛盾纠纷34件，成功调处", "33件。"]
LEFT_WHOLE, RIGHT_WHOLE = "".join(LEFT), "".join(RIGHT)


def read_lines(*pages: Callable[[Canvas], None], size: tuple[float, float] = (595, 842)) -> list[str]:
    return pdf.read(make_pdf(*pages, size=size)).text.split("\n")


def body(canvas: Canvas, top: float = 700, number: int = 34) -> None:
    """Draw a paragraph of three lines, the first one indented."""
    for index, (left, line) in enumerate(
        [
            (100, f"全镇围绕依法行政的要求推进各项工作，调解矛盾纠纷{number}件，"),
            (72, "走访群众并听取他们的意见和建议，督促整改，补齐执法队伍的短"),
            (72, "板。"),
        ]
    ):
        canvas.drawString(left, top - 25 * index, line)


def whole(number: int = 34) -> str:
    return (
        f"{INDENT}全镇围绕依法行政的要求推进各项工作，调解矛盾纠纷{number}件，"
        "走访群众并听取他们的意见和建议，督促整改，补齐执法队伍的短板。"
    )


@pytest.mark.parametrize("offset", [0, 11], ids=["rows in line", "rows out of line"])
@pytest.mark.parametrize("order", ["rows", "columns", "backwards"])
def test_columns_are_read_one_after_the_other(order: str, offset: float) -> None:
    pieces = [(60, 660 - 25 * i, line) for i, line in enumerate(LEFT)]
    pieces += [(320, 660 - offset - 25 * i, line) for i, line in enumerate(RIGHT)]
    if order == "rows":
        pieces.sort(key=lambda piece: -piece[1])
    if order == "backwards":
        pieces.reverse()

    def draw(canvas: Canvas) -> None:
        canvas.drawString(150, 780, TITLE)
        canvas.drawString(60, 700, "松坪镇坚持依法行政，现将有关情况报告如下，请予审议并监督执行。")
        for x, y, text in pieces:
            canvas.drawString(x, y, text)
        canvas.drawString(60, 540, "下一步继续加强执法队伍建设，创新普法方式，回应群众的各项关切。")

    lines = [line.strip() for line in read_lines(draw)]
    assert lines.index(LEFT_WHOLE) + 1 == lines.index(RIGHT_WHOLE)
    assert lines[-1].startswith("下一步")


def test_three_columns_below_a_short_heading_are_read_one_after_the_other() -> None:
    columns = [
        [*LEFT, "效果良好。"],
        RIGHT,
        ["（三）普法。全年开展", "宣传活动12场，发放资", "料800份。"],
    ]

    def draw(canvas: Canvas) -> None:
        canvas.drawString(150, 780, TITLE)
        canvas.drawString(60, 700, "一、主要做法")
        canvas.setFont("STSong-Light", 12)
        for row in range(4):
            for x, column in zip((60, 230, 400), columns, strict=True):
                if row < len(column):
                    canvas.drawString(x, 660 - 22 * row, column[row])

    lines = [line.strip() for line in read_lines(draw)]
    assert lines[2:] == [LEFT_WHOLE, "效果良好。", RIGHT_WHOLE, "".join(columns[2])]


def test_a_last_column_that_ends_in_short_lines_is_read_after_the_first() -> None:
    right = [*RIGHT, "三、存在的问题", "执法力量偏少。", "四、下一步打算", "加强执法监督。", "2024年1月10日"]

    def draw(canvas: Canvas) -> None:
        for x, column in ((60, [*LEFT, *LEFT]), (320, right)):
            for row, line in enumerate(column):
                canvas.drawString(x, 660 - 25 * row, line)

    lines = [line.strip() for line in read_lines(draw)]
    assert lines[:3] == [LEFT_WHOLE, LEFT_WHOLE, RIGHT_WHOLE]


def test_a_last_column_may_end_with_a_signature() -> None:
    right = [*RIGHT, "三、存在的问题", "执法力量偏少。", "四、下一步打算", "加强执法监督。"]

    def draw(canvas: Canvas) -> None:
        for x, column in ((60, [*LEFT, *LEFT]), (320, right)):
            for row, line in enumerate(column):
                canvas.drawString(x, 660 - 25 * row, line)
        canvas.drawString(380, 300, "松坪镇人民政府")
        canvas.drawString(380, 275, "2024年1月10日")

    lines = [line.strip() for line in read_lines(draw)]
    assert lines[:3] == [LEFT_WHOLE, LEFT_WHOLE, RIGHT_WHOLE]


def test_cells_of_running_text_with_gaps_between_them_stay_rows() -> None:
    def draw(canvas: Canvas) -> None:
        for row, line in enumerate([*LEFT, *LEFT]):
            canvas.drawString(60, 660 - 25 * row, line)
        for row, line in ((0, "调解34件。全年工作成效"), (1, "很好。"), (3, "普法12场。"), (5, "执法8件。")):
            canvas.drawString(320, 660 - 25 * row, line)

    assert f"{LEFT[0]}\t调解34件。全年工作成效" in [line.strip() for line in read_lines(draw)]


def test_rows_of_a_table_stay_rows() -> None:
    rows = [("项目", "数量", "备注"), ("调解矛盾纠纷", "34件", "无"), ("开展普法宣传活动", "12场", "含线上")]

    def draw(canvas: Canvas) -> None:
        canvas.drawString(150, 780, TITLE)
        for number, cells in enumerate(rows):
            for x, cell in zip((60, 250, 400), cells, strict=True):
                canvas.drawString(x, 600 - 30 * number, cell)

    assert read_lines(draw)[1:] == [
        "项目\t数量\t备注",
        "调解矛盾纠纷：34件，无。",
        "开展普法宣传活动：12场，含线上。",
    ]


def test_a_table_of_figures_reads_as_sentences() -> None:
    def draw(canvas: Canvas) -> None:
        body(canvas)
        for row, cells in enumerate((("项目", "2023年（件）", "2024年（件）"), ("行政处罚", "34", "123"))):
            for column, words in enumerate(cells):
                canvas.drawString(72 + 140 * column, 500 - 25 * row, words)

    assert read_lines(draw)[-1] == "2023年行政处罚34件，2024年行政处罚123件。"


def test_running_headers_and_page_numbers_do_not_break_a_paragraph() -> None:
    def page(number: int) -> Callable[[Canvas], None]:
        def draw(canvas: Canvas) -> None:
            canvas.drawString(240, 810, "松坪镇人民政府文件")
            canvas.drawString(500, 810, f"第 {number} 页")
            canvas.drawString(280, 40, f"- {number} -")
            if number == 1:
                canvas.drawString(150, 760, TITLE)
                body(canvas)
                canvas.drawString(100, 120, "全年排查各类矛盾纠纷548件，逐一落实责任人，发放宣传资料1")
            else:
                canvas.drawString(72, 760, "200份，走访群众56人次。")

        return draw

    lines = read_lines(page(1), page(2))
    assert (
        lines[-1]
        == f"{INDENT}全年排查各类矛盾纠纷548件，逐一落实责任人，发放宣传资料1200份，走访群众56人次。"
    )
    assert not any("文件" in line or "页" in line for line in lines)


def test_a_line_that_two_pages_share_by_chance_stays() -> None:
    lines = read_lines(lambda c: body(c, number=34), lambda c: body(c, number=57))
    assert lines == [whole(34), whole(57)]


@pytest.mark.parametrize("last", ["3", "2024"])
def test_a_number_alone_at_the_margin_is_text(last: str) -> None:
    def draw(canvas: Canvas) -> None:
        body(canvas)
        canvas.drawString(72, 600, last)

    assert last in "".join(read_lines(draw))


def test_a_watermark_is_not_text() -> None:
    def draw(canvas: Canvas) -> None:
        body(canvas)
        canvas.saveState()
        canvas.translate(200, 500)
        canvas.rotate(45)
        canvas.setFont("STSong-Light", 40)
        canvas.setFillGray(0.8)
        canvas.drawString(0, 0, "内部资料99件")
        canvas.restoreState()
        canvas.setFont("STSong-Light", 50)
        canvas.setFillGray(0.85)
        canvas.drawString(100, 670, "样稿98件")

    assert read_lines(draw) == [whole()]


def _white(canvas: Canvas) -> None:
    canvas.setFillGray(1)
    canvas.drawString(100, 500, "旧稿调解99件。")


def _invisible(canvas: Canvas) -> None:
    text = canvas.beginText(100, 500)
    text.setTextRenderMode(3)
    text.textOut("旧稿调解99件。")
    canvas.drawText(text)


def _tiny(canvas: Canvas) -> None:
    canvas.setFont("STSong-Light", 0.5)
    canvas.drawString(100, 500, "旧稿调解99件。")


def _beside(canvas: Canvas) -> None:
    canvas.drawString(900, 500, "旧稿调解99件。")


@pytest.mark.parametrize("hide", [_white, _invisible, _tiny, _beside])
def test_invisible_text_is_not_read(hide: Callable[[Canvas], None]) -> None:
    def draw(canvas: Canvas) -> None:
        body(canvas)
        hide(canvas)

    assert read_lines(draw) == [whole()]


def test_white_text_on_a_dark_ground_is_text() -> None:
    def draw(canvas: Canvas) -> None:
        body(canvas)
        canvas.rect(90, 490, 200, 30, fill=1)
        _white(canvas)

    assert read_lines(draw)[-1].strip() == "旧稿调解99件。"


def test_bold_by_drawing_twice_is_read_once() -> None:
    def draw(canvas: Canvas) -> None:
        body(canvas)
        for shift in (0, 0.4):
            canvas.drawString(100 + shift, 500, "调处1122件。")

    assert read_lines(draw)[-1].strip() == "调处1122件。"


@pytest.mark.parametrize("spacing", [4, 7], ids=["wide", "wider"])
def test_digits_set_at_a_distance_are_one_number(spacing: float) -> None:
    def draw(canvas: Canvas) -> None:
        body(canvas)
        words = canvas.beginText(72, 500)
        words.setFont("STSong-Light", 14)
        words.setCharSpace(spacing)
        words.textOut("调解1,234件，化解率98.5%。")
        canvas.drawText(words)

    assert read_lines(draw)[-1].strip() == "调解1,234件，化解率98.5%。"


def test_two_numbers_side_by_side_stay_two() -> None:
    def draw(canvas: Canvas) -> None:
        body(canvas)
        canvas.drawString(72, 500, "比分")
        canvas.drawString(104, 500, "12")
        canvas.drawString(126, 500, "34")

    assert read_lines(draw)[-1].strip() == "比分12 34"


def test_what_was_typed_into_a_form_is_text() -> None:
    def draw(canvas: Canvas) -> None:
        body(canvas)
        canvas.drawString(72, 500, "调解纠纷：")
        canvas.acroForm.textfield(value="56", x=150, y=492, width=60, height=20)

    assert "56" in read_lines(draw)[-1]


def test_a_page_turned_sideways_is_read_upright() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.translate(595, 0)
        canvas.rotate(90)
        body(canvas, top=400)

    assert read_lines(draw) == [whole()]


def test_text_set_vertically_is_refused_by_name() -> None:
    def draw(canvas: Canvas) -> None:
        for column, line in enumerate(LEFT + RIGHT):
            for row, char in enumerate(line):
                canvas.drawString(500 - 30 * column, 780 - 20 * row, char)

    with pytest.raises(RejectedFile, match="竖排") as refused:
        read_lines(draw)
    assert refused.value.code == "unsupported"


def test_a_repeated_title_is_known_though_it_runs() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(150, 810, TITLE)
        body(canvas)

    def second(canvas: Canvas) -> None:
        canvas.drawString(150, 810, TITLE)
        body(canvas, number=99)

    assert pdf.read(make_pdf(draw, second)).fields["page_title"] == TITLE


def test_separate_letters_and_digits_stay_separate() -> None:
    glyphs = [Glyph(char, x, x + 5, 0, 10) for char, x in (("1", 0), ("2", 5), ("5", 14), ("件", 19))]
    assert [line.text for line in set_lines(glyphs)] == ["12 5件"]


def test_the_number_of_an_item_is_none_of_the_digits_of_its_figure() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(74, 660, "1.")
        canvas.drawString(92, 660, "26场次讲座。")
        canvas.drawString(74, 630, "3.5万元经费，用于开展普法宣传和培训。")

    lines = [line.strip() for line in read_lines(draw)]
    assert lines == ["1. 26场次讲座。", "3.5万元经费，用于开展普法宣传和培训。"]
