"""The vocabulary of segment: townships of the gazetteer and numbered terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

from orchestration.warehouse.connection import registered, transaction
from orchestration.warehouse.rows import insert_rows, write_input_hashes


def replace_townships(connection: duckdb.DuckDBPyConnection, townships: pa.Table, version: str) -> None:
    """Replace all townships by those of the gazetteer, in one transaction."""
    with transaction(connection):
        connection.execute("delete from raw.townships")
        insert_rows(connection, "townships", townships)
        write_input_hashes(connection, "townships", {"raw": version})


def place_names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the distinct names of townships and counties, sorted."""
    rows = connection.execute(
        "select unit_name from raw.townships union select county_name from raw.townships order by 1"
    ).fetchall()
    return [row[0] for row in rows]


def replace_current_terms(
    connection: duckdb.DuckDBPyConnection, parts_of_speech: Mapping[str, str], version: str
) -> None:
    """Replace the current terms in one transaction; a known term keeps its number.

    Args:
        parts_of_speech: jieba's tag by term.
    """
    terms = pa.table({"term": list(parts_of_speech), "part_of_speech": list(parts_of_speech.values())})
    with transaction(connection), registered(connection, incoming_terms=terms):
        connection.execute(
            "update raw.terms set is_current = (term, part_of_speech) in (select * from incoming_terms)"
        )
        connection.execute(
            "insert into raw.terms by name select "
            "((select coalesce(max(term_number), 0) from raw.terms) + row_number() over ())::integer as term_number, "
            "term, part_of_speech, true as is_current "
            "from incoming_terms anti join raw.terms using (term, part_of_speech)"
        )
        write_input_hashes(connection, "terms", {"raw": version})


def term_numbers(
    connection: duckdb.DuckDBPyConnection, report_ids: Sequence[str] | None = None
) -> dict[str, int]:
    """Return the numbers of the current terms.

    Args:
        report_ids: a few reports; terms whose first two characters are not in their texts are left
            out, which takes a fifth of the time.
    """
    wanted, parameters = "is_current", {}
    if report_ids is not None:
        texts = connection.execute(
            "select text from raw.documents where report_id in (select unnest($ids))", {"ids": report_ids}
        ).fetchall()
        parameters = {"characters": sorted({character for (text,) in texts for character in text})}
        wanted += " and term[1] in (select unnest($characters)) and term[2] in (select unnest($characters))"
    terms = connection.execute(
        f"select term, term_number from raw.terms where {wanted}", parameters
    ).to_arrow_table()
    return dict(zip(terms["term"].to_pylist(), terms["term_number"].to_pylist(), strict=True))
