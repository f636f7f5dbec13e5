"""Speed of the segment stage, and of rjieba against jieba: `pytest tests/benchmarks/bench_segment.py`.

The text consists of our own sentences in the shape of a report of some 3,300 characters.
"""

from __future__ import annotations

from pathlib import Path

import jieba
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from orchestration.pipeline.segment.outline import split_sections
from orchestration.pipeline.segment.sentences import split_sentences
from orchestration.pipeline.segment.stage import SegmentReference, load_segment_reference, segment_report
from orchestration.pipeline.segment.themes import find_theme_mentions
from orchestration.pipeline.segment.words import count_terms, segment_words

REFERENCE_DIR = Path(__file__).parents[2] / "seeds" / "reference"
LENGTH = 3_300


def make_report() -> str:
    """Return a report of four parts, ten themes and some sixty sentences."""
    topics = ["普法宣传", "行政执法", "矛盾纠纷", "政务公开", "法律顾问", "营商环境", "信访工作", "学法用法"]
    lines = ["云溪镇2024年法治政府建设情况报告", "现将有关情况报告如下："]
    for number, title in zip(
        "一二三四",
        ["主要举措和成效", "党政主要负责人履行第一责任人职责情况", "存在的不足和原因", "2025年工作打算"],
        strict=True,
    ):
        lines.append(f"{number}、{title}")
        for item, topic in zip("一二三四五六七八", topics, strict=True):
            lines.append(
                f"（{item}）把{topic}抓在经常。一是排好日程，每月碰头{len(lines)}次，难题当场商量。"
                f"二是落实到人，聘请律师参与{topic}，审查合同{len(lines) * 3}份，群众满意率98.5%。"
            )
    return "\n".join(lines)


@pytest.fixture(scope="module")
def reference() -> SegmentReference:
    return load_segment_reference(REFERENCE_DIR)


@pytest.fixture(scope="module")
def text() -> str:
    text = make_report()
    return (text + "\n" + text)[:LENGTH]


def test_whole_stage(benchmark: BenchmarkFixture, text: str, reference: SegmentReference) -> None:
    report = benchmark(segment_report, "r", text, reference)
    assert len(report.sections) > 30


def test_outline(benchmark: BenchmarkFixture, text: str, reference: SegmentReference) -> None:
    assert benchmark(split_sections, "r", text, reference.headings)


def test_sentences(benchmark: BenchmarkFixture, text: str, reference: SegmentReference) -> None:
    assert benchmark(split_sentences, "r", text, split_sections("r", text, reference.headings))


def test_terms(benchmark: BenchmarkFixture, text: str, reference: SegmentReference) -> None:
    assert benchmark(count_terms, split_sections("r", text, reference.headings), reference.words)


def test_themes(benchmark: BenchmarkFixture, text: str, reference: SegmentReference) -> None:
    sections = split_sections("r", text, reference.headings)
    sentences = split_sentences("r", text, sections)
    assert benchmark(find_theme_mentions, text, sections, sentences, reference.themes)


def test_tokens_by_rjieba(benchmark: BenchmarkFixture, text: str, reference: SegmentReference) -> None:
    assert benchmark(segment_words, text, reference.words)


def test_tokens_by_jieba(benchmark: BenchmarkFixture, text: str) -> None:
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    assert benchmark(lambda: list(tokenizer.cut(text, HMM=False)))


def test_loading(benchmark: BenchmarkFixture) -> None:
    assert benchmark(load_segment_reference, REFERENCE_DIR).themes
