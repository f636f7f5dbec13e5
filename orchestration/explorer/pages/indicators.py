"""The catalogue, one indicator from definition to evidence, and figures without an indicator."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from orchestration.explorer import columns
from orchestration.explorer.charts import Series, draw_histogram, draw_lines, round_up
from orchestration.explorer.database import Row
from orchestration.explorer.decision_states import measure_precision
from orchestration.explorer.decisions import read_decisions
from orchestration.explorer.listings import Column, Listing, link_figure
from orchestration.explorer.pages.regions import INDICATOR_COLUMNS, INDICATORS_SQL, chosen_year, name_region
from orchestration.explorer.view import PAGE_ROWS, NoSuchThingError, Shown, View
from orchestration.explorer.wording import Words

_CLASSES = 12  # of a distribution
_TOP_QUANTILE = 0.98  # a few larger values would squeeze all others into one class; they join the last

RANKING_SQL = f"""\
select
    figures.unit_name,
    figures.county_name,
    figures.province_name,
    figures.value,
    figures.unit,
    figures.qualifier,
    figures.scope,
    figures.confidence,
    figures.sentence,
    figures.township_key,
    figures.report_id,
    figures.quantity_id,
    {columns.HEADLINE_REMARKS_SQL}
from marts.township_indicators as figures
where figures.rowid in (
    select figures.rowid
    from marts.township_indicators as figures
    where figures.indicator_id = $indicator and figures.report_year = $year{{filters}}
    order by figures.value {{direction}}, figures.township_key{{{{window}}}}
)
order by figures.value {{direction}}, figures.township_key"""
YEARS_SQL = """\
select
    figures.report_year,
    count(*)::integer as townships,
    median(figures.value) filter (where figures.qualifier in ('exact', 'approx')) as median_value,
    quantile_cont(figures.value, 0.25) filter (where figures.qualifier in ('exact', 'approx')) as lower_quarter,
    quantile_cont(figures.value, 0.75) filter (where figures.qualifier in ('exact', 'approx')) as upper_quarter
from marts.township_indicators as figures
where figures.indicator_id = $indicator{filters}
group by figures.report_year
order by figures.report_year"""
UNMAPPED_SQL = """\
select
    measured,
    unit,
    figures,
    reports,
    example_value,
    example_sentence,
    example_unit_name,
    example_report_year,
    example_report_id,
    example_quantity_id
from marts.unmapped_quantities
where contains(measured, $words)
order by figures desc, reports desc, measured, unit"""


def show_catalogue(view: View) -> Response:
    """`/indicators`: all indicators, with the number of townships that disclose each."""
    year, years = chosen_year(view)
    title = Words(f"指标目录与{year}年公开情况", f"Indicator catalogue and disclosure in {year}")
    catalogue = view.show(
        Listing("indicators", title, INDICATOR_COLUMNS, INDICATORS_SQL, {"year": year, "within": ""})
    )
    return view.answer("indicators.html", year=year, years=years, catalogue=catalogue)


def show_indicator(view: View) -> Response:
    """`/indicators/<indicator_id>`: `?year=`, `?region=` (first digits of county codes), `?sort=asc`."""
    indicator_id = view.request.path_params["indicator_id"]
    indicator = view.reader.row(
        "select * from marts.dim_indicator where indicator_id = $id", {"id": indicator_id}
    )
    if indicator is None:
        raise NoSuchThingError(
            Words(f"目录中没有指标 {indicator_id}。", f"The catalogue has no indicator {indicator_id}.")
        )
    year, _ = chosen_year(view)
    region = view.ask("region")
    region = region if region.isdecimal() and len(region) in {2, 4, 6} else ""
    filters = " and starts_with(figures.county_code, $region)" if region else ""
    place = name_region(view.reader, region) if region else ""
    by_year = _show_years(view, indicator, filters, place, {"region": region} if region else {})
    years = [row["report_year"] for row in reversed(by_year.rows)]
    if years and year not in years:
        year = years[0]
    parameters: dict[str, Any] = {"indicator": indicator_id, "year": year} | (
        {"region": region} if region else {}
    )
    view.listings.clear()  # a plain ?format=csv means the ranking
    ranking = _show_ranking(view, indicator, filters, place, parameters)
    view.listings.append(by_year)
    if view.wants_file:
        if view.ask("table") == by_year.listing.name:
            by_year.rows = by_year.listing.rows(view.reader)
        return view.answer("indicator.html")
    name = view.name_of(indicator)
    precision = measure_precision(view.reader, read_decisions(view.corrections))
    return view.answer(
        "indicator.html",
        indicator=indicator,
        name=name,
        year=year,
        years=years,
        region=region,
        region_name=place,
        ascending=_is_ascending(view),
        by_year=by_year,
        ranking=ranking,
        histogram=draw_histogram(name, *_classify(view, filters, parameters)),
        trend=_draw_trend(view, name, place, by_year.rows),
        precision=precision.get(indicator_id),
    )


def _show_years(view: View, indicator: Row, filters: str, place: str, region: dict[str, str]) -> Shown:
    """Show number and quartiles by year, of the place that the page is about (the country if empty)."""
    zh, en = _name_with(view, indicator, place)
    return view.show(
        Listing(
            "years",
            Words(f"{zh}：历年", f"{en}: by year"),
            _YEAR_COLUMNS,
            YEARS_SQL.format(filters=filters),
            {"indicator": indicator["indicator_id"]} | region,
            Words("没有报告公开该指标。", "No report discloses this indicator."),
        )
    )


def _name_with(view: View, indicator: Row, place: str) -> tuple[str, str]:
    """Return the indicator's name with its place in Chinese and English; no place is the country."""
    return (
        place + str(indicator["name_zh"]),
        view.name_of(indicator) + (f" in {place}" if place else ""),
    )


