"""Charts of some marts for the Dagster UI: their queries and titles; `svg` draws them."""

from collections.abc import Callable
from typing import Any

import dagster as dg
import duckdb

from orchestration.assets.svg import bar_chart, matrix_chart, trend_chart

_PROVINCES, _YEARS = 20, 10  # maximum in the chart of reports


def chart_metadata(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, Any]:
    """Return a chart of `schema.table` for the Dagster UI, if it has one and any rows."""
    if table not in _CHARTS:
        return {}
    sql, draw = _CHARTS[table]
    rows = connection.execute(sql).fetchall()
    return {"chart": dg.MetadataValue.md(draw(rows))} if rows else {}


# province, year and number of reports, for the largest provinces and latest years
_REPORTS_SQL = f"""
    with counted as (
        select coalesce(province_name, '未确定') as province, report_year, count(*) as reports
        from marts.dim_report
        where admin_level = 'township' and report_year is not null
        group by all
    ),
    ranked as (
        select
            *, sum(reports) over (partition by province) as of_province,
            dense_rank() over (order by report_year desc) as year_number
        from counted
    )
    select province, report_year, reports from ranked
    where year_number <= {_YEARS}
    qualify dense_rank() over (order by of_province desc, province) <= {_PROVINCES}
    order by of_province desc, province, report_year
"""


def _chart_reports(rows: list[Any]) -> str:
    return matrix_chart(
        "Township reports by province and year 各省各年度乡镇报告数",
        "current reports, by the year that they report on",
        list(dict.fromkeys(province for province, _, _ in rows)),
        [str(year) for year in sorted({year for _, year, _ in rows})],
        {(province, str(year)): reports for province, year, reports in rows},
    )


# domain, indicators disclosed per report, indicators in the catalogue, and reports
_DISCLOSURE_SQL = """
    select name_zh, avg(indicators_disclosed), max(indicators_in_catalogue), count(*)
    from marts.domain_disclosure group by position, name_zh order by position
"""


def _chart_disclosure(rows: list[Any]) -> str:
    return bar_chart(
        "Indicators disclosed by domain 各领域公开指标比例",
        f"share of the catalogue's indicators that a report states, mean of {rows[0][3]:,} reports",
        [
            (
                domain,
                disclosed / indicators,
                f"{disclosed / indicators:.0%} ({disclosed:.1f} of {indicators})",
            )
            for domain, disclosed, indicators, _ in rows
        ],
    )


# of the indicator with most comparable figures, by year: name, unit, year, quartiles and number of figures
_TREND_SQL = """
    with chosen as (
        select indicator_id from marts.indicator_trends where is_comparable
        group by indicator_id order by count(*) desc, indicator_id limit 1
    )
    select
        i.name_zh, i.unit, t.report_year, quantile_cont(t.value, 0.25), median(t.value),
        quantile_cont(t.value, 0.75), count(*)
    from marts.indicator_trends t
    join chosen using (indicator_id)
    join marts.dim_indicator i using (indicator_id)
    where t.is_comparable
    group by all
    order by t.report_year
"""


def _chart_trend(rows: list[Any]) -> str:
    name, unit = rows[0][:2]
    return trend_chart(
        f"{name}（{unit}）: the most frequently reported indicator 公布最多的指标",
        "median and middle half of the townships; number of figures: "
        + ", ".join(f"{row[2]} {row[6]:,}" for row in rows),
        [(year, low, median, high) for _, _, year, low, median, high, _ in rows],
    )


_CHARTS: dict[str, tuple[str, Callable[[list[Any]], str]]] = {
    "marts.dim_report": (_REPORTS_SQL, _chart_reports),
    "marts.domain_disclosure": (_DISCLOSURE_SQL, _chart_disclosure),
    "marts.indicator_trends": (_TREND_SQL, _chart_trend),
}
