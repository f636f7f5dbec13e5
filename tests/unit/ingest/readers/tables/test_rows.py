"""A row of figures becomes the sentence that it means; other cells stay separate."""

from __future__ import annotations

import pytest

from orchestration.pipeline.readers.tables.cells import Cell
from orchestration.pipeline.readers.tables.rows import write_rows, write_tabbed


def _cells(*texts: str) -> list[Cell]:
    return [Cell(text.split("\n")) for text in texts]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            [
                _cells("项目", "数量（件）", "备注"),
                _cells("矛盾纠纷", "31", "全部办结"),
                _cells("信访", "8", ""),
            ],
            ["项目\t数量（件）\t备注", "矛盾纠纷：31件，全部办结。", "信访：8件。"],
            id="unit of the column",
        ),
        pytest.param(
            [_cells("类别", "2023年（件）", "2024年（件）"), _cells("行政处罚", "12", "1,345")],
            ["类别\t2023年（件）\t2024年（件）", "2023年行政处罚12件，2024年行政处罚1,345件。"],
            id="columns of years",
        ),
        pytest.param(
            [_cells("项目", "2023", "2024"), _cells("行政处罚（件）", "12", "34")],
            ["项目\t2023\t2024", "2023年行政处罚12件，2024年行政处罚34件。"],
            id="years as numbers",
        ),
        pytest.param(
            [_cells("年度", "调解", "讲座"), _cells("", "件", "场次"), _cells("2024年", "34", "26")],
            ["年度\t调解\t讲座", "件\t场次", "2024年：调解34件，讲座26场次。"],
            id="a row of units without a label",
        ),
        pytest.param(
            [
                _cells("松坪镇报告"),
                _cells("调解", "34", "件", "讲座", "26", "场次"),
                _cells("调解", "3", "4", "件"),
            ],
            ["松坪镇报告", "调解：34件，讲座：26场次。", "调解：3；4，件。"],
            id="units behind numbers",
        ),
        pytest.param(
            [
                [Cell(["项目"]), Cell(["数量"], 2)],
                [Cell([], is_continued=True), *_cells("2023年", "2024年")],
                _cells("行政处罚", "12件", "34件"),
            ],
            ["项目\t数量", "2023年\t2024年", "2023年行政处罚12件，2024年行政处罚34件。"],
            id="numbers over years",
        ),
        pytest.param(
            [
                _cells("项目", "2024年", "2023年", "项目", "2024年", "2023年"),
                _cells("纠纷（件）", "34", "30", "讲座（场次）", "26", "20"),
                _cells("处罚（件）", "12", "9", "", "", ""),
            ],
            [
                "项目\t2024年\t2023年\t项目\t2024年\t2023年",
                "2024年纠纷34件，2023年纠纷30件。",
                "2024年讲座26场次，2023年讲座20场次。",
                "2024年处罚12件，2023年处罚9件。",
            ],
            id="halves side by side",
        ),
        pytest.param(
            [
                _cells("项目", "2024年（件）", "", "项目", "2024年（场次）"),
                _cells("纠纷", "34", "", "讲座", "26"),
            ],
            [
                "项目\t2024年（件）\t项目\t2024年（场次）",
                "2024年纠纷34件。",
                "2024年讲座26场次。",
            ],
            id="halves with a gap",
        ),
        pytest.param(
            [_cells("指标", "单位", "代码", "本年", "上年"), _cells("纠纷", "件", "1", "34", "30")],
            ["指标\t单位\t代码\t本年\t上年", "本年纠纷34件，上年纠纷30件。"],
            id="codes of rows",
        ),
        pytest.param(
            [_cells("件数", "人数", "件数", "人数"), _cells("34", "50", "12", "14")],
            ["件数\t人数\t件数\t人数", "34件，50人，12件，14人。"],
            id="names twice, without labels",
        ),
        pytest.param(
            [_cells("项目", "本年", "上年"), _cells("罚款（元）", "3000", "2000")],
            ["项目\t本年\t上年", "本年罚款3000元，上年罚款2000元。"],
            id="a figure that could be a year",
        ),
        pytest.param(
            [_cells("调解纠纷（件）", "走访/户"), _cells("33", "44")],
            ["调解纠纷（件）\t走访/户", "调解纠纷33件，走访44户。"],
            id="names in the header only",
        ),
        pytest.param(
            [
                _cells("序号", "项目", "单位", "数量"),
                _cells("1", "学法", "次", "12"),
                _cells("2", "参加", "人次", "360"),
            ],
            ["序号\t项目\t单位\t数量", "学法：12次。", "参加：360人次。"],
            id="unit in a cell of its own",
        ),
        pytest.param(
            [
                [Cell(["执法情况表（单位：件）"], 3)],
                _cells("类别", "受理", "办结"),
                _cells("处罚", "12", "10"),
            ],
            ["执法情况表（单位：件）", "类别\t受理\t办结", "处罚：受理12件，办结10件。"],
            id="unit of the whole table",
        ),
        pytest.param(
            [
                [Cell(["年份"]), Cell(["案件"], 2)],
                [Cell([], is_continued=True), *_cells("受理（件）", "办结率")],
                _cells("2023", "9", "95%"),
            ],
            ["年份\t案件", "受理（件）\t办结率", "2023年：案件受理9件，案件办结率95%。"],
            id="header of two rows",
        ),
        pytest.param(
            [
                _cells("项目", "数量"),
                [Cell(["调解"]), *_cells("受理12件")],
                [Cell([], is_continued=True), *_cells("9")],
            ],
            ["项目\t数量", "调解：受理12件。", "调解：9。"],
            id="label of several rows",
        ),
        pytest.param(
            [_cells("项目\n名称", "数量\n（件）"), _cells("纠纷\n信访", "31\n8")],
            ["项目名称\t数量（件）", "纠纷：31件。", "信访：8件。"],
            id="lists in cells",
        ),
        pytest.param(
            [_cells("姓名", "联系电话"), _cells("张某", "66889900")],
            ["姓名\t联系电话", "张某，66889900。"],
            id="numbers that count nothing",
        ),
        pytest.param(
            [_cells("调解33件", "走访44户")], ["调解33件，走访44户。"], id="figures without a header"
        ),
        pytest.param(
            [_cells("索引号：", "AB123/2024"), _cells("", " ")],
            ["索引号：\tAB123/2024"],
            id="facts of a page",
        ),
        pytest.param(
            [_cells("工作", "（一）学习。学习3次。\n（二）调解。")],
            ["工作", "（一）学习。学习3次。", "（二）调解。"],
            id="layout",
        ),
        pytest.param(
            [_cells("项目", "指标1", "案件数（含简易）"), _cells("处罚", "12", "3")],
            ["项目\t指标1\t案件数（含简易）", "处罚：指标1：12，案件数（含简易）3。"],
            id="no unit in brackets",
        ),
        pytest.param(
            [
                [Cell(["项目"]), Cell(["2023年"], 2), Cell(["2022年"], 2)],
                [Cell([], is_continued=True), *_cells("数量", "单位", "数量", "单位")],
                _cells("普法", "12", "场次", "34", "件"),
            ],
            [
                "项目\t2023年\t2022年",
                "数量\t单位\t数量\t单位",
                "2023年普法数量12场次，2022年普法数量34件。",
            ],
            id="a unit behind each figure",
        ),
        pytest.param(
            [_cells("项目", "数量（件）"), _cells("纠纷", "'31"), _cells("信访", " '8' ")],
            ["项目\t数量（件）", "纠纷：31件。", "信访：8件。"],
            id="numbers that an apostrophe keeps as text",
        ),
        pytest.param(
            [_cells("单位", "调解纠纷", "行政处罚"), _cells("清溪镇", "31件", "8件")],
            ["单位\t调解纠纷\t行政处罚", "清溪镇：调解纠纷31件，行政处罚8件。"],
            id="figures with their own units",
        ),
        pytest.param(
            [_cells("项目", "2023年", "2022年"), _cells("调解纠纷", "31件", "8件")],
            ["项目\t2023年\t2022年", "2023年调解纠纷31件，2022年调解纠纷8件。"],
            id="figures of years with their own units",
        ),
        pytest.param(
            [
                _cells("填报单位：清溪镇", "填报日期：2024年1月10日"),
                _cells("项目", "数量（件）"),
                _cells("纠纷", "31"),
            ],
            ["填报单位：清溪镇\t填报日期：2024年1月10日", "项目\t数量（件）", "纠纷：31件。"],
            id="facts above the header",
        ),
        pytest.param(
            [_cells("项目", "目标数", "完成数", "完成率"), _cells("调解（件）", "30", "31", "103%")],
            ["项目\t目标数\t完成数\t完成率", "计划目标调解数30件，完成调解数31件，完成率103%。"],
            id="what is aimed at and done",
        ),
        pytest.param(
            [_cells("项目", "上半年", "全年"), _cells("调解（件）", "12", "31")],
            ["项目\t上半年\t全年", "上半年调解12件，全年调解31件。"],
            id="parts of the year",
        ),
        pytest.param(
            [_cells("项目", "计划内", "完成情况"), _cells("调解（件）", "12", "31")],
            ["项目\t计划内\t完成情况", "调解：计划内12件，完成情况31件。"],
            id="a name that only begins as a plan",
        ),
        pytest.param(
            [
                _cells("项目", "数量（件）"),
                _cells("调解", "31"),
                _cells("项目", "数量（场次）"),
                _cells("普法", "12"),
                _cells("处罚情况", "件数"),
                _cells("罚款", "8"),
            ],
            [
                "项目\t数量（件）",
                "调解：31件。",
                "项目\t数量（场次）",
                "普法：12场次。",
                "处罚情况\t件数",
                "罚款：8件。",
            ],
            id="a header again",
        ),
        pytest.param(
            [_cells("培训", "场次", "参加人数", "满意率"), _cells("民法典", "3", "120", "98%")],
            ["培训\t场次\t参加人数\t满意率", "民法典：场次3场次，参加人数120人，满意率98%。"],
            id="units in names of columns",
        ),
        pytest.param(
            [_cells("项目", "件数"), _cells("简易程序", "12")],
            ["项目\t件数", "简易程序：12件。"],
            id="a name that is no more than its unit",
        ),
        pytest.param(
            [
                _cells("单位：万元"),
                _cells("项目", "金额", "件数", "上升率"),
                _cells("罚款", "3.5", "6", "20"),
            ],
            ["单位：万元", "项目\t金额\t件数\t上升率", "罚款：金额3.5万元，6件，上升率20。"],
            id="a stated unit is not that of other names",
        ),
        pytest.param(
            [_cells("单位：件"), _cells("项目", "罚款", "罚款金额"), _cells("环保", "3", "500")],
            ["单位：件", "项目\t罚款\t罚款金额", "环保：罚款3件，罚款金额500。"],
            id="a stated count is not that of money",
        ),
        pytest.param(
            [_cells("项目", "件数", "其中：办结", "其中：占比"), _cells("信访", "12", "11", "92")],
            ["项目\t件数\t其中：办结\t其中：占比", "信访：12件，其中：办结11件，其中：占比92。"],
            id="a part has the unit of the column before it",
        ),
        pytest.param(
            [_cells("单位：件"), _cells("项目", "一季度", "二季度"), _cells("培训人次", "12", "345")],
            ["单位：件", "项目\t一季度\t二季度", "一季度培训人次12人次，二季度培训人次345人次。"],
            id="a unit in the name of the row",
        ),
        pytest.param(
            [_cells("村", "干部数", "平台数", "户数"), _cells("松坪村", "12", "3", "400")],
            ["村\t干部数\t平台数\t户数", "松坪村：干部数12，平台数3，户数400户。"],
            id="words that end like a unit",
        ),
        pytest.param([_cells("纠纷", "12", "345")], ["纠纷：12；345。"], id="numbers without a header"),
        pytest.param(
            [_cells("指标", "数值"), _cells("调解（件）", "34"), _cells("罚没款（万元）", "5")],
            ["指标\t数值", "调解：34件。", "罚没款：5万元。"],
            id="units of the labels",
        ),
        pytest.param(
            [_cells("项目", "受理", "办结"), _cells("单位", "件", "件"), _cells("纠纷", "34", "33")],
            ["项目\t受理\t办结", "单位\t件\t件", "纠纷：受理34件，办结33件。"],
            id="units in a row of their own",
        ),
        pytest.param(
            [_cells("调解纠纷（件）", "34", "普法（场）", "12")],
            ["调解纠纷：34件，普法：12场。"],
            id="names with units",
        ),
        pytest.param([], [], id="nothing"),
    ],
)
def test_rows(rows: list[list[Cell]], expected: list[str]) -> None:
    assert list(write_rows(rows)) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(
            ["前文。", "　　项目\t2023年（件）\t2024年（件）", "处罚\t12\t345", "许可\t—\t6", "后文\t完"],
            [
                "前文。",
                "项目\t2023年（件）\t2024年（件）",
                "2023年处罚12件，2024年处罚345件。",
                "2024年许可6件。",
                "后文\t完",
            ],
            id="a table of figures",
        ),
        pytest.param(["处罚\t12", "许可\t6"], ["处罚\t12", "许可\t6"], id="no names of columns"),
        pytest.param(
            ["文号\t001/2024\t日期", "编号\t128\t3"],
            ["文号\t001/2024\t日期", "编号\t128\t3"],
            id="facts of a page",
        ),
        pytest.param(
            ["项目\t数量", "处罚\t12\t345"], ["项目\t数量", "处罚\t12\t345"], id="a cell is missing"
        ),
        pytest.param(
            ["调解（件）\t34", "处罚\t起\t12"], ["调解（件）\t34", "处罚\t起\t12"], id="rows of unlike width"
        ),
        pytest.param(
            ["调解（件）\t34", "普法（场）\t12"],
            ["调解：34件。", "普法：12场。"],
            id="names with their units",
        ),
        pytest.param(["调解\t件\t34", "普法\t场\t12"], ["调解：34件。", "普法：12场。"], id="units between"),
        pytest.param(["浏览次数\t128", "下载\t3"], ["浏览次数\t128", "下载\t3"], id="names without units"),
        pytest.param(
            ["项目\t人数（人次）", "培训\t200余", "走访\t3-5"],
            ["项目\t人数（人次）", "培训：200余人次。", "走访\t3-5"],
            id="about, and a range",
        ),
        pytest.param(
            ["项目\t2024年（件）", "纠纷\t34①", "信访\t12*", "处罚\t5[1]"],
            ["项目\t2024年（件）", "2024年纠纷34件。", "2024年信访12件。", "2024年处罚5件。"],
            id="note marks behind numbers",
        ),
        pytest.param(
            ["项目\t2024年（件）", "纠纷\t34（含信访12）", "处罚\t5"],
            ["项目\t2024年（件）", "2024年纠纷34件（含信访12）。", "2024年处罚5件。"],
            id="a remark behind a number",
        ),
        pytest.param(
            ["项目\t本期\t同比（%）\t占比", "纠纷（件）\t34\t16\t20"],
            ["项目\t本期\t同比（%）\t占比", "纠纷：本期34件，同比16%，占比20。"],
            id="shares are not counted in the unit of the row",
        ),
        pytest.param(
            ["项目\t2024年\t2023年", "受理/办结\t34/31\t30/29", "处罚（件）\t19\t12"],
            ["项目\t2024年\t2023年", "受理/办结\t34/31\t30/29", "2024年处罚19件，2023年处罚12件。"],
            id="pairs of numbers",
        ),
        pytest.param(
            ["部门\t检查（次）", "执法队\t40", "应急办\t23", "合计\t63"],
            ["部门\t检查（次）", "部门·执法队：检查40次。", "部门·应急办：检查23次。", "合计：检查63次。"],
            id="parts beside their sum",
        ),
        pytest.param(
            ["村名\t检查（次）", "东村\t40", "合计\t40"],
            ["村名\t检查（次）", "东村：检查40次。", "合计：检查40次。"],
            id="villages beside their sum",
        ),
        pytest.param(
            ["项目\t2023年\t2024年", "纠纷\t30件\t34 件"],
            ["项目\t2023年\t2024年", "2023年纠纷30件，2024年纠纷34 件。"],
            id="a blank before a unit",
        ),
        pytest.param(
            ["单位：件", "项目\t受理", "纠纷\t34"],
            ["单位：件", "项目\t受理", "纠纷：受理34件。"],
            id="unit above",
        ),
        pytest.param(
            ["单位：件、人", "项目\t受理", "纠纷\t34"],
            ["单位：件、人", "项目\t受理", "纠纷：受理34。"],
            id="units above",
        ),
        pytest.param(
            ["领域\t数量\t备注", "立案案件\t23起\t已全部结案", "普法讲座\t12场\t受众86人次"],
            ["领域\t数量\t备注", "立案案件：23起，已全部结案。", "普法讲座：12场，受众86人次。"],
            id="an amount and a remark",
        ),
        pytest.param(
            ["领域\t数量", "立案案件\t23起", "普法讲座\t12场"],
            ["领域\t数量", "立案案件\t23起", "普法讲座\t12场"],
            id="an amount alone",
        ),
        pytest.param(
            ["类别\t审核\t意见", "合同\t17份\t26条", "合计\t21份（件）\t30条"],
            ["类别\t审核\t意见", "合同：审核17份，意见26条。", "合计：审核21份（件），意见30条。"],
            id="amounts with two units",
        ),
        pytest.param([], [], id="nothing"),
    ],
)
def test_lines_with_tabs(lines: list[str], expected: list[str]) -> None:
    assert write_tabbed(lines) == expected
