"""The form on which a person decides about one figure or report, and what becomes of what they send."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from orchestration.explorer.database import Reader, Row
from orchestration.explorer.decision_states import standing_decisions, tell_states
from orchestration.explorer.decisions import (
    HEADINGS,
    PERIOD_WORDS,
    RECEIVED,
    SCOPE_WORDS,
    YES,
    Decision,
    DecisionError,
    append_decision,
    now,
    read_decisions,
    today,
    withdraw_decision,
)
from orchestration.explorer.marking import Mark, mark_text
from orchestration.explorer.pages.reports import find_receipt, list_candidates
from orchestration.explorer.pages.review import link_item, read_filters, tell_filters
from orchestration.explorer.view import PERSON_COOKIE, NoSuchThingError, View
from orchestration.explorer.wording import Words, print_exact
from orchestration.pipeline.corrections.cells import BadValueError, check_arrival, read_day, read_number

_YEAR = re.compile(r"(19|20)\d\d")
_COUNTY = re.compile(r"\d{6}")

NEXT_SQL = """\
select
    queue.report_id,
    queue.quantity_id
from marts.review_queue as queue
inner join marts.dim_report as reports on queue.report_id = reports.report_id
where {filters} and coalesce(queue.quantity_id, queue.report_id) > $after
order by coalesce(queue.quantity_id, queue.report_id)
limit 1"""


def show_item(view: View) -> Response:
    """`/review/figures/<quantity_id>`, `/review/reports/<report_id>`, …`/received`: one item to decide."""
    return _show_form(view, *_find_target(view))


def _show_form(
    view: View, report: Row, figure: Row | None, form: Mapping[str, str] | None = None, problem: str = ""
) -> Response:
    """Show the form of a figure or a report; with `problem`, the submitted values and what is wrong with them."""
    target = figure["quantity_id"] if figure else report["report_id"]
    decisions = read_decisions(view.corrections)
    own = [one for one in decisions if _name_item(one.decision) == target]
    is_receipt = _is_receipt(view)
    return view.answer(
        "decide.html",
        status=400 if problem else 200,
        report=report,
        figure=figure,
        is_receipt=is_receipt,
        receipt=find_receipt(view, report["report_id"]) if is_receipt else None,
        problem=problem,
        fields=_list_fields(view, report, figure) | dict(form or {}),
        sentence=_mark_surface(figure) if figure else "",
        doubts=_list_doubts(view, target) if figure else [],
        candidates=list_candidates(view.reader, report["report_id"]) if not (figure or is_receipt) else [],
        indicators=view.reader.rows(
            "select * from marts.dim_indicator order by domain_position, indicator_id"
        ),
        units=view.reader.remember("units", _list_units),
        periods=PERIOD_WORDS,
        scopes=SCOPE_WORDS,
        following=None if is_receipt else _find_next(view, target),
        back=(form or {}).get("back", view.ask("back")),
        states=tell_states(view, own),
        token=view.token,
    )


def _is_receipt(view: View) -> bool:
    """Return whether the day of arrival is asked, not whose report it is."""
    return view.request.url.path.endswith(f"/{RECEIVED}")


def _name_item(decision: Decision) -> str:
    """Return the id of the figure or report that a decision is about, whatever it decides."""
    return decision.quantity_id or decision.report_id


def _list_fields(view: View, report: Row, figure: Row | None) -> dict[str, str]:
    """Return the initial values of the form's fields."""
    fields = {"person": view.person, "note": ""}
    if figure is None:
        return fields | {"township": "", "year": str(report["report_year"] or "")}
    return fields | {
        "value": print_exact(figure["value"]),
        "unit": figure["unit"],
        "indicator": figure["indicator_id"] or "none",
        "period": figure["period"],
        "scope": figure["scope"],
    }


def _mark_surface(figure: Row) -> Markup:
    """Return the sentence with the figure marked at its offset, because the numeral may occur twice."""
    sentence = figure["sentence"]
    start = figure["char_start"] - figure["sentence_start"]
    end = start + len(figure["surface"])
    marks = [Mark(start, end, "mark")] if sentence[start:end] == figure["surface"] else []
    return mark_text(sentence, 0, len(sentence), marks)


def _list_doubts(view: View, quantity_id: str) -> list[str]:
    """Return why to check a figure: what it contradicts, and why it is in the queue."""
    findings = view.reader.rows(
        """select message_zh as said_zh, message as said_en from marts.quantity_findings
        where quantity_id = $id
            or finding_id in (select finding_id from marts.open_doubts() where quantity_id = $id)
        order by finding_id""",
        {"id": quantity_id},
    )
    reasons = view.reader.rows(
        "select all_reasons_zh as said_zh, reason_code as said_en from marts.review_queue where quantity_id = $id",
        {"id": quantity_id},
    )
    return [view.name_of(row, "said") for row in [*findings, *reasons]]


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
            Words(
                "没有这个数字或报告（可能已更正）。",
                "This figure or report does not exist (it may have been corrected).",
            )
        )
    return report, figure


def _find_next(view: View, target: str) -> str | None:
    """Return the address of the next undecided entry of the queue; None after the last, or for what is not in it."""
    if not view.reader.value(
        "select count(*) from marts.review_queue where coalesce(quantity_id, report_id) = $target",
        {"target": target},
    ):
        return None
    decided = standing_decisions(view.reader, read_decisions(view.corrections))
    filters, parameters = read_filters(view, {**decided, target: None})
    row = view.reader.row(NEXT_SQL.format(filters=" and ".join(filters)), {**parameters, "after": target})
    if row is None:
        return None
    return view.href(link_item({**row, "asked": tell_filters(view)}))


