"""Read one page of a file and keep it: what processes that read pages do."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from orchestration.pipeline.ocr.packages import OFD, WORD, read_package_picture
from orchestration.pipeline.ocr.pictures import decode_picture, render_pdf_page
from orchestration.pipeline.ocr.read import is_pdf, require_readable
from orchestration.pipeline.ocr.recognise import find_version, read_picture
from orchestration.pipeline.ocr.scans import Scan, find_scan
from orchestration.pipeline.ocr.store import PageStore
from orchestration.pipeline.readers.base import RejectedFile

if TYPE_CHECKING:
    from orchestration.pipeline.ocr.pictures import Picture


def list_pages(data: bytes, store: PageStore) -> list[int]:
    """Pages of a file that are pictures and were not read yet; 0 is the first.

    Raises:
        RejectedFile: too_large, truncated.
    """
    scan = find_scan(data)
    if scan is None:
        return []
    require_readable(scan)
    known = store.find(hashlib.sha256(data).hexdigest(), find_version())
    return [index for index in scan.pages if index not in known]


def read_page(data: bytes, index: int, store: PageStore) -> str:
    """Read page `index` and keep what was read; returns the hash of its picture.

    A page that cannot be rendered is kept with the reason.
    """
    version = find_version()
    assert version is not None  # whoever asks has looked
    content_sha256 = hashlib.sha256(data).hexdigest()
    scan = find_scan(data)
    assert scan is not None
    try:
        picture = _render(data, scan, index)
    except RejectedFile as rejection:
        fail_page(content_sha256, index, str(rejection), store)
        return ""
    digest = hashlib.sha256(repr(picture.shape).encode())
    digest.update(picture.tobytes())
    picture_sha256 = digest.hexdigest()
    if not store.name(content_sha256, index, version, picture_sha256):
        store.keep(picture_sha256, version, read_picture(picture))
    return picture_sha256


def _render(data: bytes, scan: Scan, index: int) -> Picture:
    if is_pdf(scan):
        return render_pdf_page(data, index)
    if scan.media_type in (OFD, WORD):
        return decode_picture(read_package_picture(data, scan, index), 0)
    return decode_picture(data, index)


def fail_page(content_sha256: str, index: int, reason: str, store: PageStore) -> None:
    """Keep that a page cannot be read, and why: it is not tried again by the same version."""
    version = find_version()
    assert version is not None
    stand_in = hashlib.sha256(f"{content_sha256}-{index}".encode()).hexdigest()
    store.name(content_sha256, index, version, stand_in)
    store.keep(stand_in, version, None, reason)
