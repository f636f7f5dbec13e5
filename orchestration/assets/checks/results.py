"""Metadata of check results for the Dagster UI: meaning, expected, observed, first offending row.

In both languages, and in the same form for SQL checks and dbt's tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import dagster as dg

from orchestration.assets.preview import escape_markdown

_SHOWN_CHARS = 200


class Meaning(NamedTuple):
    """The meaning of a check, as a sentence in each language."""

    english: str
    chinese: str

    def __str__(self) -> str:
        return f"{self.english}\n\n{self.chinese}" if self.chinese else self.english


def check_metadata(meaning: Meaning, offending: int, first: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the metadata of a result.

    Args:
        offending: number of offending rows, or of failures as dbt counts them.
        first: column → value of the first offending row; None if there is none or it cannot be shown.
    """
    described = {
        "meaning": dg.MetadataValue.md(str(meaning)),
        "expected": "no offending rows 没有不符合的行",
        "observed": f"{offending:,} offending rows 有{offending}行不符合"
        if offending
        else "no offending rows 没有不符合的行",
        "offending_rows": offending,
    }
    if first is not None:
        described["first_offending_row"] = dg.MetadataValue.md(_list_cells(first))
    return described


def describe_offence(table: str, meaning: Meaning, offending: int, first: Mapping[str, Any] | None) -> str:
    """Return a line in both languages for terminals and alerts: what is wrong, how often, the first row."""
    example = ", ".join(f"{name} {_cut(value)}" for name, value in (first or {}).items())
    shown = f" First: {example}" if example else ""
    return (
        f"{table}: {offending} offending rows: {meaning.english} "
        f"（{offending}行不符合：{meaning.chinese.rstrip('。')}）{shown}"
    )


def describe_dbt_test(node: Mapping[str, Any]) -> Meaning:
    """Return the meaning of a dbt test; a singular one has it in its description."""
    kind = (node.get("test_metadata") or {}).get("name")
    if kind is None:
        return _split_languages(node.get("description") or node["name"].replace("_", " "))
    arguments = node["test_metadata"].get("kwargs") or {}
    column = node.get("column_name") or ""
    columns = ", ".join(arguments.get("columns") or [])
    values = ", ".join(map(str, arguments.get("values") or []))
    low, high = arguments.get("min_value", "-∞"), arguments.get("max_value", "∞")
    other = f"{_read_ref(str(arguments.get('to', '')))}.{arguments.get('field', '')}"
    meanings = {
        "unique": Meaning(f"No two rows share {column}.", f"{column} 不重复。"),
        "not_null": Meaning(f"Each row has {column}.", f"{column} 不为空。"),
        "unique_combination": Meaning(f"No two rows share {columns}.", f"{columns} 的组合不重复。"),
        "relationships": Meaning(f"Each {column} is in {other}.", f"每个 {column} 都在 {other} 中。"),
        "accepted_values": Meaning(f"{column} is one of {values}.", f"{column} 为以下之一：{values}。"),
        "in_range": Meaning(f"{column} is between {low} and {high}.", f"{column} 在 {low} 与 {high} 之间。"),
    }
    return meanings.get(kind) or Meaning(f"{kind} {column}", f"{kind} {column}")


def _read_ref(expression: str) -> str:
    """Return the model that a reference names: dim_report for ref('dim_report')."""
    return expression.removeprefix("ref(").strip("')")


def _split_languages(description: str) -> Meaning:
    """Split `English. 中文。` into English and Chinese."""
    start = next((index for index, sign in enumerate(description) if sign >= "\u2e80"), len(description))
    return Meaning(description[:start].strip(), description[start:].strip())


def _list_cells(row: Mapping[str, Any]) -> str:
    return "\n".join(
        f"- {escape_markdown(name)}: {escape_markdown(_cut(value))}" for name, value in row.items()
    )


def _cut(value: Any) -> str:
    text = " ".join(str(value).splitlines())
    return text if len(text) <= _SHOWN_CHARS else text[: _SHOWN_CHARS - 1] + "…"
