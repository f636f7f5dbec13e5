"""Odd text files: HTML and Markdown source, drawn tables, page ends, program data, formats refused by name."""

from __future__ import annotations

import json
import time

import pytest

from orchestration.pipeline.ingest.characters import normalise_characters
from orchestration.pipeline.readers import RejectedFile, choose_reader
from orchestration.pipeline.readers.data_file import sniff
from orchestration.pipeline.readers.text import reader as text
from orchestration.pipeline.readers.text.pages import join_pages
from orchestration.pipeline.readers.text.tables import write_text_tables

TITLE = "松坪镇2023年法治政府建设年度报告"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("调解&nbsp;34&nbsp;件，&ldquo;好&rdquo;&#8220;", "调解\xa034\xa0件，“好”“"),
        ("AT&T; 与R&D", "AT&T; 与R&D"),
        ("# 一\n调解~~40~~43件", "一\n调解43件"),
        ("# 一\n调解[34件](http://a.cn/2024/99件.html \"题\")", "一\n调解34件"),
        ("# 一\n![调解99件](a.png)调解34件", "一\n调解34件"),
        ("# 一\n调解*34*件，走访_56_户，**普法**__3__场", "一\n调解34件，走访56户，普法3场"),
        ("# 一\n调解`34`件，走访==56==户，a == b", "一\n调解34件，走访56户，a == b"),
        ("# 一\na==b，c==d，x==3，y==4件", "一\na==b，c==d，x==3，y==4件"),
        ("# 一\n1\\. 调解34件\\*", "一\n1. 调解34件*"),
        ("# 一\n调解34[^1]件\n[^1]: 含劳动争议", "一\n调解34件\n含劳动争议"),
        ("# 一\n调解34<sup>1</sup>件", "一\n调解34¹件"),
        (
            "# 一\n调解[34件][1]，走访[56]户，[普法][]3场\n[1]: http://a.cn/99\n[普法]: /8 \"题\"",
            "一\n调解34件，走访[56]户，普法3场\n",
        ),
        ("# 一\n<!-- 旧稿\n99件 -->调解34件", "一\n调解34件"),
        ("# 一\n* 调解34件\n* 普法3场", "一\n* 调解34件\n* 普法3场"),
        ("# 一\n调解$34$件，普法$$3$$场，信访\\(8\\)件", "一\n调解34件，普法3场，信访8件"),
        ("# 一\n满意率$98.5\\%$，资料$1{,}234$份，约$\\sim 5$户", "一\n满意率98.5%，资料1,234份，约约5户"),
        ("\\(1\\)调解\\(34\\)件\n- \\(2\\)普法", "\\(1\\)调解34件\n- \\(2\\)普法"),
        (
            "# 一\n号\\(2023\\)12号，纠纷8件\\(其中信访5件\\)，受理 \\(8\\) 件",
            "一\n号(2023)12号，纠纷8件(其中信访5件)，受理 8 件",
        ),
        ("调解$\\mathbf{34}$件，$12\\text{件}$，$10^{4}$人次", "调解34件，12件，10⁴人次"),
        ("罚款$5000，调解34件，投入$3万元$", "罚款$5000，调解34件，投入3万元"),
        ("见$\\alpha$，$x$，US$5，6$", "见$\\alpha$，$x$，US$5，6$"),
        ("# 一\n罚款\\$5000，投入\\$3万元", "一\n罚款$5000，投入$3万元"),
        ("没有标题的文字 *34* 件 ~~40~~", "没有标题的文字 *34* 件 ~~40~~"),
    ],
)  # fmt: skip
def test_source_reads_as_it_is_shown(written: str, shown: str) -> None:
    assert text.write_plain(written)[0] == shown


TABLES = {
    "commas": "项目,受理（件）,办结（件）\n纠纷,34,33\n处罚,\"1,234\",12",
    "box": "┌──┬───┬───┐\n│项目│受理（件）│办结（件）│\n├──┼───┼───┤\n│纠纷│34│33│\n│处罚│1,234│12│\n└──┴───┴───┘",
    "signs": "+--+--+--+\n|项目|受理（件）|办结（件）|\n+==+==+==+\n|纠纷|34|33|\n|处罚|1,234|12|\n+--+--+--+",
    "blanks": "项目    受理（件）  办结（件）\n纠纷      34          33\n处罚    1,234         12",
    "wide blanks": "项目　　受理（件）　办结（件）\n纠纷　　34　　33\n处罚　　1,234　　12",
}  # fmt: skip


