"""OFD documents are read completely, by position, and without anything that is not their text."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from orchestration.pipeline.ingest.archives import open_archives
from orchestration.pipeline.ingest.files import read_found, read_report
from orchestration.pipeline.ingest.folder import scan_folder
from orchestration.pipeline.readers import RejectedFile
from orchestration.pipeline.readers.ofd import reader as ofd
from tests.unit.ingest.readers.report_files import as_ofd, ofd_document, ofd_package, ofd_page, ofd_text

LINES = [
    "松坪镇2023年法治政府建设年度报告",
    "全年组织集中学习13次，调解矛盾纠纷34件。",
    "继续加强执法队伍建设。",
]
PAGE = "".join(ofd_text(25, 40 + 10 * i, line) for i, line in enumerate(LINES))


def read_lines(*pages: str, **more: object) -> list[str]:
    text = ofd.read(ofd_document(pages, **more)).text  # type: ignore[arg-type]
    return [line.strip() for line in text.split("\n")]


def test_an_ofd_is_one_file_and_not_an_archive(tmp_path: Path) -> None:
    (tmp_path / "报告.ofd").write_bytes(ofd_document([PAGE]))
    assert [found.source_path for found in open_archives(scan_folder(tmp_path))] == ["报告.ofd"]


def test_lines_are_in_the_order_of_their_position() -> None:
    objects = [ofd_text(25, 40 + 10 * i, line) for i, line in enumerate(LINES)]
    assert read_lines("".join(reversed(objects))) == LINES


def test_an_object_for_each_character_makes_one_line() -> None:
    line = LINES[1]
    objects = [ofd_text(20 + 5 * i, 40, char, deltas="") for i, char in enumerate(line)]
    assert read_lines("".join(objects[::-1])) == [line]


@pytest.mark.parametrize("deltas", ["g 1000000000 5", "G 3 5 5 5 g 50 5", "5", "g 2 5 5", "g x y 5"])
def test_abbreviated_repeated_distances_are_read(deltas: str) -> None:
    assert read_lines(ofd_text(25, 40, "全年组织集中学习十三次。", deltas=deltas)) == [
        "全年组织集中学习十三次。"
    ]


def test_a_transformed_object_is_read_where_it_is_drawn() -> None:
    large = (
        '<ofd:TextObject Boundary="25 35 160 12" CTM="0.3528 0 0 0.3528 0 0" Size="14">'
        '<ofd:TextCode X="0" Y="14" DeltaX="g 20 14">先走访群众，</ofd:TextCode></ofd:TextObject>'
    )
    after = ofd_text(25 + 6 * 14 * 0.3528, 35 + 14 * 0.3528, "再调解纠纷34件。")
    assert read_lines(after + large) == ["先走访群众，再调解纠纷34件。"]


def test_mirrored_text_is_refused() -> None:
    with pytest.raises(RejectedFile, match="镜像") as refused:
        read_lines(PAGE + ofd_text(25, 90, "34", more='CTM="-1 0 0 1 5 0"'))
    assert refused.value.code == "unsupported"


def test_a_text_code_continues_at_the_position_of_the_previous_one() -> None:
    item = (
        '<ofd:TextObject Boundary="25 35 160 30" Size="5"><ofd:TextCode X="0" Y="5">组织学习</ofd:TextCode>'
        '<ofd:TextCode Y="12">调解纠纷34件</ofd:TextCode></ofd:TextObject>'
    )
    assert read_lines(item) == ["组织学习", "调解纠纷34件"]


def test_columns_are_read_one_after_the_other() -> None:
    left = ["（一）强化学习。全年组织集", "中学习13次，参加人员共260", "人次。"]
    right = ["（二）强化调解。全年调解矛", "盾纠纷34件，成功调处的有", "33件。"]
    rows = "".join(
        ofd_text(20, 40 + 9 * i, one) + ofd_text(110, 40 + 9 * i, two)
        for i, (one, two) in enumerate(zip(left, right, strict=True))
    )
    assert read_lines(rows) == ["".join(left), "".join(right)]


HIDDEN = {
    "invisible": ofd_text(25, 150, "旧稿99件。", more='Visible="false"'),
    "transparent": ofd_text(25, 150, "旧稿99件。", more='Alpha="0"'),
    "neither filled nor outlined": ofd_text(25, 150, "旧稿99件。", more='Fill="false"'),
    "tiny": ofd_text(25, 150, "旧稿99件。", size=0.1),
    "white": ofd_text(25, 150, "旧稿99件。").replace(
        "<ofd:TextCode", '<ofd:FillColor Value="255 255 255"/><ofd:TextCode'
    ),
    "slanting watermark": ofd_text(25, 150, "旧稿99件。", more='CTM="0.7 0.7 -0.7 0.7 0 0"'),
    "pale watermark": ofd_text(25, 60, "旧稿99件。", size=15).replace(
        "<ofd:TextCode", '<ofd:FillColor Value="210 210 210"/><ofd:TextCode'
    ),
    "in a hidden block": f'<ofd:PageBlock Visible="false">{ofd_text(25, 150, "旧稿99件。")}</ofd:PageBlock>',
}


@pytest.mark.parametrize("kind", HIDDEN)
def test_invisible_text_is_not_read(kind: str) -> None:
    assert read_lines(PAGE + HIDDEN[kind]) == LINES


def test_attachments_annotations_and_seals_are_not_text() -> None:
    others = {
        "Doc_0/Annots/Page_0/Annotation.xml": ofd_page(ofd_text(25, 90, "批注：调解99件。")),
        "Doc_0/Attachs/Attachments.xml": "<ofd:Attachments {ns}/>",
        "Doc_0/Attachs/附件.txt": "附件：调解98件。",
        "Doc_0/Signs/Sign_0/Signature.xml": "<ofd:Signature {ns}/>",
    }
    common = "<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>"
    assert read_lines(PAGE, others=others, common=common) == LINES


BOX = (
    '<ofd:PathObject Boundary="0 0 5 7" Fill="true"><ofd:FillColor Value="255 255 255"/>'
    "<ofd:AbbreviatedData>M 0 0 L 5 0 L 5 7 L 0 7 C</ofd:AbbreviatedData></ofd:PathObject>"
)
ANNOTATIONS = {
    "a number typed over another": ("Path", BOX + ofd_text(0, 5, "56"), "56"),
    "a stamp without a number": ("Stamp", BOX + ofd_text(0, 5, "阅"), "34"),
    "a watermark": ("Watermark", ofd_text(0, 5, "56"), "34"),
    "slanted words": ("Stamp", ofd_text(0, 5, "56", more='CTM="0.7 0.7 -0.7 0.7 0 0"'), "34"),
}


@pytest.mark.parametrize("kind", ANNOTATIONS)
def test_a_number_typed_as_an_annotation_is_read_where_it_stands(kind: str) -> None:
    name, content, number = ANNOTATIONS[kind]
    at = 25 + 5 * LINES[1].index("13") + 5 + 5 * len("次，调解矛盾纠纷")
    others = {
        "Doc_0/Annots/Annotations.xml": '<ofd:Annotations {ns}><ofd:Page PageID="100"><ofd:FileLoc>Annot_0.xml'
        "</ofd:FileLoc></ofd:Page></ofd:Annotations>",
        "Doc_0/Annots/Annot_0.xml": f'<ofd:PageAnnot {{ns}}><ofd:Annot Type="{name}"><ofd:Appearance '
        f'Boundary="{at} 45 20 7">{content}</ofd:Appearance></ofd:Annot></ofd:PageAnnot>',
    }
    listed = "<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>"
    assert read_lines(PAGE, others=others, more=listed)[1] == LINES[1].replace("34", number)


def test_text_struck_through_by_a_line_is_not_read() -> None:
    line = "全年调解纠纷9934件，走访56户。"
    outline = "<ofd:AbbreviatedData>M 0 0 L 5 0</ofd:AbbreviatedData>"
    stroke = f'<ofd:PathObject Boundary="{{}} {{}} 5 1">{outline}</ofd:PathObject>'
    struck, below = stroke.format(55, 38.2), stroke.format(55, 40.8)
    assert read_lines(ofd_text(25, 40, line) + struck) == ["全年调解纠纷34件，走访56户。"]
    assert read_lines(ofd_text(25, 40, line) + below) == [line]


def test_a_letter_that_carries_the_report_as_a_file_leads_to_it() -> None:
    listed = (
        '<ofd:Attachments {ns}><ofd:Attachment ID="1" Name="松坪镇报告.docx"><ofd:FileLoc>a.docx</ofd:FileLoc>'
        '</ofd:Attachment><ofd:Attachment ID="2" Name="内部" Visible="false"><ofd:FileLoc>b</ofd:FileLoc>'
        "</ofd:Attachment></ofd:Attachments>"
    )
    package = ofd_document(
        [ofd_text(25, 40, "现将年度报告随函附上，请审阅。")], others={"Doc_0/Attachs/A.xml": listed}
    )
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        parts = {name: archive.read(name).decode().partition("?>")[2] for name in archive.namelist()}
    parts["Doc_0/Document.xml"] = parts["Doc_0/Document.xml"].replace(
        "</ofd:Document>", "<ofd:Attachments>Attachs/A.xml</ofd:Attachments></ofd:Document>"
    )
    assert ofd.read(ofd_package(parts)).links == ("松坪镇报告.docx <in the OFD>",)
    assert ofd.read(package).links == ()


def test_text_of_a_template_page_and_of_a_block_is_read() -> None:
    template = ofd_page(ofd_text(25, 30, "松坪镇人民政府文件"))
    common = '<ofd:TemplatePage ID="7" BaseLoc="Tpls/Tpl_0/Content.xml"/>'
    page = ofd_page(
        f"<ofd:PageBlock>{PAGE}</ofd:PageBlock>", head='<ofd:Template TemplateID="7" ZOrder="Background"/>'
    )
    others = {"Doc_0/Tpls/Tpl_0/Content.xml": template, "Doc_0/Pages/Page_0/Content.xml": page}
    assert read_lines("", common=common, others=others) == ["松坪镇人民政府文件", *LINES]


def test_a_header_that_the_template_gives_to_each_page_goes() -> None:
    template = ofd_page(ofd_text(80, 15, "松坪镇人民政府文件"))
    common = '<ofd:TemplatePage ID="7" BaseLoc="/Doc_0/Tpls/Tpl_0/Content.xml"/>'
    pages = {
        f"Doc_0/Pages/Page_{n}/Content.xml": ofd_page(
            ofd_text(25, 60, line) + ofd_text(100, 285, f"{n + 1}"), head='<ofd:Template TemplateID="7"/>'
        )
        for n, line in enumerate(LINES[1:])
    }
    others = {"Doc_0/Tpls/Tpl_0/Content.xml": template, **pages}
    assert read_lines("", "", common=common, others=others) == LINES[1:]


def test_a_composite_object_is_read_where_it_stands() -> None:
    resources = (
        '<ofd:Res {ns}><ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID="5"><ofd:Content>'
        f"{ofd_text(0, 5, '调解纠纷34件。')}</ofd:Content></ofd:CompositeGraphicUnit>"
        "</ofd:CompositeGraphicUnits></ofd:Res>"
    )
    page = ofd_text(25, 40, LINES[0]) + ofd_text(25, 80, LINES[2])
    page += '<ofd:CompositeObject ResourceID="5" Boundary="25 55 150 10"/>'
    read = read_lines(
        page, common="<ofd:DocumentRes>DocRes.xml</ofd:DocumentRes>", others={"Doc_0/DocRes.xml": resources}
    )
    assert read == [LINES[0], "调解纠纷34件。", LINES[2]]


def _bodies(*texts: str) -> bytes:
    parts = {
        "OFD.xml": "<ofd:OFD {ns}>"
        + "".join(
            f"<ofd:DocBody><ofd:DocRoot>Doc_{n}/Document.xml</ofd:DocRoot></ofd:DocBody>"
            for n in range(len(texts))
        )
        + "</ofd:OFD>"
    }
    for number, objects in enumerate(texts):
        parts[f"Doc_{number}/Document.xml"] = (
            '<ofd:Document {ns}><ofd:Pages><ofd:Page BaseLoc="P.xml"/></ofd:Pages></ofd:Document>'
        )
        parts[f"Doc_{number}/P.xml"] = ofd_page(objects)
    return ofd_package(parts)


def test_documents_of_one_package_are_read_in_order_if_one_is_the_report() -> None:
    lines = ofd.read(_bodies(PAGE, ofd_text(25, 40, "附件：普法活动安排表"))).text.split("\n")
    assert [line.strip() for line in lines] == [*LINES, "附件：普法活动安排表"]


def test_two_reports_in_one_package_are_refused() -> None:
    with pytest.raises(RejectedFile, match="2 reports in one OFD"):
        ofd.read(_bodies(PAGE, PAGE))


def test_the_current_version_of_a_document_is_read() -> None:
    pages = {f"Doc_0/P{n}.xml": ofd_page(ofd_text(25, 40, f"全年调解矛盾纠纷{n}件。")) for n in (99, 34)}
    document = '<ofd:Document {{ns}}><ofd:Pages><ofd:Page BaseLoc="P{}.xml"/></ofd:Pages></ofd:Document>'
    versions = "".join(
        f'<ofd:Version ID="{n}" Current="{current}" BaseLoc="Doc_0/V{n}.xml"/>'
        for n, current in ((99, "false"), (34, "true"))
    )
    package = ofd_package(
        pages
        | {f"Doc_0/D{n}.xml": document.format(n).replace("{{", "{").replace("}}", "}") for n in (99, 34)}
        | {
            f"Doc_0/V{n}.xml": f"<ofd:DocVersion {{ns}}><ofd:DocRoot>D{n}.xml</ofd:DocRoot></ofd:DocVersion>"
            for n in (99, 34)
        }
        | {"OFD.xml": "<ofd:OFD {ns}><ofd:DocBody><ofd:DocRoot>Doc_0/D99.xml</ofd:DocRoot><ofd:Versions>"
           f"{versions}</ofd:Versions></ofd:DocBody></ofd:OFD>"}
    )  # fmt: skip
    assert ofd.read(package).text.strip() == "全年调解矛盾纠纷34件。"


def test_text_that_inherits_white_from_draw_params_is_not_read() -> None:
    params = (
        '<ofd:Res {ns}><ofd:DrawParams><ofd:DrawParam ID="7" Relative="8"/><ofd:DrawParam ID="8" Relative="7">'
        '<ofd:FillColor Value="255 255 255"/></ofd:DrawParam><ofd:DrawParam ID="9" Relative="9"/>'
        "</ofd:DrawParams></ofd:Res>"
    )
    hidden = ofd_text(25, 120, "旧稿99件。", more='DrawParam="7"')
    black = ofd_text(25, 140, "走访5户。", more='DrawParam="9"')
    found = read_lines(
        PAGE + hidden + black,
        common="<ofd:PublicRes>R.xml</ofd:PublicRes>",
        others={"Doc_0/R.xml": params},
    )
    assert found == [*LINES, "走访5户。"]


def test_text_filled_with_a_transparent_colour_is_not_read() -> None:
    fill = '<ofd:FillColor Value="0 0 0" Alpha="{}"/><ofd:TextCode'
    hidden = ofd_text(25, 120, "旧稿99件。").replace("<ofd:TextCode", fill.format(0))
    shown = ofd_text(25, 140, "走访5户。").replace("<ofd:TextCode", fill.format(255))
    assert read_lines(PAGE + hidden + shown) == [*LINES, "走访5户。"]


RECTANGLE = (
    '<ofd:PathObject ID="8" Boundary="28 66 80 8" Fill="{}" Alpha="{}"><ofd:FillColor Value="255 255 255"/>'
    "<ofd:AbbreviatedData>M 0 0 L 80 0 L 80 8 L 0 8 C</ofd:AbbreviatedData></ofd:PathObject>"
)


@pytest.mark.parametrize(
    ("shape", "shown"),
    [
        (RECTANGLE.format("true", 255), ["调解43件。"]),
        (RECTANGLE.format("true", 90), ["调解4��件。"]),
        (RECTANGLE.format("false", 255), ["调解4��件。"]),
        (RECTANGLE.format("true", 255).replace("L 80 0", "L 80 3"), ["调解4��件。"]),
    ],
    ids=["covers", "lets see through", "a frame", "another shape"],
)
def test_text_under_a_filled_rectangle_is_not_read(shape: str, shown: list[str]) -> None:
    under, over = ofd_text(30, 72, "调解40件。"), ofd_text(30, 72, "调解43件。")
    assert ofd.read(ofd_document([under + shape + over])).text.split("\n") == shown


def test_a_background_layer_is_behind_whatever_its_order() -> None:
    ground = RECTANGLE.format("true", 255).replace('Boundary="28 66', 'Boundary="20 34').replace("80", "180")
    layers = f'<ofd:Layer>{PAGE}</ofd:Layer><ofd:Layer Type="Background">{ground}</ofd:Layer>'
    page = f"<ofd:Page {{ns}}><ofd:Content>{layers}</ofd:Content></ofd:Page>"
    assert read_lines(PAGE, others={"Doc_0/Pages/Page_0/Content.xml": page}) == LINES
    front = page.replace("Background", "Foreground")
    assert read_lines(PAGE, others={"Doc_0/Pages/Page_0/Content.xml": front}) == LINES[1:]


def test_a_superscript_is_not_a_digit() -> None:
    marked = ofd_text(30, 72, "调解34") + ofd_text(45, 70, "①", size=2.5) + ofd_text(47.5, 72, "件。")
    assert ofd.read(ofd_document([marked])).text == "调解34件。"


def test_text_outside_the_page_is_not_read() -> None:
    beside = ofd_text(25, 400, "处罚99件。") + ofd_text(230, 50, "处罚98件。")
    assert read_lines(PAGE + beside) == LINES


def test_text_stays_where_the_size_of_the_page_is_wrong() -> None:
    head = "<ofd:Area><ofd:PhysicalBox>0 0 210 45</ofd:PhysicalBox></ofd:Area>"
    assert read_lines(PAGE, others={"Doc_0/Pages/Page_0/Content.xml": ofd_page(PAGE, head)}) == LINES


def test_glyphs_without_a_character_are_not_text() -> None:
    with pytest.raises(RejectedFile, match="字形没有对应字符") as refused:
        read_lines(PAGE + ofd_text(25, 120, "¤" * 9))
    assert refused.value.code == "unsupported"


def test_an_ofd_that_was_packed_as_a_folder_is_one_file(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(ofd_document([PAGE]))) as archive:
        members = {f"报告/{name}": archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(tmp_path / "报告.zip", "w") as archive:
        for name, data in (members | {"__MACOSX/._报告": b"x"}).items():
            archive.writestr(name, data)
    (found,) = open_archives(scan_folder(tmp_path))
    assert read_report(read_found(found), found.source_path).text.split()[-1] == LINES[-1]


VERTICAL = "".join(
    ofd_text(180 - 12 * column, 40 + 7 * row, char, deltas="")
    for column, line in enumerate(LINES)
    for row, char in enumerate(line)
)
PICTURE = '<ofd:ImageObject Boundary="0 0 210 297" ResourceID="3"/>'
_LAUGHS = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><ofd:OFD {ns}>&b;</ofd:OFD>'
BAD: dict[str, tuple[bytes, str, str]] = {
    "encrypted": (ofd_document([PAGE], others={"Encryptions.xml": "<ofd:Encryptions {ns}/>"}), "encrypted", "OFD"),
    "pictures": (ofd_document([PICTURE, PICTURE]), "scanned", "2 pages of drawings"),
    "no text": (ofd_document([""]), "empty", "no text"),
    "vertical": (ofd_document([VERTICAL]), "unsupported", "竖排"),
    "vertical by DeltaY": (
        ofd_document(['<ofd:TextObject Boundary="99 9 9 200" Size="5"><ofd:TextCode X="0" Y="5" DeltaY="g 99 6">'
                      + "".join(LINES) + "</ofd:TextCode></ofd:TextObject>"]), "unsupported", "竖排"),
    "no document": (ofd_package({"OFD.xml": "<ofd:OFD {ns}/>"}), "truncated", "no document"),
    "missing part": (ofd_package({
        "OFD.xml": "<ofd:OFD {ns}><ofd:DocBody><ofd:DocRoot>D.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"}),
        "truncated", "d.xml"),
    "broken XML": (ofd_document([PAGE + "<open>"]), "truncated", "damaged"),
    "deep": (ofd_document(["<ofd:PageBlock>" * 100 + PAGE + "</ofd:PageBlock>" * 100]), "too_large", "nested"),
    "laughs": (ofd_package({"OFD.xml": _LAUGHS}), "truncated", "no document"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_ofd_is_refused_with_code_and_reason(name: str) -> None:
    data, code, words = BAD[name]
    with pytest.raises(RejectedFile) as refused:
        read_report(data, "x.ofd")
    assert refused.value.code == code
    assert words in refused.value.message


def test_a_part_that_is_too_large_is_not_unpacked() -> None:
    big = ofd_document([PAGE + "".join(f"<!--{n:060d}-->" for n in range(300_000))])
    with pytest.raises(RejectedFile, match="the limit is"):
        ofd.read(big)


def test_paths_are_found_in_any_case_and_with_backslashes(tmp_path: Path) -> None:
    source = tmp_path / "a.ofd"
    source.write_bytes(as_ofd("\n".join(LINES)))
    target = tmp_path / "b.ofd"
    with zipfile.ZipFile(source) as whole, zipfile.ZipFile(target, "w") as renamed:
        for name in whole.namelist():
            member = zipfile.ZipInfo(name)
            member.filename = name.upper().replace("/", "\\")
            renamed.writestr(member, whole.read(name))
    assert ofd.read(target.read_bytes()).text == ofd.read(source.read_bytes()).text
