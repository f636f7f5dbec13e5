"""The description of the published files as a Frictionless data package."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from orchestration.publishing.describe import Column, Mart
from orchestration.publishing.publication import Publication

_FIELD_TYPES = {
    "VARCHAR": "string",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "datetime",
}


def write_datapackage(publication: Publication, path: Path) -> None:
    """Write the description of the other formats' files."""
    path.write_text(build_datapackage(publication.marts, publication.csv_bytes), encoding="utf-8")


def build_datapackage(marts: Sequence[Mart], csv_bytes: dict[str, int]) -> str:
    """The Frictionless data package of the published files, as JSON.

    A mart without a CSV file (too long for a spreadsheet) is described by its Parquet file.

    Args:
        csv_bytes: size of each CSV file, by mart.

    Raises:
        ValueError: a column has a type that no field type stands for; names the column.
    """
    homes = {mart.key: mart.name for mart in reversed(marts) if mart.name.startswith("dim_")}
    package = {
        "name": "fazhi",
        "title": "乡镇法治政府建设年度报告 / Rule-of-law government reports of townships",
        "description": (
            "Marts of the warehouse, each as CSV (UTF-8 with BOM) and as Parquet. In CSV a text that begins with "
            "= + - @ in any width, also behind blanks, or with a tab or line break, has an apostrophe before it, "
            "lest a spreadsheet calculate it; "
            "Parquet holds the text as it is."
        ),
        "resources": [_resource(mart, csv_bytes, homes) for mart in marts],
    }
    return json.dumps(package, ensure_ascii=False, indent=2) + "\n"


def _resource(mart: Mart, csv_bytes: dict[str, int], homes: dict[tuple[str, ...], str]) -> dict[str, Any]:
    parquet = f"parquet/{mart.name}.parquet"
    if mart.name in csv_bytes:
        file: dict[str, Any] = {
            "path": f"csv/{mart.name}.csv",
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "bytes": csv_bytes[mart.name],
            "alternatives": [parquet],
        }
    else:
        file = {"path": parquet, "format": "parquet", "mediatype": "application/vnd.apache.parquet"}
    schema: dict[str, Any] = {
        "fields": [
            {
                "name": column.name,
                "type": _field_type(mart, column),
                "title": column.name_zh,
                "description": column.comment,
            }
            for column in mart.columns
        ],
        "missingValues": [""],
        "primaryKey": list(mart.key),
        "foreignKeys": [
            {"fields": [column.name], "reference": {"resource": home, "fields": [column.name]}}
            for column in mart.columns
            if (home := homes.get((column.name,))) and (column.name,) != mart.key
        ],
    }
    return {
        "name": mart.name,
        "title": mart.name_zh,
        "description": f"{mart.comment}\n\n{mart.description_zh}",
        **file,
        "rows": mart.rows,
        "schema": {name: value for name, value in schema.items() if value},
    }


def _field_type(mart: Mart, column: Column) -> str:
    if column.data_type not in _FIELD_TYPES:
        raise ValueError(f"marts.{mart.name}.{column.name}: no field type stands for {column.data_type}")
    return _FIELD_TYPES[column.data_type]
