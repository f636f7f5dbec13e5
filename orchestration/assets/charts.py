"""Charts of some marts for the Dagster UI."""

from collections.abc import Callable
from typing import Any

import dagster as dg
import duckdb

from orchestration.publishing.charts import bar_chart, matrix_chart, trend_chart
from orchestration.warehouse.charts import (
    disclosure_by_domain,
    most_reported_trend,
    reports_by_province_and_year,
)


def chart_metadata(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, Any]:
    """Return a chart of `schema.table` for the Dagster UI, if it has one."""
    chart = _CHARTS[table](connection) if table in _CHARTS else None
    return {"chart": dg.MetadataValue.md(chart)} if chart else {}


def _chart_reports(connection: duckdb.DuckDBPyConnection) -> str | None:
    rows = reports_by_province_and_year(connection)
    if not rows:
        return None
    return matrix_chart(
        "Township reports by province and year 各省各年度乡镇报告数",
        "current reports, by the year that they report on",
        list(dict.fromkeys(province for province, _, _ in rows)),
        [str(year) for year in sorted({year for _, year, _ in rows})],
        {(province, str(year)): reports for province, year, reports in rows},
    )


def _chart_disclosure(connection: duckdb.DuckDBPyConnection) -> str | None:
    rows = disclosure_by_domain(connection)
    if not rows:
        return None
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


def _chart_trend(connection: duckdb.DuckDBPyConnection) -> str | None:
    rows = most_reported_trend(connection)
    if not rows:
        return None
    name, unit = rows[0][:2]
    return trend_chart(
        f"{name}（{unit}）: the most frequently reported indicator 公布最多的指标",
        "median and middle half of the townships; number of figures: "
        + ", ".join(f"{row[2]} {row[6]:,}" for row in rows),
        [(year, low, median, high) for _, _, year, low, median, high, _ in rows],
    )


_CHARTS: dict[str, Callable[[duckdb.DuckDBPyConnection], str | None]] = {
    "marts.dim_report": _chart_reports,
    "marts.domain_disclosure": _chart_disclosure,
    "marts.indicator_trends": _chart_trend,
}
