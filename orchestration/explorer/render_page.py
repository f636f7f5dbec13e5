"""A page of a scan as JPEG on standard output: a program of its own, so that a bad file ends it and not the page.

python -m orchestration.explorer.render_page FILE INDEX TURNED_DEGREES
"""

from __future__ import annotations

import io
import sys

from orchestration.pipeline.ocr.pictures import decode_picture, render_pdf_page
from orchestration.pipeline.ocr.scans import find_picture_type
from orchestration.pipeline.readers.base import RejectedFile
from orchestration.pipeline.readers.memory import limit_memory

_WIDTH = 1_100  # pixels: small print can be read, and a page has some 200 kB
_MAX_HEIGHT = 6_000  # of a picture of a whole web page
_QUALITY = 78


def render_page(data: bytes, index: int, turned_degrees: int) -> bytes:
    """Page `index` (0 is the first) of a PDF or picture file, turned clockwise to stand upright, as JPEG.

    Raises:
        RejectedFile: it is too large or damaged.
    """
    from PIL import Image

    picture = decode_picture(data, index) if find_picture_type(data) else render_pdf_page(data, index)
    page = Image.fromarray(picture[:, :, ::-1]).rotate(-turned_degrees, expand=True)
    scale = min(_WIDTH / page.width, _MAX_HEIGHT / page.height, 1.0)
    page = page.resize(
        (max(1, round(page.width * scale)), max(1, round(page.height * scale))), reducing_gap=2
    )
    out = io.BytesIO()
    page.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def main(arguments: list[str]) -> int:
    """Write the picture; 1 and the reason where there is none."""
    limit_memory()
    try:
        picture = render_page(sys.stdin.buffer.read(), int(arguments[0]), int(arguments[1]))
        sys.stdout.buffer.write(picture)
    except (RejectedFile, OSError, MemoryError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
