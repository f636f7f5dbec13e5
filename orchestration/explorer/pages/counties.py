"""A county: the desk of the officer who collects its townships' reports."""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import Response

from orchestration.explorer import columns
from orchestration.explorer.database import Row
from orchestration.explorer.decisions import RECEIVED
from orchestration.explorer.listings import Column, Listing
from orchestration.explorer.pages.refusals import count_others, count_refused_files
from orchestration.explorer.pages.regions import chosen_year, list_parents, name_region
from orchestration.explorer.view import XLSX, Shown, View, name_download
from orchestration.explorer.wording import Words, print_number, whole_of
from orchestration.pipeline.vocabulary import Severity
from orchestration.publishing.county_files import make_county_workbook

_YEAR = re.compile(r"20\d\d")
LEAST_RANKED = 3  # a first place among two is meaningless

DESK_SQL = "select * from marts.county_desk($county, $year)"
DOUBTS_SQL = """\
select
    findings.unit_name,
    -- a figure that breaks the range of its indicator has lost it
    coalesce(findings.name_zh, indicators.name_zh) as name_zh,
    indicators.name_en,
    findings.finding_type,
    if(findings.finding_id in (select finding_id from marts.open_doubts()) or findings.severity = 'info',
        findings.severity, 'confirmed') as severity,
    findings.value,
    findings.compared_value,
    findings.{message} as message,
    findings.sentence,
    findings.report_id,
    findings.quantity_id
from marts.quantity_findings as findings
left join marts.dim_indicator as indicators on findings.indicator_id = indicators.indicator_id
left join marts.dim_township as townships on findings.township_key = townships.township_key
where starts_with(findings.township_key, $county || '-') and findings.report_year = $year
order by
    findings.severity = 'info',
    findings.severity = 'warn',
    townships.township_code nulls last,
    findings.township_key,
    findings.quantity_id"""
UNCLAIMED_SQL = """\
select * exclude (is_own)
from (
    select
        *,
        coalesce(bool_or(county_code = $county) over (partition by report_id), false) as is_own
    from marts.unclaimed_reports()
)
where is_own or $is_home
order by is_own desc, report_year desc nulls last, report_id, township_key"""
REFUSED_SQL = """\
select source_path, maybe_keys
from marts.received_files(home := $home)
where outcome = 'rejected' and maybe_keys is not null
order by source_path"""
DISCLOSED_SQL = """\
with doubtful as (
    select
        figures.indicator_id,
        min(figures.value) as min_value,
        max(figures.value) as max_value
    from marts.township_indicators as figures
    inner join marts.open_doubts() as doubts on figures.quantity_id = doubts.quantity_id
    where figures.county_code = $county and figures.report_year = $year
    group by figures.indicator_id
)

select
    medians.indicator_id,
    medians.name_zh,
    indicators.name_en,
    indicators.domain_name_zh,
    indicators.domain_name_en,
    medians.unit,
    medians.townships,
    medians.median_value,
    medians.min_value,
    medians.max_value,
    medians.total_value,
    if(doubtful.indicator_id is not null, 'doubtful', null) as doubt,
    if(doubtful.min_value <= medians.min_value, 'doubtful', null) as min_doubt,
    if(doubtful.max_value >= medians.max_value, 'doubtful', null) as max_doubt
from marts.county_indicators as medians
inner join marts.dim_indicator as indicators on medians.indicator_id = indicators.indicator_id
left join doubtful on medians.indicator_id = doubtful.indicator_id
where medians.county_code = $county and medians.report_year = $year
order by medians.townships desc, indicators.domain_position, medians.indicator_id"""
# like marts.rank_county, without the sentences, which take most of its time
RANKING_SQL = f"""\
select
    figures.county_rank,
    figures.unit_name,
    figures.value,
    indicators.unit,
    figures.qualifier,
    figures.scope,
    figures.county_median,
    figures.township_key,
    figures.quantity_id,
    split_part(figures.quantity_id, '-', 1) as report_id,
    {columns.DOUBT_SQL}
from marts.indicator_trends as figures
inner join marts.dim_indicator as indicators on figures.indicator_id = indicators.indicator_id
left join marts.dim_township as townships on figures.township_key = townships.township_key
where figures.county_code = $county and figures.indicator_id = $indicator and figures.report_year = $year
order by
    figures.county_rank nulls last,
    figures.value desc,
    townships.township_code nulls last,
    figures.township_key"""

_REPORT = Column(
    "timeliness_said",
    Words("报送情况", "report"),
    "status",
    lambda row: f"/reports/{row['report_id']}" if row["report_id"] else None,
)


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
    _add_reviews(view, doubts.rows, code)
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
    shown = (*_DESK_COLUMNS[:4], _RECEIPT, *_DESK_COLUMNS[4:]) if asks else _DESK_COLUMNS
    desk = view.show(Listing("townships", words, shown, DESK_SQL, parameters), needed=True)
    for row in desk.rows:
        row["look"] = row["timeliness"]
        row["timeliness_said"] = _say_timeliness(view, row)
        row["findings_said"] = row["findings"] or None
    return desk


