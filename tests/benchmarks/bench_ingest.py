"""Reports per second and peak memory of the ingest stage, by format.

    python -m pytest tests/benchmarks/bench_ingest.py
    python tests/benchmarks/bench_ingest.py            # a table with memory

The report is ours and as long as the usual one, about 3,300 characters.
"""

from __future__ import annotations

import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "unit" / "ingest"))

from report_files import SAVED_AS  # noqa: E402

from orchestration.pipeline.identify.gazetteer import load_gazetteer  # noqa: E402
from orchestration.pipeline.identify.stage import identify_report  # noqa: E402
from orchestration.pipeline.ingest.clean import clean_text  # noqa: E402
from orchestration.pipeline.ingest.files import read_report  # noqa: E402
from orchestration.pipeline.ingest.page_words import load_ingest_reference  # noqa: E402

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
SAVED = {kind: save(REPORT) for kind, save in SAVED_AS.items()}


def ingest(data: bytes) -> None:
    """Everything the stage does with one file that is read already."""
    cleaned = clean_text(read_report(data, "report"), REFERENCE)
    identify_report(
        cleaned, report_id="0", source_path="report", side_metadata=None, gazetteer=load_gazetteer()
    )


@pytest.mark.parametrize("kind", SAVED)
def test_ingest_speed(benchmark: Any, kind: str) -> None:
    ingest(SAVED[kind])
    benchmark(ingest, SAVED[kind])


def main() -> None:
    """Print one line for each format."""
    load_gazetteer()
    print(f"report of {len(REPORT)} characters; reports per second on one core, peak memory of one report")
    for kind, data in SAVED.items():
        ingest(data)
        start, rounds = time.process_time(), 0
        while time.process_time() - start < 1.0:
            ingest(data)
            rounds += 1
        speed = rounds / (time.process_time() - start)
        tracemalloc.start()
        ingest(data)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        print(f"{kind:22} {speed:7.0f}/s {peak / 1024:8.0f} KiB")


if __name__ == "__main__":
    main()
