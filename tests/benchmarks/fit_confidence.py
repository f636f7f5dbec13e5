"""Fit the confidence of indicators on hand-labelled reports, and measure how reliable it is.

    python -m tests.benchmarks.fit_confidence REPORTS GOLD [REPORTS GOLD …] [--reference DIR]
        [--also REPORTS GOLD DIR]… [--write]

REPORTS is a folder of text files, GOLD a folder with the hand-made quantities.csv and reports.csv. Use a
`--reference` whose rules nobody tuned to these reports: with tuned rules the result is overconfident.
`--also` adds reports that are read with the rules of another DIR: those of the day before anybody looked
at the reports. The fit is an isotonic regression of "is right" on the margin, in steps of at least
MIN_FIGURES figures, cross-validated over reports. `--write` replaces confidence.csv.
"""

from __future__ import annotations

import argparse
import csv
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from orchestration.pipeline.extract.assignment import assign_indicators
from orchestration.pipeline.extract.catalogue import Catalogue, load_catalogue
from orchestration.pipeline.extract.stage import SegmentedText, read_report
from orchestration.pipeline.ingest.clean import clean_text
from orchestration.pipeline.ingest.page_words import load_ingest_reference
from orchestration.pipeline.readers.base import ReadText, RejectedFile
from orchestration.pipeline.segment.headings import load_heading_rules
from orchestration.pipeline.segment.outline import split_sections
from orchestration.pipeline.segment.sentences import split_sentences

REFERENCE_DIR = Path(__file__).resolve().parents[2] / "seeds" / "reference"
MIN_FIGURES = 30
FOLDS = 5
HIGHEST = 0.99  # the labels themselves are not more reliable than this


class Judged(NamedTuple):
    """A labelled figure: its report, its indicator's margin (None: no indicator), whether that is right."""

    report: str
    margin: float | None
    is_right: bool


class Step(NamedTuple):
    """A step from this margin upwards: its number of figures, and how many of them are right."""

    margin_from: float
    figures: int
    right: int

    @property
    def probability(self) -> float:
        """Share that is right, with one right and one wrong figure added (Laplace smoothing)."""
        return min((self.right + 1) / (self.figures + 2), HIGHEST)


