"""A county: the desk of the officer who collects its townships' reports."""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import Response

from orchestration.explorer import columns
from orchestration.explorer.database import Row
from orchestration.explorer.decision_states import latest_states
from orchestration.explorer.decisions import RECEIVED
from orchestration.explorer.listings import Listing
from orchestration.explorer.pages.county_listings import (
    DECIDED_SQL,
    DESK_COLUMNS,
    DESK_SQL,
    DISCLOSED_COLUMNS,
    DISCLOSED_SQL,
    DOUBT_COLUMNS,
    DOUBTS_SQL,
    RANKING_COLUMNS,
    RANKING_SQL,
    RECEIPT,
    REFUSED_SQL,
    REMARKS_SQL,
    REVIEW,
    UNCLAIMED_COLUMNS,
    UNCLAIMED_SQL,
)
from orchestration.explorer.pages.refusals import count_others, count_refused_files
from orchestration.explorer.pages.regions import chosen_year, list_parents, name_region
from orchestration.explorer.pages.reports import find_titled_year
from orchestration.explorer.view import XLSX, Shown, View, name_download
from orchestration.explorer.wording import Words, print_number, whole_of
from orchestration.pipeline.vocabulary import Severity
from orchestration.publishing.counties.files import make_county_workbook

_YEAR = re.compile(r"20\d\d")
LEAST_RANKED = 3  # a first place among two is meaningless


def show_county(view: View) -> Response:
    """`/counties/<code>`: `?year=`, `?indicator=` chooses the ranking."""
    code = view.request.path_params["code"]
    name = name_region(view.reader, code, digits=(6,))
    year, years = chosen_year(view)
    parameters: dict[str, Any] = {"county": code, "year": year}
    title = f"{name}{year}年", f"{name}, {year}"
    desk = _show_desk(view, title, parameters)
    _add_receipts(view, desk.rows, code)
    doubts = _show_doubts(view, title, parameters)
    _add_reviews(view, doubts.rows, parameters)
    unclaimed = _show_unclaimed(view, name, code)
    disclosed = _show_disclosed(view, title, parameters)
    columns.place_rows(disclosed.rows, code, year)
    rankable = [row for row in disclosed.rows if row["townships"] >= LEAST_RANKED]
    indicator = _choose_indicator(view, rankable)
    ranking = None
    if indicator is not None:
        ranking = _show_ranking(view, title, parameters, indicator)
        ranked = sum(1 for row in ranking.rows if row["county_rank"])
        for row in ranking.rows:
            row["rank_said"] = say_rank(view, row["county_rank"], ranked, len(desk.rows), name)
    if view.wants_file:
        return view.answer("county.html")
    refused = _count_refused(view, name, code)
    return view.answer(
        "county.html",
        name=name,
        code=code,
        parents=list_parents(view, code),
        year=year,
        years=years,
        desk=desk,
        counts=_count(desk.rows),
        hidden=_choose_hidden(view, desk.rows),
        refused=refused,
        refused_files=_find_refused(view, year) if refused else {},
        others=count_others(view.reader, code) if _is_home(view, code) else 0,
        is_home=_is_home(view, code),
        to_check=sum(1 for row in doubts.rows if row["severity"] not in (Severity.INFO, "confirmed")),
        doubts=doubts,
        unclaimed=unclaimed,
        claims=_add_states(view, _group_claims(unclaimed.rows)),
        disclosed=disclosed,
        rankable=rankable,
        ranking=ranking,
        indicator=indicator,
    )


def _show_desk(view: View, title: tuple[str, str], parameters: dict[str, Any]) -> Shown:
    """Show the townships with their status and dates; `title` names county and year in both languages."""
    zh, en = title
    words = Words(f"{zh}各乡镇街道", f"Townships of {en}")
    asks = view.may_review and not view.wants_file
    shown = (*DESK_COLUMNS[:4], RECEIPT, *DESK_COLUMNS[4:]) if asks else DESK_COLUMNS
    desk = view.show(Listing("townships", words, shown, DESK_SQL, parameters), needed=True)
    for row in desk.rows:
        row["look"] = row["timeliness"]
        row["timeliness_said"] = _say_timeliness(view, row)
        row["findings_said"] = row["findings"] or None
    _add_remarks(view, desk.rows, parameters["year"])
    return desk


