"""Pages of scans as pictures: rendered in another process and cached; a failure never breaks the web page."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from orchestration.explorer import page_pictures
from orchestration.explorer.page_pictures import NoPictureError, PagePictures
from orchestration.explorer.pages.scans import find_pages
from orchestration.explorer.render_page import render_page
from tests.resilience.hostile_scans import scan_bases

FIXTURES = Path(__file__).parents[2] / "fixtures" / "ocr"


def read_fixture(name: str = "report.pdf") -> bytes:
    return (FIXTURES / name).read_bytes()


@pytest.mark.parametrize("name", ["report.pdf", "report.tif"])
def test_a_page_is_an_upright_jpeg_of_limited_width(name: str) -> None:
    upright = Image.open(io.BytesIO(render_page(read_fixture(name), 0, 0)))
    turned = Image.open(io.BytesIO(render_page(read_fixture(name), 0, 90)))
    assert upright.format == "JPEG"
    assert max(upright.width, turned.width) == 1100
    assert (upright.width < upright.height) is (turned.width > turned.height)
    assert upright.convert("L").getextrema()[0] < 100 < upright.convert("L").getextrema()[1]


@pytest.mark.parametrize("ending", [".docx", ".ofd"])
def test_a_page_of_a_document_of_pictures_is_its_picture(ending: str) -> None:
    bases = dict(scan_bases())
    page, picture = (Image.open(io.BytesIO(render_page(bases[kind], 0, 0))) for kind in (ending, ".png"))
    assert page.size == picture.size
    assert page.tobytes() == picture.tobytes()


def test_a_page_is_rendered_once() -> None:
    pictures = PagePictures()
    first = pictures.render("r1", 0, 0, read_fixture)
    assert first.startswith(b"\xff\xd8\xff")
    assert pictures.render("r1", 0, 0, lambda: pytest.fail("read again")) == first


def test_the_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: list[int] = []

    def render(_data: bytes, index: int, _turned: int) -> bytes:
        rendered.append(index)
        return b"x" * 6_000_000

    monkeypatch.setattr(page_pictures, "_render_apart", render)
    pictures = PagePictures()
    for index in (0, 1, 2, 2, 0):
        pictures.render("r1", index, 0, bytes)
    assert rendered == [0, 1, 2, 0]  # three do not fit: the oldest was dropped


def test_a_damaged_file_has_no_picture_and_one_that_is_gone_says_so() -> None:
    with pytest.raises(NoPictureError, match="damaged"):
        PagePictures().render("r1", 0, 0, lambda: b"%PDF-1.4 and nothing more")

    def read() -> bytes:
        raise FileNotFoundError("gone")

    with pytest.raises(FileNotFoundError):
        PagePictures().render("r1", 0, 0, read)


def test_a_figure_is_on_the_page_whose_line_holds_it() -> None:
    lines = [
        {"page_number": 1, "char_start": 0, "char_end": 20},
        {"page_number": 2, "char_start": 20, "char_end": 40},
        {"page_number": 2, "char_start": None, "char_end": None},
    ]
    figures = [
        {"quantity_id": "a", "char_start": 18, "char_end": 20},
        {"quantity_id": "b", "char_start": 20, "char_end": 22},
        {"quantity_id": "c", "char_start": 50, "char_end": 52},
    ]
    assert find_pages(lines, figures) == {"a": 1, "b": 2}
