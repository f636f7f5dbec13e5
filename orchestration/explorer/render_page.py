"""Writes a scan page as JPEG to standard output; a separate program, so that a bad file crashes only it.

python -m orchestration.explorer.render_page INDEX TURNED_DEGREES < FILE
"""

from __future__ import annotations

import io
import sys

from orchestration.pipeline.ocr.scans import find_scan
from orchestration.pipeline.ocr.work import render_scan_page
from orchestration.pipeline.readers.base import RejectedFile
from orchestration.pipeline.readers.memory import limit_memory

_WIDTH = 1_100  # pixels: small print is readable, and a page has some 200 kB
_MAX_HEIGHT = 6_000  # for a picture of a whole web page
_QUALITY = 78


def render_page(data: bytes, index: int, turned_degrees: int) -> bytes:
    """Return page `index` (0 is the first) of a scan of any format as JPEG, turned clockwise to be upright.

    Raises:
        RejectedFile: it is too large or damaged, or the page is not a picture.
    """
    from PIL import Image

    scan = find_scan(data)
    if scan is None or index not in scan.pages:
        raise RejectedFile("truncated", f"page {index + 1} is damaged or not a picture")
    picture = render_scan_page(data, scan, index)
    page = Image.fromarray(picture[:, :, ::-1]).rotate(-turned_degrees, expand=True)
    scale = min(_WIDTH / page.width, _MAX_HEIGHT / page.height, 1.0)
    page = page.resize(
        (max(1, round(page.width * scale)), max(1, round(page.height * scale))), reducing_gap=2
    )
    out = io.BytesIO()
    page.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def main(arguments: list[str]) -> int:
    """Write the picture, or the reason why there is none; return 0 or 1."""
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
