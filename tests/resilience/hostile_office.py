"""Office files that nobody should send: feature-rich documents to mutate, and bombs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path

from docx import Document
from openpyxl import Workbook

_WORD_FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "word"
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SPACES = f'xmlns:w="{_W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
LAUGHS = (
    '<!DOCTYPE w:document [<!ENTITY a "法治法治法治法治法治法治法治法治法治法治">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
    + ' <!ENTITY secret SYSTEM "file:///etc/passwd">]>'
)
_BODY = f"<w:document {_SPACES}><w:body>{{}}</w:body></w:document>"
_WORDS = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"


def office_bases(text: str) -> Iterator[tuple[str, bytes]]:
    """Yield documents to mutate, each with everything that its reader handles."""
    yield ".docx", _rich_document(text)
    yield ".rtf", (_WORD_FIXTURES / "unprinted.rtf").read_bytes()
    yield ".rtf", rtf(text)
    yield ".xlsx", _workbook(text)
    yield ".xml", _flat(text)


def slow_bases() -> Iterator[tuple[str, bytes]]:
    """Yield documents that an external program converts, which takes seconds each."""
    yield ".doc", (_WORD_FIXTURES / "unprinted.doc").read_bytes()
    space = "http://schemas.microsoft.com/office/word/2003/wordml"
    body = _WORDS.format("2023年，太平镇坚持依法行政，调解纠纷34件。") * 3
    yield (
        ".xml",
        (
            f'<?xml version="1.0"?><w:wordDocument xmlns:w="{space}"><w:body>{body}</w:body></w:wordDocument>'
        ).encode(),
    )


def rtf(text: str) -> bytes:
    """Return lines as an RTF document with Chinese as GBK bytes."""
    body = "\\par\n".join(
        "".join(
            character
            if character.isascii()
            else "".join(f"\\'{byte:02x}" for byte in character.encode("gb18030"))
            for character in line
        )
        for line in text.splitlines()
    )
    return f"{{\\rtf1\\ansi\\ansicpg936\\deff0{{\\fonttbl{{\\f0\\fcharset134 SimSun;}}}}\\f0 {body}}}".encode(
        "ascii"
    )


def _flat(text: str) -> bytes:
    """Return a Word document in one XML file."""
    lines = "".join(_WORDS.format(escape(line)) for line in text.splitlines())
    return (
        '<?xml version="1.0"?><pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage">'
        f'<pkg:part pkg:name="/word/document.xml"><pkg:xmlData>{_BODY.format(lines)}</pkg:xmlData></pkg:part>'
        "</pkg:package>"
    ).encode()


def _rich_document(text: str) -> bytes:
    """Return one document with numbers, tables, changes, fields, boxes and notes."""
    document = Document()
    for line in text.splitlines():
        document.add_paragraph(line, style="List Number")
    table = document.add_table(rows=3, cols=3)
    table.cell(0, 0).merge(table.cell(1, 0)).text = "类别"
    for row, cells in enumerate(table.rows):
        cells.cells[2].text = ("件数（件）", "12", "9")[row]
    table.cell(2, 1).add_table(2, 2).cell(0, 0).text = "调解3件"
    buffer = io.BytesIO()
    document.save(buffer)
    extra = (
        "<w:p><w:del><w:r><w:delText>40</w:delText></w:r></w:del><w:moveTo><w:r><w:rPr><w:vanish/></w:rPr>"
        '<w:t>43件</w:t></w:r></w:moveTo><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r>'
        "<w:instrText>EQ \\o\\ac(○,3)</w:instrText></w:r>"
        '<w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing>'
        "<w:txbxContent><w:p><w:r><w:t>框内77件。</w:t></w:r></w:p></w:txbxContent></w:drawing></mc:Choice>"
        '<mc:Fallback/></mc:AlternateContent><w:sym w:font="Wingdings" w:char="F0FE"/></w:r></w:p>'
    )
    marks = f'<w:body xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">{extra}'
    return _zip(_members(buffer.getvalue()), "word/document.xml", b"<w:body>", marks.encode())


def _workbook(text: str) -> bytes:
    book = Workbook()
    for line in text.splitlines():
        book.active.append([line])
    for row in (["项目", "数量（件）"], ["纠纷", 12], ["信访", 0.5]):
        book.active.append(row)
    book.active.merge_cells("A1:B1")
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _zip(members: Mapping[str, bytes], name: str, old: bytes, new: bytes) -> bytes:
    return pack(dict(members) | {name: members[name].replace(old, new)})


def pack(members: Mapping[str, bytes]) -> bytes:
    """Return a zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def office_files(sample: bytes, text: str) -> Iterator[tuple[str, bytes]]:
    """Yield special files by name.

    Args:
        sample: A Word document whose parts are replaced.
        text: Text of a valid report.
    """
    members = _members(sample)

    def document(xml: str, **parts: str) -> bytes:
        others = {f"word/{name}.xml": content.encode() for name, content in parts.items()}
        return pack(members | {"word/document.xml": xml.encode()} | others)

    lines = "".join(_WORDS.format(escape(line)) for line in text.splitlines())
    yield "laughs.docx", document(LAUGHS + _BODY.format(_WORDS.format("&j;") + lines))
    yield "secret.docx", document(LAUGHS + _BODY.format(_WORDS.format("&secret;") + lines))
    yield (
        "deep.docx",
        document(_BODY.format(_nested("<w:sdt><w:sdtContent>", "</w:sdtContent></w:sdt>", 5_000, lines))),
    )
    yield (
        "tables.docx",
        document(_BODY.format(_nested("<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>", 2_000, lines))),
    )
    yield (
        "tables_in_reason.docx",
        document(_BODY.format(_nested("<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>", 60, lines))),
    )
    yield "no_body.docx", document(f"<w:document {_SPACES}/>")
    yield "other_root.docx", document("<html><body>x</body></html>")
    yield (
        "many_tags.docx",
        document(_BODY.format(lines + "".join(f'<w:p w:a="{i * 7919 % 65521}"/>' for i in range(2_000_000)))),
    )
    yield (
        "many_paragraphs.docx",
        document(_BODY.format("".join(_WORDS.format(f"学习{i * 7919 % 65521}次。") for i in range(60_000)))),
    )
    cells = "".join(f"<w:tc>{_WORDS.format(i * 7919 % 65521)}</w:tc>" for i in range(60))
    yield "many_cells.docx", document(_BODY.format(lines + f"<w:tbl>{f'<w:tr>{cells}</w:tr>' * 800}</w:tbl>"))
    spans = '<w:tc><w:tcPr><w:gridSpan w:val="2000000000"/></w:tcPr></w:tc>' * 50
    yield "wide_cells.docx", document(_BODY.format(lines + f"<w:tbl><w:tr>{spans}</w:tr></w:tbl>"))
    loops = "".join(
        f'<w:style w:styleId="s{i}"><w:basedOn w:val="s{(i + 1) % 5000}"/></w:style>' for i in range(5000)
    )
    styled = lines.replace("<w:p>", '<w:p><w:pPr><w:pStyle w:val="s1"/></w:pPr>')
    yield "style_loop.docx", document(_BODY.format(styled), styles=f"<w:styles {_SPACES}>{loops}</w:styles>")
    begin = '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r></w:p>'
    yield "fields.docx", document(_BODY.format(begin * 20_000 + lines))
    level = (
        '<w:lvl w:ilvl="{}"><w:start w:val="{}"/><w:numFmt w:val="lowerRoman"/>'
        '<w:lvlText w:val="%1%2%3%1"/></w:lvl>'
    )
    huge = f'<w:abstractNum w:abstractNumId="1">{level.format(0, 10**30)}</w:abstractNum>'
    number = '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
    listed = lines.replace(
        "<w:p>", '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>'
    )
    yield (
        "huge_number.docx",
        document(_BODY.format(listed), numbering=f"<w:numbering {_SPACES}>{huge}{number}</w:numbering>"),
    )
    odd = f'<w:num w:numId="x"/><w:abstractNum>{level.format(999999999999, 1)}</w:abstractNum>'
    yield (
        "numbering.docx",
        document(_BODY.format(listed), numbering=f"<w:numbering {_SPACES}>{odd}</w:numbering>"),
    )
    yield "relations.docx", pack(members | {"word/_rels/document.xml.rels": b"<Relationships/>"})
    yield (
        "itself.docx",
        pack(
            members
            | {
                "_rels/.rels": b'<Relationships><Relationship Id="r" Type="/officeDocument" '
                b'Target="/_rels/.rels"/></Relationships>'
            }
        ),
    )
    yield from _rtf_files(text)
    yield from _workbooks(text)


