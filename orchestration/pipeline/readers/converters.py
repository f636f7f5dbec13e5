"""Run programs that convert files of old office programs into formats with a reader.

Each runs in its own folder, without macros and links, with a time limit that also ends its child processes.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from orchestration.pipeline.readers.base import RejectedFile
from orchestration.pipeline.readers.memory import without_memory_limit

_TIMEOUT_SECONDS = 60
# Settings of a profile created per file: nothing in a document is run, nothing outside it is fetched.
_SETTINGS = "".join(
    f'<item oor:path="/org.openoffice.{path}"><prop oor:name="{name}" oor:op="fuse">'
    f"<value>{value}</value></prop></item>"
    for path, name, value in (
        ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
        ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
        ("Office.Common/Security/Scripting", "DisableActiveContent", "true"),
        ("Office.Writer/Content/Update", "Link", "0"),
        ("Office.Calc/Content/Update", "Link", "1"),
    )
)
_PROFILE = (
    '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry" '
    'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    f"{_SETTINGS}</oor:items>"
)


def find_office() -> str | None:
    """Return the path of LibreOffice, or None if it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def convert_office(office: str, data: bytes, ending: str, target: str) -> bytes:
    """Convert a file to another format with LibreOffice.

    Args:
        office: the result of `find_office`.
        data: the file.
        ending: ending of its name, such as doc.
        target: ending of the result, such as docx.

    Raises:
        RejectedFile: truncated, if LibreOffice cannot open it or times out.
    """
    with tempfile.TemporaryDirectory(prefix="fazhi-office-") as name:
        folder = Path(name)
        source = folder / f"report.{ending}"
        source.write_bytes(data)
        # With a shared profile, two conversions at once would wait for each other's lock.
        profile = folder / "profile"
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
        run_converter(
            [office, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", "--convert-to", target,
             "--outdir", str(folder), str(source)]
        )  # fmt: skip
        result = source.with_suffix(f".{target}")
        if not result.exists():
            raise RejectedFile("truncated", "LibreOffice could not convert the document")
        return result.read_bytes()


def run_converter(command: list[str]) -> bytes:
    """Run a program and return its output.

    Raises:
        RejectedFile: truncated, if it fails or times out; on timeout it and its child processes are killed.
    """
    program = Path(command[0]).name
    with without_memory_limit():
        process = subprocess.Popen(  # noqa: S603 - a program found on PATH, a file of ours
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    with process:
        try:
            printed, complained = process.communicate(timeout=_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired as error:
            os.killpg(process.pid, signal.SIGKILL)
            raise RejectedFile("truncated", f"{program} did not finish in {_TIMEOUT_SECONDS} s") from error
    if process.returncode != 0:
        said = complained.decode("utf-8", "replace").strip().splitlines()
        raise RejectedFile("truncated", f"{program} failed: {said[-1] if said else process.returncode}")
    return printed
