"""Which pages are pictures."""

from __future__ import annotations

import pytest
from PIL import Image

from orchestration.pipeline.ocr import pictures
from orchestration.pipeline.ocr.scans import find_scan, is_garbage
from orchestration.pipeline.readers import RejectedFile
from tests.unit.ocr.scan_files import PRINTED, SCAN, TIFF, encode, join_pdfs, text_pdf, tiff_page

LINES = [line[:30] for line in PRINTED.split("\n")]


def test_a_text_pdf_is_not_a_scan() -> None:
    assert find_scan(text_pdf(LINES, LINES)) is None


def test_other_formats_are_not_scans() -> None:
    assert find_scan(PRINTED.encode()) is None
    assert find_scan(b"BMW \xe5\x85\xac\xe5\x8f\xb8 ...") is None
    assert find_scan(b"%PDF-1.7 damaged") is None


def test_pdf_of_pictures_is_a_scan() -> None:
    scan = find_scan(SCAN)
    assert scan is not None
    assert (scan.media_type, scan.page_count, scan.pages) == ("application/pdf", 2, (0, 1))


def test_only_the_pictures_of_a_mixed_file_are_read() -> None:
    scan = find_scan(join_pdfs(text_pdf(LINES), SCAN, text_pdf(LINES)))
    assert scan is not None
    assert (scan.page_count, scan.pages) == (4, (1, 2))


def test_reason_of_a_damaged_picture_is_the_same_in_each_run() -> None:
    with pytest.raises(
        RejectedFile, match=r"^truncated: not a complete picture: cannot identify image file$"
    ):
        pictures.count_frames(TIFF[:4])


def test_a_blank_page_is_not_a_picture() -> None:
    assert find_scan(join_pdfs(text_pdf(LINES), text_pdf([]))) is None


def test_a_scanners_mark_is_not_a_text_layer() -> None:
    marked = text_pdf(["扫描软件创建", "— 1 —"], picture=tiff_page(0).convert("RGB"))
    scan = find_scan(marked)
    assert scan is not None and scan.pages == (0,)


def test_the_garbage_of_a_poor_ocr_is_not_a_text_layer() -> None:
    signs = ["1 ,; 23 .: -- 4|5 / 6 ]7 * 8.9 (0) ^ 11 = 22"] * 6
    scan = find_scan(text_pdf(signs, picture=tiff_page(0)))
    assert scan is not None and scan.pages == (0,)
    assert find_scan(text_pdf(signs)) is None, "a table of figures"


def test_text_over_a_background_picture_is_text() -> None:
    paper = Image.new("RGB", (595, 842), (250, 245, 235))
    assert find_scan(text_pdf(LINES, picture=paper)) is None


def test_text_under_a_transparent_picture_is_text() -> None:
    seal = Image.new("RGBA", (595, 842), (255, 255, 255, 0))
    seal.paste((220, 0, 0, 255), (400, 600, 500, 700))
    assert find_scan(text_pdf(LINES, picture=seal, is_covered=True)) is None


@pytest.mark.parametrize("look", [{"mode": 3}, {"is_covered": True}], ids=["invisible", "under the scan"])
def test_the_text_of_a_copier_is_believed_only_where_ocr_cannot_read(look: dict[str, int]) -> None:
    layered = text_pdf(LINES, picture=tiff_page(0), **look)  # type: ignore[arg-type]
    scan = find_scan(layered)
    assert scan is not None and (scan.pages, scan.has_report) == ((0,), True)
    mixed = find_scan(join_pdfs(text_pdf(LINES), layered, SCAN))
    assert mixed is not None and (mixed.pages, mixed.has_report) == ((1, 2, 3), False)
    assert find_scan(text_pdf(LINES, **look)) is None, "no picture"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(PRINTED, False, id="Chinese"),
        pytest.param("2024 12 38 9 27 1.35 " * 6, False, id="a table of figures"),
        pytest.param("\ue0a1\ue0b2\ue113\ue0a1\ue0c4\ue0d2" * 20, True, id="private use"),
        pytest.param("年度\ufffd\ufffd\ufffd报告" * 20, True, id="replacement characters"),
        pytest.param("ÒÁÂðÛÀÌØÄÖÈÝ" * 20, True, id="Latin letters for a font without names"),
        pytest.param("籰籱籲籵籶籹籾粀粃粄粅粇粈粊粋" * 6, True, id="rare Chinese characters only"),
        pytest.param("\ue0a1", False, id="a lonely mark"),
    ],
)
def test_garbage(text: str, expected: bool) -> None:
    assert is_garbage(text) is expected


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("BMP", "image/bmp"), ("WEBP", "image/webp")],
)
def test_picture_files(kind: str, media_type: str) -> None:
    scan = find_scan(encode(tiff_page(0), kind))
    assert scan is not None
    assert (scan.media_type, scan.pages) == (media_type, (0,))


def test_tiff_has_a_page_for_each_picture() -> None:
    scan = find_scan(TIFF)
    assert scan is not None and scan.pages == (0, 1)


@pytest.mark.parametrize("kept", [20, 200, 5_000])
def test_cut_picture_is_refused_as_truncated(kept: int) -> None:
    data = encode(tiff_page(0), "PNG")[:kept]
    with pytest.raises(RejectedFile, match="truncated"):
        find_scan(data)
        pictures.decode_picture(data, 0)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [12_000, 30_000])
def test_bomb_is_refused_before_it_is_decoded(side: int) -> None:
    bomb = encode(Image.new("1", (side, side)), "TIFF", compression="group4")
    assert len(bomb) < 1_000_000
    with pytest.raises(RejectedFile, match=r"too_large: .*pixels"):
        find_scan(bomb)


def test_orientation_mark_of_a_photograph_is_followed() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright, the picture is stored sideways
    lying = tiff_page(0).rotate(90, expand=True)
    upright = pictures.decode_picture(encode(lying, "JPEG", exif=exif), 0)
    assert upright.shape[0] > upright.shape[1]


def test_transparent_paper_is_white() -> None:
    picture = Image.new("RGBA", (300, 400), (0, 0, 0, 0))
    assert pictures.decode_picture(encode(picture, "PNG"), 0).min() == 255


def test_large_picture_is_scaled_down() -> None:
    assert max(pictures.decode_picture(encode(Image.new("L", (9_000, 4_000)), "PNG"), 0).shape) == 3_400


def test_screenshot_of_a_page_is_cut_between_lines() -> None:
    tall = Image.new("L", (800, 6_000), 255)
    for y in range(0, 6_000, 40):
        tall.paste(0, (50, y, 750, y + 24))
    picture = pictures.decode_picture(encode(tall, "PNG"), 0)
    parts = pictures.split_tall(picture)
    assert len(parts) > 4
    assert sum(part.shape[0] for _, part in parts) == 6_000
    assert all(part[0].min() == 255 for _, part in parts[1:])