@pytest.mark.parametrize("kind", TABLES)
def test_a_drawn_table_of_figures_reads_as_sentences(kind: str) -> None:
    lines = write_text_tables(f"前文，共3类。\n{TABLES[kind]}\n后文。").split("\n")
    assert lines == [
        "前文，共3类。",
        "项目\t受理（件）\t办结（件）",
        "纠纷：受理34件，办结33件。",
        "处罚：受理1,234件，办结12件。",
        "后文。",
    ]


@pytest.mark.parametrize(
    "lines",
    [
        "调解34件,走访56户\n普法12场,培训3次",
        "调解34件，走访56户。\n普法12场，培训3次。",
        "处罚,1,234\n许可,2,345",
        "1  234\n2  345",
        "松坪镇人民政府    司法所\n2024年1月10日    印发",
    ],
)
def test_text_that_is_not_a_table_of_figures_stays(lines: str) -> None:
    assert write_text_tables(lines) == lines


@pytest.mark.parametrize(
    ("table", "lines"),
    [
        pytest.param(
            "项目 | 数量（件）\n---|---\n纠纷 | 34\n处罚 | 12",
            ["纠纷：34件。", "处罚：12件。"],
            id="no outer |",
        ),
        pytest.param(
            "项目|受理（件）|办结（件）\n:--|--:|--:\n纠纷|34|\n处罚|NaN|12",
            ["纠纷：受理34件。", "处罚：办结12件。"],
            id="no value",
        ),
        pytest.param(
            "|指标|2023年|2022年|\n|---|---|---|\n|纠纷（件）|34|空|\n|处罚（件）|nan|12|",
            ["2023年纠纷34件。", "2022年处罚12件。"],
            id="years without value",
        ),
        pytest.param(
            "     项目  数量（件）\n0  纠纷  34.0\n1  处罚   NaN\n2  信访  12.0",
            ["纠纷：34.0件。", "处罚", "信访：12.0件。"],
            id="printed with numbers of rows",
        ),
    ],
)
def test_a_table_that_a_program_wrote_keeps_its_figures(table: str, lines: list[str]) -> None:
    assert write_text_tables(table).split("\n")[1:] == lines


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        (
            '"松坪镇报告"\n"项目","数量（件）"\n"纠纷","34"',
            ["松坪镇报告", "项目\t数量（件）", "纠纷：34件。"],
        ),
        ('"松坪镇报告"\n项目\t数量（件）\n纠纷\t"34"', ["松坪镇报告", "项目\t数量（件）", "纠纷：34件。"]),
        (
            '"填报单位：松坪镇","填报日期：2024年1月10日"\n"项目","数量（件）"\n"纠纷\n信访","34\n8"',
            ["填报单位：松坪镇\t填报日期：2024年1月10日", "项目\t数量（件）", "纠纷：34件。", "信访：8件。"],
        ),
        ("项目,数量（件）\n纠纷,'34", ["项目\t数量（件）", "纠纷：34件。"]),
        (
            '="松坪镇报告"\n="项目",="数量（件）"\n="纠纷",="34"',
            ["松坪镇报告", "项目\t数量（件）", "纠纷：34件。"],
        ),
        ('"松坪镇报告"\n他说"好"。', ['"松坪镇报告"', '他说"好"。']),
    ],
)
def test_cells_are_read_without_their_quotes(written: str, lines: list[str]) -> None:
    assert write_text_tables(written).split("\n") == lines


def test_lines_numbered_from_0_are_not_a_table_without_column_names() -> None:
    assert write_text_tables("甲\n0 纠纷 34\n1 处罚 12") == "甲\n0 纠纷 34\n1 处罚 12"


@pytest.mark.parametrize(
    ("pages", "whole"),
    [
        pytest.param(
            "全年发放宣传资料，共1\n- 3 -\n\x0c200份。",
            "全年发放宣传资料，共1200份。",
            id="number with dashes",
        ),
        pytest.param(
            "甲，共1\n1\n\x0c200份，乙\n2\n\x0c丙。", "甲，共1200份，乙丙。", id="numbers that count"
        ),
        pytest.param("甲，共\n7\n\x0c1200份。", "甲，共1200份。", id="one number"),
        pytest.param(
            "甲，共\n7\n\x0c乙，共\n34\n\x0c份。",
            "甲，共\n7\n乙，共\n34\n份。",
            id="numbers that do not count",
        ),
        pytest.param("全年调解34\x0c件。", "全年调解34件。", id="within a number and its unit"),
        pytest.param("全年调解34件。\n\x0c二、打算", "全年调解34件。\n二、打算", id="between paragraphs"),
        pytest.param(f"{TITLE}\n\x0c松坪镇坚持", f"{TITLE}\n松坪镇坚持", id="a page of its title"),
        pytest.param("甲，共1\n- 1 -\n200份，乙\n- 2 -\n丙。", "甲，共1200份，乙丙。", id="no page ends"),
        pytest.param("甲。\n- 1 -\n乙。", "甲。\n- 1 -\n乙。", id="one line with dashes"),
        pytest.param(
            "甲。\n第5页\n乙。\n第2页\n丙。", "甲。\n第5页\n乙。\n第2页\n丙。", id="lines that do not count"
        ),
        pytest.param("甲。\x0c", "甲。\n", id="end of the last page"),
    ],
)
def test_page_ends_and_numbers_go(pages: str, whole: str) -> None:
    assert join_pages(pages) == whole


