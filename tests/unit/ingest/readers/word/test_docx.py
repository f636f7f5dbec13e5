"""A Word document is read as Word prints it: each piece once, nothing hidden, every automatic number."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.pipeline.readers.word import docx
from tests.unit.ingest.readers.word.files import cell, field, paragraph, row, run, table, word_document

BOX = "<w:txbxContent>{}</w:txbxContent>"
TWICE = (
    '<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>{0}</wps:txbx></w:drawing></mc:Choice>'
    "<mc:Fallback><w:pict><v:shape><v:textbox>{0}</v:textbox></v:shape></w:pict></mc:Fallback>"
    "</mc:AlternateContent></w:r>"
)


def lines(body: str, **parts: str) -> list[str]:
    """Return the lines that the reader gives for a body."""
    return docx.read(word_document(body, **parts)).text.split("\n")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            paragraph(
                run("排查12处，") + TWICE.format(BOX.format(paragraph("调解77件。"))) + run("整改9处。")
            ),
            ["排查12处，整改9处。", "调解77件。"],
            id="text box once and apart from its paragraph",
        ),
        pytest.param(
            paragraph(TWICE.format(BOX.format(paragraph("第一段。") + paragraph("第二段。")))),
            ["第一段。", "第二段。"],
            id="paragraphs of a text box without a host",
        ),
        pytest.param(
            paragraph(
                run("甲。")
                + TWICE.format(
                    BOX.format(paragraph(run("外。") + TWICE.format(BOX.format(paragraph("内。")))))
                )
            ),
            ["甲。", "外。", "内。"],
            id="text box in a text box",
        ),
        pytest.param(
            paragraph(
                "<w:r><w:drawing><a:txBody><a:p><a:r><a:t>图中文字</a:t></a:r></a:p></a:txBody></w:drawing></w:r>"
            ),
            ["图中文字"],
            id="text of a drawing",
        ),
        pytest.param(
            paragraph(run("调解") + f"<w:del>{run('40')}</w:del><w:ins>{run('43')}</w:ins>" + run("件。")),
            ["调解43件。"],
            id="deleted and inserted",
        ),
        pytest.param(
            paragraph(f"<w:moveFrom>{run('接访5人次。')}</w:moveFrom>" + run("甲。"))
            + paragraph(f"<w:moveTo>{run('接访5人次。')}</w:moveTo>"),
            ["甲。", "接访5人次。"],
            id="moved text where it is now",
        ),
        pytest.param(
            paragraph("前一段，", "<w:rPr><w:del/></w:rPr>") + paragraph("后一段。"),
            ["前一段，后一段。"],
            id="deleted paragraph mark",
        ),
        pytest.param(
            paragraph("标题", "<w:rPr><w:vanish/><w:specVanish/></w:rPr>") + paragraph("正文。"),
            ["标题正文。"],
            id="style separator",
        ),
        pytest.param(
            paragraph("太", '<w:framePr w:dropCap="drop"/>') + paragraph("平镇。"), ["太平镇。"], id="initial"
        ),
        pytest.param(
            paragraph(
                run("受理15件。") + run("实际99件。", "<w:vanish/>") + run("完。", '<w:vanish w:val="0"/>')
            ),
            ["受理15件。完。"],
            id="hidden text",
        ),
        pytest.param(
            paragraph(
                run("调解")
                + run("40", "<w:strike/>")
                + run("43件。")
                + run("走访9户。", '<w:dstrike w:val="1"/>')
            ),
            ["调解43件。"],
            id="struck out",
        ),
        pytest.param(
            paragraph(
                run("甲。")
                + run("旧稿99件。", '<w:color w:val="FFFFFF"/>')
                + run("旧稿98件。", '<w:sz w:val="2"/>')
                + run("乙。", '<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="C00000"/>')
            )
            + table(row(cell(paragraph(run("丙", '<w:color w:val="FFFFFF"/>'))), "丁")),
            ["甲。乙。", "丙\t丁"],
            id="white and tiny text, white text on a ground",
        ),
        pytest.param(
            paragraph(
                f"<w:hyperlink>{run('链接')}</w:hyperlink><w:smartTag><w:smartTag>{run('2024')}</w:smartTag>"
                f"</w:smartTag><w:customXml>{run('年')}</w:customXml><w:fldSimple w:instr='REF a'>{run('第3条')}"
                f"</w:fldSimple><w:bdo>{run('。')}</w:bdo>"
            ),
            ["链接2024年第3条。"],
            id="links, smart tags, simple fields",
        ),
        pytest.param(
            f"<w:sdt><w:sdtPr/><w:sdtContent>{paragraph('控件一')}</w:sdtContent></w:sdt>"
            + paragraph(
                f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{run('单击此处输入文字。')}"
                "</w:sdtContent></w:sdt>" + run("控件二")
            ),
            ["控件一", "控件二"],
            id="content controls, not their placeholders",
        ),
        pytest.param(
            paragraph(
                run("共") + field("REF x \\h", "12") + run("件，第") + field("PAGE", "3") + run("页。")
            ),
            ["共12件，第页。"],
            id="results of fields, no codes, no page numbers",
        ),
        pytest.param(paragraph(field("IF a=a 乙 丙", "乙")), ["乙"], id="words of a code are no text"),
        pytest.param(
            paragraph('<w:r><w:fldChar w:fldCharType="begin"/></w:r>' + run("没有结束的域。"))
            + paragraph("后文。"),
            ["没有结束的域。", "后文。"],
            id="field without an end hides nothing",
        ),
        pytest.param(
            paragraph(
                '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>TOC</w:instrText></w:r>'
                '<w:r><w:fldChar w:fldCharType="separate"/></w:r>' + run("一、做法 1")
            )
            + paragraph("二、打算 2")
            + paragraph('<w:r><w:fldChar w:fldCharType="end"/></w:r>')
            + paragraph("一、做法"),
            ["一、做法"],
            id="no table of contents",
        ),
        pytest.param(
            paragraph(
                field(r"EQ \o\ac(○,3)")
                + run("抓学习。")
                + field(r'EQ \* jc2 \* "Font:宋体" \* hps10 \o\ad(\s\up 9(zhèn),镇)')
                + field(r"EQ \f(1,3)")
            ),
            ["③抓学习。镇1/3"],
            id="equation fields",
        ),
        pytest.param(
            paragraph(
                "<w:r><w:ruby><w:rubyPr/><w:rt>"
                + run("zhèn")
                + "</w:rt><w:rubyBase>"
                + run("镇")
                + "</w:rubyBase></w:ruby></w:r>"
                + run("政府")
            ),
            ["镇政府"],
            id="phonetic guide",
        ),
        pytest.param(
            paragraph(
                '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/><w:sym w:font="Wingdings" w:char="F082"/>'
                '<w:sym w:font="Symbol" w:char="F033"/></w:r>' + run("件")
            ),
            ["☑②3件"],
            id="symbols",
        ),
        pytest.param(
            paragraph(
                "<w:r><w:t>甲</w:t><w:br/><w:t>乙</w:t><w:tab/><w:t>a</w:t><w:noBreakHyphen/><w:t>b</w:t>"
                "<w:softHyphen/><w:cr/><w:t>丙</w:t></w:r>",
                "<w:tabs><w:tab/></w:tabs>",
            ),
            ["甲", "乙\ta-b", "丙"],
            id="line breaks, tabs, hyphens",
        ),
        pytest.param(
            paragraph(run("面积12m") + run("2", '<w:vertAlign w:val="superscript"/>') + run("。")),
            ["面积12m²。"],
            id="superscript is no digit of the number",
        ),
        pytest.param(
            paragraph(
                "<m:oMath><m:f><m:num><m:r><m:t>1</m:t></m:r></m:num>"
                "<m:den><m:r><m:t>3</m:t></m:r></m:den></m:f></m:oMath>"
            ),
            ["1/3"],
            id="formula",
        ),
        pytest.param(
            table(row(cell(paragraph("说明") + table(row("调解纠纷33件", "走访44户")) + paragraph("")))),
            ["说明", "调解纠纷33件，走访44户。"],
            id="nested table once",
        ),
        pytest.param(
            table(row(cell(paragraph("（一）学习。学习13次。") + paragraph("（二）调解。调解34件。")))),
            ["（一）学习。学习13次。", "（二）调解。调解34件。"],
            id="paragraphs of a layout table",
        ),
        pytest.param(
            table(
                row("项目", "数量（件）", "备注"),
                row("纠纷", "31", cell("办结", '<w:vMerge w:val="restart"/>')),
                row("信访", "8", cell("", "<w:vMerge/>")),
            ),
            ["项目\t数量（件）\t备注", "纠纷：31件，办结。", "信访：8件。"],
            id="cells apart, merged cells once",
        ),
        pytest.param(
            table(
                row("甲", "乙"),
                row("删", "去", properties="<w:del/>"),
                row("隐", "藏", properties="<w:hidden/>"),
            ),
            ["甲\t乙"],
            id="deleted and hidden rows",
        ),
        pytest.param(
            table(f"<w:sdt><w:sdtContent>{row('甲', '乙')}</w:sdtContent></w:sdt>"),
            ["甲\t乙"],
            id="row in a control",
        ),
    ],
)
def test_what_word_prints_is_read_once(body: str, expected: list[str]) -> None:
    assert lines(body) == expected


def test_style_inherited_hiding() -> None:
    styles = (
        '<w:style w:type="character" w:styleId="Note"><w:name w:val="note"/><w:rPr><w:vanish/></w:rPr></w:style>'
        '<w:style w:type="character" w:styleId="Child"><w:basedOn w:val="Note"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Inner"><w:rPr><w:vanish/></w:rPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Loop"><w:basedOn w:val="Loop"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style>'
    )
    body = (
        paragraph(run("可见。") + run("隐藏。", '<w:rStyle w:val="Child"/>'))
        + paragraph("整段隐藏。", '<w:pStyle w:val="Inner"/>')
        + paragraph(run("再现。", '<w:vanish w:val="false"/>'), '<w:pStyle w:val="Inner"/>')
        + paragraph(run("相抵。", '<w:rStyle w:val="Note"/>'), '<w:pStyle w:val="Inner"/>')
        + paragraph("循环。", '<w:pStyle w:val="Loop"/>')
        + paragraph("一、做法\t1", '<w:pStyle w:val="TOC1"/>')
    )
    assert lines(body, styles=styles) == ["可见。", "再现。", "相抵。", "循环。"]


def test_notes_follow_their_paragraph() -> None:
    note = (
        '<w:footnote w:id="{}" {}>' + paragraph("<w:r><w:footnoteRef/></w:r>" + run("{}")) + "</w:footnote>"
    )
    footnotes = (
        note.format(-1, 'w:type="separator"', "线")
        + note.format(2, "", "指乡级调解。")
        + note.format(3, "", "表注。")
    )
    mark = '<w:r><w:footnoteReference w:id="{}"/></w:r>'
    own_mark = '<w:r><w:footnoteReference w:id="2" w:customMarkFollows="1"/><w:t>*</w:t></w:r>'
    body = (
        paragraph(run("调解34件") + own_mark + run("。"))
        + table(row(cell(paragraph(run("甲") + mark.format(3))), "乙"))
        + paragraph(run("再引") + mark.format(2) + run("。"))
    )
    assert lines(body, footnotes=footnotes) == ["调解34件。", "指乡级调解。", "甲\t乙", "表注。", "再引。"]


def _marked(counter: list[int]) -> st.SearchStrategy[str]:
    """Return markup of blocks with the texts 〔0〕, 〔1〕 … in every nesting that Word allows."""

    def words() -> str:
        counter[0] += 1
        return f"〔{counter[0]}〕"

    runs = st.sampled_from(
        [
            "{}",
            "<w:ins>{}</w:ins>",
            "<w:hyperlink>{}</w:hyperlink>",
            "<w:sdt><w:sdtContent>{}</w:sdtContent></w:sdt>",
            "<w:smartTag>{}</w:smartTag>",
            "<w:moveTo>{}</w:moveTo>",
        ]
    )
    inline = st.lists(runs, min_size=1, max_size=3).map(
        lambda shapes: "".join(shape.format(run(words())) for shape in shapes)
    )
    blocks = inline.map(paragraph)
    return st.recursive(
        blocks,
        lambda inner: st.one_of(
            st.lists(st.lists(inner, min_size=1, max_size=2), min_size=1, max_size=2).map(
                lambda rows: table(*(row(*map(cell, cells)) for cells in rows)) + paragraph("")
            ),
            st.tuples(inline, inner).map(lambda both: paragraph(both[0] + TWICE.format(BOX.format(both[1])))),
            st.lists(inner, min_size=1, max_size=3).map("".join),
            inner.map(lambda block: f"<w:sdt><w:sdtPr/><w:sdtContent>{block}</w:sdtContent></w:sdt>"),
        ),
        max_leaves=12,
    )


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_text_is_read_twice_or_lost(data: st.DataObject) -> None:
    counter = [0]
    body = data.draw(_marked(counter))
    text = docx.read(word_document(body)).text
    written = sorted({part.split("〕")[0] for part in body.split("〔")[1:]})
    assert sorted(part.split("〕")[0] for part in text.split("〔")[1:]) == written


def test_a_table_set_with_tabs_reads_as_sentences() -> None:
    tab = "<w:r><w:tab/></w:r>"
    rows = [("项目", "2023年（件）", "2024年（件）"), ("调解", "34", "56"), ("处罚", "1", "2")]
    body = "".join(paragraph(tab.join(map(run, cells))) for cells in rows)
    assert docx.read(word_document(paragraph("情况如下。") + body)).text.split("\n") == [
        "情况如下。",
        "项目\t2023年（件）\t2024年（件）",
        "2023年调解34件，2024年调解56件。",
        "2023年处罚1件，2024年处罚2件。",
    ]


def test_figures_under_a_black_marker_are_lost_and_words_left_out() -> None:
    marked, white = '<w:highlight w:val="black"/>', '<w:color w:val="FFFFFF"/>'
    body = paragraph(f"{run('调解')}{run('34', marked)}{run('件，')}{run('张三', marked)}{run('等')}")
    assert docx.read(word_document(body)).text == "调解\ufffd件，等"
    assert docx.read(word_document(paragraph(run("调解34件", marked + white)))).text == "调解34件"
