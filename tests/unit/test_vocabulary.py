"""Each closed list is the same in the code, the seeds and the dbt tests."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestration.pipeline import vocabulary
from orchestration.pipeline.reference.tables import read_reference_table
from orchestration.settings import PROJECT_DIR

REFERENCE = PROJECT_DIR / "seeds" / "reference"
MODELS = PROJECT_DIR / "dbt_project" / "models"
COLUMNS: dict[str, type[StrEnum]] = {
    "status": vocabulary.FileStatus,
    "admin_level": vocabulary.AdminLevel,
    "resolution": vocabulary.Resolution,
    "report_kind": vocabulary.ReportKind,
    "text_source": vocabulary.TextSource,
    "section_type": vocabulary.SectionType,
    "qualifier": vocabulary.Qualifier,
    "period": vocabulary.Period,
    "scope": vocabulary.Scope,
    "kind": vocabulary.IndicatorKind,
    "severity": vocabulary.Severity,
}
NARROWER = {  # models that hold only some of the values
    ("int_report_versions", "status"), ("stg_compliance_parts", "section_type"),
}  # fmt: skip


def _accepted() -> list[tuple[str, str, set[str]]]:
    found: list[tuple[str, str, set[str]]] = []
    for path in sorted(MODELS.rglob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models") or ():
            for column in model.get("columns") or ():
                tests: list[Any] = column.get("data_tests") or []
                for test in tests:
                    if isinstance(test, dict) and "accepted_values" in test:
                        values = set(map(str, test["accepted_values"]["arguments"]["values"]))
                        if column["name"] in COLUMNS:
                            found.append((model["name"], column["name"], values))
    return found


@pytest.mark.parametrize(("model", "column", "values"), _accepted())
def test_dbt_accepts_the_values_of_the_code(model: str, column: str, values: set[str]) -> None:
    known = {str(value) for value in COLUMNS[column]}
    if (model, column) in NARROWER:
        assert values <= known
    else:
        assert values == known


def test_each_list_is_tested_by_dbt_somewhere() -> None:
    tested = {column for _, column, _ in _accepted()}
    assert set(COLUMNS) <= tested


@pytest.mark.parametrize(
    ("table", "column", "values"),
    [
        ("extract/indicators.csv", "kind", vocabulary.IndicatorKind),
        ("transform/indicator_relations.csv", "severity", vocabulary.Severity),
        ("transform/compliance_parts.csv", "section_type", vocabulary.SectionType),
        ("segment/section_headings.csv", "section_type", vocabulary.SectionType),
    ],
)
def test_seeds_hold_the_values_of_the_code(table: str, column: str, values: type[StrEnum]) -> None:
    path: Path = REFERENCE / table
    found = {row[column] for row in read_reference_table(path, (column,), None)} - {""}
    assert found <= {str(value) for value in values}
    assert found
