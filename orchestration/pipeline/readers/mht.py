"""Web archives (.mht, .mhtml): the page inside a MIME message."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

from orchestration.pipeline.readers import html
from orchestration.pipeline.readers.base import ReadText, RejectedFile

NAME = "mht"
VERSION = "2"
MEDIA_TYPES: tuple[str, ...] = ("multipart/related", "message/rfc822")
CONTAINER_MEMBERS: tuple[str, ...] = ()

_SNIFF = re.compile(rb"\A\s*(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*){1,30}", re.ASCII)


def sniff(data: bytes, name: str) -> bool:
    """True where the file begins with mail headers that announce a MIME message."""
    head = _SNIFF.match(data[:8_192])
    return (
        head is not None
        and b"content-type:" in head.group().lower()
        and b"mime-version:" in head.group().lower()
    )


def read(data: bytes) -> ReadText:
    """Text of the first page in the archive.

    Raises:
        RejectedFile: truncated where no page is inside; undecodable.
    """
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)  # policy.default makes nothing else
    for part in message.walk():
        if part.get_content_type() == "text/html":
            page = html.read(_decode_part(part))
            location = part.get("Content-Location")
            fields = dict(page.fields)
            if location and str(location).startswith("http"):
                fields.setdefault("source_url", str(location))
            return replace(page, media_type=MEDIA_TYPES[0], reader=f"{NAME}/{VERSION}", fields=fields)
    raise RejectedFile("truncated", "a web archive without a page inside")


def _decode_part(part: EmailMessage) -> bytes:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        raise RejectedFile("truncated", "the page of the web archive has no content")
    return payload
