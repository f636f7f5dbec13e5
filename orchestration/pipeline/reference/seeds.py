"""The reference files that dbt reads as seeds, in the only format that it accepts."""

from __future__ import annotations

import codecs
import csv
import shutil
from pathlib import Path

from orchestration.pipeline.reference.tables import (
    ReferenceRow,
    normalise_date,
    read_reference_table,
    split_table,
)

SEEDS = (
    "extract/indicators.csv",
    "segment/themes.csv",
    "transform/domains.csv",
    "transform/indicator_relations.csv",
    "transform/compliance_parts.csv",
    "transform/rejection_reasons.csv",
    "transform/review_reasons.csv",
)


def are_plain(reference_dir: Path) -> bool:
    """Return whether dbt can read its files unchanged: UTF-8 with commas, LF and ISO dates."""
    return all(_is_plain(reference_dir / name) for name in SEEDS)


def _is_plain(path: Path) -> bool:
    data = path.read_bytes()
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    if data.startswith(codecs.BOM_UTF8) or b"\r" in data or not data.endswith(b"\n"):
        return False
    header, lines = split_table(path)
    rows = read_reference_table(path, (), None)
    return (
        len(rows) == len(lines) and [list(_plain(row).values()) for row in rows] == lines and "" not in header
    )


def _plain(row: ReferenceRow) -> dict[str, str]:
    return {column: normalise_date(value) for column, value in row.items()}


def write_seeds(reference_dir: Path, target: Path) -> None:
    """Write dbt's seed files in plain form (UTF-8, commas, LF, ISO dates), and copy their YAML files."""
    for name in SEEDS:
        header, _ = split_table(reference_dir / name)
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        with (target / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header, lineterminator="\n")
            writer.writeheader()
            writer.writerows(map(_plain, read_reference_table(reference_dir / name, (), None)))
    for path in reference_dir.glob("*.yml"):
        shutil.copyfile(path, target / path.name)
