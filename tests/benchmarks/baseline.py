"""The plain script that the pipeline is measured against: jieba.posseg, re, cn2an and pandas.

It is what one would write in an afternoon for the same work on the same files: read and decode,
find title, year and unit, split at headings, cut sentences, count words by section with their
parts of speech, look for themes, read numbers with their units, choose their indicator by nearby
words, and make data frames. It shares no code with the pipeline, only the reference tables. It is
slower *and* much less accurate; nothing is slow on purpose.

    python -m tests.benchmarks.baseline FOLDER COUNT

prints one JSON object: reports, seconds by the clock and of the processor (without loading), characters, figures.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import cn2an
import jieba.posseg
import pandas as pd
import yaml

REFERENCE_DIR = Path(__file__).resolve().parents[2] / "seeds" / "reference"
RULES_DIR = REFERENCE_DIR / "extract" / "rules"

_TAG = re.compile(r"<[^>]+>")
_HEADING = re.compile(r"^(?:([一二三四五六七八九十]+)、|（([一二三四五六七八九十]+)）|(\d+)[.、])(.*)$")
_SENTENCE = re.compile(r"[^。！？\n]+[。！？]?")
_YEAR = re.compile(r"(20\d\d)年")
_UNIT_NAME = re.compile(r"[一-鿿]{2,8}?(?:镇|乡|街道)")
_NUMBER = re.compile(
    r"(百分之)?([0-9][0-9,.]*|[一二两三四五六七八九十百千万亿零]+)(万|亿)?(余|多)?([一-鿿%]{1,3})"
)
_TYPES = (
    ("problems", "不足|问题|困难"),
    ("plans", "打算|计划|下一步|安排"),
    ("leadership", "第一责任人|履职|履行"),
)


def read_file(path: Path) -> str:
    """Return the text of a file in UTF-8 or GB18030, without the tags of web pages."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("gb18030")
    if path.suffix == ".html":
        text = unescape(_TAG.sub("\n", text))
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def split_sections(text: str) -> Iterator[tuple[str, str, str]]:
    """Return heading, type and text of each section."""
    heading, kind, lines = "", "preamble", []
    for line in text.split("\n"):
        match = _HEADING.match(line)
        if match is None:
            lines.append(line)
            continue
        yield heading, kind, "\n".join(lines)
        heading, lines = match[4].split("。")[0], [match[4]]
        if match[1]:
            kind = next((name for name, words in _TYPES if re.search(words, heading)), "achievements")
    yield heading, kind, "\n".join(lines)


def read_number(match: re.Match[str]) -> float | None:
    """Return the value of a printed number; None if cn2an cannot read it."""
    try:
        value = float(cn2an.cn2an(match[2].replace(",", ""), "smart"))
    except ValueError:
        return None
    return value * {"万": 1e4, "亿": 1e8}.get(match[3] or "", 1)


def load_indicators() -> list[tuple[str, list[str], set[str]]]:
    """Return id, words and units of each pattern of the catalogue."""
    groups = yaml.safe_load((RULES_DIR / "groups.yaml").read_text(encoding="utf-8"))
    indicators = []
    for path in sorted(RULES_DIR.glob("*.yaml")):
        if path.name == "groups.yaml":
            continue
        for rule_id, rule in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            words: list[str] = []
            for part in (part for line in rule["words"] for part in str(line).split("…")):
                words += map(str, groups[part[1:-1]]) if part.startswith("<") else [part]
            indicators.append((rule_id.rpartition(".")[0], words, set(map(str, rule["units"]))))
    return indicators


def load_themes() -> list[tuple[str, re.Pattern[str]]]:
    """Return id and expression of each theme."""
    table = pd.read_csv(REFERENCE_DIR / "segment" / "themes.csv", dtype=str, keep_default_na=False)
    return [
        (str(row.theme_id), re.compile(str(row.words).replace("…", "[^，。]{0,12}?")))
        for row in table.itertuples()
    ]


def run(paths: Iterable[Path]) -> dict[str, pd.DataFrame]:
    """Return the tables of all reports."""
    indicators, themes = load_indicators(), load_themes()
    documents: list[dict[str, Any]] = []
    sections: list[dict[str, Any]] = []
    terms: list[dict[str, Any]] = []
    mentions: list[dict[str, Any]] = []
    figures: list[dict[str, Any]] = []
    for path in paths:
        text = read_file(path)
        year, unit = _YEAR.search(text), _UNIT_NAME.search(text)
        documents.append({
            "report": path.stem, "text": text, "title": text.split("\n")[0],
            "year": int(year[1]) if year else None, "unit": unit[0] if unit else None,
        })  # fmt: skip
        for heading, kind, body in split_sections(text):
            sections.append({"report": path.stem, "heading": heading, "type": kind, "text": body})
            words: Counter[tuple[str, str]] = Counter(
                (pair.word, pair.flag) for pair in jieba.posseg.cut(body) if len(pair.word) > 1
            )
            terms += [
                {"report": path.stem, "type": kind, "term": word, "tag": tag, "occurrences": count}
                for (word, tag), count in words.items()
            ]
            for sentence in _SENTENCE.findall(body):
                mentions += [
                    {"report": path.stem, "type": kind, "theme": theme, "sentence": sentence}
                    for theme, expression in themes
                    if expression.search(sentence)
                ]
                for match in _NUMBER.finditer(sentence):
                    value = read_number(match)
                    if value is None:
                        continue
                    near = sentence[max(0, match.start() - 20) : match.end() + 15]
                    found = next(
                        (
                            name
                            for name, words_near, _ in indicators
                            if any(word in near for word in words_near)
                        ),
                        None,
                    )
                    figures.append({
                        "report": path.stem, "value": value, "unit": match[5], "surface": match[0],
                        "indicator": found, "sentence": sentence,
                    })  # fmt: skip
    frames = {
        "documents": documents,
        "sections": sections,
        "terms": terms,
        "themes": mentions,
        "figures": figures,
    }
    tables = {name: pd.DataFrame(rows) for name, rows in frames.items()}
    tables["terms"] = tables["terms"].groupby(["report", "type", "term", "tag"], as_index=False).sum()
    return tables


def main() -> None:
    """Measure COUNT files of FOLDER."""
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    paths = sorted(path for path in folder.rglob("*") if path.is_file())[:count]
    jieba.setLogLevel(logging.WARNING)
    list(jieba.posseg.cut("先把词典读进来"))  # loading is not measured
    started, cpu_started = time.perf_counter(), time.process_time()
    tables = run(paths)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
    result = {
        "reports": len(paths),
        "seconds": round(seconds, 3),
        "cpu_seconds": round(cpu_seconds, 3),
        "characters": int(tables["documents"]["text"].str.len().sum()),
        "figures": len(tables["figures"]),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
