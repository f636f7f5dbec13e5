"""Word and OFD documents that contain pictures of pages."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

import docx
from docx.shared import Mm
from PIL import Image

from tests.unit.ocr.scan_files import encode

_OFD = 'xmlns:ofd="http://www.ofdspec.org/2016"'


def word_of_pictures(pictures: Sequence[Image.Image], *typed: str, kind: str = "PNG") -> bytes:
    """Return a Word document with typed paragraphs, then a picture of a page in each further paragraph."""
    document = docx.Document()
    for line in typed:
        document.add_paragraph(line)
    for picture in pictures:
        document.add_picture(io.BytesIO(encode(picture, kind)), width=Mm(150))
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def ofd_of_pages(pages: Sequence[Image.Image | Sequence[str]], mark: str = "") -> bytes:
    """Return an OFD whose pages are pictures, each with a mark over it, or lines of text; resources are in BaseLoc."""
    parts: dict[str, bytes] = {}
    entries = media = ""
    for number, page in enumerate(pages):
        lines = [mark] if isinstance(page, Image.Image) else list(page)
        objects = "".join(
            f'<ofd:TextObject Boundary="25 {30 + 9 * row} 170 8" Size="5"><ofd:TextCode X="0" Y="5" DeltaX="g 99 5">'
            f"{line}</ofd:TextCode></ofd:TextObject>"
            for row, line in enumerate(lines)
            if line
        )
        if isinstance(page, Image.Image):
            media += f'<ofd:MultiMedia ID="{50 + number}"><ofd:MediaFile>p{number}.png</ofd:MediaFile></ofd:MultiMedia>'
            parts[f"Doc_0/Res/p{number}.png"] = encode(page, "PNG")
            objects = f'<ofd:ImageObject Boundary="5 5 200 287" ResourceID="{50 + number}"/>{objects}'
        entries += f'<ofd:Page ID="{number}" BaseLoc="P{number}.xml"/>'
        parts[f"Doc_0/P{number}.xml"] = (
            f"<ofd:Page {_OFD}><ofd:Content><ofd:Layer>{objects}</ofd:Layer></ofd:Content></ofd:Page>".encode()
        )
    parts["OFD.xml"] = (
        f"<ofd:OFD {_OFD}><ofd:DocBody><ofd:DocRoot>Doc_0/D.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>".encode()
    )
    parts["Doc_0/D.xml"] = (
        f"<ofd:Document {_OFD}><ofd:CommonData><ofd:DocumentRes>R.xml</ofd:DocumentRes></ofd:CommonData>"
        f"<ofd:Pages>{entries}</ofd:Pages></ofd:Document>"
    ).encode()
    parts["Doc_0/R.xml"] = (
        f'<ofd:Res {_OFD} BaseLoc="Res"><ofd:MultiMedias>{media}</ofd:MultiMedias></ofd:Res>'.encode()
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()
