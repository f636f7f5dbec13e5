"""Nothing in the reports folder stops its listing: each odd entry is listed as a refused file."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from orchestration.pipeline.ingest import folder
from orchestration.pipeline.ingest.archives import open_archives
from orchestration.pipeline.ingest.files import read_found, read_side_metadata
from orchestration.pipeline.ingest.folder import FoundFile, scan_folder
from orchestration.pipeline.readers import LIMITS, RejectedFile

TEXT = "松坪镇2023年法治政府建设年度报告".encode()

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links and pipes of POSIX")


def reasons(root: Path) -> dict[str, str]:
    """Return each listed path with the reason why it cannot be read; empty if it can."""
    found: dict[str, str] = {}
    for one in open_archives(scan_folder(root)):
        try:
            read_found(one)
            found[one.source_path] = ""
        except RejectedFile as error:
            found[one.source_path] = str(error)
    return found


def _loop(path: Path) -> None:
    path.symlink_to(path.with_name("other"))
    path.with_name("other").symlink_to(path)


def _nowhere(path: Path) -> None:
    path.symlink_to(path.with_name("gone.txt"))


def _pipe(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("make", "reason"),
    [(_loop, "unreadable: a circular symbolic link"),
     (_nowhere, "unreadable: a broken symbolic link"),
     (_pipe, "unreadable: a pipe")],
)  # fmt: skip
def test_entries_that_are_not_files_are_refused_and_the_rest_is_read(
    make: object, reason: str, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT)
    make(tmp_path / "odd.txt")  # type: ignore[operator]
    found = reasons(tmp_path)
    assert found.pop("a.txt") == ""
    assert found.pop("odd.txt").startswith(reason)
    assert set(found) <= {"other"}


def test_a_file_dated_to_2300_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT)
    os.utime(tmp_path / "a.txt", (10_413_792_000, 10_413_792_000))
    (found,) = open_archives(scan_folder(tmp_path))
    assert read_found(found) == TEXT
    assert found.mtime_ns < 2**63


def test_folders_nested_deeper_than_calls_are_listed(tmp_path: Path) -> None:
    number = os.open(tmp_path, os.O_RDONLY)
    try:
        for _ in range(1_200):
            os.mkdir("a", dir_fd=number)
            inner = os.open("a", os.O_RDONLY, dir_fd=number)
            os.close(number)
            number = inner
    finally:
        os.close(number)
    (tmp_path / "b.txt").write_bytes(TEXT)
    try:
        assert [one.source_path for one in scan_folder(tmp_path)] == ["b.txt"]
    finally:  # shutil.rmtree recurses once per folder
        subprocess.run(["/bin/rm", "-rf", str(tmp_path / "a")], check=True)


def _raise_for(monkeypatch: pytest.MonkeyPatch, name: str, error: OSError) -> None:
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith(name):
            raise error
        return real(path)

    monkeypatch.setattr(folder.os, "scandir", scandir)


def test_an_unlistable_folder_is_listed_in_place_of_its_contents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "a.txt").write_bytes(TEXT)
    _raise_for(monkeypatch, "closed", PermissionError(13, "Permission denied"))
    assert reasons(tmp_path) == {
        "a.txt": "", "closed": "unreadable: the folder cannot be listed: Permission denied"
    }  # fmt: skip
    assert [one.is_folder for one in scan_folder(tmp_path)] == [False, True]


def test_the_reports_folder_itself_must_be_readable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "reports").mkdir()
    _raise_for(monkeypatch, "reports", PermissionError(13, "Permission denied"))
    with pytest.raises(PermissionError, match="reports"):
        scan_folder(tmp_path / "reports")


def test_a_folder_that_vanishes_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "going").mkdir()
    (tmp_path / "a.txt").write_bytes(TEXT)
    _raise_for(monkeypatch, "going", FileNotFoundError(2, "No such file or directory"))
    assert reasons(tmp_path) == {"a.txt": ""}


@pytest.mark.parametrize(
    ("error", "listed"), [(FileNotFoundError(2, "gone"), []), (OSError(5, "Input/output error"), ["b.txt"])]
)
def test_a_file_without_readable_attributes_is_refused_alone(
    error: OSError, listed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_bytes(TEXT)
    real = folder._look_at

    def look_at(entry: os.DirEntry[str], source_path: str, root: Path) -> FoundFile | None:
        if entry.name == "b.txt":
            raise error
        return real(entry, source_path, root)

    monkeypatch.setattr(folder, "_look_at", look_at)
    assert [one.source_path for one in scan_folder(tmp_path)] == ["a.txt", *listed]


@pytest.mark.parametrize("kind", ["pipe", "large", "folder", "link in a circle"])
def test_an_invalid_side_file_is_refused_at_once(kind: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT)
    side = tmp_path / "a.meta.json"
    if kind == "pipe":
        os.mkfifo(side)
    elif kind == "folder":
        side.mkdir()
    elif kind == "large":
        with side.open("wb") as file:
            file.truncate(LIMITS.side_bytes + 1)
    else:
        side.symlink_to(side)
    (found,) = open_archives(scan_folder(tmp_path))
    outcome: list[BaseException] = []

    def read() -> None:
        try:
            read_side_metadata(found)
        except RejectedFile as error:
            outcome.append(error)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(5)
    assert not thread.is_alive(), "it waits for what never comes"
    assert [str(error).split(":")[0] for error in outcome] == ["bad_side_file"]


def test_a_pipe_in_place_of_a_file_does_not_block(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT)
    (found,) = open_archives(scan_folder(tmp_path))
    (tmp_path / "a.txt").unlink()
    os.mkfifo(tmp_path / "a.txt")
    with pytest.raises(RejectedFile, match="unreadable"):
        read_found(found)
