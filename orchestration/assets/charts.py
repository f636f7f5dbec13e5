"""Charts of some marts for the Dagster UI: tables with bars that DuckDB draws. The browser page has pictures."""

from typing import Any

import dagster as dg
import duckdb

from orchestration.assets.preview import to_markdown
from orchestration.warehouse.connection import query

_PROVINCES, _YEARS = 20, 10  # the largest and the latest
_BAR = 30  # characters
_CHARTS = {
    # current township reports by province and the year that they report on
    "marts.dim_report": f"""
        pivot (
            select
                coalesce(province_name, '未确定') as province, report_year,
                count(*) over (partition by province_name) as reports
            from marts.dim_report
            where admin_level = 'township' and report_year is not null
            qualify dense_rank() over (order by report_year desc) <= {_YEARS}
        )
        on report_year using count(*) group by province, reports
        order by reports desc, province limit {_PROVINCES}
    """,
    # how many of the catalogue's indicators a report states, on average
    "marts.domain_disclosure": f"""
        select
            name_zh as domain, round(avg(indicators_disclosed), 1) as disclosed,
            max(indicators_in_catalogue) as indicators, count(*) as reports,
            bar(avg(indicators_disclosed) / max(indicators_in_catalogue), 0, 1, {_BAR}) as share
        from marts.domain_disclosure group by position, name_zh order by position
    """,
    # the indicator with most comparable figures
    "marts.indicator_trends": f"""
        with chosen as (
            select indicator_id from marts.indicator_trends where is_comparable
            group by indicator_id order by count(*) desc, indicator_id limit 1
        )
        select
            report_year, name_zh as indicator, i.unit, count(*) as townships,
            quantile_cont(value, 0.25) as lower_quartile, median(value) as median,
            quantile_cont(value, 0.75) as upper_quartile,
            bar(median(value), 0, max(median(value)) over (), {_BAR}) as median_bar
        from marts.indicator_trends
        join chosen using (indicator_id)
        join marts.dim_indicator i using (indicator_id)
        where is_comparable
        group by report_year, name_zh, i.unit order by report_year
    """,
}


def chart_metadata(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, Any]:
    """Return a chart of `schema.table` for the Dagster UI, if it has one and any rows."""
    if table not in _CHARTS:
        return {}
    rows = query(connection, _CHARTS[table])
    return {} if rows.empty else {"chart": dg.MetadataValue.md(to_markdown(rows))}
