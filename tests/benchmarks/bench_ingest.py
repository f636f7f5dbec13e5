"""Reports per second and peak memory of the ingest stage, by format.

    python -m pytest tests/benchmarks/bench_ingest.py
    python -m tests.benchmarks.bench_ingest            # a table with memory

The report is ours and of usual length, about 3,300 characters. Speeds are also given as ratios to plain UTF-8
text, measured in turns with it, so that a busy machine changes them little. Files that need LibreOffice are read once.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any

import openpyxl
import pytest

from orchestration.pipeline.identify.gazetteer import load_gazetteer
from orchestration.pipeline.identify.stage import identify_report
from orchestration.pipeline.ingest.clean import clean_text
from orchestration.pipeline.ingest.files import read_report
from orchestration.pipeline.ingest.page_words import load_ingest_reference
from orchestration.pipeline.readers.converters import convert_office, find_office
from tests.resilience.hostile_office import rtf
from tests.unit.ingest.readers.report_files import SAVED_AS

ROOT = Path(__file__).resolve().parents[2]

REFERENCE = load_ingest_reference(ROOT / "seeds" / "reference")
_PARAGRAPH = (
    "（{n}）压实工作责任，提升治理水平。我镇坚持把法治建设摆在重要位置，全年组织集中学法{n}次，开展执法检查{n}5次，"
    "办理一般程序案件{n}件，调解矛盾纠纷{n}8件，化解率达98.6%，发放宣传资料{n}000余份，受理群众咨询{n}20人次。"
)
REPORT = (
    "铜梁区太平镇2023年法治政府建设情况报告\n2023年，太平镇推进法治政府建设，现将情况报告如下：\n"
    + "\n".join(
        f"{heading}\n" + "\n".join(_PARAGRAPH.format(n=n) for n in range(1, 10))
        for heading in ("一、主要举措和成效", "二、存在的不足和原因", "三、2024年工作打算")
    )
)


def as_xlsx(text: str) -> bytes:
    """Return a workbook with one row per line."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in text.splitlines():
        book.active.append([line])
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def saved_by_office() -> Iterator[tuple[str, bytes]]:
    """Yield the Word document and the workbook as LibreOffice saves them; nothing if it is not installed."""
    office = find_office()
    if office is not None:
        for source, ending, target in ((SAVED["docx"], "docx", "doc"), (SAVED["xlsx"], "xlsx", "xls")):
            yield f"{target} by LibreOffice", convert_office(office, source, ending, target)


SAVED = {kind: save(REPORT) for kind, save in SAVED_AS.items()} | {
    "rtf": rtf(REPORT),
    "xlsx": as_xlsx(REPORT),
}
BASELINE = "utf-8"
_ROUNDS = 15


def ingest(data: bytes) -> None:
    """Do everything that the stage does with the bytes of one file."""
    cleaned = clean_text(read_report(data, "report"), REFERENCE)
    identify_report(
        cleaned, report_id="0", source_path="report", side_metadata=None, gazetteer=load_gazetteer()
    )


@pytest.mark.parametrize("kind", SAVED)
def test_ingest_speed(benchmark: Any, kind: str) -> None:
    ingest(SAVED[kind])
    benchmark(ingest, SAVED[kind])


def measure(data: bytes) -> float:
    """Return the processor seconds of one file, the least of three."""
    ingest(data)
    seconds = []
    while len(seconds) < 3:
        start = time.process_time()
        ingest(data)
        seconds.append(time.process_time() - start)
    return min(seconds)


def main() -> None:
    """Print one line per format."""
    load_gazetteer()
    print(f"report of {len(REPORT)} characters; one core, peak memory of one report")
    for kind, data in SAVED.items():
        pairs = [(measure(data), measure(SAVED[BASELINE])) for _ in range(_ROUNDS)]
        ratio = median(mine / base for mine, base in pairs)
        tracemalloc.start()
        ingest(data)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        speed = 1 / median(mine for mine, _ in pairs)
        print(f"{kind:22} {speed:7.0f}/s  {ratio:6.2f} times the time of {BASELINE}  {peak / 1024:8.0f} KiB")
    for kind, data in saved_by_office():
        start = time.perf_counter()
        ingest(data)
        print(f"{kind:22} {1 / (time.perf_counter() - start):7.2f}/s by the clock")


if __name__ == "__main__":
    main()
