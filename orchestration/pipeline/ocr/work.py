"""The work of OCR workers: read one page of a file, or say why it cannot be read.

Workers store nothing; results go to the one process that writes the store, so workers may run on machines
without access to it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.pipeline.ocr.packages import OFD, WORD, read_package_picture
from orchestration.pipeline.ocr.pictures import decode_picture, render_pdf_page
from orchestration.pipeline.ocr.read import is_pdf, require_readable
from orchestration.pipeline.ocr.recognise import find_ocr_version, read_picture
from orchestration.pipeline.ocr.records import Page
from orchestration.pipeline.ocr.scans import Scan, find_scan
from orchestration.pipeline.ocr.store import PageStore
from orchestration.pipeline.readers.base import RejectedFile

if TYPE_CHECKING:
    from orchestration.pipeline.ocr.pictures import Picture


@dataclass(frozen=True, slots=True)
class PageResult:
    """The result for a page.

    Attributes:
        content_sha256: hash of its file.
        index: index of the page, from 0.
        picture_sha256: hash of its picture; a stand-in if it could not be rendered.
        page: the page as read; None if it failed or the picture was read before.
        error: why nothing was read.
    """

    content_sha256: str
    index: int
    picture_sha256: str
    page: Page | None
    error: str | None = None


def list_pages(data: bytes) -> tuple[int, ...]:
    """Return the indices of a file's picture pages, from 0.

    Raises:
        RejectedFile: too_large, truncated.
    """
    scan = find_scan(data)
    if scan is None:
        return ()
    require_readable(scan)
    return scan.pages


def read_page(data: bytes, index: int, is_known: Callable[[str, str], bool]) -> PageResult:
    """Read page `index`; if it cannot be rendered, the result has the reason.

    Args:
        data: the file.
        index: index of the page, from 0.
        is_known: returns whether a picture was read before, from its hash and the OCR version.
    """
    version = find_ocr_version()
    assert version is not None  # checked by the caller
    content_sha256 = hashlib.sha256(data).hexdigest()
    scan = find_scan(data)
    assert scan is not None
    try:
        picture = render_scan_page(data, scan, index)
    except RejectedFile as rejection:
        return fail_page(content_sha256, index, str(rejection))
    digest = hashlib.sha256(repr(picture.shape).encode())
    digest.update(picture.tobytes())
    picture_sha256 = digest.hexdigest()
    page = None if is_known(picture_sha256, version) else read_picture(picture)
    return PageResult(content_sha256, index, picture_sha256, page)


def render_scan_page(data: bytes, scan: Scan, index: int) -> Picture:
    """Return page `index` of a file, one of `scan.pages`, as a picture.

    Raises:
        RejectedFile: too_large, truncated (damaged).
    """
    if is_pdf(scan):
        return render_pdf_page(data, index)
    if scan.media_type in (OFD, WORD):
        return decode_picture(read_package_picture(data, scan, index), 0)
    return decode_picture(data, index)


def fail_page(content_sha256: str, index: int, reason: str) -> PageResult:
    """Return the result for a page that cannot be read; the same version does not try it again."""
    stand_in = hashlib.sha256(f"{content_sha256}-{index}".encode()).hexdigest()
    return PageResult(content_sha256, index, stand_in, None, reason)


def keep_page(result: PageResult, store: PageStore) -> None:
    """Store the result for a page."""
    version = find_ocr_version()
    assert version is not None
    store.name(result.content_sha256, result.index, version, result.picture_sha256)
    if result.page is not None or result.error is not None:
        store.keep(result.picture_sha256, version, result.page, result.error)
