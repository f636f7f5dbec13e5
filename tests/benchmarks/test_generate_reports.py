"""The generator is truthful: the reports contain what the truth tables say."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from orchestration.pipeline.numerals import parse_numeral
from orchestration.pipeline.records import Township
from tests.benchmarks import generate_reports as generator
from tests.benchmarks.generated_figures import TRIPLES
from tests.benchmarks.generated_report import GeneratedReport

COUNT = 300


def make_townships() -> list[Township]:
    """Return two hundred invented townships in two invented counties."""
    return [
        Township(f"99000{c}-{name}", name, kind, f"99000{c}", f"{county}县", "甲乙市", "丙丁省", None, [])
        for c, county in enumerate(("东样本", "西样本"))
        for n in range(100)
        for kind in [("镇", "乡", "街道")[n % 3]]
        for name in [f"{'甲乙丙丁戊己庚辛壬癸'[n // 10]}{'子丑寅卯辰巳午未申酉'[n % 10]}{kind}"]
    ]


@pytest.fixture(scope="module")
def reports() -> list[GeneratedReport]:
    return list(generator.iter_reports(COUNT, seed=7, townships=make_townships()))


def fold(text: str) -> str:
    """Return the text as the scorer compares it."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def test_a_seed_gives_the_same_report_whatever_the_count(reports: list[GeneratedReport]) -> None:
    again = list(generator.iter_reports(5, seed=7, townships=make_townships(), start=40))
    other = list(generator.iter_reports(5, seed=8, townships=make_townships(), start=40))
    assert again == reports[40:45]
    assert [r.data for r in other] != [r.data for r in again]


def test_reports_contain_every_figure_of_the_truth_in_order(
    reports: list[GeneratedReport],
) -> None:
    for report in reports:
        text, at = fold(report.text), 0
        for _, quote, surface, *_ in report.quantity_rows:
            found = text.find(fold(quote), at)
            assert found >= 0, (report.name, quote)
            assert fold(surface) in fold(quote)
            at = found


def test_value_and_surface_agree(reports: list[GeneratedReport]) -> None:
    for _, quote, surface, value, unit, qualifier, _, _ in (row for r in reports for row in r.quantity_rows):
        if value == "0":
            continue
        printed = surface.replace(" ", "").removesuffix("以上").removesuffix(unit).rstrip("%％")
        assert parse_numeral(printed) == pytest.approx(float(value)), (quote, surface, value)
        around = quote[max(quote.find(surface) - 3, 0) :]
        assert (qualifier == "exact") == (re.search("余|多|近|约|以上|不少于", around) is None), quote


def test_reports_contain_the_headings_of_the_truth_in_order(reports: list[GeneratedReport]) -> None:
    for report in reports:
        text, at = "\n" + report.text.replace("（", "(").replace("）", ")"), 0
        for _, level, ordinal, heading, _ in report.section_rows:
            mark = {"1": f"\n{ordinal}、", "2": f"\n({ordinal})", "3": f"\n{ordinal}"}[level]
            at = text.find(mark, at)
            assert at >= 0, (report.name, mark, heading)
            line = fold(text[at + 1 :].partition("\n")[0])
            assert line.find(fold(heading)) in range(1, 5), (report.name, heading, line)


def test_all_indicators_periods_and_layouts_occur(reports: list[GeneratedReport]) -> None:
    with (generator.REFERENCE_DIR / "extract" / "indicators.csv").open(encoding="utf-8", newline="") as file:
        catalogue = {row["indicator_id"] for row in csv.DictReader(file)}
    rows = [row for report in reports for row in report.quantity_rows]
    assert catalogue <= {row[-1] for row in rows}
    assert {row[-2] for row in rows} == {"report_year", "previous_year", "plan", "other"}
    assert {row[-3] for row in rows} == {"exact", "approx", "at_least"}
    assert {report.ending for report in reports} == {".txt", ".html"}
    assert any(", " not in r.text and "," in r.text and "，" not in r.text for r in reports), (
        "half-width marks"
    )


def test_reports_have_the_size_of_real_ones(reports: list[GeneratedReport]) -> None:
    assert 3000 < sum(len(r.text) for r in reports) / COUNT < 3600
    assert 24 < sum(len(r.quantity_rows) for r in reports) / COUNT < 32
    # a sentence of the real ones has 46 characters
    stops = sum(r.text.count("。") + r.text.count("\n") for r in reports)
    assert 30 < sum(len(r.text) for r in reports) / stops < 50


def test_no_report_contradicts_itself(reports: list[GeneratedReport]) -> None:
    checked = 0
    for report in reports:
        told = {row[-1]: float(row[3]) for row in report.quantity_rows if row[-2] == "report_year"}
        for whole, part, rate, _ in TRIPLES:
            if whole in told and part in told:
                checked += 1
                assert told[part] <= told[whole], (report.name, whole)
                if rate in told:
                    assert told[rate] == pytest.approx(100 * told[part] / told[whole], abs=0.01)
    assert checked > COUNT / 3


def test_a_township_reports_once_a_year(reports: list[GeneratedReport]) -> None:
    keys = Counter((r.report_row[5], r.report_row[2], r.report_row[8]) for r in reports)
    assert set(keys.values()) == {1}
    assert {year for *_, year in keys} == {"2023", "2024", "2025"}


def test_more_reports_than_townships_and_years_is_an_error() -> None:
    with pytest.raises(ValueError, match="700 reports need more than 200 townships"):
        generator.iter_reports(700, seed=1, townships=make_townships())


def test_written_corpus_holds_a_file_for_each_report_and_its_truth(tmp_path: Path) -> None:
    figures = generator.generate_reports(20, 3, tmp_path / "corpus", make_townships())
    files = sorted(p for p in (tmp_path / "corpus" / "reports").rglob("*") if p.is_file())
    tables = {}
    for table in ("reports", "sections", "quantities"):
        with (tmp_path / "corpus" / "truth" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            tables[table] = list(csv.DictReader(file))
    assert [p.stem for p in files] == [row["report"] for row in tables["reports"]]
    assert len(tables["quantities"]) == figures > 500
    assert {row["report"] for row in tables["sections"]} == {p.stem for p in files}
    with pytest.raises(FileExistsError):
        generator.generate_reports(1, 3, tmp_path / "corpus", make_townships())


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param("disputes,flow,排查纠纷<nothing:件>", "disputes.nothing", id="unknown_indicator"),
        pytest.param("disputes,flow,排查纠纷若干", "no well-formed slot", id="no_slot"),
        pytest.param("disputes,soon,排查纠纷<found:件>", "lead_in 'soon'", id="unknown_lead_in"),
        pytest.param("weather,flow,下雨<:天>", "domain_id 'weather'", id="unknown_domain"),
    ],
)
def test_a_malformed_phrasing_is_named_by_row(tmp_path: Path, row: str, reason: str) -> None:
    (tmp_path / "phrasings.csv").write_text(f"domain_id,lead_in,phrasing\n{row}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=f"phrasings.csv row 2: .*{reason}"):
        generator._load_words(tmp_path, generator.REFERENCE_DIR)
