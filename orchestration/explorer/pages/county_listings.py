"""Queries and columns of the lists on a county's desk."""

from __future__ import annotations

from orchestration.explorer import columns
from orchestration.explorer.decisions import RECEIVED
from orchestration.explorer.listings import Column
from orchestration.explorer.wording import Words

DESK_SQL = "select * from marts.county_desk($county, $year)"
# joins the registered table `among`
REMARKS_SQL = """\
select
    report_id,
    reports.title,
    not files.is_present as is_removed
from marts.dim_report as reports
inner join among using (report_id)
left join staging.stg_files as files using (report_id)
where coalesce(files.status, 'loaded') = 'loaded'"""
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
# also what was decided in a workbook
DECIDED_SQL = """\
select
    quantity_id,
    coalesce(max(decided_by), max(file)) as who,
    bool_and(field = 'confirmed') as is_confirmed
from marts.decisions
where starts_with(township_key, $county || '-') and report_year = $year and quantity_id is not null
group by quantity_id"""
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
    {columns.HEADLINE_REMARKS_SQL}
from marts.indicator_trends as figures
inner join marts.dim_indicator as indicators on figures.indicator_id = indicators.indicator_id
left join marts.dim_township as townships on figures.township_key = townships.township_key
where figures.county_code = $county and figures.indicator_id = $indicator and figures.report_year = $year
order by
    figures.county_rank nulls last,
    figures.value desc,
    townships.township_code nulls last,
    figures.township_key"""

REPORT = Column(
    "timeliness_said",
    Words("报送情况", "report"),
    "status",
    lambda row: f"/reports/{row['report_id']}" if row["report_id"] else None,
)
REVIEW = Column(
    "review",
    Words("核对", "review"),
    link=lambda row: f"/review/figures/{row['quantity_id']}?back={row['back']}",
)
RECEIPT = Column(
    "receipt",
    Words("收到日期", "received"),
    "date",
    lambda row: f"/review/reports/{row['report_id']}/{RECEIVED}?back={row['back']}",
)
DESK_COLUMNS = (
    columns.TOWNSHIP_LINK,
    REPORT,
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
DOUBT_COLUMNS = (
    columns.TOWNSHIP,
    columns.INDICATOR,
    Column("severity", Words("程度", "severity"), "code"),
    columns.VALUE_LINK,
    Column("message", Words("说明", "message")),
    columns.SENTENCE,
    columns.QUANTITY_ID,
)
UNCLAIMED_COLUMNS = (
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
DISCLOSED_COLUMNS = (
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
RANKING_COLUMNS = (
    Column("rank_said", Words("排名", "rank")),
    columns.TOWNSHIP_LINK,
    columns.VALUE_LINK,
    columns.UNIT,
    columns.QUALIFIER,
    columns.COUNTY_MEDIAN,
    columns.SCOPE,
    columns.SEVERAL,
    columns.DOUBT,
    columns.QUANTITY_ID,
)