def _choose_hidden(view: View, rows: list[Row]) -> tuple[str, ...]:
    """Return the columns of the desk to hide: whoever may decide has the day of arrival with the link to its form."""
    return ("received_on",) if view.may_review or not any(row["received_on"] for row in rows) else ()


def _show_doubts(view: View, title: tuple[str, str], parameters: dict[str, Any]) -> Shown:
    zh, en = title
    return view.show(
        Listing(
            "doubts",
            Words(f"{zh}数字存疑", f"Doubtful figures of {en}"),
            (*_DOUBT_COLUMNS, _REVIEW) if view.may_review and not view.wants_file else _DOUBT_COLUMNS,
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
            _UNCLAIMED_COLUMNS,
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
            _DISCLOSED_COLUMNS,
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
    return view.show(Listing("ranking", words, _RANKING_COLUMNS, RANKING_SQL, asked))


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
        return view.t("已报送，未见日期", "reported, no date printed")
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
    states = view.latest_states([claim["report"]["report_id"] for claim in claims])
    return [{**claim, "state": states.get(claim["report"]["report_id"])} for claim in claims]


def _add_reviews(view: View, rows: list[Row], code: str) -> None:
    """Add to doubtful figures what was decided since, with the address of the form that comes back here."""
    states = view.latest_states([row["quantity_id"] for row in rows])
    for row in rows:
        row["back"] = code
        state = states.get(row["quantity_id"])
        row["review"] = (
            f"{state.written.decision.person}：{view.word(state.state)}"
            if state
            else view.t("核对", "Review")
        )


def _add_receipts(view: View, rows: list[Row], code: str) -> None:
    """Add to each report the day on which it arrived, also one that waits for the next refresh."""
    targets = [f"{row['report_id']}/{RECEIVED}" for row in rows if row["report_id"]]
    states = view.latest_states(targets)
    for row in rows:
        row["back"] = code
        state = states.get(f"{row['report_id']}/{RECEIVED}")
        said = str(row["received_on"] or view.t("填写", "enter")) if row["report_id"] else None
        if state and state.state == "waiting":
            said = f"{state.written.decision.received} {view.word(state.state)}"
        row["receipt"] = said


_REVIEW = Column(
    "review",
    Words("核对", "review"),
    link=lambda row: f"/review/figures/{row['quantity_id']}?back={row['back']}",
)
_RECEIPT = Column(
    "receipt",
    Words("收到日期", "received"),
    "date",
    lambda row: f"/review/reports/{row['report_id']}/{RECEIVED}?back={row['back']}",
)
_DESK_COLUMNS = (
    columns.TOWNSHIP_LINK,
    _REPORT,
    columns.PUBLISHED_ON,
    Column("received_on", Words("收到日期", "received"), "date"),
    Column("document_date", Words("成文日期", "dated"), "date"),
    columns.MISSING_PARTS,
    Column("findings_said", Words("存疑数字", "doubts"), "number"),
    columns.DISCLOSED,
    Column("is_in_gazetteer", Words("地名库有", "in the gazetteer"), "id"),
    columns.TOWNSHIP_KEY,
    columns.REPORT_ID,
)
_DOUBT_COLUMNS = (
    columns.TOWNSHIP,
    columns.INDICATOR,
    Column("severity", Words("程度", "severity"), "code"),
    columns.VALUE_LINK,
    Column("message", Words("说明", "message")),
    columns.SENTENCE,
    columns.QUANTITY_ID,
)
_UNCLAIMED_COLUMNS = (
    Column("title", Words("报告", "report"), link=lambda row: f"/reports/{row['report_id']}"),
    Column("unit_name", Words("单位", "unit")),
    columns.YEAR,
    Column("county_name", Words("可能的区县", "possible county")),
    Column("city_name", Words("地市", "city")),
    columns.PROVINCE,
    Column("source_path", Words("文件", "file")),
    columns.REPORT_ID,
    columns.TOWNSHIP_KEY,
)
_DISCLOSED_COLUMNS = (
    columns.INDICATOR_LINK,
    columns.DOMAIN,
    Column("townships", Words("有数的乡镇", "townships"), "number"),
    Column("median_value", Words("中位数", "median"), "number"),
    Column("min_value", Words("最小", "lowest"), "number", remarks=["min_doubt"]),
    Column("max_value", Words("最大", "highest"), "number", remarks=["max_doubt"]),
    Column("total_value", Words("有数者合计", "sum"), "number", remarks=["doubt"]),
    columns.UNIT,
    columns.DOUBT,
)
_RANKING_COLUMNS = (
    Column("rank_said", Words("排名", "rank")),
    columns.TOWNSHIP_LINK,
    columns.VALUE_LINK,
    columns.UNIT,
    columns.QUALIFIER,
    columns.COUNTY_MEDIAN,
    columns.SCOPE,
    columns.DOUBT,
    columns.QUANTITY_ID,
)
