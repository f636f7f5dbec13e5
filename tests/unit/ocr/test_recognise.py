"""From pictures to printed text. Needs the extra that `make ocr` installs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from tests.unit.ocr.package_files import ofd_of_pages, word_of_pictures
from tests.unit.ocr.scan_files import PRINTED, SCAN, TIFF, encode, tiff_page

pytest.importorskip(
    "rapidocr", reason="OCR is not installed: `make ocr` installs it; these tests are SKIPPED"
)

import numpy as np

from orchestration.pipeline.ocr import recognise
from orchestration.pipeline.ocr.pictures import decode_picture, render_pdf_page
from orchestration.pipeline.ocr.read import ReadScan, read_scan
from orchestration.pipeline.ocr.recognise import find_ocr_version, read_picture, remove_seals
from orchestration.pipeline.ocr.records import Page
from orchestration.pipeline.ocr.scans import find_scan
from orchestration.pipeline.ocr.store import PageStore
from orchestration.pipeline.ocr.work import keep_page, list_pages, read_page

FIGURES = re.findall(r"\d+(?:\.\d+)?", PRINTED)


def read_file(data: bytes, folder: Path) -> ReadScan:
    store = PageStore(folder)
    for index in list_pages(data):
        keep_page(read_page(data, index, store.has), store)
    scan = find_scan(data)
    assert scan is not None
    return read_scan(
        data, scan, store.find(hashlib.sha256(data).hexdigest(), find_ocr_version()), find_ocr_version()
    )


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in which pages shared by several documents are read once."""
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> ReadScan:
    return read_file(SCAN, tmp_path_factory.mktemp("pages"))


def test_scan_with_a_seal_says_what_was_printed(scanned: ReadScan) -> None:
    assert "".join(scanned.read.text.split()) == "".join(PRINTED.split())
    assert scanned.read.fields == {"page_title": "石桥镇政务公开"}
    assert scanned.confidence > 0.97


@pytest.mark.parametrize("size", [(1, 1), (300, 12), (3_400, 8), (40, 3_400)], ids=str)
def test_a_picture_too_small_for_print_is_not_searched(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library enlarges a picture until its shorter side has 736 pixels: 4 GB and a minute for a dot."""
    monkeypatch.setattr(recognise, "_detect", lambda part: pytest.fail("looks for lines"))
    assert read_picture(np.full((size[1], size[0], 3), 255, np.uint8)) == Page(*size, 0, 0.0, ())


def test_lines_are_located_where_they_are_printed(scanned: ReadScan) -> None:
    title = next(line for line in scanned.lines if "年度报告" in line.line.text).line
    assert title.x + title.width / 2 == pytest.approx(0.5, abs=0.03)
    assert 0.1 < title.y < 0.2 and 0.01 < title.height < 0.06
    assert len(title.character_confidences) == len(title.text)
    assert all(0 <= value <= 1 for value in title.character_confidences)


def test_black_and_white_tiff_of_two_pages(pages: Path) -> None:
    read = read_file(TIFF, pages)
    assert re.findall(r"\d+(?:\.\d+)?", read.read.text) == FIGURES
    assert {line.page_number for line in read.lines} == {1, 2}


@pytest.mark.parametrize("make", [word_of_pictures, ofd_of_pages])
def test_pictures_in_word_and_ofd_documents(make: Callable[..., bytes], pages: Path) -> None:
    read = read_file(make([tiff_page(0), tiff_page(1)]), pages)
    assert re.findall(r"\d+(?:\.\d+)?", read.read.text) == FIGURES


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_turned_page_is_read_upright(turned: int) -> None:
    printed = tiff_page(1).crop((0, 180, 1_240, 700))  # without blank paper, which is slow to search
    page = read_picture(decode_picture(encode(printed.rotate(turned, expand=True), "PNG"), 0))
    assert page.turned_degrees == turned
    assert "明白人" in "".join(line.text for line in page.lines)


def test_a_seal_is_removed_but_black_print_under_it_stays() -> None:
    page = render_pdf_page(SCAN, 1)
    red = page[:, :, 2].astype(int) - page[:, :, :2].max(axis=2)
    cleaned = remove_seals(page)
    left = cleaned[:, :, 2].astype(int) - cleaned[:, :, :2].max(axis=2)
    assert (red > 60).sum() > 5_000
    assert (left > 60).sum() < 0.02 * (red > 60).sum()
    assert "石桥镇人民政府" in "".join(line.text for line in read_picture(page).lines)


def test_seal_on_bare_paper_leaves_nothing() -> None:
    page = Image.new("RGB", (800, 1_130), (250, 249, 246))
    draw = ImageDraw.Draw(page)
    draw.ellipse((400, 500, 560, 660), outline=(206, 32, 41), width=8)
    draw.rectangle((470, 570, 490, 590), fill=(206, 32, 41))
    blue_first = np.ascontiguousarray(np.asarray(page)[:, :, ::-1])
    assert remove_seals(blue_first).min() > 225


def test_a_line_of_red_print_is_not_a_seal() -> None:
    black = np.asarray(tiff_page(0))
    red = np.full((*black.shape, 3), 255, np.uint8)
    red[black < 128] = (41, 32, 206)
    assert (remove_seals(red) == red).all()


def test_empty_page_has_no_lines() -> None:
    assert read_picture(np.full((600, 425, 3), 250, np.uint8)).lines == ()


def test_two_pages_on_one_picture_are_read_left_first(tmp_path: Path) -> None:
    left, right = tiff_page(0), tiff_page(1)
    spread = Image.new("L", (left.width + right.width, left.height), 255)
    spread.paste(left, (0, 0))
    spread.paste(right, (left.width, 0))
    text = read_file(encode(spread, "PNG"), tmp_path).read.text
    assert re.findall(r"\d+(?:\.\d+)?", text) == FIGURES


def test_page_is_read_once_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = PageStore(tmp_path)
    page = tiff_page(1).crop((0, 0, 1_240, 400))
    first = read_page(encode(page, "PNG"), 0, store.has)
    keep_page(first, store)
    monkeypatch.setattr(
        "orchestration.pipeline.ocr.work.read_picture", lambda picture: pytest.fail("read a second time")
    )
    again = encode(page, "BMP")  # different bytes, the same picture
    known = read_page(again, 0, store.has)
    assert (known.page, known.error) == (None, None)
    keep_page(known, store)
    assert list_pages(again) == (0,)
    assert store.find(known.content_sha256, find_ocr_version())[0].page == first.page
