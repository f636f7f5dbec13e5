"""Ruled tables: the drawn lines separate the cells, however many lines of text a cell has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
from reportlab.pdfgen.canvas import Canvas

from orchestration.pipeline.readers.ofd import reader as ofd
from orchestration.pipeline.readers.pdf import reader as pdf
from tests.unit.ingest.readers.pdf.files import make_pdf
from tests.unit.ingest.readers.report_files import ofd_document, ofd_text

FONT = "STSong-Light"
DRAWINGS = ("lines", "filled", "frames")


def draw_cell(canvas: Canvas, box: tuple[float, float, float, float], kind: str) -> None:
    left, right, top, bottom = box
    if kind == "frames":
        canvas.rect(left, bottom, right - left, top - bottom, stroke=1, fill=0)
        return
    for x0, y0, x1, y1 in (
        (left, top, right, top),
        (left, bottom, right, bottom),
        (left, top, left, bottom),
        (right, top, right, bottom),
    ):
        if kind == "lines":
            canvas.line(x0, y0, x1, y1)
        else:
            canvas.rect(x0, min(y0, y1), max(x1 - x0, 0.5), max(abs(y1 - y0), 0.5), stroke=0, fill=1)


def draw_table(
    xs: Sequence[float],
    ys: Sequence[float],
    cells: dict[tuple[int, int, int, int], Sequence[str]],
    kind: str = "lines",
) -> Callable[[Canvas], None]:
    """Return a page with a table; keys of `cells` are first column, first row, columns and rows spanned."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont(FONT, 12)
        for (column, row, wide, high), lines in cells.items():
            left, top = xs[column], ys[row]
            draw_cell(canvas, (left, xs[column + wide], top, ys[row + high]), kind)
            for index, line in enumerate(lines):
                canvas.drawString(left + 3, top - 14 - 15 * index, line)

    return draw


def read_lines(*pages: Callable[[Canvas], None]) -> list[str]:
    return [line.strip() for line in pdf.read(make_pdf(*pages)).text.split("\n")]


def heading(canvas: Canvas) -> None:
    canvas.setFont(FONT, 12)
    canvas.drawString(72, 780, "松坪镇2024年法治政府建设年度报告")
    canvas.drawString(72, 760, "松坪镇坚持依法行政，推进法治政府建设，有关数据如下：")


def simple(*rows: Sequence[Sequence[str]]) -> dict[tuple[int, int, int, int], Sequence[str]]:
    return {
        (column, row, 1, 1): lines for row, cells in enumerate(rows) for column, lines in enumerate(cells)
    }


@pytest.mark.parametrize("kind", DRAWINGS)
def test_words_of_a_cell_stay_together_and_separate_from_other_cells(kind: str) -> None:
    cells = simple(
        [["序号"], ["任务"], ["完成情况"]],
        [["1"], ["健全法治政府建设领", "导机制"], ["党委会专题研究4次，会前学法12", "次，向县委述法1次。"]],
        [["2"], ["化解矛盾纠纷"], ["排查360件，调解成功342件，成功", "率95%。"]],
    )
    assert read_lines(heading, draw_table([72, 110, 230, 420], [700, 680, 640, 600], cells, kind))[2:] == [
        "序号\t任务\t完成情况",
        "健全法治政府建设领导机制，党委会专题研究4次，会前学法12次，向县委述法1次。",
        "化解矛盾纠纷，排查360件，调解成功342件，成功率95%。",
    ]


def test_cells_that_nearly_touch_are_parted_by_the_line_between_them() -> None:
    cells = simple(
        [["项目"], ["数量"], ["单位"]], [["调解矛盾纠纷"], ["342"], ["件"]], [["行政处罚"], ["23"], ["件"]]
    )
    assert read_lines(heading, draw_table([72, 148, 175, 203], [700, 680, 660, 640], cells))[3:] == [
        "调解矛盾纠纷：342件。",
        "行政处罚：23件。",
    ]


def test_spanning_labels_and_names_apply_to_each_row_and_column() -> None:
    cells = {
        (0, 0, 1, 2): ["类别"],
        (1, 0, 1, 2): ["项目"],
        (2, 0, 2, 1): ["数量（件）"],
        (2, 1, 1, 1): ["2024年"],
        (3, 1, 1, 1): ["2023年"],
        (0, 2, 1, 2): ["矛盾", "纠纷"],
        **{(1 + column, 2, 1, 1): [text] for column, text in enumerate(["排查", "360", "310"])},
        **{(1 + column, 3, 1, 1): [text] for column, text in enumerate(["调解", "342", "300"])},
    }
    lines = read_lines(heading, draw_table([72, 110, 200, 280, 360], [700, 680, 660, 640, 620], cells))
    assert lines[-2:] == [
        "2024年矛盾纠纷排查360件，2023年矛盾纠纷排查310件。",
        "2024年矛盾纠纷调解342件，2023年矛盾纠纷调解300件。",
    ]


def test_numbers_on_different_lines_of_a_cell_stay_separate() -> None:
    cells = simple([["项目"], ["数量（件）"]], [["调解", "处罚"], ["342", "23"]])
    lines = read_lines(heading, draw_table([72, 150, 250], [700, 680, 640], cells))
    assert lines[-2:] == ["调解：342件。", "处罚：23件。"]


