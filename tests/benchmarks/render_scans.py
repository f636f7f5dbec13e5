"""Render texts as the scans that counties publish: A4, noise, skew, page numbers, a red seal.

The printed text is known, so OCR can be measured against it (`bench_ocr`) and fixtures can be made.
Layout after GB/T 9704: 28 characters a line, 22 lines a page, 16-point characters (三号), a 22-point title.
The same arguments draw the same pages.
"""

from __future__ import annotations

import argparse
import io
import os
import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

_FONTS = (  # song or fang song first, as in official documents
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSerifCJK-Regular.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/System/Library/Fonts/Supplemental/Songti.ttc",
    "C:/Windows/Fonts/simfang.ttf",
    "C:/Windows/Fonts/simsun.ttc",
)
_A4_INCHES = (8.27, 11.69)
_MARGIN_INCHES = (1.10, 1.46)  # left, top
_BODY_POINTS, _TITLE_POINTS, _LINE_POINTS = 16.0, 22.0, 29.0
_CHARS_PER_LINE, _LINES_PER_PAGE = 28, 22
_NO_LINE_START = set("，。、；：？！）》”’％%】〕")  # 避头尾: no line begins with one of these
_INDENT = "\u3000\u3000"
_RED = (206, 32, 41)


@dataclass(frozen=True, slots=True)
class Scan:
    """How pages are printed and scanned.

    Attributes:
        dpi: resolution of the picture.
        seal: a red seal (公章) over the last lines of the last page, and a red head on the first.
        skew_degrees: each page is turned by up to this much.
        noise: standard deviation of each pixel's brightness, out of 255; also adds specks.
        header: a line at the top of every page, or none.
        jpeg_quality: of the pictures in a PDF file.
        seed: of all that is random.
    """

    dpi: int = 200
    seal: bool = False
    skew_degrees: float = 0.8
    noise: float = 14.0
    header: str | None = None
    jpeg_quality: int = 60
    seed: int = 1


def find_font() -> Path | None:
    """Return a font with Chinese characters, from `FAZHI_FONT` or one of the usual places; None if there is none."""
    named = os.environ.get("FAZHI_FONT")
    return next((path for path in map(Path, [named] if named else _FONTS) if path.is_file()), None)


def lay_out(text: str) -> list[list[str]]:
    """Return pages of printed lines of a text with one paragraph per line, each indented by two characters."""
    lines: list[str] = []
    title, *paragraphs = [line.strip() for line in text.strip().split("\n") if line.strip()]
    lines += [f"\x00{part}" for part in _break_line(title, 20)] + [""]
    for paragraph in paragraphs:
        lines += _break_line(_INDENT + paragraph, _CHARS_PER_LINE)
    return [lines[start : start + _LINES_PER_PAGE] for start in range(0, len(lines), _LINES_PER_PAGE)]


def render_pages(text: str, scan: Scan) -> Iterator[Image.Image]:
    """Yield the pages of a text as scanned pictures (RGB).

    Raises:
        FileNotFoundError: no font with Chinese characters is installed.
    """
    pages = lay_out(text)
    for number, lines in enumerate(pages, 1):
        random_ = random.Random(f"{scan.seed}-{number}")
        page = _print_page(lines, number, scan)
        if scan.seal and number == 1:
            _draw_red_head(page, scan)
        if scan.seal and number == len(pages):
            page = _stamp(page, len(lines), scan)
        yield _scan_page(page, scan, random_)


def write_pdf(pages: Sequence[Image.Image], scan: Scan) -> bytes:
    """Return a PDF file of these pictures, without a text layer."""
    buffer = io.BytesIO()
    first, *rest = pages
    first.save(
        buffer, "PDF", save_all=True, append_images=rest, resolution=scan.dpi, quality=scan.jpeg_quality
    )
    return buffer.getvalue()


def _break_line(paragraph: str, width: int) -> list[str]:
    """Return the lines of a paragraph; two ASCII characters are about as wide as a Chinese one."""
    lines, line, used = [], "", 0.0
    for char in paragraph:
        wide = 0.55 if char.isascii() else 1.0
        if used + wide > width and char not in _NO_LINE_START:
            lines.append(line)
            line, used = "", 0.0
        line += char
        used += wide
    return [*lines, line]


def _font(points: float, scan: Scan) -> ImageFont.FreeTypeFont:
    path = find_font()
    if path is None:
        raise FileNotFoundError("no font with Chinese characters is installed; name one in FAZHI_FONT")
    size = round(points * scan.dpi / 72)
    faces = [ImageFont.truetype(str(path), size)]
    if path.suffix == ".ttc":  # its other faces draw some characters in the Japanese way
        with suppress(OSError):
            faces += [ImageFont.truetype(str(path), size, index=index) for index in range(1, 10)]
    return next((face for face in faces if str(face.getname()[0]).endswith("SC")), faces[0])


