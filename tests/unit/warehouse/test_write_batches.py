"""A thread writes batches one after another while the next chunks are processed."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import duckdb
import pyarrow as pa
import pytest

from orchestration.assets.common import CHUNKS_PER_WRITE, write_batches


def count_up(batches: int, asked: Event | None = None) -> Iterator[dict[str, pa.Table]]:
    """Yield one row per chunk; set `asked` when the second batch begins."""
    for number in range(batches * CHUNKS_PER_WRITE):
        if asked and number == CHUNKS_PER_WRITE:
            asked.set()
        yield {"rows": pa.table({"number": [number]})}


def test_a_batch_is_written_while_the_next_one_is_processed() -> None:
    asked, sizes, numbers = Event(), [], []

    def write(rows: dict[str, pa.Table]) -> None:
        assert asked.wait(timeout=10)
        sizes.append(rows["rows"].num_rows)
        numbers.extend(rows["rows"]["number"].to_pylist())

    write_batches(duckdb.connect(), count_up(3, asked), write)
    assert sizes == [CHUNKS_PER_WRITE] * 3
    assert numbers == list(range(3 * CHUNKS_PER_WRITE))


@pytest.mark.parametrize("batches", [1, 3])
def test_an_error_of_a_write_is_raised_and_stops_writing(batches: int) -> None:
    tried = []

    def write(rows: dict[str, pa.Table]) -> None:
        tried.append(rows["rows"].num_rows)
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_batches(duckdb.connect(), count_up(batches), write)
    assert tried == [CHUNKS_PER_WRITE]
