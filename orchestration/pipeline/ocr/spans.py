"""Find the lines of a scan in the clean text of its report, and the OCR confidence of a span of it.

Cleaning joins lines, drops furniture, folds characters and may move the title, so lines are found again by their
text. A line whose text has changed is placed between its neighbours.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from orchestration.pipeline.ocr.read import ReadLine, ReadScan
from orchestration.pipeline.records import Document, OcrLine, Quantity

_LONG = 8  # a line with this many characters hardly occurs twice
_LOOK_AHEAD = 400  # characters of clean text to search after the previous line


class LineSpan(NamedTuple):
    """A line's half-open span in characters of the clean text; `is_exact` if every character was found."""

    start: int
    end: int
    is_exact: bool


def locate_lines(lines: Sequence[ReadLine], text: str) -> list[LineSpan | None]:
    """Return the span of each line in the clean text; None if it was dropped.

    Args:
        lines: the lines in reading order.
        text: the clean text, or its equally long original in traditional Chinese.
    """
    places = [index for index, char in enumerate(text) if not char.isspace()]
    bare = "".join(_fold(text[index]) for index in places)
    starts: list[int | None] = []
    cursor = 0
    for line in lines:
        said = fold_line(line.line.text)
        at = bare.find(said, cursor, cursor + len(said) + _LOOK_AHEAD) if said else -1
        if at >= 0:
            cursor = at + len(said)
        elif said:
            at = bare.find(said, 0, cursor)  # a title moved to the front
            if at < 0 and len(said) >= _LONG:  # read in another order, as columns are
                at = bare.find(said, cursor)
        starts.append(at if at >= 0 else None)
    spans: list[LineSpan | None] = []
    for number, (line, start) in enumerate(zip(lines, starts, strict=True)):
        if start is not None:
            end = start + len(fold_line(line.line.text))
            spans.append(LineSpan(places[start], places[end - 1] + 1, True))
        else:
            spans.append(_between(number, lines, starts, places))
    return spans


def fold_line(text: str) -> str:
    """Return a line for comparison: without white space, each character in its usual width."""
    return "".join(_fold(char) for char in text if not char.isspace())


def _fold(char: str) -> str:
    folded = unicodedata.normalize("NFKC", char)
    return folded if len(folded) == 1 else char


def _between(
    number: int, lines: Sequence[ReadLine], starts: Sequence[int | None], places: Sequence[int]
) -> LineSpan | None:
    """Return the span between the neighbours of a line that was not found; None if empty or too long."""
    before = next((index for index in range(number - 1, -1, -1) if starts[index] is not None), None)
    after = next((index for index in range(number + 1, len(lines)) if starts[index] is not None), None)
    first = 0
    if before is not None:
        first = (starts[before] or 0) + len(fold_line(lines[before].line.text))
    last = len(places)
    if after is not None:
        last = starts[after] or 0
    # characters of all lines missing between these neighbours
    missing = sum(
        len(fold_line(line.line.text))
        for line in lines[
            (before + 1 if before is not None else 0) : (after if after is not None else len(lines))
        ]
    )
    if last <= first or last - first > 2 * missing:
        return None
    return LineSpan(places[first], places[last - 1] + 1, False)


def span_confidence(
    start: int, end: int, text: str, spans: Sequence[LineSpan], confidences: Sequence[Sequence[float]]
) -> float | None:
    """Return the OCR confidence of a span of the clean text: the least of its lines' means and its characters.

    Args:
        start: start of the span.
        end: its end, exclusive.
        text: the clean text.
        spans: the spans of lines.
        confidences: for each of these lines, the confidence of its characters, without white space.

    Returns:
        0 to 1; None if no line of the scan overlaps the span.
    """
    least: float | None = None
    for span, values in zip(spans, confidences, strict=True):
        if span.end <= start or span.start >= end or not values:
            continue
        found = sum(values) / len(values)
        inside = min(values)
        if span.is_exact:
            skipped = sum(not char.isspace() for char in text[span.start : max(start, span.start)])
            taken = sum(not char.isspace() for char in text[max(start, span.start) : min(end, span.end)])
            inside = min(values[skipped : skipped + taken], default=1.0)
        least = min(found, inside, 1.0 if least is None else least)
    return None if least is None else round(least, 4)


def lower_confidence(
    quantities: Iterable[Quantity],
    texts: Mapping[str, str],
    lines: Iterable[tuple[str, int | None, int, bool, list[float]]],
) -> Iterator[Quantity]:
    """Yield figures with their OCR confidence, which also lowers `confidence`; figures without OCR are unchanged.

    A figure corrected by a person keeps its confidence.

    Args:
        quantities: figures of reports.
        texts: their clean texts by report_id.
        lines: lines of scans: report_id, start, end, is_exact and the confidence of each character.
    """
    spans: defaultdict[str, list[LineSpan]] = defaultdict(list)
    confidences: defaultdict[str, list[list[float]]] = defaultdict(list)
    for report_id, start, end, is_exact, values in lines:
        if start is not None:
            spans[report_id].append(LineSpan(start, end, is_exact))
            confidences[report_id].append(values)
    for quantity in quantities:
        id_ = quantity.report_id
        sure = span_confidence(
            quantity.char_start, quantity.char_end, texts[id_], spans[id_], confidences[id_]
        )
        if sure is not None and quantity.correction_id is None:
            quantity = quantity._replace(confidence=round(quantity.confidence * sure, 4))
        yield quantity._replace(ocr_confidence=sure)


def to_ocr_lines(document: Document, scan: ReadScan) -> list[OcrLine]:
    """Return the rows for a scan's lines, with their spans in the clean text of its report."""
    original = document.original_text
    text = original if original is not None and len(original) == len(document.text) else document.text
    rows: list[OcrLine] = []
    for read, span in zip(scan.lines, locate_lines(scan.lines, text), strict=True):
        same_page = rows and rows[-1].page_number == read.page_number
        line = read.line
        rows.append(
            OcrLine(
                report_id=document.report_id,
                page_number=read.page_number,
                line_number=rows[-1].line_number + 1 if same_page else 1,
                text=line.text,
                x=line.x,
                y=line.y,
                width=line.width,
                height=line.height,
                turned_degrees=read.turned_degrees,
                confidence=line.confidence,
                character_confidences=list(line.character_confidences),
                char_start=span.start if span else None,
                char_end=span.end if span else None,
                is_exact=span is not None and span.is_exact,
            )
        )
    return rows
