"""Search: the address, and the filters that searches of texts and of figures share."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from orchestration.explorer.database import Reader
from orchestration.explorer.pages.regions import list_years
from orchestration.explorer.pages.search_figures import show_figures
from orchestration.explorer.pages.search_texts import show_texts
from orchestration.explorer.view import View
from orchestration.pipeline.vocabulary import SectionType

_QUERY_CHARS = 60
_LOOKED_FOR_LAST = (SectionType.PREAMBLE, SectionType.OTHER)
SECTION_TYPES = (*(one for one in SectionType if one not in _LOOKED_FOR_LAST), *_LOOKED_FOR_LAST)


def show_search(view: View) -> Response:
    """`/search?q=`: `kind=figures` for figures, `mode=word` for whole words; filters by address."""
    words = view.ask("q")[:_QUERY_CHARS]
    filters, parameters = _read_filters(view)
    context: dict[str, Any] = {
        "words": words,
        "years": view.reader.remember("years", list_years),
        "provinces": view.reader.remember("provinces", _list_provinces),
        "section_types": SECTION_TYPES,
        "kind": "figures" if view.ask("kind") == "figures" else "text",
        "mode": "word" if view.ask("mode") == "word" else "text",
        "sort": view.ask("sort"),
    }
    section_type = view.ask("section") if view.ask("section") in SECTION_TYPES else ""
    show = show_figures if context["kind"] == "figures" else show_texts
    return show(view, words, section_type, filters, parameters, context)


def _read_filters(view: View) -> tuple[list[str], dict[str, Any]]:
    """Conditions on `reports` that all searches share."""
    filters: list[str] = []
    parameters: dict[str, Any] = {}
    if province := view.ask("province"):
        filters.append("reports.province_name = $province")
        parameters["province"] = province
    if county := view.ask("county"):
        filters.append("$county in (reports.county_code, reports.county_name)")
        parameters["county"] = county
    if (year := view.ask_number("year")) is not None:
        filters.append("reports.report_year = $year")
        parameters["year"] = year
    return filters, parameters


def _list_provinces(reader: Reader) -> list[str]:
    sql = """select province_name from marts.dim_township where province_name is not null
        group by all order by min(county_code)"""
    return [row["province_name"] for row in reader.rows(sql)]
