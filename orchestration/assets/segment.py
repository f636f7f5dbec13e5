"""Stage segment: clean text → outline, sentences, words and themes. Rules: `pipeline.segment`."""

from collections.abc import Iterator

import dagster as dg
import pyarrow as pa

from orchestration.assets.common import Rebuild, refresh_reports, stage_specs
from orchestration.assets.preview import table_metadata
from orchestration.engine.base import CHUNK, Task
from orchestration.engine.tasks import SEGMENT_TABLES, SEGMENT_WORK
from orchestration.pipeline.segment.words import list_terms
from orchestration.pipeline.versions import SEGMENT
from orchestration.settings import Settings
from orchestration.warehouse.resource import Warehouse
from orchestration.warehouse.rows import fetch_reports, is_current
from orchestration.warehouse.stale import stale_for_segment, vocabulary_version
from orchestration.warehouse.terms import place_names, replace_current_terms, term_numbers


@dg.multi_asset(
    name="segment",
    specs=stage_specs(
        SEGMENT,
        {
            "sections": ["documents"],
            "sentences": ["documents", "sections"],
            "terms": ["townships"],
            "section_terms": ["documents", "sections", "terms"],
            "theme_mentions": ["documents", "sentences"],
        },
    ),
)
def segment(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    rebuild: Rebuild,
    settings: dg.ResourceParam[Settings],
) -> Iterator[dg.MaterializeResult[None]]:
    """Segment reports that are new, changed, or were segmented with other code or vocabulary."""
    with warehouse.connect() as connection:
        places = place_names(connection)
        version = vocabulary_version(SEGMENT.version(settings.reference), places)
        stale = stale_for_segment(connection, version, rebuild.selection())
        if not is_current(connection, "terms", version):
            replace_current_terms(connection, list_terms(settings.reference, places), version)
        ids = list(stale.input_hashes)
        numbers = term_numbers(connection, ids if len(ids) <= CHUNK else None)
        yield dg.MaterializeResult(
            asset_key=["raw", "terms"], metadata=table_metadata(connection, "raw.terms")
        )

        def read_block(report_ids: list[str]) -> dict[str, pa.Table]:
            return {"documents": fetch_reports(connection, "documents", ["report_id", "text"], report_ids)}

        yield from refresh_reports(
            context,
            connection,
            SEGMENT,
            tables=SEGMENT_TABLES,
            stale=stale,
            read_block=read_block,
            task=Task(SEGMENT_WORK, settings.reference, (places, numbers), SEGMENT.name),
            settings=settings,
        )
