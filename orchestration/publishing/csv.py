"""Marts as CSV for spreadsheets: with a BOM, without text that could be a formula; also in Chinese."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from orchestration.publishing.describe import Column, Mart
from orchestration.publishing.publication import Publication
from orchestration.publishing.spreadsheet import (
    BOM,
    CODES_ZH,
    FORMULA_PATTERN,
    fits_spreadsheet,
    in_words,
    reading_order,
)
from orchestration.warehouse.connection import literal

# Expression and heading of each column, in order.
Select = Callable[[Mart], list[tuple[str, str]]]


def write_csv(publication: Publication, folder: Path) -> dict[str, int]:
    """Write CSV for spreadsheets: with a BOM, without text that could be a formula, without too large marts.

    Returns:
        Size of each file in bytes, by mart.
    """
    return _write_files(publication, folder, _select_fields, lambda mart: mart.name)


def write_csv_zh(publication: Publication, folder: Path) -> dict[str, int]:
    """Write the same rows for officers: files and headings in Chinese, codes in words, 是 and 否, ids last.

    Returns:
        Size of each file in bytes, by mart.
    """
    return _write_files(publication, folder, _select_chinese, lambda mart: mart.name_zh)


def _write_files(
    publication: Publication, folder: Path, select: Select, name: Callable[[Mart], str]
) -> dict[str, int]:
    folder.mkdir()

    def write(mart: Mart) -> int:
        fields = select(mart)
        path = folder / f"{name(mart)}.csv"
        published_at = f"{folder.name.removesuffix('.new')}/{path.name}"
        content = f"{publication.content(mart.name)} {fields}"
        publication.written.write(path, published_at, content, partial(_copy_mart, publication, mart, fields))
        return path.stat().st_size

    fitting = [mart for mart in publication.marts if fits_spreadsheet(mart)]
    return dict(zip((mart.name for mart in fitting), publication.pool.map(write, fitting), strict=True))


def _select_fields(mart: Mart) -> list[tuple[str, str]]:
    return [(_harmless(column), column.name) for column in mart.columns]


def _select_chinese(mart: Mart) -> list[tuple[str, str]]:
    columns = {column.name: column for column in mart.columns}
    return [(_in_words(columns[name]), columns[name].heading_zh) for name in reading_order(columns)]


def _in_words(column: Column) -> str:
    name = f'"{column.name}"'
    if column.data_type == "BOOLEAN":
        return f"case {name} when true then '是' when false then '否' end"  # null stays null
    if column.name in CODES_ZH:
        return in_words(name, column.name, _harmless(column))
    return _harmless(column)


def _copy_mart(publication: Publication, mart: Mart, fields: list[tuple[str, str]], path: Path) -> None:
    # The BOM goes before the first heading: DuckDB has no option for it.
    columns = ", ".join(
        f'{expression} as "{"" if number else BOM}{heading.replace(chr(34), "")}"'
        for number, (expression, heading) in enumerate(fields)
    )
    with publication.cursor() as cursor:
        cursor.execute(
            f'copy (select {columns} from marts."{mart.name}") to {literal(path)} '
            "(format csv, header, timestampformat '%Y-%m-%dT%H:%M:%SZ')"
        )


def _harmless(column: Column) -> str:
    name = f'"{column.name}"'
    if column.data_type != "VARCHAR":
        return name
    return f"if(regexp_matches({name}, '{FORMULA_PATTERN}'), chr(39) || {name}, {name})"
