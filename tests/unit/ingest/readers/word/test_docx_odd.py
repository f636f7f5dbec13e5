"""Odd Word documents: text shown by means other than runs, and text hidden by means other than hidden text."""

from __future__ import annotations

import pytest

from orchestration.pipeline.readers import RejectedFile
from orchestration.pipeline.readers.word import docx
from tests.unit.ingest.readers.word.files import R, cell, field, paragraph, row, run, table, word_document

DGM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
BOX = f"<w:txbxContent>{paragraph('旧稿99件。')}</w:txbxContent>"
STYLES = (
    '<w:style w:type="character" w:styleId="White"><w:rPr><w:color w:val="FFFFFF"/></w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="Label"><w:basedOn w:val="White"/><w:rPr><w:shd w:fill="C00000"/></w:rPr>'
    "</w:style>"
    '<w:style w:type="paragraph" w:styleId="Pale"><w:rPr><w:color w:val="ffffff"/></w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="Tiny"><w:rPr><w:sz w:val="2"/></w:rPr></w:style>'
)


def lines(body: str, **parts: str) -> list[str]:
    return docx.read(word_document(body, styles=STYLES, **parts)).text.split("\n")  # type: ignore[arg-type]


def form_field(code: str, data: str, separate: bool = False) -> str:
    mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
    begin = f'<w:r><w:fldChar w:fldCharType="begin"><w:ffData>{data}</w:ffData></w:fldChar></w:r>'
    result = mark.format("separate") + run("旧") if separate else ""
    return f"{begin}<w:r><w:instrText> {code} </w:instrText></w:r>{result}{mark.format('end')}"


SIZE_32 = '<w:sz w:val="32"/>'
ENTRIES = '<w:ddList>{}<w:listEntry w:val="12"/><w:listEntry w:val="34"/></w:ddList>'


def placeholder(text: str) -> str:
    """A content control that is marked as empty."""
    return f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{run(text)}</w:sdtContent></w:sdt>"


