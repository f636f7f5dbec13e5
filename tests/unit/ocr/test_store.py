"""Recognised pages are kept by picture and version."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from orchestration.pipeline.ocr.store import PageStore
from tests.unit.ocr.scan_files import page_of

PAGE = page_of([("调处纠纷198件", 0, 0)], skew=0.5)


def test_page_comes_back_as_it_was_read(tmp_path: Path) -> None:
    store = PageStore(tmp_path / "ocr")
    assert store.find("file", "1") == {}
    store.name("file", 0, "1", "picture")
    assert not store.has("picture", "1")
    store.keep("picture", "1", PAGE)
    assert store.find("file", "1")[0].page == PAGE


def test_the_same_picture_in_another_file_is_known(tmp_path: Path) -> None:
    store = PageStore(tmp_path)
    store.name("file", 0, "1", "picture")
    store.keep("picture", "1", PAGE)
    assert store.has("picture", "1") and not store.has("picture", "2")
    store.name("copy", 4, "1", "picture")
    assert store.find("copy", "1")[4].page == PAGE


def test_another_version_reads_again_and_without_one_the_last_is_used(tmp_path: Path) -> None:
    store = PageStore(tmp_path)
    store.name("file", 0, "1", "picture")
    store.keep("picture", "1", PAGE)
    assert store.find("file", "2") == {}
    assert store.find("file", None)[0].page == PAGE


def test_failure_is_kept_with_its_reason(tmp_path: Path) -> None:
    store = PageStore(tmp_path)
    store.name("file", 1, "1", "picture")
    store.keep("picture", "1", None, "it was not read after 120 s")
    kept = store.find("file", "1")[1]
    assert (kept.page, kept.error) == (None, "it was not read after 120 s")


def test_several_writers_lose_nothing(tmp_path: Path) -> None:
    def write(number: int) -> None:
        store = PageStore(tmp_path)
        store.name("file", number, "1", f"picture{number}")
        store.keep(f"picture{number}", "1", PAGE)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    assert sorted(PageStore(tmp_path).find("file", "1")) == list(range(40))
