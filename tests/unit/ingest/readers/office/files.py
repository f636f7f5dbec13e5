"""OpenDocument files (.odt, .ods, flat ones) from a few lines of markup."""

from __future__ import annotations

import io
import zipfile
from html import escape

TEXT, SHEET = "text", "spreadsheet"
_MIMETYPE = "application/vnd.oasis.opendocument."
_NAMES = ("office", "style", "text", "table", "number", "meta", "script")
_SPACES = (
    " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in _NAMES)
    + ' xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"'
    + ' xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2"'
    + ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def odf_paragraph(text: str, style: str = "Standard") -> str:
    """Return a paragraph; text that contains a tag is taken as markup."""
    return f'<text:p text:style-name="{style}">{text if "<" in text else escape(text)}</text:p>'


def odf_cell(text: str, more: str = "") -> str:
    """Return a cell with one paragraph."""
    return f'<table:table-cell office:value-type="string" {more}>{odf_paragraph(text)}</table:table-cell>'


def odf_number(value: str, more: str = "") -> str:
    """Return a cell with a number but no text of its own; the office program formats it."""
    return f'<table:table-cell office:value-type="float" office:value="{value}" {more}/>'


def odf_table(*rows: str, name: str = "表1", columns: int = 2) -> str:
    """Return a table; each row is a cell or a whole row."""
    inside = "".join(row if row.startswith("<table:table-row") else odf_row(row) for row in rows)
    return (
        f'<table:table table:name="{name}"><table:table-column table:number-columns-repeated="{columns}"/>'
        f"{inside}</table:table>"
    )


def odf_row(*cells: str, more: str = "") -> str:
    """Return a row of cells."""
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def open_document(body: str, kind: str = TEXT, styles: str = "", manifest: str = "") -> bytes:
    """Return a package with this body; `manifest` goes into the manifest entry of content.xml."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_SPACES} office:version="1.2">'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    entries = (
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_MIMETYPE}{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml">'
        f"{manifest}</manifest:file-entry>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", _MIMETYPE + kind, zipfile.ZIP_STORED)
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest manifest:version="1.2" '
            f'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">{entries}</manifest:manifest>',
        )
    return buffer.getvalue()


def flat_document(body: str, kind: str = TEXT, styles: str = "") -> bytes:
    """Return a document with this body as one XML file (.fodt, .fods)."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document {_SPACES} office:version="1.2" '
        f'office:mimetype="{_MIMETYPE}{kind}"><office:automatic-styles>{styles}</office:automatic-styles>'
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document>"
    ).encode()
