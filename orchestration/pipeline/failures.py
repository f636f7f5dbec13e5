"""Isolation of reports: an error on one report becomes a row, and the others continue.

Only for unexpected errors. A file that a reader refuses raises `RejectedFile`; errors that
concern all reports (a bad reference row, a full disk) must fail the run and are not caught here.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from orchestration.pipeline.records import StageFailure

FAILED = "failed"  # reason code of files, and the input hash that makes the next run retry
_MAX_MESSAGE_CHARS = 300


def describe_error(error: Exception) -> str:
    """Return type, message and place of an error on one line: `KeyError: 'x' (words.py:80 count_terms)`."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    message = " ".join(str(error).split())[:_MAX_MESSAGE_CHARS]
    # A message may quote bytes of the file that are not valid text; a table cannot store them.
    message = message.encode("utf-8", "backslashreplace").decode()
    return f"{type(error).__name__}: {message} ({Path(frame.filename).name}:{frame.lineno} {frame.name})"


@contextmanager
def recorded(failures: list[StageFailure], stage: str, report_id: str) -> Iterator[None]:
    """Turn any exception of the block into a row of `failures` for this report."""
    try:
        yield
    except Exception as error:  # any bug: one report must not stop the others, and the row records it
        failures.append(
            StageFailure(stage, report_id, describe_error(error), datetime.now(UTC).replace(tzinfo=None))
        )
