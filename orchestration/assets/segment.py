"""Stage segment: clean text → outline, sentences, words and themes. Rules: `pipeline.segment`."""

from collections.abc import Iterator

import dagster as dg
import pyarrow as pa

from orchestration.assets.common import Rebuild, failure_checks, refresh_reports, rows_check, stage_specs
from orchestration.settings import Settings
from orchestration.stages import SEGMENT
from orchestration.warehouse import Warehouse, due_for_segment, fetch_reports, place_names
from orchestration.workers import SEGMENT_TABLES, SEGMENT_WORK


@dg.multi_asset(
    name="segment",
    specs=stage_specs(
        SEGMENT,
        {
            "sections": (
                "One row per section of a report's outline (标题层级), in reading order.",
                ["documents"],
            ),
            "sentences": (
                "One row per sentence, with its span in the clean text.",
                ["documents", "sections"],
            ),
            "section_terms": (
                "One row per report and section type: its words by jieba's dictionary, counted (分词, 词频).",
                ["documents", "sections", "townships"],
            ),
            "theme_mentions": (
                "One row per report, theme and sentence that names it (问题与计划的主题).",
                ["documents", "sentences"],
            ),
        },
    ),
)
def segment(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    rebuild: Rebuild,
    settings: dg.ResourceParam[Settings],
) -> Iterator[dg.MaterializeResult[None]]:
    """Segment the reports that are new, changed, or were segmented by other code or words."""
    with warehouse.connect() as connection:
        places = place_names(connection)
        due = due_for_segment(connection, SEGMENT.version(settings.reference), places, **rebuild.selection())

        def read_block(report_ids: list[str]) -> dict[str, pa.Table]:
            return {"documents": fetch_reports(connection, "documents", ["report_id", "text"], report_ids)}

        yield from refresh_reports(
            context,
            connection,
            SEGMENT,
            SEGMENT_TABLES,
            due,
            read_block,
            SEGMENT_WORK,
            (settings.reference, places),
            settings,
        )


_FAILED = f"select report_id, error from raw.failures where stage = '{SEGMENT.name}'"


checks = [
    *failure_checks("raw/sections", SEGMENT.name, _FAILED, "select report_id from raw.documents"),
    rows_check(
        "raw/sections",
        "each_report_has_sections",
        "Every report that segmenting did not fail on has an outline.",
        f"""
        select d.report_id from raw.documents d anti join raw.sections s using (report_id)
        where d.report_id not in (select report_id from ({_FAILED}))
        """,
    ),
    rows_check(
        "raw/sections",
        "sections_partition_the_text",
        "Sections start at 0, end at the end, and leave no gap and no overlap.",
        """
        with edges as (
            select
                s.report_id, s.char_start, s.char_end, s.position, d.char_count,
                lag(s.char_end, 1, 0) over w as expected_start,
                lead(s.char_start, 1, d.char_count) over w as expected_end
            from raw.sections s join raw.documents d using (report_id)
            window w as (partition by s.report_id order by s.position)
        )
        select report_id, position, char_start, expected_start, char_end, expected_end from edges
        where char_start != expected_start or char_end != expected_end or char_start >= char_end
        """,
    ),
    rows_check(
        "raw/sections",
        "sections_reproduce_the_text",
        "Joined in reading order, the sections' texts are the report's clean text.",
        """
        select s.report_id from raw.sections s join raw.documents d using (report_id)
        group by s.report_id, d.text having string_agg(s.text, '' order by s.position) != d.text
        """,
    ),
    rows_check(
        "raw/sentences",
        "sentences_stand_in_their_sections",
        "Each sentence lies within the section it names.",
        """
        select t.sentence_id from raw.sentences t left join raw.sections s using (section_id)
        where s.section_id is null or t.char_start < s.char_start or t.char_end > s.char_end
            or t.char_start >= t.char_end
        """,
    ),
    rows_check(
        "raw/section_terms",
        "each_report_has_words",
        "Every report with an outline has words.",
        "select distinct s.report_id from raw.sections s anti join raw.section_terms t using (report_id)",
    ),
]
