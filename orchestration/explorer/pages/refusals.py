"""Rejected inputs: files that could not be loaded, decisions that could not be applied.

Without this page an officer would see a township as not reported although its file is in the folder, or a correction
without effect. Accepted inputs are on the other pages.
"""

from __future__ import annotations

from starlette.responses import Response

from orchestration.explorer import columns
from orchestration.explorer.database import Reader
from orchestration.explorer.listings import Column, Listing
from orchestration.explorer.view import View
from orchestration.explorer.wording import Words

FILES_SQL = """\
select
    source_path,
    reason_zh,
    reason as reason_en,
    byte_size
from marts.rejected_files
order by source_path"""
DECISIONS_SQL = """\
select
    file,
    sheet,
    row_number,
    problem_zh,
    problem as problem_en,
    nearest_match,
    report_id,
    quantity_id
from marts.correction_findings
order by file, sheet, row_number"""


def show_refusals(view: View) -> Response:
    """`/refusals`: files that were not loaded and decisions that were not applied."""
    files = view.show(
        Listing(
            "files",
            Words("没有收录的文件", "Files not loaded"),
            _FILE_COLUMNS,
            FILES_SQL,
            empty=Words("文件夹中的文件都已收录。", "All files in the folder were loaded."),
        )
    )
    decisions = view.show(
        Listing(
            "decisions",
            Words("没有采用的更正", "Decisions not applied"),
            _DECISION_COLUMNS,
            DECISIONS_SQL,
            empty=Words("更正都已采用。", "All decisions were applied."),
        )
    )
    return view.answer("refusals.html", files=files, decisions=decisions)


def count_refused_files(reader: Reader, part_of_path: str) -> int:
    """Return the number of rejected files whose path contains a name, which may be empty."""
    sql = "select count(*)::integer from marts.rejected_files where contains(source_path, $part)"
    return int(reader.value(sql, {"part": part_of_path}))


def count_refused_decisions(reader: Reader) -> int:
    """Return the number of rows and files of decisions that were not applied."""
    return int(reader.value("select count(*)::integer from marts.correction_findings"))


_FILE_COLUMNS = (
    Column("source_path", Words("文件", "file")),
    Column("reason_zh", Words("哪里不对，怎么办", "what is wrong")),
    Column("byte_size", Words("字节", "bytes"), "number"),
)
_DECISION_COLUMNS = (
    Column("file", Words("更正文件", "decision file")),
    Column("sheet", Words("工作表", "sheet")),
    Column("row_number", Words("行", "row"), "year"),
    Column("problem_zh", Words("为什么没有采用", "why")),
    Column("nearest_match", Words("最接近的", "nearest")),
    columns.REPORT_ID,
    columns.QUANTITY_ID,
)
