"""Web archives (.mht, .mhtml), a page inside a MIME message (RFC 2557), and e-mails (.eml)."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import replace
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from types import MappingProxyType

from orchestration.pipeline.readers.base import LIMITS, ReadText, RejectedFile
from orchestration.pipeline.readers.encoding import decode_text
from orchestration.pipeline.readers.html import reader as html
from orchestration.pipeline.readers.mail.answers import drop_answered
from orchestration.pipeline.readers.text.reader import write_plain

NAME = "mht"
VERSION = "11"
MEDIA_TYPES: tuple[str, ...] = ("multipart/related", "message/rfc822")
CONTAINER_MEMBERS: tuple[str, ...] = ()

_SNIFF = re.compile(rb"\A\s*(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*){1,30}", re.ASCII)
_MULTIPART = re.compile(rb"content-type:\s*(?:multipart|message)/", re.IGNORECASE)
_FLOWED = re.compile(r"(?<= )(?<!^-- )\r?\n", re.MULTILINE)
_FLOWED_IN_WORDS = re.compile(r"(?<!^--) \r?\n", re.MULTILINE)  # DelSp=yes: the space only marks the line
_MAILBOX_LINE = re.compile(rb"\AFrom [^\n:]*(?:\d\d:\d\d)[^\n]*\n")
_COUNTED = re.compile(rb"\A(\d{1,9})[ \t]*\r?\n(?=[\w-]+:)")  # .emlx: the message's length before it
_MAILBOX = re.compile(rb"\n\r?\nFrom [^\n:]*\d\d:\d\d[^\n]*\n[\w-]+:")
_PART = re.compile(rb"^content-type:", re.IGNORECASE | re.MULTILINE)
_LONG_HEADERS = re.compile(rb"(?:^[^\s:]{1,80}:[^\n]*\n){%d}" % LIMITS.mime_headers, re.MULTILINE)
_MAIL_HEADERS = (b"mime-version:", b"content-transfer-encoding:", b"message-id:")
_PACKED_FILE = re.compile(  # uuencode: begin 644 a.docx, lines of at most 45 bytes, end
    r"^begin \s [0-7]{3} \s (?P<name> [^\r\n]{1,200} ) \r?\n (?: [ -`]{1,62} \r?\n )* end [ ]* $",
    re.MULTILINE | re.VERBOSE,
)
_DOCUMENTS = (".doc", ".docx", ".wps", ".pdf", ".ofd", ".rtf", ".odt", ".txt", ".htm", ".html")
_MAX_PAGES = 50  # per archive; the frames of a page count as pages
_ADDRESS = ("Snapshot-Content-Location", "Content-Location", "Content-Base")


def sniff(data: bytes, name: str) -> bool:
    """Return whether the file begins with mail headers of a MIME message."""
    head = _SNIFF.match(_drop_start(data[:8_192]))
    if head is None:
        return False
    headers = head.group().lower()
    return b"content-type:" in headers and any(mark in headers for mark in _MAIL_HEADERS)


def read(data: bytes) -> ReadText:
    """Return the text of the page in the archive; with several pages (frames), of the one with the most text.

    For an e-mail without a page, return its plain text. If exactly one document is attached, the caller decides
    by the text whether that is the report (`ReadText.attachment`).

    Raises:
        RejectedFile: truncated (there is neither), attachment_only (an e-mail with only attachments),
            undecodable, encrypted, unsupported (a mailbox, a signed message), too_large (nested too deeply).
    """
    data = _drop_start(data)
    _check_size(data)
    if _MAILBOX.search(data):
        raise RejectedFile("unsupported", "a mailbox of several e-mails (mbox); save each as an .eml file")
    message = message_from_bytes(data, policy=policy.compat32)
    _refuse_locked(message)
    attachments = _list_attachments(message)
    attached = tuple(f"{name} <in the message>" for name, _ in attachments)
    attachment = _find_document(attachments)
    parts = [part for part in message.walk() if part.get_content_type() == "text/html"]
    if not parts:
        return _read_mail(message, attached, attachment)
    try:
        page, part = _find_longest_page(parts)
    except RejectedFile:
        if attachment is None:
            raise
        return _read_mail(message, attached, attachment)
    fields = dict(page.fields)
    for address in [str(source.get(name) or "") for source in (part, message) for name in _ADDRESS]:
        if address.startswith("http"):
            fields.setdefault("source_url", address)
    return replace(
        page,
        text=drop_answered(page.text),
        media_type=MEDIA_TYPES[0],
        reader=f"{NAME}/{VERSION}",
        fields=MappingProxyType(fields),
        links=page.links + attached,
        attachment=attachment,
    )


def _drop_start(data: bytes) -> bytes:
    """Return a message without a byte order mark, the line From … of a mailbox, or what Apple Mail writes around it."""
    counted = _COUNTED.match(data)
    if counted is not None:
        return data[counted.end() :][: int(counted[1])]
    return _MAILBOX_LINE.sub(b"", data.removeprefix(codecs.BOM_UTF8), count=1)


def _refuse_locked(message: Message) -> None:
    """Refuse an encrypted message, a signed one that holds its text packed (S/MIME), and a piece of a message.

    Raises:
        RejectedFile: encrypted, unsupported, truncated.
    """
    if message.get_content_type() == "message/partial" and message.get_param("total") != "1":
        raise RejectedFile(
            "truncated",
            f"piece {message.get_param('number')} of an e-mail sent in pieces; save the whole message",
        )
    if message.get_content_type() not in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        return
    if str(message.get_param("smime-type") or "").lower() == "signed-data":
        raise RejectedFile("unsupported", "a signed e-mail (smime.p7m); save its text or attachments")
    raise RejectedFile("encrypted", "an encrypted e-mail (加密邮件); save its text or attachments")


def _find_longest_page(parts: Sequence[Message]) -> tuple[ReadText, Message]:
    """Return the page with the most text and its part of the message.

    Raises:
        RejectedFile: the reason of the first page, if none can be read.
    """
    pages: list[tuple[ReadText, Message]] = []
    refused: RejectedFile | None = None
    for part in parts[:_MAX_PAGES]:
        try:
            pages.append((html.read(_decode_part(part), part.get_content_charset()), part))
        except RejectedFile as error:
            refused = refused or error
    if not pages:
        assert refused is not None  # at least one page was tried
        raise refused
    return max(pages, key=lambda pair: len(pair[0].text))


def _read_mail(message: Message, attached: tuple[str, ...], attachment: tuple[str, bytes] | None) -> ReadText:
    """Read the plain text of a message without a page.

    Args:
        message: the message.
        attached: names of its attachments.
        attachment: the only document among them, if there is one.

    Raises:
        RejectedFile: attachment_only, or truncated if it has neither text nor attachments.
    """
    written = _read_plain(message)
    if "begin " in written:
        packed = [f"{found['name']} <in the message>" for found in _PACKED_FILE.finditer(written)]
        attached = (*attached, *packed[:_MAX_PAGES])
        written = _PACKED_FILE.sub("", written)
    if written.strip() or attachment is not None:
        return ReadText(written, MEDIA_TYPES[1], f"{NAME}/{VERSION}", links=attached, attachment=attachment)
    if attached:
        raise RejectedFile(
            "attachment_only", f"an e-mail; save its attachments as files: {'; '.join(attached)}"
        )
    raise RejectedFile("truncated", "a web archive without a page inside")


def _read_plain(message: Message) -> str:
    """Return the plain text of an e-mail, without attachments."""
    texts: list[str] = []
    for part in message.walk():
        if part.get_content_type() != "text/plain" or part.get_content_disposition() == "attachment":
            continue
        text, _ = decode_text(_decode_part(part), part.get_content_charset())
        # RFC 3676: a line that ends with a space continues
        if str(part.get_param("format") or "").lower() == "flowed":
            has_own_space = str(part.get_param("delsp") or "").lower() != "yes"
            text = (_FLOWED if has_own_space else _FLOWED_IN_WORDS).sub("", text)
        texts.append(drop_answered(write_plain(text)[0]))
    return "\n".join(texts[:_MAX_PAGES])


def _list_attachments(message: Message) -> list[tuple[str, Message]]:
    """Return an e-mail's attachments, each with its decoded name."""
    found: list[tuple[str, Message]] = []
    for part in message.walk():
        if part.get_content_disposition() == "attachment" or _is_unshown_file(part):
            name = part.get_filename() or part.get_content_type()
            try:
                found.append((str(make_header(decode_header(name)))[:200], part))
            except (HeaderParseError, LookupError, UnicodeError):
                found.append((name[:200], part))
    return found[:_MAX_PAGES]


