"""Marts as CSV for spreadsheets: with a BOM, and no text that could be a formula."""

from __future__ import annotations

from pathlib import Path

from orchestration.publishing.describe import Column, Mart
from orchestration.publishing.publication import Publication
from orchestration.publishing.spreadsheet import BOM, FORMULA_PATTERN, fits_spreadsheet


def write_csv(publication: Publication, folder: Path) -> dict[str, int]:
    """CSV for spreadsheets: with a BOM, no text that could be a formula, no mart that none could open.

    Returns:
        Size of each file in bytes, by mart.
    """
    folder.mkdir()

    def write(mart: Mart) -> int:
        path = folder / f"{mart.name}.csv"
        # The BOM goes before the first heading: DuckDB has no option for it.
        columns = ", ".join(
            f'{_harmless(column)} as "{BOM if column is mart.columns[0] else ""}{column.name}"'
            for column in mart.columns
        )
        quoted = str(path).replace("'", "''")
        with publication.cursor() as cursor:
            cursor.execute(
                f"copy (select {columns} from marts.\"{mart.name}\") to '{quoted}' "
                "(format csv, header, timestampformat '%Y-%m-%dT%H:%M:%SZ')"
            )
        return path.stat().st_size

    fitting = [mart for mart in publication.marts if fits_spreadsheet(mart)]
    return dict(zip((mart.name for mart in fitting), publication.pool.map(write, fitting), strict=True))


def _harmless(column: Column) -> str:
    name = f'"{column.name}"'
    if column.data_type != "VARCHAR":
        return name
    return f"if(regexp_matches({name}, '{FORMULA_PATTERN}'), chr(39) || {name}, {name})"
