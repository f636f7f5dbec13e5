"""Tables of figures in text files with each cell on its own line, or with one blank between cells."""

from __future__ import annotations

import pytest

from orchestration.pipeline.readers.text.tables import write_text_tables

TABLES = {
    "names of columns first": (
        ["序号", "指标名称", "单位", "数量", "1", "调解纠纷", "件", "34", "2", "普法宣传", "场", "12"],
        ["调解纠纷：34件。", "普法宣传：12场。"],
    ),
    "unit in the header": (
        ["项目", "数量（件）", "受理信访", "34", "办结信访", "33"],
        ["受理信访：34件。", "办结信访：33件。"],
    ),
    "unit above the table": (
        ["单位：件", "项目", "2024年", "2025年", "行政复议", "1", "0", "行政诉讼", "2", "3"],
        ["2024年行政复议1件，2025年行政复议0件。", "2024年行政诉讼2件，2025年行政诉讼3件。"],
    ),
    "a title, and blank lines between cells": (
        [
            "统计表",
            "",
            "项目",
            "",
            "受理",
            "",
            "办结",
            "",
            "信访",
            "",
            "34",
            "",
            "33",
            "",
            "纠纷",
            "",
            "56",
            "",
            "-",
        ],
        ["信访：受理34，办结33。", "纠纷：受理56，-。"],
    ),
    "units at the names": (
        ["调解纠纷（件）", "34", "普法宣传（场）", "12"],
        ["调解纠纷：34件。", "普法宣传：12场。"],
    ),
    "units behind the numbers": (
        ["调解纠纷", "34", "件", "普法宣传", "12", "场"],
        ["调解纠纷：34件。", "普法宣传：12场。"],
    ),
    "counts below their names": (
        ["调解纠纷", "34件", "普法宣传", "12场"],
        ["调解纠纷：34件。", "普法宣传：12场。"],
    ),
    "units behind the numbers, names of columns": (
        ["附表", "类别", "数量", "单位", "调解纠纷", "34", "件", "普法宣传", "12", "场"],
        ["调解纠纷：34件。", "普法宣传：12场。"],
    ),
    "lines above the names of columns": (
        ["附表", "序号", "项目", "数量", "单位", "1", "调解纠纷", "34", "件", "2", "普法宣传", "12", "场"],
        ["调解纠纷：34件。", "普法宣传：12场。"],
    ),
    "one blank between cells": (
        ["指标名称 单位 数量", "调解纠纷 件 34", "普法宣传 场 12"],
        ["调解纠纷：34件。", "普法宣传：12场。"],
    ),
    "numbers above their names": (
        ["34件", "调解纠纷", "12场", "普法宣传"],
        ["调解纠纷：34件。", "普法宣传：12场。"],
    ),
    "numbers above names with units": (
        ["34", "调解纠纷（件）", "12", "普法宣传（场）"],
        ["调解纠纷：34件。", "普法宣传：12场。"],
    ),
    "a row of numbers above one of names": (
        ["| 34件 | 12场 |", "| 调解纠纷 | 普法宣传 |"],
        ["调解纠纷：34件。", "普法宣传：12场。"],
    ),
    "bars between cells and behind the last": (
        ["处罚数量（宗） | |||", "警告 | 罚款 | 罚款金额（元） |", "3 | 4 | 5000 |"],
        ["警告3宗，罚款4宗，罚款金额5000元。"],
    ),
    "semicolons between cells": (
        ["项目;数量（件）", "警告;1,234", "罚款;5"],
        ["警告：1,234件。", "罚款：5件。"],
    ),
    "numbers that a program keeps as text": (
        ["项目,数量（件）", '警告,"=""12"""', '罚款,="5"'],
        ["警告：12件。", "罚款：5件。"],
    ),
    "breaks in quoted cells": (
        ["项目,数量（件）,备注", '警告,12,"当场', '作出"', "罚款,5,无"],
        ["警告：12件，当场作出。", "罚款：5件，无。"],
    ),
    "names that say what is counted": (
        ["处罚件数\t12", "培训场次\t3", "参训人数\t120"],
        ["处罚件数：12件。", "培训场次：3场次。", "参训人数：120人。"],
    ),
    "a unit above names and numbers": (
        ["行政处罚情况（单位：件）", "一般程序\t12", "简易程序\t5"],
        ["一般程序：12件。", "简易程序：5件。"],
    ),
    "months as columns": (
        ["项目\t1月\t2月", "处罚（件）\t5\t7"],
        ["处罚：1月5件，2月7件。"],
    ),
    "one blank, years": (["项目 本年 上年", "行政诉讼 2 1"], ["本年行政诉讼2，上年行政诉讼1。"]),
}


@pytest.mark.parametrize(("lines", "sentences"), TABLES.values(), ids=TABLES)
def test_a_table_is_written_as_sentences(lines: list[str], sentences: list[str]) -> None:
    before, after = "全年数据如下。", "二、不足和原因"
    written = write_text_tables("\n".join([before, *lines, after])).split("\n")
    assert written[-len(sentences) - 1 :] == [*sentences, after]
    assert written[0] == before


@pytest.mark.parametrize(
    "lines",
    [
        ["主要数据", "34件", "调解纠纷", "12场", "普法宣传"],
        ["主要数据", "34件", "调解纠纷", "12场", "普法宣传", "更多"],
        ["主要数据", "34", "件", "调解纠纷", "12", "场", "普法宣传", "更多"],
        ["数说法治", "主要数据", "34件", "调解纠纷", "12场", "普法宣传", "更多"],
        ["数说法治", "一年来", "主要数据", "34", "调解纠纷", "12", "普法宣传"],
        ["34", "浏览次数", "12", "分享次数"],  # no units
        ["34件", "调解纠纷", "12场"],
        ["| 1 | 2 |", "| 项目 | 数量 |"],  # column numbers
        ["| 2023 | 2024 |", "| 受理 | 办结 |"],
        ["调解纠纷", "34", "普法宣传", "12"],  # no column names, no units
        ["党政办", "2025年", "司法所", "2024年"],
        ["序号", "事项", "备注", "1", "调解纠纷", "无", "2", "普法宣传", "无"],
        ["首页", "政务公开", "信息", "123", "浏览次数", "456", "字号", "大", "中", "小"],
        ["项目", "数量", "调解纠纷", "34", "一、主要做法", "12"],
        ["字号", "大", "中", "小", "浏览次数", "345", "分享"],
    ],
)
def test_ambiguous_lines_stay_as_they_are(lines: list[str]) -> None:
    text = "\n".join(["全年工作如下。", *lines, "二、不足和原因"])
    assert write_text_tables(text) == text


def test_text_after_a_table_is_read_too() -> None:
    lines = [
        "项目",
        "数量",
        "受理",
        "3",
        "办结",
        "2",
        "附件",
        "名称",
        "金额（元）",
        "罚款",
        "500",
        "没收",
        "60",
    ]
    written = write_text_tables("\n".join(["数据如下。", *lines]))
    assert written.endswith("附件\n名称\t金额（元）\n罚款：金额500元。\n没收：金额60元。")
