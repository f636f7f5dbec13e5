"""The wall between one report and all others: what raises for one becomes a row, and the rest goes on.

Only for errors that nobody foresaw. A file that a reader refuses raises `RejectedFile`; what
concerns all reports (a bad reference row, a full disk) must fail the run and stays outside.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from orchestration.pipeline.records import StageFailure

FAILED = "failed"  # reason code of files, and the input hash that makes the next run try again
_MAX_MESSAGE_CHARS = 300


def describe_error(error: Exception) -> str:
    """Type, message and innermost place of an error, on one line: `KeyError: 'x' (words.py:80 count_terms)`."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    message = " ".join(str(error).split())[:_MAX_MESSAGE_CHARS]
    # A message may quote bytes of the file that are not valid text; a table takes none.
    message = message.encode("utf-8", "backslashreplace").decode()
    return f"{type(error).__name__}: {message} ({Path(frame.filename).name}:{frame.lineno} {frame.name})"


@contextmanager
def recorded(failures: list[StageFailure], stage: str, report_id: str) -> Iterator[None]:
    """Whatever the block raises for this report becomes a row of `failures`."""
    try:
        yield
    except Exception as error:  # any bug: one report must not stop the others, and the row shows it
        failures.append(
            StageFailure(stage, report_id, describe_error(error), datetime.now(UTC).replace(tzinfo=None))
        )
