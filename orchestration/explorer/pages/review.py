"""Review: what a person should check, and the decisions made so far. `decide` has the form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.responses import Response

from orchestration.explorer import columns
from orchestration.explorer.database import Reader, Row
from orchestration.explorer.decision_states import measure_precision, standing_decisions, tell_states
from orchestration.explorer.decisions import (
    read_decisions,
)
from orchestration.explorer.listings import Column, Listing
from orchestration.explorer.pages.refusals import count_refused_decisions
from orchestration.explorer.view import PAGE_ROWS, View, published_at
from orchestration.explorer.wording import Words

_DECISIONS_SHOWN = 200

QUEUE_SQL = """\
select
    queue.reason_zh,
    queue.reason_code,
    reports.unit_name,
    reports.county_name,
    reports.report_year,
    figures.surface,
    indicators.name_zh,
    indicators.name_en,
    queue.confidence,
    figures.sentence,
    queue.report_id,
    queue.quantity_id
from marts.review_queue as queue
inner join marts.dim_report as reports on queue.report_id = reports.report_id
left join marts.fct_quantity as figures on queue.quantity_id = figures.quantity_id
left join marts.dim_indicator as indicators on figures.indicator_id = indicators.indicator_id
where {filters}
order by queue.confidence nulls first, queue.report_id, queue.quantity_id"""


def link_item(row: Row) -> str:
    """Return the address of the form for a row of the queue."""
    if row["quantity_id"]:
        return f"/review/figures/{row['quantity_id']}"
    return f"/review/reports/{row['report_id']}"


def show_review(view: View) -> Response:
    """`/review`: the queue; `?reason=`, `?county=`; `?decided=1` includes decided items."""
    folder: Path = view.request.app.state.corrections
    decisions = read_decisions(folder)
    filters, parameters = read_filters(view, standing_decisions(view.reader, decisions))
    where = " and ".join(filters)
    total = view.reader.value(
        "select count(*) from marts.review_queue as queue "
        f"inner join marts.dim_report as reports on queue.report_id = reports.report_id where {where}",
        parameters,
    )
    queue = view.show(
        Listing(
            "queue",
            Words("待核对", "To be reviewed"),
            _QUEUE_COLUMNS,
            QUEUE_SQL.format(filters=where),
            parameters,
            Words("没有待核对的内容。", "Nothing to review."),
            page=PAGE_ROWS,
        ),
        total,
    )
    states = tell_states(view.reader, decisions[-_DECISIONS_SHOWN:], published_at(view))
    precision = measure_precision(view.reader, decisions)
    names = {row["indicator_id"]: row for row in view.reader.rows("select * from marts.dim_indicator")}
    return view.answer(
        "review.html",
        queue=queue,
        reasons=view.reader.remember("reasons", _list_reasons),
        reason=view.ask("reason"),
        county=view.ask("county"),
        total=total,
        states=states[::-1],
        places=_name_places(view.reader, [one.written.decision.report_id for one in states]),
        refused=count_refused_decisions(view.reader),
        decided=len(decisions),
        precision=[
            (view.name_of(names[indicator]) if indicator in names else indicator, *counts)
            for indicator, counts in sorted(precision.items())
        ],
    )


def _name_places(reader: Reader, report_ids: list[str]) -> dict[str, str]:
    """Return township and year of each report, also of those that a later version has replaced."""
    rows = reader.rows(
        "select report_id, unit_name, report_year from marts.dim_report_history where report_id in $ids",
        {"ids": report_ids or [""]},
    )
    return {row["report_id"]: f"{row['unit_name'] or ''} {row['report_year'] or ''}".strip() for row in rows}


def _list_reasons(reader: Reader) -> list[Row]:
    return reader.rows(
        """select reason_code, any_value(reason_zh) as reason_zh, count(*)::integer as rows
        from marts.review_queue where decision is null group by reason_code order by rows desc"""
    )


def read_filters(view: View, decided: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """Return the conditions of `?reason=`, `?county=` and `?decided=` and their parameters; `decided` are left out."""
    filters, parameters = ["true"], dict[str, Any]()
    if reason := view.ask("reason"):
        filters.append("queue.reason_code = $reason")
        parameters["reason"] = reason
    if county := view.ask("county"):
        filters.append("$county in (reports.county_code, reports.county_name)")
        parameters["county"] = county
    if not view.ask("decided"):
        filters.append("queue.decision is null")  # includes decisions in workbooks
        if decided:
            filters.append("not list_contains($decided, coalesce(queue.quantity_id, queue.report_id))")
            parameters["decided"] = sorted(decided)
    return filters, parameters


_QUEUE_COLUMNS = (
    Column("reason_zh", Words("为什么要看", "why")),
    Column("surface", Words("数字", "figure"), link=link_item),
    columns.INDICATOR,
    Column("confidence", Words("把握", "confidence"), "number"),
    columns.TOWNSHIP,
    columns.COUNTY,
    columns.YEAR,
    columns.SENTENCE,
    columns.REPORT_ID,
    columns.QUANTITY_ID,
)