def _print_page(lines: list[str], number: int, scan: Scan) -> Image.Image:
    width, height = (round(inches * scan.dpi) for inches in _A4_INCHES)
    left, top = (round(inches * scan.dpi) for inches in _MARGIN_INCHES)
    page = Image.new("RGB", (width, height), (250, 249, 246))
    draw = ImageDraw.Draw(page)
    body, title, small = (_font(points, scan) for points in (_BODY_POINTS, _TITLE_POINTS, 12.0))
    step = _LINE_POINTS * scan.dpi / 72
    for row, line in enumerate(lines):
        y = top + row * step
        if line.startswith("\x00"):
            draw.text((width / 2, y), line[1:], font=title, fill=(25, 25, 28), anchor="ma")
        else:
            x = float(left)
            for char in line:  # each in its own cell, as in official documents
                draw.text((x, y), char, font=body, fill=(25, 25, 28))
                x += body.getlength(char)
    if scan.header:
        draw.text((width / 2, top * 0.5), scan.header, font=small, fill=(60, 60, 60), anchor="ma")
    draw.text((width / 2, height - top * 0.75), f"— {number} —", font=small, fill=(40, 40, 40), anchor="ma")
    return page


def _draw_red_head(page: Image.Image, scan: Scan) -> None:
    """Draw the red rule under the head of an official document (红头)."""
    left, top = (round(inches * scan.dpi) for inches in _MARGIN_INCHES)
    y = round(top * 0.8)
    ImageDraw.Draw(page).line([(left, y), (page.width - left, y)], fill=_RED, width=max(2, scan.dpi // 60))


def _stamp(page: Image.Image, lines: int, scan: Scan) -> Image.Image:
    """Return the page with a round 42 mm seal over its last lines: ring, star and characters in translucent ink."""
    size = round(42 / 25.4 * scan.dpi)
    seal = Image.new("RGB", (size, size), (255, 255, 255))
    draw = ImageDraw.Draw(seal)
    ring = max(3, size // 40)
    draw.ellipse([ring, ring, size - ring, size - ring], outline=_RED, width=ring)
    draw.text((size / 2, size / 2), "★", font=_font(34.0, scan), fill=_RED, anchor="mm")
    draw.text((size / 2, size * 0.78), "人民政府", font=_font(13.0, scan), fill=_RED, anchor="mm")
    seal = seal.filter(ImageFilter.GaussianBlur(scan.dpi / 250)).rotate(7, fillcolor=(255, 255, 255))
    left, top = (round(inches * scan.dpi) for inches in _MARGIN_INCHES)
    y = round(top + max(lines - 4, 0) * _LINE_POINTS * scan.dpi / 72)
    layer = Image.new("RGB", page.size, (255, 255, 255))
    layer.paste(seal, (page.width - left - size - scan.dpi // 4, min(y, page.height - size)))
    return ImageChops.multiply(page, layer)


def _scan_page(page: Image.Image, scan: Scan, random_: random.Random) -> Image.Image:
    angle = random_.uniform(0.4, 1.0) * scan.skew_degrees * random_.choice((-1, 1))
    page = page.rotate(angle, resample=Image.Resampling.BICUBIC, fillcolor=(250, 249, 246))
    page = page.filter(ImageFilter.GaussianBlur(0.35 * scan.dpi / 150))
    if scan.noise:
        # effect_noise uses the C library's generator; our own random bytes keep pages reproducible
        small = Image.frombytes("L", (256, 256), random_.randbytes(256 * 256))
        grain = Image.new("L", page.size)
        for x in range(0, page.width, 256):
            for y in range(0, page.height, 256):
                turned = small.transpose(random_.choice(list(Image.Transpose)))
                grain.paste(turned, (x, y))
        spread = scan.noise * 3.46 / 255  # uniform bytes: their range is 3.46 standard deviations
        grain = grain.point([round(128 + (value - 127.5) * spread) for value in range(256)])
        page = ImageChops.add(page, Image.merge("RGB", [grain] * 3), scale=1, offset=-128)
        draw = ImageDraw.Draw(page)
        for _ in range(page.width * page.height // 20_000):
            x, y = random_.randrange(page.width), random_.randrange(page.height)
            draw.point([(x, y), (x + 1, y)], fill=(90, 90, 90))
    return page


def main() -> None:
    """Write one scan of each text."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=Path())
    parser.add_argument("--dpi", type=int, default=200)
    parser.add_argument("--seal", action="store_true")
    parser.add_argument("--header")
    options = parser.parse_args()
    scan = Scan(dpi=options.dpi, seal=options.seal, header=options.header)
    for path in options.texts:
        target = options.out / f"{path.stem}-{scan.dpi}{'-seal' if scan.seal else ''}.pdf"
        target.write_bytes(write_pdf(list(render_pages(path.read_text(encoding="utf-8"), scan)), scan))
        print(target)


if __name__ == "__main__":
    main()
