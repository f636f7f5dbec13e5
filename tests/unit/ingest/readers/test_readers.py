"""Each format is recognised by content, and read completely or refused with a code."""

from __future__ import annotations

import io
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from reportlab.lib import pdfencrypt
from reportlab.pdfgen.canvas import Canvas

from orchestration.pipeline.ingest.files import read_report
from orchestration.pipeline.readers import READERS, RejectedFile, choose_reader, is_container
from orchestration.pipeline.readers.encoding import decode_text, measure_common_share
from orchestration.pipeline.readers.word import doc
from tests.unit.ingest.readers.report_files import SAVED_AS, as_docx, as_html, as_pdf

REPORT = (
    "松坪镇2023年法治政府建设情况报告\n2023年，松坪镇坚持依法行政，推进法治政府建设，全年组织学法12次。\n"
    "一、主要举措和成效\n（一）规范执法。办理案件7件，罚款2万余元。\n二、2024年工作打算\n继续做好合法性审查工作。\n"
)


def test_libraries_of_rare_formats_wait_for_the_first_such_file() -> None:
    code = "import sys, orchestration.pipeline.ingest.files; print({'docx', 'pypdfium2', 'olefile'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("", 0.0),
        ("only ASCII", 0.0),
        ("法治", 1.0),
        ("a法b龘c", 0.5),
        ("法" * 3_000 + "龘" * 1_000, 0.75),
        ("a" * 2_000 + "法" * 4_000 + "龘" * 1_000, 1.0),  # only the first 4,000 that are not ASCII count
    ],
)
def test_the_share_of_common_characters_counts_what_is_not_ascii(text: str, share: float) -> None:
    assert measure_common_share(text) == share


@pytest.mark.parametrize("kind", SAVED_AS)
def test_every_format_gives_the_same_words(kind: str) -> None:
    read = read_report(SAVED_AS[kind](REPORT), "no_ending")
    assert "".join(REPORT.split()) in "".join(read.text.split())


@pytest.mark.parametrize(
    ("kind", "reader", "encoding"),
    [
        ("utf-8", "text", "utf-8"),
        ("utf-8 with mark", "text", "utf-8-sig"),
        ("gb18030", "text", "gb18030"),
        ("utf-16", "text", "utf-16"),
        ("utf-16 without mark", "text", "utf-16-le"),
        ("html", "html", "utf-8"),
        ("html in gb2312", "html", "gb18030"),
        ("mht", "mht", "utf-8"),
        ("docx", "docx", None),
        ("pdf", "pdf", None),
        ("ofd", "ofd", None),
    ],
)
def test_content_decides_not_the_ending(kind: str, reader: str, encoding: str | None) -> None:
    read = read_report(SAVED_AS[kind](REPORT), "misleading.doc")
    assert (read.reader.split("/")[0], read.encoding) == (reader, encoding)


def test_registry_names_are_unique_and_complete() -> None:
    names = [reader.NAME for reader in READERS]
    assert len(set(names)) == len(names)
    assert names[-1] == "text"  # it takes all remaining files
    assert all(reader.VERSION for reader in READERS)
    assert all(reader.MEDIA_TYPES for reader in READERS if reader.NAME not in ("package", "data_file"))


@pytest.mark.parametrize(
    ("member", "contained"),
    [
        ("[Content_Types].xml", True),
        ("/[content_types].XML", True),
        ("mimetype", True),
        ("Index/Document.iwa", True),
        ("uof.xml", True),
        ("index.zip", False),
        ("a/报告.txt", False),
    ],
)
def test_a_container_is_known_by_its_members(member: str, contained: bool) -> None:
    assert is_container(["other.txt", member]) is contained


