"""The YAML of `township_indicators_wide`, whose columns are the indicators of the catalogue.

An enforced contract lists its columns, and an analyst adds an indicator only in `extract/indicators.csv`. So this
YAML is generated before dbt parses the project, and checked in. The YAML of other models is written by hand.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from orchestration.pipeline.reference.tables import read_reference_table

WIDE_YAML = "_township_indicators_wide.yml"
_HEAD = "# Generated from extract/indicators.csv (`make parse`): do not edit.\n"
_KEYS = {  # type, and whether it is part of the key
    "township_key": ("varchar", True),
    "unit_name": ("varchar", False),
    "county_code": ("varchar", False),
    "county_name": ("varchar", False),
    "province_name": ("varchar", False),
    "report_year": ("integer", True),
    "report_id": ("varchar", True),
    "doubtful_zh": ("varchar", False),
}
_MODEL: dict[str, Any] = {
    "name": "township_indicators_wide",
    "description": (
        "One row per township and year, one column per indicator (宽表): the headline figures of township_indicators "
        "side by side, in the unit of the indicator. Null means that the report does not state the figure, which is "
        "not the same as 0. A township whose report states none keeps its row."
    ),
    "config": {"group": "indicators", "contract": {"enforced": True}},
    "data_tests": [{"unique_combination": {"arguments": {"columns": ["township_key", "report_year"]}}}],
}


def write_wide_yaml(reference: Path, folder: Path) -> None:
    """Write the YAML for a folder of reference data, unless it is up to date.

    Raises:
        ReferenceTableError: two indicators have the same column name; names file and row.
    """
    text, path = render_wide_yaml(reference), folder / WIDE_YAML
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def render_wide_yaml(reference: Path) -> str:
    """Return the YAML: one column per row of the catalogue, in its order."""
    columns: list[dict[str, Any]] = [
        {"name": name, "data_type": data_type, "description": f'{{{{ doc("{name}") }}}}'}
        | ({"constraints": [{"type": "not_null"}]} if is_key else {})
        | ({"data_tests": ["unique"]} if name == "report_id" else {})
        for name, (data_type, is_key) in _KEYS.items()
    ]
    needed = ("indicator_id", "name_zh", "name_en", "unit")
    for row in read_reference_table(reference / "extract" / "indicators.csv", needed, "indicator_id"):
        name = row["indicator_id"].replace(".", "_")
        if any(column["name"] == name for column in columns):
            raise row.error(f"column {name} is there twice")
        words = f"{row['name_zh']}: {row['name_en']}, in {row['unit']}; null where the report is silent."
        meta = {"meta": {"indicator_id": row["indicator_id"]}}
        columns.append({"name": name, "data_type": "double", "description": words, "config": meta})
    model = {"models": [_MODEL | {"columns": columns}]}
    return _HEAD + yaml.safe_dump(
        model, allow_unicode=True, default_flow_style=None, sort_keys=False, width=1_000
    )
