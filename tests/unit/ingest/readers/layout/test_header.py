"""Headers of positioned tables become one row of names; other rows stay where they are."""

from __future__ import annotations

import pytest

from orchestration.pipeline.readers.layout.header import join_headers
from orchestration.pipeline.readers.layout.shapes import Line

PITCH, SIZE = 20.0, 10.0


def rows(*drawn: str) -> list[list[Line]]:
    """Return rows of pieces as drawn: two or more blanks separate pieces, a Han character is two columns wide."""
    made: list[list[Line]] = []
    for number, row in enumerate(drawn):
        pieces: list[Line] = []
        at, words = 0, ""
        start = 0
        for char in row + "  ":
            if char == " ":
                if words:
                    pieces.append(Line(words, start * 5.0, at * 5.0, number * PITCH, SIZE))
                words = ""
            else:
                start = start if words else at
                words += char
            at += 2 if char > "\u2e7f" else 1
        made.append(pieces)
    return made


def texts(made: list[list[Line]]) -> list[str]:
    return [" ".join(piece.text for piece in row) for row in made]


@pytest.mark.parametrize(
    ("drawn", "header"),
    [
        pytest.param(
            ("年度    调解纠纷    法治宣传", "          （件）     （场次）", "2023       31           8"),
            "年度 调解纠纷（件） 法治宣传（场次）",
            id="names of two lines",
        ),
        pytest.param(
            ("项目         数量（件）", "         2023年      2022年", "调解       31          8"),
            "项目 数量（件）2023年 数量（件）2022年",
            id="a name over two columns",
        ),
        pytest.param(
            ("项目     数量（件）", "         2023年      2022年", "调解       31          8"),
            "项目 数量（件）2023年 数量（件）2022年",
            id="a name at the left end of two columns",
        ),
        pytest.param(
            ("单位     调     执", "         解     法", "清溪镇   31件   8件"),
            "单位 调解 执法",
            id="names set upright",
        ),
        pytest.param(
            ("统计表", "项目    数量    数量", "       （件） （人）", "调解      31      8"),
            "统计表|项目 数量（件） 数量（人）",
            id="a caption above",
        ),
    ],
)
def test_a_header_of_several_rows_is_one(drawn: tuple[str, ...], header: str) -> None:
    assert texts(join_headers(rows(*drawn))) == [*header.split("|"), " ".join(drawn[-1].split())]


@pytest.mark.parametrize(
    "drawn",
    [
        ("项目    数量", "调解     31"),
        ("一、主要做法    效果", "项目    数量", "调解     31"),
        ("填报单位：清溪镇    填报日期：1月", "项目    数量", "调解     31"),
        ("上级来文    已办", "不足。    有", "调解     31"),
        ("调解    31", "信访    8", "执法    3"),
        ("数量（件）    数量（人）", "           （户）", "调解     31      8      3"),
        ("调解  受理12件  办结11件", "情况  说明", "某镇    31        8"),
        ("项目  调解    普法", "单位  件      场次", "某镇      31       8"),
        ("2023年  2022年", "项目  办理  办结  了结", "某镇    31        8"),
    ],
    ids=[
        "one row",
        "a heading",
        "facts",
        "a sentence",
        "figures",
        "a column without a name",
        "words with figures",
        "units",
        "not sure",
    ],
)
def test_rows_that_do_not_continue_a_header_stay(drawn: tuple[str, ...]) -> None:
    assert texts(join_headers(rows(*drawn))) == [" ".join(row.split()) for row in drawn]


def test_a_unit_that_touches_its_figure_moves_to_the_unit_column() -> None:
    drawn = ("项目    数量  单位", "调解      31件", "普法      8场次")
    assert texts(join_headers(rows(*drawn))) == ["项目 数量 单位", "调解 31 件", "普法 8 场次"]


def test_a_figure_with_its_unit_stays_without_a_unit_column() -> None:
    drawn = ("项目    数量  备注", "调解      31件")
    assert texts(join_headers(rows(*drawn))) == ["项目 数量 备注", "调解 31件"]
