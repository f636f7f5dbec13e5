"""Hostile pages: endless PDF, OFD, web archives and web pages, and odd folder entries.

Readers bound each kind before unpacking it; docs/adding_a_format.md lists the limits.
"""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Iterator
from html import escape
from pathlib import Path

_OFD = 'xmlns:ofd="http://www.ofdspec.org/2016"'
_MEGABYTE = 1024 * 1024


def page_files(text: str) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each file; `text` is a valid report."""
    yield from _ofd_files(text)
    yield from _pdf_files()
    yield from _mht_files(text)
    yield from _html_files(text)


def fair_ofd(text: str) -> bytes:
    """Return an OFD of one page with a text object per line."""
    return _ofd(
        "".join(
            f'<ofd:TextObject Boundary="20 {20 + 8 * i} 170 8" Size="5"><ofd:TextCode X="0" Y="5" DeltaX="g 99 5">'
            f"{escape(line)}</ofd:TextCode></ofd:TextObject>"
            for i, line in enumerate(text.splitlines())
        )
    )


def write_odd_entries(folder: Path, text: str) -> None:
    """Write circular and dangling links, pipes, a file dated 2300, and invalid side files."""
    folder.mkdir(parents=True)
    for name in ("dated.txt", "pipe_beside.txt", "large_beside.txt"):
        (folder / name).write_text(text + name, encoding="utf-8")
    os.utime(folder / "dated.txt", (10_413_792_000, 10_413_792_000))
    os.mkfifo(folder / "pipe_beside.meta.json")
    with (folder / "large_beside.meta.json").open("wb") as file:
        file.truncate(60 * _MEGABYTE)
    os.mkfifo(folder / "pipe.txt")
    (folder / "circle_a.txt").symlink_to("circle_b.txt")
    (folder / "circle_b.txt").symlink_to("circle_a.txt")
    (folder / "nowhere.txt").symlink_to("gone.txt")
    (folder / "itself").symlink_to(folder, target_is_directory=True)


def _ofd(objects: str, others: dict[str, bytes] | None = None, pages: int = 1) -> bytes:
    page = f"<ofd:Page {_OFD}><ofd:Content><ofd:Layer>{objects}</ofd:Layer></ofd:Content></ofd:Page>"
    entries = '<ofd:Page BaseLoc="P.xml"/>' * pages
    parts = {
        "OFD.xml": f"<ofd:OFD {_OFD}><ofd:DocBody><ofd:DocRoot>D.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>".encode(),
        "D.xml": f"<ofd:Document {_OFD}><ofd:Pages>{entries}</ofd:Pages></ofd:Document>".encode(),
        "P.xml": page.encode(),
        **(others or {}),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _ofd_files(text: str) -> Iterator[tuple[str, bytes]]:
    words = (
        '<ofd:TextObject Boundary="{0} {0} 9 9" Size="5" CTM="{1}">'
        '<ofd:TextCode X="{2}" Y="5" DeltaX="{3}">法治</ofd:TextCode></ofd:TextObject>'
    )
    yield "fair.ofd", fair_ofd(text)
    yield "bomb.ofd", _ofd("", {"P.xml": bytes(200 * _MEGABYTE)})
    yield "page.ofd", _ofd("<!--" + "x" * 17 * _MEGABYTE + "-->")
    yield "objects.ofd", _ofd(words.format(1, "", 0, 5) * 60_000)
    yield "pages.ofd", _ofd(words.format(1, "", 0, 5), pages=100_000)
    yield "nested.ofd", _ofd("<ofd:PageBlock>" * 5_000 + "</ofd:PageBlock>" * 5_000)
    yield "numbers.ofd", _ofd(words.format("9" * 400, "1e99 1e99 nan x 1e-99 9", "-1e99", "g 9e99 1e99") * 50)
    yield "circle.ofd", _ofd(
        '<ofd:CompositeObject ResourceID="1"/>',
        {"D.xml": f'<ofd:Document {_OFD}><ofd:CommonData><ofd:DocumentRes>R.xml</ofd:DocumentRes></ofd:CommonData>'
         '<ofd:Pages><ofd:Page BaseLoc="P.xml"/></ofd:Pages></ofd:Document>'.encode(),
         "R.xml": f'<ofd:Res {_OFD}><ofd:CompositeGraphicUnit ID="1">'
         '<ofd:CompositeObject ResourceID="1"/></ofd:CompositeGraphicUnit></ofd:Res>'.encode()},
    )  # fmt: skip
    yield (
        "laughs.ofd",
        _ofd("", {"OFD.xml": b'<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><OFD>&a;</OFD>'}),
    )


def _pdf_files() -> Iterator[tuple[str, bytes]]:
    def pdf(stream: bytes, filters: str, pages: int = 1) -> bytes:
        kids = b"3 0 R " * pages
        objects = (
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages),
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>",
            b"<< /Length %d /Filter [%s] >>\nstream\n%s\nendstream" % (len(stream), filters.encode(), stream),
        )
        body = b"".join(
            b"%d 0 obj\n%s\nendobj\n" % (n, content) for n, content in enumerate(objects, start=1)
        )
        return b"%PDF-1.7\n" + body + b"trailer << /Root 1 0 R >>\n%%EOF"

    paths = b"0 0 m 1 1 l S\n"
    yield "paths.pdf", pdf(zlib.compress(paths * (500 * _MEGABYTE // len(paths)), 9), "/FlateDecode")
    twice = zlib.compress(zlib.compress(bytes(400 * _MEGABYTE), 9), 9)
    yield "twice.pdf", pdf(twice, "/FlateDecode /FlateDecode")
    yield "often.pdf", pdf(zlib.compress(b"x"), "/FlateDecode " * 50)
    yield "below.pdf", pdf(zlib.compress(paths * _MEGABYTE, 9), "/FlateDecode")
    yield "pages.pdf", pdf(b"x", "", pages=100_000)


def _mht_files(text: str) -> Iterator[tuple[str, bytes]]:
    head = b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b0\n\n"
    nested = b"".join(
        b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (n, n + 1) for n in range(3_000)
    )
    yield "nested_apart.mht", head + nested + text.encode()
    yield "parts.mht", head + b"--b0\nContent-Type: text/html\n\n<p>x\n" * 20_000
    yield "comments.mht", head.replace(b"b0", b"b0" + b"(" * 50_000) + text.encode()


def _html_files(text: str) -> Iterator[tuple[str, bytes]]:
    body = f"<p>{text}</p>"
    for _ in range(8):
        body = escape(body)
    yield "escaped.html", f"<html><body>{body}</body></html>".encode()
    frame = f"<p>{text}</p>"
    for _ in range(12):
        frame = f'<iframe srcdoc="{escape(frame)}"></iframe>'
    yield "frames.html", f"<html><body>{frame}</body></html>".encode()
    rules = "".join(f".c{n} .d{n} > p{{display:none}}" for n in range(20_000))
    yield "rules.html", f"<html><head><style>{rules}</style></head><body><p>{text}</p></body></html>".encode()
    hidden = '<div hidden style="display:none">' * 6_000
    yield "hidden.html", f"<html><body><p>{text}</p>{hidden}".encode()
    yield "digits.html", f"<html><body><p>{text}1{'<b> ' * 9_000}2".encode()
    yield "media.html", f"<style>{'@media x{' * 20_000}</style><p>{text}".encode()
