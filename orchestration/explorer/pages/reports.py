"""A report: its text with every figure marked, its outline, and a table of its figures."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from markupsafe import Markup
from starlette.responses import FileResponse, Response

from orchestration.explorer import columns
from orchestration.explorer.database import Reader, Row
from orchestration.explorer.decision_states import DecisionState, latest_states, tell_states
from orchestration.explorer.decisions import read_decisions
from orchestration.explorer.listings import Column, Listing
from orchestration.explorer.marking import Mark, mark_paragraphs
from orchestration.explorer.pages.scans import find_pages, list_lines, show_page
from orchestration.explorer.view import NoSuchThingError, View, look_of, name_download
from orchestration.explorer.wording import Words, print_number
from orchestration.pipeline.chinese import NUMERALS
from orchestration.pipeline.ingest.archives import read_file

_YEAR = re.compile(r"(?:19|20)\d\d")
_PLACE = re.compile(r"(\d{1,7})-(\d{1,7})")
_DIGIT = re.compile(rf"[0-9０-９{NUMERALS}]")
_FIRST_LINES = 80  # characters within which a section's heading begins
_OUTLINE_LEVEL = 3  # deeper sections are too many for an outline

FIGURES_SQL = """\
select
    figures.quantity_id,
    figures.surface,
    indicators.name_zh,
    indicators.name_en,
    figures.value,
    figures.unit,
    figures.qualifier,
    figures.period,
    figures.scope,
    figures.section_type,
    figures.measured,
    figures.sentence,
    figures.rule,
    figures.confidence,
    figures.correction_id,
    figures.report_id,
    figures.indicator_id,
    figures.char_start,
    figures.char_end,
    indicators.domain_position,
    indicators.domain_name_zh,
    indicators.domain_name_en
from marts.fct_quantity as figures
left join marts.dim_indicator as indicators on figures.indicator_id = indicators.indicator_id
where figures.report_id = $report_id
order by figures.char_start, figures.quantity_id"""


def _link_indicator(row: Row) -> str | None:
    return f"/indicators/{row['indicator_id']}" if row["indicator_id"] else None


# findings that make the other figure doubtful too (another year's, or a whole) are shown with it as well
FINDINGS_SQL = """\
with doubts as (
    select finding_id, quantity_id from marts.open_doubts()
)

