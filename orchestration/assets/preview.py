"""Row counts and small Markdown previews of tables for the Dagster UI."""

from typing import Any

import dagster as dg
import duckdb
import pandas as pd
from pandas.api.types import is_list_like

from orchestration.warehouse.connection import count_rows, query

_PREVIEW_ROWS = 5
_PREVIEW_CHARS = 60


def table_metadata(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, Any]:
    """Row count and a small preview of `schema.table`, for the Dagster UI."""
    sample = query(connection, f"select * from {table} limit {_PREVIEW_ROWS}")
    return {
        "dagster/row_count": count_rows(connection, table),
        "preview": dg.MetadataValue.md(to_markdown(sample)),
    }


def to_markdown(rows: pd.DataFrame) -> str:
    """A Markdown table with long cells cut and cell-breaking characters replaced."""

    def cell(value: Any) -> str:
        if is_list_like(value):
            value = ", ".join(map(str, value))
        if value is None or value is pd.NaT or value is pd.NA or value != value:
            return ""
        text = (
            str(value)
            .replace("\n", " ")
            .replace("|", "¦")
            .replace("<", "‹")
            .replace("`", "ˋ")
            .replace("[", "\\[")
        )
        return text if len(text) <= _PREVIEW_CHARS else text[: _PREVIEW_CHARS - 1] + "…"

    lines = ["| " + " | ".join(rows.columns) + " |", "|" + " --- |" * len(rows.columns)]
    lines += ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows.itertuples(index=False)]
    return "\n".join(lines)
