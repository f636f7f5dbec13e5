"""Programs that turn files of old office programs into something that is read here.

Each runs in a folder of its own, without macros and links, within a time; what it started ends with it.
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
# Of a profile that is made for each file: nothing of a document is run, nothing outside it is fetched.
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
    """LibreOffice's program, if it is installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def convert_office(office: str, data: bytes, ending: str, target: str) -> bytes:
    """A file as LibreOffice writes it in another format.

    Args:
        office: the program, as `find_office` gives it.
        data: the file.
        ending: of its name, such as doc.
        target: the ending of the result, such as docx.

    Raises:
        RejectedFile: truncated where LibreOffice cannot open it or does not end.
    """
    with tempfile.TemporaryDirectory(prefix="fazhi-office-") as name:
        folder = Path(name)
        source = folder / f"report.{ending}"
        source.write_bytes(data)
        # Its own profile: two conversions at once would otherwise wait for each other's lock.
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
    """What a program prints.

    Raises:
        RejectedFile: truncated where it fails, or does not end in time: then it and all it started is ended.
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
