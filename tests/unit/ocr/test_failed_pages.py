"""What happens to a page without a result."""

from __future__ import annotations

import pytest

from orchestration.engine.base import End
from orchestration.engine.recognition import PAGE_WORK, PageTask
from orchestration.pipeline.ingest.folder import FoundFile

TASK = PageTask(FoundFile("a.pdf", 1, 0, "a.pdf"), "a" * 64, 2)


@pytest.mark.parametrize("end", [End.CRASHED, End.TIMED_OUT])
def test_a_page_that_breaks_its_reader_is_kept_as_unreadable(end: End) -> None:
    result = PAGE_WORK.on_failure(TASK, "it broke", end)
    assert result is not None
    assert (result.content_sha256, result.index, result.page, result.error) == ("a" * 64, 2, None, "it broke")


def test_a_page_whose_process_was_killed_waits_for_the_next_run() -> None:
    assert PAGE_WORK.on_failure(TASK, "it ended the process that worked on it (SIGKILL)", End.KILLED) is None
