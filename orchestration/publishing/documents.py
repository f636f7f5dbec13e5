"""Generated parts of documents: docs/data_dictionary.md, query results in docs/queries.md and the READMEs.

    python -m orchestration.publishing.documents            write them, from the published copy
    python -m orchestration.publishing.documents --check    exit 1 where one would change, write nothing

Results are those of the sample reports: `make docs` refreshes a warehouse of them first.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby, takewhile
from pathlib import Path
from typing import Any

from orchestration.publishing.describe import Column, Mart
from orchestration.settings import PROJECT_DIR, load_settings

DICTIONARY = PROJECT_DIR / "docs" / "data_dictionary.md"
QUERIES = PROJECT_DIR / "docs" / "queries.md"
WITH_RESULTS = (QUERIES, PROJECT_DIR / "README.md", PROJECT_DIR / "README.zh-CN.md")

Rows = tuple[list[str], list[tuple[Any, ...]]]  # column names, rows

_HEAD = """\
# Data dictionary 数据字典

Every table of schema `marts`, in the warehouse, in the read-only copy `published/fazhi.duckdb`, as
`published/parquet/TABLE.parquet` and, unless it is larger than a spreadsheet, as `published/csv/TABLE.csv`.
The English texts are the comments of the database (written in `dbt_project/models/`), the Chinese ones are in
`seeds/reference/publish/marts.csv` and `mart_columns.csv`. This file is generated (`make docs`); do not edit it.

本文件列出 `marts` 中的全部数据表及各列含义，由 `make docs` 自动生成，请勿手工修改。英文说明即数据库注释，中文说明见
`seeds/reference/publish/marts.csv` 和 `mart_columns.csv`。
"""


def render_dictionary(marts: Sequence[Mart]) -> str:
    """Return the data dictionary as Markdown.

    Columns of a family (one per indicator, one per domain) are one line, so that a new indicator
    does not change the dictionary.
    """
    lines = [_HEAD, "| table | 表 | one row per |", "| --- | --- | --- |"]
    lines += [f"| [{mart.name}](#{mart.name}) | {mart.name_zh} | {_grain(mart)} |" for mart in marts]
    for mart in marts:
        lines += [
            "",
            f"## {mart.name}",
            "",
            f"**{mart.name_zh}** {mart.description_zh}",
            "",
            mart.comment,
            "",
        ]
        lines += [f"Key 主键: {', '.join(f'`{column}`' for column in mart.key)}", ""]
        lines += ["| column | type | English | 名称 | 说明 |", "| --- | --- | --- | --- | --- |"]
        lines += _column_lines(mart)
    return "\n".join(lines) + "\n"


def _grain(mart: Mart) -> str:
    """Return the grain: the comment up to its first stop, bracket or colon."""
    return re.split(r"[:.(（]", mart.comment.removeprefix("One row per "))[0].strip()


def _column_lines(mart: Mart) -> Iterator[str]:
    for is_generated, group in groupby(mart.columns, key=lambda column: column.is_generated):
        columns = list(group)
        if is_generated:
            yield _family_line(columns)
            continue
        for column in columns:
            cells = (f"`{column.name}`", column.data_type.lower(), column.comment, column.name_zh)
            yield "| " + " | ".join(_one_line(cell) for cell in (*cells, column.description_zh)) + " |"


def _family_line(columns: Sequence[Column]) -> str:
    letters = zip(*(column.name for column in columns), strict=False)
    prefix = "".join(same[0] for same in takewhile(lambda same: len(set(same)) == 1, letters))
    if prefix:
        english, chinese = "One column per domain (seeds/reference/transform/domains.csv)", "每个领域一列"
    else:
        english, chinese = "One column per indicator (seeds/reference/extract/indicators.csv)", "每个指标一列"
    comment = "; its comment in the database begins with the Chinese name."
    return f"| `{prefix}…` | {columns[0].data_type.lower()} | {english}{comment} | {chinese} | 中文名见列注释。 |"


def _one_line(text: str) -> str:
    return text.replace("\n", " ").replace("|", "\\|")


# ---- queries -------------------------------------------------------------------------------

_EXAMPLE = re.compile(r"```sql\n(?P<sql>.*?)```\n(?:\n(?:\|[^\n]*\n)+)?", re.DOTALL)


def find_queries(markdown: str) -> list[str]:
    """Return the SQL of each example, in order."""
    return [match["sql"] for match in _EXAMPLE.finditer(markdown)]


def render_queries(markdown: str, run: Callable[[str], Rows]) -> str:
    """Return the document with the table after each ```sql block replaced by its current result."""

    def with_result(match: re.Match[str]) -> str:
        return f"```sql\n{match['sql']}```\n\n{render_table(*run(match['sql']))}\n"

    return _EXAMPLE.sub(with_result, markdown)


def render_table(names: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> str:
    """Return a Markdown table; numbers are right-aligned, null is empty."""
    rows = list(rows)
    names = list(names)
    numeric = [
        any(isinstance(row[index], (int, float)) and not isinstance(row[index], bool) for row in rows)
        for index, _ in enumerate(names)
    ]
    lines = ["| " + " | ".join(names) + " |"]
    lines.append("|" + "|".join(" ---: " if right else " --- " for right in numeric) + "|")
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, (int, str, date)):
        return _one_line(str(value))
    raise TypeError(f"an example query returns {value!r}, which no cell can show: cast it")


# ---- command -------------------------------------------------------------------------------


def render_documents(published: Path) -> dict[Path, str]:
    """Return the up-to-date documents, from a published copy of the sample reports' warehouse."""
    from orchestration.publishing.describe import describe_marts
    from orchestration.warehouse.connection import open_warehouse

    with open_warehouse(published, read_only=True) as connection:

        def run(sql: str) -> Rows:
            result = connection.execute(sql)
            return [column[0] for column in result.description], result.fetchall()

        return {
            DICTIONARY: render_dictionary(describe_marts(connection)),
            **{path: render_queries(path.read_text(encoding="utf-8"), run) for path in WITH_RESULTS},
        }


def main(arguments: list[str]) -> int:
    """Write the documents, or only compare them with `--check`."""
    stale = [
        (path, text)
        for path, text in render_documents(load_settings().published / "fazhi.duckdb").items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    for path, text in stale:
        if "--check" in arguments:
            print(f"{path.relative_to(PROJECT_DIR)} is out of date: make docs", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(PROJECT_DIR)}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
