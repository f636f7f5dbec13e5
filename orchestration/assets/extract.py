"""Stage extract: sentences → figures and indicators. Rules: `pipeline.extract`."""

from collections.abc import Iterator

import dagster as dg
import pyarrow as pa

from orchestration.assets.common import OWNERS, Rebuild, refresh_reports, stage_specs
from orchestration.assets.corrections import load_decisions
from orchestration.engine.base import Task
from orchestration.engine.tasks import EXTRACT_TABLES, EXTRACT_WORK, OCR_LINE_COLUMNS
from orchestration.pipeline.corrections.decisions import hash_corrections
from orchestration.pipeline.extract.assignment import SectionHead
from orchestration.pipeline.records import ReportSentences
from orchestration.pipeline.versions import EXTRACT
from orchestration.settings import Settings
from orchestration.warehouse.resource import Warehouse
from orchestration.warehouse.rows import fetch_reports
from orchestration.warehouse.stale import stale_for_extract


@dg.multi_asset(
    name="extract",
    specs=stage_specs(
        EXTRACT,
        {"quantities": ["documents", "ocr_lines", "sections", "sentences"]},
    ),
)
def extract(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    rebuild: Rebuild,
    settings: dg.ResourceParam[Settings],
) -> Iterator[dg.MaterializeResult[None]]:
    """Extract figures from reports with new sections, or if code, catalogue or corrections changed."""
    with warehouse.connect() as connection:
        corrections = load_decisions(settings, connection).of_figures()
        hashes = {report_id: hash_corrections(rows) for report_id, rows in corrections.items()}
        stale = stale_for_extract(
            connection, EXTRACT.version(settings.reference), hashes, rebuild.selection()
        )

        def read_block(report_ids: list[str]) -> dict[str, pa.Table]:
            return {
                "documents": fetch_reports(
                    connection, "documents", ["report_id", "text", "report_year", "admin_level"], report_ids
                ),
                "sections": fetch_reports(
                    connection, "sections", ["report_id", *SectionHead._fields], report_ids
                ),
                "sentences": fetch_reports(connection, "sentences", ReportSentences._fields, report_ids),
                "ocr_lines": fetch_reports(connection, "ocr_lines", OCR_LINE_COLUMNS, report_ids),
            }

        yield from refresh_reports(
            context,
            connection,
            EXTRACT,
            tables=EXTRACT_TABLES,
            stale=stale,
            read_block=read_block,
            task=Task(EXTRACT_WORK, settings.reference, (corrections,), EXTRACT.name),
            settings=settings,
        )


FAILURES = dg.AssetSpec(
    ["raw", "failures"],
    deps=[["raw", "sections"], ["raw", "quantities"]],
    group_name=EXTRACT.name,
    owners=OWNERS,
    kinds={"python", "duckdb"},
)
