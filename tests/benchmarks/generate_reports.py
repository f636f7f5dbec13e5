"""Realistic reports in our own wording, with the truth about each of them.

    python -m tests.benchmarks.generate_reports --count 2000 --out DIR --seed 1

writes DIR/reports/NNN/rNNNNNN.txt (or .html) and DIR/truth/{reports,sections,quantities}.csv,
the latter in the form of the hand-made gold that a warehouse is scored against. The same
seed, catalogue and gazetteer give the same bytes; report i does not depend on the count.

The words are in two tables next to this file, so that a phrasing can be added without code:
`phrasings.csv` (sentences with figures; README.md describes the slots) and `prose.csv`
(headings and sentences without figures). The generator decides layout, numbers and
consistency; of the pipeline it uses only the gazetteer.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from orchestration.pipeline.identify.gazetteer import load_gazetteer
from orchestration.pipeline.records import Township
from tests.benchmarks.generated_figures import Phrasing, compile_phrasing
from tests.benchmarks.generated_report import GeneratedReport, Words, write_report

HERE = Path(__file__).resolve().parent
REFERENCE_DIR = HERE.parents[1] / "seeds" / "reference"
UNIT_TYPES = frozenset(("镇", "乡", "民族乡", "街道", "苏木"))
MIN_PHRASINGS = 4  # per indicator

REPORT_COLUMNS = (
    "report", "title", "unit_name", "unit_type", "county_name", "county_code", "city_name", "province_name",
    "report_year", "published_on", "document_date",
)  # fmt: skip
SECTION_COLUMNS = ("report", "level", "ordinal", "heading", "section_type")
QUANTITY_COLUMNS = ("report", "quote", "surface", "value", "unit", "qualifier", "period", "indicator")


def iter_reports(
    count: int,
    seed: int,
    townships: Sequence[Township] | None = None,
    years: int = 3,
    last_year: int = 2025,
    start: int = 0,
) -> Iterator[GeneratedReport]:
    """Return an iterator over reports `start` to `start + count` of a seed; errors are raised at once.

    Args:
        count: Number of reports.
        seed: The same seed gives the same reports.
        townships: Those that report; by default the gazetteer's towns, townships and sub-districts.
        years: Successive years per township, ending in `last_year`.
        last_year: The latest year reported on.
        start: Number of the first report.

    Raises:
        ValueError: There are fewer townships and years than reports, or a table is malformed.
    """
    townships = load_gazetteer().townships if townships is None else townships
    # The gazetteer has a few 街道 whose name is an office's: 西街办事处街道.
    places = [p for p in townships if p.unit_type in UNIT_TYPES and "办事处" not in p.unit_name]
    if start + count > len(places) * years:
        raise ValueError(f"{start + count} reports need more than {len(places)} townships and {years} years")
    random.Random(seed).shuffle(places)
    pairs = Counter((p.county_name, p.unit_name) for p in places)
    counties = Counter(name for name, _ in {(p.county_name, p.county_code) for p in places})
    words = _load_words(HERE, REFERENCE_DIR)

    def write(number: int) -> GeneratedReport:
        place = places[number // years]
        is_plain = (
            pairs[place.county_name, place.unit_name] == 1
            and counties[place.county_name] == 1
            and len(place.county_name) > 2
        )
        rng = random.Random(seed * 1_000_003 + number)
        return write_report(f"r{number:06d}", rng, words, place, last_year - number % years, is_plain)

    return map(write, range(start, start + count))


def generate_reports(
    count: int,
    seed: int,
    folder: Path,
    townships: Sequence[Township] | None = None,
    years: int = 3,
    last_year: int = 2025,
) -> int:
    """Write a corpus: `folder/reports/**` and the truth in `folder/truth/*.csv`.

    Returns:
        The number of figures in the reports.

    Raises:
        ValueError: As for `iter_reports`.
        FileExistsError: The folder already holds reports; two corpora must not mix.
    """
    made = iter_reports(count, seed, townships, years, last_year)
    reports, truth = folder / "reports", folder / "truth"
    reports.mkdir(parents=True)
    truth.mkdir(exist_ok=True)
    figures = 0
    with (
        (truth / "reports.csv").open("w", encoding="utf-8", newline="") as report_file,
        (truth / "sections.csv").open("w", encoding="utf-8", newline="") as section_file,
        (truth / "quantities.csv").open("w", encoding="utf-8", newline="") as quantity_file,
    ):
        report_csv, section_csv, quantity_csv = (
            csv.writer(f, lineterminator="\n") for f in (report_file, section_file, quantity_file)
        )
        report_csv.writerow(REPORT_COLUMNS)
        section_csv.writerow(SECTION_COLUMNS)
        quantity_csv.writerow(QUANTITY_COLUMNS)
        for number, report in enumerate(made):
            batch = reports / f"{number // 1000:03d}"
            if number % 1000 == 0:
                batch.mkdir()
            (batch / f"{report.name}{report.ending}").write_bytes(report.data)
            report_csv.writerow(report.report_row)
            section_csv.writerows(report.section_rows)
            quantity_csv.writerows(report.quantity_rows)
            figures += len(report.quantity_rows)
    return figures


def _load_words(folder: Path, reference_dir: Path) -> Words:
    """Read and compile the tables.

    Raises:
        ValueError: A row names an unknown indicator or domain, or an indicator has
            fewer than `MIN_PHRASINGS` phrasings.
    """
    with (reference_dir / "extract" / "indicators.csv").open(encoding="utf-8", newline="") as file:
        indicators = [row["indicator_id"] for row in csv.DictReader(file)]
    bits = {indicator: 1 << n for n, indicator in enumerate(indicators)}
    phrasings: dict[str, list[Phrasing]] = defaultdict(list)
    seen: Counter[str] = Counter()
    path = folder / "phrasings.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                phrasing = compile_phrasing(row["domain_id"], row["lead_in"], row["phrasing"], bits)
            except (KeyError, ValueError) as error:
                raise ValueError(f"{path.name} row {number}: {error}") from error
            phrasings[row["domain_id"]].append(phrasing)
            seen.update({i for slot in phrasing.slots for i in slot.indicators})
    thin = [indicator for indicator in indicators if seen[indicator] < MIN_PHRASINGS]
    if thin:
        raise ValueError(f"{path.name}: fewer than {MIN_PHRASINGS} phrasings for {', '.join(thin)}")
    prose: dict[tuple[str, str], list[str]] = defaultdict(list)
    with (folder / "prose.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            prose[row["section"], row["part"]].append(row["text"])
    return Words(dict(phrasings), dict(prose))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; see the module's docstring."""
    parser = argparse.ArgumentParser(
        description="Write reports of our own wording, and the truth about them."
    )
    parser.add_argument("--count", type=int, required=True, help="how many reports")
    parser.add_argument("--out", type=Path, required=True, help="folder to make: OUT/reports and OUT/truth")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--years", type=int, default=3, help="successive years per township")
    parser.add_argument("--last-year", type=int, default=2025)
    args = parser.parse_args(argv)
    began = time.perf_counter()
    figures = generate_reports(args.count, args.seed, args.out, years=args.years, last_year=args.last_year)
    seconds = time.perf_counter() - began
    print(f"{args.count} reports with {figures} figures in {seconds:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
