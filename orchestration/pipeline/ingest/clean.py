"""Clean text: a reader's text without page furniture, one paragraph per line.

All later offsets count characters of this text. `identify` finds out whose report it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from orchestration.pipeline.ingest.attachments import (
    refuse_attachment_page,
    refuse_examples,
    refuse_excerpt,
    refuse_notice,
    refuse_script_page,
)
from orchestration.pipeline.ingest.characters import (
    convert_traditional,
    normalise_characters,
    normalise_spaces,
    to_simplified,
)
from orchestration.pipeline.ingest.furniture import split_footer, split_header
from orchestration.pipeline.ingest.line_shapes import is_chrome, part_item_numbers
from orchestration.pipeline.ingest.page_words import IngestReference
from orchestration.pipeline.ingest.several import refuse_several_reports
from orchestration.pipeline.ingest.title import find_title, split_dated_titles, title_from_fields
from orchestration.pipeline.ingest.unwrap import join_paragraphs, unwrap
from orchestration.pipeline.readers import ReadText
from orchestration.pipeline.readers.encoding import require_length


@dataclass(frozen=True, slots=True)
class CleanText:
    """A report's clean text, and the facts and lines removed from around it."""

    text: str  # paragraphs separated by \n; the title, if the page has one, is the first line
    original_text: str | None  # before conversion from traditional Chinese; None if not converted
    title: str | None
    fields: Mapping[str, str]  # index_number, document_number, issuer … as printed
    header: str  # dropped lines before the body: breadcrumbs, site name, tables
    footer: str  # dropped lines after the body


def clean_text(read: ReadText, reference: IngestReference) -> CleanText:
    """Clean the text of one file (see the module docstring).

    Raises:
        RejectedFile: attachment_only if the page only links to the report, drawn_by_script if scripts
            fetch it, several_reports, not_a_report_text if it is a notice or little more than title and chrome.
    """
    printed = [line for line in normalise_characters(read.text).split("\n") if line.strip()]
    printed = split_dated_titles(printed)
    raw_lines = unwrap([line.strip() for line in printed], [line.startswith("  ") for line in printed])
    fields = {key: value for key, value in read.fields.items() if value}
    lines = part_item_numbers([normalise_spaces(line) for line in raw_lines])
    converted = convert_traditional(lines)
    originals = lines if converted is not None else None
    if converted is not None:
        raw_lines = [to_simplified().convert(line) for line in raw_lines]
        lines = converted
    title_at, title_size = find_title(lines, raw_lines, reference)
    head = split_header(lines, raw_lines, reference, title_at, title_size, fields)
    tail = split_footer(lines, raw_lines, reference, head.body_start, fields)
    # Links to other reports below this one do not count; what stands above it may be a report of its own.
    refuse_several_reports([line for at, line in enumerate(lines[: tail.body_end]) if at not in tail.dropped])
    title = "".join(lines[title_at : title_at + title_size]) if title_size else None
    body = [
        index
        for index in range(head.body_start, tail.body_end)
        if index not in tail.dropped and not is_chrome(lines[index], reference) and lines[index] != title
    ]
    kept = sorted(head.kept) + body
    paragraphs = join_paragraphs([lines[index] for index in kept])
    refuse_attachment_page(read.links, paragraphs)
    refuse_script_page(read.script_sign, paragraphs)
    refuse_excerpt(title, paragraphs)
    refuse_examples(paragraphs)
    refuse_notice("\n".join([title or "", *paragraphs]))
    require_length("".join(paragraphs), " besides title and page furniture")
    if title is None:
        title = title_from_fields(fields)
    else:
        paragraphs.insert(0, title)
    text = "\n".join(paragraphs)
    dropped_after = [lines[index] for index in sorted(tail.dropped)] + lines[tail.body_end :]
    return CleanText(
        text=text,
        original_text="\n".join(originals) if originals is not None else None,
        title=title,
        fields=MappingProxyType(fields),
        header="\n".join(
            line for index, line in enumerate(lines[: head.body_start]) if index not in head.kept
        ),
        footer="\n".join(dropped_after),
    )
