"""The description of the published files as a Frictionless data package."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
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
_DESCRIPTION = (
    "Marts of the warehouse, each as CSV (UTF-8 with BOM) and as Parquet; csv_zh/ holds the same rows with Chinese "
    "headings. In CSV, an apostrophe precedes any text that begins with = + - @ (also full-width or after blanks), a "
    "tab or a line break, so that spreadsheets do not evaluate it; Parquet has the unchanged text."
)
_DESCRIPTION_ZH = (
    "乡镇街道公开的法治政府建设年度报告中的数字和提纲，每张表有 CSV（UTF-8 带 BOM）和 Parquet；csv_zh 为中文表头。"
    "空白表示报告没有写明，不等于 0。"
)
# the rights in words quoted from reports stay with the governments that published them: see sources
_LICENSES = [
    {
        "name": "Apache-2.0",
        "path": "https://www.apache.org/licenses/LICENSE-2.0",
        "title": "Tables, names and descriptions: Apache License 2.0 / 表结构、名称和说明：Apache 许可证 2.0",
    }
]
_SOURCES = [
    {
        "title": "乡镇人民政府、街道办事处主动公开的法治政府建设年度报告；每份报告的网址见 dim_report.source_url / "
        "Annual reports published by townships themselves; the address of each is in dim_report.source_url",
    },
    {
        "title": "国家统计局 统计用区划代码和城乡划分代码（2023），经 china-division 整理 / Division codes of the "
        "National Bureau of Statistics of China, 2023, from china-division (WTFPL)",
        "path": "https://github.com/modood/Administrative-divisions-of-China",
    },
    {
        "title": "民政部 中华人民共和国行政区划代码历次修订（2010–2019），经 gb2260 整理 / Revisions of GB/T 2260 "
        "of the Ministry of Civil Affairs of China, from gb2260 (BSD)",
        "path": "https://github.com/cn/GB2260",
    },
    {
        "title": "地名简称与变更，经 JioNLP 整理 / Short names and changes of places, from JioNLP (Apache-2.0)",
        "path": "https://github.com/dongrixinyu/JioNLP",
    },
]


def write_datapackage(publication: Publication, path: Path) -> None:
    """Write the description of the other formats' files."""
    described = build_datapackage(publication.marts, publication.csv_bytes, publication.csv_zh_bytes)
    path.write_text(described, encoding="utf-8")


def build_datapackage(
    marts: Sequence[Mart],
    csv_bytes: Mapping[str, int],
    csv_zh_bytes: Mapping[str, int],
    created: datetime | None = None,
) -> str:
    """Return the Frictionless data package of the published files as JSON.

    A mart without a CSV file (too long for a spreadsheet) is described by its Parquet file.

    Args:
        csv_bytes: size of each CSV file by mart; `csv_zh_bytes` for those in Chinese.
        created: UTC, now by default.

    Raises:
        ValueError: a column's type has no corresponding field type; names the column.
    """
    homes = {mart.key: mart.name for mart in reversed(marts) if mart.name.startswith("dim_")}
    moment = created or datetime.now(UTC)
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "fazhi",
        "title": "乡镇法治政府建设年度报告 / Rule-of-law government reports of townships",
        "description": f"{_DESCRIPTION_ZH}\n\n{_DESCRIPTION}",
        "version": version("fazhi-warehouse"),
        "created": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "keywords": ["法治政府建设", "依法行政", "乡镇", "rule of law", "government reports", "China"],
        "licenses": _LICENSES,
        "sources": _SOURCES,
        "contributors": [{"title": "法治政府建设年度报告数据平台", "roles": ["wrangler", "publisher"]}],
        "resources": [_resource(mart, csv_bytes, csv_zh_bytes, homes) for mart in marts],
    }
    return json.dumps(package, ensure_ascii=False, indent=2) + "\n"


def _resource(
    mart: Mart,
    csv_bytes: Mapping[str, int],
    csv_zh_bytes: Mapping[str, int],
    homes: Mapping[tuple[str, ...], str],
) -> dict[str, Any]:
    """Return a mart with its file and columns; `homes` maps a key to the mart that it refers to."""
    return {
        "name": mart.name,
        "title": f"{mart.name_zh} / {mart.name.replace('_', ' ')}",
        "description": f"{mart.description_zh}\n\n{mart.comment}",
        **_describe_file(mart, csv_bytes, csv_zh_bytes),
        "rows": mart.rows,
        "schema": _describe_schema(mart, homes),
    }


def _describe_file(
    mart: Mart, csv_bytes: Mapping[str, int], csv_zh_bytes: Mapping[str, int]
) -> dict[str, Any]:
    """Return the CSV file with its other formats, or the Parquet file of a mart without CSV."""
    parquet = f"parquet/{mart.name}.parquet"
    if mart.name not in csv_bytes:
        return {"path": parquet, "format": "parquet", "mediatype": "application/vnd.apache.parquet"}
    csv_zh = [f"csv_zh/{mart.name_zh}.csv"] if mart.name in csv_zh_bytes else []
    return {
        "path": f"csv/{mart.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": csv_bytes[mart.name],
        "alternatives": [parquet, *csv_zh],
    }


def _describe_schema(mart: Mart, homes: Mapping[tuple[str, ...], str]) -> dict[str, Any]:
    """Return columns, primary key and foreign keys, where a mart has them."""
    schema = {
        "fields": [
            {
                "name": column.name,
                "type": _field_type(mart, column),
                "title": column.name_zh,
                "description": "\n\n".join(filter(None, (column.description_zh, column.comment))),
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
    return {name: value for name, value in schema.items() if value}


def _field_type(mart: Mart, column: Column) -> str:
    if column.data_type not in _FIELD_TYPES:
        raise ValueError(f"marts.{mart.name}.{column.name}: no field type for {column.data_type}")
    return _FIELD_TYPES[column.data_type]