def _nested(opened: str, closed: str, times: int, inside: str) -> str:
    return opened * times + inside + closed * times


def _rtf_files(text: str) -> Iterator[tuple[str, bytes]]:
    fair = rtf(text)[:-1]
    yield "groups.rtf", fair + b"{" * 500_000
    yield "words.rtf", fair + b"\\b\\i" * 3_000_000 + b"}"
    yield "binary.rtf", fair + b"\\bin99999999999999999999 x}"
    yield "tables.rtf", fair + b"\\intbl\\itap99999999 a\\nestcell\\nestrow" * 50_000 + b"}"
    yield (
        "cells.rtf",
        fair + b"\\trowd" + b"\\cellx9" * 20_000 + b"\\intbl" + b" 1\\cell" * 20_000 + b"\\row}",
    )
    yield "unicode.rtf", fair + b"\\uc999999999\\u-99999999 " * 50_000 + b"}"
    yield "notes.rtf", fair + b"{\\footnote " * 900 + b"x" + b"}" * 900 + b"}"


def _workbooks(text: str) -> Iterator[tuple[str, bytes]]:
    members = _members(_workbook(text))
    sheet = "xl/worksheets/sheet1.xml"
    far = "".join(f'<row r="{i}"><c r="XFD{i}"><v>1</v></c></row>' for i in range(20, 60_000))
    yield "far.xlsx", _zip(members, sheet, b"</sheetData>", far.encode() + b"</sheetData>")
    merged = "".join(f'<mergeCell ref="A{i}:XFD1048576"/>' for i in range(1, 20_000))
    yield (
        "merged.xlsx",
        _zip(members, sheet, b"</mergeCells>", f"{merged}</mergeCells>".encode()),
    )
    many = "".join(f'<row r="{i}"><c t="n"><v>{i * 7919 % 65521}</v></c></row>' for i in range(20, 400_000))
    yield "rows.xlsx", _zip(members, sheet, b"</sheetData>", many.encode() + b"</sheetData>")
    digits = '<row r="30"><c t="n"><v>1E+999999999</v></c><c t="n"><v>' + "9" * 300_000 + "</v></c></row>"
    yield "digits.xlsx", _zip(members, sheet, b"</sheetData>", digits.encode() + b"</sheetData>")
    yield "laughs.xlsx", _zip(members, sheet, b"<worksheet", LAUGHS.encode() + b"<worksheet")
