"""Gzipped files are read as the files they hold, within bounds, or refused with what is wrong."""

from __future__ import annotations

import gzip
import io
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

from orchestration.pipeline.ingest.archives import open_archives
from orchestration.pipeline.ingest.files import read_found, read_report
from orchestration.pipeline.ingest.folder import scan_folder
from orchestration.pipeline.readers import LIMITS, RejectedFile
from tests.unit.ingest.readers.report_files import SAVED_AS

TEXT = "松坪镇2023年法治政府建设年度报告\n一、主要举措\n全年坚持依法行政，调解纠纷34件，普法12次。\n"


def read_only_file(folder: Path, name: str, data: bytes) -> bytes:
    (folder / name).write_bytes(data)
    (found,) = open_archives(scan_folder(folder))
    return read_found(found)


@pytest.mark.parametrize("kind", ["utf-8", "gb18030", "html", "docx", "pdf"])
def test_a_packed_file_reads_as_the_file(tmp_path: Path, kind: str) -> None:
    data = SAVED_AS[kind](TEXT)
    unpacked = read_only_file(tmp_path, "report.gz", gzip.compress(data))
    assert unpacked == data
    assert "调解纠纷34件" in read_report(unpacked, "report.gz").text


def test_consecutive_members_and_trailing_zeros_are_one_file(tmp_path: Path) -> None:
    first, second = TEXT[:20].encode(), TEXT[20:].encode()
    packed = gzip.compress(first) + gzip.compress(second) + bytes(512)
    assert read_only_file(tmp_path, "a.txt.gz", packed) == TEXT.encode()


def test_a_member_of_a_zip_may_be_packed_too(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt.gz", gzip.compress(TEXT.encode()))
    assert read_only_file(tmp_path, "a.zip", buffer.getvalue()) == TEXT.encode()


def _tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo("a.txt")
        member.size = len(TEXT.encode())
        archive.addfile(member, io.BytesIO(TEXT.encode()))
    return buffer.getvalue()


def _damage(data: bytes) -> bytes:
    return data[:-8] + bytes(4) + data[-4:]  # its checksum


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (gzip.compress(TEXT.encode())[:-9], "truncated", "ends early"),
        (_damage(gzip.compress(TEXT.encode())), "truncated", "damaged"),
        (gzip.compress(bytes(LIMITS.file_bytes + 1)), "zip_bomb", "more than"),
        (gzip.compress(bytes(5_000_000)), "zip_bomb", "unpack to 5000000"),
        (gzip.compress(b"") * 100_000, "unsupported", "parts"),
        (_tar(), "unsupported", r"tar archive \(\.tar\.gz\): unpack it"),
    ],
    ids=["cut", "damaged", "too much", "too much of the same", "parts", "tar"],
)
def test_what_cannot_be_unpacked_is_refused_at_once(
    tmp_path: Path, data: bytes, code: str, words: str
) -> None:
    started = time.perf_counter()
    with pytest.raises(RejectedFile, match=words) as refused:
        read_only_file(tmp_path, "report.gz", data)
    assert refused.value.code == code
    assert time.perf_counter() - started < 5


def test_a_packed_file_in_a_packed_file_is_refused(tmp_path: Path) -> None:
    twice = read_only_file(tmp_path, "a.gz", gzip.compress(gzip.compress(TEXT.encode())))
    with pytest.raises(RejectedFile, match="gzip file in another"):
        read_report(twice, "a.gz")
