"""Sending to a worker process does not block every 64 KB, and works where pipes cannot be enlarged."""

from __future__ import annotations

import sys
import threading

import pytest

if sys.platform == "win32":
    pytest.skip("no fork server on Windows", allow_module_level=True)

import fcntl

from orchestration.engine.pipes import PIPE_BYTES, WidePipesContext


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has pipes whose size can be set")
def test_half_a_megabyte_is_taken_before_anyone_reads() -> None:
    reader, writer = WidePipesContext().Pipe(duplex=False)
    sender = threading.Thread(target=writer.send_bytes, args=(bytes(PIPE_BYTES // 2),), daemon=True)
    sender.start()
    sender.join(timeout=20)
    assert not sender.is_alive()
    assert len(reader.recv_bytes()) == PIPE_BYTES // 2


def test_a_pipe_that_cannot_be_enlarged_still_works(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError("too many pages in pipes of this user")

    monkeypatch.setattr(fcntl, "fcntl", refuse)
    reader, writer = WidePipesContext().Pipe(duplex=False)
    writer.send("一块")
    assert reader.recv() == "一块"