def alternative(space: str, choice: str, fallback: str) -> str:
    """Text for programs that know an extension of the format, and text for others."""
    return (
        f'<mc:AlternateContent><mc:Choice Requires="x" xmlns:x="{space}">{choice}</mc:Choice>'
        f"<mc:Fallback>{fallback}</mc:Fallback></mc:AlternateContent>"
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            run("调解") + form_field("FORMDROPDOWN", ENTRIES.format('<w:result w:val="1"/>')),
            "调解34",
            id="drop-down",
        ),
        pytest.param(
            run("调解") + form_field("FORMDROPDOWN", ENTRIES.format(""), True), "调解12", id="first entry"
        ),
        pytest.param(
            run("调解") + form_field("FORMDROPDOWN", ENTRIES.format('<w:default w:val="9"/>')),
            "调解",
            id="no such entry",
        ),
        pytest.param(
            run("调解") + field("MACROBUTTON NoMacro 34") + run("件"), "调解34件", id="text of a button"
        ),
        pytest.param(
            run("调解") + field("MACROBUTTON NoMacro [单击此处键入2024年件数]") + run("件"),
            "调解件",
            id="prompt of a button",
        ),
        pytest.param(
            run("调解") + placeholder("34") + run("件"), "调解34件", id="filled in, marked as empty"
        ),
        pytest.param(
            run("调解") + placeholder("单击此处输入2024年件数") + run("件"), "调解件", id="to be filled in"
        ),
        pytest.param(
            run("调解") + placeholder("件数") + run("件"), "调解件", id="to be filled in, in a word"
        ),
        pytest.param(run("已办") + field(r'SYMBOL 254 \f "Wingdings" \s 12'), "已办☑", id="symbol"),
        pytest.param(run("调解") + field("SYMBOL 0x33") + run("件"), "调解3件", id="symbol without a font"),
        pytest.param(
            '<w:r><w:t>\n   调解34\n   </w:t></w:r><w:r><w:t xml:space="preserve">件\n， 走访</w:t></w:r>',
            "调解34件 ， 走访",
            id="markup that is indented",
        ),
        pytest.param(
            '<w14:conflictDel xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml">'
            f"{run('40')}</w14:conflictDel>" + run("43件"),
            "43件",
            id="deleted by one of two authors",
        ),
        pytest.param(run("甲。") + run("旧稿。", '<w:rStyle w:val="White"/>'), "甲。", id="white by a style"),
        pytest.param(
            run("甲。") + run("旧稿。", '<w:color w:val="auto" w:themeColor="background1"/>'),
            "甲。",
            id="paper",
        ),
        pytest.param(
            run("甲。") + run("乙。", '<w:color w:val="auto" w:themeColor="background1" w:themeShade="80"/>'),
            "甲。乙。",
            id="grey",
        ),
        pytest.param(
            run("甲。") + run("乙。", '<w:rStyle w:val="Label"/>'), "甲。乙。", id="ground of a style"
        ),
        pytest.param(
            run("甲。") + run("乙。", '<w:rStyle w:val="White"/><w:color w:val="000000"/>'),
            "甲。乙。",
            id="black again",
        ),
        pytest.param(run("甲。") + run("旧稿。", '<w:rStyle w:val="Tiny"/>'), "甲。", id="tiny by a style"),
        pytest.param(
            run("甲。") + run("旧稿。", '<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="FFFFFF"/>'),
            "甲。",
            id="white on white",
        ),
        pytest.param(
            run("甲。")
            + run("旧稿。", '<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:color="auto" w:fill="auto"/>'),
            "甲。",
            id="white on no colour",
        ),
        pytest.param(
            run("甲。") + run("乙。", '<w:color w:val="FFFFFF"/><w:shd w:val="solid" w:fill="FFFFFF"/>'),
            "甲。乙。",
            id="white on a pattern",
        ),
        pytest.param(
            run("甲。")
            + run(
                "乙。", '<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="auto" w:themeFill="accent1"/>'
            ),
            "甲。乙。",
            id="white on a theme colour",
        ),
        pytest.param(
            alternative("urn:other", run("40"), run("43")) + run("件"), "43件", id="choice of another program"
        ),
        pytest.param(
            alternative("http://schemas.microsoft.com/office/word/2010/wordml", run("43"), run("40"))
            + run("件"),
            "43件",
            id="choice of Word",
        ),
        pytest.param(
            run("调解") + f'<w:bdo w:val="rtl">{run("3")}{run("4")}</w:bdo>' + run("件"),
            "调解43件",
            id="shown from the right",
        ),
        pytest.param(
            run("调解") + f'<w:bdo w:val="ltr">{run("43")}</w:bdo>' + run("件"),
            "调解43件",
            id="shown from the left",
        ),
        pytest.param(
            alternative("urn:other", run("43"), "<w:r/>") + run("件"), "43件", id="the only choice with text"
        ),
        pytest.param(
            run("调解34") + run("1", '<w:position w:val="10"/><w:sz w:val="14"/>') + run("件"),
            "调解34¹件",
            id="mark set high by hand",
        ),
        pytest.param(
            run("调解3", '<w:sz w:val="32"/>') + run("4", '<w:position w:val="3"/><w:sz w:val="32"/>'),
            "调解34",
            id="moved up a little at the same size",
        ),
        pytest.param(
            run("调解", SIZE_32)
            + run("34", '<w:position w:val="3"/><w:sz w:val="21"/>')
            + run("件", SIZE_32),
            "调解34件",
            id="smaller, moved to the middle of the line",
        ),
        pytest.param(
            run("调解", SIZE_32)
            + run("348", '<w:position w:val="9"/><w:sz w:val="21"/>')
            + run("件", SIZE_32),
            "调解348件",
            id="a long number is no mark",
        ),
    ],
)
def test_a_paragraph_reads_as_it_is_shown(body: str, expected: str) -> None:
    assert lines(f"<w:p>{body}</w:p>") == [expected]


def test_text_without_a_colour_on_no_colour_is_read() -> None:
    usual = '<w:color w:val="auto"/><w:shd w:val="clear" w:color="auto" w:fill="auto"/>'
    assert lines(paragraph(run("甲。", usual))) == ["甲。"]


