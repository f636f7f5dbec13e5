"""Checks of the published data: it has not shrunk, and readers can open it."""

from orchestration.assets.checks.common import RowsCheck

# Last published current reports that are no longer current for their province and year,
# although no other file replaces them and no correction moved them.
_VANISHED = """
    select b.report_year, b.province_name, b.report_id, b.source_path
    from read_parquet($before) b
    left join marts.dim_report d
        on b.report_id = d.report_id
        and (b.report_year, b.province_name) is not distinct from (d.report_year, d.province_name)
    where d.report_id is null
        and b.report_id not in (select report_id from raw.files where status in ('duplicate', 'superseded'))
        and b.report_id not in (select report_id from raw.documents where correction_ids is not null)
"""
CHECKS = [
    RowsCheck(
        "marts/dim_report",
        "no_report_vanishes_without_a_reason",
        "Each report published earlier still has its year and province, or a file or a correction explains why not.",
        "上次发布的报告仍在原年度、原省份，否则有文件或更正说明原因。",
        _VANISHED,
        blocking=False,
        against="dim_report",
    ),
    RowsCheck(
        "marts/dim_report",
        "no_year_of_a_province_shrinks_without_a_reason",
        "No province loses two or more reports, and over a tenth, of a year without a reason. "
        "If the loss is right, run the job `publish`.",
        "没有哪个省的某一年度无故减少两份以上且超过一成的报告。确属正常的，用“publish”作业发布。",
        f"""
        with vanished as (select report_year, province_name, count(*) as vanished from ({_VANISHED}) group by all),
        published as (
            select report_year, province_name, count(*) as published from read_parquet($before) group by all
        )
        select v.*, p.published from vanished v join published p
            on (v.report_year, v.province_name) is not distinct from (p.report_year, p.province_name)
        where v.vanished >= 2 and v.vanished > 0.1 * p.published
        """,
        against="dim_report",
    ),
    RowsCheck(
        "marts/township_indicators",
        "no_indicator_loses_its_townships",
        "No indicator in five or more reports lost more than half of them since the last publishing.",
        "有五份以上报告写明的指标，没有一个比上次发布少了一半。",
        """
        with before as (select indicator_id, count(*) as published from read_parquet($before) group by all),
        now as (select indicator_id, count(*) as found from marts.township_indicators group by all)
        select b.*, coalesce(n.found, 0) as found from before b left join now n using (indicator_id)
        where b.published >= 5 and coalesce(n.found, 0) * 2 < b.published
        """,
        blocking=False,
        against="township_indicators",
    ),
]
