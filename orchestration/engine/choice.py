"""Selects the engine that the settings name. A new engine is a module and a branch here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from orchestration.settings import PROCESSES, Settings

if TYPE_CHECKING:
    from orchestration.engine.base import Engine


def require_engine(settings: Settings) -> None:
    """Refuse an engine whose library is not installed.

    Raises:
        ValueError: with the command that installs it.
    """
    if settings.engine != PROCESSES and find_spec("distributed") is None:
        raise ValueError(
            f"FAZHI_ENGINE={settings.engine} needs Dask: `make dask` installs it (请先运行 make dask 安装 Dask)"
        )


@contextmanager
def open_engine(settings: Settings, log: Callable[[str], None]) -> Iterator[Engine]:
    """Open the engine of an installation for the duration of the block.

    Args:
        settings: which engine, how many processes, how files reach other machines.
        log: receives progress messages.

    Raises:
        ValueError: its library is not installed.
    """
    if settings.engine == PROCESSES:
        from orchestration.engine.processes import ProcessesEngine

        with ProcessesEngine(settings.workers, log) as processes:
            yield processes
        return
    require_engine(settings)
    from orchestration.engine.dask import DaskEngine

    with DaskEngine(settings.scheduler, settings.workers, settings.data, settings.shares_files, log) as dask:
        yield dask