@pytest.mark.parametrize(
    ("shading", "is_read"),
    [
        ('<w:shd w:val="clear" w:fill="FFC000"/>', False),
        ('<w:shd w:val="clear" w:fill="00B050"/>', True),
        ('<w:shd w:val="pct20" w:fill="FFC000"/>', True),
        ('<w:shd w:val="clear" w:fill="FFC000" w:themeFill="accent1"/>', True),
    ],
    ids=["its colour", "another", "a pattern", "a theme's"],
)
def test_text_in_the_colour_of_its_shading_is_not_read(shading: str, is_read: bool) -> None:
    body = run("甲。") + run("乙。", f'<w:color w:val="FFC000"/>{shading}')
    assert lines(paragraph(body)) == ["甲。乙。" if is_read else "甲。"]


def test_white_paragraphs_are_read_only_in_tables() -> None:
    pale = '<w:pStyle w:val="Pale"/>'
    body = paragraph("甲。") + paragraph("旧稿。", pale) + table(row(cell(paragraph("丙", pale)), "丁"))
    assert lines(body) == ["甲。", "丙\t丁"]


WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
INLINE = f'<w:drawing><wp:inline xmlns:wp="{WP}"><wp:extent cx="300000" cy="{{}}"/><a:blip/></wp:inline></w:drawing>'
SHAPE = '<w:pict><v:shape style="width:30pt;height:{}pt{}"><v:imagedata/></v:shape></w:pict>'


@pytest.mark.parametrize(
    ("drawing", "after", "expected"),
    [
        pytest.param(
            INLINE.format(200_000), "件，走访5户", "调解\ufffd件，走访5户", id="number as a picture"
        ),
        pytest.param(SHAPE.format(16, "") * 2, "余件", "调解\ufffd余件", id="digits as pictures"),
        pytest.param(INLINE.format(2_000_000), "件", "调解件", id="photograph"),
        pytest.param(SHAPE.format(16, ";position:absolute"), "件", "调解件", id="not in the line"),
        pytest.param(INLINE.format(200_000), "人员共5人", "调解人员共5人", id="no unit"),
        pytest.param(INLINE.format(200_000), "起初困难", "调解起初困难", id="a word that begins as a unit"),
        pytest.param(INLINE.format(200_000), "", "调解", id="at the end"),
    ],
)
def test_a_number_that_is_a_picture_is_lost(drawing: str, after: str, expected: str) -> None:
    assert lines(f"<w:p>{run('调解')}<w:r>{drawing}</w:r>{run(after)}</w:p>") == [expected]


def test_a_rate_that_is_an_object_of_the_equation_editor_is_lost() -> None:
    shape = '<v:shape style="width:30pt;height:15pt"><v:imagedata/></v:shape>'
    office = "urn:schemas-microsoft-com:office:office"
    equation = f'<w:object>{shape}<o:OLEObject xmlns:o="{office}" ProgID="Equation.3"/></w:object>'
    assert lines(f"<w:p>{run('成功率')}<w:r>{equation}</w:r>{run('。')}</w:p>") == ["成功率\ufffd。"]


@pytest.mark.parametrize(("rotation", "shown"), [("315", []), ("-45", []), ("0", ["草稿"]), ("90", ["草稿"])])
def test_slanted_words_over_the_text_are_a_watermark(rotation: str, shown: list[str]) -> None:
    shape = f'<v:shape style="rotation:{rotation}"><v:textpath string="草稿"/></v:shape>'
    assert lines(f"{paragraph('甲。')}<w:p><w:r><w:pict>{shape}</w:pict></w:r></w:p>") == ["甲。", *shown]


TYPED = (
    '<w:pict><v:shape style="width:30pt{}"><v:textbox><w:txbxContent>{}</w:txbxContent></v:textbox></v:shape>'
    "</w:pict>"
)