@pytest.mark.parametrize(
    ("member", "words"),
    [
        ("xl/workbook.xml", "an Excel workbook"),
        ("ppt/a.xml", "PowerPoint"),
        ("content.xml", "OpenDocument"),
        ("FixedDocSeq.fdseq", "XPS"),
        ("FixedDocumentSequence.fdseq", "XPS"),
        ("uof.xml", "标文通"),
        ("Index/Document.iwa", "Pages or Numbers"),
        ("Metadata/BuildVersionHistory.plist", "Pages or Numbers"),
    ],
)
def test_an_unsupported_package_is_refused_by_name(member: str, words: str) -> None:
    with pytest.raises(RejectedFile, match=words):
        read_report(_zip(("[Content_Types].xml", b"<Types/>"), (member, b"<x/>")), "x.docx")


def test_page_loses_menu_and_scripts_but_keeps_breadcrumb() -> None:
    page = as_html(REPORT).replace(
        b"</body>", "<p>当前位置：<a>首页</a>&gt;<a>公开</a>&gt;<a>年报</a></p></body>".encode()
    )
    text = read_report(page, "x").text
    assert "当前位置：首页>公开>年报" in text
    assert "clock" not in text
    assert "机构职能" not in text


def test_page_meta_tags_become_fields() -> None:
    meta = '<meta name="ArticleTitle" content="某标题"><meta name="SiteIDCode" content="5001510001"></head>'
    read = read_report(as_html(REPORT).replace(b"</head>", meta.encode()), "x")
    assert (read.fields["title"], read.fields["site_code"]) == ("某标题", "5001510001")


def test_words_split_over_inline_tags_stay_together() -> None:
    page = as_html(REPORT).replace("12次".encode(), "<span>1</span><b>2</b><span>次</span>".encode())
    assert "组织学法12次" in read_report(page, "x").text


def test_table_cells_of_a_word_document_are_kept_in_order() -> None:
    document = docx.Document()
    document.add_paragraph("松坪镇坚持依法行政，全年办理下列事项，现将有关情况公布。")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "调解纠纷", "48件"
    document.add_paragraph("表后的段落。")
    buffer = io.BytesIO()
    document.save(buffer)
    assert read_report(buffer.getvalue(), "x").text.split("\n")[1:] == ["调解纠纷：48件。", "表后的段落。"]


