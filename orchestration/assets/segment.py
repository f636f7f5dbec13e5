"""Stage segment: clean text → outline, sentences, words and themes. Rules: `pipeline.segment`."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa

from orchestration.assets.common import Rebuild, refresh_reports, rows_check, stage_specs
from orchestration.failures import recorded
from orchestration.pipeline.words import TermCounts
from orchestration.settings import Settings
from orchestration.stages import SEGMENT
from orchestration.tables import columns_to_arrow, to_arrow
from orchestration.warehouse import Warehouse, due_for_segment, fetch_reports

TABLES = ("sections", "sentences", "section_terms", "theme_mentions")


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
                "One row per report, section type, term and part of speech: words by jieba's dictionary (分词).",
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
        due = due_for_segment(connection, SEGMENT.version(settings.reference), **rebuild.selection())

        def read_chunk(report_ids: list[str]) -> pa.Table:
            return fetch_reports(connection, "documents", ["report_id", "text"], report_ids)

        yield from refresh_reports(
            context, connection, SEGMENT, TABLES, due, read_chunk, prepare_segment, settings
        )


def prepare_segment(reference_dir: Path) -> Callable[[pa.Table], dict[str, pa.Table]]:
    """Load the stage's reference data once; return what segments a chunk of reports."""
    from orchestration.pipeline.gazetteer import load_gazetteer
    from orchestration.pipeline.records import StageFailure
    from orchestration.pipeline.segment import SegmentedReport, load_segment_reference, segment_report

    townships = load_gazetteer(reference_dir).townships
    places = sorted({name for unit in townships for name in (unit.unit_name, unit.county_name)})
    reference = load_segment_reference(reference_dir, places)

    def segment_chunk(documents: pa.Table) -> dict[str, pa.Table]:
        reports: list[SegmentedReport] = []
        failures: list[StageFailure] = []
        for report_id, text in zip(*(column.to_pylist() for column in documents.columns), strict=True):
            with recorded(failures, SEGMENT.name, report_id):
                reports.append(segment_report(report_id, text, reference))
        return {
            "failures": to_arrow("failures", failures),
            "sections": to_arrow("sections", (row for report in reports for row in report.sections)),
            "sentences": to_arrow("sentences", (row for report in reports for row in report.sentences)),
            "section_terms": columns_to_arrow(
                "section_terms", join_terms([report.terms for report in reports])
            ),
            "theme_mentions": to_arrow(
                "theme_mentions", (row for report in reports for row in report.theme_mentions)
            ),
        }

    return segment_chunk


def join_terms(reports: Sequence[TermCounts]) -> dict[str, list[Any]]:
    """The columns of `raw.section_terms` of several reports, without a record for each of 30,000 rows."""
    return {
        "report_id": [id_ for report in reports for id_ in [report.report_id] * len(report)],
        "section_type": [value for report in reports for value in report.section_types],
        "term": [value for report in reports for value in report.terms],
        "part_of_speech": [value for report in reports for value in report.parts_of_speech],
        "occurrences": [value for report in reports for value in report.occurrences],
    }


checks = [
    rows_check(
        "raw/sections",
        "each_report_has_sections",
        "Every report with text has an outline.",
        "select d.report_id from raw.documents d anti join raw.sections s using (report_id)",
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
        "select d.report_id from raw.documents d anti join raw.section_terms t using (report_id)",
    ),
]
