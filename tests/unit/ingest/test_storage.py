"""Reports at an address are accounted for like those in a folder: a local S3 server, fsspec's memory store."""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from orchestration.pipeline.ingest.archives import open_archives
from orchestration.pipeline.ingest.files import (
    FetchedFile,
    fetch_remote,
    read_bytes,
    read_found,
    read_side_metadata,
)
from orchestration.pipeline.ingest.folder import FoundFile
from orchestration.pipeline.ingest.storage import list_reports, read_address
from orchestration.pipeline.readers import RejectedFile

pytest.importorskip("s3fs", reason="s3fs is not installed: `make s3` installs it; these tests are SKIPPED")
pytest.importorskip("moto", reason="no S3 server: `make extra-tests` installs it; these tests are SKIPPED")

import s3fs
from moto.server import ThreadedMotoServer

TEXT = "2024年度法治政府建设情况报告".encode()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    yield f"http://{host}:{port}"
    moto.stop()


@pytest.fixture
def store(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An empty bucket `law`, with the environment variables that lead to it."""
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_ENDPOINT_URL", server),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    system = s3fs.S3FileSystem(use_listings_cache=False)
    system.mkdir("law")
    yield system
    system.rm("law", recursive=True)


def list_law(folder: str = "s3://law/reports") -> list[FoundFile]:
    return list_reports(folder)


def test_files_are_listed_as_in_a_folder(store: Any) -> None:
    for key in (
        "重庆市/铜梁 区/a+b&c.txt",
        "a.txt",
        ".hidden/a.txt",
        "x/~$a.docx",
        "a.part",
        "a.txt.meta.json",
        "folder/",
    ):
        store.pipe(f"law/reports/{key}", TEXT)
    store.pipe("law/reports-of-others/b.txt", TEXT)
    found = list_law()
    assert [file.source_path for file in found] == ["a.txt", "重庆市/铜梁 区/a+b&c.txt"]
    assert all(file.size == len(TEXT) and file.mtime_ns > 1_700_000_000_000_000_000 for file in found)
    assert [read_found(file) for file in found] == [TEXT, TEXT]
    assert found[0].side_stamp and not found[1].side_stamp
    assert list_law("s3://law/reports") == list_law("s3://law/reports/")


def test_other_bytes_of_the_same_size_change_the_listing(store: Any) -> None:
    store.pipe("law/reports/a.txt", b"a" * 99)
    (before,) = list_law()
    store.pipe("law/reports/a.txt", b"b" * 99)
    (after,) = list_law()
    assert before.size == after.size
    assert before.changed_ns != after.changed_ns


def test_side_file_and_archive_are_read(store: Any, tmp_path: Any) -> None:
    store.pipe("law/reports/a.txt", TEXT)
    store.pipe("law/reports/a.meta.json", json.dumps({"county": "铜梁区"}).encode())
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        archive.writestr("inner.txt", TEXT)
        archive.writestr("inner.meta.json", "{}")
    store.put(str(tmp_path / "more.zip"), "law/reports/more.zip")
    found = open_archives(list_law())
    assert [file.source_path for file in found] == ["a.txt", "more.zip!/inner.txt"]
    assert [read_side_metadata(file) for file in found] == [{"county": "铜梁区"}, {}]
    assert read_found(found[1]) == TEXT
    store.pipe("law/reports/a.meta.json", b"[" * 300_000)
    with pytest.raises(RejectedFile, match=r"bad_side_file: a\.meta\.json has 300000 bytes"):
        read_side_metadata(list_law()[0])


def test_bounds_hold_before_anything_is_read(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store.pipe("law/reports/a.txt", b"a" * 1000)
    store.pipe("law/reports/empty.txt", b"")
    large, empty = list_law()
    with pytest.raises(RejectedFile, match="empty: the file has no bytes"):
        read_found(empty)
    monkeypatch.setattr("orchestration.pipeline.ingest.files.read_file", lambda *_: pytest.fail("reads it"))
    with pytest.raises(RejectedFile, match="too_large"):
        read_found(large._replace(size=10**9))


def test_file_that_changes_or_goes_is_refused(store: Any) -> None:
    store.pipe("law/reports/a.txt", TEXT)
    (found,) = list_law()
    store.pipe("law/reports/a.txt", TEXT * 2)
    with pytest.raises(RejectedFile, match="truncated: its size changed"):
        read_found(found)
    store.rm("law/reports/a.txt")
    with pytest.raises(RejectedFile, match="unreadable: cannot be read"):
        read_found(found)


def test_files_are_fetched_concurrently_each_with_its_own_result(store: Any) -> None:
    for number in range(40):
        store.pipe(f"law/reports/{number:02}.txt", TEXT + bytes([number]))
    found = list_law()
    store.rm("law/reports/07.txt")
    fetched = fetch_remote(found)
    assert [file.found for file in fetched if isinstance(file, FetchedFile)] == found
    assert read_bytes(fetched[39]) == TEXT + bytes([39])
    with pytest.raises(RejectedFile, match="unreadable"):
        read_bytes(fetched[7])


def test_an_archive_is_fetched_once_for_all_its_members(
    store: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.zip", "b.zip"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for number in range(20):
                archive.writestr(f"{number:02}.txt", TEXT + name.encode())
        store.put(str(tmp_path / name), f"law/reports/{name}")
    found = open_archives(list_law())
    fetches: list[str] = []

    def fetch_slowly(location: str, most: int) -> bytes:
        fetches.append(location)
        time.sleep(0.05)  # long enough for other threads to request the same archive
        return read_address(location, most)

    monkeypatch.setattr("orchestration.pipeline.ingest.archives.read_address", fetch_slowly)
    read = [read_bytes(file) for file in fetch_remote(found)]
    assert read == [TEXT + b"a.zip"] * 20 + [TEXT + b"b.zip"] * 20
    assert fetches == ["s3://law/reports/a.zip", "s3://law/reports/b.zip"]


@pytest.mark.parametrize("folder", ["s3://law/nothing", "s3://no-such-bucket/reports", "s3://no-such-bucket"])
def test_address_without_anything_is_an_error_that_names_it(store: Any, folder: str) -> None:
    with pytest.raises(FileNotFoundError, match=f"the reports folder does not exist: {folder}$"):
        list_law(folder)


def test_an_empty_bucket_is_an_empty_folder_but_a_file_is_not(store: Any) -> None:
    assert list_law("s3://law") == []
    store.pipe("law/a.txt", TEXT)
    with pytest.raises(NotADirectoryError, match=r"is not a folder: s3://law/a\.txt"):
        list_law("s3://law/a.txt")


def test_server_that_does_not_answer_is_an_error_that_names_the_address(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        patch.setenv("AWS_MAX_ATTEMPTS", "1")
        s3fs.S3FileSystem.clear_instance_cache()
        with pytest.raises(OSError, match="cannot list s3://law/reports: "):
            list_law()
    s3fs.S3FileSystem.clear_instance_cache()


def test_store_without_a_library_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    import fsspec

    def fail(*_: Any, **__: Any) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(fsspec, "url_to_fs", fail)
    with pytest.raises(ValueError, match="reading from s3:// needs a library: `make s3` installs it"):
        list_law()
    with pytest.raises(ValueError, match="reading from gs:// needs a library: Install"):
        list_law("gs://law/reports")


def test_other_fsspec_stores_need_no_code() -> None:
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.pipe("/law/a.txt", TEXT)
    memory.pipe("/law/a.txt::b.txt", TEXT)
    try:
        found, chained = list_reports("memory://law")
        assert (found.source_path, found.size) == ("a.txt", len(TEXT))
        assert read_found(found) == TEXT
        with pytest.raises(RejectedFile, match="unreadable: its name contains ::"):
            read_found(chained)  # fsspec reads this as the address of a.txt
        memory.rm("/law/a.txt")
        with pytest.raises(RejectedFile, match=r"unreadable: cannot be read: .*a\.txt"):
            read_found(found)
    finally:
        memory.rm("/law", recursive=True)
