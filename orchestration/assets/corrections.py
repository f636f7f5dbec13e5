"""People's decisions: which are in force, and why the others are not. Rules: `pipeline.corrections`."""

from collections.abc import Iterator

import dagster as dg
import duckdb

from orchestration.assets.common import stage_specs
from orchestration.assets.preview import table_metadata
from orchestration.merged_reference import read_reference_findings
from orchestration.pipeline.corrections.decisions import Correction
from orchestration.pipeline.corrections.figures import judge_decisions
from orchestration.pipeline.corrections.folder import Decisions, read_decisions
from orchestration.pipeline.corrections.reports import explain_outdated, judge_arrivals
from orchestration.pipeline.extract.catalogue import list_ranges, load_indicators
from orchestration.pipeline.identify.gazetteer import find_home_county
from orchestration.pipeline.records import AppliedDecision, Quantity
from orchestration.pipeline.versions import EXTRACT
from orchestration.settings import Settings
from orchestration.warehouse.connection import transaction
from orchestration.warehouse.files import find_outdated_reports
from orchestration.warehouse.resource import Warehouse
from orchestration.warehouse.rows import fetch_reports, list_report_ids, rewrite_table
from orchestration.warehouse.tables import to_arrow


def load_decisions(
    settings: Settings, connection: duckdb.DuckDBPyConnection, *, arriving: bool = False
) -> Decisions:
    """Load people's decisions on the reports of the warehouse.

    Args:
        arriving: include decisions on reports that are not loaded yet.
    """
    home_county = find_home_county(settings.county, settings.reference)
    decisions = read_decisions(settings.reference, settings.corrections, home_county=home_county)
    known = list_report_ids(connection)
    return decisions.arriving(known) if arriving else decisions.complete(known)


@dg.multi_asset(
    name="corrections",
    specs=stage_specs(
        EXTRACT,
        {
            "corrections": ["documents", "quantities"],
            "correction_findings": ["documents", "quantities"],
        },
    ),
)
def corrections(
    warehouse: Warehouse, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.MaterializeResult[None]]:
    """Check all decisions against the extracted data; write those in force and findings on the others."""
    indicators = load_indicators(settings.reference / "extract" / "indicators.csv")
    ranges = list_ranges(indicators)
    names = {one: row.name_zh for one, row in indicators.items()}
    with warehouse.connect() as connection:
        decisions = load_decisions(settings, connection)
        of_reports = [one for one in decisions.corrections if not one.is_of_figure]
        years = fetch_reports(
            connection, "documents", ["report_id", "report_year"], [one.report_id for one in of_reports]
        )
        about_reports, refused = judge_arrivals(
            of_reports, dict(zip(*years.to_pydict().values(), strict=True))
        )
        applied: list[tuple[Correction, Quantity | None]] = [(one, None) for one in about_reports]
        problems = [*decisions.problems, *read_reference_findings(settings), *refused]
        by_report = decisions.of_figures()
        quantities = _fetch_quantities(connection, list(by_report))
        for report_id, figures in by_report.items():
            on_figures, refused = judge_decisions(quantities.get(report_id, []), figures, ranges, names)
            applied += on_figures
            problems += refused
        printed = [(one, figure.surface if figure else "") for one, figure in applied]
        problems += explain_outdated(printed, find_outdated_reports(connection))
        held = [_to_row(one, figure) for one, figure in applied]
        with transaction(connection):
            rewrite_table(connection, "corrections", to_arrow("corrections", held))
            rewrite_table(connection, "correction_findings", to_arrow("correction_findings", problems))
        for table in ("corrections", "correction_findings"):
            yield dg.MaterializeResult(
                asset_key=["raw", table], metadata=table_metadata(connection, f"raw.{table}")
            )


def _fetch_quantities(
    connection: duckdb.DuckDBPyConnection, report_ids: list[str]
) -> dict[str, list[Quantity]]:
    groups: dict[str, list[Quantity]] = {}
    if report_ids:
        table = fetch_reports(connection, "quantities", Quantity._fields, report_ids)
        for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
            quantity = Quantity(*row)
            groups.setdefault(quantity.report_id, []).append(quantity)
    return groups


def _to_row(correction: Correction, quantity: Quantity | None) -> AppliedDecision:
    return AppliedDecision(
        correction.correction_id, correction.file, correction.sheet, correction.row_number, correction.report_id,
        quantity.quantity_id if quantity is not None else None, correction.field, correction.corrected_value,
        correction.decided_by, correction.decided_at, correction.note,
    )  # fmt: skip
