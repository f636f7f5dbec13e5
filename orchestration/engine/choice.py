"""The engine that the settings name. A new engine is one module and a branch here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from orchestration.engine.base import Engine
from orchestration.engine.processes import ProcessesEngine
from orchestration.settings import Settings


@contextmanager
def open_engine(settings: Settings, log: Callable[[str], None]) -> Iterator[Engine]:
    """The engine of an installation, for the time of the block.

    Args:
        settings: how many processes, and more.
        log: receives lines of progress.
    """
    with ProcessesEngine(settings.workers, log) as engine:
        yield engine
