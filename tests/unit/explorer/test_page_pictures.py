"""Pages of scans as pictures: rendered apart, kept, and never the end of the page that shows them."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from PIL import Image

from orchestration.explorer import page_pictures
from orchestration.explorer.page_pictures import NoPictureError, PagePictures
from orchestration.explorer.pages.scans import find_pages
from orchestration.explorer.render_page import render_page

FIXTURES = Path(__file__).parents[2] / "fixtures" / "ocr"


@pytest.mark.parametrize("name", ["report.pdf", "report.tif"])
def test_a_page_is_a_jpeg_upright_and_no_wider_than_is_read(name: str) -> None:
    upright = Image.open(io.BytesIO(render_page(FIXTURES / name, 0, 0)))
    turned = Image.open(io.BytesIO(render_page(FIXTURES / name, 0, 90)))
    assert upright.format == "JPEG"
    assert max(upright.width, turned.width) == 1100
    assert (upright.width < upright.height) is (turned.width > turned.height)
    assert upright.convert("L").getextrema()[0] < 100 < upright.convert("L").getextrema()[1]


def test_a_page_is_rendered_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(FIXTURES / "report.pdf", tmp_path / "甲 镇.pdf")
    pictures = PagePictures()
    first = pictures.render(tmp_path / "甲 镇.pdf", 0, 0)
    monkeypatch.setattr(page_pictures, "_render_apart", lambda *_: pytest.fail("rendered again"))
    assert pictures.render(tmp_path / "甲 镇.pdf", 0, 0) == first


def test_what_is_kept_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-")
    rendered: list[int] = []

    def render(_path: Path, index: int, _turned: int) -> bytes:
        rendered.append(index)
        return b"x" * 6_000_000

    monkeypatch.setattr(page_pictures, "_render_apart", render)
    pictures = PagePictures()
    for index in (0, 1, 2, 2, 0):
        pictures.render(tmp_path / "a.pdf", index, 0)
    assert rendered == [0, 1, 2, 0]  # three do not fit, and the oldest went


def test_a_damaged_file_or_one_that_is_gone_has_no_picture(tmp_path: Path) -> None:
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.4 and nothing more")
    with pytest.raises(NoPictureError, match="damaged"):
        PagePictures().render(tmp_path / "bad.pdf", 0, 0)
    with pytest.raises(NoPictureError):
        PagePictures().render(tmp_path / "gone.pdf", 0, 0)


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