@pytest.mark.parametrize(
    ("drawing", "expected"),
    [
        pytest.param(TYPED.format("", paragraph("34")), ["调解34件"], id="number in the line"),
        pytest.param(
            f'<w:drawing><wp:inline xmlns:wp="{WP}"><wps:txbx><w:txbxContent>{paragraph("34")}</w:txbxContent>'
            "</wps:txbx></wp:inline></w:drawing>",
            ["调解34件"],
            id="in a new drawing",
        ),
        pytest.param(
            TYPED.format(";position:absolute", paragraph("34")), ["调解件", "34"], id="beside the line"
        ),
        pytest.param(TYPED.format("", paragraph("附图")), ["调解件", "附图"], id="words"),
    ],
)
def test_a_number_in_a_box_of_the_line_is_read_in_it(drawing: str, expected: list[str]) -> None:
    assert lines(f"<w:p>{run('调解')}<w:r>{drawing}</w:r>{run('件')}</w:p>") == expected


@pytest.mark.parametrize(
    "drawing",
    [
        '<w:drawing><wp:anchor xmlns:wp="x"><wp:docPr id="1" name="b" hidden="{}"/><wps:txbx>'
        f"{BOX}</wps:txbx></wp:anchor></w:drawing>",
        '<w:drawing><wps:wsp><wps:cNvPr id="1" hidden="{}"/><wps:txbx>'
        + f"{BOX}</wps:txbx></wps:wsp></w:drawing>",
        '<w:pict><v:shape style="width:9pt;visibility:{}"><v:textbox>'
        + f"{BOX}</v:textbox></v:shape></w:pict>",
    ],
)
def test_a_hidden_shape_is_not_text(drawing: str) -> None:
    hidden, shown = ("hidden", "inherit") if "visibility" in drawing else ("1", "0")
    assert lines(paragraph(run("甲。") + f"<w:r>{drawing.format(hidden)}</w:r>")) == ["甲。"]
    assert lines(paragraph(run("甲。") + f"<w:r>{drawing.format(shown)}</w:r>")) == ["甲。", "旧稿99件。"]


def test_a_master_document_is_refused_by_name() -> None:
    with pytest.raises(RejectedFile, match="子文档") as refused:
        lines(paragraph("甲。") + '<w:subDoc r:id="s"/>')
    assert refused.value.code == "unsupported"


def _point(number: int, words: str, kind: str = "node", more: str = "") -> str:
    body = f"<dgm:t><a:p><a:r><a:t>{words}</a:t></a:r></a:p></dgm:t>"
    return f'<dgm:pt modelId="{number}" type="{kind}">{more}{body}</dgm:pt>'


def test_words_of_a_diagram_are_read_in_its_order() -> None:
    model = (
        f'<dgm:dataModel xmlns:dgm="{DGM}" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><dgm:ptLst>'
        + _point(0, "", "doc")
        + _point(1, "普法12场")
        + _point(2, "调解34件")
        + _point(3, "劳动9件")
        + _point(4, "版式", "pres")
        + _point(5, "[文本]", more='<dgm:prSet phldr="1"/>')
        + '</dgm:ptLst><dgm:cxnLst><dgm:cxn srcId="0" destId="1" srcOrd="1"/><dgm:cxn srcId="0" destId="2" srcOrd="0"/>'
        '<dgm:cxn srcId="2" destId="3" srcOrd="0"/><dgm:cxn type="presOf" srcId="1" destId="4" srcOrd="0"/>'
        "</dgm:cxnLst></dgm:dataModel>"
    )
    names = f'<dgm:relIds xmlns:dgm="{DGM}" r:dm="d"/>'
    drawing = f"<w:r><w:drawing><a:graphicData>{names}</a:graphicData></w:drawing></w:r>"
    data = word_document(
        paragraph(run("成效见图。") + drawing) + paragraph("后文。"),
        parts={"word/diagrams/data1.xml": model.encode()},
        relations=f'<Relationship Id="d" Type="{R}/diagramData" Target="diagrams/data1.xml"/>',
    )
    assert docx.read(data).text.split("\n") == ["成效见图。", "调解34件", "劳动9件", "普法12场", "后文。"]
    assert lines(paragraph(run("成效见图。") + drawing)) == ["成效见图。"]


_GONE = "<w:cellDel/>"
_FIELDS = ("项目", "受理（件）", "办结（件）")


def test_cells_after_a_deleted_cell_move_into_its_place() -> None:
    fields = row("信访", cell("40", _GONE), "12", "8")
    assert lines(table(row(*_FIELDS), fields))[-1] == "信访：受理12件，办结8件。"


