"""Row counts and small Markdown previews of tables for the Dagster UI."""

import re
from typing import Any

import dagster as dg
import duckdb
import pandas as pd
from pandas.api.types import is_list_like

from orchestration.warehouse.connection import count_rows, query

_PREVIEW_ROWS = 5
_PREVIEW_CHARS = 60


def table_metadata(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, Any]:
    """Return row count and a small preview of `schema.table` for the Dagster UI."""
    sample = query(connection, f"select * from {table} limit {_PREVIEW_ROWS}")
    return {
        "dagster/row_count": count_rows(connection, table),
        "preview": dg.MetadataValue.md(to_markdown(sample)),
    }


_MARKS = re.compile(r"[\\`*_{}\[\]()#+\-.!|<>~&$^:@]")
_JOINER = "\u2060"  # invisible; breaks addresses so that they do not become links
_ADDRESS = re.compile(
    r"""
    (?<=:)(?=//)            # e.g. https://
    | (?<=www)(?=\.)        # e.g. www.a
    | (?<=[^\s@])(?=@)      # e.g. name@place
    | (?<=mailto)(?=:) | (?<=xmpp)(?=:)   # e.g. mailto:
    """,
    re.IGNORECASE | re.VERBOSE,
)


def escape_markdown(text: str) -> str:
    """Escape text so that Markdown shows it literally: no markup, and no links, even of bare addresses."""
    return _MARKS.sub(r"\\\g<0>", _ADDRESS.sub(_JOINER, text))


def to_markdown(rows: pd.DataFrame) -> str:
    """Return a Markdown table with truncated long cells and escaped markup."""

    def cell(value: Any) -> str:
        if is_list_like(value):
            value = ", ".join(map(str, value))
        if value is None or value is pd.NaT or value is pd.NA or value != value:
            return ""
        text = " ".join(str(value).splitlines())
        return escape_markdown(text if len(text) <= _PREVIEW_CHARS else text[: _PREVIEW_CHARS - 1] + "…")

    lines = ["| " + " | ".join(rows.columns) + " |", "|" + " --- |" * len(rows.columns)]
    lines += ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows.itertuples(index=False)]
    return "\n".join(lines)