ARTICLE = {"title": TITLE, "views": 128, "content": f"<p>{TITLE}</p><p>调解34件。</p>"}
DATA = {
    "object": json.dumps(ARTICLE, ensure_ascii=False),
    "escaped": json.dumps(ARTICLE),
    "list": json.dumps([ARTICLE, ARTICLE], ensure_ascii=False, indent=1),
    "call": f"callback({json.dumps(ARTICLE, ensure_ascii=False)});",
    "assignment": f"var article = {json.dumps(ARTICLE, ensure_ascii=False)};",
}


@pytest.mark.parametrize("kind", DATA)
def test_data_of_programs_is_refused_by_name(kind: str) -> None:
    data = DATA[kind].encode()
    with pytest.raises(RejectedFile, match="JSON") as refused:
        choose_reader(data, "x").read(data)
    assert refused.value.code == "unsupported"


@pytest.mark.parametrize("words", ["[1] 松坪镇年度报告 [2]", "{松坪镇}", '["未完', "[" * 100_000 + "]" * 10])
def test_text_in_brackets_is_not_data(words: str) -> None:
    assert not sniff(words.encode(), "x")


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"\x00\x00\x00\x18ftypheic\x00\x00", "HEIC"),
        (b"\x00\x00\x00\x1cftypisom", "video"),
        (b"Founder CEB 3.0", "CEB"),
        (b"CAJ\x00", "CAJ"),
        (b"\x01\x00\x00\x00" + bytes(36) + b" EMF", "EMF"),
        (b"a.txt" + bytes(252) + b"ustar", "tar"),
        (b"Rar!\x1a\x07\x01\x00", "RAR"),
        (b"L\x00\x00\x00\x01\x14\x02\x00", "快捷方式"),
        (b"PK\x07\x08PK\x03\x04", "分卷压缩包"),
        (b"%!PS-Adobe-3.0\n", "PostScript"),
        (b"\\documentclass{ctexart}\n", "LaTeX"),
        (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", "OneNote"),
    ],
)
def test_unsupported_formats_are_named(head: bytes, words: str) -> None:
    with pytest.raises(RejectedFile, match=words) as refused:
        text.read(head + bytes(600))
    assert refused.value.code == "unsupported"


@pytest.mark.parametrize("head", [b"%TSD-Header-###%", b"\x62\x14\x23\x65\x04\x01E-SafeNet\x00\x00\x00LOCK"])
def test_documents_that_an_office_encrypts_are_named(head: bytes) -> None:
    with pytest.raises(RejectedFile, match="文档加密软件") as refused:
        text.read(head + bytes(range(256)) * 4)
    assert refused.value.code == "encrypted"


PLAIN = ["松坪镇2024年年度报告", "一、做法", "1.学习", "全年学习13次。", "二、打算", "加强学习。"]


@pytest.mark.parametrize("mark", ["{:>4}  {}", "{:03}\t{}", "{}| {}", "{}：{}"])
def test_numbers_that_an_editor_prints_before_lines_go(mark: str) -> None:
    printed = "\n".join(mark.format(number, line) for number, line in enumerate(PLAIN, start=1))
    assert text.read((printed + "\n").encode()).text.split("\n") == PLAIN


@pytest.mark.parametrize(
    "lines",
    [
        [f"{number}  {line}" for number, line in enumerate(PLAIN[:4], start=1)],
        [f"{number}  {line}" for number, line in enumerate(PLAIN, start=1)] + ["完"],
        ["1  学习", "2  调解", "3  普法", "5  执法", "6  公开"],
        [PLAIN[0], *(f"{number}  {line}" for number, line in enumerate(PLAIN[1:], start=1))],
    ],
    ids=["few", "a line without", "a gap", "a title without"],
)
def test_other_numbers_before_lines_stay(lines: list[str]) -> None:
    assert text.read("\n".join(lines).encode()).text.split("\n") == lines


