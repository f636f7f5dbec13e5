"""Review: what a person should check, and the decisions made so far. `decide` has the form."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from orchestration.explorer import columns
from orchestration.explorer.database import Reader, Row
from orchestration.explorer.decision_states import measure_precision, standing_decisions, tell_states
from orchestration.explorer.decisions import read_decisions
from orchestration.explorer.listings import Column, Listing
from orchestration.explorer.pages.refusals import count_refused_decisions
from orchestration.explorer.view import PAGE_ROWS, View
from orchestration.explorer.wording import Words

_DECISIONS_SHOWN = 200
_ALL = "*"  # in addresses, all counties although there is a home county

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
order by queue.reason_code != 'exceeds_headline', queue.confidence nulls first, queue.report_id, queue.quantity_id"""


def link_item(row: Row) -> str:
    """Return the address of the form for a row of the queue, with the filters that the row may hold."""
    asked = urlencode({name: one for name, one in row.get("asked", {}).items() if one})
    kind = f"figures/{row['quantity_id']}" if row["quantity_id"] else f"reports/{row['report_id']}"
    return f"/review/{kind}" + (f"?{asked}" if asked else "")


def show_review(view: View) -> Response:
    """`/review`: the queue; `?reason=`, `?county=` (else the home county); `?decided=1` includes decided items."""
    folder: Path = view.corrections
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
    county = choose_county(view)
    for row in queue.rows:
        row["asked"] = tell_filters(view)
    states = tell_states(view, decisions[-_DECISIONS_SHOWN:])
    precision = measure_precision(view.reader, decisions)
    names = {row["indicator_id"]: row for row in view.reader.rows("select * from marts.dim_indicator")}
    return view.answer(
        "review.html",
        queue=queue,
        reasons=_list_reasons(view, county),
        reason=view.ask("reason"),
        county=county,
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


def _list_reasons(view: View, county: str) -> list[Row]:
    """Return the reasons with the number of open items of a county; those of all counties are remembered."""
    where, parameters = _filter_county(view, county)

    def count(reader: Reader) -> list[Row]:
        return reader.rows(
            f"""select reason_code, any_value(reason_zh) as reason_zh, count(*)::integer as rows
            from marts.review_queue as queue
            inner join marts.dim_report as reports on queue.report_id = reports.report_id
            where decision is null and {where} group by reason_code order by rows desc, reason_code""",
            parameters,
        )

    return count(view.reader) if county else view.reader.remember("reasons", count)


def choose_county(view: View) -> str:
    """Return the county of `?county=`, empty for all of them; without it the home county."""
    if "county" not in view.request.query_params:
        return view.home[1] if view.home else ""
    return view.ask("county").strip(_ALL)


def tell_filters(view: View) -> dict[str, str]:
    """Return the parameters with which the form of an item goes on through the same items."""
    county = choose_county(view) or (_ALL if view.home else "")
    return {"reason": view.ask("reason"), "county": county}


def _filter_county(view: View, county: str) -> tuple[str, dict[str, Any]]:
    """Return the condition of a county and its parameters; the home county has all reports that name no county."""
    if not county:
        return "true", {}
    if view.home is not None and county in view.home:
        return "coalesce(reports.county_code, $county) = $county", {"county": view.home[0]}
    return "$county in (reports.county_code, reports.county_name)", {"county": county}


def read_filters(view: View, decided: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """Return the conditions of `?reason=`, `?county=` and `?decided=` and their parameters; `decided` are left out."""
    filters, parameters = ["true"], dict[str, Any]()
    if reason := view.ask("reason"):
        filters.append("queue.reason_code = $reason")
        parameters["reason"] = reason
    where, own = _filter_county(view, choose_county(view))
    filters.append(where)
    parameters |= own
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
