"""The country, a province, a city: reports, completeness and disclosure, with links one level down."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from starlette.responses import Response

from orchestration.explorer import columns
from orchestration.explorer.charts import Tile, draw_provinces, draw_tiles
from orchestration.explorer.database import Reader, Row
from orchestration.explorer.listings import Column, Listing
from orchestration.explorer.view import NoSuchThingError, Shown, View
from orchestration.explorer.wording import Words

_WORTH_A_START = 0.1  # of the reports of the best year, so that a misread year is not shown first

_CARD_SQL = "select * from marts.region_cards($digits, within := $within, year := $year)"
CARDS_SQL = f"{_CARD_SQL} order by region_code"
_COUNTRY_SQL = f"""\
select
    sum(townships)::integer as townships,
    sum(reports)::integer as reports,
    sum(complete_reports)::integer as complete_reports,
    sum(reports_with_publication_date)::integer as reports_with_publication_date,
    sum(published_in_time)::integer as published_in_time
from ({_CARD_SQL})"""
INDICATORS_SQL = "select * from marts.indicator_coverage($year, within := $within)"
DOMAINS_SQL = "select * from marts.domain_coverage($year, within := $within) order by position"


class _Level(NamedTuple):
    digits: int  # of its parts' codes
    path: str  # of its parts' pages
    part: Words


_LEVELS = {
    0: _Level(2, "/provinces/", Words("省份", "province")),
    2: _Level(4, "/cities/", Words("地市", "city")),
    4: _Level(6, "/counties/", Words("区县", "county")),
}


def list_years(reader: Reader) -> list[int]:
    """Return the years that any report is about, latest first."""
    sql = "select distinct report_year from marts.coverage order by report_year desc"
    return [row["report_year"] for row in reader.rows(sql)]


def _first_year(reader: Reader) -> int | None:
    """Return the latest year with a reasonable share of reports."""
    sql = (
        "select report_year, count(*) as reports from marts.reporting_compliance group by all order by 1 desc"
    )
    rows = reader.rows(sql)
    best = max((row["reports"] for row in rows), default=0)
    return next((row["report_year"] for row in rows if row["reports"] >= _WORTH_A_START * best), None)


def chosen_year(view: View) -> tuple[int, list[int]]:
    """Return the year of the page (`?year=`) and all available years.

    Raises:
        NoSuchThingError: there is no report of a township with a year yet.
    """
    years = view.reader.remember("years", list_years)
    year = view.ask_number("year")
    if year not in years:
        year = view.reader.remember("first_year", _first_year)
    if year is None:
        raise NoSuchThingError(Words("还没有可用的乡镇报告。", "There are no township reports yet."))
    return year, years


def show_overview(view: View) -> Response:
    """`/`: the country."""
    return _show_region(view, "", view.t("全国", "China"), [])


def show_province(view: View) -> Response:
    """`/provinces/<2 digits>`."""
    code = view.request.path_params["code"]
    return _show_region(view, code, name_region(view.reader, code), [(view.t("全国", "China"), "/")])


def show_city(view: View) -> Response:
    """`/cities/<4 digits>`."""
    code = view.request.path_params["code"]
    return _show_region(view, code, name_region(view.reader, code), list_parents(view, code))


def list_parents(view: View, code: str) -> list[tuple[str, str]]:
    """Return name and address of each region that contains this code, the country first."""
    parents = [(view.t("全国", "China"), "/")]
    for digits, path in ((2, "/provinces/"), (4, "/cities/")):
        name = name_region(view.reader, code[:digits])
        # 重庆市 is its own city: once is enough
        if len(code) > digits and name != parents[-1][0]:
            parents.append((name, path + code[:digits]))
    return parents


def name_region(reader: Reader, code: str, digits: Collection[int] = (2, 4, 6)) -> str:
    """Return the name of a province, city or county by its code.

    Args:
        digits: accepted lengths of the code.

    Raises:
        NoSuchThingError: no region has such a code.
    """
    name = reader.remember("regions", _list_names).get(code) if len(code) in digits else None
    if name is None:
        raise NoSuchThingError(Words(f"没有代码为 {code} 的地区。", f"No region has the code {code}."))
    return name


def _list_names(reader: Reader) -> dict[str, str]:
    names: dict[str, str] = {}
    for row in reader.rows("select county_code, county_name, province_name from marts.dim_county"):
        code = row["county_code"]
        names |= {code[:2]: row["province_name"] or code[:2], code: row["county_name"] or code}
    cities = (
        "select region_code as code, any_value(region_name) as name from marts.region_cards(4) group by all"
    )
    return names | {row["code"]: row["name"] or row["code"] for row in reader.rows(cities)}


def _sum_region(view: View, code: str, year: int) -> Row | None:
    """Return the card of a region; for the whole country (no code) the sums of its provinces."""
    parameters = {"digits": len(code) or 2, "within": code, "year": year}
    return view.reader.row(_CARD_SQL if code else _COUNTRY_SQL, parameters)


def _show_region(view: View, code: str, name: str, parents: list[tuple[str, str]]) -> Response:
    """Show the page of a region, or of the country for an empty code."""
    year, years = chosen_year(view)
    level = _LEVELS[len(code)]
    if view.reader.remember("regions", _list_names).get(f"{code}01") == name:
        level = _LEVELS[4]  # 重庆市 is its own city, under two codes
    cards = _show_cards(view, level, name, code, year)
    domains = _show_domains(view, name, code, year)
    indicators = _show_indicators(view, name, code, year)
    columns.place_rows(indicators.rows, code, year)
    if view.wants_file:
        return view.answer("region.html")
    return view.answer(
        "region.html",
        name=name,
        code=code,
        parents=parents,
        year=year,
        years=years,
        whole=_sum_region(view, code, year) or {},
        level=level,
        cards=cards,
        domains=domains,
        indicators=indicators,
        map=_draw_map(view, cards.rows, level, year),
    )


def _show_cards(view: View, level: _Level, name: str, code: str, year: int) -> Shown:
    """Show the parts of a region, one level down."""
    return view.show(
        Listing(
            "regions",
            Words(f"{name}{year}年报告情况", f"{name}: reports for {year}"),
            _card_columns(level, year),
            CARDS_SQL,
            {"digits": level.digits, "within": code, "year": year},
        )
    )


def _show_domains(view: View, name: str, code: str, year: int) -> Shown:
    return view.show(
        Listing(
            "domains",
            Words(f"{name}{year}年各领域公开指标数", f"{name}: disclosed indicators by domain, {year}"),
            _DOMAIN_COLUMNS,
            DOMAINS_SQL,
            {"year": year, "within": code},
        )
    )


def _show_indicators(view: View, name: str, code: str, year: int) -> Shown:
    return view.show(
        Listing(
            "indicators",
            Words(
                f"{name}{year}年各指标公开情况与中位数",
                f"{name}: disclosure and medians by indicator, {year}",
            ),
            INDICATOR_COLUMNS,
            INDICATORS_SQL,
            {"year": year, "within": code},
        )
    )


def _draw_map(view: View, rows: list[Row], level: _Level, year: int) -> Any:
    tiles = [
        Tile(
            code=row["region_code"],
            name=row["region_name"] or row["region_code"],
            share=(row["coverage_pct"] or 0) / 100,
            href=view.href(f"{level.path}{row['region_code']}", year=year),
            said=f"{row['region_name']}：{row['reports']:,} / {row['townships']:,}",
        )
        for row in rows
    ]
    return draw_provinces(tiles) if level.digits == 2 else draw_tiles(tiles)


def _card_columns(level: _Level, year: int) -> tuple[Column, ...]:
    def link(row: Row) -> str:
        return f"{level.path}{row['region_code']}?year={year}"

    return (
        Column("region_name", level.part, link=link),
        Column("region_code", Words("代码", "code")),
        Column("townships", Words("乡镇街道", "townships"), "number"),
        Column("reports", Words("已报送", "reports"), "number"),
        Column("coverage_pct", Words("报送率", "coverage"), "percent"),
        Column("complete_pct", Words("要素齐全率", "complete"), "percent"),
        Column("reports_with_publication_date", Words("写明发布日期", "dated"), "number"),
        Column("in_time_pct", Words("其中按时", "of these, in time"), "percent"),
        Column(
            "median_indicators_disclosed",
            Words("公开指标数中位数", "median of disclosed indicators"),
            "number",
        ),
    )


_DOMAIN_COLUMNS = (
    Column("name_zh", Words("领域", "domain"), "text"),
    Column("name_en", Words("英文名", "English name"), "id"),
    Column("townships", Words("有公开的乡镇", "townships with any"), "number"),
    Column("median_disclosed", Words("公开指标数中位数", "disclosed indicators, median"), "number"),
    Column("mean_disclosed", Words("平均", "mean"), "number"),
    Column("indicators_in_catalogue", Words("目录指标数", "in the catalogue"), "number"),
)

INDICATOR_COLUMNS = (
    columns.DOMAIN,
    columns.INDICATOR_LINK,
    Column("name_en", Words("英文名", "English name"), "id"),
    columns.UNIT,
    Column("kind", Words("类型", "kind"), "code"),
    Column("townships", Words("公开的乡镇数", "townships"), "number"),
    Column("disclosed_pct", Words("公开率", "disclosed"), "percent"),
    Column("median_value", Words("中位数", "median"), "number"),
    Column("indicator_id", Words("指标编号", "indicator id"), "id"),
)