@pytest.mark.parametrize("end", ["\\n", "\\r\\n"])
def test_line_ends_that_are_written_out_are_line_ends(end: str) -> None:
    lines = [
        "松坪镇2024年法治政府建设年度报告",
        "一、主要做法",
        "全年调解34件。",
        "二、打算",
        "加强队伍建设。",
    ]
    assert text.read(end.join(lines).encode()).text.split("\n") == lines
    path = "文件在C:\\new\\name目录。\n全年调解34件，组织法治讲座12场次，接受群众咨询50人次。"
    assert text.read(path.encode()).text == path


def test_a_link_to_a_page_is_not_a_report() -> None:
    link = b"\xef\xbb\xbf[InternetShortcut]\r\nIconIndex=0\r\nURL=http://www.example.gov.cn/a.html\r\n"
    with pytest.raises(RejectedFile, match=r"http://www\.example\.gov\.cn/a\.html") as refused:
        text.read(link)
    assert refused.value.code == "attachment_only"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("调解𝟑𝟒件，走访𝟱𝟲户，培训𝟾次", "调解34件，走访56户，培训8次"),
        ("3️⃣4️⃣件", "34件"),
        ("3\u20634件，5\u061c6户，7\u180e8人，\u3164甲\U000e0020", "34件，56户，78人，甲"),
        ("占98٪", "占98%"),
        ("调解\u202e43\u202c件，\u202d走访56户", "调解34件，走访56户"),
        ("调解\u202e。户65访走，件43", "调解34件，走访56户。"),
        ("调解١٢件，走访۳۴户，投入1٬234元，占98٫5%", "调解12件，走访34户，投入1,234元，占98.5%"),
        ("调解༣༤件，走访᠕᠖户", "调解34件，走访56户"),
        (
            "调解⑲件，走访₃₄户，处罚➊➒件，讲座㉖场次，培训〣〤次",
            "调解19件，走访34户，处罚19件，讲座26场次，培训34次",
        ),
        ("聘请⑩户代表⑪人大代表⑫人民调解员", "聘请10户代表⑪人大代表⑫人民调解员"),
        ("做到①户户见面、②人人知晓，调解34①件", "做到①户户见面、②人人知晓，调解34件"),
        ("调解34¹ 件，化解3¹件", "调解34 件，化解3件"),
        ("投入2½万元，占98･5%", "投入2.5万元，占98.5%"),
        ("二О二四年，二Ο二四年，2О24年", "二○二四年，二○二四年，2024年"),
    ],
)
def test_digits_of_other_looks_and_invisible_characters(written: str, read: str) -> None:
    assert normalise_characters(written) == read


def test_a_quote_that_nothing_closes_hides_no_row() -> None:
    lines = text.read(f'{TITLE}\n项目,2024年（件）\n"纠纷,34\n处罚,5\n'.encode()).text.split("\n")
    assert lines[2:4] == ["2024年纠纷34件。", "2024年处罚5件。"]


def test_lines_in_a_cell_of_a_markdown_table_are_rows() -> None:
    source = "# 一\n\n|项目|2024年（件）|\n|--|--|\n|纠纷<br>信访|34<br>12|\n|处罚|5|\n\n- a<br>b"
    shown = choose_reader(source.encode(), "a.md").read(source.encode()).text.split("\n")
    assert [line for line in shown if line.startswith("2024年")] == [
        "2024年纠纷34件。",
        "2024年信访12件。",
        "2024年处罚5件。",
    ]


def test_lines_of_json_are_program_data() -> None:
    assert sniff('{"p":"一"}\n{"p":"二"}\n'.encode(), "a.txt")
    assert not sniff('{"p":"一"}\n调解34件}\n'.encode(), "a.txt")


def test_a_page_number_of_all_pages_is_dropped_alone() -> None:
    assert (
        join_pages("开展普法，发放资料1200余\n第 1 页 共 3 页\n份。\n二、问题")
        == "开展普法，发放资料1200余份。\n二、问题"
    )
    assert join_pages("发放资料\n第 1 页\n份。") == "发放资料\n第 1 页\n份。"


@pytest.mark.parametrize("table", ["项目,2024年\n发放资料,1.23E+05\n普法,34", '普法\t34\n发放资料\t"1E+05"'])
def test_a_number_that_a_table_has_in_part_is_refused(table: str) -> None:
    with pytest.raises(RejectedFile, match="科学计数法") as refused:
        text.read(f"{TITLE}\n{table}\n".encode())
    assert refused.value.code == "undecodable"
    assert "1.38E+10" in text.read(f"{TITLE}\n项目,内容\n联系电话,1.38E+10\n普法,34\n".encode()).text


def test_time_per_table_does_not_grow_with_their_number() -> None:
    started = time.perf_counter()
    text.write_plain("项目|数量\n---|---\n" * 5_000)
    assert time.perf_counter() - started < 5
