"""Search for figures: by what they count, their indicator, unit and confidence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.responses import Response

from orchestration.explorer import columns
from orchestration.explorer.database import Reader, Row
from orchestration.explorer.listings import Column, Listing
from orchestration.explorer.pages.search_filters import Search
from orchestration.explorer.view import PAGE_ROWS, View
from orchestration.explorer.wording import Words

SORTS = {
    "value": "figures.value desc, figures.quantity_id",
    "year": "reports.report_year desc nulls last, figures.quantity_id",
    "confidence": "figures.confidence, figures.quantity_id",
}
FIGURES_SQL = f"""\
select
    figures.surface,
    figures.value,
    figures.unit,
    figures.measured,
    indicators.name_zh,
    indicators.name_en,
    figures.period,
    figures.scope,
    figures.confidence,
    reports.unit_name,
    reports.county_name,
    reports.report_year,
    figures.section_type,
    figures.sentence,
    figures.report_id,
    figures.quantity_id,
    {columns.DOUBT_SQL}
from marts.fct_quantity as figures
inner join marts.dim_report as reports on figures.report_id = reports.report_id
left join marts.dim_indicator as indicators on figures.indicator_id = indicators.indicator_id
where figures.rowid in (
    select figures.rowid
    from marts.fct_quantity as figures
    inner join marts.dim_report as reports on figures.report_id = reports.report_id
    left join marts.dim_indicator as indicators on figures.indicator_id = indicators.indicator_id
    where {{filters}}
    order by {{order}}{{{{window}}}}
)
order by {{order}}"""


def show_figures(view: View, search: Search, context: dict[str, Any]) -> Response:
    """Show figures whose words contain those of the search; `context` has the template's common variables."""
    below = _read_bound(view)
    _add_filters(view, search, below)
    total = view.reader.value(
        "select count(*) from marts.fct_quantity as figures "
        "inner join marts.dim_report as reports on figures.report_id = reports.report_id "
        "left join marts.dim_indicator as indicators on figures.indicator_id = indicators.indicator_id "
        f"where {search.where}",
        search.parameters,
    )
    figures = view.show(
        Listing(
            "figures",
            Words("查到的数字", "Figures found"),
            _FIGURE_COLUMNS,
            FIGURES_SQL.format(filters=search.where, order=SORTS.get(search.sort, SORTS["year"])),
            search.parameters,
            page=PAGE_ROWS,
        ),
        total,
    )
    return view.answer(
        "search.html",
        **context,
        figures=figures,
        found=[],
        total=total,
        number=figures.number,
        pages=figures.pages,
        unknown=[],
        longer=[],
        indicator=view.ask("indicator"),
        unit=view.ask("unit"),
        below=view.ask("below") if below is not None else "",
        indicators=view.reader.remember("indicators", _list_indicators),
    )


def _read_bound(view: View) -> float | None:
    """Return the confidence in `?below=`; None if it is not a number."""
    try:
        return float(view.ask("below"))
    except ValueError:
        return None


def _add_filters(view: View, search: Search, below: float | None) -> None:
    """Add the conditions on figures to a search."""
    filters, parameters = search.filters, search.parameters
    indicator, unit = view.ask("indicator"), view.ask("unit")
    if search.words:
        filters.append(
            "(contains(figures.measured, $words) or contains(figures.surface, $words) "
            "or contains(indicators.name_zh, $words))"
        )
        parameters["words"] = search.words
    if indicator == "none":
        filters.append("figures.indicator_id is null")
    elif indicator:
        filters.append("figures.indicator_id = $indicator")
        parameters["indicator"] = indicator
    if unit:
        filters.append("figures.unit = $unit")
        parameters["unit"] = unit
    if below is not None:
        filters.append("figures.confidence < $below")
        parameters["below"] = below
    if search.section_type:
        filters.append("figures.section_type = $section_type")
        parameters["section_type"] = search.section_type


def _list_indicators(reader: Reader) -> list[Row]:
    return reader.rows("select * from marts.dim_indicator order by domain_position, indicator_id")


_FIGURE_COLUMNS = (
    columns.SURFACE_LINK,
    columns.MEASURED,
    columns.INDICATOR,
    replace(columns.VALUE, remarks=("doubt", "scope")),
    columns.UNIT,
    Column("period", Words("时期", "period"), "code"),
    Column("confidence", Words("把握", "confidence"), "number"),
    columns.TOWNSHIP,
    columns.COUNTY,
    columns.YEAR,
    columns.SENTENCE,
    columns.SCOPE,
    columns.DOUBT,
    columns.QUANTITY_ID,
)  # fmt: skip