def _add_remarks(view: View, rows: list[Row], year: int) -> None:
    """Add to the status of each report what is odd about it: the title is of another year, the file is gone."""
    ids = [row["report_id"] for row in rows if row["report_id"]]
    found = {row["report_id"]: row for row in view.reader.rows_among(ids, REMARKS_SQL)}
    for row in rows:
        report = found.get(row["report_id"], {})
        if titled := find_titled_year(report.get("title"), year):
            row["timeliness_said"] += view.t(f"；标题写{titled}年", f"; the title says {titled}")
        if report.get("is_removed"):
            row["timeliness_said"] += view.t("；文件已移走", "; its file was removed")


def _choose_hidden(view: View, rows: list[Row]) -> tuple[str, ...]:
    """Return the columns of the desk to hide: whoever may decide has the day of arrival with the link to its form."""
    return ("received_on",) if view.may_review or not any(row["received_on"] for row in rows) else ()


def _show_doubts(view: View, title: tuple[str, str], parameters: dict[str, Any]) -> Shown:
    zh, en = title
    return view.show(
        Listing(
            "doubts",
            Words(f"{zh}数字存疑", f"Doubtful figures of {en}"),
            (*DOUBT_COLUMNS, REVIEW) if view.may_review and not view.wants_file else DOUBT_COLUMNS,
            DOUBTS_SQL.format(message="message" if view.language == "en" else "message_zh"),
            parameters,
            Words("没有存疑的数字。", "No doubtful figures."),
        )
    )


def _show_unclaimed(view: View, name: str, code: str) -> Shown:
    return view.show(
        Listing(
            "unclaimed",
            Words(f"{name}待认领报告", f"Reports that may belong to {name}"),
            UNCLAIMED_COLUMNS,
            UNCLAIMED_SQL,
            {"county": code, "is_home": _is_home(view, code)},
            Words("没有待认领的报告。", "No reports wait to be claimed."),
        )
    )


def _show_disclosed(view: View, title: tuple[str, str], parameters: dict[str, Any]) -> Shown:
    zh, en = title
    return view.show(
        Listing(
            "indicators",
            Words(f"{zh}指标中位数", f"Medians of {en}"),
            DISCLOSED_COLUMNS,
            DISCLOSED_SQL,
            parameters,
            Words("该年度没有指标数字。", "No indicator has figures."),
        ),
        needed=True,
    )


def _show_ranking(view: View, title: tuple[str, str], parameters: dict[str, Any], indicator: Row) -> Shown:
    """Show the ranking of an indicator, named in the title, because lists to choose from are not printed."""
    zh, en = title
    words = Words(f"{zh}排名：{indicator['name_zh']}", f"Ranking in {en}: {view.name_of(indicator)}")
    asked = parameters | {"indicator": indicator["indicator_id"]}
    return view.show(Listing("ranking", words, RANKING_COLUMNS, RANKING_SQL, asked))


def _choose_indicator(view: View, rankable: list[Row]) -> Row | None:
    """Return the indicator of `?indicator=` if it can be ranked, else the first; None if none can."""
    asked = view.ask("indicator")
    return next((row for row in rankable if row["indicator_id"] == asked), next(iter(rankable), None))


def send_workbook(view: View) -> Response:
    """`/counties/<code>/workbook`: the county's workbook, made from the current published copy."""
    code = view.request.path_params["code"]
    name_region(view.reader, code, digits=(6,))
    name, data = make_county_workbook(view.reader.cursor, code, view.home[0] if view.home else None)
    return Response(data, media_type=XLSX, headers=name_download(name, f"{code}.xlsx"))


def say_rank(view: View, rank: int | None, ranked: int, townships: int, county_name: str) -> str:
    """Return 第1名／7个有数（全区30个）; empty if a figure is only a bound or fewer than three townships have one."""
    if rank is None or ranked < LEAST_RANKED:
        return ""
    return view.t(
        f"第{rank}名／{ranked}个有数（{whole_of(county_name)}{townships}个）",
        f"{rank} of {ranked} with a figure ({townships} townships)",
    )