def write_decision(view: View, form: Mapping[str, str]) -> Response:
    """Check and write a posted decision, then go to the next item; show the form again if it is unclear."""
    report, figure = _find_target(view)
    target = figure["quantity_id"] if figure else report["report_id"]
    is_receipt = _is_receipt(view)
    following = None if is_receipt else _find_next(view, target)
    try:
        decision = read_form(form, report, figure)
        if _check_others(view, form, decision):
            append_decision(view.corrections, decision)
    except DecisionError as error:
        return _show_form(view, report, figure, form, str(error))
    part = RECEIVED if is_receipt else ""
    place = _find_desk(form, report, figure, part) or following or _tell_place(report, figure, part)
    answer = RedirectResponse(view.href(place, saved=decision.target), status_code=303)
    return _remember_person(answer, decision.person)


def _check_others(view: View, form: Mapping[str, str], decision: Decision) -> bool:
    """Return whether a decision is new: not the same form sent twice, as by a double click.

    Raises:
        DecisionError: somebody decided on the target after the form was shown, which then shows what.
    """
    written = read_decisions(view.corrections)
    own = [one.decision for one in written if _name_item(one.decision) == _name_item(decision)]
    known = form.get("known", "")
    if not known.isdecimal() or len(own) <= int(known):
        return True
    last = own[-1]
    if (last.person, last.changes, last.confirmed) == (decision.person, decision.changes, decision.confirmed):
        return False
    raise DecisionError(
        f"您打开这一页以后，{last.person}已在{last.decided_at}作了决定（见下）；仍要更改就再保存一次"
    )


def withdraw(view: View, form: Mapping[str, str]) -> Response:
    """Withdraw the posted decision, then go back to its figure or report, or to the list of decisions."""
    folder: Path = view.corrections
    named = form.get("file", ""), form.get("row", ""), form.get("target", "")
    written = next(
        (
            one
            for one in read_decisions(folder)
            if (one.file, str(one.row_number), one.decision.target) == named
        ),
        None,
    )
    if written is None:
        raise DecisionError("没有这一项更正（可能已改动），请刷新页面再看")
    withdraw_decision(folder, written, form.get("person", ""))
    kind = "figures" if written.decision.quantity_id else "reports"
    place = (
        f"/review/{kind}/{written.decision.target}" if form.get("place") == "item" else "/review#decisions"
    )
    return _remember_person(RedirectResponse(view.href(place), status_code=303), form.get("person", ""))


def _remember_person(answer: Response, person: str) -> Response:
    """Set the cookie with who decided last in this browser; cookies can contain only ASCII."""
    answer.set_cookie(
        PERSON_COOKIE, quote(person.strip()), max_age=365 * 86_400, httponly=True, samesite="strict"
    )
    return answer


def _find_desk(form: Mapping[str, str], report: Row, figure: Row | None, part: str) -> str | None:
    """Return the address of the county's desk that led to the form; None if another page did."""
    county = form.get("back", "")
    if not _COUNTY.fullmatch(county):
        return None
    if figure or part:
        return f"/counties/{county}?year={report['report_year']}#t-{'doubts' if figure else 'townships'}"
    return f"/counties/{county}#claims"


def _tell_place(report: Row, figure: Row | None, part: str) -> str:
    """Return the address of a figure in its report, or of the report or its part."""
    anchor = f"q-{figure['quantity_id']}" if figure else part
    return f"/reports/{report['report_id']}" + (f"#{anchor}" if anchor else "")


def read_form(form: Mapping[str, str], report: Row, figure: Row | None) -> Decision:
    """Return the decision in a form; unchanged fields decide nothing.

    Raises:
        DecisionError: a value is invalid; message in Chinese.
    """

    def text(name: str) -> str:
        return form.get(name, "").strip()

    if text("action") not in {"confirm", "correct", "not_a_figure", "claim", "receive"}:
        raise DecisionError("没有选择确认、更正，或认领为哪个乡镇街道")
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
    if figure is None and text("action") == "receive":
        return Decision(**base, received=_read_receipt(text("received"), report))
    if figure is None:
        return Decision(**base, township=text("township"), year=_check_year(text("year"), report))
    value, unit = _read_value(text("value"), text("unit"), figure)
    changes = {
        "value": value,
        "unit": unit,
        "indicator": text("indicator") if text("indicator") != (figure["indicator_id"] or "none") else "",
        "period": _check_word(text("period"), PERIOD_WORDS, figure["period"]),
        "scope": _check_word(text("scope"), SCOPE_WORDS, figure["scope"]),
    }
    return Decision(**base, **changes)


def _read_value(text: str, unit: str, figure: Row) -> tuple[str, str]:
    """Return value and unit if they change the figure; a value may include its unit, as in a workbook: 1.3万件."""
    value = figure["value"]
    if text:
        try:
            value, printed_unit = read_number(text)
        except BadValueError as error:
            raise DecisionError(error.zh) from None
        if not -1e18 < value < 1e18:
            raise DecisionError(f"“{text}”不是可用的数")
        if printed_unit and unit not in ("", printed_unit, figure["unit"]):
            raise DecisionError(f"数值写的是“{printed_unit}”，单位却是“{unit}”")
        unit = printed_unit or unit
    return print_exact(value) if value != figure["value"] else "", unit if unit != figure["unit"] else ""


def _read_receipt(text: str, report: Row) -> str:
    """Return the day on which a report arrived, checked as in a workbook."""
    if not text:
        raise DecisionError("请填写收到日期")
    try:
        day = read_day(text, HEADINGS["received"], today())
        check_arrival(day, report["report_year"])
        return day
    except BadValueError as error:
        raise DecisionError(error.zh) from None


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
