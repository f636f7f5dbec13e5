"""Stage extract: sentences → figures and what they count. Rules: `pipeline.extract`."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa

from orchestration.assets.common import Rebuild, refresh_reports, rows_check, stage_specs
from orchestration.failures import recorded
from orchestration.pipeline.corrections import Correction, load_corrections
from orchestration.settings import Settings
from orchestration.stages import EXTRACT
from orchestration.tables import to_arrow
from orchestration.warehouse import Warehouse, due_for_extract, fetch_reports


@dg.multi_asset(
    name="extract",
    specs=stage_specs(
        EXTRACT,
        {
            "quantities": (
                "One row per figure that a report asserts (数字), with what it counts and the words that prove it.",
                ["documents", "sections", "sentences"],
            )
        },
    ),
)
def extract(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    rebuild: Rebuild,
    settings: dg.ResourceParam[Settings],
) -> Iterator[dg.MaterializeResult[None]]:
    """Extract from reports with new sections, or read before by other code, catalogue or corrections."""
    corrections = corrections_by_content(settings.reference)
    hashes = {sha: hash_corrections(rows) for sha, rows in corrections.items()}
    with warehouse.connect() as connection:
        due = due_for_extract(connection, EXTRACT.version(settings.reference), hashes, **rebuild.selection())

        def read_chunk(report_ids: list[str]) -> dict[str, pa.Table]:
            return {
                "reports": fetch_reports(connection, "reports", ["report_id", "content_sha256"], report_ids),
                "documents": fetch_reports(
                    connection, "documents", ["report_id", "text", "report_year"], report_ids
                ),
                "sections": fetch_reports(connection, "sections", ["*"], report_ids),
                "sentences": fetch_reports(connection, "sentences", ["*"], report_ids),
            }

        yield from refresh_reports(
            context, connection, EXTRACT, ("quantities",), due, read_chunk, prepare_extract, settings
        )


def corrections_by_content(reference_dir: Path) -> dict[str, list[Correction]]:
    """The reviewed corrections of people, by the content_sha256 of the report they are about."""
    corrections: dict[str, list[Correction]] = defaultdict(list)
    for correction in load_corrections(reference_dir):
        corrections[correction.content_sha256].append(correction)
    return dict(corrections)


def hash_corrections(corrections: list[Correction]) -> str:
    """A hash that changes with any word of these corrections."""
    return hashlib.sha256(repr(corrections).encode()).hexdigest()[:12]


def prepare_extract(reference_dir: Path) -> Callable[[dict[str, pa.Table]], dict[str, pa.Table]]:
    """Load the catalogue once; return what extracts from a chunk of reports."""
    from orchestration.pipeline.catalogue import load_catalogue
    from orchestration.pipeline.extract import extract_quantities
    from orchestration.pipeline.records import Quantity, Section, Sentence, StageFailure

    catalogue = load_catalogue(reference_dir)
    corrections = corrections_by_content(reference_dir)

    def extract_chunk(tables: dict[str, pa.Table]) -> dict[str, pa.Table]:
        content = dict(_tuples(tables["reports"]))
        sections = _group(Section, tables["sections"])
        sentences = _group(Sentence, tables["sentences"])
        quantities: list[Quantity] = []
        failures: list[StageFailure] = []
        for report_id, text, year in _tuples(tables["documents"]):
            with recorded(failures, EXTRACT.name, report_id):
                quantities += extract_quantities(
                    report_id,
                    text,
                    sections[report_id],
                    sentences[report_id],
                    year,
                    catalogue,
                    corrections.get(content[report_id], ()),
                )
        return {
            "quantities": to_arrow("quantities", quantities),
            "failures": to_arrow("failures", failures),
        }

    return extract_chunk


def _tuples(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def _group(kind: type, table: pa.Table) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = defaultdict(list)
    for values in _tuples(table):
        record = kind(*values)
        groups[record.report_id].append(record)
    return groups


checks = [
    rows_check(
        "raw/quantities",
        "spans_reproduce_the_surface",
        "text[char_start:char_end] is the figure as printed, and the sentence stands around it.",
        """
        select q.quantity_id, q.surface, substring(d.text, q.char_start + 1, q.char_end - q.char_start) as text
        from raw.quantities q join raw.documents d using (report_id)
        where substring(d.text, q.char_start + 1, q.char_end - q.char_start) != q.surface
            or substring(d.text, q.sentence_start + 1, length(q.sentence)) != q.sentence
            or q.char_start < q.sentence_start or q.char_end > q.sentence_start + length(q.sentence)
        """,
    ),
    rows_check(
        "raw/quantities",
        "values_are_within_the_catalogues_range",
        "No figure stands under an indicator whose valid_min or valid_max it breaks.",
        """
        select q.quantity_id, q.indicator_id, q.value, i.valid_min, i.valid_max
        from raw.quantities q join read_csv($indicators, header = true) i using (indicator_id)
        where q.value < i.valid_min or q.value > i.valid_max
        """,
    ),
    rows_check(
        "raw/quantities",
        "quantities_are_unique",
        "Each quantity_id stands once.",
        "select quantity_id from raw.quantities group by quantity_id having count(*) > 1",
    ),
    rows_check(
        "raw/quantities",
        "corpus_has_figures",
        "A warehouse with reports has figures.",
        "select 'no figure in any report' as problem where exists (from raw.documents) "
        "and not exists (from raw.quantities)",
    ),
]
