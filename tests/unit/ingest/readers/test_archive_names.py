"""Names of archive members as Windows, macOS and other programs write them."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path
from struct import pack

import pytest

from orchestration.pipeline.ingest.archives import open_archives
from orchestration.pipeline.ingest.files import read_found
from orchestration.pipeline.ingest.folder import scan_folder
from orchestration.pipeline.readers import RejectedFile
from orchestration.pipeline.readers.archive import check_archive, drop_foreign_head, read_member

BODY = "松坪镇2023年法治政府建设年度报告\n".encode()


def flag_utf8(data: bytes) -> bytes:
    """Return the zip with the UTF-8 name flag set for all members."""
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        parts = data.split(mark)
        flagged = [part[: at - 3] + bytes([part[at - 3] | 0x08]) + part[at - 2 :] for part in parts[1:]]
        data = mark.join([parts[0], *flagged])
    return data


def archive(*names: bytes, extra: bytes = b"") -> bytes:
    """Return a zip whose members have these bytes as names, without a mark of their encoding."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for number, name in enumerate(names):
            member = zipfile.ZipInfo(chr(ord("A") + number) * len(name))
            member.extra = extra
            packed.writestr(member, BODY)
    data = buffer.getvalue()
    for number, name in enumerate(names):
        data = data.replace(bytes([ord("A") + number]) * len(name), name)
    return data


def listed(folder: Path, data: bytes) -> list[str]:
    (folder / "a.zip").write_bytes(data)
    found = open_archives(scan_folder(folder))
    assert all(read_found(member) == BODY for member in found)
    return [member.source_path.removeprefix("a.zip!/") for member in found]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
@pytest.mark.parametrize("name", ["松坪镇报告.txt", "某县/松坪镇2023年度报告.txt", "联通.txt"])
def test_names_are_read_in_the_encoding_they_are_in(tmp_path: Path, name: str, encoding: str) -> None:
    assert listed(tmp_path, archive(name.encode(encoding))) == [name]


def test_a_name_in_gbk_that_is_flagged_as_utf8_stops_nothing(tmp_path: Path) -> None:
    names = ("松坪镇报告.txt", "某县/清溪镇.txt", "a.txt")
    packed = flag_utf8(
        archive(names[0].encode("gbk"), names[1].encode(), names[2].encode(), b"\xff\xfe\xff.txt")
    )
    assert listed(tmp_path, packed)[:1] == ["a.txt"]
    assert set(names) <= set(listed(tmp_path, packed))
    assert len(listed(tmp_path, packed)) == 4


def test_flags_are_cleared_after_leading_bytes_too(tmp_path: Path) -> None:
    packed = flag_utf8(archive("松坪镇.txt".encode("gbk")))
    (tmp_path / "a.exe").write_bytes(b"MZ" + packed)
    opened = check_archive(b"MZ" + packed)
    assert read_member(opened, opened.namelist()[0]) == BODY


@pytest.mark.parametrize("own", ["松坪镇3.txt".encode("gbk"), b"another.txt"], ids=["encoding", "name"])
def test_a_member_with_another_name_in_its_local_header_is_read(tmp_path: Path, own: bytes) -> None:
    packed = flag_utf8(archive("松坪a.txt".encode(), b"b.txt"))
    at = packed.index(b"PK\x03\x04") + 30
    assert len(own) == len("松坪a.txt".encode())
    assert listed(tmp_path, packed[:at] + own + packed[at + len(own) :]) == ["b.txt", "松坪a.txt"]


def test_a_member_that_is_damaged_is_refused_alone(tmp_path: Path) -> None:
    packed = archive(b"aaa.txt", b"b.txt")
    at = packed.index(b"PK\x03\x04") + 37
    (tmp_path / "a.zip").write_bytes(packed[:at] + b"xxx" + packed[at + 3 :])
    damaged, sound = open_archives(scan_folder(tmp_path))
    assert read_found(sound) == BODY
    with pytest.raises(RejectedFile, match="truncated"):
        read_found(damaged)


def test_an_unknown_compression_is_not_damage(tmp_path: Path) -> None:
    packed = bytearray(archive(b"a.txt"))
    for mark, field in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = packed.index(mark) + field
        packed[at : at + 2] = pack("<H", 9)  # Deflate64, which Windows uses for large files
    (tmp_path / "a.zip").write_bytes(packed)
    (found,) = open_archives(scan_folder(tmp_path))
    with pytest.raises(RejectedFile, match=r"ordinary \.zip") as refused:
        read_found(found)
    assert refused.value.code == "unsupported"


@pytest.mark.parametrize(
    "head", [b"\xef\xbb\xbf", b"\r\n", b"<br />\n<b>Warning</b>: Cannot modify header information in x.php"]
)
def test_what_a_script_wrote_before_an_archive_is_dropped(head: bytes) -> None:
    packed = archive(b"a.txt", b"b.txt")
    assert drop_foreign_head(head + packed) == packed


@pytest.mark.parametrize(
    "data",
    [
        archive(b"a.txt"),
        b"A text on PK\x03\x04, no archive.",
        b"\r\n" + archive(b"a.txt")[:-30],
        b"MZ\0\0" + archive(b"a.txt"),
        b"x" * 5_000 + archive(b"a.txt"),
    ],
    ids=["nothing before it", "a text", "cut", "a program", "far behind"],
)
def test_other_bytes_stay_before_an_archive(data: bytes) -> None:
    assert drop_foreign_head(data) == data


def test_a_missing_central_directory_is_damage() -> None:
    packed = flag_utf8(archive("松坪镇.txt".encode("gbk")))
    end = packed.index(b"PK\x05\x06")
    moved = packed[: end + 12] + pack("<L", 3) + packed[end + 16 :]
    with pytest.raises(RejectedFile, match="truncated"):
        check_archive(moved)


def test_a_backslash_separates_folders(tmp_path: Path) -> None:
    assert listed(tmp_path, archive("某县\\松坪镇.txt".encode("gbk"))) == ["某县/松坪镇.txt"]


def test_a_backslash_byte_within_a_character_does_not_separate(tmp_path: Path) -> None:
    name = "俓村.txt"
    assert b"\\" in name.encode("gbk")
    assert listed(tmp_path, archive(name.encode("gbk"))) == [name]


def test_the_name_in_the_extra_field_takes_precedence(tmp_path: Path) -> None:
    name = "松坪镇.txt".encode()
    field = pack("<HHBL", 0x7075, 5 + len(name), 1, zlib.crc32(b"AAAAA.txt")) + name
    assert listed(tmp_path, archive(b"?????.txt", extra=field)) == ["松坪镇.txt"]


def test_files_of_the_system_are_not_listed(tmp_path: Path) -> None:
    names = (b"Thumbs.db", b"x\\~$b.docx", b"x/desktop.ini", b"x\\", b"__MACOSX\\._c.txt", b"d.txt")
    assert listed(tmp_path, archive(*names)) == ["d.txt"]


def test_a_member_without_a_name_does_not_affect_other_files(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name in ("A", "b.txt"):
            packed.writestr(name, BODY)
        packed.filelist[0].filename = ""  # in the central directory only; the local header keeps the name
    (tmp_path / "a.zip").write_bytes(buffer.getvalue())
    (tmp_path / "c.txt").write_bytes(BODY)
    found = {each.source_path: each for each in open_archives(scan_folder(tmp_path))}
    assert list(found) == ["a.zip!/", "a.zip!/b.txt", "c.txt"]
    assert {read_found(each) for each in found.values()} == {BODY}
