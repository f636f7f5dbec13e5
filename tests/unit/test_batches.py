"""Chunks are worked on in order, here or in processes, with progress in words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orchestration.batches import Chunk, run_chunks


def prepare_doubling(factor: int) -> Callable[[list[int]], list[int]]:
    def work(numbers: list[int]) -> list[int]:
        if -1 in numbers:
            raise ValueError("a number below zero")
        return [factor * number for number in numbers]

    return work


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_order(workers: int) -> None:
    lines: list[str] = []
    chunks = (Chunk(100, list(range(start, start + 100))) for start in range(0, 1000, 100))
    results = run_chunks(
        prepare_doubling, (2,), chunks, total=1000, workers=workers, log=lines.append, label="double"
    )
    assert [number for result in results for number in result] == list(range(0, 2000, 2))
    assert lines[-1].startswith("double: 1,000 of 1,000 files, ")


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_in_a_worker_reaches_the_caller(workers: int) -> None:
    chunks = [Chunk(1000, [1]), Chunk(1000, [-1])]
    with pytest.raises(ValueError, match="below zero"):
        list(
            run_chunks(
                prepare_doubling, (2,), chunks, total=2000, workers=workers, log=lambda _: None, label=""
            )
        )
