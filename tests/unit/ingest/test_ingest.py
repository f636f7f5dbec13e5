"""Listing a folder of any files, and reading the files listed."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from orchestration.pipeline.ingest.archives import open_archives
from orchestration.pipeline.ingest.files import read_found, read_report, read_side_metadata
from orchestration.pipeline.ingest.folder import scan_folder
from orchestration.pipeline.ingest.page_words import load_ingest_reference
from orchestration.pipeline.readers import RejectedFile

TEXT = "松坪镇2023年法治政府建设情况报告，全年组织学法十二次。".encode()


def make_zip(path: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def paths(root: Path) -> list[str]:
    return [found.source_path for found in open_archives(scan_folder(root))]


def test_files_are_listed_below_and_sorted(tmp_path: Path) -> None:
    for name in ("b.txt", "重庆市/铜梁区/a.txt", 'it\'s "quoted" 𠮷.txt'):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(TEXT)
    assert paths(tmp_path) == ["b.txt", 'it\'s "quoted" 𠮷.txt', "重庆市/铜梁区/a.txt"]
    assert all(read_found(found) == TEXT for found in open_archives(scan_folder(tmp_path)))


def test_side_hidden_and_temporary_files_are_left_out(tmp_path: Path) -> None:
    for name in (
        "a.txt",
        "a.meta.json",
        ".hidden.txt",
        "~$a.docx",
        "a.txt.part",
        "a.crdownload",
        "b.TMP",
        ".git/x.txt",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(TEXT)
    assert paths(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("kind", ["missing", "file"])
def test_a_root_that_is_not_a_folder_is_an_error_naming_it(kind: str, tmp_path: Path) -> None:
    root = tmp_path / "reports"
    if kind == "file":
        root.write_bytes(TEXT)
    with pytest.raises((FileNotFoundError, NotADirectoryError), match="reports"):
        open_archives(scan_folder(root))


def test_an_unreadable_file_is_refused_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT)
    found = open_archives(scan_folder(tmp_path))[0]

    def closed(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", closed)
    with pytest.raises(RejectedFile, match="unreadable"):
        read_found(found)


def test_links_out_of_the_folder_are_listed_and_refused(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret.txt").write_bytes(TEXT)
    (inside / "real.txt").write_bytes(TEXT)
    (inside / "link.txt").symlink_to(outside / "secret.txt")
    (inside / "folder").symlink_to(outside)
    (inside / "near.txt").symlink_to(inside / "real.txt")
    (inside / "loop").symlink_to(inside)
    found = {one.source_path: one for one in open_archives(scan_folder(inside))}
    assert sorted(found) == ["folder", "link.txt", "near.txt", "real.txt"]
    for name in ("folder", "link.txt"):
        with pytest.raises(RejectedFile, match="symlink_outside"):
            read_found(found[name])
    assert read_found(found["near.txt"]) == TEXT


def test_members_of_an_archive_are_listed_in_its_place(tmp_path: Path) -> None:
    make_zip(
        tmp_path / "a.zip", {"x.txt": TEXT, "d/y.txt": TEXT, "d/y.meta.json": b"{}", "__MACOSX/._x": b"1"}
    )
    assert paths(tmp_path) == ["a.zip!/d/y.txt", "a.zip!/x.txt"]
    assert read_found(open_archives(scan_folder(tmp_path))[0]) == TEXT


def test_gbk_names_in_an_archive_are_read(tmp_path: Path) -> None:
    make_zip(tmp_path / "a.zip", {"placeholder.txt": TEXT})
    raw = (tmp_path / "a.zip").read_bytes()
    name = "太平镇报告1.txt".encode("gbk")  # the same number of bytes
    (tmp_path / "a.zip").write_bytes(raw.replace(b"placeholder.txt", name))
    assert paths(tmp_path) == ["a.zip!/太平镇报告1.txt"]


def test_a_zip_bomb_is_listed_as_one_file_and_refused(tmp_path: Path) -> None:
    make_zip(tmp_path / "a.zip", {"x.txt": bytes(30_000_000)})
    (found,) = open_archives(scan_folder(tmp_path))
    with pytest.raises(RejectedFile) as refused:
        read_report(read_found(found), "a.zip")
    assert (found.source_path, refused.value.code) == ("a.zip", "zip_bomb")


def test_a_truncated_archive_is_refused(tmp_path: Path) -> None:
    make_zip(tmp_path / "a.zip", {"x.txt": TEXT * 50})
    (tmp_path / "a.zip").write_bytes((tmp_path / "a.zip").read_bytes()[:-30])
    with pytest.raises(RejectedFile, match="truncated"):
        read_report(read_found(open_archives(scan_folder(tmp_path))[0]), "a.zip")


def test_a_word_document_is_not_an_archive(tmp_path: Path) -> None:
    make_zip(tmp_path / "a.docx", {"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"})
    assert paths(tmp_path) == ["a.docx"]


def test_a_file_still_growing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT)
    found = open_archives(scan_folder(tmp_path))[0]
    (tmp_path / "a.txt").write_bytes(TEXT * 2)
    with pytest.raises(RejectedFile, match="still being written"):
        read_found(found)


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT)
    with (tmp_path / "a.txt").open("r+b") as file:
        file.truncate(65 * 1024 * 1024)
    with pytest.raises(RejectedFile, match="too_large"):
        read_found(open_archives(scan_folder(tmp_path))[0])


@pytest.mark.parametrize("name", ["a.meta.json", "a.txt.meta.json"])
def test_side_facts_are_read_beside_the_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT)
    (tmp_path / name).write_text('{"county": "铜梁区"}', encoding="utf-8")
    assert read_side_metadata(open_archives(scan_folder(tmp_path))[0]) == {"county": "铜梁区"}


def test_side_facts_in_an_archive_are_read(tmp_path: Path) -> None:
    make_zip(tmp_path / "a.zip", {"d/x.txt": TEXT, "d/x.meta.json": b'{"county": "A"}', "y.txt": TEXT})
    first, second = open_archives(scan_folder(tmp_path))
    assert (read_side_metadata(first), read_side_metadata(second)) == ({"county": "A"}, None)


def test_a_side_file_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.json").write_text('{"county": "A"}', encoding="utf-8")
    root = tmp_path / "reports"
    root.mkdir()
    (root / "a.txt").write_bytes(TEXT)
    (root / "a.meta.json").symlink_to(tmp_path / "outside.json")
    with pytest.raises(RejectedFile, match=r"bad_side_file: a\.meta\.json is a symbolic link"):
        read_side_metadata(open_archives(scan_folder(root))[0])


def test_a_listing_tells_when_a_side_file_comes_changes_and_goes(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT)
    (tmp_path / "gone.meta.json").symlink_to(tmp_path / "nowhere")
    stamps = [open_archives(scan_folder(tmp_path))[0].side_stamp]
    for content in ("{}", '{"county": "A"}'):
        (tmp_path / "a.meta.json").write_text(content, encoding="utf-8")
        stamps.append(open_archives(scan_folder(tmp_path))[0].side_stamp)
    assert stamps[0] == ""
    assert len(set(stamps)) == 3
    (tmp_path / "a.meta.json").unlink()
    assert open_archives(scan_folder(tmp_path))[0].side_stamp == ""


def test_files_known_from_before_are_listed_without_being_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "known.txt").write_bytes(TEXT)
    make_zip(tmp_path / "a.zip", {"x.txt": TEXT})
    opened: list[str] = []
    real_open = open

    def note(location: str, *arguments: Any, **named: Any) -> Any:
        opened.append(Path(location).name)
        return real_open(location, *arguments, **named)

    monkeypatch.setattr("builtins.open", note)
    listed = open_archives(scan_folder(tmp_path), lambda found: found.source_path == "known.txt")
    assert [found.source_path for found in listed] == ["a.zip!/x.txt", "known.txt"]
    assert "known.txt" not in opened and "a.zip" in opened


@pytest.mark.parametrize("content", ["{", "[1]"])
def test_broken_side_facts_name_the_file(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT)
    (tmp_path / "a.meta.json").write_text(content, encoding="utf-8")
    with pytest.raises(RejectedFile, match=r"bad_side_file: a\.meta\.json"):
        read_side_metadata(open_archives(scan_folder(tmp_path))[0])


@pytest.mark.parametrize(
    ("file", "row", "words"),
    [
        ("header_fields.csv", "发布机构,nobody,false,", "row"),
        ("header_fields.csv", "索引号,index_number,false,", "stands twice"),
        ("web_chrome.csv", "middle,x,", "zone"),
        ("web_chrome.csv", "any,(,", "row"),
    ],
)
def test_a_bad_reference_row_is_named(tmp_path: Path, file: str, row: str, words: str) -> None:
    seeds = Path(__file__).resolve().parents[3] / "seeds" / "reference"
    shutil.copytree(seeds / "ingest", tmp_path / "ingest")
    with (tmp_path / "ingest" / file).open("a", encoding="utf-8") as out:
        out.write(row + "\n")
    with pytest.raises(ValueError, match=rf"{file}, row \d+: .*{words}|{file}, row \d+"):
        load_ingest_reference(tmp_path)