def _find_document(attachments: Sequence[tuple[str, Message]]) -> tuple[str, bytes] | None:
    """Return the name and content of the only attachment that is no picture, if it is a document."""
    files = [(name, part) for name, part in attachments if part.get_content_maintype() != "image"]
    if len(files) != 1 or not files[0][0].lower().endswith(_DOCUMENTS):
        return None
    return files[0][0], _decode_part(files[0][1])


def _is_unshown_file(part: Message) -> bool:
    """Return whether a part is a named file that no program shows in the message, although not called attachment."""
    return part.get_filename() is not None and part.get_content_maintype() == "application"


def _check_size(data: bytes) -> None:
    """Refuse messages that would take the parser long, because its work is quadratic in nesting and headers."""
    nested, parts = len(_MULTIPART.findall(data)), len(_PART.findall(data))
    if nested > LIMITS.mime_nesting or parts > LIMITS.mime_parts:
        raise RejectedFile("too_large", f"{parts} parts, {nested} of them multipart")
    if _LONG_HEADERS.search(data):
        raise RejectedFile("too_large", f"more than {LIMITS.mime_headers} headers in one part")


def _decode_part(part: Message) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except (LookupError, ValueError) as error:
        raise RejectedFile("truncated", f"the web archive's page is damaged: {error}") from error
    if not isinstance(payload, bytes):
        raise RejectedFile("truncated", "the web archive's page has no content")
    return payload