def test_a_table_continues_on_the_next_page_with_its_header_and_label() -> None:
    first = simple([["类别"], ["项目"], ["数量（件）"]], [["纠纷"], ["排查"], ["360"]])
    second = simple(
        [["类别"], ["项目"], ["数量（件）"]], [[], ["调解"], ["342"]], [["执法"], ["处罚"], ["23"]]
    )
    xs = [72, 150, 250, 350]
    lines = read_lines(
        heading, draw_table(xs, [200, 180, 160], first), draw_table(xs, [700, 680, 660, 640], second)
    )
    assert lines[2:] == [
        "类别\t项目\t数量（件）",
        "纠纷，排查：360件。",
        "纠纷，调解：342件。",
        "执法，处罚：23件。",
    ]


def test_a_form_is_read_cell_by_cell_also_over_a_page() -> None:
    first = simple(
        [
            ["主要", "工作"],
            ["1.全年调解矛盾纠纷34件，调处成功", "率97%。", "2.开展法治宣传12场，发放资料1", "200份，接受咨"],
        ],
    )
    second = simple([[], ["询56人次。", "3.办理行政复议2件。"]], [["打算"], ["继续推进依法行政。"]])
    xs = [72, 130, 330]
    assert read_lines(heading, draw_table(xs, [260, 180], first), draw_table(xs, [700, 650, 620], second))[
        2:
    ] == [
        "主要工作",
        "1.全年调解矛盾纠纷34件，调处成功率97%。",
        "2.开展法治宣传12场，发放资料1200份，接受咨询56人次。",
        "3.办理行政复议2件。",
        "打算\t继续推进依法行政。",
    ]


def test_words_that_run_over_a_line_are_not_cut_by_it() -> None:
    cells = simple([["项目"], ["数量"], ["备注"]], [["调解矛盾纠纷342件"], [], ["无"]])
    lines = read_lines(heading, draw_table([72, 120, 240, 300], [700, 680, 660], cells))
    assert any("调解矛盾纠纷342件" in line for line in lines)


def test_a_stop_that_hangs_does_not_move_the_margin_of_a_cell() -> None:
    lines = ["调解矛盾纠纷三百四十二起其中土", "地、邻里和家庭之间发生纠纷占了大半，", "群众满意。"]
    cells = simple([["主要做法"], lines], [["打算"], ["继续推进依法行政。"]])
    assert read_lines(heading, draw_table([72, 130, 355], [700, 630, 600], cells))[
        2
    ] == "主要做法\t" + "".join(lines)


def test_a_frame_around_the_text_is_not_a_table() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont(FONT, 12)
        canvas.rect(60, 500, 400, 250, stroke=1, fill=0)
        canvas.line(60, 740, 460, 740)
        for index, line in enumerate(lines):
            canvas.drawString(72, 700 - 20 * index, line)

    lines = [
        "全镇围绕依法行政的要求推进各项工作，走访群众并听取意见和",
        "建议，督促整改，全年调解矛盾纠纷34件，其中土地纠纷12件、",
        "邻里纠纷9件。",
    ]
    assert read_lines(heading, draw)[2:] == ["".join(lines)]


def ofd_path(x: float, y: float, outline: str, more: str = "") -> str:
    return (
        f'<ofd:PathObject ID="8" Boundary="{x} {y} 200 200" LineWidth="0.2" {more}>'
        f"<ofd:AbbreviatedData>{outline}</ofd:AbbreviatedData></ofd:PathObject>"
    )


@pytest.mark.parametrize("kind", DRAWINGS)
def test_lines_of_an_ofd_page_part_its_cells(kind: str) -> None:
    texts = [(26, 46, "项目"), (61, 46, "完成情况"), (26, 56, "健全法治政府建设领"), (26, 62, "导机制")]
    texts += [(61, 56, "党委会专题研究4次，会前学法12"), (61, 62, "次，向县委述法1次。")]
    objects = ofd_text(25, 30, "松坪镇2024年法治政府建设年度报告，有关数据如下：", size=3.8)
    objects += "".join(ofd_text(x, y, text, size=3.8) for x, y, text in texts)
    xs, ys = (25, 60.2, 130), (40, 50, 66)
    if kind == "frames":
        for left, right in pairwise(xs):
            for top, bottom in pairwise(ys):
                objects += ofd_path(
                    left,
                    top,
                    f"M 0 0 L {right - left} 0 L {right - left} {bottom - top} L 0 {bottom - top} C",
                )
    for x in xs if kind != "frames" else ():
        box = "M 0 0 L 0.2 0 L 0.2 26 L 0 26 C"
        objects += (
            ofd_path(x, 40, box, 'Fill="true"') if kind == "filled" else ofd_path(x, 40, "M 0 0 L 0 26")
        )
    for y in ys if kind != "frames" else ():
        objects += ofd_path(25, y, "M 0 0 L 105 0")
    assert ofd.read(ofd_document([objects])).text.split("\n")[1:] == [
        "项目\t完成情况",
        "健全法治政府建设领导机制\t党委会专题研究4次，会前学法12次，向县委述法1次。",
    ]
