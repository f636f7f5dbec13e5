"""A file's unpacked size is known before it is unpacked, and a file over a limit harms no other file."""

from __future__ import annotations

import io
import time
import zipfile
import zlib

import pytest

from orchestration.pipeline.ingest.files import read_report
from orchestration.pipeline.readers import LIMITS, RejectedFile
from orchestration.pipeline.readers.mail import reader as mht

PAGE = "<p>松坪镇坚持依法行政，推进法治政府建设，全年调解纠纷34件。</p>"


def pdf_with(stream: bytes, filters: str = "/FlateDecode", more: str = "") -> bytes:
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>",
        b"<< /Length %d /Filter [%s] %s >>\nstream\n%s\nendstream"
        % (len(stream), filters.encode(), more.encode(), stream),
    )
    body = b"%PDF-1.7\n"
    for number, content in enumerate(objects, start=1):
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    return body + b"trailer << /Root 1 0 R >>\n%%EOF"


def packed(size: int, content: bytes = b"0 0 m 1 1 l S\n") -> bytes:
    return zlib.compress(content * (size // len(content) + 1), 9)


def _crowded_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", b"")
    data = buffer.getvalue()
    start, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    return data[:start] + data[start:end] * (3 * LIMITS.archive_members) + data[end:]


def _nested_mht(depth: int) -> bytes:
    head = b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b0\n\n"
    for number in range(depth):
        head += b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (number, number + 1)
    return head + b"--b%d\nContent-Type: text/html\n\n" % depth + PAGE.encode()


_MIME = b"MIME-Version: 1.0\nContent-Type: "
OVER: dict[str, tuple[bytes, str, str]] = {
    "description of a page": (pdf_with(packed(LIMITS.pdf_stream_bytes + 1)), "zip_bomb", "unpack"),
    "description packed twice": (
        pdf_with(zlib.compress(packed(LIMITS.pdf_stream_bytes + 1), 9), "/FlateDecode /FlateDecode"),
        "zip_bomb",
        "unpack",
    ),
    "description packed often": (pdf_with(packed(100), "/FlateDecode " * 9), "zip_bomb", "9 times"),
    "members of an archive": (_crowded_zip(), "zip_bomb", "members"),
    "parts in parts": (_nested_mht(3_000), "too_large", "of them multipart"),
    "parts": (
        _MIME + b"multipart/mixed; boundary=b\n\n" + b"--b\nContent-Type: text/plain\n\nx\n" * 9_000,
        "too_large",
        "9001 parts",
    ),
    "headers": (
        _MIME + b"text/html\n" + b"X-A: b\n" * 90_000 + b"\n" + PAGE.encode(),
        "too_large",
        "headers",
    ),
}


@pytest.mark.parametrize("kind", OVER)
def test_what_is_over_a_limit_is_refused_at_once(kind: str) -> None:
    data, code, words = OVER[kind]
    started = time.perf_counter()
    with pytest.raises(RejectedFile) as refused:
        read_report(data, "x")
    assert (refused.value.code, words in refused.value.message) == (code, True)
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("more", ["/Subtype /Image", "/Width 5000 /Height 7000"])
def test_a_large_picture_in_a_pdf_is_not_a_bomb(more: str) -> None:
    data = pdf_with(packed(LIMITS.pdf_stream_bytes + 1), more=more)
    with pytest.raises(RejectedFile) as refused:
        read_report(data, "x")
    assert refused.value.code != "zip_bomb"


def test_the_page_with_the_most_text_represents_the_web_archive() -> None:
    message = (
        "MIME-Version: 1.0\nSnapshot-Content-Location: https://a.gov.cn/x/1.html\n"
        'Content-Type: multipart/related; boundary="b"\n\n--b\nContent-Type: text/html; charset=utf-8\n\n'
        "<p>首页</p><iframe src=cid:2></iframe>\n--b\nContent-Type: text/html; charset=gb2312\n"
        "Content-Transfer-Encoding: 8bit\n\n"
    ).encode() + PAGE.encode("gb18030") + b"\n--b--\n"  # fmt: skip
    read = mht.read(message)
    assert read.text == PAGE[3:-4]
    assert read.fields["source_url"] == "https://a.gov.cn/x/1.html"
    assert mht.read(_nested_mht(5)).text == PAGE[3:-4]
