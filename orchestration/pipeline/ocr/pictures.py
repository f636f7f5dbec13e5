"""Pages as pictures: render PDF pages and decode pictures, within pixel limits.

Arrays are height × width × 3 bytes in BGR order, as in OpenCV. The libraries are imported only when a page
is read.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from orchestration.pipeline.readers.base import RejectedFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

RENDER_DPI = 200  # of PDF pages; characters of 三号 (16 points) are 44 pixels high, footnotes 25
MAX_SIDE = 3_400  # pixels: an A3 page at 200 dpi; more is scaled down
MAX_SOURCE_PIXELS = 120_000_000  # before decoding; A3 at 600 dpi has 70 million
_TALL = 2.6  # height/width above which a picture is a screenshot of a web page, not a page
_GLANCE = 256  # pixels, enough to distinguish paper from a photograph
_PLAIN = 4  # standard deviation in grey levels; a blank page has less
_BRIGHT, _COLOURED = 120, 60  # of 255: paper in bad light is brighter; more colour than this is not grey
_INK_SHARE = 0.75  # of the paper's brightness; darker is ink
_PAPER_SHARE = 0.7  # of the page, without ink
_SHADED = 0.9  # of the paper's brightness; darker is a bar of a chart, or shading
_SOLID, _ONE_SHADE = 4, 20  # pixels of a square without print, and its range of grey
_SOLID_SHARE = 0.003  # of a picture, covered by such squares if it is a chart
# of a picture's side; bars are shorter than the shading of a table's row
_ROW_SHARE, _COLUMN_SHARE = 0.8, 0.7
_FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP")


def render_pdf_page(data: bytes, index: int) -> Picture:
    """Render page `index` (0 is the first) of a PDF file.

    Raises:
        RejectedFile: too_large (a picture in it), truncated (damaged).
    """
    import pypdfium2 as pdfium
    import pypdfium2.raw as pdfium_c

    try:
        with pdfium.PdfDocument(data) as document:
            page = document[index]
            for picture in page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=4):
                width, height = picture.get_px_size()
                _require_size(width, height)
            points = max(page.get_size())
            scale = min(RENDER_DPI / 72, MAX_SIDE / max(points, 1.0))
            bitmap = page.render(scale=scale, may_draw_forms=False)
            array = bitmap.to_numpy()
    except pdfium.PdfiumError as error:
        raise RejectedFile("truncated", f"page {index + 1} is damaged: {error}") from error
    return _three_channels(array)


def decode_picture(data: bytes, index: int) -> Picture:
    """Decode frame `index` of a picture file, upright by its orientation tag.

    Raises:
        RejectedFile: too_large, truncated (damaged).
    """
    import numpy as np
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            image.seek(index)
            _require_size(*image.size)
            image.draft("RGB", (MAX_SIDE, MAX_SIDE))  # decodes a JPEG at reduced scale
            upright = ImageOps.exif_transpose(image)
            page = _flatten(upright)
            width, height = page.size
            longest = max(width, height) if height <= _TALL * width else width
            if longest > MAX_SIDE:
                page = page.resize(
                    (round(width * MAX_SIDE / longest), round(height * MAX_SIDE / longest)),
                    Image.Resampling.LANCZOS,
                )
            return np.ascontiguousarray(np.asarray(page)[:, :, ::-1])
    except Image.DecompressionBombError as error:
        raise RejectedFile("too_large", str(error)) from error
    except (OSError, EOFError, SyntaxError, ValueError) as error:
        raise RejectedFile("truncated", f"picture {index + 1} is damaged: {error}") from error


def count_frames(data: bytes) -> int:
    """Return the number of pages in a picture file; only TIFF files have several.

    Raises:
        RejectedFile: too_large, truncated (damaged).
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            _require_size(*image.size)
            # other formats with several frames are animations; the first frame is the page
            return int(getattr(image, "n_frames", 1)) if image.format == "TIFF" else 1
    except Image.DecompressionBombError as error:
        raise RejectedFile("too_large", str(error)) from error
    except (OSError, EOFError, SyntaxError, ValueError) as error:
        raise RejectedFile("truncated", f"not a complete picture: {error}") from error


