"""Checks of stage ingest: accounting of files, text and identification of documents."""

from orchestration.assets.checks.common import RowsCheck, failure_checks
from orchestration.pipeline.failures import FAILED
from orchestration.pipeline.vocabulary import TextSource
from orchestration.warehouse.tables import RAW_TABLES, describe_columns

_EXPECTED_COLUMNS = ", ".join(
    f"('{table}', '{name}', '{sql}', {nullable})"
    for table in RAW_TABLES
    for name, sql, _, nullable in describe_columns(table)
)
CHECKS = [
    *failure_checks(
        "raw/files",
        "ingest",
        f"select source_path, reason from raw.files where is_present and starts_with(reason, '{FAILED}:')",
        "select file_id from raw.files where is_present",
    ),
    RowsCheck(
        "raw/files",
        "raw_tables_have_their_columns",
        "Each raw table has the columns and types of its record, no more and no fewer.",
        "每张原始表的列和类型与记录定义一致，不多不少。",
        f"""
        with expected (table_name, column_name, data_type, is_nullable) as (values {_EXPECTED_COLUMNS}),
        found as (
            select table_name, column_name, data_type, is_nullable from duckdb_columns()
            where schema_name = 'raw' and database_name = current_database()
        )
        (select 'missing' as problem, * from (from expected except from found))
        union all
        (select 'not expected' as problem, * from (from found except from expected))
        """,
    ),
    RowsCheck(
        "raw/files",
        "files_keep_arriving",
        "At least one new file arrived in the last 400 days; reports are annual. Is the folder still updated?",
        "每年都会有新报告：最近400天内应至少有一个新文件。文件夹还在更新吗？",
        """
        select max(first_seen_at) as last_arrival from raw.files
        having max(first_seen_at) < now()::timestamp - interval 400 days
        """,
        blocking=False,
    ),
    RowsCheck(
        "raw/files",
        "files_are_accounted_for",
        "Files seen are loaded, rejected (with a reason), or duplicate or superseded (by a named report).",
        "每个文件都有结果：已入库、已拒收（有原因）、重复或被替代（指明哪份报告）。",
        """
        select file_id, source_path, status, reason, report_id from raw.files
        where status not in ('loaded', 'rejected', 'duplicate', 'superseded')
            or (status = 'loaded') != (reason is null) or (status = 'rejected') != (report_id is null)
            or (status in ('duplicate', 'superseded')) != (superseded_by is not null)
        """,
    ),
    RowsCheck(
        "raw/files",
        "files_are_unique",
        "One row per path and content.",
        "每个路径和内容只有一行。",
        "select source_path, file_id from raw.files group by all having count(*) > 1",
    ),
    RowsCheck(
        "raw/files",
        "reports_folder_is_not_empty",
        "There is at least one file.",
        "至少有一个文件。",
        "select 'no file was ever seen' as problem where not exists (from raw.files)",
    ),
    RowsCheck(
        "raw/reports",
        "each_readable_file_has_a_report",
        "Each file that is not rejected has one report and one document, and vice versa.",
        "每个未拒收的文件对应一份报告和一份正文，反之亦然。",
        """
        select coalesce(f.report_id, r.report_id, d.report_id) as report_id
        from (select distinct report_id from raw.files where report_id is not null) f
        full join raw.reports r using (report_id) full join raw.documents d using (report_id)
        where f.report_id is null or r.report_id is null or d.report_id is null
        """,
    ),
    RowsCheck(
        "raw/reports",
        "each_current_report_stands_once",
        "No report is loaded by two files.",
        "没有两个文件载入同一份报告。",
        "select report_id from raw.files where status = 'loaded' group by report_id having count(*) > 1",
    ),
    RowsCheck(
        "raw/documents",
        "a_report_is_text_or_scan",
        "A report is either text, without OCR lines and confidence, or a scan with both.",
        "报告要么是文字（没有识别行和识别可信度），要么是扫描件（两者都有）。",
        f"""
        select report_id, text_source, text_confidence, count(l.report_id) as ocr_lines
        from raw.documents d left join raw.ocr_lines l using (report_id) group by all
        having case text_source
            when '{TextSource.TEXT}' then text_confidence is not null or ocr_lines > 0
            when '{TextSource.OCR}' then text_confidence is null or ocr_lines = 0
            else true
        end
        """,
    ),
    RowsCheck(
        "raw/documents",
        "each_document_has_text",
        "Each loaded report has a clean text of the recorded length.",
        "已入库的报告都有正文，长度与记录一致。",
        "select report_id from raw.documents where char_count = 0 or char_count != length(text)",
    ),
    RowsCheck(
        "raw/documents",
        "most_documents_are_identified",
        "Each township report has a year and a resolved township; the others wait for a correction.",
        "乡镇报告能看出年度和归属；看不出的等待人工更正。",
        """
        select report_id, title, unit_name, resolution, candidates, report_year from raw.documents
        where admin_level = 'township' and (township_key is null or report_year is null)
        """,
        blocking=False,
    ),
]
