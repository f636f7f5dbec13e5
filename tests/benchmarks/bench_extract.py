"""Speed of the extract stage: `pytest tests/benchmarks/bench_extract.py --benchmark-enable`.

The reports consist of labelled sentences, so that figures are as dense as in real ones: some 3,300
characters and 40 figures each.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from orchestration.pipeline.extract.catalogue import Catalogue, load_catalogue
from orchestration.pipeline.extract.stage import SegmentedText, extract_reports
from orchestration.pipeline.segment.headings import load_heading_rules
from orchestration.pipeline.segment.outline import split_sections
from orchestration.pipeline.segment.sentences import split_sentences

ROOT = Path(__file__).parents[2]
REFERENCE_DIR = ROOT / "seeds" / "reference"
FIXTURE = ROOT / "tests" / "fixtures" / "extract" / "labelled_sentences.csv"
REPORTS = 20
SENTENCES_WITH_FIGURES = 20
PADDING = "坚持依法办事，压实各方责任，推动各项任务落地见效，不断提升基层治理的水平和群众的满意程度。" * 3


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(REFERENCE_DIR)


@pytest.fixture(scope="module")
def reports() -> list[SegmentedText]:
    with FIXTURE.open(encoding="utf-8", newline="") as file:
        labelled = list(dict.fromkeys(row["sentence"] for row in csv.DictReader(file) if row["surface"]))
    rules = load_heading_rules(REFERENCE_DIR)
    made = []
    for number in range(REPORTS):
        start = number * SENTENCES_WITH_FIGURES % (len(labelled) - SENTENCES_WITH_FIGURES)
        body = "\n".join(s + PADDING for s in labelled[start : start + SENTENCES_WITH_FIGURES])
        text = f"某镇2024年度法治政府建设情况报告\n一、主要举措和成效\n{body}\n"
        sections = split_sections("r", text, rules)
        sentences = split_sentences("r", text, sections)
        made.append(SegmentedText(f"r{number}", text, sections, sentences, 2024))
    return made


def test_extract_speed(
    benchmark: BenchmarkFixture, catalogue: Catalogue, reports: list[SegmentedText]
) -> None:
    found = benchmark(extract_reports, reports, catalogue)
    assert len(found) > 30 * REPORTS
    if benchmark.stats is not None:
        benchmark.extra_info["reports_per_second"] = REPORTS / benchmark.stats.stats.median


def test_catalogue_loading_speed(benchmark: BenchmarkFixture) -> None:
    assert benchmark(load_catalogue, REFERENCE_DIR).patterns