def measure_picture(data: bytes) -> tuple[int, int]:
    """Return width and height in pixels from a picture's header; zeros if it is unreadable."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            return image.size
    except (Image.DecompressionBombError, OSError, EOFError, SyntaxError, ValueError):
        return 0, 0


def looks_like_paper(data: bytes) -> bool:
    """Return whether a picture shows print on paper: mostly one bright shade, and little colour."""
    import numpy as np
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            _require_size(*image.size)
            image.draft("RGB", (_GLANCE, _GLANCE))
            small = np.asarray(_flatten(image).resize((_GLANCE, _GLANCE)))
    except (Image.DecompressionBombError, RejectedFile, OSError, EOFError, SyntaxError, ValueError):
        return False
    return shows_print(small)


def shows_print(picture: Picture) -> bool:
    """Return whether a small picture is mostly one bright shade, with little colour and not blank."""
    import numpy as np

    small = picture.astype(np.int16)
    grey, colour = small.mean(axis=2), small.max(axis=2) - small.min(axis=2)
    paper = float(np.percentile(grey, 80))
    is_paper = (grey > 0.8 * paper) & (colour < _COLOURED)
    return paper > _BRIGHT and float(is_paper.mean()) > _PAPER_SHARE and float(grey.std()) > _PLAIN


def is_black_print(picture: Picture) -> bool:
    """Return whether a small picture shows print whose ink is mostly black; a letterhead (红头) is red."""
    import numpy as np

    small = picture.astype(np.int16)
    grey, colour = small.mean(axis=2), small.max(axis=2) - small.min(axis=2)
    ink = grey < _INK_SHARE * float(np.percentile(grey, 80))
    return shows_print(picture) and bool(ink.any()) and float((colour[ink] < _COLOURED).mean()) > 0.5


def shows_chart(picture: Picture) -> bool:
    """Return whether a small picture of print has areas of one shade, such as bars; the rows of a table do not count.

    The figures of a chart are apart from their year and name.
    """
    import numpy as np

    grey = picture.astype(np.int16).mean(axis=2)
    if min(grey.shape) < _SOLID:
        return False
    paper = float(np.percentile(grey, 80))
    ink = grey < _SHADED * paper
    low = high = grey
    for axis in (0, 1):
        starts = [slice(start, low.shape[axis] - _SOLID + 1 + start) for start in range(_SOLID)]
        parts = [(each, slice(None)) if axis == 0 else (slice(None), each) for each in starts]
        low = np.minimum.reduce([low[part] for part in parts])
        high = np.maximum.reduce([high[part] for part in parts])
    solid = (high - low < _ONE_SHADE) & (high < _SHADED * paper)
    rows, columns = solid.shape
    middle = _SOLID // 2
    solid[ink.mean(axis=1)[middle : middle + rows] > _ROW_SHARE] = False
    solid[:, ink.mean(axis=0)[middle : middle + columns] > _COLUMN_SHARE] = False
    return float(solid.mean()) > _SOLID_SHARE


def split_tall(picture: Picture) -> list[tuple[int, Picture]]:
    """Cut a picture of a whole web page between lines into page-shaped parts, each with its top in pixels."""
    height, width = picture.shape[:2]
    if height <= _TALL * width:
        return [(0, picture)]
    part, search = round(1.4 * width), round(0.2 * width)
    busy = picture.mean(axis=2).std(axis=1)  # rows between lines have one colour
    parts: list[tuple[int, Picture]] = []
    top = 0
    while height - top > part + search:
        window = busy[top + part - search : top + part]
        bottom = top + part - search + int(window.argmin())
        parts.append((top, picture[top:bottom]))
        top = bottom
    return [*parts, (top, picture[top:])]


def _flatten(image: Any) -> Any:
    """Return the image as RGB; transparent parts become white paper."""
    from PIL import Image

    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        paper = Image.new("RGBA", layer.size, (255, 255, 255, 255))
        return Image.alpha_composite(paper, layer).convert("RGB")
    if image.mode.startswith("I") or image.mode == "F":  # 16 bits of grey
        low, high = image.getextrema()
        image = image.point(lambda value: (value - low) * (255 / max(high - low, 1))).convert("L")
    return image.convert("RGB")


def _three_channels(array: Any) -> Picture:
    import numpy as np

    if array.ndim == 2:
        array = array[:, :, None]
    if array.shape[2] == 1:
        array = np.repeat(array, 3, axis=2)
    return np.ascontiguousarray(array[:, :, :3])


def _require_size(width: int, height: int) -> None:
    if width * height > MAX_SOURCE_PIXELS:
        raise RejectedFile(
            "too_large", f"a picture of {width} x {height} pixels; the limit is {MAX_SOURCE_PIXELS:,}"
        )