select *, finding_id in (select finding_id from doubts) or severity = 'info' as is_open
from marts.quantity_findings
where report_id = $report_id
union all
select findings.* replace (doubts.quantity_id as quantity_id), true as is_open
from marts.quantity_findings as findings
inner join doubts on findings.finding_id = doubts.finding_id and findings.quantity_id != doubts.quantity_id
where starts_with(doubts.quantity_id, $report_id || '-')"""

DECISIONS_SQL = """\
select quantity_id, field, corrected_value, decided_by, decided_at, note
from marts.decisions
where report_id = $report_id and quantity_id is not null
order by quantity_id, field"""

RECEIPT_SQL = """\
select received_on, superior_report_due_on
from marts.reporting_compliance
where report_id = $report_id"""

FIGURE_COLUMNS = (
    columns.SURFACE_LINK,
    Column("name", Words("指标", "indicator"), link=_link_indicator),
    columns.VALUE,
    columns.UNIT,
    columns.QUALIFIER,
    Column("period", Words("所属时期", "period"), "code"),
    Column("scope", Words("范围", "scope"), "code"),
    columns.SECTION_TYPE,
    columns.MEASURED,
    Column("rule", Words("匹配规则", "rule")),
    Column("confidence", Words("把握程度", "confidence"), "number"),
    columns.SENTENCE,
    Column("correction_id", Words("人工更正", "correction"), "id"),
    columns.QUANTITY_ID,
)  # fmt: skip


def show_report(view: View) -> Response:
    """`/reports/<report_id>`: `?at=START-END` marks a place, `?figure=` and `?scan=` choose the page of a scan."""
    report_id = view.request.path_params["report_id"]
    report = view.reader.row(
        "select * from marts.dim_report where report_id = $report_id", {"report_id": report_id}
    )
    if report is None:
        return _show_earlier(view, report_id)
    figures = view.show(
        Listing(
            "figures",
            Words("报告中的数字", "Figures in the report"),
            FIGURE_COLUMNS,
            FIGURES_SQL,
            {"report_id": report_id},
            Words("没有读出数字。", "No figures found."),
        )
    )
    for row in figures.rows:
        row["name"] = view.name_of(row) or view.t("（未归类）", "(no indicator)")
    if view.wants_file:
        return view.answer("report.html")
    findings = _findings(view, report_id)
    sections = _mark_sections(view, report_id, figures.rows, findings)
    lines = list_lines(view.reader, report)
    pages = find_pages(lines, figures.rows)
    outline = [row for row in sections if row["heading"] and row["level"] <= _OUTLINE_LEVEL]
    return view.answer(
        "report.html",
        report=report,
        figures=figures,
        findings=findings,
        decided=_list_decided(view, report_id),
        states=latest_states(view, [row["quantity_id"] for row in figures.rows]),
        receipt=find_receipt(view, report_id),
        titled=find_titled_year(report["title"], report["report_year"]),
        cited=_name_report(view, report),
        sections=sections,
        outline=outline,
        domains=_count_domains(view, figures.rows),
        scan=show_page(view, lines, figures.rows, pages),
        pages=pages,
        candidates=list_candidates(view.reader, report_id),
    )


def _name_report(view: View, report: Row) -> str:
    """Return whose report it is, its title, year and file: the beginning of a citation."""
    places = [report[key] for key in ("province_name", "county_name", "unit_name") if report[key]]
    year = report["report_year"]
    said = view.t(f"{year}年度", str(year)) if year else view.t("年度不明", "year unknown")
    where = report["source_url"] or report["source_path"]
    title = report["title"] or report["source_name"]
    return view.t(
        f"{''.join(places)}《{title}》（{said}，{where}）：",
        f"{' '.join(places)}, {title} ({said}, {where}): ",
    )


def find_titled_year(title: str | None, year: int | None) -> str | None:
    """Return the year in a report's title if only others than its year are: last year's title, or a wrong year."""
    years = _YEAR.findall(title or "")
    return years[0] if year and years and str(year) not in years else None


def _mark_sections(
    view: View, report_id: str, figures: list[Row], findings: dict[str, list[Row]]
) -> list[Row]:
    """Return the sections of a report with `paragraphs`, in which figures and the span of `?at=` are marked."""
    sections = view.reader.rows(
        """select position, level, ordinal, heading, section_type, char_start, char_end, text
        from marts.fct_section where report_id = $report_id order by position""",
        {"report_id": report_id},
    )
    # sections cover the text without gaps; fetching it whole takes three times as long
    text = "".join(section["text"] for section in sections)
    marks = [_mark_figure(view, row, findings.get(row["quantity_id"], [])) for row in figures]
    if place := _PLACE.fullmatch(view.ask("at")):
        marks.append(Mark(int(place[1]), int(place[2]), "mark", Markup(' id="at"')))
    for section in sections:
        section["paragraphs"] = mark_paragraphs(
            text,
            section["char_start"],
            section["char_end"],
            marks,
            _find_heading_end(text, section),
            section["level"],
        )
    return sections


def send_source(view: View, reports_folder: Path | str) -> Response:
    """`/reports/<report_id>/source`: the file as it arrived, as a download; never shown in the browser.

    For a report in an archive this is the archive.
    """
    source = find_source(view, reports_folder, or_archive=True)
    if isinstance(source, Path):
        return FileResponse(source, filename=source.name, media_type="application/octet-stream")
    headers = name_download(source.rpartition("/")[2])
    return Response(read_source(source), media_type="application/octet-stream", headers=headers)


def find_source(view: View, reports_folder: Path | str, *, or_archive: bool = False) -> Path | str:
    """Return path or address of the file of the requested report.

    Args:
        or_archive: return the archive of a report in one.

    Raises:
        NoSuchThingError: it is not in the reports folder, or not a separate file.
    """
    report_id = view.request.path_params["report_id"]
    source_path: str | None = view.reader.value(
        "select source_path from marts.dim_report_history where report_id = $report_id",
        {"report_id": report_id},
    )
    if not source_path:
        raise NoSuchThingError(_NO_SOURCE)
    if or_archive:
        source_path = source_path.partition("!/")[0]
    if isinstance(reports_folder, str):  # an address
        return f"{reports_folder}/{source_path}"
    path = (reports_folder / source_path).resolve()
    if not path.is_relative_to(reports_folder.resolve()) or not path.is_file():
        raise NoSuchThingError(_NO_SOURCE)
    return path


def read_source(source: Path | str) -> bytes:
    """Return the bytes of a report's file.

    Raises:
        NoSuchThingError: it cannot be read.
    """
    try:
        return source.read_bytes() if isinstance(source, Path) else read_file(source)
    except OSError as error:
        raise NoSuchThingError(_NO_SOURCE) from error


_NO_SOURCE = Words(
    "原文件已不在报告文件夹。",
    "The file is not in the reports folder.",
)


# by the word that the reason begins with, see `orchestration.warehouse.files.classify_files`
_WHY_EARLIER = {
    "same_bytes": Words("另一个文件内容完全相同", "another file has the same bytes"),
    "same_text": Words("另一份报告正文相同", "another report has the same text"),
    "replaced": Words("同一文件有更新的内容", "the file has newer content"),
    "corrected": Words(
        "同一乡镇、同一年度有更新的报告", "there is a later report for the same township and year"
    ),
    "scan": Words("同一乡镇、同一年度有文字版", "there is a text version for the same township and year"),
}


def _show_earlier(view: View, report_id: str) -> Response:
    earlier = view.reader.row(
        """select report_id, title, source_path, status, reason, superseded_by
        from marts.dim_report_history where report_id = $report_id""",
        {"report_id": report_id},
    )
    if earlier is None:
        raise NoSuchThingError(Words("没有这份报告。", "This report does not exist."))
    code = (earlier["reason"] or "").partition(":")[0]
    why = view.t(_WHY_EARLIER[code]) if code in _WHY_EARLIER else earlier["reason"] or earlier["status"]
    return view.answer("earlier_report.html", report=earlier, why=why, is_kept=code != "replaced")


def _findings(view: View, report_id: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in view.reader.rows(FINDINGS_SQL, {"report_id": report_id}):
        found.setdefault(row["quantity_id"], []).append(row)
    return found


def find_receipt(view: View, report_id: str) -> Row:
    """Return when a report arrived and until when it was due, as published, and what was decided here since.

    The form has `day`, the date decided last, and `known`, the number of decisions on the report.
    """
    receipt = view.reader.row(RECEIPT_SQL, {"report_id": report_id}) or {}
    own: list[DecisionState] = []
    if view.may_review:
        written = read_decisions(view.corrections)
        about = [
            one for one in written if one.decision.report_id == report_id and not one.decision.quantity_id
        ]
        own = tell_states(view, about)
    decided = [one for one in own if one.written.decision.received]
    days = [one.written.decision.received for one in decided if one.state in ("waiting", "applied")]
    return {
        "received_on": receipt.get("received_on"),
        "due_on": receipt.get("superior_report_due_on"),
        "states": decided,
        "known": len(own),
        "day": days[-1] if days else str(receipt.get("received_on") or ""),
    }


def _list_decided(view: View, report_id: str) -> dict[str, list[str]]:
    """Return who decided what on each figure, in words, as the published copy has it."""
    decided: dict[str, list[str]] = {}
    for row in view.reader.rows(DECISIONS_SQL, {"report_id": report_id}):
        said = "，".join(
            one
            for one in (row["decided_by"], row["decided_at"] and str(row["decided_at"])[:10], row["note"])
            if one
        )
        value = _say_value(view, row["field"], row["corrected_value"])
        decided.setdefault(row["quantity_id"], []).append(f"{value}（{said}）" if said else value)
    return decided


def _say_value(view: View, field: str, value: str) -> str:
    """Return a decided field with its value in words: 更正值 22."""
    name = view.t(_DECIDED_FIELDS[field]) if field in _DECIDED_FIELDS else field
    if field in ("confirmed", "not_a_figure"):
        return name
    if field == "indicator_id":
        return f"{name} {view.name_indicator(value or 'none')}"
    return f"{name} {view.word(value.removesuffix('.0'))}"


_DECIDED_FIELDS = {
    "confirmed": Words("已确认", "confirmed"),
    "not_a_figure": Words("不是数字", "not a figure"),
    "value": Words("更正值", "value corrected to"),
    "unit": Words("更正单位", "unit corrected to"),
    "indicator_id": Words("更正指标", "indicator corrected to"),
    "period": Words("更正时期", "period corrected to"),
    "scope": Words("更正范围", "scope corrected to"),
}


def list_candidates(reader: Reader, report_id: str) -> list[Row]:
    """Return the candidate townships of an unclaimed report; empty for all others."""
    return reader.rows(
        "select * from marts.unclaimed_reports() where report_id = $id and township_key is not null",
        {"id": report_id},
    )


def is_denial(row: Row) -> bool:
    """Return whether a figure is a zero in words (未发生) instead of a numeral."""
    return row["value"] == 0 and not _DIGIT.search(row["surface"])


def _mark_figure(view: View, row: Row, findings: list[Row]) -> Mark:
    looks = ["fig", look_of(row["domain_position"])]
    if is_denial(row):
        looks.append("denial")
    if any(one["is_open"] for one in findings):
        looks.append("doubt")
    said = f"{row['name']}：{view_value(row)}，{view.word(row['period'])}，{view.word(row['scope'])}"
    attributes = Markup(' id="q-{}" class="{}" title="{}"').format(row["quantity_id"], " ".join(looks), said)
    return Mark(
        row["char_start"],
        row["char_end"],
        "a",
        attributes + Markup(' href="#f-{}"').format(row["quantity_id"]),
    )


def view_value(row: Row) -> str:
    """Return value and unit as a short text."""
    return f"{print_number(row['value'])}{row['unit'] or ''}"


def _find_heading_end(text: str, section: Row) -> int:
    """Return the end of the heading; the section's start if its words were changed."""
    start: int = section["char_start"]
    heading = section["heading"]
    if not heading:
        return start
    found = text.find(heading, start, start + _FIRST_LINES + len(heading))
    return found + len(heading) if found >= 0 else start


def _count_domains(view: View, figures: list[Row]) -> list[dict[str, Any]]:
    """Return the domains with figures here, for the legend."""
    counted: dict[int, dict[str, Any]] = {}
    for row in figures:
        position = row["domain_position"] or 0
        name = view.name_of(row, "domain_name") or view.t("未归类", "No indicator")
        counted.setdefault(position, {"position": position, "name": name, "figures": 0})["figures"] += 1
    return [counted[position] for position in sorted(counted, key=lambda one: one or 99)]
