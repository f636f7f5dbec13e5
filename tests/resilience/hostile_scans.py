"""Scans that nobody should send: pictures to mutate, bombs, pictures that are not pages, documents of pictures."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from tests.resilience.hostile_office import pack

_FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "ocr"
_OFD = 'xmlns:ofd="http://www.ofdspec.org/2016"'


def scan_bases() -> Iterator[tuple[str, bytes]]:
    """Yield files to mutate; if OCR is installed, each of their pages takes seconds."""
    page = _page()
    yield ".png", _encode(page, "PNG")
    yield ".jpg", _encode(page.convert("RGB"), "JPEG")
    yield ".tif", (_FIXTURES / "report.tif").read_bytes()
    yield ".pdf", (_FIXTURES / "report.pdf").read_bytes()
    yield ".docx", _word([page])
    yield ".ofd", _ofd([page])


def scan_files() -> Iterator[tuple[str, bytes]]:
    """Yield special files by name."""
    page = _page()
    yield "blank.png", _encode(Image.new("L", (800, 1100), 255), "PNG")
    yield "dot.png", _encode(Image.new("L", (1, 1)), "PNG")
    yield "wide.png", _encode(Image.new("L", (9_000, 3), 200), "PNG")
    yield "noise.png", _encode(Image.effect_noise((500, 700), 90), "PNG")
    yield "deep.tif", _encode(page.convert("I;16"), "TIFF")
    yield "inks.jpg", _encode(page.convert("CMYK"), "JPEG")
    yield "clear.png", _encode(page.convert("RGBA"), "PNG")
    small = page.resize((60, 80))
    yield "frames.tif", _encode(small, "TIFF", save_all=True, append_images=[small] * 500)
    yield "bomb.png", _claim_size(_encode(small, "PNG"), 60_000, 60_000)
    yield "gif.gif", _encode(small, "GIF")
    yield "pages.docx", _word([page.resize((500, 700))] * 130)
    yield "pages.ofd", _ofd([small] * 130)
    yield "nowhere.ofd", _ofd([small]).replace(b"p0.png", b"p9.png", 1)
    yield "bomb.docx", _word([page], _claim_size(_encode(page, "PNG"), 60_000, 60_000))


def _page() -> Image.Image:
    with Image.open(_FIXTURES / "report.tif") as image:
        page = image.convert("L")
    page.info.clear()  # drop its compression, which supports black and white only
    return page


def _encode(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _claim_size(png: bytes, width: int, height: int) -> bytes:
    """Return a PNG whose header states another size."""
    head = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + png[24:29]
    return png[:12] + head + zlib.crc32(head).to_bytes(4, "big") + png[33:]


def _word(pictures: list[Image.Image], *encoded: bytes) -> bytes:
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    files = [_encode(picture, "PNG") for picture in pictures] + list(encoded)
    blips = "".join(
        f'<w:p><w:r><w:drawing><a:blip r:embed="r{n}"/></w:drawing></w:r></w:p>' for n in range(len(files))
    )
    linked = "".join(
        f'<Relationship Id="r{n}" Type="{relations}/image" Target="media/p{n}.png"/>'
        for n in range(len(files))
    )
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    return pack(
        {
            "[Content_Types].xml": b"<Types/>",
            "word/document.xml": (
                '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
                f'xmlns:r="{relations}" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
                f"<w:body>{blips}</w:body></w:document>"
            ).encode(),
            "word/_rels/document.xml.rels": f'<Relationships xmlns="{package}">{linked}</Relationships>'.encode(),
            **{f"word/media/p{n}.png": data for n, data in enumerate(files)},
        }
    )


def _ofd(pictures: list[Image.Image]) -> bytes:
    count = range(len(pictures))
    pages = "".join(f'<ofd:Page BaseLoc="P{n}.xml"/>' for n in count)
    media = "".join(
        f'<ofd:MultiMedia ID="{n}"><ofd:MediaFile>p{n}.png</ofd:MediaFile></ofd:MultiMedia>' for n in count
    )
    parts = {
        "OFD.xml": f"<ofd:OFD {_OFD}><ofd:DocBody><ofd:DocRoot>D.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "D.xml": f"<ofd:Document {_OFD}><ofd:CommonData><ofd:DocumentRes>R.xml</ofd:DocumentRes></ofd:CommonData>"
        f"<ofd:Pages>{pages}</ofd:Pages></ofd:Document>",
        "R.xml": f"<ofd:Res {_OFD}><ofd:MultiMedias>{media}</ofd:MultiMedias></ofd:Res>",
        **{
            f"P{n}.xml": f'<ofd:Page {_OFD}><ofd:Content><ofd:Layer><ofd:ImageObject Boundary="0 0 210 297" '
            f'ResourceID="{n}"/></ofd:Layer></ofd:Content></ofd:Page>'
            for n in count
        },
    }
    return pack(
        {name: text.encode() for name, text in parts.items()}
        | {f"p{n}.png": _encode(picture, "PNG") for n, picture in enumerate(pictures)}
    )