def test_a_column_that_is_deleted_leaves_the_others_in_their_places() -> None:
    head = row("项目", cell("数量", '<w:gridSpan w:val="2"/>'), "备注")
    rows = [row(name, cell("40", _GONE), number, "无") for name, number in (("纠纷", "31"), ("信访", "8"))]
    assert lines(table(head, *rows))[-2:] == ["纠纷：31，无。", "信访：8，无。"]


def test_cells_that_are_merged_the_old_way_are_one() -> None:
    merged = (cell("调解纠纷", '<w:hMerge w:val="restart"/>'), cell("", "<w:hMerge/>"))
    fields = table(row("类别", "名称", "数量（件）"), row("行政", "处罚", "31"), row(*merged, "8"))
    assert lines(fields)[-2:] == ["行政，处罚：31件。", "调解纠纷：8件。"]


def test_a_small_number_at_the_beginning_of_a_paragraph_is_no_mark() -> None:
    number = run("34", '<w:position w:val="9"/><w:sz w:val="21"/>')
    assert lines(paragraph(run("调解（件）", SIZE_32)) + paragraph(number)) == ["调解（件）", "34"]


def bound(path: str, shown: str, kind: str = "<w:text/>", store: str = "{A1}") -> str:
    """A content control that shows a value of the document's data."""
    return (
        f'<w:sdt><w:sdtPr><w:dataBinding w:prefixMappings="xmlns:d=&apos;urn:d&apos;" w:xpath="{path}" '
        f'w:storeItemID="{store}"/>{kind}</w:sdtPr><w:sdtContent>{run(shown)}</w:sdtContent></w:sdt>'
    )


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        pytest.param(bound("/d:r[1]/d:n[2]", "40"), "43", id="changed in the data"),
        pytest.param(bound("/d:r/d:n", "12"), "12", id="the same, without numbers"),
        pytest.param(bound("/d:r[1]/@d:total", "40"), "55", id="attribute"),
        pytest.param(bound("/d:r[1]/d:n[3]", "40"), "40", id="no such value"),
        pytest.param(bound("/d:r[1]/d:none[1]", "40"), "40", id="empty value"),
        pytest.param(bound("//d:n", "40"), "40", id="another kind of path"),
        pytest.param(bound("/d:r[1]/d:n[2]", "40", store="{B2}"), "40", id="data that is missing"),
        pytest.param(bound("/d:r[1]/d:n[2]", "4月3日", "<w:date/>"), "4月3日", id="date, shown in a format"),
        pytest.param(
            bound(
                "/d:r[1]/d:n[2]",
                "旧",
                '<w:dropDownList><w:listItem w:value="43" w:displayText="四十三"/></w:dropDownList>',
            ),
            "四十三",
            id="entry of a list",
        ),
        pytest.param(
            bound("/d:r[1]/d:lines[1]", "甲").replace(run("甲"), f"{run('甲')}<w:r><w:br/></w:r>{run('乙')}"),
            "甲\n乙",
            id="the same, in two lines",
        ),
    ],
)
def test_a_control_shows_the_value_of_the_data(control: str, expected: str) -> None:
    data = (
        '<d:r xmlns:d="urn:d" d:total="55"><d:n>12</d:n><d:n>43</d:n><d:none/><d:lines>甲\n乙</d:lines></d:r>'
    )
    described = (
        '<ds:datastoreItem xmlns:ds="http://schemas.openxmlformats.org/officeDocument/2006/customXml" '
        'ds:itemID="{a1}"/>'
    )
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="p" Type="{R}/customXmlProps" Target="itemProps1.xml"/></Relationships>'
    )
    document = word_document(
        paragraph(run("调解") + control + run("件。")),
        parts={
            "customXml/item1.xml": data.encode(),
            "customXml/itemProps1.xml": described.encode(),
            "customXml/_rels/item1.xml.rels": relations.encode(),
        },
        relations=f'<Relationship Id="d" Type="{R}/customXml" Target="../customXml/item1.xml"/>',
    )
    assert docx.read(document).text == f"调解{expected}件。"
