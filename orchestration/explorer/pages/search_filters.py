"""Shared by searches of texts and of figures: the parsed query and its conditions on reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from orchestration.explorer.view import View
from orchestration.pipeline.vocabulary import SectionType

_QUERY_CHARS = 60
_LOOKED_FOR_LAST = (SectionType.PREAMBLE, SectionType.OTHER)
SECTION_TYPES = (*(one for one in SectionType if one not in _LOOKED_FOR_LAST), *_LOOKED_FOR_LAST)


@dataclass(frozen=True, slots=True)
class Search:
    """A search requested by an address.

    Attributes:
        words: as typed.
        section_type: type of the sections to search; empty for all.
        by_word: whole words of the dictionary instead of any substring.
        sort: sort key of the address.
        filters: conditions on `reports`; a search adds its own.
        parameters: parameters of the filters.
    """

    words: str
    section_type: str
    by_word: bool
    sort: str
    filters: list[str]
    parameters: dict[str, Any]

    @property
    def where(self) -> str:
        """Return all conditions as one."""
        return " and ".join(self.filters) or "true"


def read_search(view: View) -> Search:
    """Read the search of an address: `q`, `section`, `mode`, `sort`, and filters by place and year."""
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
    return Search(
        words=view.ask("q")[:_QUERY_CHARS],
        section_type=view.ask("section") if view.ask("section") in SECTION_TYPES else "",
        by_word=view.ask("mode") == "word",
        sort=view.ask("sort"),
        filters=filters,
        parameters=parameters,
    )
