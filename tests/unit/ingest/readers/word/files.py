"""Word documents from a few lines of markup, as editors, clerks and converters leave them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from html import escape

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_SPACES = (
    f'xmlns:w="{W}" xmlns:r="{R}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)
_MAIN_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def run(text: str, properties: str = "") -> str:
    """Return a run with text."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def paragraph(content: str, properties: str = "") -> str:
    """Return a paragraph of runs; plain text becomes one run."""
    return f"<w:p><w:pPr>{properties}</w:pPr>{content if content.startswith('<') else run(content)}</w:p>"


def numbered(text: str, number: int, level: int = 0) -> str:
    """Return a paragraph of a list."""
    return paragraph(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')


def cell(content: str, properties: str = "") -> str:
    """Return a cell; plain text becomes one paragraph."""
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content if content.startswith('<') else paragraph(content)}</w:tc>"


def row(*cells: str, properties: str = "") -> str:
    """Return a table row; plain text becomes a cell."""
    inside = "".join(each if each.startswith("<w:tc>") else cell(each) for each in cells)
    return f"<w:tr><w:trPr>{properties}</w:trPr>{inside}</w:tr>"


def table(*rows: str) -> str:
    """Return a table."""
    return f"<w:tbl><w:tblPr/><w:tblGrid/>{''.join(rows)}</w:tbl>"


def field(code: str, result: str | None = None) -> str:
    """Return a complex field."""
    mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'.format
    shown = "" if result is None else mark("separate") + run(result)
    return f"{mark('begin')}<w:r><w:instrText>{escape(code)}</w:instrText></w:r>{shown}{mark('end')}"


def level(index: int, kind: str, pattern: str, more: str = "") -> str:
    """Return a level of a list definition."""
    return (
        f'<w:lvl w:ilvl="{index}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>'
        f'<w:lvlText w:val="{pattern}"/>{more}</w:lvl>'
    )


def definition(number: int, *levels: str) -> str:
    """Return a list definition."""
    return f'<w:abstractNum w:abstractNumId="{number}">{"".join(levels)}</w:abstractNum>'


def instance(number: int, defined: int, overrides: str = "") -> str:
    """Return a list instance that counts by a definition."""
    return f'<w:num w:numId="{number}"><w:abstractNumId w:val="{defined}"/>{overrides}</w:num>'


def word_document(
    body: str,
    *,
    styles: str = "",
    numbering: str = "",
    footnotes: str = "",
    parts: Mapping[str, bytes] | None = None,
    relations: str = "",
    main_type: str = _MAIN_TYPE,
) -> bytes:
    """Return a Word document with the named parts; `parts` and `relations` add others."""
    given = {"styles": styles, "numbering": numbering, "footnotes": footnotes}
    linked = "".join(
        f'<Relationship Id="r{kind}" Type="{R}/{kind}" Target="{kind}.xml"/>'
        for kind, xml in given.items()
        if xml
    )
    members = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Override PartName="/word/document.xml" ContentType="{main_type}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE_RELATIONS}"><Relationship Id="r1" '
        f'Type="{R}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f"<w:document {_SPACES}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{PACKAGE_RELATIONS}">'
        f"{linked}{relations}</Relationships>",
        **{f"word/{kind}.xml": f"<w:{kind} {_SPACES}>{xml}</w:{kind}>" for kind, xml in given.items() if xml},
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
        for name, data in (parts or {}).items():
            archive.writestr(name, data)
    return buffer.getvalue()