def _say_timeliness(view: View, row: Row) -> str:
    said = view.word(row["timeliness"])
    if row["timeliness"] == "late":
        days = print_number(row["days_late"])
        return view.t(f"{said}{days}天", f"{days} days {said}")
    if row["timeliness"] == "no_date":
        said = view.t("已报送，未见日期", "reported, no date printed")
        # it was signed too late to be published in time, whenever it arrived
        if row["document_date"] and row["document_date"] > row["publication_due_on"]:
            said += view.t("；成文已过期限", "; dated after the due date")
    return said


def _count_refused(view: View, name: str, code: str) -> int:
    """Return the number of rejected files that may be of the county: all of them if all reports are the county's."""
    return count_refused_files(view.reader, "" if _is_home(view, code) else name)


def _is_home(view: View, code: str) -> bool:
    return view.home is not None and view.home[0] == code


def _find_refused(view: View, year: int) -> dict[str, str]:
    """Return township → path of a rejected file whose name mentions it, and no other year."""
    rows = view.reader.rows(REFUSED_SQL, {"home": view.home[0] if view.home else None})
    found: dict[str, str] = {}
    for row in rows:
        years = _YEAR.findall(row["source_path"])
        if not years or str(year) in years:
            found |= dict.fromkeys(row["maybe_keys"], row["source_path"])
    return found


def _count(rows: list[Row]) -> dict[str, int]:
    """Return the number of townships by status, for the line at the top."""
    counts = {
        name: sum(1 for row in rows if row["timeliness"] == name)
        for name in ("not_reported", "late", "in_time", "no_date")
    }
    counts["townships"] = len(rows)
    counts["reported"] = sum(1 for row in rows if row["report_id"])
    counts["incomplete"] = sum(1 for row in rows if row["missing_parts"])
    return counts


def _group_claims(rows: list[Row]) -> list[dict[str, Any]]:
    """Return unclaimed reports, each with its candidate townships."""
    claims: dict[str, dict[str, Any]] = {}
    for row in rows:
        claim = claims.setdefault(row["report_id"], {"report": row, "candidates": []})
        if row["township_key"]:
            claim["candidates"].append(row)
    return list(claims.values())


def _add_states(view: View, claims: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add waiting decisions to claims, if the reader may decide."""
    states = latest_states(view, [claim["report"]["report_id"] for claim in claims])
    return [{**claim, "state": states.get(claim["report"]["report_id"])} for claim in claims]


def _add_reviews(view: View, rows: list[Row], parameters: dict[str, Any]) -> None:
    """Add to doubtful figures what was decided since, with the address of the form that comes back here."""
    states = latest_states(view, [row["quantity_id"] for row in rows])
    decided = {row["quantity_id"]: row for row in view.reader.rows(DECIDED_SQL, parameters)}
    for row in rows:
        row["back"] = parameters["county"]
        row["prompt"] = None
        if state := states.get(row["quantity_id"]):
            row["review"] = f"{state.written.decision.person}：{view.word(state.state)}"
        elif found := decided.get(row["quantity_id"]):
            row["review"] = (
                f"{found['who']}：{view.word('confirmed' if found['is_confirmed'] else 'applied')}"
            )
        else:
            row["review"] = view.t("核对", "Review")
            row["prompt"] = "review"  # says nothing on paper


def _add_receipts(view: View, rows: list[Row], code: str) -> None:
    """Add to each report the day on which it arrived, also one that waits for the next refresh."""
    targets = [f"{row['report_id']}/{RECEIVED}" for row in rows if row["report_id"]]
    states = latest_states(view, targets)
    for row in rows:
        row["back"] = code
        state = states.get(f"{row['report_id']}/{RECEIVED}")
        said = str(row["received_on"] or view.t("填写", "enter")) if row["report_id"] else None
        row["prompt"] = None if row["received_on"] else "receipt"  # says nothing on paper
        if state and state.state == "waiting":
            said = f"{state.written.decision.received} {view.word(state.state)}"
            row["prompt"] = None
        row["receipt"] = said
