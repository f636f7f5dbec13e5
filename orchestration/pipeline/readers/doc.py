"""Word 97-2003 documents (.doc, .wps), by way of a converter that is installed.

No maintained Python library reads these, so antiword, catdoc or LibreOffice is used where
one of them is on PATH; without any the file is refused with the names to install.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from pathlib import Path

from orchestration.pipeline.readers.base import ReadText, RejectedFile, join_lines
from orchestration.pipeline.readers.encoding import decode_text

NAME = "doc"
VERSION = "1"
MEDIA_TYPES: tuple[str, ...] = ("application/msword",)
CONTAINER_MEMBERS: tuple[str, ...] = ()

_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # of an OLE compound file
_TIMEOUT_SECONDS = 60
_FLAGS_OFFSET = 0x0A  # of FibBase, [MS-DOC] 2.5.2: bit 8 is fEncrypted
_CONVERTERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("antiword", ("-m", "UTF-8.txt", "-w", "0")),
    ("catdoc", ("-d", "utf-8", "-w")),
)


def sniff(data: bytes, name: str) -> bool:
    """True for any OLE compound file; `read` tells Word documents from the others."""
    return data.startswith(_MAGIC)


def read(data: bytes) -> ReadText:
    """Text of a Word 97-2003 document, one line for each paragraph.

    Raises:
        RejectedFile: encrypted, unsupported (another OLE format, or no converter), truncated.
    """
    _check_container(data)
    with tempfile.TemporaryDirectory(prefix="fazhi-doc-") as folder:
        source = Path(folder) / "report.doc"
        source.write_bytes(data)
        text, encoding = decode_text(_convert(source))
    return ReadText(join_lines([text]), MEDIA_TYPES[0], f"{NAME}/{VERSION}", encoding)


def _check_container(data: bytes) -> None:
    import olefile  # here, for few reports are in this format

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as container:
            if container.exists("EncryptionInfo"):
                raise RejectedFile("encrypted", "the Office document asks for a password")
            if not container.exists("WordDocument"):
                raise RejectedFile("unsupported", "an Office file that is no Word document")
            header: bytes = container.openstream("WordDocument").read(32)
    except (OSError, ValueError) as error:  # ValueError: numbers in a damaged header that make no sense
        raise RejectedFile("truncated", f"not a complete Word document: {error}") from error
    if len(header) < 32:
        raise RejectedFile("truncated", "the Word document ends inside its header")
    if header[_FLAGS_OFFSET + 1] & 0x01:
        raise RejectedFile("encrypted", "the Word document asks for a password")


def _convert(source: Path) -> bytes:
    for program, options in _CONVERTERS:
        found = shutil.which(program)
        if found is not None:
            return _run([found, *options, str(source)])
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        raise RejectedFile(
            "unsupported", "a .doc file needs antiword, catdoc or LibreOffice (soffice) on PATH"
        )
    # Its own profile: two conversions at once would otherwise wait for each other's lock.
    profile = f"-env:UserInstallation={(source.parent / 'profile').as_uri()}"
    _run([office, profile, "--headless", "--convert-to", "txt:Text (encoded):UTF8", "--outdir", str(source.parent),
          str(source)])  # fmt: skip
    result = source.with_suffix(".txt")
    if not result.exists():
        raise RejectedFile("truncated", "LibreOffice could not convert the document")
    return result.read_bytes()


def _run(command: list[str]) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - a program found on PATH, a file of ours
            command, capture_output=True, timeout=_TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise RejectedFile(
            "truncated", f"{Path(command[0]).name} did not finish in {_TIMEOUT_SECONDS} s"
        ) from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise RejectedFile(
            "truncated", f"{Path(command[0]).name} failed: {said[-1] if said else done.returncode}"
        )
    return done.stdout
