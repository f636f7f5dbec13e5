"""PDF pages as office programs print them: notes, contents, line numbers, close columns, hanging items."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from reportlab.pdfgen.canvas import Canvas

from orchestration.pipeline.ingest.unwrap import join_paragraphs as join_clean
from orchestration.pipeline.readers.layout.lines import set_lines
from orchestration.pipeline.readers.layout.shapes import Glyph
from orchestration.pipeline.readers.pdf import reader as pdf
from tests.unit.ingest.readers.pdf.files import make_pdf, show, stream, write_pdf

FONT = "STSong-Light"
FULL = "全镇围绕依法行政的要求推进各项工作，走访群众并听取他们的意见和"  # 31 characters from x 72 to 506 at 14 points
DRAWN = tuple[float, float, str] | tuple[float, float, str, float]


def page(*texts: DRAWN) -> Callable[[Canvas], None]:
    """Return a page with texts at x and y, 14 points unless another size is given."""

    def draw(canvas: Canvas) -> None:
        for x, y, text, *size in texts:
            canvas.setFont(FONT, size[0] if size else 14)
            canvas.drawString(x, y, text)

    return draw


def read_lines(*pages: Callable[[Canvas], None]) -> list[str]:
    return [line.strip() for line in pdf.read(make_pdf(*pages)).text.split("\n")]


BODY: list[DRAWN] = [
    (100, 700, "全镇调解矛盾纠纷34件"),
    (240, 709, "1", 8),
    (248, 700, "，走访群众并听取他们的意见和建议，办"),
    (72, 675, FULL),
]
REST: list[DRAWN] = [(72, 750, "建议，督促整改。"), (100, 725, "下一步继续加强执法队伍建设。")]


MEDIATED = [
    "34件，成功调处33件，调",
    "处率97%，涉及金额12万",
    "元，群众满意率达到98%",
    "以上，未发生民转刑案件",
    "和群体性事件。",
]


def columns(left: list[str], right: list[str], at: float) -> list[DRAWN]:
    """Return the lines of two columns, the right one beginning at x = `at`."""
    return [
        (x, 700 - 25.0 * i, text) for x, lines in ((60.0, left), (at, right)) for i, text in enumerate(lines)
    ]


def test_a_note_between_two_halves_of_a_paragraph_moves_after_it() -> None:
    lines = read_lines(
        page(
            *BODY,
            (72, 120, "1 含上年结转3件。", 9),
            (72, 108, "2 其中涉及土地的9件，", 9),
            (72, 96, "已全部办结。", 9),
        ),
        page(*REST),
    )
    assert lines == [
        f"全镇调解矛盾纠纷34件¹，走访群众并听取他们的意见和建议，办{FULL}建议，督促整改。",
        "1 含上年结转3件。",
        "2 其中涉及土地的9件，已全部办结。",
        "下一步继续加强执法队伍建设。",
    ]


def test_notes_at_the_end_move_before_the_signature() -> None:
    sign: list[DRAWN] = [(372, 680, "松坪镇人民政府"), (386, 655, "2024年1月15日")]
    lines = read_lines(
        page(BODY[0], *BODY[2:]),
        page(*REST, *sign, (72, 560, "i 含上年结转3件。", 9), (72, 548, "ii 不含信访件。", 9)),
    )
    assert lines[-5:] == [
        "下一步继续加强执法队伍建设。",
        "i 含上年结转3件。",
        "ii 不含信访件。",
        "松坪镇人民政府",
        "2024年1月15日",
    ]


def test_small_lines_without_a_mark_are_not_notes() -> None:
    lines = read_lines(page(*BODY, (72, 120, "抄送：青石县司法局，", 9)), page(*REST))
    assert "抄送：青石县司法局，" in lines
    assert lines.index("抄送：青石县司法局，") < lines.index("下一步继续加强执法队伍建设。")


@pytest.mark.parametrize("mark", ["ii", "iv", "3"])
def test_a_mark_set_high_between_rows_belongs_to_the_row_below(mark: str) -> None:
    glyphs = [Glyph(char, 14.0 * i, 14.0 * i + 14, 100.0, 14.0) for i, char in enumerate("全年调解34件")]
    glyphs += [Glyph(char, 98.0 + 3 * i, 101.0 + 3 * i, 92.0, 7.0) for i, char in enumerate(mark)]
    glyphs += [
        Glyph(char, 112 + 14.0 * i, 126 + 14.0 * i, 100.0, 14.0) for i, char in enumerate("，调处成功33件。")
    ]
    (line,) = set_lines(glyphs)
    assert line.text == f"全年调解34件{'³' if mark == '3' else ''}，调处成功33件。"


def test_rows_printed_over_each_other_are_read_one_by_one() -> None:
    glyphs = [Glyph(char, 7.0 * i, 7.0 * i + 7, 100.0, 14.0) for i, char in enumerate("2023")]
    glyphs += [Glyph(char, 3.0 + 7 * i, 10.0 + 7 * i, 104.0, 14.0) for i, char in enumerate("68")]
    assert [line.text for line in set_lines(glyphs)] == ["2023", "68"]


def test_a_table_of_contents_is_not_read() -> None:
    dots = "." * 60
    lines = read_lines(
        page(
            (72, 780, f"一、主要做法{dots}1"),
            (72, 755, f"二、存在问题{dots}2"),
            (72, 730, f"调解纠纷{dots}34"),
            (100, 700, "一、主要做法"),
            (100, 675, "全年调解矛盾纠纷34件，成功调处33件。"),
            (100, 650, "二、存在问题"),
            (100, 625, "执法力量不足，业务能力有待提高。"),
        )
    )
    assert [line for line in lines if "...." in line] == [f"调解纠纷{dots}34"]
    assert lines.count("一、主要做法") == 1


@pytest.mark.parametrize(("step", "aligns_left"), [(1, False), (1, True), (2, False)])
def test_line_numbers_are_removed_and_numbers_of_the_text_stay(step: int, aligns_left: bool) -> None:
    texts = [
        "松坪镇2023年法治政府建设年度报告",
        FULL,
        "建议，督促整改，全年调解矛盾纠纷",
        "34件，成功调处33件。",
        FULL,
        "建议。",
    ]
    rows = [(72.0, 700.0 - 25 * i, text) for i, text in enumerate(texts)]
    numbers = [
        (44.0 if aligns_left else 51.0 - 7 * (number > 9), 700.0 - 25 * i, str(number))
        for i, number in enumerate(range(7, 7 + len(texts)))
        if i % step == 0
    ]
    lines = read_lines(page(*rows, *numbers))
    assert "".join(lines) == "".join(texts)


def test_the_first_column_of_a_table_is_not_line_numbers() -> None:
    rows = [(120.0, 700.0 - 25 * i, f"第{i + 1}村民小组") for i in range(6)]
    numbers = [(60.0, 700.0 - 25 * i, str(i + 1)) for i in range(6)]
    lines = read_lines(page((50, 730, "序号"), (120, 730, "名称"), *rows, *numbers))
    assert any("1" in line and "第1村民小组" in line for line in lines)


def test_columns_set_close_are_read_one_after_the_other() -> None:
    left = [
        "（一）全年组织集中学习",
        "13次，参加人员260人次，",
        "覆盖全部机关干部，学习",
        "效果明显提升，旁听庭审",
        "3次，讲授法治课12场，",
        "评议良好。",
    ]
    right = ["（二）全年调解矛盾纠纷", *MEDIATED]
    assert read_lines(page(*columns(left, right, 60 + 11 * 14 + 15))) == ["".join(left), "".join(right)]


def test_a_number_wrapped_to_the_next_line_continues_its_sentence() -> None:
    rows: list[DRAWN] = [
        (72, 700, FULL + "建议"),
        (72, 675, "，办好民生实事，现有执法人员之中具有法律专业背景的人员仅仅占"),
        (72, 650, "12.5%，专业化水平不高。"),
        (72, 625, FULL + "建议"),
    ]
    assert (
        read_lines(page(*rows))[0]
        == FULL + "建议，办好民生实事，现有执法人员之中具有法律专业背景的人员仅仅占12.5%，专业化水平不高。"
    )


@pytest.mark.parametrize("label", ["1.", "（1）", "●"])
def test_hanging_lines_of_an_item_are_joined_to_it(label: str) -> None:
    rows: list[DRAWN] = []
    for top in (700, 600):
        rows += [(72, top, label), (114, top, FULL[:28]), (114, top - 25, FULL[:28]), (114, top - 50, "件。")]
    assert read_lines(page(*rows)) == [f"{label}{FULL[:28]}{FULL[:28]}件。"] * 2


def test_a_page_with_only_a_signature_has_the_margin_of_the_others() -> None:
    body: list[DRAWN] = [(100, 700, FULL[:29]), (72, 675, FULL), (72, 650, FULL), (72, 625, "建议。")]
    sign: list[DRAWN] = [(408, 750, "松坪镇人民政府"), (372, 725, "2024年1月15日")]
    assert read_lines(page(*body), page(*sign))[-2:] == ["松坪镇人民政府", "2024年1月15日"]
    both = read_lines(page(*body), page((72, 780, "督促整改。"), *sign))
    assert both[-2:] == ["松坪镇人民政府", "2024年1月15日"]


def test_a_stroke_with_its_room_strikes_out_and_an_underline_does_not() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont(FONT, 16)
        canvas.drawString(72, 700, "全年调解矛盾纠纷999件，成功调处33件，走访群众并听取意见，督促整改。")
        canvas.setLineWidth(1.4)
        left = 72 + 8 * 16
        canvas.line(left, 705.5, left + 24, 705.5)
        canvas.line(left + 80, 698, left + 112, 698)

    assert read_lines(draw) == ["全年调解矛盾纠纷件，成功调处33件，走访群众并听取意见，督促整改。"]


def test_a_dash_in_a_font_without_a_bounding_box_is_read() -> None:
    font = (
        b"<</Type/Font/Subtype/Type3/FontBBox[0 0 0 0]/FontMatrix[.001 0 0 .001 0 0]/CharProcs<</d 9 0 R>>"
        b"/Encoding<</Type/Encoding/Differences[97/d]>>/FirstChar 97/LastChar 97/Widths[1000]/ToUnicode 10 0 R"
        b"/Resources<<>>>>"
    )
    to_unicode = (
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff> endcodespacerange "
        b"1 beginbfchar <61> <2014> endbfchar endcmap end"
    )
    content = (
        show(72, 700, "全年贯彻实施纲要（2021")
        + b"BT /F2 14 Tf 221 700 Td (a) Tj ET\n"
        + show(235, 700, "2025年），成效明显。")
    )
    data = write_pdf(
        content,
        objects={8: font, 9: stream(b"1000 0 50 300 950 340 d1 50 300 900 40 re f"), 10: stream(to_unicode)},
    )
    assert pdf.read(data).text.strip() == "全年贯彻实施纲要（2021—2025年），成效明显。"


def test_a_line_that_begins_with_a_closing_mark_is_not_a_new_paragraph() -> None:
    lines = ["落实法制审核“三项制度”", "，公示执法信息116条。", "下一步继续努力。"]
    assert join_clean(lines) == ["落实法制审核“三项制度”，公示执法信息116条。", "下一步继续努力。"]


def test_items_that_end_at_the_margin_are_not_joined() -> None:
    rows: list[DRAWN] = []
    for number, top in enumerate((700, 650, 600), start=1):
        rows += [
            (72, top, f"（{number}）"),
            (156, top, FULL[:25]),
            (156, top - 25, FULL[:24] + "。"),
        ]
    assert read_lines(page(*rows)) == [f"（{number}）{FULL[:25]}{FULL[:24]}。" for number in (1, 2, 3)]


def test_a_mark_near_its_line_leaves_the_numbers_of_the_line_whole() -> None:
    texts = "半径约3.5公里，办理建议6件"
    glyphs = [
        Glyph(char, 14.0 * i, 14.0 * i + 14, 100.0, 7.0 if char == "." else 14.0)
        for i, char in enumerate(texts)
    ]
    glyphs.append(Glyph("i", 14.0 * len(texts), 14.0 * len(texts) + 3, 94.5, 5.7))
    assert [line.text for line in set_lines(glyphs)] == [texts]


def test_a_hanging_full_stop_does_not_close_the_gap_between_columns() -> None:
    left = [
        "全年组织集中学习和研讨",
        "13次，参加人员260人次、",
        "覆盖全部机关干部，学习",
        "效果明显提升，旁听庭审",
        "活动的干部受到教育启发，",
        "评议结果良好。",
    ]
    right = ["全年调解各类矛盾和纠纷", *MEDIATED]
    assert read_lines(page(*columns(left, right, 60 + 12 * 14 + 4))) == ["".join(left), "".join(right)]


def test_a_heading_at_the_margin_begins_below_a_sentence_that_fills_its_line() -> None:
    rows: list[DRAWN] = [
        (100, 700, FULL[:28] + "。"),
        (72, 675, "（二）规范行政执法，提升效能"),
        (100, 650, FULL[:29]),
        (72, 625, FULL),
        (72, 600, "建议。"),
    ]
    assert read_lines(page(*rows)) == [
        FULL[:28] + "。",
        "（二）规范行政执法，提升效能",
        f"{FULL[:29]}{FULL}建议。",
    ]


def test_numbers_of_the_few_lines_of_a_last_page_go_too() -> None:
    texts = ["继续推进依法行政，全年调解纠纷", "34件。", "松坪镇人民政府"]
    rows: list[DRAWN] = [(72.0, 700.0 - 25 * i, text) for i, text in enumerate(texts)]
    numbers: list[DRAWN] = [(51.0, 700.0 - 25 * i, str(i + 41)) for i in range(len(texts))]
    assert "".join(read_lines(page(*rows, *numbers))) == "".join(texts)


def _numbered_page(number: int, mark: str = "- {} -") -> Callable[[Canvas], None]:
    def draw(canvas: Canvas) -> None:
        for index in range(4):
            canvas.drawString(72, 700 - 28 * index, f"第{number}部分第{index}项工作已经全部完成。")
        canvas.drawString(280, 40, mark.format(number))

    return draw


@pytest.mark.parametrize(
    ("order", "mark", "read"),
    [
        ((3, 2, 1), "- {} -", (1, 2, 3)),
        ((1, 1, 2), "- {} -", (1, 2)),
        ((2, 1), "{}", (2, 1)),
        ((3, 1, 2), "- {} -", (3, 1, 2)),
    ],
    ids=["backwards", "one twice", "numbers that may be text", "any order"],
)
def test_pages_are_read_from_first_to_last_and_once(
    order: tuple[int, ...], mark: str, read: tuple[int, ...]
) -> None:
    text = pdf.read(make_pdf(*(_numbered_page(number, mark) for number in order))).text
    assert [line[1] for line in text.split("\n") if "第0项" in line] == [str(number) for number in read]