def _show_ranking(view: View, indicator: Row, filters: str, place: str, parameters: dict[str, Any]) -> Shown:
    """Show a page of the townships by their figure of one year."""
    year = parameters["year"]
    zh, en = _name_with(view, indicator, place)
    total = view.reader.value(
        f"select count(*) from marts.township_indicators as figures "
        f"where figures.indicator_id = $indicator and figures.report_year = $year{filters}",
        parameters,
    )
    return view.show(
        Listing(
            "ranking",
            Words(
                f"{zh}：{year}年排名与原句",
                f"{en}: ranking and evidence, {year}",
            ),
            _RANKING_COLUMNS,
            RANKING_SQL.format(filters=filters, direction="asc" if _is_ascending(view) else "desc"),
            parameters,
            page=PAGE_ROWS,
        ),
        total,
    )


def _is_ascending(view: View) -> bool:
    return view.ask("sort") == "asc"


def _draw_trend(view: View, name: str, place: str, by_year: list[Row]) -> Markup | None:
    """Draw the median of the place over the years; return None if fewer than two years have one."""
    medians = [
        (row["report_year"], row["median_value"]) for row in by_year if row["median_value"] is not None
    ]
    if len(medians) < 2:
        return None
    series = Series(view.t(f"{place or '全国'}中位数", f"median of {place or 'China'}"), medians, "own")
    return draw_lines(name, [series], [row["report_year"] for row in by_year])


def _classify(
    view: View, filters: str, parameters: dict[str, Any]
) -> tuple[list[tuple[float, float, int]], bool]:
    """Return classes of equal width (from, to, townships), and whether the last is open."""
    comparable = (
        "from marts.township_indicators as figures where figures.indicator_id = $indicator "
        f"and figures.report_year = $year and figures.qualifier in ('exact', 'approx'){filters}"
    )
    ends = view.reader.row(
        f"select min(value) as lowest, quantile_cont(value, {_TOP_QUANTILE}) as top, "
        f"max(value) as highest {comparable}",
        parameters,
    )
    if not ends or ends["lowest"] is None:
        return [], False
    low = min(0.0, ends["lowest"])
    width = round_up((ends["top"] - low) / _CLASSES) if ends["top"] > low else 1.0
    counted = {
        int(row["class"]): row["units"]
        for row in view.reader.rows(
            f"select least(floor((value - {low}) / {width}), {_CLASSES - 1}) as class, count(*) as units "
            f"{comparable} group by all",
            parameters,
        )
    }
    last = max(counted, default=0)
    classes = [(low + one * width, low + (one + 1) * width, counted.get(one, 0)) for one in range(last + 1)]
    return classes, ends["highest"] > classes[-1][1]


def show_unmapped(view: View) -> Response:
    """`/unmapped`: phrases without an indicator, most frequent first; `?q=` filters by words."""
    words = view.ask("q")
    parameters = {"words": words}
    total = view.reader.value(
        "select count(*) from marts.unmapped_quantities where contains(measured, $words)", parameters
    )
    unmapped = view.show(
        Listing(
            "unmapped",
            Words("未归类的数字", "Figures without an indicator"),
            _UNMAPPED_COLUMNS,
            UNMAPPED_SQL,
            parameters,
            page=PAGE_ROWS,
        ),
        total,
    )
    return view.answer("unmapped.html", words=words, unmapped=unmapped)


_RANKING_COLUMNS = (
    columns.TOWNSHIP_LINK,
    columns.COUNTY,
    columns.PROVINCE,
    columns.VALUE_LINK,
    columns.UNIT,
    columns.QUALIFIER,
    Column("confidence", Words("把握程度", "confidence"), "number"),
    Column("sentence", Words("原句", "sentence"), "quote", link_figure),
    columns.SCOPE,
    columns.SEVERAL,
    columns.DOUBT,
    columns.TOWNSHIP_KEY,
    columns.QUANTITY_ID,
)
_YEAR_COLUMNS = (
    columns.YEAR,
    Column("townships", Words("公开的乡镇数", "townships"), "number"),
    Column("lower_quarter", Words("下四分位", "lower quartile"), "number"),
    Column("median_value", Words("中位数", "median"), "number"),
    Column("upper_quarter", Words("上四分位", "upper quartile"), "number"),
)
_UNMAPPED_COLUMNS = (
    columns.MEASURED,
    columns.UNIT,
    Column("figures", Words("数字个数", "figures"), "number"),
    Column("reports", Words("报告数", "reports"), "number"),
    Column(
        "example_sentence",
        Words("例句", "example"),
        "quote",
        lambda row: f"/reports/{row['example_report_id']}#q-{row['example_quantity_id']}",
    ),
    Column("example_unit_name", Words("例子单位", "township of the example")),
    Column("example_report_year", Words("例子年度", "year of the example"), "year"),
    Column("example_quantity_id", Words("数字编号", "figure id"), "id"),
)
