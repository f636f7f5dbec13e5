"""Queries on the marts for charts in the Dagster UI."""

from __future__ import annotations

import duckdb

_PROVINCES, _YEARS = 20, 10  # maximum in the chart of reports


def reports_by_province_and_year(
    connection: duckdb.DuckDBPyConnection,
) -> list[tuple[str, int, int]]:
    """Return province, year and number of current township reports; for the largest provinces and latest years."""
    return connection.execute(
        """
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
        where year_number <= $years
        qualify dense_rank() over (order by of_province desc, province) <= $provinces
        order by of_province desc, province, report_year
        """,
        {"provinces": _PROVINCES, "years": _YEARS},
    ).fetchall()


def disclosure_by_domain(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, float, int, int]]:
    """Return domain, indicators disclosed per report, indicators in the catalogue, and reports, in catalogue order."""
    return connection.execute(
        "select name_zh, avg(indicators_disclosed), max(indicators_in_catalogue), count(*) "
        "from marts.domain_disclosure group by position, name_zh order by position"
    ).fetchall()


def most_reported_trend(
    connection: duckdb.DuckDBPyConnection,
) -> list[tuple[str, str, int, float, float, float, int]]:
    """Return the indicator that most reports state, year by year.

    Returns:
        By year: name, unit, year, lower quartile, median and upper quartile of its comparable figures,
        and their number.
    """
    return connection.execute(
        """
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
    ).fetchall()