def test_automatic_numbers_of_word_are_written_out() -> None:
    document = docx.Document()
    numbering = document.part.numbering_part.element
    numbering.insert(0, parse_xml(
        f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77"><w:lvl w:ilvl="0"><w:start w:val="1"/>'
        '<w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1、"/></w:lvl><w:lvl w:ilvl="1"><w:start w:val="1"/>'
        '<w:numFmt w:val="chineseCounting"/><w:lvlText w:val="（%2）"/></w:lvl></w:abstractNum>'))  # fmt: skip
    numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))
    for level, words in (
        (0, "主要举措"),
        (1, "抓学习"),
        (1, "抓执法"),
        (0, "存在不足"),
        (1, "力量偏少，有待加强充实提高"),
    ):
        properties = document.add_paragraph(words)._p.get_or_add_pPr()
        properties.append(parse_xml(
            f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="77"/></w:numPr>'))  # fmt: skip
    buffer = io.BytesIO()
    document.save(buffer)
    lines = read_report(buffer.getvalue(), "x").text.split("\n")
    assert [line[:4] for line in lines] == ["一、主要", "（一）抓", "（二）抓", "二、存在", "（一）力"]


def test_tracked_insertions_stay_and_deletions_go() -> None:
    document = docx.Document(io.BytesIO(as_docx(REPORT)))
    document.paragraphs[-1]._p.append(parse_xml(
        f'<w:ins {nsdecls("w")}><w:r><w:t>新增一句。</w:t></w:r></w:ins>'))  # fmt: skip
    document.paragraphs[-1]._p.append(parse_xml(
        f'<w:del {nsdecls("w")}><w:r><w:delText>删去一句。</w:delText></w:r></w:del>'))  # fmt: skip
    buffer = io.BytesIO()
    document.save(buffer)
    text = read_report(buffer.getvalue(), "x").text
    assert "新增一句。" in text
    assert "删去一句。" not in text


def test_paragraphs_of_a_pdf_are_recognised_by_their_indent() -> None:
    lines = read_report(as_pdf(REPORT), "x").text.split("\n")
    assert [
        line.startswith("\u3000\u3000") for line in lines if line.strip().startswith(("一、", "二、"))
    ] == [True, True]


def _encrypted_pdf() -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, encrypt=pdfencrypt.StandardEncryption("secret", canPrint=0))
    canvas.drawString(100, 100, "text")
    canvas.save()
    return buffer.getvalue()


def _scanned_pdf() -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    for _ in range(3):
        canvas.rect(50, 50, 400, 600, fill=1)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _ole(stream: str, content: bytes) -> bytes:
    """Return a minimal OLE compound file with one stream of at least 4096 bytes ([MS-CFB])."""
    content = content.ljust(4096, b"\x00")
    sectors = (len(content) + 511) // 512
    header = bytearray(512)
    header[0:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    header[24:34] = (0x3E).to_bytes(2, "little") + b"\x03\x00" + b"\xfe\xff" + b"\x09\x00" + b"\x06\x00"
    header[44:48] = (1).to_bytes(4, "little")  # one FAT sector
    header[48:52] = (1).to_bytes(4, "little")  # directory in sector 1
    header[56:60] = (4096).to_bytes(4, "little")
    header[60:64] = header[68:72] = b"\xfe\xff\xff\xff"
    header[76:512] = (0).to_bytes(4, "little") + b"\xff" * 432
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 2 + sectors), 0xFFFFFFFE]
    table = b"".join(entry.to_bytes(4, "little") for entry in chain).ljust(512, b"\xff")

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        raw = name.encode("utf-16-le").ljust(64, b"\x00") + (2 * len(name) + 2).to_bytes(2, "little")
        raw += bytes((kind, 1)) + b"\xff" * 8 + child.to_bytes(4, "little") + bytes(36)
        return raw + start.to_bytes(4, "little") + size.to_bytes(8, "little")

    none = 0xFFFFFFFF
    directory = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry(stream, 2, none, 2, len(content))
    return bytes(header) + table + directory.ljust(512, b"\x00") + content.ljust(sectors * 512, b"\x00")


