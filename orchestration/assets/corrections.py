"""People's decisions: which are in force, and why the others are not. Rules: `pipeline.corrections`."""

from collections.abc import Iterator

import dagster as dg
import duckdb

from orchestration.assets.common import stage_specs
from orchestration.assets.preview import table_metadata
from orchestration.own_reference import read_reference_findings
from orchestration.pipeline.corrections.decisions import NOTED_FIELDS, Correction, describe_problem
from orchestration.pipeline.corrections.figures import judge_decisions
from orchestration.pipeline.corrections.folder import Decisions, read_decisions
from orchestration.pipeline.extract.catalogue import list_ranges, load_indicators
from orchestration.pipeline.identify.gazetteer import find_home_county
from orchestration.pipeline.records import CorrectionFinding, Decision, Quantity
from orchestration.pipeline.versions import EXTRACT
from orchestration.pipeline.vocabulary import FileStatus
from orchestration.settings import Settings
from orchestration.warehouse.connection import transaction
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
        held = [_to_row(one, None) for one in decisions.corrections if not one.is_of_figure]
        problems = [*decisions.problems, *read_reference_findings(settings)]
        by_report = decisions.of_figures()
        quantities = _fetch_quantities(connection, list(by_report))
        outdated = _find_outdated(connection)
        for report_id, figures in by_report.items():
            applied, refused = judge_decisions(quantities.get(report_id, []), figures, ranges, names)
            held += [_to_row(correction, quantity) for correction, quantity in applied]
            problems += refused
            if report_id in outdated:
                problems += [
                    _explain_outdated(correction, quantity.surface, outdated[report_id])
                    for correction, quantity in applied
                    if correction.field not in NOTED_FIELDS
                ]
        with transaction(connection):
            rewrite_table(connection, "corrections", to_arrow("corrections", held))
            rewrite_table(connection, "correction_findings", to_arrow("correction_findings", problems))
        for table in ("corrections", "correction_findings"):
            yield dg.MaterializeResult(
                asset_key=["raw", table], metadata=table_metadata(connection, f"raw.{table}")
            )


def _find_outdated(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return report → path of the version that counts instead, for reports that a later version replaced."""
    rows = connection.execute(
        """
        select report_id, any_value(regexp_extract(reason, '(?:newer bytes at|by|that year,) (.*)', 1)) from raw.files
        where report_id is not null
        group by report_id
        having bool_and(status = $superseded)
        """,
        {"superseded": FileStatus.SUPERSEDED},
    ).fetchall()
    return dict(rows)


def _explain_outdated(correction: Correction, surface: str, path: str) -> CorrectionFinding:
    """Return that a decision does not reach the version that counts, where the figure may be another or missing.

    Args:
        correction: the decision.
        surface: its figure, as printed in the earlier version.
        path: file of the version that counts.
    """
    return describe_problem(
        correction,
        "older_version",
        f"更正的是旧版本中的“{surface}”，现在以“{path}”为准，更正没有用到新版本上；请在新版本上重新核对",
        f"{surface} is in a version that {path} has replaced; review the new version",
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


def _to_row(correction: Correction, quantity: Quantity | None) -> Decision:
    return Decision(
        correction.correction_id, correction.file, correction.sheet, correction.row_number, correction.report_id,
        quantity.quantity_id if quantity is not None else None, correction.field, correction.corrected_value,
        correction.decided_by, correction.decided_at, correction.note,
    )  # fmt: skip
