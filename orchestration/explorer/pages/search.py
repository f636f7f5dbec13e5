"""Search: dispatches an address to the search of texts or of figures."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from orchestration.explorer.database import Reader, Row
from orchestration.explorer.pages.regions import list_years
from orchestration.explorer.pages.search_figures import show_figures
from orchestration.explorer.pages.search_filters import SECTION_TYPES, read_search
from orchestration.explorer.pages.search_texts import show_texts
from orchestration.explorer.view import View

_PLACES = 6


def show_search(view: View) -> Response:
    """`/search?q=`: `kind=figures` for figures, `mode=word` for whole words; filters by address."""
    search = read_search(view)
    kind = "figures" if view.ask("kind") == "figures" else "text"
    context: dict[str, Any] = {
        "words": search.words,
        "years": view.reader.remember("years", list_years),
        "provinces": view.reader.remember("provinces", _list_provinces),
        "section_types": SECTION_TYPES,
        "kind": kind,
        "mode": "word" if search.by_word else "text",
        "sort": search.sort,
        "places": _find_places(view.reader, search.words),
    }
    show = show_figures if kind == "figures" else show_texts
    return show(view, search, context)


def _find_places(reader: Reader, words: str) -> list[Row]:
    """Return townships whose name contains the query, for readers who look for a township, not a sentence."""
    if len(words) < 2 or " " in words:
        return []
    return reader.rows(f"select * from marts.find_township($name) limit {_PLACES}", {"name": words})


def _list_provinces(reader: Reader) -> list[str]:
    sql = """select province_name from marts.dim_county where province_name is not null
        group by all order by min(county_code)"""
    return [row["province_name"] for row in reader.rows(sql)]
