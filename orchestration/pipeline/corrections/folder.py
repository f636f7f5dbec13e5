"""All of people's decisions: seeds/reference/corrections.csv and the folder of corrections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

from orchestration.pipeline.corrections.conflicts import settle_conflicts
from orchestration.pipeline.corrections.decisions import (
    NOTED_FIELDS,
    REPORT_ID_DIGITS,
    Correction,
    complete_report_ids,
    group_by_report,
)
from orchestration.pipeline.corrections.places import township_finder
from orchestration.pipeline.corrections.tables import (
    DecisionFile,
    list_decision_files,
    load_columns,
    read_decision_rows,
)
from orchestration.pipeline.corrections.values import CorrectionTerms, load_correction_words, read_corrections
from orchestration.pipeline.extract.catalogue import load_indicators
from orchestration.pipeline.identify.gazetteer import load_gazetteer
from orchestration.pipeline.records import CorrectionFinding


@dataclass(frozen=True, slots=True)
class Decisions:
    """People's decisions, and the problems of those that cannot be used."""

    corrections: tuple[Correction, ...]
    problems: tuple[CorrectionFinding, ...]

    def complete(self, report_ids: Sequence[str]) -> Decisions:
        """Return them with full report ids and one decision per report field; the others become problems.

        Args:
            report_ids: ids of all known reports.
        """
        complete, unknown = complete_report_ids(self.corrections, report_ids)
        problems = [*self.problems, *unknown]
        kept: list[Correction] = []
        for group in group_by_report(complete).values():
            chosen, refused = settle_conflicts([one for one in group if not one.is_of_figure])
            kept += chosen + [one for one in group if one.is_of_figure]
            problems += refused
        return Decisions(tuple(kept), tuple(problems))

    def whole_ids(self) -> set[str]:
        """Return the report ids that decisions give in full."""
        return {one.report_id for one in self.corrections if len(one.report_id) == REPORT_ID_DIGITS}

    def arriving(self, report_ids: Sequence[str]) -> Decisions:
        """Return the result of `complete` plus the decisions on reports not yet known, whose ids may be short."""
        known = sorted(self.whole_ids().union(report_ids))
        complete = self.complete(known)
        waiting = [
            one
            for one in self.corrections
            if len(one.report_id) < REPORT_ID_DIGITS
            and not any(id_.startswith(one.report_id) for id_ in known)
        ]
        return Decisions((*complete.corrections, *waiting), complete.problems)

    def of_reports(self) -> dict[str, list[Correction]]:
        """Return the decisions that change a report's own fields, by report id."""
        return group_by_report(
            one for one in self.corrections if not one.is_of_figure and one.field not in NOTED_FIELDS
        )

    def of_figures(self) -> dict[str, list[Correction]]:
        """Return the decisions on figures by report id, with confirmations, because these may contradict others."""
        return group_by_report(one for one in self.corrections if one.is_of_figure)


def read_decisions(
    reference_dir: Path, folder: Path, *, home_county: str | None = None, today: date | None = None
) -> Decisions:
    """Read corrections.csv of the reference tables and every file of decisions in a folder.

    Invalid files and rows become problems; none raises. Short report ids stay short, see `Decisions.complete`.

    Args:
        reference_dir: folder of the reference tables.
        folder: searched with its subfolders; it need not exist.
        home_county: code of the county meant by township names without a county.
        today: the date; by default the machine's.
    """
    files, problems = list_decision_files(folder)
    seed = reference_dir / "corrections.csv"
    modified = datetime.fromtimestamp(seed.stat().st_mtime, UTC).replace(tzinfo=None)
    # corrections.csv counts as the oldest file; its rows have their own dates.
    files = [DecisionFile(seed, seed.name, modified), *files]
    corrections: list[Correction] = []
    day = today or datetime.now(UTC).date()
    for file in files:
        found, bad = _read_file(file, file.path.stat().st_size, reference_dir, home_county, day)
        corrections += found
        problems += bad
    return Decisions(tuple(corrections), tuple(problems))


@lru_cache(maxsize=4096)
def _read_file(
    file: DecisionFile, size: int, reference_dir: Path, home_county: str | None, today: date
) -> tuple[list[Correction], list[CorrectionFinding]]:
    """Read a file, once per run for all stages; `size` is in the cache key to detect a change."""
    terms = _load_terms(reference_dir, home_county, today)
    rows, refused = read_decision_rows(file, load_columns(reference_dir))
    corrections, problems = read_corrections(rows, terms)
    return corrections, [*refused, *problems]


@lru_cache(maxsize=8)
def _load_terms(reference_dir: Path, home_county: str | None, today: date) -> CorrectionTerms:
    indicators = load_indicators(reference_dir / "extract" / "indicators.csv")
    return CorrectionTerms(
        words=load_correction_words(reference_dir),
        indicators={one: indicator.name_zh for one, indicator in indicators.items()},
        # loaded on demand: the gazetteer takes a moment, and few rows name a township
        find_township=lambda text: township_finder(load_gazetteer(reference_dir), home_county)(text),
        has_county=lambda code: code in load_gazetteer(reference_dir).counties,
        today=today,
    )