def _zip(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def _docx_with(part: str, old: bytes, new: bytes) -> bytes:
    """Return a Word document in which a part has other bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(as_docx(REPORT))) as whole, zipfile.ZipFile(buffer, "w") as damaged:
        for name in whole.namelist():
            content = whole.read(name)
            assert name != part or old in content
            damaged.writestr(name, content.replace(old, new) if name == part else content)
    return buffer.getvalue()


BAD_FILES: dict[str, tuple[bytes, str, str]] = {
    "no bytes": (b"", "empty", "is empty"),
    "white space": (b" \r\n\t", "empty", "white space"),
    "picture named pdf": (b"\x89PNG\r\n\x1a\n" + bytes(99), "unsupported", "PNG"),
    "old archive": (b"Rar!\x1a\x07\x00" + bytes(99), "unsupported", "RAR"),
    "damaged UTF-16": (
        "调解".encode("utf-16") + b"\x00\xd8" + "34件。".encode("utf-16-le"),
        "undecodable",
        "utf-16",
    ),
    "unknown binary format": (b"SEP\0\1\2" + bytes(range(1, 256)) * 3, "unsupported", "不是文字文件"),
    "random bytes with zeros": (bytes(range(32)) * 40, "unsupported", "control character"),
    "bad byte in UTF-8": (
        REPORT.encode()[:90] + b"\xff\xff" + REPORT.encode()[90:],
        "undecodable",
        "at byte 9",
    ),
    "cut in a character": (REPORT.encode().rstrip()[:-1], "truncated", "inside a character"),
    "mojibake": (REPORT.encode().decode("gb18030", "replace").encode(), "not_a_report_text", "mojibake"),
    "latin mojibake": (REPORT.encode().decode("latin-1").encode(), "not_a_report_text", "Chinese"),
    "English": (b"Report of a town on the rule of law. " * 9, "not_a_report_text", "Chinese characters"),
    "encrypted PDF": (_encrypted_pdf(), "encrypted", "password"),
    "scanned PDF": (_scanned_pdf(), "scanned", "OCR"),
    "half a PDF": (as_pdf(REPORT)[:300], "truncated", "PDF"),
    "half a Word document": (as_docx(REPORT)[:-900], "truncated", ""),
    "numbering that is no XML": (
        _docx_with("word/numbering.xml", b"</w:numbering>", b"</w:numbe>"),
        "truncated",
        "word/numbering.xml",
    ),
    "level that is no number": (
        _docx_with("word/numbering.xml", b'w:ilvl="0"', b'w:ilvl="zero"'),
        "truncated",
        "Word document",
    ),
    "encrypted Office file": (_ole("EncryptionInfo", b""), "encrypted", "password"),
    "encrypted Word 97": (_ole("WordDocument", b"\xec\xa5" + bytes(9) + b"\x01"), "encrypted", "password"),
    "PowerPoint 97": (_ole("PowerPoint Document", b""), "unsupported", "PowerPoint"),
    "half an OLE file": (_ole("WordDocument", b"")[:600], "truncated", ""),
    "web archive of Safari": (b"bplist00\xd1<html><p>x</p>", "unsupported", "Safari"),
    "archive in an archive": (_zip(("a.txt", REPORT.encode())), "unsupported", "archive"),
    "zip bomb as docx": (_zip(("word/document.xml", bytes(40_000_000))), "zip_bomb", "unpack"),
    "archive of the web without a page": (
        b"MIME-Version: 1.0\nContent-Type: image/png\n\nx",
        "truncated",
        "page",
    ),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_with_code_and_reason(name: str) -> None:
    data, code, words = BAD_FILES[name]
    with pytest.raises(RejectedFile) as refused:
        read_report(data, "x.txt")
    assert refused.value.code == code
    assert words in refused.value.message


def test_big5_is_distinguished_from_gb_by_common_characters() -> None:
    text = "柳河鎮推進法治政府建設，全年組織學法與調解糾紛，開展執法檢查。" * 3
    assert decode_text(text.encode("big5hkscs")) == (text, "big5hkscs")


def test_a_wrong_declared_charset_does_not_harm() -> None:
    page = as_html(REPORT).replace(b'charset="utf-8"', b'charset="gbk"')
    assert "松坪镇坚持依法行政" in read_report(page, "x").text


def test_word_97_without_a_converter_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RejectedFile, match=r"LibreOffice \(soffice\), antiword or catdoc"):
        doc.read(_ole("WordDocument", b"\xec\xa5"))


@pytest.mark.parametrize("program", ["antiword", "catdoc"])
def test_word_97_goes_through_a_converter_on_path(
    program: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "text").write_text(REPORT, encoding="utf-8")
    script = tmp_path / program
    script.write_text(f"#!/bin/sh\n/bin/cat '{tmp_path}/text'\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path))
    read = read_report(_ole("WordDocument", b"\xec\xa5"), "old.wps")
    assert (read.reader, "松坪镇" in read.text) == ("doc/3", True)


def test_a_failing_converter_is_a_refusal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / "antiword"
    script.write_text("#!/bin/sh\necho 'not a Word Document' >&2\nexit 1\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RejectedFile, match="not a Word Document"):
        doc.read(_ole("WordDocument", b"\xec\xa5"))


def test_choose_reader_takes_anything() -> None:
    assert choose_reader(b"\x00\x01", "x").NAME == "text"


def test_preformatted_lines_stay_lines() -> None:
    body = "<pre>一、主要举措和成效\n全年调解矛盾纠纷12件。</pre><p>二、存在的不足\n和原因</p>"
    page = f"<html><body>{body}</body></html>"
    assert read_report(page.encode(), "a.html").text.split("\n") == [
        "一、主要举措和成效",
        "全年调解矛盾纠纷12件。",
        "二、存在的不足 和原因",
    ]
