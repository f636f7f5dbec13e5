"""Word 97-2003 documents (.doc, .wps), read with an installed converter.

No maintained Python library reads these. LibreOffice is preferred, because its .docx has everything that
`docx` needs. antiword and catdoc also print hidden and deleted text (调解4043件 for 43件), so without
LibreOffice a document with such text is refused.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from pathlib import Path

from orchestration.pipeline.readers.base import ReadText, RejectedFile, join_lines
from orchestration.pipeline.readers.converters import convert_office, find_office, run_converter
from orchestration.pipeline.readers.encoding import decode_text
from orchestration.pipeline.readers.word import docx
from orchestration.pipeline.readers.word.word97 import (
    HEADER_BYTES,
    holds_unprinted_text,
    is_encrypted,
    table_stream,
)

NAME = "doc"
VERSION = "3"
MEDIA_TYPES: tuple[str, ...] = ("application/msword",)
CONTAINER_MEMBERS: tuple[str, ...] = ()

_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # signature of an OLE compound file
_SIMPLE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("antiword", ("-m", "UTF-8.txt", "-w", "0")),
    ("catdoc", ("-d", "utf-8", "-w")),
)
_OTHERS = {  # streams of other programs
    "PowerPoint Document": "a PowerPoint 97 presentation",
    "CONTENTS": "a document of Microsoft Works",
    "VisioDocument": "a Visio drawing",
    "__properties_version1.0": "an Outlook message (.msg); save it as .eml, or what is attached to it",
}


def sniff(data: bytes, name: str) -> bool:
    """Return whether data is an OLE compound file; `read` refuses those that are not Word documents."""
    return data.startswith(_MAGIC)


def read(data: bytes) -> ReadText:
    """Return the text of a Word 97-2003 document, one line per paragraph.

    Raises:
        RejectedFile: encrypted, truncated, unsupported (another OLE format, no converter, or hidden text
            without LibreOffice).
    """
    hides_some = _look_inside(data)
    office = find_office()
    if office is not None:
        converted = docx.read(convert_office(office, data, "doc", "docx"))
        return ReadText(converted.text, MEDIA_TYPES[0], f"{NAME}/{VERSION}")
    found = next(((path, options) for program, options in _SIMPLE if (path := shutil.which(program))), None)
    if found is None:
        raise RejectedFile(
            "unsupported", "a .doc file; install LibreOffice (soffice), antiword or catdoc on PATH"
        )
    program, options = found
    if hides_some:
        raise RejectedFile(
            "unsupported",
            f"it contains hidden or deleted text, which {Path(program).name} cannot recognise: "
            "install LibreOffice (soffice) or save it as .docx",
        )
    with tempfile.TemporaryDirectory(prefix="fazhi-doc-") as folder:
        source = Path(folder) / "report.doc"
        source.write_bytes(data)
        text, encoding = decode_text(run_converter([program, *options, str(source)]))
    return ReadText(join_lines([text]), MEDIA_TYPES[0], f"{NAME}/{VERSION}", encoding)


def _look_inside(data: bytes) -> bool:
    """Refuse a file that is not a Word document; return whether it has text that Word does not print."""
    import olefile  # imported here, because few reports are in this format

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as container:
            if container.exists("EncryptionInfo"):
                raise RejectedFile("encrypted", "the Office document needs a password")
            if not container.exists("WordDocument"):
                named = (kind for stream, kind in _OTHERS.items() if container.exists(stream))
                what = next(named, "an Office file other than a Word document")
                raise RejectedFile("unsupported", f"no reader for {what}")
            document: bytes = container.openstream("WordDocument").read()
            if len(document) < HEADER_BYTES:
                raise RejectedFile("truncated", "the Word document ends inside its header")
            if is_encrypted(document):
                raise RejectedFile("encrypted", "the Word document needs a password")
            name = table_stream(document)
            table: bytes = container.openstream(name).read() if container.exists(name) else b""
    except (OSError, ValueError) as error:  # ValueError: impossible numbers in a damaged header
        raise RejectedFile("truncated", f"not a complete Word document: {error}") from error
    return holds_unprinted_text(document, table)
