"""Decode a page whose only invalid bytes are in tags, scripts or comments.

Old sites truncate a page's description in the middle of a character, which browsers ignore. An invalid byte in the
visible text still refuses the page.
"""

from __future__ import annotations

import re
from functools import partial

from orchestration.pipeline.readers.base import RejectedFile
from orchestration.pipeline.readers.encoding import decode_text

_UNSHOWN = re.compile(
    rb"""
    <!--.*?-->                                     # e.g. <!-- end -->
    | <(script|style)\b.*?</\1\s*>                 # e.g. <script>var a;</script>
    """,
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_TAG = re.compile(rb"<[a-zA-Z/][^<>]*>")
_ENCODINGS = ("utf-8", "gb18030")


def decode_page(data: bytes, declared: str | None) -> tuple[str, str]:
    """Return the text and encoding of a page like `decode_text`.

    Raises:
        RejectedFile: undecodable, truncated.
    """
    try:
        return decode_text(data, declared)
    except RejectedFile:
        bare = _UNSHOWN.sub(b"", data)
        for encoding in _ENCODINGS:
            try:
                return decode_text(_TAG.sub(partial(_repair, encoding), bare), declared)
            except RejectedFile:
                continue
        raise


def _repair(encoding: str, found: re.Match[bytes]) -> bytes:
    """Return a tag without its invalid bytes."""
    return found[0].decode(encoding, "ignore").encode(encoding)
