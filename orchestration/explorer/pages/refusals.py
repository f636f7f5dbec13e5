"""Inputs without effect: files that could not be loaded or do not count, decisions that could not be applied.

Without this page an officer would see a township as not reported although its file is in the folder, or a correction
without effect. Accepted inputs are on the other pages.
"""

from __future__ import annotations

from starlette.responses import Response

from orchestration.explorer import columns
from orchestration.explorer.database import Reader
from orchestration.explorer.listings import Column, Listing
from orchestration.explorer.view import Shown, View
from orchestration.explorer.wording import Words

_OTHERS_SHOWN = 500  # of a whole country; downloads have all
FILES_SQL = """\
select
    files.source_path,
    received.maybe_zh,
    files.reason_zh,
    files.reason as reason_en,
    files.reply_zh
from marts.rejected_files as files
left join marts.received_files(home := $home) as received
    on files.source_path = received.source_path and received.outcome = 'rejected'
order by files.source_path"""
OTHERS_SQL = """\
select
    source_path,
    outcome,
    concat_ws(' ', county_name, nullif(unit_name, county_name)) as unit,
    report_year,
    counted_path,
    report_id
from marts.received_files(home := $home)
where outcome not in ('counted', 'rejected')
order by outcome = 'duplicate', outcome = 'superseded', outcome, source_path"""
DECISIONS_SQL = """\
select
    file,
    sheet,
    row_number,
    problem_zh,
    problem as problem_en,
    nearest_match,
    report_id,
    quantity_id,
    report_id in (select report_id from marts.dim_report_history) as is_known
from marts.correction_findings
order by file, sheet, row_number"""


def show_refusals(view: View) -> Response:
    """`/refusals`: files that were not loaded or do not count, and decisions that were not applied."""
    home = {"home": view.home[0] if view.home else None}
    files = view.show(
        Listing(
            "files",
            Words("没有收录的文件", "Files not loaded"),
            _FILE_COLUMNS,
            FILES_SQL,
            home,
            empty=Words("文件夹中的文件都已收录。", "All files in the folder were loaded."),
        )
    )
    others = _show_others(view, home)
    decisions = view.show(
        Listing(
            "decisions",
            Words("没有采用的更正", "Decisions not applied"),
            _DECISION_COLUMNS,
            DECISIONS_SQL,
            empty=Words("更正都已采用。", "All decisions were applied."),
        )
    )
    return view.answer("refusals.html", files=files, others=others, decisions=decisions)


def _show_others(view: View, home: dict[str, str | None]) -> Shown:
    """Show the files that were read, but are not the report of a township (of the home county, if there is one)."""
    return view.show(
        Listing(
            "others",
            Words("读了但没有计入的文件", "Files that were read but do not count"),
            _OTHER_COLUMNS,
            OTHERS_SQL,
            home,
            Words("读了的文件都已计入。", "All files that were read count."),
            page=_OTHERS_SHOWN,
        ),
        count_others(view.reader, home["home"]),
    )


def count_refused_files(reader: Reader, part_of_path: str) -> int:
    """Return the number of rejected files whose path contains a name, which may be empty."""
    sql = "select count(*)::integer from marts.rejected_files where contains(source_path, $part)"
    return int(reader.value(sql, {"part": part_of_path}))


def count_others(reader: Reader, home: str | None) -> int:
    """Return the number of files that were read but are not the report of a township of the home county."""
    return int(reader.value(f"select count(*)::integer from ({OTHERS_SQL})", {"home": home}))


def count_refused_decisions(reader: Reader) -> int:
    """Return the number of rows and files of decisions that were not applied."""
    return int(reader.value("select count(*)::integer from marts.correction_findings"))


_FILE_COLUMNS = (
    Column("source_path", Words("文件", "file")),
    Column("maybe_zh", Words("可能是", "may be of")),
    Column("reason_zh", Words("哪里不对，怎么办", "what is wrong")),
    Column("reply_zh", Words("退回时这样写", "what to write to the sender (Chinese)")),
)
_OTHER_COLUMNS = (
    Column(
        "source_path",
        Words("文件", "file"),
        link=lambda row: f"/reports/{row['report_id']}" if row["report_id"] else None,
    ),
    Column("outcome", Words("结果", "result"), "code"),
    Column("unit", Words("读到的单位", "unit")),
    columns.YEAR,
    Column("counted_path", Words("计入的是", "what counts instead")),
    columns.REPORT_ID,
)
_DECISION_COLUMNS = (
    Column("file", Words("更正文件", "decision file")),
    Column("sheet", Words("工作表", "sheet")),
    Column("row_number", Words("行", "row"), "year"),
    Column(
        "problem_zh",
        Words("为什么没有采用", "why"),
        link=lambda row: f"/reports/{row['report_id']}" if row["is_known"] else None,
    ),
    Column("nearest_match", Words("最接近的", "nearest")),
    columns.REPORT_ID,
    columns.QUANTITY_ID,
)
