"""Measure OCR: texts rendered as scans at two resolutions, with and without a seal, against the texts themselves.

One run reads texts and scans; figures are compared in the raw tables, characters in the text read. Prints a
Markdown table. Needs the extra (`make ocr`) and a font with Chinese characters.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import duckdb

from orchestration.pipeline.ocr.pictures import render_pdf_page
from orchestration.pipeline.ocr.recognise import read_picture
from tests.benchmarks.render_scans import Scan, render_pages, write_pdf

_FIGURE = (
    "select value, unit, coalesce(indicator_id, ''), period, scope, qualifier from raw.quantities q "
    "join raw.reports r using (report_id) where r.source_name = ?"
)
_FOLDED = str.maketrans("（），：；！？％", "(),:;!?%")


def main() -> None:
    """Render, run, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", nargs="+", type=Path)
    parser.add_argument("--dpi", type=int, nargs="+", default=[150, 200])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        reports = folder / "reports"
        reports.mkdir()
        cases = [(dpi, seal) for dpi in options.dpi for seal in (False, True)]
        pages = 0
        for path in options.texts:
            text = path.read_text(encoding="utf-8")
            (reports / path.name).write_text(text, encoding="utf-8")
            for dpi, seal in cases:
                scan = Scan(dpi=dpi, seal=seal, header="政务公开材料")
                drawn = list(render_pages(text, scan))
                pages += len(drawn)
                (reports / _scan_name(path, dpi, seal)).write_bytes(write_pdf(drawn, scan))
        print(_measure_page(reports / _scan_name(options.texts[0], *cases[-1])))
        started = time.monotonic()
        _run(folder)
        print(f"{pages} pages, the run {time.monotonic() - started:.0f} s in all\n")
        print(
            "| dpi | seal | characters | read right | figures | found | lost or wrong | sure of text | queued |"
        )
        print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
        with duckdb.connect(str(folder / "data" / "fazhi.duckdb"), read_only=True) as connection:
            for dpi, seal in cases:
                print(_compare(connection, options.texts, dpi, seal))


def _scan_name(path: Path, dpi: int, seal: bool) -> str:
    return f"{path.stem}-{dpi}{'-seal' if seal else ''}.pdf"


def _run(folder: Path) -> None:
    environment = {
        **os.environ,
        "FAZHI_REPORTS": str(folder / "reports"),
        "FAZHI_DATA": str(folder / "data"),
        "FAZHI_OCR_SECONDS": "7200",
    }
    subprocess.run([sys.executable, "-m", "orchestration", "refresh"], env=environment, check=True)


def _measure_page(path: Path) -> str:
    """Measure processor time and memory of reading pages one after another in this process."""
    data = path.read_bytes()
    read_picture(render_pdf_page(data, 0))  # loads the models
    started = time.process_time()
    read_picture(render_pdf_page(data, 1))
    seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return f"a page: {seconds:.1f} s of processor time, the process {peak} MB"


def _compare(connection: duckdb.DuckDBPyConnection, texts: list[Path], dpi: int, seal: bool) -> str:
    chars = wrong_chars = figures = lost = queued = 0
    sure: list[float] = []
    for path in texts:
        name = _scan_name(path, dpi, seal)
        raw, confidence, unsure = connection.execute(
            "select r.raw_text, d.text_confidence, (select count(*) from raw.quantities q "
            "where q.report_id = r.report_id and q.ocr_confidence < 0.9) "
            "from raw.reports r join raw.documents d using (report_id) where r.source_name = ?",
            [name],
        ).fetchall()[0]
        printed, read = (_bare(text) for text in (path.read_text(encoding="utf-8"), raw))
        chars += len(printed)
        wrong_chars += sum(
            max(i2 - i1, j2 - j1)
            for kind, i1, i2, j1, j2 in difflib.SequenceMatcher(None, printed, read, False).get_opcodes()
            if kind != "equal"
        )
        expected = Counter(connection.execute(_FIGURE, [path.name]).fetchall())
        found = Counter(connection.execute(_FIGURE, [name]).fetchall())
        figures += expected.total()
        lost += max((expected - found).total(), (found - expected).total())
        for row in (expected - found) | (found - expected):
            print(f"  {name}: {'lost' if row in expected else 'wrong'} {row}", file=sys.stderr)
        sure.append(confidence)
        queued += unsure
    return (
        f"| {dpi} | {'yes' if seal else 'no'} | {chars:,} | {100 - 100 * wrong_chars / chars:.2f} % | {figures} "
        f"| {figures - lost} | {lost} | {min(sure):.3f} to {max(sure):.3f} | {queued} |"
    )


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text).translate(_FOLDED)


if __name__ == "__main__":
    main()
