"""Review: what a person should look at, and the decisions made so far."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from orchestration.explorer import columns
from orchestration.explorer.database import Reader, Row
from orchestration.explorer.decisions import (
    PERIOD_WORDS,
    SCOPE_WORDS,
    YES,
    Decision,
    DecisionError,
    append_decision,
    measure_precision,
    now,
    read_decisions,
    standing_decisions,
    tell_states,
)
from orchestration.explorer.listings import Column, Listing
from orchestration.explorer.view import PAGE_ROWS, PERSON_COOKIE, NoSuchThingError, View, published_at
from orchestration.explorer.wording import Words, print_exact

_YEAR = re.compile(r"(19|20)\d\d")
_COUNTY = re.compile(r"\d{6}")
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


def show_review(view: View) -> Response:
    """`/review`: the queue; `?reason=`, `?county=`; `?decided=1` shows what is decided too."""
    folder: Path = view.request.app.state.corrections
    decisions = read_decisions(folder)
    queue, reasons, total = None, [], 0
    if view.reader.has("marts.review_queue"):
        filters, parameters = _read_filters(view, standing_decisions(view.reader, decisions))
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
                Words("没有待核对的内容。", "Nothing waits for review."),
                page=PAGE_ROWS,
            ),
            total,
        )
        reasons = view.reader.remember("reasons", _list_reasons)
    states = tell_states(view.reader, decisions[-_DECISIONS_SHOWN:], published_at(view))
    precision = measure_precision(view.reader, decisions)
    names = {row["indicator_id"]: row for row in view.reader.rows("select * from marts.dim_indicator")}
    return view.answer(
        "review.html",
        queue=queue,
        reasons=reasons,
        reason=view.ask("reason"),
        county=view.ask("county"),
        total=total,
        states=states[::-1],
        decided=len(decisions),
        precision=[
            (view.name_of(names[indicator]) if indicator in names else indicator, *counts)
            for indicator, counts in sorted(precision.items())
        ],
    )


def _list_reasons(reader: Reader) -> list[Row]:
    return reader.rows(
        """select reason_code, any_value(reason_zh) as reason_zh, count(*)::integer as rows
        from marts.review_queue where decision is null group by reason_code order by rows desc"""
    )


def _read_filters(view: View, decided: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    filters, parameters = ["true"], dict[str, Any]()
    if reason := view.ask("reason"):
        filters.append("queue.reason_code = $reason")
        parameters["reason"] = reason
    if county := view.ask("county"):
        filters.append("$county in (reports.county_code, reports.county_name)")
        parameters["county"] = county
    if not view.ask("decided"):
        filters.append("queue.decision is null")  # also what was decided in a workbook
        if decided:
            filters.append("not list_contains($decided, coalesce(queue.quantity_id, queue.report_id))")
            parameters["decided"] = sorted(decided)
    return filters, parameters


def show_item(view: View) -> Response:
    """`/review/figures/<quantity_id>` and `/review/reports/<report_id>`: one thing to decide, with its words."""
    report, figure = _find_target(view)
    following = _find_next(view, figure["quantity_id"] if figure else report["report_id"])
    own = [
        one
        for one in read_decisions(view.request.app.state.corrections)
        if (one.decision.quantity_id or one.decision.report_id)
        == (figure["quantity_id"] if figure else report["report_id"])
    ]
    candidates = view.reader.rows(
        "select * from marts.unclaimed_reports() where report_id = $id and township_key is not null",
        {"id": report["report_id"]},
    ) if not figure else []  # fmt: skip
    return view.answer(
        "decide.html",
        report=report,
        figure=figure,
        candidates=candidates,
        indicators=view.reader.rows(
            "select * from marts.dim_indicator order by domain_position, indicator_id"
        ),
        units=view.reader.remember("units", _list_units),
        periods=PERIOD_WORDS,
        scopes=SCOPE_WORDS,
        following=following,
        states=tell_states(view.reader, own, published_at(view)),
        person=view.person,
        token=view.token,
    )


def _list_units(reader: Reader) -> list[str]:
    sql = "select unit from marts.fct_quantity where unit != '' group by unit order by count(*) desc limit 60"
    return [row["unit"] for row in reader.rows(sql)]


def _find_target(view: View) -> tuple[Row, Row | None]:
    parameters = view.request.path_params
    figure = None
    report_id = parameters.get("report_id")
    if "quantity_id" in parameters:
        figure = view.reader.row(
            """select figures.*, indicators.name_zh, indicators.name_en, indicators.definition
            from marts.fct_quantity as figures
            left join marts.dim_indicator as indicators on figures.indicator_id = indicators.indicator_id
            where figures.quantity_id = $id""",
            {"id": parameters["quantity_id"]},
        )
        report_id = figure["report_id"] if figure else None
    report = view.reader.row("select * from marts.dim_report where report_id = $id", {"id": report_id})
    if report is None:
        raise NoSuchThingError(
            Words("没有这个数字或报告（可能已更正）。", "There is no such figure or report.")
        )
    return report, figure


def _find_next(view: View, target: str) -> str | None:
    """Address of the next undecided entry of the queue; None after the last."""
    if not view.reader.has("marts.review_queue"):
        return None
    decided = standing_decisions(view.reader, read_decisions(view.request.app.state.corrections))
    filters, parameters = _read_filters(view, {**decided, target: None})
    row = view.reader.row(
        QUEUE_SQL.format(
            filters=" and ".join([*filters, "coalesce(queue.quantity_id, queue.report_id) > $after"])
        ).split("order by")[0]
        + "order by coalesce(queue.quantity_id, queue.report_id) limit 1",
        {**parameters, "after": target},
    )
    if row is None:
        return None
    path = (
        f"/review/figures/{row['quantity_id']}"
        if row["quantity_id"]
        else f"/review/reports/{row['report_id']}"
    )
    return view.href(path, reason=view.ask("reason"), county=view.ask("county"))


def write_decision(view: View, form: Mapping[str, str]) -> Response:
    """A posted decision: checked, written, and on to the next thing."""
    report, figure = _find_target(view)
    following = _find_next(view, figure["quantity_id"] if figure else report["report_id"])
    decision = read_form(form, report, figure)
    append_decision(view.request.app.state.corrections, decision)
    county = form.get("back", "")  # of the desk on which the button was
    desk = view.href(f"/counties/{county}#claims") if _COUNTY.fullmatch(county) else None
    answer = RedirectResponse(desk or following or view.href("/review"), status_code=303)
    # a cookie holds ASCII only
    answer.set_cookie(
        PERSON_COOKIE, quote(decision.person), max_age=365 * 86_400, httponly=True, samesite="strict"
    )
    return answer


def read_form(form: Mapping[str, str], report: Row, figure: Row | None) -> Decision:
    """The decision that a form holds; what is as it was decides nothing.

    Raises:
        DecisionError: a value is not what it must be; in Chinese.
    """

    def text(name: str) -> str:
        return form.get(name, "").strip()

    if text("action") not in {"confirm", "correct", "not_a_figure", "claim"}:
        raise DecisionError("没有选择确认、更正或跳过")
    base = {
        "report_id": report["report_id"],
        "quantity_id": figure["quantity_id"] if figure else "",
        "note": text("note"),
        "person": text("person"),
        "decided_at": now(),
        "seen": figure["surface"] if figure else (report["title"] or report["source_name"]),
        "seen_indicator": (figure["indicator_id"] or "") if figure else "",
    }
    if text("action") == "confirm":
        return Decision(**base, confirmed=YES)
    if text("action") == "not_a_figure":
        return Decision(**base, not_a_figure=YES)
    if figure is None:
        return Decision(**base, township=text("township"), year=_check_year(text("year"), report))
    changes = {
        "value": _check_value(text("value"), figure["value"]),
        "unit": text("unit") if text("unit") != figure["unit"] else "",
        "indicator": text("indicator") if text("indicator") != (figure["indicator_id"] or "none") else "",
        "period": _check_word(text("period"), PERIOD_WORDS, figure["period"]),
        "scope": _check_word(text("scope"), SCOPE_WORDS, figure["scope"]),
    }
    return Decision(**base, **changes)


def _check_value(text: str, known: float) -> str:
    bare = text.replace(",", "").replace("，", "")
    if not bare:
        return ""
    try:
        value = float(bare)
    except ValueError:
        raise DecisionError(f"“{text}”不是数") from None
    if not -1e18 < value < 1e18:
        raise DecisionError(f"“{text}”不是可用的数")
    return "" if value == known else print_exact(value)


def _check_word(code: str, words: Mapping[Any, str], known: str) -> str:
    if code and code not in words:
        raise DecisionError(f"没有“{code}”这个选项")
    return words[code] if code and code != known else ""


def _check_year(text: str, report: Row) -> str:
    if not text or text == str(report["report_year"]):
        return ""
    if not _YEAR.fullmatch(text):
        raise DecisionError(f"“{text}”不是年份")
    return text


_QUEUE_COLUMNS = (
    Column("reason_zh", Words("为什么要看", "why")),
    Column(
        "surface",
        Words("数字", "figure"),
        link=lambda row: (
            f"/review/figures/{row['quantity_id']}"
            if row["quantity_id"]
            else f"/review/reports/{row['report_id']}"
        ),
    ),
    columns.INDICATOR,
    Column("confidence", Words("把握", "confidence"), "number"),
    columns.TOWNSHIP,
    columns.COUNTY,
    columns.YEAR,
    columns.SENTENCE,
    columns.REPORT_ID,
    columns.QUANTITY_ID,
)
