"""Reference data of ingest: labels of header fields, and words of page chrome."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from types import MappingProxyType

from orchestration.pipeline.reference.tables import read_reference_table

FIELD_NAMES = (
    "index_number",
    "document_number",
    "issuer",
    "source",
    "document_date",
    "issued_on",
    "published_on",
    "title",
    "ignore",
)


@dataclass(frozen=True, slots=True)
class IngestReference:
    """The words of web pages from seeds/reference: header labels and chrome."""

    labels: Mapping[str, str]  # label without spaces → field
    label_pattern: re.Pattern[str]  # one label with brackets and colon; may contain spaces
    chrome: re.Pattern[str]  # a whole line of chrome, anywhere on the page
    footer: re.Pattern[str]  # a whole line below a report; includes chrome


def load_ingest_reference(reference_dir: Path) -> IngestReference:
    """Read header_fields.csv and web_chrome.csv.

    Raises:
        ValueError: a row is invalid; with file, row number and reason.
    """
    labels, label_pattern = _load_labels(reference_dir / "ingest" / "header_fields.csv")
    chrome, footer = _load_chrome(reference_dir / "ingest" / "web_chrome.csv")
    return IngestReference(MappingProxyType(labels), label_pattern, chrome, footer)


_LABEL_ENDS = {  # key: whether the label needs a colon
    True: r"\s*(?:[\]】〗]\s*[:：]?|[:：]|(?=\s*\||[\[【〖]\d))",
    False: r"\s*(?:[\]】〗]\s*[:：]?|[:：]|(?=[\s\d]|[\[【〖]\d|$))",
}


def _load_labels(path: Path) -> tuple[dict[str, str], re.Pattern[str]]:
    labels: dict[str, str] = {}
    needs_colon: dict[str, bool] = {}
    for row in read_reference_table(path, ("label", "field", "needs_colon"), "label"):
        if row["field"] not in FIELD_NAMES or row["needs_colon"] not in ("true", "false"):
            raise row.error(f"needs a field of {FIELD_NAMES} and needs_colon true or false")
        labels[row["label"]] = row["field"]
        needs_colon[row["label"]] = row["needs_colon"] == "true"
    # Longest first; labels with the same length and kind of end share that end.
    ranked = sorted(labels, key=lambda label: (-len(label), needs_colon[label]))
    alternatives = "|".join(
        "(?:"
        + "|".join(r"\ {0,4}".join(map(re.escape, label)) for label in alike)
        + ")"
        + _LABEL_ENDS[strict]
        for (_, strict), alike in groupby(ranked, key=lambda label: (len(label), needs_colon[label]))
    )
    begins = "".join(sorted({re.escape(label[0]) for label in labels}))
    return labels, re.compile(
        rf"""
        (?: ^ | (?<=[\s\[【〖\]】|;；,，0-9]) ) [\[【〖•·●■-]? \s*      # e.g. 发布日期：   【索引号】
        (?P<label> (?=[{begins}]) (?:{alternatives}) )
        """,
        re.MULTILINE | re.VERBOSE,
    )


def _load_chrome(path: Path) -> tuple[re.Pattern[str], re.Pattern[str]]:
    zones: dict[str, list[str]] = {"any": [], "footer": []}
    for row in read_reference_table(path, ("zone", "pattern"), None):
        if row["zone"] not in zones:
            raise row.error(f"zone {row['zone']!r} is not one of {sorted(zones)}")
        try:
            re.compile(row["pattern"])
        except re.error as error:
            raise row.error(f"pattern: {error}") from error
        zones[row["zone"]].append(row["pattern"])
    return re.compile("|".join(zones["any"])), re.compile("|".join(zones["footer"] + zones["any"]))