def normalise(text: str) -> str:
    """Return text in NFKC without white space, so that two readings compare equal."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def judge_reports(reports: Path, gold: Path, catalogue: Catalogue) -> Iterator[Judged]:
    """Compare the indicators of labelled figures with their labels."""
    labels: dict[str, list[dict[str, str]]] = {}
    for row in read_rows(gold / "quantities.csv"):
        labels.setdefault(row["report"], []).append(row)
    years = {row["report"]: row.get("report_year", "") for row in read_rows(gold / "reports.csv")}
    ingest, headings = load_ingest_reference(REFERENCE_DIR), load_heading_rules(REFERENCE_DIR)
    for name, rows in labels.items():
        path = reports / f"{name}.txt"
        raw = ReadText(path.read_text(encoding="utf-8-sig"), "text/plain", "text/1")
        try:
            text = clean_text(raw, ingest).text
        except RejectedFile as error:  # an excerpt too short to be a report has no figures to judge
            print(f"{path}: {error}")
            continue
        sections = split_sections(name, text, headings)
        year = int(years[name]) if years.get(name, "").isdigit() else None
        report = SegmentedText(name, text, sections, split_sentences(name, text, sections), year)
        found = [
            (assigned.reading.figure, normalise(text[: assigned.reading.figure.end]), match)
            for place, readings in read_report(report, catalogue)
            for assigned in assign_indicators(place, readings, catalogue)
            for _, match in assigned.rows
        ]
        for row in rows:
            end, value = normalise(row["quote"])[-8:], float(row["value"])
            near = [
                m
                for f, before, m in found
                if abs(f.value - value) < 1e-6 and before[-60:].find(end[-6:]) >= 0
            ]
            if near:
                allowed = row["indicator"].split("|")
                yield min(
                    (
                        Judged(f"{reports}/{name}", m and m.margin, (m.indicator_id if m else "") in allowed)
                        for m in near
                    ),
                    key=lambda judged: not judged.is_right,
                )


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV; none if the file does not exist."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fit_steps(judged: Sequence[Judged]) -> list[Step]:
    """Fit an isotonic regression by pooling adjacent violators, in steps of MIN_FIGURES or more."""
    ordered = sorted((j.margin, j.is_right) for j in judged if j.margin is not None)
    blocks: list[Step] = []
    for start in range(0, len(ordered), MIN_FIGURES):
        part = ordered[start : start + MIN_FIGURES]
        blocks.append(Step(part[0][0], len(part), sum(right for _, right in part)))
    pooled: list[Step] = []
    for block in blocks:
        pooled.append(block)
        while len(pooled) > 1 and (
            pooled[-1].probability <= pooled[-2].probability or pooled[-1].figures < MIN_FIGURES
        ):
            last, before = pooled.pop(), pooled.pop()
            pooled.append(Step(before.margin_from, before.figures + last.figures, before.right + last.right))
    return [pooled[0]._replace(margin_from=min(pooled[0].margin_from, 0.0)), *pooled[1:]]


def estimate(steps: Sequence[Step], margin: float) -> float:
    """Return the probability that `steps` give to a margin."""
    return max(
        (step for step in steps if step.margin_from <= max(margin, steps[0].margin_from)),
        key=lambda step: step.margin_from,
    ).probability


def cross_validate(judged: Sequence[Judged]) -> list[tuple[float, bool]]:
    """Return (probability, is right) of each figure, by steps fitted on other reports."""
    matched = [j for j in judged if j.margin is not None]
    names = sorted({j.report for j in matched})
    fold_of = {name: number % FOLDS for number, name in enumerate(names)}
    result = []
    for fold in range(FOLDS):
        steps = fit_steps([j for j in matched if fold_of[j.report] != fold])
        result += [
            (estimate(steps, j.margin), j.is_right)
            for j in matched
            if fold_of[j.report] == fold and j.margin is not None
        ]
    return result


def describe(pairs: Sequence[tuple[float, bool]]) -> str:
    """Return a reliability table in Markdown, with the Brier scores of the probabilities and of a constant one."""
    lines = ["| confidence | figures | mean confidence | share right |", "|---|---|---|---|"]
    for low, high in ((0, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 1.0)):
        part = [(p, right) for p, right in pairs if low <= p < high]
        if part:
            mean, share = (sum(x) / len(part) for x in zip(*part, strict=True))
            lines.append(f"| {low} to {high} | {len(part)} | {mean:.3f} | {share:.3f} |")
    base = sum(right for _, right in pairs) / len(pairs)
    brier = sum((p - right) ** 2 for p, right in pairs) / len(pairs)
    lines.append(f"\nBrier score {brier:.4f}; one probability for all: {base * (1 - base):.4f}")
    return "\n".join(lines)


def write_table(path: Path, steps: Sequence[Step], unmatched: Step) -> None:
    """Write confidence.csv."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["margin_from", "probability", "figures", "right"])
        for name, step in [("none", unmatched), *((f"{step.margin_from:.3g}", step) for step in steps)]:
            writer.writerow([name, f"{step.probability:.3f}", step.figures, step.right])


def main() -> None:
    """Fit, cross-validate and print; see the module's docstring."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path, metavar="REPORTS GOLD")
    parser.add_argument("--reference", type=Path, default=REFERENCE_DIR)
    parser.add_argument("--also", nargs=3, type=Path, action="append", default=[])
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    pairs = zip(options.folders[::2], options.folders[1::2], strict=True)
    sets = [*((reports, gold, options.reference) for reports, gold in pairs), *options.also]
    judged = [j for reports, gold, rules in sets for j in judge_reports(reports, gold, load_catalogue(rules))]
    bare = [j for j in judged if j.margin is None]
    steps, unmatched = fit_steps(judged), Step(0.0, len(bare), sum(j.is_right for j in bare))
    print(describe(cross_validate(judged)))
    print(f"without an indicator: {unmatched.right} of {unmatched.figures} rightly so")
    for step in steps:
        print(f"margin from {step.margin_from:.3f}: {step.probability:.3f} ({step.right} of {step.figures})")
    if options.write:
        write_table(REFERENCE_DIR / "extract" / "confidence.csv", steps, unmatched)


if __name__ == "__main__":
    main()
