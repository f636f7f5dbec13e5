"""Records as tables: DDL and Arrow schemas of the raw tables, derived from the record types.

Nothing here opens a database; worker processes use it to return tables instead of objects.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from typing import Any

import pyarrow as pa

from orchestration.pipeline import records

RAW_TABLES: dict[str, type] = {
    "files": records.SourceFile,
    "reports": records.RawReport,
    "documents": records.Document,
    "ocr_lines": records.OcrLine,
    "sections": records.Section,
    "sentences": records.ReportSentences,
    "terms": records.Term,
    "section_terms": records.SectionTerms,
    "theme_mentions": records.SectionThemes,
    "quantities": records.Quantity,
    "stage_runs": records.StageRun,
    "townships": records.Township,
    "failures": records.StageFailure,
    "corrections": records.AppliedDecision,
    "correction_findings": records.CorrectionFinding,
}

_TYPES: dict[Any, tuple[str, pa.DataType]] = {
    str: ("VARCHAR", pa.string()),
    int: ("INTEGER", pa.int32()),
    float: ("DOUBLE", pa.float64()),
    bool: ("BOOLEAN", pa.bool_()),
    date: ("DATE", pa.date32()),
    datetime: ("TIMESTAMP", pa.timestamp("us")),
    list[str]: ("VARCHAR[]", pa.list_(pa.string())),
    list[float]: ("DOUBLE[]", pa.list_(pa.float64())),
    list[int]: ("INTEGER[]", pa.list_(pa.int32())),
}
_BIGINT = ("BIGINT", pa.int64())
_BIG_COLUMNS = {"byte_size", "modified_ns"}
# Texts of reports and of their sections. By default DuckDB tries to build a dictionary of the report texts,
# which takes 13 s for 10,000 reports instead of 0.4 and makes the file larger.
_LONG_TEXTS = {"raw_text", "text"}


@cache
def describe_columns(table: str) -> list[tuple[str, str, pa.DataType, bool]]:
    """Return name, SQL type, Arrow type and nullability of each column of raw table `table`."""
    hints = typing.get_type_hints(RAW_TABLES[table])
    columns = []
    for name, hint in hints.items():
        kinds = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
        nullable = types.NoneType in kinds
        (kind,) = (k for k in kinds if k is not types.NoneType)
        sql, arrow = _BIGINT if name in _BIG_COLUMNS else _TYPES[kind]
        columns.append((name, sql, arrow, nullable))
    return columns


def create_table_sql(table: str) -> str:
    """Return the `create table if not exists` statement of raw table `table`."""
    columns = ", ".join(
        f"{name} {sql}"
        + ("" if nullable else " not null")
        + (" using compression 'zstd'" if name in _LONG_TEXTS else "")
        for name, sql, _, nullable in describe_columns(table)
    )
    return f"create table if not exists raw.{table} ({columns})"


def to_arrow(table: str, rows: Iterable[tuple[Any, ...]]) -> pa.Table:
    """Return records as an Arrow table with the columns of raw table `table`, in order."""
    rows = list(rows)
    schema = pa.schema([pa.field(name, arrow) for name, _, arrow, _ in describe_columns(table)])
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.table(arrays, schema)
