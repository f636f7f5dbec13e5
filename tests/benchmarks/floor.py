"""The least work that such a pipeline must do, as the yardstick for ours: machines drift, the ratio does not.

Text: as many processes as the pipeline has read each file, cut it into words once with rjieba and search it once
for figures. Marts: DuckDB reads all of them and writes them once.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import rjieba

from orchestration.warehouse.connection import literal

_FIGURE = re.compile(r"[0-9〇一二三四五六七八九十百千万亿]+(?:\.[0-9]+)?")
_CHUNK = 64


def measure_text(reports: Path, workers: int) -> float:
    """Return reports per second, once the processes have loaded their dictionaries."""
    files = sorted(path for path in reports.rglob("*") if path.is_file())
    chunks = [files[first : first + _CHUNK] for first in range(0, len(files), _CHUNK)]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        list(pool.map(_read_cut_search, [files[:1]] * 4 * workers))
        started = time.perf_counter()
        list(pool.map(_read_cut_search, chunks))
        return len(files) / (time.perf_counter() - started)


def measure_marts(published: Path) -> float:
    """Return the seconds to read all marts of a published copy and write them into another file."""
    with TemporaryDirectory(prefix="fazhi-floor-") as folder, duckdb.connect(f"{folder}/copy.duckdb") as copy:
        copy.execute(f"attach {literal(published)} as published (read_only)")
        marts = copy.execute(
            "select table_name from information_schema.tables "
            "where table_catalog = 'published' and table_schema = 'marts'"
        ).fetchall()
        started = time.perf_counter()
        for (name,) in marts:
            copy.execute(f'create table "{name}" as from published.marts."{name}"')
        return time.perf_counter() - started


@cache
def _segmenter() -> rjieba.Jieba:
    return rjieba.Jieba()


def _read_cut_search(paths: Sequence[Path]) -> int:
    """Return the number of words and figures in some files; nobody uses their values."""
    found = 0
    for path in paths:
        text = path.read_bytes().decode("utf-8", errors="replace")
        found += len(_segmenter().cut(text, False)) + len(_FIGURE.findall(text))
    return found
