"""Engines get files in chunks small enough for any machine and network."""

from __future__ import annotations

from lzma import LZMAError

from orchestration.assets.ingest import chunk_files
from orchestration.engine.base import End
from orchestration.engine.tasks import INGEST_WORK
from orchestration.pipeline.ingest.files import FetchedFile
from orchestration.pipeline.ingest.folder import FoundFile

MEGABYTE = 1024**2


def listed(*sizes: int) -> list[FoundFile]:
    return [FoundFile(f"{number:03}.pdf", size, 0, "") for number, size in enumerate(sizes)]


def test_chunks_of_files_are_bounded_in_number_and_bytes() -> None:
    few = list(chunk_files(listed(*[1000] * 130)))
    assert [(chunk.count, chunk.size) for chunk in few] == [(64, 64_000), (64, 64_000), (2, 2_000)]
    files = listed(*[6 * MEGABYTE] * 5, 60 * MEGABYTE, 1)
    large = list(chunk_files(files))
    assert [chunk.count for chunk in large] == [2, 2, 1, 1, 1]
    assert [file for chunk in large for file in chunk.payload] == files
    assert list(chunk_files([])) == []


def test_a_file_that_is_given_up_and_cannot_be_read_again_keeps_its_reason() -> None:
    (found,) = listed(10)
    tables = INGEST_WORK.on_failure(
        [FetchedFile(found, LZMAError("damaged"), None)], "it crashed", End.CRASHED
    )
    (row,) = tables["files"].to_pylist()
    assert (row["source_path"], row["content_sha256"]) == ("000.pdf", None)
    assert (row["status"], row["reason"]) == ("rejected", "breaks_reader: it crashed")
